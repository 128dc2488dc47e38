//! S7: what stays the same while the server fills up.

use std::time::Instant;

use anyhow::{Context, Result};
use qiao_demo::generator::{NOW_S, Spec, village};
use serde_json::Value;
use sync_core::edit::{Edit, NewDocument};

use super::admin::Admin;
use super::cold;
use super::figures::{Figures, Target};
use super::phone::Phone;
use super::workload::TOWNSHIP;
use super::world::{Prepared, World, reader};
use super::{back, ingest, live};

/// Households of the villages that fill the server; about six documents each.
const HOUSEHOLDS: usize = 300;
/// Households of the village that one phone holds as a whole to ask for news of ten thousand documents.
const HOUSEHOLDS_LARGE: usize = 1_700;
/// Of a cost at a large size by the same at the smallest: what measuring twice differs by anyhow.
const GROWTH_MAX: f64 = 1.25;
const IDLE_CONNECTIONS: usize = 1_000;
/// Edits that a phone makes before it tells the server.
const EDITS_AT_A_TIME: usize = 900;

/// Runs S7. `sizes` are documents on the server, ascending; the prepared village is the first size.
pub(super) async fn growth(prepared: &mut Prepared, sizes: &[usize], figures: &mut Figures) -> Result<()> {
    let mut first: Option<[f64; 3]> = None;
    let mut villages_made = 0;
    for size in std::iter::once(&0).chain(sizes) {
        let documents = if *size == 0 {
            prepared.phones()[0].documents() as usize
        } else {
            grow(prepared, *size, &mut villages_made).await?
        };
        let on = format!("{documents} documents on the server");
        let mut measured = Figures::quiet();
        let run = prepared.run()?;
        cold::reconnect(&run.world, &run.phones[0], "", &mut measured).await?;
        drop(run);
        let idle_bytes = measured.all()[0].value;
        let return_bytes = back::bytes_of_return(prepared).await?;
        let ingested = ingest::push(&prepared.run()?).await?;
        let now = [idle_bytes, return_bytes, ingested.cpu_micros];
        let base = *first.get_or_insert(now);
        let target = |index: usize| match *size {
            0 => Target::Stated,
            _ => Target::AtMost(base[index] * GROWTH_MAX),
        };
        figures.fixed(
            "S7",
            format!("idle reconnect of one village, {on}"),
            idle_bytes,
            "B",
            target(0),
        );
        figures.fixed("S7", format!("return of S3, {on}"), return_bytes, "B", target(1));
        figures.timed(
            "S7",
            format!("server processor time for a change, {on}"),
            ingested.cpu_micros,
            "µs",
            target(2),
        );
        let rate = ingested.changes_per_s;
        figures.timed("S7", format!("durable changes, {on}"), rate, "/s", Target::Stated);
        figures.timed(
            "S7",
            format!("server memory at its peak, {on}"),
            ingested.peak_mib,
            "MiB",
            Target::Stated,
        );
    }
    live::idle_connections(prepared, IDLE_CONNECTIONS, figures).await
}

/// S2 for a phone that holds ten thousand documents.
pub(super) async fn idle_large(figures: &mut Figures) -> Result<()> {
    let world = World::new().await?;
    let phone = settle_village(&world, &mut world.admin().await?, 0, HOUSEHOLDS_LARGE).await?;
    cold::reconnect(&world, &phone, "", figures).await
}

/// Fills the server of a prepared village with others until it has so many documents in all.
async fn grow(prepared: &mut Prepared, documents: usize, villages_made: &mut usize) -> Result<usize> {
    let started = Instant::now();
    let world = prepared.open()?;
    let mut held = prepared.documents_elsewhere + prepared.phones()[0].documents() as usize;
    let mut admin = world.admin().await?;
    while held < documents {
        let phone = settle_village(&world, &mut admin, *villages_made, HOUSEHOLDS).await?;
        held += phone.documents() as usize;
        *villages_made += 1;
    }
    println!(
        "grown to {held} documents in {:.0} s",
        started.elapsed().as_secs_f64()
    );
    prepared.close(world, held);
    Ok(held)
}

/// A village written down by one phone, each document in one change.
async fn settle_village(world: &World, admin: &mut Admin, index: usize, households: usize) -> Result<Phone> {
    let spec = Spec {
        seed: 7_000 + index as u64,
        villages: 1,
        households_per_village: households,
        units: 0,
        now_s: NOW_S,
    };
    let village = village(&spec, 0);
    let (place, person) = (format!("{TOWNSHIP}4{index:03}"), format!("fill{index:03}"));
    admin.add_place(&place, "village", Some(TOWNSHIP)).await?;
    admin
        .add_person(&reader(&place, &person), std::slice::from_ref(&place))
        .await?;
    let (key, identity) = admin
        .enrol(&[&person])
        .await?
        .pop()
        .context("one person, one phone")?;
    let phone = Phone::in_memory(key, identity)?;
    let url = world.server.url();
    phone.sync(&url).await?;
    let edits: Vec<Edit> = village
        .households
        .iter()
        .flat_map(|household| household.documents())
        .map(|document| ingest::elsewhere(Edit::New(as_first_written(document)), &village.id, &place))
        .collect();
    for edits in edits.chunks(EDITS_AT_A_TIME) {
        phone.apply(edits)?;
        phone.sync(&url).await?;
    }
    Ok(phone)
}

/// A document without what its village's work team may not write: verification, and answers of others.
fn as_first_written(document: &NewDocument) -> NewDocument {
    let mut document = document.clone();
    match document.new.as_str() {
        "household" => document.value.retain(|field, _| !field.starts_with("verif")),
        "need" => {
            let written = [
                "category",
                "urgency",
                "title",
                "description",
                "amount_yuan",
                "raised_on",
            ];
            document
                .value
                .retain(|field, _| written.contains(&field.as_str()));
            document.value.insert("state".to_owned(), Value::from("open"));
        }
        _ => {}
    }
    document
}

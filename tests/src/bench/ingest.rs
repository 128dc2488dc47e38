//! S6: a hundred phones come back at once, each with a hundred changes.

use std::time::Instant;

use anyhow::{Result, ensure};
use futures_util::future::try_join_all;
use qiao_demo::generator::{AuthoredEdit, History, NOW_S, Spec, village};
use qiao_device::http::lock;
use reqwest::Client;
use sync_core::edit::Edit;
use sync_core::policy::Role;
use sync_core::wire::stream::{Effort, StreamReader, StreamWriter};

use super::figures::{Figures, Target};
use super::machine;
use super::phone::Phone;
use super::workload::TOWNSHIP;
use super::world::{Prepared, Run, reader};

const PHONES: usize = 100;
const CHANGES: usize = 100;
const CHANGES_PER_S_MIN: f64 = 2_000.0;
const REPLY_BYTES_MAX: usize = 64 << 20;

/// What a hundred pushes took.
pub(super) struct Ingested {
    pub(super) changes_per_s: f64,
    pub(super) cpu_micros: f64,
    pub(super) peak_mib: f64,
    pub(super) envelopes: usize,
}

/// Runs S6.
pub(super) async fn ingest(prepared: &Prepared, figures: &mut Figures) -> Result<()> {
    let ingested = push(&prepared.run()?).await?;
    let what = format!("durable changes, {PHONES} phones at once with about {CHANGES} each");
    figures.timed(
        "S6",
        what,
        ingested.changes_per_s,
        "/s",
        Target::AtLeast(CHANGES_PER_S_MIN),
    );
    figures.timed(
        "S6",
        "server processor time for a change",
        ingested.cpu_micros,
        "µs",
        Target::Stated,
    );
    figures.timed(
        "S6",
        "server memory at its peak",
        ingested.peak_mib,
        "MiB",
        Target::Stated,
    );
    figures.fixed(
        "S6",
        "signed envelopes they came in",
        ingested.envelopes as f64,
        "",
        Target::Stated,
    );
    Ok(())
}

/// Each phone works in a village of its own: what is measured is taking in, not telling a hundred others.
pub(super) async fn push(run: &Run) -> Result<Ingested> {
    let mut admin = run.world.admin().await?;
    let mut people = Vec::new();
    for number in 0..PHONES {
        let (place, person) = (format!("{TOWNSHIP}8{number:02}"), format!("push{number:02}"));
        admin.add_place(&place, "village", Some(TOWNSHIP)).await?;
        admin.add_person(&reader(&place, &person), &[place]).await?;
        people.push(person);
    }
    let people: Vec<&str> = people.iter().map(String::as_str).collect();
    let enrolled = admin.enrol(&people).await?;
    let url = run.world.server.url();
    let mut phones = Vec::with_capacity(PHONES);
    let mut bodies = Vec::with_capacity(PHONES);
    let (mut envelopes, mut changes) = (0, 0);
    for (number, (key, identity)) in enrolled.into_iter().enumerate() {
        let phone = Phone::in_memory(key, identity)?;
        phone.sync(&url).await?;
        phone.apply(&work(number))?;
        // An edit that says what is there already makes no change.
        changes += lock(&phone.device).status().unsent;
        let frames = lock(&phone.device).begin()?;
        // All but the hello.
        envelopes += frames.len() - 1;
        bodies.push(compress(&frames)?);
        phones.push(phone);
    }

    let pid = run.world.pid()?;
    machine::reset_peak(pid);
    let client = Client::builder().no_proxy().http1_only().build()?;
    let cpu_before = machine::cpu_time(pid)?;
    let started = Instant::now();
    let replies = try_join_all(bodies.into_iter().map(|body| {
        let request = client.post(format!("{url}/sync/v1/exchange")).body(body);
        async move {
            let reply = request.send().await?;
            let status = reply.status();
            let bytes = reply.bytes().await?;
            ensure!(status.is_success(), "an exchange answers {status}");
            Ok(bytes)
        }
    }));
    let replies = replies.await?;
    let time = started.elapsed().as_secs_f64();
    let cpu = machine::cpu_time(pid)?.saturating_sub(cpu_before);
    let (_, peak_kib) = machine::memory_kib(pid)?;

    let mut accepted = 0;
    for (phone, reply) in phones.iter().zip(replies) {
        let mut reader = StreamReader::new(REPLY_BYTES_MAX)?;
        reader.push(&reply)?;
        let mut device = lock(&phone.device);
        while let Some(frame) = reader.next_frame()? {
            device.receive([frame])?;
        }
        device.finish()?;
        accepted += device.take_tally().accepted;
        ensure!(
            device.engine().is_caught_up(),
            "a phone and the server do not sum up to the same"
        );
    }
    ensure!(
        accepted == changes,
        "{accepted} of {changes} changes were accepted"
    );
    let changes = changes as f64;
    Ok(Ingested {
        changes_per_s: changes / time,
        cpu_micros: cpu.as_secs_f64() * 1e6 / changes,
        peak_mib: peak_kib as f64 / 1024.0,
        envelopes,
    })
}

/// The first hundred edits of a small village's work team and committee.
fn work(number: usize) -> Vec<Edit> {
    let spec = Spec {
        seed: 6_000 + number as u64,
        villages: 1,
        households_per_village: 7,
        units: 0,
        now_s: NOW_S,
    };
    let village = village(&spec, 0);
    let (from, to) = (village.id.clone(), format!("{TOWNSHIP}8{number:02}"));
    let may_write =
        |edit: &AuthoredEdit| matches!(village.authors[edit.author].role, Role::Team | Role::Committee);
    let edits = History::of(&village)
        .edits
        .into_iter()
        .filter(may_write)
        .take(CHANGES);
    edits.map(|edit| elsewhere(edit.edit, &from, &to)).collect()
}

/// The same edit in another village: names of documents begin with the village's code.
pub(super) fn elsewhere(edit: Edit, from: &str, to: &str) -> Edit {
    // Edits are plain data; a code of twelve digits is in no other text of theirs.
    let text = serde_json::to_string(&edit).unwrap_or_default().replace(from, to);
    serde_json::from_str(&text).unwrap_or(edit)
}

fn compress(frames: &[Vec<u8>]) -> Result<Vec<u8>> {
    let mut writer = StreamWriter::new(Effort::Small)?;
    let mut body = writer.write(&frames.concat(), false)?;
    body.extend(writer.finish()?);
    Ok(body)
}

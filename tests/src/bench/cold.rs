//! S1: a new phone gets the village. S2: a phone that holds everything asks whether there is more.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use qiao_device::device::Device;
use qiao_device::http::{Observer, Report};

use super::figures::{Figures, Target};
use super::phone::{Phone, must_be_equal};
use super::world::{Prepared, READER, World};
use crate::harness::link::{Counts, Link, Profile};

/// Both ways, for the full village.
const COLD_BYTES_MAX: f64 = 340_000.0;
/// What does not grow with the village: grant, authors, framing, and the vocabulary that compression meets for the first
/// time.
const COLD_BYTES_FIXED: f64 = 15_000.0;
const IDLE_BYTES_MAX: f64 = 800.0;

/// What one sync over a line took.
pub(super) struct Measured {
    pub(super) counts: Counts,
    pub(super) report: Report,
    pub(super) time: Duration,
}

/// Syncs over a fresh link of this kind.
pub(super) async fn measure(world: &World, phone: &Phone, profile: Profile) -> Result<Measured> {
    let link = Link::start(world.server.address(), profile);
    let started = Instant::now();
    let report = phone.sync(&link.url()).await?;
    let time = started.elapsed();
    Ok(Measured {
        counts: link.counts(),
        report,
        time,
    })
}

/// Runs S1 on every line, and S2 with the phones that have loaded.
pub(super) async fn cold(
    prepared: &Prepared,
    lines: &[(&str, Profile)],
    figures: &mut Figures,
) -> Result<()> {
    let run = prepared.run()?;
    let scale = prepared.workload.scale();
    let mut loaded = Vec::new();
    for (index, (name, profile)) in lines.iter().enumerate() {
        let phone = run.world.phone_on_disk(READER, &format!("new-{index}")).await?;
        let link = Arc::new(Link::start(run.world.server.address(), *profile));
        let list = FirstList::default();
        let observe = list.observer(prepared.workload.households, &link);
        let started = Instant::now();
        let report = phone.sync_observed(&link.url(), &observe).await?;
        let time = started.elapsed().as_secs_f64();
        let counts = link.counts();
        let total = counts.total() as f64;
        if index == 0 {
            let budget = (COLD_BYTES_MAX - COLD_BYTES_FIXED) * scale + COLD_BYTES_FIXED;
            figures.fixed("S1", "bytes both ways", total, "B", Target::AtMost(budget));
            figures.fixed("S1", "of them up", counts.up as f64, "B", Target::Stated);
            let round_trips = f64::from(report.round_trips);
            figures.fixed(
                "S1",
                "application round trips",
                round_trips,
                "",
                Target::AtMost(2.0),
            );
            figures.fixed("S1", "documents", phone.documents() as f64, "", Target::Stated);
        }
        figures.timed("S1", format!("time on {name}"), time, "s", Target::Stated);
        let (bytes, elapsed) = list
            .0
            .get()
            .copied()
            .context("the list of households was never complete")?;
        // Only a line that is slower than the phone tells where in the bytes the list lies.
        if *profile == Profile::EDGE || lines.len() == 1 {
            let share = 100.0 * bytes as f64 / total;
            figures.fixed(
                "S1",
                "list on the screen after this share of the bytes",
                share,
                "%",
                Target::AtMost(20.0),
            );
            figures.timed(
                "S1",
                format!("list on the screen on {name}"),
                elapsed.as_secs_f64(),
                "s",
                Target::Stated,
            );
        }
        loaded.push(phone);
    }
    let mut replicas: Vec<&Phone> = loaded.iter().collect();
    replicas.push(&run.phones[0]);
    must_be_equal(&replicas)?;
    Ok(())
}

/// Runs S2: three reconnects of a phone that holds everything.
pub(super) async fn idle(prepared: &Prepared, figures: &mut Figures) -> Result<()> {
    let run = prepared.run()?;
    reconnect(&run.world, &run.phones[0], "", figures).await
}

/// Measures S2 with one phone.
pub(super) async fn reconnect(world: &World, phone: &Phone, held: &str, figures: &mut Figures) -> Result<()> {
    phone.sync(&world.server.url()).await?;
    let mut most = Counts::default();
    for _ in 0..3 {
        let measured = measure(world, phone, Profile::LAN).await?;
        ensure!(
            measured.report.round_trips == 1,
            "an idle reconnect takes {} round trips",
            measured.report.round_trips
        );
        if measured.counts.total() > most.total() {
            most = measured.counts;
        }
    }
    let held = if held.is_empty() {
        format!("{} documents held", phone.documents())
    } else {
        held.to_owned()
    };
    let total = most.total() as f64;
    figures.fixed(
        "S2",
        format!("bytes both ways, {held}"),
        total,
        "B",
        Target::AtMost(IDLE_BYTES_MAX),
    );
    figures.fixed(
        "S2",
        format!("of them up, {held}"),
        most.up as f64,
        "B",
        Target::Stated,
    );
    figures.fixed("S2", format!("round trips, {held}"), 1.0, "", Target::AtMost(1.0));
    Ok(())
}

/// Notes when the list of all households could be shown: bytes over the line by then, and how long it took.
#[derive(Clone, Default)]
struct FirstList(Arc<OnceLock<(u64, Duration)>>);

impl FirstList {
    fn observer(&self, households: usize, link: &Arc<Link>) -> Observer {
        let (complete, link, started) = (self.0.clone(), link.clone(), Instant::now());
        Arc::new(move |device: &mut Device| {
            if complete.get().is_none() && Phone::listed_households(device) >= households {
                complete.get_or_init(|| (link.counts().total(), started.elapsed()));
            }
        })
    }
}

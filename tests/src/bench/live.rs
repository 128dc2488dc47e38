//! S4: fifty phones are online while one of them works. S7 counts what a connection costs that only waits.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use qiao_device::device::Device;
use qiao_device::http::{Observer, Server, lock};
use qiao_device::live::Live;
use sync_core::engine::Event;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use super::figures::{Figures, Target};
use super::floor::{self, Load};
use super::machine;
use super::phone::{Phone, must_be_equal, nobody};
use super::workload::TOWNSHIP;
use super::world::{Prepared, READER, Run, reader};
use crate::harness::link::{Link, Profile};

const READERS: usize = 50;
const EDIT_EVERY: Duration = Duration::from_millis(50);
const LATENCY_MS_MAX: f64 = 25.0;
const CPU_MICROS_MAX: f64 = 40.0;
const DELIVERY_BYTES_MAX: f64 = 150.0;
const CONNECTION_KIB_MAX: f64 = 40.0;
/// Cursors are acknowledged this much later at most; what they cost belongs to the deliveries.
const ACKNOWLEDGED_AFTER: Duration = Duration::from_millis(2_500);
const PATIENCE: Duration = Duration::from_secs(60);
/// As many deliveries as S4 has, of the size they have on average.
pub(super) const FLOOR: Load = Load {
    readers: READERS,
    deliveries: 200,
    every: EDIT_EVERY,
    size_bytes: 115,
};

/// When a reader had stored each change of the busy hour, in order.
type Receipts = Arc<Mutex<Vec<Instant>>>;

/// Runs S4.
pub(super) async fn live(prepared: &Prepared, figures: &mut Figures) -> Result<()> {
    let run = prepared.run()?;
    let edits = &prepared.workload.live;
    let readers = readers(&run).await?;
    let link = Link::start(run.world.server.address(), Profile::LAN);
    let receipts: Vec<Receipts> = (0..READERS).map(|_| Receipts::default()).collect();
    let mut lives = Vec::new();
    for (reader, receipts) in readers.iter().zip(&receipts) {
        lives.push(connect(reader, &link.url(), noting(receipts.clone())).await?);
    }
    // Whatever came with the greeting is not what is measured.
    for receipts in &receipts {
        guard(receipts).clear();
    }
    let author = edits.first().context("a busy hour has edits")?.author;
    let writer = &run.phones[author];
    let writing = connect(writer, &run.world.server.url(), nobody()).await?;
    sleep(ACKNOWLEDGED_AFTER).await;

    let pid = run.world.pid()?;
    link.reset();
    let cpu_before = machine::cpu_time(pid)?;
    let mut written = Vec::with_capacity(edits.len());
    let mut ticks = interval(EDIT_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for edit in edits {
        ticks.tick().await;
        written.push(Instant::now());
        lock(&writer.device).edit(&edit.edit)?;
        writing.nudge();
    }
    let all = async {
        while receipts
            .iter()
            .any(|receipts| guard(receipts).len() < edits.len())
        {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, all)
        .await
        .context("not every reader got every change")?;
    ensure!(
        writing.settled(&writer.device, PATIENCE).await,
        "the writer got no verdicts"
    );
    sleep(ACKNOWLEDGED_AFTER).await;
    let cpu = machine::cpu_time(pid)?.saturating_sub(cpu_before);
    let counts = link.counts();

    let mut latencies = Vec::new();
    for receipts in &receipts {
        let receipts = guard(receipts);
        ensure!(
            receipts.len() == edits.len(),
            "a reader got {} changes of {}",
            receipts.len(),
            edits.len()
        );
        latencies.extend(
            receipts
                .iter()
                .zip(&written)
                .map(|(receipt, written)| ms(receipt.duration_since(*written))),
        );
    }
    latencies.sort_by(f64::total_cmp);
    let at = |share: f64| latencies[((latencies.len() - 1) as f64 * share) as usize];
    let deliveries = latencies.len() as f64;
    figures.timed("S4", "write to receipt, median", at(0.5), "ms", Target::Stated);
    figures.timed(
        "S4",
        "write to receipt, 99 of 100",
        at(0.99),
        "ms",
        Target::AtMost(LATENCY_MS_MAX),
    );
    let micros = cpu.as_secs_f64() * 1e6 / deliveries;
    figures.timed(
        "S4",
        "server processor time for a delivery",
        micros,
        "µs",
        Target::AtMost(CPU_MICROS_MAX),
    );
    figures.timed(
        "S4",
        "the same for a server that only writes them to its sockets",
        floor::micros(FLOOR).await?,
        "µs",
        Target::Stated,
    );
    let bytes = counts.total() as f64 / deliveries;
    figures.fixed(
        "S4",
        "bytes for a delivery, both ways",
        bytes,
        "B",
        Target::AtMost(DELIVERY_BYTES_MAX),
    );

    for live in lives {
        live.stop().await;
    }
    writing.stop().await;
    let sums = |phone: &Phone| {
        let device = lock(&phone.device);
        let feeds = device.status().feeds;
        feeds
            .into_iter()
            .map(|(no, name, _)| (name, device.engine().feed_sum(no)))
            .collect::<Vec<_>>()
    };
    let expected = sums(writer);
    ensure!(
        readers.iter().all(|reader| sums(reader) == expected),
        "the sums of the replicas differ"
    );
    must_be_equal(&[writer, &readers[0], &readers[READERS - 1]])
}

/// Phones that hold the village: one has loaded it, the others begin with what it holds.
async fn readers(run: &Run) -> Result<Vec<Phone>> {
    let enrolled = run.world.admin().await?.enrol(&[READER; READERS]).await?;
    let mut readers: Vec<Phone> = Vec::with_capacity(READERS);
    for (key, identity) in enrolled {
        let phone = match readers.first() {
            None => {
                let first = Phone::in_memory(key, identity)?;
                first.sync(&run.world.server.url()).await?;
                first
            }
            Some(first) => Phone::with_replica_of(first, key, identity)?,
        };
        readers.push(phone);
    }
    Ok(readers)
}

async fn connect(phone: &Phone, url: &str, observe: Observer) -> Result<Live> {
    let server = Server::new(url, None).map_err(|problem| anyhow::anyhow!("{}", problem.en))?;
    let live = Live::start(server, phone.device.clone(), observe);
    ensure!(
        live.settled(&phone.device, PATIENCE).await,
        "a live connection did not come about: {:?}",
        live.state()
    );
    Ok(live)
}

fn noting(receipts: Receipts) -> Observer {
    Arc::new(move |device: &mut Device| {
        let now = Instant::now();
        let changes = device
            .take_events()
            .iter()
            .filter(|event| matches!(event, Event::Changed(_)))
            .count();
        guard(&receipts).extend(std::iter::repeat_n(now, changes));
    })
}

fn guard(receipts: &Receipts) -> std::sync::MutexGuard<'_, Vec<Instant>> {
    receipts.lock().unwrap_or_else(PoisonError::into_inner)
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// Measures the memory of connections on which nothing happens.
pub(super) async fn idle_connections(prepared: &Prepared, count: usize, figures: &mut Figures) -> Result<()> {
    let run = prepared.run()?;
    let village = format!("{TOWNSHIP}990");
    let mut admin = run.world.admin().await?;
    admin.add_place(&village, "village", Some(TOWNSHIP)).await?;
    admin
        .add_person(&reader(&village, "waiting"), std::slice::from_ref(&village))
        .await?;
    let enrolled = admin.enrol(&vec!["waiting"; count]).await?;
    let phones: Vec<Phone> = enrolled
        .into_iter()
        .map(|(key, identity)| Phone::in_memory(key, identity))
        .collect::<Result<_>>()?;
    let url = run.world.server.url();
    // The first ones make the server allocate what it keeps for good.
    let (first, others) = phones.split_at(count / 10);
    let mut lives = Vec::with_capacity(count);
    for phone in first {
        lives.push(connect(phone, &url, nobody()).await?);
    }
    sleep(ACKNOWLEDGED_AFTER).await;
    let pid = run.world.pid()?;
    let (before, _) = machine::memory_kib(pid)?;
    for phone in others {
        lives.push(connect(phone, &url, nobody()).await?);
    }
    sleep(ACKNOWLEDGED_AFTER).await;
    let (after, _) = machine::memory_kib(pid)?;
    let each = after.saturating_sub(before) as f64 / others.len() as f64;
    let what = format!("memory of an idle live connection, {count} connections");
    figures.timed("S7", what, each, "KiB", Target::AtMost(CONNECTION_KIB_MAX));
    Ok(())
}

//! What is known of every phone while the story goes on, and how it is shown: a table that is drawn again and again in
//! a terminal, a line now and then elsewhere.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use qiao_device::device::Device;
use qiao_device::http::Report;
use sync_core::engine::{Event, Tally};
use sync_core::id::DocId;
use sync_core::schema::Kind;
use tokio::sync::mpsc;

use super::cast::Part;
use super::text::{column, percentile};

/// Latencies kept for the percentiles; the oldest go first.
const LATENCIES_MAX: usize = 10_000;
/// An edit that nobody has seen after this long is not waited for.
const FLIGHT_MAX: Duration = Duration::from_secs(10);
/// Lines of news below the table.
const NEWS_MAX: usize = 6;

/// Where a phone is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    Expected,
    Away,
    InRange,
    Live,
    Lost,
    Wiped,
}

impl Link {
    fn text(self) -> &'static str {
        match self {
            Link::Expected => "· 未入网 expected",
            Link::Away => "○ 无信号 offline",
            Link::InRange => "● 有信号 online",
            Link::Live => "◆ 实时 live",
            Link::Lost => "× 遗失 lost",
            Link::Wiped => "× 已销毁 wiped",
        }
    }
}

/// What is known of one phone.
#[derive(Debug)]
struct Row {
    label: String,
    role: &'static str,
    link: Link,
    live_since: Option<Instant>,
    unsent: u64,
    sent: u64,
    received: u64,
    synced: Option<Instant>,
    /// Fields that disagree now, by document.
    open: BTreeMap<DocId, Vec<Vec<String>>>,
    /// Fields that ever disagreed.
    conflicts: BTreeSet<(DocId, String)>,
    /// Where a desk hears of needs that moved.
    inbox: Option<mpsc::Sender<DocId>>,
}

/// Sums over all phones.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Totals {
    pub(super) sent: u64,
    pub(super) relayed: u64,
    pub(super) unsent: u64,
    pub(super) conflicts: usize,
    pub(super) quarantined: u64,
    pub(super) rejected: u64,
    pub(super) diverged: u64,
    pub(super) latencies: usize,
    pub(super) p50_ms: f64,
    pub(super) p95_ms: f64,
}

/// An edit on its way to whoever is live.
#[derive(Debug)]
struct Flight {
    from: usize,
    at: Instant,
    /// Who has it: what arrives there next is another edit.
    landed: BTreeSet<usize>,
}

#[derive(Debug, Default)]
struct Common {
    conflicts: BTreeSet<(DocId, String)>,
    quarantined: u64,
    rejected: u64,
    diverged: u64,
    latencies_us: Vec<u64>,
    next_latency: usize,
    flights: HashMap<DocId, Flight>,
    news: Vec<String>,
}

/// The board.
#[derive(Debug)]
pub(super) struct Board {
    rows: Vec<Mutex<Row>>,
    common: Mutex<Common>,
    /// Loading is over: what happens now is counted.
    watching: AtomicBool,
    drawn_lines: Mutex<usize>,
    terminal: bool,
}

impl Board {
    pub(super) fn new(parts: &[Part]) -> Board {
        let row = |part: &Part| {
            Mutex::new(Row {
                label: part.label.clone(),
                role: part.role_text(),
                link: Link::Expected,
                live_since: None,
                unsent: 0,
                sent: 0,
                received: 0,
                synced: None,
                open: BTreeMap::new(),
                conflicts: BTreeSet::new(),
                inbox: None,
            })
        };
        Board {
            rows: parts.iter().map(row).collect(),
            common: Mutex::default(),
            watching: AtomicBool::new(false),
            drawn_lines: Mutex::new(0),
            terminal: std::io::stdout().is_terminal(),
        }
    }

    /// Counts from now on.
    pub(super) fn watch(&self) {
        self.watching.store(true, Ordering::Relaxed);
    }

    fn is_watching(&self) -> bool {
        self.watching.load(Ordering::Relaxed)
    }

    pub(super) fn link(&self, number: usize, link: Link) {
        let mut row = lock(&self.rows[number]);
        if link != Link::Live {
            row.live_since = None;
        } else if row.link != Link::Live {
            row.live_since = Some(Instant::now());
        }
        if link == Link::Wiped {
            row.unsent = 0;
        }
        row.link = link;
    }

    pub(super) fn inbox(&self, number: usize, inbox: mpsc::Sender<DocId>) {
        lock(&self.rows[number]).inbox = Some(inbox);
    }

    /// Whether something is to be said to somebody who looks at this phone: a field that disagrees.
    pub(super) fn open_conflict(&self, number: usize) -> Option<(DocId, Vec<String>)> {
        let row = lock(&self.rows[number]);
        let (doc, paths) = row.open.iter().next()?;
        Some((doc.clone(), paths.first()?.clone()))
    }

    /// A phone with a line writes: from here it is measured when others have it.
    pub(super) fn takes_off(&self, number: usize, doc: &DocId) {
        let flight = Flight {
            from: number,
            at: Instant::now(),
            landed: BTreeSet::new(),
        };
        lock(&self.common).flights.insert(doc.clone(), flight);
    }

    /// What a sync did.
    pub(super) fn report(&self, number: usize, report: &Report, reached: bool) {
        let verdicts = report.verdicts;
        self.count(
            number,
            report.pulled,
            verdicts.accepted,
            verdicts.quarantined,
            verdicts.rejected,
        );
        if reached {
            lock(&self.rows[number]).synced = Some(Instant::now());
        }
    }

    fn count(&self, number: usize, pulled: u64, accepted: u64, quarantined: u64, rejected: u64) {
        if !self.is_watching() {
            return;
        }
        {
            let mut row = lock(&self.rows[number]);
            row.received += pulled;
            row.sent += accepted;
        }
        let mut common = lock(&self.common);
        common.quarantined += quarantined;
        common.rejected += rejected;
    }

    /// A phone that exchanges has taken a step.
    pub(super) fn observe(&self, number: usize, device: &mut Device) {
        let events = device.take_events();
        let status = device.status();
        lock(&self.rows[number]).unsent = status.unsent;
        let mut changed = BTreeSet::new();
        for event in events {
            match event {
                Event::Changed(doc) => drop(changed.insert(doc)),
                Event::Diverged(_) => lock(&self.common).diverged += 1,
                _ => {}
            }
        }
        if !self.is_watching() {
            return;
        }
        self.land(number, &changed);
        for doc in changed {
            let is_need = device.engine().kind(&doc) == Some(Kind::Need);
            // A document that left meanwhile has no conflicts to show.
            let found = device.conflicts(Some(&doc)).unwrap_or_default();
            let paths: Vec<Vec<String>> = found.into_iter().map(|conflict| conflict.path).collect();
            for path in &paths {
                lock(&self.common).conflicts.insert((doc.clone(), path.join("/")));
            }
            let mut row = lock(&self.rows[number]);
            for path in &paths {
                row.conflicts.insert((doc.clone(), path.join("/")));
            }
            if let Some(inbox) = row.inbox.as_ref().filter(|_| is_need) {
                // A desk that is behind hears of it with the next change.
                let _ = inbox.try_send(doc.clone());
            }
            if paths.is_empty() {
                row.open.remove(&doc);
            } else {
                row.open.insert(doc, paths);
            }
        }
    }

    /// A phone with a live connection has taken a step.
    pub(super) fn observe_live(&self, number: usize, device: &mut Device) {
        let Tally {
            pulled,
            accepted,
            quarantined,
            rejected,
            ..
        } = device.take_tally();
        self.count(number, pulled, accepted, quarantined, rejected);
        self.observe(number, device);
        lock(&self.rows[number]).synced = Some(Instant::now());
    }

    /// Measures edits that have arrived here from another phone that was live all the time, as this one was.
    fn land(&self, number: usize, changed: &BTreeSet<DocId>) {
        let Some(since) = lock(&self.rows[number]).live_since else {
            return;
        };
        let mut common = lock(&self.common);
        common
            .flights
            .retain(|_, flight| flight.at.elapsed() < FLIGHT_MAX);
        for doc in changed {
            let Some(flight) = common.flights.get_mut(doc) else {
                continue;
            };
            if flight.from == number || flight.at < since || !flight.landed.insert(number) {
                continue;
            }
            let took_us = u64::try_from(flight.at.elapsed().as_micros()).unwrap_or(u64::MAX);
            if common.latencies_us.len() < LATENCIES_MAX {
                common.latencies_us.push(took_us);
            } else {
                let next = common.next_latency;
                common.latencies_us[next] = took_us;
                common.next_latency = (next + 1) % LATENCIES_MAX;
            }
        }
    }

    pub(super) fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for row in &self.rows {
            let row = lock(row);
            totals.sent += row.sent;
            totals.relayed += row.received;
            totals.unsent += row.unsent;
        }
        let common = lock(&self.common);
        let mut latencies = common.latencies_us.clone();
        latencies.sort_unstable();
        totals.conflicts = common.conflicts.len();
        totals.quarantined = common.quarantined;
        totals.rejected = common.rejected;
        totals.diverged = common.diverged;
        totals.latencies = latencies.len();
        totals.p50_ms = percentile(&latencies, 50) as f64 / 1_000.0;
        totals.p95_ms = percentile(&latencies, 95) as f64 / 1_000.0;
        totals
    }

    /// Something worth telling has happened.
    pub(super) fn news(&self, text: impl Into<String>) {
        let text = text.into();
        if !self.terminal || !self.is_watching() {
            print(&format!("{text}\n"));
            return;
        }
        let mut common = lock(&self.common);
        common.news.push(text);
        if common.news.len() > NEWS_MAX {
            common.news.remove(0);
        }
    }

    /// Whether the table can be drawn.
    pub(super) fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// Shows how loading goes on, on one line.
    pub(super) fn progress(&self, text: &str) {
        if self.terminal {
            print(&format!("\r\x1b[2K{text}"));
        } else {
            print(&format!("{text}\n"));
        }
    }

    /// One line with the sums.
    pub(super) fn line(&self, elapsed: Duration) {
        print(&format!("{:>4} s  {}\n", elapsed.as_secs(), self.sums()));
    }

    fn sums(&self) -> String {
        let totals = self.totals();
        let latency = if totals.latencies == 0 {
            "–".to_owned()
        } else {
            format!("{:.0}/{:.0} ms", totals.p50_ms, totals.p95_ms)
        };
        format!(
            "已发 sent {}  转发 relayed {}  未发 unsent {}  冲突 conflicts {}  隔离 quarantined {}  退回 returned {}  实时延迟 live p50/p95 {latency}",
            totals.sent, totals.relayed, totals.unsent, totals.conflicts, totals.quarantined, totals.rejected,
        )
    }

    /// Draws the table over the one before.
    pub(super) fn draw(&self, elapsed: Duration) {
        let mut lines = vec![format!(
            "{}{}{}{}{}{}{}{}",
            column("设备 device", 30),
            column("身份 role", 18),
            column("信号 link", 19),
            column("未发 unsent", 12),
            column("已发 sent", 11),
            column("收到 received", 14),
            column("同步 synced", 12),
            "冲突 conflicts",
        )];
        for row in &self.rows {
            let row = lock(row);
            let synced = row
                .synced
                .map_or("–".to_owned(), |at| format!("{} s", at.elapsed().as_secs()));
            let conflicts = match (row.conflicts.len(), row.open.len()) {
                (0, _) => String::new(),
                (seen, 0) => seen.to_string(),
                (seen, open) => format!("{seen} (未决 open {open})"),
            };
            lines.push(format!(
                "{}{}{}{}{}{}{}{conflicts}",
                column(&row.label, 30),
                column(row.role, 18),
                column(row.link.text(), 19),
                column(&row.unsent.to_string(), 12),
                column(&row.sent.to_string(), 11),
                column(&row.received.to_string(), 14),
                column(&synced, 12),
            ));
        }
        lines.push(String::new());
        lines.push(format!("{} s  {}", elapsed.as_secs(), self.sums()));
        lines.extend(lock(&self.common).news.iter().cloned());
        lines.push("Ctrl-C 收队核对 / Ctrl-C brings everybody home and compares".to_owned());
        let mut drawn = lock(&self.drawn_lines);
        // Lines are cut at the edge of a narrow terminal: a wrapped one would be two to go back over.
        let mut text = "\x1b[?7l".to_owned();
        if *drawn > 0 {
            text.push_str(&format!("\x1b[{drawn}A\x1b[J"));
        }
        for line in &lines {
            text.push_str(line);
            text.push('\n');
        }
        text.push_str("\x1b[?7h");
        *drawn = lines.len();
        print(&text);
    }
}

/// To the terminal; one that is gone does not end the story.
pub(super) fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}

/// A holder that panicked left whole values: each is written in one step.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

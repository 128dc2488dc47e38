//! Live delivery: what one commit adds to a feed is packed once and handed to everybody who stands there.
//!
//! A wake-up is a hint. One that brings along the changes that were committed saves reading the log; for any other the log
//! is read, and read again from time to time without any. A connection whose queue is full
//! misses what was handed out and reads the log by itself from where it stands, so a slow one costs no memory and loses
//! nothing.

mod connection;

pub use connection::{Ended, Happening, Live};

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt};
use sync_core::id::{AuthorNo, FeedNo};
use sync_core::wire::codec::Writer;
use sync_core::wire::frame::{Cursor, Entry};
use sync_core::wire::stream::pack_message;
use tokio::sync::{broadcast, mpsc};
use tokio_util::sync::CancellationToken;

use super::bus::{Grown, Tail, Wake};
use super::read::{FeedReader, Page, Pages};
use super::{Relay, limits};
use crate::store::StoreError;
use crate::store::log;

/// A stretch of a feed, packed for everybody who stands at its beginning.
#[derive(Debug)]
pub(super) struct Stretch {
    pub(super) feed: FeedNo,
    pub(super) from: u64,
    pub(super) to: u64,
    /// Whose changes are in it: their own devices are not sent them.
    authors: BTreeSet<AuthorNo>,
    only_changes: bool,
    pub(super) message: Bytes,
}

impl Stretch {
    /// Whether a device may be given it as it is.
    pub(super) fn suits(&self, device: AuthorNo) -> bool {
        !self.authors.contains(&device)
    }

    /// Whether it says nothing that the device has not written itself.
    pub(super) fn is_all_of(&self, device: AuthorNo) -> bool {
        self.only_changes && self.authors.len() == 1 && self.authors.contains(&device)
    }
}

/// What a connection is told.
#[derive(Debug, Clone)]
pub(super) enum Signal {
    Stretch(Arc<Stretch>),
    /// Its own feed has grown up to here.
    Verdicts(u64),
    /// The device's standing has changed.
    Standing,
}

/// One connection's place among the others.
#[derive(Debug, Clone)]
struct Subscriber {
    no: u64,
    device: AuthorNo,
    queue: mpsc::Sender<Signal>,
    /// Set when something did not fit into the queue.
    missed: Arc<AtomicBool>,
}

impl Subscriber {
    fn tell(&self, signal: Signal) {
        if self.queue.try_send(signal).is_err() {
            self.missed.store(true, Ordering::Release);
        }
    }
}

#[derive(Debug, Default)]
struct Subscribers {
    /// By feed; the position up to which the feed has been handed out.
    feeds: HashMap<FeedNo, (u64, Vec<Subscriber>)>,
    devices: HashMap<AuthorNo, Vec<Subscriber>>,
    /// Grant versions, to notice what another process decides.
    standings: BTreeMap<AuthorNo, u64>,
    running: bool,
}

/// Everybody who listens.
#[derive(Debug, Default)]
pub(super) struct Hub {
    subscribers: Mutex<Subscribers>,
    next_no: AtomicU64,
    stop: CancellationToken,
}

/// A connection's subscription; ends when dropped.
#[derive(Debug)]
struct Subscription {
    hub: Arc<Hub>,
    subscriber: Subscriber,
    feeds: Vec<FeedNo>,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut all = self.hub.lock();
        let no = self.subscriber.no;
        for feed in &self.feeds {
            if let Some((_, subscribers)) = all.feeds.get_mut(feed) {
                subscribers.retain(|other| other.no != no);
                if subscribers.is_empty() {
                    all.feeds.remove(feed);
                }
            }
        }
        let device = self.subscriber.device;
        if let Some(subscribers) = all.devices.get_mut(&device) {
            subscribers.retain(|other| other.no != no);
            if subscribers.is_empty() {
                all.devices.remove(&device);
                all.standings.remove(&device);
            }
        }
    }
}

impl Hub {
    fn lock(&self) -> MutexGuard<'_, Subscribers> {
        self.subscribers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn has(&self, device: AuthorNo) -> bool {
        self.lock().devices.contains_key(&device)
    }

    pub(super) fn stop(&self) {
        self.stop.cancel();
    }

    pub(super) fn stopping(&self) -> &CancellationToken {
        &self.stop
    }
}

impl Relay {
    /// Puts a connection among those that are told. It must read the log once more afterwards, by itself.
    async fn subscribe(
        &self,
        device: AuthorNo,
        grant_version: u64,
        feeds: &[FeedNo],
    ) -> Result<(Subscription, mpsc::Receiver<Signal>), StoreError> {
        let mut tx = log::read(&self.store).await?;
        let heads = log::sums(&mut tx, feeds).await?;
        drop(tx);
        let hub = self.hub.clone();
        let (queue, signals) = mpsc::channel(limits::LIVE_SIGNALS_QUEUED_MAX);
        let no = hub.next_no.fetch_add(1, Ordering::Relaxed);
        let subscriber = Subscriber {
            no,
            device,
            queue,
            missed: Arc::new(AtomicBool::new(false)),
        };
        let start = {
            let mut all = hub.lock();
            for row in &heads {
                let place = all.feeds.entry(row.no).or_insert((row.head, Vec::new()));
                place.1.push(subscriber.clone());
            }
            all.devices.entry(device).or_default().push(subscriber.clone());
            all.standings.insert(device, grant_version);
            !std::mem::replace(&mut all.running, true)
        };
        if start {
            tokio::spawn(self.clone().hand_out(self.bus.subscribe()));
        }
        let feeds = heads.iter().map(|row| row.no).collect();
        Ok((
            Subscription {
                hub,
                subscriber,
                feeds,
            },
            signals,
        ))
    }

    /// Goes on as long as the relay does.
    async fn hand_out(self, mut wakes: broadcast::Receiver<Arc<Wake>>) {
        let stop = self.hub.stop.clone();
        let mut poll = tokio::time::interval(Duration::from_millis(limits::LIVE_POLL_MS));
        poll.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let mut happened: Vec<Arc<Wake>> = Vec::new();
            let mut look_everywhere = false;
            tokio::select! {
                () = stop.cancelled() => return,
                _ = poll.tick() => look_everywhere = true,
                received = wakes.recv() => match received {
                    Ok(one) => happened.push(one),
                    Err(broadcast::error::RecvError::Lagged(_)) => look_everywhere = true,
                    Err(broadcast::error::RecvError::Closed) => return,
                },
            }
            // One reading serves all the commits that have happened by now.
            while let Ok(one) = wakes.try_recv() {
                happened.push(one);
            }
            match AssertUnwindSafe(self.serve(&happened, look_everywhere))
                .catch_unwind()
                .await
            {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!(%error, "live delivery will try again"),
                Err(_) => tracing::error!("live delivery panicked and will try again"),
            }
        }
    }

    async fn serve(&self, happened: &[Arc<Wake>], look_everywhere: bool) -> Result<(), StoreError> {
        // Verdicts first: what others have built on a change comes after its own verdict.
        {
            let all = self.hub.lock();
            let tell = |device: &AuthorNo, signal: &Signal| {
                let connections = all.devices.get(device).into_iter().flatten();
                connections.for_each(|s| s.tell(signal.clone()));
            };
            for wake in happened {
                for (device, upto) in &wake.devices {
                    tell(device, &Signal::Verdicts(*upto));
                }
                for device in &wake.standings {
                    tell(device, &Signal::Standing);
                }
            }
        }
        for grown in happened.iter().flat_map(|wake| &wake.feeds) {
            self.hand_on(grown);
        }
        let mut behind: BTreeMap<FeedNo, u64> = BTreeMap::new();
        let mut watched: Vec<AuthorNo> = Vec::new();
        {
            let all = self.hub.lock();
            if look_everywhere {
                behind.extend(all.feeds.iter().map(|(feed, (at, _))| (*feed, *at)));
                watched.extend(all.standings.keys());
            } else {
                for grown in happened.iter().flat_map(|wake| &wake.feeds) {
                    let at = all.feeds.get(&grown.feed).map(|(at, _)| *at);
                    behind.extend(at.filter(|at| *at < grown.head).map(|at| (grown.feed, at)));
                }
            }
        }
        let mut served = futures_util::stream::iter(behind)
            .map(|(feed, at)| self.serve_feed(feed, at))
            .buffer_unordered(limits::LIVE_FEEDS_AT_A_TIME);
        while let Some(done) = served.next().await {
            done?;
        }
        drop(served);
        if look_everywhere {
            self.notice_standings(&watched).await?;
        }
        Ok(())
    }

    /// Hands out what a commit has brought along, if it follows what was handed out last.
    fn hand_on(&self, grown: &Grown) {
        let follows = |at: u64| grown.tail.as_ref().filter(|tail| tail.from == at);
        let at = self.hub.lock().feeds.get(&grown.feed).map(|(at, _)| *at);
        let Some(tail) = at.and_then(follows) else { return };
        let stretch = Arc::new(pack(grown.feed, tail.from, grown.head, page_of(grown.feed, tail)));
        // Only this task moves the position, so it is still there.
        if let Some((at, subscribers)) = self.hub.lock().feeds.get_mut(&grown.feed) {
            *at = grown.head;
            subscribers
                .iter()
                .for_each(|s| s.tell(Signal::Stretch(stretch.clone())));
        }
    }

    /// Hands out what a feed has got since.
    async fn serve_feed(&self, feed: FeedNo, at: u64) -> Result<(), StoreError> {
        // A reader that is nobody's device: nothing is its own.
        let cursors = BTreeMap::from([(feed, Cursor::Tail(at))]);
        let mut reader = FeedReader::new(self.clone(), 0, 0, vec![feed], &cursors);
        reader.only_entries();
        let mut from = at;
        while let Some(page) = reader.next().await? {
            let Some(Cursor::Tail(to)) = reader.cursors().get(&feed).copied() else {
                // Too far behind for a tail: whoever stands here reads by itself.
                let all = self.hub.lock();
                all.feeds.get(&feed).into_iter().for_each(|(_, subscribers)| {
                    subscribers
                        .iter()
                        .for_each(|s| s.missed.store(true, Ordering::Release));
                });
                break;
            };
            let more = page.more;
            let stretch = Arc::new(pack(feed, from, to, page));
            from = to;
            if let Some((at, subscribers)) = self.hub.lock().feeds.get_mut(&feed) {
                *at = to;
                subscribers
                    .iter()
                    .for_each(|s| s.tell(Signal::Stretch(stretch.clone())));
            }
            if !more {
                break;
            }
        }
        Ok(())
    }

    /// Decisions of another process send no wake-up.
    async fn notice_standings(&self, devices: &[AuthorNo]) -> Result<(), StoreError> {
        let mut tx = log::read(&self.store).await?;
        let versions = log::grant_versions(&mut tx, devices).await?;
        drop(tx);
        let mut all = self.hub.lock();
        for (device, version) in versions {
            let Some(known) = all.standings.get_mut(&device) else {
                continue;
            };
            if std::mem::replace(known, version) != version {
                all.devices
                    .get(&device)
                    .into_iter()
                    .flatten()
                    .for_each(|s| s.tell(Signal::Standing));
            }
        }
        Ok(())
    }
}

/// Committed changes as a reader of the log makes them into a page.
fn page_of(feed: FeedNo, tail: &Tail) -> Page {
    let mut pages = Pages::of_tail(feed);
    let mut page = Page {
        only_changes: true,
        ..Page::default()
    };
    for (seq, entry) in &tail.entries {
        if let Entry::Change { author, .. } = entry {
            page.authors.insert(*author);
        }
        pages.add([entry.clone()], Cursor::Tail(*seq), (0, 0));
    }
    page.frames = pages.finish();
    page
}

fn pack(feed: FeedNo, from: u64, to: u64, page: Page) -> Stretch {
    let mut bytes = Writer::new();
    page.frames.iter().for_each(|frame| frame.write(&mut bytes));
    let message = if bytes.0.is_empty() {
        Bytes::new()
    } else {
        Bytes::from(pack_message(&bytes.0))
    };
    Stretch {
        feed,
        from,
        to,
        authors: page.authors,
        only_changes: page.only_changes,
        message,
    }
}

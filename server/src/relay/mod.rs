//! The relay: takes what devices have signed, orders it, and gives every audience what it misses.
//!
//! ```text
//! http/sync ─▶ Relay::open, Relay::push ─▶ ingest (one writer, group commit) ─▶ store/log
//!                                                   └─ bus (hints) ─▶ live
//!           ◀─ read::FeedReader ◀────────────────────── store/log ◀──┘
//! ```
//!
//! Owns sessions of devices, ingest, feeds and live delivery. Reads no clock and draws nothing at random: times are
//! arguments, so that a simulation can drive it. Knows no HTTP; who may take part is [`crate::registry`]'s.

pub mod bus;
pub mod contacts;
pub(crate) mod document;
pub mod exchange;
pub(crate) mod history;
mod ingest;
mod limits;
pub(crate) mod list;
pub mod live;
pub mod read;
pub mod review;
pub mod session;

pub use ingest::Unavailable;
pub use review::{Decided, Kept};
pub use session::{Opened, Session};

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use sync_core::edit::{Edit, Refusal};
use sync_core::id::{AuthorNo, DeviceId, DocId};
use sync_core::reason::Reason;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use self::bus::{Bus, LocalBus};
use self::ingest::{Job, Writer};
use crate::keys::KeyPair;
use crate::registry::grants::GrantKeys;
use crate::store::log::SnapshotRow;
use crate::store::{Store, StoreError, log};

/// Who this server is.
#[derive(Debug)]
pub struct Identity {
    /// Stands in every envelope and grant.
    pub deployment: String,
    /// Signs orders.
    pub server_key: KeyPair,
    /// Signs grants.
    pub grant_keys: GrantKeys,
    /// Signs what the server itself writes into documents.
    pub relay_key: KeyPair,
    /// The server as an author: device 1.
    pub relay_device: DeviceId,
}

/// The relay. Cheap to clone; all clones share one writer.
#[derive(Debug, Clone)]
pub struct Relay(Arc<Inner>);

/// A reply's place among those under way; free again when dropped.
#[derive(Debug)]
struct ReplyPlace {
    relay: Relay,
    device: AuthorNo,
    no: u64,
    token: CancellationToken,
}

impl ReplyPlace {
    fn is_taken(&self) -> bool {
        self.token.is_cancelled()
    }
}

impl Drop for ReplyPlace {
    fn drop(&mut self) {
        let mut replies = self.relay.lock(&self.relay.replies);
        if replies.get(&self.device).is_some_and(|(no, _)| *no == self.no) {
            replies.remove(&self.device);
        }
    }
}

/// What all clones share.
#[derive(Debug)]
pub struct Inner {
    store: Store,
    identity: Arc<Identity>,
    bus: Arc<dyn Bus>,
    jobs: Mutex<Option<mpsc::Sender<Job>>>,
    writer: Mutex<Option<oneshot::Receiver<()>>>,
    hub: Arc<live::Hub>,
    /// Replies under way, by device.
    replies: Mutex<HashMap<AuthorNo, (u64, CancellationToken)>>,
    contacts: contacts::Contacts,
}

impl std::ops::Deref for Relay {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Relay {
    /// Starts the writer on a thread of its own: what it computes must not hold up connections.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn start(store: Store, identity: Identity) -> std::io::Result<Relay> {
        let identity = Arc::new(identity);
        let bus: Arc<dyn Bus> = Arc::new(LocalBus::default());
        let (jobs, queue) = mpsc::channel(limits::JOBS_QUEUED_MAX);
        let (ended, writer) = oneshot::channel();
        let worker = Writer::new(store.clone(), identity.clone(), bus.clone());
        let runtime = tokio::runtime::Handle::current();
        std::thread::Builder::new()
            .name("relay-writer".to_owned())
            .spawn(move || {
                runtime.block_on(worker.run(queue));
                let _ = ended.send(());
            })?;
        let (jobs, writer) = (Mutex::new(Some(jobs)), Mutex::new(Some(writer)));
        Ok(Relay(Arc::new(Inner {
            store,
            identity,
            bus,
            jobs,
            writer,
            hub: Arc::default(),
            replies: Mutex::default(),
            contacts: contacts::Contacts::default(),
        })))
    }

    /// Takes nothing more, and waits until what was taken is on disk and answered.
    pub async fn stop(&self) {
        self.hub.stop();
        drop(self.lock(&self.jobs).take());
        let writer = self.lock(&self.writer).take();
        if let Some(ended) = writer {
            // An error means that the writer has ended already.
            let _ = ended.await;
        }
        self.clone().write_contacts().await;
    }

    /// Wake-ups after commits.
    pub fn bus(&self) -> &Arc<dyn Bus> {
        &self.bus
    }

    /// Tells live connections that a device's standing has changed.
    pub fn device_changed(&self, no: u64) {
        self.bus.publish(bus::Wake {
            standings: vec![no],
            ..bus::Wake::default()
        });
    }

    /// Tells those who watch that sessions of a person may have ended.
    pub(crate) fn sessions_ended(&self, person: &str) {
        self.bus.publish(bus::Wake {
            signed_out: vec![person.to_owned()],
            ..bus::Wake::default()
        });
    }

    /// Whether a device has a live connection.
    pub fn is_live(&self, device: AuthorNo) -> bool {
        self.hub.has(device)
    }

    /// Makes edits in the server's own name, each all or nothing, all in one commit. `Ok(None)` for an edit that
    /// changes nothing.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub async fn author(
        &self,
        edits: Vec<Edit>,
        now_ms: i64,
    ) -> Result<Vec<Result<Option<DocId>, Refusal>>, Unavailable> {
        self.ask(|reply| Job::Author(edits, now_ms, reply)).await
    }

    /// Brings the documents of these villages in step with the registry; makes those that are missing.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub async fn villages_changed(&self, villages: Vec<String>, now_ms: i64) -> Result<(), Unavailable> {
        self.ask(|reply| Job::Villages(villages, now_ms, reply)).await
    }

    /// Renews the cards of households whose pairings have changed, and the documents of their villages.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub async fn pairings_changed(&self, households: Vec<DocId>, now_ms: i64) -> Result<(), Unavailable> {
        self.ask(|reply| Job::Pairings(households, now_ms, reply)).await
    }

    /// Begins a new epoch on a database just restored from a backup, before anything is served from it. `now_ms` must
    /// be later than any epoch before; times of restores are.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn mark_restored(store: &Store, now_ms: i64) -> Result<(), StoreError> {
        let mut tx = store.writer().await?;
        let epoch = log::epoch(&mut tx).await? + 1;
        let by_time = u64::try_from(now_ms.div_euclid(1000)).unwrap_or(0);
        log::mark_restored(&mut tx, epoch.max(by_time)).await?;
        tx.commit().await
    }

    /// A device reads one reply at a time: the one before, if it is still under way, goes to a link that has broken.
    fn begin_reply(&self, device: AuthorNo) -> ReplyPlace {
        let mut replies = self.lock(&self.replies);
        let no = replies.get(&device).map_or(0, |(no, _)| no + 1);
        let token = CancellationToken::new();
        if let Some((_, before)) = replies.insert(device, (no, token.clone())) {
            before.cancel();
        }
        ReplyPlace {
            relay: self.clone(),
            device,
            no,
            token,
        }
    }

    async fn ask<T>(
        &self,
        job: impl FnOnce(oneshot::Sender<Result<T, Unavailable>>) -> Job,
    ) -> Result<T, Unavailable> {
        let busy = Unavailable(Reason::ServerBusy);
        let jobs = self.lock(&self.jobs).clone().ok_or(busy)?;
        let (reply, answer) = oneshot::channel();
        jobs.send(job(reply)).await.map_err(|_| busy)?;
        drop(jobs);
        answer.await.map_err(|_| busy)?
    }

    /// Lets the writer keep a snapshot a reader has made; without it the next reader makes it again.
    fn keep_snapshot(&self, row: SnapshotRow) {
        if let Some(jobs) = self.lock(&self.jobs).as_ref() {
            let _ = jobs.try_send(Job::Snapshot(row));
        }
    }

    /// The values behind these locks are whole at every moment, so a panic elsewhere does not spoil them.
    fn lock<'a, T>(&self, mutex: &'a Mutex<T>) -> std::sync::MutexGuard<'a, T> {
        mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

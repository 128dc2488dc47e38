//! The one writer: everything that enters the log goes through here, many submissions to a commit.
//!
//! Submissions wait in a queue. The writer takes what is there, judges it against documents in memory, writes all of it
//! in one transaction, and only then answers: an answer means it is on disk. While one commit is under way the next
//! fills. The fast way proves all touched documents loadable at the end, on all cores; if one is not, everything is
//! rolled back and judged again change by change, so that only the offender is refused.
//!
//! [`envelope`] judges, [`batch`] gives numbers and feeds, [`author`] writes in the server's own name, [`village`] keeps
//! villages' documents in step with the registry, [`again`] takes second looks. Nothing here reads a clock: times come with the submissions.

mod again;
mod author;
mod batch;
mod cache;
mod envelope;
mod prove;
mod village;
mod wake;

pub(super) use cache::{FromLog, actor_of};
pub(super) use envelope::Chain;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use sync_core::audience;
use sync_core::edit::{Edit, Refusal};
use sync_core::gate::Signer;
use sync_core::id::{AuthorNo, DEVICE_FEED, DocId, FeedNo};
use sync_core::reason::Reason;
use sync_core::wire::frame::{self, Envelope};
use tokio::sync::{mpsc, oneshot};

use self::batch::Batch;
use self::cache::Cache;
use self::envelope::Sender;
use super::bus::{Bus, Wake};
use super::review::Decided;
use super::{Identity, limits};
use crate::registry::Role;
use crate::registry::devices::{Device, Said, Status};
use crate::store::log::{self, Counters, EnvelopeRow, SnapshotRow, SyncState, VerdictRow};
use crate::store::registry::{devices, places};
use crate::store::{Seen, Store, StoreError};

/// What a hello asks of the writer; its signature has been checked.
#[derive(Debug, Clone)]
pub(super) struct HelloNote {
    pub(super) counter: u64,
    /// Of everything it says, to know it when it is repeated.
    pub(super) hash: Vec<u8>,
    pub(super) epoch: u64,
    pub(super) health: frame::Health,
}

/// A device's submission.
#[derive(Debug)]
pub(super) struct Submission {
    pub(super) device: AuthorNo,
    pub(super) hello: Option<HelloNote>,
    pub(super) envelopes: Vec<Envelope>,
    pub(super) cursors: BTreeMap<FeedNo, u64>,
    pub(super) chain: Chain,
    pub(super) now_ms: i64,
}

/// What became of it.
#[derive(Debug)]
pub(super) struct Answer {
    /// As of this commit.
    pub(super) device: Arc<Device>,
    /// Feeds in scope, whatever the status.
    pub(super) feeds: Vec<(FeedNo, String)>,
    /// Highest counter seen.
    pub(super) counter: u64,
    /// Told in answer to a hello.
    pub(super) epoch: u64,
    pub(super) restored: Vec<(FeedNo, u64)>,
    /// Why the hello, or an envelope, was refused as a whole.
    pub(super) refused: Option<Reason>,
    pub(super) chain: Chain,
    /// Why the last of its changes that were refused was.
    pub(super) rejected: Option<Reason>,
    /// What was answered to the device, as it stands in its own feed; nothing where the log has to be asked.
    pub(super) verdicts: Vec<VerdictRow>,
}

/// Why nothing became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.code())]
pub struct Unavailable(pub Reason);

type Reply<T> = oneshot::Sender<Result<T, Unavailable>>;

/// Work for the writer.
#[derive(Debug)]
pub(super) enum Job {
    Device(Submission, Reply<Answer>),
    /// Edits in the server's own name, each all or nothing.
    Author(Vec<Edit>, i64, Reply<Vec<Result<Option<DocId>, Refusal>>>),
    /// Numbers of quarantined changes; released or else discarded; by whom.
    Review(Vec<u64>, bool, String, i64, Reply<Vec<Decided>>),
    /// Households whose pairings have changed.
    Pairings(Vec<DocId>, i64, Reply<()>),
    /// Villages of which the registry may say something else now.
    Villages(Vec<String>, i64, Reply<()>),
    /// A fresher snapshot, made by a reader.
    Snapshot(SnapshotRow),
}

enum Done {
    Device(Box<Answer>),
    Author(Vec<Result<Option<DocId>, Refusal>>),
    Review(Vec<Decided>),
    Nothing,
}

/// Why a commit cannot be made this way.
#[derive(Debug)]
pub(super) enum Stop {
    Store(StoreError),
    /// Automerge has refused something after the gate: judge again, carefully.
    Retry,
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Stop {
        Stop::Store(error)
    }
}

/// What the writer remembers between commits.
pub(super) struct State {
    identity: Arc<Identity>,
    cache: Cache,
    counters: Counters,
    /// Changes that wait, in all.
    parked: u64,
    /// Households known to have no card.
    cardless: HashSet<DocId>,
    /// Devices as the registry knew them last; stale once it has written.
    senders: HashMap<AuthorNo, (Sender, Arc<Device>)>,
    /// What devices' contacts have come to; only this writer writes it.
    contacts: HashMap<AuthorNo, SyncState>,
    /// Devices whose changes made Automerge fail: they are judged apart.
    suspects: BTreeSet<AuthorNo>,
}

/// The writer.
pub(super) struct Writer {
    store: Store,
    bus: Arc<dyn Bus>,
    state: State,
    /// What the state above was read at; another process that writes makes it stale.
    seen: Option<Seen>,
}

const SUSPECTS_MAX: usize = 1_024;
const CARDLESS_MAX: usize = 200_000;
/// Devices remembered at a time.
const DEVICES_MAX: usize = 10_000;

impl Writer {
    pub(super) fn new(store: Store, identity: Arc<Identity>, bus: Arc<dyn Bus>) -> Self {
        let counters = Counters {
            doc: 0,
            change: 0,
            envelope: 0,
            feed: 0,
            kept: 0,
        };
        let state = State {
            identity,
            cache: Cache::default(),
            counters,
            parked: 0,
            cardless: HashSet::new(),
            senders: HashMap::new(),
            contacts: HashMap::new(),
            suspects: BTreeSet::new(),
        };
        Writer {
            store,
            bus,
            state,
            seen: None,
        }
    }

    /// Works until all senders are gone.
    pub(super) async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut next = None;
        loop {
            let Some(first) = (match next.take() {
                Some(job) => Some(job),
                None => jobs.recv().await,
            }) else {
                return;
            };
            let alone = self.is_suspect(&first);
            let mut changes = weight(&first);
            let mut batch = vec![first];
            while !alone && changes < limits::COMMIT_CHANGES_TARGET && batch.len() < limits::COMMIT_JOBS_MAX {
                let Ok(job) = jobs.try_recv() else { break };
                if self.is_suspect(&job) {
                    next = Some(job);
                    break;
                }
                changes += weight(&job);
                batch.push(job);
            }
            self.work(batch, alone).await;
            self.state.cache.shrink();
        }
    }

    fn is_suspect(&self, job: &Job) -> bool {
        matches!(job, Job::Device(submission, _) if self.state.suspects.contains(&submission.device))
    }

    async fn work(&mut self, jobs: Vec<Job>, careful: bool) {
        let mut outcome = self.attempt(&jobs, careful).await;
        if matches!(outcome, Err(Stop::Retry)) {
            outcome = self.attempt(&jobs, true).await;
        }
        match outcome {
            Ok((done, wake)) => self.finish(jobs, done, wake),
            // A fault may be one job's: the others must not suffer for it.
            Err(_) if jobs.len() > 1 => {
                for job in jobs {
                    Box::pin(self.work(vec![job], careful)).await;
                }
            }
            Err(stop) => {
                tracing::error!(error = %describe(&stop), "a commit failed");
                let reason = if is_full(&stop) {
                    Reason::StorageFull
                } else {
                    Reason::ServerBusy
                };
                for job in jobs {
                    job.fail(Unavailable(reason));
                }
            }
        }
    }

    fn finish(&mut self, jobs: Vec<Job>, done: Vec<Done>, wake: Wake) {
        // Whoever has gone finds the answer in the log.
        for (job, done) in jobs.into_iter().zip(done) {
            match (job, done) {
                (Job::Device(submission, reply), Done::Device(answer)) => {
                    // Its chain is the answer's now, and goes on from there.
                    drop(submission);
                    drop(reply.send(Ok(*answer)));
                }
                (Job::Author(.., reply), Done::Author(results)) => drop(reply.send(Ok(results))),
                (Job::Review(.., reply), Done::Review(results)) => drop(reply.send(Ok(results))),
                (Job::Pairings(.., reply) | Job::Villages(.., reply), Done::Nothing) => {
                    let _ = reply.send(Ok(()));
                }
                _ => {}
            }
        }
        if wake != Wake::default() {
            self.bus.publish(wake);
        }
    }

    async fn attempt(&mut self, jobs: &[Job], careful: bool) -> Result<(Vec<Done>, Wake), Stop> {
        // A panic must not take the writer with it: what it was about is forgotten and read again from the log.
        let outcome = AssertUnwindSafe(self.commit(jobs, careful)).catch_unwind().await;
        let outcome = outcome.unwrap_or(Err(Stop::Store(StoreError::Corrupt("the writer panicked"))));
        if outcome.is_err() {
            self.seen = None;
        }
        outcome
    }

    async fn commit(&mut self, jobs: &[Job], careful: bool) -> Result<(Vec<Done>, Wake), Stop> {
        let mut tx = self.store.writer().await?;
        let seen = tx.seen();
        if self.seen.map(|before| before.version) != Some(seen.version) {
            self.state.cache.forget();
            self.state.cardless.clear();
            self.state.contacts.clear();
            self.state.senders.clear();
            self.state.counters = log::counters(&mut tx).await?;
            self.state.parked = log::parked_in_all(&mut tx).await?;
        }
        // The registry writes over the same connection.
        if self.seen.is_none_or(|before| before.turn + 1 != seen.turn) {
            self.state.senders.clear();
        }
        self.seen = Some(seen);
        if self.state.suspects.len() > SUSPECTS_MAX {
            self.state.suspects.clear();
        }
        if self.state.cardless.len() > CARDLESS_MAX {
            self.state.cardless.clear();
        }
        if self.state.senders.len() > DEVICES_MAX {
            self.state.senders.clear();
        }
        if self.state.contacts.len() > DEVICES_MAX {
            self.state.contacts.clear();
        }
        let now_ms = jobs.iter().map(Job::now_ms).max().unwrap_or(0);
        let mut batch = Batch::new(&mut self.state, tx, careful);
        let mut done = Vec::with_capacity(jobs.len());
        for job in jobs {
            done.push(batch.job(job).await?);
        }
        batch.refresh_villages(now_ms).await?;
        batch.refresh_cards(now_ms).await?;
        batch.seal_written(now_ms).await?;
        batch.prove().await?;
        Ok((done, batch.commit().await?))
    }
}

fn describe(stop: &Stop) -> String {
    match stop {
        Stop::Store(error) => error.to_string(),
        Stop::Retry => "a document could not be loaded again".to_owned(),
    }
}

fn is_full(stop: &Stop) -> bool {
    matches!(stop, Stop::Store(error) if error.is_full())
}

fn weight(job: &Job) -> usize {
    match job {
        Job::Device(submission, _) => submission
            .envelopes
            .iter()
            .map(|envelope| envelope.changes.len())
            .sum(),
        Job::Author(edits, ..) => edits.len(),
        Job::Review(numbers, ..) => numbers.len(),
        Job::Pairings(households, ..) => households.len(),
        Job::Villages(villages, ..) => villages.len(),
        Job::Snapshot(_) => 1,
    }
}

impl Job {
    fn now_ms(&self) -> i64 {
        match self {
            Job::Device(submission, _) => submission.now_ms,
            Job::Author(_, now_ms, _)
            | Job::Review(_, _, _, now_ms, _)
            | Job::Pairings(_, now_ms, _)
            | Job::Villages(_, now_ms, _) => *now_ms,
            Job::Snapshot(_) => 0,
        }
    }

    fn fail(self, why: Unavailable) {
        match self {
            Job::Device(_, reply) => drop(reply.send(Err(why))),
            Job::Author(.., reply) => drop(reply.send(Err(why))),
            Job::Review(.., reply) => drop(reply.send(Err(why))),
            Job::Pairings(.., reply) | Job::Villages(.., reply) => drop(reply.send(Err(why))),
            Job::Snapshot(_) => {}
        }
    }
}

impl Batch<'_> {
    async fn job(&mut self, job: &Job) -> Result<Done, Stop> {
        match job {
            Job::Device(submission, _) => Ok(Done::Device(Box::new(self.submission(submission).await?))),
            Job::Author(edits, now_ms, _) => {
                let mut results = Vec::with_capacity(edits.len());
                for edit in edits {
                    results.push(self.author(edit, *now_ms).await?);
                }
                Ok(Done::Author(results))
            }
            Job::Review(numbers, release, by, now_ms, _) => {
                let mut results = Vec::with_capacity(numbers.len());
                for no in numbers {
                    results.push(self.decide(*no, *release, by, *now_ms).await?);
                }
                Ok(Done::Review(results))
            }
            Job::Pairings(households, ..) => {
                self.cards
                    .extend(households.iter().map(|household| (household.clone(), true)));
                for household in households {
                    if self.find(household).await? {
                        let doc = self.state.cache.doc(household);
                        self.villages.extend(doc.and_then(|doc| doc.row.village.clone()));
                    }
                }
                Ok(Done::Nothing)
            }
            Job::Villages(villages, ..) => {
                self.villages.extend(villages.iter().cloned());
                Ok(Done::Nothing)
            }
            Job::Snapshot(row) => {
                self.keep_snapshot(row).await?;
                Ok(Done::Nothing)
            }
        }
    }

    async fn submission(&mut self, submission: &Submission) -> Result<Answer, Stop> {
        let now_ms = submission.now_ms;
        let Some((mut sender, device)) = self.sender(submission.device, now_ms).await? else {
            return Err(Stop::Store(StoreError::Corrupt("device")));
        };
        sender.cursors.clone_from(&submission.cursors);
        let mut answer = Answer {
            feeds: self.named(&sender.feeds),
            device,
            counter: 0,
            epoch: 0,
            restored: Vec::new(),
            refused: None,
            chain: submission.chain.clone(),
            rejected: None,
            verdicts: Vec::new(),
        };
        self.rejected = None;
        let answered = self.rows.verdicts.len();
        if let Some(hello) = &submission.hello {
            answer.refused = self.hello(&sender, hello, now_ms).await?;
            answer.epoch = log::epoch(&mut self.tx).await?;
            if hello.epoch != 0 && hello.epoch != answer.epoch {
                let restored = log::restored_since(&mut self.tx, hello.epoch, sender.no).await?;
                let own = |feed: &FeedNo| *feed == DEVICE_FEED || sender.feeds.contains(feed);
                answer.restored = restored.into_iter().filter(|(feed, _)| own(feed)).collect();
            }
        }
        // Written on a past that was lost in a restore: the device will make its edits anew on what there is.
        let lost_past = submission
            .hello
            .as_ref()
            .is_some_and(|hello| hello.epoch != 0 && hello.epoch != answer.epoch);
        if answer.refused.is_none() && !lost_past {
            for envelope in &submission.envelopes {
                answer.refused = match answer.device.status {
                    Status::Pending => Some(Reason::DevicePending),
                    Status::Denied => Some(Reason::DeviceDenied),
                    Status::Active if !sender.active && now_ms >= answer.device.grant_expires_ms => {
                        Some(Reason::GrantExpired)
                    }
                    _ => {
                        self.envelope(&mut sender, envelope, &mut answer.chain, now_ms)
                            .await?
                    }
                };
                if answer.refused.is_some() {
                    break;
                }
            }
        }
        if answer.device.status == Status::Active && !sender.active {
            // Suspended just now, or expired: say what holds after this commit.
            if let Some((_, device)) = self.sender(submission.device, now_ms).await? {
                answer.device = device;
            }
        }
        answer.rejected = self.rejected;
        answer.verdicts = self.answered_since(answered, sender.no).unwrap_or_default();
        let sync = self.sync_state(sender.no).await?;
        answer.counter = sync.hello_counter.max(sync.envelope_counter);
        Ok(answer)
    }

    /// Verdicts of this commit for a device, as a reader of the log finds them; `None` when one is on an envelope that
    /// came earlier.
    fn answered_since(&self, from: usize, device: AuthorNo) -> Option<Vec<VerdictRow>> {
        let rows = self.rows.verdicts[from..].iter();
        rows.filter(|row| row.device == device)
            .map(|row| {
                let of =
                    |envelope: &&EnvelopeRow| envelope.device == device && envelope.counter == row.counter;
                let envelope = self.rows.envelopes.iter().rev().find(of)?;
                Some(VerdictRow {
                    seq: row.seq,
                    counter: row.counter,
                    contents: envelope.contents.clone(),
                    first: row.first,
                    verdicts: row.verdicts.clone(),
                })
            })
            .collect()
    }

    async fn hello(
        &mut self,
        sender: &Sender,
        hello: &HelloNote,
        now_ms: i64,
    ) -> Result<Option<Reason>, StoreError> {
        let sync = self.sync_state(sender.no).await?;
        let again = hello.counter == sync.hello_counter && hello.hash == sync.hello_hash;
        if !again && hello.counter <= sync.hello_counter.max(sync.envelope_counter) {
            return Ok(Some(Reason::BadCounter));
        }
        sync.hello_counter = hello.counter;
        sync.hello_hash.clone_from(&hello.hash);
        let said = &hello.health;
        let health = Said {
            last_seen_ms: now_ms,
            app_version: said.app_version.clone(),
            clock_skew_ms: said.clock_ms.saturating_sub(now_ms),
            unsent: log::int(said.unsent),
            unsent_age_s: log::int(said.unsent_age_s),
            storage_left_mib: log::int(said.storage_left_mib),
        };
        devices::record_health(&mut self.tx, log::int(sender.no), &health).await?;
        self.wake.greeted.push(sender.no);
        Ok(None)
    }

    /// A device as the registry knows it now, with its feeds.
    async fn sender(
        &mut self,
        no: AuthorNo,
        now_ms: i64,
    ) -> Result<Option<(Sender, Arc<Device>)>, StoreError> {
        if let Some((sender, device)) = self.state.senders.get(&no) {
            let mut sender = sender.clone();
            sender.active = is_active(device, now_ms);
            return Ok(Some((sender, device.clone())));
        }
        let Some(device) = devices::by_no(&mut self.tx, log::int(no)).await? else {
            return Ok(None);
        };
        let scope = &device.scope;
        let villages = match (device.role, &scope.township) {
            (Some(Role::Township), Some(township)) => places::villages_in(&mut self.tx, township).await?,
            _ => scope.villages.clone(),
        };
        let villages: Vec<&str> = villages.iter().map(String::as_str).collect();
        let mut feeds = BTreeSet::new();
        if let Some(role) = device.role {
            let (unit, township, county) = (&scope.unit, &scope.township, &scope.county);
            let names = audience::scope(
                role,
                &villages,
                unit.as_deref(),
                township.as_deref(),
                county.as_deref(),
            );
            for name in names {
                feeds.insert(self.feed_no(&name).await?);
            }
        }
        let sender = Sender {
            no,
            signer: Signer {
                device: device.id,
                role: device.role.unwrap_or(Role::Admin),
            },
            person: device.person.clone(),
            public_key: device.public_key.clone(),
            active: is_active(&device, now_ms),
            feeds,
            cursors: BTreeMap::new(),
            reviewed: false,
        };
        let device = Arc::new(device);
        self.state.senders.insert(no, (sender.clone(), device.clone()));
        Ok(Some((sender, device)))
    }

    fn named(&self, feeds: &BTreeSet<FeedNo>) -> Vec<(FeedNo, String)> {
        let name = |no: &FeedNo| {
            self.state
                .cache
                .feeds
                .get(no)
                .map(|feed| (*no, feed.row.name.clone()))
        };
        feeds.iter().filter_map(name).collect()
    }
}

fn is_active(device: &Device, now_ms: i64) -> bool {
    device.status == Status::Active && now_ms < device.grant_expires_ms
}

//! One envelope: from its bytes to a verdict on each change.
//!
//! In order: every change is rebuilt and hashed, the signature over all hashes is checked, then each change is judged
//! by itself: existence and creation of its document, scope of its author, the gate. Nothing here trusts a connection.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::panic::catch_unwind;
use std::sync::Arc;

use automerge::{ActorId, Change, ChangeHash};
use sync_core::audience::FeedName;
use sync_core::change::TypedChange;
use sync_core::document::Document;
use sync_core::edit::is_well_named;
use sync_core::envelope::{self, SignedChange};
use sync_core::gate::{self, Refused, Signer};
use sync_core::id::{AuthorNo, DeviceId, DocId, FeedNo, Generation, genesis_actor};
use sync_core::limits;
use sync_core::policy::{self, Action, Role};
use sync_core::reason::Reason;
use sync_core::schema::{Kind, YEAR_MAX, YEAR_MIN};
use sync_core::wire::change::{AuthorRef, Context, PREFIX_BYTES, read_change, write_change};
use sync_core::wire::codec::{Reader, Writer};
use sync_core::wire::frame::{Creation, DocRef, Envelope, Verdict};

use super::Stop;
use super::batch::{Batch, Passed};
use super::cache::actor_of;
use crate::keys;
use crate::registry::{Actor, Area, audit};
use crate::store::StoreError;
use crate::store::log::{self, EnvelopeRow, EvidenceRow, KeptRow, KeptState};

/// Who has sent something, as the registry knows them in this transaction.
#[derive(Debug, Clone)]
pub(super) struct Sender {
    pub(super) no: AuthorNo,
    pub(super) signer: Signer,
    pub(super) person: Option<String>,
    pub(super) public_key: Vec<u8>,
    /// Whether changes are judged; otherwise they are kept for review.
    pub(super) active: bool,
    /// Feeds in scope.
    pub(super) feeds: BTreeSet<FeedNo>,
    /// What the device has heard of each feed.
    pub(super) cursors: BTreeMap<FeedNo, u64>,
    /// An administrator has looked: a document that was ever in scope is in scope.
    pub(super) reviewed: bool,
}

/// The last change of each document that a device has sent over a connection: later ones may refer to it.
#[derive(Debug, Clone, Default)]
pub(in crate::relay) struct Chain {
    /// Shared with the submission under way, however long the connection has lasted.
    settled: Arc<HashMap<DocId, ChangeHash>>,
    since: HashMap<DocId, ChangeHash>,
}

impl Chain {
    fn last(&self, id: &DocId) -> Option<ChangeHash> {
        self.since.get(id).or_else(|| self.settled.get(id)).copied()
    }

    fn add(&mut self, id: DocId, hash: ChangeHash) {
        self.since.insert(id, hash);
    }

    /// What was added is durable.
    pub(in crate::relay) fn settle(&mut self) {
        if !self.since.is_empty() {
            Arc::make_mut(&mut self.settled).extend(self.since.drain());
        }
    }
}

/// A change taken from its wire form.
pub(super) struct Decoded {
    pub(super) creation: Creation,
    pub(super) generation: Generation,
    pub(super) typed: TypedChange,
    pub(super) built: Change,
    pub(super) hash: ChangeHash,
    authors: HashMap<ActorId, AuthorNo>,
}

/// Where a change has come from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin {
    pub(super) envelope: u64,
    pub(super) counter: u64,
    pub(super) position: u64,
    pub(super) received_ms: i64,
}

/// What the gate and the rules around it say.
pub(super) enum Judged {
    Verdict(Verdict),
    /// It waits for these changes, or for this household.
    Waits(Vec<ChangeHash>, Option<DocId>),
    /// Another change has its number.
    Equivocates,
}

impl From<Reason> for Judged {
    fn from(reason: Reason) -> Judged {
        Judged::Verdict(Verdict::Rejected(reason))
    }
}

impl Batch<'_> {
    /// Takes an envelope. `Ok(Some(reason))` when it is refused as a whole: then nothing of it is kept.
    pub(super) async fn envelope(
        &mut self,
        sender: &mut Sender,
        envelope: &Envelope,
        chain: &mut Chain,
        now_ms: i64,
    ) -> Result<Option<Reason>, Stop> {
        let sync = self.sync_state(sender.no).await?;
        if envelope.counter <= sync.envelope_counter.max(sync.hello_counter) {
            let known = log::envelope_by_counter(&mut self.tx, sender.no, envelope.counter).await?;
            let again = known.is_some_and(|signature| signature == envelope.signature);
            // Sent twice: its verdicts lie in the device's feed and are sent again from there.
            return Ok((!again).then_some(Reason::BadCounter));
        }
        if envelope.changes.is_empty() {
            return Ok(Some(Reason::Malformed));
        }
        let relative = Cell::new(false);
        let mut decoded = Vec::with_capacity(envelope.changes.len());
        let mut previous = chain.clone();
        for pushed in &envelope.changes {
            let Some(change) = self
                .decode(
                    sender,
                    &pushed.doc,
                    pushed.generation,
                    &pushed.body,
                    &mut previous,
                    &relative,
                )
                .await?
            else {
                // What was named in short may mean something else here; said in full it can be judged.
                let short = relative.get();
                return Ok(Some(if short {
                    Reason::MissingDependency
                } else {
                    Reason::Malformed
                }));
            };
            decoded.push(change);
        }
        let contents: Vec<SignedChange> = decoded.iter().map(signed).collect();
        let message = envelope::signed_bytes(
            &self.state.identity.deployment,
            &sender.signer.device,
            envelope.counter,
            envelope.claimed_time_s,
            &contents,
        );
        if !keys::verify(&sender.public_key, &message, &envelope.signature) {
            return Ok(Some(if relative.get() {
                Reason::MissingDependency
            } else {
                Reason::BadSignature
            }));
        }
        *chain = previous;
        self.sync_state(sender.no).await?.envelope_counter = envelope.counter;
        self.state.counters.envelope += 1;
        let no = self.state.counters.envelope;
        self.rows.envelopes.push(EnvelopeRow {
            no,
            device: sender.no,
            counter: envelope.counter,
            claimed_s: envelope.claimed_time_s,
            received_ms: now_ms,
            signature: envelope.signature,
            contents: envelope::contents_bytes(&contents),
        });
        let mut verdicts = Vec::with_capacity(decoded.len());
        for (position, change) in decoded.iter().enumerate() {
            let origin = Origin {
                envelope: no,
                counter: envelope.counter,
                position: position as u64,
                received_ms: now_ms,
            };
            verdicts.push(self.verdict(sender, change, origin).await?);
        }
        for verdict in &verdicts {
            match verdict {
                Verdict::Rejected(reason) => self.rejected = Some(*reason),
                Verdict::Quarantined => self.wake.reviews.push(sender.no),
                Verdict::Accepted { .. } | Verdict::Duplicate { .. } | Verdict::Parked => {}
            }
        }
        self.answer(sender.no, envelope.counter, 0, &verdicts).await?;
        self.judge_parked_again(&decoded, &verdicts, now_ms).await?;
        Ok(None)
    }

    /// Rebuilds a change. `None` when it is malformed or refers to what this side does not hold.
    async fn decode(
        &mut self,
        sender: &Sender,
        doc: &DocRef,
        generation: Generation,
        body: &[u8],
        previous: &mut Chain,
        relative: &Cell<bool>,
    ) -> Result<Option<Decoded>, StoreError> {
        let creation = match doc {
            DocRef::No(no) => match self.find_no_to_load(*no).await? {
                Some(id) => self.state.cache.doc(&id).map(|doc| doc.row.creation.clone()),
                None => None,
            },
            DocRef::New(creation) => Some(creation.clone()),
        };
        let Some(creation) = creation else { return Ok(None) };
        self.prepare(&creation, generation).await?;
        let decoded = self
            .decode_body(
                &sender.signer.device,
                creation,
                generation,
                body,
                previous,
                relative,
            )
            .await?;
        if let Some(decoded) = &decoded {
            previous.add(decoded.creation.id.clone(), decoded.hash);
        }
        Ok(decoded)
    }

    /// Puts the document into the cache, loaded, if a change could enter it.
    pub(super) async fn prepare(
        &mut self,
        creation: &Creation,
        generation: Generation,
    ) -> Result<(), StoreError> {
        let exists = self.find(&creation.id).await?;
        let known = self
            .state
            .cache
            .doc(&creation.id)
            .map(|doc| (doc.row.creation == *creation, doc.row.generation));
        match known {
            Some((true, current)) if current == generation => {
                self.load(&creation.id).await?;
            }
            Some(_) if exists => {}
            _ if generation == 0 => {
                self.begin_new(creation);
                self.load(&creation.id).await?;
            }
            _ => {}
        }
        Ok(())
    }

    pub(super) async fn decode_body(
        &mut self,
        device: &DeviceId,
        creation: Creation,
        generation: Generation,
        body: &[u8],
        previous: &Chain,
        relative: &Cell<bool>,
    ) -> Result<Option<Decoded>, StoreError> {
        let actor = device.actor(&creation.id, generation);
        loop {
            let cache = &self.state.cache;
            let document = cache
                .docs
                .get(&creation.id)
                .filter(|doc| doc.row.creation == creation && doc.row.generation == generation)
                .and_then(|doc| doc.content.as_ref())
                .map(|content| &content.document);
            let context = Uplink {
                document,
                id: &creation.id,
                own: &actor,
                generation,
                devices: &cache.devices,
                previous: previous.last(&creation.id),
                relative,
                unknown: Cell::new(None),
                authors: RefCell::default(),
            };
            let mut input = Reader::new(body);
            let read = read_change(&mut input, actor.clone(), &context);
            if let Some(unknown) = context.unknown.get() {
                if self.device_id(unknown).await?.is_none() {
                    return Ok(None);
                }
                continue;
            }
            let authors = context.authors.into_inner();
            let Ok(typed) = read else { return Ok(None) };
            if !input.is_empty() {
                return Ok(None);
            }
            // Counters out of any range make Automerge's encoder panic; such a change has no hash, and no signature.
            let Ok(Ok(built)) = catch_unwind(|| typed.to_automerge()) else {
                return Ok(None);
            };
            let hash = built.hash();
            return Ok(Some(Decoded {
                creation,
                generation,
                typed,
                built,
                hash,
                authors,
            }));
        }
    }

    async fn verdict(
        &mut self,
        sender: &mut Sender,
        change: &Decoded,
        origin: Origin,
    ) -> Result<Verdict, Stop> {
        if !sender.active {
            return self
                .quarantine(sender, change, origin, Reason::QuarantinedLate)
                .await;
        }
        match self.judge(sender, change, origin).await? {
            Judged::Verdict(verdict) => {
                if matches!(verdict, Verdict::Rejected(_)) {
                    self.rows.rejected.push((sender.no, change.hash));
                }
                Ok(verdict)
            }
            Judged::Waits(missing, household) => self.park(sender, change, origin, missing, household).await,
            Judged::Equivocates => self.suspend(sender, change, origin).await,
        }
    }

    /// Judges one change and, if it passes, writes it into the log.
    pub(super) async fn judge(
        &mut self,
        sender: &Sender,
        change: &Decoded,
        origin: Origin,
    ) -> Result<Judged, Stop> {
        let id = &change.creation.id;
        let exists = self.find(id).await?;
        let (same, generation) = match self.state.cache.doc(id) {
            Some(doc) => (doc.row.creation == change.creation, doc.row.generation),
            None => (true, 0),
        };
        if exists && !same {
            return Ok(Reason::DocumentExistsDifferently.into());
        }
        if change.generation != generation {
            return Ok(Reason::WrongGeneration.into());
        }
        if !same || self.state.cache.doc(id).is_none() {
            self.begin_new(&change.creation);
        }
        if !self.load(id).await? {
            return Ok(Reason::EngineRefused.into());
        }
        if exists {
            let content = self.state.cache.doc(id).and_then(|doc| doc.content.as_ref());
            if content.is_some_and(|content| content.document.change_info(&change.hash).is_some()) {
                let Some((doc, version)) = self.version_of(id, &change.hash).await? else {
                    // The genesis: in every document, in no log.
                    return Ok(Reason::WrongActor.into());
                };
                return Ok(Judged::Verdict(Verdict::Duplicate { doc, version }));
            }
            if !self.in_scope(sender, id, origin.received_ms).await? {
                return Ok(Reason::OutOfScope.into());
            }
        } else if let Err(judged) = self
            .may_create(sender, &change.creation, origin.received_ms)
            .await?
        {
            return Ok(judged);
        }
        let (role, creation) = (sender.signer.role, &change.creation);
        let village = creation.village.as_deref();
        if !policy::is_own(role, creation.kind, id, village, sender.person.as_deref()) {
            return Ok(Reason::NotAllowed.into());
        }
        self.pass_gate(sender, change, origin).await
    }

    async fn pass_gate(&mut self, sender: &Sender, change: &Decoded, origin: Origin) -> Result<Judged, Stop> {
        let id = &change.creation.id;
        let doc = self
            .state
            .cache
            .doc(id)
            .ok_or(StoreError::Corrupt("document not loaded"))?;
        let content = doc
            .content
            .as_mut()
            .ok_or(StoreError::Corrupt("document not loaded"))?;
        let heads_before = content.document.heads();
        let admitted = gate::admit_built(
            &mut content.document,
            &change.typed,
            change.built.clone(),
            &sender.signer,
        );
        let refused = match admitted {
            Ok(_) if self.careful => {
                let checked = gate::check_document(&content.document);
                checked.and_then(|()| content.document.check_reload()).err()
            }
            Ok(_) => None,
            Err(Refused::Missing(missing)) => return Ok(Judged::Waits(missing, None)),
            Err(Refused::Duplicate) => return Ok(Reason::BadOperation.into()),
            Err(Refused::Equivocation) => return Ok(Judged::Equivocates),
            Err(Refused::Rejected(Reason::EngineRefused)) => Some(Reason::EngineRefused),
            Err(Refused::Rejected(reason)) => return Ok(reason.into()),
        };
        if let Some(reason) = refused {
            // The document in memory is no longer what the log says.
            doc.content = None;
            if !self.careful {
                return Err(Stop::Retry);
            }
            self.state.suspects.insert(sender.no);
            return Ok(reason.into());
        }
        let passed = Passed {
            author: sender.no,
            change: &change.typed,
            hash: change.hash,
            heads_before,
            envelope: origin.envelope,
            received_ms: origin.received_ms,
        };
        let (doc, version) = self.record(id, &passed).await?;
        Ok(Judged::Verdict(Verdict::Accepted { doc, version }))
    }

    /// Whether the sender may write to an existing document: it is in one of their feeds, or has left it and they could
    /// not know.
    async fn in_scope(&mut self, sender: &Sender, id: &DocId, now_ms: i64) -> Result<bool, StoreError> {
        let Some(doc) = self.state.cache.doc(id) else {
            return Ok(false);
        };
        if doc.row.feeds.iter().any(|(feed, _)| sender.feeds.contains(feed)) {
            return Ok(true);
        }
        let (no, rank) = (doc.row.no, doc.row.creation.kind.rank());
        const DAY_MS: i64 = 24 * 3600 * 1000;
        for feed in &sender.feeds {
            let Some((left_seq, left_ms)) = log::membership_left(&mut self.tx, *feed, rank, no).await? else {
                continue;
            };
            let heard = sender.cursors.get(feed).copied().unwrap_or(0);
            if sender.reviewed || (left_seq > heard && now_ms - left_ms < limits::LATE_EDIT_DAYS * DAY_MS) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the sender may make this document.
    async fn may_create(
        &mut self,
        sender: &Sender,
        creation: &Creation,
        now_ms: i64,
    ) -> Result<Result<(), Judged>, StoreError> {
        if let Err(reason) = policy::may(sender.signer.role, creation.kind, &[], Action::Create) {
            return Ok(Err(reason.into()));
        }
        let id = &creation.id;
        if !is_well_named(creation) {
            return Ok(Err(Reason::WrongParent.into()));
        }
        if matches!(creation.kind, Kind::Attendance | Kind::Notice) {
            let month = creation.kind == Kind::Attendance;
            let village = creation.village.as_deref();
            let Some(feed) = village
                .and_then(|village| FeedName::casework(village).ok())
                .filter(|_| creation.household.is_none() && creation.year.is_some() == month)
            else {
                return Ok(Err(Reason::WrongParent.into()));
            };
            let feed = self.feed_no(&feed).await?;
            return Ok(if sender.feeds.contains(&feed) {
                Ok(())
            } else {
                Err(Reason::OutOfScope.into())
            });
        }
        if creation.kind == Kind::Household {
            let derived =
                id.as_journal().is_some() || id.as_check().is_some() || id.as_str().ends_with(".card");
            let village = creation
                .village
                .as_deref()
                .and_then(|village| FeedName::village(village).ok());
            let Some(village) =
                village.filter(|_| !derived && creation.household.is_none() && creation.year.is_none())
            else {
                return Ok(Err(Reason::WrongParent.into()));
            };
            let feed = self.feed_no(&village).await?;
            let inside = sender.feeds.contains(&feed) || sender.signer.role == Role::Relay;
            return Ok(if inside {
                Ok(())
            } else {
                Err(Reason::OutOfScope.into())
            });
        }
        let Some(household) = creation.household.as_ref().filter(|_| creation.village.is_none()) else {
            return Ok(Err(Reason::WrongParent.into()));
        };
        let named = match (creation.kind, creation.year) {
            (Kind::Journal, Some(year)) => {
                (YEAR_MIN..=YEAR_MAX).contains(&i64::from(year))
                    && DocId::journal(household, year).is_ok_and(|derived| derived == *id)
            }
            (Kind::Need, None) => id
                .as_str()
                .strip_prefix(household.as_str())
                .is_some_and(|rest| rest.len() > 2 && rest.starts_with(".n")),
            (Kind::Application | Kind::Case | Kind::Plan | Kind::Check, None) => true,
            _ => false,
        };
        if !named {
            return Ok(Err(Reason::WrongParent.into()));
        }
        if !self.find(household).await? {
            return Ok(Err(Judged::Waits(Vec::new(), Some(household.clone()))));
        }
        let kind = self.state.cache.doc(household).map(|doc| doc.row.creation.kind);
        if kind != Some(Kind::Household) {
            return Ok(Err(Reason::WrongParent.into()));
        }
        if creation.kind == Kind::Check
            && let Some(of) = id.as_check()
            && !self.find(&of).await?
        {
            return Ok(Err(Judged::Waits(Vec::new(), Some(of))));
        }
        Ok(if self.in_scope(sender, household, now_ms).await? {
            Ok(())
        } else {
            Err(Reason::OutOfScope.into())
        })
    }

    async fn park(
        &mut self,
        sender: &Sender,
        change: &Decoded,
        origin: Origin,
        missing: Vec<ChangeHash>,
        household: Option<DocId>,
    ) -> Result<Verdict, Stop> {
        let refused_here = self
            .rows
            .rejected
            .iter()
            .any(|(device, hash)| *device == sender.no && missing.contains(hash));
        if refused_here || log::rejected(&mut self.tx, sender.no, &missing).await? {
            self.rows.rejected.push((sender.no, change.hash));
            return Ok(Verdict::Rejected(Reason::DependsOnRejected));
        }
        let waiting = log::parked_of_doc(&mut self.tx, &change.creation.id).await?;
        let pending = self.rows.kept.iter().filter(|row| row.state == KeptState::Parked);
        if waiting
            .iter()
            .chain(pending.clone())
            .any(|row| row.hash == change.hash)
        {
            return Ok(Verdict::Parked);
        }
        let pending = pending.filter(|row| row.device == sender.no).count();
        let parked = log::count_parked(&mut self.tx, sender.no).await?;
        if parked + pending as u64 >= limits::PARKED_PER_DEVICE_MAX as u64 {
            return Ok(Verdict::Rejected(Reason::OrphanQuota));
        }
        let reason = Reason::MissingDependency;
        self.keep(
            sender,
            change,
            origin,
            KeptState::Parked,
            missing,
            household,
            reason,
        )?;
        self.state.parked += 1;
        Ok(Verdict::Parked)
    }

    async fn quarantine(
        &mut self,
        sender: &Sender,
        change: &Decoded,
        origin: Origin,
        reason: Reason,
    ) -> Result<Verdict, Stop> {
        self.keep(
            sender,
            change,
            origin,
            KeptState::Quarantined,
            Vec::new(),
            None,
            reason,
        )?;
        Ok(Verdict::Quarantined)
    }

    /// Two changes under one number: both are evidence, the device is held, what else it sends waits for review.
    async fn suspend(
        &mut self,
        sender: &mut Sender,
        change: &Decoded,
        origin: Origin,
    ) -> Result<Verdict, Stop> {
        let id = &change.creation.id;
        let kept_hash = self
            .state
            .cache
            .doc(id)
            .and_then(|doc| doc.content.as_ref())
            .and_then(|content| content.document.last_of(&change.typed.actor))
            .map_or(change.hash, |(_, hash)| hash);
        self.rows.evidence.push(EvidenceRow {
            device: sender.no,
            envelope: origin.envelope,
            position: origin.position,
            doc: id.as_str().to_owned(),
            generation: change.generation,
            kept_hash,
            hash: change.hash,
            body: full_body(change)?,
            received_ms: origin.received_ms,
        });
        self.rows.rejected.push((sender.no, change.hash));
        if !sender.reviewed
            && log::mark_suspended(&mut self.tx, sender.no, "cloned", origin.received_ms).await?
        {
            let relay = Actor {
                id: "relay".to_owned(),
                area: Area::Everywhere,
            };
            let subject = sender.signer.device.to_hex();
            let detail = [("reason", "cloned")];
            audit::append(
                &mut self.tx,
                origin.received_ms,
                &relay,
                "device.suspend",
                &subject,
                &detail,
            )
            .await
            .map_err(|error| match error {
                crate::error::Error::Store(error) => error,
                _ => StoreError::Corrupt("audit"),
            })?;
            sender.active = false;
            self.state.senders.remove(&sender.no);
            self.wake.standings.push(sender.no);
        }
        Ok(Verdict::Rejected(Reason::Equivocation))
    }

    #[expect(clippy::too_many_arguments, reason = "the columns of one row")]
    fn keep(
        &mut self,
        sender: &Sender,
        change: &Decoded,
        origin: Origin,
        state: KeptState,
        missing: Vec<ChangeHash>,
        waits_for: Option<DocId>,
        reason: Reason,
    ) -> Result<(), StoreError> {
        self.state.counters.kept += 1;
        self.rows.kept.push(KeptRow {
            no: self.state.counters.kept,
            state,
            device: sender.no,
            counter: origin.counter,
            position: origin.position,
            envelope: origin.envelope,
            creation: change.creation.clone(),
            generation: change.generation,
            hash: change.hash,
            body: full_body(change)?,
            missing,
            waits_for,
            reason: reason.code().to_owned(),
            received_ms: origin.received_ms,
        });
        Ok(())
    }
}

fn signed(change: &Decoded) -> SignedChange {
    SignedChange {
        doc: change.creation.id.clone(),
        generation: change.generation,
        hash: change.hash,
    }
}

/// A change in the form that needs nothing but its authors to be read again.
fn full_body(change: &Decoded) -> Result<Vec<u8>, StoreError> {
    let mut out = Writer::new();
    write_change(&mut out, &change.typed, &Full { change })
        .map_err(|_| StoreError::Corrupt("author of a change"))?;
    Ok(out.0)
}

struct Full<'a> {
    change: &'a Decoded,
}

impl Context for Full<'_> {
    fn author_ref(&self, actor: &ActorId) -> Option<AuthorRef> {
        if *actor == self.change.typed.actor {
            return Some(AuthorRef::Own);
        }
        if let Some(no) = self.change.authors.get(actor) {
            return Some(AuthorRef::No(*no));
        }
        let genesis = genesis_actor(&self.change.creation.id, self.change.generation);
        (*actor == genesis).then_some(AuthorRef::Genesis)
    }

    fn actor(&self, _: AuthorRef) -> Option<ActorId> {
        None
    }

    fn heads(&self) -> &[ChangeHash] {
        &[]
    }

    fn previous(&self) -> Option<ChangeHash> {
        None
    }

    fn by_prefix(&self, _: [u8; PREFIX_BYTES]) -> Option<ChangeHash> {
        None
    }

    fn may_prefix(&self, _: &ChangeHash) -> bool {
        false
    }
}

/// What a device may refer to on the way up.
struct Uplink<'a> {
    document: Option<&'a Document>,
    id: &'a DocId,
    own: &'a ActorId,
    generation: Generation,
    devices: &'a HashMap<AuthorNo, DeviceId>,
    previous: Option<ChangeHash>,
    /// Set when something was named in short: then a wrong hash may be a misunderstanding.
    relative: &'a Cell<bool>,
    /// A number that is not in memory yet.
    unknown: Cell<Option<AuthorNo>>,
    authors: RefCell<HashMap<ActorId, AuthorNo>>,
}

impl Context for Uplink<'_> {
    fn author_ref(&self, _: &ActorId) -> Option<AuthorRef> {
        None
    }

    fn actor(&self, author: AuthorRef) -> Option<ActorId> {
        let actor = actor_of(self.devices, self.id, self.generation, author);
        if let AuthorRef::No(no) = author {
            match &actor {
                Some(actor) => {
                    self.authors.borrow_mut().insert(actor.clone(), no);
                }
                None => self.unknown.set(Some(no)),
            }
        }
        actor
    }

    fn heads(&self) -> &[ChangeHash] {
        &[]
    }

    fn previous(&self) -> Option<ChangeHash> {
        self.relative.set(true);
        let last_here = || self.document?.last_of(self.own).map(|(_, hash)| hash);
        self.previous.or_else(last_here)
    }

    fn by_prefix(&self, prefix: [u8; PREFIX_BYTES]) -> Option<ChangeHash> {
        self.relative.set(true);
        self.document?.by_prefix(prefix)
    }

    fn may_prefix(&self, _: &ChangeHash) -> bool {
        false
    }
}

//! A device: what it holds, what it has written and not yet sent, and how both meet what the server says.
//!
//! The engine keeps *base* (what the server accepted, as a snapshot and a log of changes) apart from the *outbox*
//! (local changes without a verdict). A document on the screen is base plus outbox. It does no IO: every call may leave
//! [`Write`]s that the host must store in one durable transaction **before** it shows, sends or acknowledges anything,
//! and [`Event`]s for the screen. Document bodies are loaded lazily: a call that needs one fails with
//! [`EngineError::NotLoaded`], the host hands over its records with [`Engine::supply`] and calls again.
//!
//! The order of an exchange: [`Engine::begin_push`] → host stores writes and signs → [`Engine::finish_push`] → bytes out;
//! each frame that comes in → [`Engine::handle_frame`] → host stores writes; at the end [`Engine::finish_exchange`],
//! or [`Engine::connection_lost`] when the link broke.

mod load;
mod local;
mod pull;
mod push;
mod records;
mod repair;
mod standing;
mod verdicts;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use automerge::ChangeHash;
use serde_json::Value as Json;

use crate::document::{Conflict, Document};
use crate::edit::{EditOp, Refusal};
use crate::feed::Digest;
use crate::id::{AuthorNo, DEVICE_FEED, DeviceId, DocId, DocNo, FeedNo};
use crate::policy::Role;
use crate::reason::Reason;
use crate::schema::Kind;
use crate::wire::codec::Malformed;
use crate::wire::frame::{Cursor, DeviceStatus, Row};

pub use push::{Push, SignRequest};
use records::{CursorText, DocMeta, Feed, Item, Kept, KnownAuthor, State, key};
pub use records::{Grant, ItemState, META_PREFIX, Returned, Write};
pub use standing::Standing;

/// What a device is made from when it enrols.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The deployment it belongs to.
    pub deployment: String,
    /// Its id, derived from its key and nonce.
    pub device: DeviceId,
    /// SEC1 public key of the server, learned when enrolling.
    pub server_public_key: Vec<u8>,
    /// Version of the app.
    pub app_version: String,
}

/// Why a call could not be carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// Hand over the records under [`Engine::body_prefix`] of this document with [`Engine::supply`], and call again.
    #[error("document {0} is not loaded")]
    NotLoaded(DocId),
    /// The edit is not allowed or does not fit; nothing of it was applied.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The peer sent what no correct server sends. Drop the connection; nothing is lost.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The server refused the exchange as a whole.
    #[error("{}", .reason.en())]
    Server {
        /// Why.
        reason: Reason,
        /// Seconds to wait; 0 for "not by waiting".
        retry_after_s: u64,
    },
    /// The store holds something this engine did not write.
    #[error("the device store is damaged at {0}")]
    Corrupt(String),
}

/// Something a screen or a script wants to know.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A document is new or different.
    Changed(DocId),
    /// A document is no longer held.
    Removed(DocId),
    /// A local change has been refused; see [`Engine::returned`].
    Returned(DocId),
    /// A local change is in the server's log for good.
    Accepted(DocId),
    /// A local change had to be made anew, and the document says so already: nothing of it is left to send.
    Settled(DocId),
    /// The device's own standing changed.
    Standing(DeviceStatus),
    /// The server orders all data destroyed, key first.
    Wipe,
    /// Loading goes on: documents so far, documents in all.
    Progress(u64, u64),
    /// Everything in scope is held.
    CaughtUp,
    /// A replica differed from the server's sum; repair is under way.
    Diverged(FeedNo),
}

/// What an exchange did, for reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Changes sent.
    pub pushed: u64,
    /// Changes and documents received.
    pub pulled: u64,
    /// Frames received.
    pub frames: u64,
    /// Verdicts received, by sort.
    pub accepted: u64,
    /// See [`Tally::accepted`].
    pub duplicate: u64,
    /// See [`Tally::accepted`].
    pub parked: u64,
    /// See [`Tally::accepted`].
    pub quarantined: u64,
    /// See [`Tally::accepted`].
    pub rejected: u64,
}

/// How things stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// This device.
    pub device: DeviceId,
    /// The deployment.
    pub deployment: String,
    /// The grant, once there is one.
    pub grant: Option<Grant>,
    /// Local changes without a final verdict.
    pub unsent: u64,
    /// Claimed time of the oldest of them, Unix seconds.
    pub oldest_unsent_s: Option<i64>,
    /// Of those, kept by the server for something missing or for review.
    pub waiting: u64,
    /// Refused changes not yet let go.
    pub returned: u64,
    /// Documents held.
    pub documents: u64,
    /// Feeds, by name, with their cursors.
    pub feeds: Vec<(FeedNo, String, Cursor)>,
    /// Device clock at the last complete exchange, Unix ms; 0 for never.
    pub synced_ms: i64,
    /// Highest server time seen, Unix ms.
    pub server_time_ms: i64,
}

/// One document in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Name.
    pub id: DocId,
    /// Kind.
    pub kind: Kind,
    /// Local changes without a verdict.
    pub unsent: u64,
    /// Of those, kept by the server for something missing or for review.
    pub waiting: u64,
    /// Whether the server has ever confirmed it.
    pub on_server: bool,
    /// Server time of the newest own change it took, Unix ms, as long as that is remembered.
    pub accepted_ms: Option<i64>,
}

/// A local change without a final verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// The document.
    pub doc: DocId,
    /// Its kind.
    pub kind: Option<Kind>,
    /// When it was written, by the device's clock, Unix seconds.
    pub at: i64,
    /// Where it stands.
    pub state: ItemState,
    /// What it says.
    pub ops: Vec<EditOp>,
}

/// An author as people know them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownPerson {
    /// Id.
    pub person: String,
    /// Name.
    pub name: String,
    /// Role.
    pub role: Role,
}

/// The engine of one device.
#[derive(Debug)]
pub struct Engine {
    state: State,
    feeds: BTreeMap<FeedNo, Feed>,
    authors: BTreeMap<AuthorNo, KnownAuthor>,
    docs: BTreeMap<DocId, DocMeta>,
    by_no: HashMap<DocNo, DocId>,
    outbox: BTreeMap<u64, Item>,
    kept: BTreeMap<u64, Kept>,
    returned: BTreeMap<u64, Returned>,
    rows: BTreeMap<DocId, Row>,
    sums: BTreeMap<FeedNo, (u64, Digest)>,
    loaded: load::Loaded,
    /// Documents whose outbox must be made anew on the present base.
    rebuild: BTreeSet<DocId>,
    /// To ask for in the next push.
    repair: BTreeSet<FeedNo>,
    fetch: BTreeMap<DocNo, FeedNo>,
    /// Of those, what the present exchange has asked for.
    asked: BTreeSet<DocNo>,
    writes: Vec<Write>,
    events: Vec<Event>,
    tally: Tally,
    caught_up: bool,
    /// When the last push was prepared nothing sent before it was in doubt.
    only_last_in_doubt: bool,
}

impl Engine {
    /// A fresh device. Its first [`Write`]s are waiting.
    pub fn create(identity: Identity) -> Self {
        let state = State {
            deployment: identity.deployment,
            device: records::DeviceIdText(identity.device),
            server_public_key: identity.server_public_key,
            app_version: identity.app_version,
            counter: 0,
            epoch: 0,
            next_item: 1,
            next_key: 1,
            grant: None,
            server_time_ms: 0,
            synced_ms: 0,
            contact_clock_ms: 0,
            silent_ms_max: 0,
            device_feed_seq: 0,
            in_doubt: false,
            full_hashes: false,
        };
        let mut engine = Engine::around(state);
        engine.put_state();
        engine
    }

    fn around(state: State) -> Self {
        Engine {
            state,
            feeds: BTreeMap::new(),
            authors: BTreeMap::new(),
            docs: BTreeMap::new(),
            by_no: HashMap::new(),
            outbox: BTreeMap::new(),
            kept: BTreeMap::new(),
            returned: BTreeMap::new(),
            rows: BTreeMap::new(),
            sums: BTreeMap::new(),
            loaded: load::Loaded::default(),
            rebuild: BTreeSet::new(),
            repair: BTreeSet::new(),
            fetch: BTreeMap::new(),
            asked: BTreeSet::new(),
            writes: Vec::new(),
            events: Vec::new(),
            tally: Tally::default(),
            caught_up: false,
            only_last_in_doubt: false,
        }
    }

    /// Opens a stored device from all records whose key begins with [`META_PREFIX`].
    ///
    /// # Errors
    /// [`EngineError::Corrupt`] when a record is missing or cannot be read.
    pub fn open(records: impl IntoIterator<Item = (String, Vec<u8>)>) -> Result<Self, EngineError> {
        fn parse<T: serde::de::DeserializeOwned>(key: &str, value: &[u8]) -> Result<T, EngineError> {
            serde_json::from_slice(value).map_err(|_| EngineError::Corrupt(key.to_owned()))
        }
        let records: Vec<(String, Vec<u8>)> = records.into_iter().collect();
        let state = records.iter().find(|(key, _)| key == key::STATE);
        let (_, state) = state.ok_or_else(|| EngineError::Corrupt(key::STATE.to_owned()))?;
        let mut engine = Engine::around(parse(key::STATE, state)?);
        for (key, value) in &records {
            let number = |prefix: &str| {
                key.strip_prefix(prefix)
                    .map(|text| u64::from_str_radix(text, 16).map_err(|_| EngineError::Corrupt(key.clone())))
            };
            if let Some(no) = number(key::FEED) {
                engine.feeds.insert(no?, parse(key, value)?);
            } else if let Some(no) = number(key::AUTHOR) {
                engine.authors.insert(no?, parse(key, value)?);
            } else if let Some(no) = number(key::OUTBOX) {
                engine.outbox.insert(no?, parse(key, value)?);
            } else if let Some(no) = number(key::KEPT) {
                engine.kept.insert(no?, parse(key, value)?);
            } else if let Some(no) = number(key::RETURNED) {
                engine.returned.insert(no?, parse(key, value)?);
            } else if let Some(id) = key.strip_prefix(key::DOC) {
                let id = DocId::parse(id).map_err(|_| EngineError::Corrupt(key.clone()))?;
                engine.docs.insert(id, parse(key, value)?);
            } else if let Some(id) = key.strip_prefix(key::ROW) {
                let id = DocId::parse(id).map_err(|_| EngineError::Corrupt(key.clone()))?;
                engine.rows.insert(
                    id,
                    pull::row_from_record(value).map_err(|_| EngineError::Corrupt(key.clone()))?,
                );
            } else if key != key::STATE {
                return Err(EngineError::Corrupt(key.clone()));
            }
        }
        let numbers: Vec<(DocNo, DocId)> = engine
            .docs
            .iter()
            .filter_map(|(id, meta)| Some((meta.no?, id.clone())))
            .collect();
        engine.by_no = numbers.into_iter().collect();
        engine.rebuild = engine
            .outbox
            .values()
            .filter(|i| i.state == ItemState::Redo)
            .map(|i| i.doc.clone())
            .collect();
        for id in engine.docs.keys().cloned().collect::<Vec<_>>() {
            engine.count_in(&id);
        }
        Ok(engine)
    }

    /// What must be stored, atomically and durably, before anything else happens.
    pub fn take_writes(&mut self) -> Vec<Write> {
        std::mem::take(&mut self.writes)
    }

    /// What happened since the last call.
    pub fn take_events(&mut self) -> Vec<Event> {
        let mut events = std::mem::take(&mut self.events);
        // Of a kind this version does not know there is nothing to show.
        let unknown = |id: &DocId| self.kind(id).is_some_and(|kind| !kind.is_known());
        events.retain(|event| !matches!(event, Event::Changed(id) if unknown(id)));
        events
    }

    /// What the exchanges since the last call did.
    pub fn take_tally(&mut self) -> Tally {
        std::mem::take(&mut self.tally)
    }

    /// How things stand.
    pub fn status(&self) -> Status {
        Status {
            device: self.device(),
            deployment: self.state.deployment.clone(),
            grant: self.state.grant.clone(),
            unsent: self.outbox.len() as u64,
            oldest_unsent_s: self.outbox.values().map(|item| item.at).min(),
            waiting: self
                .outbox
                .values()
                .filter(|item| item.state.is_waiting())
                .count() as u64,
            returned: self.returned.len() as u64,
            documents: self.docs.len() as u64,
            feeds: self
                .feeds
                .iter()
                .map(|(no, feed)| (*no, feed.name.clone(), Cursor::from(feed.cursor)))
                .collect(),
            synced_ms: self.state.synced_ms,
            server_time_ms: self.state.server_time_ms,
        }
    }

    /// This device.
    pub fn device(&self) -> DeviceId {
        self.state.device.0
    }

    /// All documents, by name.
    pub fn list(&self) -> Vec<Listed> {
        let mut unsent: BTreeMap<&DocId, (u64, u64)> = BTreeMap::new();
        for item in self.outbox.values() {
            let counts = unsent.entry(&item.doc).or_default();
            counts.0 += 1;
            counts.1 += u64::from(item.state.is_waiting());
        }
        let mut accepted: BTreeMap<&DocId, i64> = BTreeMap::new();
        for kept in self.kept.values() {
            let newest = accepted.entry(&kept.item.doc).or_default();
            *newest = (*newest).max(kept.accepted_ms);
        }
        self.docs
            .iter()
            // Of a kind this version does not know there is nothing to show.
            .filter(|(_, meta)| meta.kind.is_known())
            .map(|(id, meta)| {
                let (unsent, waiting) = unsent.get(id).copied().unwrap_or_default();
                Listed {
                    id: id.clone(),
                    kind: meta.kind,
                    unsent,
                    waiting,
                    on_server: meta.no.is_some(),
                    accepted_ms: accepted.get(id).copied(),
                }
            })
            .collect()
    }

    /// Local changes without a final verdict, oldest first.
    pub fn pending(&self) -> impl Iterator<Item = Pending> {
        self.outbox.values().map(|item| Pending {
            doc: item.doc.clone(),
            kind: self.kind(&item.doc),
            at: item.at,
            state: item.state,
            ops: item.ops.clone(),
        })
    }

    /// Everybody this device has heard of as an author, in the order they were first heard of.
    pub fn people(&self) -> impl Iterator<Item = KnownPerson> {
        self.authors.values().map(|author| KnownPerson {
            person: author.person.clone(),
            name: author.name.clone(),
            role: author.role,
        })
    }

    /// Rows received for documents that have not arrived yet.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.values()
    }

    /// Whether a document is held.
    pub fn holds(&self, id: &DocId) -> bool {
        self.docs.contains_key(id)
    }

    /// Kind of a document.
    pub fn kind(&self, id: &DocId) -> Option<Kind> {
        self.docs.get(id).map(|meta| meta.kind)
    }

    /// A document as it is shown: base plus outbox.
    ///
    /// # Errors
    /// [`EngineError::NotLoaded`], or [`Reason::NoSuchDocument`].
    pub fn json(&mut self, id: &DocId) -> Result<Json, EngineError> {
        Ok(self.document(id)?.json())
    }

    /// Fields of a document with more than one value.
    ///
    /// # Errors
    /// As [`Engine::json`].
    pub fn conflicts(&mut self, id: &DocId) -> Result<Vec<Conflict>, EngineError> {
        Ok(self.document(id)?.conflicts())
    }

    /// A document, for reading.
    ///
    /// # Errors
    /// As [`Engine::json`].
    pub fn document(&mut self, id: &DocId) -> Result<&Document, EngineError> {
        if !self.docs.contains_key(id) {
            return Err(EngineError::Refused(Refusal::from(Reason::NoSuchDocument)));
        }
        if self.kind(id).is_some_and(|kind| !kind.is_known()) {
            return Err(EngineError::Refused(Refusal::from(Reason::UnknownKind)));
        }
        self.loaded
            .get(id)
            .ok_or_else(|| EngineError::NotLoaded(id.clone()))
    }

    /// Who wrote a value of a document.
    pub fn person_of(&self, id: &DocId, actor: &automerge::ActorId) -> Option<KnownPerson> {
        let generation = self.docs.get(id)?.generation;
        if self.device().actor(id, generation) == *actor {
            let grant = self.state.grant.as_ref()?;
            return Some(KnownPerson {
                person: grant.person.clone(),
                name: grant.name.clone(),
                role: grant.role,
            });
        }
        let author = self
            .authors
            .values()
            .find(|author| author.device.0.actor(id, generation) == *actor)?;
        Some(KnownPerson {
            person: author.person.clone(),
            name: author.name.clone(),
            role: author.role,
        })
    }

    /// Everybody known who may have written in a document, by the actor they write under there.
    pub fn authors_of(&self, id: &DocId) -> HashMap<automerge::ActorId, KnownPerson> {
        let Some(meta) = self.docs.get(id) else {
            return HashMap::new();
        };
        let known = |author: &KnownAuthor| KnownPerson {
            person: author.person.clone(),
            name: author.name.clone(),
            role: author.role,
        };
        let others = self.authors.values();
        let mut authors: HashMap<_, _> = others
            .map(|author| (author.device.0.actor(id, meta.generation), known(author)))
            .collect();
        let own = self.device().actor(id, meta.generation);
        if let Some(person) = self.person_of(id, &own) {
            authors.insert(own, person);
        }
        authors
    }

    /// When the server had the changes of a document, Unix seconds, as far as this device knows: a function of hashes.
    pub fn receipts_of(&self, id: &DocId) -> impl Fn(&ChangeHash) -> Option<i64> + use<> {
        let received = self
            .docs
            .get(id)
            .map(|meta| meta.received.clone())
            .unwrap_or_default();
        move |hash| received.get(&pull::receipt_key(hash)).copied()
    }

    /// Refused changes, oldest first, by number.
    pub fn returned(&self) -> impl Iterator<Item = (u64, &Returned)> {
        self.returned.iter().map(|(no, returned)| (*no, returned))
    }

    /// Lets a refused change go. `false` if there is none of this number.
    pub fn dismiss(&mut self, no: u64) -> bool {
        self.delete(key::numbered(key::RETURNED, no));
        self.returned.remove(&no).is_some()
    }

    /// Heads of the base of a document: what the server has accepted and this replica holds.
    pub fn base_heads(&self, id: &DocId) -> Option<&[ChangeHash]> {
        self.docs.get(id).map(|meta| &meta.heads[..])
    }

    /// Count and digest of this replica of a feed.
    pub fn feed_sum(&self, feed: FeedNo) -> (u64, Digest) {
        self.sums.get(&feed).copied().unwrap_or_default()
    }

    /// Whether everything in scope is held, as of the last exchange.
    pub fn is_caught_up(&self) -> bool {
        self.caught_up
    }

    /// Whether the next push would say anything beyond "here I am".
    pub fn wants_exchange(&self) -> bool {
        let sendable = |item: &Item| item.state == ItemState::Unsent && !self.rebuild.contains(&item.doc);
        !self.fetch.is_empty() || !self.repair.is_empty() || self.outbox.values().any(sendable)
    }

    /// Questions the next push would ask: documents wanted whole, feeds to be repaired.
    pub fn open_questions(&self) -> usize {
        self.fetch.len() + self.repair.len()
    }

    // Bookkeeping shared by the parts.

    fn role(&self) -> Option<Role> {
        self.state
            .grant
            .as_ref()
            .filter(|grant| grant.status == DeviceStatus::Active)
            .map(|grant| grant.role)
    }

    fn put<T: serde::Serialize>(&mut self, key: String, value: &T) {
        // Maps with text keys and plain values always serialise; an empty value would be noticed when opening.
        let value = serde_json::to_vec(value).unwrap_or_default();
        self.writes.push(Write {
            key,
            value: Some(value),
        });
    }

    fn put_bytes(&mut self, key: String, value: Vec<u8>) {
        self.writes.push(Write {
            key,
            value: Some(value),
        });
    }

    fn delete(&mut self, key: String) {
        self.writes.push(Write { key, value: None });
    }

    fn put_state(&mut self) {
        let state = self.state.clone();
        self.put(key::STATE.to_owned(), &state);
    }

    fn put_doc(&mut self, id: &DocId) {
        if let Some(meta) = self.docs.get(id).cloned() {
            self.put(key::doc(id), &meta);
        }
    }

    fn put_item(&mut self, no: u64) {
        if let Some(item) = self.outbox.get(&no).cloned() {
            self.put(key::numbered(key::OUTBOX, no), &item);
        }
    }

    fn put_feed(&mut self, no: FeedNo) {
        if let Some(feed) = self.feeds.get(&no).cloned() {
            self.put(key::numbered(key::FEED, no), &feed);
        }
    }

    fn set_cursor(&mut self, feed: FeedNo, cursor: Cursor) {
        if feed == DEVICE_FEED {
            return;
        }
        if let Some(entry) = self.feeds.get_mut(&feed)
            && Cursor::from(entry.cursor) != cursor
        {
            entry.cursor = CursorText::from(cursor);
            self.put_feed(feed);
        }
    }

    /// Takes a document out of the sums of its feeds; to be called before its heads or feeds change.
    fn count_out(&mut self, id: &DocId) {
        self.count(id, |sum, digest| {
            sum.0 = sum.0.wrapping_sub(1);
            sum.1.remove(digest);
        });
    }

    /// Counts a document into the sums of its feeds; to be called after its heads or feeds changed.
    fn count_in(&mut self, id: &DocId) {
        self.count(id, |sum, digest| {
            sum.0 = sum.0.wrapping_add(1);
            sum.1.add(digest);
        });
    }

    fn count(&mut self, id: &DocId, apply: impl Fn(&mut (u64, Digest), Digest)) {
        let Some(meta) = self.docs.get(id) else { return };
        if meta.refetch {
            return;
        }
        let digest = Digest::of(id, meta.generation, &meta.heads);
        for feed in meta.feeds.keys() {
            apply(self.sums.entry(*feed).or_default(), digest);
        }
    }
}

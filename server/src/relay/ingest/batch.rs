//! One commit in the making: what has been judged so far, in memory and in the transaction.
//!
//! Owns the order of numbers: versions of documents, sequence numbers of feeds, numbers of rows. All of them are given
//! while the transaction holds the database's write lock, so their order is the order of commits and none is skipped.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use automerge::ChangeHash;
use sync_core::audience::{Facts, FeedName, audience, is_on_card};
use sync_core::change::{Obj, Op, TypedChange};
use sync_core::feed::Digest;
use sync_core::id::{AuthorNo, DeviceId, DocId, DocNo, FeedNo, Version};
use sync_core::reason::Reason;
use sync_core::schema::Kind;
use sync_core::wire::change::write_change;
use sync_core::wire::codec::Writer;
use sync_core::wire::frame::{Creation, Verdict};

use super::cache::{Content, Downlink, Feed};
use super::{State, Stop, wake};
use crate::projections::needs_log;
use crate::relay::bus::Wake;
use crate::relay::document;
use crate::relay::list;
use crate::store::log::{
    self, ChangeRow, DocRow, EntryKind, FeedEntryRow, FeedRow, MembershipRow, Rows, Stored, SyncState,
    VerdictLogRow,
};
use crate::store::registry::devices;
use crate::store::registry::places::{self, Above};
use crate::store::{StoreError, WriteTx};

/// A commit in the making.
pub(super) struct Batch<'s> {
    pub(super) state: &'s mut State,
    pub(super) tx: WriteTx,
    /// Check each change by itself instead of all at the end.
    pub(super) careful: bool,
    pub(super) rows: Rows,
    pub(super) sync: BTreeMap<AuthorNo, SyncState>,
    pub(super) wake: Wake,
    /// Documents with new changes, to be proved loadable before the commit.
    pub(super) touched: BTreeSet<DocId>,
    /// Households whose card may have changed, and whether one may have to be made.
    pub(super) cards: BTreeMap<DocId, bool>,
    /// Villages whose document may no longer say what the registry says.
    pub(super) villages: BTreeSet<String>,
    /// Households with pairings that have moved in this commit.
    pub(super) moved_paired: BTreeSet<DocId>,
    /// What the server itself has written, to be signed.
    pub(super) written: super::author::Written,
    /// What documents are to be made from, read together with their rows.
    stored: HashMap<DocNo, Stored>,
    dirty_docs: BTreeSet<DocId>,
    dirty_feeds: BTreeSet<FeedNo>,
    memberships: BTreeMap<(FeedNo, DocNo), MembershipRow>,
    /// Documents that have joined a feed in this commit: readers get them whole, as of the commit or later.
    joined: HashSet<(FeedNo, DocNo)>,
    /// Of the submission being judged: why the last refused change was.
    pub(super) rejected: Option<Reason>,
    /// Verdicts by sort, for the figures.
    tally: BTreeMap<&'static str, u64>,
}

/// A change that has passed the gate.
pub(super) struct Passed<'a> {
    pub(super) author: AuthorNo,
    pub(super) change: &'a TypedChange,
    pub(super) hash: ChangeHash,
    pub(super) heads_before: Vec<ChangeHash>,
    pub(super) envelope: u64,
    pub(super) received_ms: i64,
}

impl<'s> Batch<'s> {
    pub(super) fn new(state: &'s mut State, tx: WriteTx, careful: bool) -> Self {
        Batch {
            state,
            tx,
            careful,
            rows: Rows::default(),
            sync: BTreeMap::new(),
            wake: Wake::default(),
            touched: BTreeSet::new(),
            cards: BTreeMap::new(),
            villages: BTreeSet::new(),
            moved_paired: BTreeSet::new(),
            written: super::author::Written::default(),
            stored: HashMap::new(),
            dirty_docs: BTreeSet::new(),
            dirty_feeds: BTreeSet::new(),
            memberships: BTreeMap::new(),
            joined: HashSet::new(),
            rejected: None,
            tally: BTreeMap::new(),
        }
    }

    /// Whether the document exists; its row is in the cache afterwards.
    pub(super) async fn find(&mut self, id: &DocId) -> Result<bool, StoreError> {
        if let Some(doc) = self.state.cache.doc(id) {
            return Ok(doc.exists);
        }
        let Some(row) = log::by_id(&mut self.tx, id).await? else {
            return Ok(false);
        };
        self.state.cache.insert(row, true);
        Ok(true)
    }

    /// The document of this number, its row in the cache.
    pub(super) async fn find_no(&mut self, no: DocNo) -> Result<Option<DocId>, StoreError> {
        if let Some(id) = self.state.cache.id_of(no) {
            return Ok(Some(id.clone()));
        }
        let Some(row) = log::by_no(&mut self.tx, no).await? else {
            return Ok(None);
        };
        let id = row.creation.id.clone();
        self.state.cache.insert(row, true);
        Ok(Some(id))
    }

    /// As [`Batch::find_no`], for a document that is about to be loaded.
    pub(super) async fn find_no_to_load(&mut self, no: DocNo) -> Result<Option<DocId>, StoreError> {
        if let Some(id) = self.state.cache.id_of(no) {
            return Ok(Some(id.clone()));
        }
        let Some((row, stored)) = log::with_content(&mut self.tx, no).await? else {
            return Ok(None);
        };
        let id = row.creation.id.clone();
        self.state.cache.insert(row, true);
        self.stored.insert(no, stored);
        Ok(Some(id))
    }

    /// Puts a document that does not exist yet into the cache, at its genesis.
    pub(super) fn begin_new(&mut self, creation: &Creation) {
        let row = DocRow {
            no: 0,
            creation: creation.clone(),
            generation: 0,
            version: 0,
            heads: Vec::new(),
            authors: Vec::new(),
            feeds: Vec::new(),
            village: None,
            unit: None,
            list: Vec::new(),
        };
        self.state.cache.insert(row, false);
    }

    /// Loads a document's content; `false` when the log does not make a document. Knows the batch's own changes.
    pub(super) async fn load(&mut self, id: &DocId) -> Result<bool, StoreError> {
        let Some(doc) = self.state.cache.doc(id) else {
            return Ok(false);
        };
        if doc.content.is_some() {
            return Ok(true);
        }
        let row = doc.row.clone();
        let (mut stored, mut tail) = (None, Vec::new());
        if doc.exists {
            if let Some(read) = self.stored.remove(&row.no) {
                (stored, tail) = (read.snapshot, read.tail);
            } else {
                stored = log::snapshot(&mut self.tx, row.no).await?;
                let from = stored
                    .as_ref()
                    .filter(|s| s.generation == row.generation)
                    .map_or(0, |s| s.version);
                tail = log::changes_after(&mut self.tx, row.no, row.generation, from).await?;
            }
            let pending = self
                .rows
                .changes
                .iter()
                .filter(|c| c.doc == row.no && c.generation == row.generation);
            tail.extend(pending.cloned());
        }
        for author in row
            .authors
            .iter()
            .copied()
            .chain(tail.iter().map(|change| change.author))
        {
            self.device_id(author).await?;
        }
        let devices = &self.state.cache.devices;
        let rebuilt = match document::rebuild(&row, stored.as_ref(), &tail, devices) {
            Ok(rebuilt) => rebuilt,
            Err(reason) => {
                tracing::error!(
                    doc_no = row.no,
                    reason = reason.code(),
                    "a document in the log cannot be loaded"
                );
                return Ok(false);
            }
        };
        let actors = document::actors(&row, devices);
        let size_bytes = stored.as_ref().map_or(2_000, |stored| stored.body.len());
        let snapshot_version = stored
            .filter(|s| s.generation == row.generation)
            .map_or(0, |s| s.version);
        if let Some(doc) = self.state.cache.doc(id) {
            if !doc.exists {
                doc.row.heads = rebuilt.heads();
            }
            doc.content = Some(Content {
                document: rebuilt,
                snapshot_version,
                size_bytes,
                actors,
            });
            self.state.cache.has_grown();
        }
        Ok(true)
    }

    pub(super) async fn device_id(&mut self, no: AuthorNo) -> Result<Option<DeviceId>, StoreError> {
        if let Some(id) = self.state.cache.devices.get(&no) {
            return Ok(Some(*id));
        }
        let Some(device) = devices::by_no(&mut self.tx, log::int(no)).await? else {
            return Ok(None);
        };
        self.state.cache.devices.insert(no, device.id);
        Ok(Some(device.id))
    }

    /// The number of a feed, made if there is none yet.
    pub(super) async fn feed_no(&mut self, name: &FeedName) -> Result<FeedNo, StoreError> {
        if let Some(no) = self.state.cache.feed_nos.get(name.as_str()) {
            return Ok(*no);
        }
        let row = match log::feed_by_name(&mut self.tx, name.as_str()).await? {
            Some(row) => row,
            None => {
                self.state.counters.feed += 1;
                let no = self.state.counters.feed;
                self.dirty_feeds.insert(no);
                FeedRow {
                    no,
                    name: name.as_str().to_owned(),
                    head: 0,
                    documents: 0,
                    digest: Digest::default(),
                }
            }
        };
        let no = row.no;
        let authors = log::authors_of(&mut self.tx, no).await?;
        self.state.cache.feed_nos.insert(row.name.clone(), no);
        self.state.cache.feeds.insert(no, Feed { row, authors });
        Ok(no)
    }

    /// A feed by number: those of a document may not have been named since the cache was emptied.
    async fn feed(&mut self, no: FeedNo) -> Result<&mut Feed, StoreError> {
        if !self.state.cache.feeds.contains_key(&no) {
            let row = log::feed_by_no(&mut self.tx, no)
                .await?
                .ok_or(StoreError::Corrupt("feed of a document"))?;
            let authors = log::authors_of(&mut self.tx, no).await?;
            self.state.cache.feed_nos.insert(row.name.clone(), no);
            self.state.cache.feeds.insert(no, Feed { row, authors });
        }
        self.dirty_feeds.insert(no);
        self.state
            .cache
            .feeds
            .get_mut(&no)
            .ok_or(StoreError::Corrupt("feed of a document"))
    }

    async fn append(
        &mut self,
        feed: FeedNo,
        kind: EntryKind,
        doc: DocNo,
        reference: u64,
    ) -> Result<u64, StoreError> {
        let row = &mut self.feed(feed).await?.row;
        row.head += 1;
        let seq = row.head;
        self.rows.entries.push(FeedEntryRow {
            feed,
            seq,
            kind,
            doc,
            reference,
        });
        Ok(seq)
    }

    async fn introduce(&mut self, feed: FeedNo, author: AuthorNo) -> Result<(), StoreError> {
        if self.feed(feed).await?.authors.insert(author) {
            let seq = self.append(feed, EntryKind::Author, 0, author).await?;
            self.rows.authors.push((feed, author, seq));
        }
        Ok(())
    }

    /// Writes a change that has passed the gate and been applied into the log and the feeds.
    pub(super) async fn record(&mut self, id: &DocId, passed: &Passed<'_>) -> Result<(DocNo, Version), Stop> {
        self.state.counters.change += 1;
        let change_no = self.state.counters.change;
        let device = self
            .device_id(passed.author)
            .await?
            .ok_or(StoreError::Corrupt("author"))?;
        let doc = self
            .state
            .cache
            .doc(id)
            .ok_or(StoreError::Corrupt("document not loaded"))?;
        let old_digest = doc.digest();
        let first = !doc.exists;
        if first {
            self.state.counters.doc += 1;
            doc.row.no = self.state.counters.doc;
            doc.exists = true;
        }
        let content = doc
            .content
            .as_mut()
            .ok_or(StoreError::Corrupt("document not loaded"))?;
        let own = device.actor(id, doc.row.generation);
        if !doc.row.authors.contains(&passed.author) {
            doc.row.authors.push(passed.author);
            content.actors.insert(own.clone(), passed.author);
        }
        let context = Downlink {
            document: &content.document,
            heads: &passed.heads_before,
            actors: &content.actors,
            own: &own,
        };
        let mut body = Writer::new();
        write_change(&mut body, passed.change, &context)
            .map_err(|_| StoreError::Corrupt("author of a change"))?;
        doc.row.version += 1;
        doc.row.heads = content.document.heads();
        let kind = doc.row.creation.kind;
        let writes = |key: &str| {
            passed
                .change
                .ops
                .iter()
                .any(|op| op.obj == Obj::Root && op.key == key)
        };
        let moved = first || (kind == Kind::Household && writes("village"));
        let assigned = matches!(kind, Kind::Need | Kind::Plan) && (first || writes("unit"));
        if kind == Kind::Household {
            doc.row.list = list::encode(&content.document);
            let shows = |op: &Op| op.obj != Obj::Root || is_on_card(&op.key);
            if first || passed.change.ops.iter().any(shows) {
                self.cards.entry(id.clone()).or_insert(false);
            }
        }
        if assigned {
            doc.row.unit = content.document.root_str("unit");
            self.cards.extend(
                doc.row
                    .creation
                    .household
                    .clone()
                    .map(|household| (household, true)),
            );
        }
        let village = content.document.root_str("village");
        let (no, version, household) = (doc.row.no, doc.row.version, doc.row.creation.household.clone());
        self.rows.changes.push(ChangeRow {
            no: change_no,
            doc: no,
            generation: doc.row.generation,
            version,
            hash: passed.hash,
            author: passed.author,
            received_ms: passed.received_ms,
            envelope: passed.envelope,
            body: body.0,
        });
        if first {
            self.state.cache.number(no, id);
        }
        if moved {
            let village = match (kind, household) {
                (Kind::Household, _) => village,
                (Kind::Village, _) => Some(id.as_str().to_owned()),
                (Kind::Attendance | Kind::Notice, _) => village,
                (_, Some(household)) => {
                    self.find(&household).await?;
                    self.state
                        .cache
                        .doc(&household)
                        .and_then(|household| household.row.village.clone())
                }
                (_, None) => None,
            };
            if let Some(doc) = self.state.cache.doc(id) {
                let before = std::mem::replace(&mut doc.row.village, village);
                if kind == Kind::Household {
                    self.household_moved(id, before).await?;
                }
            }
        }
        if kind == Kind::Village && writes("name") && !first {
            self.village_renamed(id).await?;
        }
        self.touched.insert(id.clone());
        self.settle(
            id,
            old_digest,
            Some((change_no, passed.author)),
            passed.received_ms,
        )
        .await?;
        if kind == Kind::Household && moved && !first {
            self.move_dependents(id, passed.received_ms).await?;
        }
        Ok((no, version))
    }

    /// Brings a document's places in feeds in line with its audience, and tells the feeds what happened to it.
    pub(super) async fn settle(
        &mut self,
        id: &DocId,
        old_digest: Digest,
        change: Option<(u64, AuthorNo)>,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        let doc = self
            .state
            .cache
            .doc(id)
            .ok_or(StoreError::Corrupt("document not loaded"))?;
        let (kind, village, unit) = (
            doc.row.creation.kind,
            doc.row.village.clone().unwrap_or_default(),
            doc.row.unit.clone(),
        );
        let names = match kind {
            // The card's units are decided where it is made.
            Kind::Card => self.written.card_feeds(id),
            kind => {
                // Only casework goes further up than its village.
                let above = match kind {
                    Kind::Village | Kind::Household | Kind::Journal | Kind::Need => Above::default(),
                    _ => places::above(&mut self.tx, &village).await?,
                };
                audience(&Facts {
                    kind,
                    village: &village,
                    unit: unit.as_deref(),
                    township: above.township.as_deref(),
                    county: above.county.as_deref(),
                    card_units: &[],
                })
            }
        };
        let mut target = BTreeSet::new();
        for name in names {
            target.insert(self.feed_no(&name).await?);
        }
        self.move_to(id, &target, old_digest, change, now_ms).await
    }

    async fn move_to(
        &mut self,
        id: &DocId,
        target: &BTreeSet<FeedNo>,
        old_digest: Digest,
        change: Option<(u64, AuthorNo)>,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        let doc = self
            .state
            .cache
            .doc(id)
            .ok_or(StoreError::Corrupt("document not loaded"))?;
        let (no, rank, new_digest) = (doc.row.no, doc.row.creation.kind.rank(), doc.digest());
        let (mut feeds, authors) = (doc.row.feeds.clone(), doc.row.authors.clone());
        let renewed = doc.row.creation.kind == Kind::Card && old_digest != new_digest;
        for feed in target {
            let place = feeds.iter().position(|(no, _)| no == feed);
            let joins = place.is_none();
            if joins || change.is_some() || renewed {
                let all = authors.iter().copied().filter(|_| joins || renewed);
                for author in all.chain(change.map(|(_, author)| author)) {
                    self.introduce(*feed, author).await?;
                }
            }
            let seq = match change {
                _ if joins || renewed => Some(self.append(*feed, EntryKind::Whole, no, 0).await?),
                Some((change_no, _)) if !self.joined.contains(&(*feed, no)) => {
                    Some(self.append(*feed, EntryKind::Change, no, change_no).await?)
                }
                _ => None,
            };
            let row = &mut self.feed(*feed).await?.row;
            row.digest.add(new_digest);
            if joins {
                row.documents += 1;
                self.joined.insert((*feed, no));
                self.memberships.insert(
                    (*feed, no),
                    MembershipRow {
                        feed: *feed,
                        rank,
                        doc: no,
                        left: None,
                    },
                );
            } else {
                row.digest.remove(old_digest);
            }
            match (place, seq) {
                (Some(place), Some(seq)) => feeds[place].1 = seq,
                (None, Some(seq)) => feeds.push((*feed, seq)),
                _ => {}
            }
        }
        for (feed, _) in feeds
            .clone()
            .into_iter()
            .filter(|(feed, _)| !target.contains(feed))
        {
            let seq = self.append(feed, EntryKind::Leave, no, 0).await?;
            let row = &mut self.feed(feed).await?.row;
            row.digest.remove(old_digest);
            row.documents = row.documents.saturating_sub(1);
            self.joined.remove(&(feed, no));
            let left = Some((seq, now_ms));
            self.memberships.insert(
                (feed, no),
                MembershipRow {
                    feed,
                    rank,
                    doc: no,
                    left,
                },
            );
        }
        feeds.retain(|(feed, _)| target.contains(feed));
        feeds.sort_unstable();
        if let Some(doc) = self.state.cache.doc(id) {
            doc.row.feeds = feeds;
        }
        self.dirty_docs.insert(id.clone());
        Ok(())
    }

    /// Journals, needs and the card of a household; their rows are in the cache.
    pub(super) async fn dependents(&mut self, household: &DocId) -> Result<BTreeSet<DocId>, StoreError> {
        let mut found = BTreeSet::new();
        for row in log::of_household(&mut self.tx, household).await? {
            let id = row.creation.id.clone();
            if self.state.cache.doc(&id).is_none() {
                self.state.cache.insert(row, true);
            }
            found.insert(id);
        }
        // Those made in this very commit are not in the database yet.
        let docs = &self.state.cache.docs;
        let here = |id: &&DocId| {
            docs.get(id)
                .is_some_and(|doc| doc.row.creation.household.as_ref() == Some(household))
        };
        found.extend(self.dirty_docs.iter().filter(here).cloned());
        Ok(found)
    }

    async fn move_dependents(&mut self, household: &DocId, now_ms: i64) -> Result<(), StoreError> {
        let village = self
            .state
            .cache
            .doc(household)
            .and_then(|doc| doc.row.village.clone());
        for id in self.dependents(household).await? {
            let Some(doc) = self.state.cache.doc(&id) else {
                continue;
            };
            if doc.row.village == village {
                continue;
            }
            doc.row.village.clone_from(&village);
            let (digest, kind) = (doc.digest(), doc.row.creation.kind);
            if kind != Kind::Card {
                self.settle(&id, digest, None, now_ms).await?;
            }
            // Which procedure holds depends on the place.
            if needs_log(kind) && self.load(&id).await? {
                self.touched.insert(id);
            }
        }
        Ok(())
    }

    /// What is remembered of a device's contacts.
    pub(super) async fn sync_state(&mut self, device: AuthorNo) -> Result<&mut SyncState, StoreError> {
        if !self.sync.contains_key(&device) {
            let state = match self.state.contacts.get(&device) {
                Some(known) => known.clone(),
                None => log::sync_state(&mut self.tx, device).await?,
            };
            self.sync.insert(device, state);
        }
        Ok(self.sync.entry(device).or_default())
    }

    /// Appends verdicts to a device's own feed.
    pub(super) async fn answer(
        &mut self,
        device: AuthorNo,
        counter: u64,
        first: u64,
        verdicts: &[Verdict],
    ) -> Result<(), StoreError> {
        if verdicts.is_empty() {
            return Ok(());
        }
        let state = self.sync_state(device).await?;
        state.verdict_head += 1;
        let seq = state.verdict_head;
        let mut bytes = Writer::new();
        bytes.uint(verdicts.len() as u64);
        for verdict in verdicts {
            verdict.write(&mut bytes);
            let sort = match verdict {
                Verdict::Accepted { .. } => "accepted",
                Verdict::Duplicate { .. } => "duplicate",
                Verdict::Parked => "parked",
                Verdict::Quarantined => "quarantined",
                Verdict::Rejected(_) => "rejected",
            };
            *self.tally.entry(sort).or_default() += 1;
        }
        self.rows.verdicts.push(VerdictLogRow {
            device,
            seq,
            counter,
            first,
            verdicts: bytes.0,
        });
        self.wake.devices.retain(|(told, _)| *told != device);
        self.wake.devices.push((device, seq));
        Ok(())
    }

    /// Version of a change that is in the log or about to be.
    pub(super) async fn version_of(
        &mut self,
        id: &DocId,
        hash: &ChangeHash,
    ) -> Result<Option<(DocNo, Version)>, StoreError> {
        let Some(doc) = self.state.cache.doc(id) else {
            return Ok(None);
        };
        let (no, generation) = (doc.row.no, doc.row.generation);
        let pending = |c: &&ChangeRow| c.doc == no && c.generation == generation && c.hash == *hash;
        if let Some(change) = self.rows.changes.iter().rev().find(pending) {
            return Ok(Some((no, change.version)));
        }
        Ok(log::version_of(&mut self.tx, no, generation, hash)
            .await?
            .map(|version| (no, version)))
    }

    /// Takes everything into the transaction and commits it. Returns whom to wake.
    pub(super) async fn commit(mut self) -> Result<Wake, StoreError> {
        let docs = &self.state.cache.docs;
        let dirty = self
            .dirty_docs
            .iter()
            .filter_map(|id| docs.get(id))
            .filter(|doc| doc.exists);
        self.rows.documents = dirty.map(|doc| doc.row.clone()).collect();
        let feeds = self
            .dirty_feeds
            .iter()
            .filter_map(|no| self.state.cache.feeds.get(no));
        self.rows.feeds = feeds.map(|feed| feed.row.clone()).collect();
        self.rows.memberships = self.memberships.into_values().collect();
        self.rows.devices = self.sync.into_iter().collect();
        let last = self.rows.flush(&mut self.tx).await?;
        self.tx.commit_with(last).await?;
        for (sort, count) in self.tally {
            metrics::counter!("qiao_changes_total", "verdict" => sort).increment(count);
        }
        self.state.contacts.extend(self.rows.devices.drain(..));
        self.wake.feeds = wake::grown(&self.rows);
        Ok(self.wake)
    }
}

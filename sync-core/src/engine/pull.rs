//! The way down: frames of the server, each applied as a whole.
//!
//! Feeds, documents and standing are here; answers to local changes in [`super::verdicts`], differences and restores in
//! [`super::repair`].

use automerge::{ActorId, Change, ChangeHash};

use super::records::{DocMeta, Early, Feed, Grant, KnownAuthor, key};
use super::{Engine, EngineError, Event};
use crate::engine::local::stored_change;
use crate::envelope::order_bytes;
use crate::id::{AuthorNo, DEVICE_FEED, DocId, DocNo, FeedNo, Generation, Version, genesis_actor};
use crate::limits;
use crate::reason::Reason;
use crate::schema::Kind;
use crate::wire::change::{AuthorRef, Context, PREFIX_BYTES, read_change};
use crate::wire::codec::{Malformed, Reader};
use crate::wire::frame::{
    Cursor, DeviceStatus, Entries, Entry, Frame, GrantFrame, Order, OrderKind, PROTOCOL_VERSION,
    PROTOCOL_VERSION_MIN, Row, Welcome,
};
use crate::wire::snapshot;

const DAY_MS: i64 = 86_400_000;

impl Engine {
    /// Takes one frame of the server. The writes it leaves make it durable as a whole, cursor included.
    ///
    /// # Errors
    /// [`EngineError::Malformed`] for what no correct server sends, [`EngineError::Server`] when it refuses. In both
    /// cases drop the connection and call [`Engine::connection_lost`].
    pub fn handle_frame(&mut self, now_ms: i64, frame: Frame) -> Result<(), EngineError> {
        self.tally.frames += 1;
        match frame {
            Frame::Welcome(welcome) => self.welcome(now_ms, &welcome)?,
            Frame::Grant(grant) => self.grant(grant),
            Frame::Verdicts(verdicts) => self.verdicts(now_ms, &verdicts)?,
            Frame::Rows(rows) => self.take_rows(rows),
            Frame::Entries(entries) => self.entries(entries)?,
            Frame::CaughtUp(sums) => self.compare(&sums),
            Frame::RepairList(list) => self.repair_list(now_ms, &list),
            Frame::Order(order) => self.order(&order)?,
            Frame::Refused {
                reason,
                retry_after_s,
            } => {
                if reason == Reason::MissingDependency {
                    self.state.full_hashes = true;
                    self.put_state();
                }
                return Err(EngineError::Server {
                    reason,
                    retry_after_s,
                });
            }
            Frame::Unknown { code, body } => {
                let name = format!("{}frame/{code}/{}", key::UNKNOWN, self.state.counter);
                self.put_bytes(name, body);
            }
            Frame::Hello(_) | Frame::Envelope(_) | Frame::Fetch(_) | Frame::Repair(_) | Frame::Cursors(_) => {
                return Err(Malformed("a frame of the other direction").into());
            }
        }
        Ok(())
    }

    /// The reply has been read to its end: whatever was sent and not answered never arrived and goes out again.
    pub fn finish_exchange(&mut self, now_ms: i64) {
        self.unsend();
        // What was asked for and not given is not for this device any more.
        for doc in std::mem::take(&mut self.asked) {
            self.fetch.remove(&doc);
        }
        if self.caught_up {
            self.state.synced_ms = now_ms;
        }
        self.put_state();
    }

    fn welcome(&mut self, now_ms: i64, welcome: &Welcome) -> Result<(), EngineError> {
        if !(PROTOCOL_VERSION_MIN..=PROTOCOL_VERSION).contains(&welcome.version) {
            return Err(Malformed("a version this device does not speak").into());
        }
        self.heard(now_ms);
        self.state.server_time_ms = self.state.server_time_ms.max(welcome.server_time_ms);
        if welcome.counter > self.state.counter {
            // Somebody has counted on in this device's name: a copy of it, or it is itself a copy, put back from a
            // backup. To a server of version 1 its envelopes look like ours: none of them waits for a verdict now.
            self.state.counter = welcome.counter;
            self.unsend();
        }
        if self.state.epoch != 0 && self.state.epoch != welcome.epoch {
            self.after_restore(now_ms, &welcome.restored);
        }
        self.state.epoch = welcome.epoch;
        self.put_state();
        let horizon_ms = self.state.server_time_ms - limits::ACCEPTED_KEPT_DAYS * DAY_MS;
        let old: Vec<u64> = self
            .kept
            .iter()
            .filter(|(_, kept)| kept.accepted_ms < horizon_ms)
            .map(|(no, _)| *no)
            .collect();
        for no in old {
            self.kept.remove(&no);
            self.delete(key::numbered(key::KEPT, no));
        }
        Ok(())
    }

    fn grant(&mut self, frame: GrantFrame) {
        let grant = Grant {
            version: frame.version,
            status: frame.status,
            author: frame.author,
            role: frame.role,
            person: frame.person,
            name: frame.name,
            villages: frame.villages,
            unit: frame.unit,
            expires_ms: frame.expires_ms,
            offline_grace_h: frame.offline_grace_h,
            token: frame.token,
        };
        self.events.push(Event::Standing(grant.status));
        self.state.grant = Some(grant);
        self.put_state();
        if frame.status != DeviceStatus::Active {
            return;
        }
        let gone: Vec<FeedNo> = self
            .feeds
            .keys()
            .filter(|no| !frame.feeds.iter().any(|(kept, _)| kept == *no))
            .copied()
            .collect();
        for no in gone {
            for id in self.docs.keys().cloned().collect::<Vec<_>>() {
                self.leave(&id, no);
            }
            self.feeds.remove(&no);
            self.sums.remove(&no);
            self.delete(key::numbered(key::FEED, no));
        }
        for (no, name) in frame.feeds {
            self.feeds.entry(no).or_insert(Feed {
                name,
                cursor: Cursor::START.into(),
            });
            self.put_feed(no);
        }
    }

    fn order(&mut self, order: &Order) -> Result<(), EngineError> {
        let message = order_bytes(&self.state.deployment, &self.device(), order.kind, order.reason);
        crate::envelope::verify(&self.state.server_public_key, &message, &order.signature)
            .map_err(|_| Malformed("an order not signed by the server"))?;
        self.events.push(match order.kind {
            OrderKind::Wipe => Event::Wipe,
            OrderKind::Suspend => Event::Standing(DeviceStatus::Suspended),
        });
        Ok(())
    }

    /// Moves accepted changes whose turn has come from the waiting ones into the base.
    pub(super) fn absorb(&mut self, id: &DocId) -> Result<(), EngineError> {
        loop {
            let Some(meta) = self.docs.get_mut(id) else {
                return Ok(());
            };
            let next = meta.version + 1;
            let Some(early) = meta.early.remove(&next) else {
                return Ok(());
            };
            match early {
                Early::Own { chunk } => {
                    let change = stored_change(&chunk).map_err(|_| Malformed("own change"))?;
                    self.append(id, next, change, true);
                }
                Early::Wire {
                    author,
                    received_s,
                    body,
                } => {
                    let change = self.wire_change(id, author, &body)?;
                    self.note_receipt(id, &change, received_s);
                    self.append(id, next, change, false);
                }
            }
        }
    }

    fn wire_change(&self, id: &DocId, author: AuthorNo, body: &[u8]) -> Result<Change, EngineError> {
        let meta = self.docs.get(id).ok_or(Malformed("document"))?;
        let context = Downlink {
            engine: self,
            id,
            generation: meta.generation,
            heads: &meta.heads,
        };
        let actor = context
            .actor(AuthorRef::No(author))
            .ok_or(Malformed("author unknown"))?;
        let mut input = Reader::new(body);
        let typed = read_change(&mut input, actor, &context)?;
        input.end("change")?;
        typed
            .check_bounds()
            .map_err(|_| Malformed("change out of bounds"))?;
        Ok(typed.to_automerge().map_err(|_| Malformed("change"))?)
    }

    /// Procedures count their days from when the server had an event.
    fn note_receipt(&mut self, id: &DocId, change: &Change, received_s: Option<i64>) {
        if let (Some(meta), Some(received_s)) = (self.docs.get_mut(id), received_s)
            && has_procedure(meta.kind)
        {
            meta.received.insert(receipt_key(&change.hash()), received_s);
        }
    }

    /// One more change in the base.
    fn append(&mut self, id: &DocId, version: Version, mut change: Change, own: bool) {
        self.count_out(id);
        if let Some(meta) = self.docs.get_mut(id) {
            meta.heads.retain(|head| !change.deps().contains(head));
            let hash = change.hash();
            if let Err(place) = meta.heads.binary_search(&hash) {
                meta.heads.insert(place, hash);
            }
            meta.version = version;
        }
        self.count_in(id);
        self.put_bytes(key::log(id, version), change.bytes().into_owned());
        if !own {
            // A document that cannot take the change is loaded afresh when next needed.
            let failed = self
                .loaded
                .get_mut(id)
                .is_some_and(|document| document.apply(change).is_err());
            if failed {
                self.loaded.evict(id);
            }
            self.events.push(Event::Changed(id.clone()));
        }
    }

    fn take_rows(&mut self, rows: Vec<Row>) {
        for row in rows {
            if self.docs.contains_key(&row.id) {
                continue;
            }
            self.put_bytes(key::row(&row.id), Frame::Rows(vec![row.clone()]).to_bytes());
            self.events.push(Event::Changed(row.id.clone()));
            self.rows.insert(row.id.clone(), row);
        }
    }

    fn entries(&mut self, entries: Entries) -> Result<(), EngineError> {
        let Entries {
            feed,
            entries,
            progress,
            after,
        } = entries;
        if feed != DEVICE_FEED && !self.feeds.contains_key(&feed) {
            return Err(Malformed("a feed out of scope").into());
        }
        let seq = match after {
            Cursor::Tail(seq) | Cursor::Loading { to: seq, .. } => seq,
        };
        for (index, entry) in entries.into_iter().enumerate() {
            self.entry(feed, seq, index, entry)?;
        }
        self.set_cursor(feed, after);
        if progress.1 > 0 {
            self.events.push(Event::Progress(progress.0, progress.1));
        }
        Ok(())
    }

    fn entry(&mut self, feed: FeedNo, seq: u64, index: usize, entry: Entry) -> Result<(), EngineError> {
        match entry {
            Entry::Author(author) => {
                let known = KnownAuthor::from_wire(&author);
                self.put(key::numbered(key::AUTHOR, author.no), &known);
                self.authors.insert(author.no, known);
            }
            Entry::Change {
                doc,
                generation,
                version,
                author,
                received_s,
                body,
            } => {
                self.tally.pulled += 1;
                self.change(feed, seq, (doc, generation, version), (author, received_s), body)?;
            }
            Entry::Snapshot {
                doc,
                id,
                kind,
                generation,
                version,
                body,
            } => {
                self.tally.pulled += 1;
                self.snapshot(feed, seq, doc, id, (kind, generation, version), &body)?;
            }
            Entry::Joined { doc, id } => self.joined(feed, seq, doc, &id),
            Entry::Leave { doc } => {
                if let Some(id) = self.by_no.get(&doc).cloned() {
                    self.leave(&id, feed);
                }
            }
            Entry::Unknown { code, body } => {
                self.put_bytes(
                    format!("{}entry/{feed}/{seq:016x}/{index}/{code}", key::UNKNOWN),
                    body,
                );
            }
        }
        Ok(())
    }

    fn change(
        &mut self,
        feed: FeedNo,
        seq: u64,
        (doc, generation, version): (DocNo, Generation, Version),
        (author, received_s): (AuthorNo, i64),
        body: Vec<u8>,
    ) -> Result<(), EngineError> {
        let Some(id) = self.by_no.get(&doc).cloned() else {
            self.want(doc, feed);
            return Ok(());
        };
        self.touch(&id, feed, seq);
        let Some(meta) = self.docs.get_mut(&id) else {
            return Ok(());
        };
        if generation < meta.generation || meta.refetch {
            return Ok(());
        }
        if generation > meta.generation {
            self.want(doc, feed);
            return Ok(());
        }
        if version <= meta.version {
            return Ok(());
        }
        if meta.version + 1 == version {
            let change = self.wire_change(&id, author, &body)?;
            self.note_receipt(&id, &change, Some(received_s));
            self.append(&id, version, change, false);
            self.absorb(&id)?;
        } else {
            let received_s = Some(received_s).filter(|_| has_procedure(meta.kind));
            let early = Early::Wire {
                author,
                received_s,
                body,
            };
            meta.early.insert(version, early);
        }
        self.put_doc(&id);
        Ok(())
    }

    fn snapshot(
        &mut self,
        feed: FeedNo,
        seq: u64,
        doc: DocNo,
        id: DocId,
        (kind, generation, version): (Kind, Generation, Version),
        body: &[u8],
    ) -> Result<(), EngineError> {
        let feed = if feed == DEVICE_FEED {
            self.fetch.remove(&doc).unwrap_or(DEVICE_FEED)
        } else {
            feed
        };
        self.fetch.remove(&doc);
        let held = self
            .docs
            .get(&id)
            .map(|meta| (meta.generation, meta.version, meta.refetch));
        let newer = match held {
            None => true,
            Some((_, _, true)) => true,
            Some((held_generation, held_version, false)) => {
                (generation, version) > (held_generation, held_version)
            }
        };
        if newer {
            let rebuilt = snapshot::rebuild(body, |author| {
                Downlink {
                    engine: self,
                    id: &id,
                    generation,
                    heads: &[],
                }
                .actor(author)
            })?;
            self.replace_base(&id, (kind, generation, version), rebuilt.heads, rebuilt.saved);
        }
        if let Some(meta) = self.docs.get_mut(&id) {
            meta.no = Some(doc);
            self.by_no.insert(doc, id.clone());
        }
        self.touch(&id, feed, seq);
        self.absorb(&id)?;
        self.put_doc(&id);
        if self.rows.remove(&id).is_some() {
            self.delete(key::row(&id));
        }
        self.events.push(Event::Changed(id));
        Ok(())
    }

    fn replace_base(
        &mut self,
        id: &DocId,
        (kind, generation, version): (Kind, Generation, Version),
        heads: Vec<ChangeHash>,
        saved: Vec<u8>,
    ) {
        self.count_out(id);
        self.loaded.evict(id);
        let old = self.docs.get(id).cloned();
        if let Some(old) = &old {
            self.delete_log(id, old.snapshot_version.unwrap_or(0) + 1, old.version);
        }
        self.put_bytes(key::snapshot(id), saved);
        let redo = old
            .as_ref()
            .is_some_and(|old| old.refetch || old.generation != generation);
        let mut meta = old.unwrap_or(DocMeta {
            kind,
            no: None,
            creation: None,
            generation,
            version,
            snapshot_version: None,
            heads: Vec::new(),
            feeds: Default::default(),
            early: Default::default(),
            refetch: false,
            left: false,
            received: Default::default(),
        });
        meta.early
            .retain(|early, _| *early > version && meta.generation == generation);
        meta.generation = generation;
        meta.version = version;
        meta.snapshot_version = Some(version);
        meta.heads = heads;
        meta.refetch = false;
        self.docs.insert(id.clone(), meta);
        self.count_in(id);
        if redo {
            self.mark_redo(id);
        }
    }

    fn joined(&mut self, feed: FeedNo, seq: u64, doc: DocNo, id: &DocId) {
        match self.docs.get_mut(id) {
            Some(meta) if !meta.refetch => {
                meta.no = Some(doc);
                self.by_no.insert(doc, id.clone());
                self.touch(id, feed, seq);
                self.put_doc(id);
            }
            _ => self.want(doc, feed),
        }
    }

    /// A document turned out to be needed whole.
    pub(super) fn want(&mut self, doc: DocNo, feed: FeedNo) {
        self.fetch.insert(doc, feed);
    }

    /// A feed said something of a document it holds.
    pub(super) fn touch(&mut self, id: &DocId, feed: FeedNo, seq: u64) {
        if feed == DEVICE_FEED || !self.docs.contains_key(id) {
            return;
        }
        self.count_out(id);
        if let Some(meta) = self.docs.get_mut(id) {
            meta.feeds.insert(feed, seq);
            meta.left = false;
        }
        self.count_in(id);
    }

    /// A document left a feed; when no feed holds it any more it is purged, unless edits of it are still unanswered.
    pub(super) fn leave(&mut self, id: &DocId, feed: FeedNo) {
        if !self
            .docs
            .get(id)
            .is_some_and(|meta| meta.feeds.contains_key(&feed))
        {
            return;
        }
        self.count_out(id);
        if let Some(meta) = self.docs.get_mut(id) {
            meta.feeds.remove(&feed);
            meta.left = meta.feeds.is_empty();
        }
        self.count_in(id);
        self.put_doc(id);
        self.drop_if_unfounded(id);
    }
}

fn has_procedure(kind: Kind) -> bool {
    matches!(kind, Kind::Application | Kind::Case)
}

/// Enough of a hash to tell the changes of one document apart.
pub(super) fn receipt_key(hash: &ChangeHash) -> String {
    hash.0.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

/// Reads the record of a row.
pub(super) fn row_from_record(bytes: &[u8]) -> Result<Row, Malformed> {
    let head = crate::wire::frame::FrameHead::peek(bytes)?.ok_or(Malformed("row"))?;
    match Frame::read(head.code, bytes.get(head.head_bytes..).unwrap_or(&[]))? {
        Frame::Rows(mut rows) if rows.len() == 1 => Ok(rows.remove(0)),
        _ => Err(Malformed("row")),
    }
}

/// What this device knows of a document whose change or snapshot arrives.
struct Downlink<'a> {
    engine: &'a Engine,
    id: &'a DocId,
    generation: Generation,
    heads: &'a [ChangeHash],
}

impl Context for Downlink<'_> {
    fn author_ref(&self, _: &ActorId) -> Option<AuthorRef> {
        None
    }

    fn actor(&self, author: AuthorRef) -> Option<ActorId> {
        match author {
            AuthorRef::Genesis => Some(genesis_actor(self.id, self.generation)),
            AuthorRef::Own => None,
            AuthorRef::No(no)
                if self
                    .engine
                    .state
                    .grant
                    .as_ref()
                    .is_some_and(|grant| grant.author == no) =>
            {
                Some(self.engine.device().actor(self.id, self.generation))
            }
            AuthorRef::No(no) => Some(
                self.engine
                    .authors
                    .get(&no)?
                    .device
                    .0
                    .actor(self.id, self.generation),
            ),
        }
    }

    fn heads(&self) -> &[ChangeHash] {
        self.heads
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

//! What the writer keeps in memory: documents it has loaded, feeds, and who devices are.
//!
//! Only the writer changes any of it, inside the transaction that writes the same down. When a commit fails, or another
//! process has written, all of it is forgotten.

use std::collections::{BTreeSet, HashMap};

use automerge::{ActorId, ChangeHash};
use sync_core::document::Document;
use sync_core::feed::Digest;
use sync_core::id::{AuthorNo, DeviceId, DocId, DocNo, FeedNo, Generation, genesis_actor};
use sync_core::wire::change::{AuthorRef, Context, PREFIX_BYTES};

use crate::relay::limits;
use crate::store::log::{DocRow, FeedRow};

/// A document, with its content once something needed it.
#[derive(Debug)]
pub(super) struct Doc {
    pub(super) row: DocRow,
    /// Whether the log holds anything of it; a document without an accepted change does not exist.
    pub(super) exists: bool,
    pub(super) content: Option<Content>,
    used: u64,
}

/// A loaded document.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) document: Document,
    /// Version of the stored snapshot.
    pub(super) snapshot_version: u64,
    /// Size of the document when last saved, bytes.
    pub(super) size_bytes: usize,
    pub(super) actors: HashMap<ActorId, AuthorNo>,
}

impl Doc {
    pub(super) fn digest(&self) -> Digest {
        Digest::of(&self.row.creation.id, self.row.generation, &self.row.heads)
    }
}

/// A feed.
#[derive(Debug)]
pub(super) struct Feed {
    pub(super) row: FeedRow,
    pub(super) authors: BTreeSet<AuthorNo>,
}

#[derive(Debug, Default)]
pub(super) struct Cache {
    pub(super) docs: HashMap<DocId, Doc>,
    ids: HashMap<DocNo, DocId>,
    pub(super) feeds: HashMap<FeedNo, Feed>,
    pub(super) feed_nos: HashMap<String, FeedNo>,
    /// Identities never change, so these stay.
    pub(super) devices: HashMap<AuthorNo, DeviceId>,
    clock: u64,
    /// Insertions since everything was last counted.
    inserted: usize,
}

/// Insertions after which everything is counted again: counting looks at every document, and most commits touch one.
const INSERTED_MAX: usize = 64;

impl Cache {
    pub(super) fn forget(&mut self) {
        self.docs.clear();
        self.ids.clear();
        self.feeds.clear();
        self.feed_nos.clear();
    }

    pub(super) fn insert(&mut self, row: DocRow, exists: bool) {
        self.clock += 1;
        if exists {
            self.ids.insert(row.no, row.creation.id.clone());
        }
        self.inserted += if exists { 1 } else { INSERTED_MAX };
        let doc = Doc {
            row,
            exists,
            content: None,
            used: self.clock,
        };
        self.docs.insert(doc.row.creation.id.clone(), doc);
    }

    /// A document has got its number.
    pub(super) fn number(&mut self, no: DocNo, id: &DocId) {
        self.ids.insert(no, id.clone());
    }

    pub(super) fn id_of(&self, no: DocNo) -> Option<&DocId> {
        self.ids.get(&no)
    }

    pub(super) fn doc(&mut self, id: &DocId) -> Option<&mut Doc> {
        self.clock += 1;
        let doc = self.docs.get_mut(id)?;
        doc.used = self.clock;
        Some(doc)
    }

    /// A document's content has been loaded.
    pub(super) fn has_grown(&mut self) {
        self.inserted += 1;
    }

    pub(super) fn remove(&mut self, id: &DocId) {
        if let Some(doc) = self.docs.remove(id) {
            self.ids.remove(&doc.row.no);
        }
    }

    /// Between commits: drops what was used longest ago, once there is too much.
    pub(super) fn shrink(&mut self) {
        if self.inserted < INSERTED_MAX {
            return;
        }
        self.inserted = 0;
        self.docs.retain(|_, doc| doc.exists);
        let size: usize = self.docs.values().map(in_memory).sum();
        if self.docs.len() <= limits::CACHED_DOCUMENTS_MAX && size <= limits::CACHED_BYTES_MAX {
            return;
        }
        let mut used: Vec<u64> = self.docs.values().map(|doc| doc.used).collect();
        used.sort_unstable();
        let keep_from = used[used.len() / 2];
        let ids = &mut self.ids;
        self.docs.retain(|_, doc| {
            let keep = doc.used >= keep_from;
            if !keep {
                ids.remove(&doc.row.no);
            }
            keep
        });
    }
}

/// Rough size of a document in memory: Automerge holds its columns and an index of its changes.
fn in_memory(doc: &Doc) -> usize {
    let content = doc.content.as_ref();
    600 + content.map_or(0, |content| {
        24_000 + content.size_bytes * 4 + content.document.change_count() * 300
    })
}

/// How the two ends name what a change of a document refers to, at the moment before it is accepted.
pub(in crate::relay) struct Downlink<'a> {
    pub(in crate::relay) document: &'a Document,
    pub(in crate::relay) heads: &'a [ChangeHash],
    pub(in crate::relay) actors: &'a HashMap<ActorId, AuthorNo>,
    pub(in crate::relay) own: &'a ActorId,
}

impl Context for Downlink<'_> {
    fn author_ref(&self, actor: &ActorId) -> Option<AuthorRef> {
        if actor == self.own {
            return Some(AuthorRef::Own);
        }
        if let Some(no) = self.actors.get(actor) {
            return Some(AuthorRef::No(*no));
        }
        let genesis = genesis_actor(self.document.id(), self.document.generation());
        (*actor == genesis).then_some(AuthorRef::Genesis)
    }

    fn actor(&self, _: AuthorRef) -> Option<ActorId> {
        None
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

    // A replica keeps the heads of every document at hand, but not its history: a hash cut short would make it load the
    // document to read a change.
    fn may_prefix(&self, _: &ChangeHash) -> bool {
        false
    }
}

/// The other direction, for what was written with [`Downlink`]: reading the log back into a document.
pub(in crate::relay) struct FromLog<'a> {
    pub(in crate::relay) document: &'a Document,
    pub(in crate::relay) heads: &'a [ChangeHash],
    pub(in crate::relay) devices: &'a HashMap<AuthorNo, DeviceId>,
}

impl Context for FromLog<'_> {
    fn author_ref(&self, _: &ActorId) -> Option<AuthorRef> {
        None
    }

    fn actor(&self, author: AuthorRef) -> Option<ActorId> {
        actor_of(
            self.devices,
            self.document.id(),
            self.document.generation(),
            author,
        )
    }

    fn heads(&self) -> &[ChangeHash] {
        self.heads
    }

    fn previous(&self) -> Option<ChangeHash> {
        None
    }

    fn by_prefix(&self, prefix: [u8; PREFIX_BYTES]) -> Option<ChangeHash> {
        self.document.by_prefix(prefix)
    }

    fn may_prefix(&self, _: &ChangeHash) -> bool {
        false
    }
}

/// The actor behind a reference in a document.
pub(in crate::relay) fn actor_of(
    devices: &HashMap<AuthorNo, DeviceId>,
    doc: &DocId,
    generation: Generation,
    author: AuthorRef,
) -> Option<ActorId> {
    match author {
        AuthorRef::Genesis => Some(genesis_actor(doc, generation)),
        AuthorRef::No(no) => devices.get(&no).map(|device| device.actor(doc, generation)),
        AuthorRef::Own => None,
    }
}

//! When this device and the server may hold different things: sums compared, what differs asked for, and a server that
//! was put back from a backup.
//!
//! A base in doubt is shown until the server's own arrives; edits waiting on it are made anew on that. A document that
//! this device made and the server lost from its first change begins anew. Nothing here drops an edit: what has no ground
//! left is returned to its author.

use super::local::stored_change;
use super::records::{CreationText, DocMeta, Kept, key};
use super::{Engine, Event, ItemState};
use crate::document::Document;
use crate::feed::{Digest, bucket};
use crate::id::{DEVICE_FEED, DocId, FeedNo};
use crate::reason::Reason;
use crate::wire::frame::{Cursor, FeedSum, RepairList};

impl Engine {
    pub(super) fn compare(&mut self, sums: &[FeedSum]) {
        let mut equal = true;
        for sum in sums {
            let (count, digest) = self.feed_sum(sum.feed);
            if !self.feeds.contains_key(&sum.feed) {
                continue;
            }
            let in_doubt = self
                .docs
                .values()
                .any(|meta| meta.refetch && meta.may_be_in(sum.feed));
            if in_doubt || (count, digest) != (sum.documents, Digest::from_bytes(sum.digest)) {
                equal = false;
                self.repair.insert(sum.feed);
                self.events.push(Event::Diverged(sum.feed));
            }
            self.set_cursor(sum.feed, Cursor::Tail(sum.head));
        }
        if self
            .feeds
            .keys()
            .all(|feed| sums.iter().any(|sum| sum.feed == *feed))
        {
            self.drop_homeless();
        }
        if equal && self.fetch.is_empty() {
            self.caught_up = true;
            self.events.push(Event::CaughtUp);
        }
    }

    /// An own document that was accepted, but for an audience this device is not part of: its household had moved
    /// before the edit arrived. Every feed in scope has spoken, and none holds it.
    fn drop_homeless(&mut self) {
        let homeless: Vec<DocId> = self
            .docs
            .iter()
            .filter(|(_, meta)| meta.no.is_some() && meta.feeds.is_empty() && !meta.refetch)
            .map(|(id, _)| id.clone())
            .collect();
        for id in homeless {
            if let Some(meta) = self.docs.get_mut(&id) {
                meta.left = true;
            }
            self.put_doc(&id);
            self.drop_if_unfounded(&id);
        }
    }

    pub(super) fn repair_list(&mut self, now_ms: i64, list: &RepairList) {
        let feed = list.feed;
        for (doc, id, digest) in &list.documents {
            let same = self.docs.get(id).is_some_and(|meta| {
                !meta.refetch
                    && meta.feeds.contains_key(&feed)
                    && Digest::of(id, meta.generation, &meta.heads).short() == *digest
            });
            if same {
                continue;
            }
            if self.docs.contains_key(id) {
                self.doubt(id);
            }
            self.want(*doc, feed);
        }
        for id in self.docs.keys().cloned().collect::<Vec<_>>() {
            let listed = list.documents.iter().any(|(_, listed, _)| *listed == id);
            if listed || !list.buckets.contains(&(bucket(&id) as u64)) {
                continue;
            }
            let Some(meta) = self.docs.get(&id).filter(|meta| meta.may_be_in(feed)) else {
                continue;
            };
            let alone = meta.refetch && meta.feeds.keys().all(|other| *other == feed);
            if meta.refetch && meta.creation.is_some() && self.lost_from_the_first(&id) {
                // Made by this device and lost by the server: it is new again.
                self.found_again(&id);
                continue;
            }
            if alone {
                // Nothing is left to make these edits on: their author sees them again.
                let pending: Vec<u64> = self
                    .outbox
                    .iter()
                    .filter(|(_, item)| item.doc == id)
                    .map(|(no, _)| *no)
                    .collect();
                pending
                    .into_iter()
                    .for_each(|no| self.give_back(now_ms, no, Reason::OutOfScope));
            }
            if alone && let Some(meta) = self.docs.get_mut(&id) {
                meta.left = true;
            }
            self.leave(&id, feed);
            self.drop_if_unfounded(&id);
        }
    }

    /// The server was restored from a backup. Whatever this device learned after that backup is the server's no more:
    /// own changes accepted since go back into the outbox, documents touched since are compared anew.
    pub(super) fn after_restore(&mut self, now_ms: i64, restored: &[(FeedNo, u64)]) {
        let head = |feed: FeedNo| {
            restored
                .iter()
                .find(|(no, _)| *no == feed)
                .map_or(0, |(_, head)| *head)
        };
        let lost: Vec<u64> = self
            .kept
            .iter()
            .filter(|(_, kept)| kept.verdict_seq > head(DEVICE_FEED))
            .map(|(no, _)| *no)
            .collect();
        for no in lost {
            let Some(Kept {
                mut item, creation, ..
            }) = self.kept.remove(&no)
            else {
                continue;
            };
            self.delete(key::numbered(key::KEPT, no));
            item.state = ItemState::Redo;
            item.sent = None;
            match (self.docs.get_mut(&item.doc), creation) {
                (Some(meta), creation) if meta.creation.is_none() => meta.creation = creation,
                (Some(_), _) => {}
                // It had left this device since. Perhaps it has not, where the server stands now.
                (None, Some(creation)) => self.expect_again(&item.doc, creation),
                (None, None) => {
                    self.return_item(now_ms, no, item, Reason::OutOfScope);
                    continue;
                }
            }
            self.outbox.insert(no, item);
            self.put_item(no);
        }
        self.state.device_feed_seq = self.state.device_feed_seq.min(head(DEVICE_FEED));
        for no in self.feeds.keys().copied().collect::<Vec<_>>() {
            let cursor = match self.feeds.get(&no).map(|feed| Cursor::from(feed.cursor)) {
                Some(Cursor::Tail(seq)) => Cursor::Tail(seq.min(head(no))),
                Some(loading @ Cursor::Loading { to, .. }) if to <= head(no) => loading,
                _ => Cursor::START,
            };
            self.set_cursor(no, cursor);
        }
        // Authors are kept: a number the server gives anew comes with its author before it is used.
        for id in self.docs.keys().cloned().collect::<Vec<_>>() {
            let touched = self
                .docs
                .get(&id)
                .is_some_and(|meta| meta.feeds.iter().any(|(feed, seq)| *seq > head(*feed)))
                || self
                    .outbox
                    .values()
                    .any(|item| item.doc == id && item.state == ItemState::Redo);
            if touched {
                self.doubt(&id);
            }
        }
        self.repair.extend(self.feeds.keys());
    }

    /// An own document that is not held any more, and of which the server may have nothing.
    fn expect_again(&mut self, id: &DocId, creation: CreationText) {
        let meta = DocMeta {
            kind: creation.kind,
            no: None,
            generation: 0,
            version: 0,
            snapshot_version: None,
            heads: Document::genesis(&creation.clone().into(), 0).heads(),
            creation: Some(creation),
            feeds: Default::default(),
            early: Default::default(),
            refetch: true,
            left: false,
            received: Default::default(),
        };
        self.docs.insert(id.clone(), meta);
        self.put_doc(id);
    }

    /// Whether the server lost even the first change of this device to a document: only then may it begin anew without
    /// contradicting itself.
    fn lost_from_the_first(&self, id: &DocId) -> bool {
        self.outbox
            .values()
            .filter(|item| item.doc == *id)
            .any(|item| stored_change(&item.chunk).is_ok_and(|change| change.seq() == 1))
    }

    fn found_again(&mut self, id: &DocId) {
        let Some(meta) = self.docs.get_mut(id) else { return };
        let Some(creation) = meta.creation.clone() else {
            return;
        };
        let (first, last) = (meta.snapshot_version.unwrap_or(0) + 1, meta.version);
        let had_snapshot = meta.snapshot_version.take().is_some();
        meta.version = 0;
        meta.generation = 0;
        meta.heads = Document::genesis(&creation.into(), 0).heads();
        meta.feeds.clear();
        meta.refetch = false;
        if had_snapshot {
            self.delete(key::snapshot(id));
        }
        self.delete_log(id, first, last);
        self.put_doc(id);
        self.mark_redo(id);
    }

    /// Marks a base as no longer the server's: it is shown until the server's own arrives.
    fn doubt(&mut self, id: &DocId) {
        self.count_out(id);
        let Some(meta) = self.docs.get_mut(id) else { return };
        if let Some(no) = meta.no.take() {
            self.by_no.remove(&no);
        }
        meta.refetch = true;
        meta.early.clear();
        for feed in meta.feeds.values_mut() {
            *feed = 0;
        }
        self.put_doc(id);
        self.mark_redo(id);
    }
}

//! What has become of local changes: the server's verdicts, and what follows for the outbox.
//!
//! A verdict is taken by the change it is about and by no other: place and mark of its envelope decide. What was sent and
//! is not answered by the end of a complete reply never arrived and goes out again.

use super::records::{Early, Kept, key};
use super::{Engine, EngineError, Event, ItemState};
use crate::id::{DEVICE_FEED, DocId, DocNo, Version};
use crate::reason::Reason;
use crate::wire::frame::{Verdict, Verdicts};

impl Engine {
    pub(super) fn verdicts(&mut self, now_ms: i64, verdicts: &Verdicts) -> Result<(), EngineError> {
        for group in &verdicts.groups {
            for (offset, verdict) in group.verdicts.iter().enumerate() {
                let place = (group.counter, group.first + offset as u64);
                let found = self
                    .outbox
                    .iter()
                    .find(|(_, item)| item.is_at(place, group.mark))
                    .map(|(no, _)| *no);
                match found {
                    Some(no) => self.verdict(now_ms, no, *verdict, verdicts.after)?,
                    // Of a change made anew since then, or of one that a copy of this device has sent.
                    None => self.not_ours(*verdict),
                }
            }
        }
        self.state.device_feed_seq = self.state.device_feed_seq.max(verdicts.after);
        self.state.full_hashes = false;
        let waiting = |item: &super::Item| item.state == ItemState::Unsent && item.sent.is_some();
        self.state.in_doubt &= self.outbox.values().any(waiting);
        self.put_state();
        Ok(())
    }

    /// The server echoes no device its own changes. What a copy has written under our name must be fetched.
    fn not_ours(&mut self, verdict: Verdict) {
        let (Verdict::Accepted { doc, version } | Verdict::Duplicate { doc, version }) = verdict else {
            return;
        };
        let missed = self
            .by_no
            .get(&doc)
            .and_then(|id| self.docs.get(id))
            .is_some_and(|meta| version > meta.version && !meta.early.contains_key(&version));
        if missed {
            self.fetch.entry(doc).or_insert(DEVICE_FEED);
        }
    }

    fn verdict(&mut self, now_ms: i64, no: u64, verdict: Verdict, seq: u64) -> Result<(), EngineError> {
        let Some(doc) = self.outbox.get(&no).map(|item| item.doc.clone()) else {
            return Ok(());
        };
        match verdict {
            Verdict::Accepted { doc: doc_no, version } | Verdict::Duplicate { doc: doc_no, version } => {
                if matches!(verdict, Verdict::Accepted { .. }) {
                    self.tally.accepted += 1;
                } else {
                    self.tally.duplicate += 1;
                }
                self.accepted(no, doc_no, version, seq)?;
            }
            Verdict::Parked | Verdict::Quarantined => {
                let state = if verdict == Verdict::Parked {
                    ItemState::Parked
                } else {
                    ItemState::Quarantined
                };
                match state {
                    ItemState::Parked => self.tally.parked += 1,
                    _ => self.tally.quarantined += 1,
                }
                if let Some(item) = self.outbox.get_mut(&no) {
                    item.state = state;
                }
                self.put_item(no);
            }
            Verdict::Rejected(reason) => {
                self.tally.rejected += 1;
                if reason == Reason::DependsOnRejected {
                    if let Some(item) = self.outbox.get_mut(&no) {
                        item.state = ItemState::Redo;
                    }
                    self.put_item(no);
                } else {
                    self.give_back(now_ms, no, reason);
                }
                self.mark_redo(&doc);
                self.loaded.evict(&doc);
                self.events.push(Event::Changed(doc.clone()));
                self.drop_if_unfounded(&doc);
            }
        }
        Ok(())
    }

    fn accepted(&mut self, no: u64, doc_no: DocNo, version: Version, seq: u64) -> Result<(), EngineError> {
        let Some(mut item) = self.outbox.remove(&no) else {
            return Ok(());
        };
        self.delete(key::numbered(key::OUTBOX, no));
        let id = item.doc.clone();
        let Some(meta) = self.docs.get_mut(&id) else {
            return Ok(());
        };
        let kept_creation = meta.creation.clone();
        meta.no = Some(doc_no);
        self.by_no.insert(doc_no, id.clone());
        if version > meta.version && !meta.refetch && item.generation == meta.generation {
            let chunk = item.chunk.clone();
            meta.early.insert(version, Early::Own { chunk });
            self.absorb(&id)?;
        }
        self.put_doc(&id);
        item.sent = None;
        let accepted_ms = self.state.server_time_ms;
        let kept = Kept {
            item,
            creation: kept_creation,
            verdict_seq: seq,
            accepted_ms,
        };
        self.put(key::numbered(key::KEPT, no), &kept);
        self.kept.insert(no, kept);
        self.events.push(Event::Accepted(id.clone()));
        self.drop_if_unfounded(&id);
        Ok(())
    }

    /// What has no verdict goes out again.
    pub(super) fn unsend(&mut self) {
        let unanswered: Vec<u64> = self
            .outbox
            .iter()
            .filter(|(_, item)| item.state == ItemState::Unsent && item.sent.is_some())
            .map(|(no, _)| *no)
            .collect();
        for no in unanswered {
            if let Some(item) = self.outbox.get_mut(&no) {
                item.sent = None;
            }
            self.put_item(no);
        }
        self.state.in_doubt = false;
    }

    /// All pending edits of a document are to be made anew.
    pub(super) fn mark_redo(&mut self, id: &DocId) {
        let numbers: Vec<u64> = self
            .outbox
            .iter()
            .filter(|(_, item)| item.doc == *id)
            .map(|(no, _)| *no)
            .collect();
        self.loaded.evict(id);
        for no in &numbers {
            if let Some(item) = self.outbox.get_mut(no) {
                item.state = ItemState::Redo;
                item.sent = None;
            }
            self.put_item(*no);
        }
        if !numbers.is_empty() {
            self.rebuild.insert(id.clone());
        }
    }
}

//! What a commit tells those who listen: which feeds have grown, and by what.
//!
//! Changes are handed over as they were committed, so that telling fifty readers of an edit reads nothing. Everything
//! else (documents that join or leave, new authors, long stretches) is read from the log by whoever is told.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use sync_core::id::FeedNo;
use sync_core::wire::frame::Entry;

use crate::relay::bus::{Grown, Tail};
use crate::relay::limits;
use crate::store::log::{ChangeRow, EntryKind, Rows};

/// The feeds that rows of a commit have made grow.
pub(super) fn grown(rows: &Rows) -> Vec<Grown> {
    let few = rows.entries.len() <= limits::TOLD_ENTRIES_MAX;
    let mut changes: HashMap<u64, &ChangeRow> = HashMap::new();
    if few {
        changes.extend(rows.changes.iter().map(|change| (change.no, change)));
    }
    let mut tails: BTreeMap<FeedNo, Option<Tail>> = BTreeMap::new();
    for row in rows.entries.iter().filter(|_| few) {
        let tail = tails.entry(row.feed).or_insert_with(|| {
            let (from, entries) = (row.seq - 1, Vec::new());
            Some(Tail { from, entries })
        });
        let change = changes
            .get(&row.reference)
            .filter(|_| row.kind == EntryKind::Change);
        match (tail.as_mut(), change) {
            (Some(tail), Some(change)) => tail.entries.push((row.seq, entry(change))),
            _ => *tail = None,
        }
    }
    rows.feeds
        .iter()
        .map(|feed| Grown {
            feed: feed.no,
            head: feed.head,
            tail: tails.remove(&feed.no).flatten().map(Arc::new),
        })
        .collect()
}

/// As a reader of the log makes it.
fn entry(change: &ChangeRow) -> Entry {
    Entry::Change {
        doc: change.doc,
        generation: change.generation,
        version: change.version,
        author: change.author,
        received_s: change.received_ms.div_euclid(1000),
        body: change.body.clone(),
    }
}

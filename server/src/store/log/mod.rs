//! SQL of the log (migration 0002): documents, changes, feeds, verdicts, and what is kept outside documents.
//!
//! Owns rows and their encodings; decides nothing. The rules are [`crate::relay`]'s. Reads take any connection and are
//! short: none is held while a device is sent something. Writes are collected in [`Rows`] and go down many at a time.

mod devices;
mod documents;
mod feeds;
mod flush;
mod kept;
mod meta;

pub(crate) use devices::{
    VerdictRow, envelope_by_counter, grant_versions, mark_suspended, sync_state, verdicts_after,
};
pub(crate) use documents::{
    ChangeRow, DocRow, SnapshotRow, Stored, by_id, by_no, carded_households, changes_after, of_household,
    snapshot, version_of, with_content, written,
};
pub(crate) use feeds::{
    EntryKind, EntryRow, FeedRow, LoadRow, authors_of, authors_since, entries, feed_by_name, feed_by_no,
    left_since, load_page, loaded_count, members, membership_left, people_behind, sums,
};
pub(in crate::store) use flush::{Down, bulk};
pub(crate) use flush::{EnvelopeRow, EvidenceRow, FeedEntryRow, MembershipRow, Rows, VerdictLogRow};
pub(crate) use kept::{
    KeptRow, KeptState, count_parked, decide, kept_by_no, kept_list, parked_behind, parked_in_all,
    parked_of_doc, rejected, unpark,
};
pub(crate) use meta::{Counters, counters, epoch, mark_restored, numbers_skipped, restored_since};

use automerge::ChangeHash;
use sync_core::wire::codec::{Reader, Writer};

use super::{Store, StoreError};

/// A read transaction: every statement in it sees the same moment.
pub(crate) type ReadTx = sqlx::Transaction<'static, sqlx::Sqlite>;

/// Begins to read. Keep it short: as long as it lasts, the write-ahead log only grows.
pub(crate) async fn read(store: &Store) -> Result<ReadTx, StoreError> {
    Ok(store.reader.begin().await?)
}

/// What a device's own contacts have come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SyncState {
    pub(crate) hello_counter: u64,
    pub(crate) hello_hash: Vec<u8>,
    pub(crate) envelope_counter: u64,
    pub(crate) verdict_head: u64,
}

/// SQLite's integers are signed; our numbers never reach the sign.
pub(crate) fn int(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

pub(crate) fn uint(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

pub(crate) fn hashes_to_bytes(hashes: &[ChangeHash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

pub(crate) fn hashes_from_bytes(bytes: &[u8]) -> Result<Vec<ChangeHash>, StoreError> {
    let mut reader = Reader::new(bytes);
    let mut hashes = Vec::with_capacity(bytes.len() / 32);
    while !reader.is_empty() {
        hashes.push(reader.hash("hash").map_err(|_| StoreError::Corrupt("hashes"))?);
    }
    Ok(hashes)
}

fn numbers_to_bytes(numbers: impl IntoIterator<Item = u64>) -> Vec<u8> {
    let mut out = Writer::new();
    for number in numbers {
        out.uint(number);
    }
    out.0
}

fn numbers_from_bytes(bytes: &[u8]) -> Result<Vec<u64>, StoreError> {
    let mut reader = Reader::new(bytes);
    let mut numbers = Vec::new();
    while !reader.is_empty() {
        numbers.push(
            reader
                .uint("number")
                .map_err(|_| StoreError::Corrupt("numbers"))?,
        );
    }
    Ok(numbers)
}

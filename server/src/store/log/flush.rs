//! What one commit writes, collected first and written many rows to a statement.
//!
//! A statement costs a round trip to the connection's thread, so one row at a time would cost more than the rows. A small
//! commit, one edit on its way to those who watch, is one round trip with its `COMMIT`.

use automerge::ChangeHash;
use sync_core::id::{AuthorNo, DocNo, FeedNo};

use super::{ChangeRow, DocRow, FeedRow, KeptRow, SnapshotRow, SyncState, hashes_to_bytes, int};
use crate::projections::Projected;
use crate::store::{Conn, Gathered, StoreError, Values, projections};

/// A line of a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FeedEntryRow {
    pub(crate) feed: FeedNo,
    pub(crate) seq: u64,
    pub(crate) kind: super::EntryKind,
    /// 0 for an author.
    pub(crate) doc: DocNo,
    /// Number of the change or of the author; 0 otherwise.
    pub(crate) reference: u64,
}

/// A document's place in a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MembershipRow {
    pub(crate) feed: FeedNo,
    pub(crate) rank: u8,
    pub(crate) doc: DocNo,
    pub(crate) left: Option<(u64, i64)>,
}

/// A received envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EnvelopeRow {
    pub(crate) no: u64,
    pub(crate) device: AuthorNo,
    pub(crate) counter: u64,
    pub(crate) claimed_s: i64,
    pub(crate) received_ms: i64,
    pub(crate) signature: [u8; 64],
    pub(crate) contents: Vec<u8>,
}

/// A line of a device's own feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VerdictLogRow {
    pub(crate) device: AuthorNo,
    pub(crate) seq: u64,
    pub(crate) counter: u64,
    pub(crate) first: u64,
    pub(crate) verdicts: Vec<u8>,
}

/// Proof of two changes with one number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EvidenceRow {
    pub(crate) device: AuthorNo,
    pub(crate) envelope: u64,
    pub(crate) position: u64,
    pub(crate) doc: String,
    pub(crate) generation: u32,
    pub(crate) kept_hash: ChangeHash,
    pub(crate) hash: ChangeHash,
    pub(crate) body: Vec<u8>,
    pub(crate) received_ms: i64,
}

/// Everything one commit writes. Rows of one key must be given once.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) feeds: Vec<FeedRow>,
    pub(crate) documents: Vec<DocRow>,
    pub(crate) snapshots: Vec<SnapshotRow>,
    pub(crate) changes: Vec<ChangeRow>,
    pub(crate) memberships: Vec<MembershipRow>,
    pub(crate) entries: Vec<FeedEntryRow>,
    /// Feed, author, sequence number.
    pub(crate) authors: Vec<(FeedNo, AuthorNo, u64)>,
    pub(crate) envelopes: Vec<EnvelopeRow>,
    pub(crate) verdicts: Vec<VerdictLogRow>,
    pub(crate) devices: Vec<(AuthorNo, SyncState)>,
    pub(crate) rejected: Vec<(AuthorNo, ChangeHash)>,
    pub(crate) kept: Vec<KeptRow>,
    pub(crate) evidence: Vec<EvidenceRow>,
    pub(crate) projected: Projected,
}

impl Rows {
    /// Writes them, all but what is returned: it goes down with the commit.
    pub(crate) async fn flush(&self, conn: &mut Conn) -> Result<Gathered, StoreError> {
        let rows = self.feeds.len() + self.documents.len() + self.changes.len() + self.entries.len();
        let mut down = Down::new(conn, rows <= SMALL_COMMIT_ROWS);
        self.flush_documents(&mut down).await?;
        self.flush_feeds(&mut down).await?;
        self.flush_devices(&mut down).await?;
        self.flush_kept(&mut down).await?;
        projections::write_down(&mut down, &self.projected, projections::Place::Standing).await?;
        Ok(down.gathered)
    }

    async fn flush_documents(&self, down: &mut Down<'_>) -> Result<(), StoreError> {
        bulk(
            down,
            "INSERT INTO feeds (no, name, head, documents, digest) VALUES ",
            "(?,?,?,?,?)",
            " ON CONFLICT (no) DO UPDATE SET head = excluded.head, documents = excluded.documents,
              digest = excluded.digest",
            &self.feeds,
            |query, row| {
                query
                    .bind(int(row.no))
                    .bind(&row.name)
                    .bind(int(row.head))
                    .bind(int(row.documents))
                    .bind(&row.digest.to_bytes()[..])
            },
        )
        .await?;
        bulk(
            down,
            "INSERT INTO documents (no, id, kind, village0, household, year, generation, version, heads, authors,
             feeds, village, unit, list) VALUES ",
            "(?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            " ON CONFLICT (no) DO UPDATE SET generation = excluded.generation, version = excluded.version,
              heads = excluded.heads, authors = excluded.authors, feeds = excluded.feeds,
              village = excluded.village, unit = excluded.unit, list = excluded.list",
            &self.documents,
            |query, row| {
                let creation = &row.creation;
                query
                    .bind(int(row.no))
                    .bind(creation.id.as_str())
                    .bind(i64::from(creation.kind.code()))
                    .bind(&creation.village)
                    .bind(creation.household.as_ref().map(|id| id.as_str()))
                    .bind(creation.year.map(i64::from))
                    .bind(i64::from(row.generation))
                    .bind(int(row.version))
                    .bind(hashes_to_bytes(&row.heads))
                    .bind(row.authors_bytes())
                    .bind(row.feeds_bytes())
                    .bind(&row.village)
                    .bind(&row.unit)
                    .bind(&row.list)
            },
        )
        .await?;
        bulk(
            down,
            "INSERT INTO snapshots (doc, generation, version, heads, body) VALUES ",
            "(?,?,?,?,?)",
            " ON CONFLICT (doc) DO UPDATE SET generation = excluded.generation, version = excluded.version,
              heads = excluded.heads, body = excluded.body",
            &self.snapshots,
            |query, row| {
                query
                    .bind(int(row.doc))
                    .bind(i64::from(row.generation))
                    .bind(int(row.version))
                    .bind(hashes_to_bytes(&row.heads))
                    .bind(&row.body)
            },
        )
        .await?;
        bulk(
            down,
            "INSERT INTO changes (no, doc, generation, version, hash, author, received_ms, envelope, body) VALUES ",
            "(?,?,?,?,?,?,?,?,?)",
            "",
            &self.changes,
            |query, row| {
                query
                    .bind(int(row.no))
                    .bind(int(row.doc))
                    .bind(i64::from(row.generation))
                    .bind(int(row.version))
                    .bind(&row.hash.0[..])
                    .bind(int(row.author))
                    .bind(row.received_ms)
                    .bind(int(row.envelope))
                    .bind(&row.body)
            },
        )
        .await
    }

    async fn flush_feeds(&self, down: &mut Down<'_>) -> Result<(), StoreError> {
        bulk(
            down,
            "INSERT INTO document_feeds (feed, rank, doc, left_seq, left_ms) VALUES ",
            "(?,?,?,?,?)",
            " ON CONFLICT (feed, rank, doc) DO UPDATE SET left_seq = excluded.left_seq, left_ms = excluded.left_ms",
            &self.memberships,
            |query, row| {
                query
                    .bind(int(row.feed))
                    .bind(i64::from(row.rank))
                    .bind(int(row.doc))
                    .bind(row.left.map(|(seq, _)| int(seq)))
                    .bind(row.left.map(|(_, at_ms)| at_ms))
            },
        )
        .await?;
        bulk(
            down,
            "INSERT INTO feed_entries (feed, seq, kind, doc, ref) VALUES ",
            "(?,?,?,?,?)",
            "",
            &self.entries,
            |query, row| {
                query
                    .bind(int(row.feed))
                    .bind(int(row.seq))
                    .bind(row.kind as i64)
                    .bind(int(row.doc))
                    .bind(int(row.reference))
            },
        )
        .await?;
        bulk(
            down,
            "INSERT INTO feed_authors (feed, author, seq) VALUES ",
            "(?,?,?)",
            "",
            &self.authors,
            |query, (feed, author, seq)| query.bind(int(*feed)).bind(int(*author)).bind(int(*seq)),
        )
        .await
    }

    async fn flush_devices(&self, down: &mut Down<'_>) -> Result<(), StoreError> {
        bulk(
            down,
            "INSERT INTO envelopes (no, device, counter, claimed_s, received_ms, signature, contents) VALUES ",
            "(?,?,?,?,?,?,?)",
            "",
            &self.envelopes,
            |query, row| {
                query
                    .bind(int(row.no))
                    .bind(int(row.device))
                    .bind(int(row.counter))
                    .bind(row.claimed_s)
                    .bind(row.received_ms)
                    .bind(&row.signature[..])
                    .bind(&row.contents)
            },
        )
        .await?;
        bulk(
            down,
            "INSERT INTO verdicts (device, seq, counter, first, verdicts) VALUES ",
            "(?,?,?,?,?)",
            "",
            &self.verdicts,
            |query, row| {
                query
                    .bind(int(row.device))
                    .bind(int(row.seq))
                    .bind(int(row.counter))
                    .bind(int(row.first))
                    .bind(&row.verdicts)
            },
        )
        .await?;
        bulk(
            down,
            "INSERT INTO device_sync (device, hello_counter, hello_hash, envelope_counter, verdict_head) VALUES ",
            "(?,?,?,?,?)",
            " ON CONFLICT (device) DO UPDATE SET hello_counter = excluded.hello_counter,
              hello_hash = excluded.hello_hash, envelope_counter = excluded.envelope_counter,
              verdict_head = excluded.verdict_head",
            &self.devices,
            |query, (device, state)| {
                query
                    .bind(int(*device))
                    .bind(int(state.hello_counter))
                    .bind(&state.hello_hash)
                    .bind(int(state.envelope_counter))
                    .bind(int(state.verdict_head))
            },
        )
        .await
    }

    async fn flush_kept(&self, down: &mut Down<'_>) -> Result<(), StoreError> {
        bulk(
            down,
            "INSERT OR IGNORE INTO rejected (device, hash) VALUES ",
            "(?,?)",
            "",
            &self.rejected,
            |query, (device, hash)| query.bind(int(*device)).bind(&hash.0[..]),
        )
        .await?;
        bulk(
            down,
            "INSERT INTO kept_changes (no, state, device, counter, position, envelope, doc, creation, generation, hash,
             body, missing, waits_for, reason, received_ms) VALUES ",
            "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            "",
            &self.kept,
            |query, row| {
                query
                    .bind(int(row.no))
                    .bind(row.state.as_str())
                    .bind(int(row.device))
                    .bind(int(row.counter))
                    .bind(int(row.position))
                    .bind(int(row.envelope))
                    .bind(row.creation.id.as_str())
                    .bind(row.creation_bytes())
                    .bind(i64::from(row.generation))
                    .bind(&row.hash.0[..])
                    .bind(&row.body)
                    .bind(hashes_to_bytes(&row.missing))
                    .bind(row.waits_for.as_ref().map(|id| id.as_str()))
                    .bind(&row.reason)
                    .bind(row.received_ms)
            },
        )
        .await?;
        bulk(
            down,
            "INSERT INTO evidence (device, envelope, position, doc, generation, kept_hash, hash, body, received_ms)
             VALUES ",
            "(?,?,?,?,?,?,?,?,?)",
            "",
            &self.evidence,
            |query, row| {
                query
                    .bind(int(row.device))
                    .bind(int(row.envelope))
                    .bind(int(row.position))
                    .bind(&row.doc)
                    .bind(i64::from(row.generation))
                    .bind(&row.kept_hash.0[..])
                    .bind(&row.hash.0[..])
                    .bind(&row.body)
                    .bind(row.received_ms)
            },
        )
        .await
    }
}

/// Rows to a statement. Few sizes, so that every statement is prepared once and used for ever.
const ROWS_AT_A_TIME: [usize; 3] = [64, 8, 1];
/// Up to so many feeds, documents, changes and entries a commit is small.
const SMALL_COMMIT_ROWS: usize = 12;
/// Statements that are gathered at most: more would be too many sorts of commits to keep prepared.
const GATHERED_MAX: usize = 24;

/// The way down for rows.
pub(in crate::store) struct Down<'c> {
    conn: &'c mut Conn,
    /// Whether single rows wait for each other.
    gather: bool,
    waiting: usize,
    gathered: Gathered,
}

impl<'c> Down<'c> {
    pub(in crate::store) fn new(conn: &'c mut Conn, gather: bool) -> Self {
        Down {
            conn,
            gather,
            waiting: 0,
            gathered: Gathered::default(),
        }
    }

    async fn send(&mut self) -> Result<(), StoreError> {
        self.waiting = 0;
        self.gathered.execute(self.conn).await
    }
}

/// Writes many rows in few statements.
pub(in crate::store) async fn bulk<T>(
    down: &mut Down<'_>,
    head: &str,
    one: &str,
    tail: &str,
    rows: &[T],
    bind: impl Fn(Values, &T) -> Values,
) -> Result<(), StoreError> {
    let mut rest = rows;
    for size in ROWS_AT_A_TIME {
        if rest.len() < size {
            continue;
        }
        let values = vec![one; size].join(",");
        let sql = format!("{head}{values}{tail}");
        while rest.len() >= size {
            let (now, later) = rest.split_at(size);
            let alone = !down.gather || size > 1;
            if alone {
                down.send().await?;
            }
            down.gathered.add(&sql, |values| now.iter().fold(values, &bind));
            down.waiting += 1;
            if alone || down.waiting >= GATHERED_MAX {
                down.send().await?;
            }
            rest = later;
        }
    }
    Ok(())
}

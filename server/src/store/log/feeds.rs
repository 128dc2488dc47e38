//! Feeds: heads and sums, entries, who is in them.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use sync_core::feed::Digest;
use sync_core::id::{AuthorNo, DeviceId, DocNo, FeedNo, Generation, Version};
use sync_core::policy::Role;
use sync_core::wire::frame::Author;

use super::documents::{decode, generation};
use super::{DocRow, int, uint};
use crate::store::{Conn, StoreError};

/// A feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FeedRow {
    pub(crate) no: FeedNo,
    pub(crate) name: String,
    pub(crate) head: u64,
    pub(crate) documents: u64,
    pub(crate) digest: Digest,
}

/// What a line of a feed says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i64)]
pub(crate) enum EntryKind {
    Author = 1,
    Change = 2,
    /// A document as it is by now: it has joined the feed, or begun a new generation.
    Whole = 3,
    Leave = 4,
}

fn decode_feed(row: &SqliteRow) -> Result<FeedRow, StoreError> {
    let digest: &[u8] = row.try_get("digest")?;
    Ok(FeedRow {
        no: uint(row.try_get("no")?),
        name: row.try_get("name")?,
        head: uint(row.try_get("head")?),
        documents: uint(row.try_get("documents")?),
        digest: Digest::from_bytes(digest.try_into().map_err(|_| StoreError::Corrupt("digest"))?),
    })
}

pub(crate) async fn feed_by_name(conn: &mut Conn, name: &str) -> Result<Option<FeedRow>, StoreError> {
    let row = sqlx::query("SELECT no, name, head, documents, digest FROM feeds WHERE name = ?")
        .bind(name)
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(decode_feed).transpose()
}

pub(crate) async fn feed_by_no(conn: &mut Conn, no: FeedNo) -> Result<Option<FeedRow>, StoreError> {
    let row = sqlx::query("SELECT no, name, head, documents, digest FROM feeds WHERE no = ?")
        .bind(int(no))
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(decode_feed).transpose()
}

/// Heads and sums of these feeds, by number. One statement, so that they belong to one moment.
pub(crate) async fn sums(conn: &mut Conn, feeds: &[FeedNo]) -> Result<Vec<FeedRow>, StoreError> {
    let rows = sqlx::query(
        "SELECT no, name, head, documents, digest FROM feeds
         WHERE no IN (SELECT value FROM json_each(?)) ORDER BY no",
    )
    .bind(crate::store::registry::to_json(feeds))
    .fetch_all(conn)
    .await?;
    rows.iter().map(decode_feed).collect()
}

/// A line of a feed with what it refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EntryRow {
    pub(crate) seq: u64,
    pub(crate) kind: EntryKind,
    pub(crate) doc: DocNo,
    pub(crate) reference: u64,
    /// Of a change: generation, version, author, receipt, and what travels.
    pub(crate) change: Option<EntryChange>,
}

/// What a line that is a change adds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EntryChange {
    pub(crate) generation: Generation,
    pub(crate) version: Version,
    pub(crate) author: AuthorNo,
    pub(crate) received_ms: i64,
    pub(crate) body: Vec<u8>,
}

/// Lines of a feed after a position, in order.
pub(crate) async fn entries(
    conn: &mut Conn,
    feed: FeedNo,
    after: u64,
    limit: u32,
) -> Result<Vec<EntryRow>, StoreError> {
    let rows = sqlx::query(
        "SELECT e.seq, e.kind, e.doc, e.ref, c.generation, c.version, c.author, c.received_ms, c.body
         FROM feed_entries e LEFT JOIN changes c ON e.kind = 2 AND c.no = e.ref
         WHERE e.feed = ? AND e.seq > ? ORDER BY e.seq LIMIT ?",
    )
    .bind(int(feed))
    .bind(int(after))
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            let kind = match row.try_get::<i64, _>("kind")? {
                1 => EntryKind::Author,
                2 => EntryKind::Change,
                3 => EntryKind::Whole,
                4 => EntryKind::Leave,
                _ => return Err(StoreError::Corrupt("entry kind")),
            };
            let change = match kind {
                EntryKind::Change => Some(EntryChange {
                    generation: generation(row.try_get("generation")?)?,
                    version: uint(row.try_get("version")?),
                    author: uint(row.try_get("author")?),
                    received_ms: row.try_get("received_ms")?,
                    body: row.try_get("body")?,
                }),
                _ => None,
            };
            Ok(EntryRow {
                seq: uint(row.try_get("seq")?),
                kind,
                doc: uint(row.try_get("doc")?),
                reference: uint(row.try_get("ref")?),
                change,
            })
        })
        .collect()
}

/// Documents that have left a feed after a position and not come back, with the position.
pub(crate) async fn left_since(
    conn: &mut Conn,
    feed: FeedNo,
    after: u64,
) -> Result<BTreeMap<DocNo, u64>, StoreError> {
    let rows: Vec<(i64, i64)> = sqlx::query_as(
        "SELECT doc, left_seq FROM document_feeds WHERE feed = ? AND left_seq > ? ORDER BY left_seq",
    )
    .bind(int(feed))
    .bind(int(after))
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(doc, seq)| (uint(doc), uint(seq)))
        .collect())
}

/// Where and when a document left a feed, if it has and is not back.
pub(crate) async fn membership_left(
    conn: &mut Conn,
    feed: FeedNo,
    rank: u8,
    doc: DocNo,
) -> Result<Option<(u64, i64)>, StoreError> {
    let row: Option<(Option<i64>, Option<i64>)> = sqlx::query_as(
        "SELECT left_seq, left_ms FROM document_feeds WHERE feed = ? AND rank = ? AND doc = ?",
    )
    .bind(int(feed))
    .bind(i64::from(rank))
    .bind(int(doc))
    .fetch_optional(conn)
    .await?;
    Ok(match row {
        Some((Some(seq), Some(at_ms))) => Some((uint(seq), at_ms)),
        _ => None,
    })
}

/// A document of a feed on its way to a device that loads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LoadRow {
    pub(crate) rank: u8,
    pub(crate) doc: DocRow,
}

/// Documents of a feed after `(rank, doc)`, in loading order.
pub(crate) async fn load_page(
    conn: &mut Conn,
    feed: FeedNo,
    after: (u8, DocNo),
    limit: u32,
) -> Result<Vec<LoadRow>, StoreError> {
    let rows = sqlx::query(
        "SELECT f.rank, d.* FROM document_feeds f JOIN documents d ON d.no = f.doc
         WHERE f.feed = ?1 AND f.left_seq IS NULL AND (f.rank > ?2 OR (f.rank = ?2 AND f.doc > ?3))
         ORDER BY f.rank, f.doc LIMIT ?4",
    )
    .bind(int(feed))
    .bind(i64::from(after.0))
    .bind(int(after.1))
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            let rank: i64 = row.try_get("rank")?;
            Ok(LoadRow {
                rank: u8::try_from(rank).unwrap_or(u8::MAX),
                doc: decode(row)?,
            })
        })
        .collect()
}

/// How many documents of a feed lie at or before `(rank, doc)` in loading order.
pub(crate) async fn loaded_count(
    conn: &mut Conn,
    feed: FeedNo,
    upto: (u8, DocNo),
) -> Result<u64, StoreError> {
    let count: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM document_feeds
         WHERE feed = ?1 AND left_seq IS NULL AND (rank < ?2 OR (rank = ?2 AND doc <= ?3))",
    )
    .bind(int(feed))
    .bind(i64::from(upto.0))
    .bind(int(upto.1))
    .fetch_one(conn)
    .await?;
    Ok(uint(count))
}

/// Number, name, kind, generation and heads of every document of a feed, for repair.
pub(crate) async fn members(conn: &mut Conn, feed: FeedNo) -> Result<Vec<DocRow>, StoreError> {
    let rows = sqlx::query(
        "SELECT d.* FROM document_feeds f JOIN documents d ON d.no = f.doc
         WHERE f.feed = ? AND f.left_seq IS NULL ORDER BY f.rank, f.doc",
    )
    .bind(int(feed))
    .fetch_all(conn)
    .await?;
    rows.iter().map(decode).collect()
}

/// Authors of a feed whose entry lies after a position, in order, with their positions.
pub(crate) async fn authors_since(
    conn: &mut Conn,
    feed: FeedNo,
    after: u64,
) -> Result<Vec<(AuthorNo, u64)>, StoreError> {
    let rows: Vec<(i64, i64)> =
        sqlx::query_as("SELECT author, seq FROM feed_authors WHERE feed = ? AND seq > ? ORDER BY seq")
            .bind(int(feed))
            .bind(int(after))
            .fetch_all(conn)
            .await?;
    Ok(rows
        .into_iter()
        .map(|(author, seq)| (uint(author), uint(seq)))
        .collect())
}

/// All authors of a feed.
pub(crate) async fn authors_of(conn: &mut Conn, feed: FeedNo) -> Result<BTreeSet<AuthorNo>, StoreError> {
    let rows: Vec<i64> = sqlx::query_scalar("SELECT author FROM feed_authors WHERE feed = ?")
        .bind(int(feed))
        .fetch_all(conn)
        .await?;
    Ok(rows.into_iter().map(uint).collect())
}

/// Devices as authors, with the people on them, by number.
pub(crate) async fn people_behind(conn: &mut Conn, authors: &[AuthorNo]) -> Result<Vec<Author>, StoreError> {
    if authors.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query(
        "SELECT d.no, d.device_id, d.role, d.person, p.name FROM devices d LEFT JOIN people p ON p.id = d.person
         WHERE d.no IN (SELECT value FROM json_each(?)) ORDER BY d.no",
    )
    .bind(crate::store::registry::to_json(authors))
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            let device: &[u8] = row.try_get("device_id")?;
            let role: Option<&str> = row.try_get("role")?;
            Ok(Author {
                no: uint(row.try_get("no")?),
                device: DeviceId(device.try_into().map_err(|_| StoreError::Corrupt("device id"))?),
                person: row.try_get::<Option<String>, _>("person")?.unwrap_or_default(),
                name: row.try_get::<Option<String>, _>("name")?.unwrap_or_default(),
                role: role.and_then(Role::parse).unwrap_or(Role::Team),
            })
        })
        .collect()
}

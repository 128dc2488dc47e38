//! SQL of the operator: copying the database, reading it whole, comparing what is derived with what it derives from.
//!
//! Owns statements only; what they prove is [`crate::ops`]'s. Everything streams: a page of rows at a time.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row};
use sync_core::attachment::Hash;
use sync_core::id::{AuthorNo, DocNo, FeedNo};

use super::attachments;
use super::log::{int, uint};
use super::{Conn, DATABASE_FILE, Store, StoreError};
use crate::limits;

/// A page of a scan.
const PAGE_ROWS: i64 = 256;

impl Store {
    /// A connection of its own to the same database, outside the pools: for work with temporary tables, and for
    /// statements that may not run in a transaction.
    pub(crate) async fn separate(&self) -> Result<Conn, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(self.data_dir().join(DATABASE_FILE))
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_millis(limits::DB_BUSY_TIMEOUT_MS));
        Ok(options.connect().await?)
    }
}

/// Closes a connection of [`Store::separate`].
pub(crate) async fn close(conn: Conn) -> Result<(), StoreError> {
    Ok(conn.close().await?)
}

/// Writes a compact copy of the database, as of one moment, to an empty file. The database goes on being used.
pub(crate) async fn copy_to(conn: &mut Conn, to: &Path) -> Result<(), StoreError> {
    let to = to
        .to_str()
        .ok_or(StoreError::Unsafe("the path of the copy is not text".to_owned()))?;
    sqlx::query("VACUUM main INTO ?").bind(to).execute(conn).await?;
    Ok(())
}

/// What a copy holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) documents: u64,
    pub(crate) changes: u64,
    pub(crate) devices: u64,
    pub(crate) audit_entries: u64,
    pub(crate) epoch: u64,
}

/// Opens a copy for reading, has SQLite check every page of it, and counts.
pub(crate) async fn inspect(copy: &Path) -> Result<Counts, StoreError> {
    let mut conn = SqliteConnectOptions::new()
        .filename(copy)
        .read_only(true)
        .connect()
        .await?;
    if let Some(first) = damage(&mut conn).await?.into_iter().next() {
        return Err(StoreError::Unsafe(format!("the copy is damaged: {first}")));
    }
    let row: (i64, i64, i64, i64, i64) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM documents), (SELECT count(*) FROM changes), (SELECT count(*) FROM devices),
                (SELECT count(*) FROM audit), (SELECT epoch FROM log_meta)",
    )
    .fetch_one(&mut conn)
    .await?;
    conn.close().await?;
    let (documents, changes, devices) = (uint(row.0), uint(row.1), uint(row.2));
    Ok(Counts {
        documents,
        changes,
        devices,
        audit_entries: uint(row.3),
        epoch: uint(row.4),
    })
}

/// Names of the attachments that are whole by a copy.
pub(crate) async fn attachments_of(copy: &Path) -> Result<Vec<Hash>, StoreError> {
    let mut conn = SqliteConnectOptions::new()
        .filename(copy)
        .read_only(true)
        .connect()
        .await?;
    let mut all: Vec<Hash> = Vec::new();
    loop {
        let page = attachments::all_after(&mut conn, all.last(), PAGE_ROWS).await?;
        if page.is_empty() {
            break;
        }
        all.extend(page.into_iter().map(|(name, _)| name));
    }
    conn.close().await?;
    Ok(all)
}

/// What SQLite finds wrong with the file, at most some lines of it; empty when it is sound.
pub(crate) async fn damage(conn: &mut Conn) -> Result<Vec<String>, StoreError> {
    let lines: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check(20)")
        .fetch_all(&mut *conn)
        .await?;
    let mut damage: Vec<String> = lines.into_iter().filter(|line| line != "ok").collect();
    let dangling: Vec<String> = sqlx::query_scalar("SELECT DISTINCT \"table\" FROM pragma_foreign_key_check")
        .fetch_all(conn)
        .await?;
    damage.extend(
        dangling
            .into_iter()
            .map(|table| format!("dangling reference in {table}")),
    );
    Ok(damage)
}

/// Begins a transaction that sees one moment and locks nobody out.
pub(crate) async fn begin_reading(conn: &mut Conn) -> Result<(), StoreError> {
    sqlx::query("BEGIN").execute(&mut *conn).await?;
    // The moment is that of the first read.
    sqlx::query("SELECT epoch FROM log_meta").fetch_all(conn).await?;
    Ok(())
}

/// Begins a transaction that writes.
pub(crate) async fn begin_writing(conn: &mut Conn) -> Result<(), StoreError> {
    sqlx::query("BEGIN IMMEDIATE").execute(conn).await?;
    Ok(())
}

/// Ends a transaction.
pub(crate) async fn end(conn: &mut Conn, keep: bool) -> Result<(), StoreError> {
    sqlx::query(if keep { "COMMIT" } else { "ROLLBACK" })
        .execute(conn)
        .await?;
    Ok(())
}

/// Numbers of documents after one, in order.
pub(crate) async fn document_numbers(conn: &mut Conn, after: DocNo) -> Result<Vec<DocNo>, StoreError> {
    let rows: Vec<i64> = sqlx::query_scalar("SELECT no FROM documents WHERE no > ? ORDER BY no LIMIT ?")
        .bind(int(after))
        .bind(PAGE_ROWS)
        .fetch_all(conn)
        .await?;
    Ok(rows.into_iter().map(uint).collect())
}

/// Names of documents after one, in order of their bytes; with a village only those that lie there.
pub(crate) async fn document_names(
    conn: &mut Conn,
    after: &str,
    village: Option<&str>,
) -> Result<Vec<(DocNo, String)>, StoreError> {
    let rows: Vec<(i64, String)> = sqlx::query_as(
        "SELECT no, id FROM documents WHERE id > ?1 AND (?2 IS NULL OR village = ?2) ORDER BY id LIMIT ?3",
    )
    .bind(after)
    .bind(village)
    .bind(PAGE_ROWS)
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|(no, id)| (uint(no), id)).collect())
}

/// The household of this number in a village, if there is exactly one.
pub(crate) async fn household_numbered(
    conn: &mut Conn,
    village: &str,
    number: &str,
) -> Result<Option<DocNo>, StoreError> {
    let rows: Vec<i64> = sqlx::query_scalar(
        "SELECT h.doc FROM households h JOIN documents d ON d.no = h.doc
         WHERE h.number = ? AND d.village = ? LIMIT 2",
    )
    .bind(number)
    .bind(village)
    .fetch_all(conn)
    .await?;
    Ok(match rows.as_slice() {
        [only] => Some(uint(*only)),
        _ => None,
    })
}

/// A device that can be an author: number, identity, public key, nonce.
pub(crate) type AuthorRow<No = AuthorNo> = (No, Vec<u8>, Vec<u8>, Vec<u8>);

/// Every one of them.
pub(crate) async fn authors(conn: &mut Conn) -> Result<Vec<AuthorRow>, StoreError> {
    let rows: Vec<AuthorRow<i64>> =
        sqlx::query_as("SELECT no, device_id, public_key, nonce FROM devices ORDER BY no")
            .fetch_all(conn)
            .await?;
    Ok(rows
        .into_iter()
        .map(|(no, id, key, nonce)| (uint(no), id, key, nonce))
        .collect())
}

/// A received envelope.
#[derive(Debug)]
pub(crate) struct StoredEnvelope {
    pub(crate) no: u64,
    pub(crate) device: AuthorNo,
    pub(crate) counter: u64,
    pub(crate) claimed_s: i64,
    pub(crate) signature: Vec<u8>,
    pub(crate) contents: Vec<u8>,
}

fn decode_envelope(row: &sqlx::sqlite::SqliteRow) -> Result<StoredEnvelope, StoreError> {
    Ok(StoredEnvelope {
        no: uint(row.try_get("no")?),
        device: uint(row.try_get("device")?),
        counter: uint(row.try_get("counter")?),
        claimed_s: row.try_get("claimed_s")?,
        signature: row.try_get("signature")?,
        contents: row.try_get("contents")?,
    })
}

/// Envelopes after one, in order.
pub(crate) async fn envelopes(conn: &mut Conn, after: u64) -> Result<Vec<StoredEnvelope>, StoreError> {
    let rows = sqlx::query("SELECT * FROM envelopes WHERE no > ? ORDER BY no LIMIT ?")
        .bind(int(after))
        .bind(PAGE_ROWS)
        .fetch_all(conn)
        .await?;
    rows.iter().map(decode_envelope).collect()
}

/// One envelope.
pub(crate) async fn envelope(conn: &mut Conn, no: u64) -> Result<Option<StoredEnvelope>, StoreError> {
    let row = sqlx::query("SELECT * FROM envelopes WHERE no = ?")
        .bind(int(no))
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(decode_envelope).transpose()
}

/// Numbers of all feeds.
pub(crate) async fn feed_numbers(conn: &mut Conn) -> Result<Vec<FeedNo>, StoreError> {
    let rows: Vec<i64> = sqlx::query_scalar("SELECT no FROM feeds ORDER BY no")
        .fetch_all(conn)
        .await?;
    Ok(rows.into_iter().map(uint).collect())
}

/// A place in a sequence where the next number is not one more: the numbers on both sides, and 0 before the first.
pub(crate) type Jump = (u64, u64);

/// The jumps of a feed, and its last number.
pub(crate) async fn feed_jumps(conn: &mut Conn, feed: FeedNo) -> Result<(Vec<Jump>, u64), StoreError> {
    jumps(conn, "feed_entries WHERE feed", feed).await
}

/// The jumps of a device's own feed, and its last number.
pub(crate) async fn verdict_jumps(conn: &mut Conn, device: AuthorNo) -> Result<(Vec<Jump>, u64), StoreError> {
    jumps(conn, "verdicts WHERE device", device).await
}

async fn jumps(conn: &mut Conn, rows_of: &'static str, no: u64) -> Result<(Vec<Jump>, u64), StoreError> {
    // Made of literals of this file: nothing of it comes from outside.
    let rows: Vec<(i64, i64)> = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT before, seq FROM (SELECT seq, lag(seq, 1, 0) OVER (ORDER BY seq) AS before FROM {rows_of} = ?)
         WHERE seq <> before + 1"
    )))
    .bind(int(no))
    .fetch_all(&mut *conn)
    .await?;
    let last: Option<i64> = sqlx::query_scalar(AssertSqlSafe(format!("SELECT max(seq) FROM {rows_of} = ?")))
        .bind(int(no))
        .fetch_one(conn)
        .await?;
    let jumps = rows.into_iter().map(|(before, seq)| (uint(before), uint(seq)));
    Ok((jumps.collect(), uint(last.unwrap_or(0))))
}

/// Devices that have verdicts or have been in contact.
pub(crate) async fn devices_heard(conn: &mut Conn) -> Result<Vec<AuthorNo>, StoreError> {
    let rows: Vec<i64> =
        sqlx::query_scalar("SELECT device FROM device_sync UNION SELECT device FROM verdicts ORDER BY 1")
            .fetch_all(conn)
            .await?;
    Ok(rows.into_iter().map(uint).collect())
}

/// Epochs that began with a restore, and where a feed stood, oldest first.
pub(crate) async fn restored_heads(conn: &mut Conn, feed: FeedNo) -> Result<Vec<(u64, u64)>, StoreError> {
    restored(conn, int(feed)).await
}

/// The same for a device's own feed.
pub(crate) async fn restored_device_heads(
    conn: &mut Conn,
    device: AuthorNo,
) -> Result<Vec<(u64, u64)>, StoreError> {
    restored(conn, -int(device)).await
}

async fn restored(conn: &mut Conn, feed: i64) -> Result<Vec<(u64, u64)>, StoreError> {
    let rows: Vec<(i64, i64)> =
        sqlx::query_as("SELECT epoch, head FROM restores WHERE feed = ? ORDER BY epoch")
            .bind(feed)
            .fetch_all(conn)
            .await?;
    Ok(rows
        .into_iter()
        .map(|(epoch, head)| (uint(epoch), uint(head)))
        .collect())
}

/// Rows of a feed that refer to nothing, or to what belongs to something else.
pub(crate) async fn loose_entries(conn: &mut Conn, feed: FeedNo) -> Result<u64, StoreError> {
    let count: i64 = sqlx::query_scalar(
        "SELECT (SELECT count(*) FROM feed_entries e LEFT JOIN changes c ON c.no = e.ref
                 WHERE e.feed = ?1 AND e.kind = 2 AND c.doc IS NOT e.doc)
              + (SELECT count(*) FROM feed_entries e LEFT JOIN documents d ON d.no = e.doc
                 WHERE e.feed = ?1 AND e.kind IN (3, 4) AND d.no IS NULL)
              + (SELECT count(*) FROM feed_authors a LEFT JOIN feed_entries e ON e.feed = a.feed AND e.seq = a.seq
                 WHERE a.feed = ?1 AND (e.kind IS NOT 1 OR e.ref <> a.author))",
    )
    .bind(int(feed))
    .fetch_one(conn)
    .await?;
    Ok(uint(count))
}

/// Documents that are in a feed by the table of memberships.
pub(crate) async fn members_count(conn: &mut Conn, feed: FeedNo) -> Result<u64, StoreError> {
    let count: i64 =
        sqlx::query_scalar("SELECT count(*) FROM document_feeds WHERE feed = ? AND left_seq IS NULL")
            .bind(int(feed))
            .fetch_one(conn)
            .await?;
    Ok(uint(count))
}

/// Whether a document is in a feed by the table of memberships, and the feed's line `seq` is about it.
pub(crate) async fn is_member(
    conn: &mut Conn,
    feed: FeedNo,
    rank: u8,
    doc: DocNo,
    seq: u64,
) -> Result<bool, StoreError> {
    let count: i64 = sqlx::query_scalar(
        "SELECT (SELECT count(*) FROM document_feeds WHERE feed = ?1 AND rank = ?2 AND doc = ?3 AND left_seq IS NULL)
              + (SELECT count(*) FROM feed_entries WHERE feed = ?1 AND seq = ?4 AND doc = ?3)",
    )
    .bind(int(feed))
    .bind(i64::from(rank))
    .bind(int(doc))
    .bind(int(seq))
    .fetch_one(conn)
    .await?;
    Ok(count == 2)
}

/// Changes that belong to no document.
pub(crate) async fn stray_changes(conn: &mut Conn) -> Result<u64, StoreError> {
    let count: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM changes c LEFT JOIN documents d ON d.no = c.doc WHERE d.no IS NULL OR c.generation > d.generation",
    )
    .fetch_one(conn)
    .await?;
    Ok(uint(count))
}

/// The highest number of a change.
pub(crate) async fn last_change(conn: &mut Conn) -> Result<u64, StoreError> {
    let last: Option<i64> = sqlx::query_scalar("SELECT max(no) FROM changes")
        .fetch_one(conn)
        .await?;
    Ok(uint(last.unwrap_or(0)))
}

/// Documents with changes after a number.
pub(crate) async fn changed_since(conn: &mut Conn, change: u64) -> Result<Vec<DocNo>, StoreError> {
    let rows: Vec<i64> = sqlx::query_scalar("SELECT DISTINCT doc FROM changes WHERE no > ? ORDER BY doc")
        .bind(int(change))
        .fetch_all(conn)
        .await?;
    Ok(rows.into_iter().map(uint).collect())
}

/// The tables that are rebuilt.
pub(crate) const PROJECTIONS: [&str; 7] = [
    "households",
    "needs",
    "visits",
    "attachment_refs",
    "cases",
    "attendance",
    "plans",
];

/// Makes empty tables of the same shape, seen by this connection only.
pub(crate) async fn make_fresh(conn: &mut Conn) -> Result<(), StoreError> {
    for table in PROJECTIONS {
        run(
            conn,
            &format!("CREATE TEMP TABLE {table} AS SELECT * FROM main.{table} LIMIT 0"),
        )
        .await?;
        run(
            conn,
            &format!("CREATE UNIQUE INDEX temp.fresh_{table} ON {table} (doc)"),
        )
        .await?;
    }
    Ok(())
}

/// Documents whose row differs between a table and its fresh twin, at most `limit` of them, and how many in all.
pub(crate) async fn differences(
    conn: &mut Conn,
    table: &'static str,
    limit: u32,
) -> Result<(Vec<DocNo>, u64), StoreError> {
    let differing = format!(
        "SELECT doc FROM (SELECT * FROM main.{table} EXCEPT SELECT * FROM temp.{table})
         UNION SELECT doc FROM (SELECT * FROM temp.{table} EXCEPT SELECT * FROM main.{table})"
    );
    let rows: Vec<i64> = sqlx::query_scalar(AssertSqlSafe(format!("{differing} ORDER BY doc LIMIT {limit}")))
        .fetch_all(&mut *conn)
        .await?;
    let count: i64 = sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM ({differing})")))
        .fetch_one(conn)
        .await?;
    Ok((rows.into_iter().map(uint).collect(), uint(count)))
}

/// Puts the fresh tables in the place of the standing ones.
pub(crate) async fn swap_in(conn: &mut Conn) -> Result<(), StoreError> {
    for table in PROJECTIONS {
        run(conn, &format!("DELETE FROM main.{table}")).await?;
        run(
            conn,
            &format!("INSERT INTO main.{table} SELECT * FROM temp.{table}"),
        )
        .await?;
    }
    Ok(())
}

/// Removes the fresh row of a document that has changed since it was made.
pub(crate) async fn forget_fresh(conn: &mut Conn, doc: DocNo) -> Result<(), StoreError> {
    for table in PROJECTIONS {
        run(
            conn,
            &format!("DELETE FROM temp.{table} WHERE doc = {}", int(doc)),
        )
        .await?;
    }
    Ok(())
}

/// Text made of literals of this file and numbers.
async fn run(conn: &mut Conn, sql: &str) -> Result<(), StoreError> {
    sqlx::query(AssertSqlSafe(sql.to_owned())).execute(conn).await?;
    Ok(())
}

/// Corrects the derived columns of a document.
pub(crate) async fn correct_document(
    conn: &mut Conn,
    doc: DocNo,
    list: &[u8],
    unit: Option<&str>,
    village: Option<&str>,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE documents SET list = ?, unit = ?, village = ? WHERE no = ?")
        .bind(list)
        .bind(unit)
        .bind(village)
        .bind(int(doc))
        .execute(conn)
        .await?;
    Ok(())
}

/// Puts what belongs to a household where it lies.
pub(crate) async fn follow_households(conn: &mut Conn) -> Result<(), StoreError> {
    // Journals, needs and casework; cards (5) belong to units, and the others to villages.
    sqlx::query(
        "UPDATE documents AS d SET village = h.village FROM documents h
         WHERE h.id = d.household AND d.kind IN (3, 4, 6, 7, 10, 11) AND d.village IS NOT h.village",
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Corrects the sums of a feed.
pub(crate) async fn correct_feed(
    conn: &mut Conn,
    feed: FeedNo,
    documents: u64,
    digest: [u8; 16],
) -> Result<(), StoreError> {
    sqlx::query("UPDATE feeds SET documents = ?, digest = ? WHERE no = ?")
        .bind(int(documents))
        .bind(&digest[..])
        .bind(int(feed))
        .execute(conn)
        .await?;
    Ok(())
}

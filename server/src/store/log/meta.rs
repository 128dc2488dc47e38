//! The epoch, the numbers given so far, and what a restore leaves behind.

use sync_core::id::{AuthorNo, FeedNo};

use super::{int, uint};
use crate::store::{Conn, StoreError};

/// The highest numbers given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counters {
    pub(crate) doc: u64,
    pub(crate) change: u64,
    pub(crate) envelope: u64,
    pub(crate) feed: u64,
    pub(crate) kept: u64,
}

pub(crate) async fn counters(conn: &mut Conn) -> Result<Counters, StoreError> {
    let row: (i64, i64, i64, i64, i64) = sqlx::query_as(
        "SELECT max(m.number_floor, coalesce((SELECT max(no) FROM documents), 0)),
                max(m.number_floor, coalesce((SELECT max(no) FROM changes), 0)),
                max(m.number_floor, coalesce((SELECT max(no) FROM envelopes), 0)),
                max(m.number_floor, coalesce((SELECT max(no) FROM feeds), 0)),
                max(m.number_floor, coalesce((SELECT max(no) FROM kept_changes), 0))
         FROM log_meta m",
    )
    .fetch_one(conn)
    .await?;
    Ok(Counters {
        doc: uint(row.0),
        change: uint(row.1),
        envelope: uint(row.2),
        feed: uint(row.3),
        kept: uint(row.4),
    })
}

pub(crate) async fn epoch(conn: &mut Conn) -> Result<u64, StoreError> {
    Ok(uint(
        sqlx::query_scalar("SELECT epoch FROM log_meta")
            .fetch_one(conn)
            .await?,
    ))
}

/// For each feed, and as feed 0 for the device's own, the lowest head right after a restore later than `epoch`.
pub(crate) async fn restored_since(
    conn: &mut Conn,
    epoch: u64,
    device: AuthorNo,
) -> Result<Vec<(FeedNo, u64)>, StoreError> {
    let rows: Vec<(i64, i64)> = sqlx::query_as(
        "SELECT max(feed, 0), min(head) FROM restores WHERE epoch > ? AND (feed > 0 OR feed = -?)
         GROUP BY feed ORDER BY feed",
    )
    .bind(int(epoch))
    .bind(int(device))
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(feed, head)| (uint(feed), uint(head)))
        .collect())
}

/// Numbers left out at a restore: they may have been given after the backup was made, and are never given again.
/// They follow from the epoch, so that two restores of one backup go on at different numbers.
pub(crate) fn numbers_skipped(epoch: u64) -> u64 {
    1_000_000 * (1 + epoch % 997)
}

/// Begins a new epoch: call once, on a database just restored from a backup, before it is served.
pub(crate) async fn mark_restored(conn: &mut Conn, epoch: u64) -> Result<(), StoreError> {
    let given = counters(conn).await?;
    let highest = [given.doc, given.change, given.envelope, given.feed, given.kept]
        .into_iter()
        .max()
        .unwrap_or(0);
    let skipped = numbers_skipped(epoch);
    for heads in [
        "INSERT INTO restores (epoch, feed, head) SELECT ?, no, head FROM feeds",
        "INSERT INTO restores (epoch, feed, head) SELECT ?, -device, verdict_head FROM device_sync",
    ] {
        sqlx::query(heads).bind(int(epoch)).execute(&mut *conn).await?;
    }
    sqlx::query("UPDATE log_meta SET epoch = ?, number_floor = ?")
        .bind(int(epoch))
        .bind(int(highest + skipped))
        .execute(&mut *conn)
        .await?;
    for skip in [
        "UPDATE feeds SET head = head + ?",
        "UPDATE device_sync SET verdict_head = verdict_head + ?",
    ] {
        sqlx::query(skip).bind(int(skipped)).execute(&mut *conn).await?;
    }
    Ok(())
}

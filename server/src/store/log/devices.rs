//! What the log remembers of devices: counters, verdicts, envelopes.

use sqlx::Row;
use sync_core::id::AuthorNo;

use super::{SyncState, int, uint};
use crate::store::{Conn, StoreError};

pub(crate) async fn sync_state(conn: &mut Conn, device: AuthorNo) -> Result<SyncState, StoreError> {
    let row = sqlx::query(
        "SELECT hello_counter, hello_hash, envelope_counter, verdict_head FROM device_sync WHERE device = ?",
    )
    .bind(int(device))
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else {
        return Ok(SyncState::default());
    };
    Ok(SyncState {
        hello_counter: uint(row.try_get("hello_counter")?),
        hello_hash: row.try_get("hello_hash")?,
        envelope_counter: uint(row.try_get("envelope_counter")?),
        verdict_head: uint(row.try_get("verdict_head")?),
    })
}

/// A line of a device's own feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VerdictRow {
    pub(crate) seq: u64,
    pub(crate) counter: u64,
    /// What the envelope holds, as it was signed.
    pub(crate) contents: Vec<u8>,
    pub(crate) first: u64,
    pub(crate) verdicts: Vec<u8>,
}

/// Verdicts after a position, in order.
pub(crate) async fn verdicts_after(
    conn: &mut Conn,
    device: AuthorNo,
    after: u64,
    limit: u32,
) -> Result<Vec<VerdictRow>, StoreError> {
    type Columns = (i64, i64, Vec<u8>, i64, Vec<u8>);
    let rows: Vec<Columns> = sqlx::query_as(
        "SELECT v.seq, v.counter, e.contents, v.first, v.verdicts FROM verdicts v
         JOIN envelopes e ON e.device = v.device AND e.counter = v.counter
         WHERE v.device = ? AND v.seq > ? ORDER BY v.seq LIMIT ?",
    )
    .bind(int(device))
    .bind(int(after))
    .bind(limit)
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(seq, counter, contents, first, verdicts)| VerdictRow {
            seq: uint(seq),
            counter: uint(counter),
            contents,
            first: uint(first),
            verdicts,
        })
        .collect())
}

/// Signature of the envelope a device sent under this counter, if it did.
pub(crate) async fn envelope_by_counter(
    conn: &mut Conn,
    device: AuthorNo,
    counter: u64,
) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(
        sqlx::query_scalar("SELECT signature FROM envelopes WHERE device = ? AND counter = ?")
            .bind(int(device))
            .bind(int(counter))
            .fetch_optional(conn)
            .await?,
    )
}

/// Suspends a device in use and makes it ask for its grant; `false` if it was not in use.
pub(crate) async fn mark_suspended(
    conn: &mut Conn,
    device: AuthorNo,
    reason: &str,
    now_ms: i64,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE devices SET status = 'suspended', status_reason = ?, grant_version = grant_version + 1,
            decided_by = 'relay', decided_ms = ?
         WHERE no = ? AND status = 'active'",
    )
    .bind(reason)
    .bind(now_ms)
    .bind(int(device))
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Grant versions of devices.
pub(crate) async fn grant_versions(
    conn: &mut Conn,
    devices: &[AuthorNo],
) -> Result<Vec<(AuthorNo, u64)>, StoreError> {
    let rows: Vec<(i64, i64)> = sqlx::query_as(
        "SELECT no, grant_version FROM devices WHERE no IN (SELECT value FROM json_each(?)) ORDER BY no",
    )
    .bind(crate::store::registry::to_json(devices))
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(no, version)| (uint(no), uint(version)))
        .collect())
}

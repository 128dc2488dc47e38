//! Changes kept outside every document: parked until what they build on arrives, or for an administrator to review.

use automerge::ChangeHash;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use sync_core::id::{AuthorNo, DocId, Generation};
use sync_core::wire::codec::{Reader, Writer};
use sync_core::wire::frame::Creation;

use super::documents::generation;
use super::{hashes_from_bytes, int, uint};
use crate::store::{Conn, StoreError};

/// What a kept change waits for, or what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeptState {
    Parked,
    Quarantined,
    Released,
    Discarded,
}

impl KeptState {
    const ALL: [KeptState; 4] = [
        KeptState::Parked,
        KeptState::Quarantined,
        KeptState::Released,
        KeptState::Discarded,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            KeptState::Parked => "parked",
            KeptState::Quarantined => "quarantined",
            KeptState::Released => "released",
            KeptState::Discarded => "discarded",
        }
    }
}

/// A kept change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeptRow {
    pub(crate) no: u64,
    pub(crate) state: KeptState,
    pub(crate) device: AuthorNo,
    pub(crate) counter: u64,
    pub(crate) position: u64,
    pub(crate) envelope: u64,
    pub(crate) creation: Creation,
    pub(crate) generation: Generation,
    pub(crate) hash: ChangeHash,
    /// In the wire form that needs no context but the authors.
    pub(crate) body: Vec<u8>,
    pub(crate) missing: Vec<ChangeHash>,
    pub(crate) waits_for: Option<DocId>,
    pub(crate) reason: String,
    pub(crate) received_ms: i64,
}

impl KeptRow {
    pub(super) fn creation_bytes(&self) -> Vec<u8> {
        let mut out = Writer::new();
        self.creation.write(&mut out);
        out.0
    }
}

fn decode(row: &SqliteRow) -> Result<KeptRow, StoreError> {
    let state: &str = row.try_get("state")?;
    let waits_for: Option<&str> = row.try_get("waits_for")?;
    let hashes = hashes_from_bytes(row.try_get("hash")?)?;
    Ok(KeptRow {
        no: uint(row.try_get("no")?),
        state: KeptState::ALL
            .into_iter()
            .find(|known| known.as_str() == state)
            .ok_or(StoreError::Corrupt("state of a kept change"))?,
        device: uint(row.try_get("device")?),
        counter: uint(row.try_get("counter")?),
        position: uint(row.try_get("position")?),
        envelope: uint(row.try_get("envelope")?),
        creation: Creation::read(&mut Reader::new(row.try_get("creation")?))
            .map_err(|_| StoreError::Corrupt("creation"))?,
        generation: generation(row.try_get("generation")?)?,
        hash: *hashes.first().ok_or(StoreError::Corrupt("hash"))?,
        body: row.try_get("body")?,
        missing: hashes_from_bytes(row.try_get("missing")?)?,
        waits_for: waits_for
            .map(|id| DocId::parse(id).map_err(|_| StoreError::Corrupt("document name")))
            .transpose()?,
        reason: row.try_get("reason")?,
        received_ms: row.try_get("received_ms")?,
    })
}

pub(crate) async fn count_parked(conn: &mut Conn, device: AuthorNo) -> Result<u64, StoreError> {
    let count: i64 =
        sqlx::query_scalar("SELECT count(*) FROM kept_changes WHERE state = 'parked' AND device = ?")
            .bind(int(device))
            .fetch_one(conn)
            .await?;
    Ok(uint(count))
}

/// Parked changes of all devices.
pub(crate) async fn parked_in_all(conn: &mut Conn) -> Result<u64, StoreError> {
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM kept_changes WHERE state = 'parked'")
        .fetch_one(conn)
        .await?;
    Ok(uint(count))
}

/// Parked changes of a document, in order of arrival.
pub(crate) async fn parked_of_doc(conn: &mut Conn, doc: &DocId) -> Result<Vec<KeptRow>, StoreError> {
    let rows = sqlx::query("SELECT * FROM kept_changes WHERE state = 'parked' AND doc = ? ORDER BY no")
        .bind(doc.as_str())
        .fetch_all(conn)
        .await?;
    rows.iter().map(decode).collect()
}

/// Parked changes of documents of a household that was not there yet, in order of arrival.
pub(crate) async fn parked_behind(conn: &mut Conn, household: &DocId) -> Result<Vec<KeptRow>, StoreError> {
    let rows = sqlx::query("SELECT * FROM kept_changes WHERE state = 'parked' AND waits_for = ? ORDER BY no")
        .bind(household.as_str())
        .fetch_all(conn)
        .await?;
    rows.iter().map(decode).collect()
}

/// Kept changes in a state, of one device or of all, oldest first, after a number.
pub(crate) async fn kept_list(
    conn: &mut Conn,
    state: KeptState,
    device: Option<AuthorNo>,
    after: u64,
    limit: u32,
) -> Result<Vec<KeptRow>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM kept_changes WHERE state = ?1 AND (?2 IS NULL OR device = ?2) AND no > ?3 ORDER BY no LIMIT ?4",
    )
    .bind(state.as_str())
    .bind(device.map(int))
    .bind(int(after))
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.iter().map(decode).collect()
}

pub(crate) async fn kept_by_no(conn: &mut Conn, no: u64) -> Result<Option<KeptRow>, StoreError> {
    let row = sqlx::query("SELECT * FROM kept_changes WHERE no = ?")
        .bind(int(no))
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(decode).transpose()
}

/// Takes a parked change away once it has been judged again.
pub(crate) async fn unpark(conn: &mut Conn, no: u64) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM kept_changes WHERE no = ? AND state = 'parked'")
        .bind(int(no))
        .execute(conn)
        .await?;
    Ok(())
}

/// Writes down what an administrator decided about a quarantined change; `false` if it was decided before.
pub(crate) async fn decide(
    conn: &mut Conn,
    no: u64,
    state: KeptState,
    by: &str,
    now_ms: i64,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE kept_changes SET state = ?, decided_by = ?, decided_ms = ? WHERE no = ? AND state = 'quarantined'",
    )
    .bind(state.as_str())
    .bind(by)
    .bind(now_ms)
    .bind(int(no))
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether one of these hashes was refused for good.
pub(crate) async fn rejected(
    conn: &mut Conn,
    device: AuthorNo,
    hashes: &[ChangeHash],
) -> Result<bool, StoreError> {
    for hash in hashes {
        let found: Option<i64> = sqlx::query_scalar("SELECT 1 FROM rejected WHERE device = ? AND hash = ?")
            .bind(int(device))
            .bind(&hash.0[..])
            .fetch_optional(&mut *conn)
            .await?;
        if found.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

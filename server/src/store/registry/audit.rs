//! The table of the audit chain. Triggers refuse every update and delete.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{all as decode_all, json};
use crate::registry::audit::{Entry, Filter, Raw, View};
use crate::store::{Conn, StoreError};

fn decode(row: &SqliteRow) -> Result<Entry, StoreError> {
    let hash: Vec<u8> = row.try_get("hash")?;
    Ok(Entry {
        seq: row.try_get("seq")?,
        at_ms: row.try_get("at_ms")?,
        actor: row.try_get("actor")?,
        action: row.try_get("action")?,
        subject: row.try_get("subject")?,
        // An entry edited into something unreadable must still be shown, and fail verification.
        detail: json(row, "detail").unwrap_or_default(),
        hash: data_encoding::HEXLOWER.encode(&hash),
        raw: Raw {
            detail: row.try_get("detail")?,
            prev_hash: row.try_get("prev_hash")?,
            hash,
        },
    })
}

pub(crate) async fn newest(
    conn: &mut Conn,
    filter: &Filter,
    before: i64,
    limit: i64,
) -> Result<Vec<Entry>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM audit
         WHERE seq < ?1 AND (?2 IS NULL OR actor = ?2) AND (?3 IS NULL OR substr(action, 1, length(?3)) = ?3)
           AND (?4 IS NULL OR subject = ?4) AND (?5 IS NULL OR at_ms >= ?5) AND (?6 IS NULL OR at_ms < ?6)
         ORDER BY seq DESC LIMIT ?7",
    )
    .bind(before)
    .bind(&filter.actor)
    .bind(&filter.action)
    .bind(&filter.subject)
    .bind(filter.since_ms)
    .bind(filter.until_ms)
    .bind(limit);
    decode_all(&rows.fetch_all(conn).await?, decode)
}

pub(crate) async fn oldest(conn: &mut Conn, after: i64, limit: i64) -> Result<Vec<Entry>, StoreError> {
    let rows = sqlx::query("SELECT * FROM audit WHERE seq > ? ORDER BY seq LIMIT ?")
        .bind(after)
        .bind(limit);
    decode_all(&rows.fetch_all(conn).await?, decode)
}

/// Number and hash of the last entry.
pub(crate) async fn head(conn: &mut Conn) -> Result<Option<(i64, Vec<u8>)>, StoreError> {
    Ok(
        sqlx::query_as("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")
            .fetch_optional(conn)
            .await?,
    )
}

/// The highest number ever given, which outlives its row.
pub(crate) async fn last_given(conn: &mut Conn) -> Result<i64, StoreError> {
    let last: Option<i64> = sqlx::query_scalar("SELECT seq FROM sqlite_sequence WHERE name = 'audit'")
        .fetch_optional(conn)
        .await?;
    Ok(last.unwrap_or(0))
}

pub(crate) async fn insert(
    conn: &mut Conn,
    view: &View<'_>,
    prev: &[u8],
    hash: &[u8],
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO audit (seq, at_ms, actor, action, subject, detail, prev_hash, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(view.seq)
    .bind(view.at_ms)
    .bind(view.actor)
    .bind(view.action)
    .bind(view.subject)
    .bind(view.detail)
    .bind(prev)
    .bind(hash)
    .execute(conn)
    .await?;
    Ok(())
}

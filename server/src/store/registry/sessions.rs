//! The table of sessions.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::all as decode_all;
use crate::auth::session::Session;
use crate::store::{Conn, StoreError};

fn decode(row: &SqliteRow) -> Result<Session, StoreError> {
    Ok(Session {
        id: row.try_get("id")?,
        person: row.try_get("person")?,
        created_ms: row.try_get("created_ms")?,
        last_seen_ms: row.try_get("last_seen_ms")?,
        expires_ms: row.try_get("expires_ms")?,
        stepped_up_ms: row.try_get("stepped_up_ms")?,
        user_agent: row.try_get("user_agent")?,
    })
}

pub(crate) async fn by_hash(conn: &mut Conn, token_hash: &[u8; 32]) -> Result<Option<Session>, StoreError> {
    let row = sqlx::query("SELECT * FROM sessions WHERE token_hash = ?")
        .bind(&token_hash[..])
        .fetch_optional(conn);
    row.await?.as_ref().map(decode).transpose()
}

pub(crate) async fn of_person(conn: &mut Conn, person: &str) -> Result<Vec<Session>, StoreError> {
    let rows = sqlx::query("SELECT * FROM sessions WHERE person = ? ORDER BY created_ms DESC").bind(person);
    decode_all(&rows.fetch_all(conn).await?, decode)
}

pub(crate) async fn insert(
    conn: &mut Conn,
    session: &Session,
    token_hash: &[u8; 32],
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO sessions (id, token_hash, person, created_ms, last_seen_ms, expires_ms, stepped_up_ms, user_agent)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(&session.id)
    .bind(&token_hash[..])
    .bind(&session.person)
    .bind(session.created_ms)
    .bind(session.last_seen_ms)
    .bind(session.expires_ms)
    .bind(session.stepped_up_ms)
    .bind(&session.user_agent)
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn touch(conn: &mut Conn, id: &str, now_ms: i64) -> Result<(), StoreError> {
    sqlx::query("UPDATE sessions SET last_seen_ms = ? WHERE id = ?")
        .bind(now_ms)
        .bind(id)
        .execute(conn)
        .await?;
    Ok(())
}

pub(crate) async fn step_up(conn: &mut Conn, id: &str, now_ms: i64) -> Result<(), StoreError> {
    sqlx::query("UPDATE sessions SET stepped_up_ms = ? WHERE id = ?")
        .bind(now_ms)
        .bind(id)
        .execute(conn)
        .await?;
    Ok(())
}

pub(crate) async fn end(conn: &mut Conn, person: &str, id: &str) -> Result<bool, StoreError> {
    let done = sqlx::query("DELETE FROM sessions WHERE person = ? AND id = ?")
        .bind(person)
        .bind(id)
        .execute(conn);
    Ok(done.await?.rows_affected() > 0)
}

/// Ends the session of a token and says whose it was and how it was called.
pub(crate) async fn end_by_hash(
    conn: &mut Conn,
    token_hash: &[u8; 32],
) -> Result<Option<(String, String)>, StoreError> {
    Ok(
        sqlx::query_as("DELETE FROM sessions WHERE token_hash = ? RETURNING person, id")
            .bind(&token_hash[..])
            .fetch_optional(conn)
            .await?,
    )
}

pub(crate) async fn end_all(conn: &mut Conn, person: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM sessions WHERE person = ?")
        .bind(person)
        .execute(conn)
        .await?;
    Ok(())
}

/// Removes sessions nobody can use any more.
pub(crate) async fn purge(conn: &mut Conn, now_ms: i64, idle_ms: i64) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM sessions WHERE expires_ms <= ?1 OR last_seen_ms < ?1 - ?2")
        .bind(now_ms)
        .bind(idle_ms)
        .execute(conn)
        .await?;
    Ok(())
}

/// Ends all but the newest sessions of a person.
pub(crate) async fn keep_newest(conn: &mut Conn, person: &str, count: i64) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM sessions WHERE person = ?1 AND id NOT IN (
            SELECT id FROM sessions WHERE person = ?1 ORDER BY created_ms DESC, id LIMIT ?2)",
    )
    .bind(person)
    .bind(count)
    .execute(conn)
    .await?;
    Ok(())
}

//! The table of passkeys.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{all as decode_all, bytes, json, to_json};
use crate::auth::passkeys::Kept;
use crate::store::{Conn, StoreError};

fn decode(row: &SqliteRow) -> Result<Kept, StoreError> {
    Ok(Kept {
        id: row.try_get("id")?,
        person: row.try_get("person")?,
        user_handle: bytes(row, "user_handle")?,
        passkey: json(row, "passkey")?,
        name: row.try_get("name")?,
        created_ms: row.try_get("created_ms")?,
        last_used_ms: row.try_get("last_used_ms")?,
    })
}

pub(crate) async fn of_person(conn: &mut Conn, person: &str) -> Result<Vec<Kept>, StoreError> {
    let rows = sqlx::query("SELECT * FROM passkeys WHERE person = ? ORDER BY created_ms, id").bind(person);
    decode_all(&rows.fetch_all(conn).await?, decode)
}

pub(crate) async fn by_credential(conn: &mut Conn, credential_id: &[u8]) -> Result<Option<Kept>, StoreError> {
    let row = sqlx::query("SELECT * FROM passkeys WHERE credential_id = ?")
        .bind(credential_id)
        .fetch_optional(conn);
    row.await?.as_ref().map(decode).transpose()
}

pub(crate) async fn insert(conn: &mut Conn, kept: &Kept) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO passkeys (id, person, credential_id, user_handle, passkey, name, created_ms, last_used_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(&kept.id)
    .bind(&kept.person)
    .bind(kept.passkey.cred_id().as_slice())
    .bind(&kept.user_handle[..])
    .bind(to_json(&kept.passkey))
    .bind(&kept.name)
    .bind(kept.created_ms)
    .bind(kept.last_used_ms)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes down a use: the counter, and when.
pub(crate) async fn used(conn: &mut Conn, kept: &Kept, now_ms: i64) -> Result<(), StoreError> {
    sqlx::query("UPDATE passkeys SET passkey = ?, last_used_ms = ? WHERE id = ?")
        .bind(to_json(&kept.passkey))
        .bind(now_ms)
        .bind(&kept.id)
        .execute(conn)
        .await?;
    Ok(())
}

pub(crate) async fn rename(conn: &mut Conn, person: &str, id: &str, name: &str) -> Result<bool, StoreError> {
    let done = sqlx::query("UPDATE passkeys SET name = ? WHERE person = ? AND id = ?")
        .bind(name)
        .bind(person)
        .bind(id)
        .execute(conn);
    Ok(done.await?.rows_affected() > 0)
}

pub(crate) async fn delete(conn: &mut Conn, person: &str, id: &str) -> Result<bool, StoreError> {
    let done = sqlx::query("DELETE FROM passkeys WHERE person = ? AND id = ?")
        .bind(person)
        .bind(id)
        .execute(conn);
    Ok(done.await?.rows_affected() > 0)
}

pub(crate) async fn delete_all(conn: &mut Conn, person: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM passkeys WHERE person = ?")
        .bind(person)
        .execute(conn)
        .await?;
    Ok(())
}

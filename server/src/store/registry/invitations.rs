//! The table of invitations.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{all as decode_all, json, named, to_json};
use crate::registry::Role;
use crate::registry::invitations::{Invitation, State};
use crate::store::{Conn, StoreError};

/// The state is the caller's to judge: it depends on the time.
fn decode(row: &SqliteRow) -> Result<Invitation, StoreError> {
    Ok(Invitation {
        no: row.try_get("no")?,
        id: row.try_get("id")?,
        person: row.try_get("person")?,
        role: named(row, "role", Role::parse)?,
        places: json(row, "places")?,
        unit: row.try_get("unit")?,
        replaces_device: row.try_get("replaces_device")?,
        created_by: row.try_get("created_by")?,
        created_ms: row.try_get("created_ms")?,
        expires_ms: row.try_get("expires_ms")?,
        tries: row.try_get("tries")?,
        used_ms: row.try_get("used_ms")?,
        revoked_ms: row.try_get("revoked_ms")?,
        state: State::Open,
    })
}

pub(crate) async fn by_id(conn: &mut Conn, id: &str) -> Result<Option<Invitation>, StoreError> {
    let row = sqlx::query("SELECT * FROM invitations WHERE id = ?")
        .bind(id)
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(decode).transpose()
}

pub(crate) async fn by_hash(conn: &mut Conn, code_hash: &[u8; 32]) -> Result<Option<Invitation>, StoreError> {
    let row = sqlx::query("SELECT * FROM invitations WHERE code_hash = ?")
        .bind(&code_hash[..])
        .fetch_optional(conn);
    row.await?.as_ref().map(decode).transpose()
}

/// Invitations numbered below `before` whose places all lie in `area`, newest first.
pub(crate) async fn list(
    conn: &mut Conn,
    area: Option<&str>,
    before: i64,
    limit: i64,
) -> Result<Vec<Invitation>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM invitations
         WHERE no < ?1
           AND (?2 IS NULL OR (json_array_length(places) > 0 AND NOT EXISTS (
                SELECT 1 FROM json_each(invitations.places) own
                WHERE own.value NOT IN (SELECT value FROM json_each(?2)))))
         ORDER BY no DESC LIMIT ?3",
    )
    .bind(before)
    .bind(area)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    decode_all(&rows, decode)
}

pub(crate) async fn lookup_taken(conn: &mut Conn, lookup: &str) -> Result<bool, StoreError> {
    let found: i64 = sqlx::query_scalar("SELECT count(*) FROM invitations WHERE lookup = ?")
        .bind(lookup)
        .fetch_one(conn)
        .await?;
    Ok(found > 0)
}

/// Frees the first halves of codes that open nothing any more.
pub(crate) async fn release_lookups(conn: &mut Conn, now_ms: i64, tries_max: i64) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE invitations SET lookup = NULL WHERE lookup IS NOT NULL
           AND (used_ms IS NOT NULL OR revoked_ms IS NOT NULL OR expires_ms <= ?1 OR tries >= ?2)",
    )
    .bind(now_ms)
    .bind(tries_max)
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn insert(
    conn: &mut Conn,
    invitation: &Invitation,
    lookup: &str,
    code_hash: &[u8; 32],
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO invitations
            (id, lookup, code_hash, person, role, places, unit, replaces_device, created_by, created_ms, expires_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(&invitation.id)
    .bind(lookup)
    .bind(&code_hash[..])
    .bind(&invitation.person)
    .bind(invitation.role.as_str())
    .bind(to_json(&invitation.places))
    .bind(&invitation.unit)
    .bind(invitation.replaces_device)
    .bind(&invitation.created_by)
    .bind(invitation.created_ms)
    .bind(invitation.expires_ms)
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn mark_used(conn: &mut Conn, id: &str, now_ms: i64) -> Result<(), StoreError> {
    sqlx::query("UPDATE invitations SET used_ms = ?, lookup = NULL WHERE id = ?")
        .bind(now_ms)
        .bind(id)
        .execute(conn)
        .await?;
    Ok(())
}

pub(crate) async fn revoke(conn: &mut Conn, id: &str, now_ms: i64) -> Result<(), StoreError> {
    sqlx::query("UPDATE invitations SET revoked_ms = coalesce(revoked_ms, ?), lookup = NULL WHERE id = ?")
        .bind(now_ms)
        .bind(id)
        .execute(conn)
        .await?;
    Ok(())
}

/// Counts a wrong code against the invitation its first half names, if there is one.
pub(crate) async fn count_try(conn: &mut Conn, lookup: &str) -> Result<(), StoreError> {
    sqlx::query("UPDATE invitations SET tries = tries + 1 WHERE lookup = ?")
        .bind(lookup)
        .execute(conn)
        .await?;
    Ok(())
}

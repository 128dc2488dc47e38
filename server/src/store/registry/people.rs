//! The table of people.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{all as decode_all, json, named, to_json};
use crate::registry::Role;
use crate::registry::people::{Filter, Person};
use crate::store::{Conn, StoreError};

fn decode(row: &SqliteRow) -> Result<Person, StoreError> {
    Ok(Person {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        phone: row.try_get("phone")?,
        role: named(row, "role", Role::parse)?,
        places: json(row, "places")?,
        unit: row.try_get("unit")?,
        active: row.try_get("active")?,
        created_ms: row.try_get("created_ms")?,
        updated_ms: row.try_get("updated_ms")?,
    })
}

pub(crate) async fn by_id(conn: &mut Conn, id: &str) -> Result<Option<Person>, StoreError> {
    let row = sqlx::query("SELECT * FROM people WHERE id = ?")
        .bind(id)
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(decode).transpose()
}

/// People whose places all lie in `area` (JSON array; `None` for everybody), in the order of ids.
pub(crate) async fn list(
    conn: &mut Conn,
    area: Option<&str>,
    filter: &Filter,
    after: &str,
    limit: i64,
) -> Result<Vec<Person>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM people
         WHERE id > ?1
           AND (?2 IS NULL OR (json_array_length(places) > 0 AND role <> 'admin' AND NOT EXISTS (
                SELECT 1 FROM json_each(people.places) own WHERE own.value NOT IN (SELECT value FROM json_each(?2)))))
           AND (?3 IS NULL OR role = ?3)
           AND (?4 IS NULL OR EXISTS (SELECT 1 FROM json_each(people.places) own WHERE own.value = ?4))
           AND (?5 IS NULL OR unit = ?5)
         ORDER BY id LIMIT ?6",
    )
    .bind(after)
    .bind(area)
    .bind(filter.role.map(Role::as_str))
    .bind(&filter.place)
    .bind(&filter.unit)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    decode_all(&rows, decode)
}

/// Names of people, by id.
pub(crate) async fn names(conn: &mut Conn, ids: &[String]) -> Result<Vec<(String, String)>, StoreError> {
    Ok(
        sqlx::query_as("SELECT id, name FROM people WHERE id IN (SELECT value FROM json_each(?))")
            .bind(to_json(ids))
            .fetch_all(conn)
            .await?,
    )
}

pub(crate) async fn insert(conn: &mut Conn, person: &Person) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO people (id, name, phone, role, places, unit, active, created_ms, updated_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(&person.id)
    .bind(&person.name)
    .bind(&person.phone)
    .bind(person.role.as_str())
    .bind(to_json(&person.places))
    .bind(&person.unit)
    .bind(person.active)
    .bind(person.created_ms)
    .bind(person.updated_ms)
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn update(conn: &mut Conn, person: &Person) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE people SET name = ?, phone = ?, role = ?, places = ?, unit = ?, active = ?, updated_ms = ?
         WHERE id = ?",
    )
    .bind(&person.name)
    .bind(&person.phone)
    .bind(person.role.as_str())
    .bind(to_json(&person.places))
    .bind(&person.unit)
    .bind(person.active)
    .bind(person.updated_ms)
    .bind(&person.id)
    .execute(conn)
    .await?;
    Ok(())
}

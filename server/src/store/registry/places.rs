//! The table of places.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{all as decode_all, named, to_json};
use crate::registry::places::{Level, Place};
use crate::store::{Conn, StoreError};

fn decode(row: &SqliteRow) -> Result<Place, StoreError> {
    Ok(Place {
        id: row.try_get("id")?,
        parent: row.try_get("parent")?,
        level: named(row, "level", Level::parse)?,
        name: row.try_get("name")?,
    })
}

pub(crate) async fn all(conn: &mut Conn) -> Result<Vec<Place>, StoreError> {
    let rows = sqlx::query("SELECT id, parent, level, name FROM places ORDER BY id")
        .fetch_all(conn)
        .await?;
    decode_all(&rows, decode)
}

pub(crate) async fn by_id(conn: &mut Conn, id: &str) -> Result<Option<Place>, StoreError> {
    let row = sqlx::query("SELECT id, parent, level, name FROM places WHERE id = ?")
        .bind(id)
        .fetch_optional(conn);
    row.await?.as_ref().map(decode).transpose()
}

/// What lies above a village.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Above {
    pub(crate) township: Option<String>,
    pub(crate) county: Option<String>,
}

/// The township of a village and that township's county, as far as the tree knows them.
pub(crate) async fn above(conn: &mut Conn, village: &str) -> Result<Above, StoreError> {
    let row: Option<(Option<String>, Option<String>)> = sqlx::query_as(
        "SELECT v.parent, t.parent FROM places v LEFT JOIN places t ON t.id = v.parent
         WHERE v.id = ? AND v.level = 'village'",
    )
    .bind(village)
    .fetch_optional(conn)
    .await?;
    let (township, county) = row.unwrap_or_default();
    Ok(Above { township, county })
}

/// The villages of a township, in order.
pub(crate) async fn villages_in(conn: &mut Conn, township: &str) -> Result<Vec<String>, StoreError> {
    Ok(
        sqlx::query_scalar("SELECT id FROM places WHERE parent = ? AND level = 'village' ORDER BY id")
            .bind(township)
            .fetch_all(conn)
            .await?,
    )
}

/// These places and everything below them.
pub(crate) async fn with_descendants(conn: &mut Conn, roots: &[String]) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar(
        "WITH RECURSIVE below (id) AS (
            SELECT value FROM json_each(?)
            UNION SELECT places.id FROM places JOIN below ON places.parent = below.id
         ) SELECT id FROM below",
    )
    .bind(to_json(roots))
    .fetch_all(conn)
    .await?)
}

/// Household files and open needs in a place and everything below it.
pub(crate) async fn figures(conn: &mut Conn, id: &str) -> Result<(i64, i64), StoreError> {
    Ok(sqlx::query_as(
        "WITH RECURSIVE below (id) AS (
            SELECT ? UNION SELECT places.id FROM places JOIN below ON places.parent = below.id
         )
         SELECT (SELECT count(*) FROM household_overview WHERE village IN (SELECT id FROM below)),
                (SELECT count(*) FROM need_overview WHERE is_open AND village IN (SELECT id FROM below))",
    )
    .bind(id)
    .fetch_one(conn)
    .await?)
}

pub(crate) async fn insert(conn: &mut Conn, place: &Place) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO places (id, parent, level, name) VALUES (?, ?, ?, ?)")
        .bind(&place.id)
        .bind(&place.parent)
        .bind(place.level.as_str())
        .bind(&place.name)
        .execute(conn)
        .await?;
    Ok(())
}

pub(crate) async fn update(conn: &mut Conn, place: &Place) -> Result<(), StoreError> {
    sqlx::query("UPDATE places SET parent = ?, name = ? WHERE id = ?")
        .bind(&place.parent)
        .bind(&place.name)
        .bind(&place.id)
        .execute(conn)
        .await?;
    Ok(())
}

/// These places and everything below them, whole.
pub(crate) async fn below(conn: &mut Conn, roots: &[String]) -> Result<Vec<Place>, StoreError> {
    let rows = sqlx::query(
        "WITH RECURSIVE below (id) AS (
            SELECT value FROM json_each(?)
            UNION SELECT places.id FROM places JOIN below ON places.parent = below.id
         ) SELECT p.id, p.parent, p.level, p.name FROM below JOIN places p ON p.id = below.id",
    )
    .bind(to_json(roots))
    .fetch_all(conn)
    .await?;
    decode_all(&rows, decode)
}

//! The table of units.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::all as decode_all;
use crate::registry::units::Unit;
use crate::store::{Conn, StoreError};

fn decode(row: &SqliteRow) -> Result<Unit, StoreError> {
    Ok(Unit {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        kind: row.try_get("kind")?,
        county: row.try_get("county")?,
    })
}

pub(crate) async fn all(conn: &mut Conn) -> Result<Vec<Unit>, StoreError> {
    let rows = sqlx::query("SELECT id, name, kind, county FROM units ORDER BY id")
        .fetch_all(conn)
        .await?;
    decode_all(&rows, decode)
}

pub(crate) async fn by_id(conn: &mut Conn, id: &str) -> Result<Option<Unit>, StoreError> {
    let row = sqlx::query("SELECT id, name, kind, county FROM units WHERE id = ?")
        .bind(id)
        .fetch_optional(conn);
    row.await?.as_ref().map(decode).transpose()
}

pub(crate) async fn insert(conn: &mut Conn, unit: &Unit) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO units (id, name, kind, county) VALUES (?, ?, ?, ?)")
        .bind(&unit.id)
        .bind(&unit.name)
        .bind(&unit.kind)
        .bind(&unit.county)
        .execute(conn)
        .await?;
    Ok(())
}

pub(crate) async fn update(conn: &mut Conn, unit: &Unit) -> Result<(), StoreError> {
    sqlx::query("UPDATE units SET name = ?, kind = ? WHERE id = ?")
        .bind(&unit.name)
        .bind(&unit.kind)
        .bind(&unit.id)
        .execute(conn)
        .await?;
    Ok(())
}

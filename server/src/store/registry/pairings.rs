//! The table of pairings.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::all as decode_all;
use crate::registry::pairings::Pairing;
use crate::store::{Conn, StoreError};

fn decode(row: &SqliteRow) -> Result<Pairing, StoreError> {
    Ok(Pairing {
        id: row.try_get("id")?,
        unit: row.try_get("unit")?,
        village: row.try_get("village")?,
        household: row.try_get("household")?,
        person: row.try_get("person")?,
        created_ms: row.try_get("created_ms")?,
    })
}

pub(crate) async fn list(conn: &mut Conn, unit: Option<&str>) -> Result<Vec<Pairing>, StoreError> {
    let rows = sqlx::query("SELECT * FROM pairings WHERE ?1 IS NULL OR unit = ?1 ORDER BY id")
        .bind(unit)
        .fetch_all(conn)
        .await?;
    decode_all(&rows, decode)
}

pub(crate) async fn by_id(conn: &mut Conn, id: &str) -> Result<Option<Pairing>, StoreError> {
    let row = sqlx::query("SELECT * FROM pairings WHERE id = ?")
        .bind(id)
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(decode).transpose()
}

/// Units paired with one household.
pub(crate) async fn units_of_household(
    conn: &mut Conn,
    household: &str,
) -> Result<std::collections::BTreeSet<String>, StoreError> {
    let units: Vec<String> = sqlx::query_scalar("SELECT DISTINCT unit FROM pairings WHERE household = ?")
        .bind(household)
        .fetch_all(conn)
        .await?;
    Ok(units.into_iter().collect())
}

pub(crate) async fn insert(conn: &mut Conn, pairing: &Pairing) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO pairings (id, unit, village, person, household, created_ms) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(&pairing.id)
    .bind(&pairing.unit)
    .bind(&pairing.village)
    .bind(&pairing.person)
    .bind(&pairing.household)
    .bind(pairing.created_ms)
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn delete(conn: &mut Conn, id: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM pairings WHERE id = ?")
        .bind(id)
        .execute(conn)
        .await?;
    Ok(())
}

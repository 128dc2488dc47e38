//! What the registry knows of a village: read for its document, from several tables.

use std::collections::BTreeSet;

use sqlx::Row;

use crate::registry::villages::{Member, Paired};
use crate::store::{Conn, StoreError};

/// All villages, in order.
pub(crate) async fn all(conn: &mut Conn) -> Result<Vec<String>, StoreError> {
    Ok(
        sqlx::query_scalar("SELECT id FROM places WHERE level = 'village' ORDER BY id")
            .fetch_all(conn)
            .await?,
    )
}

/// Who works in a village's team: whom the registry has put there, and whose device was let in for it. By person.
pub(crate) async fn team(conn: &mut Conn, village: &str) -> Result<Vec<Member>, StoreError> {
    let rows = sqlx::query(
        "SELECT p.id, p.name, p.unit,
                (SELECT min(d.decided_ms) FROM devices d, json_each(d.villages) own
                 WHERE d.person = p.id AND d.role = 'team' AND own.value = ?1) AS since_ms
         FROM people p
         WHERE p.active AND (
            (p.role = 'team' AND EXISTS (SELECT 1 FROM json_each(p.places) own WHERE own.value = ?1))
            OR EXISTS (SELECT 1 FROM devices d, json_each(d.villages) own
                       WHERE d.person = p.id AND d.role = 'team' AND own.value = ?1
                         AND d.status IN ('active', 'suspended', 'lost')))
         ORDER BY p.id",
    )
    .bind(village)
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Member {
                person: row.try_get("id")?,
                name: row.try_get("name")?,
                unit: row.try_get("unit")?,
                since_ms: row.try_get("since_ms")?,
            })
        })
        .collect()
}

/// Pairings with the village itself, or with households that lie in it as far as the log knows.
pub(crate) async fn paired(conn: &mut Conn, village: &str) -> Result<Vec<Paired>, StoreError> {
    let rows = sqlx::query(
        "SELECT p.unit, u.name, p.household, p.created_ms FROM pairings p JOIN units u ON u.id = p.unit
         WHERE p.village = ?1
         UNION ALL
         SELECT p.unit, u.name, p.household, p.created_ms FROM pairings p JOIN units u ON u.id = p.unit
         JOIN documents d ON d.id = p.household WHERE d.village = ?1
         ORDER BY 4",
    )
    .bind(village)
    .fetch_all(conn)
    .await?;
    rows.iter().map(decode_paired).collect()
}

/// Pairings with one household.
pub(crate) async fn paired_with(conn: &mut Conn, household: &str) -> Result<Vec<Paired>, StoreError> {
    let rows = sqlx::query(
        "SELECT p.unit, u.name, p.household, p.created_ms FROM pairings p JOIN units u ON u.id = p.unit
         WHERE p.household = ? ORDER BY p.created_ms",
    )
    .bind(household)
    .fetch_all(conn)
    .await?;
    rows.iter().map(decode_paired).collect()
}

fn decode_paired(row: &sqlx::sqlite::SqliteRow) -> Result<Paired, StoreError> {
    Ok(Paired {
        unit: row.try_get("unit")?,
        unit_name: row.try_get("name")?,
        household: row.try_get("household")?,
        since_ms: row.try_get("created_ms")?,
    })
}

/// Villages in whose team a person is, or was by a device of theirs.
pub(crate) async fn of_person(conn: &mut Conn, person: &str) -> Result<BTreeSet<String>, StoreError> {
    let villages: Vec<String> = sqlx::query_scalar(
        "SELECT own.value FROM people p, json_each(p.places) own WHERE p.id = ?1 AND p.role = 'team'
         UNION SELECT own.value FROM devices d, json_each(d.villages) own WHERE d.person = ?1 AND d.role = 'team'",
    )
    .bind(person)
    .fetch_all(conn)
    .await?;
    Ok(villages.into_iter().collect())
}

/// Villages in which a unit is paired with all of it or with a household.
pub(crate) async fn of_unit(conn: &mut Conn, unit: &str) -> Result<BTreeSet<String>, StoreError> {
    let villages: Vec<String> = sqlx::query_scalar(
        "SELECT village FROM pairings WHERE unit = ?1 AND village IS NOT NULL
         UNION SELECT d.village FROM pairings p JOIN documents d ON d.id = p.household
         WHERE p.unit = ?1 AND d.village IS NOT NULL",
    )
    .bind(unit)
    .fetch_all(conn)
    .await?;
    Ok(villages.into_iter().collect())
}

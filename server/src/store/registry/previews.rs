//! Devices that a move would reach, with what they still hold.

use sqlx::Row;

use super::json;
use crate::registry::previews::Touched;
use crate::store::{Conn, StoreError};

/// Whose devices.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Of<'a> {
    Person(&'a str),
    /// Of the township itself, not of its villages.
    Township(&'a str),
    Village(&'a str),
}

/// Devices that take part, in the order of their numbers.
pub(crate) async fn devices(conn: &mut Conn, of: Of<'_>) -> Result<Vec<Touched>, StoreError> {
    let (person, township, village) = match of {
        Of::Person(id) => (Some(id), None, None),
        Of::Township(id) => (None, Some(id), None),
        Of::Village(id) => (None, None, Some(id)),
    };
    let rows = sqlx::query(
        "SELECT d.no, d.name, d.person, p.name AS person_name, d.villages, d.session IS NOT NULL AS desk,
                coalesce(t.unsent, 0) AS unsent, t.last_seen_ms
         FROM devices d LEFT JOIN people p ON p.id = d.person LEFT JOIN device_health t ON t.no = d.no
         WHERE d.status IN ('active', 'suspended') AND (?1 IS NULL OR d.person = ?1)
           AND (?2 IS NULL OR (d.role = 'township' AND d.township = ?2))
           AND (?3 IS NULL OR EXISTS (SELECT 1 FROM json_each(d.villages) own WHERE own.value = ?3))
         ORDER BY d.no",
    )
    .bind(person)
    .bind(township)
    .bind(village)
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Touched {
                no: row.try_get("no")?,
                name: row.try_get("name")?,
                person: row.try_get("person")?,
                person_name: row.try_get("person_name")?,
                desk: row.try_get("desk")?,
                unsent: row.try_get("unsent")?,
                last_seen_ms: row.try_get("last_seen_ms")?,
                villages: json(row, "villages")?,
                gains: Vec::new(),
                loses: Vec::new(),
            })
        })
        .collect()
}

/// People who are said to work in any of these places (a JSON array).
pub(crate) async fn people_in(conn: &mut Conn, places: &str) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT count(*) FROM people p WHERE p.active AND EXISTS
            (SELECT 1 FROM json_each(p.places) own WHERE own.value IN (SELECT value FROM json_each(?)))",
    )
    .bind(places)
    .fetch_one(conn)
    .await?)
}

/// Journals of a household, its needs, those of them that are open, and the units they are given to or that are paired
/// with it (a JSON array).
pub(crate) async fn of_household(
    conn: &mut Conn,
    household: &str,
) -> Result<(i64, i64, i64, String), StoreError> {
    Ok(sqlx::query_as(
        "SELECT (SELECT count(*) FROM visits WHERE household = ?1), (SELECT count(*) FROM needs WHERE household = ?1),
                (SELECT count(*) FROM needs WHERE household = ?1 AND state NOT IN ('solved', 'closed')),
                (SELECT json_group_array(unit) FROM (
                    SELECT unit FROM needs WHERE household = ?1 AND unit IS NOT NULL
                    UNION SELECT unit FROM pairings WHERE household = ?1))",
    )
    .bind(household)
    .fetch_one(conn)
    .await?)
}

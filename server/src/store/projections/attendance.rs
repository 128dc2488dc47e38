//! Attendance of teams: by village and month, and who works where.

use crate::store::registry::to_json;
use crate::store::{Conn, StoreError};

/// Days on duty in villages, by month: village, month, days present, on a trip or in training.
pub(crate) async fn days(
    conn: &mut Conn,
    villages: &[String],
    from: &str,
    upto: &str,
) -> Result<Vec<(String, String, i64)>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT a.village, a.month, sum(a.present + a.trip + a.training)
         FROM json_each(?1) place CROSS JOIN attendance a
         WHERE a.village = place.value AND a.month >= ?2 AND a.month <= ?3 GROUP BY 1, 2",
    )
    .bind(to_json(villages))
    .bind(from)
    .bind(upto)
    .fetch_all(conn)
    .await?)
}

/// Who is in the teams of villages: village, person, name.
pub(crate) async fn teams(
    conn: &mut Conn,
    villages: &[String],
) -> Result<Vec<(String, String, String)>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT own.value, p.id, p.name FROM people p CROSS JOIN json_each(p.places) own
         WHERE p.active AND p.role = 'team' AND own.value IN (SELECT value FROM json_each(?1))
         ORDER BY own.value, p.name, p.id",
    )
    .bind(to_json(villages))
    .fetch_all(conn)
    .await?)
}

/// Months that are wanted, and those with leave that nobody has decided on: document, village, month, person.
pub(crate) async fn months(
    conn: &mut Conn,
    villages: &[String],
    month: &str,
    limit: usize,
) -> Result<Vec<(String, String, String, String)>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT a.id, a.village, a.month, a.person FROM json_each(?1) place CROSS JOIN attendance a
         WHERE a.village = place.value AND (a.month = ?2 OR a.asked > 0)
         ORDER BY a.month = ?2 DESC, a.month DESC, a.village, a.person LIMIT ?3",
    )
    .bind(to_json(villages))
    .bind(month)
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(conn)
    .await?)
}

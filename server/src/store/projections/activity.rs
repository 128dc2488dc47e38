//! Visits and needs by month, many villages to a statement.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use sync_core::schema::Kind;

use crate::store::registry::to_json;
use crate::store::{Conn, StoreError};

/// Whose visits and needs are counted.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Of<'a> {
    /// Of each of these villages.
    Villages(&'a [String]),
    /// Of the households a unit is paired with, together.
    PairedWith(&'a str),
}

/// A village (empty for paired households), a month as `YYYY-MM`, how many.
pub(crate) type Counted = (String, String, i64);

const MONTHS: [&str; 12] = [
    "m01", "m02", "m03", "m04", "m05", "m06", "m07", "m08", "m09", "m10", "m11", "m12",
];

/// Visits, by the month of the visit, of the years from one to another.
pub(crate) async fn visits(
    conn: &mut Conn,
    of: Of<'_>,
    from_year: i64,
    to_year: i64,
) -> Result<Vec<Counted>, StoreError> {
    let sums: Vec<String> = MONTHS
        .iter()
        .map(|month| format!("sum(v.{month}) AS {month}"))
        .collect();
    let sums = sums.join(", ");
    let (from, whose) = from(of, "visits v");
    // Made of literals of this file: nothing of it comes from outside.
    let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
        "SELECT {whose} AS village, d.year AS year, {sums} {from} AND d.year BETWEEN ?3 AND ?4 AND v.doc = d.no
         GROUP BY 1, 2"
    )))
    .bind(bound(of))
    .bind(i64::from(Kind::Journal.code()))
    .bind(from_year)
    .bind(to_year)
    .fetch_all(conn)
    .await?;
    let mut all = Vec::new();
    for row in &rows {
        let (village, year): (String, i64) = (row.try_get("village")?, row.try_get("year")?);
        for (index, month) in MONTHS.iter().enumerate() {
            let count: i64 = row.try_get(*month)?;
            if count > 0 {
                all.push((village.clone(), format!("{year:04}-{:02}", index + 1), count));
            }
        }
    }
    Ok(all)
}

/// Days that something happened to the needs of a village: raised, answered last, closed; only the months, as `YYYY-MM`.
pub(crate) type NeedMonths = (String, [Option<String>; 3], i64);

/// Needs by the months of what happened to them.
pub(crate) async fn needs(conn: &mut Conn, of: Of<'_>) -> Result<Vec<NeedMonths>, StoreError> {
    let (from, whose) = from(of, "needs n");
    let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
        "SELECT {whose} AS village, substr(n.raised_on, 1, 7) AS raised, substr(n.answered_on, 1, 7) AS answered,
                substr(n.closed_on, 1, 7) AS closed, count(*) AS count {from} AND n.doc = d.no
         GROUP BY 1, 2, 3, 4"
    )))
    .bind(bound(of))
    .bind(i64::from(Kind::Need.code()))
    .fetch_all(conn)
    .await?;
    let decode = |row: &SqliteRow| {
        let months = [
            row.try_get("raised")?,
            row.try_get("answered")?,
            row.try_get("closed")?,
        ];
        Ok((row.try_get("village")?, months, row.try_get("count")?))
    };
    rows.iter().map(decode).collect()
}

/// Households that count, by village; of a unit those it is paired with.
pub(crate) async fn households(conn: &mut Conn, of: Of<'_>) -> Result<Vec<(String, i64)>, StoreError> {
    let sql = match of {
        Of::Villages(_) => {
            "SELECT h.village, count(*) FROM json_each(?) place CROSS JOIN households h
             WHERE h.village = place.value AND (h.register_state IS NULL OR h.register_state = 'active') GROUP BY 1"
        }
        Of::PairedWith(_) => {
            "SELECT '', count(DISTINCT household) FROM pairings WHERE unit = ? AND household IS NOT NULL"
        }
    };
    Ok(sqlx::query_as(sql).bind(bound(of)).fetch_all(conn).await?)
}

/// Villages a unit is paired with as a whole.
pub(crate) async fn paired_villages(conn: &mut Conn, unit: &str) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT DISTINCT village FROM pairings WHERE unit = ? AND village IS NOT NULL ORDER BY 1",
    )
    .bind(unit)
    .fetch_all(conn)
    .await?)
}

fn from(of: Of<'_>, table: &'static str) -> (String, &'static str) {
    match of {
        Of::Villages(_) => (
            format!(
                "FROM json_each(?1) place CROSS JOIN documents d CROSS JOIN {table}
                 WHERE d.village = place.value AND d.kind = ?2"
            ),
            "d.village",
        ),
        Of::PairedWith(_) => (
            format!(
                "FROM (SELECT DISTINCT household FROM pairings WHERE unit = ?1 AND household IS NOT NULL) paired
                 CROSS JOIN documents d CROSS JOIN {table} WHERE d.household = paired.household AND d.kind = ?2"
            ),
            "''",
        ),
    }
}

fn bound(of: Of<'_>) -> String {
    match of {
        Of::Villages(villages) => to_json(villages),
        Of::PairedWith(unit) => unit.to_owned(),
    }
}

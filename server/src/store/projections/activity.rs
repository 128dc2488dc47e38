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

/// What happened to a need, and the column that tells when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    Raised,
    Answered,
    Closed,
}

impl Event {
    fn column(self) -> &'static str {
        match self {
            Event::Raised => "n.raised_on",
            Event::Answered => "n.answered_on",
            Event::Closed => "n.closed_on",
        }
    }
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

/// Needs, by the month of what happened to them, from one month on.
pub(crate) async fn needs(
    conn: &mut Conn,
    of: Of<'_>,
    event: Event,
    from_month: &str,
) -> Result<Vec<Counted>, StoreError> {
    let (from, whose) = from(of, "needs n");
    let column = event.column();
    let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
        "SELECT {whose} AS village, substr({column}, 1, 7) AS month, count(*) AS count {from}
           AND n.doc = d.no AND {column} >= ?3
         GROUP BY 1, 2"
    )))
    .bind(bound(of))
    .bind(i64::from(Kind::Need.code()))
    .bind(from_month)
    .fetch_all(conn)
    .await?;
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

fn decode(row: &SqliteRow) -> Result<Counted, StoreError> {
    Ok((
        row.try_get("village")?,
        row.try_get("month")?,
        row.try_get("count")?,
    ))
}

//! Needs as offices list them: by state, unit, village and what they wait for.

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite};
use sync_core::schema::Kind;

use crate::store::registry::to_json;
use crate::store::{Conn, StoreError};

/// What needs are looked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    /// Villages that may be seen; `None` when the unit decides instead.
    pub(crate) villages: Option<Vec<String>>,
    pub(crate) unit: Option<String>,
    pub(crate) states: Vec<String>,
    pub(crate) urgency: Vec<String>,
    pub(crate) category: Vec<String>,
    pub(crate) household: Option<String>,
    /// Neither solved nor closed, or the opposite.
    pub(crate) open: Option<bool>,
    pub(crate) overdue: Option<bool>,
    pub(crate) waiting: Option<Waiting>,
    pub(crate) conflicts: Option<bool>,
    /// `YYYY-MM-DD`, for what is overdue.
    pub(crate) today: String,
    pub(crate) after: Option<Position>,
}

/// For whom a need waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Waiting {
    /// For somebody to give it to a unit.
    Unassigned,
    /// For its unit to take it.
    NotAccepted,
    /// For the household to confirm the answer.
    Answered,
    /// For the township: its unit has handed it back.
    HandedBack,
}

impl Waiting {
    /// The condition on a row `n`.
    pub(super) fn condition(self) -> &'static str {
        match self {
            Waiting::Unassigned => "(n.unit IS NULL AND n.state IN ('open', 'assigned', 'reopened'))",
            Waiting::NotAccepted => "(n.unit IS NOT NULL AND n.state IN ('open', 'assigned', 'reopened'))",
            Waiting::Answered => "(n.state = 'answered')",
            Waiting::HandedBack => "(n.state = 'handed_back')",
        }
    }
}

/// Whether somebody has still to act.
pub(super) const OPEN: &str = "(n.state NOT IN ('solved', 'closed'))";

/// Where a need stands in the order of lists: overdue and urgent ones first, then by the day they are due.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Position(pub(crate) i64, pub(crate) i64, pub(crate) String, pub(crate) i64);

/// A need as lists show it.
#[derive(Clone)]
pub(crate) struct Found {
    pub(crate) position: Position,
    pub(crate) id: String,
    pub(crate) household: String,
    pub(crate) village: Option<String>,
    pub(crate) village_name: Option<String>,
    pub(crate) householder: Option<String>,
    pub(crate) group: Option<i64>,
    pub(crate) title: Option<String>,
    pub(crate) category: Option<String>,
    pub(crate) urgency: String,
    pub(crate) state: String,
    pub(crate) unit: Option<String>,
    pub(crate) unit_name: Option<String>,
    pub(crate) raised_on: Option<String>,
    pub(crate) due: Option<String>,
    pub(crate) answered_on: Option<String>,
    pub(crate) result_on: Option<String>,
    pub(crate) closed_on: Option<String>,
    pub(crate) conflicts: i64,
}

const LATE: &str = "(n.due IS NOT NULL AND n.state NOT IN ('solved', 'closed') AND n.due < ";

/// The next needs in order, at most `limit`.
pub(crate) async fn page(conn: &mut Conn, wanted: &Wanted, limit: usize) -> Result<Vec<Found>, StoreError> {
    let mut query = QueryBuilder::<Sqlite>::new("SELECT * FROM (SELECT n.doc, n.household, n.title, n.category, n.urgency,
        n.state, n.unit, n.raised_on, n.due, n.answered_on, n.result_on, n.closed_on, n.conflicts, d.id, d.village,
        p.name AS village_name, u.name AS unit_name, h.householder, h.group_no, NOT ");
    query.push(LATE).push_bind(wanted.today.clone());
    query.push(
        ") AS in_time, CASE n.urgency WHEN 'emergency' THEN 0 WHEN 'urgent' THEN 1 ELSE 2 END AS rank,
        coalesce(n.due, '9999') AS until ",
    );
    from(&mut query, wanted);
    query.push(")");
    if let Some(Position(in_time, rank, until, doc)) = &wanted.after {
        query
            .push(" WHERE (in_time, rank, until, doc) > (")
            .push_bind(*in_time)
            .push(", ")
            .push_bind(*rank);
        query
            .push(", ")
            .push_bind(until.clone())
            .push(", ")
            .push_bind(*doc)
            .push(")");
    }
    query.push(" ORDER BY in_time, rank, until, doc LIMIT ");
    query.push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
    query.build().fetch_all(conn).await?.iter().map(decode).collect()
}

/// How many there are in all.
pub(crate) async fn count(conn: &mut Conn, wanted: &Wanted) -> Result<i64, StoreError> {
    let mut query = QueryBuilder::<Sqlite>::new("SELECT count(*) ");
    from(&mut query, wanted);
    Ok(query.build_query_scalar().fetch_one(conn).await?)
}

fn from(query: &mut QueryBuilder<Sqlite>, wanted: &Wanted) {
    let joined = " LEFT JOIN places p ON p.id = d.village LEFT JOIN units u ON u.id = n.unit
        LEFT JOIN documents f ON f.id = n.household LEFT JOIN households h ON h.doc = f.no";
    match &wanted.villages {
        Some(villages) => {
            query.push("FROM json_each(").push_bind(to_json(villages));
            query
                .push(") place CROSS JOIN documents d CROSS JOIN needs n")
                .push(joined);
            query
                .push(" WHERE d.village = place.value AND d.kind = ")
                .push_bind(i64::from(Kind::Need.code()));
            query.push(" AND n.doc = d.no");
        }
        None => {
            query
                .push("FROM needs n JOIN documents d ON d.no = n.doc")
                .push(joined)
                .push(" WHERE TRUE");
        }
    }
    if let Some(unit) = &wanted.unit {
        query.push(" AND n.unit = ").push_bind(unit.clone());
    }
    if let Some(household) = &wanted.household {
        query.push(" AND n.household = ").push_bind(household.clone());
    }
    for (column, values) in [
        ("n.state", &wanted.states),
        ("n.urgency", &wanted.urgency),
        ("n.category", &wanted.category),
    ] {
        if !values.is_empty() {
            query.push(format!(" AND {column} IN (SELECT value FROM json_each("));
            query.push_bind(to_json(values)).push("))");
        }
    }
    match wanted.open {
        Some(true) => query.push(format!(" AND {OPEN}")),
        Some(false) => query.push(format!(" AND NOT {OPEN}")),
        None => query,
    };
    if let Some(overdue) = wanted.overdue {
        query.push(if overdue { " AND " } else { " AND NOT " }).push(LATE);
        query.push_bind(wanted.today.clone()).push(")");
    }
    if let Some(waiting) = wanted.waiting {
        query.push(" AND ").push(waiting.condition());
    }
    match wanted.conflicts {
        Some(true) => query.push(" AND n.conflicts > 0"),
        Some(false) => query.push(" AND n.conflicts = 0"),
        None => query,
    };
}

fn decode(row: &SqliteRow) -> Result<Found, StoreError> {
    Ok(Found {
        position: Position(
            row.try_get("in_time")?,
            row.try_get("rank")?,
            row.try_get("until")?,
            row.try_get("doc")?,
        ),
        id: row.try_get("id")?,
        household: row.try_get("household")?,
        village: row.try_get("village")?,
        village_name: row.try_get("village_name")?,
        householder: row.try_get("householder")?,
        group: row.try_get("group_no")?,
        title: row.try_get("title")?,
        category: row.try_get("category")?,
        urgency: row.try_get("urgency")?,
        state: row.try_get("state")?,
        unit: row.try_get("unit")?,
        unit_name: row.try_get("unit_name")?,
        raised_on: row.try_get("raised_on")?,
        due: row.try_get("due")?,
        answered_on: row.try_get("answered_on")?,
        result_on: row.try_get("result_on")?,
        closed_on: row.try_get("closed_on")?,
        conflicts: row.try_get("conflicts")?,
    })
}

//! Households by what people know of them: terms, filters, pages in the order of village, group and number.

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite};

use crate::projections::terms;
use crate::store::registry::to_json;
use crate::store::{Conn, StoreError};

/// What households are looked for. Villages are those that may be seen, ascending; everything else narrows.
#[derive(Clone, Default)]
pub(crate) struct Wanted {
    pub(crate) villages: Vec<String>,
    /// Words, all of which must fit.
    pub(crate) words: Vec<String>,
    pub(crate) group: Option<i64>,
    pub(crate) household_type: Vec<String>,
    pub(crate) monitoring_type: Vec<String>,
    pub(crate) monitored: Option<bool>,
    pub(crate) cleared: Option<bool>,
    pub(crate) risk: Vec<String>,
    pub(crate) risk_state: Vec<String>,
    pub(crate) register_state: Option<String>,
    /// Without a visit on or after this day.
    pub(crate) not_visited_since: Option<String>,
    /// With a visit on or after this day.
    pub(crate) visited_since: Option<String>,
    /// Bits of guarantees, one of which is not met.
    pub(crate) gaps: Option<i64>,
    pub(crate) conflicts: Option<bool>,
    pub(crate) without_measure: Option<bool>,
    /// After this household.
    pub(crate) after: Option<Position>,
}

/// Where a household stands in the order of lists.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Position(pub(crate) String, pub(crate) String, pub(crate) i64);

/// A household as lists show it.
#[derive(Clone)]
pub(crate) struct Found {
    pub(crate) position: Position,
    pub(crate) id: String,
    pub(crate) village_name: String,
    pub(crate) number: Option<String>,
    pub(crate) group: Option<i64>,
    pub(crate) householder: Option<String>,
    pub(crate) members: i64,
    pub(crate) names: Vec<String>,
    pub(crate) register_state: Option<String>,
    pub(crate) household_type: Option<String>,
    pub(crate) monitoring_type: Option<String>,
    pub(crate) risk: Option<String>,
    pub(crate) risk_level: Option<i64>,
    pub(crate) risk_state: Option<String>,
    pub(crate) allowance_class: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) last_visit_on: Option<String>,
    pub(crate) open_needs: i64,
    pub(crate) gaps: i64,
    pub(crate) conflicts: i64,
    pub(crate) verified_at: Option<String>,
}

/// Whose file is kept: neither moved away nor closed.
pub(super) const ON_REGISTER: &str = "(h.register_state IS NULL OR h.register_state = 'active')";
/// Watched, or of a type that is watched.
pub(super) const MONITORED: &str = "(h.monitoring_type IS NOT NULL OR h.household_type IS '监测对象')";
/// Whose risk is said to be gone.
pub(super) const CLEARED: &str = "(h.risk_state IS NOT NULL AND h.risk_state IN ('已消除', '无风险'))";

const ROW: &str = "h.doc, h.village, h.sort, h.id, p.name AS village_name, h.number, h.group_no, h.householder, h.members,
    h.names, h.register_state, h.household_type, h.monitoring_type, h.risk, h.risk_level, h.risk_state,
    h.allowance_class, h.phone, h.gaps, h.conflicts, h.verified_at,
    (SELECT max(v.last_on) FROM visits v WHERE v.household = h.id) AS last_visit_on,
    (SELECT count(*) FROM needs n WHERE n.household = h.id AND n.state NOT IN ('solved', 'closed')) AS open_needs";

/// Villages that are looked at together, at first; a page is usually full after them. Grows with every round.
const VILLAGES_AT_FIRST: usize = 4;

/// The next households in order, at most `limit`. Looks at no more villages than it takes to fill the page.
pub(crate) async fn page(conn: &mut Conn, wanted: &Wanted, limit: usize) -> Result<Vec<Found>, StoreError> {
    let from = wanted.after.as_ref().map_or("", |after| after.0.as_str());
    let mut rest: Vec<&String> = wanted
        .villages
        .iter()
        .filter(|village| village.as_str() >= from)
        .collect();
    let (mut found, mut at_a_time) = (Vec::new(), VILLAGES_AT_FIRST);
    while !rest.is_empty() && found.len() < limit {
        let later = rest.split_off(at_a_time.min(rest.len()));
        let mut query = QueryBuilder::<Sqlite>::new("");
        select(&mut query, ROW, wanted, &rest);
        query.push(" ORDER BY h.village, h.sort, h.doc LIMIT ");
        query.push_bind(i64::try_from(limit - found.len()).unwrap_or(i64::MAX));
        for row in query.build().fetch_all(&mut *conn).await? {
            found.push(decode(&row)?);
        }
        rest = later;
        at_a_time *= 8;
    }
    Ok(found)
}

/// How many there are in all.
pub(crate) async fn count(conn: &mut Conn, wanted: &Wanted) -> Result<i64, StoreError> {
    let wanted = Wanted {
        after: None,
        ..wanted.clone()
    };
    let villages: Vec<&String> = wanted.villages.iter().collect();
    let mut query = QueryBuilder::<Sqlite>::new("");
    select(&mut query, "count(*)", &wanted, &villages);
    Ok(query.build_query_scalar().fetch_one(conn).await?)
}

fn select(query: &mut QueryBuilder<Sqlite>, columns: &str, wanted: &Wanted, villages: &[&String]) {
    let villages = to_json(villages);
    for (index, word) in wanted.words.iter().enumerate() {
        query.push(if index == 0 {
            "WITH hits AS ("
        } else {
            " INTERSECT "
        });
        query.push("SELECT DISTINCT doc FROM (");
        for (index, beginning) in terms::sought(word).iter().enumerate() {
            if index > 0 {
                query.push(" UNION ");
            }
            query.push("SELECT t.doc FROM json_each(");
            query.push_bind(villages.clone());
            query.push(") place CROSS JOIN household_terms t WHERE t.village = place.value AND t.term >= ");
            query.push_bind(beginning.clone());
            query.push(" AND t.term < ");
            query.push_bind(format!("{beginning}\u{10FFFF}"));
        }
        query.push(")");
    }
    if wanted.words.is_empty() {
        query.push(format!("SELECT {columns} FROM json_each("));
        query.push_bind(villages);
        query.push(
            ") place CROSS JOIN households h JOIN places p ON p.id = h.village WHERE h.village = place.value",
        );
    } else {
        query.push(format!(
            ") SELECT {columns} FROM hits CROSS JOIN households h JOIN places p ON p.id = h.village WHERE h.doc = hits.doc"
        ));
    }
    narrow(query, wanted);
}

fn narrow(query: &mut QueryBuilder<Sqlite>, wanted: &Wanted) {
    if let Some(group) = wanted.group {
        query.push(" AND h.group_no = ").push_bind(group);
    }
    for (column, values) in [
        ("h.household_type", &wanted.household_type),
        ("h.monitoring_type", &wanted.monitoring_type),
        ("h.risk", &wanted.risk),
        ("h.risk_state", &wanted.risk_state),
    ] {
        if !values.is_empty() {
            query.push(format!(" AND {column} IN (SELECT value FROM json_each("));
            query.push_bind(to_json(values)).push("))");
        }
    }
    match wanted.register_state.as_deref() {
        None => {}
        Some("active") => {
            query.push(format!(" AND {ON_REGISTER}"));
        }
        Some(state) => {
            query.push(" AND h.register_state = ").push_bind(state.to_owned());
        }
    }
    if let Some(since) = &wanted.not_visited_since {
        query.push(" AND NOT EXISTS (SELECT 1 FROM visits v WHERE v.household = h.id AND v.last_on >= ");
        query.push_bind(since.clone()).push(")");
    }
    if let Some(since) = &wanted.visited_since {
        query.push(" AND EXISTS (SELECT 1 FROM visits v WHERE v.household = h.id AND v.last_on >= ");
        query.push_bind(since.clone()).push(")");
    }
    if let Some(gaps) = wanted.gaps {
        query.push(" AND (h.gaps & ").push_bind(gaps).push(") <> 0");
    }
    for (is, condition) in [
        (wanted.monitored, MONITORED),
        (wanted.cleared, CLEARED),
        (wanted.conflicts, "(h.conflicts > 0)"),
        (wanted.without_measure, "(h.measures = 0)"),
    ] {
        match is {
            Some(true) => query.push(format!(" AND {condition}")),
            Some(false) => query.push(format!(" AND NOT {condition}")),
            None => query,
        };
    }
    if let Some(Position(village, sort, doc)) = &wanted.after {
        query
            .push(" AND (h.village, h.sort, h.doc) > (")
            .push_bind(village.clone());
        query
            .push(", ")
            .push_bind(sort.clone())
            .push(", ")
            .push_bind(*doc)
            .push(")");
    }
}

/// The same of one household; its village tells who may see it.
pub(crate) async fn one(conn: &mut Conn, id: &str) -> Result<Option<Found>, StoreError> {
    let mut query = QueryBuilder::<Sqlite>::new(format!(
        "SELECT {ROW} FROM documents d JOIN households h ON h.doc = d.no LEFT JOIN places p ON p.id = h.village WHERE d.id = "
    ));
    query.push_bind(id.to_owned());
    query
        .build()
        .fetch_optional(conn)
        .await?
        .as_ref()
        .map(decode)
        .transpose()
}

fn decode(row: &SqliteRow) -> Result<Found, StoreError> {
    let names: &str = row.try_get("names")?;
    let village_name: Option<String> = row.try_get("village_name")?;
    Ok(Found {
        position: Position(row.try_get("village")?, row.try_get("sort")?, row.try_get("doc")?),
        id: row.try_get("id")?,
        village_name: village_name.unwrap_or_default(),
        number: row.try_get("number")?,
        group: row.try_get("group_no")?,
        householder: row.try_get("householder")?,
        members: row.try_get("members")?,
        names: serde_json::from_str(names).map_err(|_| StoreError::Corrupt("names"))?,
        register_state: row.try_get("register_state")?,
        household_type: row.try_get("household_type")?,
        monitoring_type: row.try_get("monitoring_type")?,
        risk: row.try_get("risk")?,
        risk_level: row.try_get("risk_level")?,
        risk_state: row.try_get("risk_state")?,
        allowance_class: row.try_get("allowance_class")?,
        phone: row.try_get("phone")?,
        last_visit_on: row.try_get("last_visit_on")?,
        open_needs: row.try_get("open_needs")?,
        gaps: row.try_get("gaps")?,
        conflicts: row.try_get("conflicts")?,
        verified_at: row.try_get("verified_at")?,
    })
}

//! Applications and cases: as offices list them, and counted by village and month.

use std::collections::BTreeMap;

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite};

use crate::offices::figures::Days;
use crate::projections::{OpenClock, terms};
use crate::store::registry::to_json;
use crate::store::{Conn, StoreError};

/// What cases are looked for. Villages are those that may be seen; everything else narrows.
#[derive(Clone, Default)]
pub(crate) struct Wanted {
    pub(crate) villages: Vec<String>,
    /// Only this document.
    pub(crate) id: Option<String>,
    /// Words, all of which must fit the household or the applicant.
    pub(crate) words: Vec<String>,
    pub(crate) kind: Option<i64>,
    pub(crate) procedures: Vec<String>,
    pub(crate) states: Vec<String>,
    pub(crate) holders: Vec<String>,
    pub(crate) household: Option<String>,
    pub(crate) closed: Option<bool>,
    pub(crate) clock: Option<ClockWanted>,
    /// Clocks that count for `clock`; the next limit when none are named.
    pub(crate) named: Vec<String>,
    pub(crate) notice: Option<NoticeWanted>,
    pub(crate) paperwork: Option<bool>,
    pub(crate) late: Option<bool>,
    pub(crate) kinship: Option<bool>,
    pub(crate) undecided: Option<bool>,
    pub(crate) decided: Option<bool>,
    pub(crate) monitored: Option<MonitoredWanted>,
    pub(crate) monitoring_type: Vec<String>,
    /// Sent to the county in this month, `YYYY-MM`.
    pub(crate) sent_in: Option<String>,
    /// For what is new, cleared, rolled back and decided.
    pub(crate) since: String,
    /// For what is overdue.
    pub(crate) today: String,
    /// For what is due soon: the last such day.
    pub(crate) soon: String,
    pub(crate) after: Option<Position>,
}

/// How a clock stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClockWanted {
    /// Its day is past.
    Overdue,
    /// Its day is past, or no more than three working days away.
    Due,
    /// Its warning has begun.
    Warning,
    /// It runs.
    Running,
    /// It stands still.
    Paused,
}

/// How a notice stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoticeWanted {
    /// It is up.
    Running,
    /// Somebody has objected, and nothing is decided.
    Objected,
    /// Its time is over, and nobody has gone on.
    Over,
}

/// How a monitored household stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MonitoredWanted {
    /// Identified, the risk not ended.
    Present,
    /// Identified since a day.
    New,
    /// The risk ended since a day.
    Cleared,
    /// Rolled back since a day.
    RolledBack,
}

const PRESENT: &str = "(c.identified_on IS NOT NULL AND c.cleared_on IS NULL)";
const UNDECIDED: &str = "(c.opened_on IS NOT NULL AND c.closed = 0 AND c.decided_on IS NULL)";

/// Where a case stands in the order of lists: by the day it is due.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Position(pub(crate) String, pub(crate) i64);

/// A case as lists show it.
#[derive(Clone)]
pub(crate) struct Found {
    pub(crate) position: Position,
    pub(crate) id: String,
    pub(crate) kind: i64,
    pub(crate) household: String,
    pub(crate) village: Option<String>,
    pub(crate) village_name: Option<String>,
    pub(crate) householder: Option<String>,
    pub(crate) group: Option<i64>,
    pub(crate) procedure: Option<String>,
    pub(crate) state: String,
    pub(crate) holder: Option<String>,
    pub(crate) closed: bool,
    pub(crate) opened_on: Option<String>,
    pub(crate) accepted_on: Option<String>,
    pub(crate) decided_on: Option<String>,
    pub(crate) decision: Option<String>,
    pub(crate) clocks: Vec<OpenClock>,
    /// Sorts of steps and their days.
    pub(crate) days: Vec<(String, String)>,
    pub(crate) late: i64,
    pub(crate) applicant: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) notice_until: Option<String>,
    pub(crate) objections: i64,
    pub(crate) monitoring_type: Option<String>,
    pub(crate) identified_on: Option<String>,
    pub(crate) cleared_on: Option<String>,
    pub(crate) rolled_back_on: Option<String>,
    pub(crate) aid_given_on: Option<String>,
    pub(crate) paperwork: bool,
    pub(crate) kinship: bool,
    pub(crate) measures: i64,
    pub(crate) conflicts: i64,
}

/// The next cases in order, at most `limit`.
pub(crate) async fn page(conn: &mut Conn, wanted: &Wanted, limit: usize) -> Result<Vec<Found>, StoreError> {
    let mut query = QueryBuilder::<Sqlite>::new(
        "SELECT c.*, d.village, p.name AS village_name, h.householder, h.group_no, coalesce(c.due, '9999') AS until,
                (SELECT coalesce(sum(m.measures), 0) FROM plans m WHERE m.household = c.household) AS measures ",
    );
    from(&mut query, wanted);
    if let Some(Position(until, doc)) = &wanted.after {
        query.push(" AND (coalesce(c.due, '9999'), c.doc) > (");
        query
            .push_bind(until.clone())
            .push(", ")
            .push_bind(*doc)
            .push(")");
    }
    query.push(" ORDER BY until, c.doc LIMIT ");
    query.push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
    query.build().fetch_all(conn).await?.iter().map(decode).collect()
}

/// How many there are in all.
pub(crate) async fn count(conn: &mut Conn, wanted: &Wanted) -> Result<i64, StoreError> {
    let mut query = QueryBuilder::<Sqlite>::new("SELECT count(*) ");
    from(&mut query, wanted);
    Ok(query.build_query_scalar().fetch_one(conn).await?)
}

/// Documents of these villages that have a row of a case.
const OF_VILLAGES: &str = ") place CROSS JOIN documents d CROSS JOIN cases c";

fn from(query: &mut QueryBuilder<Sqlite>, wanted: &Wanted) {
    let villages = to_json(&wanted.villages);
    query.push("FROM json_each(").push_bind(villages.clone());
    query.push(OF_VILLAGES);
    query.push(
        " LEFT JOIN places p ON p.id = d.village LEFT JOIN documents f ON f.id = c.household
          LEFT JOIN households h ON h.doc = f.no
          WHERE d.village = place.value AND d.kind IN (6, 7) AND c.doc = d.no",
    );
    for (column, value) in [("d.id", &wanted.id), ("c.household", &wanted.household)] {
        if let Some(value) = value {
            query.push(format!(" AND {column} = ")).push_bind(value.clone());
        }
    }
    if let Some(kind) = wanted.kind {
        query.push(" AND c.kind = ").push_bind(kind);
    }
    for (column, values) in [
        ("c.procedure", &wanted.procedures),
        ("c.state", &wanted.states),
        ("c.holder", &wanted.holders),
        ("c.monitoring_type", &wanted.monitoring_type),
    ] {
        if !values.is_empty() {
            query.push(format!(" AND {column} IN (SELECT value FROM json_each("));
            query.push_bind(to_json(values)).push("))");
        }
    }
    for (is, condition) in [
        (wanted.closed, "(c.closed <> 0)"),
        (wanted.paperwork, "(c.paperwork <> 0)"),
        (wanted.late, "(c.late > 0)"),
        (wanted.kinship, "(c.kinship <> 0)"),
        (wanted.undecided, UNDECIDED),
    ] {
        match is {
            Some(true) => query.push(format!(" AND {condition}")),
            Some(false) => query.push(format!(" AND NOT {condition}")),
            None => query,
        };
    }
    if let Some(decided) = wanted.decided {
        query.push(if decided { " AND " } else { " AND NOT " });
        query.push("(c.accepted_on IS NOT NULL AND c.decided_on IS NOT NULL AND c.decided_on >= ");
        query.push_bind(wanted.since.clone()).push(")");
    }
    if let Some(clock) = wanted.clock {
        narrow_clock(query, wanted, clock);
    }
    match wanted.notice {
        None => {}
        Some(NoticeWanted::Objected) => {
            query.push(" AND c.objections > 0");
        }
        Some(notice) => {
            let running = notice == NoticeWanted::Running;
            query.push(if running {
                " AND c.notice_until >= "
            } else {
                " AND c.notice_until < "
            });
            query.push_bind(wanted.today.clone());
        }
    }
    if let Some(monitored) = wanted.monitored {
        let column = match monitored {
            MonitoredWanted::Present => {
                query.push(format!(" AND {PRESENT}"));
                None
            }
            MonitoredWanted::New => Some("c.identified_on"),
            MonitoredWanted::Cleared => Some("c.cleared_on"),
            MonitoredWanted::RolledBack => Some("c.rolled_back_on"),
        };
        if let Some(column) = column {
            query
                .push(format!(" AND {column} >= "))
                .push_bind(wanted.since.clone());
        }
    }
    if let Some(month) = &wanted.sent_in {
        query.push(
            " AND EXISTS (SELECT 1 FROM json_each(c.days) k WHERE k.value ->> 0 = 'send_county'
                          AND substr(k.value ->> 1, 1, 7) = ",
        );
        query.push_bind(month.clone()).push(")");
    }
    for word in &wanted.words {
        let beginnings = terms::sought(word);
        let between = |query: &mut QueryBuilder<Sqlite>, select: &str, villages: Option<&String>| {
            for (index, beginning) in beginnings.iter().enumerate() {
                query.push(if index > 0 { " UNION " } else { "" }).push(select);
                if let Some(villages) = villages {
                    query.push_bind(villages.clone());
                    query.push(") own CROSS JOIN household_terms t WHERE t.village = own.value AND ");
                }
                query.push("t.term >= ").push_bind(beginning.clone());
                query
                    .push(" AND t.term < ")
                    .push_bind(format!("{beginning}\u{10FFFF}"));
            }
        };
        query.push(" AND (c.doc IN (");
        between(query, "SELECT t.doc FROM case_terms t WHERE ", None);
        query.push(") OR h.doc IN (");
        between(query, "SELECT t.doc FROM json_each(", Some(&villages));
        query.push("))");
    }
}

fn narrow_clock(query: &mut QueryBuilder<Sqlite>, wanted: &Wanted, clock: ClockWanted) {
    let simple = wanted.named.is_empty() && !matches!(clock, ClockWanted::Warning | ClockWanted::Paused);
    let mut day = match simple {
        true => {
            query.push(" AND (c.due IS NOT NULL");
            "c.due"
        }
        false => {
            query.push(
                " AND EXISTS (SELECT 1 FROM json_each(c.clocks) k WHERE k.value ->> 'warn_on' IS NOT NULL",
            );
            if !wanted.named.is_empty() {
                query.push(" AND k.value ->> 'clock' IN (SELECT value FROM json_each(");
                query.push_bind(to_json(&wanted.named)).push("))");
            }
            query.push(match clock {
                ClockWanted::Paused => " AND k.value ->> 'paused' IS NOT NULL",
                _ => " AND k.value ->> 'paused' IS NULL",
            });
            "k.value ->> 'due'"
        }
    };
    let bound = match clock {
        ClockWanted::Overdue => Some((" < ", &wanted.today)),
        ClockWanted::Due => Some((" <= ", &wanted.soon)),
        ClockWanted::Warning => {
            day = "k.value ->> 'warn_on'";
            Some((" <= ", &wanted.today))
        }
        ClockWanted::Running | ClockWanted::Paused => None,
    };
    if let Some((compared, bound)) = bound {
        query
            .push(format!(" AND {day}{compared}"))
            .push_bind(bound.clone());
    }
    query.push(")");
}

fn decode(row: &SqliteRow) -> Result<Found, StoreError> {
    let json = |column: &str| -> Result<&str, StoreError> { Ok(row.try_get(column)?) };
    let whether = |column: &str| -> Result<bool, StoreError> { Ok(row.try_get::<i64, _>(column)? != 0) };
    Ok(Found {
        position: Position(row.try_get("until")?, row.try_get("doc")?),
        id: row.try_get("id")?,
        kind: row.try_get("kind")?,
        household: row.try_get("household")?,
        village: row.try_get("village")?,
        village_name: row.try_get("village_name")?,
        householder: row.try_get("householder")?,
        group: row.try_get("group_no")?,
        procedure: row.try_get("procedure")?,
        state: row.try_get("state")?,
        holder: row.try_get("holder")?,
        closed: whether("closed")?,
        opened_on: row.try_get("opened_on")?,
        accepted_on: row.try_get("accepted_on")?,
        decided_on: row.try_get("decided_on")?,
        decision: row.try_get("decision")?,
        clocks: serde_json::from_str(json("clocks")?).map_err(|_| StoreError::Corrupt("clocks"))?,
        days: serde_json::from_str(json("days")?).map_err(|_| StoreError::Corrupt("days"))?,
        late: row.try_get("late")?,
        applicant: row.try_get("applicant")?,
        title: row.try_get("title")?,
        notice_until: row.try_get("notice_until")?,
        objections: row.try_get("objections")?,
        monitoring_type: row.try_get("monitoring_type")?,
        identified_on: row.try_get("identified_on")?,
        cleared_on: row.try_get("cleared_on")?,
        rolled_back_on: row.try_get("rolled_back_on")?,
        aid_given_on: row.try_get("aid_given_on")?,
        paperwork: whether("paperwork")?,
        kinship: whether("kinship")?,
        measures: row.try_get("measures")?,
        conflicts: row.try_get("conflicts")?,
    })
}

/// What is counted of the cases of a village.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Begun and not decided.
    pub(crate) open: i64,
    /// Overdue, or due within three working days.
    pub(crate) due: i64,
    pub(crate) overdue: i64,
    pub(crate) notices_running: i64,
    pub(crate) notices_objected: i64,
    pub(crate) rechecks_overdue: i64,
    pub(crate) paperwork: i64,
    pub(crate) leads_late: i64,
    pub(crate) without_measure: i64,
    /// With events that came too late to count.
    pub(crate) late_events: i64,
    pub(crate) identified: i64,
    pub(crate) cleared: i64,
    pub(crate) rolled_back: i64,
    /// Days from acceptance to decision, and how many cases took so many.
    pub(crate) decided: BTreeMap<i64, i64>,
    /// Monitoring type; identified, cleared and rolled back this year.
    pub(crate) by_type: BTreeMap<String, [i64; 3]>,
}

impl Counts {
    pub(crate) fn add(&mut self, other: &Counts) {
        let pairs: [(&mut i64, i64); 13] = [
            (&mut self.open, other.open),
            (&mut self.due, other.due),
            (&mut self.overdue, other.overdue),
            (&mut self.notices_running, other.notices_running),
            (&mut self.notices_objected, other.notices_objected),
            (&mut self.rechecks_overdue, other.rechecks_overdue),
            (&mut self.paperwork, other.paperwork),
            (&mut self.leads_late, other.leads_late),
            (&mut self.without_measure, other.without_measure),
            (&mut self.late_events, other.late_events),
            (&mut self.identified, other.identified),
            (&mut self.cleared, other.cleared),
            (&mut self.rolled_back, other.rolled_back),
        ];
        for (sum, more) in pairs {
            *sum += more;
        }
        for (days, cases) in &other.decided {
            *self.decided.entry(*days).or_default() += cases;
        }
        for (sort, more) in &other.by_type {
            let known = self.by_type.entry(sort.clone()).or_default();
            known.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        }
    }

    /// Cases decided.
    pub(crate) fn decided_count(&self) -> i64 {
        self.decided.values().sum()
    }

    /// The middle one of the days from acceptance to decision.
    pub(crate) fn median_days(&self) -> Option<i64> {
        median(&self.decided)
    }
}

/// The middle of values that occur so often; of two middles the lower.
pub(crate) fn median(values: &BTreeMap<i64, i64>) -> Option<i64> {
    let all: i64 = values.values().sum();
    let mut before = 0;
    values
        .iter()
        .find(|(_, count)| {
            before += **count;
            before * 2 >= all
        })
        .map(|(value, _)| *value)
}

/// The counts of villages; none for a village without cases.
pub(crate) async fn counts(
    conn: &mut Conn,
    villages: &[String],
    days: &Days,
) -> Result<Vec<(String, Counts)>, StoreError> {
    let villages = to_json(villages);
    let of_villages = format!(
        "FROM json_each(?1{OF_VILLAGES} WHERE d.village = place.value AND d.kind IN (6, 7) AND c.doc = d.no"
    );
    let mut all: BTreeMap<String, Counts> = BTreeMap::new();
    // Made of literals of this file: nothing of it comes from outside.
    let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
        "SELECT d.village, sum({UNDECIDED}) AS open, coalesce(sum(c.due <= ?3), 0) AS due,
                coalesce(sum(c.due < ?2), 0) AS overdue, coalesce(sum(c.notice_until >= ?2), 0) AS notices_running,
                sum(c.objections > 0) AS notices_objected, coalesce(sum(c.recheck_due < ?2), 0) AS rechecks_overdue,
                sum(c.paperwork) AS paperwork, coalesce(sum(c.lead_due < ?2), 0) AS leads_late,
                coalesce(sum(c.measure_due < ?2), 0) AS without_measure, sum(c.late > 0) AS late_events
         {of_villages} GROUP BY d.village"
    )))
    .bind(&villages)
    .bind(&days.today)
    .bind(&days.soon)
    .fetch_all(&mut *conn)
    .await?;
    for row in &rows {
        let counts = Counts {
            open: row.try_get("open")?,
            due: row.try_get("due")?,
            overdue: row.try_get("overdue")?,
            notices_running: row.try_get("notices_running")?,
            notices_objected: row.try_get("notices_objected")?,
            rechecks_overdue: row.try_get("rechecks_overdue")?,
            paperwork: row.try_get("paperwork")?,
            leads_late: row.try_get("leads_late")?,
            without_measure: row.try_get("without_measure")?,
            late_events: row.try_get("late_events")?,
            ..Counts::default()
        };
        all.insert(row.try_get("village")?, counts);
    }
    let types: Vec<(String, String, i64, i64, i64)> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT d.village, coalesce(c.monitoring_type, ''), coalesce(sum(c.identified_on >= ?2), 0),
                coalesce(sum(c.cleared_on >= ?2), 0), coalesce(sum(c.rolled_back_on >= ?2), 0)
         {of_villages} AND c.identified_on IS NOT NULL GROUP BY 1, 2"
    )))
    .bind(&villages)
    .bind(&days.since)
    .fetch_all(&mut *conn)
    .await?;
    for (village, sort, identified, cleared, rolled_back) in types {
        let counts = all.entry(village).or_default();
        counts.identified += identified;
        counts.cleared += cleared;
        counts.rolled_back += rolled_back;
        counts.by_type.insert(sort, [identified, cleared, rolled_back]);
    }
    let decided: Vec<(String, i64, i64)> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT d.village, CAST(julianday(c.decided_on) - julianday(c.accepted_on) AS INTEGER), count(*)
         {of_villages} AND c.accepted_on IS NOT NULL AND c.decided_on >= ?2 GROUP BY 1, 2"
    )))
    .bind(&villages)
    .bind(&days.since)
    .fetch_all(conn)
    .await?;
    for (village, took, cases) in decided {
        all.entry(village).or_default().decided.insert(took, cases);
    }
    Ok(all.into_iter().collect())
}

/// Steps of one sort in one month.
pub(crate) struct MonthCount {
    pub(crate) month: String,
    pub(crate) sort: String,
    /// 6 application, 7 case.
    pub(crate) kind: i64,
    pub(crate) monitoring_type: String,
    pub(crate) count: i64,
}

/// Steps of the cases of villages by month.
pub(crate) async fn by_month(
    conn: &mut Conn,
    villages: &[String],
    from: &str,
) -> Result<Vec<MonthCount>, StoreError> {
    let rows: Vec<(String, String, i64, String, i64)> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT substr(k.value ->> 1, 1, 7) AS month, k.value ->> 0, c.kind, coalesce(c.monitoring_type, ''), count(*)
         FROM json_each(?1{OF_VILLAGES} CROSS JOIN json_each(c.days) k
         WHERE d.village = place.value AND d.kind IN (6, 7) AND c.doc = d.no AND month >= ?2
         GROUP BY 1, 2, 3, 4"
    )))
    .bind(to_json(villages))
    .bind(from)
    .fetch_all(conn)
    .await?;
    let row = |(month, sort, kind, monitoring_type, count)| MonthCount {
        month,
        sort,
        kind,
        monitoring_type,
        count,
    };
    Ok(rows.into_iter().map(row).collect())
}

/// By month of the decision: days from acceptance, and how many cases took so many.
pub(crate) async fn decided_by_month(
    conn: &mut Conn,
    villages: &[String],
    from: &str,
) -> Result<Vec<(String, i64, i64)>, StoreError> {
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT substr(c.decided_on, 1, 7) AS month,
                CAST(julianday(c.decided_on) - julianday(c.accepted_on) AS INTEGER), count(*)
         FROM json_each(?1{OF_VILLAGES}
         WHERE d.village = place.value AND d.kind IN (6, 7) AND c.doc = d.no AND c.accepted_on IS NOT NULL
           AND month >= ?2
         GROUP BY 1, 2"
    )))
    .bind(to_json(villages))
    .bind(from)
    .fetch_all(conn)
    .await?)
}

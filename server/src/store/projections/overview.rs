//! Counts over villages, many villages to a statement.

use sqlx::Row;
use sync_core::schema::Kind;

use super::needs::{OPEN, Waiting};
use super::search::{CLEARED, MONITORED, ON_REGISTER};
use crate::offices::figures::{Days, Figures};
use crate::store::registry::to_json;
use crate::store::{Conn, StoreError};

/// How far the feeds of villages have come: whatever happens to a document of a village moves one of them on, and none ever
/// goes back.
pub(crate) async fn heads(conn: &mut Conn, villages: &[String]) -> Result<Vec<(String, i64)>, StoreError> {
    let of = |village: &String| ["village", "casework"].map(|feed| format!("{feed}/{village}"));
    let names: Vec<String> = villages.iter().flat_map(of).collect();
    Ok(sqlx::query_as(
        "SELECT substr(f.name, instr(f.name, '/') + 1), sum(f.head)
         FROM json_each(?) name CROSS JOIN feeds f WHERE f.name = name.value GROUP BY 1",
    )
    .bind(to_json(&names))
    .fetch_all(conn)
    .await?)
}

/// The figures of villages; none for a village without documents.
pub(crate) async fn figures(
    conn: &mut Conn,
    listed: &[String],
    days: &Days,
) -> Result<Vec<(String, Figures)>, StoreError> {
    let mut all: Vec<(String, Figures)> = Vec::new();
    let villages = to_json(listed);
    // Made of literals of `store/`: nothing of it comes from outside.
    let households = sqlx::query(sqlx::AssertSqlSafe(format!(
        "SELECT village, count(*) AS households, sum(members) AS people, sum(gaps <> 0) AS gaps,
                sum(conflicts > 0) AS conflicts, sum(watched) AS monitored, sum(watched AND measures = 0) AS without_measure,
                coalesce(sum(last_on >= ?2), 0) AS visited_30, coalesce(sum(last_on >= ?3), 0) AS visited_90
         FROM (SELECT h.village, h.members, h.gaps, h.conflicts, h.measures, {MONITORED} AND NOT {CLEARED} AS watched,
                      (SELECT max(v.last_on) FROM visits v WHERE v.household = h.id) AS last_on
               FROM json_each(?1) place CROSS JOIN households h WHERE h.village = place.value AND {ON_REGISTER})
         GROUP BY village"
    )))
    .bind(&villages)
    .bind(&days.before_30)
    .bind(&days.before_90)
    .fetch_all(&mut *conn)
    .await?;
    for row in &households {
        let figures = Figures {
            households: row.try_get("households")?,
            people: row.try_get("people")?,
            gaps: row.try_get("gaps")?,
            conflicts: row.try_get("conflicts")?,
            monitored: row.try_get("monitored")?,
            monitored_without_measure: row.try_get("without_measure")?,
            visited_30: row.try_get("visited_30")?,
            visited_90: row.try_get("visited_90")?,
            ..Figures::default()
        };
        all.push((row.try_get("village")?, figures));
    }
    let types: Vec<(String, String, i64, i64)> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT h.village, coalesce(h.monitoring_type, ''), sum(NOT {CLEARED}), sum({CLEARED})
         FROM json_each(?1) place CROSS JOIN households h
         WHERE h.village = place.value AND {ON_REGISTER} AND {MONITORED}
         GROUP BY 1, 2"
    )))
    .bind(&villages)
    .fetch_all(&mut *conn)
    .await?;
    for (village, sort, present, cleared) in types {
        let figures = of_village(&mut all, village);
        figures.monitored_cleared += cleared;
        figures.by_type.push((sort, present, cleared));
    }
    let (needs, columns) = (NEEDS_FROM, need_columns());
    let needs = sqlx::query(sqlx::AssertSqlSafe(format!(
        "SELECT d.village, {columns} {needs} GROUP BY d.village"
    )))
    .bind(&villages)
    .bind(&days.today)
    .bind(i64::from(Kind::Need.code()))
    .fetch_all(&mut *conn)
    .await?;
    for row in &needs {
        let figures = of_village(&mut all, row.try_get("village")?);
        decode_needs(row, figures)?;
    }
    for (village, counts) in super::cases::counts(conn, listed, days).await? {
        of_village(&mut all, village).cases = counts;
    }
    Ok(all)
}

/// The figures of the needs given to a unit.
pub(crate) async fn of_unit(conn: &mut Conn, unit: &str, days: &Days) -> Result<Figures, StoreError> {
    let columns = need_columns();
    let row = sqlx::query(sqlx::AssertSqlSafe(format!(
        "SELECT {columns} FROM needs n WHERE n.unit = ?1"
    )))
    .bind(unit)
    .bind(&days.today)
    .fetch_one(conn)
    .await?;
    let mut figures = Figures::default();
    decode_needs(&row, &mut figures)?;
    Ok(figures)
}

const NEEDS_FROM: &str = "FROM json_each(?1) place CROSS JOIN documents d CROSS JOIN needs n
    WHERE d.village = place.value AND d.kind = ?3 AND n.doc = d.no";

fn need_columns() -> String {
    let waiting = |waiting: Waiting| waiting.condition();
    format!(
        "coalesce(sum({OPEN}), 0) AS open, coalesce(sum({OPEN} AND n.due < ?2), 0) AS overdue,
         coalesce(sum({}), 0) AS unassigned, coalesce(sum({}), 0) AS not_accepted, coalesce(sum({}), 0) AS answered,
         coalesce(sum({}), 0) AS handed_back, coalesce(sum(n.conflicts > 0), 0) AS conflicts",
        waiting(Waiting::Unassigned),
        waiting(Waiting::NotAccepted),
        waiting(Waiting::Answered),
        waiting(Waiting::HandedBack),
    )
}

fn decode_needs(row: &sqlx::sqlite::SqliteRow, figures: &mut Figures) -> Result<(), StoreError> {
    figures.needs_open = row.try_get("open")?;
    figures.needs_overdue = row.try_get("overdue")?;
    figures.needs_unassigned = row.try_get("unassigned")?;
    figures.needs_not_accepted = row.try_get("not_accepted")?;
    figures.needs_answered = row.try_get("answered")?;
    figures.needs_handed_back = row.try_get("handed_back")?;
    figures.need_conflicts = row.try_get("conflicts")?;
    Ok(())
}

fn of_village(all: &mut Vec<(String, Figures)>, village: String) -> &mut Figures {
    let at = match all.iter().position(|(known, _)| *known == village) {
        Some(at) => at,
        None => {
            all.push((village, Figures::default()));
            all.len() - 1
        }
    };
    &mut all[at].1
}

/// What the phones of a village have said of themselves.
#[derive(Debug, Clone, Default)]
pub(crate) struct Heard {
    pub(crate) village: String,
    pub(crate) devices: i64,
    pub(crate) last_heard_ms: Option<i64>,
    pub(crate) unsent: i64,
    pub(crate) unsent_age_s: i64,
}

/// Of the devices let in for villages, without browsers at desks.
pub(crate) async fn heard(conn: &mut Conn, villages: &[String]) -> Result<Vec<Heard>, StoreError> {
    let rows = sqlx::query(
        "SELECT own.value AS village, count(*) AS devices, max(t.last_seen_ms) AS last_heard_ms,
                coalesce(sum(t.unsent), 0) AS unsent, coalesce(max(t.unsent_age_s), 0) AS unsent_age_s
         FROM devices d CROSS JOIN json_each(d.villages) own LEFT JOIN device_health t ON t.no = d.no
         WHERE d.status = 'active' AND d.session IS NULL AND d.role IN ('team', 'committee', 'village_cadre')
           AND own.value IN (SELECT value FROM json_each(?))
         GROUP BY own.value",
    )
    .bind(to_json(villages))
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Heard {
                village: row.try_get("village")?,
                devices: row.try_get("devices")?,
                last_heard_ms: row.try_get("last_heard_ms")?,
                unsent: row.try_get("unsent")?,
                unsent_age_s: row.try_get("unsent_age_s")?,
            })
        })
        .collect()
}

/// Who works in a village's team, and when a phone of theirs was last heard of.
pub(crate) async fn team(
    conn: &mut Conn,
    village: &str,
) -> Result<Vec<(String, String, Option<String>, Option<String>, Option<i64>)>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT p.id, p.name, p.unit, u.name,
                (SELECT max(t.last_seen_ms) FROM devices d JOIN device_health t ON t.no = d.no
                 WHERE d.person = p.id AND d.session IS NULL AND d.status = 'active')
         FROM people p LEFT JOIN units u ON u.id = p.unit
         WHERE p.active AND p.role = 'team' AND EXISTS (SELECT 1 FROM json_each(p.places) own WHERE own.value = ?)
         ORDER BY p.id",
    )
    .bind(village)
    .fetch_all(conn)
    .await?)
}

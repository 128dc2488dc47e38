//! SQL of the projections (migrations 0003, 0005 and 0006). What is in a row is decided by [`crate::projections`], who may read
//! it by [`crate::offices`].

pub(crate) mod activity;
pub(crate) mod attendance;
pub(crate) mod cases;
pub(crate) mod filters;
pub(crate) mod needs;
pub(crate) mod overview;
pub(crate) mod search;

use sync_core::id::DocNo;

use super::log::{Down, bulk, int};
use super::{Conn, StoreError, Values};
use crate::projections::{Attendance, Case, Files, Household, Need, Plan, Projected, Visits};

/// Where rows go: beside the documents, or into tables of the same shape to be compared with those.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Standing,
    Fresh,
}

/// Writes rows at once.
pub(crate) async fn write(conn: &mut Conn, rows: &Projected, place: Place) -> Result<(), StoreError> {
    write_down(&mut Down::new(conn, false), rows, place).await
}

/// Which version of the projections wrote all rows (0: before there were versions), and how often they have been written
/// anew as a whole.
pub(crate) async fn state(conn: &mut Conn) -> Result<(i64, i64), StoreError> {
    Ok(sqlx::query_as("SELECT version, rebuilds FROM projection_state")
        .fetch_one(conn)
        .await?)
}

/// Notes that all rows are as this version of the projections makes them.
pub(crate) async fn set_version(conn: &mut Conn, version: i64) -> Result<(), StoreError> {
    sqlx::query("UPDATE projection_state SET version = ?, rebuilds = rebuilds + 1")
        .bind(version)
        .execute(conn)
        .await?;
    Ok(())
}

/// A row takes the place of the one before by an update: a replacement would pass by the triggers.
const HOUSEHOLD_AGAIN: &str = " ON CONFLICT (doc) DO UPDATE SET
    number = excluded.number, group_no = excluded.group_no,
    householder = excluded.householder, register_state = excluded.register_state,
    household_type = excluded.household_type,
    monitoring_type = excluded.monitoring_type, risk = excluded.risk,
    risk_level = excluded.risk_level, risk_state = excluded.risk_state,
    allowance_class = excluded.allowance_class, phone = excluded.phone,
    members = excluded.members, id = excluded.id, village = excluded.village,
    sort = excluded.sort, names = excluded.names, terms = excluded.terms,
    gaps = excluded.gaps, measures = excluded.measures,
    conflicts = excluded.conflicts, verified_at = excluded.verified_at";
const NEED_AGAIN: &str = " ON CONFLICT (doc) DO UPDATE SET
    unit = excluded.unit, category = excluded.category, title = excluded.title,
    state = excluded.state, urgency = excluded.urgency,
    raised_on = excluded.raised_on, due = excluded.due,
    result_on = excluded.result_on, closed_on = excluded.closed_on,
    household = excluded.household, answered_on = excluded.answered_on,
    conflicts = excluded.conflicts";
const VISITS_AGAIN: &str = " ON CONFLICT (doc) DO UPDATE SET
    visits = excluded.visits, last_on = excluded.last_on,
    household = excluded.household, m01 = excluded.m01, m02 = excluded.m02,
    m03 = excluded.m03, m04 = excluded.m04, m05 = excluded.m05,
    m06 = excluded.m06, m07 = excluded.m07, m08 = excluded.m08,
    m09 = excluded.m09, m10 = excluded.m10, m11 = excluded.m11,
    m12 = excluded.m12";

const FILES_AGAIN: &str = " ON CONFLICT (doc) DO UPDATE SET hashes = excluded.hashes";
const CASE_AGAIN: &str = " ON CONFLICT (doc) DO UPDATE SET
    procedure = excluded.procedure, state = excluded.state, holder = excluded.holder, closed = excluded.closed,
    opened_on = excluded.opened_on, accepted_on = excluded.accepted_on, decided_on = excluded.decided_on,
    decision = excluded.decision, due = excluded.due, clocks = excluded.clocks, days = excluded.days,
    late = excluded.late, applicant = excluded.applicant, title = excluded.title, terms = excluded.terms,
    notice_until = excluded.notice_until, objections = excluded.objections, recheck_due = excluded.recheck_due,
    lead_due = excluded.lead_due, measure_due = excluded.measure_due, monitoring_type = excluded.monitoring_type,
    identified_on = excluded.identified_on, cleared_on = excluded.cleared_on,
    rolled_back_on = excluded.rolled_back_on, aid_given_on = excluded.aid_given_on, paperwork = excluded.paperwork,
    kinship = excluded.kinship, conflicts = excluded.conflicts";
const ATTENDANCE_AGAIN: &str = " ON CONFLICT (doc) DO UPDATE SET
    present = excluded.present, trip = excluded.trip, training = excluded.training,
    leave_days = excluded.leave_days, rest = excluded.rest, asked = excluded.asked, confirmed = excluded.confirmed";
const PLAN_AGAIN: &str = " ON CONFLICT (doc) DO UPDATE SET
    unit = excluded.unit, measures = excluded.measures, done = excluded.done";

/// Writes the rows of documents that have changed, in the transaction that changes them.
pub(super) async fn write_down(
    down: &mut Down<'_>,
    rows: &Projected,
    place: Place,
) -> Result<(), StoreError> {
    let into = |standing: &'static str, fresh: &'static str| match place {
        Place::Standing => standing,
        Place::Fresh => fresh,
    };
    bulk(
        down,
        into(
            "INSERT INTO main.households VALUES ",
            "INSERT INTO temp.households VALUES ",
        ),
        "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        HOUSEHOLD_AGAIN,
        &rows.households,
        bind_household,
    )
    .await?;
    bulk(
        down,
        into("INSERT INTO main.needs VALUES ", "INSERT INTO temp.needs VALUES "),
        "(?,?,?,?,?,?,?,?,?,?,?,?,?)",
        NEED_AGAIN,
        &rows.needs,
        bind_need,
    )
    .await?;
    bulk(
        down,
        into(
            "INSERT INTO main.visits VALUES ",
            "INSERT INTO temp.visits VALUES ",
        ),
        "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        VISITS_AGAIN,
        &rows.visits,
        bind_visits,
    )
    .await?;
    bulk(
        down,
        into(
            "INSERT INTO main.attachment_refs VALUES ",
            "INSERT INTO temp.attachment_refs VALUES ",
        ),
        "(?,?)",
        FILES_AGAIN,
        &rows.files,
        bind_files,
    )
    .await?;
    bulk(
        down,
        into("INSERT INTO main.cases VALUES ", "INSERT INTO temp.cases VALUES "),
        "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        CASE_AGAIN,
        &rows.cases,
        bind_case,
    )
    .await?;
    bulk(
        down,
        into(
            "INSERT INTO main.attendance VALUES ",
            "INSERT INTO temp.attendance VALUES ",
        ),
        "(?,?,?,?,?,?,?,?,?,?,?,?)",
        ATTENDANCE_AGAIN,
        &rows.attendance,
        bind_attendance,
    )
    .await?;
    bulk(
        down,
        into("INSERT INTO main.plans VALUES ", "INSERT INTO temp.plans VALUES "),
        "(?,?,?,?,?)",
        PLAN_AGAIN,
        &rows.plans,
        bind_plan,
    )
    .await
}

fn bind_files(query: Values, (doc, row): &(DocNo, Files)) -> Values {
    query.bind(int(*doc)).bind(row.0.clone())
}

fn bind_household(query: Values, (doc, row): &(DocNo, Household)) -> Values {
    query
        .bind(int(*doc))
        .bind(row.number.clone())
        .bind(row.group_no)
        .bind(row.householder.clone())
        .bind(row.register_state.clone())
        .bind(row.household_type.clone())
        .bind(row.monitoring_type.clone())
        .bind(row.risk.clone())
        .bind(row.risk_level)
        .bind(row.risk_state.clone())
        .bind(row.allowance_class.clone())
        .bind(row.phone.clone())
        .bind(int(row.members))
        .bind(row.id.clone())
        .bind(row.village.clone())
        .bind(row.sort.clone())
        .bind(row.names.clone())
        .bind(row.terms.clone())
        .bind(row.gaps)
        .bind(int(row.measures))
        .bind(int(row.conflicts))
        .bind(row.verified_at.clone())
}

fn bind_need(query: Values, (doc, row): &(DocNo, Need)) -> Values {
    query
        .bind(int(*doc))
        .bind(row.unit.clone())
        .bind(row.category.clone())
        .bind(row.title.clone())
        .bind(row.state.clone())
        .bind(row.urgency.clone())
        .bind(row.raised_on.clone())
        .bind(row.due.clone())
        .bind(row.result_on.clone())
        .bind(row.closed_on.clone())
        .bind(row.household.clone())
        .bind(row.answered_on.clone())
        .bind(int(row.conflicts))
}

fn bind_visits(query: Values, (doc, row): &(DocNo, Visits)) -> Values {
    let query = query
        .bind(int(*doc))
        .bind(int(row.visits))
        .bind(row.last_on.clone())
        .bind(row.household.clone());
    row.by_month
        .iter()
        .fold(query, |query, visits| query.bind(int(*visits)))
}

fn bind_case(query: Values, (doc, row): &(DocNo, Case)) -> Values {
    query
        .bind(int(*doc))
        .bind(row.id.clone())
        .bind(i64::from(row.kind.code()))
        .bind(row.household.clone())
        .bind(row.procedure.clone())
        .bind(row.state.clone())
        .bind(row.holder.map(str::to_owned))
        .bind(i64::from(row.closed))
        .bind(row.opened_on.clone())
        .bind(row.accepted_on.clone())
        .bind(row.decided_on.clone())
        .bind(row.decision.clone())
        .bind(row.due.clone())
        .bind(row.clocks.clone())
        .bind(row.days.clone())
        .bind(int(row.late))
        .bind(row.applicant.clone())
        .bind(row.title.clone())
        .bind(row.terms.clone())
        .bind(row.notice_until.clone())
        .bind(int(row.objections))
        .bind(row.recheck_due.clone())
        .bind(row.lead_due.clone())
        .bind(row.measure_due.clone())
        .bind(row.monitoring_type.clone())
        .bind(row.identified_on.clone())
        .bind(row.cleared_on.clone())
        .bind(row.rolled_back_on.clone())
        .bind(row.aid_given_on.clone())
        .bind(i64::from(row.paperwork))
        .bind(i64::from(row.kinship))
        .bind(int(row.conflicts))
}

fn bind_attendance(query: Values, (doc, row): &(DocNo, Attendance)) -> Values {
    query
        .bind(int(*doc))
        .bind(row.id.clone())
        .bind(row.village.clone())
        .bind(row.month.clone())
        .bind(row.person.clone())
        .bind(int(row.present))
        .bind(int(row.trip))
        .bind(int(row.training))
        .bind(int(row.leave))
        .bind(int(row.rest))
        .bind(int(row.asked))
        .bind(row.confirmed)
}

fn bind_plan(query: Values, (doc, row): &(DocNo, Plan)) -> Values {
    query
        .bind(int(*doc))
        .bind(row.household.clone())
        .bind(row.unit.clone())
        .bind(int(row.measures))
        .bind(int(row.done))
}

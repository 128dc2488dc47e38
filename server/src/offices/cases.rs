//! Applications and cases across villages: who may look for what, and what of them a list shows.
//!
//! What is overdue or near is judged here and now, from due days and the calendar; nothing of it is stored. Whole days
//! count: the statement of a single case ([`super::case`]) also counts hours.

use serde::{Deserialize, Serialize};
use sync_core::schema::Kind;
use sync_core::workflow::procedure::Limit;
use sync_core::workflow::{Book, Calendar, Day};
use utoipa::ToSchema;

use super::figures::Days;
use super::{Viewer, from_cursor, to_cursor};
use crate::app::App;
use crate::clock::day_in_china;
use crate::error::Error;
use crate::limits;
use crate::projections::{OpenClock, terms};
use crate::registry::Check;
use crate::store::log;
use crate::store::projections::cases::{self as stored, Found, Wanted};
pub use crate::store::projections::cases::{ClockWanted, MonitoredWanted, NoticeWanted};

/// Which cases are wanted. Everything narrows; nothing given means all one may see.
#[derive(Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CaseSearch {
    /// Words, all of which must fit: names of the household or the applicant, their pinyin or initials, the household's
    /// number, the last four to six characters of an identity number.
    #[schema(example = "zhang")]
    pub q: String,
    /// `application` or `case`.
    pub kind: Option<String>,
    /// Procedures, one of them.
    pub procedure: Vec<String>,
    /// States, one of them.
    pub state: Vec<String>,
    /// Whose turn it is, one of these roles.
    pub holder: Vec<String>,
    /// Only in the villages of this place.
    pub place: Option<String>,
    /// Only in this village.
    pub village: Option<String>,
    /// Only of this household.
    pub household: Option<String>,
    /// Whether nothing moves any more.
    pub closed: Option<bool>,
    /// How the next limit stands, or one of those that are named.
    pub clock: Option<ClockWanted>,
    /// Clocks that count for `clock`.
    pub named: Vec<String>,
    /// How a notice stands.
    pub notice: Option<NoticeWanted>,
    /// Whether aid was given and the paperwork is not done.
    pub paperwork: Option<bool>,
    /// Whether events came too late to count.
    pub late: Option<bool>,
    /// Whether a near relative of a handler is concerned.
    pub kinship: Option<bool>,
    /// Whether they have begun and nothing is decided.
    pub undecided: Option<bool>,
    /// Whether they were accepted and decided since `since`.
    pub decided: Option<bool>,
    /// How a monitored household stands.
    pub monitored: Option<MonitoredWanted>,
    /// Monitoring types, one of them.
    pub monitoring_type: Vec<String>,
    /// For what is new, cleared, rolled back and decided: from this day on; 1 January unless told.
    pub since: Option<String>,
    /// The day to count from instead of today. Cases are as they are now.
    pub on: Option<String>,
    /// `next` of the page before.
    pub cursor: Option<String>,
    /// Rows wanted, at most 500.
    pub limit: Option<i64>,
    /// Whether to count all that fit.
    pub count: bool,
}

// What somebody looks for is often a name.
impl std::fmt::Debug for CaseSearch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CaseSearch")
    }
}

/// The same without words, for an address. Lists are separated by commas.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CaseFilter {
    /// `application` or `case`.
    pub kind: Option<String>,
    /// Procedures, one of them.
    #[param(example = "minimum_living,extreme_hardship")]
    pub procedure: Option<String>,
    /// States, one of them.
    pub state: Option<String>,
    /// Whose turn it is, one of these roles.
    pub holder: Option<String>,
    /// Only in the villages of this place.
    pub place: Option<String>,
    /// Only in this village.
    pub village: Option<String>,
    /// Only of this household.
    pub household: Option<String>,
    /// Whether nothing moves any more.
    pub closed: Option<bool>,
    /// How the next limit stands, or one of those that are named.
    #[param(inline)]
    pub clock: Option<ClockWanted>,
    /// Clocks that count for `clock`.
    pub named: Option<String>,
    /// How a notice stands.
    #[param(inline)]
    pub notice: Option<NoticeWanted>,
    /// Whether aid was given and the paperwork is not done.
    pub paperwork: Option<bool>,
    /// Whether events came too late to count.
    pub late: Option<bool>,
    /// Whether a near relative of a handler is concerned.
    pub kinship: Option<bool>,
    /// Whether they have begun and nothing is decided.
    pub undecided: Option<bool>,
    /// Whether they were accepted and decided since `since`.
    pub decided: Option<bool>,
    /// How a monitored household stands.
    #[param(inline)]
    pub monitored: Option<MonitoredWanted>,
    /// Monitoring types, one of them.
    pub monitoring_type: Option<String>,
    /// For what is new, cleared, rolled back and decided: from this day on; 1 January unless told.
    pub since: Option<String>,
    /// The day to count from instead of today. Cases are as they are now.
    pub on: Option<String>,
    /// `next` of the page before.
    pub cursor: Option<String>,
    /// Rows wanted, at most 500.
    pub limit: Option<i64>,
    /// Whether to count all that fit.
    #[serde(default)]
    pub count: bool,
}

impl From<CaseFilter> for CaseSearch {
    fn from(filter: CaseFilter) -> CaseSearch {
        let list = |text: Option<String>| -> Vec<String> {
            let values = text.iter().flat_map(|text| text.split(','));
            values
                .filter(|value| !value.is_empty())
                .map(str::to_owned)
                .collect()
        };
        CaseSearch {
            q: String::new(),
            kind: filter.kind,
            procedure: list(filter.procedure),
            state: list(filter.state),
            holder: list(filter.holder),
            place: filter.place,
            village: filter.village,
            household: filter.household,
            closed: filter.closed,
            clock: filter.clock,
            named: list(filter.named),
            notice: filter.notice,
            paperwork: filter.paperwork,
            late: filter.late,
            kinship: filter.kinship,
            undecided: filter.undecided,
            decided: filter.decided,
            monitored: filter.monitored,
            monitoring_type: list(filter.monitoring_type),
            since: filter.since,
            on: filter.on,
            cursor: filter.cursor,
            limit: filter.limit,
            count: filter.count,
        }
    }
}

/// A page of cases.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Cases {
    /// By the day the next limit runs out; those without one last.
    pub items: Vec<CaseRow>,
    /// Give this as `cursor` to get the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// How many fit in all, if that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
}

/// An application or case in a list.
#[derive(Clone, Serialize, ToSchema)]
pub struct CaseRow {
    /// Id of its document.
    pub id: String,
    /// `application` or `case`.
    pub kind: &'static str,
    /// The household.
    pub household: String,
    /// Where the household lies.
    pub village: Option<String>,
    /// Name of the village.
    pub village_name: Option<String>,
    /// Householder.
    pub householder: Option<String>,
    /// Village group.
    pub group: Option<i64>,
    /// Who applies.
    pub applicant: Option<String>,
    /// Title.
    pub title: Option<String>,
    /// The procedure it goes by; absent while nobody has said what is applied for.
    pub procedure: Option<String>,
    /// Its name, Chinese.
    pub procedure_zh: Option<String>,
    /// Its name, English.
    pub procedure_en: Option<String>,
    /// Where it stands; empty without a procedure.
    pub state: String,
    /// Name of the state, Chinese.
    pub state_zh: String,
    /// Name of the state, English.
    pub state_en: String,
    /// The role whose turn it is.
    pub holder: Option<String>,
    /// Nothing moves any more.
    pub closed: bool,
    /// Day of the first step.
    pub opened_on: Option<String>,
    /// Day of acceptance.
    pub accepted_on: Option<String>,
    /// Day of the last decision.
    pub decided_on: Option<String>,
    /// The event that decided.
    pub decision: Option<String>,
    /// The next limit that runs out; one that stands still only if none runs.
    pub due: Option<CaseClock>,
    /// Every open clock, soonest first.
    pub clocks: Vec<CaseClock>,
    /// Events that came too late to count: somebody should look.
    pub late_count: i64,
    /// Last day of the notice that is up.
    pub notice_until: Option<String>,
    /// Objections since the last notice, while nothing is decided.
    pub objections: i64,
    /// Monitoring type, once identified.
    pub monitoring_type: Option<String>,
    /// Day of the identification.
    pub identified_on: Option<String>,
    /// Day on which the risk ended, while it has.
    pub cleared_on: Option<String>,
    /// Day on which it came back.
    pub rolled_back_on: Option<String>,
    /// Day of the first aid in an emergency.
    pub aid_given_on: Option<String>,
    /// Aid was given, the paperwork is not done.
    pub paperwork: bool,
    /// A near relative of a handler is concerned: the county must visit.
    pub kinship: bool,
    /// Measures of the household's plans that stand.
    pub measures: i64,
    /// Fields with more than one value.
    pub conflicts: i64,
}

// Rows name people.
impl std::fmt::Debug for CaseRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CaseRow")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// An open clock.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CaseClock {
    /// Its name in the procedure.
    pub clock: String,
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
    /// Who is late when it runs out.
    pub holder: Option<&'static str>,
    /// The day it started.
    #[schema(value_type = String)]
    pub started: Day,
    /// The last day.
    #[schema(value_type = String)]
    pub due: Day,
    /// The first day of the warning; absent for a time that must pass.
    #[schema(value_type = Option<String>)]
    pub warn_on: Option<Day>,
    /// How long: working days, days, months or hours.
    #[schema(value_type = Object, example = json!({ "working_days": 10 }))]
    pub limit: Limit,
    /// Its days are working days.
    pub working_days: bool,
    /// Not a limit but a time that must pass: a notice.
    pub minimum: bool,
    /// `running`, `warning`, `overdue`, `paused`, or `over` for a time that has passed.
    pub status: &'static str,
    /// Days left; below zero when late, absent while it stands still.
    pub left: Option<i64>,
    /// All holidays up to the last day have been announced; otherwise it may move.
    pub announced: bool,
}

/// A page of the cases that fit.
pub async fn list(app: &App, viewer: &Viewer, search: &CaseSearch) -> Result<Cases, Error> {
    let wanted = wanted(app, viewer, search)?;
    let limit = search.limit.unwrap_or(50).clamp(1, limits::PAGE_ROWS_MAX);
    let limit = usize::try_from(limit).unwrap_or(1);
    let mut read = log::read(&app.store).await?;
    let mut found = stored::page(&mut read, &wanted, limit + 1).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let total = match search.count {
        true => Some(stored::count(&mut read, &wanted).await?),
        false => None,
    };
    let today = day(&wanted.today)?;
    Ok(Cases {
        next: found
            .last()
            .filter(|_| more)
            .map(|last| to_cursor(&last.position)),
        items: found.into_iter().map(|found| row(found, today)).collect(),
        total,
    })
}

/// What is looked for, bounded by who asks.
pub(super) fn wanted(app: &App, viewer: &Viewer, search: &CaseSearch) -> Result<Wanted, Error> {
    viewer.require(Kind::Application)?;
    let mut check = Check::default();
    for (field, values) in [
        ("/procedure", &search.procedure),
        ("/state", &search.state),
        ("/holder", &search.holder),
        ("/named", &search.named),
        ("/monitoring_type", &search.monitoring_type),
    ] {
        if values.len() > limits::FILTER_VALUES_MAX
            || values.iter().any(|value| value.len() > limits::NOTE_CHARS_MAX)
        {
            check.fail(field, "too_long");
        }
    }
    if search.q.chars().count() > limits::NAME_CHARS_MAX {
        check.fail("/q", "too_long");
    }
    let kind = match search.kind.as_deref() {
        None => None,
        Some(name) => match Kind::parse(name) {
            Some(kind @ (Kind::Application | Kind::Case)) => Some(i64::from(kind.code())),
            _ => {
                check.fail("/kind", "bad_value");
                None
            }
        },
    };
    for (field, value) in [("/since", &search.since), ("/on", &search.on)] {
        if value.as_deref().is_some_and(|value| Day::parse(value).is_none()) {
            check.fail(field, "bad_value");
        }
    }
    check.done()?;
    let words = search
        .q
        .split_whitespace()
        .filter(|word| !terms::sought(word).is_empty());
    let words: Vec<String> = words.take(terms::WORDS_MAX).map(str::to_owned).collect();
    if words.is_empty() && !search.q.trim().is_empty() {
        return Err(Error::field("/q", "bad_value"));
    }
    let mut villages = viewer.within(search.village.as_slice())?;
    if let Some(place) = &search.place {
        viewer.place(place)?;
        let inside = viewer.villages_in(place);
        villages.retain(|village| inside.contains(village));
    }
    let today = search.on.clone().unwrap_or_else(|| day_in_china(app.now()));
    let days = Days::on(today)?;
    Ok(Wanted {
        villages,
        words,
        kind,
        procedures: search.procedure.clone(),
        states: search.state.clone(),
        holders: search.holder.clone(),
        household: search.household.clone(),
        closed: search.closed,
        clock: search.clock,
        named: search.named.clone(),
        notice: search.notice,
        paperwork: search.paperwork,
        late: search.late,
        kinship: search.kinship,
        undecided: search.undecided,
        decided: search.decided,
        monitored: search.monitored,
        monitoring_type: search.monitoring_type.clone(),
        since: search.since.clone().unwrap_or(days.since),
        today: days.today,
        soon: days.soon,
        after: from_cursor(search.cursor.as_deref())?,
        ..Wanted::default()
    })
}

pub(super) fn day(text: &str) -> Result<Day, Error> {
    Day::parse(text).ok_or_else(|| Error::internal("a day that is none"))
}

/// A row as it is shown on a day.
pub(super) fn row(found: Found, today: Day) -> CaseRow {
    let opened = found.opened_on.as_deref().and_then(Day::parse).unwrap_or(today);
    let place = found.village.as_deref().unwrap_or_default();
    let procedure = found.procedure.as_deref();
    let procedure = procedure.and_then(|name| Book::builtin().choose(name, place, opened));
    let state = procedure.and_then(|procedure| procedure.states.get(&found.state));
    let clocks: Vec<CaseClock> = found
        .clocks
        .iter()
        .map(|open| {
            let rule = procedure.and_then(|procedure| procedure.clocks.get(&open.clock));
            clock(
                open,
                rule.map_or((open.clock.as_str(), open.clock.as_str()), |rule| {
                    (rule.zh.as_str(), rule.en.as_str())
                }),
                rule.and_then(|rule| rule.holder).map(|role| role.as_str()),
                today,
            )
        })
        .collect();
    let limits = || clocks.iter().filter(|clock| !clock.minimum);
    let due = limits()
        .find(|clock| clock.status != "paused")
        .or_else(|| limits().next());
    CaseRow {
        due: due.cloned(),
        clocks,
        kind: if found.kind == i64::from(Kind::Case.code()) {
            Kind::Case.as_str()
        } else {
            Kind::Application.as_str()
        },
        procedure_zh: procedure.map(|procedure| procedure.zh.clone()),
        procedure_en: procedure.map(|procedure| procedure.en.clone()),
        state_zh: state.map_or_else(String::new, |state| state.zh.clone()),
        state_en: state.map_or_else(String::new, |state| state.en.clone()),
        id: found.id,
        household: found.household,
        village: found.village,
        village_name: found.village_name,
        householder: found.householder,
        group: found.group,
        applicant: found.applicant,
        title: found.title,
        procedure: found.procedure,
        state: found.state,
        holder: found.holder,
        closed: found.closed,
        opened_on: found.opened_on,
        accepted_on: found.accepted_on,
        decided_on: found.decided_on,
        decision: found.decision,
        late_count: found.late,
        notice_until: found.notice_until,
        objections: found.objections,
        monitoring_type: found.monitoring_type,
        identified_on: found.identified_on,
        cleared_on: found.cleared_on,
        rolled_back_on: found.rolled_back_on,
        aid_given_on: found.aid_given_on,
        paperwork: found.paperwork,
        kinship: found.kinship,
        measures: found.measures,
        conflicts: found.conflicts,
    }
}

fn clock(open: &OpenClock, (zh, en): (&str, &str), holder: Option<&'static str>, today: Day) -> CaseClock {
    let working_days = matches!(open.limit, Limit::WorkingDays(_));
    let left = match working_days {
        true => Calendar::builtin_shared().working_days_between(today, open.due),
        false => open.due.since(today),
    };
    let status = match open.warn_on {
        _ if open.paused => "paused",
        None if open.due < today => "over",
        Some(_) if open.due < today => "overdue",
        Some(warn_on) if warn_on <= today => "warning",
        _ => "running",
    };
    CaseClock {
        clock: open.clock.clone(),
        zh: zh.to_owned(),
        en: en.to_owned(),
        holder,
        started: open.started,
        due: open.due,
        warn_on: open.warn_on,
        limit: open.limit,
        working_days,
        minimum: open.is_minimum(),
        status,
        left: (!open.paused).then_some(left),
        announced: open.announced,
    }
}

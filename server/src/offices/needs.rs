//! Needs for offices: a unit sees those given to it, everybody else those of their villages.

use serde::{Deserialize, Serialize};
use sync_core::schema::Kind;
use utoipa::ToSchema;

use super::{Viewer, from_cursor, to_cursor};
use crate::app::App;
use crate::clock::day_in_china;
use crate::error::{Code, Error};
use crate::limits;
use crate::registry::{Check, Role};
use crate::store::log;
pub use crate::store::projections::needs::Waiting;
use crate::store::projections::needs::{self, Found, Wanted};

/// Which needs are wanted. Lists are separated by commas.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Only in this village.
    pub village: Option<String>,
    /// Only in the villages of this place.
    pub place: Option<String>,
    /// Only those given to this unit.
    pub unit: Option<String>,
    /// States, one of them.
    #[param(example = "open,assigned")]
    pub state: Option<String>,
    /// Urgencies, one of them.
    pub urgency: Option<String>,
    /// Categories, one of them.
    pub category: Option<String>,
    /// Only of this household.
    pub household: Option<String>,
    /// Neither solved nor closed; false for the others.
    pub open: Option<bool>,
    /// Open, and due before today.
    pub overdue: Option<bool>,
    /// What they wait for.
    #[param(inline)]
    pub waiting: Option<Waiting>,
    /// Whether fields wait for somebody to choose between values.
    pub conflicts: Option<bool>,
    /// `next` of the page before.
    pub cursor: Option<String>,
    /// Rows wanted, at most 500.
    pub limit: Option<i64>,
    /// Whether to count all that fit.
    #[serde(default)]
    pub count: bool,
}

/// A page of needs.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Needs {
    /// Overdue ones first, then by urgency, then by the day they are due.
    pub items: Vec<NeedRow>,
    /// Give this as `cursor` to get the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// How many fit in all, if that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
}

/// A need in a list.
#[derive(Clone, Serialize, ToSchema)]
pub struct NeedRow {
    /// Id of its document.
    pub id: String,
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
    /// Title.
    pub title: Option<String>,
    /// Category.
    pub category: Option<String>,
    /// `normal`, `urgent` or `emergency`.
    pub urgency: String,
    /// State.
    pub state: String,
    /// The unit it is given to.
    pub unit: Option<String>,
    /// Name of the unit.
    pub unit_name: Option<String>,
    /// Day it was raised.
    pub raised_on: Option<String>,
    /// Day it is due.
    pub due: Option<String>,
    /// Open, and due before today.
    pub overdue: bool,
    /// Days since it was due; 0 unless it is overdue.
    pub days_over: i64,
    /// Day of the last answer.
    pub answered_on: Option<String>,
    /// Day of the result.
    pub result_on: Option<String>,
    /// Day it was closed.
    pub closed_on: Option<String>,
    /// Fields with more than one value.
    pub conflicts: i64,
}

// Rows name people.
impl std::fmt::Debug for NeedRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NeedRow")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// A page of the needs that fit.
pub async fn list(app: &App, viewer: &Viewer, filter: &Filter) -> Result<Needs, Error> {
    let wanted = wanted(viewer, filter, day_in_china(app.now()))?;
    let limit = filter.limit.unwrap_or(50).clamp(1, limits::PAGE_ROWS_MAX);
    let limit = usize::try_from(limit).unwrap_or(1);
    let mut read = log::read(&app.store).await?;
    let mut found = needs::page(&mut read, &wanted, limit + 1).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let total = match filter.count {
        true => Some(needs::count(&mut read, &wanted).await?),
        false => None,
    };
    Ok(Needs {
        next: found
            .last()
            .filter(|_| more)
            .map(|last| to_cursor(&last.position)),
        items: found.into_iter().map(|found| row(found, &wanted.today)).collect(),
        total,
    })
}

fn wanted(viewer: &Viewer, filter: &Filter, today: String) -> Result<Wanted, Error> {
    viewer.require(Kind::Need)?;
    let mut check = Check::default();
    let mut list = |field: &'static str, text: &Option<String>| -> Vec<String> {
        let values: Vec<String> = text
            .iter()
            .flat_map(|text| text.split(','))
            .map(str::to_owned)
            .collect();
        if values.len() > limits::FILTER_VALUES_MAX
            || values.iter().any(|value| value.len() > limits::NOTE_CHARS_MAX)
        {
            check.fail(field, "too_long");
        }
        values
    };
    let (states, urgency, category) = (
        list("/state", &filter.state),
        list("/urgency", &filter.urgency),
        list("/category", &filter.category),
    );
    check.done()?;
    let mut unit = filter.unit.clone();
    let villages = if viewer.role == Role::Unit {
        let own = viewer.unit.clone().ok_or(Code::NotAllowed)?;
        if unit.is_some_and(|unit| unit != own) || filter.place.is_some() {
            return Err(Code::OutsideArea.into());
        }
        unit = Some(own);
        // Its needs may lie anywhere: a village named here only narrows.
        filter.village.clone().map(|village| vec![village])
    } else {
        let mut villages = viewer.within(filter.village.as_slice())?;
        if let Some(place) = &filter.place {
            viewer.place(place)?;
            let inside = viewer.villages_in(place);
            villages.retain(|village| inside.contains(village));
        }
        Some(villages)
    };
    Ok(Wanted {
        villages,
        unit,
        states,
        urgency,
        category,
        household: filter.household.clone(),
        open: filter.open,
        overdue: filter.overdue,
        waiting: filter.waiting,
        conflicts: filter.conflicts,
        today,
        after: from_cursor(filter.cursor.as_deref())?,
    })
}

/// Needs of one household, for its file; no more than a file can show.
pub(super) async fn of_household(
    conn: &mut crate::store::log::ReadTx,
    village: &str,
    household: &str,
    today: &str,
) -> Result<Vec<NeedRow>, Error> {
    let wanted = Wanted {
        villages: Some(vec![village.to_owned()]),
        household: Some(household.to_owned()),
        today: today.to_owned(),
        ..Wanted::default()
    };
    let found = needs::page(conn, &wanted, limits::FILE_ROWS_MAX).await?;
    Ok(found.into_iter().map(|found| row(found, today)).collect())
}

fn row(found: Found, today: &str) -> NeedRow {
    let overdue = found.position.0 == 0;
    NeedRow {
        id: found.id,
        household: found.household,
        village: found.village,
        village_name: found.village_name,
        householder: found.householder,
        group: found.group,
        title: found.title,
        category: found.category,
        urgency: found.urgency,
        state: found.state,
        unit: found.unit,
        unit_name: found.unit_name,
        raised_on: found.raised_on,
        overdue,
        days_over: found
            .due
            .as_deref()
            .filter(|_| overdue)
            .map_or(0, |due| days_between(due, today)),
        due: found.due,
        answered_on: found.answered_on,
        result_on: found.result_on,
        closed_on: found.closed_on,
        conflicts: found.conflicts,
    }
}

fn days_between(from: &str, to: &str) -> i64 {
    let days = |from: &str, to: &str| -> Option<i64> {
        let (from, to): (jiff::civil::Date, jiff::civil::Date) = (from.parse().ok()?, to.parse().ok()?);
        Some(i64::from(to.since(from).ok()?.get_days()))
    };
    days(from, to).unwrap_or(0)
}

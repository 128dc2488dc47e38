//! Households across villages: who may look for what, and what of them a list shows.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use sync_core::schema::Kind;
use utoipa::ToSchema;

use super::{Viewer, days_before, from_cursor, to_cursor};
use crate::app::App;
use crate::clock::day_in_china;
use crate::error::Error;
use crate::limits;
use crate::projections::{GUARANTEES, terms};
use crate::registry::Check;
use crate::store::log;
use crate::store::projections::search::{self, Found, Wanted};

/// What households are looked for. Everything narrows; nothing given means all one may see.
#[derive(Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Search {
    /// Words, all of which must fit: part of a name, its pinyin or initials, the household's number, the last four to
    /// six characters of an identity number.
    #[schema(example = "zhang 0012")]
    pub q: String,
    /// Only in these villages.
    pub villages: Vec<String>,
    /// Only in the villages of this place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Only of this village group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<i64>,
    /// Household types, one of them.
    pub household_type: Vec<String>,
    /// Monitoring types, one of them.
    pub monitoring_type: Vec<String>,
    /// Whether they are monitored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monitored: Option<bool>,
    /// Whether the risk is said to be gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cleared: Option<bool>,
    /// Main risks, one of them.
    pub risk: Vec<String>,
    /// Risk states, one of them.
    pub risk_state: Vec<String>,
    /// `active` (also where nothing is said), `moved_away` or `closed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub register_state: Option<String>,
    /// Without a visit in so many days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_visited_days: Option<i64>,
    /// With a visit in so many days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visited_days: Option<i64>,
    /// Guarantees of which one is not met: `food`, `clothing`, `education`, `medical_insurance`, `housing`, `water`,
    /// or `any`.
    pub gap: Vec<String>,
    /// Whether fields wait for somebody to choose between values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conflicts: Option<bool>,
    /// Whether no measure of assistance is under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub without_measure: Option<bool>,
    /// `next` of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Rows wanted, at most 500.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
    /// Whether to count all that fit.
    pub count: bool,
}

// What somebody looks for is often a name.
impl std::fmt::Debug for Search {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Search")
    }
}

/// A page of households.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Households {
    /// In the order of village, group and number.
    pub items: Vec<HouseholdRow>,
    /// Give this as `cursor` to get the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// How many fit in all, if that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
}

/// A household in a list.
#[derive(Clone, Serialize, ToSchema)]
pub struct HouseholdRow {
    /// Id of the household file.
    pub id: String,
    /// Village.
    pub village: String,
    /// Its name.
    pub village_name: String,
    /// Number within the village.
    pub number: Option<String>,
    /// Village group.
    pub group: Option<i64>,
    /// Householder.
    pub householder: Option<String>,
    /// How many live there.
    pub members: i64,
    /// Those of them whose names fit the words.
    pub matched: Vec<String>,
    /// State of the file.
    pub register_state: Option<String>,
    /// Household type.
    pub household_type: Option<String>,
    /// Monitoring type.
    pub monitoring_type: Option<String>,
    /// Main risk.
    pub risk: Option<String>,
    /// Risk level.
    pub risk_level: Option<i64>,
    /// Risk state.
    pub risk_state: Option<String>,
    /// Allowance class.
    pub allowance_class: Option<String>,
    /// Day of the last visit.
    pub last_visit_on: Option<String>,
    /// Needs that are neither solved nor closed.
    pub open_needs: i64,
    /// Guarantees that are not met.
    pub gaps: Vec<&'static str>,
    /// Fields with more than one value.
    pub conflicts: i64,
    /// Day of the last verification.
    pub verified_at: Option<String>,
}

// Rows name people.
impl std::fmt::Debug for HouseholdRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HouseholdRow")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// A page of the households that fit.
pub async fn search(app: &App, viewer: &Viewer, search: &Search) -> Result<Households, Error> {
    let wanted = wanted(viewer, search, &day_in_china(app.now()))?;
    let limit = search.limit.unwrap_or(50).clamp(1, limits::PAGE_ROWS_MAX);
    let limit = usize::try_from(limit).unwrap_or(1);
    let mut read = log::read(&app.store).await?;
    let mut found = search::page(&mut read, &wanted, limit + 1).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let total = match search.count {
        true => Some(search::count(&mut read, &wanted).await?),
        false => None,
    };
    Ok(Households {
        next: found
            .last()
            .filter(|_| more)
            .map(|last| to_cursor(&last.position)),
        items: found.into_iter().map(|found| row(found, &wanted.words)).collect(),
        total,
    })
}

/// What the store is asked for.
pub(super) fn wanted(viewer: &Viewer, search: &Search, today: &str) -> Result<Wanted, Error> {
    viewer.require(Kind::Household)?;
    let mut check = Check::default();
    check.text("/q", &search.q, limits::NAME_CHARS_MAX);
    let lists = [
        ("/villages", &search.villages),
        ("/household_type", &search.household_type),
        ("/monitoring_type", &search.monitoring_type),
        ("/risk", &search.risk),
        ("/risk_state", &search.risk_state),
        ("/gap", &search.gap),
    ];
    for (field, list) in lists {
        if list.len() > limits::FILTER_VALUES_MAX
            || list.iter().any(|value| value.len() > limits::NOTE_CHARS_MAX)
        {
            check.fail(field, "too_long");
        }
    }
    for (field, days) in [
        ("/not_visited_days", search.not_visited_days),
        ("/visited_days", search.visited_days),
    ] {
        if days.is_some_and(|days| !(1..=limits::FILTER_DAYS_MAX).contains(&days)) {
            check.fail(field, "bad_value");
        }
    }
    let mut gaps = None;
    for (index, gap) in search.gap.iter().enumerate() {
        let bits = match GUARANTEES.iter().position(|name| name == gap) {
            Some(bit) => 1 << bit,
            None if gap == "any" => (1 << GUARANTEES.len()) - 1,
            None => {
                check.fail(Cow::Owned(format!("/gap/{index}")), "bad_value");
                continue;
            }
        };
        gaps = Some(gaps.unwrap_or(0) | bits);
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
    let mut villages = viewer.within(&search.villages)?;
    if let Some(place) = &search.place {
        viewer.place(place)?;
        let inside = viewer.villages_in(place);
        villages.retain(|village| inside.contains(village));
    }
    let since = |days: Option<i64>| days.map(|days| days_before(today, days)).transpose();
    Ok(Wanted {
        villages,
        words,
        group: search.group,
        household_type: search.household_type.clone(),
        monitoring_type: search.monitoring_type.clone(),
        monitored: search.monitored,
        cleared: search.cleared,
        risk: search.risk.clone(),
        risk_state: search.risk_state.clone(),
        register_state: search.register_state.clone(),
        not_visited_since: since(search.not_visited_days)?,
        visited_since: since(search.visited_days)?,
        gaps,
        conflicts: search.conflicts,
        without_measure: search.without_measure,
        after: from_cursor(search.cursor.as_deref())?,
    })
}

/// A row as it is shown.
pub(super) fn row(found: Found, words: &[String]) -> HouseholdRow {
    let fits = |name: &String| words.iter().any(|word| terms::means(word, name));
    HouseholdRow {
        id: found.id,
        village: found.position.0,
        village_name: found.village_name,
        number: found.number,
        group: found.group,
        householder: found.householder,
        members: found.members,
        matched: found.names.into_iter().filter(fits).collect(),
        register_state: found.register_state,
        household_type: found.household_type,
        monitoring_type: found.monitoring_type,
        risk: found.risk,
        risk_level: found.risk_level,
        risk_state: found.risk_state,
        allowance_class: found.allowance_class,
        last_visit_on: found.last_visit_on,
        open_needs: found.open_needs,
        gaps: gap_names(found.gaps),
        conflicts: found.conflicts,
        verified_at: found.verified_at,
    }
}

/// The guarantees behind the bits.
pub(super) fn gap_names(bits: i64) -> Vec<&'static str> {
    let set = GUARANTEES
        .iter()
        .enumerate()
        .filter(|(bit, _)| bits & (1 << bit) != 0);
    set.map(|(_, name)| *name).collect()
}

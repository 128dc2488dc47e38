//! The ten numbers leaders look at, each with the list behind it, and casework by month.
//!
//! Counts come from [`super::figures`], kept per village; what is shown of teams is of teams: nowhere is a person counted,
//! compared or ranked.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_core::schema::Kind;
use sync_core::workflow::Day;
use utoipa::ToSchema;

use super::Viewer;
use super::activity::months_until;
use super::figures::{self, Days, Figures};
use super::overview::{List, Number, PlaceName, case_numbers, extent};
use crate::app::App;
use crate::clock::day_in_china;
use crate::error::Error;
use crate::limits;
use crate::registry::places::Level;
use crate::store::log;
use crate::store::projections::cases::{self as stored, median};
use crate::store::projections::{attendance, overview};

/// Of what place, and as of which day.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct NumbersWanted {
    /// A place in one's area; otherwise one's own.
    pub place: Option<String>,
    /// The day to count from instead of today. Cases are as they are now.
    pub on: Option<String>,
}

/// Of what place, and how many months.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct MonthsWanted {
    /// A place in one's area; otherwise one's own.
    pub place: Option<String>,
    /// Months up to the present one: 12 unless told, at most 36.
    pub months: Option<i64>,
}

/// The numbers of a place.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CaseworkNumbers {
    /// The place; absent for somebody with several places who named none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<PlaceName>,
    /// The day they are of.
    pub on: String,
    /// New, cleared, rolled back and decided count from this day on.
    pub since: String,
    /// Unix ms at which this was so.
    pub at_ms: i64,
    /// The numbers; `median_days` is absent from `value` while nothing is decided.
    pub numbers: Vec<CaseworkNumber>,
    /// The places one level down; of a village, itself.
    pub rows: Vec<CaseworkRow>,
    /// Monitored households by type.
    pub by_type: Vec<TypeCount>,
    /// The teams of the villages, by the village's code.
    pub teams: Vec<TeamRow>,
}

/// A number.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CaseworkNumber {
    /// Which one: a stable name.
    #[schema(example = "cases_due")]
    pub key: &'static str,
    /// The number; null where there is nothing to make it from.
    pub value: Option<i64>,
    /// What it is a part of, or made from.
    pub of: Option<i64>,
    /// The list behind it.
    pub list: List,
}

/// The counts of a place.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CaseworkRow {
    /// Its code.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How high it stands.
    pub level: Level,
    /// Villages in it.
    pub villages: i64,
    /// Counts by the keys of the numbers.
    #[serde(flatten)]
    pub counts: BTreeMap<&'static str, i64>,
    /// Days from acceptance to decision, the middle one.
    pub median_days: Option<i64>,
}

/// Monitored households of one type.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TypeCount {
    /// Monitoring type; empty where none is said.
    #[serde(rename = "type")]
    pub sort: String,
    /// At risk, by the household files.
    pub present: i64,
    /// Identified since.
    pub new: i64,
    /// Whose risk ended since.
    pub cleared: i64,
    /// Rolled back since.
    pub rolled_back: i64,
}

/// What the team of a village has done in a month.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TeamRow {
    /// The village.
    pub village: String,
    /// Its name.
    pub name: String,
    /// `YYYY-MM`.
    pub month: String,
    /// Members.
    pub members: i64,
    /// Days present, on a trip or in training, of all of them.
    pub days: i64,
    /// Days they ought to have come to by now.
    pub days_expected: i64,
    /// Households of the village.
    pub households: i64,
    /// Those visited in the last 30 days.
    pub visited_30: i64,
}

/// Days a month a member of a team is on duty.
pub(super) const TARGET_DAYS: i64 = 20;

/// The numbers of a place.
pub async fn numbers(app: &App, viewer: &Viewer, wanted: &NumbersWanted) -> Result<CaseworkNumbers, Error> {
    viewer.require(Kind::Application)?;
    let on = wanted.on.clone().unwrap_or_else(|| day_in_china(app.now()));
    let day = Day::parse(&on).ok_or_else(|| Error::field("/on", "bad_value"))?;
    let days = Days::on(on.clone())?;
    let extent = extent(viewer, wanted.place.as_deref())?;
    let mut read = log::read(&app.store).await?;
    let counted = figures::of_villages(app, &mut read, &extent.villages, &days).await?;
    let heard = overview::heard(&mut read, &extent.villages).await?;
    let members = attendance::teams(&mut read, &extent.villages).await?;
    let month = on.get(..7).unwrap_or_default().to_owned();
    let duty = attendance::days(&mut read, &extent.villages, &month, &month).await?;
    drop(read);
    let names: BTreeMap<&str, &str> = viewer
        .places
        .iter()
        .map(|place| (place.id.as_str(), place.name.as_str()))
        .collect();
    let silent_before_ms = app.now() - 7 * 24 * 3600 * 1000;
    let none = Figures::default();
    let (mut total, mut rows, mut health) = (Figures::default(), Vec::new(), Health::default());
    for place in &extent.below {
        let (mut figures, mut own) = (Figures::default(), Health::default());
        for village in viewer.villages_in(&place.id) {
            figures.add(counted.get(&village).map_or(&none, |counted| counted));
            own.villages += 1;
            if let Some(heard) = heard.iter().find(|heard| heard.village == village) {
                own.unsent += heard.unsent;
                own.silent += i64::from(heard.last_heard_ms.is_none_or(|at_ms| at_ms < silent_before_ms));
            }
        }
        rows.push(CaseworkRow {
            id: place.id.clone(),
            name: place.name.clone(),
            level: place.level,
            villages: own.villages,
            counts: counts(&figures, &own),
            median_days: figures.cases.median_days(),
        });
        total.add(&figures);
        health.add(&own);
    }
    let teams: Vec<TeamRow> = extent
        .villages
        .iter()
        .map(|village| {
            let members = members.iter().filter(|(of, ..)| of == village).count() as i64;
            let figures = counted.get(village).map_or(&none, |counted| counted);
            TeamRow {
                name: names
                    .get(village.as_str())
                    .copied()
                    .unwrap_or_default()
                    .to_owned(),
                month: month.clone(),
                members,
                days: duty
                    .iter()
                    .filter(|(of, ..)| of == village)
                    .map(|(.., days)| days)
                    .sum(),
                days_expected: expected(members, day),
                households: figures.households,
                visited_30: figures.visited_30,
                village: village.clone(),
            }
        })
        .collect();
    let mut inside = json!({});
    if let Some(place) = &extent.place {
        inside["place"] = place.id.clone().into();
    }
    Ok(CaseworkNumbers {
        at_ms: app.now(),
        numbers: all_numbers(&total, &health, &teams, wanted.on.as_deref(), &inside),
        rows,
        by_type: by_type(&total),
        teams,
        place: extent.place.map(|place| PlaceName::of(viewer, place)),
        on,
        since: days.since,
    })
}

/// The health of data, of a place.
#[derive(Default)]
struct Health {
    villages: i64,
    unsent: i64,
    silent: i64,
}

impl Health {
    fn add(&mut self, other: &Health) {
        self.villages += other.villages;
        self.unsent += other.unsent;
        self.silent += other.silent;
    }
}

/// What a team ought to have come to by a day of the month.
fn expected(members: i64, day: Day) -> i64 {
    let (year, month, of_month) = day.civil();
    let first = Day::new(year, month, 1).unwrap_or(day);
    let length = first.plus_months(1).since(first).max(1);
    members * TARGET_DAYS * of_month / length
}

fn counts(figures: &Figures, health: &Health) -> BTreeMap<&'static str, i64> {
    let cases = case_numbers(&figures.cases, &json!({}));
    let mut counts: BTreeMap<&'static str, i64> = cases
        .into_iter()
        .map(|number| (number.key, number.value))
        .collect();
    counts.extend([
        ("households", figures.households),
        ("visited_30", figures.visited_30),
        ("monitored", figures.monitored),
        ("gaps", figures.gaps),
        ("conflicts", figures.conflicts + figures.need_conflicts),
        ("unsent", health.unsent),
        ("villages_silent", health.silent),
    ]);
    counts
}

fn all_numbers(
    total: &Figures,
    health: &Health,
    teams: &[TeamRow],
    on: Option<&str>,
    inside: &serde_json::Value,
) -> Vec<CaseworkNumber> {
    // Lists of cases know the day; the others are of today.
    let mut dated = inside.clone();
    if let Some(on) = on {
        dated["on"] = on.into();
    }
    let known = |number: Number| CaseworkNumber {
        key: number.key,
        value: Some(number.value),
        of: number.of,
        list: number.list,
    };
    let cases = case_numbers(&total.cases, &dated);
    let mut numbers: Vec<CaseworkNumber> = cases.into_iter().map(known).collect();
    let mut more = |key, value, of, to, filter: serde_json::Value, base: &serde_json::Value| {
        let mut all = base.clone();
        if let (Some(all), Some(filter)) = (all.as_object_mut(), filter.as_object()) {
            all.extend(filter.clone());
        }
        numbers.push(CaseworkNumber {
            key,
            value,
            of,
            list: List { to, filter: all },
        });
    };
    let days: i64 = teams.iter().map(|team| team.days).sum();
    let days_expected: i64 = teams.iter().map(|team| team.days_expected).sum();
    let counts = &total.cases;
    let (decided, households) = (Some(counts.decided_count()), Some(total.households));
    more(
        "median_days",
        counts.median_days(),
        decided,
        "cases",
        json!({ "decided": true }),
        &dated,
    );
    more(
        "presence_days",
        Some(days),
        Some(days_expected),
        "teams",
        json!({}),
        inside,
    );
    let active = |mut filter: serde_json::Value| {
        filter["register_state"] = "active".into();
        filter
    };
    let watched = active(json!({ "monitored": true, "cleared": false }));
    more(
        "monitored",
        Some(total.monitored),
        households,
        "households",
        watched,
        inside,
    );
    let visited = active(json!({ "visited_days": 30 }));
    more(
        "visited_30",
        Some(total.visited_30),
        households,
        "households",
        visited,
        inside,
    );
    more(
        "gaps",
        Some(total.gaps),
        households,
        "households",
        active(json!({ "gap": ["any"] })),
        inside,
    );
    let unclear = active(json!({ "conflicts": true }));
    more(
        "conflicts",
        Some(total.conflicts),
        None,
        "households",
        unclear,
        inside,
    );
    more(
        "unsent",
        Some(health.unsent),
        None,
        "places",
        json!({ "unsent": true }),
        inside,
    );
    let villages = Some(health.villages);
    more(
        "villages_silent",
        Some(health.silent),
        villages,
        "places",
        json!({ "silent": true }),
        inside,
    );
    numbers
}

fn by_type(total: &Figures) -> Vec<TypeCount> {
    let mut types: BTreeMap<&str, TypeCount> = BTreeMap::new();
    let empty = |sort: &str| TypeCount {
        sort: sort.to_owned(),
        present: 0,
        new: 0,
        cleared: 0,
        rolled_back: 0,
    };
    for (sort, present, _) in &total.by_type {
        types.entry(sort).or_insert_with(|| empty(sort)).present += present;
    }
    for (sort, [new, cleared, rolled_back]) in &total.cases.by_type {
        let known = types.entry(sort).or_insert_with(|| empty(sort));
        known.new += new;
        known.cleared += cleared;
        known.rolled_back += rolled_back;
    }
    types.into_values().collect()
}

/// Casework by month.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CaseworkMonths {
    /// The place; absent for somebody with several places who named none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<PlaceName>,
    /// `YYYY-MM`, oldest first; every list below is as long.
    pub months: Vec<String>,
    /// Applications accepted.
    pub accepted: Vec<i64>,
    /// Applications decided.
    pub decided: Vec<i64>,
    /// Days from acceptance to decision, the middle one of what was decided in the month.
    pub median_days: Vec<Option<i64>>,
    /// Notices put up.
    pub notices: Vec<i64>,
    /// Re-checks concluded.
    pub rechecks: Vec<i64>,
    /// Leads.
    pub leads: Vec<i64>,
    /// Emergency aid given.
    pub aid: Vec<i64>,
    /// Monitored households by type.
    pub monitored: Vec<TypeMonths>,
    /// Days on duty of teams; only of places with no more than thirty villages.
    pub presence: Vec<TeamMonths>,
}

/// Monitored households of one type by month.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TypeMonths {
    /// Monitoring type; empty where none is said.
    #[serde(rename = "type")]
    pub sort: String,
    /// Identified.
    pub new: Vec<i64>,
    /// Whose risk ended.
    pub cleared: Vec<i64>,
    /// Rolled back.
    pub rolled_back: Vec<i64>,
}

/// Days on duty of a village's team by month.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TeamMonths {
    /// The village.
    pub village: String,
    /// Its name.
    pub name: String,
    /// Days present, on a trip or in training, of all members.
    pub days: Vec<i64>,
}

/// Villages whose teams are shown by month.
const TEAMS_SHOWN_MAX: usize = 30;

/// Casework of a place by month.
pub async fn months(app: &App, viewer: &Viewer, wanted: &MonthsWanted) -> Result<CaseworkMonths, Error> {
    viewer.require(Kind::Application)?;
    let count = wanted.months.unwrap_or(12);
    if !(1..=limits::ACTIVITY_MONTHS_MAX).contains(&count) {
        return Err(Error::field("/months", "bad_value"));
    }
    let months = months_until(&day_in_china(app.now()), count);
    let (first, last) = (months.first(), months.last());
    let (first, last) = (
        first.cloned().unwrap_or_default(),
        last.cloned().unwrap_or_default(),
    );
    let extent = extent(viewer, wanted.place.as_deref())?;
    let mut read = log::read(&app.store).await?;
    let steps = stored::by_month(&mut read, &extent.villages, &first).await?;
    let took = stored::decided_by_month(&mut read, &extent.villages, &first).await?;
    let duty = match extent.villages.len() <= TEAMS_SHOWN_MAX {
        true => attendance::days(&mut read, &extent.villages, &first, &last).await?,
        false => Vec::new(),
    };
    drop(read);
    let at = |month: &String| months.binary_search(month).ok();
    let none = || vec![0; months.len()];
    let (mut accepted, mut notices, mut rechecks, mut leads, mut aid) =
        (none(), none(), none(), none(), none());
    let mut types: BTreeMap<String, TypeMonths> = BTreeMap::new();
    for step in &steps {
        let Some(at) = at(&step.month) else { continue };
        let monitoring = step.kind == i64::from(Kind::Case.code());
        let of_type = |types: &mut BTreeMap<String, TypeMonths>,
                       list: fn(&mut TypeMonths) -> &mut Vec<i64>| {
            let known = types
                .entry(step.monitoring_type.clone())
                .or_insert_with(|| TypeMonths {
                    sort: step.monitoring_type.clone(),
                    new: none(),
                    cleared: none(),
                    rolled_back: none(),
                });
            list(known)[at] += step.count;
        };
        match step.sort.as_str() {
            "accept" => accepted[at] += step.count,
            "notice_start" => notices[at] += step.count,
            "recheck_done" => rechecks[at] += step.count,
            "lead" => leads[at] += step.count,
            "aid_given" => aid[at] += step.count,
            "approve" if monitoring => of_type(&mut types, |one| &mut one.new),
            "clear_approve" => of_type(&mut types, |one| &mut one.cleared),
            "roll_back" => of_type(&mut types, |one| &mut one.rolled_back),
            _ => {}
        }
    }
    let mut spread: Vec<BTreeMap<i64, i64>> = vec![BTreeMap::new(); months.len()];
    for (month, days, cases) in took {
        if let Some(at) = at(&month) {
            *spread[at].entry(days).or_default() += cases;
        }
    }
    let mut teams: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for (village, month, days) in duty {
        if let Some(at) = at(&month) {
            teams.entry(village).or_insert_with(none)[at] += days;
        }
    }
    let name = |village: &str| {
        viewer
            .place(village)
            .map(|place| place.name.clone())
            .unwrap_or_default()
    };
    Ok(CaseworkMonths {
        decided: spread.iter().map(|took| took.values().sum()).collect(),
        median_days: spread.iter().map(median).collect(),
        accepted,
        notices,
        rechecks,
        leads,
        aid,
        monitored: types.into_values().collect(),
        presence: teams
            .into_iter()
            .map(|(village, days)| TeamMonths {
                name: name(&village),
                village,
                days,
            })
            .collect(),
        place: extent.place.map(|place| PlaceName::of(viewer, place)),
        months,
    })
}

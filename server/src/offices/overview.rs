//! What leaders look at: the figures of a place as far as the product knows them, and the health of its data.
//!
//! Every figure names the list behind it, in the words of that list's own filter. There is no ranking of persons: a team
//! is shown with its village's figures, and its members with nothing but when they were last heard of.

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use sync_core::schema::Kind;
use utoipa::ToSchema;

use super::Viewer;
use super::figures::{self, Days, Figures};
use crate::app::App;
use crate::error::{Code, Error};
use crate::limits;
use crate::registry::Role;
use crate::registry::places::{Level, Place};
use crate::store::log;
use crate::store::projections::cases::Counts;
use crate::store::projections::overview::{self as stored, Heard};

/// Of what place, and what counts as silent.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// A place in one's area; otherwise one's own.
    pub place: Option<String>,
    /// Days without a word after which a village is silent: 7 unless told.
    pub silent_days: Option<i64>,
}

/// The figures of a place.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Overview {
    /// The place; absent for a unit, and for somebody with several places who named none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<PlaceName>,
    /// Unix ms at which this was so.
    pub at_ms: i64,
    /// The figures.
    pub numbers: Vec<Number>,
    /// The places one level down; of a village, itself.
    pub places: Vec<PlaceRow>,
    /// Of a village: who works in it.
    pub team: Vec<Member>,
    /// Monitored households by monitoring type.
    pub monitored_by_type: Vec<MonitoredType>,
}

/// A place by name.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PlaceName {
    /// Its code.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How high it stands.
    pub level: Level,
    /// The place above it, if that is one's own too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
}

/// A figure.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Number {
    /// Which one: a stable name.
    #[schema(example = "needs_overdue")]
    pub key: &'static str,
    /// The figure.
    pub value: i64,
    /// What it is a part of, for a share.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<i64>,
    /// The list behind it.
    pub list: List,
}

/// A list, and what of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct List {
    /// `needs`, `households`, `cases`, `teams` or `places` (those below).
    pub to: &'static str,
    /// The filter of that list.
    #[schema(value_type = Object)]
    pub filter: Json,
}

/// A place in the grid of the health of data.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PlaceRow {
    /// Its code.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How high it stands.
    pub level: Level,
    /// Unix ms at which any phone of it was heard last.
    pub last_heard_ms: Option<i64>,
    /// Villages in it that have phones, none of which was heard in the days that were asked about.
    pub silent: i64,
    /// Villages in it.
    pub villages: i64,
    /// Phones of it.
    pub devices: i64,
    /// Changes on these phones that the server has not yet got, by what they said last.
    pub unsent: i64,
    /// Age of the oldest of these, seconds, by what they said last.
    pub unsent_age_s: i64,
    /// Households.
    pub households: i64,
    /// People living in them.
    pub people: i64,
    /// Households visited in the last 30 days.
    pub visited_30: i64,
    /// Households visited in the last 90 days.
    pub visited_90: i64,
    /// Needs that are neither solved nor closed.
    pub open_needs: i64,
    /// Those of them that were due before today.
    pub overdue_needs: i64,
    /// Household files and needs with fields of more than one value.
    pub conflicts: i64,
    /// Households with a guarantee that is not met.
    pub gaps: i64,
    /// Monitored households whose risk has not gone.
    pub monitored: i64,
}

/// Somebody of a work team.
#[derive(Clone, Serialize, ToSchema)]
pub struct Member {
    /// Id.
    pub person: String,
    /// Name.
    pub name: String,
    /// The unit that sent them.
    pub unit: Option<String>,
    /// Its name.
    pub unit_name: Option<String>,
    /// Unix ms at which a phone of theirs was heard last.
    pub last_heard_ms: Option<i64>,
}

// Names must not reach a log through a stray `{:?}`.
impl std::fmt::Debug for Member {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Member")
            .field("person", &self.person)
            .finish_non_exhaustive()
    }
}

/// Monitored households of one type.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MonitoredType {
    /// Monitoring type; empty where none is said.
    #[serde(rename = "type")]
    pub sort: String,
    /// At risk.
    pub present: i64,
    /// Whose risk has gone.
    pub cleared: i64,
}

const DAY_MS: i64 = 24 * 3600 * 1000;
const SILENT_DAYS: i64 = 7;

/// The figures of a place, or of a unit.
pub async fn get(app: &App, viewer: &Viewer, wanted: &Wanted) -> Result<Overview, Error> {
    let silent_days = wanted.silent_days.unwrap_or(SILENT_DAYS);
    if !(1..=limits::FILTER_DAYS_MAX).contains(&silent_days) {
        return Err(Error::field("/silent_days", "bad_value"));
    }
    let now_ms = app.now();
    let days = Days::at(now_ms)?;
    let mut read = log::read(&app.store).await?;
    if viewer.role == Role::Unit {
        if wanted.place.is_some() {
            return Err(Code::OutsideArea.into());
        }
        let unit = viewer.unit.as_deref().ok_or(Code::NotAllowed)?;
        let figures = stored::of_unit(&mut read, unit, &days).await?;
        return Ok(Overview {
            place: None,
            at_ms: now_ms,
            numbers: needs_numbers(&figures, &json!({})),
            places: Vec::new(),
            team: Vec::new(),
            monitored_by_type: Vec::new(),
        });
    }
    viewer.require(Kind::Household)?;
    let Extent {
        place,
        below,
        villages,
    } = extent(viewer, wanted.place.as_deref())?;
    let counted = figures::of_villages(app, &mut read, &villages, &days).await?;
    let heard = stored::heard(&mut read, &villages).await?;
    let silent_before_ms = now_ms - silent_days * DAY_MS;
    let (mut rows, mut total, mut health) = (Vec::new(), Figures::default(), Heard::default());
    let mut silent = 0;
    for place in &below {
        let mut figures = Figures::default();
        let mut row = row(place);
        for village in viewer.villages_in(&place.id) {
            if let Some(counted) = counted.get(&village) {
                figures.add(counted);
            }
            row.villages += 1;
            if let Some(heard) = heard.iter().find(|heard| heard.village == village) {
                row.hear(heard, silent_before_ms);
            }
        }
        row.count(&figures);
        total.add(&figures);
        health.unsent += row.unsent;
        silent += row.silent;
        rows.push(row);
    }
    let team = match &place {
        Some(place) if place.level == Level::Village => stored::team(&mut read, &place.id).await?,
        _ => Vec::new(),
    };
    let inside = match &place {
        Some(place) => json!({ "place": place.id }),
        None => json!({}),
    };
    let mut numbers = needs_numbers(&total, &inside);
    numbers.extend(household_numbers(&total, &inside));
    numbers.extend(case_numbers(&total.cases, &inside));
    numbers.extend([
        number(
            "unsent",
            health.unsent,
            "places",
            &inside,
            &json!({ "unsent": true }),
        ),
        Number {
            of: Some(i64::try_from(villages.len()).unwrap_or(i64::MAX)),
            ..number(
                "villages_silent",
                silent,
                "places",
                &inside,
                &json!({ "silent": true }),
            )
        },
    ]);
    let mut monitored_by_type: Vec<MonitoredType> = total
        .by_type
        .into_iter()
        .map(|(sort, present, cleared)| MonitoredType {
            sort,
            present,
            cleared,
        })
        .collect();
    monitored_by_type.sort_by(|a, b| a.sort.cmp(&b.sort));
    Ok(Overview {
        place: place.map(|place| PlaceName::of(viewer, place)),
        at_ms: now_ms,
        numbers,
        places: rows,
        team: team
            .into_iter()
            .map(|(person, name, unit, unit_name, last_heard_ms)| Member {
                person,
                name,
                unit,
                unit_name,
                last_heard_ms,
            })
            .collect(),
        monitored_by_type,
    })
}

impl PlaceName {
    pub(super) fn of(viewer: &Viewer, place: Place) -> PlaceName {
        PlaceName {
            parent: place.parent.filter(|parent| viewer.place(parent).is_ok()),
            id: place.id,
            name: place.name,
            level: place.level,
        }
    }
}

/// A place, what lies one level below (of a village, itself), and its villages.
pub(super) struct Extent {
    /// Absent for somebody with several places who named none.
    pub(super) place: Option<Place>,
    pub(super) below: Vec<Place>,
    pub(super) villages: Vec<String>,
}

/// What somebody looks at: the place they name, or their own.
pub(super) fn extent(viewer: &Viewer, place: Option<&str>) -> Result<Extent, Error> {
    let place = match (place, viewer.roots.as_slice()) {
        (Some(id), _) => Some(viewer.place(id)?.clone()),
        (None, [only]) => Some(viewer.place(only)?.clone()),
        (None, _) => None,
    };
    let is_below = |below: &&Place| match &place {
        Some(place) if place.level == Level::Village => below.id == place.id,
        Some(place) => below.parent.as_ref() == Some(&place.id),
        None => viewer.roots.contains(&below.id),
    };
    let below = viewer.places.iter().filter(is_below).cloned().collect();
    let villages = match &place {
        Some(place) => viewer.villages_in(&place.id),
        None => viewer.villages.clone(),
    };
    Ok(Extent {
        place,
        below,
        villages,
    })
}

fn row(place: &Place) -> PlaceRow {
    PlaceRow {
        id: place.id.clone(),
        name: place.name.clone(),
        level: place.level,
        last_heard_ms: None,
        silent: 0,
        villages: 0,
        devices: 0,
        unsent: 0,
        unsent_age_s: 0,
        households: 0,
        people: 0,
        visited_30: 0,
        visited_90: 0,
        open_needs: 0,
        overdue_needs: 0,
        conflicts: 0,
        gaps: 0,
        monitored: 0,
    }
}

impl PlaceRow {
    fn hear(&mut self, heard: &Heard, silent_before_ms: i64) {
        self.last_heard_ms = self.last_heard_ms.max(heard.last_heard_ms);
        if heard.last_heard_ms.is_none_or(|at_ms| at_ms < silent_before_ms) {
            self.silent += 1;
        }
        self.devices += heard.devices;
        self.unsent += heard.unsent;
        self.unsent_age_s = self.unsent_age_s.max(heard.unsent_age_s);
    }

    fn count(&mut self, figures: &Figures) {
        self.households = figures.households;
        self.people = figures.people;
        self.visited_30 = figures.visited_30;
        self.visited_90 = figures.visited_90;
        self.open_needs = figures.needs_open;
        self.overdue_needs = figures.needs_overdue;
        self.conflicts = figures.conflicts + figures.need_conflicts;
        self.gaps = figures.gaps;
        self.monitored = figures.monitored;
    }
}

fn number(key: &'static str, value: i64, to: &'static str, inside: &Json, filter: &Json) -> Number {
    let mut all = inside.clone();
    if let (Some(all), Some(filter)) = (all.as_object_mut(), filter.as_object()) {
        all.extend(filter.clone());
    }
    Number {
        key,
        value,
        of: None,
        list: List { to, filter: all },
    }
}

fn needs_numbers(figures: &Figures, inside: &Json) -> Vec<Number> {
    let needs = |key, value, filter: Json| number(key, value, "needs", inside, &filter);
    vec![
        needs("needs_open", figures.needs_open, json!({ "open": true })),
        needs("needs_overdue", figures.needs_overdue, json!({ "overdue": true })),
        needs(
            "needs_unassigned",
            figures.needs_unassigned,
            json!({ "waiting": "unassigned" }),
        ),
        needs(
            "needs_not_accepted",
            figures.needs_not_accepted,
            json!({ "waiting": "not_accepted" }),
        ),
        needs(
            "needs_answered",
            figures.needs_answered,
            json!({ "waiting": "answered" }),
        ),
        needs(
            "needs_handed_back",
            figures.needs_handed_back,
            json!({ "waiting": "handed_back" }),
        ),
        needs(
            "need_conflicts",
            figures.need_conflicts,
            json!({ "conflicts": true }),
        ),
    ]
}

pub(super) fn case_numbers(counts: &Counts, inside: &Json) -> Vec<Number> {
    let cases = |key, value, filter: Json| number(key, value, "cases", inside, &filter);
    let late = |clock: &str| json!({ "clock": "overdue", "named": [clock] });
    vec![
        cases("cases_open", counts.open, json!({ "undecided": true })),
        cases("cases_due", counts.due, json!({ "clock": "due" })),
        cases("cases_overdue", counts.overdue, json!({ "clock": "overdue" })),
        cases("cases_late_events", counts.late_events, json!({ "late": true })),
        cases(
            "cases_decided",
            counts.decided_count(),
            json!({ "decided": true }),
        ),
        cases(
            "notices_running",
            counts.notices_running,
            json!({ "notice": "running" }),
        ),
        cases(
            "notices_objected",
            counts.notices_objected,
            json!({ "notice": "objected" }),
        ),
        cases("rechecks_overdue", counts.rechecks_overdue, late("recheck")),
        cases("paperwork_open", counts.paperwork, json!({ "paperwork": true })),
        cases("leads_late", counts.leads_late, late("identification")),
        cases("monitored_no_measure", counts.without_measure, late("no_measure")),
        cases("monitored_new", counts.identified, json!({ "monitored": "new" })),
        cases(
            "monitored_cleared_new",
            counts.cleared,
            json!({ "monitored": "cleared" }),
        ),
        cases(
            "monitored_rolled_back",
            counts.rolled_back,
            json!({ "monitored": "rolled_back" }),
        ),
    ]
}

fn household_numbers(figures: &Figures, inside: &Json) -> Vec<Number> {
    let of = |key, value, of: Option<i64>, filter: Json| {
        let mut filter = filter;
        filter["register_state"] = "active".into();
        Number {
            of,
            ..number(key, value, "households", inside, &filter)
        }
    };
    let all = Some(figures.households);
    let unvisited = figures.households - figures.visited_90;
    vec![
        of("households", figures.households, None, json!({})),
        of(
            "visited_30",
            figures.visited_30,
            all,
            json!({ "visited_days": 30 }),
        ),
        of(
            "visited_90",
            figures.visited_90,
            all,
            json!({ "visited_days": 90 }),
        ),
        of(
            "not_visited_90",
            unvisited,
            all,
            json!({ "not_visited_days": 90 }),
        ),
        of(
            "monitored",
            figures.monitored,
            all,
            json!({ "monitored": true, "cleared": false }),
        ),
        of(
            "monitored_cleared",
            figures.monitored_cleared,
            None,
            json!({ "monitored": true, "cleared": true }),
        ),
        of(
            "monitored_without_measure",
            figures.monitored_without_measure,
            Some(figures.monitored),
            json!({ "monitored": true, "cleared": false, "without_measure": true }),
        ),
        of("gaps", figures.gaps, all, json!({ "gap": ["any"] })),
        of("conflicts", figures.conflicts, None, json!({ "conflicts": true })),
    ]
}

//! Attendance of teams and their leave, for the township that decides on it.
//!
//! Months are entered once, by the members themselves. Rates are of teams and members are in the order of their names: there
//! is no ranking. Counties, which see no attendance, find the days of teams among the numbers of casework.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sync_core::id::DocId;
use sync_core::schema::Kind;
use sync_core::value::Scalar;
use sync_core::workflow::Day;
use utoipa::ToSchema;

use super::Viewer;
use super::activity::months_until;
use super::casework::TARGET_DAYS;
use super::overview::extent;
use crate::app::App;
use crate::clock::day_in_china;
use crate::error::Error;
use crate::limits;
use crate::projections::attendance::marks;
use crate::projections::{Entry, entries};
use crate::relay::history::{self, Open};
use crate::store::log;
use crate::store::projections::attendance as stored;
use crate::store::registry::people;

/// Of what place and month.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AttendanceWanted {
    /// A place in one's area; otherwise one's own.
    pub place: Option<String>,
    /// `YYYY-MM`; the present one unless told.
    pub month: Option<String>,
}

/// A month of teams.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AttendanceMonth {
    /// The month.
    pub month: String,
    /// Days a month a member is on duty.
    pub target_days: i64,
    /// Teams, by the code of their village.
    pub teams: Vec<Team>,
    /// Leave that waits for a decision, of any month, and what was decided on leave of this month.
    pub leaves: Vec<Leave>,
}

/// The team of a village.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Team {
    /// The village.
    pub village: String,
    /// Its name.
    pub village_name: String,
    /// Twelve months up to this one.
    pub months: Vec<String>,
    /// Days on duty of all members in each of them.
    pub days: Vec<i64>,
    /// By name.
    pub members: Vec<TeamMember>,
}

/// Somebody's month.
#[derive(Clone, Serialize, ToSchema)]
pub struct TeamMember {
    /// Id.
    pub person: String,
    /// Name.
    pub name: String,
    /// The document of the month, once there is one.
    pub doc: Option<String>,
    /// Days in the village.
    pub present: i64,
    /// Days on a duty trip.
    pub trip: i64,
    /// Days in training.
    pub training: i64,
    /// Days of leave.
    pub leave: i64,
    /// Days of rest.
    pub rest: i64,
    /// Where each day was spent.
    pub marks: BTreeMap<String, String>,
    /// Requests for leave nobody has decided on.
    pub open_leaves: i64,
    /// What the township has confirmed.
    pub confirmed: Option<Confirmed>,
}

// Rows name people.
impl std::fmt::Debug for TeamMember {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TeamMember")
            .field("person", &self.person)
            .finish_non_exhaustive()
    }
}

/// A confirmed month.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Confirmed {
    /// Days in the village.
    pub days_count: Option<i64>,
    /// Note.
    pub note: Option<String>,
    /// Who confirmed it.
    pub by: Option<String>,
    /// Their name.
    pub by_name: Option<String>,
    /// When, by their clock, Unix seconds.
    pub at_s: i64,
}

/// A request for leave.
#[derive(Clone, Serialize, ToSchema)]
pub struct Leave {
    /// The document of the month.
    pub doc: String,
    /// Key of the request in it.
    pub key: String,
    /// Who asks.
    pub person: String,
    /// Their name.
    pub name: String,
    /// The village.
    pub village: String,
    /// Its name.
    pub village_name: String,
    /// First day.
    pub from: Option<String>,
    /// Last day.
    pub until: Option<String>,
    /// Days, both ends counted.
    pub days: Option<i64>,
    /// Why.
    pub reason: Option<String>,
    /// When it was asked, by the member's clock, Unix seconds.
    pub asked_s: i64,
    /// The decision.
    pub decision: Option<LeaveDecision>,
}

impl std::fmt::Debug for Leave {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Leave")
            .field("doc", &self.doc)
            .finish_non_exhaustive()
    }
}

/// A decision on leave.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LeaveDecision {
    /// Its key in the document.
    pub key: String,
    /// `granted`, `refused` or `passed_on`.
    pub conclusion: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// Who decided.
    pub by: Option<String>,
    /// Their name.
    pub by_name: Option<String>,
    /// When, by their clock, Unix seconds.
    pub at_s: i64,
}

/// The months of teams, and leave that waits.
pub async fn get(app: &App, viewer: &Viewer, wanted: &AttendanceWanted) -> Result<AttendanceMonth, Error> {
    viewer.require(Kind::Attendance)?;
    let today = day_in_china(app.now());
    let month = wanted
        .month
        .clone()
        .unwrap_or_else(|| today.get(..7).unwrap_or_default().to_owned());
    let first = format!("{month}-01");
    if month.len() != 7 || Day::parse(&first).is_none() {
        return Err(Error::field("/month", "bad_value"));
    }
    let months = months_until(&first, 12);
    let extent = extent(viewer, wanted.place.as_deref())?;
    let mut read = log::read(&app.store).await?;
    let members = stored::teams(&mut read, &extent.villages).await?;
    let days = stored::days(&mut read, &extent.villages, &months[0], &month).await?;
    let found = stored::months(&mut read, &extent.villages, &month, limits::ATTENDANCE_MONTHS_MAX).await?;
    let persons: BTreeSet<String> = found.iter().map(|(.., person)| person.clone()).collect();
    let persons: Vec<String> = persons.into_iter().collect();
    let names: BTreeMap<String, String> = people::names(&mut read, &persons).await?.into_iter().collect();
    let village_name = |village: &str| {
        viewer
            .place(village)
            .map(|place| place.name.clone())
            .unwrap_or_default()
    };
    let mut teams: BTreeMap<String, Team> = extent
        .villages
        .iter()
        .map(|village| {
            let team = Team {
                village: village.clone(),
                village_name: village_name(village),
                months: months.clone(),
                days: vec![0; months.len()],
                members: Vec::new(),
            };
            (village.clone(), team)
        })
        .collect();
    for (village, person, name) in members {
        if let Some(team) = teams.get_mut(&village) {
            team.members.push(TeamMember::new(person, name));
        }
    }
    for (village, month, count) in days {
        if let (Some(team), Ok(at)) = (teams.get_mut(&village), months.binary_search(&month)) {
            team.days[at] += count;
        }
    }
    let mut leaves = Vec::new();
    for (id, village, of, person) in found {
        let Ok(doc) = DocId::parse(&id) else { continue };
        let Some(open) = history::open(&mut read, &doc).await? else {
            continue;
        };
        let name = names.get(&person).cloned().unwrap_or_default();
        let asked = asked(&open, &id, (&person, &name), (&village, &village_name(&village)));
        let waiting = asked.iter().filter(|leave| leave.decision.is_none()).count();
        let shown = |leave: &Leave| leave.decision.is_none() || of == month;
        leaves.extend(asked.into_iter().filter(shown));
        let Some(team) = teams.get_mut(&village).filter(|_| of == month) else {
            continue;
        };
        let at = match team.members.iter().position(|member| member.person == person) {
            Some(at) => at,
            // Somebody who has left the team since.
            None => {
                team.members.push(TeamMember::new(person, name));
                team.members.len() - 1
            }
        };
        team.members[at].take(&open, id, waiting);
    }
    drop(read);
    for team in teams.values_mut() {
        team.members
            .sort_by(|a, b| (&a.name, &a.person).cmp(&(&b.name, &b.person)));
    }
    leaves.sort_by(|a, b| {
        (a.decision.is_some(), &a.from, &a.doc, &a.key).cmp(&(b.decision.is_some(), &b.from, &b.doc, &b.key))
    });
    Ok(AttendanceMonth {
        month,
        target_days: TARGET_DAYS,
        teams: teams.into_values().collect(),
        leaves,
    })
}

impl TeamMember {
    fn new(person: String, name: String) -> TeamMember {
        TeamMember {
            person,
            name,
            doc: None,
            present: 0,
            trip: 0,
            training: 0,
            leave: 0,
            rest: 0,
            marks: BTreeMap::new(),
            open_leaves: 0,
            confirmed: None,
        }
    }

    fn take(&mut self, open: &Open, doc: String, waiting: usize) {
        let marks = marks(&open.document);
        let count = |state: &str| marks.values().filter(|mark| *mark == state).count() as i64;
        self.present = count("present");
        self.trip = count("trip");
        self.training = count("training");
        self.leave = count("leave");
        self.rest = count("rest");
        self.open_leaves = i64::try_from(waiting).unwrap_or(i64::MAX);
        self.confirmed = entries(&open.document, "confirmations").last().map(|entry| {
            let (by, by_name) = by(open, entry);
            Confirmed {
                days_count: match entry.fields.get("days_count") {
                    Some(Scalar::Int(days)) => Some(*days),
                    _ => None,
                },
                note: entry.text("note"),
                by,
                by_name,
                at_s: entry.claimed_s,
            }
        });
        self.doc = Some(doc);
        self.marks = marks;
    }
}

fn by(open: &Open, entry: &Entry) -> (Option<String>, Option<String>) {
    let author = open.author_of(&entry.actor);
    (
        author.map(|author| author.person.clone()),
        author.map(|author| author.name.clone()),
    )
}

fn asked(open: &Open, doc: &str, person: (&str, &str), village: (&str, &str)) -> Vec<Leave> {
    let decisions = entries(&open.document, "decisions");
    let leaves = entries(&open.document, "leaves").into_iter().map(|entry| {
        // The last decision holds.
        let decided = |decision: &&Entry| decision.text("leave").as_deref() == Some(entry.key.as_str());
        let decision = decisions.iter().rev().find(decided).map(|decision| {
            let (by, by_name) = by(open, decision);
            LeaveDecision {
                key: decision.key.clone(),
                conclusion: decision.text("conclusion"),
                reason: decision.text("reason"),
                by,
                by_name,
                at_s: decision.claimed_s,
            }
        });
        let (from, until) = (entry.text("from"), entry.text("until"));
        let day = |text: &Option<String>| text.as_deref().and_then(Day::parse);
        let days = day(&from)
            .zip(day(&until))
            .map(|(from, until)| until.since(from) + 1);
        Leave {
            doc: doc.to_owned(),
            person: person.0.to_owned(),
            name: person.1.to_owned(),
            village: village.0.to_owned(),
            village_name: village.1.to_owned(),
            from,
            until,
            days: days.filter(|days| *days > 0),
            reason: entry.text("reason"),
            asked_s: entry.claimed_s,
            key: entry.key,
            decision,
        }
    });
    leaves.collect()
}

//! A procedure as data: states, events, what each event needs, and clocks. Parsed from JSON and checked; never a rule
//! in code.
//!
//! A text that parses here can be folded: states it names exist, events it names are in the vocabulary of its kind, no
//! role is given an event that the one table of rights ([`crate::policy`]) denies it. What a limit or a requirement
//! comes from stands beside it (`articles`), so that people can review it against the rules.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::day::Day;
use crate::policy::{Role, may_write_event};
use crate::schema::{self, FieldType, Kind};
use crate::value::Scalar;

/// States, events and clocks a procedure may have, and tests an event may need.
const PARTS_MAX: usize = 200;
/// Longest limit, of any unit.
const LIMIT_MAX: u32 = 3_660;

/// One version of a procedure.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Procedure {
    /// Its name.
    pub procedure: String,
    /// Increases with every change of this text.
    pub version: u32,
    /// Kind of document it governs.
    #[serde(deserialize_with = "kind")]
    pub kind: Kind,
    /// Where it holds: codes of places begin with this; empty for everywhere.
    #[serde(default)]
    pub area: String,
    /// The first day it holds, for what begins then.
    pub effective: Day,
    /// Name, Chinese.
    pub zh: String,
    /// Name, English.
    pub en: String,
    /// State of a document without events.
    pub start: String,
    /// States by name.
    pub states: BTreeMap<String, State>,
    /// Events by sort.
    pub events: BTreeMap<String, Rule>,
    /// Clocks by name.
    #[serde(default)]
    pub clocks: BTreeMap<String, ClockRule>,
    /// What follows from a number, by name: the grade of self-care from indicators not met.
    #[serde(default)]
    pub grades: BTreeMap<String, GradeRule>,
}

/// A state.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
    /// Whose turn it is.
    #[serde(default)]
    pub holder: Option<Role>,
    /// Nothing moves from here, and clocks stop.
    #[serde(default, rename = "final")]
    pub is_final: bool,
}

/// What an event does and needs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Where it is taken and where it leads; the first that fits holds.
    pub moves: Vec<Move>,
    /// Evidence without which it does not count.
    #[serde(default)]
    pub needs: Vec<Need>,
    /// Narrows the roles of the table of rights.
    #[serde(default)]
    pub roles: Option<BTreeSet<Role>>,
    /// Where it is said.
    #[serde(default)]
    pub articles: Vec<String>,
}

/// A step from a state.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Move {
    /// States it is taken in; `*` for every one that is not final, `**` for every one.
    pub from: Vec<String>,
    /// Where it leads; absent when the state stays.
    #[serde(default)]
    pub to: Option<String>,
    /// Only if all of these hold.
    #[serde(default)]
    pub when: Vec<Test>,
}

/// A piece of evidence.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Need {
    /// One of these has to hold.
    pub any: Vec<Test>,
    /// Only asked for if one of these holds; always when empty.
    #[serde(default)]
    pub when: Vec<Test>,
    /// What is missing, Chinese.
    pub zh: String,
    /// What is missing, English.
    pub en: String,
    /// Where it is said.
    #[serde(default)]
    pub articles: Vec<String>,
}

/// A question about the event at hand, or about those before it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Test {
    /// About events of this sort; about the event at hand when absent.
    #[serde(default)]
    pub event: Option<String>,
    /// Only after the last event of this sort; never fulfilled while there is none.
    #[serde(default)]
    pub since: Option<String>,
    /// The field says something, and what the following ask of it.
    #[serde(default)]
    pub field: Option<String>,
    /// One of these values.
    #[serde(default)]
    pub is: Vec<Value>,
    /// A number not below.
    #[serde(default)]
    pub at_least: Option<i64>,
    /// A number not above.
    #[serde(default)]
    pub at_most: Option<i64>,
    /// A day in the month after the event's.
    #[serde(default)]
    pub next_month: bool,
    /// By so many different persons.
    #[serde(default)]
    pub persons: Option<usize>,
    /// So much has passed since the event of `since`: its last day is over.
    #[serde(default)]
    pub elapsed: Option<Limit>,
    /// The contrary.
    #[serde(default)]
    pub not: bool,
}

/// A value to compare with.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Text.
    Text(String),
}

impl Value {
    /// Whether a scalar is this.
    pub fn is(&self, scalar: &Scalar) -> bool {
        match (self, scalar) {
            (Value::Bool(wanted), Scalar::Bool(found)) => wanted == found,
            (Value::Int(wanted), Scalar::Int(found)) => wanted == found,
            (Value::Text(wanted), Scalar::Str(found)) => wanted == found,
            _ => false,
        }
    }
}

/// A length of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Limit {
    /// Working days; the day it begins is not counted.
    WorkingDays(u32),
    /// Calendar days; the day it begins is not counted.
    Days(u32),
    /// Months, to the same day or the last one.
    Months(u32),
    /// Hours from the moment.
    Hours(u32),
}

impl Limit {
    fn count(self) -> u32 {
        match self {
            Limit::WorkingDays(count) | Limit::Days(count) | Limit::Months(count) | Limit::Hours(count) => {
                count
            }
        }
    }
}

/// A clock.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockRule {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
    /// Who is late when it runs out.
    #[serde(default)]
    pub holder: Option<Role>,
    /// Sorts of events that start it.
    pub starts: Vec<String>,
    /// Sorts of events that stop it.
    pub stops: Vec<String>,
    /// How long.
    pub limit: Limit,
    /// Other lengths, if the event that starts it passes the test.
    #[serde(default)]
    pub limits: Vec<OtherLimit>,
    /// A length that an event while it runs puts in its place.
    #[serde(default)]
    pub extended_by: Option<Extension>,
    /// It stands still in these states.
    #[serde(default)]
    pub pauses_in: Vec<String>,
    /// It is not a limit but a time that must pass: a notice.
    #[serde(default)]
    pub minimum: bool,
    /// From so many days before the end on there is a warning; working days where the limit is in them.
    #[serde(default = "warn_default")]
    pub warn: u32,
    /// Where it is said.
    #[serde(default)]
    pub articles: Vec<String>,
}

/// See [`ClockRule::limits`].
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OtherLimit {
    /// All of these hold.
    pub when: Vec<Test>,
    /// Then so long.
    pub limit: Limit,
}

/// See [`ClockRule::extended_by`].
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extension {
    /// The sort of event.
    pub event: String,
    /// The length from the start.
    pub limit: Limit,
}

/// A grade by a number.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GradeRule {
    /// Last event of this sort.
    pub event: String,
    /// Its number.
    pub field: String,
    /// Grades, lowest first; the first whose bound is not exceeded.
    pub grades: Vec<Grade>,
    /// Where it is said.
    #[serde(default)]
    pub articles: Vec<String>,
}

/// See [`GradeRule::grades`].
#[derive(Debug, Clone, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Grade {
    /// Up to and with.
    pub at_most: i64,
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

fn warn_default() -> u32 {
    3
}

fn kind<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Kind, D::Error> {
    let text = String::deserialize(deserializer)?;
    Kind::parse(&text)
        .filter(|kind| matches!(kind, Kind::Application | Kind::Case))
        .ok_or_else(|| serde::de::Error::custom("a kind with events"))
}

/// What is wrong with a procedure's text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("procedure {procedure}: {what}")]
pub struct BadProcedure {
    /// Its name, as far as it could be read.
    pub procedure: String,
    /// What is wrong.
    pub what: String,
}

impl Procedure {
    /// Reads one procedure and checks that it can be folded.
    ///
    /// # Errors
    /// The first thing that does not fit.
    pub fn from_json(json: serde_json::Value) -> Result<Procedure, BadProcedure> {
        let name = json
            .get("procedure")
            .and_then(|name| name.as_str())
            .unwrap_or("?");
        let bad = {
            let procedure = name.to_owned();
            move |what: String| BadProcedure { procedure, what }
        };
        let read: Procedure = match serde_json::from_value(json) {
            Ok(read) => read,
            Err(error) => return Err(bad(error.to_string())),
        };
        match read.check() {
            Ok(()) => Ok(read),
            Err(what) => Err(bad(what)),
        }
    }

    /// Roles that may write an event here: the table of rights, narrowed by this procedure.
    pub fn roles_of(&self, sort: &str) -> Vec<Role> {
        let Some(rule) = self.events.get(sort) else {
            return Vec::new();
        };
        let here = |role: &Role| rule.roles.as_ref().is_none_or(|roles| roles.contains(role));
        Role::ALL
            .iter()
            .copied()
            .filter(|role| may_write_event(*role, self.kind, sort) && here(role))
            .collect()
    }

    fn check(&self) -> Result<(), String> {
        let parts = self.states.len() + self.events.len() + self.clocks.len();
        if parts > PARTS_MAX || self.procedure.len() > 40 || self.area.len() > 64 {
            return Err("too large".to_owned());
        }
        self.state(&self.start)?;
        for (sort, rule) in &self.events {
            self.check_rule(sort, rule)
                .map_err(|what| format!("event {sort}: {what}"))?;
        }
        for (name, clock) in &self.clocks {
            self.check_clock(clock)
                .map_err(|what| format!("clock {name}: {what}"))?;
        }
        for (name, grade) in &self.grades {
            self.sort(&grade.event)
                .map_err(|what| format!("grade {name}: {what}"))?;
            self.field(&grade.field)
                .map_err(|what| format!("grade {name}: {what}"))?;
        }
        // A state that nothing leads to is a slip of the pen, not a rule.
        let reached: BTreeSet<&str> = self
            .events
            .values()
            .flat_map(|rule| &rule.moves)
            .filter_map(|step| step.to.as_deref())
            .chain([self.start.as_str()])
            .collect();
        match self.states.keys().find(|state| !reached.contains(state.as_str())) {
            Some(state) => Err(format!("nothing leads to {state}")),
            None => Ok(()),
        }
    }

    fn check_rule(&self, sort: &str, rule: &Rule) -> Result<(), String> {
        self.vocabulary(sort)?;
        if rule.moves.is_empty() || rule.moves.len() + rule.needs.len() > PARTS_MAX {
            return Err("no moves, or too many parts".to_owned());
        }
        for role in rule.roles.iter().flatten() {
            if !may_write_event(*role, self.kind, sort) {
                return Err(format!("{} has no right to it", role.as_str()));
            }
        }
        if self.roles_of(sort).is_empty() {
            return Err("nobody may write it".to_owned());
        }
        for step in &rule.moves {
            let named = |state: &&String| !matches!(state.as_str(), "*" | "**");
            for state in step.from.iter().filter(named).chain(&step.to) {
                self.state(state)?;
            }
            step.when.iter().try_for_each(|test| self.check_test(test))?;
        }
        for need in &rule.needs {
            if need.any.is_empty() {
                return Err(format!("nothing fulfils “{}”", need.en));
            }
            need.any
                .iter()
                .chain(&need.when)
                .try_for_each(|test| self.check_test(test))?;
        }
        Ok(())
    }

    fn check_clock(&self, clock: &ClockRule) -> Result<(), String> {
        for sort in clock.starts.iter().chain(&clock.stops) {
            self.sort(sort)?;
        }
        if clock.starts.is_empty() {
            return Err("nothing starts it".to_owned());
        }
        clock.pauses_in.iter().try_for_each(|state| self.state(state))?;
        let extension = clock.extended_by.as_ref();
        if let Some(extension) = extension {
            self.sort(&extension.event)?;
        }
        for other in &clock.limits {
            other.when.iter().try_for_each(|test| self.check_test(test))?;
        }
        let limits = clock.limits.iter().map(|other| other.limit);
        let mut limits = limits
            .chain(extension.map(|extension| extension.limit))
            .chain([clock.limit]);
        if limits.any(|limit| limit.count() > LIMIT_MAX) {
            return Err("too long".to_owned());
        }
        Ok(())
    }

    fn check_test(&self, test: &Test) -> Result<(), String> {
        test.event
            .iter()
            .chain(&test.since)
            .try_for_each(|sort| self.sort(sort))?;
        test.field.iter().try_for_each(|field| self.field(field))?;
        if test.elapsed.is_some() && (test.since.is_none() || test.event.is_some() || test.field.is_some()) {
            return Err("time passes since an event".to_owned());
        }
        if test.elapsed.is_some_and(|limit| limit.count() > LIMIT_MAX) {
            return Err("too long".to_owned());
        }
        if test.event.is_none() && test.field.is_none() && test.elapsed.is_none() {
            return Err("a test without a question".to_owned());
        }
        Ok(())
    }

    fn state(&self, name: &str) -> Result<(), String> {
        match self.states.contains_key(name) {
            true => Ok(()),
            false => Err(format!("no state {name}")),
        }
    }

    fn sort(&self, sort: &str) -> Result<(), String> {
        match self.events.contains_key(sort) {
            true => Ok(()),
            false => Err(format!("no event {sort}")),
        }
    }

    fn field(&self, name: &str) -> Result<(), String> {
        match schema::field(self.kind, &["events", "k", name]) {
            Some(_) => Ok(()),
            None => Err(format!("no field {name}")),
        }
    }

    fn vocabulary(&self, sort: &str) -> Result<(), String> {
        match label(self.kind, sort) {
            Some(_) => Ok(()),
            None => Err("not a sort of event".to_owned()),
        }
    }
}

/// What people call a sort of event: Chinese, English.
pub fn label(kind: Kind, sort: &str) -> Option<(&'static str, &'static str)> {
    match schema::field(kind, &["events", "k", "event"])?.ty {
        FieldType::Choice { options, .. } => options
            .iter()
            .find(|option| option.value == sort)
            .map(|option| (option.zh, option.en)),
        _ => None,
    }
}

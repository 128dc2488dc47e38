//! From the events of a document to where it stands: one pure, total function, the same on every replica.
//!
//! Events are taken in the order of [`super::event`]. One that the procedure takes where the document stands, from
//! somebody entitled and with its evidence, is a step; every other is kept, shown in its place, and told why it does not
//! count. Nothing is lost and nothing is undone: a correction puts other words in the place of the corrected ones and
//! leaves the step where it was. The state depends on events alone; the present moment only colours the clocks.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;

use super::calendar::Calendar;
use super::clock::{self, Clock};
use super::day::Day;
use super::event::{Event, in_order};
use super::procedure::{Grade, Limit, Move, Need, Procedure, Rule, Test, label};
use crate::policy::may_write_event;
use crate::value::Scalar;

/// Where a document stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Folded {
    /// The procedure it goes by.
    pub procedure: String,
    /// Version of its text.
    pub version: u32,
    /// Name of the procedure, Chinese.
    pub zh: String,
    /// Name of the procedure, English.
    pub en: String,
    /// The state.
    pub state: String,
    /// Its name, Chinese.
    pub state_zh: String,
    /// Its name, English.
    pub state_en: String,
    /// Whose turn it is.
    pub holder: Option<&'static str>,
    /// Nothing moves any more.
    pub closed: bool,
    /// Day of the first step.
    pub opened_on: Option<Day>,
    /// Every event, in order, counted or not.
    pub steps: Vec<Step>,
    /// Every clock that was ever started.
    pub clocks: Vec<Clock>,
    /// What can happen next, and what it still lacks.
    pub next: Vec<Next>,
    /// Grades that follow from numbers.
    pub grades: BTreeMap<String, Grade>,
    /// Events that do not count but claim to be from a time when they would have: somebody should look.
    pub late_count: usize,
    /// Of some event nobody here knows when the server had it: days are counted from what its author claims.
    pub provisional: bool,
}

/// One event, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Key of the event.
    pub key: String,
    /// Sort of event.
    pub event: String,
    /// Its name, Chinese; empty for a sort of a later version.
    pub zh: &'static str,
    /// Its name, English.
    pub en: &'static str,
    /// Role of the author.
    pub role: Option<&'static str>,
    /// The author.
    pub person: String,
    /// Name of the author, as far as known.
    pub name: Option<String>,
    /// When, by the author's clock, Unix seconds.
    pub claimed_s: i64,
    /// When the server had it, Unix seconds.
    pub received_s: Option<i64>,
    /// State before it.
    pub from: String,
    /// State after it; the same where it moved nothing.
    pub to: String,
    /// Why it does not count; absent for a step.
    pub why: Option<Why>,
    /// Evidence it lacks.
    pub missing: Vec<Missing>,
    /// It does not count, but by its author's clock it is from a time when it would have.
    pub claimed_in_time: bool,
    /// The event it corrects.
    pub corrects: Option<String>,
    /// The last event that corrects it.
    pub corrected_by: Option<String>,
}

/// Why an event does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The procedure does not know it.
    Unknown,
    /// It is not taken where the document stands.
    NotNow,
    /// Another of the same sort was first.
    Repeated,
    /// The document is closed.
    Closed,
    /// Evidence is missing.
    Missing,
    /// The author's role may not, here.
    NotEntitled,
    /// It corrects what is not there, is no step, or is of another sort.
    CorrectsNothing,
}

impl Why {
    /// For people, Chinese.
    pub fn zh(self) -> &'static str {
        match self {
            Why::Unknown => "本流程没有此事项",
            Why::NotNow => "当前环节不能办理此事项",
            Why::Repeated => "此事项已由他人先行办理",
            Why::Closed => "已办结",
            Why::Missing => "缺少必需的材料或程序",
            Why::NotEntitled => "经办身份无权办理",
            Why::CorrectsNothing => "所更正的事项不存在或未生效",
        }
    }

    /// For people, English.
    pub fn en(self) -> &'static str {
        match self {
            Why::Unknown => "not an event of this procedure",
            Why::NotNow => "not taken where the case stands",
            Why::Repeated => "somebody else did it first",
            Why::Closed => "the case is closed",
            Why::Missing => "evidence or a step before it is missing",
            Why::NotEntitled => "the author's role may not do it",
            Why::CorrectsNothing => "what it corrects is not there or never counted",
        }
    }
}

/// A piece of evidence that is not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
    /// Where it is asked for.
    pub articles: Vec<String>,
}

/// Something that can happen where the document stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Next {
    /// Sort of event.
    pub event: String,
    /// Chinese.
    pub zh: &'static str,
    /// English.
    pub en: &'static str,
    /// Who may.
    pub roles: Vec<&'static str>,
    /// What has to happen before.
    pub missing: Vec<Missing>,
    /// What the event itself has to say.
    pub asks: Vec<Missing>,
}

/// A step as the tests of later events see it.
pub(super) struct Taken<'a> {
    pub(super) event: &'a Event,
    pub(super) fields: &'a BTreeMap<String, Scalar>,
    pub(super) to: &'a str,
    /// Place in the steps that are shown.
    shown: usize,
}

/// The steps so far.
#[derive(Default)]
pub(super) struct History<'a> {
    pub(super) taken: Vec<Taken<'a>>,
    by_sort: HashMap<&'a str, Vec<usize>>,
    by_key: HashMap<&'a str, usize>,
}

/// Folds the events of a document. `now_s` is the reader's present moment, Unix seconds; without one clocks are given
/// without a judgement.
pub fn fold(procedure: &Procedure, calendar: &Calendar, events: &[Event], now_s: Option<i64>) -> Folded {
    let mut fold = Fold {
        procedure,
        calendar,
        state: procedure.start.as_str(),
        since_s: i64::MIN,
        past: Vec::new(),
        history: History::default(),
        steps: Vec::with_capacity(events.len()),
    };
    for event in in_order(events) {
        fold.event(event);
    }
    fold.finish(now_s)
}

struct Fold<'a> {
    procedure: &'a Procedure,
    calendar: &'a Calendar,
    state: &'a str,
    /// When the present state was entered.
    since_s: i64,
    /// States left: name, entered, left.
    past: Vec<(&'a str, i64, i64)>,
    history: History<'a>,
    steps: Vec<Step>,
}

impl<'a> Fold<'a> {
    fn event(&mut self, event: &'a Event) {
        let (zh, en) = label(self.procedure.kind, &event.sort).unwrap_or_default();
        let shown = self.steps.len();
        self.steps.push(Step {
            key: event.key.clone(),
            event: event.sort.clone(),
            zh,
            en,
            role: event.role.map(|role| role.as_str()),
            person: event.author.clone(),
            name: event.name.clone(),
            claimed_s: event.claimed_s,
            received_s: event.received_s,
            from: self.state.to_owned(),
            to: self.state.to_owned(),
            why: None,
            missing: Vec::new(),
            claimed_in_time: false,
            corrects: event.corrects().map(str::to_owned),
            corrected_by: None,
        });
        match self.judge(event) {
            Ok(Judged::Moves(to)) => {
                if to != self.state {
                    self.past.push((self.state, self.since_s, event.at_s()));
                    (self.state, self.since_s) = (to, event.at_s());
                }
                self.steps[shown].to = to.to_owned();
                self.history.take(event, to, shown);
            }
            Ok(Judged::Corrects(taken)) => {
                let corrected = &mut self.history.taken[taken];
                corrected.fields = &event.fields;
                self.steps[corrected.shown].corrected_by = Some(event.key.clone());
            }
            Err((why, missing)) => {
                let in_time = matches!(why, Why::NotNow | Why::Repeated | Why::Closed)
                    && self.would_have_counted(event);
                let step = &mut self.steps[shown];
                (step.why, step.missing, step.claimed_in_time) = (Some(why), missing, in_time);
            }
        }
    }

    fn judge(&self, event: &Event) -> Result<Judged<'a>, (Why, Vec<Missing>)> {
        let refuse = |why| Err((why, Vec::new()));
        let Some(rule) = self.procedure.events.get(&event.sort) else {
            return refuse(Why::Unknown);
        };
        if !self.is_entitled(event, rule) {
            return refuse(Why::NotEntitled);
        }
        if let Some(key) = event.corrects() {
            let corrected = self.history.by_key.get(key).copied();
            let Some(corrected) = corrected.filter(|at| self.history.taken[*at].event.sort == event.sort)
            else {
                return refuse(Why::CorrectsNothing);
            };
            // The correction has to stand where the corrected event stood.
            let missing = self.missing(rule, event, corrected);
            return match missing.is_empty() {
                true => Ok(Judged::Corrects(corrected)),
                false => Err((Why::Missing, missing)),
            };
        }
        let here: Vec<&Move> = rule
            .moves
            .iter()
            .filter(|step| self.is_from(step, self.state))
            .collect();
        if here.is_empty() {
            return refuse(if self.is_final() {
                Why::Closed
            } else if self.history.by_sort.contains_key(event.sort.as_str()) {
                Why::Repeated
            } else {
                Why::NotNow
            });
        }
        let all = self.history.taken.len();
        let asked = |tests: &[Test]| {
            tests
                .iter()
                .all(|test| self.holds(test, &event.fields, event.at_s(), all))
        };
        let Some(step) = here.iter().find(|step| asked(&step.when)) else {
            return refuse(Why::NotNow);
        };
        let missing = self.missing(rule, event, all);
        if !missing.is_empty() {
            return Err((Why::Missing, missing));
        }
        Ok(Judged::Moves(step.to.as_deref().unwrap_or(self.state)))
    }

    fn is_entitled(&self, event: &Event, rule: &Rule) -> bool {
        event.role.is_some_and(|role| {
            may_write_event(role, self.procedure.kind, &event.sort)
                && rule.roles.as_ref().is_none_or(|roles| roles.contains(&role))
        })
    }

    fn is_final(&self) -> bool {
        self.procedure
            .states
            .get(self.state)
            .is_some_and(|state| state.is_final)
    }

    fn is_from(&self, step: &Move, state: &str) -> bool {
        let is_final = || {
            self.procedure
                .states
                .get(state)
                .is_some_and(|state| state.is_final)
        };
        step.from
            .iter()
            .any(|from| from == state || from == "**" || (from == "*" && !is_final()))
    }

    /// Whether by its author's clock the event falls into a time when its move was open.
    fn would_have_counted(&self, event: &Event) -> bool {
        let Some(rule) = self.procedure.events.get(&event.sort) else {
            return false;
        };
        let claimed = event.claimed_s;
        self.past.iter().any(|(state, entered, left)| {
            (*entered..*left).contains(&claimed) && rule.moves.iter().any(|step| self.is_from(step, state))
        })
    }

    /// What an event lacks, asked against the first `upto` steps.
    fn missing(&self, rule: &Rule, event: &Event, upto: usize) -> Vec<Missing> {
        let holds = |test: &Test| self.holds(test, &event.fields, event.at_s(), upto);
        rule.needs
            .iter()
            .filter(|need| need.when.is_empty() || need.when.iter().any(holds))
            .filter(|need| !need.any.iter().any(holds))
            .map(Missing::of)
            .collect()
    }

    fn holds(&self, test: &Test, fields: &BTreeMap<String, Scalar>, at_s: i64, upto: usize) -> bool {
        let since = match &test.since {
            None => None,
            Some(sort) => match self.history.last(sort, upto) {
                Some(at) => Some(at),
                None => return false,
            },
        };
        let value = match (&test.elapsed, &test.event) {
            (Some(limit), _) => since.is_some_and(|at| {
                let from = self.history.taken[at].event.at_s();
                is_over(self.calendar, *limit, from, at_s)
            }),
            (None, Some(sort)) => {
                let mut found = self
                    .history
                    .of(sort)
                    .iter()
                    .filter(|at| **at < upto && since.is_none_or(|since| **at > since))
                    .map(|at| &self.history.taken[*at])
                    .filter(|taken| asks(test, taken.fields, taken.event.day()));
                match test.persons {
                    None => found.next().is_some(),
                    Some(count) => {
                        let persons: BTreeSet<&str> =
                            found.map(|taken| taken.event.author.as_str()).collect();
                        persons.len() >= count
                    }
                }
            }
            (None, None) => asks(test, fields, Day::of(at_s)),
        };
        value != test.not
    }

    fn finish(self, now_s: Option<i64>) -> Folded {
        let procedure = self.procedure;
        let clocks = clock::run(
            procedure,
            self.calendar,
            &self.history,
            self.is_final(),
            now_s,
            |other, taken| {
                other
                    .when
                    .iter()
                    .all(|test| asks(test, taken.fields, taken.event.day()) != test.not)
            },
        );
        let next = self.next(now_s);
        let grades = procedure
            .grades
            .iter()
            .filter_map(|(name, rule)| {
                let last = self.history.last(&rule.event, self.history.taken.len())?;
                let Some(Scalar::Int(number)) = self.history.taken[last].fields.get(&rule.field) else {
                    return None;
                };
                let grade = rule.grades.iter().find(|grade| *number <= grade.at_most)?;
                Some((name.clone(), grade.clone()))
            })
            .collect();
        let state = procedure.states.get(self.state);
        Folded {
            procedure: procedure.procedure.clone(),
            version: procedure.version,
            zh: procedure.zh.clone(),
            en: procedure.en.clone(),
            state: self.state.to_owned(),
            state_zh: state.map_or_else(String::new, |state| state.zh.clone()),
            state_en: state.map_or_else(String::new, |state| state.en.clone()),
            holder: state.and_then(|state| state.holder).map(|role| role.as_str()),
            closed: self.is_final(),
            opened_on: self.history.taken.first().map(|taken| taken.event.day()),
            late_count: self.steps.iter().filter(|step| step.claimed_in_time).count(),
            provisional: self.steps.iter().any(|step| step.received_s.is_none()),
            steps: self.steps,
            clocks,
            next,
            grades,
        }
    }

    fn next(&self, now_s: Option<i64>) -> Vec<Next> {
        let nothing = BTreeMap::new();
        let now_s = now_s.unwrap_or(i64::MAX / 2);
        let upto = self.history.taken.len();
        let mut next = Vec::new();
        for (sort, rule) in &self.procedure.events {
            if !rule.moves.iter().any(|step| self.is_from(step, self.state)) {
                continue;
            }
            let holds = |test: &Test| self.holds(test, &nothing, now_s, upto);
            let of_itself = |test: &Test| test.event.is_none() && test.elapsed.is_none();
            let (mut missing, mut asks) = (Vec::new(), Vec::new());
            for need in &rule.needs {
                let depends = need.when.iter().any(of_itself);
                if !need.when.is_empty() && !depends && !need.when.iter().any(holds) {
                    continue;
                }
                if need.any.iter().any(of_itself) || depends {
                    asks.push(Missing::of(need));
                } else if !need.any.iter().any(holds) {
                    missing.push(Missing::of(need));
                }
            }
            let (zh, en) = label(self.procedure.kind, sort).unwrap_or_default();
            next.push(Next {
                event: sort.clone(),
                zh,
                en,
                roles: self
                    .procedure
                    .roles_of(sort)
                    .iter()
                    .map(|role| role.as_str())
                    .collect(),
                missing,
                asks,
            });
        }
        next
    }
}

enum Judged<'a> {
    Moves(&'a str),
    Corrects(usize),
}

impl Missing {
    fn of(need: &Need) -> Missing {
        Missing {
            zh: need.zh.clone(),
            en: need.en.clone(),
            articles: need.articles.clone(),
        }
    }
}

impl<'a> History<'a> {
    fn take(&mut self, event: &'a Event, to: &'a str, shown: usize) {
        let at = self.taken.len();
        self.by_sort.entry(event.sort.as_str()).or_default().push(at);
        self.by_key.insert(event.key.as_str(), at);
        self.taken.push(Taken {
            event,
            fields: &event.fields,
            to,
            shown,
        });
    }

    fn of(&self, sort: &str) -> &[usize] {
        self.by_sort.get(sort).map_or(&[], |found| found)
    }

    fn last(&self, sort: &str, upto: usize) -> Option<usize> {
        self.of(sort).iter().rev().find(|at| **at < upto).copied()
    }
}

/// What a test asks of the fields of one event.
fn asks(test: &Test, fields: &BTreeMap<String, Scalar>, day: Day) -> bool {
    let Some(name) = &test.field else { return true };
    let Some(value) = fields.get(name) else {
        return false;
    };
    if !test.is.is_empty() {
        return test.is.iter().any(|wanted| wanted.is(value));
    }
    if test.at_least.is_some() || test.at_most.is_some() {
        let Scalar::Int(number) = value else { return false };
        return test.at_least.is_none_or(|least| *number >= least)
            && test.at_most.is_none_or(|most| *number <= most);
    }
    if test.next_month {
        let Scalar::Str(text) = value else { return false };
        let (year, month, _) = day.plus_months(1).civil();
        return Day::parse(text).is_some_and(|said| (said.civil().0, said.civil().1) == (year, month));
    }
    match value {
        Scalar::Str(text) => !text.trim().is_empty(),
        Scalar::Bool(yes) => *yes,
        Scalar::Int(_) => true,
        Scalar::Null => false,
    }
}

/// Whether the last day, or hour, of a time that must pass is over.
fn is_over(calendar: &Calendar, limit: Limit, from_s: i64, at_s: i64) -> bool {
    clock::end_s(calendar, limit, from_s, 0) < at_s
}

//! The row of an application or case: where it stands, what is due when, and the days that are counted.
//!
//! The state is the fold's ([`sync_core::workflow`]), taken with the receipts of the log and without a present moment, so
//! that it follows from the log alone. The sorts of events named here are vocabulary of the two kinds; which of them a
//! procedure knows, and what they lead to, is its own.

use std::collections::{BTreeMap, HashMap};

use automerge::{ActorId, ChangeHash};
use serde::{Deserialize, Serialize};
use sync_core::document::Document;
use sync_core::schema::Kind;
use sync_core::value::Scalar;
use sync_core::workflow::clock::ClockStatus;
use sync_core::workflow::procedure::Limit;
use sync_core::workflow::{Book, Calendar, Day, Folded, Knowledge, Step, Writer, events, standing};

use super::terms::Terms;
use super::text;
use crate::store::registry::to_json;

/// What a row needs beside the document: where it lies, and who wrote each change when.
#[derive(Debug, Clone, Default)]
pub(crate) struct Written {
    pub(crate) village: String,
    /// Receipt of each change, Unix seconds.
    pub(crate) received: HashMap<ChangeHash, i64>,
    pub(crate) writers: HashMap<ActorId, Writer>,
}

impl Written {
    /// Where the document stands by the log.
    pub(crate) fn standing(&self, document: &Document, now_s: Option<i64>) -> Option<Folded> {
        let knowledge = Knowledge {
            book: Book::builtin(),
            calendar: Calendar::builtin_shared(),
            place: &self.village,
            now_s,
        };
        standing(
            &knowledge,
            document,
            |actor| self.writers.get(actor).cloned(),
            |hash| self.received.get(hash).copied(),
        )
    }

    /// What each event says, by its key.
    pub(crate) fn fields(&self, document: &Document) -> HashMap<String, BTreeMap<String, Scalar>> {
        let found = events(document, |_| None, |hash| self.received.get(hash).copied());
        found.into_iter().map(|event| (event.key, event.fields)).collect()
    }
}

/// An open clock of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OpenClock {
    /// Its name in the procedure.
    pub(crate) clock: String,
    pub(crate) started: Day,
    pub(crate) due: Day,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) warn_on: Option<Day>,
    pub(crate) limit: Limit,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) paused: bool,
    pub(crate) announced: bool,
}

impl OpenClock {
    /// A time that must pass, not a limit.
    pub(crate) fn is_minimum(&self) -> bool {
        self.warn_on.is_none()
    }
}

/// An application or case in lists.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) kind: Kind,
    pub(crate) household: String,
    pub(crate) procedure: Option<String>,
    pub(crate) state: String,
    pub(crate) holder: Option<&'static str>,
    pub(crate) closed: bool,
    pub(crate) opened_on: Option<String>,
    pub(crate) accepted_on: Option<String>,
    pub(crate) decided_on: Option<String>,
    pub(crate) decision: Option<String>,
    pub(crate) due: Option<String>,
    /// JSON array of [`OpenClock`].
    pub(crate) clocks: String,
    /// JSON array of sort and day.
    pub(crate) days: String,
    pub(crate) late: u64,
    pub(crate) applicant: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) terms: String,
    pub(crate) notice_until: Option<String>,
    pub(crate) objections: u64,
    pub(crate) recheck_due: Option<String>,
    pub(crate) lead_due: Option<String>,
    pub(crate) measure_due: Option<String>,
    pub(crate) monitoring_type: Option<String>,
    pub(crate) identified_on: Option<String>,
    pub(crate) cleared_on: Option<String>,
    pub(crate) rolled_back_on: Option<String>,
    pub(crate) aid_given_on: Option<String>,
    pub(crate) paperwork: bool,
    pub(crate) kinship: bool,
    pub(crate) conflicts: u64,
}

/// Steps that months are counted by.
const COUNTED: [&str; 14] = [
    "accept",
    "approve",
    "approve_delegated",
    "refuse",
    "refuse_delegated",
    "result",
    "notice_start",
    "recheck_done",
    "lead",
    "aid_given",
    "clear_approve",
    "roll_back",
    "send_county",
    "random_check",
];
/// Days kept of one document, the latest: a case is counted in years, not in events.
const DAYS_MAX: usize = 60;
const DECISIONS: [&str; 6] = [
    "approve",
    "approve_delegated",
    "refuse",
    "refuse_delegated",
    "result",
    "dismiss",
];
const NOTICES: [&str; 2] = ["notice_start", "clear_notice_start"];
const NOTICE_CLOCKS: [&str; 2] = ["notice", "clear_notice"];

impl Case {
    pub(super) fn of(document: &Document, written: &Written) -> Case {
        let folded = written.standing(document, None);
        let fields = written.fields(document);
        let applicant = applicant(document, folded.as_ref(), &fields);
        let mut terms = Terms::default();
        if let Some(applicant) = &applicant {
            terms.name(applicant);
        }
        let mut row = Case {
            id: document.id().as_str().to_owned(),
            kind: document.kind(),
            household: text(document, "household").unwrap_or_default(),
            procedure: text(document, "procedure"),
            state: String::new(),
            holder: None,
            closed: false,
            opened_on: None,
            accepted_on: None,
            decided_on: None,
            decision: None,
            due: None,
            clocks: "[]".to_owned(),
            days: "[]".to_owned(),
            late: 0,
            applicant,
            title: text(document, "title"),
            terms: terms.into_json(),
            notice_until: None,
            objections: 0,
            recheck_due: None,
            lead_due: None,
            measure_due: None,
            monitoring_type: None,
            identified_on: None,
            cleared_on: None,
            rolled_back_on: None,
            aid_given_on: None,
            paperwork: false,
            kinship: false,
            conflicts: document.conflicts().len() as u64,
        };
        if let Some(folded) = folded {
            row.stand(&folded);
            row.count(&folded, &fields);
        }
        row
    }

    fn stand(&mut self, folded: &Folded) {
        self.procedure = Some(folded.procedure.clone());
        self.state.clone_from(&folded.state);
        self.holder = folded.holder;
        self.closed = folded.closed;
        self.opened_on = folded.opened_on.map(|day| day.to_string());
        self.late = folded.late_count as u64;
        let mut open: Vec<OpenClock> = folded
            .clocks
            .iter()
            .filter(|clock| clock.status.is_open())
            .map(|clock| OpenClock {
                clock: clock.clock.clone(),
                started: clock.started,
                due: clock.due,
                warn_on: clock.warn_on,
                limit: clock.limit,
                paused: clock.status == ClockStatus::Paused,
                announced: clock.announced,
            })
            .collect();
        open.sort_by(|a, b| (a.due, &a.clock).cmp(&(b.due, &b.clock)));
        let running = |clock: &&OpenClock| !clock.paused && !clock.is_minimum();
        self.due = open.iter().find(running).map(|clock| clock.due.to_string());
        let named = |names: &[&str]| {
            let clock = open.iter().find(|clock| names.contains(&clock.clock.as_str()));
            clock.map(|clock| clock.due.to_string())
        };
        self.notice_until = named(&NOTICE_CLOCKS);
        self.recheck_due = named(&["recheck"]);
        self.lead_due = named(&["identification"]);
        self.measure_due = named(&["no_measure"]);
        self.clocks = to_json(&open);
    }

    fn count(&mut self, folded: &Folded, fields: &HashMap<String, BTreeMap<String, Scalar>>) {
        let mut days: Vec<(&str, String)> = Vec::new();
        for step in folded.steps.iter().filter(|step| step.why.is_none()) {
            if step.corrects.is_some() {
                continue;
            }
            let day = day(step).to_string();
            let sort = step.event.as_str();
            if COUNTED.contains(&sort) {
                days.push((sort, day.clone()));
            }
            if DECISIONS.contains(&sort) {
                self.decided_on = Some(day.clone());
                self.decision = Some(sort.to_owned());
                self.objections = 0;
            }
            if NOTICES.contains(&sort) {
                self.objections = 0;
            }
            match (self.kind, sort) {
                (_, "accept") if self.accepted_on.is_none() => self.accepted_on = Some(day),
                (_, "objection") => self.objections += 1,
                (_, "kinship") => self.kinship = true,
                (_, "aid_given") if self.aid_given_on.is_none() => {
                    self.aid_given_on = Some(day);
                    self.paperwork = true;
                }
                (_, "paperwork_done") => self.paperwork = false,
                (Kind::Case, "approve") => {
                    self.identified_on = Some(day);
                    self.monitoring_type = said(step, fields, "monitoring_type");
                }
                (Kind::Case, "clear_approve") => self.cleared_on = Some(day),
                (Kind::Case, "roll_back") => {
                    self.cleared_on = None;
                    self.rolled_back_on = Some(day);
                }
                _ => {}
            }
        }
        if self.closed {
            self.objections = 0;
            self.paperwork = false;
        }
        let latest = days.len().saturating_sub(DAYS_MAX);
        self.days = to_json(&days[latest..]);
    }
}

fn day(step: &Step) -> Day {
    Day::of(step.received_s.unwrap_or(step.claimed_s))
}

/// A field of a step, in the words of its last correction.
fn said(step: &Step, fields: &HashMap<String, BTreeMap<String, Scalar>>, field: &str) -> Option<String> {
    let key = step.corrected_by.as_ref().unwrap_or(&step.key);
    match fields.get(key)?.get(field)? {
        Scalar::Str(text) => Some(text.clone()),
        _ => None,
    }
}

/// Who applies: as the application was handed in, before that as the draft says.
fn applicant(
    document: &Document,
    folded: Option<&Folded>,
    fields: &HashMap<String, BTreeMap<String, Scalar>>,
) -> Option<String> {
    let steps = folded.into_iter().flat_map(|folded| folded.steps.iter().rev());
    let counted = steps.filter(|step| step.why.is_none());
    counted
        .filter_map(|step| said(step, fields, "applicant"))
        .next()
        .or_else(|| text(document, "applicant"))
}

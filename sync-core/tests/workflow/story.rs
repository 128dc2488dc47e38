//! A case told as events: who did what on which day.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use sync_core::policy::Role;
use sync_core::value::Scalar;
use sync_core::workflow::clock::{Clock, ClockStatus};
use sync_core::workflow::procedure::Procedure;
use sync_core::workflow::{Book, Calendar, Day, Event, Folded, Step, Why, fold};

pub struct Story {
    pub procedure: Procedure,
    pub calendar: Calendar,
    pub events: Vec<Event>,
}

/// Nine in the morning of a day in Beijing, Unix seconds.
pub fn at(day: &str) -> i64 {
    Day::parse(day).unwrap().end_s() - 15 * 3_600 + 1
}

pub fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

pub fn fields(value: &Json) -> BTreeMap<String, Scalar> {
    let fields = value.as_object().unwrap();
    fields
        .iter()
        .map(|(name, value)| (name.clone(), Scalar::from_json(value).unwrap()))
        .collect()
}

impl Story {
    pub fn of(procedure: &str) -> Story {
        let chosen = Book::builtin().choose(procedure, "", day("2026-01-01")).unwrap();
        Story::by(chosen.clone())
    }

    pub fn by(procedure: Procedure) -> Story {
        Story {
            procedure,
            calendar: Calendar::builtin(),
            events: Vec::new(),
        }
    }

    /// Somebody online: written and received in the same moment.
    pub fn then(&mut self, on: &str, role: Role, person: &str, sort: &str, value: Json) -> &mut Self {
        let received = at(on) + self.events.len() as i64;
        self.event(received, Some(received), role, person, sort, value)
    }

    /// Somebody without signal: written on one day, received on another.
    pub fn late(
        &mut self,
        days: (&str, &str),
        role: Role,
        person: &str,
        sort: &str,
        value: Json,
    ) -> &mut Self {
        let (claimed, received) = (at(days.0), at(days.1) + self.events.len() as i64);
        self.event(claimed, Some(received), role, person, sort, value)
    }

    pub fn event(
        &mut self,
        claimed_s: i64,
        received_s: Option<i64>,
        role: Role,
        person: &str,
        sort: &str,
        value: Json,
    ) -> &mut Self {
        let mut fields = fields(&value);
        fields.insert("event".to_owned(), Scalar::Str(sort.to_owned()));
        fields.insert("role".to_owned(), Scalar::Str(role.as_str().to_owned()));
        self.events.push(Event {
            key: format!("k{}", self.events.len()),
            sort: sort.to_owned(),
            role: Some(role),
            author: person.to_owned(),
            name: None,
            position: 0,
            claimed_s,
            received_s,
            fields,
        });
        self
    }

    pub fn fold(&self) -> Folded {
        fold(&self.procedure, &self.calendar, &self.events, None)
    }

    pub fn on(&self, day: &str) -> Folded {
        fold(&self.procedure, &self.calendar, &self.events, Some(at(day)))
    }

    pub fn state(&self) -> String {
        self.fold().state
    }

    /// The last event, and what became of it.
    pub fn last(&self) -> Step {
        let key = &self.events.last().unwrap().key;
        let steps = self.fold().steps;
        steps.into_iter().find(|step| step.key == *key).unwrap()
    }

    pub fn last_why(&self) -> Option<Why> {
        self.last().why
    }

    /// The articles of what the last event lacks.
    pub fn lacks(&self) -> Vec<String> {
        let missing = self.last().missing;
        missing.into_iter().flat_map(|one| one.articles).collect()
    }

    /// The last run of a clock, as seen on a day.
    pub fn clock(&self, name: &str, on: &str) -> Clock {
        let clocks = self.on(on).clocks;
        clocks
            .into_iter()
            .rev()
            .find(|clock| clock.clock == name)
            .unwrap()
    }

    pub fn status(&self, name: &str, on: &str) -> ClockStatus {
        self.clock(name, on).status
    }
}

/// An application for minimum living security, told as far as people like.
pub struct Living;

impl Living {
    pub fn submitted(on: &str) -> Story {
        let mut story = Story::of("minimum_living");
        story.then(
            on,
            Role::Committee,
            "secretary",
            "submit",
            json!({"applicant": "沈清华", "authorised": true, "by_proxy": true, "mandate": "委托书"}),
        );
        story
    }

    pub fn accepted(on: &str) -> Story {
        let mut story = Living::submitted(on);
        story.then(on, Role::Township, "clerk", "accept", json!({}));
        story
    }

    pub fn surveyed(accepted: &str, surveyed: &str) -> Story {
        let mut story = Living::accepted(accepted);
        story
            .then(accepted, Role::Township, "clerk", "check_request", json!({}))
            .then(
                surveyed,
                Role::County,
                "checker",
                "check_result",
                json!({"conclusion": "passed"}),
            )
            .then(
                surveyed,
                Role::Township,
                "clerk",
                "survey_start",
                json!({"investigator_1": "p1", "investigator_2": "p2"}),
            );
        story.form(surveyed, "p1").form(surveyed, "p2");
        story
    }

    pub fn on_notice(day: &str) -> Story {
        let mut story = Living::surveyed(day, day);
        story
            .then(day, Role::Township, "clerk", "opinion", json!({"text": "拟同意"}))
            .then(
                day,
                Role::Township,
                "clerk",
                "notice_start",
                json!({"until": "2026-12-31"}),
            )
            .then(day, Role::Committee, "secretary", "notice_posted", json!({}));
        story
    }

    pub fn with_the_county(notice: &str, sent: &str) -> Story {
        let mut story = Living::on_notice(notice);
        story.then(sent, Role::Township, "clerk", "send_county", json!({}));
        story
    }

    pub fn approved(notice: &str, sent: &str, approved: &str, more: Json) -> Story {
        let mut story = Living::with_the_county(notice, sent);
        story.approve(approved, more);
        story
    }
}

impl Story {
    pub fn form(&mut self, on: &str, investigator: &str) -> &mut Self {
        self.then(
            on,
            Role::Township,
            investigator,
            "survey_form",
            json!({"text": "属实", "family_signed": true}),
        )
    }

    pub fn approve(&mut self, on: &str, more: Json) -> &mut Self {
        let (year, month, _) = day(on).plus_months(1).civil();
        let mut value = json!({
            "amount_yuan": 620, "members_count": 2, "pay_from": format!("{year:04}-{month:02}-01"),
        });
        for (name, said) in more.as_object().unwrap() {
            value[name] = said.clone();
        }
        self.then(on, Role::County, "county", "approve", value)
    }
}

//! Procedures as data: by area and by day, checked before they are used, and never a right beyond the table.

use serde_json::{Value as Json, json};
use sync_core::policy::{Role, may_write_event};
use sync_core::workflow::procedure::Procedure;
use sync_core::workflow::{Book, Why};

use super::story::{Story, day};

/// What one county does differently, as it would write it down.
const DELEGATED: &str = r#"{
  "based_on": "minimum_living", "procedure": "minimum_living", "version": 1,
  "area": "5301", "effective": "2026-07-01",
  "events": {
    "approve_delegated": {
      "moves": [{"from": ["notice"], "to": "approved"}],
      "needs": [
        {"any": [{"since": "notice_start", "elapsed": {"days": 7}}], "zh": "公示满7天", "en": "the notice", "articles": ["DB21 19"]},
        {"any": [{"field": "amount_yuan", "at_least": 1, "at_most": 800}], "zh": "委托额度内", "en": "within the sum", "articles": ["N22"]}
      ],
      "articles": ["N22"]
    },
    "survey_form": {"roles": ["township"]}
  },
  "clocks": {
    "whole": {"limit": {"working_days": 20}, "stops": ["approve", "approve_delegated", "refuse"], "articles": ["N22"]},
    "check_start": null
  }
}"#;

fn county() -> Book {
    let mut book = Book::builtin().clone();
    book.add(DELEGATED).unwrap();
    book
}

#[test]
fn every_procedure_that_came_with_this_version_can_be_used() {
    let mut book = Book::default();
    for text in [
        include_str!("../../src/workflow/procedures/minimum_living.json"),
        include_str!("../../src/workflow/procedures/extreme_hardship.json"),
        include_str!("../../src/workflow/procedures/temporary.json"),
        include_str!("../../src/workflow/procedures/referral.json"),
        include_str!("../../src/workflow/procedures/monitoring.json"),
    ] {
        // Later ones are told as differences from the first.
        book.add(text).unwrap_or_else(|error| panic!("{error}"));
    }
    let names: Vec<&str> = book.iter().map(|one| one.procedure.as_str()).collect();
    assert_eq!(
        names,
        [
            "minimum_living",
            "extreme_hardship",
            "temporary_emergency",
            "temporary_expenditure",
            "referral",
            "disaster",
            "medical",
            "education",
            "housing",
            "employment",
            "monitoring"
        ]
    );
    assert_eq!(Book::builtin().iter().count(), names.len());
}

#[test]
fn no_procedure_gives_anybody_a_right_beyond_the_table() {
    for procedure in Book::builtin().iter().chain(county().iter()) {
        for sort in procedure.events.keys() {
            for role in procedure.roles_of(sort) {
                assert!(may_write_event(role, procedure.kind, sort), "{role:?} {sort}");
            }
        }
    }
    let mut text: Json = serde_json::from_str(DELEGATED).unwrap();
    text["events"]["accept"] = json!({"roles": ["team"]});
    let refused = Book::builtin().clone().add(&text.to_string()).unwrap_err();
    assert_eq!(refused.what, "event accept: team has no right to it");
}

#[test]
fn n22_where_the_power_is_delegated_the_township_decides_within_20_working_days() {
    let book = county();
    let chosen = book
        .choose("minimum_living", "530102001", day("2026-07-02"))
        .unwrap();
    let mut story = Story::by(chosen.clone());
    story
        .then(
            "2026-07-06",
            Role::Township,
            "clerk",
            "submit",
            json!({"applicant": "某", "authorised": true}),
        )
        .then("2026-07-06", Role::Township, "clerk", "accept", json!({}));
    assert_eq!(story.clock("whole", "2026-07-06").due, day("2026-08-03"));
    let two = json!({"investigator_1": "p1", "investigator_2": "p2"});
    story
        .then("2026-07-06", Role::Township, "clerk", "check_request", json!({}))
        .then("2026-07-06", Role::Township, "clerk", "survey_start", two)
        .then(
            "2026-07-07",
            Role::County,
            "checker",
            "check_result",
            json!({"conclusion": "passed"}),
        );
    story.form("2026-07-07", "p1");
    story.then(
        "2026-07-07",
        Role::VillageCadre,
        "p2",
        "survey_form",
        json!({"text": "属实", "family_signed": true}),
    );
    assert_eq!(
        story.last_why(),
        Some(Why::NotEntitled),
        "narrower than the table"
    );
    story.form("2026-07-07", "p2");
    story
        .then(
            "2026-07-07",
            Role::Township,
            "clerk",
            "opinion",
            json!({"text": "拟同意"}),
        )
        .then(
            "2026-07-07",
            Role::Township,
            "clerk",
            "notice_start",
            json!({"until": "2026-07-14"}),
        )
        .then(
            "2026-07-15",
            Role::Township,
            "clerk",
            "approve_delegated",
            json!({"amount_yuan": 900}),
        );
    assert_eq!(story.lacks(), ["N22"]);
    story.then(
        "2026-07-15",
        Role::Township,
        "clerk",
        "approve_delegated",
        json!({"amount_yuan": 700}),
    );
    assert_eq!(story.state(), "approved");
    assert!(
        story
            .fold()
            .clocks
            .iter()
            .all(|clock| clock.clock != "check_start"),
        "taken out"
    );
}

#[test]
fn a_procedure_holds_in_its_area_from_its_day_on() {
    let book = county();
    let limit = |place: &str, on: &str| {
        let chosen = book.choose("minimum_living", place, day(on)).unwrap();
        (chosen.area.clone(), chosen.clocks.contains_key("check_start"))
    };
    assert_eq!(limit("530102001", "2026-07-01"), ("5301".to_owned(), false));
    assert_eq!(limit("530102001", "2026-06-30"), (String::new(), true), "not yet");
    assert_eq!(
        limit("520102001", "2026-07-01"),
        (String::new(), true),
        "elsewhere"
    );
    assert!(
        book.choose("minimum_living", "5301", day("2020-01-01")).is_none(),
        "before there was any"
    );
    assert!(book.choose("nothing", "5301", day("2026-01-01")).is_none());
    // A later text for the same area replaces the earlier one from its day on.
    let mut book = county();
    let mut text: Json = serde_json::from_str(DELEGATED).unwrap();
    (text["effective"], text["version"]) = (json!("2027-01-01"), json!(2));
    book.add(&text.to_string()).unwrap();
    let version = |on: &str| book.choose("minimum_living", "5301", day(on)).unwrap().version;
    assert_eq!((version("2026-12-31"), version("2027-01-01")), (1, 2));
}

#[test]
fn a_text_that_does_not_fit_together_is_refused_and_changes_nothing() {
    let whole: Json =
        serde_json::from_str(include_str!("../../src/workflow/procedures/monitoring.json")).unwrap();
    assert!(Procedure::from_json(whole.clone()).is_ok());
    let refused = |path: &str, value: Json| {
        let mut text = whole.clone();
        *text.pointer_mut(path).unwrap_or_else(|| panic!("{path}")) = value;
        let mut book = Book::default();
        let refused = book.add(&text.to_string()).unwrap_err();
        assert_eq!(book.iter().count(), 0);
        assert_eq!(refused.procedure, "monitoring");
        refused.what
    };
    assert_eq!(refused("/start", json!("nowhere")), "no state nowhere");
    assert_eq!(
        refused("/events/review/moves/0/to", json!("nowhere")),
        "event review: no state nowhere"
    );
    assert_eq!(
        refused("/events/review/needs/1/any/0/since", json!("nothing")),
        "event review: no event nothing"
    );
    assert_eq!(
        refused("/events/lead/needs/0/any/0/field", json!("nothing")),
        "event lead: no field nothing"
    );
    assert_eq!(
        refused("/events/lead/needs/0/any", json!([])),
        "event lead: nothing fulfils “source of the lead”"
    );
    assert_eq!(
        refused("/clocks/notice/limit", json!({"days": 10_000})),
        "clock notice: too long"
    );
    assert_eq!(
        refused("/clocks/notice/starts", json!(["nothing"])),
        "clock notice: no event nothing"
    );
    assert_eq!(
        refused("/events/visit/moves", json!([])),
        "event visit: no moves, or too many parts"
    );
    assert!(refused("/kind", json!("household")).starts_with("a kind with events"));
    assert!(refused("/clocks/notice/limit", json!({"fortnights": 1})).contains("fortnights"));
    assert!(refused("/effective", json!("2026-02-30")).contains("YYYY-MM-DD"));
    let mut text = whole.clone();
    text["states"]["island"] = json!({"zh": "孤岛", "en": "island"});
    assert_eq!(
        Procedure::from_json(text).unwrap_err().what,
        "nothing leads to island"
    );
    let mut text = whole.clone();
    text["events"]["accept"] = json!({"moves": [{"from": ["lead"]}]});
    assert_eq!(
        Procedure::from_json(text).unwrap_err().what,
        "event accept: not a sort of event"
    );
    for text in ["", "[1]", "{}", r#"{"based_on": "nothing"}"#, "[[]]"] {
        assert!(Book::default().add(text).is_err(), "{text}");
    }
}

#[test]
fn a_procedure_says_what_comes_next_who_may_and_what_is_lacking() {
    let story = super::story::Living::on_notice("2026-03-02");
    let folded = story.on("2026-03-05");
    assert_eq!(
        (folded.state_zh.as_str(), folded.holder),
        ("公示中", Some("township"))
    );
    let next = |sort: &str| folded.next.iter().find(|next| next.event == sort).unwrap();
    assert_eq!(next("send_county").roles, ["township"]);
    let missing: Vec<&str> = next("send_county")
        .missing
        .iter()
        .map(|one| one.en.as_str())
        .collect();
    assert_eq!(missing, ["the notice has run for 7 days"]);
    assert_eq!(next("objection").asks.len(), 1);
    assert!(folded.next.iter().all(|next| next.event != "approve"));
    let later = story.on("2026-03-10");
    let sent = later
        .next
        .iter()
        .find(|next| next.event == "send_county")
        .unwrap();
    assert!(sent.missing.is_empty());
}

//! Monitoring against return to poverty, from the lead to the end of the risk and back.

use serde_json::json;
use sync_core::policy::Role;
use sync_core::workflow::Why;
use sync_core::workflow::clock::ClockStatus;

use super::story::{Story, day};

fn led(on: &str) -> Story {
    let mut story = Story::of("monitoring");
    story.then(
        on,
        Role::Team,
        "member",
        "lead",
        json!({"source": "干部排查", "risk": "因病"}),
    );
    story
}

fn on_notice(lead: &str, notice: &str) -> Story {
    let mut story = led(lead);
    story
        .then(
            lead,
            Role::Team,
            "member",
            "home_check",
            json!({"text": "大病支出"}),
        )
        .then(
            lead,
            Role::Team,
            "member",
            "commitment",
            json!({"authorised": true}),
        )
        .then(
            lead,
            Role::Township,
            "clerk",
            "compare_result",
            json!({"conclusion": "passed"}),
        )
        .then(
            notice,
            Role::Committee,
            "secretary",
            "appraisal",
            json!({"text": "通过"}),
        )
        .then(
            notice,
            Role::Committee,
            "secretary",
            "notice_start",
            json!({"until": "2026-12-31"}),
        )
        .then(notice, Role::Committee, "secretary", "notice_posted", json!({}));
    story
}

fn identified(lead: &str, notice: &str, reviewed: &str, approved: &str) -> Story {
    let mut story = on_notice(lead, notice);
    let kind = json!({"monitoring_type": "突发严重困难户", "risk": "因病"});
    story
        .then(reviewed, Role::Township, "clerk", "review", json!({}))
        .then(approved, Role::County, "county", "approve", kind);
    assert_eq!(story.state(), "monitored");
    story
}

#[test]
fn qa_a_lead_is_identified_within_15_days() {
    let story = led("2026-02-20");
    let clock = story.clock("identification", "2026-02-20");
    assert_eq!(
        clock.due,
        day("2026-03-07"),
        "calendar days, over the end of a short month"
    );
    assert_eq!(story.status("identification", "2026-03-04"), ClockStatus::Warning);
    assert_eq!(story.status("identification", "2026-03-08"), ClockStatus::Overdue);
    let mut story = led("2026-02-20");
    story.then(
        "2026-02-25",
        Role::Committee,
        "secretary",
        "lead",
        json!({"source": "农户申报"}),
    );
    assert_eq!(
        story.clock("identification", "2026-02-25").due,
        day("2026-03-07"),
        "from the first lead"
    );
}

#[test]
fn qa_nobody_is_compared_without_commitment_and_authorisation() {
    let mut story = led("2026-03-02");
    story
        .then(
            "2026-03-02",
            Role::Team,
            "member",
            "home_check",
            json!({"text": "大病"}),
        )
        .then(
            "2026-03-02",
            Role::Township,
            "clerk",
            "compare_result",
            json!({"conclusion": "passed"}),
        );
    assert_eq!(story.last_why(), Some(Why::NotNow));
    story.then(
        "2026-03-02",
        Role::Team,
        "member",
        "commitment",
        json!({"authorised": false}),
    );
    assert_eq!(story.last_why(), Some(Why::Missing));
}

#[test]
fn qa_the_notice_in_the_village_runs_for_5_days() {
    let mut story = on_notice("2026-03-02", "2026-03-03");
    story.then("2026-03-08", Role::Township, "clerk", "review", json!({}));
    assert_eq!(story.lacks(), ["QA"], "its last day");
    story.then("2026-03-09", Role::Township, "clerk", "review", json!({}));
    assert_eq!(story.state(), "reviewed");
}

#[test]
fn qa_an_objection_brings_another_appraisal_and_notice() {
    let mut story = on_notice("2026-03-02", "2026-03-03");
    story
        .then(
            "2026-03-05",
            Role::VillageCadre,
            "cadre",
            "objection",
            json!({"text": "有存款"}),
        )
        .then("2026-03-09", Role::Township, "clerk", "review", json!({}));
    assert_eq!(
        (story.state().as_str(), story.last_why()),
        ("compared", Some(Why::NotNow))
    );
}

#[test]
fn section_6_the_township_reviews_and_the_county_decides() {
    for role in [Role::Team, Role::Committee, Role::VillageCadre, Role::County] {
        let mut story = on_notice("2026-03-02", "2026-03-03");
        story.then("2026-03-09", role, "somebody", "review", json!({}));
        assert_eq!(story.last_why(), Some(Why::NotEntitled), "{role:?}");
    }
    let mut story = on_notice("2026-03-02", "2026-03-03");
    let kind = json!({"monitoring_type": "边缘易致贫户", "risk": "因残"});
    story
        .then("2026-03-09", Role::Township, "clerk", "review", json!({}))
        .then("2026-03-10", Role::Township, "clerk", "approve", kind);
    assert_eq!(story.last_why(), Some(Why::NotEntitled));
}

#[test]
fn qa_no_measure_one_month_after_identification_is_an_alarm() {
    let mut story = identified("2026-01-20", "2026-01-22", "2026-01-28", "2026-01-31");
    let clock = story.clock("no_measure", "2026-02-10");
    assert_eq!(clock.due, day("2026-02-28"), "the end of the shorter month");
    assert_eq!(story.status("no_measure", "2026-03-01"), ClockStatus::Overdue);
    story.then(
        "2026-03-02",
        Role::Team,
        "member",
        "measure_started",
        json!({"text": "公益岗位"}),
    );
    assert_eq!(story.status("no_measure", "2026-03-03"), ClockStatus::Late);
}

#[test]
fn qa_the_risk_ends_with_stable_income_a_measure_appraisal_notice_and_approval() {
    let mut story = identified("2026-01-20", "2026-01-22", "2026-01-28", "2026-01-31");
    let visit = json!({"text": "三保障稳定", "months_stable": 6});
    story.then("2026-02-05", Role::Team, "member", "clear_visit", visit.clone());
    assert_eq!(story.last_why(), Some(Why::Missing), "no measure was carried out");
    story.then(
        "2026-02-10",
        Role::Team,
        "member",
        "measure_started",
        json!({"text": "公益岗位"}),
    );
    let early = json!({"text": "三保障稳定", "months_stable": 5});
    story.then("2026-08-03", Role::Team, "member", "clear_visit", early);
    assert_eq!(story.last_why(), Some(Why::Missing), "half a year");
    story
        .then("2026-08-04", Role::Team, "member", "clear_visit", visit)
        .then(
            "2026-08-05",
            Role::Committee,
            "secretary",
            "clear_appraisal",
            json!({"text": "通过"}),
        )
        .then(
            "2026-08-05",
            Role::Committee,
            "secretary",
            "clear_notice_start",
            json!({"until": "2026-08-10"}),
        )
        .then(
            "2026-08-05",
            Role::Committee,
            "secretary",
            "clear_notice_posted",
            json!({}),
        )
        .then("2026-08-10", Role::Township, "clerk", "clear_review", json!({}));
    assert_eq!(story.last_why(), Some(Why::Missing));
    story
        .then("2026-08-11", Role::Township, "clerk", "clear_review", json!({}))
        .then("2026-08-12", Role::County, "county", "clear_approve", json!({}));
    assert_eq!(story.state(), "cleared");
    // Data is kept, households stay under watch, and the risk may come back.
    story
        .then(
            "2026-10-12",
            Role::Township,
            "clerk",
            "track",
            json!({"text": "无劳动力户"}),
        )
        .then(
            "2026-12-01",
            Role::County,
            "county",
            "roll_back",
            json!({"reason": "再次住院"}),
        );
    assert_eq!(story.state(), "monitored");
    assert_eq!(
        story.clock("no_measure", "2026-12-01").due,
        day("2027-01-01"),
        "a new measure is due"
    );
}

#[test]
fn a_lead_that_proves_unfounded_is_dismissed_with_a_reason() {
    let mut story = led("2026-03-02");
    story.then("2026-03-03", Role::Township, "clerk", "dismiss", json!({}));
    assert_eq!(story.last_why(), Some(Why::Missing));
    story.then(
        "2026-03-03",
        Role::Township,
        "clerk",
        "dismiss",
        json!({"reason": "核实不属实"}),
    );
    assert_eq!(
        (
            story.state().as_str(),
            story.status("identification", "2026-04-01")
        ),
        ("dismissed", ClockStatus::Met)
    );
}

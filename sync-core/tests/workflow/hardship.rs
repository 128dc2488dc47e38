//! Extreme hardship, article by article: what differs from minimum living security.

use serde_json::json;
use sync_core::policy::Role;
use sync_core::workflow::Why;
use sync_core::workflow::clock::ClockStatus;
use sync_core::workflow::draw::{SHARE, drawn_of, least_share};

use super::story::{Story, day};

#[test]
fn tk21_13_survey_and_opinion_take_15_working_days() {
    let mut story = hardship("2026-03-02");
    assert_eq!(story.clock("opinion", "2026-03-02").due, day("2026-03-23"));
    surveyed(&mut story, "2026-03-20");
    assert_eq!(story.status("opinion", "2026-03-24"), ClockStatus::Met);
}

#[test]
fn tk21_15_an_objection_brings_a_survey_of_15_working_days_and_a_new_notice() {
    let mut story = hardship("2026-03-02");
    surveyed(&mut story, "2026-03-04");
    story
        .then(
            "2026-03-05",
            Role::Township,
            "clerk",
            "notice_start",
            json!({"until": "2026-03-12"}),
        )
        .then(
            "2026-03-09",
            Role::Committee,
            "secretary",
            "objection",
            json!({"text": "有子女"}),
        );
    assert_eq!(story.clock("opinion_again", "2026-03-09").due, day("2026-03-30"));
    story.then(
        "2026-03-09",
        Role::Committee,
        "secretary",
        "appraisal",
        json!({"text": "通过"}),
    );
    assert_eq!(
        story.last_why(),
        Some(Why::Unknown),
        "an appraisal does not replace the survey"
    );
    surveyed(&mut story, "2026-03-20");
    assert_eq!(story.status("opinion_again", "2026-03-21"), ClockStatus::Met);
    story.then(
        "2026-03-20",
        Role::Township,
        "clerk",
        "notice_start",
        json!({"until": "2026-03-27"}),
    );
    assert_eq!(story.clock("notice", "2026-03-20").due, day("2026-03-27"));
}

#[test]
fn tk21_16_the_county_decides_within_15_working_days() {
    let story = hardship_with_the_county();
    assert_eq!(story.clock("county_opinion", "2026-03-13").due, day("2026-04-03"));
}

#[test]
fn tk21_16_at_least_30_percent_are_checked_at_random() {
    for (cases, checked) in [(0, 0), (1, 1), (3, 1), (10, 3), (11, 4)] {
        let drawn = drawn_of(cases, SHARE);
        assert_eq!(drawn, checked, "of {cases}");
        assert!(drawn * 100 >= cases * 30 && drawn <= cases, "of {cases}");
    }
}

#[test]
fn tk21_16_a_county_may_check_more_but_not_less() {
    assert_eq!(least_share("extreme_hardship"), 30);
    for (cases, share, checked) in [(7, 100, 7), (7, 50, 4), (3, 1, 1), (0, 100, 0)] {
        assert_eq!(drawn_of(cases, share), checked, "{share} % of {cases}");
    }
}

#[test]
fn d649_14_to_19_the_township_opens_a_case_by_its_own_discovery() {
    let value = || json!({"applicant": "某", "authorised": true, "text": "入户走访发现"});
    // Nobody of the village has written anything, and nobody brings a mandate.
    for (role, why) in [
        (Role::Township, None),
        (Role::Committee, Some(Why::Missing)),
        (Role::Team, Some(Why::NotEntitled)),
        (Role::VillageCadre, Some(Why::NotEntitled)),
        (Role::County, Some(Why::NotEntitled)),
    ] {
        let mut story = Story::of("extreme_hardship");
        story.then("2026-03-02", role, "somebody", "submit", value());
        assert_eq!(story.last_why(), why, "{role:?}");
    }
    let mut story = Story::of("extreme_hardship");
    story
        .then("2026-03-02", Role::Township, "clerk", "submit", value())
        .then("2026-03-02", Role::Township, "clerk", "accept", json!({}));
    assert_eq!(story.state(), "accepted");
    assert_eq!(
        story.clock("opinion", "2026-03-02").due,
        day("2026-03-23"),
        "the same days as for an application"
    );
    surveyed(&mut story, "2026-03-04");
    assert_eq!(
        story.lacks(),
        ["TK21 13"],
        "a discovery does not replace the check of data"
    );
}

#[test]
fn tk21_18_a_refusal_is_told_within_3_working_days() {
    let mut story = hardship_with_the_county();
    story.then(
        "2026-04-03",
        Role::County,
        "county",
        "refuse",
        json!({"reason": "有赡养人"}),
    );
    assert_eq!(story.clock("refusal_letter", "2026-04-03").due, day("2026-04-09"));
}

#[test]
fn tk21_22_and_23_self_care_is_graded_by_six_indicators_and_precedes_the_decision() {
    let mut story = hardship_with_the_county();
    story.approve("2026-03-16", json!({}));
    assert_eq!(story.lacks(), ["TK21 22"]);
    for (failed, grade) in [
        (0, "具备生活自理能力"),
        (1, "部分丧失生活自理能力"),
        (3, "部分丧失生活自理能力"),
        (4, "完全丧失生活自理能力"),
        (6, "完全丧失生活自理能力"),
    ] {
        let value = json!({"failed_indicators": failed});
        story.then("2026-03-16", Role::Township, "clerk", "self_care", value);
        assert_eq!(story.fold().grades["self_care"].zh, grade, "{failed}");
    }
    story.approve("2026-03-17", json!({}));
    assert_eq!(story.state(), "approved");
}

fn hardship(accepted: &str) -> Story {
    let mut story = Story::of("extreme_hardship");
    let value = json!({"applicant": "某", "authorised": true});
    story
        // The township acts on its own discovery too.
        .then(accepted, Role::Township, "clerk", "submit", value)
        .then(accepted, Role::Township, "clerk", "accept", json!({}))
        .then(accepted, Role::Township, "clerk", "check_request", json!({}));
    story
}

fn surveyed(story: &mut Story, on: &str) {
    let two = json!({"investigator_1": "p1", "investigator_2": "p2"});
    story.then(on, Role::Township, "clerk", "survey_start", two).then(
        on,
        Role::County,
        "checker",
        "check_result",
        json!({"conclusion": "passed"}),
    );
    story.form(on, "p1").form(on, "p2");
    story.then(on, Role::Township, "clerk", "opinion", json!({"text": "拟同意"}));
}

fn hardship_with_the_county() -> Story {
    let mut story = hardship("2026-03-02");
    surveyed(&mut story, "2026-03-04");
    story
        .then(
            "2026-03-05",
            Role::Township,
            "clerk",
            "notice_start",
            json!({"until": "2026-03-12"}),
        )
        .then(
            "2026-03-05",
            Role::Committee,
            "secretary",
            "notice_posted",
            json!({}),
        )
        .then("2026-03-13", Role::Township, "clerk", "send_county", json!({}));
    assert_eq!(story.state(), "county_review");
    story
}

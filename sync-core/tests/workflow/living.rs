//! Minimum living security, article by article.

use serde_json::json;
use sync_core::policy::Role;
use sync_core::workflow::Why;
use sync_core::workflow::clock::ClockStatus;

use super::story::{Living, Story, at, day};

#[test]
fn db21_4_the_household_is_the_unit_and_one_member_applies() {
    let mut story = Story::of("minimum_living");
    story.then(
        "2026-03-02",
        Role::Township,
        "clerk",
        "submit",
        json!({"authorised": true}),
    );
    assert_eq!(
        (story.last_why(), story.lacks()),
        (Some(Why::Missing), vec!["DB21 4".to_owned()])
    );
    assert_eq!(story.state(), "draft");
}

#[test]
fn db21_6_a_proxy_needs_a_mandate() {
    let mut story = Story::of("minimum_living");
    let value = json!({"applicant": "沈清华", "authorised": true});
    story.then(
        "2026-03-02",
        Role::Committee,
        "secretary",
        "submit",
        value.clone(),
    );
    assert_eq!(
        story.lacks(),
        ["DB21 6"],
        "a committee is always somebody's proxy"
    );
    story.then("2026-03-03", Role::Township, "clerk", "submit", value);
    assert_eq!(story.state(), "submitted", "the applicant came to the counter");
}

#[test]
fn db21_9_nothing_is_checked_without_a_signed_authorisation() {
    let mut story = Story::of("minimum_living");
    let value = json!({"applicant": "沈清华", "authorised": false});
    story.then("2026-03-02", Role::Township, "clerk", "submit", value);
    assert_eq!(story.lacks(), ["DB21 9"]);
}

#[test]
fn db21_10_what_is_missing_is_told_once_in_one_list() {
    let mut story = Living::submitted("2026-03-02");
    story.then(
        "2026-03-03",
        Role::Township,
        "clerk",
        "material_list",
        json!({"items": "户口簿"}),
    );
    assert_eq!(story.state(), "need_material");
    story.then(
        "2026-03-05",
        Role::Committee,
        "secretary",
        "material_supplied",
        json!({"files": "f1"}),
    );
    assert_eq!(story.state(), "submitted");
    story.then(
        "2026-03-06",
        Role::Township,
        "clerk",
        "material_list",
        json!({"items": "又一件"}),
    );
    assert_eq!(
        (story.last_why(), story.lacks()),
        (Some(Why::Missing), vec!["DB21 10".to_owned()])
    );
    story.then("2026-03-06", Role::Township, "clerk", "accept", json!({}));
    assert_eq!(story.state(), "accepted");
}

#[test]
fn d649_4_only_the_township_accepts() {
    for role in [
        Role::Team,
        Role::Committee,
        Role::VillageCadre,
        Role::Unit,
        Role::County,
    ] {
        let mut story = Living::submitted("2026-03-02");
        story.then("2026-03-03", role, "somebody", "accept", json!({}));
        assert_eq!(story.last_why(), Some(Why::NotEntitled), "{role:?}");
        assert_eq!(story.state(), "submitted");
    }
}

#[test]
fn db21_11_near_relatives_are_registered_and_the_county_must_visit() {
    let mut story = Living::on_notice("2026-03-02");
    story
        .then(
            "2026-03-03",
            Role::Township,
            "clerk",
            "kinship",
            json!({"relation": "经办人之兄"}),
        )
        .then("2026-03-10", Role::Township, "clerk", "send_county", json!({}))
        .approve("2026-03-11", json!({}));
    assert_eq!(
        (story.last_why(), story.lacks()),
        (Some(Why::Missing), vec!["DB21 20".to_owned()])
    );
    story
        .then(
            "2026-03-12",
            Role::County,
            "county",
            "county_visit",
            json!({"text": "属实"}),
        )
        .approve("2026-03-13", json!({}));
    assert_eq!(story.state(), "approved");
}

#[test]
fn db21_15_the_survey_starts_within_3_working_days_of_acceptance() {
    for (accepted, due) in [
        ("2026-03-02", "2026-03-05"),
        // Over a weekend.
        ("2026-11-26", "2026-12-01"),
        // Over the Spring Festival; the Saturday before it is worked, and so is the one after.
        ("2026-02-13", "2026-02-25"),
        // Accepted on a make-up Sunday.
        ("2026-09-20", "2026-09-23"),
        // Over the National Day, with the make-up Saturday after it.
        ("2026-09-30", "2026-10-10"),
        // Over the turn of a year, with the make-up Sunday of January.
        ("2025-12-31", "2026-01-06"),
    ] {
        let story = Living::accepted(accepted);
        let clock = story.clock("survey_start", accepted);
        assert_eq!(
            (clock.due, clock.holder),
            (day(due), Some("township")),
            "{accepted}"
        );
        assert!(clock.announced);
    }
    let mut story = Living::accepted("2026-03-02");
    assert_eq!(story.status("survey_start", "2026-03-03"), ClockStatus::Running);
    assert_eq!(story.status("survey_start", "2026-03-04"), ClockStatus::Warning);
    assert_eq!(
        story.status("survey_start", "2026-03-05"),
        ClockStatus::Warning,
        "the last day"
    );
    assert_eq!(story.status("survey_start", "2026-03-06"), ClockStatus::Overdue);
    assert_eq!(
        story.clock("survey_start", "2026-03-09").left,
        Some(-2),
        "a weekend lies between"
    );
    let two = json!({"investigator_1": "p1", "investigator_2": "p2"});
    story.then("2026-03-06", Role::Township, "clerk", "survey_start", two);
    let clock = story.clock("survey_start", "2026-04-01");
    assert_eq!(
        (clock.status, clock.stopped, clock.left),
        (ClockStatus::Late, Some(day("2026-03-06")), Some(-1))
    );
}

#[test]
fn db21_16_the_survey_form_is_signed_by_two_investigators() {
    let mut story = Living::accepted("2026-03-02");
    story.then(
        "2026-03-03",
        Role::Township,
        "clerk",
        "survey_start",
        json!({"investigator_1": "p1"}),
    );
    assert_eq!(story.lacks(), ["DB21 16"], "two are sent");
    let two = json!({"investigator_1": "p1", "investigator_2": "p2"});
    story
        .then("2026-03-03", Role::Township, "clerk", "survey_start", two)
        .then("2026-03-03", Role::Township, "clerk", "check_request", json!({}))
        .then(
            "2026-03-04",
            Role::County,
            "checker",
            "check_result",
            json!({"conclusion": "passed"}),
        );
    story.form("2026-03-04", "p1").form("2026-03-04", "p1");
    story.then(
        "2026-03-05",
        Role::Township,
        "clerk",
        "opinion",
        json!({"text": "拟同意"}),
    );
    assert_eq!(story.lacks(), ["DB21 16"], "one person twice is one person");
    story.form("2026-03-05", "p2");
    story.then(
        "2026-03-05",
        Role::Township,
        "clerk",
        "opinion",
        json!({"text": "拟同意"}),
    );
    assert_eq!(story.state(), "opinion");
}

#[test]
fn db21_16_the_family_present_signs_or_it_is_said_why_not() {
    let mut story = Living::surveyed("2026-03-02", "2026-03-03");
    story.then(
        "2026-03-03",
        Role::Township,
        "p3",
        "survey_form",
        json!({"text": "属实"}),
    );
    assert_eq!(story.lacks(), ["DB21 16"]);
    let reason = json!({"text": "属实", "reason": "独居，不识字，已按手印"});
    story.then("2026-03-03", Role::VillageCadre, "p3", "survey_form", reason);
    assert_eq!(story.last_why(), None);
}

#[test]
fn db21_17_the_county_starts_the_data_check_within_3_working_days_of_the_request() {
    let mut story = Living::accepted("2026-04-01");
    story.then("2026-04-03", Role::Township, "clerk", "check_request", json!({}));
    // The Qingming holiday lies between, Saturday to Monday.
    assert_eq!(story.clock("check_start", "2026-04-03").due, day("2026-04-09"));
    story.then("2026-04-09", Role::County, "checker", "check_started", json!({}));
    assert_eq!(story.status("check_start", "2026-05-01"), ClockStatus::Met);
}

#[test]
fn db21_17_no_opinion_without_the_conclusion_of_the_check() {
    let mut story = Living::accepted("2026-03-02");
    let two = json!({"investigator_1": "p1", "investigator_2": "p2"});
    story.then("2026-03-03", Role::Township, "clerk", "survey_start", two);
    story.form("2026-03-04", "p1").form("2026-03-04", "p2");
    story.then(
        "2026-03-05",
        Role::Township,
        "clerk",
        "opinion",
        json!({"text": "拟同意"}),
    );
    assert_eq!(story.lacks(), ["DB21 17"]);
    story.then(
        "2026-03-05",
        Role::County,
        "checker",
        "check_result",
        json!({"conclusion": "passed"}),
    );
    assert_eq!(story.lacks(), ["DB21 17"], "nobody has asked for it");
}

#[test]
fn db21_a_failed_means_test_is_told_and_evidence_brings_a_new_survey() {
    let mut story = Living::accepted("2026-03-02");
    let two = json!({"investigator_1": "p1", "investigator_2": "p2"});
    story
        .then("2026-03-02", Role::Township, "clerk", "check_request", json!({}))
        .then("2026-03-03", Role::Township, "clerk", "survey_start", two.clone())
        .then(
            "2026-03-04",
            Role::County,
            "checker",
            "check_result",
            json!({"conclusion": "failed"}),
        )
        .then(
            "2026-03-04",
            Role::Township,
            "clerk",
            "means_failed",
            json!({"reason": "收入超过标准"}),
        );
    assert_eq!(story.state(), "informed");
    story
        .then(
            "2026-03-06",
            Role::Committee,
            "secretary",
            "own_objection",
            json!({"files": "f1"}),
        )
        .then("2026-03-09", Role::Township, "clerk", "survey_start", two);
    assert_eq!(story.state(), "surveying");
    story.then(
        "2026-03-10",
        Role::Township,
        "clerk",
        "opinion",
        json!({"text": "拟同意"}),
    );
    assert_eq!(story.lacks(), ["DB21 16"], "the new survey needs its own forms");
}

#[test]
fn db21_19_the_notice_runs_for_7_days() {
    for (begin, last, after) in [
        ("2026-03-02", "2026-03-09", "2026-03-10"),
        // Calendar days: a holiday does not stop it, nor the end of a month.
        ("2026-09-28", "2026-10-05", "2026-10-06"),
        ("2026-02-25", "2026-03-04", "2026-03-05"),
    ] {
        let mut story = Living::on_notice(begin);
        story.then(last, Role::Township, "clerk", "send_county", json!({}));
        assert_eq!(story.lacks(), ["DB21 19"], "{last} is its last day");
        story.then(after, Role::Township, "clerk", "send_county", json!({}));
        assert_eq!(story.state(), "county_review", "{begin}");
        assert_eq!(story.clock("notice", after).due, day(last));
        assert_eq!(story.status("notice", after), ClockStatus::Over);
    }
}

#[test]
fn db21_19_a_notice_that_nobody_has_posted_is_none() {
    let mut story = Living::surveyed("2026-03-02", "2026-03-03");
    story
        .then(
            "2026-03-03",
            Role::Township,
            "clerk",
            "opinion",
            json!({"text": "拟同意"}),
        )
        .then(
            "2026-03-03",
            Role::Township,
            "clerk",
            "notice_start",
            json!({"until": "2026-03-10"}),
        )
        .then("2026-03-20", Role::Township, "clerk", "send_county", json!({}));
    assert_eq!(story.lacks(), ["DB21 19"]);
    // The secretary had posted it and had no signal.
    story
        .late(
            ("2026-03-03", "2026-03-21"),
            Role::Committee,
            "secretary",
            "notice_posted",
            json!({}),
        )
        .then("2026-03-21", Role::Township, "clerk", "send_county", json!({}));
    assert_eq!(story.state(), "county_review");
}

#[test]
fn db21_19_an_objection_brings_a_new_survey_or_an_appraisal_and_another_notice() {
    for by_survey in [true, false] {
        let mut story = Living::on_notice("2026-03-02");
        story.then(
            "2026-03-05",
            Role::Team,
            "member",
            "objection",
            json!({"text": "有车"}),
        );
        assert_eq!(story.state(), "objected");
        story.then("2026-03-10", Role::Township, "clerk", "send_county", json!({}));
        assert_eq!(story.last_why(), Some(Why::NotNow), "not while it is open");
        if by_survey {
            let two = json!({"investigator_1": "p1", "investigator_2": "p2"});
            story.then("2026-03-10", Role::Township, "clerk", "survey_start", two);
            story.form("2026-03-10", "p1").form("2026-03-10", "p2");
        } else {
            story.then(
                "2026-03-10",
                Role::Committee,
                "secretary",
                "appraisal",
                json!({"text": "通过"}),
            );
        }
        story
            .then(
                "2026-03-11",
                Role::Township,
                "clerk",
                "opinion",
                json!({"text": "维持"}),
            )
            .then(
                "2026-03-11",
                Role::Township,
                "clerk",
                "notice_start",
                json!({"until": "2026-03-18"}),
            )
            .then("2026-03-19", Role::Township, "clerk", "send_county", json!({}));
        assert_eq!(story.lacks(), ["DB21 19"], "the new notice has to be posted too");
        story
            .then(
                "2026-03-19",
                Role::Committee,
                "secretary",
                "notice_posted",
                json!({}),
            )
            .then("2026-03-19", Role::Township, "clerk", "send_county", json!({}));
        assert_eq!(story.state(), "county_review");
    }
}

/// Recorded in the village while the notice ran, received after the township had sent the case on.
#[test]
fn db21_20_an_objection_received_after_the_notice_makes_the_county_visit() {
    let mut story = Living::with_the_county("2026-03-02", "2026-03-10");
    let days = ("2026-03-06", "2026-03-12");
    story.late(days, Role::Team, "member", "objection", json!({"text": "有车"}));
    assert_eq!(
        (story.state().as_str(), story.last_why()),
        ("county_review", None)
    );
    story.approve("2026-03-13", json!({}));
    assert_eq!(story.lacks(), ["DB21 20"]);
    // After the decision it is kept, does not count, and is shown as one that had been in time.
    let mut story = Living::approved("2026-03-02", "2026-03-10", "2026-03-13", json!({}));
    story.late(
        ("2026-03-06", "2026-03-16"),
        Role::Team,
        "member",
        "objection",
        json!({"text": "有车"}),
    );
    let last = story.last();
    assert_eq!((last.why, last.claimed_in_time), (Some(Why::NotNow), true));
    assert_eq!((story.state().as_str(), story.fold().late_count), ("approved", 1));
}

#[test]
fn a_claimed_time_alone_decides_nothing() {
    let mut story = Living::on_notice("2026-03-02");
    // Sent on day 3, by a clock that is a month ahead.
    let days = ("2026-04-20", "2026-03-05");
    story.late(days, Role::Township, "clerk", "send_county", json!({}));
    assert_eq!(story.lacks(), ["DB21 19"]);
}

#[test]
fn db21_20_the_county_decides_within_10_working_days_of_receipt() {
    for (notice, sent, due) in [
        ("2026-03-02", "2026-03-10", "2026-03-24"),
        // Over Labour Day, with the make-up Saturday of 9 May.
        ("2026-04-15", "2026-04-28", "2026-05-14"),
    ] {
        let story = Living::with_the_county(notice, sent);
        let clock = story.clock("county_opinion", sent);
        assert_eq!((clock.due, clock.holder), (day(due), Some("county")), "{sent}");
        assert_eq!(story.status("county_opinion", due), ClockStatus::Warning);
    }
}

#[test]
fn db21_20_only_the_county_decides() {
    for role in [Role::Team, Role::Committee, Role::VillageCadre, Role::Township] {
        let mut story = Living::with_the_county("2026-03-02", "2026-03-10");
        let value = json!({"amount_yuan": 620, "members_count": 1, "pay_from": "2026-04-01"});
        story.then("2026-03-11", role, "somebody", "approve", value);
        assert_eq!(story.last_why(), Some(Why::NotEntitled), "{role:?}");
    }
}

#[test]
fn db21_21_a_refusal_is_told_in_writing_with_reasons_within_3_working_days() {
    let mut story = Living::with_the_county("2026-09-07", "2026-09-15");
    story.then("2026-09-22", Role::County, "county", "refuse", json!({}));
    assert_eq!(story.lacks(), ["DB21 21"], "no refusal without a reason");
    story.then(
        "2026-09-22",
        Role::County,
        "county",
        "refuse",
        json!({"reason": "财产超标"}),
    );
    // The Mid-Autumn Festival lies between, and the Sunday before it was worked.
    assert_eq!(story.clock("refusal_letter", "2026-09-22").due, day("2026-09-28"));
    story.then(
        "2026-09-28",
        Role::Township,
        "clerk",
        "refusal_letter",
        json!({"files": "f9"}),
    );
    assert_eq!(story.state(), "refused_told");
    assert_eq!(story.status("refusal_letter", "2026-10-08"), ClockStatus::Met);
    assert!(story.fold().closed);
}

#[test]
fn db21_22_the_whole_case_takes_30_working_days_or_45_in_special_cases() {
    let mut story = Living::accepted("2026-01-05");
    assert_eq!(
        story.clock("whole", "2026-01-05").due,
        day("2026-02-14"),
        "the make-up Saturday"
    );
    story.then("2026-01-20", Role::Township, "clerk", "extend", json!({}));
    assert_eq!(story.lacks(), ["DB21 22"], "circumstances have to be told");
    story.then(
        "2026-01-20",
        Role::Township,
        "clerk",
        "extend",
        json!({"reason": "大雪封山"}),
    );
    assert_eq!(story.clock("whole", "2026-01-20").due, day("2026-03-13"));
    story.then(
        "2026-01-21",
        Role::Township,
        "clerk",
        "extend",
        json!({"reason": "再延"}),
    );
    assert_eq!(story.lacks(), ["DB21 22"], "once");
}

#[test]
fn a_clock_stands_still_while_the_applicant_is_asked() {
    let mut story = Living::accepted("2026-03-02");
    let two = json!({"investigator_1": "p1", "investigator_2": "p2"});
    story
        .then("2026-03-02", Role::Township, "clerk", "check_request", json!({}))
        .then("2026-03-03", Role::Township, "clerk", "survey_start", two)
        .then(
            "2026-03-04",
            Role::County,
            "checker",
            "check_result",
            json!({"conclusion": "failed"}),
        );
    let before = story.clock("whole", "2026-03-04");
    story.then(
        "2026-03-04",
        Role::Township,
        "clerk",
        "means_failed",
        json!({"reason": "超标"}),
    );
    let still = story.clock("whole", "2026-03-11");
    assert_eq!((still.status, still.paused), (ClockStatus::Paused, 5));
    story.then(
        "2026-03-11",
        Role::Committee,
        "secretary",
        "own_objection",
        json!({"files": "f"}),
    );
    let after = story.clock("whole", "2026-03-12");
    assert_eq!((after.status, after.paused), (ClockStatus::Running, 5));
    assert_eq!(story.calendar.working_days_between(before.due, after.due), 5);
}

#[test]
fn db21_24_name_members_and_amount_are_published_before_the_first_payment() {
    let mut story = Living::approved("2026-03-02", "2026-03-10", "2026-03-12", json!({}));
    story.then("2026-04-01", Role::County, "county", "first_payment", json!({}));
    assert_eq!(story.lacks(), ["DB21 24"]);
    story
        .then("2026-04-01", Role::Township, "clerk", "publish", json!({}))
        .then("2026-04-01", Role::County, "county", "first_payment", json!({}));
    assert_eq!(story.state(), "active");
}

#[test]
fn db21_it_is_paid_from_the_month_after_the_decision() {
    for (on, from, taken) in [
        ("2026-03-12", "2026-04-01", true),
        ("2026-03-12", "2026-03-12", false),
        ("2026-03-12", "2026-05-01", false),
        ("2026-12-31", "2027-01-01", true),
    ] {
        let mut story = Living::with_the_county("2026-03-02", "2026-03-10");
        story.approve(on, json!({"pay_from": from}));
        assert_eq!(story.last_why().is_none(), taken, "{on} from {from}");
    }
}

#[test]
fn db21_28_nobody_is_included_without_application_survey_and_decision() {
    let mut story = Story::of("minimum_living");
    for (sort, role) in [
        ("accept", Role::Township),
        ("opinion", Role::Township),
        ("send_county", Role::Township),
        ("approve", Role::County),
        ("first_payment", Role::County),
    ] {
        story.then(
            "2026-03-02",
            role,
            "somebody",
            sort,
            json!({"text": "x", "amount_yuan": 1}),
        );
        assert_eq!(story.last_why(), Some(Why::NotNow), "{sort}");
    }
    assert_eq!(story.state(), "draft");
}

#[test]
fn db21_29_who_does_not_cooperate_is_terminated_with_a_reason_and_clocks_stop() {
    let mut story = Living::accepted("2026-03-02");
    story.then("2026-03-03", Role::Township, "clerk", "terminate", json!({}));
    assert_eq!(story.lacks(), ["DB21 29"]);
    story.then(
        "2026-03-03",
        Role::Township,
        "clerk",
        "terminate",
        json!({"reason": "拒不配合"}),
    );
    assert_eq!(story.state(), "terminated");
    assert!(
        story
            .on("2026-12-01")
            .clocks
            .iter()
            .all(|clock| !clock.status.is_open())
    );
    story.form("2026-03-04", "p1");
    assert_eq!(story.last_why(), Some(Why::Closed));
}

#[test]
fn db21_31_the_recheck_is_due_after_a_year_or_half_a_year_where_income_is_unstable() {
    for (stable, due) in [(true, "2027-03-12"), (false, "2026-09-12")] {
        let story = Living::approved(
            "2026-03-02",
            "2026-03-10",
            "2026-03-12",
            json!({"income_stable": stable}),
        );
        assert_eq!(story.clock("recheck", "2026-03-12").due, day(due), "{stable}");
    }
    // The end of a month is the end of a shorter one.
    let unstable = json!({"income_stable": false});
    let story = Living::approved("2026-08-10", "2026-08-20", "2026-08-31", unstable.clone());
    let clock = story.clock("recheck", "2027-02-20");
    assert_eq!(
        (clock.due, clock.status),
        (day("2027-02-28"), ClockStatus::Warning)
    );
    let mut story = Living::approved("2026-03-02", "2026-03-10", "2026-03-12", unstable);
    story
        .then("2026-04-01", Role::Township, "clerk", "publish", json!({}))
        .then("2026-04-01", Role::County, "county", "first_payment", json!({}));
    assert_eq!(story.status("recheck", "2026-09-13"), ClockStatus::Overdue);
    story
        .then("2026-09-14", Role::Township, "clerk", "recheck_start", json!({}))
        .then(
            "2026-09-15",
            Role::Township,
            "clerk",
            "recheck_done",
            json!({"conclusion": "passed"}),
        );
    assert_eq!(story.state(), "active");
    assert_eq!(
        story.clock("recheck", "2026-09-16").due,
        day("2027-09-15"),
        "and again"
    );
    story
        .then("2027-09-01", Role::Township, "clerk", "recheck_start", json!({}))
        .then(
            "2027-09-02",
            Role::Township,
            "clerk",
            "recheck_done",
            json!({"conclusion": "failed"}),
        )
        .then(
            "2027-09-03",
            Role::County,
            "county",
            "stop",
            json!({"reason": "收入超标"}),
        );
    assert_eq!(story.state(), "stopped");
}

#[test]
fn d649_13_changes_are_reported_at_any_time() {
    let mut story = Living::approved("2026-03-02", "2026-03-10", "2026-03-12", json!({}));
    story.then(
        "2026-05-01",
        Role::Team,
        "member",
        "change_reported",
        json!({"text": "长女就业"}),
    );
    assert_eq!(story.last_why(), None);
}

#[test]
fn two_clerks_accept_at_once_and_the_clock_starts_with_the_first_received() {
    let mut story = Living::submitted("2026-03-02");
    story
        .event(at("2026-03-04"), Some(at("2026-03-04") + 60), Role::Township, "clerk", "accept", json!({}))
        // Written before, without signal, and received after.
        .event(at("2026-03-03"), Some(at("2026-03-05")), Role::Township, "other", "accept", json!({}));
    let folded = story.fold();
    assert_eq!(folded.state, "accepted");
    let accepts: Vec<_> = folded
        .steps
        .iter()
        .filter(|step| step.event == "accept")
        .collect();
    assert_eq!((accepts[0].person.as_str(), accepts[0].why), ("clerk", None));
    assert_eq!(
        (accepts[1].person.as_str(), accepts[1].why),
        ("other", Some(Why::Repeated))
    );
    assert!(accepts[1].claimed_in_time, "somebody should look");
    assert_eq!(
        story.clock("survey_start", "2026-03-06").started,
        day("2026-03-04")
    );
}

#[test]
fn a_correction_changes_what_was_said_and_not_when() {
    let mut story = Living::approved(
        "2026-03-02",
        "2026-03-10",
        "2026-03-12",
        json!({"income_stable": true}),
    );
    let corrected = story.events.last().unwrap().key.clone();
    let mut value =
        json!({"amount_yuan": 640, "members_count": 2, "pay_from": "2026-04-01", "income_stable": false});
    value["corrects"] = corrected.clone().into();
    story.then("2026-03-20", Role::County, "county", "approve", value.clone());
    let folded = story.fold();
    assert_eq!((folded.state.as_str(), story.last_why()), ("approved", None));
    assert_eq!(
        story.clock("recheck", "2026-03-20").due,
        day("2026-09-12"),
        "from the decision"
    );
    let step = folded.steps.iter().find(|step| step.key == corrected).unwrap();
    assert!(step.corrected_by.is_some());
    // A correction has to stand where the corrected event stood.
    value["amount_yuan"] = 0.into();
    story.then("2026-03-21", Role::County, "county", "approve", value);
    assert_eq!(story.last_why(), Some(Why::Missing));
    // And it corrects an event of its own sort that counted.
    for corrects in ["k0", "nothing"] {
        story.then(
            "2026-03-22",
            Role::County,
            "county",
            "note",
            json!({"corrects": corrects}),
        );
        assert_eq!(story.last_why(), Some(Why::CorrectsNothing), "{corrects}");
    }
}

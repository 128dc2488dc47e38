//! Temporary assistance and the categories that other departments decide.

use serde_json::json;
use sync_core::policy::Role;
use sync_core::workflow::clock::ClockStatus;
use sync_core::workflow::{Book, Why};

use super::story::{Story, at, day};

#[test]
fn l18_in_an_emergency_aid_comes_first_and_paperwork_after() {
    let mut story = Story::of("temporary_emergency");
    story.then(
        "2026-09-29",
        Role::Team,
        "member",
        "emergency_reported",
        json!({"text": "房屋失火"}),
    );
    assert_eq!(story.state(), "reported");
    let aid = story.clock("aid", "2026-09-29");
    assert_eq!(aid.due_s, at("2026-10-01"), "48 hours, whatever day it is");
    assert_eq!(story.status("aid", "2026-09-30"), ClockStatus::Warning);
    assert_eq!(story.status("aid", "2026-10-02"), ClockStatus::Overdue);
    story.then(
        "2026-09-30",
        Role::Township,
        "clerk",
        "aid_given",
        json!({"amount_yuan": 3000}),
    );
    assert_eq!(
        story.state(),
        "paperwork_pending",
        "no check, no appraisal, no notice"
    );
    assert_eq!(story.status("aid", "2026-10-03"), ClockStatus::Met);
    // Five working days over the National Day; the Saturday after it is worked.
    assert_eq!(story.clock("paperwork", "2026-09-30").due, day("2026-10-13"));
    story.then(
        "2026-10-02",
        Role::Township,
        "clerk",
        "aid_given",
        json!({"items": "棉被2床"}),
    );
    assert_eq!(
        story.clock("paperwork", "2026-10-02").due,
        day("2026-10-13"),
        "more aid is no more time"
    );
    story.then(
        "2026-10-15",
        Role::Township,
        "clerk",
        "paperwork_done",
        json!({"applicant": "某"}),
    );
    assert_eq!(story.last_why(), Some(Why::Missing));
    story.then(
        "2026-10-15",
        Role::Township,
        "clerk",
        "paperwork_done",
        json!({"applicant": "某", "files": "f"}),
    );
    assert_eq!(
        (story.state().as_str(), story.status("paperwork", "2026-10-16")),
        ("complete", ClockStatus::Late)
    );
}

#[test]
fn o23_an_emergency_has_no_residence_limit() {
    // The places where the aid is given, and what is said of the person and where they live.
    for place in ["", "530102001", "530102001003"] {
        for (report, paperwork) in [
            (
                json!({"text": "房屋失火"}),
                json!({"applicant": "本村村民", "text": "户籍在册"}),
            ),
            (
                json!({"text": "车祸，外省务工人员", "applicant": "外来人员", "place": "国道旁"}),
                json!({"applicant": "外来人员", "text": "户籍在外省"}),
            ),
            (
                json!({"text": "昏迷，身份不明"}),
                json!({"applicant": "身份不明", "text": "户籍不详"}),
            ),
        ] {
            let book = Book::builtin();
            let chosen = book.choose("temporary_emergency", place, day("2026-09-29"));
            let mut story = Story::by(chosen.unwrap().clone());
            story
                .then("2026-09-29", Role::Team, "member", "emergency_reported", report)
                .then(
                    "2026-09-29",
                    Role::Township,
                    "clerk",
                    "aid_given",
                    json!({"amount_yuan": 3000}),
                )
                .then(
                    "2026-09-30",
                    Role::Township,
                    "clerk",
                    "paperwork_done",
                    paperwork.clone(),
                );
            assert_eq!(
                (story.state().as_str(), story.lacks()),
                ("complete", vec![]),
                "{place} {paperwork}"
            );
        }
    }
}

#[test]
fn l18_the_team_reports_and_gives_nothing_out() {
    let mut story = Story::of("temporary_emergency");
    story
        .then(
            "2026-09-29",
            Role::Team,
            "member",
            "emergency_reported",
            json!({"text": "失火"}),
        )
        .then(
            "2026-09-29",
            Role::Team,
            "member",
            "aid_given",
            json!({"amount_yuan": 500}),
        );
    assert_eq!(story.last_why(), Some(Why::NotEntitled));
}

#[test]
fn l18_expenditure_goes_the_ordinary_way_and_ends_with_the_payment() {
    let mut story = Story::of("temporary_expenditure");
    let two = json!({"investigator_1": "p1", "investigator_2": "p2"});
    story
        .then(
            "2026-03-02",
            Role::Township,
            "clerk",
            "submit",
            json!({"applicant": "某", "authorised": true}),
        )
        .then("2026-03-02", Role::Township, "clerk", "accept", json!({}))
        .then("2026-03-02", Role::Township, "clerk", "check_request", json!({}))
        .then("2026-03-03", Role::Township, "clerk", "survey_start", two)
        .then(
            "2026-03-03",
            Role::County,
            "checker",
            "check_result",
            json!({"conclusion": "passed"}),
        );
    story.form("2026-03-03", "p1").form("2026-03-03", "p2");
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
        .then(
            "2026-03-03",
            Role::Committee,
            "secretary",
            "notice_posted",
            json!({}),
        )
        .then(
            "2026-03-11",
            Role::Township,
            "clerk",
            "approve_delegated",
            json!({"amount_yuan": 500}),
        );
    assert_eq!(
        story.last_why(),
        Some(Why::Missing),
        "no county has delegated a sum yet"
    );
    story
        .then("2026-03-11", Role::Township, "clerk", "send_county", json!({}))
        .then(
            "2026-03-12",
            Role::County,
            "county",
            "approve",
            json!({"amount_yuan": 5000}),
        )
        .then("2026-03-13", Role::County, "county", "first_payment", json!({}));
    assert_eq!(story.state(), "paid");
    assert!(story.fold().clocks.iter().all(|clock| clock.clock != "recheck"));
}

#[test]
fn d649_the_other_categories_are_taken_in_referred_to_their_department_and_answered() {
    for (procedure, department) in [
        ("disaster", "应急"),
        ("medical", "医保"),
        ("education", "教育"),
        ("housing", "住建"),
        ("employment", "人社"),
    ] {
        let mut story = Story::of(procedure);
        story
            .then(
                "2026-03-02",
                Role::Township,
                "clerk",
                "submit",
                json!({"applicant": "某"}),
            )
            .then("2026-03-02", Role::Township, "clerk", "accept", json!({}))
            .then(
                "2026-03-03",
                Role::Committee,
                "secretary",
                "appraisal",
                json!({"text": "通过"}),
            )
            .then(
                "2026-03-03",
                Role::Township,
                "clerk",
                "refer",
                json!({"department": "其他"}),
            );
        assert_eq!(story.last_why(), Some(Why::Missing), "{procedure}");
        story.then(
            "2026-03-03",
            Role::Township,
            "clerk",
            "refer",
            json!({"department": department}),
        );
        assert_eq!(story.state(), "referred", "{procedure}");
        story.then(
            "2026-03-20",
            Role::County,
            "county",
            "result",
            json!({"text": "已办", "conclusion": "passed"}),
        );
        assert_eq!(story.state(), "granted", "{procedure}");
    }
}

#[test]
fn d649_20_to_26_disaster_relief_is_appraised_in_the_village_first() {
    let mut story = Story::of("disaster");
    story
        .then(
            "2026-03-02",
            Role::Township,
            "clerk",
            "submit",
            json!({"applicant": "某"}),
        )
        .then("2026-03-02", Role::Township, "clerk", "accept", json!({}))
        .then(
            "2026-03-03",
            Role::Township,
            "clerk",
            "refer",
            json!({"department": "应急"}),
        );
    assert_eq!(story.lacks(), ["D649 20-26"]);
}

//! Which sorts of events each role may write. A part of the table in [`super`], in words in `table.txt`.
//!
//! The village side reports, helps and confirms; the township accepts, investigates and reviews; the county decides.
//! The team never accepts, reviews or decides, whatever a procedure's configuration says: configurations choose among
//! these rights and cannot add to them.

use super::Role;
use super::Role::{Committee, County, Team, Township, VillageCadre};
use crate::schema::Kind;

/// Roles, and the sorts of events they may write.
pub(super) type Events = [(&'static [Role], &'static [&'static str])];

/// The rights on events of a kind; none for kinds without events.
pub(super) fn events(kind: Kind) -> &'static Events {
    match kind {
        Kind::Application => APPLICATION,
        Kind::Case => CASE,
        _ => &[],
    }
}

/// Application. A committee applies for others as their proxy; a township delegated to decide writes so.
const APPLICATION: &Events = &[
    (
        &[Team, Committee, VillageCadre, Township, County],
        &["note", "objection"],
    ),
    (
        &[Team, Committee, VillageCadre, Township],
        &["change_reported", "emergency_reported"],
    ),
    (
        &[Committee, Township],
        &[
            "submit",
            "material_supplied",
            "own_objection",
            "withdraw",
            "appraisal",
        ],
    ),
    (&[Committee], &["notice_posted"]),
    (&[VillageCadre, Township], &["survey_form"]),
    (
        &[Township],
        &[
            "material_list",
            "accept",
            "not_accepted",
            "survey_start",
            "check_request",
            "means_failed",
            "self_care",
            "opinion",
            "notice_start",
            "send_county",
            "approve_delegated",
            "refuse_delegated",
            "aid_given",
            "paperwork_done",
            "refer",
        ],
    ),
    (
        &[Township, County],
        &[
            "kinship",
            "check_result",
            "extend",
            "refusal_letter",
            "publish",
            "first_payment",
            "recheck_start",
            "recheck_done",
            "terminate",
            "result",
        ],
    ),
    (
        &[County],
        &[
            "check_started",
            "county_visit",
            "random_check",
            "send_back",
            "approve",
            "refuse",
            "stop",
        ],
    ),
];

/// Case. The committee appraises and posts, the township reviews, the county decides.
const CASE: &Events = &[
    (
        &[Team, Committee, VillageCadre, Township, County],
        &["note", "lead", "objection"],
    ),
    (
        &[Team, Committee, VillageCadre],
        &["home_check", "commitment", "visit", "clear_visit"],
    ),
    (&[Team, Committee, VillageCadre, Township], &["measure_started"]),
    (&[Team, Committee, Township], &["plan_made"]),
    (
        &[Committee],
        &[
            "appraisal",
            "notice_posted",
            "clear_appraisal",
            "clear_notice_posted",
        ],
    ),
    (&[Committee, Township], &["notice_start", "clear_notice_start"]),
    (&[Township], &["compare_request", "review", "clear_review"]),
    (&[Township, County], &["compare_result", "dismiss", "track"]),
    (
        &[County],
        &["approve", "refuse", "clear_approve", "clear_refuse", "roll_back"],
    ),
];

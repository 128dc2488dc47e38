//! One month of one member of a work team (驻村考勤). Whose month it is, the document's name tells.
//!
//! Entered once, by the member: there is no position, no photo, no minute of arrival, and nothing here ranks persons.
//! A later mark for a day stands for the earlier one; both stay.

use super::field::{Choice, Field, code, date, int, place, strict, text};
use super::{EntryKey, Node, YEAR_MAX, YEAR_MIN};

pub(super) const NODES: &[Node] = &[
    Node::Field(place("village", "行政村", "village")),
    Node::Field(int("year", YEAR_MIN, YEAR_MAX, "年度", "year")),
    entries("marks", "出勤", "days", MARK),
    entries("leaves", "请假", "requests for leave", LEAVE),
    entries("decisions", "请假审批", "decisions on leave", DECISION),
    entries(
        "confirmations",
        "考勤确认",
        "confirmations of the month",
        CONFIRMATION,
    ),
];

const fn entries(name: &'static str, zh: &'static str, en: &'static str, fields: &'static [Field]) -> Node {
    Node::Entries {
        name,
        zh,
        en,
        key: EntryKey::Tag,
        fields,
        append_only: true,
    }
}

const MARK: &[Field] = &[
    date("date", "日期", "date"),
    strict("state", DAYS, "出勤情况", "where the day was spent"),
    text("note", 200, "备注", "note"),
];

const LEAVE: &[Field] = &[
    date("from", "开始日期", "from"),
    date("until", "结束日期", "until"),
    text("reason", 200, "请假事由", "reason"),
];

const DECISION: &[Field] = &[
    text("leave", 32, "请假申请", "key of the request"),
    strict("conclusion", DECISIONS, "审批意见", "decision"),
    text("reason", 200, "理由", "reason"),
];

const CONFIRMATION: &[Field] = &[
    int("days_count", 0, 31, "在村天数", "days in the village"),
    text("note", 200, "备注", "note"),
];

const DAYS: &[Choice] = &[
    code("present", "在村", "in the village"),
    code("trip", "公出", "duty trip"),
    code("training", "培训", "training"),
    code("leave", "请假", "leave"),
    code("rest", "轮休", "rest"),
];

const DECISIONS: &[Choice] = &[
    code("granted", "同意", "granted"),
    code("refused", "不同意", "refused"),
    code("passed_on", "转上级审批", "passed on to the county"),
];

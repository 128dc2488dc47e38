//! Measures for one household (一户一策): what is done by whom, since when, and what came of it.
//!
//! A plan with a unit reaches that unit with the household's card, and the unit answers for its measures. Measures and
//! results are written once; a change of plan is another measure that names the one it stands for.

use super::field::{Choice, Field, code, date, doc_ref, open, strict, term, text, unit, yuan};
use super::{EntryKey, Node};

pub(super) const NODES: &[Node] = &[
    Node::Field(doc_ref("household", "所属户", "household")),
    Node::Field(text("title", 60, "标题", "title")),
    Node::Field(unit("unit", "帮扶单位", "unit")),
    Node::Entries {
        name: "measures",
        zh: "帮扶措施",
        en: "measures",
        key: EntryKey::Tag,
        fields: MEASURE,
        append_only: true,
    },
    Node::Entries {
        name: "results",
        zh: "落实情况",
        en: "results",
        key: EntryKey::Tag,
        fields: RESULT,
        append_only: true,
    },
];

const MEASURE: &[Field] = &[
    open("measure", MEASURES, "措施类别", "sort of measure"),
    text("text", 1_000, "措施内容", "what is done"),
    text("unit_name", 80, "落实单位", "who does it"),
    date("planned_on", "计划完成日期", "planned for"),
    date("started_on", "开始日期", "since"),
    yuan("amount_yuan", "资金（元）", "money, yuan"),
    text("corrects", 32, "更正的措施", "key of the measure it stands for"),
];

const RESULT: &[Field] = &[
    text("measure", 32, "措施", "key of the measure"),
    date("on", "日期", "on"),
    strict("state", STATES, "进展", "progress"),
    text("text", 1_000, "落实情况", "what came of it"),
    yuan("amount_yuan", "投入资金（元）", "money spent, yuan"),
];

const MEASURES: &[Choice] = &[
    term("产业帮扶", "industry"),
    term("就业帮扶", "employment"),
    term("公益岗位", "public-service job"),
    term("教育帮扶", "education"),
    term("健康帮扶", "health"),
    term("住房安全", "housing"),
    term("饮水安全", "water"),
    term("综合保障", "social security"),
    term("社会帮扶", "help of society"),
    term("其他", "other"),
];

const STATES: &[Choice] = &[
    code("started", "已开始", "started"),
    code("in_progress", "落实中", "in progress"),
    code("done", "已完成", "done"),
    code("given_up", "已终止", "given up"),
];

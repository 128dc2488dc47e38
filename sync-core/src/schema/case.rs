//! Monitoring of a household against return to poverty (防止返贫监测): from the lead to the end of the risk.
//!
//! Nothing but events; where the case stands is folded from them by [`crate::workflow`]. Data is kept after the risk
//! has ended, because a household may fall back.

use super::event;
use super::field::{Choice, code, doc_ref, text};
use super::{EntryKey, Node};

pub(super) const NODES: &[Node] = &[
    Node::Field(doc_ref("household", "所属户", "household")),
    Node::Field(text("title", 60, "标题", "title")),
    Node::Entries {
        name: "events",
        zh: "办理事项",
        en: "events",
        key: EntryKey::Tag,
        fields: &event::fields(SORTS),
        append_only: true,
    },
];

/// The sorts of events. Append-only vocabulary: procedures arrange them.
const SORTS: &[Choice] = &[
    code("note", "备注", "note"),
    code("lead", "线索", "lead"),
    code("home_check", "入户核实", "checked at home"),
    code("commitment", "承诺授权", "commitment and authorisation"),
    code("compare_request", "提请数据比对", "comparison of data requested"),
    code("compare_result", "数据比对结论", "conclusion of the comparison"),
    code("appraisal", "民主评议", "public appraisal"),
    code("notice_start", "村内公示", "notice in the village"),
    code("notice_posted", "张贴确认", "notice posted"),
    code("objection", "公示异议", "objection"),
    code("review", "乡镇审核", "reviewed by the township"),
    code("approve", "县级审定（纳入监测）", "identified by the county"),
    code("refuse", "不予纳入", "not identified"),
    code("dismiss", "线索不成立", "lead unfounded"),
    code("plan_made", "制定一户一策", "plan made"),
    code("measure_started", "落实帮扶措施", "measure started"),
    code("visit", "跟踪走访", "visited"),
    code(
        "clear_visit",
        "风险消除入户核查",
        "visited about the end of the risk",
    ),
    code(
        "clear_appraisal",
        "风险消除评议",
        "appraisal of the end of the risk",
    ),
    code(
        "clear_notice_start",
        "风险消除公示",
        "notice of the end of the risk",
    ),
    code(
        "clear_notice_posted",
        "风险消除张贴确认",
        "notice of the end posted",
    ),
    code("clear_review", "风险消除乡镇审核", "end of the risk reviewed"),
    code("clear_approve", "风险消除审定", "end of the risk approved"),
    code("clear_refuse", "不予消除", "end of the risk not approved"),
    code("track", "持续跟踪", "kept under watch"),
    code("roll_back", "风险回退", "rolled back"),
];

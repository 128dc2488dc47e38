//! An application for social assistance (社会救助申请): what is asked for, and the events of its procedure.
//!
//! The draft is what village side and township write down for the applicant; it counts only through the events, which
//! stay as they were written. Where the application stands is nowhere stored: [`crate::workflow`] folds it from the
//! events. Bank accounts and reports of data checks are not here and must not be added: the village reads this.

use super::event;
use super::field::{Choice, Field, code, date, doc_ref, int, open, text, yes_no, yuan};
use super::{EntryKey, Node};

pub(super) const NODES: &[Node] = &[
    Node::Field(doc_ref("household", "所属户", "household")),
    Node::Field(open("procedure", event::PROCEDURES, "救助类别", "procedure")),
    Node::Field(text("applicant", 40, "申请人", "applicant")),
    Node::Field(text("title", 60, "事由", "title")),
    Node::Field(text(
        "description",
        2_000,
        "家庭困难情况",
        "description of the hardship",
    )),
    Node::Field(date("raised_on", "登记日期", "raised on")),
    Node::Group {
        name: "declared",
        zh: "申报情况",
        en: "declared",
        fields: DECLARED,
    },
    Node::Entries {
        name: "events",
        zh: "办理事项",
        en: "events",
        key: EntryKey::Tag,
        fields: &event::fields(SORTS),
        append_only: true,
    },
];

/// What the applicant states; shown in no notice.
const DECLARED: &[Field] = &[
    int(
        "members_count",
        0,
        100,
        "共同生活家庭成员数",
        "members living together",
    ),
    text("members", 500, "共同生活家庭成员", "who they are"),
    yuan("income_yuan", "家庭年收入（元）", "income of a year, yuan"),
    text("property", 500, "家庭财产", "property"),
    yuan("expense_yuan", "家庭刚性支出（元）", "unavoidable expense, yuan"),
    yes_no(
        "has_guardian",
        "有法定赡养抚养扶养义务人",
        "somebody is bound to support them",
    ),
];

/// The sorts of events. Append-only vocabulary: procedures arrange them.
const SORTS: &[Choice] = &[
    code("note", "备注", "note"),
    code("submit", "提交申请", "submitted"),
    code("material_list", "一次性告知补正", "told once what is missing"),
    code("material_supplied", "补正材料", "material supplied"),
    code("accept", "受理", "accepted"),
    code("not_accepted", "不予受理", "not accepted"),
    code("kinship", "近亲属备案", "near relative registered"),
    code("survey_start", "启动入户调查", "survey started"),
    code("survey_form", "入户调查表", "survey form"),
    code("check_request", "提请信息核对", "check of data requested"),
    code("check_started", "启动信息核对", "check of data started"),
    code("check_result", "信息核对结论", "conclusion of the check"),
    code(
        "means_failed",
        "告知不符合条件",
        "informed that the means test failed",
    ),
    code(
        "own_objection",
        "申请人提出异议",
        "applicant objects, with evidence",
    ),
    code("appraisal", "民主评议", "public appraisal"),
    code("self_care", "生活自理能力评估", "self-care assessed"),
    code("opinion", "初审意见", "initial opinion"),
    code("notice_start", "公示", "notice begins"),
    code("notice_posted", "张贴确认", "notice posted"),
    code("objection", "公示异议", "objection"),
    code("send_county", "上报县级", "sent to the county"),
    code("county_visit", "县级入户", "visited by the county"),
    code("random_check", "县级抽查", "random check by the county"),
    code("send_back", "退回补充调查", "sent back by the county"),
    code("approve", "审核确认", "approved"),
    code("refuse", "不予确认", "refused"),
    code(
        "approve_delegated",
        "乡镇审核确认（委托）",
        "approved by the township, delegated",
    ),
    code(
        "refuse_delegated",
        "乡镇不予确认（委托）",
        "refused by the township, delegated",
    ),
    code("refusal_letter", "书面告知", "refusal told in writing"),
    code("publish", "公布", "published"),
    code("first_payment", "首次发放", "first payment"),
    code("extend", "延长办理时限", "time limit extended"),
    code("change_reported", "报告家庭变化", "change reported"),
    code("recheck_start", "启动复核", "re-check started"),
    code("recheck_done", "复核结论", "re-check concluded"),
    code("stop", "终止救助", "assistance stopped"),
    code("withdraw", "撤回申请", "withdrawn"),
    code("terminate", "终止审核", "terminated"),
    code("emergency_reported", "急难情况报告", "emergency reported"),
    code("aid_given", "先行救助", "aid given"),
    code("paperwork_done", "补齐手续", "paperwork completed"),
    code("refer", "转办", "referred"),
    code("result", "办理结果", "result"),
];

//! A need (诉求): a problem of a household that somebody must solve, from being raised to being confirmed and closed.
//!
//! The village side raises and confirms it, a unit answers for the part assigned to it, the township reassigns and
//! closes it. Responses are written once and stay, and so does who looked at it in an office: whoever raised it then
//! knows that it was read, before anybody has answered. Which state each role may set is said in [`crate::policy`].

use super::field::{Choice, Field, code, date, doc_ref, int, open, person, strict, term, text, unit, yuan};
use super::{EntryKey, Node};

pub(super) const NODES: &[Node] = &[
    Node::Field(doc_ref("household", "所属户", "household")),
    Node::Field(open("category", CATEGORIES, "诉求类别", "category by department")),
    Node::Field(strict("urgency", URGENCIES, "紧急程度", "urgency")),
    Node::Field(text("title", 60, "标题", "title")),
    Node::Field(text("description", 1_000, "诉求内容", "description")),
    Node::Field(yuan("amount_yuan", "所需资金（元）", "money needed, yuan")),
    Node::Field(person("raised_by", "登记人", "raised by")),
    Node::Field(date("raised_on", "登记日期", "raised on")),
    Node::Field(unit("unit", "办理单位", "assigned unit")),
    Node::Field(person("cadre", "经办人", "handled by")),
    Node::Field(date("due", "办理期限", "due")),
    Node::Field(strict("state", STATES, "办理状态", "state")),
    Node::Field(text("plan", 500, "办理计划", "plan")),
    Node::Field(date("planned_on", "计划完成日期", "planned for")),
    Node::Field(text("result", 1_000, "办理结果", "result")),
    Node::Field(date("result_on", "办结日期", "result on")),
    Node::Field(yuan("result_amount_yuan", "投入资金（元）", "money spent, yuan")),
    Node::Field(text("handed_back_reason", 200, "退回原因", "why handed back")),
    Node::Field(date(
        "confirmed_on",
        "群众确认日期",
        "confirmed by the household on",
    )),
    Node::Field(person("confirmed_by", "回访人", "who asked the household")),
    Node::Field(text("reopened_reason", 200, "重新办理原因", "why reopened")),
    Node::Field(date("closed_on", "销号日期", "closed on")),
    Node::Field(text("closing_note", 200, "销号意见", "closing note")),
    Node::Entries {
        name: "responses",
        zh: "答复",
        en: "responses",
        key: EntryKey::Tag,
        fields: RESPONSE,
        append_only: true,
    },
    Node::Entries {
        name: "seen",
        zh: "查看记录",
        en: "seen by",
        key: EntryKey::Tag,
        fields: SEEN,
        append_only: true,
    },
];

const RESPONSE: &[Field] = &[
    person("by", "答复人", "by"),
    unit("unit", "答复单位", "unit"),
    date("at", "答复日期", "on"),
    text("text", 1_000, "答复内容", "text"),
];

/// Written when somebody of the assigned unit or of the township opens the need, once by each person.
const SEEN: &[Field] = &[
    person("by", "查看人", "by"),
    strict("office", OFFICES, "查看方", "office"),
    unit("unit", "查看单位", "unit"),
    int("at_s", 0, AT_S_MAX, "查看时间（秒）", "at, seconds since 1970"),
];

/// The year 2100: a clock that is further ahead tells nothing.
const AT_S_MAX: i64 = 4_102_444_800;

/// Which side of the desk looked. Each role may name its own only.
const OFFICES: &[Choice] = &[
    code("unit", "帮扶单位", "assistance unit"),
    code("township", "乡镇", "township"),
];

/// By the department that can solve it.
const CATEGORIES: &[Choice] = &[
    term("民政", "civil affairs"),
    term("农业农村", "agriculture"),
    term("应急", "emergency"),
    term("医保", "medical insurance"),
    term("卫健", "health"),
    term("教育", "education"),
    term("住建", "housing"),
    term("人社", "employment"),
    term("水利", "water"),
    term("交通", "roads"),
    term("残联", "disabled persons' federation"),
    term("其他", "other"),
];

const URGENCIES: &[Choice] = &[
    code("normal", "一般", "normal"),
    code("urgent", "紧急", "urgent"),
    code("emergency", "特急", "emergency"),
];

const STATES: &[Choice] = &[
    code("open", "待分办", "open"),
    code("assigned", "已分办", "assigned"),
    code("accepted", "已受理", "accepted by the unit"),
    code("in_progress", "办理中", "in progress"),
    code("answered", "已答复", "answered"),
    code("handed_back", "已退回", "handed back by the unit"),
    code("solved", "已解决", "solved, confirmed by the household"),
    code("reopened", "重新办理", "reopened"),
    code("closed", "已销号", "closed"),
];

//! What an event of a procedure says: the fields of applications and cases.
//!
//! An event is written once and stays; a correction is an event of the same sort that names the one it corrects. One
//! list of fields serves all sorts of events, because which of them a sort needs is data of its procedure
//! ([`crate::workflow`]). Who may write which sort is said in [`crate::policy`]; the role an event names is its
//! author's, and the gate holds it to that.

use super::field::{Choice, Field, code, date, doc_ref, int, open, person, strict, term, text, yes_no, yuan};

/// The fields of an event, with the sorts that a kind of document knows.
pub(super) const fn fields(sorts: &'static [Choice]) -> [Field; 34] {
    [
        strict("event", sorts, "事项", "event"),
        strict("role", ROLES, "经办身份", "role of the author"),
        date("on", "发生日期", "happened on"),
        text("text", 2_000, "内容", "text"),
        text("reason", 500, "理由", "reason"),
        text("corrects", 32, "更正的事项", "key of the event it corrects"),
        open("procedure", PROCEDURES, "救助类别", "procedure"),
        text("applicant", 40, "申请人", "applicant"),
        yes_no("by_proxy", "委托代办", "by proxy"),
        text("mandate", 200, "委托手续", "mandate of the proxy"),
        yes_no("authorised", "已签授权核对书", "authorised the check of data"),
        text("items", 1_000, "材料清单", "list of material"),
        text("files", 1_000, "附件", "attachments"),
        person("investigator_1", "调查人一", "first investigator"),
        person("investigator_2", "调查人二", "second investigator"),
        yes_no(
            "family_signed",
            "家庭成员已签字",
            "signed by the family members present",
        ),
        text("witness", 80, "见证人", "witness"),
        text("relation", 200, "近亲属关系", "near relative of"),
        strict("conclusion", CONCLUSIONS, "结论", "conclusion"),
        open("department", DEPARTMENTS, "转办部门", "department"),
        yuan("amount_yuan", "金额（元）", "amount, yuan"),
        int("members_count", 0, 100, "保障人数", "members covered"),
        date("pay_from", "发放起始日期", "paid from"),
        yes_no("income_stable", "收入来源稳定", "income is stable"),
        int(
            "failed_indicators",
            0,
            6,
            "未达标指标数",
            "indicators of self-care not met",
        ),
        doc_ref("notice", "公示", "notice"),
        date("until", "截止日期", "until"),
        text("place", 80, "地点", "place"),
        text("raised_by", 40, "提出人", "raised by"),
        open("source", SOURCES, "线索来源", "source of the lead"),
        open("risk", RISKS, "风险类型", "risk"),
        open(
            "monitoring_type",
            MONITORING_TYPES,
            "监测对象类别",
            "monitoring type",
        ),
        doc_ref("plan", "帮扶计划", "plan"),
        int("months_stable", 0, 600, "收入稳定月数", "months of stable income"),
    ]
}

/// The procedures an application may go by. Open: a province may have its own.
pub(super) const PROCEDURES: &[Choice] = &[
    code("minimum_living", "最低生活保障", "minimum living security"),
    code(
        "extreme_hardship",
        "特困人员救助供养",
        "support in extreme hardship",
    ),
    code(
        "temporary_emergency",
        "临时救助（急难型）",
        "temporary assistance, emergency",
    ),
    code(
        "temporary_expenditure",
        "临时救助（支出型）",
        "temporary assistance, expenditure",
    ),
    code("disaster", "受灾人员救助", "disaster relief"),
    code("medical", "医疗救助", "medical assistance"),
    code("education", "教育救助", "education assistance"),
    code("housing", "住房救助", "housing assistance"),
    code("employment", "就业救助", "employment assistance"),
];

const ROLES: &[Choice] = &[
    code("team", "驻村工作队", "village work team"),
    code("committee", "村委会", "village committee"),
    code(
        "village_cadre",
        "驻村干部（乡镇包村）",
        "township cadre in the village",
    ),
    code("township", "乡镇", "township"),
    code("county", "县级部门", "county department"),
];

const CONCLUSIONS: &[Choice] = &[
    code("passed", "符合", "passed"),
    code("failed", "不符合", "failed"),
    code("upheld", "异议成立", "objection upheld"),
    code("dismissed", "异议不成立", "objection dismissed"),
    code("changed", "调整", "changed"),
];

const DEPARTMENTS: &[Choice] = &[
    term("应急", "emergency"),
    term("医保", "medical security"),
    term("教育", "education"),
    term("住建", "housing"),
    term("人社", "human resources"),
    term("民政", "civil affairs"),
    term("农业农村", "agriculture"),
];

const SOURCES: &[Choice] = &[
    term("农户申报", "reported by the household"),
    term("干部排查", "screening by cadres"),
    term("部门预警", "warning of a department"),
    term("信访舆情", "petition or press"),
    term("其他", "other"),
];

const RISKS: &[Choice] = &[
    term("因病", "illness"),
    term("因残", "disability"),
    term("因学", "schooling"),
    term("因灾", "disaster"),
    term("意外事故", "accident"),
    term("产业失败", "failed business"),
    term("就业不稳", "unstable work"),
    term("缺劳力", "lack of labour"),
    term("其他", "other"),
];

const MONITORING_TYPES: &[Choice] = &[
    term("脱贫不稳定户", "out of poverty, unstable"),
    term("边缘易致贫户", "on the edge of poverty"),
    term("突发严重困难户", "in sudden serious difficulty"),
];

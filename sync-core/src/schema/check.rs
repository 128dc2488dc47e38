//! Bank accounts and reports of data checks of one application or case (核对报告与账户): between offices only.
//!
//! A document of its own, because a document's whole history goes to its audience and the village side reads the
//! application. It is in the feeds of the township and the county and in no other.

use super::field::{Choice, Field, code, date, doc_ref, open, strict, term, text, yuan};
use super::{EntryKey, Node};

pub(super) const NODES: &[Node] = &[
    Node::Field(doc_ref("household", "所属户", "household")),
    Node::Entries {
        name: "accounts",
        zh: "银行账户",
        en: "bank accounts",
        key: EntryKey::Tag,
        fields: ACCOUNT,
        append_only: true,
    },
    Node::Entries {
        name: "reports",
        zh: "核对报告",
        en: "reports of data checks",
        key: EntryKey::Tag,
        fields: REPORT,
        append_only: true,
    },
];

const ACCOUNT: &[Field] = &[
    text("holder", 40, "户名", "holder"),
    text("bank", 80, "开户行", "bank"),
    text("account_number", 32, "账号", "account number").sensitive(),
    text("corrects", 32, "更正的账户", "key of the account it stands for"),
];

const REPORT: &[Field] = &[
    date("on", "核对日期", "date"),
    open("source", SOURCES, "信息来源", "source"),
    strict("conclusion", CONCLUSIONS, "核对结论", "conclusion"),
    yuan("income_yuan", "核对收入（元）", "income found, yuan").sensitive(),
    yuan("property_yuan", "核对财产（元）", "property found, yuan").sensitive(),
    text("text", 2_000, "核对情况", "what was found").sensitive(),
    text("corrects", 32, "更正的报告", "key of the report it stands for"),
];

const SOURCES: &[Choice] = &[
    term("银行存款", "bank deposits"),
    term("车辆登记", "vehicles"),
    term("不动产", "real estate"),
    term("工商登记", "businesses"),
    term("社保缴费", "social insurance"),
    term("税务", "taxes"),
    term("综合核对", "all sources"),
    term("其他", "other"),
];

const CONCLUSIONS: &[Choice] = &[
    code("passed", "符合", "passed"),
    code("failed", "不符合", "failed"),
];

//! What is posted or sent round in one village: public notices (公示) and circulars, who posted them and who has read them.
//!
//! The text is an issue and stays as it was; another wording is another issue. It is made from a whitelist of what
//! may be shown, so identity numbers, telephones, accounts and health have no field here.

use super::field::{Choice, Field, code, date, doc_ref, open, person, place, strict, term, text};
use super::{EntryKey, Node};

pub(super) const NODES: &[Node] = &[
    Node::Field(place("village", "行政村", "village")),
    Node::Field(strict("sort", SORTS, "类型", "sort")),
    Node::Field(text("title", 80, "标题", "title")),
    entries("issues", "正文", "issues", ISSUE),
    entries("postings", "张贴确认", "confirmed postings", POSTING),
    entries("receipts", "已读回执", "read by", RECEIPT),
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

const ISSUE: &[Field] = &[
    open("category", CATEGORIES, "公示类别", "category"),
    doc_ref("about", "所涉申请或监测", "application or case"),
    text("text", 4_000, "正文", "text"),
    date("posted_from", "公示开始", "from"),
    date("posted_until", "公示结束", "until"),
    text("contact", 80, "意见反映方式", "where to object"),
];

const POSTING: &[Field] = &[
    date("posted_on", "张贴日期", "posted on"),
    text("where", 80, "张贴地点", "where"),
    text("files", 1_000, "照片", "photos"),
    text("note", 200, "备注", "note"),
];

const RECEIPT: &[Field] = &[
    person("by", "阅读人", "read by"),
    date("on", "阅读日期", "read on"),
];

const SORTS: &[Choice] = &[
    code("public", "公示", "public notice"),
    code("circular", "通知", "circular"),
];

const CATEGORIES: &[Choice] = &[
    term("低保公示", "minimum living security"),
    term("特困公示", "extreme hardship"),
    term("监测对象公示", "monitoring"),
    term("临时救助公示", "temporary assistance"),
    term("其他", "other"),
];

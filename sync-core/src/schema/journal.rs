//! One household's visits in one year (驻村日志 / 民情日记).
//!
//! Split by year, so that a household file stays small on the phone and an old year never travels again. A visit is
//! written once and stays; a correction is a visit entry that names the one it corrects. Nothing here counts visits
//! or asks for a position: rates are made from the log, and a location track of a helper is nobody's business.

use super::field::{Choice, Field, date, doc_ref, int, open, person, term, text};
use super::{EntryKey, Node, YEAR_MAX, YEAR_MIN};

pub(super) const NODES: &[Node] = &[
    Node::Field(doc_ref("household", "所属户", "household")),
    Node::Field(int("year", YEAR_MIN, YEAR_MAX, "年度", "year")),
    Node::Entries {
        name: "visits",
        zh: "走访",
        en: "visits",
        key: EntryKey::Tag,
        fields: VISIT,
        append_only: true,
    },
];

const VISIT: &[Field] = &[
    date("date", "走访日期", "date"),
    person("author", "走访人", "visitor"),
    text("companions", 80, "同行人员", "companions"),
    open("purpose", PURPOSES, "走访事由", "purpose"),
    open("presence", PRESENCES, "在家情况", "who was at home"),
    text("found", 2_000, "了解到的情况", "what was found"),
    text("promised", 1_000, "答应办理的事", "what was promised"),
    date("next_on", "下次走访", "next visit on"),
    text("corrects", 32, "更正的记录", "key of the visit it corrects"),
];

const PURPOSES: &[Choice] = &[
    term("日常走访", "ordinary visit"),
    term("集中排查", "screening"),
    term("政策宣讲", "explaining a policy"),
    term("办理诉求", "about a need"),
    term("信息采集", "recording data"),
    term("其他", "other"),
];

const PRESENCES: &[Choice] = &[
    term("户主在家", "householder at home"),
    term("家属在家", "family at home"),
    term("无人在家", "nobody at home"),
    term("电话联系", "by telephone"),
];

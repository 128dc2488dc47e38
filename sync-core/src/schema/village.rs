//! A village: what it is like, who works in it, which units are paired with it, what is posted on its board.
//!
//! Its document id is the village's code. Notices are written by the township from its own templates and stay; that
//! one hangs on the board is confirmed by the committee in an entry of its own.

use super::field::{Choice, Field, date, doc_ref, int, open, person, phone, place, strict, term, text, unit};
use super::field::{code, yes_no};
use super::{EntryKey, Node};

pub(super) const NODES: &[Node] = &[
    Node::Field(text("name", 40, "村名", "name")),
    Node::Field(place("township", "所属乡镇", "township")),
    Node::Field(place("county", "所属县区", "county")),
    Node::Field(text("secretary_name", 40, "村党组织书记", "village secretary")),
    Node::Field(phone("office_phone", "村委会电话", "office phone")),
    Node::Field(text("office_address", 120, "村委会地址", "office address")),
    Node::Field(int("households_count", 0, 100_000, "总户数", "households")),
    Node::Field(int("population_count", 0, 1_000_000, "总人口", "population")),
    Node::Field(int("labour_count", 0, 1_000_000, "劳动力人数", "able to work")),
    Node::Field(int(
        "farmland_mu",
        0,
        10_000_000,
        "耕地面积（亩）",
        "farmland, mu",
    )),
    Node::Field(text("industries", 200, "主要产业", "main industries")),
    Node::Field(yes_no("clinic", "有卫生室", "clinic")),
    Node::Field(yes_no("school", "有小学或教学点", "school")),
    Node::Field(yes_no("paved_road", "通硬化路", "paved road")),
    Node::Field(text("signal_note", 200, "网络信号情况", "network coverage")),
    Node::Field(text("remark", 500, "备注", "remark")),
    Node::Entries {
        name: "groups",
        zh: "村民小组",
        en: "village groups",
        key: EntryKey::Tag,
        fields: GROUP,
        append_only: false,
    },
    Node::Entries {
        name: "team",
        zh: "驻村工作队",
        en: "work team",
        key: EntryKey::Tag,
        fields: TEAM,
        append_only: false,
    },
    Node::Entries {
        name: "pairings",
        zh: "结对帮扶",
        en: "pairings",
        key: EntryKey::Tag,
        fields: PAIRING,
        append_only: false,
    },
    Node::Entries {
        name: "notices",
        zh: "公示公告",
        en: "notices",
        key: EntryKey::Tag,
        fields: NOTICE,
        append_only: true,
    },
    Node::Entries {
        name: "postings",
        zh: "张贴确认",
        en: "confirmed postings",
        key: EntryKey::Tag,
        fields: POSTING,
        append_only: true,
    },
];

const GROUP: &[Field] = &[
    int("number", 0, 999, "组号", "number"),
    text("name", 40, "组名", "name"),
    text("leader_name", 40, "组长", "leader"),
    phone("phone", "联系电话", "phone"),
    int("households_count", 0, 10_000, "户数", "households"),
];

const TEAM: &[Field] = &[
    person("person", "人员", "person"),
    text("name", 40, "姓名", "name"),
    strict("post", POSTS, "职务", "post"),
    unit("unit", "派出单位", "sending unit"),
    phone("phone", "联系电话", "phone"),
    date("since", "到村日期", "since"),
    date("until", "离村日期", "until"),
];

/// Without a household, the unit is paired with the whole village.
const PAIRING: &[Field] = &[
    unit("unit", "帮扶单位", "unit"),
    text("unit_name", 80, "单位名称", "unit's name"),
    doc_ref("household", "结对户", "household"),
    date("since", "开始日期", "since"),
    date("until", "结束日期", "until"),
];

const NOTICE: &[Field] = &[
    open("category", NOTICE_CATEGORIES, "公示类别", "category"),
    text("title", 80, "标题", "title"),
    text("text", 2_000, "内容", "text"),
    date("posted_from", "公示开始", "from"),
    date("posted_until", "公示结束", "until"),
    person("by", "发布人", "by"),
    text("contact", 80, "意见反映方式", "where to object"),
];

const POSTING: &[Field] = &[
    text("notice", 32, "公示编号", "key of the notice"),
    date("posted_on", "张贴日期", "posted on"),
    text("where", 80, "张贴地点", "where"),
    person("by", "确认人", "confirmed by"),
    text("note", 200, "备注", "note"),
];

const POSTS: &[Choice] = &[
    code("head", "第一书记（队长）", "first secretary"),
    code("member", "队员", "member"),
];

const NOTICE_CATEGORIES: &[Choice] = &[
    term("低保公示", "minimum living security"),
    term("特困公示", "extreme hardship"),
    term("监测对象公示", "monitoring"),
    term("临时救助公示", "temporary assistance"),
    term("项目公示", "projects"),
    term("其他", "other"),
];

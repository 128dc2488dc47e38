//! The household file (户档): who lives there, how, on what, and what help they get.
//!
//! Bank accounts and the results of data checks are not here and must not be added: the whole village side reads this
//! document with all its history, and those belong to the offices alone. They get documents and feeds of their own.

use super::field::{
    Choice, Field, code, date, id_number, int, open, person, phone, place, strict, term, text,
};
use super::field::{unit, yes_no, yuan};
use super::{EntryKey, Node};

pub(super) const NODES: &[Node] = &[
    Node::Field(place("village", "行政村", "village")),
    Node::Field(int("group", 0, 999, "村民小组", "village group")),
    Node::Field(text("number", 40, "户编号", "household number")),
    Node::Field(text("householder", 40, "户主姓名", "householder")),
    Node::Field(text("address", 120, "家庭住址", "address")),
    Node::Field(phone("phone", "联系电话", "phone")),
    Node::Field(
        int(
            "gps_lat_e6",
            -90_000_000,
            90_000_000,
            "纬度（百万分之一度）",
            "latitude, 1e-6 degrees",
        )
        .sensitive(),
    ),
    Node::Field(
        int(
            "gps_lng_e6",
            -180_000_000,
            180_000_000,
            "经度（百万分之一度）",
            "longitude, 1e-6 degrees",
        )
        .sensitive(),
    ),
    Node::Field(strict(
        "register_state",
        REGISTER_STATES,
        "户状态",
        "state of the file",
    )),
    Node::Field(open(
        "household_type",
        HOUSEHOLD_TYPES,
        "户类型",
        "household type",
    )),
    Node::Field(open(
        "monitoring_type",
        MONITORING_TYPES,
        "监测对象类别",
        "monitoring type",
    )),
    Node::Field(open(
        "poverty_cause",
        CAUSES,
        "致贫（返贫）原因",
        "cause of poverty",
    )),
    Node::Field(open("risk", CAUSES, "主要风险", "main risk")),
    Node::Field(int("risk_level", 0, 9, "风险等级", "risk level")),
    Node::Field(open("risk_state", RISK_STATES, "风险消除状态", "risk state")),
    Node::Field(open(
        "allowance_class",
        ALLOWANCES,
        "低保（特困）类别",
        "allowance class",
    )),
    Node::Field(open("house_structure", STRUCTURES, "房屋结构", "house structure")),
    Node::Field(open(
        "house_grade",
        HOUSE_GRADES,
        "房屋安全等级",
        "house safety grade",
    )),
    Node::Field(int(
        "house_area_m2",
        0,
        100_000,
        "住房面积（平方米）",
        "house area, m²",
    )),
    Node::Field(open("water_source", WATER_SOURCES, "饮水来源", "water source")),
    Node::Field(yes_no("power", "生活用电", "electricity")),
    Node::Field(int(
        "land_mu",
        0,
        1_000_000,
        "承包土地（亩）",
        "contracted land, mu",
    )),
    Node::Field(yuan(
        "expense_medical_yuan",
        "医疗支出（元）",
        "medical expenses, yuan",
    )),
    Node::Field(yuan(
        "expense_education_yuan",
        "教育支出（元）",
        "education expenses, yuan",
    )),
    Node::Field(yuan(
        "expense_other_yuan",
        "其他刚性支出（元）",
        "other unavoidable expenses, yuan",
    )),
    Node::Field(person("cadre", "帮扶责任人", "paired cadre")),
    Node::Field(text("cadre_name", 40, "帮扶责任人姓名", "paired cadre's name")),
    Node::Field(unit("cadre_unit", "帮扶单位", "paired unit")),
    Node::Field(text("remark", 500, "备注", "remark")),
    Node::Field(text("note", 200, "补充说明", "further note")),
    Node::Field(date("verified_at", "核实日期", "verified on")),
    Node::Field(person("verified_by", "核实人", "verified by")),
    Node::Field(text("verify_note", 200, "核实意见", "verification note")),
    Node::Group {
        name: "guarantees",
        zh: "三保障及饮水等",
        en: "guarantees",
        fields: GUARANTEES,
    },
    Node::Entries {
        name: "members",
        zh: "家庭成员",
        en: "members",
        key: EntryKey::Tag,
        fields: MEMBER,
        append_only: false,
    },
    Node::Entries {
        name: "income",
        zh: "年度收入",
        en: "income by year",
        key: EntryKey::Year,
        fields: INCOME,
        append_only: false,
    },
    Node::Entries {
        name: "assistance",
        zh: "帮扶措施",
        en: "assistance",
        key: EntryKey::Tag,
        fields: ASSISTANCE,
        append_only: false,
    },
];

/// Yes or no; absent means nobody has looked.
const GUARANTEES: &[Field] = &[
    yes_no("food", "不愁吃", "enough food"),
    yes_no("clothing", "不愁穿", "enough clothing"),
    yes_no("education", "义务教育有保障", "compulsory education"),
    yes_no("medical_insurance", "基本医疗有保障", "basic medical insurance"),
    yes_no("housing", "住房安全有保障", "safe housing"),
    yes_no("water", "饮水安全有保障", "safe water"),
    yes_no("pension", "参加养老保险", "pension insurance"),
    date("checked_on", "核查日期", "checked on"),
    text("note", 200, "说明", "note"),
];

const MEMBER: &[Field] = &[
    text("name", 40, "姓名", "name"),
    id_number("id_number", "证件号码", "identity number"),
    open("relation", RELATIONS, "与户主关系", "relation to the householder"),
    open("sex", SEXES, "性别", "sex"),
    date("birth_date", "出生日期", "birth date").sensitive(),
    open("ethnicity", ETHNICITIES, "民族", "ethnic group"),
    open("education_level", EDUCATION_LEVELS, "文化程度", "education"),
    open("school_state", SCHOOL_STATES, "在校生状况", "school"),
    open("health", HEALTH_STATES, "健康状况", "health").sensitive(),
    text("disability_certificate", 24, "残疾证号", "disability certificate").sensitive(),
    open("disability_type", DISABILITY_TYPES, "残疾类别", "disability type").sensitive(),
    open(
        "disability_level",
        DISABILITY_LEVELS,
        "残疾等级",
        "disability level",
    )
    .sensitive(),
    open("labour_skill", LABOUR_SKILLS, "劳动技能", "ability to work"),
    open("employment", EMPLOYMENTS, "就业情况", "employment"),
    text("employment_place", 80, "务工地点", "place of work"),
    int(
        "employment_months",
        0,
        12,
        "务工时间（月）",
        "months worked a year",
    ),
    yuan("income_yuan", "个人年收入（元）", "own income a year, yuan"),
    phone("phone", "联系电话", "phone"),
    // Those who live together decide a case, those on the register decide the register: both are kept.
    yes_no("living_together", "共同生活", "lives in the household"),
    yes_no("on_register", "户籍在册", "on the household register"),
    date("left_on", "减少日期", "left on"),
    text("left_reason", 80, "减少原因", "reason for leaving"),
    text("remark", 200, "备注", "remark"),
];

const INCOME: &[Field] = &[
    yuan("wage_yuan", "工资性收入（元）", "wages, yuan"),
    yuan("business_yuan", "经营净收入（元）", "net business income, yuan"),
    yuan("property_yuan", "财产净收入（元）", "net property income, yuan"),
    yuan("transfer_yuan", "转移净收入（元）", "net transfers, yuan"),
    yuan("farm_yuan", "其中：种养业收入（元）", "of which farming, yuan"),
    yuan("exclusions_yuan", "不计入收入（元）", "exclusions, yuan"),
    yuan("deductions_yuan", "扣减支出（元）", "deductions, yuan"),
    text("remark", 200, "备注", "remark"),
];

const ASSISTANCE: &[Field] = &[
    open("category", ASSISTANCE_CATEGORIES, "措施类别", "category"),
    text("measure", 200, "帮扶措施", "measure"),
    unit("unit", "帮扶单位", "unit"),
    person("cadre", "帮扶责任人", "cadre"),
    date("started_on", "开始日期", "started on"),
    date("ended_on", "结束日期", "ended on"),
    yuan("amount_yuan", "金额（元）", "amount, yuan"),
    text("result", 300, "帮扶成效", "result"),
];

const REGISTER_STATES: &[Choice] = &[
    code("active", "在册", "on the register"),
    code("moved_away", "整户迁出", "moved away"),
    code("closed", "整户自然减少", "closed"),
];

const HOUSEHOLD_TYPES: &[Choice] = &[
    term("一般户", "ordinary"),
    term("脱贫户", "lifted out of poverty"),
    term("监测对象", "monitored"),
    term("低保户", "minimum living security"),
    term("特困户", "extreme hardship"),
    term("低保边缘户", "near minimum living security"),
    term("支出型困难户", "hardship by expenditure"),
];

const MONITORING_TYPES: &[Choice] = &[
    term("脱贫不稳定户", "unstable after poverty"),
    term("边缘易致贫户", "at the edge of poverty"),
    term("突发严重困难户", "sudden serious hardship"),
];

const CAUSES: &[Choice] = &[
    term("因病", "illness"),
    term("因残", "disability"),
    term("因学", "schooling"),
    term("因灾", "disaster"),
    term("意外事故", "accident"),
    term("产业失败", "failed business"),
    term("就业不稳", "unstable work"),
    term("缺劳力", "lack of labour"),
    term("其他", "other"),
    term("无", "none"),
];

const RISK_STATES: &[Choice] = &[
    term("未消除", "present"),
    term("已消除", "eliminated"),
    term("稳定跟踪", "stable, tracked"),
    term("无风险", "none"),
];

const ALLOWANCES: &[Choice] = &[
    term("无", "none"),
    term("低保一档", "minimum living, class 1"),
    term("低保二档", "minimum living, class 2"),
    term("低保三档", "minimum living, class 3"),
    term("特困", "extreme hardship"),
];

const STRUCTURES: &[Choice] = &[
    term("框架", "frame"),
    term("砖混", "brick and concrete"),
    term("砖木", "brick and timber"),
    term("土木", "earth and timber"),
    term("其他", "other"),
];

const HOUSE_GRADES: &[Choice] = &[
    term("A级", "grade A"),
    term("B级", "grade B"),
    term("C级", "grade C"),
    term("D级", "grade D"),
];

const WATER_SOURCES: &[Choice] = &[
    term("自来水", "piped"),
    term("井水", "well"),
    term("山泉水", "spring"),
    term("水窖", "cistern"),
    term("其他", "other"),
];

const RELATIONS: &[Choice] = &[
    term("户主", "householder"),
    term("配偶", "spouse"),
    term("子", "son"),
    term("女", "daughter"),
    term("儿媳", "daughter-in-law"),
    term("女婿", "son-in-law"),
    term("孙", "grandchild"),
    term("父", "father"),
    term("母", "mother"),
    term("祖父母", "grandparent"),
    term("兄弟姐妹", "sibling"),
    term("其他", "other"),
];

const SEXES: &[Choice] = &[term("男", "male"), term("女", "female")];

const ETHNICITIES: &[Choice] = &[
    term("汉族", "Han"),
    term("壮族", "Zhuang"),
    term("回族", "Hui"),
    term("苗族", "Miao"),
    term("彝族", "Yi"),
    term("土家族", "Tujia"),
    term("藏族", "Tibetan"),
    term("侗族", "Dong"),
    term("布依族", "Bouyei"),
    term("瑶族", "Yao"),
];

const EDUCATION_LEVELS: &[Choice] = &[
    term("学龄前", "below school age"),
    term("文盲", "illiterate"),
    term("小学", "primary school"),
    term("初中", "junior middle school"),
    term("高中", "senior middle school"),
    term("中专", "vocational school"),
    term("大专", "college"),
    term("本科", "university"),
];

const SCHOOL_STATES: &[Choice] = &[
    term("非在校生", "not at school"),
    term("学前教育", "nursery"),
    term("小学", "primary school"),
    term("初中", "junior middle school"),
    term("高中", "senior middle school"),
    term("中职", "vocational school"),
    term("大专及以上", "college and above"),
];

const HEALTH_STATES: &[Choice] = &[
    term("健康", "healthy"),
    term("长期慢性病", "chronic illness"),
    term("大病", "serious illness"),
    term("残疾", "disabled"),
];

const DISABILITY_TYPES: &[Choice] = &[
    term("视力", "sight"),
    term("听力", "hearing"),
    term("言语", "speech"),
    term("肢体", "limbs"),
    term("智力", "intellect"),
    term("精神", "mental"),
    term("多重", "multiple"),
];

const DISABILITY_LEVELS: &[Choice] = &[
    term("一级", "level 1"),
    term("二级", "level 2"),
    term("三级", "level 3"),
    term("四级", "level 4"),
];

const LABOUR_SKILLS: &[Choice] = &[
    term("普通劳动力", "able to work"),
    term("技能劳动力", "skilled"),
    term("弱劳动力或半劳动力", "partly able"),
    term("丧失劳动力", "unable"),
    term("无劳动力", "not of working age"),
];

const EMPLOYMENTS: &[Choice] = &[
    term("务农", "farming"),
    term("县内务工", "works in the county"),
    term("省内县外务工", "works in the province"),
    term("省外务工", "works outside the province"),
    term("公益岗", "public welfare post"),
    term("在校", "at school"),
    term("无劳动力", "not working"),
];

const ASSISTANCE_CATEGORIES: &[Choice] = &[
    term("产业", "industry"),
    term("就业", "employment"),
    term("教育", "education"),
    term("医疗", "medical"),
    term("住房", "housing"),
    term("饮水", "water"),
    term("兜底保障", "social security"),
    term("其他", "other"),
];

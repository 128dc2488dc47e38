//! A family: who lives in a household, with ages, identity numbers, schooling, health and work that fit each other.

use serde_json::{Map, Value};

use super::calendar;
use super::dice::Dice;
use super::identity::{self, Sex};
use super::words;

/// One member of a household.
pub(super) struct Member {
    name: String,
    relation: &'static str,
    sex: Sex,
    age: i64,
    surname: &'static str,
}

/// A family of this many people, the householder first; `today_days` since 1970.
pub(super) fn family(dice: &mut Dice, size: usize, today_days: i64) -> Vec<Map<String, Value>> {
    let members = people(dice, size);
    members
        .iter()
        .map(|member| record(dice, member, today_days))
        .collect()
}

fn people(dice: &mut Dice, size: usize) -> Vec<Member> {
    let sex = if dice.chance(82) { Sex::Male } else { Sex::Female };
    let age = dice.range(34..=74);
    let surname = dice.pick(words::SURNAMES);
    let mut family = vec![member(dice, "户主", sex, age, surname)];
    let other_surname = dice.pick(words::SURNAMES);
    let fathers_name = if sex == Sex::Male { surname } else { other_surname };
    if size > 1 && dice.chance(85) {
        let spouse_age = (age + dice.range(-5..=4)).max(24);
        family.push(member(dice, "配偶", sex.other(), spouse_age, other_surname));
    }
    while family.len() < size {
        let child_sex = if dice.chance(52) { Sex::Male } else { Sex::Female };
        let has = |family: &[Member], relation: &str| family.iter().any(|member| member.relation == relation);
        let parent_age = age + dice.range(20..=30);
        let adult_son = family
            .iter()
            .find(|member| member.relation == "子" && member.age >= 23)
            .map(|son| son.age);
        match dice.range(0..=9) {
            0 if parent_age <= 92 && !has(&family, "父") => {
                family.push(member(dice, "父", Sex::Male, parent_age, surname));
            }
            1 | 2 if parent_age <= 95 && !has(&family, "母") => {
                let born = dice.pick(words::SURNAMES);
                family.push(member(dice, "母", Sex::Female, parent_age, born));
            }
            3 if adult_son.is_some() && !has(&family, "儿媳") => {
                let wife_age = adult_son.unwrap_or(25) - dice.range(-1..=3);
                let born = dice.pick(words::SURNAMES);
                family.push(member(dice, "儿媳", Sex::Female, wife_age.max(21), born));
            }
            4 | 5 if adult_son.is_some() => {
                let grandchild_age = (adult_son.unwrap_or(25) - dice.range(21..=30)).max(0);
                family.push(member(dice, "孙", child_sex, grandchild_age, fathers_name));
            }
            _ => {
                let relation = if child_sex == Sex::Male { "子" } else { "女" };
                let child_age = (age - dice.range(20..=38)).clamp(0, 50);
                family.push(member(dice, relation, child_sex, child_age, fathers_name));
            }
        }
    }
    family
}

fn member(dice: &mut Dice, relation: &'static str, sex: Sex, age: i64, surname: &'static str) -> Member {
    Member {
        name: format!("{surname}{}", identity::given_name(dice, sex)),
        relation,
        sex,
        age,
        surname,
    }
}

fn record(dice: &mut Dice, member: &Member, today_days: i64) -> Map<String, Value> {
    debug_assert!(member.name.starts_with(member.surname));
    let born = today_days - member.age * 365 - member.age / 4 - dice.range(1..=360);
    let (year, month, day) = calendar::date(born);
    let birth_date = format!("{year:04}-{month:02}-{day:02}");
    let id_number = identity::id_number(dice, &birth_date, member.sex);
    let (education_level, school_state) = schooling(dice, member.age);
    let health = dice.weighted(match member.age {
        ..=30 => &[("健康", 92), ("长期慢性病", 3), ("大病", 2), ("残疾", 3)][..],
        31..=55 => &[("健康", 70), ("长期慢性病", 15), ("大病", 7), ("残疾", 8)],
        _ => &[("健康", 40), ("长期慢性病", 38), ("大病", 10), ("残疾", 12)],
    });
    let employment = if school_state.is_some() {
        "在校"
    } else if member.age < 16 || member.age > 72 || (health == "残疾" && dice.chance(60)) {
        "无劳动力"
    } else {
        dice.weighted(&[
            ("务农", 40),
            ("县内务工", 20),
            ("省外务工", 25),
            ("公益岗", 8),
            ("省内县外务工", 7),
        ])
    };
    let income_yuan = match employment {
        _ if member.age < 16 => 0,
        "在校" | "无劳动力" => dice.skewed(1_500, 100),
        "务农" => 2_000 + dice.skewed(15_000, 100),
        "公益岗" => 6_000 + dice.skewed(3_000, 100),
        _ => 12_000 + dice.skewed(45_000, 100),
    };
    let mut record = Map::new();
    let mut put = |name: &str, value: Value| record.insert(name.to_owned(), value);
    put("name", member.name.as_str().into());
    put("id_number", id_number.as_str().into());
    put("relation", member.relation.into());
    put("birth_date", birth_date.into());
    put("education_level", education_level.into());
    put("health", health.into());
    put("employment", employment.into());
    put("income_yuan", income_yuan.into());
    if let Some(state) = school_state {
        put("school_state", state.into());
    }
    if health == "残疾" {
        let level = dice.index(4);
        let sort = dice.index(6);
        put(
            "disability_certificate",
            format!("{id_number}{}{}", sort + 1, level + 1).into(),
        );
        put(
            "disability_type",
            ["视力", "听力", "言语", "肢体", "智力", "精神"][sort].into(),
        );
        put("disability_level", ["一级", "二级", "三级", "四级"][level].into());
    }
    record
}

/// Education and, for pupils, the school.
fn schooling(dice: &mut Dice, age: i64) -> (&'static str, Option<&'static str>) {
    match age {
        ..=2 => ("学龄前", None),
        3..=6 => ("学龄前", Some("学前教育")),
        7..=12 => ("小学", Some("小学")),
        13..=15 => ("初中", Some("初中")),
        16..=18 if dice.chance(80) => ("高中", Some("高中")),
        19..=22 if dice.chance(45) => (dice.pick(&["大专", "本科"]), Some("大专及以上")),
        _ if age <= 35 => (
            dice.weighted(&[
                ("初中", 40),
                ("高中", 20),
                ("中专", 15),
                ("大专", 15),
                ("本科", 10),
            ]),
            None,
        ),
        _ if age <= 60 => (
            dice.weighted(&[("文盲", 6), ("小学", 34), ("初中", 45), ("高中", 15)]),
            None,
        ),
        _ => (dice.weighted(&[("文盲", 40), ("小学", 45), ("初中", 15)]), None),
    }
}

//! The register as a workbook: the columns the import reads, so that what is written here can be read again.
//!
//! One row a member; the household's columns stand on its first row. A field without a column (a note, a case) is not
//! in a register and so not in the sheet.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::ensure;
use rust_xlsxwriter::{Format, Workbook};
use serde_json::{Map, Value};

/// Rows a register may have, with room for its header; the import reads no more.
const ROWS_MAX: usize = crate::register::ROWS_MAX;

/// How a value is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum As {
    Plain,
    /// Micro-degrees as degrees.
    Degrees,
    /// A unit by its name.
    Unit,
}

const ROOT: &[(&str, &str, As)] = &[
    ("村民小组", "group", As::Plain),
    ("户编号", "number", As::Plain),
    ("户主姓名", "householder", As::Plain),
    ("家庭住址", "address", As::Plain),
    ("联系电话", "phone", As::Plain),
    ("纬度", "gps_lat_e6", As::Degrees),
    ("经度", "gps_lng_e6", As::Degrees),
    ("户类型", "household_type", As::Plain),
    ("监测对象类别", "monitoring_type", As::Plain),
    ("致贫原因", "poverty_cause", As::Plain),
    ("主要风险", "risk", As::Plain),
    ("风险等级", "risk_level", As::Plain),
    ("风险消除状态", "risk_state", As::Plain),
    ("低保类别", "allowance_class", As::Plain),
    ("房屋结构", "house_structure", As::Plain),
    ("房屋安全等级", "house_grade", As::Plain),
    ("住房面积（平方米）", "house_area_m2", As::Plain),
    ("饮水来源", "water_source", As::Plain),
    ("是否通电", "power", As::Plain),
    ("承包土地面积（亩）", "land_mu", As::Plain),
    ("医疗支出（元）", "expense_medical_yuan", As::Plain),
    ("教育支出（元）", "expense_education_yuan", As::Plain),
    ("其他刚性支出（元）", "expense_other_yuan", As::Plain),
    ("帮扶责任人", "cadre_name", As::Plain),
    ("帮扶单位", "cadre_unit", As::Unit),
    ("备注", "remark", As::Plain),
];

const GUARANTEES: &[(&str, &str)] = &[
    ("义务教育有保障", "education"),
    ("基本医疗有保障", "medical_insurance"),
    ("住房安全有保障", "housing"),
    ("饮水安全有保障", "water"),
    ("是否参加养老保险", "pension"),
];

const INCOME: &[(&str, &str)] = &[
    ("工资性收入（元）", "wage_yuan"),
    ("经营净收入（元）", "business_yuan"),
    ("财产净收入（元）", "property_yuan"),
    ("转移净收入（元）", "transfer_yuan"),
    ("种养业收入（元）", "farm_yuan"),
    ("不计入收入（元）", "exclusions_yuan"),
    ("扣减支出（元）", "deductions_yuan"),
];

const MEMBER: &[(&str, &str)] = &[
    ("姓名", "name"),
    ("证件号码", "id_number"),
    ("与户主关系", "relation"),
    ("性别", "sex"),
    ("出生日期", "birth_date"),
    ("民族", "ethnicity"),
    ("文化程度", "education_level"),
    ("在校生状况", "school_state"),
    ("健康状况", "health"),
    ("残疾证号", "disability_certificate"),
    ("残疾类别", "disability_type"),
    ("残疾等级", "disability_level"),
    ("劳动技能", "labour_skill"),
    ("务工情况", "employment"),
    ("务工地点", "employment_place"),
    ("务工时间（月）", "employment_months"),
    ("个人年收入（元）", "income_yuan"),
    ("是否共同生活", "living_together"),
    ("户籍在册", "on_register"),
];

const ASSISTANCE: &[(&str, &str)] = &[
    ("措施类别", "category"),
    ("帮扶措施", "measure"),
    ("帮扶开始日期", "started_on"),
    ("帮扶结束日期", "ended_on"),
    ("帮扶金额（元）", "amount_yuan"),
    ("帮扶成效", "result"),
];

/// Columns of the household's own that a member may fill on a row of its own.
const SHARED: [&str; 2] = ["phone", "remark"];

/// Names by id; only such as belong to one place alone.
pub(super) type Names = BTreeMap<String, String>;

/// A register being written.
pub(super) struct Sheet {
    villages: Names,
    units: Names,
    households: Vec<Value>,
    years: BTreeSet<String>,
}

impl Sheet {
    pub(super) fn new(villages: Names, units: Names) -> Sheet {
        Sheet {
            villages,
            units,
            households: Vec::new(),
            years: BTreeSet::new(),
        }
    }

    /// Takes a household file.
    pub(super) fn add(&mut self, household: Value) {
        if let Some(years) = household.get("income").and_then(Value::as_object) {
            self.years.extend(years.keys().cloned());
        }
        self.households.push(household);
    }

    /// The workbook.
    pub(super) fn finish(self) -> anyhow::Result<Vec<u8>> {
        let mut header: Vec<String> = vec!["行政村".to_owned()];
        header.extend(ROOT.iter().map(|(name, ..)| (*name).to_owned()));
        header.extend(GUARANTEES.iter().map(|(name, _)| (*name).to_owned()));
        for year in &self.years {
            header.extend(INCOME.iter().map(|(name, _)| format!("{year}年{name}")));
        }
        header.extend(MEMBER.iter().map(|(name, _)| (*name).to_owned()));
        header.extend(ASSISTANCE.iter().map(|(name, _)| (*name).to_owned()));

        let mut book = Workbook::new();
        let bold = Format::new().set_bold();
        let sheet = book.add_worksheet();
        sheet.set_name("户档")?;
        sheet.set_freeze_panes(1, 0)?;
        for (column, name) in header.iter().enumerate() {
            sheet.write_with_format(0, u16::try_from(column)?, name, &bold)?;
        }
        let mut row = 0;
        for household in &self.households {
            for cells in self.rows(household) {
                row += 1;
                ensure!(
                    row <= ROWS_MAX,
                    "more rows than a register may have: export village by village"
                );
                for (column, cell) in cells.into_iter().enumerate() {
                    let (row, column) = (u32::try_from(row)?, u16::try_from(column)?);
                    match cell {
                        Some(Value::String(text)) => {
                            sheet.write_string(row, column, text)?;
                        }
                        Some(Value::Number(number)) => {
                            sheet.write_number(row, column, number.as_f64().unwrap_or_default())?;
                        }
                        Some(Value::Bool(yes)) => {
                            sheet.write_string(row, column, if yes { "是" } else { "否" })?;
                        }
                        _ => {}
                    }
                }
            }
        }
        Ok(book.save_to_buffer()?)
    }

    fn rows(&self, household: &Value) -> Vec<Vec<Option<Value>>> {
        let mut members: Vec<&Map<String, Value>> = entries(household, "members")
            .into_iter()
            .filter(|member| member.get("left_on").is_none_or(Value::is_null))
            .collect();
        members.sort_by_key(|member| member.get("relation").and_then(Value::as_str) != Some("户主"));
        let assistance = entries(household, "assistance");
        // On the household's first row these columns speak of the household, so a member with values of its own
        // there needs another row.
        let own = |member: &&Map<String, Value>| SHARED.iter().any(|name| member.contains_key(*name));
        let offset = usize::from(members.first().is_some_and(own));
        let count = (members.len() + offset).max(assistance.len()).max(1);
        (0..count)
            .map(|index| {
                let member = index
                    .checked_sub(offset)
                    .and_then(|index| members.get(index))
                    .copied();
                self.row(household, index == 0, member, assistance.get(index).copied())
            })
            .collect()
    }

    fn row(
        &self,
        household: &Value,
        first: bool,
        member: Option<&Map<String, Value>>,
        assistance: Option<&Map<String, Value>>,
    ) -> Vec<Option<Value>> {
        let village = household
            .get("village")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let mut cells: Vec<Option<Value>> = Vec::new();
        cells.push(Some(
            self.villages.get(village).map_or(village, String::as_str).into(),
        ));
        for (_, field, form) in ROOT {
            let value = household.get(*field);
            cells.push(match (first, *field) {
                (true, _) => value.map(|value| self.shown(value, *form)),
                (false, "number") => value.cloned(),
                (false, field) if SHARED.contains(&field) => member
                    .and_then(|member| member.get(field))
                    .filter(|own| Some(*own) != value)
                    .cloned(),
                (false, _) => None,
            });
        }
        let here = |container: &str| household.get(container).filter(|_| first);
        for (_, field) in GUARANTEES {
            cells.push(here("guarantees").and_then(|group| group.get(*field)).cloned());
        }
        for year in &self.years {
            let of_year = here("income").and_then(|years| years.get(year));
            cells.extend(
                INCOME
                    .iter()
                    .map(|(_, field)| of_year.and_then(|income| income.get(*field)).cloned()),
            );
        }
        cells.extend(
            MEMBER
                .iter()
                .map(|(_, field)| member.and_then(|member| member.get(*field)).cloned()),
        );
        cells.extend(
            ASSISTANCE
                .iter()
                .map(|(_, field)| assistance.and_then(|entry| entry.get(*field)).cloned()),
        );
        cells
    }

    fn shown(&self, value: &Value, form: As) -> Value {
        match (form, value) {
            (As::Degrees, Value::Number(e6)) => (e6.as_f64().unwrap_or_default() / 1e6).into(),
            (As::Unit, Value::String(id)) => self.units.get(id).unwrap_or(id).as_str().into(),
            _ => value.clone(),
        }
    }
}

fn entries<'a>(household: &'a Value, container: &str) -> Vec<&'a Map<String, Value>> {
    let entries = household.get(container).and_then(Value::as_object);
    entries
        .into_iter()
        .flat_map(Map::values)
        .filter_map(Value::as_object)
        .collect()
}

/// Names by id, without those that two share.
pub(super) fn unique_names(all: impl Iterator<Item = (String, String)>) -> Names {
    let all: Vec<(String, String)> = all.collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, name) in &all {
        *counts.entry(name).or_default() += 1;
    }
    let unique = |name: &str| counts.get(name) == Some(&1);
    all.iter().filter(|(_, name)| unique(name)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::register::{self, Options, Place};
    use serde_json::json;

    #[test]
    fn a_register_reads_back_as_it_was_written() {
        let household = json!({
            "kind": "household", "village": "v1", "number": "0007", "group": 3, "householder": "王某", "phone": "13800000000",
            "address": "=HYPERLINK(1)", "household_type": "监测对象", "risk_level": 2, "gps_lat_e6": 25_041_234, "power": true,
            "cadre_unit": "u1", "remark": "房屋需要修缮", "verified_at": "2026-01-01",
            "guarantees": {"water": false, "housing": true, "food": true},
            "income": {"2025": {"wage_yuan": 12_000, "farm_yuan": 800}, "2026": {"wage_yuan": 13_000}},
            "members": {
                "a": {"name": "王某", "relation": "户主", "id_number": "11010519491231002X", "sex": "女",
                    "birth_date": "1949-12-31", "phone": "13900000000"},
                "b": {"name": "王某某", "relation": "子", "employment_months": 10, "on_register": true, "remark": "常年在外"},
                "c": {"name": "王老", "left_on": "2024-01-01"},
            },
            "assistance": {"p": {"measure": "产业奖补", "amount_yuan": 3_000, "started_on": "2025-03-01"},
                "q": {"measure": "技能培训"}},
        });
        let mut sheet = Sheet::new(
            unique_names([("v1".to_owned(), "青山村".to_owned())].into_iter()),
            unique_names([("u1".to_owned(), "水务局".to_owned())].into_iter()),
        );
        sheet.add(household);
        let bytes = sheet.finish().unwrap();
        let place = |id: &str, name: &str| Place {
            id: id.into(),
            name: name.into(),
        };
        let read = register::read(
            &bytes,
            &Options {
                villages: &[place("v1", "青山村")],
                units: &[place("u1", "水务局")],
                default_village: None,
                income_year: 2026,
            },
        )
        .unwrap();
        assert!(read.report.is_clean(), "{}", read.report.to_text_en());
        let [read] = read.households.as_slice() else {
            panic!("one household")
        };
        assert_eq!((read.village.as_str(), read.number.as_str()), ("v1", "0007"));
        let value = &read.value;
        assert_eq!(value["address"], "=HYPERLINK(1)", "text stays text");
        assert_eq!(
            (&value["gps_lat_e6"], &value["group"], &value["risk_level"]),
            (&json!(25_041_234), &json!(3), &json!(2))
        );
        assert_eq!(
            (&value["cadre_unit"], &value["power"], &value["phone"]),
            (&json!("u1"), &json!(true), &json!("13800000000"))
        );
        assert_eq!(value["remark"], "房屋需要修缮");
        assert_eq!(value["guarantees"], json!({"water": false, "housing": true}));
        assert_eq!(
            value["income"],
            json!({"2025": {"wage_yuan": 12_000, "farm_yuan": 800}, "2026": {"wage_yuan": 13_000}})
        );
        let mut members: Vec<Value> = value["members"].as_object().unwrap().values().cloned().collect();
        members.sort_by_key(|member| member["name"].to_string().len());
        assert_eq!(members.len(), 2, "who has left is in no register");
        assert_eq!(members[0]["phone"], "13900000000");
        assert_eq!(members[0]["id_number"], "11010519491231002X");
        assert_eq!(
            (&members[1]["remark"], &members[1]["employment_months"]),
            (&json!("常年在外"), &json!(10))
        );
        assert_eq!(value["assistance"].as_object().unwrap().len(), 2);
    }

    #[test]
    fn a_name_two_places_share_is_not_used() {
        let names = unique_names(
            [("a", "一村"), ("b", "二村"), ("c", "一村")]
                .map(|(id, name)| (id.into(), name.into()))
                .into_iter(),
        );
        assert_eq!(
            names.into_iter().collect::<Vec<_>>(),
            [("b".to_owned(), "二村".to_owned())]
        );
    }
}

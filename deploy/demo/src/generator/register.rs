//! The household register as a county hands it over: a sheet with Chinese headers, one row a member, the household's
//! columns filled in on the householder's row only.
//!
//! Written without looking at the importer, so that reading a sheet made here shows something.

use anyhow::{Context, Result};
use rust_xlsxwriter::Workbook;
use serde_json::Value;

use super::{Household, Village};

/// Headers, in the order of the columns.
pub const HEADERS: &[&str] = &[
    "行政村",
    "村民小组",
    "户编号",
    "户主姓名",
    "家庭住址",
    "联系电话",
    "户类型",
    "主要风险",
    "低保类别",
    "房屋结构",
    "房屋安全等级",
    "住房面积",
    "饮水来源",
    "是否通电",
    "承包土地面积",
    "帮扶责任人",
    "收入年度",
    "工资性收入",
    "经营净收入",
    "财产净收入",
    "转移净收入",
    "种养业收入",
    "医疗支出",
    "教育支出",
    "是否参加医疗保险",
    "是否参加养老保险",
    "姓名",
    "证件号码",
    "与户主关系",
    "性别",
    "出生日期",
    "文化程度",
    "在校生状况",
    "健康状况",
    "残疾类别",
    "残疾等级",
    "务工情况",
    "备注",
];

/// The rows of a village, without the header.
pub fn rows(village: &Village) -> Vec<Vec<String>> {
    village
        .households
        .iter()
        .flat_map(|household| household_rows(village, household))
        .collect()
}

/// A workbook with the register of these villages.
///
/// # Errors
/// When the sheet would be larger than the format allows.
pub fn xlsx(villages: &[Village]) -> Result<Vec<u8>> {
    let rows: Vec<Vec<String>> = villages.iter().flat_map(rows).collect();
    workbook(HEADERS, &rows)
}

/// A workbook of any header and rows, all cells as text.
///
/// # Errors
/// When the sheet would be larger than the format allows.
pub fn workbook(headers: &[&str], rows: &[Vec<String>]) -> Result<Vec<u8>> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("户档")?;
    for (column, header) in headers.iter().enumerate() {
        sheet.write(0, u16::try_from(column)?, *header)?;
    }
    for (row, cells) in rows.iter().enumerate() {
        for (column, cell) in cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
            sheet.write(u32::try_from(row + 1)?, u16::try_from(column)?, cell)?;
        }
    }
    book.save_to_buffer()
        .context("the register does not fit a workbook")
}

/// The same rows as comma-separated text.
pub fn csv(headers: &[&str], rows: &[Vec<String>]) -> String {
    let mut out = String::new();
    let header: Vec<String> = headers.iter().map(|header| (*header).to_owned()).collect();
    for row in std::iter::once(&header).chain(rows) {
        let cells: Vec<String> = row
            .iter()
            .map(|cell| {
                let quoted = cell.contains([',', '"', '\n']);
                if quoted {
                    format!("\"{}\"", cell.replace('"', "\"\""))
                } else {
                    cell.clone()
                }
            })
            .collect();
        out.push_str(&cells.join(","));
        out.push_str("\r\n");
    }
    out
}

fn household_rows(village: &Village, household: &Household) -> Vec<Vec<String>> {
    let file = &household.file.value;
    let income = file
        .get("income")
        .and_then(Value::as_object)
        .and_then(|years| years.iter().next_back());
    let mut members: Vec<&Value> = file
        .get("members")
        .and_then(Value::as_object)
        .map(|members| members.values().collect())
        .unwrap_or_default();
    members.sort_by_key(|member| member["relation"] != "户主");
    members
        .iter()
        .enumerate()
        .map(|(index, member)| {
            HEADERS
                .iter()
                .map(|header| match cell(header, village, household, income, member) {
                    (Scope::Household, text) if index > 0 => drop_unless_key(header, text),
                    (_, text) => text,
                })
                .collect()
        })
        .collect()
}

/// Village and number name the household on every row.
fn drop_unless_key(header: &str, text: String) -> String {
    if matches!(header, "行政村" | "户编号") {
        text
    } else {
        String::new()
    }
}

enum Scope {
    Household,
    Member,
}

fn cell(
    header: &str,
    village: &Village,
    household: &Household,
    income: Option<(&String, &Value)>,
    member: &Value,
) -> (Scope, String) {
    let file = &household.file.value;
    let of_file = |name: &str| (Scope::Household, text(file.get(name)));
    let of_income = |name: &str| {
        (
            Scope::Household,
            text(income.and_then(|(_, year)| year.get(name))),
        )
    };
    let of_guarantees = |name: &str| {
        (
            Scope::Household,
            text(file.get("guarantees").and_then(|group| group.get(name))),
        )
    };
    let of_member = |name: &str| (Scope::Member, text(member.get(name)));
    match header {
        "行政村" => (Scope::Household, village.name.clone()),
        "村民小组" => of_file("group"),
        "户编号" => (Scope::Household, household.number.clone()),
        "户主姓名" => of_file("householder"),
        "家庭住址" => of_file("address"),
        "联系电话" => of_file("phone"),
        "户类型" => of_file("household_type"),
        "主要风险" => of_file("risk"),
        "低保类别" => of_file("allowance_class"),
        "房屋结构" => of_file("house_structure"),
        "房屋安全等级" => of_file("house_grade"),
        "住房面积" => of_file("house_area_m2"),
        "饮水来源" => of_file("water_source"),
        "是否通电" => of_file("power"),
        "承包土地面积" => of_file("land_mu"),
        "帮扶责任人" => of_file("cadre_name"),
        "收入年度" => (
            Scope::Household,
            income.map(|(year, _)| year.clone()).unwrap_or_default(),
        ),
        "工资性收入" => of_income("wage_yuan"),
        "经营净收入" => of_income("business_yuan"),
        "财产净收入" => of_income("property_yuan"),
        "转移净收入" => of_income("transfer_yuan"),
        "种养业收入" => of_income("farm_yuan"),
        "医疗支出" => of_file("expense_medical_yuan"),
        "教育支出" => of_file("expense_education_yuan"),
        "是否参加医疗保险" => of_guarantees("medical_insurance"),
        "是否参加养老保险" => of_guarantees("pension"),
        "备注" => of_file("remark"),
        "姓名" => of_member("name"),
        "证件号码" => of_member("id_number"),
        "与户主关系" => of_member("relation"),
        "性别" => (Scope::Member, sex(member)),
        "出生日期" => of_member("birth_date"),
        "文化程度" => of_member("education_level"),
        "在校生状况" => of_member("school_state"),
        "健康状况" => of_member("health"),
        "残疾类别" => of_member("disability_type"),
        "残疾等级" => of_member("disability_level"),
        "务工情况" => of_member("employment"),
        other => unreachable!("no cell for the header {other}"),
    }
}

/// From the identity number: the last digit but one is odd for men.
fn sex(member: &Value) -> String {
    let digit = member["id_number"]
        .as_str()
        .and_then(|number| number.as_bytes().get(16).copied());
    match digit {
        Some(digit) if digit % 2 == 1 => "男".to_owned(),
        Some(_) => "女".to_owned(),
        None => String::new(),
    }
}

fn text(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Bool(yes)) => if *yes { "是" } else { "否" }.to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

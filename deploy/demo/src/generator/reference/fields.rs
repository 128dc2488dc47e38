//! Which field of a record is which of ours.

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};

/// The year under which a record's income is kept.
const INCOME_YEAR: &str = "2026";

/// Where a field of a record goes.
pub(super) fn field(name: &str) -> Option<&'static [&'static str]> {
    Some(match name {
        "hh" => &["householder"],
        "group" => &["group"],
        "addr" => &["address"],
        "phone" => &["phone"],
        "houseType" => &["house_structure"],
        "houseGrade" => &["house_grade"],
        "houseArea" => &["house_area_m2"],
        "water" => &["water_source"],
        "power" => &["power"],
        "land" => &["land_mu"],
        "allowance" => &["allowance_class"],
        "risk" => &["risk"],
        "riskLevel" => &["risk_level"],
        "helper" => &["cadre_name"],
        "remark" => &["remark"],
        "bankNo" => &["note"],
        "expMedical" => &["expense_medical_yuan"],
        "expEducation" => &["expense_education_yuan"],
        // A running number of the busy hour; any small number field carries its weight.
        "updSeq" => &["expense_other_yuan"],
        "medIns" => &["guarantees", "medical_insurance"],
        "pension" => &["guarantees", "pension"],
        "incWage" => &["income", INCOME_YEAR, "wage_yuan"],
        "incFarm" => &["income", INCOME_YEAR, "farm_yuan"],
        "incTransfer" => &["income", INCOME_YEAR, "transfer_yuan"],
        "incProperty" => &["income", INCOME_YEAR, "property_yuan"],
        "incBusiness" => &["income", INCOME_YEAR, "business_yuan"],
        _ => return None,
    })
}

pub(super) fn member_field(name: &str) -> Result<&'static str> {
    Ok(match name {
        "name" => "name",
        "rel" => "relation",
        "idNo" => "id_number",
        "birth" => "birth_date",
        "edu" => "education_level",
        "health" => "health",
        "work" => "employment",
        "income" => "income_yuan",
        _ => bail!("a member has an unknown field"),
    })
}

/// A record knows only the year of birth; month and day are those of the identity number.
pub(super) fn member(record: &Map<String, Value>) -> Result<Map<String, Value>> {
    let mut member = rename(record, |name| member_field(name).ok())?;
    if let Some(year) = record.get("birth").and_then(Value::as_i64) {
        let id_number = record.get("idNo").and_then(Value::as_str).unwrap_or("");
        let number =
            |range: std::ops::Range<usize>| id_number.get(range).and_then(|text| text.parse::<u8>().ok());
        let month = number(10..12)
            .filter(|month| (1..=12).contains(month))
            .unwrap_or(1);
        let day = number(12..14).filter(|day| (1..=28).contains(day)).unwrap_or(1);
        member.insert(
            "birth_date".to_owned(),
            format!("{year:04}-{month:02}-{day:02}").into(),
        );
    }
    Ok(member)
}

pub(super) fn rename(
    record: &Map<String, Value>,
    name_of: impl Fn(&str) -> Option<&'static str>,
) -> Result<Map<String, Value>> {
    record
        .iter()
        .map(|(name, value)| {
            let name = name_of(name).context("the record has an unknown field")?;
            Ok((name.to_owned(), value.clone()))
        })
        .collect()
}

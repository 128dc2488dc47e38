//! Single edits as people make them: a field written, a visit noted, a need raised. When and by whom is decided by the
//! callers, [`super::story`] for the past and [`super::workload`] for the benchmarks.

use serde_json::{Map, Value, json};
use sync_core::edit::{ChangeDocument, Edit, EditOp, NewDocument};
use sync_core::id::DocId;

use super::dice::Dice;
use super::{AuthoredEdit, Person, calendar, identity, texts, words};

/// Scalars of a household file that people fill in, and whether the first edit has them already.
pub(super) const SLOTS: &[(&[&str], bool)] = &[
    (&["group"], true),
    (&["address"], true),
    (&["phone"], true),
    (&["household_type"], true),
    (&["house_structure"], true),
    (&["water_source"], true),
    (&["power"], true),
    (&["guarantees", "medical_insurance"], true),
    (&["income", YEAR, "wage_yuan"], true),
    (&["income", YEAR, "farm_yuan"], true),
    (&["income", YEAR, "transfer_yuan"], false),
    (&["income", YEAR, "property_yuan"], false),
    (&["income", YEAR, "business_yuan"], false),
    (&["allowance_class"], false),
    (&["house_grade"], false),
    (&["house_area_m2"], false),
    (&["guarantees", "pension"], false),
    (&["risk"], false),
    (&["risk_level"], false),
    (&["cadre_name"], false),
    (&["remark"], false),
    (&["note"], false),
    (&["expense_medical_yuan"], false),
    (&["expense_education_yuan"], false),
    (&["land_mu"], false),
];

/// Stands for the year of the story's end in [`SLOTS`].
const YEAR: &str = "YEAR";

/// The path of a slot in a year.
pub(super) fn slot_path(slot: &[&str], year: u16) -> Vec<String> {
    let part_of = |part: &&str| {
        if *part == YEAR {
            year.to_string()
        } else {
            (*part).to_owned()
        }
    };
    slot.iter().map(part_of).collect()
}

/// A value somebody might write into a slot.
pub(super) fn slot_value(dice: &mut Dice, slot: &[&str], village_name: &str, groups: i64) -> Value {
    match slot.last().copied().unwrap_or("") {
        "group" => dice.range(1..=groups).into(),
        "address" => format!(
            "{village_name}{}组{}号",
            dice.range(1..=groups),
            dice.range(1..=199)
        )
        .into(),
        "phone" => identity::phone(dice).into(),
        "household_type" => dice
            .weighted(&[
                ("一般户", 55),
                ("脱贫户", 22),
                ("监测对象", 8),
                ("低保户", 11),
                ("特困户", 4),
            ])
            .into(),
        "house_structure" => (dice.pick(&["框架", "砖混", "砖木", "土木"])).into(),
        "water_source" => (dice.pick(&["自来水", "井水", "山泉水", "水窖"])).into(),
        "power" => dice.chance(98).into(),
        "medical_insurance" => dice.chance(93).into(),
        "pension" => dice.chance(80).into(),
        "wage_yuan" => dice.skewed(60_000, 100).into(),
        "farm_yuan" => dice.skewed(30_000, 100).into(),
        "transfer_yuan" => dice.skewed(8_000, 100).into(),
        "property_yuan" => dice.skewed(5_000, 100).into(),
        "business_yuan" => dice.skewed(20_000, 100).into(),
        "allowance_class" => (dice.pick(&["无", "低保一档", "低保二档", "特困"])).into(),
        "house_grade" => (dice.pick(&["A级", "B级", "C级", "D级"])).into(),
        "house_area_m2" => dice.range(40..=240).into(),
        "risk" => (dice.pick(&["因病", "因残", "因学", "因灾", "缺劳力", "就业不稳", "无"])).into(),
        "risk_level" => dice.range(0..=3).into(),
        "cadre_name" => identity::full_name(dice).into(),
        "remark" => texts::remark(dice).into(),
        // An account of the water company: the file of a real household always has some such number.
        "note" => format!("水表{:010}", dice.range(0..=9_999_999_999)).into(),
        "expense_medical_yuan" | "expense_education_yuan" => dice.skewed(30_000, 100).into(),
        "land_mu" => dice.range(0..=60).into(),
        other => unreachable!("no slot is called {other}"),
    }
}

/// What a visitor writes down.
pub(super) fn visit_entry(dice: &mut Dice, author: &Person, at: i64) -> Map<String, Value> {
    let mut visit = Map::new();
    visit.insert("date".to_owned(), calendar::day_text(at).into());
    visit.insert("author".to_owned(), author.id.as_str().into());
    visit.insert("found".to_owned(), texts::found(dice).into());
    if dice.chance(15) {
        visit.insert("promised".to_owned(), texts::promised(dice).into());
    }
    visit
}

/// Writes a visit into the journal of its year, which it makes where there is none.
pub(super) fn visit_edit(
    household: &DocId,
    year: u16,
    author: usize,
    at: i64,
    key: String,
    visit: Map<String, Value>,
    is_new: bool,
) -> AuthoredEdit {
    let journal = DocId::journal(household, year).expect("a household's name leaves room for a year");
    if is_new {
        let value = json!({"visits": {key: visit}})
            .as_object()
            .cloned()
            .unwrap_or_default();
        let edit = NewDocument {
            new: "journal".to_owned(),
            village: None,
            household: Some(household.clone()),
            year: Some(year),
            id: None,
            at: Some(at),
            value,
        };
        return AuthoredEdit {
            author,
            at,
            edit: Edit::New(edit),
        };
    }
    let add = EditOp::Add {
        path: vec!["visits".to_owned()],
        key: Some(key),
        value: visit,
    };
    change(author, at, journal, vec![add])
}

/// Raises a need; `key` ends its name.
pub(super) fn need_edit(
    dice: &mut Dice,
    household: &DocId,
    author: usize,
    at: i64,
    key: &str,
) -> AuthoredEdit {
    let (category, titles) = dice.pick(words::NEED_TITLES);
    let chars = dice.range(10..=27) as usize;
    let mut value = json!({
        "category": category,
        "title": dice.pick(titles),
        "description": texts::of_length(dice, chars),
        "amount_yuan": dice.skewed(20_000, 100),
        "raised_on": calendar::day_text(at),
        "state": "open",
    });
    if dice.chance(20) {
        value["urgency"] = "urgent".into();
    }
    let edit = NewDocument {
        new: "need".to_owned(),
        village: None,
        household: Some(household.clone()),
        year: None,
        id: Some(
            DocId::parse(&format!("{household}.n{key}")).expect("a household's name leaves room for a key"),
        ),
        at: Some(at),
        value: value.as_object().cloned().unwrap_or_default(),
    };
    AuthoredEdit {
        author,
        at,
        edit: Edit::New(edit),
    }
}

/// An edit of a document.
pub(super) fn change(author: usize, at: i64, doc: DocId, ops: Vec<EditOp>) -> AuthoredEdit {
    AuthoredEdit {
        author,
        at,
        edit: Edit::Change(ChangeDocument {
            doc,
            at: Some(at),
            ops,
        }),
    }
}

/// A write of a field.
pub(super) fn set(path: &[&str], value: impl Into<Value>) -> EditOp {
    EditOp::Set {
        path: path.iter().map(|part| (*part).to_owned()).collect(),
        value: value.into(),
    }
}

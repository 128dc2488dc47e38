//! What a household of a register asks of the file that is there: pure comparison, field by field.
//!
//! A register adds and corrects; it never removes. People of a household are known again by identity number, then by
//! name, so that one registered on a phone and one in a sheet do not become two.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use sync_core::edit::EditOp;

/// What tells one measure of assistance from another.
const MEASURE: [&str; 3] = ["category", "measure", "started_on"];

/// The operations that make a household file say what the register says. Empty when it does.
pub(super) fn changes(file: &Value, register: &Value) -> Vec<EditOp> {
    let mut ops = Vec::new();
    for (name, value) in register.as_object().into_iter().flatten() {
        match (name.as_str(), value) {
            ("members", Value::Object(entries)) => people(entries, entries_of(file, name), &mut ops),
            ("assistance", Value::Object(entries)) => assistance(entries, entries_of(file, name), &mut ops),
            ("income", Value::Object(years)) => {
                for (year, fields) in years {
                    let there = entries_of(file, name).and_then(|years| years.get(year));
                    set_all(&["income", year], there, fields, &mut ops);
                }
            }
            (group, Value::Object(_)) => set_all(&[group], file.get(group), value, &mut ops),
            (field, value) if file.get(field) != Some(value) => ops.push(set(&[field], value)),
            _ => {}
        }
    }
    ops
}

fn entries_of<'a>(file: &'a Value, name: &str) -> Option<&'a Map<String, Value>> {
    file.get(name).and_then(Value::as_object)
}

fn set(path: &[&str], value: &Value) -> EditOp {
    EditOp::Set {
        path: path.iter().map(|part| (*part).to_owned()).collect(),
        value: value.clone(),
    }
}

/// Sets the fields that differ.
fn set_all(path: &[&str], there: Option<&Value>, wanted: &Value, ops: &mut Vec<EditOp>) {
    for (field, value) in wanted.as_object().into_iter().flatten() {
        if there.and_then(|there| there.get(field)) != Some(value) {
            ops.push(set(&[path, &[field]].concat(), value));
        }
    }
}

fn text<'a>(entry: &'a Value, field: &str) -> Option<&'a str> {
    entry
        .get(field)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
}

fn people(wanted: &Map<String, Value>, there: Option<&Map<String, Value>>, ops: &mut Vec<EditOp>) {
    let by_number = |person: &Value, _: &str, other: &Value, _: &str| {
        text(person, "id_number").is_some_and(|number| text(other, "id_number") == Some(number))
    };
    // The same key is the same person under a corrected number or name.
    let by_key = |_: &Value, key: &str, _: &Value, other_key: &str| key == other_key;
    let by_name = |person: &Value, _: &str, other: &Value, _: &str| {
        text(person, "name").is_some_and(|name| text(other, "name") == Some(name))
    };
    match_up("members", wanted, there, &[&by_number, &by_name, &by_key], ops);
}

fn assistance(wanted: &Map<String, Value>, there: Option<&Map<String, Value>>, ops: &mut Vec<EditOp>) {
    let by_key = |_: &Value, key: &str, _: &Value, other_key: &str| key == other_key;
    let by_measure = |one: &Value, _: &str, other: &Value, _: &str| {
        MEASURE.iter().all(|field| text(one, field) == text(other, field))
    };
    match_up("assistance", wanted, there, &[&by_key, &by_measure], ops);
}

/// Whether an entry of the register (and its key) is an entry of the file (and its key).
type Same<'a> = &'a dyn Fn(&Value, &str, &Value, &str) -> bool;

/// Pairs entries by the strongest sign first, where exactly one entry carries it; sets what differs, adds the rest.
fn match_up(
    container: &str,
    wanted: &Map<String, Value>,
    there: Option<&Map<String, Value>>,
    signs: &[Same<'_>],
    ops: &mut Vec<EditOp>,
) {
    let empty = Map::new();
    let there = there.unwrap_or(&empty);
    let mut free: BTreeSet<&String> = there.keys().collect();
    let mut open: Vec<(&String, &Value)> = wanted.iter().collect();
    for same in signs {
        open.retain(|(key, entry)| {
            let mut found = free
                .iter()
                .filter(|other| same(entry, key, &there[other.as_str()], other));
            let (Some(first), None) = (found.next().copied(), found.next()) else {
                return true;
            };
            free.remove(first);
            set_all(&[container, first], there.get(first), entry, ops);
            false
        });
    }
    let mut taken: BTreeSet<String> = there.keys().cloned().collect();
    for (key, entry) in open {
        let mut key = key.clone();
        while !taken.insert(key.clone()) {
            key.push('x');
        }
        let value = entry.as_object().cloned().unwrap_or_default();
        ops.push(EditOp::Add {
            path: vec![container.to_owned()],
            key: Some(key),
            value,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said(ops: &[EditOp]) -> Vec<String> {
        ops.iter()
            .map(|op| match op {
                EditOp::Set { path, value } => format!("{} = {value}", path.join("/")),
                EditOp::Add { path, key, .. } => {
                    format!("+ {}/{}", path.join("/"), key.as_deref().unwrap_or(""))
                }
                EditOp::Delete { path } => format!("- {}", path.join("/")),
            })
            .collect()
    }

    #[test]
    fn the_same_register_again_asks_for_nothing() {
        let file = json!({"kind": "household", "village": "v1", "phone": "120", "group": 3, "remark": "自己写的",
            "guarantees": {"water": true, "food": true}, "income": {"2025": {"wage_yuan": 1}},
            "members": {"r1": {"name": "甲", "id_number": "1"}, "p9": {"name": "乙"}},
            "assistance": {"r7": {"measure": "低保"}}});
        let register = json!({"phone": "120", "group": 3, "guarantees": {"water": true}, "income": {"2025": {"wage_yuan": 1}},
            "members": {"r1": {"name": "甲", "id_number": "1"}}, "assistance": {"r7": {"measure": "低保"}}});
        assert_eq!(said(&changes(&file, &register)), Vec::<String>::new());
    }

    #[test]
    fn only_what_differs_is_set_and_nothing_is_removed() {
        let file =
            json!({"phone": "120", "guarantees": {"water": true}, "income": {"2025": {"wage_yuan": 1}}});
        let register = json!({"phone": "119", "guarantees": {"water": false, "housing": true},
            "income": {"2025": {"wage_yuan": 1, "farm_yuan": 2}, "2026": {"wage_yuan": 5}}});
        assert_eq!(
            said(&changes(&file, &register)),
            [
                "guarantees/housing = true",
                "guarantees/water = false",
                "income/2025/farm_yuan = 2",
                "income/2026/wage_yuan = 5",
                "phone = \"119\"",
            ]
        );
    }

    #[test]
    fn people_are_known_again_by_number_then_by_name() {
        let file = json!({"members": {
            "a": {"name": "甲", "id_number": "1"}, "b": {"name": "乙"}, "c": {"name": "丙", "id_number": "3"},
            "d": {"name": "丁"}, "e": {"name": "丁"}}});
        let register = json!({"members": {
            "r1": {"name": "甲甲", "id_number": "1"}, "r2": {"name": "乙", "id_number": "2"},
            "r3": {"name": "丁", "id_number": "4"}, "c": {"name": "新", "id_number": "9"}}});
        assert_eq!(
            said(&changes(&file, &register)),
            [
                "members/a/name = \"甲甲\"",
                "members/b/id_number = \"2\"",
                // The key alone says it: number and name were both corrected.
                "members/c/id_number = \"9\"",
                "members/c/name = \"新\"",
                // Two of that name: nobody can say which.
                "+ members/r3",
            ]
        );
    }

    #[test]
    fn a_measure_noted_on_a_phone_is_not_added_again() {
        let file = json!({"assistance": {"p1": {"measure": "技能培训", "started_on": "2025-03-01"}}});
        let register = json!({"assistance": {"r1": {"measure": "技能培训", "started_on": "2025-03-01", "result": "已就业"},
            "r2": {"measure": "产业奖补"}}});
        assert_eq!(
            said(&changes(&file, &register)),
            ["assistance/p1/result = \"已就业\"", "+ assistance/r2"]
        );
    }
}

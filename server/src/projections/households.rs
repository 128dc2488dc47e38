//! The row of a household: what lists show, filter and count by.

use automerge::{ReadDoc, Value};
use sync_core::document::Document;

use super::terms::Terms;
use super::{int, strings, text};

/// Guarantees that count as a gap when they are not met, in the order of their bits.
pub(crate) const GUARANTEES: [&str; 6] = [
    "food",
    "clothing",
    "education",
    "medical_insurance",
    "housing",
    "water",
];

/// A household in lists.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Household {
    pub(crate) number: Option<String>,
    pub(crate) group_no: Option<i64>,
    pub(crate) householder: Option<String>,
    pub(crate) register_state: Option<String>,
    pub(crate) household_type: Option<String>,
    pub(crate) monitoring_type: Option<String>,
    pub(crate) risk: Option<String>,
    pub(crate) risk_level: Option<i64>,
    pub(crate) risk_state: Option<String>,
    pub(crate) allowance_class: Option<String>,
    pub(crate) phone: Option<String>,
    /// Without those who have left.
    pub(crate) members: u64,
    pub(crate) id: String,
    pub(crate) village: String,
    /// Group, then number: the order of lists.
    pub(crate) sort: String,
    /// Of those who live there; a JSON array.
    pub(crate) names: String,
    /// What it is found by ([`super::terms`]); a JSON array.
    pub(crate) terms: String,
    /// Guarantees that somebody has found not to be met, a bit each as in [`GUARANTEES`].
    pub(crate) gaps: i64,
    /// Measures of assistance that have not ended.
    pub(crate) measures: u64,
    /// Fields with more than one value.
    pub(crate) conflicts: u64,
    pub(crate) verified_at: Option<String>,
}

impl Household {
    pub(super) fn of(document: &Document) -> Household {
        let left = document.entry_values("members", "left_on");
        let present = |key: &String| left.get(key).is_some_and(Option::is_none);
        let names: Vec<String> = strings(document, "members", "name")
            .into_iter()
            .filter_map(|(key, name)| present(&key).then_some(name))
            .collect();
        let (number, householder) = (text(document, "number"), text(document, "householder"));
        let group_no = int(document, "group");
        let mut terms = Terms::default();
        for name in householder.iter().chain(&names) {
            terms.name(name);
        }
        if let Some(number) = &number {
            terms.number(number);
        }
        for (key, identity) in strings(document, "members", "id_number") {
            if present(&key) {
                terms.identity(&identity);
            }
        }
        Household {
            sort: format!(
                "{:04}{}",
                group_no.unwrap_or(NO_GROUP),
                number.as_deref().unwrap_or_default()
            ),
            number,
            group_no,
            householder,
            register_state: text(document, "register_state"),
            household_type: text(document, "household_type"),
            monitoring_type: text(document, "monitoring_type"),
            risk: text(document, "risk"),
            risk_level: int(document, "risk_level"),
            risk_state: text(document, "risk_state"),
            allowance_class: text(document, "allowance_class"),
            phone: text(document, "phone"),
            members: left.values().filter(|left_on| left_on.is_none()).count() as u64,
            id: document.id().as_str().to_owned(),
            village: text(document, "village").unwrap_or_default(),
            names: crate::store::registry::to_json(&names),
            terms: terms.into_json(),
            gaps: gaps(document),
            measures: measures(document),
            conflicts: document.conflicts().len() as u64,
            verified_at: text(document, "verified_at"),
        }
    }
}

/// Households that belong to no group come last.
const NO_GROUP: i64 = 9_999;

fn gaps(document: &Document) -> i64 {
    let automerge = document.automerge();
    let Ok(Some((_, guarantees))) = automerge.get(automerge::ROOT, "guarantees") else {
        return 0;
    };
    let gap = |name: &str| matches!(automerge.get(&guarantees, name), Ok(Some((Value::Scalar(met), _))) if met.as_bool() == Some(false));
    let bits = GUARANTEES.iter().enumerate().filter(|(_, name)| gap(name));
    bits.fold(0, |all, (bit, _)| all | 1 << bit)
}

fn measures(document: &Document) -> u64 {
    let ended = document.entry_values("assistance", "ended_on");
    ended.values().filter(|ended_on| ended_on.is_none()).count() as u64
}

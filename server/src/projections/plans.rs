//! The row of a plan: how many of its measures stand, and how many are done.

use std::collections::{BTreeMap, BTreeSet};

use sync_core::document::Document;

use super::{entries, text};

/// The measures for one household.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) household: String,
    pub(crate) unit: Option<String>,
    /// That stand, and have not been given up.
    pub(crate) measures: u64,
    pub(crate) done: u64,
}

impl Plan {
    pub(super) fn of(document: &Document) -> Plan {
        let measures = entries(document, "measures");
        let corrected: BTreeSet<String> = measures
            .iter()
            .filter_map(|entry| entry.text("corrects"))
            .collect();
        // The last word on a measure holds.
        let states: BTreeMap<String, String> = entries(document, "results")
            .iter()
            .filter_map(|entry| Some((entry.text("measure")?, entry.text("state")?)))
            .collect();
        let standing: Vec<Option<&str>> = measures
            .iter()
            .filter(|entry| !corrected.contains(&entry.key))
            .map(|entry| states.get(&entry.key).map(String::as_str))
            .collect();
        let is = |wanted: &str| standing.iter().filter(|state| **state == Some(wanted)).count() as u64;
        Plan {
            household: text(document, "household").unwrap_or_default(),
            unit: text(document, "unit"),
            measures: standing.len() as u64 - is("given_up"),
            done: is("done"),
        }
    }
}

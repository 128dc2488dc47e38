//! The row of a household: what lists show, filter and count by.

use sync_core::document::Document;

use super::{int, text};

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
}

impl Household {
    pub(super) fn of(document: &Document) -> Household {
        let left = document.entry_values("members", "left_on");
        Household {
            number: text(document, "number"),
            group_no: int(document, "group"),
            householder: text(document, "householder"),
            register_state: text(document, "register_state"),
            household_type: text(document, "household_type"),
            monitoring_type: text(document, "monitoring_type"),
            risk: text(document, "risk"),
            risk_level: int(document, "risk_level"),
            risk_state: text(document, "risk_state"),
            allowance_class: text(document, "allowance_class"),
            phone: text(document, "phone"),
            members: left.values().filter(|left_on| left_on.is_none()).count() as u64,
        }
    }
}

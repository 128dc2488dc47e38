//! The row of a need: who has it, how urgent it is and when it is due.

use sync_core::document::Document;

use super::{strings, text};

/// A need in lists.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Need {
    pub(crate) unit: Option<String>,
    pub(crate) category: Option<String>,
    pub(crate) title: Option<String>,
    /// `open` while nobody has said otherwise.
    pub(crate) state: String,
    /// `normal` while nobody has said otherwise.
    pub(crate) urgency: String,
    pub(crate) raised_on: Option<String>,
    pub(crate) due: Option<String>,
    pub(crate) result_on: Option<String>,
    pub(crate) closed_on: Option<String>,
    pub(crate) household: String,
    /// Day of the last answer.
    pub(crate) answered_on: Option<String>,
    /// Fields with more than one value.
    pub(crate) conflicts: u64,
}

impl Need {
    pub(super) fn of(document: &Document) -> Need {
        Need {
            unit: text(document, "unit"),
            category: text(document, "category"),
            title: text(document, "title"),
            state: text(document, "state").unwrap_or_else(|| "open".to_owned()),
            urgency: text(document, "urgency").unwrap_or_else(|| "normal".to_owned()),
            raised_on: text(document, "raised_on"),
            due: text(document, "due"),
            result_on: text(document, "result_on"),
            closed_on: text(document, "closed_on"),
            household: text(document, "household").unwrap_or_default(),
            answered_on: strings(document, "responses", "at").into_values().max(),
            conflicts: document.conflicts().len() as u64,
        }
    }
}

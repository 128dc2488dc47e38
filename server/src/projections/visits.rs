//! The row of a journal: how often a household was visited in a year, and when last.

use std::collections::BTreeSet;

use sync_core::document::Document;
use sync_core::value::Scalar;

/// The visits of one household in one year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Visits {
    pub(crate) visits: u64,
    pub(crate) last_on: Option<String>,
}

impl Visits {
    pub(super) fn of(document: &Document) -> Visits {
        let dates = document.entry_values("visits", "date");
        // A visit stays as it was written; a correction is a visit that names the one it stands for.
        let corrected: BTreeSet<String> = document
            .entry_values("visits", "corrects")
            .into_values()
            .filter_map(as_text)
            .collect();
        let standing = || dates.iter().filter(|(key, _)| !corrected.contains(*key));
        Visits {
            visits: standing().count() as u64,
            last_on: standing().filter_map(|(_, date)| as_text(date.clone())).max(),
        }
    }
}

fn as_text(value: Option<Scalar>) -> Option<String> {
    match value {
        Some(Scalar::Str(text)) => Some(text),
        _ => None,
    }
}

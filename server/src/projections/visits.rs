//! The row of a journal: how often a household was visited in a year, in which months, and when last.

use std::collections::{BTreeMap, BTreeSet};

use sync_core::document::Document;

use super::{int, strings, text};

/// The visits of one household in one year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Visits {
    pub(crate) visits: u64,
    pub(crate) last_on: Option<String>,
    pub(crate) household: String,
    /// Those of the journal's own year.
    pub(crate) by_month: [u64; 12],
}

impl Visits {
    pub(super) fn of(document: &Document) -> Visits {
        // A visit stays as it was written; a correction is a visit that names the one it stands for.
        let corrected: BTreeSet<String> = strings(document, "visits", "corrects").into_values().collect();
        let dates = document.entry_values("visits", "date");
        let standing = dates.keys().filter(|key| !corrected.contains(*key)).count();
        let dates: BTreeMap<String, String> = strings(document, "visits", "date")
            .into_iter()
            .filter(|(key, _)| !corrected.contains(key))
            .collect();
        let year = int(document, "year").unwrap_or_default().to_string();
        let mut by_month = [0; 12];
        for date in dates.values() {
            let mut parts = date.split('-');
            let month = (parts.next() == Some(&year))
                .then(|| parts.next()?.parse::<usize>().ok())
                .flatten();
            if let Some(count) = month.and_then(|month| by_month.get_mut(month.wrapping_sub(1))) {
                *count += 1;
            }
        }
        Visits {
            visits: standing as u64,
            last_on: dates.into_values().max(),
            household: text(document, "household").unwrap_or_default(),
            by_month,
        }
    }
}

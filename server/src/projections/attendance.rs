//! The row of a month of attendance: days by where they were spent, and leave that waits for a decision.

use std::collections::{BTreeMap, BTreeSet};

use sync_core::document::Document;
use sync_core::value::Scalar;

use super::{entries, text};

/// The month of one member of a team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attendance {
    pub(crate) id: String,
    pub(crate) village: String,
    /// `YYYY-MM`.
    pub(crate) month: String,
    pub(crate) person: String,
    pub(crate) present: u64,
    pub(crate) trip: u64,
    pub(crate) training: u64,
    pub(crate) leave: u64,
    pub(crate) rest: u64,
    /// Requests for leave nobody has decided on.
    pub(crate) asked: u64,
    pub(crate) confirmed: Option<i64>,
}

impl Attendance {
    /// `None` for a name that tells no month.
    pub(super) fn of(document: &Document) -> Option<Attendance> {
        let village = text(document, "village").unwrap_or_default();
        let (year, month, person) = document.id().as_attendance(&village)?;
        let marks = marks(document);
        let count = |state: &str| marks.values().filter(|mark| *mark == state).count() as u64;
        let decided: BTreeSet<String> = entries(document, "decisions")
            .iter()
            .filter_map(|entry| entry.text("leave"))
            .collect();
        let leaves = entries(document, "leaves");
        let confirmed = entries(document, "confirmations");
        let confirmed = confirmed
            .last()
            .and_then(|entry| match entry.fields.get("days_count") {
                Some(Scalar::Int(days)) => Some(*days),
                _ => None,
            });
        Some(Attendance {
            id: document.id().as_str().to_owned(),
            month: format!("{year:04}-{month:02}"),
            person: person.to_owned(),
            present: count("present"),
            trip: count("trip"),
            training: count("training"),
            leave: count("leave"),
            rest: count("rest"),
            asked: leaves
                .iter()
                .filter(|leave| !decided.contains(&leave.key))
                .count() as u64,
            confirmed,
            village,
        })
    }
}

/// Where each day of the month was spent; a later mark stands for an earlier one.
pub(crate) fn marks(document: &Document) -> BTreeMap<String, String> {
    let village = text(document, "village").unwrap_or_default();
    let Some((year, month, _)) = document.id().as_attendance(&village) else {
        return BTreeMap::new();
    };
    let within = format!("{year:04}-{month:02}-");
    entries(document, "marks")
        .iter()
        .filter_map(|entry| Some((entry.text("date")?, entry.text("state")?)))
        .filter(|(date, _)| date.starts_with(&within))
        .collect()
}

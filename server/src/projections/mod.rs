//! What lists and counts are made from: a few values of each document, beside it in the database.
//!
//! Owns the pure part: a document goes in, a row comes out, and nothing else decides what is in it. So a row can be
//! written in the commit that changes the document, and computed again from the log to prove that it is right
//! (`qiao rebuild`). SQL is [`crate::store::projections`]'s. Villages, cards, notices and checks have none.

pub(crate) mod attendance;
pub(crate) mod cases;
mod files;
mod households;
mod needs;
mod plans;
pub(crate) mod terms;
mod visits;

pub(crate) use attendance::Attendance;
pub(crate) use cases::{Case, OpenClock, Written};
pub(crate) use files::Files;
pub(crate) use households::{GUARANTEES, Household};
pub(crate) use needs::Need;
pub(crate) use plans::Plan;
pub(crate) use visits::Visits;

use std::collections::BTreeMap;

use automerge::{ObjType, ROOT, ReadDoc, Value};
use sync_core::change::from_scalar_value;
use sync_core::document::Document;
use sync_core::id::DocNo;
use sync_core::schema::Kind;
use sync_core::value::Scalar;

/// Rows written by another version than this are written again when a server starts. Count up whenever a row comes
/// out differently.
pub(crate) const VERSION: i64 = 4;

/// The row of one document.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Projection {
    Household(Household),
    Need(Need),
    Visits(Visits),
    Case(Box<Case>),
    Attendance(Attendance),
    Plan(Plan),
}

/// Rows of documents by number, sorted by table.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Projected {
    pub(crate) households: Vec<(DocNo, Household)>,
    pub(crate) needs: Vec<(DocNo, Need)>,
    pub(crate) visits: Vec<(DocNo, Visits)>,
    pub(crate) files: Vec<(DocNo, Files)>,
    pub(crate) cases: Vec<(DocNo, Case)>,
    pub(crate) attendance: Vec<(DocNo, Attendance)>,
    pub(crate) plans: Vec<(DocNo, Plan)>,
}

// The rows are personal data.
impl std::fmt::Debug for Projected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Projected")
            .field("households", &self.households.len())
            .field("needs", &self.needs.len())
            .field("visits", &self.visits.len())
            .field("files", &self.files.len())
            .field("cases", &self.cases.len())
            .field("attendance", &self.attendance.len())
            .field("plans", &self.plans.len())
            .finish()
    }
}

/// Whether the row of a document of this kind follows from more than the document: from when the log had each change.
pub(crate) fn needs_log(kind: Kind) -> bool {
    matches!(kind, Kind::Application | Kind::Case)
}

/// The row of a document; `None` for kinds that have none, and without the log for those that need it.
pub(crate) fn project(document: &Document, written: Option<&Written>) -> Option<Projection> {
    match document.kind() {
        Kind::Application | Kind::Case => {
            written.map(|written| Projection::Case(Box::new(Case::of(document, written))))
        }
        Kind::Attendance => Attendance::of(document).map(Projection::Attendance),
        Kind::Plan => Some(Projection::Plan(Plan::of(document))),
        Kind::Household => Some(Projection::Household(Household::of(document))),
        Kind::Need => Some(Projection::Need(Need::of(document))),
        Kind::Journal => Some(Projection::Visits(Visits::of(document))),
        _ => None,
    }
}

impl Projected {
    /// Takes the row of a document. Each document may be taken once.
    pub(crate) fn add(&mut self, doc: DocNo, document: &Document, written: Option<&Written>) {
        match project(document, written) {
            Some(Projection::Case(row)) => self.cases.push((doc, *row)),
            Some(Projection::Attendance(row)) => self.attendance.push((doc, row)),
            Some(Projection::Plan(row)) => self.plans.push((doc, row)),
            Some(Projection::Household(row)) => self.households.push((doc, row)),
            Some(Projection::Need(row)) => self.needs.push((doc, row)),
            Some(Projection::Visits(row)) => self.visits.push((doc, row)),
            None => {}
        }
        self.files.extend(Files::of(document).map(|files| (doc, files)));
    }
}

fn text(document: &Document, key: &str) -> Option<String> {
    document.root_str(key)
}

/// One field of the entries that have it as text, by key.
fn strings(document: &Document, container: &str, field: &str) -> BTreeMap<String, String> {
    let values = document.entry_values(container, field).into_iter();
    values
        .filter_map(|(key, value)| match value {
            Some(Scalar::Str(text)) => Some((key, text)),
            _ => None,
        })
        .collect()
}

/// An entry of a document.
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) fields: BTreeMap<String, Scalar>,
    /// When, by its author's clock, Unix seconds.
    pub(crate) claimed_s: i64,
    pub(crate) actor: automerge::ActorId,
}

impl Entry {
    /// A field that says something.
    pub(crate) fn text(&self, field: &str) -> Option<String> {
        match self.fields.get(field) {
            Some(Scalar::Str(text)) if !text.is_empty() => Some(text.clone()),
            _ => None,
        }
    }
}

/// The entries of a container, in the order in which they were accepted.
pub(crate) fn entries(document: &Document, container: &str) -> Vec<Entry> {
    let automerge = document.automerge();
    let Ok(Some((Value::Object(ObjType::Map), object))) = automerge.get(ROOT, container) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for key in automerge.keys(&object) {
        let Ok(Some((Value::Object(ObjType::Map), entry))) = automerge.get(&object, key.as_str()) else {
            continue;
        };
        let automerge::ObjId::Id(_, actor, _) = &entry else {
            continue;
        };
        let mut fields = BTreeMap::new();
        for field in automerge.keys(&entry) {
            if let Ok(Some((Value::Scalar(value), _))) = automerge.get(&entry, field.as_str()) {
                fields.insert(field, from_scalar_value(&value));
            }
        }
        let info = automerge
            .hash_for_opid(&entry)
            .and_then(|hash| document.change_info(&hash));
        let position = info.map_or(usize::MAX, |info| info.position);
        found.push((
            (position, key.len()),
            Entry {
                key,
                fields,
                claimed_s: info.map_or(0, |info| info.time),
                actor: actor.clone(),
            },
        ));
    }
    found.sort_by(|(a, one), (b, other)| a.cmp(b).then_with(|| one.key.cmp(&other.key)));
    found.into_iter().map(|(_, entry)| entry).collect()
}

fn int(document: &Document, key: &str) -> Option<i64> {
    match document.root_scalar(key) {
        Some(Scalar::Int(value)) => Some(value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use sync_core::document::Document;
    use sync_core::edit::{EditOp, normalize};
    use sync_core::id::{DeviceId, DocId};
    use sync_core::schema::Kind;
    use sync_core::wire::frame::Creation;

    use super::*;

    fn document(kind: Kind, value: serde_json::Value) -> Document {
        let id = DocId::parse("h1").unwrap();
        let household = Some(DocId::parse("h0").unwrap());
        let creation = match kind {
            Kind::Household => Creation {
                id,
                kind,
                village: Some("v1".into()),
                household: None,
                year: None,
            },
            Kind::Journal => Creation {
                id,
                kind,
                village: None,
                household,
                year: Some(2026),
            },
            _ => Creation {
                id,
                kind,
                village: None,
                household,
                year: None,
            },
        };
        let mut document = Document::genesis(&creation, 0);
        edit(&mut document, value);
        document
    }

    fn edit(document: &mut Document, value: serde_json::Value) {
        let ops: Vec<EditOp> = value
            .as_object()
            .unwrap()
            .iter()
            .map(|(key, value)| EditOp::Set {
                path: vec![key.clone()],
                value: value.clone(),
            })
            .collect();
        let ops = normalize(document.kind(), &ops, || "k".to_owned()).unwrap();
        let actor = DeviceId([7; 16]).actor(document.id(), document.generation());
        document.edit(&actor, 1_795_000_000, &ops).unwrap();
    }

    #[test]
    fn a_household_counts_those_who_live_there() {
        let document = document(
            Kind::Household,
            json!({"householder": "某某", "group": 3, "household_type": "低保户", "risk_level": 2, "phone": "13800000000",
                "members": {"a": {"name": "甲"}, "b": {"name": "乙", "left_on": "2025-01-01"}, "c": {"name": "丙"}}}),
        );
        let row = Household::of(&document);
        assert_eq!((row.members, row.group_no, row.risk_level), (2, Some(3), Some(2)));
        assert_eq!(row.householder.as_deref(), Some("某某"));
        assert_eq!(row.allowance_class, None);
    }

    #[test]
    fn a_need_without_a_state_waits() {
        let row = Need::of(&document(
            Kind::Need,
            json!({"category": "水利", "due": "2026-12-01"}),
        ));
        assert_eq!((row.state.as_str(), row.urgency.as_str()), ("open", "normal"));
        assert_eq!(row.due.as_deref(), Some("2026-12-01"));
        let row = Need::of(&document(
            Kind::Need,
            json!({"state": "closed", "urgency": "urgent", "unit": "u1"}),
        ));
        assert_eq!(
            (row.state.as_str(), row.urgency.as_str(), row.unit.as_deref()),
            ("closed", "urgent", Some("u1"))
        );
    }

    #[test]
    fn a_corrected_visit_counts_once() {
        let mut journal = document(
            Kind::Journal,
            json!({"visits": {"a": {"date": "2026-03-01"}, "b": {"date": "2026-05-09"}}}),
        );
        let row = |journal: &Document| {
            let row = Visits::of(journal);
            let months: Vec<_> = (1..)
                .zip(row.by_month)
                .filter(|(_, visits)| *visits > 0)
                .collect();
            (row.visits, row.last_on.unwrap(), months)
        };
        assert_eq!(row(&journal), (2, "2026-05-09".to_owned(), vec![(3, 1), (5, 1)]));
        assert_eq!(Visits::of(&journal).household, "h0");
        edit(
            &mut journal,
            json!({"visits": {"c": {"date": "2026-04-09", "corrects": "b"}, "d": {}}}),
        );
        assert_eq!(row(&journal), (3, "2026-04-09".to_owned(), vec![(3, 1), (4, 1)]));
    }

    #[test]
    fn a_household_tells_what_it_lacks_and_what_it_is_found_by() {
        let file = json!({"householder": "张三", "group": 3, "number": "0012",
            "guarantees": {"water": false, "food": true, "pension": false},
            "members": {"a": {"name": "张三", "id_number": "11010519491231002X"}, "b": {"name": "李四", "left_on": "2025-01-01"}},
            "assistance": {"x": {"measure": "一"}, "y": {"measure": "二", "ended_on": "2026-01-01"}}});
        let row = Household::of(&document(Kind::Household, file));
        assert_eq!((row.gaps, row.measures, row.conflicts), (1 << 5, 1, 0));
        assert_eq!(
            (row.id.as_str(), row.village.as_str(), row.sort.as_str()),
            ("h1", "v1", "00030012")
        );
        assert_eq!(row.names, r#"["张三"]"#);
        let terms: Vec<String> = serde_json::from_str(&row.terms).unwrap();
        assert!(
            ["张三", "zhangsan", "zs", "0012", "$x20013"]
                .iter()
                .all(|term| terms.iter().any(|known| known == term))
        );
        assert!(
            !terms
                .iter()
                .any(|term| term.contains("李") || term.starts_with("li"))
        );
    }

    #[test]
    fn villages_and_cards_have_no_row_and_debug_output_shows_no_person() {
        let mut rows = Projected::default();
        rows.add(1, &document(Kind::Card, json!({"householder": "某某"})), None);
        assert_eq!(rows, Projected::default());
        rows.add(
            2,
            &document(Kind::Household, json!({"householder": "某某"})),
            None,
        );
        assert!(!format!("{rows:?}").contains("某某"));
    }
}

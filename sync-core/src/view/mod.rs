//! What every device shows, whatever it runs on: titles, rows of a list, conflicts, what came back, who wrote last.
//!
//! Owns the shapes that screens and scripts read, as plain data. It reads the engine and its documents and changes
//! neither; what people may do with a field is told by [`catalogue`]. A host adds only what is its own: files, a
//! browser's store, a language.

pub mod catalogue;

use serde::Serialize;
use serde_json::{Map, Value as Json};

use crate::document::Document;
use crate::edit::{ChangeDocument, Edit, EditOp};
use crate::engine::{Engine, EngineError, KnownPerson, Returned};
use crate::id::DocId;
use crate::reason::Reason;
use crate::schema::{Kind, wire_key, wire_keys};
use crate::value::Scalar;
use crate::workflow;

/// Values of one field that were written without knowing of each other.
#[derive(Debug, Clone, Serialize)]
pub struct ConflictView {
    /// The document.
    pub doc: DocId,
    /// Its kind.
    pub kind: &'static str,
    /// The field.
    pub path: Vec<String>,
    /// The values, the one shown last.
    pub values: Vec<Side>,
}

/// One value of a conflict.
#[derive(Debug, Clone, Serialize)]
pub struct Side {
    /// The value.
    pub value: Json,
    /// When it was written, by the author's clock, Unix seconds.
    pub at: i64,
    /// Who wrote it, as far as known.
    #[serde(flatten)]
    pub by: Option<Person>,
}

/// A person, as authors are known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Person {
    /// Id.
    pub person: String,
    /// Name.
    pub name: String,
    /// Role.
    pub role: &'static str,
}

impl From<KnownPerson> for Person {
    fn from(known: KnownPerson) -> Self {
        let KnownPerson { person, name, role } = known;
        let role = role.as_str();
        Person { person, name, role }
    }
}

/// A refused change.
#[derive(Debug, Clone, Serialize)]
pub struct ReturnedView {
    /// Its number, for dismissing it.
    pub no: u64,
    /// The document.
    pub doc: DocId,
    /// Its kind.
    pub kind: &'static str,
    /// Code of the reason.
    pub code: String,
    /// The reason, Chinese.
    pub zh: &'static str,
    /// The reason, English.
    pub en: &'static str,
    /// When it was written, by the author's clock, Unix seconds.
    pub at: i64,
    /// When it came back, Unix ms.
    pub returned_ms: i64,
    /// What it says.
    pub ops: Vec<EditOp>,
}

/// A last change of a document: one, unless people wrote at the same time.
#[derive(Debug, Clone, Serialize)]
pub struct LastChange {
    /// When it was written, by the author's clock, Unix seconds.
    pub at: i64,
    /// Who wrote it, as far as known.
    #[serde(flatten)]
    pub by: Option<Person>,
}

/// What people call a document.
pub fn title(document: &Document) -> Option<String> {
    match document.kind() {
        Kind::Household | Kind::Card => document.root_str("householder"),
        Kind::Need | Kind::Case | Kind::Notice | Kind::Plan => document.root_str("title"),
        Kind::Application => document
            .root_str("title")
            .or_else(|| document.root_str("applicant")),
        Kind::Attendance => {
            let village = document.root_str("village")?;
            let (year, month, person) = document.id().as_attendance(&village)?;
            Some(format!("{year}-{month:02} {person}"))
        }
        Kind::Check | Kind::Later(_) => None,
        Kind::Village => document.root_str("name"),
        Kind::Journal => document.root_scalar("year").and_then(|year| match year {
            Scalar::Int(year) => Some(year.to_string()),
            _ => None,
        }),
    }
}

/// What a list of households shows. The server sends these few fields before the documents themselves.
pub const ROW_FIELDS: [&str; 8] = [
    "householder",
    "group",
    "number",
    "household_type",
    "allowance_class",
    "risk",
    "risk_level",
    "phone",
];

/// A document's row in a list, as it travels: numbers of [`wire_keys`] and values.
pub fn row(document: &Document) -> Vec<(u16, Scalar)> {
    let field = |name: &&str| Some((wire_key(name)?, document.root_scalar(name)?));
    ROW_FIELDS.iter().filter_map(field).collect()
}

/// The same row by the names of its fields; a number of a later version is left out.
pub fn row_json(fields: &[(u16, Scalar)]) -> Map<String, Json> {
    let named = |(key, value): &(u16, Scalar)| {
        let name = wire_keys().get(usize::from(*key))?;
        Some(((*name).to_owned(), value.to_json()))
    };
    fields.iter().filter_map(named).collect()
}

/// Fields of a document with more than one value, each with who and when.
///
/// # Errors
/// As [`Engine::json`].
pub fn conflicts(engine: &mut Engine, id: &DocId) -> Result<Vec<ConflictView>, EngineError> {
    let document = engine.document(id)?;
    let kind = document.kind().as_str();
    let conflicts = document.conflicts();
    let view = |conflict: crate::document::Conflict| ConflictView {
        doc: id.clone(),
        kind,
        path: conflict.path,
        values: conflict
            .values
            .iter()
            .map(|side| Side {
                value: side.value.to_json(),
                at: side.time,
                by: engine.person_of(id, &side.actor).map(Person::from),
            })
            .collect(),
    };
    Ok(conflicts.into_iter().map(view).collect())
}

/// Who wrote last in a document, and when; the newest first. Empty for a document nobody has written in.
///
/// # Errors
/// As [`Engine::json`].
pub fn last_changes(engine: &mut Engine, id: &DocId) -> Result<Vec<LastChange>, EngineError> {
    let document = engine.document(id)?;
    let heads: Vec<_> = document
        .heads()
        .iter()
        .filter_map(|hash| document.change_info(hash))
        .map(|info| (info.time, info.actor.clone()))
        .collect();
    let mut last: Vec<LastChange> = heads
        .into_iter()
        .map(|(at, actor)| LastChange {
            at,
            by: engine.person_of(id, &actor).map(Person::from),
        })
        .collect();
    last.sort_by_key(|change| std::cmp::Reverse(change.at));
    Ok(last)
}

/// Where an application or a case stands, by the procedures and holidays that came with this version. `None` for every
/// other kind. Of events whose receipt this device does not know it counts days from the claimed time, and says so.
///
/// # Errors
/// As [`Engine::json`].
pub fn case_standing(
    engine: &mut Engine,
    id: &DocId,
    now_ms: i64,
) -> Result<Option<workflow::Folded>, EngineError> {
    let (authors, received) = (engine.authors_of(id), engine.receipts_of(id));
    let place = engine
        .status()
        .grant
        .and_then(|grant| grant.villages.first().cloned())
        .unwrap_or_default();
    let document = engine.document(id)?;
    let knowledge = workflow::Knowledge {
        book: workflow::Book::builtin(),
        calendar: workflow::Calendar::builtin_shared(),
        place: &place,
        now_s: Some(now_ms.div_euclid(1000)),
    };
    let who = |actor: &automerge::ActorId| {
        authors.get(actor).map(|known| workflow::Writer {
            person: known.person.clone(),
            name: known.name.clone(),
            role: known.role,
        })
    };
    Ok(workflow::standing(&knowledge, document, who, received))
}

/// Refused changes, oldest first.
pub fn returned(engine: &Engine) -> Vec<ReturnedView> {
    let view = |(no, returned): (u64, &Returned)| {
        // A reason of a later version keeps its code and has no text here.
        let reason = Reason::from_code(&returned.reason);
        ReturnedView {
            no,
            doc: returned.doc.clone(),
            kind: returned.kind.as_str(),
            code: returned.reason.clone(),
            zh: reason.map_or("", Reason::zh),
            en: reason.map_or("", Reason::en),
            at: returned.at,
            returned_ms: returned.returned_ms,
            ops: returned.ops.clone(),
        }
    };
    engine.returned().map(view).collect()
}

/// The edit that makes a refused change once more; `None` if there is none of this number.
pub fn again(engine: &Engine, no: u64) -> Option<Edit> {
    let (_, returned) = engine.returned().find(|(found, _)| *found == no)?;
    Some(Edit::Change(ChangeDocument {
        doc: returned.doc.clone(),
        at: Some(returned.at),
        ops: returned.ops.clone(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::frame::Creation;
    use serde_json::json;

    #[test]
    fn a_row_says_the_same_on_the_wire_and_by_name() {
        let creation = Creation {
            id: DocId::parse("h1").unwrap(),
            kind: Kind::Household,
            village: Some("v1".to_owned()),
            household: None,
            year: None,
        };
        let mut document = Document::genesis(&creation, 0);
        let actor = crate::id::DeviceId([1; 16]).actor(&creation.id, 0);
        let set = |field: &str, value: Json| EditOp::Set {
            path: vec![field.to_owned()],
            value,
        };
        let ops = [
            set("householder", json!("沈清华")),
            set("group", json!(3)),
            set("remark", json!("not in a row")),
        ];
        document.edit(&actor, 0, &ops).unwrap();
        let named = row_json(&row(&document));
        assert_eq!(Json::Object(named), json!({"householder": "沈清华", "group": 3}));
        assert_eq!(title(&document).as_deref(), Some("沈清华"));
        assert!(row_json(&[(u16::MAX, Scalar::Int(1))]).is_empty());
    }
}

//! Documents as plain JSON under a sequence of edits: what everybody would see if all edits came one after another.
//!
//! Independent of the engine on purpose: a test that compares the two has something to compare.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use sync_core::edit::{Edit, EditOp, NewDocument};
use sync_core::id::DocId;

/// The documents so far.
#[derive(Clone, Debug, Default)]
pub struct Replay {
    documents: BTreeMap<DocId, NewDocument>,
}

/// An edit that does not fit what was there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplayError {
    /// The document's name is missing and cannot be derived.
    NoName,
    /// The document is not there.
    NoDocument(DocId),
    /// There is nothing at this path to write into.
    NoPlace(DocId),
}

impl std::fmt::Display for ReplayError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ReplayError::NoName => f.write_str("a new document has no name"),
            ReplayError::NoDocument(id) => write!(f, "document {id} is edited before it is made"),
            ReplayError::NoPlace(id) => write!(f, "document {id} has no such place"),
        }
    }
}

impl std::error::Error for ReplayError {}

impl Replay {
    /// Applies one edit. A journal that exists already takes the visits of a second creation.
    ///
    /// # Errors
    /// When the edit does not fit what was there.
    pub fn apply(&mut self, edit: &Edit) -> Result<(), ReplayError> {
        match edit {
            Edit::New(new) => {
                let id = name_of(new).ok_or(ReplayError::NoName)?;
                let mut new = NewDocument {
                    id: Some(id.clone()),
                    ..new.clone()
                };
                match self.documents.get_mut(&id) {
                    Some(known) => merge(&mut known.value, std::mem::take(&mut new.value)),
                    None => drop(self.documents.insert(id, new)),
                }
                Ok(())
            }
            Edit::Change(change) => {
                let document = self
                    .documents
                    .get_mut(&change.doc)
                    .ok_or_else(|| ReplayError::NoDocument(change.doc.clone()))?;
                for op in &change.ops {
                    run(&mut document.value, op).ok_or_else(|| ReplayError::NoPlace(change.doc.clone()))?;
                }
                Ok(())
            }
        }
    }

    /// The document of this name.
    pub fn get(&self, id: &DocId) -> Option<&NewDocument> {
        self.documents.get(id)
    }

    /// All documents, each as the creation that would make it at once, in the order of their names.
    pub fn into_documents(self) -> impl Iterator<Item = NewDocument> {
        self.documents.into_values()
    }
}

/// The name a creation gives or implies.
pub(super) fn name_of(new: &NewDocument) -> Option<DocId> {
    match (&new.id, new.new.as_str()) {
        (Some(id), _) => Some(id.clone()),
        (None, "journal") => DocId::journal(new.household.as_ref()?, new.year?).ok(),
        (None, "village") => DocId::parse(new.village.as_deref()?).ok(),
        _ => None,
    }
}

fn run(root: &mut Map<String, Value>, op: &EditOp) -> Option<()> {
    match op {
        EditOp::Set { path, value } => {
            let (last, parents) = path.split_last()?;
            let map = walk(root, parents)?;
            match (map.get_mut(last), value) {
                (Some(Value::Object(known)), Value::Object(fields)) => merge(known, fields.clone()),
                (_, Value::Null) => drop(map.remove(last)),
                _ => drop(map.insert(last.clone(), value.clone())),
            }
            Some(())
        }
        EditOp::Add { path, key, value } => {
            walk(root, path)?.insert(key.clone()?, value.clone().into());
            Some(())
        }
        EditOp::Delete { path } => {
            let (last, parents) = path.split_last()?;
            walk(root, parents)?.remove(last).map(drop)
        }
    }
}

/// The map at a path; containers at the root appear when first written into.
fn walk<'a>(root: &'a mut Map<String, Value>, path: &[String]) -> Option<&'a mut Map<String, Value>> {
    let mut map = root;
    for (depth, part) in path.iter().enumerate() {
        map = if depth == 0 {
            map.entry(part.clone())
                .or_insert_with(|| Map::new().into())
                .as_object_mut()?
        } else {
            map.get_mut(part)?.as_object_mut()?
        };
    }
    Some(map)
}

fn merge(known: &mut Map<String, Value>, more: Map<String, Value>) {
    for (key, value) in more {
        match (known.get_mut(&key), value) {
            (Some(Value::Object(inner)), Value::Object(fields)) => merge(inner, fields),
            (_, value) => drop(known.insert(key, value)),
        }
    }
}

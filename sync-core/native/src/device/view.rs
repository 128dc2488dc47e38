//! What a device shows: documents, lists, conflicts, what came back. Shapes are the ones scripts read as JSON.

use serde::Serialize;
use serde_json::Value as Json;
use sync_core::document::Document;
use sync_core::id::DocId;
use sync_core::schema::Kind;
use sync_core::view;
pub use sync_core::view::{ConflictView, ReturnedView};
use sync_core::workflow::Folded;

use super::{Device, DeviceError};
use crate::limits;
use crate::store::StoreError;

/// One document in a list.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    /// Name.
    pub doc: DocId,
    /// Kind.
    pub kind: &'static str,
    /// What people call it, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Local changes without a verdict.
    pub unsent: u64,
    /// Whether the server has confirmed it.
    pub on_server: bool,
    /// Only its row has arrived so far.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub loading: bool,
}

/// A document, whole.
#[derive(Debug, Clone, Serialize)]
pub struct Shown {
    /// Name.
    pub doc: DocId,
    /// Generation.
    pub generation: u32,
    /// Kind.
    pub kind: &'static str,
    /// Content, keys sorted.
    pub value: Json,
    /// Where an application or a case stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standing: Option<Folded>,
}

/// A document as replicas are compared: equal lines mean equal documents and equal histories.
#[derive(Debug, Clone, Serialize)]
pub struct Exported {
    /// Generation.
    pub generation: u32,
    /// Hashes of the newest changes.
    pub heads: Vec<String>,
    /// Name.
    pub id: DocId,
    /// Kind.
    pub kind: &'static str,
    /// Content, keys sorted.
    pub value: Json,
}

/// A place where a text was found.
#[derive(Debug, Clone, Serialize)]
pub struct Found {
    /// The document.
    pub doc: DocId,
    /// Its kind.
    pub kind: &'static str,
    /// What people call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The field.
    pub path: Vec<String>,
    /// Its value.
    pub value: String,
}

impl Device {
    /// A document as it is shown: what the server accepted and what this device has written since.
    ///
    /// # Errors
    /// [`sync_core::reason::Reason::NoSuchDocument`]; [`DeviceError::Store`], [`DeviceError::Wiped`].
    pub fn json(&mut self, id: &DocId) -> Result<Json, DeviceError> {
        self.read(id, Document::json)
    }

    /// A document with its kind and generation.
    ///
    /// # Errors
    /// As [`Device::json`].
    pub fn show(&mut self, id: &DocId) -> Result<Shown, DeviceError> {
        let now_ms = self.now_ms();
        self.ready()?;
        let standing = self.with_bodies(|engine| view::case_standing(engine, id, now_ms))?;
        self.read(id, |document| Shown {
            doc: document.id().clone(),
            generation: document.generation(),
            kind: document.kind().as_str(),
            value: document.json(),
            standing: standing.clone(),
        })
    }

    /// Reads a document.
    ///
    /// # Errors
    /// As [`Device::json`].
    pub fn read<T>(&mut self, id: &DocId, read: impl Fn(&Document) -> T) -> Result<T, DeviceError> {
        self.ready()?;
        let answer = self.with_bodies(|engine| engine.document(id).map(&read))?;
        self.tidy()?;
        Ok(answer)
    }

    /// All documents by name, and after them rows of those still on their way.
    ///
    /// # Errors
    /// As [`Device::json`].
    pub fn list(&mut self, kind: Option<Kind>, titles: bool) -> Result<Vec<Line>, DeviceError> {
        self.ready()?;
        let wanted = |found: Kind| kind.is_none_or(|kind| kind == found);
        let mut lines = Vec::new();
        for listed in self
            .engine
            .list()
            .into_iter()
            .filter(|listed| wanted(listed.kind))
        {
            let title = if titles {
                self.read(&listed.id, view::title)?
            } else {
                None
            };
            lines.push(Line {
                doc: listed.id,
                kind: listed.kind.as_str(),
                title,
                unsent: listed.unsent,
                on_server: listed.on_server,
                loading: false,
            });
        }
        let rows = self.engine.rows();
        lines.extend(
            rows.filter(|row| wanted(row.kind) && !self.engine.holds(&row.id))
                .map(|row| Line {
                    doc: row.id.clone(),
                    kind: row.kind.as_str(),
                    title: row.fields.iter().find_map(|(_, value)| match value {
                        sync_core::value::Scalar::Str(text) if titles => Some(text.clone()),
                        _ => None,
                    }),
                    unsent: 0,
                    on_server: true,
                    loading: true,
                }),
        );
        Ok(lines)
    }

    /// Documents with a text in any of their values, upper and lower case alike; the first place in each.
    ///
    /// # Errors
    /// As [`Device::json`].
    pub fn find(&mut self, text: &str, kind: Option<Kind>) -> Result<Vec<Found>, DeviceError> {
        self.ready()?;
        let needle = text.to_lowercase();
        let mut found = Vec::new();
        for listed in self.engine.list() {
            if found.len() >= limits::FOUND_MAX {
                break;
            }
            if kind.is_some_and(|kind| kind != listed.kind) {
                continue;
            }
            let hit = self.read(&listed.id, |document| {
                let mut path = Vec::new();
                search(&document.json(), &needle, &mut path).map(|value| (path, value, view::title(document)))
            })?;
            if let Some((path, value, title)) = hit {
                let (doc, kind) = (listed.id, listed.kind.as_str());
                found.push(Found {
                    doc,
                    kind,
                    title,
                    path,
                    value,
                });
            }
        }
        Ok(found)
    }

    /// Fields with more than one value, of one document or of all, each with who and when.
    ///
    /// # Errors
    /// As [`Device::json`].
    pub fn conflicts(&mut self, doc: Option<&DocId>) -> Result<Vec<ConflictView>, DeviceError> {
        self.ready()?;
        let ids = match doc {
            Some(doc) => vec![doc.clone()],
            None => self.engine.list().into_iter().map(|listed| listed.id).collect(),
        };
        let mut views = Vec::new();
        for id in ids {
            views.extend(self.with_bodies(|engine| view::conflicts(engine, &id))?);
            self.tidy()?;
        }
        Ok(views)
    }

    /// One document in the form in which replicas are compared.
    ///
    /// # Errors
    /// As [`Device::json`].
    pub fn exported(&mut self, id: &DocId) -> Result<Exported, DeviceError> {
        self.read(id, |document| Exported {
            generation: document.generation(),
            heads: document.heads().iter().map(ToString::to_string).collect(),
            id: document.id().clone(),
            kind: document.kind().as_str(),
            value: document.json(),
        })
    }

    /// One document as a standard Automerge file.
    ///
    /// # Errors
    /// As [`Device::json`].
    pub fn automerge(&mut self, id: &DocId) -> Result<Vec<u8>, DeviceError> {
        self.read(id, Document::save_standard)
    }

    /// Writes all documents, sorted by name, keys sorted, one on a line: replicas that hold the same write the same.
    ///
    /// # Errors
    /// As [`Device::json`]; [`StoreError::Io`] when it cannot be written.
    pub fn export(&mut self, out: &mut dyn std::io::Write) -> Result<u64, DeviceError> {
        self.ready()?;
        let ids: Vec<DocId> = self.engine.list().into_iter().map(|listed| listed.id).collect();
        let mut write = |text: &[u8]| {
            out.write_all(text)
                .map_err(|error| DeviceError::Store(StoreError::from(error)))
        };
        write(b"[")?;
        for (index, id) in ids.iter().enumerate() {
            let exported = self.exported(id)?;
            let mut line = if index == 0 {
                b"\n".to_vec()
            } else {
                b",\n".to_vec()
            };
            // Text keys and plain values always serialise into memory.
            line.extend(serde_json::to_vec(&exported).unwrap_or_default());
            write(&line)?;
        }
        write(b"\n]\n")?;
        Ok(ids.len() as u64)
    }

    /// Refused changes, oldest first.
    ///
    /// # Errors
    /// [`DeviceError::Wiped`], [`DeviceError::Store`].
    pub fn returned(&mut self) -> Result<Vec<ReturnedView>, DeviceError> {
        self.ready()?;
        Ok(view::returned(&self.engine))
    }

    /// Lets a refused change go. `false` if there is none of this number.
    ///
    /// # Errors
    /// [`DeviceError::Store`], [`DeviceError::Wiped`].
    pub fn dismiss(&mut self, no: u64) -> Result<bool, DeviceError> {
        self.ready()?;
        let dismissed = self.engine.dismiss(no);
        self.save()?;
        Ok(dismissed)
    }

    /// Makes a refused change once more as a new edit, and lets the refused one go. `None` if there is none of this
    /// number.
    ///
    /// # Errors
    /// As [`Device::edit`]; the refused change stays then.
    pub fn redo(&mut self, no: u64) -> Result<Option<DocId>, DeviceError> {
        self.ready()?;
        let Some(edit) = view::again(&self.engine, no) else {
            return Ok(None);
        };
        let id = self.stage(&edit)?;
        self.engine.dismiss(no);
        self.save()?;
        Ok(Some(id))
    }
}

/// The first text that contains `needle`; `path` then leads there.
fn search(value: &Json, needle: &str, path: &mut Vec<String>) -> Option<String> {
    match value {
        Json::String(text) if text.to_lowercase().contains(needle) => Some(text.clone()),
        Json::Number(number) if number.to_string() == needle => Some(needle.to_owned()),
        Json::Object(fields) => fields.iter().find_map(|(key, value)| {
            path.push(key.clone());
            let found = search(value, needle, path);
            if found.is_none() {
                path.pop();
            }
            found
        }),
        _ => None,
    }
}

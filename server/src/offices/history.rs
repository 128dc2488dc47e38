//! What became of a document: who changed what, when they say, and when the server heard of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sync_core::id::DocId;
use sync_core::wire::frame::Author;
use utoipa::ToSchema;

use super::Viewer;
use super::households::{conceal, note_reading};
use crate::app::App;
use crate::error::{Code, Error};
use crate::limits;
use crate::registry::Page;
use crate::registry::quarantine::Difference;
use crate::relay::history;
use crate::store::log;

/// Which part of a history is wanted.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Part {
    /// `next` of the page before.
    pub after: Option<String>,
    /// Changes wanted, at most 200.
    pub limit: Option<i64>,
    /// Also values that are sensitive; noted in the audit.
    #[serde(default)]
    pub sensitive: bool,
}

/// A change that holds.
#[derive(Clone, Serialize, ToSchema)]
pub struct Change {
    /// The document's version that it made.
    pub version: u64,
    /// Who made it; absent for the server itself.
    pub person: Option<String>,
    /// Their name.
    pub name: Option<String>,
    /// The role of their device.
    pub role: Option<&'static str>,
    /// Author number of the device.
    pub device: u64,
    /// When the device says it was made, Unix seconds. Not to be believed.
    pub claimed_s: i64,
    /// When it arrived, Unix ms.
    pub received_ms: i64,
    /// What it did. A value that is not shown is `{"hidden": true}`.
    pub changes: Vec<Difference>,
}

// Values of documents must not reach a log through a stray `{:?}`.
impl std::fmt::Debug for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Change")
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// Changes of a document one may read, newest first.
pub async fn list(app: &App, viewer: &Viewer, id: &str, part: &Part) -> Result<Page<Change>, Error> {
    let doc = DocId::parse(id).map_err(|_| Code::NotFound)?;
    let mut read = log::read(&app.store).await?;
    let row = log::by_id(&mut read, &doc).await?.ok_or(Code::NotFound)?;
    let kind = row.creation.kind;
    if !viewer.reads(&row)? {
        return Err(Code::NotFound.into());
    }
    let before = match part.after.as_deref().filter(|after| !after.is_empty()) {
        Some(after) => Some(after.parse().map_err(|_| Error::field("/after", "bad_value"))?),
        None => None,
    };
    let limit = part.limit.unwrap_or(50).clamp(1, limits::HISTORY_ROWS_MAX);
    let limit = usize::try_from(limit).unwrap_or(1);
    let (told, earlier) = history::told(&mut read, &row, before, limit).await?;
    let authors = log::people_behind(&mut read, &row.authors).await?;
    drop(read);
    let authors: BTreeMap<u64, Author> = authors.into_iter().map(|author| (author.no, author)).collect();
    let shown = |path: &[String], mut value: Json| {
        if !part.sensitive {
            conceal(kind, path, &mut value);
        }
        value
    };
    let items: Vec<Change> = told
        .into_iter()
        .map(|told| {
            let author = authors.get(&told.author);
            let person = author.filter(|author| !author.person.is_empty());
            Change {
                version: told.version,
                person: person.map(|author| author.person.clone()),
                name: person.map(|author| author.name.clone()),
                role: author.map(|author| author.role.as_str()),
                device: told.author,
                claimed_s: told.claimed_s,
                received_ms: told.received_ms,
                changes: told
                    .changes
                    .into_iter()
                    .map(|said| Difference {
                        before: shown(&said.path, said.before),
                        after: shown(&said.path, said.after),
                        path: said.path,
                    })
                    .collect(),
            }
        })
        .collect();
    if part.sensitive {
        note_reading(app, viewer, "document.read_sensitive_history", id).await?;
    }
    let next = items
        .last()
        .filter(|_| earlier)
        .map(|last| last.version.to_string());
    Ok(Page { items, next })
}

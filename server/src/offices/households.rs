//! A household as its township reads it: the file, what waits for a choice, needs and visits.
//!
//! What is sensitive stays out unless it is asked for, and asking for it is written into the audit chain.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sync_core::id::DocId;
use sync_core::policy::readable;
use sync_core::schema::{Kind, field};
use utoipa::ToSchema;

use super::Viewer;
use super::needs::{self, NeedRow};
use super::search::{self, HouseholdRow};
use crate::app::App;
use crate::clock::day_in_china;
use crate::error::{Code, Error};
use crate::limits;
use crate::registry::audit;
use crate::relay::history;
use crate::store::log::{self, ReadTx};
use crate::store::projections::search as stored;
use crate::store::registry::people;

/// How much is to be shown.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Depth {
    /// Also what is sensitive; noted in the audit.
    #[serde(default)]
    pub sensitive: bool,
}

/// A household.
#[derive(Clone, Serialize, ToSchema)]
pub struct HouseholdFile {
    /// The household as lists show it.
    pub row: HouseholdRow,
    /// Version of the file.
    pub version: u64,
    /// The file.
    #[schema(value_type = Object)]
    pub file: Json,
    /// Paths of values that are there and not shown.
    pub hidden: Vec<Vec<String>>,
    /// Fields with more than one value.
    pub conflicts: Vec<Conflict>,
    /// Its needs.
    pub needs: Vec<NeedRow>,
    /// Visits, newest first, at most 200; none for who may not read them.
    pub visits: Vec<Visit>,
}

/// A field with more than one value.
#[derive(Clone, Serialize, ToSchema)]
pub struct Conflict {
    /// Where, from the root.
    pub path: Vec<String>,
    /// The values, the one shown last.
    pub values: Vec<Side>,
}

/// One value of a conflict.
#[derive(Clone, Serialize, ToSchema)]
pub struct Side {
    /// The value; `{"hidden": true}` for one that is not shown.
    #[schema(value_type = Object)]
    pub value: Json,
    /// When it was written, by the author's clock, Unix seconds.
    pub at_s: i64,
    /// Who wrote it.
    pub person: Option<String>,
    /// Their name.
    pub name: Option<String>,
    /// Their role.
    pub role: Option<&'static str>,
}

/// A visit.
#[derive(Clone, Serialize, ToSchema)]
pub struct Visit {
    /// Key of the entry.
    pub key: String,
    /// Year of the journal.
    pub year: Option<u16>,
    /// Name of who visited.
    pub author_name: Option<String>,
    /// Key of the visit that corrects this one.
    pub corrected_by: Option<String>,
    /// What was written down: `date`, `author`, `purpose`, `presence`, `found`, `promised`, `next_on`, `companions`,
    /// `corrects`.
    #[schema(value_type = Object)]
    pub entry: Json,
}

// A file is personal data as a whole.
impl std::fmt::Debug for HouseholdFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HouseholdFile")
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Conflict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Conflict")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Side {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Side")
    }
}

impl std::fmt::Debug for Visit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Visit")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// Reads a household of one's own villages.
pub async fn get(app: &App, viewer: &Viewer, id: &str, depth: &Depth) -> Result<HouseholdFile, Error> {
    viewer.require(Kind::Household)?;
    let doc = DocId::parse(id).map_err(|_| Code::NotFound)?;
    let mut read = log::read(&app.store).await?;
    let found = stored::one(&mut read, id).await?;
    let found = found
        .filter(|found| viewer.sees(&found.position.0))
        .ok_or(Code::NotFound)?;
    let open = history::open(&mut read, &doc).await?.ok_or(Code::NotFound)?;
    let today = day_in_china(app.now());
    let needs = if readable(viewer.role, Kind::Need) {
        needs::of_household(&mut read, &found.position.0, id, &today).await?
    } else {
        Vec::new()
    };
    let visits = if readable(viewer.role, Kind::Journal) {
        visits(&mut read, &doc).await?
    } else {
        Vec::new()
    };
    let mut file = open.document.json();
    let mut hidden = Vec::new();
    if !depth.sensitive {
        take_out(Kind::Household, &mut Vec::new(), &mut file, &mut hidden);
    }
    let conflicts = open.document.conflicts().into_iter().map(|conflict| {
        let secret = !depth.sensitive && is_sensitive(Kind::Household, &conflict.path);
        let side = |value: sync_core::document::ConflictValue| {
            let author = open.author_of(&value.actor);
            Side {
                value: if secret {
                    concealed()
                } else {
                    value.value.to_json()
                },
                at_s: value.time,
                person: author.map(|author| author.person.clone()),
                name: author.map(|author| author.name.clone()),
                role: author.map(|author| author.role.as_str()),
            }
        };
        Conflict {
            path: conflict.path,
            values: conflict.values.into_iter().map(side).collect(),
        }
    });
    let file = HouseholdFile {
        version: open.row.version,
        conflicts: conflicts.collect(),
        row: search::row(found, &[]),
        file,
        hidden,
        needs,
        visits,
    };
    drop(read);
    if depth.sensitive {
        note_reading(app, viewer, "household.read_sensitive", id).await?;
    }
    Ok(file)
}

/// Writes down that somebody has looked at what is sensitive. Comes before the answer: what is not noted is not shown.
pub(super) async fn note_reading(app: &App, viewer: &Viewer, action: &str, id: &str) -> Result<(), Error> {
    let mut tx = app.store.writer().await?;
    audit::append(&mut tx, app.now(), &viewer.actor(), action, id, &[]).await?;
    Ok(tx.commit().await?)
}

async fn visits(read: &mut ReadTx, household: &DocId) -> Result<Vec<Visit>, Error> {
    let rows = log::of_household(read, household).await?;
    let mut journals: Vec<_> = rows
        .into_iter()
        .filter(|row| row.creation.kind == Kind::Journal)
        .collect();
    journals.sort_by_key(|row| std::cmp::Reverse(row.creation.year));
    let mut visits = Vec::new();
    for row in journals.into_iter().take(limits::FILE_YEARS_MAX) {
        let Some(open) = history::open(read, &row.creation.id).await? else {
            continue;
        };
        let json = open.document.json();
        let Some(entries) = json.get("visits").and_then(Json::as_object) else {
            continue;
        };
        let corrected = entries
            .iter()
            .filter_map(|(key, entry)| Some((entry.get("corrects")?.as_str()?, key)));
        let corrected: BTreeMap<&str, &String> = corrected.collect();
        for (key, entry) in entries {
            visits.push(Visit {
                key: key.clone(),
                year: row.creation.year,
                author_name: None,
                corrected_by: corrected.get(key.as_str()).map(|by| (*by).clone()),
                entry: entry.clone(),
            });
        }
    }
    visits.sort_by(|a, b| day(b).cmp(day(a)));
    visits.truncate(limits::FILE_ROWS_MAX);
    let authors: BTreeSet<String> = visits.iter().filter_map(author).map(str::to_owned).collect();
    let authors: Vec<String> = authors.into_iter().collect();
    let names: BTreeMap<String, String> = people::names(read, &authors).await?.into_iter().collect();
    for visit in &mut visits {
        visit.author_name = author(visit).and_then(|author| names.get(author)).cloned();
    }
    Ok(visits)
}

fn day(visit: &Visit) -> &str {
    visit.entry.get("date").and_then(Json::as_str).unwrap_or_default()
}

fn author(visit: &Visit) -> Option<&str> {
    visit.entry.get("author").and_then(Json::as_str)
}

/// What stands in the place of a value that is not shown.
pub(super) fn concealed() -> Json {
    serde_json::json!({ "hidden": true })
}

pub(super) fn is_sensitive(kind: Kind, path: &[String]) -> bool {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    field(kind, &path).is_some_and(|field| field.sensitive)
}

/// Takes what is sensitive out of a part of a document, and notes where it was.
pub(super) fn take_out(kind: Kind, path: &mut Vec<String>, value: &mut Json, hidden: &mut Vec<Vec<String>>) {
    let Some(map) = value.as_object_mut() else { return };
    map.retain(|key, value| {
        path.push(key.clone());
        let secret = is_sensitive(kind, path);
        if secret {
            hidden.push(path.clone());
        } else {
            take_out(kind, path, value, hidden);
        }
        path.pop();
        !secret
    });
}

/// Puts a mark in the place of what is sensitive.
pub(super) fn conceal(kind: Kind, path: &[String], value: &mut Json) {
    if value.is_null() {
        return;
    }
    if is_sensitive(kind, path) {
        *value = concealed();
    } else if let Some(map) = value.as_object_mut() {
        for (key, value) in map {
            let mut path = path.to_vec();
            path.push(key.clone());
            conceal(kind, &path, value);
        }
    }
}

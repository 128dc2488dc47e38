//! One application or case: every step with who and when, what each event says, and what belongs to it.
//!
//! Folds from the log, where the receipt of every event is known. Whether devices have signed all of it is
//! [`crate::ops::statement`]'s to say, for whoever asks.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use sync_core::id::DocId;
use sync_core::policy::readable;
use sync_core::schema::{FieldType, Kind, field};
use sync_core::workflow::Folded;
use utoipa::ToSchema;

use super::Viewer;
use super::cases::{CaseRow, day, row};
use super::households::{note_reading, take_out};
use crate::app::App;
use crate::clock::day_in_china;
use crate::error::{Code, Error};
use crate::limits;
use crate::ops::statement::statement;
use crate::projections::entries;
use crate::relay::history::{self, Open};
use crate::store::log::{self, ReadTx};
use crate::store::projections::cases::{self as stored, Wanted};
use crate::store::registry::{people, units};

/// How much of it is wanted.
#[derive(Debug, Clone, Copy, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CaseDepth {
    /// Check the signature over every change.
    #[serde(default)]
    pub verify: bool,
    /// Also what is sensitive; noted in the audit.
    #[serde(default)]
    pub sensitive: bool,
}

/// The statement of an application or case.
#[derive(Clone, Serialize, ToSchema)]
pub struct CaseFile {
    /// As lists show it.
    pub row: CaseRow,
    /// Version of the document: the number of its changes.
    pub version: u64,
    /// Heads of its history: two statements with the same heads are about the same events.
    pub heads: Vec<String>,
    /// The document without its events.
    #[schema(value_type = Object)]
    pub fields: Json,
    /// Paths of what was left out because it is sensitive.
    pub hidden: Vec<Vec<String>>,
    /// Where it stands: state, steps, clocks, and what can be done next.
    #[schema(value_type = Option<Object>)]
    pub standing: Option<Folded>,
    /// What each event says, by its key.
    #[schema(value_type = Object)]
    pub events: BTreeMap<String, Json>,
    /// Attachments that events name, by the key of the event.
    pub files: BTreeMap<String, Vec<String>>,
    /// Names of the persons that fields name, by id.
    pub people: BTreeMap<String, String>,
    /// Notices that events name.
    pub notices: Vec<Related>,
    /// Plans of measures for the household.
    pub plans: Vec<Related>,
    /// What offices alone keep: accounts and reports of checks. Absent for everybody else.
    #[schema(value_type = Option<Object>)]
    pub check: Option<Json>,
    /// Whether every change was signed by its device, if that was asked.
    pub verified: Option<Verified>,
}

// What a case says is personal data.
impl std::fmt::Debug for CaseFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CaseFile")
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// A notice or plan that belongs to a case.
#[derive(Clone, Serialize, ToSchema)]
pub struct Related {
    /// Id of its document.
    pub id: String,
    /// Title.
    pub title: Option<String>,
    /// Of a notice: `public` or `circular`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<String>,
    /// Of a plan: the unit that answers for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_name: Option<String>,
    /// Its entries in the order of acceptance, each with its `key` and `at_s` (claimed, Unix seconds), by container:
    /// `issues`, `postings` and `receipts` of a notice, `measures` and `results` of a plan.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub entries: BTreeMap<&'static str, Vec<Json>>,
}

impl std::fmt::Debug for Related {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Related")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// What checking the signatures came to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Verified {
    /// Everything is as it was signed.
    pub ok: bool,
    /// What is wrong with the log or with a signature.
    pub problems: Vec<String>,
    /// Changes that were looked at.
    pub changes: u64,
}

/// Reads a case of one's own villages.
pub async fn get(app: &App, viewer: &Viewer, id: &str, depth: CaseDepth) -> Result<CaseFile, Error> {
    viewer.require(Kind::Application)?;
    let doc = DocId::parse(id).map_err(|_| Code::NotFound)?;
    let today = day_in_china(app.now());
    let wanted = Wanted {
        villages: viewer.villages.clone(),
        id: Some(id.to_owned()),
        ..Wanted::default()
    };
    let mut read = log::read(&app.store).await?;
    let found = stored::page(&mut read, &wanted, 1).await?;
    let found = found.into_iter().next().ok_or(Code::NotFound)?;
    let open = history::open(&mut read, &doc).await?.ok_or(Code::NotFound)?;
    let written = log::written(&mut read, &open.row).await?;
    let standing = written.standing(&open.document, Some(app.now().div_euclid(1000)));
    let mut said = Said::default();
    said.take(open.document.kind(), written.fields(&open.document));
    let mut fields = open.document.json();
    if let Some(fields) = fields.as_object_mut() {
        fields.remove("events");
    }
    let mut hidden = Vec::new();
    if !depth.sensitive {
        take_out(open.document.kind(), &mut Vec::new(), &mut fields, &mut hidden);
    }
    let notices = related(
        &mut read,
        viewer,
        said.notices.iter().cloned().collect(),
        Kind::Notice,
    )
    .await?;
    let household = DocId::parse(&found.household).map_err(|_| Code::NotFound)?;
    let mut plans: BTreeSet<String> = said.plans.clone();
    let siblings = log::of_household(&mut read, &household).await?;
    let of_plans = siblings.iter().filter(|row| row.creation.kind == Kind::Plan);
    plans.extend(of_plans.map(|row| row.creation.id.as_str().to_owned()));
    let plans = related(&mut read, viewer, plans.into_iter().collect(), Kind::Plan).await?;
    let check = match readable(viewer.role, Kind::Check) {
        true => check(&mut read, viewer, &doc, depth.sensitive, &mut hidden).await?,
        false => None,
    };
    let persons: Vec<String> = said.people.iter().cloned().collect();
    let people = people::names(&mut read, &persons).await?.into_iter().collect();
    drop(read);
    let verified = match depth.verify {
        true => verified(app, &doc).await?,
        false => None,
    };
    if depth.sensitive {
        note_reading(app, viewer, "case.read_sensitive", id).await?;
    }
    Ok(CaseFile {
        row: row(found, day(&today)?),
        version: open.row.version,
        heads: open.row.heads.iter().map(ToString::to_string).collect(),
        fields,
        hidden,
        standing,
        events: said.events,
        files: said.files,
        people,
        notices,
        plans,
        check,
        verified,
    })
}

/// What events say, and what they name.
#[derive(Default)]
struct Said {
    events: BTreeMap<String, Json>,
    files: BTreeMap<String, Vec<String>>,
    people: BTreeSet<String>,
    notices: BTreeSet<String>,
    plans: BTreeSet<String>,
}

impl Said {
    fn take<I>(&mut self, kind: Kind, events: I)
    where
        I: IntoIterator<Item = (String, BTreeMap<String, sync_core::value::Scalar>)>,
    {
        for (key, fields) in events {
            let mut shown = Map::new();
            for (name, value) in fields {
                // What the step says already.
                if matches!(name.as_str(), "event" | "role" | "corrects") {
                    continue;
                }
                let value = value.to_json();
                if let Some(text) = value.as_str().filter(|text| !text.is_empty()) {
                    let is_person = field(kind, &["events", "k", &name])
                        .is_some_and(|field| matches!(field.ty, FieldType::Person));
                    match name.as_str() {
                        "files" => {
                            let names = text.split(|c: char| c.is_whitespace() || ",;，；、".contains(c));
                            let names = names.filter(|name| !name.is_empty()).map(str::to_owned);
                            self.files.insert(key.clone(), names.collect());
                        }
                        "notice" => {
                            self.notices.insert(text.to_owned());
                        }
                        "plan" => {
                            self.plans.insert(text.to_owned());
                        }
                        _ if is_person => {
                            self.people.insert(text.to_owned());
                        }
                        _ => {}
                    }
                }
                shown.insert(name, value);
            }
            self.events.insert(key, Json::Object(shown));
        }
    }
}

/// Documents that belong to a case, as far as they lie in villages of whoever asks.
async fn related(
    read: &mut ReadTx,
    viewer: &Viewer,
    ids: Vec<String>,
    kind: Kind,
) -> Result<Vec<Related>, Error> {
    let containers: &[&'static str] = match kind {
        Kind::Notice => &["issues", "postings", "receipts"],
        _ => &["measures", "results"],
    };
    let mut all = Vec::new();
    for id in ids.into_iter().take(limits::FILE_ROWS_MAX) {
        let Ok(id) = DocId::parse(&id) else { continue };
        let Some(open) = history::open(read, &id)
            .await?
            .filter(|open| is_own(viewer, open, kind))
        else {
            continue;
        };
        let unit = open.row.unit.clone();
        let unit_name = match &unit {
            Some(unit) => units::by_id(read, unit).await?.map(|unit| unit.name),
            None => None,
        };
        let shown = containers.iter().map(|container| {
            let entries = entries(&open.document, container).into_iter().map(|entry| {
                let mut shown = Map::new();
                for (name, value) in &entry.fields {
                    shown.insert(name.clone(), value.to_json());
                }
                shown.insert("key".to_owned(), json!(entry.key));
                shown.insert("at_s".to_owned(), json!(entry.claimed_s));
                Json::Object(shown)
            });
            (*container, entries.collect())
        });
        all.push(Related {
            id: id.as_str().to_owned(),
            title: open.document.root_str("title"),
            sort: open.document.root_str("sort"),
            unit,
            unit_name,
            entries: shown.collect(),
        });
    }
    Ok(all)
}

fn is_own(viewer: &Viewer, open: &Open, kind: Kind) -> bool {
    let village = open.row.village.as_deref();
    open.row.creation.kind == kind && village.is_some_and(|village| viewer.sees(village))
}

async fn check(
    read: &mut ReadTx,
    viewer: &Viewer,
    of: &DocId,
    sensitive: bool,
    hidden: &mut Vec<Vec<String>>,
) -> Result<Option<Json>, Error> {
    let Ok(id) = DocId::check(of) else { return Ok(None) };
    let open = history::open(read, &id).await?;
    let Some(open) = open.filter(|open| is_own(viewer, open, Kind::Check)) else {
        return Ok(None);
    };
    let mut shown = open.document.json();
    if !sensitive {
        let mut left_out = Vec::new();
        take_out(Kind::Check, &mut Vec::new(), &mut shown, &mut left_out);
        let inside = |path: Vec<String>| std::iter::once("check".to_owned()).chain(path).collect();
        hidden.extend(left_out.into_iter().map(inside));
    }
    Ok(Some(shown))
}

async fn verified(app: &App, doc: &DocId) -> Result<Option<Verified>, Error> {
    let made = statement(app, doc).await;
    let made = made.map_err(|_| Error::internal("the log of a case cannot be read"))?;
    Ok(made.map(|made| Verified {
        ok: made.problems.is_empty(),
        problems: made.problems,
        changes: made.changes,
    }))
}

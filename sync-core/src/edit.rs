//! Edits as people and scripts say them: set a field, add an entry, delete. Each edit becomes one Automerge change.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::id::DocId;
use crate::reason::Reason;
use crate::schema::{self, CreateParam, EntryKey, Kind, Node};
use crate::wire::frame::Creation;

/// What is edited, when by the author's clock, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Edit {
    /// Makes a document.
    New(NewDocument),
    /// Changes a document.
    Change(ChangeDocument),
}

/// Makes a document with its first values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewDocument {
    /// Kind, as [`Kind::as_str`] writes it.
    pub new: String,
    /// Village of a household, a village document, a notice or a month of attendance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub village: Option<String>,
    /// Household of a journal, need, application, case, plan or check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub household: Option<DocId>,
    /// Year of a journal or of a month of attendance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub year: Option<u16>,
    /// Name of the document; derived or made when absent. A month of attendance and a check must be named, because
    /// their names tell whose they are ([`DocId::attendance`], [`DocId::check`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<DocId>,
    /// Unix seconds by the author's clock; now when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<i64>,
    /// First values, in the document's shape; entries as a map by key, or as a list whose keys are made.
    #[serde(default)]
    pub value: Map<String, Json>,
}

/// Changes a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeDocument {
    /// The document.
    pub doc: DocId,
    /// Unix seconds by the author's clock; now when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<i64>,
    /// The operations, all or none.
    pub ops: Vec<EditOp>,
}

/// One operation of an edit.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "lowercase", deny_unknown_fields)]
pub enum EditOp {
    /// Writes a field; an object writes each of its fields; null removes.
    Set {
        /// From the root.
        path: Vec<String>,
        /// The value.
        value: Json,
    },
    /// Adds an entry to a container.
    Add {
        /// The container.
        path: Vec<String>,
        /// Key of the entry; made when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<String>,
        /// Its fields.
        value: Map<String, Json>,
    },
    /// Removes a field or an entry.
    Delete {
        /// From the root.
        path: Vec<String>,
    },
}

// Values are personal data: a debug print shows where an operation writes, not what.
impl std::fmt::Debug for EditOp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            EditOp::Set { path, .. } => write!(f, "Set({})", path.join("/")),
            EditOp::Add { path, .. } => write!(f, "Add({})", path.join("/")),
            EditOp::Delete { path } => write!(f, "Delete({})", path.join("/")),
        }
    }
}

/// An edit that cannot be made, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {}", .path.join("/"), .reason.en())]
pub struct Refusal {
    /// Why.
    pub reason: Reason,
    /// The path it concerns.
    pub path: Vec<String>,
}

impl Refusal {
    /// At a path.
    pub fn at(reason: Reason, path: &[&str]) -> Self {
        Refusal {
            reason,
            path: path.iter().map(|part| (*part).to_owned()).collect(),
        }
    }
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Refusal {
            reason,
            path: Vec::new(),
        }
    }
}

impl NewDocument {
    /// The genesis parameters, with a name made by `make_id` where none is given or derived.
    ///
    /// # Errors
    /// When the kind is unknown or a parameter is missing.
    pub fn creation(&self, make_id: impl FnOnce(Kind, Option<&DocId>) -> DocId) -> Result<Creation, Refusal> {
        let kind = Kind::parse(&self.new).ok_or(Refusal::at(Reason::UnknownKind, &["new"]))?;
        let (mut village, mut household, mut year) = (None, None, None);
        for param in schema::parents(kind) {
            let told = match param {
                CreateParam::Village => {
                    village.clone_from(&self.village);
                    village.is_some()
                }
                CreateParam::Household => {
                    household.clone_from(&self.household);
                    household.is_some()
                }
                CreateParam::Year => {
                    year = self.year;
                    year.is_some()
                }
            };
            if !told {
                return Err(missing(param.name()));
            }
        }
        let derived = match (kind, &household, year) {
            (Kind::Journal, Some(household), Some(year)) => DocId::journal(household, year).ok(),
            (Kind::Card, Some(household), _) => DocId::card(household).ok(),
            (Kind::Village, ..) => self
                .village
                .as_deref()
                .and_then(|village| DocId::parse(village).ok()),
            _ => None,
        };
        let id = match (derived, &self.id) {
            (Some(derived), Some(id)) if derived != *id => {
                return Err(Refusal::at(Reason::WrongParent, &["id"]));
            }
            (Some(derived), _) => derived,
            (None, Some(id)) => id.clone(),
            (None, None) if matches!(kind, Kind::Journal | Kind::Card) => return Err(missing("household")),
            (None, None) if matches!(kind, Kind::Attendance | Kind::Check) => return Err(missing("id")),
            (None, None) => make_id(kind, household.as_ref()),
        };
        let creation = Creation {
            id,
            kind,
            village,
            household,
            year,
        };
        if is_well_named(&creation) {
            Ok(creation)
        } else {
            Err(missing("id"))
        }
    }
}

/// Whether the name of a new document of casework is one its kind and parent may have. The server asks the same.
pub fn is_well_named(creation: &Creation) -> bool {
    let id = &creation.id;
    let under = |letter| {
        creation
            .household
            .as_ref()
            .is_some_and(|household| id.is_of_household(household, letter))
    };
    match creation.kind {
        Kind::Application => under('a'),
        Kind::Case => under('m'),
        Kind::Plan => under('p'),
        Kind::Check => creation.household.as_ref().is_some_and(|household| {
            id.as_check()
                .is_some_and(|of| of.is_of_household(household, 'a') || of.is_of_household(household, 'm'))
        }),
        Kind::Attendance => creation
            .village
            .as_deref()
            .and_then(|village| id.as_attendance(village))
            .is_some_and(|(year, _, _)| Some(year) == creation.year),
        Kind::Notice => creation.village.as_deref().is_some_and(|village| {
            let rest = id
                .as_str()
                .strip_prefix(village)
                .and_then(|rest| rest.strip_prefix(".o"));
            rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphanumeric()))
        }),
        Kind::Village | Kind::Household | Kind::Journal | Kind::Need | Kind::Card | Kind::Later(_) => true,
    }
}

fn missing(field: &str) -> Refusal {
    Refusal::at(Reason::WrongParent, &[field])
}

/// Brings operations into the form that is stored and replayed: every written field on its own, every entry with its
/// key. Lists become entries, objects become their fields.
///
/// # Errors
/// When a path cannot hold what it is given.
pub fn normalize(
    kind: Kind,
    ops: &[EditOp],
    mut make_key: impl FnMut() -> String,
) -> Result<Vec<EditOp>, Refusal> {
    let mut out = Vec::with_capacity(ops.len());
    for op in ops {
        match op {
            EditOp::Set { path, value } => set(kind, path, value, &mut make_key, &mut out)?,
            EditOp::Add { path, key, value } => {
                let key = Some(key.clone().unwrap_or_else(&mut make_key));
                out.push(EditOp::Add {
                    path: path.clone(),
                    key,
                    value: value.clone(),
                });
            }
            EditOp::Delete { .. } => out.push(op.clone()),
        }
    }
    Ok(out)
}

fn set(
    kind: Kind,
    path: &[String],
    value: &Json,
    make_key: &mut impl FnMut() -> String,
    out: &mut Vec<EditOp>,
) -> Result<(), Refusal> {
    let borrowed: Vec<&str> = path.iter().map(String::as_str).collect();
    let entries =
        matches!(&borrowed[..], [name] if matches!(schema::node(kind, name), Some(Node::Entries { .. })));
    let below = |key: &str| [path, &[key.to_owned()]].concat();
    match value {
        Json::Object(fields) if entries && schema::node(kind, borrowed[0]).is_some_and(yearly) => fields
            .iter()
            .try_for_each(|(year, value)| set(kind, &below(year), value, make_key, out)),
        Json::Object(fields) if entries => fields.iter().try_for_each(|(key, value)| match value {
            Json::Object(value) => {
                out.push(EditOp::Add {
                    path: path.to_vec(),
                    key: Some(key.clone()),
                    value: value.clone(),
                });
                Ok(())
            }
            _ => Err(Refusal {
                reason: Reason::WrongType,
                path: below(key),
            }),
        }),
        Json::Array(values) if entries => values.iter().try_for_each(|value| match value {
            Json::Object(value) => {
                out.push(EditOp::Add {
                    path: path.to_vec(),
                    key: Some(make_key()),
                    value: value.clone(),
                });
                Ok(())
            }
            _ => Err(Refusal {
                reason: Reason::WrongType,
                path: path.to_vec(),
            }),
        }),
        Json::Object(fields) => fields
            .iter()
            .try_for_each(|(key, value)| set(kind, &below(key), value, make_key, out)),
        Json::Array(_) => Err(Refusal {
            reason: Reason::WrongType,
            path: path.to_vec(),
        }),
        scalar => {
            out.push(EditOp::Set {
                path: path.to_vec(),
                value: scalar.clone(),
            });
            Ok(())
        }
    }
}

fn yearly(node: &Node) -> bool {
    matches!(
        node,
        Node::Entries {
            key: EntryKey::Year,
            ..
        }
    )
}

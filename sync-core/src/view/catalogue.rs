//! The schema and the policy as one table for screens: kinds, fields, labels, choices, bounds, and what a role may do.
//!
//! Nothing is decided here: shapes come from [`crate::schema`], rights from [`crate::policy`], texts of refusals from
//! [`crate::reason`]. A screen that offers only what this says is right offers nothing the gate refuses for its right.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::limits;
use crate::policy::{Action, Role, may, may_write_value, readable};
use crate::reason::Reason;
use crate::schema::{EntryKey, Field, FieldType, Kind, Node, YEAR_MAX, YEAR_MIN, nodes};
use crate::value::Scalar;

/// Text in both languages.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Label {
    /// Chinese.
    pub zh: &'static str,
    /// English.
    pub en: &'static str,
}

/// Everything a screen has to know about documents.
#[derive(Debug, Clone, Serialize)]
pub struct Catalogue {
    /// Kinds of documents, by name.
    pub kinds: BTreeMap<&'static str, KindEntry>,
    /// Roles, by name.
    pub roles: BTreeMap<&'static str, Label>,
    /// Refusals, by code.
    pub reasons: BTreeMap<&'static str, Label>,
    /// Bounds, by name.
    pub limits: BTreeMap<&'static str, u64>,
}

/// A kind of document.
#[derive(Debug, Clone, Serialize)]
pub struct KindEntry {
    /// Its name for people.
    #[serde(flatten)]
    pub label: Label,
    /// Letters of what the role may do with the document as a whole: `C` create.
    pub may: String,
    /// Whether documents of it ever reach the role.
    pub readable: bool,
    /// Its root nodes, in the order a form shows them.
    pub nodes: Vec<NodeEntry>,
}

/// A root node.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "node", rename_all = "snake_case")]
pub enum NodeEntry {
    /// A scalar at the root.
    Field(FieldEntry),
    /// A fixed set of fields.
    Group {
        /// Key at the root.
        name: &'static str,
        /// Its name for people.
        #[serde(flatten)]
        label: Label,
        /// What it holds.
        fields: Vec<FieldEntry>,
    },
    /// Maps of the same fields under keys.
    #[serde(rename_all = "camelCase")]
    Entries {
        /// Key at the root.
        name: &'static str,
        /// Its name for people.
        #[serde(flatten)]
        label: Label,
        /// `tag`: made by the writer; `year`.
        key: &'static str,
        /// Whether an entry stays as it was written.
        append_only: bool,
        /// Letters of what the role may do with entries: `A` add, `D` remove.
        may: String,
        /// What each entry holds.
        fields: Vec<FieldEntry>,
    },
}

/// A field.
#[derive(Debug, Clone, Serialize)]
pub struct FieldEntry {
    /// Key in its map.
    pub name: &'static str,
    /// Its name for people.
    #[serde(flatten)]
    pub label: Label,
    /// What may be written.
    #[serde(rename = "type")]
    pub ty: &'static str,
    /// Smallest number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// Largest number, or most characters of a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
    /// The values offered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub choices: Option<Vec<ChoiceEntry>>,
    /// Whether a value beyond those is taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open: Option<bool>,
    /// Sensitive personal information.
    pub sensitive: bool,
    /// Letters of what the role may do: `P` write, `D` clear, `A` write while adding the entry.
    pub may: String,
}

/// A value offered.
#[derive(Debug, Clone, Serialize)]
pub struct ChoiceEntry {
    /// What is stored.
    pub value: &'static str,
    /// Its name for people.
    #[serde(flatten)]
    pub label: Label,
    /// Whether the role may choose it.
    pub may: bool,
}

/// The catalogue as a role sees it. Without a role, as before a grant is known, everything that exists is shown as
/// permitted: what is captured then is judged when it is sent.
pub fn catalogue(role: Option<Role>) -> Catalogue {
    let kinds = Kind::ALL
        .iter()
        .map(|&kind| (kind.as_str(), kind_entry(role, kind)));
    let roles = Role::ALL.iter().map(|role| {
        let (zh, en) = (role.zh(), role.en());
        (role.as_str(), Label { zh, en })
    });
    let reasons = Reason::ALL.iter().map(|reason| {
        let (zh, en) = (reason.zh(), reason.en());
        (reason.code(), Label { zh, en })
    });
    let limits = [
        ("yearMin", YEAR_MIN.unsigned_abs()),
        ("yearMax", YEAR_MAX.unsigned_abs()),
        ("textBytes", limits::TEXT_SIZE_BYTES_MAX as u64),
        ("containerEntries", limits::CONTAINER_ENTRIES_MAX as u64),
        ("lateEditDays", limits::LATE_EDIT_DAYS.unsigned_abs()),
        ("acceptedKeptDays", limits::ACCEPTED_KEPT_DAYS.unsigned_abs()),
    ];
    Catalogue {
        kinds: kinds.collect(),
        roles: roles.collect(),
        reasons: reasons.collect(),
        limits: limits.into(),
    }
}

fn kind_entry(role: Option<Role>, kind: Kind) -> KindEntry {
    let (zh, en) = (kind.zh(), kind.en());
    KindEntry {
        label: Label { zh, en },
        may: letters(role, kind, &[]),
        readable: role.is_none_or(|role| readable(role, kind)),
        nodes: nodes(kind)
            .iter()
            .map(|node| node_entry(role, kind, node))
            .collect(),
    }
}

fn node_entry(role: Option<Role>, kind: Kind, node: &Node) -> NodeEntry {
    let fields = |path: &[&str]| -> Vec<FieldEntry> {
        node.fields()
            .iter()
            .map(|field| field_entry(role, kind, path, field))
            .collect()
    };
    match *node {
        Node::Field(field) => NodeEntry::Field(field_entry(role, kind, &[], &field)),
        Node::Group { name, zh, en, .. } => NodeEntry::Group {
            name,
            label: Label { zh, en },
            fields: fields(&[name]),
        },
        Node::Entries {
            name,
            zh,
            en,
            key,
            append_only,
            ..
        } => {
            // Rights are the same under every key.
            let (key, any) = match key {
                EntryKey::Tag => ("tag", "k"),
                EntryKey::Year => ("year", "2026"),
            };
            NodeEntry::Entries {
                name,
                label: Label { zh, en },
                key,
                append_only,
                may: letters(role, kind, &[name, any]),
                fields: fields(&[name, any]),
            }
        }
    }
}

fn field_entry(role: Option<Role>, kind: Kind, parent: &[&str], field: &Field) -> FieldEntry {
    let path = [parent, &[field.name]].concat();
    let (zh, en) = (field.zh, field.en);
    let mut entry = FieldEntry {
        name: field.name,
        label: Label { zh, en },
        ty: "text",
        min: None,
        max: None,
        choices: None,
        open: None,
        sensitive: field.sensitive,
        may: letters(role, kind, &path),
    };
    match field.ty {
        FieldType::Text { chars_max } => entry.max = i64::try_from(chars_max).ok(),
        FieldType::Int { min, max } => {
            // The unit is the end of the name.
            entry.ty = if field.name.ends_with("_yuan") {
                "yuan"
            } else {
                "int"
            };
            (entry.min, entry.max) = (Some(min), Some(max));
        }
        FieldType::Bool => entry.ty = "bool",
        FieldType::Date => entry.ty = "date",
        FieldType::Choice { options, strict } => {
            entry.ty = "choice";
            entry.open = Some(!strict);
            let choices = options.iter().map(|choice| {
                let value = Scalar::Str(choice.value.to_owned());
                let (zh, en) = (choice.zh, choice.en);
                ChoiceEntry {
                    value: choice.value,
                    label: Label { zh, en },
                    may: role.is_none_or(|role| may_write_value(role, kind, &path, &value).is_ok()),
                }
            });
            entry.choices = Some(choices.collect());
        }
        FieldType::IdNumber => entry.ty = "id_number",
        FieldType::Phone => entry.ty = "phone",
        FieldType::DocRef => entry.ty = "doc",
        FieldType::Person => entry.ty = "person",
        FieldType::Place => entry.ty = "place",
        FieldType::Unit => entry.ty = "unit",
    }
    entry
}

/// Letters of what a role may do at a path; without a role, of what anybody may.
fn letters(role: Option<Role>, kind: Kind, path: &[&str]) -> String {
    let allowed = |action: Action| match role {
        Some(role) => may(role, kind, path, action).is_ok(),
        None => Role::ALL
            .iter()
            .any(|role| may(*role, kind, path, action).is_ok()),
    };
    let order = [Action::Create, Action::AddEntry, Action::Put, Action::Delete];
    order
        .into_iter()
        .filter(|action| allowed(*action))
        .map(Action::letter)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field<'a>(
        catalogue: &'a serde_json::Value,
        kind: &str,
        node: &str,
        name: &str,
    ) -> &'a serde_json::Value {
        let nodes = catalogue["kinds"][kind]["nodes"].as_array().unwrap();
        let node = nodes.iter().find(|found| found["name"] == node).unwrap();
        match node["fields"].as_array() {
            Some(fields) => fields.iter().find(|found| found["name"] == name).unwrap(),
            None => node,
        }
    }

    #[test]
    fn a_role_sees_its_own_rights() {
        let team = serde_json::to_value(catalogue(Some(Role::Team))).unwrap();
        assert_eq!(team["kinds"]["household"]["may"], "C");
        assert_eq!(field(&team, "household", "phone", "phone")["may"], "PD");
        assert_eq!(field(&team, "household", "verified_at", "verified_at")["may"], "");
        assert_eq!(field(&team, "journal", "visits", "found")["may"], "A");
        assert_eq!(field(&team, "household", "income", "wage_yuan")["type"], "yuan");
        assert_eq!(team["kinds"]["card"]["readable"], false);
        let states = |catalogue: &serde_json::Value| {
            let choices = field(catalogue, "need", "state", "state")["choices"].clone();
            let choices = choices.as_array().unwrap().clone();
            let closed = choices.iter().find(|choice| choice["value"] == "closed").unwrap();
            closed["may"].clone()
        };
        assert_eq!(states(&team), false);
        let township = serde_json::to_value(catalogue(Some(Role::Township))).unwrap();
        assert_eq!(states(&township), true);
    }

    #[test]
    fn every_field_of_the_schema_is_in_it_and_every_refusal() {
        let all = serde_json::to_value(catalogue(None)).unwrap();
        for &kind in Kind::ALL {
            for node in nodes(kind) {
                for wanted in node.fields() {
                    let shown = field(&all, kind.as_str(), node.name(), wanted.name);
                    assert_eq!(shown["zh"], wanted.zh, "{}", wanted.name);
                }
            }
        }
        assert_eq!(all["reasons"].as_object().unwrap().len(), Reason::ALL.len());
    }
}

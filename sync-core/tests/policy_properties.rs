//! The gate against the reviewed table of rights: for any role and any single operation, a change is admitted exactly
//! when the table in words (`src/policy/table.txt`) and the type of the field allow it. The table is read here as
//! text, so that gate and policy cannot be wrong together.
//!
//! Told natively and, from `sync-core/wasm/stories`, in WebAssembly: there each test is an exported function.
#![allow(unreachable_pub, reason = "an exported function is public")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use automerge::{ObjId, ROOT, ReadDoc};
use common::*;
use proptest::prelude::*;
use sync_core::change::{Obj, Op, OpAction, OpId, TypedChange};
use sync_core::document::Document;
use sync_core::gate::{self, Signer};
use sync_core::policy::Role;
use sync_core::schema::{self, EntryKey, FieldType, Kind, Node};
use sync_core::value::Scalar;
#[cfg(target_family = "wasm")]
use wasm_bindgen::prelude::wasm_bindgen as test;

static TABLE: LazyLock<Table> = LazyLock::new(Table::read);
static FULL: LazyLock<Vec<Document>> =
    LazyLock::new(|| Kind::ALL.iter().map(|kind| make_full(*kind)).collect());

/// A document with something in every field and container.
fn full(kind: Kind) -> Document {
    FULL.iter()
        .find(|document| document.kind() == kind)
        .expect("one of each kind")
        .clone()
}

/// The table as text: kind and path, then role, then letters.
struct Table {
    rights: BTreeMap<(String, String), BTreeMap<String, String>>,
    states: BTreeMap<String, BTreeSet<String>>,
    offices: BTreeMap<String, BTreeSet<String>>,
    /// By kind and role.
    events: BTreeMap<&'static str, BTreeMap<String, BTreeSet<String>>>,
}

impl Table {
    fn read() -> Table {
        let mut table = Table {
            rights: BTreeMap::new(),
            states: BTreeMap::new(),
            offices: BTreeMap::new(),
            events: BTreeMap::new(),
        };
        let mut section = String::new();
        for line in include_str!("../src/policy/table.txt").lines().skip(1) {
            if let Some(entry) = line.strip_prefix("  ") {
                let (name, rest) = entry.split_once(' ').expect("a name and what it may");
                let listed = rest.trim().split(", ");
                let values = match section.as_str() {
                    "States of a need" => Some(&mut table.states),
                    "Offices that have seen a need" => Some(&mut table.offices),
                    "Events of an application" => Some(table.events.entry("application").or_default()),
                    "Events of a case" => Some(table.events.entry("case").or_default()),
                    _ => None,
                };
                if let Some(values) = values {
                    values.insert(name.to_owned(), listed.map(str::to_owned).collect());
                } else {
                    let by_role = listed
                        .filter_map(|one| one.split_once(' '))
                        .map(|(role, letters)| (role.to_owned(), letters.to_owned()));
                    table
                        .rights
                        .insert((section.clone(), name.to_owned()), by_role.collect());
                }
            } else {
                section = line.split(" (").next().unwrap_or_default().to_owned();
            }
        }
        assert!(
            table.rights.len() > 80
                && table.states.len() > 3
                && table.offices.len() > 1
                && table.events.values().map(BTreeMap::len).eq([5, 5]),
            "the table was not understood"
        );
        table
    }

    fn allows(&self, kind: Kind, path: &str, role: Role, letter: char) -> bool {
        let rights = self.rights.get(&(kind.as_str().to_owned(), path.to_owned()));
        let rights = rights.unwrap_or_else(|| panic!("{kind:?} {path} is not in the table"));
        rights
            .get(role.as_str())
            .is_some_and(|letters| letters.contains(letter))
    }

    /// A state of a need, and for whom it has been seen, depend on the value as well; and so does what an event is and
    /// as what it is signed.
    fn allows_value(&self, kind: Kind, node: &str, field: &str, role: Role, value: &Scalar) -> bool {
        let Scalar::Str(value) = value else { return true };
        let values = match (kind, node, field) {
            (Kind::Need, "state", _) => &self.states,
            (Kind::Need, "seen", "office") => &self.offices,
            (Kind::Application | Kind::Case, "events", "event") => &self.events[kind.as_str()],
            (Kind::Application | Kind::Case, "events", "role") => return value == role.as_str(),
            _ => return true,
        };
        values
            .get(role.as_str())
            .is_some_and(|values| values.contains(value))
    }
}

/// A value for a field, and whether its type takes it.
fn sample(ty: &FieldType, good: bool, draw: usize) -> Scalar {
    let text = |text: &str| Scalar::Str(text.to_owned());
    match (ty, good) {
        (FieldType::Bool, true) => Scalar::Bool(draw.is_multiple_of(2)),
        (FieldType::Bool, false) => Scalar::Int(1),
        (FieldType::Int { min, max }, true) => Scalar::Int([*min, *max, (*min + *max) / 2][draw % 3]),
        (FieldType::Int { max, .. }, false) => [Scalar::Int(max + 1), text("1")][draw % 2].clone(),
        (FieldType::Text { chars_max }, true) => Scalar::Str("字".repeat(1 + draw % *chars_max)),
        (FieldType::Text { chars_max }, false) => {
            [Scalar::Str("字".repeat(chars_max + 1)), Scalar::Int(0)][draw % 2].clone()
        }
        (FieldType::Date, true) => text("2024-02-29"),
        (FieldType::Date, false) => text(["2023-02-29", "昨天"][draw % 2]),
        (FieldType::Choice { options, .. }, true) => text(options[draw % options.len()].value),
        (FieldType::Choice { strict: true, .. }, false) => text("no such state"),
        (FieldType::Choice { .. }, false) => Scalar::Str("长".repeat(41)),
        (FieldType::IdNumber, true) => text("11010519491231002X"),
        (FieldType::IdNumber, false) => text("11010519491231002"),
        (FieldType::Phone, true) => text("13515926038"),
        (FieldType::Phone, false) => text("打不通"),
        (FieldType::DocRef | FieldType::Person | FieldType::Place | FieldType::Unit, true) => text("p7"),
        (_, false) => text("不 行"),
    }
}

fn make_full(kind: Kind) -> Document {
    let mut document = Document::genesis(&creation(kind), 0);
    let parents: Vec<&str> = schema::parents(kind).iter().map(|parent| parent.name()).collect();
    let mut ops = Vec::new();
    for node in schema::nodes(kind) {
        match node {
            Node::Field(field) if !parents.contains(&field.name) => {
                ops.push(set(&[field.name], sample(&field.ty, true, 0).to_json()));
            }
            Node::Field(_) => {}
            Node::Group { name, fields, .. } => {
                ops.extend(
                    fields
                        .iter()
                        .map(|field| set(&[name, field.name], sample(&field.ty, true, 0).to_json())),
                );
            }
            Node::Entries {
                name, fields, key, ..
            } => {
                let fields = fields
                    .iter()
                    .map(|field| (field.name.to_owned(), sample(&field.ty, true, 0).to_json()));
                let key = if *key == EntryKey::Year { "2020" } else { "e1" };
                ops.push(add(name, key, serde_json::Value::Object(fields.collect())));
            }
        }
    }
    edit(&mut document, 3, TIME_S, &ops).expect("a full document says something");
    document
}

/// The single operation under test.
#[derive(Clone, Copy, Debug)]
enum Try {
    Put { good: bool },
    Delete,
    AddEntry { good: bool },
    DeleteEntry,
}

fn op_ids(document: &Document, object: &ObjId, key: &str) -> Vec<OpId> {
    let all = document.automerge().get_all(object, key).unwrap();
    let ids = all.into_iter().filter_map(|(_, id)| match id {
        ObjId::Id(counter, actor, _) => Some(OpId { counter, actor }),
        ObjId::Root => None,
    });
    ids.collect()
}

fn child(document: &Document, object: &ObjId, key: &str) -> ObjId {
    document
        .automerge()
        .get(object, key)
        .unwrap()
        .expect("the document is full")
        .1
}

fn obj(id: &ObjId) -> Obj {
    match id {
        ObjId::Root => Obj::Root,
        ObjId::Id(counter, actor, _) => Obj::Made(OpId {
            counter: *counter,
            actor: actor.clone(),
        }),
    }
}

fn change(document: &Document, ops: Vec<Op>) -> TypedChange {
    let deps = document.heads();
    let max_op = deps
        .iter()
        .map(|dep| document.change_info(dep).unwrap().max_op)
        .max()
        .unwrap();
    TypedChange {
        actor: DEVICES[0].actor(document.id(), 0),
        seq: 1,
        start_op: max_op + 1,
        time: TIME_S,
        deps,
        ops,
    }
}

/// What the table says of this try at this node, and the change that makes it.
fn attempt(
    table: &Table,
    document: &Document,
    node: &Node,
    role: Role,
    what: Try,
    draw: usize,
) -> (bool, TypedChange) {
    let kind = document.kind();
    let op = |object: &ObjId, key: &str, action: OpAction| Op {
        obj: obj(object),
        key: key.to_owned(),
        action,
        preds: op_ids(document, object, key),
    };
    // Where a field of this node lies, and how the table calls it.
    let fields = node.fields();
    let field = &fields[draw % fields.len()];
    let (object, path, append_only) = match node {
        Node::Field(field) => (ROOT, field.name.to_owned(), false),
        Node::Group { name, .. } => (
            child(document, &ROOT, name),
            format!("{name}.{}", field.name),
            false,
        ),
        Node::Entries {
            name,
            key,
            append_only,
            ..
        } => {
            let entry = if *key == EntryKey::Year { "2020" } else { "e1" };
            let entry = child(document, &child(document, &ROOT, name), entry);
            (entry, format!("{name}.*"), *append_only)
        }
    };
    let allows = |letter| table.allows(kind, &path, role, letter);
    match (what, node) {
        (Try::AddEntry { good }, Node::Entries { name, key, .. }) => {
            let container = child(document, &ROOT, name);
            let key = if *key == EntryKey::Year { "2021" } else { "e2" };
            let make = op(&container, key, OpAction::MakeMap);
            let change = change(document, vec![make]);
            let made = Obj::Made(OpId {
                counter: change.start_op,
                actor: change.actor.clone(),
            });
            let value = sample(&field.ty, good, draw);
            let allowed = good && allows('A') && table.allows_value(kind, name, field.name, role, &value);
            let put = Op {
                obj: made,
                key: field.name.to_owned(),
                action: OpAction::Put(value),
                preds: Vec::new(),
            };
            let ops = [change.ops.clone(), vec![put]].concat();
            (allowed, TypedChange { ops, ..change })
        }
        (Try::DeleteEntry, Node::Entries { name, key, .. }) => {
            let container = child(document, &ROOT, name);
            let key = if *key == EntryKey::Year { "2020" } else { "e1" };
            (
                !append_only && allows('D'),
                change(document, vec![op(&container, key, OpAction::Delete)]),
            )
        }
        (Try::Delete | Try::DeleteEntry, _) => {
            let there = !op_ids(document, &object, field.name).is_empty();
            (
                !append_only && there && allows('D'),
                change(document, vec![op(&object, field.name, OpAction::Delete)]),
            )
        }
        (Try::Put { good } | Try::AddEntry { good }, _) => {
            let value = sample(&field.ty, good, draw);
            let allowed = !append_only
                && good
                && allows('P')
                && table.allows_value(kind, node.name(), field.name, role, &value);
            (
                allowed,
                change(document, vec![op(&object, field.name, OpAction::Put(value))]),
            )
        }
    }
}

fn tries() -> impl Strategy<Value = Try> {
    prop_oneof![
        3 => proptest::bool::weighted(0.8).prop_map(|good| Try::Put { good }),
        2 => Just(Try::Delete),
        2 => proptest::bool::weighted(0.8).prop_map(|good| Try::AddEntry { good }),
        1 => Just(Try::DeleteEntry),
    ]
}

/// In WebAssembly always the same cases: a trap there leaves nothing to shrink.
fn config() -> ProptestConfig {
    let config = ProptestConfig {
        cases: 2_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    #[cfg(target_family = "wasm")]
    let config = ProptestConfig {
        rng_seed: proptest::test_runner::RngSeed::Fixed(1),
        ..config
    };
    config
}

proptest! {
    #![proptest_config(config())]

    #[cfg_attr(not(target_family = "wasm"), test)]
    fn a_change_is_admitted_exactly_when_the_table_allows_it(
        kind in proptest::sample::select(Kind::ALL.to_vec()),
        role in proptest::sample::select(Role::ALL.to_vec()),
        node in 0..64usize,
        what in tries(),
        draw in 0..1_000usize,
    ) {
        let mut document = full(kind);
        let nodes = schema::nodes(kind);
        let (allowed, change) = attempt(&TABLE, &document, &nodes[node % nodes.len()], role, what, draw);
        let heads = document.heads();
        let signer = Signer { device: DEVICES[0], role };
        let admitted = gate::admit(&mut document, &change, &signer);
        prop_assert_eq!(admitted.is_ok(), allowed, "{:?} {:?} {:?} {:?}: {:?}", kind, role, what, change.ops, admitted);
        if !allowed {
            prop_assert_eq!(document.heads(), heads);
        }
    }

    #[cfg_attr(not(target_family = "wasm"), test)]
    fn what_is_not_in_the_schema_is_written_by_nobody(
        kind in proptest::sample::select(Kind::ALL.to_vec()),
        role in proptest::sample::select(Role::ALL.to_vec()),
        name in "[a-z_]{1,20}|kind|members|guarantees|visits|长|.{1,64}",
        action in prop_oneof![
            Just(OpAction::MakeMap),
            Just(OpAction::Delete),
            Just(OpAction::Put(Scalar::Int(1))),
            Just(OpAction::Put(Scalar::Str("2026-01-01".into()))),
        ],
    ) {
        prop_assume!(!matches!(schema::node(kind, &name), Some(Node::Field(_))));
        let mut document = full(kind);
        let preds = op_ids(&document, &ROOT, &name);
        let change = change(&document, vec![Op { obj: Obj::Root, key: name, action, preds }]);
        let signer = Signer { device: DEVICES[0], role };
        prop_assert!(gate::admit(&mut document, &change, &signer).is_err());
    }
}

/// Every cell of the table once, so that a rare one is not left to chance.
#[test]
pub fn every_role_meets_every_field_of_every_kind() {
    for &kind in Kind::ALL {
        let document = full(kind);
        for &role in Role::ALL {
            for node in schema::nodes(kind) {
                for draw in 0..node.fields().len() {
                    for what in [
                        Try::Put { good: true },
                        Try::Delete,
                        Try::AddEntry { good: true },
                        Try::DeleteEntry,
                    ] {
                        let (allowed, change) = attempt(&TABLE, &document, node, role, what, draw);
                        let admitted = gate::admit(
                            &mut document.clone(),
                            &change,
                            &Signer {
                                device: DEVICES[0],
                                role,
                            },
                        );
                        assert_eq!(
                            admitted.is_ok(),
                            allowed,
                            "{kind:?} {role:?} {} {what:?}: {admitted:?}",
                            node.name()
                        );
                    }
                }
            }
        }
    }
}

/// WebAssembly exports public functions, and a property is none.
#[cfg(target_family = "wasm")]
pub mod told {
    use wasm_bindgen::prelude::wasm_bindgen;

    #[wasm_bindgen]
    pub fn a_change_is_admitted_exactly_when_the_table_allows_it() {
        super::a_change_is_admitted_exactly_when_the_table_allows_it();
    }

    #[wasm_bindgen]
    pub fn what_is_not_in_the_schema_is_written_by_nobody() {
        super::what_is_not_in_the_schema_is_written_by_nobody();
    }
}

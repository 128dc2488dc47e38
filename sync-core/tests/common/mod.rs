//! A few devices around one document, for the property tests and the hostile corpus: who they are, what they edit,
//! and the order in which their changes reach each other. Knows no network and no server.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test binary includes this module and uses a part of it"
)]

use std::collections::HashSet;

use automerge::{ActorId, ChangeHash};
use serde_json::{Value as Json, json};
use sync_core::change::TypedChange;
use sync_core::document::Document;
use sync_core::edit::{EditOp, normalize};
use sync_core::gate::Signer;
use sync_core::id::{DeviceId, DocId, genesis_actor};
use sync_core::policy::Role;
use sync_core::schema::Kind;
use sync_core::wire::change::{AuthorRef, Context, PREFIX_BYTES, read_change, write_change};
use sync_core::wire::codec::{Malformed, Reader, Writer};
use sync_core::wire::frame::Creation;

/// Claimed time of the first edit, Unix seconds.
pub const TIME_S: i64 = 1_795_216_450;

/// The devices of every story; author numbers are 11, 12, …
pub const DEVICES: [DeviceId; 4] = [
    DeviceId([1; 16]),
    DeviceId([2; 16]),
    DeviceId([3; 16]),
    DeviceId([4; 16]),
];

pub fn author_no(device: usize) -> u64 {
    11 + device as u64
}

/// A household, journal or need as its genesis is told.
pub fn creation(kind: Kind) -> Creation {
    let id = |text: &str| DocId::parse(text).unwrap();
    let village = matches!(kind, Kind::Household | Kind::Notice | Kind::Attendance);
    let household = (!village && kind != Kind::Village).then(|| id("h1"));
    Creation {
        id: id(match kind {
            Kind::Village => "v1",
            Kind::Household => "h1",
            Kind::Journal => "h1.j2026",
            Kind::Need => "h1.n11",
            Kind::Card => "h1.card",
            Kind::Application => "h1.a11",
            Kind::Case => "h1.m11",
            Kind::Attendance => "v1.t202603.p7",
            Kind::Notice => "v1.o11",
            Kind::Plan => "h1.p11",
            Kind::Check => "h1.a11.check",
            Kind::Later(_) => "h1.z11",
        }),
        kind,
        village: village.then(|| "v1".to_owned()),
        household,
        year: matches!(kind, Kind::Journal | Kind::Attendance).then_some(2026),
    }
}

/// The role of each device, by what the document is: everybody may write something of it.
pub fn role(kind: Kind, device: usize) -> Role {
    let roles = match kind {
        Kind::Household => [Role::Team, Role::Committee, Role::Team, Role::Township],
        Kind::Need => [Role::Team, Role::Committee, Role::Unit, Role::Township],
        _ => [Role::Team, Role::VillageCadre, Role::Team, Role::VillageCadre],
    };
    roles[device]
}

pub fn signer(kind: Kind, device: usize) -> Signer {
    Signer {
        device: DEVICES[device],
        role: role(kind, device),
    }
}

pub fn set(path: &[&str], value: Json) -> EditOp {
    EditOp::Set {
        path: owned(path),
        value,
    }
}

pub fn add(container: &str, key: &str, value: Json) -> EditOp {
    EditOp::Add {
        path: vec![container.into()],
        key: Some(key.into()),
        value: value.as_object().unwrap().clone(),
    }
}

pub fn delete(path: &[&str]) -> EditOp {
    EditOp::Delete { path: owned(path) }
}

fn owned(path: &[&str]) -> Vec<String> {
    path.iter().map(|part| (*part).to_owned()).collect()
}

/// One step of a story, small numbers that a test draws: an edit of a device, or one device hearing another.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    Edit { device: usize, what: u32, value: u32 },
    Hear { from: usize, to: usize },
}

/// What an honest person with the right to it does. `number` makes keys unique on the device.
pub fn honest_edit(document: &Document, device: usize, what: u32, value: u32, number: usize) -> Vec<EditOp> {
    let json = document.json();
    let fresh = format!("{}{number}", DEVICES[device].tag());
    let pick = |container: &str| -> Option<String> {
        let keys: Vec<&String> = json.get(container)?.as_object()?.keys().collect();
        Some((*keys.get(value as usize % keys.len().max(1))?).clone())
    };
    let name = ["沈清华", "王秀英", "李建国", "赵小梅"][value as usize % 4];
    let year = ["2024", "2025", "2026"][value as usize % 3];
    let phone = format!("135{:08}", value);
    match (document.kind(), role(document.kind(), device)) {
        (Kind::Household, Role::Township) => match what % 3 {
            0 => vec![set(&["verified_at"], json!("2026-03-01"))],
            1 => vec![set(&["verify_note"], json!(format!("核对{value}")))],
            _ => vec![delete(&["verify_note"]), set(&["verified_by"], json!("p7"))],
        },
        (Kind::Household, _) => match what % 16 {
            0 => vec![set(&["phone"], json!(phone))],
            1 => vec![set(&["remark"], json!(format!("走访第{value}次：{name}")))],
            2 | 3 => vec![add("members", &fresh, json!({"name": name, "relation": "户主"}))],
            4 | 5 => match pick("members") {
                Some(key) => vec![set(&["members", &key, "name"], json!(name))],
                None => vec![set(&["householder"], json!(name))],
            },
            6 => pick("members").map_or_else(Vec::new, |key| vec![delete(&["members", &key])]),
            7 => vec![set(&["income", year, "wage_yuan"], json!(value))],
            8 => vec![set(
                &["income", year],
                json!({"business_yuan": value, "wage_yuan": value + 1}),
            )],
            9 => vec![set(&["guarantees", "water"], json!(value.is_multiple_of(2)))],
            10 => vec![delete(&["remark"]), delete(&["guarantees", "water"])],
            11 => vec![delete(&["phone"]), set(&["phone"], json!(phone))],
            12 => vec![
                set(&["phone"], json!(phone)),
                set(&["phone"], json!("12345")),
                set(&["group"], json!(value % 999)),
            ],
            13 => vec![delete(&["income", year])],
            14 => vec![delete(&["income", year, "wage_yuan"])],
            _ => match pick("members") {
                Some(key) => vec![
                    delete(&["members", &key]),
                    add("members", &key, json!({"name": name})),
                    set(&["members", &key, "relation"], json!("妻")),
                ],
                None => vec![add("assistance", &fresh, json!({"measure": "公益岗位"}))],
            },
        },
        (Kind::Need, Role::Unit) => match what % 5 {
            0 => vec![set(&["plan"], json!(format!("安排{value}")))],
            1 => vec![set(&["state"], json!("in_progress"))],
            2 => vec![delete(&["plan"]), set(&["result"], json!(name))],
            3 => vec![add(
                "seen",
                &fresh,
                json!({"by": "p7", "office": "unit", "unit": "u1", "at_s": TIME_S}),
            )],
            _ => vec![add(
                "responses",
                &fresh,
                json!({"text": name, "at": "2026-04-01"}),
            )],
        },
        (Kind::Need, Role::Township) => match what % 4 {
            0 => vec![set(&["unit"], json!(format!("u{}", value % 3)))],
            1 => vec![
                set(&["state"], json!("closed")),
                set(&["closing_note"], json!(name)),
            ],
            2 => vec![add(
                "seen",
                &fresh,
                json!({"by": "p8", "office": "township", "at_s": TIME_S}),
            )],
            _ => vec![delete(&["unit"])],
        },
        (Kind::Need, _) => match what % 5 {
            0 => vec![set(&["title"], json!(format!("修路{value}")))],
            1 => vec![set(&["state"], json!("open")), set(&["urgency"], json!("urgent"))],
            2 => vec![set(&["amount_yuan"], json!(value))],
            3 => vec![delete(&["title"]), set(&["title"], json!(name))],
            _ => vec![add("responses", &fresh, json!({"text": name}))],
        },
        _ => vec![add(
            "visits",
            &fresh,
            json!({"date": "2026-05-01", "found": format!("{name}在家{value}"), "promised": "联系医保"}),
        )],
    }
}

/// What happened: every change in the order it was made, and each device's replica at the end.
pub struct Story {
    pub kind: Kind,
    pub creation: Creation,
    pub changes: Vec<(usize, TypedChange)>,
    pub replicas: Vec<Document>,
}

impl Story {
    pub fn tell(kind: Kind, steps: &[Step]) -> Story {
        let creation = creation(kind);
        let mut story = Story {
            kind,
            replicas: vec![Document::genesis(&creation, 0); DEVICES.len()],
            creation,
            changes: Vec::new(),
        };
        for step in steps {
            match *step {
                Step::Edit { device, what, value } => story.edit(device, what, value),
                Step::Hear { from, to } => story.hear(from, to),
            }
        }
        story
    }

    fn edit(&mut self, device: usize, what: u32, value: u32) {
        let ops = honest_edit(&self.replicas[device], device, what, value, self.changes.len());
        if let Some(change) = edit(
            &mut self.replicas[device],
            device,
            TIME_S + i64::from(value),
            &ops,
        ) {
            self.changes.push((device, change));
        }
    }

    /// `to` takes everything `from` has.
    pub fn hear(&mut self, from: usize, to: usize) {
        for (_, change) in &self.changes {
            let built = change.to_automerge().unwrap();
            if self.replicas[from].change_info(&built.hash()).is_some() {
                self.replicas[to].apply(built).unwrap();
            }
        }
    }

    pub fn genesis(&self) -> Document {
        Document::genesis(&self.creation, 0)
    }

    pub fn signer(&self, device: usize) -> Signer {
        signer(self.kind, device)
    }

    /// All changes in an order that respects what each builds on, drawn by `draw` (0 takes the oldest).
    pub fn causal_order(&self, mut draw: impl FnMut(usize) -> usize) -> Vec<&(usize, TypedChange)> {
        let mut known: HashSet<ChangeHash> = self.genesis().heads().into_iter().collect();
        let mut open: Vec<&(usize, TypedChange)> = self.changes.iter().collect();
        let mut order = Vec::new();
        while !open.is_empty() {
            let ready: Vec<usize> = (0..open.len())
                .filter(|at| open[*at].1.deps.iter().all(|dep| known.contains(dep)))
                .collect();
            let next = open.remove(ready[draw(ready.len())]);
            known.insert(next.1.to_automerge().unwrap().hash());
            order.push(next);
        }
        order
    }
}

pub fn edit(document: &mut Document, device: usize, time_s: i64, ops: &[EditOp]) -> Option<TypedChange> {
    let actor = DEVICES[device].actor(document.id(), document.generation());
    let ops = normalize(document.kind(), ops, || unreachable!("every entry has its key")).unwrap();
    document.edit(&actor, time_s, &ops).unwrap()
}

/// A household after two changes of one device and one of another, the last two concurrent.
pub fn household() -> (Document, Vec<(usize, TypedChange)>) {
    let mut left = Document::genesis(&creation(Kind::Household), 0);
    let first = edit(
        &mut left,
        0,
        TIME_S,
        &[
            add("members", "1111a1", json!({"name": "沈清华", "relation": "户主"})),
            set(&["phone"], "13515926038".into()),
            set(&["guarantees", "water"], true.into()),
        ],
    )
    .unwrap();
    let mut right = left.clone();
    let second = edit(
        &mut left,
        0,
        TIME_S + 60,
        &[
            set(&["members", "1111a1", "name"], "沈青华".into()),
            set(&["income", "2026", "wage_yuan"], 48_500.into()),
            set(&["guarantees", "water"], false.into()),
        ],
    )
    .unwrap();
    let third = edit(
        &mut right,
        1,
        TIME_S + 90,
        &[
            set(&["phone"], "13515926039".into()),
            delete(&["guarantees", "water"]),
        ],
    )
    .unwrap();
    left.apply(third.to_automerge().unwrap()).unwrap();
    (left, vec![(0, first), (0, second), (1, third)])
}

/// What both ends know of a document in these tests.
pub struct Knows<'a> {
    pub document: &'a Document,
    pub heads: Vec<ChangeHash>,
    pub previous: Option<ChangeHash>,
    pub prefixes: bool,
}

impl<'a> Knows<'a> {
    /// As the server tells a replica that is up to date.
    pub fn at_heads(document: &'a Document) -> Self {
        Knows {
            document,
            heads: document.heads(),
            previous: None,
            prefixes: false,
        }
    }

    /// As a phone tells the server, which may have gone on since.
    pub fn blind(document: &'a Document, prefixes: bool) -> Self {
        Knows {
            document,
            heads: Vec::new(),
            previous: None,
            prefixes,
        }
    }
}

impl Context for Knows<'_> {
    fn author_ref(&self, actor: &ActorId) -> Option<AuthorRef> {
        let (doc, generation) = (self.document.id(), self.document.generation());
        (0..DEVICES.len())
            .find(|device| DEVICES[*device].actor(doc, generation) == *actor)
            .map(|device| AuthorRef::No(author_no(device)))
            .or((genesis_actor(doc, generation) == *actor).then_some(AuthorRef::Genesis))
    }
    fn actor(&self, author: AuthorRef) -> Option<ActorId> {
        let (doc, generation) = (self.document.id(), self.document.generation());
        match author {
            AuthorRef::Genesis => Some(genesis_actor(doc, generation)),
            AuthorRef::Own => None,
            AuthorRef::No(no) => (0..DEVICES.len())
                .find(|device| author_no(*device) == no)
                .map(|device| DEVICES[device].actor(doc, generation)),
        }
    }
    fn heads(&self) -> &[ChangeHash] {
        &self.heads
    }
    fn previous(&self) -> Option<ChangeHash> {
        self.previous
    }
    fn by_prefix(&self, prefix: [u8; PREFIX_BYTES]) -> Option<ChangeHash> {
        self.document.by_prefix(prefix)
    }
    fn may_prefix(&self, hash: &ChangeHash) -> bool {
        self.prefixes && self.document.change_info(hash).is_some()
    }
}

pub fn to_wire(change: &TypedChange, context: &impl Context) -> Vec<u8> {
    let mut out = Writer::new();
    write_change(&mut out, change, context).unwrap();
    out.0
}

pub fn from_wire(bytes: &[u8], actor: ActorId, context: &impl Context) -> Result<TypedChange, Malformed> {
    let mut input = Reader::new(bytes);
    let change = read_change(&mut input, actor, context)?;
    input.end("change")?;
    Ok(change)
}

/// Every leaf of a document with its path.
pub fn leaves(json: &Json) -> Vec<(String, Json)> {
    fn walk(path: &str, json: &Json, out: &mut Vec<(String, Json)>) {
        match json {
            Json::Object(fields) => {
                for (key, value) in fields {
                    walk(&format!("{path}/{key}"), value, out);
                }
            }
            leaf => out.push((path.to_owned(), leaf.clone())),
        }
    }
    let mut out = Vec::new();
    walk("", json, &mut out);
    out
}

//! One document from genesis to the wire and back: what two ends of a link rely on.
//!
//! Told natively and, from `sync-core/wasm/stories`, in WebAssembly: there each test is an exported function.
#![allow(unreachable_pub, reason = "an exported function is public")]

use automerge::{ActorId, ChangeHash};
use serde_json::json;
use sync_core::change::TypedChange;
use sync_core::document::Document;
use sync_core::edit::{EditOp, normalize};
use sync_core::gate::{self, Refused, Signer};
use sync_core::id::{DeviceId, DocId, genesis_actor};
use sync_core::policy::Role;
use sync_core::reason::Reason;
use sync_core::schema::Kind;
use sync_core::wire::change::{AuthorRef, Context, PREFIX_BYTES, read_change, write_change};
use sync_core::wire::codec::{Reader, Writer};
use sync_core::wire::frame::Creation;
use sync_core::wire::snapshot;
#[cfg(target_family = "wasm")]
use wasm_bindgen::prelude::wasm_bindgen as test;

const LI: DeviceId = DeviceId([1; 16]);
const WANG: DeviceId = DeviceId([2; 16]);

fn household() -> Creation {
    Creation {
        id: DocId::parse("h1").unwrap(),
        kind: Kind::Household,
        village: Some("v1".into()),
        household: None,
        year: None,
    }
}

fn set(path: &[&str], value: serde_json::Value) -> EditOp {
    EditOp::Set {
        path: path.iter().map(|part| (*part).to_string()).collect(),
        value,
    }
}

fn add(container: &str, value: serde_json::Value) -> EditOp {
    EditOp::Add {
        path: vec![container.into()],
        key: None,
        value: value.as_object().unwrap().clone(),
    }
}

fn edit(document: &mut Document, device: DeviceId, ops: &[EditOp]) -> TypedChange {
    let actor = device.actor(document.id(), document.generation());
    let ops = normalize(document.kind(), ops, || format!("{}1", device.tag())).unwrap();
    document.edit(&actor, 1_795_216_450, &ops).unwrap().unwrap()
}

struct Known {
    doc: DocId,
    heads: Vec<ChangeHash>,
    previous: Option<ChangeHash>,
}

impl Context for Known {
    fn author_ref(&self, actor: &ActorId) -> Option<AuthorRef> {
        [(LI, 11), (WANG, 12)]
            .iter()
            .find(|(device, _)| device.actor(&self.doc, 0) == *actor)
            .map(|(_, no)| AuthorRef::No(*no))
            .or((genesis_actor(&self.doc, 0) == *actor).then_some(AuthorRef::Genesis))
    }
    fn actor(&self, author: AuthorRef) -> Option<ActorId> {
        match author {
            AuthorRef::Genesis => Some(genesis_actor(&self.doc, 0)),
            AuthorRef::No(11) => Some(LI.actor(&self.doc, 0)),
            AuthorRef::No(12) => Some(WANG.actor(&self.doc, 0)),
            _ => None,
        }
    }
    fn heads(&self) -> &[ChangeHash] {
        &self.heads
    }
    fn previous(&self) -> Option<ChangeHash> {
        self.previous
    }
    fn by_prefix(&self, _: [u8; PREFIX_BYTES]) -> Option<ChangeHash> {
        None
    }
    fn may_prefix(&self, _: &ChangeHash) -> bool {
        false
    }
}

#[test]
pub fn a_change_rebuilt_from_the_wire_has_the_hash_its_author_gave_it() {
    let mut document = Document::genesis(&household(), 0);
    for ops in [
        vec![
            set(&["phone"], json!("13515926038")),
            set(&["remark"], json!("今日到户走访")),
        ],
        vec![
            add("members", json!({"name": "沈清华", "relation": "户主"})),
            set(&["phone"], json!("13515926039")),
        ],
        vec![
            set(&["income", "2026", "wage_yuan"], json!(48500)),
            set(&["guarantees", "water"], json!(true)),
        ],
    ] {
        let heads = document.heads();
        let change = edit(&mut document, LI, &ops);
        let known = Known {
            doc: document.id().clone(),
            heads: heads.clone(),
            previous: None,
        };
        let mut out = Writer::new();
        write_change(&mut out, &change, &known).unwrap();
        let read = read_change(&mut Reader::new(&out.0), LI.actor(document.id(), 0), &known).unwrap();
        assert_eq!(read, change);
        let rebuilt = read.to_automerge().unwrap();
        assert_eq!(vec![rebuilt.hash()], document.heads(), "the author's own hash");
        assert!(out.0.len() < 140, "{} bytes", out.0.len());
    }
}

#[test]
pub fn a_document_rebuilt_from_the_wire_is_the_same_to_the_byte() {
    let mut document = Document::genesis(&household(), 0);
    edit(&mut document, LI, &[add("members", json!({"name": "沈清华"}))]);
    let mut other = document.clone();
    let one = edit(&mut document, LI, &[set(&["phone"], json!("13515926038"))]);
    let two = edit(&mut other, WANG, &[set(&["phone"], json!("13515926039"))]);
    document.apply(two.to_automerge().unwrap()).unwrap();
    other.apply(one.to_automerge().unwrap()).unwrap();
    assert_eq!(document.heads().len(), 2);

    let known = Known {
        doc: document.id().clone(),
        heads: vec![],
        previous: None,
    };
    let saved = document.save();
    let stripped = snapshot::strip(&saved, |actor| known.author_ref(actor)).unwrap();
    let rebuilt = snapshot::rebuild(&stripped, |author| known.actor(author)).unwrap();
    assert_eq!(rebuilt.saved, saved);
    assert_eq!(rebuilt.heads, document.heads());
    let again = Document::load(document.id(), 0, &rebuilt.saved).unwrap();
    assert_eq!(again.json(), other.json());
    assert_eq!(again.conflicts().len(), 1);
    assert_eq!(again.conflicts()[0].path, ["phone"]);
    assert_eq!(again.conflicts()[0].values.len(), 2);
}

#[test]
pub fn what_an_honest_author_makes_passes_the_gate_and_nothing_else_does() {
    let li = Signer {
        device: LI,
        role: Role::Team,
    };
    let mut server = Document::genesis(&household(), 0);
    let mut phone = server.clone();
    let first = edit(
        &mut phone,
        LI,
        &[
            add("members", json!({"name": "沈清华"})),
            set(&["phone"], json!("13515926038")),
        ],
    );
    let second = edit(&mut phone, LI, &[set(&["phone"], json!("13515926040"))]);

    let mut forged = first.clone();
    forged.start_op = 1 << 27;
    assert_eq!(
        gate::admit(&mut server, &forged, &li),
        Err(Refused::Rejected(Reason::BadStartOp))
    );
    assert_eq!(
        gate::admit(&mut server, &second, &li),
        Err(Refused::Missing(second.deps.clone()))
    );
    let stranger = Signer {
        device: WANG,
        role: Role::Team,
    };
    assert_eq!(
        gate::admit(&mut server, &first, &stranger),
        Err(Refused::Rejected(Reason::WrongActor))
    );
    let unit = Signer {
        device: LI,
        role: Role::Unit,
    };
    assert_eq!(
        gate::admit(&mut server, &first, &unit),
        Err(Refused::Rejected(Reason::NotAllowed))
    );
    gate::admit(&mut server, &first, &li).unwrap();
    assert_eq!(gate::admit(&mut server, &first, &li), Err(Refused::Duplicate));
    let mut other = second.clone();
    other.seq = 1;
    assert_eq!(gate::admit(&mut server, &other, &li), Err(Refused::Equivocation));
    gate::admit(&mut server, &second, &li).unwrap();
    assert_eq!(server.json(), phone.json());
    server.check_reload().unwrap();
}

#[test]
pub fn a_predecessor_in_another_field_is_refused() {
    let li = Signer {
        device: LI,
        role: Role::Team,
    };
    let mut server = Document::genesis(&household(), 0);
    let mut phone = server.clone();
    let mut change = edit(&mut phone, LI, &[set(&["phone"], json!("13515926038"))]);
    // The genesis wrote `kind` with its first operation: a write to `phone` must not overwrite it.
    change.ops[0].preds = vec![sync_core::change::OpId {
        counter: 1,
        actor: genesis_actor(server.id(), 0),
    }];
    assert_eq!(
        gate::admit(&mut server, &change, &li),
        Err(Refused::Rejected(Reason::BadOperation))
    );
}

#[test]
pub fn an_edit_of_an_entry_deleted_meanwhile_is_admitted_and_harms_nothing() {
    let (li, wang) = (
        Signer {
            device: LI,
            role: Role::Team,
        },
        Signer {
            device: WANG,
            role: Role::Committee,
        },
    );
    let mut server = Document::genesis(&household(), 0);
    let mut phone = server.clone();
    let first = edit(&mut phone, LI, &[add("members", json!({"name": "沈清华"}))]);
    gate::admit(&mut server, &first, &li).unwrap();
    let key = format!("{}1", LI.tag());
    let mut other = server.clone();
    let delete = edit(
        &mut phone,
        LI,
        &[EditOp::Delete {
            path: vec!["members".into(), key.clone()],
        }],
    );
    let write = edit(
        &mut other,
        WANG,
        &[set(&["members", &key, "name"], json!("沈清"))],
    );
    gate::admit(&mut server, &delete, &li).unwrap();
    gate::admit(&mut server, &write, &wang).unwrap();
    server.check_reload().unwrap();
    assert_eq!(server.json()["members"], json!({}));
}

#[test]
pub fn a_genesis_is_the_same_on_every_device() {
    assert_eq!(
        Document::genesis(&household(), 0).save(),
        Document::genesis(&household(), 0).save()
    );
    assert_ne!(
        Document::genesis(&household(), 0).heads(),
        Document::genesis(&household(), 1).heads()
    );
}

/// A kind grows a container after devices have gone out with the first version of it.
#[test]
pub fn two_offices_mark_a_need_of_the_first_version_as_seen_and_both_marks_are_read() {
    let need = Creation {
        id: DocId::parse("h1.nx1").unwrap(),
        kind: Kind::Need,
        village: None,
        household: Some(DocId::parse("h1").unwrap()),
        year: None,
    };
    let mut server = Document::genesis(&need, 0);
    assert!(
        server.json().get("seen").is_none(),
        "both ends make the genesis as devices of the first version do"
    );
    let looked = |office: &str| {
        add(
            "seen",
            json!({"by": "p7", "office": office, "at_s": 1_795_216_450}),
        )
    };
    let (mut unit, mut township) = (server.clone(), server.clone());
    let of_unit = edit(&mut unit, LI, &[looked("unit")]);
    let of_township = edit(&mut township, WANG, &[looked("township")]);
    let role = |device, role| Signer { device, role };
    gate::admit(&mut server, &of_unit, &role(LI, Role::Unit)).unwrap();
    gate::admit(&mut server, &of_township, &role(WANG, Role::Township)).unwrap();
    server.check_reload().unwrap();
    unit.apply(of_township.to_automerge().unwrap()).unwrap();
    assert_eq!(unit.json(), server.json());
    let seen = server.json()["seen"].as_object().unwrap().clone();
    assert_eq!(seen[&format!("{}1", LI.tag())]["office"], "unit");
    assert_eq!(seen[&format!("{}1", WANG.tag())]["office"], "township");
    assert!(server.conflicts().is_empty(), "two marks contradict nobody");

    // A device that knows the list of the first version reads these names, because they travel as text.
    let known = Known {
        doc: need.id.clone(),
        heads: Document::genesis(&need, 0).heads(),
        previous: None,
    };
    let mut out = Writer::new();
    write_change(&mut out, &of_unit, &known).unwrap();
    for name in ["seen", "office", "at_s"] {
        assert!(
            out.0.windows(name.len()).any(|part| part == name.as_bytes()),
            "{name}"
        );
    }

    let mut again = server.clone();
    let of_another = edit(&mut again, DeviceId([3; 16]), &[looked("township")]);
    assert_eq!(
        gate::admit(&mut server, &of_another, &role(DeviceId([3; 16]), Role::Unit)),
        Err(Refused::Rejected(Reason::NotAllowed)),
        "a unit does not speak for the township"
    );
}

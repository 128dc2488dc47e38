//! What once got past a bound, each as an attacker would send it; the bytes are in `corpus/`. See `hostile_changes.rs` and
//! `hostile_bytes.rs` for the forgers that found them.
//!
//! `QIAO_WRITE_FIXTURES=1 cargo test -p sync-core --test regressions` writes the corpus anew, and fails to say so.
//!
//! Told natively and, from `sync-core/wasm/stories`, in WebAssembly: there each test is an exported function.
#![allow(unreachable_pub, reason = "an exported function is public")]

mod common;

use std::path::PathBuf;

use common::*;
use sync_core::change::{Obj, Op, OpAction, OpId, TypedChange};
use sync_core::document::Document;
use sync_core::edit::EditOp;
use sync_core::gate::{self, Refused};
use sync_core::reason::Reason;
use sync_core::schema::Kind;
use sync_core::value::Scalar;
#[cfg(target_family = "wasm")]
use wasm_bindgen::prelude::wasm_bindgen as test;

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

/// Changes by device 1 to the household of the fixtures, each with the reason it must get.
const CHANGES: &[(&str, &str, Reason)] = &[
    (
        "claimed-time-at-the-end",
        include_str!("corpus/change-claimed-time-at-the-end.hex"),
        Reason::ValueOutOfRange,
    ),
    (
        "predecessor-beyond-32-bits",
        include_str!("corpus/change-predecessor-beyond-32-bits.hex"),
        Reason::BadOperation,
    ),
    (
        "map-beyond-32-bits",
        include_str!("corpus/change-map-beyond-32-bits.hex"),
        Reason::BadOperation,
    ),
    (
        "sequence-beyond-32-bits",
        include_str!("corpus/change-sequence-beyond-32-bits.hex"),
        Reason::BadSeq,
    ),
    (
        "map-not-seen",
        include_str!("corpus/change-map-not-seen.hex"),
        Reason::BadOperation,
    ),
];

fn forged(name: &str) -> TypedChange {
    let (_, changes) = household();
    let server = Document::genesis(&creation(Kind::Household), 0);
    let actor = DEVICES[1].actor(server.id(), 0);
    let victim = OpId {
        counter: changes[0].1.start_op,
        actor: changes[0].1.actor.clone(),
    };
    let put = |obj: Obj, key: &str, preds: Vec<OpId>| Op {
        obj,
        key: key.into(),
        action: OpAction::Put(Scalar::Str("12345".into())),
        preds,
    };
    let honest = TypedChange {
        actor: actor.clone(),
        seq: 1,
        start_op: changes[0].1.start_op,
        time: TIME_S,
        deps: server.heads(),
        ops: vec![put(Obj::Root, "phone", vec![])],
    };
    match name {
        "claimed-time-at-the-end" => TypedChange {
            time: i64::MAX,
            ..honest
        },
        "predecessor-beyond-32-bits" => TypedChange {
            ops: vec![put(
                Obj::Root,
                "phone",
                vec![OpId {
                    counter: 1 << 32,
                    actor: victim.actor,
                }],
            )],
            ..honest
        },
        "map-beyond-32-bits" => TypedChange {
            ops: vec![put(
                Obj::Made(OpId {
                    counter: u64::MAX,
                    actor: victim.actor,
                }),
                "name",
                vec![],
            )],
            ..honest
        },
        "sequence-beyond-32-bits" => TypedChange {
            seq: u64::MAX,
            ..honest
        },
        // A map of another author, made in a change that this one says it has not seen.
        _ => TypedChange {
            start_op: victim.counter,
            ops: vec![
                put(Obj::Root, "remark", vec![]),
                put(Obj::Made(victim), "name", vec![]),
            ],
            ..honest
        },
    }
}

#[test]
pub fn changes_that_once_got_past_a_bound_are_refused() {
    let (document, changes) = household();
    if option_env!("QIAO_WRITE_FIXTURES").is_some() {
        for (name, ..) in CHANGES {
            let bytes = to_wire(&forged(name), &Knows::blind(&document, false));
            let lines: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            let path =
                PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/corpus/change-{name}.hex"));
            #[expect(clippy::disallowed_methods, reason = "the corpus is files")]
            std::fs::write(path, lines + "\n").unwrap();
        }
        panic!("wrote the corpus; run again without QIAO_WRITE_FIXTURES");
    }
    for (name, text, reason) in CHANGES {
        let mut server = Document::genesis(&creation(Kind::Household), 0);
        gate::admit(&mut server, &changes[0].1, &signer(Kind::Household, 0)).unwrap();
        let saved = server.save();
        let actor = DEVICES[1].actor(server.id(), 0);
        let change = from_wire(&hex(text), actor, &Knows::blind(&document, false)).unwrap();
        let signer = signer(Kind::Household, 1);
        assert_eq!(
            gate::admit(&mut server, &change, &signer),
            Err(Refused::Rejected(*reason)),
            "{name}"
        );
        assert_eq!(server.save(), saved);
        for (device, change) in &changes[1..] {
            gate::admit(&mut server, change, &common::signer(Kind::Household, *device)).unwrap();
        }
    }
}

/// A snapshot whose column was damaged so that Automerge loads it and panics when it is read.
// Contained natively; in WebAssembly a panic ends the module, and the device's host makes it anew.
#[cfg(not(target_family = "wasm"))]
#[test]
pub fn a_snapshot_that_cannot_be_shown_is_refused() {
    use sync_core::wire::change::Context;
    use sync_core::wire::snapshot;

    let (document, _) = household();
    let knows = Knows::blind(&document, false);
    let stripped = snapshot::strip(&document.save(), |actor| knows.author_ref(actor)).unwrap();
    // Every single byte in turn, each as every other byte.
    for at in 0..stripped.len() {
        for byte in [
            0,
            1,
            3,
            0x7f,
            0x80,
            0xff,
            stripped[at] ^ 1,
            stripped[at] ^ 2,
            stripped[at] ^ 4,
            stripped[at] ^ 0x40,
        ] {
            let mut damaged = stripped.clone();
            damaged[at] = byte;
            let Ok(rebuilt) = snapshot::rebuild(&damaged, |author| knows.actor(author)) else {
                continue;
            };
            let Ok(document) = Document::load(document.id(), 0, &rebuilt.saved) else {
                continue;
            };
            document.json();
            document.conflicts();
        }
    }
}

#[test]
pub fn a_visit_of_another_cannot_be_overlaid() {
    let mut server = Document::genesis(&creation(Kind::Journal), 0);
    let mut phone = server.clone();
    let visit: Vec<EditOp> = vec![add("visits", "111111", serde_json::json!({"found": "房屋漏雨"}))];
    let change = edit(&mut phone, 0, TIME_S, &visit).unwrap();
    gate::admit(&mut server, &change, &signer(Kind::Journal, 0)).unwrap();
    let mut forger = Document::genesis(&creation(Kind::Journal), 0);
    let lie: Vec<EditOp> = vec![add("visits", "111111", serde_json::json!({"found": "一切正常"}))];
    let forged = edit(&mut forger, 1, TIME_S, &lie).unwrap();
    let judged = gate::admit(&mut server, &forged, &signer(Kind::Journal, 1));
    assert_eq!(judged, Err(Refused::Rejected(Reason::EntryExists)));
    // Nor can the key be taken beforehand to keep its owner out.
    let mut server = Document::genesis(&creation(Kind::Journal), 0);
    gate::admit(&mut server, &forged, &signer(Kind::Journal, 1)).unwrap();
    gate::admit(&mut server, &change, &signer(Kind::Journal, 0)).unwrap();
}

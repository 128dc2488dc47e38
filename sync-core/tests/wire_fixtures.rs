//! The wire, byte by byte: one committed fixture for each frame, entry, verdict and cursor, for changes, snapshots and
//! signed bytes. `PROTOCOL.md` refers to them by name. A difference here is a change of the protocol: raise its version,
//! keep the old fixtures.
//!
//! `QIAO_WRITE_FIXTURES=1 cargo test -p sync-core --test wire_fixtures` writes them anew, and fails to say so.
//!
//! Told natively and, from `sync-core/wasm/stories`, in WebAssembly: there each test is an exported function.
#![allow(unreachable_pub, reason = "an exported function is public")]

mod common;

use std::path::PathBuf;

use automerge::ChangeHash;
use common::*;
use sync_core::document::Document;
use sync_core::enrol;
use sync_core::envelope::{self, SignedChange};
use sync_core::feed::{self, Digest};
use sync_core::id::{DeviceId, DocId, genesis_actor};
use sync_core::policy::Role;
use sync_core::reason::Reason;
use sync_core::schema::Kind;
use sync_core::value::Scalar;
use sync_core::wire::change::Context;
use sync_core::wire::codec::{Reader, Writer};
use sync_core::wire::frame::*;
use sync_core::wire::snapshot;
use sync_core::wire::stream::{pack_message, unpack_message};
#[cfg(target_family = "wasm")]
use wasm_bindgen::prelude::wasm_bindgen as test;

const DEPLOYMENT: &str = "county-530102";

#[expect(clippy::disallowed_methods, reason = "fixtures are files")]
fn check(name: &str, bytes: &[u8]) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/wire/{name}.hex"));
    let lines: Vec<String> = bytes
        .chunks(32)
        .map(|line| line.iter().map(|byte| format!("{byte:02x}")).collect())
        .collect();
    let hex = lines.join("\n") + "\n";
    if option_env!("QIAO_WRITE_FIXTURES").is_some() {
        std::fs::write(&path, &hex).unwrap();
        panic!("wrote {name}; look at the difference, then run again without QIAO_WRITE_FIXTURES");
    }
    #[cfg(not(target_family = "wasm"))]
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    #[cfg(target_family = "wasm")]
    let committed = crate::fixture(name);
    assert_eq!(hex, committed, "the wire form of {name} has changed");
}

/// Checks every one before failing, so that one run writes all.
fn check_all(fixtures: Vec<(String, Vec<u8>)>) {
    let failed: Vec<String> = fixtures
        .into_iter()
        .filter(|(name, bytes)| std::panic::catch_unwind(|| check(name, bytes)).is_err())
        .map(|(name, _)| name)
        .collect();
    assert!(failed.is_empty(), "{failed:?}");
}

fn doc(text: &str) -> DocId {
    DocId::parse(text).unwrap()
}

fn hello() -> Hello {
    Hello {
        version: 1,
        capabilities: 0,
        device: DEVICES[0],
        counter: 17,
        epoch: 3,
        grant_version: 2,
        cursors: vec![(0, Cursor::Tail(9)), (4, Cursor::Tail(1_200))],
        health: Health {
            app_version: "0.1.0".into(),
            clock_ms: 1_795_216_450_123,
            unsent: 2,
            unsent_age_s: 3_600,
            storage_left_mib: 512,
        },
        signature: [0x5a; 64],
    }
}

fn frames() -> Vec<(&'static str, Frame)> {
    let (document, changes) = household();
    let knows = Knows::blind(&document, false);
    let author = Author {
        no: 11,
        device: DEVICES[0],
        person: "p1".into(),
        name: "李队长".into(),
        role: Role::Team,
    };
    vec![
        ("hello", Frame::Hello(hello())),
        (
            "envelope",
            Frame::Envelope(Envelope {
                counter: 18,
                claimed_time_s: TIME_S,
                changes: vec![
                    PushedChange {
                        doc: DocRef::New(creation(Kind::Household)),
                        generation: 0,
                        body: to_wire(&changes[0].1, &knows),
                    },
                    PushedChange {
                        doc: DocRef::New(creation(Kind::Journal)),
                        generation: 0,
                        body: vec![1, 2, 3],
                    },
                    PushedChange {
                        doc: DocRef::No(77),
                        generation: 1,
                        body: vec![4],
                    },
                ],
                signature: [0xa5; 64],
            }),
        ),
        ("fetch", Frame::Fetch(vec![7, 300])),
        (
            "repair",
            Frame::Repair(RepairDigests {
                feed: 4,
                buckets: (0..64).collect(),
            }),
        ),
        (
            "cursors",
            Frame::Cursors(vec![
                (4, Cursor::Tail(1_201)),
                (
                    5,
                    Cursor::Loading {
                        from: 10,
                        to: 900,
                        after_rank: 1,
                        after_doc: 77,
                    },
                ),
            ]),
        ),
        (
            "welcome",
            Frame::Welcome(Welcome {
                version: 1,
                capabilities: 0,
                epoch: 4,
                server_time_ms: 1_795_216_460_000,
                counter: 17,
                restored: vec![(0, 8), (4, 1_100)],
            }),
        ),
        (
            "grant",
            Frame::Grant(GrantFrame {
                version: 3,
                status: DeviceStatus::Active,
                author: 11,
                role: Role::Unit,
                person: "p1".into(),
                name: "王处长".into(),
                villages: vec!["v1".into(), "v2".into()],
                unit: Some("u1".into()),
                feeds: vec![(4, "unit/u1".into())],
                expires_ms: 1_810_000_000_000,
                offline_grace_h: 336,
                token: "header.claims.signature".into(),
            }),
        ),
        (
            "verdicts",
            Frame::Verdicts(Verdicts {
                groups: vec![
                    VerdictGroup {
                        counter: 18,
                        mark: None,
                        first: 0,
                        verdicts: vec![
                            Verdict::Accepted { doc: 77, version: 5 },
                            Verdict::Duplicate { doc: 78, version: 1 },
                        ],
                    },
                    VerdictGroup {
                        counter: 19,
                        mark: None,
                        first: 2,
                        verdicts: vec![
                            Verdict::Parked,
                            Verdict::Quarantined,
                            Verdict::Rejected(Reason::NotAllowed),
                        ],
                    },
                ],
                after: 12,
            }),
        ),
        (
            "marked_verdicts",
            Frame::Verdicts(Verdicts {
                groups: vec![
                    VerdictGroup {
                        counter: 18,
                        mark: Some(0x0123_4567_89ab_cdef),
                        first: 0,
                        verdicts: vec![
                            Verdict::Accepted { doc: 77, version: 5 },
                            Verdict::Duplicate { doc: 78, version: 1 },
                        ],
                    },
                    VerdictGroup {
                        counter: 19,
                        mark: Some(255),
                        first: 2,
                        verdicts: vec![
                            Verdict::Parked,
                            Verdict::Quarantined,
                            Verdict::Rejected(Reason::NotAllowed),
                        ],
                    },
                ],
                after: 12,
            }),
        ),
        (
            "rows",
            Frame::Rows(vec![Row {
                doc: 77,
                id: doc("h1"),
                kind: Kind::Household,
                fields: vec![
                    (70, Scalar::Str("沈清华".into())),
                    (35, Scalar::Int(-3)),
                    (1, Scalar::Bool(true)),
                    (2, Scalar::Bool(false)),
                    (3, Scalar::Null),
                ],
            }]),
        ),
        (
            "entries",
            Frame::Entries(Entries {
                feed: 4,
                entries: vec![Entry::Author(author), Entry::Leave { doc: 9 }],
                progress: (100, 300),
                after: Cursor::Loading {
                    from: 0,
                    to: 900,
                    after_rank: 1,
                    after_doc: 77,
                },
            }),
        ),
        (
            "caught_up",
            Frame::CaughtUp(vec![FeedSum {
                feed: 4,
                head: 1_201,
                documents: 300,
                digest: [7; 16],
            }]),
        ),
        (
            "repair_list",
            Frame::RepairList(RepairList {
                feed: 4,
                buckets: vec![1, 63],
                documents: vec![(77, doc("h1"), 0x0102_0304_0506_0708)],
            }),
        ),
        (
            "order",
            Frame::Order(Order {
                kind: OrderKind::Wipe,
                reason: Reason::DeviceLost,
                signature: [0x33; 64],
            }),
        ),
        (
            "refused",
            Frame::Refused {
                reason: Reason::ServerBusy,
                retry_after_s: 30,
            },
        ),
        (
            "unknown",
            Frame::Unknown {
                code: 31,
                body: vec![1, 2, 3],
            },
        ),
    ]
}

fn entries() -> Vec<(&'static str, Entry)> {
    let (document, changes) = household();
    let knows = Knows::blind(&document, false);
    let saved = document.save();
    let stripped = snapshot::strip(&saved, |actor| knows.author_ref(actor)).unwrap();
    vec![
        (
            "author",
            Entry::Author(Author {
                no: 12,
                device: DEVICES[1],
                person: "p2".into(),
                name: "赵主任".into(),
                role: Role::Committee,
            }),
        ),
        (
            "change",
            Entry::Change {
                doc: 77,
                generation: 0,
                version: 1,
                author: 11,
                received_s: TIME_S + 5,
                body: to_wire(&changes[0].1, &knows),
            },
        ),
        (
            "snapshot",
            Entry::Snapshot {
                doc: 77,
                id: doc("h1"),
                kind: Kind::Household,
                generation: 0,
                version: 3,
                body: stripped,
            },
        ),
        (
            "joined",
            Entry::Joined {
                doc: 77,
                id: doc("h1"),
            },
        ),
        ("leave", Entry::Leave { doc: 77 }),
        (
            "unknown",
            Entry::Unknown {
                code: 200,
                body: vec![9],
            },
        ),
    ]
}

#[test]
pub fn every_frame_has_its_bytes_and_comes_back() {
    for (name, frame) in frames() {
        let bytes = frame.to_bytes();
        let head = FrameHead::peek(&bytes).unwrap().unwrap();
        assert_eq!(head.head_bytes + head.body_bytes, bytes.len());
        assert_eq!(
            Frame::read(head.code, &bytes[head.head_bytes..]),
            Ok(frame),
            "{name}"
        );
    }
    check_all(
        frames()
            .into_iter()
            .map(|(name, frame)| (format!("frame-{name}"), frame.to_bytes()))
            .collect(),
    );
}

#[test]
pub fn every_entry_has_its_bytes_and_comes_back() {
    let mut fixtures = Vec::new();
    for (name, entry) in entries() {
        let mut bytes = Writer::new();
        entry.write(&mut bytes);
        let frame = Frame::Entries(Entries {
            feed: 1,
            entries: vec![entry],
            progress: (0, 0),
            after: Cursor::Tail(2),
        });
        let whole = frame.to_bytes();
        assert!(whole.ends_with(&bytes.0));
        let head = FrameHead::peek(&whole).unwrap().unwrap();
        assert_eq!(
            Frame::read(head.code, &whole[head.head_bytes..]),
            Ok(frame),
            "{name}"
        );
        fixtures.push((format!("entry-{name}"), bytes.0));
    }
    check_all(fixtures);
}

#[test]
pub fn every_verdict_and_cursor_has_its_bytes_and_comes_back() {
    let verdicts = [
        (
            "accepted",
            Verdict::Accepted {
                doc: 300,
                version: 129,
            },
        ),
        ("duplicate", Verdict::Duplicate { doc: 1, version: 1 }),
        ("parked", Verdict::Parked),
        ("quarantined", Verdict::Quarantined),
        ("rejected", Verdict::Rejected(Reason::NoSuchEntry)),
    ];
    let mut fixtures = Vec::new();
    for (name, verdict) in verdicts {
        let mut bytes = Writer::new();
        verdict.write(&mut bytes);
        assert_eq!(Verdict::read(&mut Reader::new(&bytes.0)), Ok(verdict));
        fixtures.push((format!("verdict-{name}"), bytes.0));
    }
    for (name, cursor) in [
        ("tail", Cursor::Tail(70_000)),
        (
            "loading",
            Cursor::Loading {
                from: 5,
                to: 70_000,
                after_rank: 4,
                after_doc: 1_730,
            },
        ),
    ] {
        let bytes = Frame::Cursors(vec![(3, cursor)]).to_bytes();
        // Frame code, length, one cursor, feed number; then the cursor itself.
        fixtures.push((format!("cursor-{name}"), bytes[4..].to_vec()));
    }
    check_all(fixtures);
}

#[test]
pub fn changes_and_a_snapshot_have_their_bytes_and_come_back() {
    let (document, changes) = household();
    let mut server = Document::genesis(&creation(Kind::Household), 0);
    let mut fixtures = Vec::new();
    for (number, (device, change)) in changes.iter().enumerate() {
        let actor = DEVICES[*device].actor(document.id(), 0);
        for (name, context) in [
            ("full", Knows::blind(&server, false)),
            ("prefix", Knows::blind(&server, true)),
            ("heads", Knows::at_heads(&server)),
        ] {
            let bytes = to_wire(change, &context);
            assert_eq!(from_wire(&bytes, actor.clone(), &context).unwrap(), *change);
            fixtures.push((format!("change-{number}-{name}"), bytes));
        }
        let built = change.to_automerge().unwrap();
        fixtures.push((format!("change-{number}-hash"), built.hash().0.to_vec()));
        server.apply(built).unwrap();
    }
    let knows = Knows::blind(&document, false);
    let saved = document.save();
    let stripped = snapshot::strip(&saved, |actor| knows.author_ref(actor)).unwrap();
    assert_eq!(
        snapshot::rebuild(&stripped, |author| knows.actor(author))
            .unwrap()
            .saved,
        saved
    );
    fixtures.push(("snapshot".into(), stripped));
    fixtures.push(("snapshot-saved".into(), saved));
    check_all(fixtures);
}

#[test]
pub fn what_is_signed_and_derived_has_its_bytes() {
    let signed = [
        SignedChange {
            doc: doc("h1"),
            generation: 0,
            hash: ChangeHash([0x11; 32]),
        },
        SignedChange {
            doc: doc("h1.j2026"),
            generation: 2,
            hash: ChangeHash([0x22; 32]),
        },
    ];
    let request = enrol::Request {
        invite_code: "BCDF-GHJK",
        public_key: &[4; 65],
        nonce: &[9; 16],
        model: "红米 12C",
        app_version: "0.1.0",
    };
    let household = doc("h1");
    let genesis = |kind| Document::genesis(&creation(kind), 0);
    let mut fixtures = vec![
        ("signed-hello", envelope::hello_bytes(DEPLOYMENT, &hello())),
        (
            "signed-envelope",
            envelope::signed_bytes(DEPLOYMENT, &DEVICES[0], 18, TIME_S, &signed),
        ),
        (
            "signed-order",
            envelope::order_bytes(
                DEPLOYMENT,
                &DEVICES[0],
                OrderKind::Suspend,
                Reason::DeviceSuspended,
            ),
        ),
        ("signed-enrolment", request.proof_message()),
        (
            "signed-attachment",
            envelope::attachment_bytes(
                DEPLOYMENT,
                &DEVICES[0],
                &envelope::AttachmentRequest {
                    method: "PUT",
                    target: "/sync/v1/attachments/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA?doc=h1.ak3&offset=0&size=3",
                    at_ms: 1_795_216_450_123,
                    body: b"abc",
                },
            ),
        ),
        (
            "envelope-mark",
            envelope::mark(&envelope::contents_bytes(&signed))
                .to_be_bytes()
                .to_vec(),
        ),
        ("derived-device", DeviceId::derive(&[4; 65], &[9; 16]).0.to_vec()),
        (
            "derived-device-tag",
            DeviceId([0, 31, 32, 10, 255, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1])
                .tag()
                .into_bytes(),
        ),
        (
            "derived-actor",
            DEVICES[0].actor(&household, 0).to_bytes().to_vec(),
        ),
        (
            "derived-actor-generation-1",
            DEVICES[0].actor(&household, 1).to_bytes().to_vec(),
        ),
        (
            "derived-genesis-actor",
            genesis_actor(&household, 0).to_bytes().to_vec(),
        ),
        (
            "digest",
            Digest::of(&household, 0, &[ChangeHash([0x11; 32]), ChangeHash([0x22; 32])])
                .to_bytes()
                .to_vec(),
        ),
        ("digest-bucket", vec![feed::bucket(&household) as u8]),
    ];
    for (name, kind) in [
        ("genesis-village", Kind::Village),
        ("genesis-household", Kind::Household),
        ("genesis-journal", Kind::Journal),
        ("genesis-need", Kind::Need),
        ("genesis-card", Kind::Card),
    ] {
        fixtures.push((name, genesis(kind).save()));
    }
    let mut sum = Digest::default();
    let one = Digest::of(&household, 0, &[]);
    sum.add(one);
    sum.add(one);
    sum.remove(one);
    assert_eq!(sum, one, "a sum forgets what is taken out");
    check_all(
        fixtures
            .into_iter()
            .map(|(name, bytes)| (name.to_owned(), bytes))
            .collect(),
    );
}

#[test]
pub fn messages_carry_frames_plain_or_compressed() {
    let small = Frame::Fetch(vec![7, 300]).to_bytes();
    check("message-plain", &pack_message(&small));
    let large: Vec<u8> = frames().iter().flat_map(|(_, frame)| frame.to_bytes()).collect();
    let packed = pack_message(&large);
    assert_eq!((packed[0], pack_message(&small)[0]), (1, 0));
    let read = unpack_message(&packed, 1 << 20).unwrap();
    assert_eq!(
        read,
        frames().into_iter().map(|(_, frame)| frame).collect::<Vec<_>>()
    );
}

//! A relay in memory, as small as the protocol allows: one village, its feed, and the verdict log of each device.

use std::collections::BTreeMap;

use automerge::{ActorId, ChangeHash};
use sync_core::document::Document;
use sync_core::envelope::{SignedChange, contents_bytes, hello_bytes, mark};
use sync_core::feed::{Digest, bucket};
use sync_core::gate::{self, Refused, Signer};
use sync_core::id::{DeviceId, DocId, genesis_actor};
use sync_core::limits::REPAIR_BUCKETS;
use sync_core::policy::Role;
use sync_core::reason::Reason;
use sync_core::schema::Kind;
use sync_core::wire::change::{AuthorRef, Context, PREFIX_BYTES, read_change, write_change};
use sync_core::wire::codec::{Reader, Writer};
use sync_core::wire::frame::{
    Author, Cursor, DeviceStatus, DocRef, Entries, Entry, Envelope, FeedSum, Frame, GrantFrame, Hello,
    PROTOCOL_VERSION, RepairDigests, RepairList, Verdict, VerdictGroup, Verdicts, Welcome,
};
use sync_core::wire::snapshot;

pub(crate) const VILLAGE_FEED: u64 = 7;

#[derive(Clone)]
pub(crate) struct Stored {
    pub(crate) document: Document,
    pub(crate) version: u64,
    pub(crate) in_feed: bool,
    moved: bool,
    authors: Vec<u64>,
    accepted: BTreeMap<ChangeHash, u64>,
}

#[derive(Clone)]
enum Logged {
    Author(u64),
    Join(u64),
    Change {
        doc: u64,
        version: u64,
        author: u64,
        body: Vec<u8>,
    },
    Leave(u64),
}

#[derive(Clone, Default)]
pub(crate) struct Relay {
    pub(crate) epoch: u64,
    pub(crate) restored: Vec<(u64, u64)>,
    pub(crate) docs: BTreeMap<u64, Stored>,
    names: BTreeMap<DocId, u64>,
    devices: BTreeMap<u64, DeviceId>,
    counters: BTreeMap<u64, u64>,
    verdicts: BTreeMap<u64, Vec<VerdictGroup>>,
    log: Vec<Logged>,
    authors_logged: Vec<u64>,
    /// Refuse changes to this field, as a change of rights would.
    pub(crate) refuse_field: Option<&'static str>,
    /// Call this document's kind by the number of a later version.
    pub(crate) later: Option<&'static str>,
    /// Send a load in pieces of this many documents.
    pub(crate) piece: usize,
}

struct Known<'a> {
    relay: &'a Relay,
    document: &'a Document,
    own: Option<DeviceId>,
    heads: Vec<ChangeHash>,
    previous: Option<ChangeHash>,
}

impl Context for Known<'_> {
    fn author_ref(&self, actor: &ActorId) -> Option<AuthorRef> {
        if genesis_actor(self.document.id(), 0) == *actor {
            return Some(AuthorRef::Genesis);
        }
        let found = self
            .relay
            .devices
            .iter()
            .find(|(_, device)| device.actor(self.document.id(), 0) == *actor);
        found.map(|(no, device)| {
            if Some(*device) == self.own {
                AuthorRef::Own
            } else {
                AuthorRef::No(*no)
            }
        })
    }
    fn actor(&self, author: AuthorRef) -> Option<ActorId> {
        match author {
            AuthorRef::Genesis => Some(genesis_actor(self.document.id(), 0)),
            AuthorRef::Own => Some(self.own?.actor(self.document.id(), 0)),
            AuthorRef::No(no) => Some(self.relay.devices.get(&no)?.actor(self.document.id(), 0)),
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
    fn may_prefix(&self, _: &ChangeHash) -> bool {
        false
    }
}

impl Relay {
    pub(crate) fn new() -> Self {
        Relay::in_pieces(1000)
    }

    pub(crate) fn in_pieces(piece: usize) -> Self {
        Relay {
            epoch: 1,
            piece,
            ..Relay::default()
        }
    }

    pub(crate) fn enrol(&mut self, device: DeviceId) -> u64 {
        let no = 10 + self.devices.len() as u64;
        self.devices.insert(no, device);
        no
    }

    /// Takes what was sent, gives the answer; `frames_max` of the request arrive before the link breaks.
    pub(crate) fn exchange(&mut self, request: &[Vec<u8>], frames_max: usize) -> Vec<Frame> {
        let mut frames = request.iter().take(frames_max).map(|bytes| {
            let head = sync_core::wire::frame::FrameHead::peek(bytes).unwrap().unwrap();
            Frame::read(head.code, &bytes[head.head_bytes..]).unwrap()
        });
        let Some(Frame::Hello(hello)) = frames.next() else {
            return Vec::new();
        };
        let no = *self
            .devices
            .iter()
            .find(|(_, device)| **device == hello.device)
            .unwrap()
            .0;
        assert!(
            hello.counter > *self.counters.get(&no).unwrap_or(&0),
            "counters grow"
        );
        assert!(!hello_bytes("test", &hello).is_empty());
        self.counters.insert(no, hello.counter);
        let mut answers = Vec::new();
        for frame in frames {
            match frame {
                // Written on a past that the server no longer has: the device will make its edits anew.
                Frame::Envelope(_) if hello.epoch != 0 && hello.epoch != self.epoch => {}
                Frame::Envelope(envelope) => self.ingest(no, &envelope),
                Frame::Fetch(docs) => answers.push(Frame::Entries(Entries {
                    feed: 0,
                    entries: docs.iter().filter_map(|doc| self.snapshot(*doc)).collect(),
                    progress: (0, 0),
                    after: Cursor::START,
                })),
                Frame::Repair(repair) => answers.push(self.repair(&repair)),
                other => panic!("unexpected {other:?}"),
            }
        }
        if frames_max < request.len() {
            return Vec::new();
        }
        self.answer(no, &hello, answers)
    }

    fn ingest(&mut self, no: u64, envelope: &Envelope) {
        let device = self.devices[&no];
        self.counters.insert(no, envelope.counter);
        let mut verdicts = Vec::new();
        let mut signed = Vec::new();
        let mut rejected: Vec<(u64, ChangeHash)> = Vec::new();
        let mut previous: BTreeMap<u64, ChangeHash> = BTreeMap::new();
        for pushed in &envelope.changes {
            let doc = match &pushed.doc {
                DocRef::No(doc) => *doc,
                DocRef::New(creation) => self.names.get(&creation.id).copied().unwrap_or_else(|| {
                    let doc = 100 + self.docs.len() as u64;
                    let document = Document::genesis(creation, 0);
                    let (authors, accepted) = (Vec::new(), BTreeMap::new());
                    self.docs.insert(
                        doc,
                        Stored {
                            document,
                            version: 0,
                            in_feed: false,
                            moved: false,
                            authors,
                            accepted,
                        },
                    );
                    self.names.insert(creation.id.clone(), doc);
                    doc
                }),
            };
            let document = self.docs[&doc].document.clone();
            let actor = device.actor(document.id(), 0);
            let before = previous
                .get(&doc)
                .copied()
                .or(document.last_of(&actor).map(|(_, hash)| hash));
            let known = Known {
                relay: self,
                document: &document,
                own: Some(device),
                heads: vec![],
                previous: before,
            };
            let change = read_change(&mut Reader::new(&pushed.body), actor, &known).unwrap();
            let hash = change.to_automerge().unwrap().hash();
            signed.push(SignedChange {
                doc: document.id().clone(),
                generation: 0,
                hash,
            });
            previous.insert(doc, hash);
            let refused = change.ops.iter().any(|op| self.refuse_field == Some(&op.key));
            let depends = change.deps.iter().any(|dep| rejected.contains(&(doc, *dep)));
            if refused || depends {
                rejected.push((doc, hash));
                let reason = if refused {
                    Reason::NotAllowed
                } else {
                    Reason::DependsOnRejected
                };
                verdicts.push(Verdict::Rejected(reason));
                continue;
            }
            let heads = document.heads();
            let mut stored = self.docs[&doc].clone();
            let signer = Signer {
                device,
                role: Role::Team,
            };
            verdicts.push(match gate::admit(&mut stored.document, &change, &signer) {
                Ok(_) => {
                    stored.version += 1;
                    let version = stored.version;
                    stored.accepted.insert(hash, version);
                    stored.authors.push(no);
                    let known = Known {
                        relay: self,
                        document: &document,
                        own: None,
                        heads,
                        previous: None,
                    };
                    let mut body = Writer::new();
                    write_change(&mut body, &change, &known).unwrap();
                    if !self.authors_logged.contains(&no) {
                        self.authors_logged.push(no);
                        self.log.push(Logged::Author(no));
                    }
                    if !stored.in_feed && !stored.moved {
                        stored.in_feed = true;
                        self.log.push(Logged::Join(doc));
                    }
                    self.log.push(Logged::Change {
                        doc,
                        version,
                        author: no,
                        body: body.0,
                    });
                    self.docs.insert(doc, stored);
                    Verdict::Accepted { doc, version }
                }
                Err(Refused::Duplicate) => Verdict::Duplicate {
                    doc,
                    version: stored.accepted[&hash],
                },
                Err(Refused::Rejected(reason)) => {
                    rejected.push((doc, hash));
                    Verdict::Rejected(reason)
                }
                Err(other) => panic!("{other:?} for an honest change"),
            });
        }
        let groups = self.verdicts.entry(no).or_default();
        groups.push(VerdictGroup {
            counter: envelope.counter,
            mark: Some(mark(&contents_bytes(&signed))),
            first: 0,
            verdicts,
        });
    }

    fn snapshot(&self, doc: u64) -> Option<Entry> {
        let stored = self.docs.get(&doc)?;
        let known = Known {
            relay: self,
            document: &stored.document,
            own: None,
            heads: vec![],
            previous: None,
        };
        let body = snapshot::strip(&stored.document.save(), |actor| known.author_ref(actor)).unwrap();
        let id = stored.document.id().clone();
        let kind = match self.later {
            Some(later) if later == id.as_str() => Kind::Later(200),
            _ => stored.document.kind(),
        };
        Some(Entry::Snapshot {
            doc,
            id,
            kind,
            generation: 0,
            version: stored.version,
            body,
        })
    }

    fn author(&self, no: u64) -> Entry {
        let device = self.devices[&no];
        Entry::Author(Author {
            no,
            device,
            person: format!("p{no}"),
            name: format!("某{no}"),
            role: Role::Team,
        })
    }

    fn answer(&self, no: u64, hello: &Hello, mut answers: Vec<Frame>) -> Vec<Frame> {
        let head = self.log.len() as u64;
        let restored = if hello.epoch == self.epoch || hello.epoch == 0 {
            vec![]
        } else {
            self.restored.clone()
        };
        let clamp = |feed: u64, seq: u64| {
            restored
                .iter()
                .find(|(no, _)| *no == feed)
                .map_or(seq, |(_, restored)| seq.min(*restored))
        };
        let mut out = vec![Frame::Welcome(Welcome {
            version: hello.version.min(PROTOCOL_VERSION),
            capabilities: 0,
            epoch: self.epoch,
            server_time_ms: 1_000,
            counter: self.counters[&no],
            restored: restored.clone(),
        })];
        if hello.grant_version == 0 {
            out.push(Frame::Grant(GrantFrame {
                version: 1,
                status: DeviceStatus::Active,
                author: no,
                role: Role::Team,
                person: format!("p{no}"),
                name: format!("某{no}"),
                villages: vec!["v1".into()],
                unit: None,
                feeds: vec![(VILLAGE_FEED, "village/v1".into())],
                expires_ms: i64::MAX,
                offline_grace_h: 336,
                token: String::new(),
            }));
        }
        let cursor = |feed: u64| {
            hello
                .cursors
                .iter()
                .find(|(no, _)| *no == feed)
                .map_or(Cursor::START, |(_, c)| *c)
        };
        let groups = self.verdicts.get(&no).cloned().unwrap_or_default();
        let from = clamp(0, cursor(0).complete_to()) as usize;
        if groups.len() > from {
            out.push(Frame::Verdicts(Verdicts {
                groups: groups[from..].to_vec(),
                after: groups.len() as u64,
            }));
        }
        self.feed(no, cursor(VILLAGE_FEED), clamp(VILLAGE_FEED, u64::MAX), &mut out);
        out.append(&mut answers);
        let mut digest = Digest::default();
        let mut documents = 0;
        for stored in self.docs.values().filter(|stored| stored.in_feed) {
            digest.add(Digest::of(stored.document.id(), 0, &stored.document.heads()));
            documents += 1;
        }
        out.push(Frame::CaughtUp(vec![FeedSum {
            feed: VILLAGE_FEED,
            head,
            documents,
            digest: digest.to_bytes(),
        }]));
        out
    }

    fn feed(&self, no: u64, cursor: Cursor, clamp: u64, out: &mut Vec<Frame>) {
        let mut entries = Vec::new();
        let mut tail_from = match cursor {
            Cursor::Tail(seq) => seq.min(clamp),
            Cursor::Loading { to, .. } => to,
        };
        let loading = match cursor {
            Cursor::Tail(0) => Some((self.log.len() as u64, (0, 0))),
            Cursor::Tail(_) => None,
            Cursor::Loading {
                to,
                after_rank,
                after_doc,
                ..
            } => Some((to, (after_rank, after_doc))),
        };
        if let Some((to, after)) = loading {
            entries.extend(self.authors_logged.iter().map(|no| self.author(*no)));
            let mut docs: Vec<(u8, u64)> = self
                .docs
                .iter()
                .filter(|(_, stored)| stored.in_feed)
                .map(|(doc, stored)| (stored.document.kind().rank(), *doc))
                .filter(|place| *place > after)
                .collect();
            docs.sort_unstable();
            for piece in docs.chunks(self.piece) {
                entries.extend(piece.iter().filter_map(|(_, doc)| self.snapshot(*doc)));
                let (after_rank, after_doc) = *piece.last().unwrap();
                out.push(Frame::Entries(Entries {
                    feed: VILLAGE_FEED,
                    entries: std::mem::take(&mut entries),
                    progress: (1, 2),
                    after: Cursor::Loading {
                        from: 0,
                        to,
                        after_rank,
                        after_doc,
                    },
                }));
            }
            tail_from = to;
        }
        for logged in &self.log[(tail_from as usize).min(self.log.len())..] {
            match logged {
                Logged::Author(author) => entries.push(self.author(*author)),
                Logged::Join(doc) => {
                    let stored = &self.docs[doc];
                    let own = stored.authors.iter().all(|author| *author == no);
                    let id = stored.document.id().clone();
                    entries.push(if own {
                        Entry::Joined { doc: *doc, id }
                    } else {
                        self.snapshot(*doc).unwrap()
                    });
                }
                Logged::Change { author, .. } if *author == no => {}
                Logged::Change {
                    doc,
                    version,
                    author,
                    body,
                } => entries.push(Entry::Change {
                    doc: *doc,
                    generation: 0,
                    version: *version,
                    author: *author,
                    received_s: 1_800_000_000,
                    body: body.clone(),
                }),
                Logged::Leave(doc) => entries.push(Entry::Leave { doc: *doc }),
            }
        }
        if !entries.is_empty() || loading.is_some() {
            out.push(Frame::Entries(Entries {
                feed: VILLAGE_FEED,
                entries,
                progress: (0, 0),
                after: Cursor::Tail(self.log.len() as u64),
            }));
        }
    }

    fn repair(&self, repair: &RepairDigests) -> Frame {
        let mut sums = vec![Digest::default(); REPAIR_BUCKETS];
        let held: Vec<(u64, &Stored)> = self
            .docs
            .iter()
            .filter(|(_, stored)| stored.in_feed)
            .map(|(doc, stored)| (*doc, stored))
            .collect();
        let digest = |stored: &Stored| Digest::of(stored.document.id(), 0, &stored.document.heads());
        for (_, stored) in &held {
            sums[bucket(stored.document.id())].add(digest(stored));
        }
        let buckets: Vec<u64> = (0..REPAIR_BUCKETS)
            .filter(|b| sums[*b].short() != repair.buckets[*b])
            .map(|b| b as u64)
            .collect();
        let documents = held
            .iter()
            .filter(|(_, stored)| buckets.contains(&(bucket(stored.document.id()) as u64)))
            .map(|(doc, stored)| (*doc, stored.document.id().clone(), digest(stored).short()))
            .collect();
        Frame::RepairList(RepairList {
            feed: repair.feed,
            buckets,
            documents,
        })
    }

    /// Takes a document out of the village.
    pub(crate) fn move_away(&mut self, id: &DocId) {
        let doc = self.names[id];
        let stored = self.docs.get_mut(&doc).unwrap();
        (stored.in_feed, stored.moved) = (false, true);
        self.log.push(Logged::Leave(doc));
    }

    /// Goes back to an older copy, as a restore from backup does. Counters are kept by the devices.
    pub(crate) fn restore(&mut self, backup: &Relay) {
        let heads: Vec<(u64, u64)> = vec![(VILLAGE_FEED, backup.log.len() as u64)];
        let epoch = self.epoch + 1;
        let counters = self.counters.clone();
        *self = Relay {
            epoch,
            restored: heads,
            counters,
            ..backup.clone()
        };
    }

    /// A restored head of the device feed differs by device.
    pub(crate) fn restored_for(&mut self, no: u64) {
        let head = self.verdicts.get(&no).map_or(0, Vec::len) as u64;
        self.restored.retain(|(feed, _)| *feed != 0);
        self.restored.push((0, head));
    }
}

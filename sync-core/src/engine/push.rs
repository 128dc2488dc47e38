//! The way up: hello, envelopes, and the signatures they need.

use std::collections::{HashMap, HashSet};

use automerge::{ActorId, ChangeHash};

use super::records::Item;
use super::{Engine, ItemState};
use crate::change::TypedChange;
use crate::engine::local::stored_change;
use crate::envelope::{self, SignedChange};
use crate::feed::{Digest, bucket};
use crate::id::{DEVICE_FEED, DocId, genesis_actor};
use crate::limits;
use crate::reason::Reason;
use crate::wire::change::{AuthorRef, Context, PREFIX_BYTES, write_change};
use crate::wire::codec::Writer;
use crate::wire::frame::{
    CAPABILITY_LATER_KINDS, Cursor, DocRef, Envelope, Frame, Health, Hello, PROTOCOL_VERSION, PushedChange,
    RepairDigests,
};

/// Bytes to sign with the device key (ECDSA P-256 over SHA-256, signature as r ‖ s).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignRequest(pub Vec<u8>);

/// A push that waits for its signatures. The writes taken after making it must be stored before it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    frames: Vec<Frame>,
    /// One for each hello and envelope, in order.
    pub to_sign: Vec<SignRequest>,
}

impl Engine {
    /// Prepares an exchange: a hello, and the outbox unless what was sent before is still in doubt; then only the
    /// hello goes out, and the answer tells what arrived.
    pub fn begin_push(&mut self, now_ms: i64, storage_left_mib: u64) -> Push {
        self.caught_up = false;
        self.only_last_in_doubt = !self.state.in_doubt;
        let mut push = Push {
            frames: Vec::new(),
            to_sign: Vec::new(),
        };
        self.add_hello(&mut push, now_ms, storage_left_mib);
        let pending = self.state.grant.as_ref().is_none_or(|grant| grant.version == 0);
        if !self.state.in_doubt && !pending {
            self.add_envelopes(&mut push, now_ms);
        }
        self.add_questions(&mut push);
        push
    }

    /// Prepares what has been written since, for a connection that has said hello and stays open.
    pub fn begin_more(&mut self, now_ms: i64) -> Push {
        let mut push = Push {
            frames: Vec::new(),
            to_sign: Vec::new(),
        };
        self.add_envelopes(&mut push, now_ms);
        self.add_questions(&mut push);
        push
    }

    /// Puts the signatures in and returns the frames, each as bytes.
    ///
    /// # Panics
    /// When there are not as many signatures as requests.
    pub fn finish_push(push: Push, signatures: &[[u8; 64]]) -> Vec<Vec<u8>> {
        assert_eq!(
            push.to_sign.len(),
            signatures.len(),
            "one signature for each request"
        );
        let mut signatures = signatures.iter();
        let mut next = || signatures.next().copied().unwrap_or([0; 64]);
        push.frames
            .into_iter()
            .map(|mut frame| {
                match &mut frame {
                    Frame::Hello(hello) => hello.signature = next(),
                    Frame::Envelope(envelope) => envelope.signature = next(),
                    _ => {}
                }
                frame.to_bytes()
            })
            .collect()
    }

    fn next_counter(&mut self) -> u64 {
        self.state.counter += 1;
        self.state.counter
    }

    fn add_hello(&mut self, push: &mut Push, now_ms: i64, storage_left_mib: u64) {
        let counter = self.next_counter();
        self.put_state();
        let mut cursors = vec![(DEVICE_FEED, Cursor::Tail(self.state.device_feed_seq))];
        cursors.extend(
            self.feeds
                .iter()
                .map(|(no, feed)| (*no, Cursor::from(feed.cursor))),
        );
        cursors.truncate(limits::HELLO_CURSORS_MAX);
        let oldest_s = self.outbox.values().map(|item| item.at).min();
        let hello = Hello {
            version: PROTOCOL_VERSION,
            capabilities: CAPABILITY_LATER_KINDS,
            device: self.device(),
            counter,
            epoch: self.state.epoch,
            grant_version: self.state.grant.as_ref().map_or(0, |grant| grant.version),
            cursors,
            health: Health {
                app_version: self.state.app_version.clone(),
                clock_ms: now_ms,
                unsent: self.outbox.len() as u64,
                unsent_age_s: oldest_s.map_or(0, |at| u64::try_from(now_ms / 1000 - at).unwrap_or(0)),
                storage_left_mib,
            },
            signature: [0; 64],
        };
        push.to_sign
            .push(SignRequest(envelope::hello_bytes(&self.state.deployment, &hello)));
        push.frames.push(Frame::Hello(hello));
    }

    fn add_envelopes(&mut self, push: &mut Push, now_ms: i64) {
        let mut changes = Vec::new();
        let mut members = Vec::new();
        let mut size = 0;
        let (mut envelopes, mut total) = (0, 0);
        let numbers: Vec<u64> = self
            .outbox
            .iter()
            .filter(|(_, item)| {
                item.state == ItemState::Unsent && item.sent.is_none() && !self.rebuild.contains(&item.doc)
            })
            .map(|(no, _)| *no)
            .collect();
        let own: HashSet<ChangeHash> = self.outbox.values().map(|item| item.hash).collect();
        let mut previous: HashMap<DocId, ChangeHash> = HashMap::new();
        for no in numbers {
            let Some(item) = self.outbox.get(&no).cloned() else {
                continue;
            };
            let before = previous.insert(item.doc.clone(), item.hash);
            let Ok(pushed) = self.pushed_change(&item, before, &own) else {
                // A change of our own making always encodes; a damaged record must not block the others.
                self.give_back(now_ms, no, Reason::ClientBug);
                self.rebuild.insert(item.doc.clone());
                continue;
            };
            let full = !changes.is_empty()
                && (size + pushed.body.len() > limits::ENVELOPE_SIZE_BYTES_TARGET
                    || changes.len() >= limits::ENVELOPE_CHANGES_TARGET);
            if full {
                self.seal(
                    push,
                    now_ms,
                    std::mem::take(&mut changes),
                    std::mem::take(&mut members),
                );
                envelopes += 1;
                size = 0;
            }
            size += pushed.body.len();
            total += pushed.body.len();
            changes.push(pushed);
            members.push((
                no,
                SignedChange {
                    doc: item.doc,
                    generation: item.generation,
                    hash: item.hash,
                },
            ));
            if envelopes >= limits::EXCHANGE_ENVELOPES_MAX / 2 || total > limits::EXCHANGE_SIZE_BYTES_MAX / 2
            {
                break;
            }
        }
        if !changes.is_empty() {
            self.seal(push, now_ms, changes, members);
        }
    }

    fn seal(
        &mut self,
        push: &mut Push,
        now_ms: i64,
        changes: Vec<PushedChange>,
        members: Vec<(u64, SignedChange)>,
    ) {
        let counter = self.next_counter();
        self.state.in_doubt = true;
        self.put_state();
        let (numbers, signed): (Vec<u64>, Vec<SignedChange>) = members.into_iter().unzip();
        let mark = envelope::mark(&envelope::contents_bytes(&signed));
        for (index, no) in numbers.into_iter().enumerate() {
            if let Some(item) = self.outbox.get_mut(&no) {
                item.sent = Some((counter, index as u64));
                item.mark = Some(mark);
            }
            self.put_item(no);
        }
        let claimed_time_s = now_ms.div_euclid(1000);
        self.tally.pushed += signed.len() as u64;
        let device = self.device();
        let bytes = envelope::signed_bytes(&self.state.deployment, &device, counter, claimed_time_s, &signed);
        push.to_sign.push(SignRequest(bytes));
        push.frames.push(Frame::Envelope(Envelope {
            counter,
            claimed_time_s,
            changes,
            signature: [0; 64],
        }));
    }

    fn pushed_change(
        &self,
        item: &Item,
        previous: Option<ChangeHash>,
        own: &HashSet<ChangeHash>,
    ) -> Result<PushedChange, Reason> {
        let change = TypedChange::from_automerge(&stored_change(&item.chunk)?)?;
        let meta = self.docs.get(&item.doc).ok_or(Reason::NoSuchDocument)?;
        let doc = match (meta.no, &meta.creation) {
            (Some(no), _) => DocRef::No(no),
            (None, Some(creation)) => DocRef::New(creation.clone().into()),
            (None, None) => return Err(Reason::NoSuchDocument),
        };
        let context = Uplink {
            engine: self,
            item,
            previous,
            own,
        };
        let mut body = Writer::new();
        write_change(&mut body, &change, &context).map_err(|_| Reason::Malformed)?;
        Ok(PushedChange {
            doc,
            generation: item.generation,
            body: body.0,
        })
    }

    fn add_questions(&mut self, push: &mut Push) {
        if !self.fetch.is_empty() {
            let docs: Vec<_> = self.fetch.keys().copied().take(limits::FETCH_DOCS_MAX).collect();
            self.asked.extend(&docs);
            push.frames.push(Frame::Fetch(docs));
        }
        for feed in std::mem::take(&mut self.repair) {
            let mut buckets = vec![Digest::default(); limits::REPAIR_BUCKETS];
            for (id, meta) in self.docs.iter().filter(|(_, meta)| meta.may_be_in(feed)) {
                // A document in doubt sums up to something no server has, so that its bucket is always answered.
                let heads = if meta.refetch { &[] } else { &meta.heads[..] };
                buckets[bucket(id)].add(Digest::of(id, meta.generation, heads));
            }
            let buckets = buckets.into_iter().map(Digest::short).collect();
            push.frames.push(Frame::Repair(RepairDigests { feed, buckets }));
        }
    }

    /// The link broke. What was sent without an answer stays in doubt, and nothing else changes.
    pub fn connection_lost(&mut self) {
        self.caught_up = false;
    }

    /// The link broke so early that the last push is taken never to have left: it goes out with the next hello, which
    /// spares a round trip that would only ask about it. A host that is wrong sends some bytes twice; the server calls
    /// the changes duplicates. What an earlier push left in doubt stays so.
    pub fn push_never_left(&mut self) {
        self.connection_lost();
        if self.only_last_in_doubt && self.state.in_doubt {
            self.unsend();
            self.put_state();
        }
    }
}

/// What the server is sure to know of a document when a local change reaches it.
struct Uplink<'a> {
    engine: &'a Engine,
    item: &'a Item,
    previous: Option<ChangeHash>,
    /// Local changes without a verdict: the server cannot know them by a prefix.
    own: &'a HashSet<ChangeHash>,
}

impl Context for Uplink<'_> {
    fn author_ref(&self, actor: &ActorId) -> Option<AuthorRef> {
        let (doc, generation) = (&self.item.doc, self.item.generation);
        if self.engine.device().actor(doc, generation) == *actor {
            return Some(AuthorRef::Own);
        }
        if genesis_actor(doc, generation) == *actor {
            return Some(AuthorRef::Genesis);
        }
        let found = self
            .engine
            .authors
            .iter()
            .find(|(_, known)| known.device.0.actor(doc, generation) == *actor);
        found.map(|(no, _)| AuthorRef::No(*no))
    }

    fn actor(&self, _: AuthorRef) -> Option<ActorId> {
        None
    }

    fn heads(&self) -> &[ChangeHash] {
        &[]
    }

    fn previous(&self) -> Option<ChangeHash> {
        self.previous
    }

    fn by_prefix(&self, _: [u8; PREFIX_BYTES]) -> Option<ChangeHash> {
        None
    }

    fn may_prefix(&self, hash: &ChangeHash) -> bool {
        !self.engine.state.full_hashes && !self.own.contains(hash)
    }
}

//! A device's contact: from its hello to what it may read.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use sync_core::audience::FeedName;
use sync_core::envelope::{hello_bytes, order_bytes};
use sync_core::id::{AuthorNo, DEVICE_FEED, DeviceId, DocNo, FeedNo};
use sync_core::policy::Role;
use sync_core::reason::Reason;
use sync_core::wire::frame::{
    CAPABILITY_LATER_KINDS, Cursor, Envelope, Frame, GrantFrame, Hello, Order, OrderKind, PROTOCOL_VERSION,
    PROTOCOL_VERSION_MIN, RepairDigests, Welcome,
};

use super::ingest::{Answer, Chain, HelloNote, Job, Submission};
use super::read::FeedReader;
use super::{Relay, Unavailable};
use crate::keys;
use crate::registry::devices::{Device, Status};
use crate::registry::grants;
use crate::store::log::{self, VerdictRow};
use crate::store::registry::devices;

/// A device that has said hello.
#[derive(Debug)]
pub struct Session {
    /// Its number as an author.
    pub device: AuthorNo,
    /// Its identity.
    pub id: DeviceId,
    /// Version of the protocol that is spoken with it.
    version: u64,
    /// Whether it holds documents of kinds it does not know.
    pub(super) later_kinds: bool,
    /// Whether it may read and write.
    pub active: bool,
    /// Version of the grant it was told, or knew.
    pub grant_version: u64,
    /// Feeds in scope, by number.
    pub feeds: Vec<(FeedNo, String)>,
    /// How far it has stored each feed, by its own word.
    pub cursors: BTreeMap<FeedNo, Cursor>,
    chain: Chain,
    /// Changes it said it had not sent yet, without those that have arrived since.
    unsent: u64,
    /// The device stands before a restore it has not heard of: what it sends is judged only after it has.
    before_restore: bool,
    /// An envelope of this contact was refused as a whole.
    refused: Option<Reason>,
    fetch: Vec<DocNo>,
    repair: Vec<RepairDigests>,
    /// What the last push was answered, before it is read from the log.
    answered: Vec<VerdictRow>,
}

/// What a device may do from now on.
#[derive(Debug)]
pub(super) struct Scope {
    pub(super) active: bool,
    pub(super) feeds: Vec<(FeedNo, String)>,
}

/// How a contact begins.
#[derive(Debug)]
pub struct Opened {
    /// To be sent first.
    pub frames: Vec<Frame>,
    /// What goes on; `None` when the contact ends with these frames.
    pub session: Option<Session>,
}

impl Relay {
    /// Takes a hello and the envelopes that came with it.
    ///
    /// # Errors
    /// When the log cannot be read or written; the device tries again.
    pub async fn open(
        &self,
        hello: &Hello,
        envelopes: Vec<Envelope>,
        now_ms: i64,
    ) -> Result<Opened, Unavailable> {
        let refuse = |reason| Opened {
            frames: vec![refused(reason)],
            session: None,
        };
        if hello.version < PROTOCOL_VERSION_MIN {
            return Ok(refuse(Reason::UnsupportedVersion));
        }
        let Some(device) = self.device(&hello.device).await? else {
            return Ok(refuse(Reason::NotEnrolled));
        };
        let said = hello_bytes(&self.identity.deployment, hello);
        if !keys::verify(&device.public_key, &said, &hello.signature) {
            return Ok(refuse(Reason::BadSignature));
        }
        let note = HelloNote {
            counter: hello.counter,
            hash: Sha256::digest(&said).to_vec(),
            epoch: hello.epoch,
            health: hello.health.clone(),
        };
        let cursors: BTreeMap<FeedNo, Cursor> = hello.cursors.iter().copied().collect();
        let submission = Submission {
            device: log::uint(device.no),
            hello: Some(note),
            envelopes,
            cursors: complete(&cursors),
            chain: Chain::default(),
            now_ms,
        };
        let brought = changes_in(&submission.envelopes);
        let answer = self.ask(|reply| Job::Device(submission, reply)).await?;
        let unsent = self.note_answer(&answer, brought, hello.health.unsent, now_ms);
        let version = hello.version.min(PROTOCOL_VERSION);
        let mut frames = vec![Frame::Welcome(Welcome {
            version,
            capabilities: 0,
            epoch: answer.epoch,
            server_time_ms: now_ms,
            counter: answer.counter,
            restored: answer.restored.clone(),
        })];
        if answer.refused == Some(Reason::BadCounter) && answer.counter >= hello.counter && answer.counter > 0
        {
            // Either the hello or an envelope is not the next one. Nothing is delivered to a repetition.
            frames.push(refused(Reason::BadCounter));
            return Ok(Opened {
                frames,
                session: None,
            });
        }
        let later_kinds = hello.capabilities & CAPABILITY_LATER_KINDS != 0;
        let feeds = readable(answer.feeds, later_kinds);
        // An app that has been updated stands by a grant from before: it is told of the feeds it could not read then.
        let untold = later_kinds && feeds.iter().any(|(no, _)| !cursors.contains_key(no));
        let known = if untold { 0 } else { hello.grant_version };
        let standing = self.standing(&answer.device, known, later_kinds, now_ms).await?;
        frames.extend(standing);
        let active = is_active(&answer.device, now_ms);
        let expired = answer.device.status == Status::Active && !active;
        let mut session = Session {
            device: log::uint(answer.device.no),
            id: answer.device.id,
            version,
            later_kinds,
            active,
            grant_version: log::uint(answer.device.grant_version),
            feeds,
            cursors,
            chain: answer.chain,
            unsent,
            before_restore: hello.epoch != 0 && hello.epoch != answer.epoch,
            refused: answer.refused.or(expired.then_some(Reason::GrantExpired)),
            fetch: Vec::new(),
            repair: Vec::new(),
            answered: Vec::new(),
        };
        session.chain.settle();
        clamp(&mut session.cursors, &answer.restored);
        Ok(Opened {
            frames,
            session: Some(session),
        })
    }

    /// Takes more envelopes of a device that has said hello. The answer is in its own feed; a reason is given when one
    /// was refused as a whole.
    ///
    /// # Errors
    /// When the log cannot be written; nothing of these envelopes is kept then.
    pub async fn push(
        &self,
        session: &mut Session,
        envelopes: Vec<Envelope>,
        now_ms: i64,
    ) -> Result<Option<Reason>, Unavailable> {
        if session.refused.is_some() || session.before_restore {
            return Ok(session.refused);
        }
        let submission = Submission {
            device: session.device,
            hello: None,
            envelopes,
            cursors: complete(&session.cursors),
            chain: std::mem::take(&mut session.chain),
            now_ms,
        };
        let brought = changes_in(&submission.envelopes);
        let answer: Answer = self.ask(|reply| Job::Device(submission, reply)).await?;
        session.unsent = self.note_answer(&answer, brought, session.unsent, now_ms);
        session.chain = answer.chain;
        session.chain.settle();
        session.active = is_active(&answer.device, now_ms);
        session.feeds = readable(answer.feeds, session.later_kinds);
        session.refused = answer.refused;
        session.answered = answer.verdicts;
        Ok(answer.refused)
    }

    /// Notes what a submission of so many changes has come to, and returns what the device has left to send.
    fn note_answer(&self, answer: &Answer, brought: u64, unsent: u64, now_ms: i64) -> u64 {
        let taken = if answer.refused.is_none() { brought } else { 0 };
        let left = unsent.saturating_sub(taken);
        self.note(log::uint(answer.device.no), now_ms, |contact| {
            if taken > 0 {
                contact.pushed_ms = Some(now_ms);
            }
            contact.unsent = Some(left);
            let refused = answer.refused.or(answer.rejected);
            contact.refused = refused.map(|reason| (reason, now_ms)).or(contact.refused);
        });
        left
    }

    /// What a device must be told about its standing, if it knows an older one.
    ///
    /// # Errors
    /// When the registry cannot be read.
    pub async fn standing(
        &self,
        device: &Device,
        known_version: u64,
        later_kinds: bool,
        now_ms: i64,
    ) -> Result<Vec<Frame>, Unavailable> {
        let mut frames = Vec::new();
        let order = match device.status {
            Status::Revoked | Status::Replaced => Some((OrderKind::Wipe, Reason::DeviceRevoked)),
            Status::Lost => Some((OrderKind::Wipe, Reason::DeviceLost)),
            Status::Suspended => Some((OrderKind::Suspend, Reason::DeviceSuspended)),
            Status::Pending | Status::Active | Status::Denied => None,
        };
        if let Some((kind, reason)) = order {
            let message = order_bytes(&self.identity.deployment, &device.id, kind, reason);
            let signature = self.identity.server_key.sign(&message);
            frames.push(Frame::Order(Order {
                kind,
                reason,
                signature,
            }));
        }
        let current = log::uint(device.grant_version);
        if current != known_version || device.status != Status::Active || !is_active(device, now_ms) {
            frames.push(Frame::Grant(self.grant_frame(device, later_kinds).await?));
        }
        Ok(frames)
    }

    /// What [`Relay::standing`] says, and the scope that follows.
    pub(super) async fn standing_and_feeds(
        &self,
        device: &Device,
        known_version: u64,
        later_kinds: bool,
        now_ms: i64,
    ) -> Result<(Scope, Vec<Frame>), Unavailable> {
        let active = is_active(device, now_ms);
        let frames = self.standing(device, known_version, later_kinds, now_ms).await?;
        let feeds = frames.iter().find_map(|frame| match frame {
            Frame::Grant(grant) => Some(grant.feeds.clone()),
            _ => None,
        });
        Ok((
            Scope {
                active: active && feeds.is_some(),
                feeds: feeds.unwrap_or_default(),
            },
            frames,
        ))
    }

    async fn grant_frame(&self, device: &Device, later_kinds: bool) -> Result<GrantFrame, Unavailable> {
        let identity = &self.identity;
        let mut read = log::read(&self.store).await.map_err(busy)?;
        let grant = grants::grant_of(
            &mut read,
            &identity.grant_keys,
            &identity.deployment,
            device.clone(),
        )
        .await
        .map_err(|_| Unavailable(Reason::ServerBusy))?;
        let mut feeds = Vec::new();
        if device.status == Status::Active {
            for name in &grant.feeds {
                if let Some(feed) = log::feed_by_name(&mut read, name.as_str()).await.map_err(busy)? {
                    feeds.push((feed.no, feed.name));
                }
            }
        }
        Ok(GrantFrame {
            version: log::uint(device.grant_version),
            status: device.status.into(),
            author: log::uint(device.no),
            role: device.role.unwrap_or(Role::Team),
            person: device.person.clone().unwrap_or_default(),
            name: grant.person_name,
            villages: grant.villages,
            unit: device.scope.unit.clone(),
            feeds: readable(feeds, later_kinds),
            expires_ms: device.grant_expires_ms,
            offline_grace_h: log::uint(device.offline_grace_hours),
            token: grant.token.unwrap_or_default(),
        })
    }

    /// The device of this identity.
    ///
    /// # Errors
    /// When the registry cannot be read.
    pub async fn device(&self, id: &DeviceId) -> Result<Option<Device>, Unavailable> {
        let mut read = self.store.read().await.map_err(busy)?;
        devices::by_id(&mut read, id).await.map_err(busy)
    }

    /// Reads what the device misses, from where it says it stands.
    pub fn reader(&self, session: &mut Session) -> FeedReader {
        let feeds = if session.active {
            session.feeds.iter().map(|(no, _)| *no).collect()
        } else {
            Vec::new()
        };
        let verdicts_after = session.cursors.get(&DEVICE_FEED).map_or(0, Cursor::complete_to);
        let mut reader = FeedReader::new(
            self.clone(),
            session.device,
            verdicts_after,
            feeds,
            &session.cursors,
        );
        reader.speak(session.version);
        if session.active {
            session.hand_questions_to(&mut reader);
        } else {
            reader.without_sums();
        }
        reader.refuse_at_end(session.refused.take());
        reader
    }
}

impl Session {
    /// Notes what the device asks for; the next reader answers.
    pub fn ask_for(&mut self, docs: Vec<DocNo>) {
        let room = sync_core::limits::FETCH_DOCS_MAX.saturating_sub(self.fetch.len());
        self.fetch.extend(docs.into_iter().take(room));
    }

    /// Notes the sums of a replica; the next reader says what differs.
    pub fn compare(&mut self, digests: RepairDigests) {
        if self.repair.len() < sync_core::limits::HELLO_CURSORS_MAX
            && !self.repair.iter().any(|known| known.feed == digests.feed)
        {
            self.repair.push(digests);
        }
    }

    /// What the last push was answered. It is durable.
    pub(super) fn take_answered(&mut self) -> Vec<VerdictRow> {
        std::mem::take(&mut self.answered)
    }

    pub(super) fn has_questions(&self) -> bool {
        !self.fetch.is_empty() || !self.repair.is_empty()
    }

    pub(super) fn hand_questions_to(&mut self, reader: &mut FeedReader) {
        reader.fetch(self.fetch.drain(..));
        for digests in self.repair.drain(..) {
            reader.repair(digests);
        }
    }

    /// Takes the device's word for how far it has stored its feeds.
    pub fn stored(&mut self, cursors: Vec<(FeedNo, Cursor)>) {
        for (feed, cursor) in cursors {
            if feed == DEVICE_FEED || self.feeds.iter().any(|(no, _)| *no == feed) {
                self.cursors.insert(feed, cursor);
            }
        }
    }
}

/// A refusal of everything.
pub fn refused(reason: Reason) -> Frame {
    let retry_after_s = if reason.permanent() { 0 } else { 30 };
    Frame::Refused {
        reason,
        retry_after_s,
    }
}

fn is_active(device: &Device, now_ms: i64) -> bool {
    device.status == Status::Active && now_ms < device.grant_expires_ms
}

fn changes_in(envelopes: &[Envelope]) -> u64 {
    envelopes
        .iter()
        .map(|envelope| envelope.changes.len() as u64)
        .sum()
}

fn complete(cursors: &BTreeMap<FeedNo, Cursor>) -> BTreeMap<FeedNo, u64> {
    cursors
        .iter()
        .map(|(feed, cursor)| (*feed, cursor.complete_to()))
        .collect()
}

/// The feeds a device can read: an app older than casework is not told of those that carry it.
fn readable(mut feeds: Vec<(FeedNo, String)>, later_kinds: bool) -> Vec<(FeedNo, String)> {
    feeds.retain(|(_, name)| later_kinds || !FeedName::parse(name).is_ok_and(|name| name.carries_casework()));
    feeds
}

/// After a restore a cursor may point at what the server has lost.
fn clamp(cursors: &mut BTreeMap<FeedNo, Cursor>, restored: &[(FeedNo, u64)]) {
    for (feed, head) in restored {
        let Some(cursor) = cursors.get_mut(feed) else {
            continue;
        };
        match cursor {
            Cursor::Tail(seq) => *seq = (*seq).min(*head),
            Cursor::Loading { to, .. } if *to > *head => *cursor = Cursor::START,
            Cursor::Loading { .. } => {}
        }
    }
}

fn busy(error: crate::store::StoreError) -> Unavailable {
    tracing::error!(error = %error, "the registry cannot be read");
    Unavailable(Reason::ServerBusy)
}

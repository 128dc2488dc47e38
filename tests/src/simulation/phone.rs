//! A device of the simulation: the real [`Device`] on a disk that forgets, with a clock of its own.
//!
//! It speaks the version of the protocol it was made with: a hello of another version is the device's own with the
//! number exchanged and signed anew, and whatever comes back must suit that version.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use anyhow::{Context, Result, bail, ensure};
use qiao_device::device::{Device, DeviceError};
use qiao_device::key::DeviceKey;
use qiao_device::store::Store;
use qiao_server::registry::Role;
use rand_chacha::ChaCha8Rng;
use serde_json::Value as Json;
use sync_core::edit::Edit;
use sync_core::engine::{EngineError, Event, Identity};
use sync_core::envelope::hello_bytes;
use sync_core::id::{DocId, DocNo, FeedNo, Version};
use sync_core::wire::frame::{Cursor, Entry, Frame, FrameHead, PROTOCOL_VERSION, VERSION_OF_MARKS, Verdict};
use sync_core::wire::stream::{Effort, StreamReader, StreamWriter, pack_message, unpack_message};

use crate::harness::disk::Disk;
use crate::simulation::server::{Line, Server};

/// Answers larger than this are a fault.
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Requests kept to arrive again.
const SENT_KEPT: usize = 4;

/// A statement that can be looked for later: an entry or a document with a text that nobody else writes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Token {
    /// Where it was written.
    pub doc: DocId,
    /// What was written.
    pub text: String,
}

/// How an exchange ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Read to its end.
    Whole,
    /// The line broke somewhere.
    Cut,
    /// The server refused it.
    Refused,
}

/// Where a line breaks, in thousandths of what travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Nowhere.
    Nowhere,
    /// On the way up.
    Up(usize),
    /// On the way down.
    Down(usize),
}

/// What the server has told a device since somebody last looked.
#[derive(Debug, Default)]
pub struct Told {
    /// Documents it was given something of.
    pub given: BTreeSet<DocNo>,
    /// Changes it was told are in the log.
    pub accepted: Vec<(DocNo, Version)>,
    /// Frames that change what it holds.
    pub moved: u64,
}

/// One device.
#[derive(Debug)]
pub struct Phone {
    /// For the trace.
    pub name: String,
    /// Of its person.
    pub role: Role,
    /// Villages of its person.
    pub villages: Vec<String>,
    /// Unit of its person.
    pub unit: Option<String>,
    /// Hex.
    pub id: String,
    /// Highest version of the protocol it speaks.
    pub speaks: u64,
    device: Option<Device>,
    seed: ([u8; 32], [u8; 16]),
    /// Its disk.
    pub disk: Disk,
    clock: Arc<AtomicI64>,
    skew_ms: i64,
    /// In use, as the server has it, and not wiped.
    pub active: bool,
    /// Statements without an answer.
    pub pending: BTreeSet<Token>,
    /// Statements the server has acknowledged.
    pub acked: BTreeSet<Token>,
    /// What it was told.
    pub told: Told,
    cursors: BTreeMap<FeedNo, (u64, u64)>,
    /// The server was restored and this device has not heard of it: then its cursors go back, once.
    unaware_of_restore: bool,
    /// Edits without a final verdict, by document, when last looked at, and answers since.
    unsent: BTreeMap<DocId, u64>,
    answers: BTreeMap<DocId, u64>,
    /// Requests that were sent and may arrive again.
    pub sent: Vec<Vec<u8>>,
    /// The live connection it listens to, and what it has said there that has not arrived.
    pub line: Option<Talk>,
}

/// A device's end of a live connection.
#[derive(Debug)]
pub struct Talk {
    /// The other end.
    pub line: Line,
    /// Messages on their way up.
    pub up: Vec<Vec<u8>>,
    /// The hello has been answered to its end.
    pub answered: bool,
}

impl Talk {
    /// The oldest message on its way up arrives; what the server gives in answer.
    pub fn arrive(&mut self, server: &Server) -> Result<BTreeSet<DocNo>> {
        if self.up.is_empty() {
            return Ok(BTreeSet::new());
        }
        let message = self.up.remove(0);
        let before = self.line.down.len();
        server.hear(&mut self.line, &message)?;
        let mut given = BTreeSet::new();
        for message in self.line.down.iter().skip(before) {
            given.append(&mut given_in(&unpack_message(message, ANSWER_BYTES_MAX)?));
        }
        Ok(given)
    }
}

/// What a phone is made from.
#[derive(Debug)]
pub struct Made {
    /// For the trace, and id of the person.
    pub name: String,
    /// Of its person.
    pub role: Role,
    /// Villages of its person.
    pub villages: Vec<String>,
    /// Unit of its person.
    pub unit: Option<String>,
    /// Minutes to years off.
    pub skew_ms: i64,
    /// Highest version of the protocol it speaks.
    pub speaks: u64,
    /// Secret and nonce of its key.
    pub seed: ([u8; 32], [u8; 16]),
}

impl Made {
    /// Its key; `None` for the rare secret that is none.
    pub fn key(seed: ([u8; 32], [u8; 16])) -> Option<DeviceKey> {
        DeviceKey::from_seed(seed.0, seed.1)
    }
}

impl Phone {
    /// Stores a fresh identity.
    pub fn create(made: Made, identity: Identity, clock: Arc<AtomicI64>) -> Result<Self> {
        let disk = Disk::default();
        let store = Store::with_backend(disk.open())?;
        let key = Made::key(made.seed).context("a key")?;
        let mut phone = Phone {
            name: made.name,
            role: made.role,
            villages: made.villages,
            unit: made.unit,
            id: key.device().to_hex(),
            speaks: made.speaks,
            device: None,
            seed: made.seed,
            disk,
            clock,
            skew_ms: made.skew_ms,
            active: true,
            pending: BTreeSet::new(),
            acked: BTreeSet::new(),
            told: Told::default(),
            cursors: BTreeMap::new(),
            unaware_of_restore: false,
            unsent: BTreeMap::new(),
            answers: BTreeMap::new(),
            sent: Vec::new(),
            line: None,
        };
        phone.device = Some(Device::create(store, key, identity, phone.time())?);
        Ok(phone)
    }

    fn time(&self) -> Box<dyn Fn() -> i64 + Send> {
        let (clock, skew_ms) = (self.clock.clone(), self.skew_ms);
        Box::new(move || clock.load(Ordering::SeqCst) + skew_ms)
    }

    /// A phone with the same content: a restored backup, or a thief's copy.
    pub fn cloned(&self) -> Result<Phone> {
        let mut copy = Phone {
            name: format!("{}'", self.name),
            role: self.role,
            villages: self.villages.clone(),
            unit: self.unit.clone(),
            id: self.id.clone(),
            speaks: self.speaks,
            device: None,
            seed: self.seed,
            disk: self.disk.clone_content(),
            clock: self.clock.clone(),
            skew_ms: self.skew_ms,
            active: true,
            pending: BTreeSet::new(),
            acked: BTreeSet::new(),
            told: Told::default(),
            cursors: self.cursors.clone(),
            unaware_of_restore: self.unaware_of_restore,
            unsent: self.unsent.clone(),
            answers: BTreeMap::new(),
            sent: Vec::new(),
            line: None,
        };
        copy.reopen()?;
        Ok(copy)
    }

    /// The device.
    pub fn device(&mut self) -> Result<&mut Device> {
        self.device.as_mut().context("the phone is off")
    }

    /// Loses power and starts again. What a call returned must be there.
    pub fn crash(&mut self, rng: &mut ChaCha8Rng) -> Result<()> {
        self.disk.fill_up(None);
        let before = self.device()?.status();
        self.disk.cut_power(rng);
        self.device = None;
        self.reopen()?;
        let after = self.device()?.status();
        ensure!(
            (
                before.unsent,
                before.returned,
                before.documents,
                &before.feeds,
                before.server_time_ms
            ) == (
                after.unsent,
                after.returned,
                after.documents,
                &after.feeds,
                after.server_time_ms
            ),
            "{}: reload equals memory: {before:?} became {after:?}",
            self.name
        );
        self.look()
    }

    /// Somebody deletes photos, and the app starts again.
    fn make_room(&mut self) -> Result<()> {
        self.disk.fill_up(None);
        // What was stored before the disk was full counts; what was not is gone with the app.
        self.count_answers()?;
        self.device = None;
        self.reopen()?;
        self.look()
    }

    fn reopen(&mut self) -> Result<()> {
        let store = Store::with_backend(self.disk.open()).context("the store opens after a crash")?;
        let time = self.time();
        self.device = Some(Device::open(store, time).context("the device opens after a crash")?);
        Ok(())
    }

    /// Makes an edit; `false` if it was refused or the disk is full.
    pub fn edit(&mut self, edit: Json, token: Option<&str>) -> Result<bool> {
        let edit: Edit = serde_json::from_value(edit)?;
        let done = match self.device()?.edit(&edit) {
            Ok(doc) => {
                if let Some(text) = token {
                    self.pending.insert(Token {
                        doc,
                        text: text.to_owned(),
                    });
                }
                true
            }
            Err(DeviceError::Engine(EngineError::Refused(_)) | DeviceError::Wiped) => false,
            Err(DeviceError::Store(_)) => {
                self.make_room()?;
                false
            }
            Err(error) => bail!("{}: an edit failed: {error}", self.name),
        };
        self.look()?;
        Ok(done)
    }

    /// Documents it holds of this sort.
    pub fn holds(&mut self, wanted: impl Fn(&DocId) -> bool) -> Result<Vec<DocId>> {
        let all = self.device()?.engine().list();
        Ok(all
            .into_iter()
            .map(|listed| listed.id)
            .filter(|id| wanted(id))
            .collect())
    }

    /// The device's frames as one of its version would have said them.
    fn in_its_words(&self, mut frames: Vec<Vec<u8>>) -> Result<Vec<u8>> {
        if self.speaks != PROTOCOL_VERSION
            && let Some(first) = frames.first_mut()
        {
            let head = FrameHead::peek(first)?.context("a frame")?;
            let frame = Frame::read(head.code, first.get(head.head_bytes..).unwrap_or(&[]))?;
            if let Frame::Hello(mut hello) = frame {
                hello.version = self.speaks;
                // Abilities that nobody knows here.
                hello.capabilities = if self.speaks > PROTOCOL_VERSION { 5 } else { 0 };
                let deployment = self
                    .device
                    .as_ref()
                    .context("the phone is off")?
                    .status()
                    .deployment;
                let key = Made::key(self.seed).context("a key")?;
                hello.signature = key.sign(&hello_bytes(&deployment, &hello));
                *first = Frame::Hello(hello).to_bytes();
            }
        }
        Ok(frames.concat())
    }

    /// Whether frames suit the version that is spoken, and what they tell.
    fn listen(&mut self, frames: &[Frame]) -> Result<()> {
        for frame in frames {
            match frame {
                Frame::Welcome(welcome) => ensure!(
                    welcome.version == self.speaks.min(PROTOCOL_VERSION) && welcome.capabilities == 0,
                    "{}, who speaks {}, is answered in version {}",
                    self.name,
                    self.speaks,
                    welcome.version
                ),
                Frame::Verdicts(verdicts) => {
                    let marks = self.speaks >= VERSION_OF_MARKS;
                    for group in &verdicts.groups {
                        ensure!(
                            group.mark.is_some() == marks,
                            "{}: verdicts in the words of another version",
                            self.name
                        );
                        for verdict in &group.verdicts {
                            self.told.moved += 1;
                            if let Verdict::Accepted { doc, version } | Verdict::Duplicate { doc, version } =
                                verdict
                            {
                                self.told.accepted.push((*doc, *version));
                            }
                        }
                    }
                }
                Frame::Entries(entries) => self.told.moved += entries.entries.len() as u64,
                _ => {}
            }
        }
        Ok(())
    }

    /// One exchange over a line that may break.
    pub fn exchange(&mut self, server: &Server, cut: Cut) -> Result<Ended> {
        let frames = match self.device()?.begin() {
            Ok(frames) => self.in_its_words(frames)?,
            // Too full even to count: nothing is sent that was not written down.
            Err(DeviceError::Store(_)) => {
                self.make_room()?;
                return Ok(Ended::Cut);
            }
            Err(error) => bail!("{}: {error}", self.name),
        };
        let mut writer = StreamWriter::new(Effort::Small)?;
        let mut request = writer.write(&frames, true)?;
        request.extend(writer.finish()?);
        self.sent.push(request.clone());
        if self.sent.len() > SENT_KEPT {
            self.sent.remove(0);
        }
        let up_max = match cut {
            Cut::Up(thousandths) => request.len() * thousandths / 1000,
            _ => usize::MAX,
        };
        let mut answer = server.exchange(&request, up_max)?;
        if let Cut::Down(thousandths) = cut {
            answer.body.truncate(answer.body.len() * thousandths / 1000);
            answer.whole = false;
        }
        let mut ended = Ended::Cut;
        if answer.status.is_some_and(|status| !status.is_success()) {
            ended = Ended::Refused;
        } else if answer.status.is_some() {
            let mut reader = StreamReader::new(ANSWER_BYTES_MAX)?;
            reader
                .push(&answer.body)
                .with_context(|| format!("{}: the answer is a stream", self.name))?;
            let mut frames = Vec::new();
            while let Some(frame) = reader.next_frame()? {
                frames.push(frame);
            }
            self.listen(&frames)?;
            self.told.given.extend(given_in(&frames));
            match self.device()?.receive(frames) {
                Ok(()) if answer.whole => ended = Ended::Whole,
                Ok(()) => {}
                Err(DeviceError::Engine(EngineError::Server { .. })) => ended = Ended::Refused,
                Err(DeviceError::Store(_)) => {
                    self.make_room()?;
                    return Ok(Ended::Cut);
                }
                Err(error) => bail!("{}: a frame of the server: {error}", self.name),
            }
        }
        if ended == Ended::Whole {
            self.device()?.finish()?;
        } else {
            self.device()?.interrupted();
        }
        self.look()?;
        Ok(ended)
    }

    /// Says hello on a live connection.
    pub fn go_live(&mut self, line: Line) -> Result<()> {
        let up = match self.device()?.begin() {
            Ok(frames) => vec![pack_message(&self.in_its_words(frames)?)],
            Err(DeviceError::Store(_)) => return self.make_room(),
            Err(error) => bail!("{}: {error}", self.name),
        };
        self.line = Some(Talk {
            line,
            up,
            answered: false,
        });
        self.look()
    }

    /// Says what it has written since, and asks what is new.
    pub fn say_more(&mut self) -> Result<()> {
        if self.line.as_ref().is_none_or(|talk| !talk.answered) {
            return Ok(());
        }
        let more = match self.device()?.begin_more() {
            Ok(frames) => frames.concat(),
            Err(DeviceError::Store(_)) => {
                self.line = None;
                return self.make_room();
            }
            Err(error) => bail!("{}: {error}", self.name),
        };
        if let Some(talk) = &mut self.line {
            if !more.is_empty() {
                talk.up.push(pack_message(&more));
            }
            // No document has this number: an answer to it says what is new, and nothing else.
            talk.up.push(pack_message(&Frame::Fetch(vec![0]).to_bytes()));
        }
        self.look()
    }

    /// The oldest message on its way up arrives.
    pub fn arrive(&mut self, server: &Server) -> Result<()> {
        let Some(talk) = &mut self.line else { return Ok(()) };
        self.told.given.extend(talk.arrive(server)?);
        Ok(())
    }

    /// Hears the next message of the server. `false` when the connection has come to its end.
    pub fn hear(&mut self) -> Result<bool> {
        let Some(talk) = &mut self.line else {
            return Ok(false);
        };
        let Some(message) = talk.line.down.pop_front() else {
            return Ok(!talk.line.closed);
        };
        let frames = unpack_message(&message, ANSWER_BYTES_MAX)?;
        let caught_up = frames.iter().any(|frame| matches!(frame, Frame::CaughtUp(_)));
        self.listen(&frames)?;
        let goes_on = match self.device()?.receive(frames) {
            Ok(()) => {
                let first = self.line.as_ref().is_some_and(|talk| !talk.answered);
                if caught_up && first {
                    self.device()?.finish()?;
                    if let Some(talk) = &mut self.line {
                        talk.answered = true;
                    }
                }
                true
            }
            Err(DeviceError::Engine(EngineError::Server { .. })) => false,
            Err(DeviceError::Store(_)) => {
                self.make_room()?;
                false
            }
            Err(error) => bail!("{}: a frame of the server: {error}", self.name),
        };
        self.look()?;
        Ok(goes_on)
    }

    /// Listens to its live connection no more; what it has said there may still arrive.
    pub fn hang_up(&mut self) -> Result<Option<Talk>> {
        let talk = self.line.take();
        if talk.is_some() {
            self.device()?.interrupted();
        }
        Ok(talk)
    }

    /// After everything that happens to it: what must hold at every moment.
    fn look(&mut self) -> Result<()> {
        self.outbox_shrinks_by_answers_only()?;
        self.cursors_never_go_back()?;
        self.settle_tokens()
    }

    fn count_answers(&mut self) -> Result<()> {
        for event in self.device()?.take_events() {
            if let Event::Accepted(id) | Event::Returned(id) | Event::Settled(id) = event {
                *self.answers.entry(id).or_default() += 1;
            }
        }
        Ok(())
    }

    fn outbox_shrinks_by_answers_only(&mut self) -> Result<()> {
        self.count_answers()?;
        let answered = std::mem::take(&mut self.answers);
        let listed = self.device()?.engine().list();
        let now: BTreeMap<DocId, u64> = listed.into_iter().map(|doc| (doc.id, doc.unsent)).collect();
        for (id, before) in &self.unsent {
            let left = now.get(id).copied().unwrap_or(0);
            let answers = answered.get(id).copied().unwrap_or(0);
            ensure!(
                left + answers >= *before,
                "{}: {before} edits of {id} became {left} with {answers} answers",
                self.name
            );
        }
        self.unsent = now.into_iter().filter(|(_, unsent)| *unsent > 0).collect();
        Ok(())
    }

    fn cursors_never_go_back(&mut self) -> Result<()> {
        let status = self.device()?.status();
        let (before, mut restored) = (std::mem::take(&mut self.cursors), false);
        for (feed, name, cursor) in status.feeds {
            let place = match cursor {
                Cursor::Tail(seq) => (seq, u64::MAX),
                Cursor::Loading {
                    from,
                    after_doc,
                    after_rank,
                    ..
                } => (from, (u64::from(after_rank) << 48) + after_doc),
            };
            self.cursors.insert(feed, place);
            // A load that begins stands at its feed's old place; only then may the second part shrink.
            let back = before.get(&feed).is_some_and(|before| place.0 < before.0);
            ensure!(
                !back || self.unaware_of_restore,
                "{}: cursor of {name} went back from {before:?} to {place:?}",
                self.name
            );
            restored |= back;
        }
        self.unaware_of_restore &= !restored;
        Ok(())
    }

    /// Moves statements that have their answer.
    fn settle_tokens(&mut self) -> Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let returned = self.returned()?;
        let answered: Vec<Token> = self
            .pending
            .iter()
            .filter(|token| !self.unsent.contains_key(&token.doc))
            .cloned()
            .collect();
        for token in answered {
            self.pending.remove(&token);
            if !returned.contains(&format!("\"{}\"", token.text)) {
                self.acked.insert(token);
            }
        }
        Ok(())
    }

    /// Everything that was returned to its author, as text.
    pub fn returned(&mut self) -> Result<String> {
        let mut text = String::new();
        for (_, item) in self.device()?.engine().returned() {
            text.push_str(&serde_json::to_string(&item.ops)?);
        }
        Ok(text)
    }

    /// A server restored from backup sends cursors back.
    pub fn server_restored(&mut self) {
        self.unaware_of_restore = true;
    }

    /// Every document as JSON with generation and heads, by name.
    pub fn export(&mut self) -> Result<BTreeMap<DocId, Json>> {
        let mut all = BTreeMap::new();
        for id in self.holds(|_| true)? {
            let exported = self
                .device()?
                .exported(&id)
                .map_err(|error| anyhow::anyhow!("{id}: {error}"))?;
            all.insert(id, serde_json::to_value(exported)?);
        }
        Ok(all)
    }
}

/// Documents that frames give something of.
fn given_in(frames: &[Frame]) -> BTreeSet<DocNo> {
    let mut given = BTreeSet::new();
    for frame in frames {
        match frame {
            Frame::Rows(rows) => given.extend(rows.iter().map(|row| row.doc)),
            Frame::Entries(entries) => given.extend(entries.entries.iter().filter_map(|entry| match entry {
                Entry::Change { doc, .. } | Entry::Snapshot { doc, .. } | Entry::Joined { doc, .. } => {
                    Some(*doc)
                }
                _ => None,
            })),
            _ => {}
        }
    }
    given
}

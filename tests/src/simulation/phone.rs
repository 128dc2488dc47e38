//! A device of the simulation: the real [`Device`] on a disk that forgets, with a clock of its own.

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
use sync_core::engine::{EngineError, Identity};
use sync_core::id::{DocId, FeedNo};
use sync_core::wire::frame::Cursor;
use sync_core::wire::stream::{Effort, StreamReader, StreamWriter};

use crate::harness::disk::Disk;
use crate::simulation::server::Server;

/// Answers larger than this are a fault.
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;

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
    device: Option<Device>,
    /// Its disk.
    pub disk: Disk,
    clock: Arc<AtomicI64>,
    skew_ms: i64,
    /// Still enrolled: neither ended nor suspended nor wiped.
    pub active: bool,
    /// Statements without an answer.
    pub pending: BTreeSet<Token>,
    /// Statements the server has acknowledged.
    pub acked: BTreeSet<Token>,
    cursors: BTreeMap<FeedNo, (u64, u64)>,
    /// Requests that were sent and may arrive again.
    pub sent: Vec<Vec<u8>>,
    unsent_before: u64,
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
}

impl Phone {
    /// Stores a fresh identity.
    pub fn create(made: Made, key: DeviceKey, identity: Identity, clock: Arc<AtomicI64>) -> Result<Self> {
        let disk = Disk::default();
        let id = key.device().to_hex();
        let store = Store::with_backend(disk.open())?;
        let mut phone = Phone {
            name: made.name,
            role: made.role,
            villages: made.villages,
            unit: made.unit,
            id,
            device: None,
            disk,
            clock,
            skew_ms: made.skew_ms,
            active: true,
            pending: BTreeSet::new(),
            acked: BTreeSet::new(),
            cursors: BTreeMap::new(),
            sent: Vec::new(),
            unsent_before: 0,
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
        let disk = self.disk.clone_content();
        let mut copy = Phone {
            name: format!("{}'", self.name),
            role: self.role,
            villages: self.villages.clone(),
            unit: self.unit.clone(),
            id: self.id.clone(),
            device: None,
            disk,
            clock: self.clock.clone(),
            skew_ms: self.skew_ms,
            active: true,
            pending: BTreeSet::new(),
            acked: BTreeSet::new(),
            cursors: BTreeMap::new(),
            sent: Vec::new(),
            unsent_before: self.unsent_before,
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
        Ok(())
    }

    /// Somebody deletes photos, and the app starts again.
    fn make_room(&mut self) -> Result<()> {
        self.disk.fill_up(None);
        self.device = None;
        self.reopen()
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
        match self.device()?.edit(&edit) {
            Ok(doc) => {
                if let Some(text) = token {
                    self.pending.insert(Token {
                        doc,
                        text: text.to_owned(),
                    });
                }
                self.unsent_before = self.device()?.status().unsent;
                Ok(true)
            }
            Err(DeviceError::Engine(EngineError::Refused(_)) | DeviceError::Wiped) => Ok(false),
            Err(DeviceError::Store(_)) => {
                self.make_room()?;
                Ok(false)
            }
            Err(error) => bail!("{}: an edit failed: {error}", self.name),
        }
    }

    /// One exchange; `up_max` and `down_max` bytes get through.
    pub fn exchange(&mut self, server: &Server, up_max: usize, down_max: usize) -> Result<Ended> {
        let frames = match self.device()?.begin() {
            Ok(frames) => frames.concat(),
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
        if self.sent.len() > 4 {
            self.sent.remove(0);
        }
        let answer = server.exchange(&request, up_max, down_max)?;
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
        self.settle_tokens()?;
        self.check_cursors()?;
        Ok(ended)
    }

    /// Moves statements that have their answer.
    fn settle_tokens(&mut self) -> Result<()> {
        let device = self.device.as_mut().context("the phone is off")?;
        let unsent: BTreeSet<DocId> = device
            .engine()
            .list()
            .into_iter()
            .filter(|listed| listed.unsent > 0)
            .map(|listed| listed.id)
            .collect();
        let returned: String = device
            .engine()
            .returned()
            .map(|(_, returned)| serde_json::to_string(&returned.ops).unwrap_or_default())
            .collect();
        let answered: Vec<Token> = self
            .pending
            .iter()
            .filter(|token| !unsent.contains(&token.doc))
            .cloned()
            .collect();
        for token in answered {
            self.pending.remove(&token);
            if !returned.contains(&token.text) {
                self.acked.insert(token);
            }
        }
        Ok(())
    }

    fn check_cursors(&mut self) -> Result<()> {
        let status = self.device()?.status();
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
            let before = self.cursors.insert(feed, place).unwrap_or_default();
            // A load that begins stands at its feed's old place; only then may the second part shrink.
            ensure!(
                place.0 >= before.0,
                "{}: cursor of {name} went from {before:?} to {place:?}",
                self.name
            );
        }
        Ok(())
    }

    /// A server restored from backup sends cursors back.
    pub fn forget_cursors(&mut self) {
        self.cursors.clear();
    }

    /// Every document as JSON with generation and heads, by name.
    pub fn export(&mut self) -> Result<BTreeMap<DocId, Json>> {
        let ids: Vec<DocId> = self
            .device()?
            .engine()
            .list()
            .into_iter()
            .map(|listed| listed.id)
            .collect();
        let mut all = BTreeMap::new();
        for id in ids {
            let exported = self
                .device()?
                .exported(&id)
                .map_err(|error| anyhow::anyhow!("{id}: {error}"))?;
            all.insert(id, serde_json::to_value(exported)?);
        }
        Ok(all)
    }
}

//! A device: engine, store and key in one. Every call stores what the engine asks for before it returns.
//!
//! There is no network, runtime or clock of its own in it: frames are handed in and out, the time comes from a closure.
//! The order of an exchange: [`Device::begin`] → bytes out; frames in → [`Device::receive`]; at the end
//! [`Device::finish`], or [`Device::interrupted`] when the line broke. What a device shows is in [`view`].

pub mod view;

use std::collections::{BTreeMap, VecDeque};

use sync_core::edit::Edit;
use sync_core::engine::{Engine, EngineError, Event, Identity, Standing, Status, Tally};
use sync_core::id::{DeviceId, DocId};
use sync_core::wire::frame::{DeviceStatus, Frame};

use crate::key::DeviceKey;
use crate::limits;
use crate::problem::{Code, Problem};
use crate::store::{Records, Store, StoreError};

/// Tells the time, Unix ms.
pub type Clock = Box<dyn Fn() -> i64 + Send>;

/// The device's own records. The engine's keys never begin with `x/`.
pub(crate) mod own {
    /// Private key, PKCS#8.
    pub(crate) const KEY: &str = "x/key";
    /// Nonce of the install.
    pub(crate) const NONCE: &str = "x/nonce";
    /// Everything else that enrolling settled, JSON.
    pub(crate) const ENROLMENT: &str = "x/enrolment";
    /// The server has ordered everything destroyed.
    pub(crate) const WIPE: &str = "x/wipe";
}

/// Pending writes above which a call that only reads stores them.
const PENDING_MAX: usize = 512;

/// Why a call could not be carried out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// The disk; nothing of the call has happened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The engine: an edit refused, a frame malformed, an exchange refused.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// Everything is to be destroyed, or has been.
    #[error("the device is wiped by order")]
    Wiped,
}

impl From<DeviceError> for Problem {
    fn from(error: DeviceError) -> Self {
        match error {
            DeviceError::Store(error) => error.into(),
            DeviceError::Engine(error) => error.into(),
            DeviceError::Wiped => Code::Wiped.into(),
        }
    }
}

/// A device on one store.
pub struct Device {
    engine: Engine,
    store: Store,
    key: DeviceKey,
    clock: Clock,
    /// Writes of the engine that are not stored yet, by key; `None` deletes.
    pending: BTreeMap<String, Option<Vec<u8>>>,
    events: VecDeque<Event>,
    tally: Tally,
    /// A write failed: memory is ahead of the disk and must be read again.
    stale: bool,
    wipe_ordered: bool,
}

impl std::fmt::Debug for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Device({})", self.engine.device())
    }
}

impl Device {
    /// Makes a device that is enrolled with a deployment; key and identity are stored together.
    ///
    /// # Errors
    /// [`DeviceError::Store`].
    pub fn create(
        store: Store,
        key: DeviceKey,
        identity: Identity,
        clock: Clock,
    ) -> Result<Self, DeviceError> {
        store.apply([
            (own::KEY, Some(&key.to_pkcs8()[..])),
            (own::NONCE, Some(&key.nonce()[..])),
        ])?;
        let mut device = Self::around(Engine::create(identity), store, key, clock);
        device.save()?;
        Ok(device)
    }

    /// Opens a stored device.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when the store holds no device; [`EngineError::Corrupt`].
    pub fn open(store: Store, clock: Clock) -> Result<Self, DeviceError> {
        let wipe_ordered = store.get(own::WIPE)?.is_some();
        let (key, nonce) = match (store.get(own::KEY)?, store.get(own::NONCE)?) {
            (Some(key), Some(nonce)) => (key, nonce),
            // A wipe that was interrupted after its first step.
            _ if wipe_ordered => return Err(DeviceError::Wiped),
            _ => return Err(StoreError::Missing.into()),
        };
        let key = DeviceKey::from_pkcs8(&key, &nonce).ok_or(StoreError::Damaged)?;
        let records = store.meta()?;
        if records.is_empty() {
            return Err(StoreError::Missing.into());
        }
        let mut device = Self::around(Engine::open(records)?, store, key, clock);
        device.wipe_ordered = wipe_ordered;
        device.settle()?;
        Ok(device)
    }

    fn around(engine: Engine, store: Store, key: DeviceKey, clock: Clock) -> Self {
        Device {
            engine,
            store,
            key,
            clock,
            pending: BTreeMap::new(),
            events: VecDeque::new(),
            tally: Tally::default(),
            stale: false,
            wipe_ordered: false,
        }
    }

    // Edits.

    /// Makes an edit, durable when this returns.
    ///
    /// # Errors
    /// [`EngineError::Refused`] with reason and path, and then nothing of it has happened; [`DeviceError::Store`].
    pub fn edit(&mut self, edit: &Edit) -> Result<DocId, DeviceError> {
        let id = self.stage(edit)?;
        self.save()?;
        Ok(id)
    }

    /// Makes an edit that is durable only after [`Device::save`]: for many at once. It must not be acknowledged before.
    ///
    /// # Errors
    /// As [`Device::edit`].
    pub fn stage(&mut self, edit: &Edit) -> Result<DocId, DeviceError> {
        self.ready()?;
        let now_s = (self.clock)().div_euclid(1000);
        self.with_bodies(|engine| engine.edit(now_s, edit))
    }

    /// Makes everything so far durable.
    ///
    /// # Errors
    /// [`StoreError`]: everything since the last time is gone from memory too.
    pub fn save(&mut self) -> Result<(), DeviceError> {
        self.drain();
        let mut events = self.engine.take_events();
        if events.contains(&Event::Wipe) {
            self.wipe_ordered = true;
            self.pending.insert(own::WIPE.to_owned(), Some(Vec::new()));
            // Told once it is done, by `wipe`.
            events.retain(|event| *event != Event::Wipe);
        }
        if !self.pending.is_empty() {
            let pending = std::mem::take(&mut self.pending);
            let writes = pending
                .iter()
                .map(|(key, value)| (key.as_str(), value.as_deref()));
            if let Err(error) = self.store.apply(writes) {
                self.stale = true;
                return Err(error.into());
            }
        }
        self.events.extend(events);
        while self.events.len() > limits::EVENTS_MAX {
            self.events.pop_front();
        }
        Ok(())
    }

    // Exchanges and live connections.

    /// Begins an exchange: a signed hello and what is to be sent, each frame as bytes, ready for the wire.
    ///
    /// # Errors
    /// [`DeviceError::Store`].
    pub fn begin(&mut self) -> Result<Vec<Vec<u8>>, DeviceError> {
        self.fresh()?;
        let storage_left_mib = self.store.space_left_mib();
        let push = self.engine.begin_push((self.clock)(), storage_left_mib);
        self.sign(push)
    }

    /// What has been written since, for a live connection that has been answered once; empty when there is nothing.
    ///
    /// # Errors
    /// [`DeviceError::Store`].
    pub fn begin_more(&mut self) -> Result<Vec<Vec<u8>>, DeviceError> {
        self.fresh()?;
        if !self.is_active() {
            return Ok(Vec::new());
        }
        let push = self.engine.begin_more((self.clock)());
        self.sign(push)
    }

    fn sign(&mut self, push: sync_core::engine::Push) -> Result<Vec<Vec<u8>>, DeviceError> {
        // Stored before sent: after a crash the device knows what it may have said.
        self.save()?;
        let signatures: Vec<[u8; 64]> = push
            .to_sign
            .iter()
            .map(|request| self.key.sign(&request.0))
            .collect();
        Ok(Engine::finish_push(push, &signatures))
    }

    /// Takes frames of the server in their order and stores them in one step, cursors included.
    ///
    /// # Errors
    /// [`EngineError::Malformed`], [`EngineError::Server`]: the frames before are stored; drop the connection and call
    /// [`Device::interrupted`]. [`DeviceError::Store`].
    pub fn receive(&mut self, frames: impl IntoIterator<Item = Frame>) -> Result<(), DeviceError> {
        self.fresh()?;
        let now_ms = (self.clock)();
        let mut failed = None;
        for frame in frames {
            if let Err(error) = self.engine.handle_frame(now_ms, frame) {
                failed = Some(error);
                break;
            }
            self.drain();
        }
        // A frame is applied as a whole or not at all: what half of one left behind is read again from the store. Only
        // a refusal is a whole frame itself.
        let half = failed
            .as_ref()
            .is_some_and(|error| !matches!(error, EngineError::Server { .. }));
        if half {
            self.engine.take_writes();
        }
        self.save()?;
        if half {
            self.reload()?;
        }
        self.settle()?;
        failed.map_or(Ok(()), |error| Err(error.into()))
    }

    /// The reply has been read to its end.
    ///
    /// # Errors
    /// [`DeviceError::Store`].
    pub fn finish(&mut self) -> Result<(), DeviceError> {
        self.fresh()?;
        self.engine.finish_exchange((self.clock)());
        self.save()
    }

    /// The line broke.
    pub fn interrupted(&mut self) {
        self.engine.connection_lost();
    }

    /// Makes pending edits anew whose ground has changed.
    fn settle(&mut self) -> Result<(), DeviceError> {
        while let Some(id) = self.engine.wants_redo() {
            let records = self.bodies(&id)?;
            match self.engine.redo((self.clock)(), &id, records) {
                Ok(()) => {}
                // A damaged document must not stop the others; reading it says so.
                Err(EngineError::Corrupt(_)) => tracing::error!("a stored document is damaged"),
                Err(error) => return Err(error.into()),
            }
            self.drain();
        }
        self.save()
    }

    // Standing.

    /// Whether an administrator has let this device in, and nobody has ended that.
    pub fn is_active(&self) -> bool {
        let grant = self.engine.status().grant;
        grant.is_some_and(|grant| grant.status == DeviceStatus::Active)
    }

    /// How this device stands now; a host shows nothing it holds unless this is [`Standing::Active`] or
    /// [`Standing::Waiting`].
    ///
    /// # Errors
    /// [`DeviceError::Store`], [`DeviceError::Wiped`].
    pub fn standing(&mut self) -> Result<Standing, DeviceError> {
        self.ready()?;
        let standing = self.engine.standing((self.clock)());
        self.save()?;
        Ok(standing)
    }

    /// Whether the server has ordered everything destroyed. Nothing is shown any more; unsent edits may go out once
    /// more, then call [`Device::wipe`].
    pub fn wipe_ordered(&self) -> bool {
        self.wipe_ordered
    }

    /// Destroys the key, durably, and then everything else.
    ///
    /// # Errors
    /// [`StoreError`]: call it again.
    pub fn wipe(&mut self) -> Result<(), DeviceError> {
        self.wipe_ordered = true;
        self.pending.clear();
        self.events.clear();
        self.store.destroy(&[own::KEY])?;
        self.events.push_back(Event::Wipe);
        Ok(())
    }

    /// How things stand.
    pub fn status(&self) -> Status {
        self.engine.status()
    }

    /// Local changes that could go out now.
    pub fn wants_exchange(&self) -> bool {
        self.engine.wants_exchange()
    }

    /// Its identity.
    pub fn id(&self) -> DeviceId {
        self.engine.device()
    }

    /// Its public key, SEC1.
    pub fn public_key(&self) -> Vec<u8> {
        self.key.public_key()
    }

    /// The engine, for reading.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// What happened since the last call, stored already.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events).into()
    }

    /// What the exchanges since the last call did.
    pub fn take_tally(&mut self) -> Tally {
        add(&mut self.tally, self.engine.take_tally());
        std::mem::take(&mut self.tally)
    }

    /// The time by the device's clock, Unix ms.
    pub fn now_ms(&self) -> i64 {
        (self.clock)()
    }

    pub(crate) fn own_record(&self, key: &str) -> Result<Option<Vec<u8>>, DeviceError> {
        Ok(self.store.get(key)?)
    }

    // Memory and disk.

    /// Whether a call may go on: memory agrees with the disk, and nobody has ordered a wipe.
    fn ready(&mut self) -> Result<(), DeviceError> {
        if self.wipe_ordered {
            return Err(DeviceError::Wiped);
        }
        self.fresh()
    }

    /// After a failed write the truth is on the disk.
    fn fresh(&mut self) -> Result<(), DeviceError> {
        if self.stale {
            self.store.reopen()?;
            self.reload()?;
            self.stale = false;
        }
        Ok(())
    }

    fn reload(&mut self) -> Result<(), DeviceError> {
        add(&mut self.tally, self.engine.take_tally());
        self.pending.clear();
        self.engine = Engine::open(self.store.meta()?)?;
        Ok(())
    }

    fn drain(&mut self) {
        for write in self.engine.take_writes() {
            self.pending.insert(write.key, write.value);
        }
    }

    /// Calls the engine, handing over the bodies it asks for.
    fn with_bodies<T>(
        &mut self,
        mut call: impl FnMut(&mut Engine) -> Result<T, EngineError>,
    ) -> Result<T, DeviceError> {
        let mut supplied = None;
        loop {
            match call(&mut self.engine) {
                Err(EngineError::NotLoaded(id)) if supplied.as_ref() != Some(&id) => {
                    let records = self.bodies(&id)?;
                    self.engine.supply(&id, records)?;
                    self.drain();
                    supplied = Some(id);
                }
                answer => {
                    self.drain();
                    return answer.map_err(DeviceError::from);
                }
            }
        }
    }

    /// The records of a document: what is stored, and over it what is about to be.
    fn bodies(&mut self, id: &DocId) -> Result<Records, DeviceError> {
        self.drain();
        let prefix = Engine::body_prefix(id);
        let mut records: BTreeMap<String, Vec<u8>> = self.store.bodies(&prefix)?.into_iter().collect();
        for (key, value) in self.pending.range(prefix.clone()..) {
            if !key.starts_with(&prefix) {
                break;
            }
            match value {
                Some(value) => records.insert(key.clone(), value.clone()),
                None => records.remove(key),
            };
        }
        Ok(records.into_iter().collect())
    }

    /// Stores what reading has tidied up, once it is much.
    fn tidy(&mut self) -> Result<(), DeviceError> {
        if self.pending.len() > PENDING_MAX {
            self.save()?;
        }
        Ok(())
    }
}

fn add(sum: &mut Tally, more: Tally) {
    let Tally {
        pushed,
        pulled,
        frames,
        accepted,
        duplicate,
        parked,
        quarantined,
        rejected,
    } = more;
    sum.pushed += pushed;
    sum.pulled += pulled;
    sum.frames += frames;
    sum.accepted += accepted;
    sum.duplicate += duplicate;
    sum.parked += parked;
    sum.quarantined += quarantined;
    sum.rejected += rejected;
}

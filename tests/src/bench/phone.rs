//! The phones of the benchmarks: real devices, on a file or in memory, that meet the server over any line.
//!
//! In memory means the same store on bytes that can be copied, so that one prepared village serves many runs and a
//! crowd of phones does not compete with the server for the disk.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail, ensure};
use qiao_device::device::{Clock, Device};
use qiao_device::http::{Observer, Report, Server, Shared, lock};
use qiao_device::key::DeviceKey;
use qiao_device::store::Store;
use redb::StorageBackend;
use sync_core::edit::Edit;
use sync_core::engine::Identity;
use sync_core::schema::Kind;

/// Records of a device's store that say what it holds, not who it is: documents, feeds with their cursors, authors.
const REPLICA: [&str; 3] = ["m/doc/", "m/feed/", "m/author/"];
/// The documents themselves.
const BODIES: &str = "b/";

/// A device, and the bytes it lives on.
pub(crate) struct Phone {
    pub(crate) device: Shared,
    memory: Option<Memory>,
}

impl Phone {
    /// An enrolled device in memory.
    pub(crate) fn in_memory(key: DeviceKey, identity: Identity) -> Result<Phone> {
        let memory = Memory::default();
        let store = Store::with_backend(memory.clone())?;
        let device = Device::create(store, key, identity, clock())?;
        Ok(Phone {
            device: shared(device),
            memory: Some(memory),
        })
    }

    /// An enrolled device in a folder.
    pub(crate) fn in_folder(dir: &Path, key: DeviceKey, identity: Identity) -> Result<Phone> {
        let store = Store::create(dir, &[])?;
        let device = Device::create(store, key, identity, clock())?;
        Ok(Phone {
            device: shared(device),
            memory: None,
        })
    }

    /// The same device once more, as it was when it last stored something: for another run from the same state.
    pub(crate) fn copy(&self) -> Result<Phone> {
        let memory = self.memory.as_ref().context("only a phone in memory is copied")?;
        let memory = memory.copy();
        let device = Device::open(Store::with_backend(memory.clone())?, clock())?;
        Ok(Phone {
            device: shared(device),
            memory: Some(memory),
        })
    }

    /// An enrolled device in memory that holds what another one of the same person holds, as if it had loaded it.
    pub(crate) fn with_replica_of(donor: &Phone, key: DeviceKey, identity: Identity) -> Result<Phone> {
        let memory = donor
            .memory
            .as_ref()
            .context("only a phone in memory is copied")?
            .copy();
        let donor = Store::with_backend(memory)?;
        let mut records = donor.meta()?;
        records.retain(|(record, _)| REPLICA.iter().any(|prefix| record.starts_with(prefix)));
        records.extend(donor.bodies(BODIES)?);

        let Phone { device, memory } = Phone::in_memory(key, identity)?;
        drop(device);
        let memory = memory.context("made in memory")?;
        let store = Store::with_backend(memory.clone())?;
        store.apply(
            records
                .iter()
                .map(|(record, value)| (record.as_str(), Some(value.as_slice()))),
        )?;
        Ok(Phone {
            device: shared(Device::open(store, clock())?),
            memory: Some(memory),
        })
    }

    /// Makes edits without a signal.
    pub(crate) fn apply<'a>(&self, edits: impl IntoIterator<Item = &'a Edit>) -> Result<()> {
        let mut device = lock(&self.device);
        for edit in edits {
            device
                .stage(edit)
                .with_context(|| format!("an edit is refused: {}", place(edit)))?;
        }
        device.save()?;
        Ok(())
    }

    /// Exchanges over a new connection until everything is said. Whatever does not go through is an error.
    pub(crate) async fn sync(&self, url: &str) -> Result<Report> {
        self.sync_observed(url, &nobody()).await
    }

    /// The same, with somebody looking at the device after every step.
    pub(crate) async fn sync_observed(&self, url: &str, observe: &Observer) -> Result<Report> {
        let server = Server::new(url, None).map_err(said)?;
        let (report, problem) = server.sync(&self.device, observe).await;
        if let Some(problem) = problem {
            return Err(said(problem));
        }
        ensure!(report.caught_up, "a sync ended before everything was held");
        ensure!(
            report.verdicts.rejected + report.verdicts.quarantined + report.verdicts.parked == 0,
            "the server did not take every change: {:?}, first returned {:?}",
            report.verdicts,
            self.first_returned()
        );
        ensure!(report.unsent == 0, "{} changes are left", report.unsent);
        Ok(report)
    }

    /// Exchanges until the line breaks; done if it does not.
    pub(crate) async fn sync_until_cut(&self, url: &str) -> Result<Report> {
        let server = Server::new(url, None).map_err(said)?;
        let (report, _) = server.sync(&self.device, &nobody()).await;
        Ok(report)
    }

    fn first_returned(&self) -> Option<(String, String)> {
        let returned = lock(&self.device).returned().ok()?;
        returned
            .first()
            .map(|returned| (returned.code.clone(), returned.doc.to_string()))
    }

    /// Everything it holds, in the form in which replicas are compared.
    pub(crate) fn export(&self) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        lock(&self.device).export(&mut out)?;
        Ok(out)
    }

    /// Documents held, of all kinds.
    pub(crate) fn documents(&self) -> u64 {
        lock(&self.device).status().documents
    }

    /// Households a list can show by now: documents, and rows of documents that are still on their way.
    pub(crate) fn listed_households(device: &Device) -> usize {
        let engine = device.engine();
        let held = engine
            .list()
            .iter()
            .filter(|listed| listed.kind == Kind::Household)
            .count();
        let rows = engine
            .rows()
            .filter(|row| row.kind == Kind::Household && !engine.holds(&row.id));
        held + rows.count()
    }
}

/// An observer that looks at nothing.
pub(crate) fn nobody() -> Observer {
    Arc::new(|_: &mut Device| {})
}

/// Checks that replicas of one audience are equal to the byte. Each has compared its sums with the server's when it
/// was caught up, so they are equal to the server's too.
pub(crate) fn must_be_equal(phones: &[&Phone]) -> Result<()> {
    let Some((first, others)) = phones.split_first() else {
        return Ok(());
    };
    let expected = first.export()?;
    for (index, other) in others.iter().enumerate() {
        let export = other.export()?;
        if export != expected {
            let differs = |(a, b): (&[u8], &[u8])| a != b;
            let lines = expected
                .split(|byte| *byte == b'\n')
                .zip(export.split(|byte| *byte == b'\n'));
            let line = lines.into_iter().position(differs);
            bail!(
                "replica {} differs from the first one, at line {line:?} of the export",
                index + 1
            );
        }
    }
    Ok(())
}

fn place(edit: &Edit) -> String {
    match edit {
        Edit::New(new) => format!("new {}", new.new),
        Edit::Change(change) => format!("{} {:?}", change.doc, change.ops),
    }
}

fn said(problem: qiao_device::problem::Problem) -> anyhow::Error {
    anyhow::anyhow!("{}: {}", problem.code, problem.en)
}

fn shared(device: Device) -> Shared {
    Arc::new(Mutex::new(device))
}

/// The machine's clock, Unix ms.
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn clock() -> Clock {
    Box::new(now_ms)
}

/// Bytes in memory that outlive the database opened on them.
#[derive(Clone, Debug, Default)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl Memory {
    fn copy(&self) -> Memory {
        Memory(Arc::new(Mutex::new(self.bytes(|bytes| bytes.clone()))))
    }

    fn bytes<T>(&self, use_them: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        use_them(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn range(offset: u64, len: usize) -> io::Result<std::ops::Range<usize>> {
    let start = usize::try_from(offset).map_err(io::Error::other)?;
    Ok(start..start + len)
}

impl StorageBackend for Memory {
    fn len(&self) -> io::Result<u64> {
        Ok(self.bytes(|bytes| bytes.len() as u64))
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let range = range(offset, out.len())?;
        self.bytes(|bytes| {
            let found = bytes.get(range).ok_or(io::ErrorKind::UnexpectedEof)?;
            out.copy_from_slice(found);
            Ok(())
        })
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let len = usize::try_from(len).map_err(io::Error::other)?;
        self.bytes(|bytes| bytes.resize(len, 0));
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let range = range(offset, data.len())?;
        self.bytes(|bytes| {
            let place = bytes.get_mut(range).ok_or(io::ErrorKind::UnexpectedEof)?;
            place.copy_from_slice(data);
            Ok(())
        })
    }
}

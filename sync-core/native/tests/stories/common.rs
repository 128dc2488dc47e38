//! A disk that loses what was not synced, and devices on it.

use std::io::{Error, ErrorKind};
use std::sync::{Arc, Mutex};

use qiao_device::device::Device;
use qiao_device::key::DeviceKey;
use qiao_device::store::Store;
use redb::StorageBackend;
use serde_json::{Value, json};
use sync_core::edit::Edit;
use sync_core::engine::Identity;

const SECTOR: usize = 512;
pub(crate) const NOON_MS: i64 = 1_795_216_450_000;

/// What survives a power cut, and what would not.
#[derive(Debug, Default)]
struct Platter {
    synced: Vec<u8>,
    /// Writes since the last sync, in order: offset and bytes; or a new length.
    unsynced: Vec<Op>,
    /// Operations until the disk dies; counts writes, lengths and syncs.
    dies_after: Option<u64>,
    ops: u64,
    full: bool,
}

#[derive(Debug, Clone)]
enum Op {
    Write(usize, Vec<u8>),
    Length(usize),
}

/// A disk with a cache that is lost when the power goes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Disk(Arc<Mutex<Platter>>);

impl Platter {
    fn image(&self, ops: &[Op]) -> Vec<u8> {
        let mut image = self.synced.clone();
        for op in ops {
            apply(&mut image, op);
        }
        image
    }

    fn step(&mut self) -> Result<(), Error> {
        self.ops += 1;
        match self.dies_after {
            Some(0) => Err(Error::other("power is gone")),
            Some(left) => {
                self.dies_after = Some(left - 1);
                Ok(())
            }
            None => Ok(()),
        }
    }
}

fn apply(image: &mut Vec<u8>, op: &Op) {
    match op {
        Op::Length(length) => image.resize(*length, 0),
        Op::Write(offset, bytes) => {
            let end = offset + bytes.len();
            if image.len() < end {
                image.resize(end, 0);
            }
            image[*offset..end].copy_from_slice(bytes);
        }
    }
}

impl Disk {
    /// Dies after so many further operations.
    pub(crate) fn dies_after(&self, ops: u64) {
        self.0.lock().unwrap().dies_after = Some(ops);
    }

    /// Takes no more bytes until there is room again.
    pub(crate) fn set_full(&self, full: bool) {
        self.0.lock().unwrap().full = full;
    }

    /// Operations so far.
    pub(crate) fn ops(&self) -> u64 {
        self.0.lock().unwrap().ops
    }

    /// The power goes. Of what was not synced each sector survives or not, as `seed` decides: writes are torn and
    /// reordered. Returns the disk as it is found afterwards.
    pub(crate) fn power_cut(&self, seed: u64) -> Disk {
        let platter = self.0.lock().unwrap();
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut coin = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state & 1 == 0
        };
        let mut survived = Vec::new();
        for op in &platter.unsynced {
            match op {
                Op::Length(_) if coin() => survived.push(op.clone()),
                Op::Length(_) => {}
                Op::Write(offset, bytes) => {
                    let mut at = 0;
                    while at < bytes.len() {
                        let end = (at + SECTOR - (offset + at) % SECTOR).min(bytes.len());
                        if coin() {
                            survived.push(Op::Write(offset + at, bytes[at..end].to_vec()));
                        }
                        at = end;
                    }
                }
            }
        }
        let image = if seed == 0 {
            platter.synced.clone()
        } else {
            platter.image(&survived)
        };
        Disk(Arc::new(Mutex::new(Platter {
            synced: image,
            ..Platter::default()
        })))
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> Result<u64, Error> {
        let platter = self.0.lock().unwrap();
        let length = platter
            .unsynced
            .iter()
            .fold(platter.synced.len(), |length, op| match op {
                Op::Length(new) => *new,
                Op::Write(offset, bytes) => length.max(offset + bytes.len()),
            });
        Ok(length as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), Error> {
        let platter = self.0.lock().unwrap();
        let start = offset as usize;
        let end = start + out.len();
        // Only what the range needs is put together: reading is frequent.
        let mut length = platter.synced.len();
        let there = length.saturating_sub(start).min(out.len());
        out[..there].copy_from_slice(&platter.synced[start.min(length)..start.min(length) + there]);
        out[there..].fill(0);
        for op in &platter.unsynced {
            match op {
                Op::Length(new) => {
                    out[(*new).clamp(start, end) - start..].fill(0);
                    length = *new;
                }
                Op::Write(at, bytes) => {
                    length = length.max(at + bytes.len());
                    let (from, to) = ((*at).max(start), (at + bytes.len()).min(end));
                    if from < to {
                        out[from - start..to - start].copy_from_slice(&bytes[from - at..to - at]);
                    }
                }
            }
        }
        if end > length {
            return Err(Error::new(ErrorKind::UnexpectedEof, "read beyond the end"));
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> Result<(), Error> {
        let mut platter = self.0.lock().unwrap();
        platter.step()?;
        platter.unsynced.push(Op::Length(len as usize));
        Ok(())
    }

    fn sync_data(&self) -> Result<(), Error> {
        let mut platter = self.0.lock().unwrap();
        platter.step()?;
        let ops = std::mem::take(&mut platter.unsynced);
        for op in &ops {
            apply(&mut platter.synced, op);
        }
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), Error> {
        let mut platter = self.0.lock().unwrap();
        platter.step()?;
        if platter.full {
            return Err(Error::new(ErrorKind::StorageFull, "no room"));
        }
        platter.unsynced.push(Op::Write(offset as usize, data.to_vec()));
        Ok(())
    }
}

/// A key that is always the same.
pub(crate) fn key(name: u8) -> DeviceKey {
    DeviceKey::from_seed([name; 32], [name; 16]).unwrap()
}

/// An identity without a server behind it.
pub(crate) fn identity(key: &DeviceKey) -> Identity {
    Identity {
        deployment: "test".into(),
        device: key.device(),
        server_public_key: vec![],
        app_version: "1".into(),
    }
}

/// A new device on a disk.
pub(crate) fn create(disk: &Disk, name: u8) -> Device {
    let store = on(disk).unwrap();
    let key = key(name);
    let identity = identity(&key);
    Device::create(store, key, identity, Box::new(|| NOON_MS)).unwrap()
}

/// The device on a disk.
pub(crate) fn open(disk: &Disk) -> Result<Device, qiao_device::device::DeviceError> {
    Device::open(on(disk)?, Box::new(|| NOON_MS))
}

fn on(disk: &Disk) -> Result<Store, qiao_device::store::StoreError> {
    let disk = disk.clone();
    Store::on_disk(move || disk.clone())
}

/// An edit from JSON.
pub(crate) fn edit(value: Value) -> Edit {
    serde_json::from_value(value).unwrap()
}

/// A new household.
pub(crate) fn household(id: &str, name: &str) -> Edit {
    edit(json!({"new": "household", "village": "v1", "id": id,
        "value": {"householder": name, "members": [{"name": name}]}}))
}

/// A field of a household.
pub(crate) fn set(doc: &str, field: &str, value: &str) -> Edit {
    edit(json!({"doc": doc, "ops": [{"op": "set", "path": [field], "value": value}]}))
}

/// Everything a device shows, in the form replicas are compared.
pub(crate) fn exported(device: &mut Device) -> String {
    let mut out = Vec::new();
    device.export(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

//! A disk that forgets: what was written and not synced is gone after a power cut, or only half there.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use redb::StorageBackend;

/// Bytes that survive the process; handles to it come and go.
#[derive(Debug, Clone, Default)]
pub struct Disk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    synced: Vec<u8>,
    /// As the process sees it.
    seen: Vec<u8>,
    /// Since the last sync.
    unsynced: Vec<Write>,
    /// Handles opened before the last power cut write nowhere.
    era: u64,
    full_after_bytes: Option<usize>,
}

#[derive(Debug, Clone)]
enum Write {
    Bytes(usize, Vec<u8>),
    Length(usize),
}

impl Write {
    fn apply(&self, to: &mut Vec<u8>, bytes_max: usize) {
        match self {
            Write::Length(length) => to.resize(*length, 0),
            Write::Bytes(offset, bytes) => {
                let bytes = &bytes[..bytes.len().min(bytes_max)];
                if to.len() < offset + bytes.len() {
                    to.resize(offset + bytes.len(), 0);
                }
                to[*offset..offset + bytes.len()].copy_from_slice(bytes);
            }
        }
    }
}

impl Disk {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A handle for a database.
    pub fn open(&self) -> Handle {
        let era = self.state().era;
        Handle {
            disk: self.clone(),
            era,
        }
    }

    /// Cuts the power: of the unsynced writes an arbitrary part survives, in any combination, the last ones torn.
    pub fn cut_power(&self, rng: &mut ChaCha8Rng) {
        let mut state = self.state();
        let mut bytes = std::mem::take(&mut state.synced);
        for write in std::mem::take(&mut state.unsynced) {
            match rng.random_range(0..3) {
                0 => {}
                1 => write.apply(&mut bytes, usize::MAX),
                _ => write.apply(&mut bytes, rng.random_range(0..4096)),
            }
        }
        state.seen.clone_from(&bytes);
        state.synced = bytes;
        state.era += 1;
    }

    /// A second disk with the same content, as a cloned phone has.
    pub fn clone_content(&self) -> Disk {
        let state = self.state();
        let (synced, seen) = (state.synced.clone(), state.synced.clone());
        Disk(Arc::new(Mutex::new(State {
            synced,
            seen,
            ..State::default()
        })))
    }

    /// From here on the disk takes only so many bytes more.
    pub fn fill_up(&self, bytes_left: Option<usize>) {
        self.state().full_after_bytes = bytes_left;
    }
}

/// One opening of a [`Disk`].
#[derive(Debug)]
pub struct Handle {
    disk: Disk,
    era: u64,
}

impl Handle {
    fn alive(&self) -> io::Result<MutexGuard<'_, State>> {
        let state = self.disk.state();
        if state.era == self.era {
            Ok(state)
        } else {
            Err(io::Error::other("the power was cut"))
        }
    }

    fn write_through(&self, write: Write) -> io::Result<()> {
        let mut state = self.alive()?;
        if let (Some(left), Write::Bytes(_, bytes)) = (state.full_after_bytes, &write) {
            let left = left
                .checked_sub(bytes.len())
                .ok_or(io::Error::from(io::ErrorKind::StorageFull))?;
            state.full_after_bytes = Some(left);
        }
        write.apply(&mut state.seen, usize::MAX);
        state.unsynced.push(write);
        Ok(())
    }
}

impl StorageBackend for Handle {
    fn len(&self) -> io::Result<u64> {
        Ok(self.alive()?.seen.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let state = self.alive()?;
        let offset = usize::try_from(offset).map_err(io::Error::other)?;
        let bytes = state.seen.get(offset..offset + out.len());
        out.copy_from_slice(bytes.ok_or(io::Error::from(io::ErrorKind::UnexpectedEof))?);
        Ok(())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.write_through(Write::Length(usize::try_from(length).map_err(io::Error::other)?))
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.alive()?;
        for write in std::mem::take(&mut state.unsynced) {
            write.apply(&mut state.synced, usize::MAX);
        }
        Ok(())
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.write_through(Write::Bytes(
            usize::try_from(offset).map_err(io::Error::other)?,
            bytes.to_vec(),
        ))
    }
}

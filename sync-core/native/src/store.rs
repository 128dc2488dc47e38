//! One database file in the device's directory: text keys to bytes, each batch of writes one durable transaction.
//!
//! Owns the file, its permissions (owner only) and its exclusive lock. Knows nothing of what the records mean beyond
//! the prefixes it is asked for. The engine's records are [`sync_core::engine::Write`]s; the device's own keep to keys
//! that begin with `x/`.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use redb::backends::FileBackend;
use redb::{
    Builder, Database, DatabaseError, Durability, ReadableDatabase, StorageBackend, StorageError,
    TableDefinition, TableError,
};
use sync_core::engine::META_PREFIX;

use crate::limits;

const RECORDS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("records");
const FILE: &str = "device.redb";
const WIPED: &str = "wiped";

/// Records by key.
pub type Records = Vec<(String, Vec<u8>)>;

/// Why the store cannot be used. Nothing that was acknowledged is lost by any of these.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process has it open.
    #[error("another process has the device store open")]
    InUse,
    /// There is no device in this directory: enrol first.
    #[error("there is no device in this directory")]
    Missing,
    /// There is one already.
    #[error("there is a device in this directory already")]
    Exists,
    /// All data of the device was destroyed on the server's order.
    #[error("the device was wiped by order of its deployment")]
    Wiped,
    /// The disk has no room for the write.
    #[error("no space left for the device store")]
    Full,
    /// The file is not a store, or its checksums do not hold.
    #[error("the device store is damaged")]
    Damaged,
    /// The disk or the file system failed.
    #[error("the device store failed: {0}")]
    Io(ErrorKind),
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => StoreError::Full,
            ErrorKind::InvalidData => StoreError::Damaged,
            kind => StoreError::Io(kind),
        }
    }
}

impl From<DatabaseError> for StoreError {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch => StoreError::InUse,
            DatabaseError::Storage(error) => error.into(),
            _ => StoreError::Damaged,
        }
    }
}

impl From<StorageError> for StoreError {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Io(error) => error.into(),
            StorageError::Corrupted(_) => StoreError::Damaged,
            _ => StoreError::Io(ErrorKind::Other),
        }
    }
}

impl From<redb::Error> for StoreError {
    fn from(error: redb::Error) -> Self {
        match error {
            redb::Error::Io(error) => error.into(),
            redb::Error::Corrupted(_) => StoreError::Damaged,
            _ => StoreError::Io(ErrorKind::Other),
        }
    }
}

/// The open store.
pub struct Store {
    /// Absent only after [`Store::destroy`], or when opening it again failed.
    database: Option<Database>,
    dir: Option<PathBuf>,
    /// Opens it again.
    open: Box<dyn Fn() -> Result<Database, StoreError> + Send>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store({})", self.dir.as_ref().map_or("no file", |_| "file"))
    }
}

impl Store {
    /// Makes the store of a new device with its first records. They are there as a whole or not at all.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when the directory holds a device.
    pub fn create(dir: &Path, first: &[(&str, &[u8])]) -> Result<Self, StoreError> {
        if !dir.exists() {
            DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
            if let Some(parent) = dir.parent().filter(|parent| !parent.as_os_str().is_empty()) {
                File::open(parent)?.sync_all()?;
            }
        }
        let path = dir.join(FILE);
        if path.exists() {
            return Err(StoreError::Exists);
        }
        // Made under another name first: a crash in between leaves no half store behind.
        let draft = dir.join(format!(".{FILE}.{:016x}", rand::random::<u64>()));
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&draft)?;
        let made = (|| {
            let database = database_on(FileBackend::new(file)?)?;
            put(&database, first.iter().map(|(key, value)| (*key, Some(*value))))?;
            drop(database);
            std::fs::hard_link(&draft, &path).map_err(|error| match error.kind() {
                ErrorKind::AlreadyExists => StoreError::Exists,
                _ => error.into(),
            })
        })();
        std::fs::remove_file(&draft)?;
        made?;
        match std::fs::remove_file(dir.join(WIPED)) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        File::open(dir)?.sync_all()?;
        Self::open(dir)
    }

    /// Opens the store of a device.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::Wiped`], [`StoreError::InUse`], [`StoreError::Damaged`].
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        let dir = dir.to_owned();
        let again = dir.clone();
        Ok(Store {
            database: Some(open_file(&dir)?),
            dir: Some(dir),
            open: Box::new(move || open_file(&again)),
        })
    }

    /// A store on any disk, made when it is empty: for tests whose disk loses what was not synced. It cannot be opened
    /// again after a failed write.
    ///
    /// # Errors
    /// [`StoreError::Damaged`], [`StoreError::Io`].
    pub fn with_backend(backend: impl StorageBackend) -> Result<Self, StoreError> {
        Ok(Store {
            database: Some(database_on(backend)?),
            dir: None,
            open: Box::new(|| Err(StoreError::Io(ErrorKind::NotConnected))),
        })
    }

    /// A store on a disk that is attached again whenever `attach` is called.
    ///
    /// # Errors
    /// As [`Store::with_backend`].
    pub fn on_disk<B: StorageBackend>(attach: impl Fn() -> B + Send + 'static) -> Result<Self, StoreError> {
        let open = move || database_on(attach());
        Ok(Store {
            database: Some(open()?),
            dir: None,
            open: Box::new(open),
        })
    }

    /// Opens it again after a failed write, once there is room or the disk is back.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn reopen(&mut self) -> Result<(), StoreError> {
        // Closed first: the lock is exclusive, also against ourselves.
        self.database = None;
        self.database = Some((self.open)()?);
        Ok(())
    }

    fn database(&self) -> Result<&Database, StoreError> {
        self.database
            .as_ref()
            .ok_or(StoreError::Io(ErrorKind::NotConnected))
    }

    /// Carries out writes in one transaction that is durable when this returns. `None` deletes.
    ///
    /// # Errors
    /// Nothing of it is stored then; the store must be opened again before it is used.
    pub fn apply<'a>(
        &self,
        writes: impl IntoIterator<Item = (&'a str, Option<&'a [u8]>)>,
    ) -> Result<(), StoreError> {
        put(self.database()?, writes)
    }

    /// One record.
    ///
    /// # Errors
    /// [`StoreError::Damaged`], [`StoreError::Io`].
    pub fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self
            .scan(key)?
            .into_iter()
            .find(|(found, _)| found == key)
            .map(|(_, value)| value))
    }

    /// What [`sync_core::engine::Engine::open`] wants.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub fn meta(&self) -> Result<Records, StoreError> {
        self.scan(META_PREFIX)
    }

    /// What [`sync_core::engine::Engine::supply`] wants, by [`sync_core::engine::Engine::body_prefix`].
    ///
    /// # Errors
    /// As [`Store::get`].
    pub fn bodies(&self, prefix: &str) -> Result<Records, StoreError> {
        self.scan(prefix)
    }

    fn scan(&self, prefix: &str) -> Result<Records, StoreError> {
        scan(self.database()?, prefix)
    }

    /// Space left for it, MiB; 0 when that is not known.
    pub fn space_left_mib(&self) -> u64 {
        let left = self.dir.as_ref().and_then(|dir| rustix::fs::statvfs(dir).ok());
        left.map_or(0, |left| (left.f_bavail.saturating_mul(left.f_frsize)) >> 20)
    }

    /// Destroys everything: `first` durably before the rest, then all records, then the file, which is overwritten and
    /// removed. A note stays behind that says so.
    ///
    /// # Errors
    /// As [`Store::apply`]; call it again then, `first` is gone already or will be.
    pub fn destroy(&mut self, first: &[&str]) -> Result<(), StoreError> {
        if self.database.is_some() {
            self.apply(first.iter().map(|key| (*key, None)))?;
            let all = self.scan("")?;
            self.apply(all.iter().map(|(key, _)| (key.as_str(), None)))?;
        }
        let Some(dir) = self.dir.clone() else {
            self.database = None;
            return Ok(());
        };
        self.database = None;
        // Said before it is done: whatever happens from here on, what is left of the file is no device.
        File::create(dir.join(WIPED))?.sync_all()?;
        File::open(&dir)?.sync_all()?;
        overwrite_and_remove(&dir)?;
        Ok(())
    }
}

fn overwrite_and_remove(dir: &Path) -> std::io::Result<()> {
    let path = dir.join(FILE);
    let mut file = OpenOptions::new().write(true).open(&path)?;
    let size = file.metadata()?.len();
    std::io::copy(&mut std::io::Read::take(std::io::repeat(0), size), &mut file)?;
    file.sync_all()?;
    std::fs::remove_file(&path)?;
    File::open(dir)?.sync_all()
}

fn open_file(dir: &Path) -> Result<Database, StoreError> {
    let file = match OpenOptions::new().read(true).write(true).open(dir.join(FILE)) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound && dir.join(WIPED).exists() => {
            return Err(StoreError::Wiped);
        }
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(StoreError::Missing),
        Err(error) => return Err(error.into()),
    };
    let opened = database_on(FileBackend::new(file)?);
    if dir.join(WIPED).exists() && !matches!(opened, Err(StoreError::InUse)) {
        // Either a device enrolled since, and the note is old, or a wipe that was interrupted.
        if let Ok(database) = opened
            && !scan(&database, "")?.is_empty()
        {
            std::fs::remove_file(dir.join(WIPED))?;
            return Ok(database);
        }
        overwrite_and_remove(dir)?;
        return Err(StoreError::Wiped);
    }
    opened
}

fn database_on(backend: impl StorageBackend) -> Result<Database, StoreError> {
    let mut builder = Builder::new();
    builder.set_cache_size(limits::STORE_CACHE_BYTES);
    Ok(builder.create_with_backend(backend)?)
}

fn put<'a>(
    database: &Database,
    writes: impl IntoIterator<Item = (&'a str, Option<&'a [u8]>)>,
) -> Result<(), StoreError> {
    let run = || -> Result<(), redb::Error> {
        let mut transaction = database.begin_write()?;
        transaction.set_durability(Durability::Immediate)?;
        {
            let mut table = transaction.open_table(RECORDS)?;
            for (key, value) in writes {
                match value {
                    Some(value) => drop(table.insert(key, value)?),
                    None => drop(table.remove(key)?),
                }
            }
        }
        transaction.commit()?;
        Ok(())
    };
    run().map_err(StoreError::from)
}

fn scan(database: &Database, prefix: &str) -> Result<Records, StoreError> {
    let transaction = database.begin_read().map_err(redb::Error::from)?;
    let table = match transaction.open_table(RECORDS) {
        Ok(table) => table,
        Err(TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
        Err(error) => return Err(redb::Error::from(error).into()),
    };
    let mut found = Vec::new();
    for record in table.range(prefix..)? {
        let (key, value) = record?;
        if !key.value().starts_with(prefix) {
            break;
        }
        found.push((key.value().to_owned(), value.value().to_vec()));
    }
    Ok(found)
}

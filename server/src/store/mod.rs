//! The durable store: one SQLite database and the key files beside it.
//!
//! Owns the connections, their settings and the migrations. Everything SQL is below this module;
//! `http/` and `registry/` never name an sqlx type. There is one writer connection (every write
//! transaction starts with `BEGIN IMMEDIATE`, so none fails half-way for a lock; see [`writer`]) and a pool of
//! read-only connections. Next: `store/registry` for the tables of people and devices.

pub(crate) mod attachments;
pub(crate) mod log;
pub(crate) mod maintenance;
pub(crate) mod projections;
pub mod registry;
mod writer;

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Sqlite, SqlitePool};

use self::writer::Writer;
pub(crate) use self::writer::{Gathered, Seen, Values, WriteTx};
use crate::limits;

/// File name of the database inside the data directory.
pub const DATABASE_FILE: &str = "qiao.sqlite";

/// Older releases can lose a checkpoint when the write-ahead log is reset under a reader.
const SQLITE_VERSION_MIN: (u32, u32, u32) = (3, 51, 3);

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The data directory cannot be created or written.
    #[error("data directory: {0}")]
    Directory(#[from] std::io::Error),
    /// The linked SQLite is too old, or a setting did not take effect.
    #[error("unsafe database: {0}")]
    Unsafe(String),
    /// The database is from a newer release, or a migration failed.
    #[error("migration: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// A unique or foreign key said no: the caller's input is at odds with what is stored.
    #[error("conflict with a stored row")]
    Conflict,
    /// SQLite could not answer (busy for too long, disk full, I/O error).
    #[error("database: {0}")]
    Database(#[source] sqlx::Error),
    /// A stored value does not decode: the row was edited by hand or by a newer release.
    #[error("stored value is unreadable: {0}")]
    Corrupt(&'static str),
}

/// Result codes of a full disk: no room for pages, or for the index of the write-ahead log.
const DISK_FULL: [&str; 2] = ["13", "4874"];

impl StoreError {
    /// Whether there was no room on the disk: nothing was written, and it works again when there is.
    pub fn is_full(&self) -> bool {
        match self {
            StoreError::Database(sqlx::Error::Database(database)) => database
                .code()
                .is_some_and(|code| DISK_FULL.contains(&code.as_ref())),
            StoreError::Directory(error) => error.kind() == std::io::ErrorKind::StorageFull,
            _ => false,
        }
    }
}

/// Extended result codes of a failed fsync. The kernel may have dropped the dirty pages: what was
/// said to be durable is unknown, so going on would be a lie.
const FSYNC_FAILED: [&str; 2] = ["1034", "1290"];

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        if let sqlx::Error::Database(database) = &error {
            if database
                .code()
                .is_some_and(|code| FSYNC_FAILED.contains(&code.as_ref()))
            {
                tracing::error!("fsync failed; aborting, recovery happens at the next start");
                std::process::abort();
            }
            if database.is_unique_violation()
                || database.is_foreign_key_violation()
                || database.is_check_violation()
            {
                return StoreError::Conflict;
            }
        }
        StoreError::Database(error)
    }
}

/// A connection, or a transaction seen as one: what the queries below `store/registry` run on.
pub(crate) type Conn = sqlx::SqliteConnection;
/// A connection of the read pool.
pub(crate) type ReadConn = sqlx::pool::PoolConnection<Sqlite>;
/// The store. Cheap to clone; all clones share the connections.
#[derive(Debug, Clone)]
pub struct Store {
    data_dir: PathBuf,
    writer: Writer,
    reader: SqlitePool,
}

impl Store {
    /// Opens the database under `data_dir`, creating and migrating it, and proves that it is safe
    /// to write to: version, journal mode and synchronous level are read back.
    pub async fn open(data_dir: &Path) -> Result<Store, StoreError> {
        create_private_dir(data_dir)?;
        let options = SqliteConnectOptions::new()
            .filename(data_dir.join(DATABASE_FILE))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_millis(limits::DB_BUSY_TIMEOUT_MS));
        let writer = Writer::open(options.clone()).await?;
        writer
            .with(async |conn| {
                assert_safe(conn).await?;
                Ok(MIGRATIONS.run(conn).await?)
            })
            .await?;
        let reader = SqlitePoolOptions::new()
            .max_connections(limits::DB_READERS)
            // No network lies between: a connection does not die by itself, and asking costs a round trip.
            .test_before_acquire(false)
            .acquire_timeout(Duration::from_millis(limits::DB_ACQUIRE_TIMEOUT_MS))
            .connect_with(options.create_if_missing(false).pragma("query_only", "ON"))
            .await?;
        Ok(Store {
            data_dir: data_dir.to_owned(),
            writer,
            reader,
        })
    }

    /// Where the database and the keys live.
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// Begins the one write transaction there can be at a time (`BEGIN IMMEDIATE`).
    pub(crate) async fn writer(&self) -> Result<WriteTx, StoreError> {
        self.writer.begin().await
    }

    /// A connection for reads; it refuses to write. Each statement sees the last commit.
    pub(crate) async fn read(&self) -> Result<ReadConn, StoreError> {
        Ok(self.reader.acquire().await?)
    }

    /// Takes and gives back the write lock: true readiness, not just an open file.
    pub async fn check_writable(&self) -> Result<(), StoreError> {
        self.writer().await?.rollback().await?;
        Ok(())
    }

    /// Closes all connections; the last one checkpoints the write-ahead log.
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }
}

/// Creates a directory only its owner can enter.
fn create_private_dir(dir: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

async fn assert_safe(conn: &mut Conn) -> Result<(), StoreError> {
    let version: String = sqlx::query_scalar("SELECT sqlite_version()")
        .fetch_one(&mut *conn)
        .await?;
    if parse_version(&version).is_none_or(|version| version < SQLITE_VERSION_MIN) {
        return Err(StoreError::Unsafe(format!(
            "SQLite {version} is older than 3.51.3"
        )));
    }
    let journal: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(&mut *conn)
        .await?;
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous")
        .fetch_one(&mut *conn)
        .await?;
    let foreign_keys: i64 = sqlx::query_scalar("PRAGMA foreign_keys")
        .fetch_one(&mut *conn)
        .await?;
    if journal != "wal" || synchronous != 2 || foreign_keys != 1 {
        return Err(StoreError::Unsafe(format!(
            "journal_mode={journal} synchronous={synchronous} foreign_keys={foreign_keys}; wanted wal, 2, 1"
        )));
    }
    Ok(())
}

fn parse_version(text: &str) -> Option<(u32, u32, u32)> {
    let mut parts = text.split('.').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??, parts.next()??))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_new_store_is_migrated_durable_and_private() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        let store = Store::open(&data).await.unwrap();
        store.check_writable().await.unwrap();
        assert_eq!(
            std::fs::metadata(&data).unwrap().permissions().mode() & 0o777,
            0o700
        );
        let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema WHERE name = 'devices'")
            .fetch_one(&store.reader)
            .await
            .unwrap();
        assert_eq!(tables, 1);
        store.close().await;
        Store::open(&data).await.unwrap().close().await;
    }

    #[tokio::test]
    async fn a_reader_cannot_write() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).await.unwrap();
        let refused = sqlx::query("DELETE FROM people").execute(&store.reader).await;
        assert!(refused.is_err());
    }

    #[test]
    fn versions_compare_by_number_not_by_text() {
        assert!(parse_version("3.51.10").unwrap() > SQLITE_VERSION_MIN);
        assert!(parse_version("3.9.3").unwrap() < SQLITE_VERSION_MIN);
        assert_eq!(parse_version("trunk"), None);
    }
}

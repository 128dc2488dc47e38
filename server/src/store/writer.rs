//! The one connection that writes, and the transactions on it.
//!
//! Whoever waits longest writes next. A statement costs two hand-overs between threads, so the beginning, what is
//! written last, and the commit travel as few statements as can be. Not a pool: a pool asks the connection after every
//! use whether it still lives, in a task of its own.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

use sqlx::encode::Encode;
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions};
use sqlx::{Arguments, AssertSqlSafe, ConnectOptions, Connection, Sqlite, Type};
use tokio::sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard};

use super::{Conn, StoreError};
use crate::limits;

/// The connection, how often it has been given out, and how often it had to be opened again.
#[derive(Debug)]
struct Place {
    conn: Conn,
    turns: u64,
    reopened: u64,
}

/// Gives the connection out, one transaction at a time.
#[derive(Clone)]
pub(super) struct Writer {
    options: SqliteConnectOptions,
    /// Nothing once the store is closed.
    place: Arc<Mutex<Option<Place>>>,
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Writer")
    }
}

/// What a write transaction sees of others' writes. Of two that follow each other with one [`Seen::version`], nothing
/// outside this process has been written in between; with turns that follow each other, nothing at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) turn: u64,
    /// Of the database, counted by one connection.
    pub(crate) version: (u64, i64),
}

type Held = OwnedMappedMutexGuard<Option<Place>, Place>;

/// A write transaction on the single writer connection. Dropping it rolls back.
#[derive(Debug)]
pub(crate) struct WriteTx {
    /// Gone once it has ended.
    held: Option<Held>,
    seen: Seen,
}

const HELD: &str = "a transaction holds the connection until it is consumed";

impl Writer {
    pub(super) async fn open(options: SqliteConnectOptions) -> Result<Writer, StoreError> {
        let options = options.statement_cache_capacity(limits::DB_WRITER_STATEMENTS);
        let conn = options.connect().await?;
        let place = Arc::new(Mutex::new(Some(Place {
            conn,
            turns: 0,
            reopened: 0,
        })));
        Ok(Writer { options, place })
    }

    /// The connection outside any transaction: for settings and migrations, before anybody else has it.
    pub(super) async fn with<T>(
        &self,
        what: impl AsyncFnOnce(&mut Conn) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut held = self.hold().await?;
        what(&mut held.conn).await
    }

    async fn hold(&self) -> Result<Held, StoreError> {
        let patience = Duration::from_millis(limits::DB_ACQUIRE_TIMEOUT_MS);
        let held = tokio::time::timeout(patience, self.place.clone().lock_owned())
            .await
            .map_err(|_| StoreError::Database(sqlx::Error::PoolTimedOut))?;
        OwnedMutexGuard::try_map(held, Option::as_mut)
            .map_err(|_| StoreError::Database(sqlx::Error::PoolClosed))
    }

    /// `BEGIN IMMEDIATE`: no transaction fails half-way for a lock.
    pub(super) async fn begin(&self) -> Result<WriteTx, StoreError> {
        let mut held = self.hold().await?;
        held.turns += 1;
        let version = match begin(&mut held.conn).await {
            Ok(version) => version,
            // A transaction that was dropped outside the runtime is still open; a connection whose thread is gone is
            // of no use any more.
            Err(_) => {
                if sqlx::query("ROLLBACK").execute(&mut held.conn).await.is_err()
                    && held.conn.ping().await.is_err()
                {
                    held.conn = self.options.connect().await?;
                    held.reopened += 1;
                }
                begin(&mut held.conn).await?
            }
        };
        let seen = Seen {
            turn: held.turns,
            version: (held.reopened, version),
        };
        Ok(WriteTx {
            held: Some(held),
            seen,
        })
    }

    /// Closes the connection once whoever has it has ended.
    pub(super) async fn close(&self) {
        if let Some(place) = self.place.lock().await.take()
            && let Err(error) = place.conn.close().await
        {
            tracing::warn!(%error, "the database was not closed in order");
        }
    }
}

/// Returns what `PRAGMA data_version` says: it changes when another connection has written, never by this one's writes.
async fn begin(conn: &mut Conn) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("BEGIN IMMEDIATE; PRAGMA data_version")
        .fetch_one(conn)
        .await
}

impl WriteTx {
    /// What it sees of others' writes.
    pub(crate) fn seen(&self) -> Seen {
        self.seen
    }

    /// Makes everything durable: returns after fsync.
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        self.commit_with(Gathered::default()).await
    }

    /// Writes what has been gathered and makes everything durable, in one go.
    pub(crate) async fn commit_with(mut self, mut last: Gathered) -> Result<(), StoreError> {
        last.sql.push_str("COMMIT");
        last.execute(&mut self).await?;
        self.held = None;
        Ok(())
    }

    /// Forgets everything, and waits until it is forgotten.
    pub(crate) async fn rollback(mut self) -> Result<(), StoreError> {
        sqlx::query("ROLLBACK").execute(&mut *self).await?;
        self.held = None;
        Ok(())
    }
}

impl Drop for WriteTx {
    fn drop(&mut self) {
        let Some(mut held) = self.held.take() else { return };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        // Fails when the transaction has ended by its own fault, which is what is wanted.
        runtime.spawn(async move { drop(sqlx::query("ROLLBACK").execute(&mut held.conn).await) });
    }
}

impl Deref for WriteTx {
    type Target = Conn;
    fn deref(&self) -> &Conn {
        &self.held.as_ref().expect(HELD).conn
    }
}

impl DerefMut for WriteTx {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.held.as_mut().expect(HELD).conn
    }
}

/// Statements that go down together: text and values in order.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    sql: String,
    values: Values,
}

impl Gathered {
    /// Adds one statement, made of literals and a number of rows.
    pub(super) fn add(&mut self, sql: &str, bind: impl FnOnce(Values) -> Values) {
        self.sql.push_str(sql);
        self.sql.push(';');
        self.values = bind(std::mem::take(&mut self.values));
    }

    /// Executes what there is, if there is anything.
    pub(super) async fn execute(&mut self, conn: &mut Conn) -> Result<(), StoreError> {
        let Gathered { sql, values } = std::mem::take(self);
        if sql.is_empty() {
            return Ok(());
        }
        let arguments = values.finish()?;
        // Made of literals of `store/`: nothing of it comes from outside.
        sqlx::query_with(AssertSqlSafe(sql), arguments)
            .execute(conn)
            .await?;
        Ok(())
    }
}

/// Values for the places of a statement, in order.
#[derive(Debug, Default)]
pub(crate) struct Values {
    arguments: SqliteArguments,
    failed: Option<sqlx::error::BoxDynError>,
}

impl Values {
    /// Adds the next one.
    pub(crate) fn bind<'t, T: Encode<'t, Sqlite> + Type<Sqlite>>(mut self, value: T) -> Self {
        if let Err(error) = self.arguments.add(value) {
            self.failed.get_or_insert(error);
        }
        self
    }

    fn finish(self) -> Result<SqliteArguments, StoreError> {
        match self.failed {
            None => Ok(self.arguments),
            Some(error) => Err(StoreError::Database(sqlx::Error::Encode(error))),
        }
    }
}

//! Every bound of the server's edges in one place. Protocol bounds live in `sync_core::limits`.

/// How long a statement waits for another process's lock.
pub const DB_BUSY_TIMEOUT_MS: u64 = 10_000;
/// How long a caller waits for a connection before it is told to come back.
pub const DB_ACQUIRE_TIMEOUT_MS: u64 = 30_000;
/// Read connections.
pub const DB_READERS: u32 = 8;

//! Bounds of the relay. Those of the protocol are in `sync_core::limits`.

/// Submissions waiting for the writer; the next one waits in its own connection.
pub(super) const JOBS_QUEUED_MAX: usize = 4_096;
/// Changes after which a commit takes no further submission.
pub(super) const COMMIT_CHANGES_TARGET: usize = 1_500;
/// Submissions in one commit.
pub(super) const COMMIT_JOBS_MAX: usize = 512;
/// Documents the writer keeps.
pub(super) const CACHED_DOCUMENTS_MAX: usize = 20_000;
/// Their estimated size.
pub(super) const CACHED_BYTES_MAX: usize = 256 * 1024 * 1024;
/// How often contacts of devices are written down.
pub(super) const CONTACTS_WRITTEN_EVERY_MS: i64 = 30_000;
/// Verdict lines in one page.
pub(super) const VERDICT_ROWS_AT_A_TIME: u32 = 256;
/// Feed lines in one page.
pub(super) const ENTRY_ROWS_AT_A_TIME: u32 = 256;
/// Documents in one page of a load.
pub(super) const LOAD_ROWS_AT_A_TIME: u32 = 32;
/// Rows of a first list in one frame.
pub(super) const LIST_ROWS_AT_A_TIME: u32 = 400;
/// Entries of one commit up to which those who listen are handed them; beyond that they read the log.
pub(super) const TOLD_ENTRIES_MAX: usize = 64;
/// Signals waiting for one live connection; what does not fit it reads from the log.
pub(super) const LIVE_SIGNALS_QUEUED_MAX: usize = 32;
/// How often live delivery looks without having been told.
pub(super) const LIVE_POLL_MS: u64 = 3_000;
/// Feeds read for live delivery at a time.
pub(super) const LIVE_FEEDS_AT_A_TIME: usize = 4;
/// One message from a live device, inflated.
pub(super) const LIVE_MESSAGE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Size at which a frame of a feed's tail is closed, before compression.
pub(super) const TAIL_FRAME_BYTES_TARGET: usize = 1024;

//! Every bound of the engine and the protocol, in one place, units last in the names.
//!
//! A bound is part of the contract: `PROTOCOL.md` lists them, and what exceeds one gets a verdict, never a panic.

/// One change in its wire form.
pub const CHANGE_SIZE_BYTES_MAX: usize = 256 * 1024;
/// Operations in one change.
pub const CHANGE_OPS_MAX: usize = 2_000;
/// Dependencies of one change: concurrent heads its author had seen.
pub const CHANGE_DEPS_MAX: usize = 64;
/// Predecessors of one operation: concurrent values it overwrites.
pub const OP_PREDS_MAX: usize = 64;
/// Changes in one envelope.
pub const ENVELOPE_CHANGES_MAX: usize = 256;
/// Wire size the outbox aims at for one envelope, so that a cut link loses little.
pub const ENVELOPE_SIZE_BYTES_TARGET: usize = 1024;
/// Changes the outbox aims at for one envelope.
pub const ENVELOPE_CHANGES_TARGET: usize = 64;
/// All envelopes of one exchange, inflated.
pub const EXCHANGE_SIZE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Envelopes in one exchange.
pub const EXCHANGE_ENVELOPES_MAX: usize = 2_048;
/// One frame, inflated. Entry frames aim at [`FRAME_SIZE_BYTES_TARGET`]; only a single large entry may exceed it.
pub const FRAME_SIZE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Size at which an entry frame is closed, before compression: some 12 KB on the link, which is what a cut can cost.
pub const FRAME_SIZE_BYTES_TARGET: usize = 48 * 1024;
/// Entries or rows in one frame: what is short on the wire is not short in memory.
pub const FRAME_ENTRIES_MAX: usize = 32 * 1024;
/// Frames in one WebSocket message.
pub const MESSAGE_FRAMES_MAX: usize = 2_048;
/// A saved document.
pub const DOCUMENT_SIZE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Operation counters stay far below 2^32, where Automerge's packing ends.
pub const OP_COUNTER_MAX: u64 = 1 << 28;
/// A change may start at most this far beyond the highest operation its dependencies reach.
pub const START_OP_GAP_MAX: u64 = 0;
/// Claimed times lie within this many seconds of 1970, either side: no calendar ends there, and differences of two
/// stay small.
pub const CLAIMED_TIME_ABS_S_MAX: u64 = 1 << 40;
/// One text value.
pub const TEXT_SIZE_BYTES_MAX: usize = 64 * 1024;
/// One key of a map.
pub const KEY_SIZE_BYTES_MAX: usize = 64;
/// Entries in one container of a document.
pub const CONTAINER_ENTRIES_MAX: usize = 5_000;
/// Changes waiting for a missing dependency, for one device.
pub const PARKED_PER_DEVICE_MAX: usize = 256;
/// Feeds in one hello: a township has two for each of its villages.
pub const HELLO_CURSORS_MAX: usize = 2_048;
/// Documents asked for in one fetch.
pub const FETCH_DOCS_MAX: usize = 512;
/// Cold entries above which a far-behind feed is sent as snapshots instead of changes.
pub const TAIL_ENTRIES_MAX: u64 = 4_000;
/// Window of the stream compression, as a power of two: what a receiver must be able to hold.
pub const STREAM_WINDOW_LOG: u32 = 21;
/// Accepted changes are kept on their author's device this long, to survive a server restored from backup.
pub const ACCEPTED_KEPT_DAYS: i64 = 30;
/// A device may still write to a document that left its scope, if it has not been told yet, this long.
pub const LATE_EDIT_DAYS: i64 = 30;
/// Buckets of a repair digest.
pub const REPAIR_BUCKETS: usize = 64;
/// Changes in a document's log before its base snapshot is rewritten.
pub const LOG_CHANGES_BEFORE_SNAPSHOT: usize = 16;
/// Loaded documents an engine keeps in memory.
pub const LOADED_DOCUMENTS_MAX: usize = 256;
/// One attachment.
pub const ATTACHMENT_SIZE_BYTES_MAX: usize = 5 * 1024 * 1024;
/// The small picture of one.
pub const ATTACHMENT_THUMB_SIZE_BYTES_MAX: usize = 64 * 1024;
/// What one request of an upload carries.
pub const ATTACHMENT_CHUNK_SIZE_BYTES_MAX: usize = 256 * 1024;
/// Attachments one field names.
pub const ATTACHMENTS_PER_FIELD_MAX: usize = 9;
/// How far the claimed time of a request for an attachment may lie from the server's, seconds.
pub const ATTACHMENT_PROOF_SKEW_S_MAX: i64 = 600;

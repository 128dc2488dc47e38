//! Every bound of the native device, units last in the names.

use std::time::Duration;

/// Exchanges of one `sync`, each because the one before left something to say.
pub const EXCHANGES_MAX: u32 = 256;
/// Exchanges in a row that neither sent nor brought anything before `sync` stops asking.
pub const IDLE_EXCHANGES_MAX: u32 = 2;
/// One reply, inflated: a county's first load, and no endless stream.
pub const REPLY_SIZE_BYTES_MAX: usize = 4 << 30;
/// One WebSocket message as it travels, and inflated.
pub const MESSAGE_SIZE_BYTES_MAX: usize = 16 << 20;
/// The answer to an enrolment request.
pub const ENROL_ANSWER_BYTES_MAX: usize = 64 << 10;
/// A line that brings no byte for so long is dead. Any byte is life, however slow the rest.
pub const SILENCE_MAX: Duration = Duration::from_secs(90);
/// Slowest line an upload is given time for, bytes per second.
pub const UPLOAD_BYTES_PER_S_MIN: u64 = 500;
/// Time for a connection to come about.
pub const CONNECT_MAX: Duration = Duration::from_secs(30);
/// A live connection that has heard nothing for so long asks with a ping.
pub const PING_AFTER: Duration = Duration::from_secs(30);
/// Cursors are acknowledged together, this long after the first of them moved.
pub const ACKNOWLEDGE_AFTER: Duration = Duration::from_secs(2);
/// Edits made within this time of each other go out together on a live connection.
pub const GATHER_FOR: Duration = Duration::from_millis(3);
/// Shortest and longest wait before a live connection is tried again; doubled each time, with jitter.
pub const RECONNECT_AFTER_MIN: Duration = Duration::from_millis(500);
/// See [`RECONNECT_AFTER_MIN`].
pub const RECONNECT_AFTER_MAX: Duration = Duration::from_secs(60);
/// Messages waiting to go out on a live connection.
pub const OUTGOING_MESSAGES_MAX: usize = 8;
/// How long `sync` waits on a live connection for the verdicts.
pub const LIVE_SYNC_WAIT: Duration = Duration::from_secs(60);
/// `enrol --wait` asks this often.
pub const APPROVAL_POLL: Duration = Duration::from_secs(5);
/// One line of an edit file or of a session.
pub const LINE_SIZE_BYTES_MAX: usize = 4 << 20;
/// Edits that `apply` makes durable together.
pub const APPLY_BATCH_EDITS_MAX: usize = 200;
/// Longest time `apply` keeps an edit before making it durable.
pub const APPLY_BATCH_MAX: Duration = Duration::from_millis(100);
/// Events kept for a host that does not fetch them; the oldest go first.
pub const EVENTS_MAX: usize = 65_536;
/// Memory for pages of the database.
pub const STORE_CACHE_BYTES: usize = 16 << 20;
/// Results of one `find`.
pub const FOUND_MAX: usize = 1_000;

//! Every bound of the server's edges in one place. Protocol bounds live in `sync_core::limits`.

/// How long a statement waits for another process's lock.
pub const DB_BUSY_TIMEOUT_MS: u64 = 10_000;
/// How long a caller waits for a connection before it is told to come back.
pub const DB_ACQUIRE_TIMEOUT_MS: u64 = 30_000;
/// Statements the writer keeps prepared: small commits go down as one, in as many forms as there are sorts of commits.
pub const DB_WRITER_STATEMENTS: usize = 256;
/// Read connections.
pub const DB_READERS: u32 = 8;

/// Connections at a time; the next one is closed at once.
pub const CONNECTIONS_MAX: usize = 20_000;
/// Requests being answered at a time; the next one gets 503.
pub const REQUESTS_MAX: usize = 1_024;
/// Longest time for an ordinary request (exchange and live streams have bounds of their own).
pub const REQUEST_TIMEOUT_S: u64 = 30;
/// Longest time for the request line and headers, and for a TLS handshake.
pub const HEADER_TIMEOUT_S: u64 = 20;
/// Longest time requests get to end when the server stops.
pub const SHUTDOWN_GRACE_S: u64 = 20;
/// Body of an administration request.
pub const ADMIN_BODY_BYTES_MAX: usize = 256 * 1024;
/// Body of an enrolment request.
pub const ENROL_BODY_BYTES_MAX: usize = 8 * 1024;

/// A session without a request ends after this.
pub const SESSION_IDLE_MS: i64 = 30 * 60 * 1000;
/// A session ends after this whatever happens.
pub const SESSION_ABSOLUTE_MS: i64 = 12 * 3600 * 1000;
/// How long a step-up lasts.
pub const STEP_UP_MS: i64 = 5 * 60 * 1000;
/// Sessions of one account; the oldest ends when one more begins.
pub const SESSIONS_PER_ACCOUNT_MAX: i64 = 20;
/// How often an active session's last use is written down.
pub const SESSION_TOUCH_MS: i64 = 60 * 1000;
/// Streams of hints one session may hold open: as many pages as somebody works with at a time.
pub const EVENT_STREAMS_PER_SESSION_MAX: usize = 6;
/// Streams of hints in all.
pub const EVENT_STREAMS_MAX: usize = 2_000;
/// A stream of hints says that it lives, and looks whether its session still does, this often.
pub const EVENTS_ALIVE_S: u64 = 15;
/// A page whose stream was cut opens it again after so long.
pub const EVENTS_AGAIN_S: u64 = 5;
/// What happens within so long is told as one.
pub const EVENTS_GATHER_MS: u64 = 200;
/// Wrong sign-ins before an account slows down.
pub const LOGIN_FAILURES_FREE: i64 = 5;
/// First pause after that; doubles with each failure.
pub const LOGIN_LOCK_MS: i64 = 30 * 1000;
/// Longest pause, so that nobody can lock an administrator out for good.
pub const LOGIN_LOCK_MS_MAX: i64 = 15 * 60 * 1000;
/// Sign-in attempts per address and minute.
pub const LOGIN_PER_ADDRESS_MINUTE: u32 = 20;
/// Passwords hashed at a time (19 MiB each).
pub const PASSWORD_HASHES_AT_A_TIME: usize = 4;
/// Length of a password.
pub const PASSWORD_CHARS: std::ops::RangeInclusive<usize> = 10..=256;
/// Passkeys of one account: a phone, a computer or two, a stick in a drawer.
pub const PASSKEYS_PER_ACCOUNT_MAX: usize = 10;
/// How long a browser may take to answer a question of signing in.
pub const QUESTION_LIFE_MS: i64 = 5 * 60 * 1000;
/// Such questions under way; the oldest goes when one more is asked.
pub const QUESTIONS_MAX: usize = 2_000;
/// How long an issuer of a single sign-on may take for one answer.
pub const SSO_TIMEOUT_S: u64 = 10;
/// One of its answers.
pub const SSO_ANSWER_BYTES_MAX: usize = 1024 * 1024;
/// What an issuer calls a person.
pub const SSO_SUBJECT_CHARS_MAX: usize = 255;
/// Recovery codes given with an account.
pub const RECOVERY_CODES: usize = 10;

/// Enrolment requests per address and minute.
pub const ENROL_PER_ADDRESS_MINUTE: u32 = 10;
/// Failed enrolment requests per deployment and hour. Successes do not count, so a training day is not held up.
pub const ENROL_FAILURES_PER_HOUR: u32 = 100;
/// Wrong codes that name an invitation before it dies.
pub const INVITATION_TRIES_MAX: i64 = 5;
/// Life of an invitation.
pub const INVITATION_LIFE_MS: i64 = 24 * 3600 * 1000;
/// Longest life an administrator can give it.
pub const INVITATION_LIFE_MS_MAX: i64 = 7 * 24 * 3600 * 1000;
/// Invitations made in one request.
pub const INVITATIONS_BULK_MAX: usize = 200;
/// Devices waiting for a decision.
pub const PENDING_DEVICES_MAX: i64 = 5_000;
/// Life of a grant.
pub const GRANT_LIFE_MS: i64 = 180 * 24 * 3600 * 1000;
/// Longest life an administrator can give it.
pub const GRANT_LIFE_MS_MAX: i64 = 400 * 24 * 3600 * 1000;
/// How long a device works without hearing from the server.
pub const OFFLINE_GRACE_HOURS: i64 = 336;

/// Quarantined changes read from the log at a time.
pub const QUARANTINE_BATCH: u32 = 200;
/// Quarantined changes decided about in one request.
pub const QUARANTINE_DECISIONS_MAX: usize = 200;

/// A name of a person, place, unit or device.
pub const NAME_CHARS_MAX: usize = 100;
/// A version of an app.
pub const VERSION_CHARS_MAX: usize = 40;
/// A remark.
pub const NOTE_CHARS_MAX: usize = 500;
/// Places of one person or device.
pub const PLACES_MAX: usize = 200;
/// Rows in one page of a list.
pub const PAGE_ROWS_MAX: i64 = 500;
/// Addresses a rate limiter remembers before it forgets those that are quiet.
pub const LIMITER_ADDRESSES_MAX: usize = 50_000;
/// Streams one HTTP/2 connection may have open.
pub const HTTP2_STREAMS_MAX: u32 = 64;
/// How often an idle HTTP/2 connection is asked whether it still lives.
pub const HTTP2_KEEPALIVE_S: u64 = 60;
/// How long it may take to answer: a slow link with a full queue answers late.
pub const HTTP2_KEEPALIVE_TIMEOUT_S: u64 = 120;

/// A sync request that brings nothing for so long is given up.
pub const EXCHANGE_IDLE_S: u64 = 60;
/// Bytes of frames after which an answer is flushed, before compression.
pub const EXCHANGE_FLUSH_BYTES: usize = 4 * 1024;
/// The same for an answer that is no whole load.
pub const EXCHANGE_FLUSH_BYTES_SHORT: usize = 1024;
/// Sync requests being read at a time; the next one waits.
pub const SYNC_BODIES_MAX: usize = 1_024;
/// Answers being compressed strongly at a time.
pub const SYNC_HEAVY_MAX: usize = 2;
/// When to come back to a relay that cannot write.
pub const SYNC_RETRY_AFTER_S: u64 = 5;

/// What a live connection reads at a time.
pub const LIVE_BUFFER_BYTES: usize = 4 * 1024;
/// What may wait to be written on a live connection.
pub const LIVE_WRITE_BUFFER_BYTES_MAX: usize = 8 * 1024 * 1024;
/// One live message, compressed.
pub const LIVE_MESSAGE_BYTES_MAX: usize = 1024 * 1024;
/// After so long without a byte a live connection is asked for one; before its hello it is given up.
pub const LIVE_QUIET_S: u64 = 60;
/// After so long without a byte it is given up.
pub const LIVE_SILENT_S: u64 = 900;
/// A message that cannot be handed to the network for so long ends the connection.
pub const LIVE_SEND_STUCK_S: u64 = 300;

/// Values of one filter.
pub const FILTER_VALUES_MAX: usize = 500;
/// Days a filter looks back.
pub const FILTER_DAYS_MAX: i64 = 3_660;
/// Needs or visits shown with one household.
pub const FILE_ROWS_MAX: usize = 200;
/// Journals read for one household: so many years.
pub const FILE_YEARS_MAX: usize = 5;
/// Changes in one page of a history.
pub const HISTORY_ROWS_MAX: i64 = 200;
/// Filters one person keeps.
pub const SAVED_FILTERS_MAX: i64 = 50;
/// One of them.
pub const SAVED_FILTER_BYTES_MAX: usize = 4 * 1024;
/// Rows of one exported sheet.
pub const EXPORT_ROWS_MAX: usize = 20_000;
/// Exports being written at a time.
pub const EXPORTS_AT_A_TIME: usize = 2;
/// Months of a chart.
pub const ACTIVITY_MONTHS_MAX: i64 = 36;
/// Villages whose figures are kept in memory.
pub const FIGURES_KEPT_MAX: usize = 20_000;

/// Pieces of one upload: enough for the smallest that make sense on a bad link.
pub const ATTACHMENT_PIECES_MAX: u64 = 2_048;
/// Uploads a device has under way.
pub const ATTACHMENT_UPLOADS_PER_DEVICE_MAX: u64 = 64;
/// What a device may send within [`ATTACHMENT_QUOTA_MS`]: about 1,200 photos.
pub const ATTACHMENT_QUOTA_BYTES: u64 = 256 * 1024 * 1024;
/// The span of that quota.
pub const ATTACHMENT_QUOTA_MS: i64 = 24 * 3600 * 1000;
/// When to come back to it.
pub const ATTACHMENT_QUOTA_RETRY_S: u64 = 3_600;
/// Requests for attachments of one device and minute.
pub const ATTACHMENT_REQUESTS_PER_MINUTE: u32 = 1_200;
/// How long an upload that nothing is heard of is kept.
pub const ATTACHMENT_UPLOAD_KEPT_MS: i64 = 14 * 24 * 3600 * 1000;
/// How long an attachment is kept that its document does not name: the text may wait for a review.
pub const ATTACHMENT_UNNAMED_KEPT_MS: i64 = 45 * 24 * 3600 * 1000;
/// How often that is looked after.
pub const ATTACHMENT_SWEEP_EVERY_S: u64 = 3_600;
/// Rows of one sweep.
pub const ATTACHMENT_SWEEP_ROWS: i64 = 1_000;
/// Months of attendance read for one answer: three hundred teams of five.
pub const ATTENDANCE_MONTHS_MAX: usize = 1_500;

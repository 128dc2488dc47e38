/** Every bound of the device in a browser, units last in the names. */

/** Exchanges of one sync, each because the one before left something to say. */
export const EXCHANGES_MAX = 256
/** Exchanges in a row that neither sent nor brought anything before a sync stops asking. */
export const IDLE_EXCHANGES_MAX = 2
/** One reply, inflated: a township's first load, and no endless stream. */
export const REPLY_SIZE_BYTES_MAX = 1024 * 1024 * 1024
/** One WebSocket message, inflated. */
export const MESSAGE_SIZE_BYTES_MAX = 16 * 1024 * 1024
/** Body of an answer that is not frames. */
export const ANSWER_SIZE_BYTES_MAX = 64 * 1024
/** A line that brings no byte for so long is dead. Any byte is life, however slow the rest. */
export const SILENCE_MS_MAX = 90_000
/** Slowest line an upload is given time for. */
export const UPLOAD_BYTES_PER_S_MIN = 500
/**
 * A request that fails sooner is taken never to have left, and what it carried goes out again unasked. Asking first would
 * cost a round trip; a wrong guess costs no more than what the line carried in this time.
 */
export const NEVER_LEFT_MS_MAX = 1_000
/**
 * What was sent on a live connection and has brought nothing for so long is asked about by an exchange. A page sees
 * messages only whole: on the slowest line one may take most of this time.
 */
export const ANSWER_MS_MAX = 60_000
/** How often a live connection is looked at, and open questions are asked again. */
export const LOOK_EVERY_MS = 10_000
export const ASK_AGAIN_MS = 30_000
/** Cursors are acknowledged together, this long after the first of them moved. */
export const ACKNOWLEDGE_AFTER_MS = 2_000
/** Edits made within this time of each other go out together. */
export const GATHER_MS = 300
/** Shortest and longest wait before the server is tried again; doubled each time, with jitter. */
export const RETRY_MS_MIN = 2_000
export const RETRY_MS_MAX = 120_000
/** A pending device asks this often whether it has been let in. */
export const APPROVAL_POLL_MS = 5_000
/** Without a live connection the server is asked this often. */
export const SYNC_EVERY_MS = 5 * 60_000
/** How long a server that cannot be used is left alone. */
export const FAILED_RETRY_MS = 60_000

/** Pages of a space. Chosen so that a page of 10,000 documents is about 60 KB. */
export const PAGES = 64
/** A journal above one of these is folded into the pages. */
export const JOURNAL_ENTRIES_MAX = 300
export const JOURNAL_SIZE_BYTES_MAX = 1024 * 1024
/** Set aside so that on a full phone what people write still fits, and after that can still be handed over. */
export const RESERVE_SIZE_BYTES = { text: 2 * 1024 * 1024, sync: 512 * 1024 }
/** Only with this much left. */
export const RESERVE_WITH_LEFT_MIB = 20
/** Less than this left counts as nearly full. */
export const STORAGE_LOW_MIB = 50

/** Documents whose rows are made in the same step as the change; more wait their turn. */
export const INDEX_AT_ONCE_MAX = 4
/** Longest time rows are made for before other calls get their turn. */
export const INDEX_SLICE_MS = 30
/** What others changed, kept for the first screen of the day. */
export const NEWS_MAX = 200
/** Rows of one page. */
export const PAGE_ROWS_MAX = 500
/** Lists on the first screen. */
export const TODAY_ROWS_MAX = 30
/** Drafts kept; the oldest go first. */
export const DRAFTS_MAX = 50
/** Calls whose answers are remembered, so that a call repeated after a change of leader has no second effect. */
export const CALLS_REMEMBERED_MAX = 32

/** A photo is drawn anew with edges no longer than this, and about this large. */
export const PHOTO_PX_MAX = 1_600
export const PHOTO_SIZE_BYTES = 256 * 1024
/** The small picture of one. */
export const THUMB_PX_MAX = 240
export const THUMB_SIZE_BYTES_MAX = 64 * 1024
/** One attachment; the server takes no larger one. */
export const ATTACHMENT_SIZE_BYTES_MAX = 5 * 1024 * 1024
/** What one request of an upload carries: a cut costs so much. Doubled while a piece takes less than its time. */
export const ATTACHMENT_PIECE_BYTES_MIN = 16 * 1024
export const ATTACHMENT_PIECE_BYTES_MAX = 256 * 1024
export const ATTACHMENT_PIECE_MS = 2_000
/** An attachment whose document the server does not have yet is tried again after so long; longer each time. */
export const ATTACHMENT_WAIT_DOC_MS = 30_000
/** An attachment that was not there is asked for again after so long. */
export const ATTACHMENT_MISSING_AGAIN_MS = 20_000
/** What was picked and written into nothing goes after this time. */
export const ATTACHMENT_DRAFT_KEPT_MS = 30 * 24 * 3_600_000
/** Attachments the device knows of by itself, and what it keeps of those that are on the server. */
export const ATTACHMENTS_KEPT_MAX = 1_000
export const ATTACHMENTS_CACHED_BYTES_MAX = 48 * 1024 * 1024

/** Wrong secrets before the first wait, and the waits after it. */
export const WRONG_FREE = 3
export const WRONG_WAIT_MS_MIN = 30_000
export const WRONG_WAIT_MS_MAX = 24 * 3_600_000
/** Characters of a PIN and of a passphrase. */
export const PIN_DIGITS_MIN = 6
export const PASSPHRASE_CHARS_MIN = 8
/** Locks by itself after this time without a touch, and when hidden for this long, unless told otherwise. */
export const AUTO_LOCK_MS = 10 * 60_000

/** A leader that does not say within this time that it has a call is gone or frozen. */
export const LEADER_ANSWERS_MS = 8_000
/** The status bar is told this often at most. */
export const TELL_EVERY_MS = 120

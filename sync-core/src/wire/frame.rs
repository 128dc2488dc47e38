//! Frames: what an exchange and a live connection are made of, in both directions.
//!
//! A frame is `code, length, body`. A reader skips the body of a code it does not know, and the tail of an entry
//! kind it does not know is kept, so that newer and older ends go on talking. `PROTOCOL.md` has the tables.
//!
//! Declared here is what is said; how it is written is in `encoding`.

mod encoding;

use super::codec::{Malformed, Reader, Writer};
use crate::id::{AuthorNo, DeviceId, DocId, DocNo, FeedNo, Generation, Version};
use crate::limits;
use crate::policy::Role;
use crate::reason::Reason;
use crate::schema::Kind;
use crate::value::Scalar;

/// The version this code speaks.
pub const PROTOCOL_VERSION: u64 = 2;
/// The device holds documents of kinds it does not know, so it may be told of the feeds that carry them.
pub const CAPABILITY_LATER_KINDS: u64 = 1;
/// The oldest version still served.
pub const PROTOCOL_VERSION_MIN: u64 = 1;
/// From here on verdicts carry the mark of their envelope.
pub const VERSION_OF_MARKS: u64 = 2;

/// Where a frame begins in a buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameHead {
    /// What kind of frame.
    pub code: u8,
    /// Bytes of code and length.
    pub head_bytes: usize,
    /// Bytes of the body.
    pub body_bytes: usize,
}

impl FrameHead {
    /// Reads a head; `None` when more bytes are needed.
    ///
    /// # Errors
    /// When the announced length is over the bound.
    pub fn peek(bytes: &[u8]) -> Result<Option<FrameHead>, Malformed> {
        let mut reader = Reader::new(bytes);
        let Ok(code) = reader.u8("frame") else {
            return Ok(None);
        };
        let length = match reader.uint("frame length") {
            Ok(length) => length,
            Err(_) if bytes.len() < 11 => return Ok(None),
            Err(error) => return Err(error),
        };
        if length > limits::FRAME_SIZE_BYTES_MAX as u64 {
            return Err(Malformed("frame length"));
        }
        Ok(Some(FrameHead {
            code,
            head_bytes: bytes.len() - reader.rest().len(),
            body_bytes: length as usize,
        }))
    }
}

/// Everything that is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// Device → server: who I am, what I hold.
    Hello(Hello),
    /// Device → server: my changes.
    Envelope(Envelope),
    /// Device → server: send me these documents whole.
    Fetch(Vec<DocNo>),
    /// Device → server: what my replica of a feed sums up to, bucket by bucket.
    Repair(RepairDigests),
    /// Device → server, live: how far I have stored.
    Cursors(Vec<(FeedNo, Cursor)>),
    /// Server → device: answer to the hello.
    Welcome(Welcome),
    /// Server → device: what you may now do, when that changed.
    Grant(GrantFrame),
    /// Server → device: answers to your changes.
    Verdicts(Verdicts),
    /// Server → device: rows for a first list, before the documents.
    Rows(Vec<Row>),
    /// Server → device: a stretch of a feed.
    Entries(Entries),
    /// Server → device: nothing is left in these feeds; what a replica must sum up to.
    CaughtUp(Vec<FeedSum>),
    /// Server → device: what differs, in answer to [`Frame::Repair`].
    RepairList(RepairList),
    /// Server → device: wipe or suspend.
    Order(Order),
    /// Server → device: refused as a whole.
    Refused {
        /// Why.
        reason: Reason,
        /// When to try again, seconds; 0 for "not by waiting".
        retry_after_s: u64,
    },
    /// A frame of a later version.
    Unknown {
        /// Its code.
        code: u8,
        /// Its body.
        body: Vec<u8>,
    },
}

/// First frame of a device, signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hello {
    /// Protocol version of the device.
    pub version: u64,
    /// Bits for optional abilities; none yet.
    pub capabilities: u64,
    /// Who.
    pub device: DeviceId,
    /// Strictly increasing over hellos and envelopes of this device.
    pub counter: u64,
    /// The server's epoch the cursors belong to; 0 for none yet.
    pub epoch: u64,
    /// Version of the grant held; 0 for none.
    pub grant_version: u64,
    /// Position in each feed held. A feed in scope that is missing here is sent from the beginning.
    pub cursors: Vec<(FeedNo, Cursor)>,
    /// How the device is.
    pub health: Health,
    /// ECDSA P-256 over [`Hello::signed_bytes`].
    pub signature: [u8; 64],
}

/// How a device is, for administrators.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Health {
    /// Version of the app.
    pub app_version: String,
    /// The device's clock, Unix ms. Shown as skew, never believed.
    pub clock_ms: i64,
    /// Changes without a verdict.
    pub unsent: u64,
    /// Age of the oldest of them, seconds.
    pub unsent_age_s: u64,
    /// Storage left, MiB; 0 if unknown.
    pub storage_left_mib: u64,
}

/// A position in a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cursor {
    /// Everything up to this sequence number.
    Tail(u64),
    /// A load by snapshots is under way: everything up to `from`, and of the documents changed by `to` those up to
    /// and including `(after_rank, after_doc)`.
    Loading {
        /// Where the load began.
        from: u64,
        /// The feed's head when it began; the tail goes on from here.
        to: u64,
        /// Rank of the last document's kind.
        after_rank: u8,
        /// The last document.
        after_doc: DocNo,
    },
}

impl Cursor {
    /// Before everything.
    pub const START: Cursor = Cursor::Tail(0);

    /// The sequence number up to which everything is held.
    pub fn complete_to(&self) -> u64 {
        match self {
            Cursor::Tail(seq) | Cursor::Loading { from: seq, .. } => *seq,
        }
    }

    fn write(&self, out: &mut Writer) {
        match self {
            Cursor::Tail(seq) => out.u8(0).uint(*seq),
            Cursor::Loading {
                from,
                to,
                after_rank,
                after_doc,
            } => out.u8(1).uint(*from).uint(*to).u8(*after_rank).uint(*after_doc),
        };
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        match input.u8("cursor")? {
            0 => Ok(Cursor::Tail(input.uint("cursor")?)),
            1 => Ok(Cursor::Loading {
                from: input.uint("cursor from")?,
                to: input.uint("cursor to")?,
                after_rank: input.u8("cursor rank")?,
                after_doc: input.uint("cursor doc")?,
            }),
            _ => Err(Malformed("cursor")),
        }
    }
}

/// Changes of one device, signed together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Strictly increasing over hellos and envelopes of this device.
    pub counter: u64,
    /// The device's clock when it was sealed, Unix seconds.
    pub claimed_time_s: i64,
    /// The changes, each after what it depends on.
    pub changes: Vec<PushedChange>,
    /// ECDSA P-256 over [`crate::envelope::signed_bytes`].
    pub signature: [u8; 64],
}

/// One change on its way up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushedChange {
    /// The document.
    pub doc: DocRef,
    /// Its generation.
    pub generation: Generation,
    /// The change, as [`super::change::write_change`] writes it.
    pub body: Vec<u8>,
}

/// A document, by number or, while it has none, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DocRef {
    /// Known to the server.
    No(DocNo),
    /// New, as far as the device knows.
    New(Creation),
}

/// What a document is made from: its genesis follows from this alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Creation {
    /// Its name.
    pub id: DocId,
    /// Its kind.
    pub kind: Kind,
    /// The village it begins in.
    pub village: Option<String>,
    /// The household it belongs to.
    pub household: Option<DocId>,
    /// The year it covers.
    pub year: Option<u16>,
}

/// Digests of a device's replica of a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepairDigests {
    /// The feed.
    pub feed: FeedNo,
    /// [`limits::REPAIR_BUCKETS`] sums, truncated to 8 bytes.
    pub buckets: Vec<u64>,
}

/// Answer to a hello.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Welcome {
    /// Protocol version that is spoken from here on.
    pub version: u64,
    /// Bits for optional abilities; none yet.
    pub capabilities: u64,
    /// Changes when the server was restored from a backup.
    pub epoch: u64,
    /// Server clock, Unix ms.
    pub server_time_ms: i64,
    /// Highest counter the server has seen of this device, this hello's included.
    pub counter: u64,
    /// When the device's epoch is older: heads of its feeds right after the restore.
    pub restored: Vec<(FeedNo, u64)>,
}

/// What a device may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantFrame {
    /// Increases with every decision about the device.
    pub version: u64,
    /// Where the enrolment stands.
    pub status: DeviceStatus,
    /// The device's number as an author.
    pub author: AuthorNo,
    /// Role of the person on it.
    pub role: Role,
    /// Who.
    pub person: String,
    /// Their name.
    pub name: String,
    /// Villages of the grant.
    pub villages: Vec<String>,
    /// Unit, for its cadres.
    pub unit: Option<String>,
    /// Feeds in scope.
    pub feeds: Vec<(FeedNo, String)>,
    /// Unix ms.
    pub expires_ms: i64,
    /// How long the device may show data without contact.
    pub offline_grace_h: u64,
    /// The same, signed by the server (JWT, ES256).
    pub token: String,
}

/// Where an enrolment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum DeviceStatus {
    /// Nobody has decided yet: capture works, nothing comes down.
    Pending = 0,
    /// In use.
    Active = 1,
    /// Refused.
    Denied = 2,
    /// Ended by an administrator.
    Revoked = 3,
    /// Reported lost.
    Lost = 4,
    /// Two copies of it were seen.
    Suspended = 5,
    /// Another device took its place.
    Replaced = 6,
}

impl DeviceStatus {
    /// Every status, by wire number.
    pub const ALL: [DeviceStatus; 7] = {
        use DeviceStatus::*;
        [Pending, Active, Denied, Revoked, Lost, Suspended, Replaced]
    };

    /// Its name.
    pub fn as_str(self) -> &'static str {
        [
            "pending",
            "active",
            "denied",
            "revoked",
            "lost",
            "suspended",
            "replaced",
        ][self as usize]
    }

    /// Reads what [`DeviceStatus::as_str`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// Reads the wire number.
    pub fn from_wire(value: u8) -> Option<Self> {
        Self::ALL.get(usize::from(value)).copied()
    }
}

/// Verdicts, entries of the device's own feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdicts {
    /// Groups in order of their decision.
    pub groups: Vec<VerdictGroup>,
    /// Position in the device feed after this frame.
    pub after: u64,
}

/// Verdicts on neighbouring changes of one envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerdictGroup {
    /// Counter of the envelope.
    pub counter: u64,
    /// [`crate::envelope::mark`] of the envelope. In one frame all groups have it, or none: version 1 knows none.
    pub mark: Option<u64>,
    /// Index of the first change in it.
    pub first: u64,
    /// One for each change from there.
    pub verdicts: Vec<Verdict>,
}

/// The durable answer to one change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// In the log for good.
    Accepted {
        /// The document's number.
        doc: DocNo,
        /// The change's position in it.
        version: Version,
    },
    /// It was in the log already.
    Duplicate {
        /// The document's number.
        doc: DocNo,
        /// The change's position in it.
        version: Version,
    },
    /// Kept until what it depends on arrives; another verdict follows.
    Parked,
    /// Kept for an administrator's review; another verdict may follow.
    Quarantined,
    /// Refused.
    Rejected(Reason),
}

/// A line of a first list: some root fields of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The document's number.
    pub doc: DocNo,
    /// Its name.
    pub id: DocId,
    /// Its kind.
    pub kind: Kind,
    /// Key numbers of [`crate::schema::wire_keys`] and values.
    pub fields: Vec<(u16, Scalar)>,
}

/// A stretch of a feed. Applying it and moving the cursor is one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entries {
    /// The feed; 0 in answer to a fetch, which moves no cursor.
    pub feed: FeedNo,
    /// What happened, in order.
    pub entries: Vec<Entry>,
    /// Documents loaded so far and in all, while loading; 0 of 0 otherwise.
    pub progress: (u64, u64),
    /// Position after this frame.
    pub after: Cursor,
}

/// One thing that happened in a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// An author whose changes follow.
    Author(Author),
    /// A change to a document of the feed.
    Change {
        /// Document.
        doc: DocNo,
        /// Generation it belongs to.
        generation: Generation,
        /// Position in the document.
        version: Version,
        /// Author.
        author: AuthorNo,
        /// When the server received it, Unix seconds.
        received_s: i64,
        /// The change, as [`super::change::write_change`] writes it.
        body: Vec<u8>,
    },
    /// A document, whole.
    Snapshot {
        /// Document.
        doc: DocNo,
        /// Its name.
        id: DocId,
        /// Its kind.
        kind: Kind,
        /// Its generation.
        generation: Generation,
        /// Its version.
        version: Version,
        /// The document, as [`super::snapshot::strip`] writes it.
        body: Vec<u8>,
    },
    /// A document that joined the feed and that this device made itself: it has every change of it.
    Joined {
        /// Document.
        doc: DocNo,
        /// Its name.
        id: DocId,
    },
    /// A document that left the feed.
    Leave {
        /// Document.
        doc: DocNo,
    },
    /// An entry of a later version.
    Unknown {
        /// Its code.
        code: u8,
        /// Its body.
        body: Vec<u8>,
    },
}

/// A device as an author, with the person on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// Its number.
    pub no: AuthorNo,
    /// Its identity, from which its actors derive.
    pub device: DeviceId,
    /// The person.
    pub person: String,
    /// Their name.
    pub name: String,
    /// Their role.
    pub role: Role,
}

/// What a replica of a feed sums up to once it is caught up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedSum {
    /// The feed.
    pub feed: FeedNo,
    /// Its head.
    pub head: u64,
    /// Documents in it.
    pub documents: u64,
    /// [`crate::feed::Digest`] over them.
    pub digest: [u8; 16],
}

/// Documents of the buckets that differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepairList {
    /// The feed.
    pub feed: FeedNo,
    /// Bucket numbers that differ.
    pub buckets: Vec<u64>,
    /// All documents of those buckets: number, name, truncated digest.
    pub documents: Vec<(DocNo, DocId, u64)>,
}

/// A command of the deployment to one device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// What to do.
    pub kind: OrderKind,
    /// Why.
    pub reason: Reason,
    /// ECDSA P-256 of the server over [`crate::envelope::order_bytes`]; so no middleman can wipe a phone.
    pub signature: [u8; 64],
}

/// What an order asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum OrderKind {
    /// Destroy the storage key, then everything.
    Wipe = 1,
    /// Keep everything, show nothing, ask for re-enrolment.
    Suspend = 2,
}

mod code {
    pub(super) const HELLO: u8 = 1;
    pub(super) const ENVELOPE: u8 = 2;
    pub(super) const FETCH: u8 = 3;
    pub(super) const REPAIR: u8 = 4;
    pub(super) const CURSORS: u8 = 5;
    pub(super) const WELCOME: u8 = 32;
    pub(super) const GRANT: u8 = 33;
    pub(super) const VERDICTS: u8 = 34;
    pub(super) const ROWS: u8 = 35;
    pub(super) const ENTRIES: u8 = 36;
    pub(super) const CAUGHT_UP: u8 = 37;
    pub(super) const REPAIR_LIST: u8 = 38;
    pub(super) const ORDER: u8 = 39;
    pub(super) const REFUSED: u8 = 40;
    pub(super) const MARKED_VERDICTS: u8 = 41;

    pub(super) const ENTRY_AUTHOR: u8 = 1;
    pub(super) const ENTRY_CHANGE: u8 = 2;
    pub(super) const ENTRY_SNAPSHOT: u8 = 3;
    pub(super) const ENTRY_JOINED: u8 = 4;
    pub(super) const ENTRY_LEAVE: u8 = 5;
}

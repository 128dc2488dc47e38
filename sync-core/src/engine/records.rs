//! What a device stores: keys and values that any ordered key-value store can hold.
//!
//! Records whose key begins with `m` are small and are read when the engine opens; bodies (`b…`) are read document by
//! document when needed. A host applies each batch of [`Write`]s in one durable transaction.

use std::collections::BTreeMap;

use automerge::ChangeHash;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::edit::EditOp;
use crate::id::{AuthorNo, DeviceId, DocId, DocNo, FeedNo, Generation, Version};
use crate::policy::Role;
use crate::schema::Kind;
use crate::wire::frame::{Author, Creation, Cursor, DeviceStatus};

/// One change of the store: a value to put, or a key to delete.
#[derive(Clone, PartialEq, Eq)]
pub struct Write {
    /// Key.
    pub key: String,
    /// Value; `None` deletes.
    pub value: Option<Vec<u8>>,
}

// Values are personal data.
impl std::fmt::Debug for Write {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Write({}, {:?} bytes)",
            self.key,
            self.value.as_ref().map(Vec::len)
        )
    }
}

/// Prefix of the records that [`super::Engine::open`] wants.
pub const META_PREFIX: &str = "m";

/// Keys of all records.
pub(super) mod key {
    use super::*;

    pub(in crate::engine) const STATE: &str = "m/state";
    pub(in crate::engine) const FEED: &str = "m/feed/";
    pub(in crate::engine) const AUTHOR: &str = "m/author/";
    pub(in crate::engine) const DOC: &str = "m/doc/";
    pub(in crate::engine) const OUTBOX: &str = "m/out/";
    pub(in crate::engine) const KEPT: &str = "m/kept/";
    pub(in crate::engine) const RETURNED: &str = "m/returned/";
    pub(in crate::engine) const ROW: &str = "m/row/";
    pub(in crate::engine) const UNKNOWN: &str = "u/";

    pub(in crate::engine) fn numbered(prefix: &str, no: u64) -> String {
        format!("{prefix}{no:016x}")
    }
    pub(in crate::engine) fn doc(id: &DocId) -> String {
        format!("{DOC}{id}")
    }
    pub(in crate::engine) fn row(id: &DocId) -> String {
        format!("{ROW}{id}")
    }
    pub(in crate::engine) fn bodies(id: &DocId) -> String {
        format!("b/{id}/")
    }
    pub(in crate::engine) fn snapshot(id: &DocId) -> String {
        format!("b/{id}/s")
    }
    pub(in crate::engine) fn log(id: &DocId, version: Version) -> String {
        format!("b/{id}/v{version:016x}")
    }
}

/// Who this device is and where it stands.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) deployment: String,
    pub(super) device: DeviceIdText,
    #[serde(with = "hex_bytes")]
    pub(super) server_public_key: Vec<u8>,
    pub(super) app_version: String,
    pub(super) counter: u64,
    pub(super) epoch: u64,
    pub(super) next_item: u64,
    pub(super) next_key: u64,
    pub(super) grant: Option<Grant>,
    /// Highest server time seen: the offline grace counts from it and it never goes back.
    pub(super) server_time_ms: i64,
    /// Device clock at the last complete exchange.
    pub(super) synced_ms: i64,
    /// Device clock when the server was last heard.
    #[serde(default)]
    pub(super) contact_clock_ms: i64,
    /// Longest time without contact seen since, by the device clock.
    #[serde(default)]
    pub(super) silent_ms_max: i64,
    pub(super) device_feed_seq: u64,
    /// Envelopes were sent whose verdicts have not come: ask before sending them again.
    pub(super) in_doubt: bool,
    /// The server could not resolve a short reference: write dependencies in full.
    pub(super) full_hashes: bool,
}

/// What this device may do, as the server last said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Increases with every decision.
    pub version: u64,
    /// Where the enrolment stands.
    #[serde(with = "status_text")]
    pub status: DeviceStatus,
    /// The device's number as an author.
    pub author: AuthorNo,
    /// Role of the person.
    #[serde(with = "role_text")]
    pub role: Role,
    /// Who.
    pub person: String,
    /// Their name.
    pub name: String,
    /// Villages.
    pub villages: Vec<String>,
    /// Unit, for its cadres.
    pub unit: Option<String>,
    /// Unix ms.
    pub expires_ms: i64,
    /// Hours the device may show data without contact.
    pub offline_grace_h: u64,
    /// The server's signed token.
    pub token: String,
}

/// A feed in scope.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Feed {
    pub(super) name: String,
    pub(super) cursor: CursorText,
}

/// A known author.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct KnownAuthor {
    pub(super) device: DeviceIdText,
    pub(super) person: String,
    pub(super) name: String,
    #[serde(with = "role_text")]
    pub(super) role: Role,
}

impl KnownAuthor {
    pub(super) fn from_wire(author: &Author) -> Self {
        let Author {
            device,
            person,
            name,
            role,
            ..
        } = author.clone();
        KnownAuthor {
            device: DeviceIdText(device),
            person,
            name,
            role,
        }
    }
}

/// What is known of a document without loading it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct DocMeta {
    #[serde(with = "kind_text")]
    pub(super) kind: Kind,
    pub(super) no: Option<DocNo>,
    /// How it was made, if this device made it.
    pub(super) creation: Option<CreationText>,
    pub(super) generation: Generation,
    /// The contiguous prefix of accepted changes that is held.
    pub(super) version: Version,
    /// Version of the stored snapshot; log records follow from there to `version`. `None`: the base is the genesis.
    pub(super) snapshot_version: Option<Version>,
    /// Heads of the base, sorted.
    #[serde(with = "hash_list")]
    pub(super) heads: Vec<ChangeHash>,
    /// Feeds that hold it, each with the last sequence number that touched it.
    pub(super) feeds: BTreeMap<FeedNo, u64>,
    /// Accepted changes beyond the base, waiting for those between.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) early: BTreeMap<Version, Early>,
    /// The base is to be replaced by whatever the server holds.
    #[serde(default)]
    pub(super) refetch: bool,
    /// It left the last feed; only pending edits keep it.
    #[serde(default)]
    pub(super) left: bool,
    /// When the server had a change, Unix seconds, by the beginning of its hash: of documents of procedures, and of what
    /// came change by change. A whole document does not tell.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) received: BTreeMap<String, i64>,
}

impl DocMeta {
    /// Whether a feed holds it, or may: of an own document whose feed had not spoken before the server was restored
    /// nobody knows better.
    pub(super) fn may_be_in(&self, feed: FeedNo) -> bool {
        self.feeds.contains_key(&feed) || (self.refetch && self.feeds.is_empty())
    }
}

/// An accepted change whose predecessors in version order are still missing.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Early {
    /// Of this device.
    Own {
        #[serde(with = "hex_bytes")]
        chunk: Vec<u8>,
    },
    /// Of another, in wire form.
    Wire {
        author: AuthorNo,
        /// When the server had it, Unix seconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        received_s: Option<i64>,
        #[serde(with = "hex_bytes")]
        body: Vec<u8>,
    },
}

/// A local change without a final verdict.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Item {
    pub(super) doc: DocId,
    pub(super) generation: Generation,
    /// What the author did, to replay it when a change before it is refused.
    pub(super) ops: Vec<EditOp>,
    /// Claimed time, Unix seconds.
    pub(super) at: i64,
    #[serde(with = "hex_bytes")]
    pub(super) chunk: Vec<u8>,
    #[serde(with = "hash_text")]
    pub(super) hash: ChangeHash,
    pub(super) state: ItemState,
    /// Envelope it last went out in, without an answer: `(counter, index)`.
    pub(super) sent: Option<(u64, u64)>,
    /// [`crate::envelope::mark`] of that envelope.
    #[serde(default)]
    pub(super) mark: Option<u64>,
}

impl Item {
    /// Whether a verdict with this place and mark is about this change. Version 1 sends no mark: then the place has to
    /// do.
    pub(super) fn is_at(&self, place: (u64, u64), mark: Option<u64>) -> bool {
        self.sent == Some(place) && (mark.is_none() || self.mark.is_none() || mark == self.mark)
    }
}

/// Where a local change stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemState {
    /// Not sent, or sent without an answer.
    Unsent,
    /// The server keeps it until something else arrives.
    Parked,
    /// The server keeps it for an administrator's review.
    Quarantined,
    /// To be made anew on the present base.
    Redo,
}

impl ItemState {
    /// Whether the server keeps it until something else happens.
    pub fn is_waiting(self) -> bool {
        matches!(self, ItemState::Parked | ItemState::Quarantined)
    }
}

/// An accepted local change, kept in case the server is restored from a backup.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) item: Item,
    pub(super) creation: Option<CreationText>,
    /// Position of its verdict in the device feed.
    pub(super) verdict_seq: u64,
    /// Server time when it was accepted, Unix ms.
    pub(super) accepted_ms: i64,
}

/// A refused local change, kept until its author lets it go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Returned {
    /// The document.
    pub doc: DocId,
    /// Its kind.
    #[serde(with = "kind_text")]
    pub kind: Kind,
    /// Code of the reason.
    pub reason: String,
    /// What the author did.
    pub ops: Vec<EditOp>,
    /// Claimed time, Unix seconds.
    pub at: i64,
    /// Device clock when it came back, Unix ms.
    pub returned_ms: i64,
}

/// Hex in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DeviceIdText(pub(super) DeviceId);

impl Serialize for DeviceIdText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_hex())
    }
}

impl<'de> Deserialize<'de> for DeviceIdText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        DeviceId::from_hex(&text)
            .map(DeviceIdText)
            .ok_or_else(|| serde::de::Error::custom("device id"))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum CursorText {
    Tail(u64),
    Loading(u64, u64, u8, u64),
}

impl From<Cursor> for CursorText {
    fn from(cursor: Cursor) -> Self {
        match cursor {
            Cursor::Tail(seq) => CursorText::Tail(seq),
            Cursor::Loading {
                from,
                to,
                after_rank,
                after_doc,
            } => CursorText::Loading(from, to, after_rank, after_doc),
        }
    }
}

impl From<CursorText> for Cursor {
    fn from(text: CursorText) -> Self {
        match text {
            CursorText::Tail(seq) => Cursor::Tail(seq),
            CursorText::Loading(from, to, after_rank, after_doc) => Cursor::Loading {
                from,
                to,
                after_rank,
                after_doc,
            },
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CreationText {
    pub(super) id: DocId,
    #[serde(with = "kind_text")]
    pub(super) kind: Kind,
    pub(super) village: Option<String>,
    pub(super) household: Option<DocId>,
    pub(super) year: Option<u16>,
}

impl From<Creation> for CreationText {
    fn from(creation: Creation) -> Self {
        let Creation {
            id,
            kind,
            village,
            household,
            year,
        } = creation;
        CreationText {
            id,
            kind,
            village,
            household,
            year,
        }
    }
}

impl From<CreationText> for Creation {
    fn from(text: CreationText) -> Self {
        let CreationText {
            id,
            kind,
            village,
            household,
            year,
        } = text;
        Creation {
            id,
            kind,
            village,
            household,
            year,
        }
    }
}

fn to_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    out
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len())
        .step_by(2)
        .map(|i| u8::from_str_radix(&text[i..i + 2], 16).ok())
        .collect()
}

mod hex_bytes {
    use super::*;
    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&to_hex(bytes))
    }
    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        from_hex(&String::deserialize(deserializer)?).ok_or_else(|| serde::de::Error::custom("hex"))
    }
}

mod hash_text {
    use super::*;
    pub(super) fn serialize<S: Serializer>(hash: &ChangeHash, serializer: S) -> Result<S::Ok, S::Error> {
        hex_bytes::serialize(&hash.0, serializer)
    }
    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ChangeHash, D::Error> {
        let bytes = hex_bytes::deserialize(deserializer)?;
        <[u8; 32]>::try_from(bytes)
            .map(ChangeHash)
            .map_err(|_| serde::de::Error::custom("hash"))
    }
}

mod hash_list {
    use super::*;
    pub(super) fn serialize<S: Serializer>(hashes: &[ChangeHash], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(hashes.iter().map(|hash| to_hex(&hash.0)))
    }
    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<ChangeHash>, D::Error> {
        Vec::<String>::deserialize(deserializer)?
            .iter()
            .map(|text| {
                from_hex(text)
                    .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok())
                    .map(ChangeHash)
                    .ok_or_else(|| serde::de::Error::custom("hash"))
            })
            .collect()
    }
}

macro_rules! text_form {
    ($module:ident, $type:ty, $parse:expr, $show:expr) => {
        pub(crate) mod $module {
            use super::*;
            pub(crate) fn serialize<S: Serializer>(value: &$type, serializer: S) -> Result<S::Ok, S::Error> {
                #[allow(clippy::redundant_closure_call)]
                serializer.serialize_str(($show)(value))
            }
            pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<$type, D::Error> {
                let text = String::deserialize(deserializer)?;
                #[allow(clippy::redundant_closure_call)]
                ($parse)(&text).ok_or_else(|| serde::de::Error::custom(stringify!($module)))
            }
        }
    };
}

/// Kinds by name; one of a later version by its number, so that it is known when the app has learnt it.
pub(crate) mod kind_text {
    use super::*;
    const LATER: &str = "later-";

    pub(crate) fn serialize<S: Serializer>(kind: &Kind, serializer: S) -> Result<S::Ok, S::Error> {
        match kind {
            Kind::Later(code) => serializer.serialize_str(&format!("{LATER}{code}")),
            kind => serializer.serialize_str(kind.as_str()),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Kind, D::Error> {
        let text = String::deserialize(deserializer)?;
        let later = || text.strip_prefix(LATER)?.parse().ok().map(Kind::from_code);
        Kind::parse(&text)
            .or_else(later)
            .ok_or_else(|| serde::de::Error::custom("kind"))
    }
}

text_form!(role_text, Role, |text: &str| Role::parse(text), |role: &Role| {
    role.as_str()
});
text_form!(
    status_text,
    DeviceStatus,
    |text: &str| DeviceStatus::parse(text),
    |status: &DeviceStatus| status.as_str()
);

//! Documents, their snapshots and their changes.

use automerge::ChangeHash;
use futures_util::TryStreamExt;
use sqlx::sqlite::SqliteRow;
use sqlx::{Either, Executor, Row};
use sync_core::id::{AuthorNo, DocId, DocNo, FeedNo, Generation, Version};
use sync_core::schema::Kind;
use sync_core::wire::frame::Creation;
use sync_core::workflow::Writer;

use super::{hashes_from_bytes, int, numbers_from_bytes, numbers_to_bytes, uint};
use crate::projections::Written;
use crate::store::{Conn, StoreError};

/// A document without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DocRow {
    pub(crate) no: DocNo,
    pub(crate) creation: Creation,
    pub(crate) generation: Generation,
    pub(crate) version: Version,
    pub(crate) heads: Vec<ChangeHash>,
    pub(crate) authors: Vec<AuthorNo>,
    /// Feeds it is in, with the sequence number of its last entry in each; by feed.
    pub(crate) feeds: Vec<(FeedNo, u64)>,
    /// Where it lies now; of journals and needs, where their household lies.
    pub(crate) village: Option<String>,
    pub(crate) unit: Option<String>,
    pub(crate) list: Vec<u8>,
}

impl DocRow {
    pub(crate) fn authors_bytes(&self) -> Vec<u8> {
        numbers_to_bytes(self.authors.iter().copied())
    }

    pub(crate) fn feeds_bytes(&self) -> Vec<u8> {
        numbers_to_bytes(self.feeds.iter().flat_map(|(feed, seq)| [*feed, *seq]))
    }

    /// Sequence number of its last entry in a feed, if it is in it.
    pub(crate) fn last_seq(&self, feed: FeedNo) -> Option<u64> {
        self.feeds.iter().find(|(no, _)| *no == feed).map(|(_, seq)| *seq)
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT no, id, kind, village0, household, year, generation, version, heads, authors, feeds, village, unit, \
             list FROM documents ",
            $rest
        )
    };
}

pub(super) fn decode(row: &SqliteRow) -> Result<DocRow, StoreError> {
    let household: Option<&str> = row.try_get("household")?;
    let parse = |id: &str| DocId::parse(id).map_err(|_| StoreError::Corrupt("document name"));
    let numbers = numbers_from_bytes(row.try_get("feeds")?)?;
    Ok(DocRow {
        no: uint(row.try_get("no")?),
        creation: Creation {
            id: parse(row.try_get("id")?)?,
            kind: u8::try_from(row.try_get::<i64, _>("kind")?)
                .ok()
                .map(Kind::from_code)
                .filter(|kind| kind.is_known())
                .ok_or(StoreError::Corrupt("kind"))?,
            village: row.try_get("village0")?,
            household: household.map(parse).transpose()?,
            year: row
                .try_get::<Option<i64>, _>("year")?
                .map(|year| u16::try_from(year).map_err(|_| StoreError::Corrupt("year")))
                .transpose()?,
        },
        generation: generation(row.try_get("generation")?)?,
        version: uint(row.try_get("version")?),
        heads: hashes_from_bytes(row.try_get("heads")?)?,
        authors: numbers_from_bytes(row.try_get("authors")?)?,
        feeds: numbers.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect(),
        village: row.try_get("village")?,
        unit: row.try_get("unit")?,
        list: row.try_get("list")?,
    })
}

pub(super) fn generation(value: i64) -> Result<Generation, StoreError> {
    Generation::try_from(value).map_err(|_| StoreError::Corrupt("generation"))
}

pub(crate) async fn by_no(conn: &mut Conn, no: DocNo) -> Result<Option<DocRow>, StoreError> {
    let row = sqlx::query(select!("WHERE no = ?"))
        .bind(int(no))
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(decode).transpose()
}

pub(crate) async fn by_id(conn: &mut Conn, id: &DocId) -> Result<Option<DocRow>, StoreError> {
    let row = sqlx::query(select!("WHERE id = ?"))
        .bind(id.as_str())
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(decode).transpose()
}

/// Journals, needs and the card of a household, by number.
pub(crate) async fn of_household(conn: &mut Conn, household: &DocId) -> Result<Vec<DocRow>, StoreError> {
    let rows = sqlx::query(select!("WHERE household = ? ORDER BY no"))
        .bind(household.as_str())
        .fetch_all(conn)
        .await?;
    rows.iter().map(decode).collect()
}

/// Households of a village that have a card.
pub(crate) async fn carded_households(conn: &mut Conn, village: &str) -> Result<Vec<DocId>, StoreError> {
    let names: Vec<String> = sqlx::query_scalar(
        "SELECT household FROM documents card WHERE card.kind = ?1 AND EXISTS
            (SELECT 1 FROM documents file WHERE file.id = card.household AND file.village = ?2)
         ORDER BY household",
    )
    .bind(i64::from(Kind::Card.code()))
    .bind(village)
    .fetch_all(conn)
    .await?;
    names
        .iter()
        .map(|name| DocId::parse(name).map_err(|_| StoreError::Corrupt("document name")))
        .collect()
}

/// A document in its wire form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SnapshotRow {
    pub(crate) doc: DocNo,
    pub(crate) generation: Generation,
    pub(crate) version: Version,
    pub(crate) heads: Vec<ChangeHash>,
    pub(crate) body: Vec<u8>,
}

pub(crate) async fn snapshot(conn: &mut Conn, doc: DocNo) -> Result<Option<SnapshotRow>, StoreError> {
    let row = sqlx::query("SELECT doc, generation, version, heads, body FROM snapshots WHERE doc = ?")
        .bind(int(doc))
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(decode_snapshot).transpose()
}

fn decode_snapshot(row: &SqliteRow) -> Result<SnapshotRow, StoreError> {
    Ok(SnapshotRow {
        doc: uint(row.try_get("doc")?),
        generation: generation(row.try_get("generation")?)?,
        version: uint(row.try_get("version")?),
        heads: hashes_from_bytes(row.try_get("heads")?)?,
        body: row.try_get("body")?,
    })
}

/// What a document's content is made from: its snapshot, and the changes of its generation after that.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    pub(crate) snapshot: Option<SnapshotRow>,
    pub(crate) tail: Vec<ChangeRow>,
}

/// A document with all it is made from, in one round trip.
pub(crate) async fn with_content(conn: &mut Conn, no: DocNo) -> Result<Option<(DocRow, Stored)>, StoreError> {
    let statements = sqlx::query(concat!(
        select!("WHERE no = ?;"),
        "SELECT doc, generation, version, heads, body FROM snapshots WHERE doc = ?;
         SELECT no, doc, generation, version, hash, author, received_ms, envelope, body FROM changes
         WHERE doc = ? AND generation = (SELECT generation FROM documents WHERE no = changes.doc) AND version >
           coalesce((SELECT version FROM snapshots s WHERE s.doc = changes.doc AND s.generation = changes.generation), 0)
         ORDER BY version"
    ))
    .bind(int(no))
    .bind(int(no))
    .bind(int(no));
    let mut answers = conn.fetch_many(statements);
    let (mut row, mut stored, mut statement) = (None, Stored::default(), 0);
    while let Some(answer) = answers.try_next().await? {
        match (answer, statement) {
            (Either::Left(_), _) => statement += 1,
            (Either::Right(found), 0) => row = Some(decode(&found)?),
            (Either::Right(found), 1) => stored.snapshot = Some(decode_snapshot(&found)?),
            (Either::Right(found), _) => stored.tail.push(decode_change(&found)?),
        }
    }
    Ok(row.map(|row| (row, stored)))
}

/// A change in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChangeRow {
    pub(crate) no: u64,
    pub(crate) doc: DocNo,
    pub(crate) generation: Generation,
    pub(crate) version: Version,
    pub(crate) hash: ChangeHash,
    pub(crate) author: AuthorNo,
    pub(crate) received_ms: i64,
    pub(crate) envelope: u64,
    pub(crate) body: Vec<u8>,
}

/// Changes of a document after a version, in order.
pub(crate) async fn changes_after(
    conn: &mut Conn,
    doc: DocNo,
    generation: Generation,
    version: Version,
) -> Result<Vec<ChangeRow>, StoreError> {
    let rows = sqlx::query(
        "SELECT no, doc, generation, version, hash, author, received_ms, envelope, body FROM changes
         WHERE doc = ? AND generation = ? AND version > ? ORDER BY version",
    )
    .bind(int(doc))
    .bind(i64::from(generation))
    .bind(int(version))
    .fetch_all(conn)
    .await?;
    rows.iter().map(decode_change).collect()
}

fn decode_change(row: &SqliteRow) -> Result<ChangeRow, StoreError> {
    let hash = hashes_from_bytes(row.try_get("hash")?)?;
    Ok(ChangeRow {
        no: uint(row.try_get("no")?),
        doc: uint(row.try_get("doc")?),
        generation: generation(row.try_get("generation")?)?,
        version: uint(row.try_get("version")?),
        hash: *hash.first().ok_or(StoreError::Corrupt("hash"))?,
        author: uint(row.try_get("author")?),
        received_ms: row.try_get("received_ms")?,
        envelope: uint(row.try_get("envelope")?),
        body: row.try_get("body")?,
    })
}

/// Version of a change in its document. Reads the document's changes: asked only when a device repeats itself.
pub(crate) async fn version_of(
    conn: &mut Conn,
    doc: DocNo,
    generation: Generation,
    hash: &ChangeHash,
) -> Result<Option<Version>, StoreError> {
    let version: Option<i64> =
        sqlx::query_scalar("SELECT version FROM changes WHERE doc = ? AND generation = ? AND hash = ?")
            .bind(int(doc))
            .bind(i64::from(generation))
            .bind(&hash.0[..])
            .fetch_optional(conn)
            .await?;
    Ok(version.map(uint))
}

/// Who wrote a document's changes, and when each was received.
pub(crate) async fn written(conn: &mut Conn, row: &DocRow) -> Result<Written, StoreError> {
    let rows: Vec<(Vec<u8>, i64)> =
        sqlx::query_as("SELECT hash, received_ms FROM changes WHERE doc = ? AND generation = ?")
            .bind(int(row.no))
            .bind(i64::from(row.generation))
            .fetch_all(&mut *conn)
            .await?;
    let mut written = Written {
        village: row.village.clone().unwrap_or_default(),
        ..Written::default()
    };
    for (hash, received_ms) in rows {
        let hash = hashes_from_bytes(&hash)?;
        let hash = *hash.first().ok_or(StoreError::Corrupt("hash"))?;
        written.received.insert(hash, received_ms.div_euclid(1000));
    }
    for author in super::people_behind(conn, &row.authors).await? {
        let actor = author.device.actor(&row.creation.id, row.generation);
        let writer = Writer {
            person: author.person,
            name: author.name,
            role: author.role,
        };
        written.writers.insert(actor, writer);
    }
    Ok(written)
}

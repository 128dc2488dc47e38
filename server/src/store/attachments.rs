//! SQL of attachments (migration 0007). What may be taken and who may read is decided by [`crate::attachments`].

use sync_core::attachment::{Hash, Media};
use sync_core::id::{AuthorNo, DocNo};

use super::log::{int, uint};
use super::{Conn, StoreError};

/// An attachment that is whole, for one document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) size_bytes: u64,
    pub(crate) media: Media,
}

/// An attachment on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Upload {
    pub(crate) size_bytes: u64,
    pub(crate) received: u64,
    pub(crate) pieces: u64,
}

/// Names one upload, or with [`Subject::device`] aside one attachment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Subject {
    pub(crate) device: AuthorNo,
    pub(crate) hash: Hash,
    pub(crate) doc: String,
}

fn hash(bytes: Vec<u8>) -> Result<Hash, StoreError> {
    bytes.try_into().map_err(|_| StoreError::Corrupt("attachment"))
}

pub(crate) async fn kept(conn: &mut Conn, name: &Hash, doc: &str) -> Result<Option<Kept>, StoreError> {
    let row: Option<(i64, String)> =
        sqlx::query_as("SELECT size_bytes, media FROM attachments WHERE hash = ? AND doc = ?")
            .bind(&name[..])
            .bind(doc)
            .fetch_optional(conn)
            .await?;
    row.map(|(size, media)| {
        Ok(Kept {
            size_bytes: uint(size),
            media: Media::parse(&media).ok_or(StoreError::Corrupt("media"))?,
        })
    })
    .transpose()
}

/// Whether the accepted content of a document names this.
pub(crate) async fn is_named(conn: &mut Conn, doc: DocNo, name: &Hash) -> Result<bool, StoreError> {
    let hashes: Option<Vec<u8>> = sqlx::query_scalar("SELECT hashes FROM attachment_refs WHERE doc = ?")
        .bind(int(doc))
        .fetch_optional(conn)
        .await?;
    Ok(hashes.is_some_and(|hashes| hashes.chunks_exact(32).any(|known| known == name)))
}

pub(crate) async fn upload(conn: &mut Conn, of: &Subject) -> Result<Option<Upload>, StoreError> {
    let row: Option<(i64, i64, i64)> = sqlx::query_as(
        "SELECT size_bytes, received, pieces FROM attachment_uploads WHERE device = ? AND hash = ? AND doc = ?",
    )
    .bind(int(of.device))
    .bind(&of.hash[..])
    .bind(&of.doc)
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|(size, received, pieces)| Upload {
        size_bytes: uint(size),
        received: uint(received),
        pieces: uint(pieces),
    }))
}

/// Notes how far an upload has come.
pub(crate) async fn set_upload(
    conn: &mut Conn,
    of: &Subject,
    upload: &Upload,
    now_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO attachment_uploads (device, hash, doc, size_bytes, received, pieces, updated_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (device, hash, doc) DO UPDATE SET size_bytes = excluded.size_bytes,
             received = excluded.received, pieces = excluded.pieces, updated_ms = excluded.updated_ms",
    )
    .bind(int(of.device))
    .bind(&of.hash[..])
    .bind(&of.doc)
    .bind(int(upload.size_bytes))
    .bind(int(upload.received))
    .bind(int(upload.pieces))
    .bind(now_ms)
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn end_upload(conn: &mut Conn, of: &Subject) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM attachment_uploads WHERE device = ? AND hash = ? AND doc = ?")
        .bind(int(of.device))
        .bind(&of.hash[..])
        .bind(&of.doc)
        .execute(conn)
        .await?;
    Ok(())
}

/// Keeps an attachment that is whole.
pub(crate) async fn keep(conn: &mut Conn, of: &Subject, kept: &Kept, now_ms: i64) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT OR IGNORE INTO attachments (hash, doc, size_bytes, media, device, complete_ms)
         VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(&of.hash[..])
    .bind(&of.doc)
    .bind(int(kept.size_bytes))
    .bind(kept.media.as_str())
    .bind(int(of.device))
    .bind(now_ms)
    .execute(conn)
    .await?;
    Ok(())
}

/// What a device has on its way, and how many bytes it has begun to send or sent since a moment.
pub(crate) async fn load_of(
    conn: &mut Conn,
    device: AuthorNo,
    since_ms: i64,
) -> Result<(u64, u64), StoreError> {
    let (open, bytes): (i64, i64) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM attachment_uploads WHERE device = ?1),
                (SELECT coalesce(sum(size_bytes), 0) FROM attachment_uploads WHERE device = ?1)
                + (SELECT coalesce(sum(size_bytes), 0) FROM attachments WHERE device = ?1 AND complete_ms > ?2)",
    )
    .bind(int(device))
    .bind(since_ms)
    .fetch_one(conn)
    .await?;
    Ok((uint(open), uint(bytes)))
}

/// Uploads that nothing was heard of since a moment, some at a time.
pub(crate) async fn stale_uploads(
    conn: &mut Conn,
    before_ms: i64,
    limit: i64,
) -> Result<Vec<(Subject, Upload)>, StoreError> {
    let rows: Vec<(i64, Vec<u8>, String, i64, i64, i64)> = sqlx::query_as(
        "SELECT device, hash, doc, size_bytes, received, pieces FROM attachment_uploads
         WHERE updated_ms < ? ORDER BY updated_ms LIMIT ?",
    )
    .bind(before_ms)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|(device, name, doc, size, received, pieces)| {
            let upload = Upload {
                size_bytes: uint(size),
                received: uint(received),
                pieces: uint(pieces),
            };
            let of = Subject {
                device: uint(device),
                hash: hash(name)?,
                doc,
            };
            Ok((of, upload))
        })
        .collect()
}

/// Attachments sent before a moment that their documents do not name, or whose documents are not there.
pub(crate) async fn unnamed(
    conn: &mut Conn,
    before_ms: i64,
    limit: i64,
) -> Result<Vec<(Hash, String)>, StoreError> {
    let rows: Vec<(Vec<u8>, String)> = sqlx::query_as(
        "SELECT a.hash, a.doc FROM attachments a LEFT JOIN documents d ON d.id = a.doc
         LEFT JOIN attachment_refs r ON r.doc = d.no
         WHERE a.complete_ms < ? AND (r.doc IS NULL OR instr(r.hashes, a.hash) = 0) LIMIT ?",
    )
    .bind(before_ms)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|(name, doc)| Ok((hash(name)?, doc)))
        .collect()
}

/// Forgets an attachment of one document. Whether nothing else stands for its bytes.
pub(crate) async fn forget(conn: &mut Conn, name: &Hash, doc: &str) -> Result<bool, StoreError> {
    sqlx::query("DELETE FROM attachments WHERE hash = ? AND doc = ?")
        .bind(&name[..])
        .bind(doc)
        .execute(&mut *conn)
        .await?;
    is_unused(conn, name).await
}

/// Whether no row stands for these bytes.
pub(crate) async fn is_unused(conn: &mut Conn, name: &Hash) -> Result<bool, StoreError> {
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM attachments WHERE hash = ?")
        .bind(&name[..])
        .fetch_one(conn)
        .await?;
    Ok(rows == 0)
}

/// Everything that is whole, in order of names after one: each name once, with its size and what it is.
pub(crate) async fn all_after(
    conn: &mut Conn,
    after: Option<&Hash>,
    limit: i64,
) -> Result<Vec<(Hash, Kept)>, StoreError> {
    let rows: Vec<(Vec<u8>, i64, String)> = sqlx::query_as(
        "SELECT hash, max(size_bytes), min(media) FROM attachments WHERE ?1 IS NULL OR hash > ?1
         GROUP BY hash ORDER BY hash LIMIT ?2",
    )
    .bind(after.map(|name| name.to_vec()))
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|(name, size, media)| {
            let media = Media::parse(&media).ok_or(StoreError::Corrupt("media"))?;
            let size_bytes = uint(size);
            Ok((hash(name)?, Kept { size_bytes, media }))
        })
        .collect()
}

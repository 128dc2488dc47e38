//! Attachments: photos, signatures and scans that devices send after the text which names them.
//!
//! Owns what is taken (bounds, quotas, the check of hash and media type) and who is given what. An attachment is kept for
//! the document it was sent for, and given to readers of a document that names it: knowing a name opens nothing. The bytes
//! are [`blobs`]'s, what is no longer named [`sweep`]'s, SQL [`crate::store::attachments`]'s. The wire is section 19 of
//! PROTOCOL.md.

pub mod blobs;
pub(crate) mod proof;
pub mod sweep;

use std::collections::BTreeSet;
use std::ops::Range;

use bytes::Bytes;
use sync_core::attachment::{Hash, Media};
use sync_core::id::DocId;
use sync_core::limits as protocol;
use tokio::sync::Mutex;

use self::blobs::Blobs;
use crate::app::App;
use crate::auth::sha256;
use crate::config::Config;
use crate::error::{Code, Error};
use crate::limits;
use crate::offices::Viewer;
use crate::registry::devices::Device;
use crate::registry::grants;
use crate::store::attachments::{self as rows, Kept, Subject, Upload};
use crate::store::log::{self, DocRow};

/// What serves attachments.
#[derive(Debug)]
pub struct Attachments {
    pub(crate) blobs: Blobs,
    /// Held while a whole attachment is put in place or taken away: rows and bytes agree outside.
    pub(crate) settling: Mutex<()>,
}

impl Attachments {
    /// As configured.
    pub fn open(config: &Config) -> Result<Attachments, Error> {
        Ok(Attachments {
            blobs: Blobs::open(config)?,
            settling: Mutex::new(()),
        })
    }
}

/// How far an upload has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes on disk.
    pub offset: u64,
    /// All are, and they are what their name says.
    pub complete: bool,
}

/// A piece of an upload.
#[derive(Debug, Clone)]
pub struct Piece {
    /// Where it begins.
    pub offset: u64,
    /// How long the whole is.
    pub size_bytes: u64,
    /// The piece.
    pub bytes: Bytes,
}

/// What became of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is on disk.
    Yes(Progress),
    /// It does not begin where the last one ended.
    Elsewhere(Progress),
}

/// How far the upload of a device has come.
pub async fn progress(app: &App, device: &Device, name: &Hash, doc: &DocId) -> Result<Progress, Error> {
    readable(app, device, doc).await?;
    let of = subject(device, name, doc);
    let mut read = app.store.read().await?;
    if let Some(kept) = rows::kept(&mut read, name, &of.doc).await? {
        return Ok(Progress {
            offset: kept.size_bytes,
            complete: true,
        });
    }
    Ok(so_far(rows::upload(&mut read, &of).await?))
}

/// Takes a piece. What this answers is on disk.
pub async fn take(
    app: &App,
    device: &Device,
    name: &Hash,
    doc: &DocId,
    piece: Piece,
) -> Result<Taken, Error> {
    let length = piece.bytes.len() as u64;
    if piece.size_bytes > protocol::ATTACHMENT_SIZE_BYTES_MAX as u64
        || piece.bytes.len() > protocol::ATTACHMENT_CHUNK_SIZE_BYTES_MAX
    {
        return Err(Code::TooLarge.into());
    }
    let fits = piece
        .offset
        .checked_add(length)
        .is_some_and(|end| end <= piece.size_bytes);
    if !fits || piece.size_bytes == 0 || (length == 0 && piece.offset < piece.size_bytes) {
        return Err(Code::Malformed.into());
    }
    readable(app, device, doc).await?;
    let of = subject(device, name, doc);
    let mut read = app.store.read().await?;
    if let Some(kept) = rows::kept(&mut read, name, &of.doc).await? {
        return Ok(Taken::Yes(Progress {
            offset: kept.size_bytes,
            complete: true,
        }));
    }
    let begun = rows::upload(&mut read, &of).await?;
    drop(read);
    let mut upload = match begun {
        Some(upload) if upload.size_bytes == piece.size_bytes => upload,
        Some(_) => return Err(Code::Malformed.into()),
        None => Upload {
            size_bytes: piece.size_bytes,
            received: 0,
            pieces: 0,
        },
    };
    if piece.offset != upload.received {
        return Ok(Taken::Elsewhere(so_far(begun)));
    }
    if begun.is_none() {
        admit(app, &of, &piece).await?;
    }
    if length > 0 {
        if upload.pieces >= limits::ATTACHMENT_PIECES_MAX {
            return Err(Code::Malformed.into());
        }
        app.attachments
            .blobs
            .put_piece(&of, upload.pieces, piece.bytes)
            .await?;
        upload.received += length;
        upload.pieces += 1;
        let mut tx = app.store.writer().await?;
        // Another window may have sent the same piece meanwhile: then the line moved once, and this is a repetition.
        let now = rows::upload(&mut tx, &of).await?;
        if so_far(now).offset + length != upload.received {
            return Ok(Taken::Elsewhere(so_far(now)));
        }
        rows::set_upload(&mut tx, &of, &upload, app.now()).await?;
        tx.commit().await?;
    }
    if upload.received < upload.size_bytes {
        return Ok(Taken::Yes(so_far(Some(upload))));
    }
    finish(app, &of, &upload).await.map(Taken::Yes)
}

/// The bytes for somebody at a desk.
pub(crate) async fn for_viewer(app: &App, viewer: &Viewer, name: &Hash, doc: &str) -> Result<Kept, Error> {
    let doc = DocId::parse(doc).map_err(|_| Code::NotFound)?;
    let mut read = app.store.read().await?;
    let row = log::by_id(&mut read, &doc).await?.ok_or(Code::NotFound)?;
    drop(read);
    if !viewer.reads(&row)? {
        return Err(Code::NotFound.into());
    }
    named(app, name, &row).await
}

/// The bytes for a device.
pub(crate) async fn for_device(app: &App, device: &Device, name: &Hash, doc: &DocId) -> Result<Kept, Error> {
    let row = readable(app, device, doc).await?;
    named(app, name, &row).await
}

/// Bytes of an attachment that was found by [`for_viewer`] or [`for_device`].
pub(crate) async fn bytes(app: &App, name: &Hash, part: Option<Range<u64>>) -> Result<Bytes, Error> {
    Ok(app.attachments.blobs.get(name, part).await?)
}

async fn named(app: &App, name: &Hash, row: &DocRow) -> Result<Kept, Error> {
    let mut read = app.store.read().await?;
    let kept = rows::kept(&mut read, name, row.creation.id.as_str()).await?;
    match kept {
        Some(kept) if rows::is_named(&mut read, row.no, name).await? => Ok(kept),
        _ => Err(Code::NotFound.into()),
    }
}

/// A document that is in a feed of this device.
async fn readable(app: &App, device: &Device, doc: &DocId) -> Result<DocRow, Error> {
    let feeds = grants::scope_feeds(app, device).await?;
    let own: BTreeSet<&str> = feeds.iter().map(sync_core::audience::FeedName::as_str).collect();
    let mut read = app.store.read().await?;
    let row = log::by_id(&mut read, doc).await?.ok_or(Code::NotFound)?;
    for (feed, _) in &row.feeds {
        let feed = log::feed_by_no(&mut read, *feed).await?;
        if feed.is_some_and(|feed| own.contains(feed.name.as_str())) {
            return Ok(row);
        }
    }
    Err(Code::NotFound.into())
}

/// What a first piece has to pass: what it is, and what its device has sent already.
async fn admit(app: &App, of: &Subject, piece: &Piece) -> Result<(), Error> {
    if Media::sniff(&piece.bytes).is_none() {
        return Err(Code::AttachmentType.into());
    }
    let since_ms = app.now() - limits::ATTACHMENT_QUOTA_MS;
    let (open, bytes) = rows::load_of(&mut *app.store.read().await?, of.device, since_ms).await?;
    if open >= limits::ATTACHMENT_UPLOADS_PER_DEVICE_MAX
        || bytes + piece.size_bytes > limits::ATTACHMENT_QUOTA_BYTES
    {
        return Err(Error::retry(
            Code::AttachmentQuota,
            limits::ATTACHMENT_QUOTA_RETRY_S,
        ));
    }
    Ok(())
}

/// Everything has arrived: is it what its name says?
async fn finish(app: &App, of: &Subject, upload: &Upload) -> Result<Progress, Error> {
    let blobs = &app.attachments.blobs;
    let joined = blobs.joined(of, upload.pieces).await;
    let whole = joined.ok().filter(|bytes| sha256(bytes) == of.hash);
    let Some((bytes, media)) = whole.and_then(|bytes| Media::sniff(&bytes).map(|media| (bytes, media)))
    else {
        let mut tx = app.store.writer().await?;
        rows::end_upload(&mut tx, of).await?;
        tx.commit().await?;
        blobs.remove_pieces(of, upload.pieces).await;
        return Err(Code::UploadDamaged.into());
    };
    let kept = Kept {
        size_bytes: upload.size_bytes,
        media,
    };
    {
        let _settling = app.attachments.settling.lock().await;
        blobs.put(&of.hash, bytes).await?;
        let mut tx = app.store.writer().await?;
        rows::keep(&mut tx, of, &kept, app.now()).await?;
        rows::end_upload(&mut tx, of).await?;
        tx.commit().await?;
    }
    blobs.remove_pieces(of, upload.pieces).await;
    metrics::counter!("qiao_attachments_total").increment(1);
    Ok(Progress {
        offset: upload.size_bytes,
        complete: true,
    })
}

fn subject(device: &Device, name: &Hash, doc: &DocId) -> Subject {
    Subject {
        device: log::uint(device.no),
        hash: *name,
        doc: doc.to_string(),
    }
}

fn so_far(upload: Option<Upload>) -> Progress {
    Progress {
        offset: upload.map_or(0, |upload| upload.received),
        complete: false,
    }
}

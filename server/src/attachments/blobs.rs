//! Where the bytes of attachments lie: a folder, or a store that speaks S3.
//!
//! Owns names of objects and nothing else. A whole attachment is `whole/<first two>/<hex of its hash>`; what is on its way
//! are pieces beside it. Whatever this has written is on disk when it returns: the folder is synced, a store says so itself.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, ObjectStoreExt};
use sync_core::attachment::Hash;

use crate::config::{Attachments, Config};
use crate::error::Error;
use crate::store::attachments::Subject;

/// Folder of attachments inside the data directory.
pub const FOLDER: &str = "attachments";

/// The store of bytes. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
}

/// Why bytes could not be kept or had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BlobError {
    /// Not there.
    #[error("not in the store of attachments")]
    Missing,
    /// The disk or the store behind it is full.
    #[error("the store of attachments is full")]
    Full,
    /// The store failed. Its own words may hold an address or a key's name, so only their sort is kept.
    #[error("the store of attachments failed ({0})")]
    Failed(&'static str),
}

impl From<object_store::Error> for BlobError {
    fn from(error: object_store::Error) -> Self {
        use object_store::Error as E;
        if is_full(&error) {
            return BlobError::Full;
        }
        match error {
            E::NotFound { .. } => BlobError::Missing,
            E::PermissionDenied { .. } | E::Unauthenticated { .. } => BlobError::Failed("not permitted"),
            E::Generic { .. } => BlobError::Failed("input or output"),
            _ => BlobError::Failed("refused"),
        }
    }
}

impl From<BlobError> for Error {
    fn from(error: BlobError) -> Self {
        use crate::error::Code;
        match error {
            BlobError::Full => Error::retry(Code::StorageFull, crate::limits::SYNC_RETRY_AFTER_S),
            BlobError::Missing => Code::NotFound.into(),
            BlobError::Failed(_) => {
                tracing::error!(%error, "attachments");
                Error::retry(Code::Unavailable, crate::limits::SYNC_RETRY_AFTER_S)
            }
        }
    }
}

fn is_full(error: &object_store::Error) -> bool {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = source {
        let io = error.downcast_ref::<std::io::Error>();
        if io.is_some_and(|io| {
            matches!(
                io.kind(),
                std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded
            )
        }) {
            return true;
        }
        source = error.source();
    }
    false
}

impl Blobs {
    /// As configured.
    pub fn open(config: &Config) -> Result<Blobs, Error> {
        match &config.attachments {
            Attachments::Inside => Blobs::folder(&config.data_dir.join(FOLDER)),
            Attachments::Folder(folder) => Blobs::folder(folder),
            Attachments::S3(s3) => {
                let mut builder = AmazonS3Builder::new().with_url(&s3.url);
                if let Some(endpoint) = &s3.endpoint {
                    builder = builder
                        .with_endpoint(endpoint)
                        .with_allow_http(endpoint.starts_with("http://"));
                }
                if let Some(region) = &s3.region {
                    builder = builder.with_region(region);
                }
                if let (Some(id), Some(secret)) = (&s3.key_id, &s3.secret) {
                    builder = builder
                        .with_access_key_id(id)
                        .with_secret_access_key(secret.expose());
                }
                let store = builder
                    .build()
                    .map_err(|_| Error::internal("attachments: the S3 settings do not make a store"))?;
                let prefix = s3.url.splitn(4, '/').nth(3).unwrap_or("").trim_matches('/');
                let store: Arc<dyn ObjectStore> = match prefix {
                    "" => Arc::new(store),
                    prefix => Arc::new(PrefixStore::new(store, prefix)),
                };
                Ok(Blobs { store })
            }
        }
    }

    /// In this folder, made if it is not there, for its owner only.
    pub fn folder(folder: &Path) -> Result<Blobs, Error> {
        use std::os::unix::fs::DirBuilderExt;
        let made = std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder);
        let store = made
            .ok()
            .and_then(|()| LocalFileSystem::new_with_prefix(folder).ok())
            .ok_or_else(|| Error::internal("attachments: the folder cannot be made or entered"))?;
        Ok(Blobs {
            store: Arc::new(store.with_fsync(true)),
        })
    }

    /// Keeps a whole attachment.
    pub(crate) async fn put(&self, hash: &Hash, bytes: Bytes) -> Result<(), BlobError> {
        self.store.put(&whole(hash), bytes.into()).await?;
        Ok(())
    }

    /// All of it, or a part.
    pub(crate) async fn get(&self, hash: &Hash, part: Option<Range<u64>>) -> Result<Bytes, BlobError> {
        let key = whole(hash);
        match part {
            Some(range) => Ok(self.store.get_range(&key, range).await?),
            None => Ok(self.store.get(&key).await?.bytes().await?),
        }
    }

    /// Removes it; it may be gone already.
    pub(crate) async fn remove(&self, hash: &Hash) -> Result<(), BlobError> {
        self.delete(&whole(hash)).await
    }

    /// Keeps one piece of what is on its way.
    pub(crate) async fn put_piece(&self, of: &Subject, no: u64, bytes: Bytes) -> Result<(), BlobError> {
        self.store.put(&piece(of, no), bytes.into()).await?;
        Ok(())
    }

    /// The first pieces, joined.
    pub(crate) async fn joined(&self, of: &Subject, pieces: u64) -> Result<Bytes, BlobError> {
        let mut all = Vec::new();
        for no in 0..pieces {
            all.extend_from_slice(&self.store.get(&piece(of, no)).await?.bytes().await?);
        }
        Ok(all.into())
    }

    /// Removes the pieces; what cannot be removed is left for the next time an upload of this name ends.
    pub(crate) async fn remove_pieces(&self, of: &Subject, pieces: u64) {
        for no in 0..pieces {
            if let Err(error) = self.delete(&piece(of, no)).await {
                tracing::warn!(%error, "a piece of an attachment is left behind");
            }
        }
    }

    async fn delete(&self, key: &Key) -> Result<(), BlobError> {
        match self.store.delete(key).await.map_err(BlobError::from) {
            Ok(()) | Err(BlobError::Missing) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// The place of a whole attachment under a folder.
pub(crate) fn file_of(folder: &Path, hash: &Hash) -> PathBuf {
    folder.join(whole(hash).as_ref())
}

fn whole(hash: &Hash) -> Key {
    let hex = HEXLOWER.encode(hash);
    Key::from_iter(["whole", hex.get(..2).unwrap_or_default(), hex.as_str()])
}

/// A document's name is no part of a path: a piece lies under the hash of both.
fn piece(of: &Subject, no: u64) -> Key {
    let subject = [&of.hash[..], of.doc.as_bytes()].concat();
    let name = BASE64URL_NOPAD.encode(&crate::auth::sha256(&subject));
    Key::from_iter([
        "pieces".to_owned(),
        format!("{}-{name}", of.device),
        no.to_string(),
    ])
}

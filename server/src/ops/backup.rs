//! `qiao backup`: one encrypted file with everything that cannot be made again.
//!
//! Copies the database as of one moment while the server goes on, has the copy checked, and packs it with the keys.
//! The copy lies in the data directory for that long and nowhere else. Opening is [`super::restore`]'s.

use std::fs;
use std::io::BufWriter;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use sync_core::attachment::Hash;

use super::archive::{self, Manifest};
use super::seal::Key;
use crate::app::App;
use crate::attachments::blobs::{BlobError, Blobs};
use crate::registry::{Actor, audit};
use crate::store::maintenance;

/// Prefix of copies under way; one left behind by a crash is removed by the next backup.
const COPY_PREFIX: &str = ".backup-copy-";

/// Makes a backup. Without a key it is not encrypted.
pub async fn backup(app: &App, to: &Path, key: Option<Key>) -> anyhow::Result<Manifest> {
    ensure!(!to.exists(), "{} exists already", to.display());
    remove_leftovers(app.store.data_dir())?;
    let copy = Copy::create(app.store.data_dir())?;
    let mut conn = app.store.separate().await?;
    let copied = maintenance::copy_to(&mut conn, &copy.0).await;
    maintenance::close(conn).await?;
    copied.context("the database cannot be copied")?;
    let counts = maintenance::inspect(&copy.0).await?;
    let attachments = Attached {
        names: maintenance::attachments_of(&copy.0).await?,
        blobs: app.attachments.blobs.clone(),
        runtime: tokio::runtime::Handle::current(),
    };
    let manifest = Manifest {
        format: Manifest::FORMAT,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        deployment: app.deployment.id.clone(),
        created_ms: app.now(),
        epoch: counts.epoch,
        documents: counts.documents,
        changes: counts.changes,
        devices: counts.devices,
        audit_entries: counts.audit_entries,
        attachments: attachments.names.len() as u64,
    };
    let (data_dir, to) = (app.store.data_dir().to_owned(), to.to_owned());
    let (packed, encrypted) = (manifest.clone(), key.is_some());
    tokio::task::spawn_blocking(move || pack(&packed, &data_dir, &copy.0, &attachments, &to, key.as_ref()))
        .await??;
    let mut tx = app.store.writer().await?;
    let detail = [("encrypted", if encrypted { "yes" } else { "no" })];
    audit::append(
        &mut tx,
        app.now(),
        &Actor::command_line(),
        "backup.create",
        &app.deployment.id,
        &detail,
    )
    .await?;
    tx.commit().await?;
    Ok(manifest)
}

/// Written under another name first: a file of the right name is whole.
fn pack(
    manifest: &Manifest,
    data_dir: &Path,
    copy: &Path,
    attachments: &Attached,
    to: &Path,
    key: Option<&Key>,
) -> anyhow::Result<()> {
    let mut part = to.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&part)
        .with_context(|| format!("cannot write {}", part.display()))?;
    let packed = (|| {
        let mut out = BufWriter::new(&file);
        match key {
            Some(key) => {
                let mut sealed = key.seal(&mut out)?;
                archive::write(&mut sealed, manifest, data_dir, copy, attachments)?;
                sealed.finish()?;
            }
            None => archive::write(&mut out, manifest, data_dir, copy, attachments)?,
        }
        out.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        file.sync_all()?;
        anyhow::Ok(())
    })();
    if let Err(error) = packed {
        // What is left is half a backup, good for nothing.
        let _ = fs::remove_file(&part);
        return Err(error);
    }
    fs::rename(&part, to)?;
    let parent = to
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    fs::File::open(parent)?.sync_all()?;
    Ok(())
}

/// The attachments of a copy, read one at a time wherever they lie.
struct Attached {
    names: Vec<Hash>,
    blobs: Blobs,
    runtime: tokio::runtime::Handle,
}

impl archive::Attachments for Attached {
    fn names(&self) -> &[Hash] {
        &self.names
    }

    fn read(&self, name: &Hash) -> anyhow::Result<Option<bytes::Bytes>> {
        match self.runtime.block_on(self.blobs.get(name, None)) {
            Ok(bytes) => Ok(Some(bytes)),
            // Swept since the copy was made; were it lost, the check of the backup would say so.
            Err(BlobError::Missing) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// The plain copy of the database; removed whatever happens.
struct Copy(PathBuf);

impl Copy {
    fn create(data_dir: &Path) -> anyhow::Result<Copy> {
        let path = data_dir.join(format!("{COPY_PREFIX}{:016x}", rand::random::<u64>()));
        fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)?;
        Ok(Copy(path))
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        // Already gone is as good.
        let _ = fs::remove_file(&self.0);
    }
}

fn remove_leftovers(data_dir: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(data_dir)? {
        let entry = entry?;
        if entry
            .file_name()
            .to_str()
            .is_some_and(|name| name.starts_with(COPY_PREFIX))
        {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

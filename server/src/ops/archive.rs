//! What is in a backup file: a manifest, the keys, the database and the attachments, as a compressed tar stream.
//!
//! Owns names, order and bounds. A file from outside never decides where anything is written.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use anyhow::{Context, bail, ensure};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sync_core::attachment::Hash;
use sync_core::limits::ATTACHMENT_SIZE_BYTES_MAX;

use crate::attachments::blobs::{FOLDER, file_of};
use crate::store::DATABASE_FILE;

const MANIFEST: &str = "manifest.json";
const KEYS: &str = "keys";
/// 1: without attachments.
const FORMAT: u32 = 2;
/// A manifest or a key.
const SMALL_BYTES_MAX: u64 = 64 * 1024;
const KEYS_MAX: usize = 16;
/// Level of compression: more costs time and saves little.
const LEVEL: i32 = 3;

/// What a backup says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Layout of the file.
    pub format: u32,
    /// Release that made it.
    pub version: String,
    /// Deployment it is of.
    pub deployment: String,
    /// When it was made, Unix ms.
    pub created_ms: i64,
    /// Epoch of the log.
    pub epoch: u64,
    /// Documents in it.
    pub documents: u64,
    /// Changes in it.
    pub changes: u64,
    /// Devices in it.
    pub devices: u64,
    /// Entries of the audit chain in it.
    pub audit_entries: u64,
    /// Attachments that are whole, by its database.
    #[serde(default)]
    pub attachments: u64,
}

/// Where the bytes of attachments come from.
pub(super) trait Attachments {
    /// Which there are.
    fn names(&self) -> &[Hash];
    /// The bytes; `None` when they are gone.
    fn read(&self, name: &Hash) -> anyhow::Result<Option<bytes::Bytes>>;
}

impl Manifest {
    pub(super) const FORMAT: u32 = FORMAT;
}

/// Writes an archive: the manifest, all keys of the data directory, the database copy, the attachments.
pub(super) fn write(
    to: impl Write,
    manifest: &Manifest,
    data_dir: &Path,
    database: &Path,
    attachments: &impl Attachments,
) -> anyhow::Result<()> {
    let mut compressor = zstd::stream::write::Encoder::new(to, LEVEL)?;
    compressor.include_checksum(true)?;
    let mut tar = tar::Builder::new(compressor);
    let manifest_bytes = serde_json::to_vec(manifest)?;
    append(
        &mut tar,
        MANIFEST,
        manifest_bytes.len() as u64,
        manifest_bytes.as_slice(),
    )?;
    let mut keys: Vec<_> = fs::read_dir(data_dir.join(KEYS))?.collect::<Result<_, _>>()?;
    keys.sort_by_key(fs::DirEntry::file_name);
    for key in keys {
        let Some(name) = key
            .file_name()
            .to_str()
            .filter(|name| is_key(name))
            .map(str::to_owned)
        else {
            continue;
        };
        let file = fs::File::open(key.path())?;
        append(&mut tar, &format!("{KEYS}/{name}"), file.metadata()?.len(), file)?;
    }
    let file = fs::File::open(database)?;
    append(&mut tar, DATABASE_FILE, file.metadata()?.len(), file)?;
    for name in attachments.names() {
        if let Some(bytes) = attachments.read(name)? {
            let to = format!("{FOLDER}/{}", HEXLOWER.encode(name));
            append(&mut tar, &to, bytes.len() as u64, &bytes[..])?;
        }
    }
    tar.into_inner()?.finish()?.flush()?;
    Ok(())
}

fn append(
    tar: &mut tar::Builder<impl Write>,
    name: &str,
    size_bytes: u64,
    from: impl Read,
) -> anyhow::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(size_bytes);
    header.set_mode(0o600);
    header.set_entry_type(tar::EntryType::Regular);
    tar.append_data(&mut header, name, from)?;
    Ok(())
}

/// Unpacks an archive into an empty directory.
pub(super) fn read(from: impl Read, into: &Path) -> anyhow::Result<Manifest> {
    let mut tar = tar::Archive::new(zstd::stream::read::Decoder::new(from)?);
    let mut manifest: Option<Manifest> = None;
    let (mut keys, mut database) = (0, false);
    fs::DirBuilder::new().mode(0o700).create(into.join(KEYS))?;
    for entry in tar.entries().context("the file is no backup, or is damaged")? {
        let mut entry = entry.context("the backup is damaged")?;
        ensure!(
            entry.header().entry_type() == tar::EntryType::Regular,
            "the backup holds what is no file"
        );
        let size_bytes = entry.size();
        let name = entry.path_bytes().into_owned();
        let name = std::str::from_utf8(&name).unwrap_or_default();
        match (name, name.split_once('/')) {
            (MANIFEST, _) if manifest.is_none() => {
                let mut bytes = Vec::new();
                entry
                    .take(SMALL_BYTES_MAX)
                    .read_to_end(&mut bytes)
                    .context("the backup is damaged")?;
                let read: Manifest =
                    serde_json::from_slice(&bytes).context("the backup's manifest cannot be read")?;
                ensure!(
                    read.format <= FORMAT,
                    "the backup was made by a newer release ({})",
                    read.version
                );
                manifest = Some(read);
            }
            (DATABASE_FILE, _) if manifest.is_some() && !database => {
                unpack(&mut entry, &into.join(DATABASE_FILE), size_bytes)?;
                database = true;
            }
            (_, Some((KEYS, key))) if is_key(key) && size_bytes <= SMALL_BYTES_MAX && keys < KEYS_MAX => {
                unpack(&mut entry, &into.join(KEYS).join(key), size_bytes)?;
                keys += 1;
            }
            (_, Some((FOLDER, name))) if database && size_bytes <= ATTACHMENT_SIZE_BYTES_MAX as u64 => {
                let hash = HEXLOWER.decode(name.as_bytes()).ok();
                let hash: Hash = hash
                    .and_then(|hash| hash.try_into().ok())
                    .context("the backup holds something unexpected")?;
                let to = file_of(&into.join(FOLDER), &hash);
                let parent = to.parent().unwrap_or(into);
                fs::DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
                unpack(&mut entry, &to, size_bytes)?;
            }
            _ => bail!("the backup holds something unexpected"),
        }
    }
    match manifest {
        Some(manifest) if database && keys > 0 => Ok(manifest),
        _ => bail!("the backup is not complete"),
    }
}

fn unpack(from: &mut impl Read, to: &Path, size_bytes: u64) -> anyhow::Result<()> {
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(to)?;
    let copied = std::io::copy(from, &mut file).context("the backup is damaged")?;
    ensure!(copied == size_bytes, "the backup is damaged: a file is cut off");
    file.sync_all()?;
    Ok(())
}

fn is_key(name: &str) -> bool {
    name.strip_suffix(".pem")
        .is_some_and(|stem| !stem.is_empty() && stem.bytes().all(|b| b.is_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        Manifest {
            format: FORMAT,
            version: "1".into(),
            deployment: "d".into(),
            created_ms: 1,
            epoch: 1,
            documents: 0,
            changes: 0,
            devices: 1,
            audit_entries: 0,
            attachments: 1,
        }
    }

    struct One(Hash);

    impl Attachments for One {
        fn names(&self) -> &[Hash] {
            std::slice::from_ref(&self.0)
        }
        fn read(&self, _: &Hash) -> anyhow::Result<Option<bytes::Bytes>> {
            Ok(Some(bytes::Bytes::from_static(b"photo")))
        }
    }

    fn packed(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut tar = tar::Builder::new(zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap());
        for (name, bytes) in entries {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            // Written raw: the library itself refuses to write a path that climbs.
            header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_cksum();
            tar.append(&header, *bytes).unwrap();
        }
        tar.into_inner().unwrap().finish().unwrap()
    }

    #[test]
    fn what_is_packed_comes_out_again() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::create_dir(from.path().join("keys")).unwrap();
        fs::write(from.path().join("keys/server.pem"), "pem").unwrap();
        fs::write(from.path().join("keys/.server.draft"), "half").unwrap();
        fs::write(from.path().join("copy"), "database").unwrap();
        let mut bytes = Vec::new();
        write(
            &mut bytes,
            &manifest(),
            from.path(),
            &from.path().join("copy"),
            &One([0xab; 32]),
        )
        .unwrap();
        assert_eq!(read(bytes.as_slice(), to.path()).unwrap(), manifest());
        assert_eq!(fs::read(to.path().join(DATABASE_FILE)).unwrap(), b"database");
        assert_eq!(fs::read_dir(to.path().join("keys")).unwrap().count(), 1);
        let photo = file_of(&to.path().join(FOLDER), &[0xab; 32]);
        assert_eq!(fs::read(photo).unwrap(), b"photo");

        let cut = tempfile::tempdir().unwrap();
        assert!(read(&bytes[..bytes.len() - 9], cut.path()).is_err());
    }

    #[test]
    fn an_archive_cannot_name_other_places() {
        let manifest = serde_json::to_vec(&manifest()).unwrap();
        for name in [
            "../evil",
            "/etc/evil",
            "keys/../evil.pem",
            "keys/a/b.pem",
            "other",
            "keys/UP.pem",
            "attachments/../../evil",
            "attachments/ab",
        ] {
            let to = tempfile::tempdir().unwrap();
            let bytes = packed(&[("manifest.json", &manifest), (name, b"x")]);
            assert!(read(bytes.as_slice(), to.path()).is_err(), "{name}");
            assert_eq!(fs::read_dir(to.path()).unwrap().count(), 1, "{name}");
        }
        let to = tempfile::tempdir().unwrap();
        assert!(
            read(packed(&[("manifest.json", &manifest)]).as_slice(), to.path()).is_err(),
            "no database"
        );
    }
}

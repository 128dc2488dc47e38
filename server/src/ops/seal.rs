//! Who can open a backup: the age file format, by key or by passphrase.
//!
//! Owns keys and the choice between them; never keeps one. With a key file the machine that makes backups needs the
//! public half only, so a thief of machine and backup still has nothing.

use std::fs;
use std::io::{BufReader, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use age::secrecy::{ExposeSecret, SecretString};
use age::x25519::{Identity, Recipient};
use anyhow::{Context, bail, ensure};

/// Shorter passphrases are guessed.
const PASSPHRASE_CHARS_MIN: usize = 12;
/// Effort of a passphrase file that is still opened, as a power of two: about a minute.
const WORK_FACTOR_MAX: u8 = 22;
const AGE_MAGIC: &[u8] = b"age-encryption.org/";

/// What opens a backup, or who may.
pub enum Key {
    /// Public halves: enough to make a backup.
    Recipients(Vec<Recipient>),
    /// Private halves: they make and open backups.
    Identities(Vec<Identity>),
    /// A passphrase.
    Passphrase(SecretString),
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Key::Recipients(_) => "Recipients",
            Key::Identities(_) => "Identities",
            Key::Passphrase(_) => "Passphrase",
        })
    }
}

impl Key {
    /// Reads a key file: lines of `age1…` (public) or `AGE-SECRET-KEY-1…` (private), `#` before remarks.
    pub fn read_file(path: &Path) -> anyhow::Result<Key> {
        let text = fs::read_to_string(path)
            .with_context(|| format!("cannot read the key file {}", path.display()))?;
        let (mut recipients, mut identities) = (Vec::new(), Vec::new());
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Ok(identity) = line.parse::<Identity>() {
                identities.push(identity);
            } else if let Ok(recipient) = line.parse::<Recipient>() {
                recipients.push(recipient);
            } else {
                // The line itself may be most of a secret.
                bail!("line {} of the key file is no age key", index + 1);
            }
        }
        match (identities.is_empty(), recipients.is_empty()) {
            (false, _) => Ok(Key::Identities(identities)),
            (true, false) => Ok(Key::Recipients(recipients)),
            (true, true) => bail!("the key file {} holds no key", path.display()),
        }
    }

    /// A passphrase; refused when too short to protect anything.
    pub fn passphrase(text: String) -> anyhow::Result<Key> {
        ensure!(
            text.chars().count() >= PASSPHRASE_CHARS_MIN,
            "the passphrase needs at least {PASSPHRASE_CHARS_MIN} characters"
        );
        Ok(Key::Passphrase(SecretString::from(text)))
    }

    /// A passphrase from the first line of standard input.
    pub fn passphrase_from_stdin() -> anyhow::Result<Key> {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line)?;
        Key::passphrase(line.trim_end_matches(['\r', '\n']).to_owned())
    }

    /// Makes a key file that only its owner can read. Returns the public half.
    pub fn generate_file(path: &Path) -> anyhow::Result<String> {
        let identity = Identity::generate();
        let public = identity.to_public().to_string();
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .with_context(|| format!("cannot create the key file {}", path.display()))?;
        writeln!(
            file,
            "# public key: {public}\n{}",
            identity.to_string().expose_secret()
        )?;
        file.sync_all()?;
        Ok(public)
    }

    /// Encrypts what is written; the writer must be finished.
    pub(super) fn seal<W: Write>(&self, to: W) -> anyhow::Result<age::stream::StreamWriter<W>> {
        let encryptor = match self {
            Key::Passphrase(passphrase) => age::Encryptor::with_user_passphrase(passphrase.clone()),
            Key::Recipients(all) => {
                age::Encryptor::with_recipients(all.iter().map(|recipient| recipient as &dyn age::Recipient))?
            }
            Key::Identities(all) => {
                let public: Vec<Recipient> = all.iter().map(Identity::to_public).collect();
                age::Encryptor::with_recipients(
                    public.iter().map(|recipient| recipient as &dyn age::Recipient),
                )?
            }
        };
        Ok(encryptor.wrap_output(to)?)
    }
}

/// Opens a backup: what comes out is the archive.
pub(super) fn open<'a>(file: fs::File, key: Option<&Key>) -> anyhow::Result<Box<dyn Read + 'a>> {
    let mut file = BufReader::new(file);
    let mut magic = Vec::new();
    (&mut file).take(AGE_MAGIC.len() as u64).read_to_end(&mut magic)?;
    let encrypted = magic == AGE_MAGIC;
    let whole = std::io::Cursor::new(magic).chain(file);
    if !encrypted {
        ensure!(
            key.is_none(),
            "the backup is not encrypted, though a key was given: is it the right file?"
        );
        return Ok(Box::new(whole));
    }
    let Some(key) = key else {
        bail!("the backup is encrypted: give --key-file or --passphrase-stdin");
    };
    let decryptor =
        age::Decryptor::new(BufReader::new(whole)).context("the file is no backup, or is damaged")?;
    let opened = match key {
        Key::Recipients(_) => {
            bail!("the key file holds the public key only; opening a backup needs the private one")
        }
        Key::Identities(all) => decryptor.decrypt(all.iter().map(|identity| identity as &dyn age::Identity)),
        Key::Passphrase(passphrase) => {
            let mut identity = age::scrypt::Identity::new(passphrase.clone());
            identity.set_max_work_factor(WORK_FACTOR_MAX);
            decryptor.decrypt(std::iter::once(&identity as &dyn age::Identity))
        }
    };
    match opened {
        Ok(reader) => Ok(Box::new(reader)),
        Err(
            age::DecryptError::NoMatchingKeys
            | age::DecryptError::DecryptionFailed
            | age::DecryptError::KeyDecryptionFailed,
        ) => bail!("the key does not open this backup"),
        Err(error) => bail!("the backup cannot be opened: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(dir: &Path, key: &Key, text: &[u8]) -> std::path::PathBuf {
        let path = dir.join("sealed");
        let mut writer = key.seal(fs::File::create(&path).unwrap()).unwrap();
        writer.write_all(text).unwrap();
        writer.finish().unwrap();
        path
    }

    fn opened(path: &Path, key: Option<&Key>) -> anyhow::Result<Vec<u8>> {
        let mut out = Vec::new();
        open(fs::File::open(path)?, key)?.read_to_end(&mut out)?;
        Ok(out)
    }

    #[test]
    fn the_public_half_seals_and_only_the_private_half_opens() {
        let dir = tempfile::tempdir().unwrap();
        let (private, public) = (dir.path().join("key"), dir.path().join("key.pub"));
        fs::write(&public, Key::generate_file(&private).unwrap()).unwrap();
        assert!(
            Key::generate_file(&private).is_err(),
            "a key is never overwritten"
        );
        let path = sealed(dir.path(), &Key::read_file(&public).unwrap(), b"text");
        assert_eq!(
            opened(&path, Some(&Key::read_file(&private).unwrap())).unwrap(),
            b"text"
        );
        for (key, says) in [
            (None, "--key-file"),
            (Some(Key::read_file(&public).unwrap()), "public key only"),
            (
                Some(Key::passphrase("a long passphrase".into()).unwrap()),
                "does not open",
            ),
            (Some(Key::Identities(vec![Identity::generate()])), "does not open"),
        ] {
            let error = opened(&path, key.as_ref()).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn a_key_file_with_rubbish_is_refused_without_showing_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        fs::write(&path, "# remark\nAGE-SECRET-KEY-1HALF\n").unwrap();
        let error = Key::read_file(&path).unwrap_err().to_string();
        assert!(error.contains("line 2") && !error.contains("HALF"), "{error}");
        assert!(Key::passphrase("short".into()).is_err());
    }
}

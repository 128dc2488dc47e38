//! The two key files of a deployment, created once, readable by their owner only.
//!
//! `keys/server.pem` signs grants; `keys/relay.pem` signs what the server itself writes. They are
//! files, not rows: a stolen database copy signs nothing, and a backup encrypts them apart.

use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey, signature::Signer};
use p256::pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding};
use sha2::{Digest, Sha256};

/// A P-256 key pair from its PKCS#8 file. `Debug` shows the public half only.
#[derive(Clone)]
pub struct KeyPair {
    signing: SigningKey,
}

impl std::fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyPair")
            .field("id", &self.key_id())
            .finish_non_exhaustive()
    }
}

impl KeyPair {
    /// Reads `keys/<name>.pem` under the data directory, or creates it. Two processes starting at
    /// once agree: the file is created exclusively, and the loser reads the winner's.
    pub fn load_or_create(data_dir: &Path, name: &str) -> std::io::Result<KeyPair> {
        let dir = data_dir.join("keys");
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&dir)?;
        let path = dir.join(format!("{name}.pem"));
        match fs::read_to_string(&path) {
            Ok(pem) => return KeyPair::from_pem(&pem),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let pair = KeyPair::generate();
        // Written under another name first: a crash in between leaves no half key behind.
        let draft = dir.join(format!(".{name}.{:016x}", rand::random::<u64>()));
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&draft)?;
        file.write_all(pair.to_pem()?.as_bytes())?;
        file.sync_all()?;
        let placed = fs::hard_link(&draft, &path);
        fs::remove_file(&draft)?;
        match placed {
            Ok(()) => {
                fs::File::open(&dir)?.sync_all()?;
                Ok(pair)
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                KeyPair::from_pem(&fs::read_to_string(&path)?)
            }
            Err(error) => Err(error),
        }
    }

    /// A fresh key.
    pub fn generate() -> KeyPair {
        loop {
            // Only about one in 2^32 draws lies outside the group's order.
            if let Ok(signing) = SigningKey::from_slice(&rand::random::<[u8; 32]>()) {
                return KeyPair { signing };
            }
        }
    }

    fn from_pem(pem: &str) -> std::io::Result<KeyPair> {
        let signing = SigningKey::from_pkcs8_pem(pem)
            .map_err(|_| std::io::Error::new(ErrorKind::InvalidData, "key file is not a P-256 PKCS#8 key"))?;
        Ok(KeyPair { signing })
    }

    fn to_pem(&self) -> std::io::Result<String> {
        let pem = self
            .signing
            .to_pkcs8_pem(LineEnding::LF)
            .map_err(std::io::Error::other)?;
        Ok(pem.to_string())
    }

    /// PKCS#8 DER of the private key, for the token library.
    pub(crate) fn to_pkcs8_der(&self) -> std::io::Result<Vec<u8>> {
        Ok(self
            .signing
            .to_pkcs8_der()
            .map_err(std::io::Error::other)?
            .as_bytes()
            .to_vec())
    }

    /// SEC1, uncompressed, 65 bytes.
    pub fn public_key(&self) -> Vec<u8> {
        self.signing
            .verifying_key()
            .to_sec1_point(false)
            .as_bytes()
            .to_vec()
    }

    /// First 16 hex characters of the public key's SHA-256: names the key in tokens.
    pub fn key_id(&self) -> String {
        data_encoding::HEXLOWER.encode(&Sha256::digest(self.public_key())[..8])
    }

    /// ECDSA over SHA-256, `r ‖ s`.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        let signature: Signature = self.signing.sign(message);
        signature.to_bytes().into()
    }

    /// 32 bytes only this deployment can derive, for hashing short secrets.
    pub(crate) fn derive_secret(&self, domain: &[u8]) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(domain);
        hash.update(self.signing.to_bytes());
        hash.finalize().into()
    }
}

/// Checks an ECDSA P-256 signature (`r ‖ s`) by a SEC1 public key. The same answer as
/// [`sync_core::envelope::verify`], in a third of its time: this one is asked of every envelope.
pub fn verify(public_key_sec1: &[u8], message: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public_key_sec1)
        .verify(message, signature)
        .is_ok()
}

/// Whether these bytes are an uncompressed point on P-256.
pub fn is_public_key(sec1: &[u8]) -> bool {
    sec1.len() == 65 && sec1[0] == 4 && VerifyingKey::from_sec1_bytes(sec1).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_key_is_created_once_private_and_signs() {
        let dir = tempfile::tempdir().unwrap();
        let first = KeyPair::load_or_create(dir.path(), "server").unwrap();
        let again = KeyPair::load_or_create(dir.path(), "server").unwrap();
        assert_eq!(first.public_key(), again.public_key());
        let mode = fs::metadata(dir.path().join("keys/server.pem"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(dir.path().join("keys")).unwrap().count(), 1);
        let signature = first.sign(b"message");
        assert!(verify(&again.public_key(), b"message", &signature));
        assert!(!verify(&again.public_key(), b"massage", &signature));
        assert!(is_public_key(&first.public_key()));
        assert!(!is_public_key(&[4; 65]));
    }

    #[test]
    fn debug_output_holds_no_private_bytes() {
        let pair = KeyPair::generate();
        let secret = data_encoding::HEXLOWER.encode(&pair.signing.to_bytes());
        assert!(!format!("{pair:?}").contains(&secret[..16]));
    }
}

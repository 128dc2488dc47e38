//! The device's key pair. It is made here, once, and only its signatures leave.

use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use sync_core::id::DeviceId;

/// A P-256 key and the nonce of the install; together they make the device's identity.
pub struct DeviceKey {
    signing: SigningKey,
    nonce: [u8; 16],
}

impl std::fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DeviceKey({})", self.device())
    }
}

impl DeviceKey {
    /// A fresh key and nonce from the operating system's randomness.
    pub fn generate() -> Self {
        loop {
            if let Some(key) = Self::from_seed(rand::random(), rand::random()) {
                return key;
            }
        }
    }

    /// The key of a given secret; `None` for the one in 2^32 that lies outside the group. For simulations.
    pub fn from_seed(secret: [u8; 32], nonce: [u8; 16]) -> Option<Self> {
        let signing = SigningKey::from_slice(&secret).ok()?;
        Some(DeviceKey { signing, nonce })
    }

    /// Reads what [`DeviceKey::to_pkcs8`] and [`DeviceKey::nonce`] gave.
    pub fn from_pkcs8(der: &[u8], nonce: &[u8]) -> Option<Self> {
        Some(DeviceKey {
            signing: SigningKey::from_pkcs8_der(der).ok()?,
            nonce: nonce.try_into().ok()?,
        })
    }

    /// The private key for the store.
    pub(crate) fn to_pkcs8(&self) -> Vec<u8> {
        let der = self.signing.to_pkcs8_der();
        // Only a key that is no P-256 key cannot be written, and such a key is not made.
        der.map(|der| der.as_bytes().to_vec()).unwrap_or_default()
    }

    /// The nonce of the install.
    pub fn nonce(&self) -> &[u8; 16] {
        &self.nonce
    }

    /// SEC1, uncompressed, 65 bytes.
    pub fn public_key(&self) -> Vec<u8> {
        self.signing
            .verifying_key()
            .to_sec1_point(false)
            .as_bytes()
            .to_vec()
    }

    /// The identity that follows from key and nonce.
    pub fn device(&self) -> DeviceId {
        DeviceId::derive(&self.public_key(), &self.nonce)
    }

    /// Signs: ECDSA over SHA-256, `r ‖ s`. The same bytes give the same signature (RFC 6979).
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        let signature: Signature = self.signing.sign(message);
        signature.to_bytes().into()
    }
}

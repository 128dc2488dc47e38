//! Signing in at a desk: passkeys, passwords with one-time codes, sessions, and the bounds on trying.
//!
//! Owns how a person proves who they are to the administration. What they may then do is
//! [`crate::registry::area`]'s. Devices prove themselves by their key, on every exchange, elsewhere.

pub mod limiter;
pub mod login;
pub mod passkeys;
pub mod password;
pub(crate) mod pending;
pub mod recovery;
pub mod session;
pub mod sso;
pub(crate) mod streams;
pub mod totp;

use sha2::{Digest, Sha256};

/// SHA-256 of a secret with enough entropy of its own.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Compares without telling by its duration where the difference is.
pub(crate) fn same_bytes(a: &[u8], b: &[u8]) -> bool {
    // Hashing first makes both the same length and the comparison's timing useless.
    let (a, b) = (sha256(a), sha256(b));
    a.iter().zip(b).fold(0, |difference, (x, y)| difference | (x ^ y)) == 0
}

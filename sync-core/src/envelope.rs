//! What devices and the server sign: bytes with a domain, the deployment, the device, and the content.
//!
//! An envelope's signature covers the hashes of its changes, not their encoding, so it can be checked for ever from
//! the log, whatever the wire form was.

use automerge::ChangeHash;
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};
use sha2::{Digest as _, Sha256};

use crate::id::{DeviceId, DocId, Generation};
use crate::reason::Reason;
use crate::wire::codec::Writer;
use crate::wire::frame::{Hello, OrderKind};

/// What an envelope's signature covers of one change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedChange {
    /// Document.
    pub doc: DocId,
    /// Generation.
    pub generation: Generation,
    /// Change.
    pub hash: ChangeHash,
}

/// What an envelope holds, as it is signed, archived, and marked.
pub fn contents_bytes(changes: &[SignedChange]) -> Vec<u8> {
    let mut out = Writer::new();
    out.uint(changes.len() as u64);
    for change in changes {
        out.str(change.doc.as_str())
            .uint(u64::from(change.generation))
            .raw(&change.hash.0);
    }
    out.0
}

/// What tells an envelope from another of the same device and counter: one that a copy of the device has sent. Taken
/// of [`contents_bytes`].
pub fn mark(contents: &[u8]) -> u64 {
    let mut hash = Sha256::new();
    hash.update(b"qiao mark\0");
    hash.update(contents);
    let mut first = [0; 8];
    first.copy_from_slice(&hash.finalize()[..8]);
    u64::from_be_bytes(first)
}

/// Bytes a device signs for an envelope.
pub fn signed_bytes(
    deployment: &str,
    device: &DeviceId,
    counter: u64,
    claimed_time_s: i64,
    changes: &[SignedChange],
) -> Vec<u8> {
    let mut out = Writer::new();
    out.str("qiao envelope 1")
        .str(deployment)
        .raw(&device.0)
        .uint(counter)
        .int(claimed_time_s)
        .raw(&contents_bytes(changes));
    out.0
}

/// Bytes a device signs for a hello.
pub fn hello_bytes(deployment: &str, hello: &Hello) -> Vec<u8> {
    let mut out = Writer::new();
    out.str("qiao hello 1")
        .str(deployment)
        .raw(&hello.signed_fields());
    out.0
}

/// Bytes the server signs for an order.
pub fn order_bytes(deployment: &str, device: &DeviceId, kind: OrderKind, reason: Reason) -> Vec<u8> {
    let mut out = Writer::new();
    out.str("qiao order 1")
        .str(deployment)
        .raw(&device.0)
        .u8(kind as u8)
        .u8(reason.wire());
    out.0
}

/// A request for an attachment, as its device signs it.
#[derive(Debug, Clone, Copy)]
pub struct AttachmentRequest<'a> {
    /// Method of HTTP, upper case.
    pub method: &'a str,
    /// Path and query, from `/sync/` on.
    pub target: &'a str,
    /// When it was made, Unix ms by the server's clock as far as the device knows it.
    pub at_ms: u64,
    /// The body; empty for none.
    pub body: &'a [u8],
}

/// Bytes a device signs for a request for an attachment.
pub fn attachment_bytes(deployment: &str, device: &DeviceId, request: &AttachmentRequest<'_>) -> Vec<u8> {
    let mut out = Writer::new();
    out.str("qiao attachment 1")
        .str(deployment)
        .raw(&device.0)
        .uint(request.at_ms)
        .str(request.method)
        .str(request.target)
        .raw(&Sha256::digest(request.body));
    out.0
}

/// Checks a P-256 signature (r ‖ s, 64 bytes) by a SEC1 public key.
///
/// # Errors
/// [`Reason::BadSignature`].
pub fn verify(public_key_sec1: &[u8], message: &[u8], signature: &[u8; 64]) -> Result<(), Reason> {
    let key = VerifyingKey::from_sec1_bytes(public_key_sec1).map_err(|_| Reason::BadSignature)?;
    let signature = Signature::from_slice(signature).map_err(|_| Reason::BadSignature)?;
    key.verify(message, &signature).map_err(|_| Reason::BadSignature)
}

//! Sums over feeds: what two replicas of an audience compare to know that they are equal.

use automerge::ChangeHash;
use sha2::{Digest as _, Sha256};

use crate::id::{DocId, Generation};
use crate::limits;

/// An order-independent sum over the documents of a feed: adding and removing a document costs the same whatever
/// the feed holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Digest(pub u128);

impl Digest {
    /// The digest of one document at these heads.
    pub fn of(doc: &DocId, generation: Generation, heads: &[ChangeHash]) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"qiao heads\0");
        hash.update(generation.to_be_bytes());
        hash.update(doc.as_str().as_bytes());
        for head in heads {
            hash.update(head.0);
        }
        let mut first = [0u8; 16];
        first.copy_from_slice(&hash.finalize()[..16]);
        Digest(u128::from_be_bytes(first))
    }

    /// Counts a document in.
    pub fn add(&mut self, other: Digest) {
        self.0 = self.0.wrapping_add(other.0);
    }

    /// Counts a document out.
    pub fn remove(&mut self, other: Digest) {
        self.0 = self.0.wrapping_sub(other.0);
    }

    /// As it travels.
    pub fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    /// As it travels.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Digest(u128::from_be_bytes(bytes))
    }

    /// The part of it that repair lists carry.
    pub fn short(self) -> u64 {
        self.0 as u64
    }
}

/// The repair bucket of a document.
pub fn bucket(doc: &DocId) -> usize {
    usize::from(Sha256::digest(doc.as_str().as_bytes())[0]) % limits::REPAIR_BUCKETS
}

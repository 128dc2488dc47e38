//! A saved document on the wire: Automerge's own columns with actors as author numbers and without head hashes.
//!
//! Layout: `count, author reference…, number of heads, rest of the uncompressed document chunk after its heads`.
//! The receiver rebuilds actors from the author table and computes the heads, so neither costs a byte.
//! Format of the chunk: <https://automerge.org/automerge-binary-format-spec/>.

use std::collections::BTreeSet;

use automerge::{ActorId, Automerge, ChangeHash, ObjId, ROOT, ReadDoc};
use sha2::{Digest, Sha256};

use super::change::AuthorRef;
use super::codec::{Malformed, Reader, Writer};
use crate::document::contained;
use crate::limits;

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
const CHUNK_DOCUMENT: u8 = 0;
const HASH_BYTES: usize = 32;
const ACTORS_MAX: usize = 10_000;
/// Maps below the root: containers and entries, and one to spare.
const DEPTH_MAX: usize = 3;
const COLUMNS_MAX: usize = 64;
const COLUMN_COMPRESSED: u64 = 1 << 3;

/// Strips what `Automerge::save_nocompress` wrote.
///
/// # Errors
/// When the bytes are no document chunk, or an actor has no author number.
pub fn strip(saved: &[u8], author_ref: impl Fn(&ActorId) -> Option<AuthorRef>) -> Result<Vec<u8>, Malformed> {
    let mut chunk = Reader::new(saved);
    if chunk.array::<4>("magic")? != MAGIC {
        return Err(Malformed("magic"));
    }
    chunk.raw(4, "checksum")?;
    if chunk.u8("type")? != CHUNK_DOCUMENT {
        return Err(Malformed("type"));
    }
    let length = chunk.count(saved.len(), "length")?;
    let mut body = Reader::new(chunk.raw(length, "length")?);
    chunk.end("trailing")?;

    let mut out = Writer::new();
    let actors = body.count(ACTORS_MAX, "actors")?;
    out.uint(actors as u64);
    for _ in 0..actors {
        let actor = ActorId::from(body.bytes(64, "actor")?);
        match author_ref(&actor).ok_or(Malformed("author"))? {
            AuthorRef::Genesis => out.uint(0),
            AuthorRef::Own => return Err(Malformed("author")),
            AuthorRef::No(no) => out.uint(no + 1),
        };
    }
    let heads = body.count(limits::CHANGE_OPS_MAX, "heads")?;
    body.raw(heads * HASH_BYTES, "heads")?;
    out.uint(heads as u64).raw(body.rest());
    Ok(out.0)
}

/// A document rebuilt from its stripped form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebuilt {
    /// What `Automerge::save_nocompress` wrote at the other end.
    pub saved: Vec<u8>,
    /// Its heads, computed from the content, sorted.
    pub heads: Vec<ChangeHash>,
}

/// Rebuilds a stripped document.
///
/// # Errors
/// On malformed input, unknown authors, or content Automerge cannot load.
pub fn rebuild(stripped: &[u8], actor: impl Fn(AuthorRef) -> Option<ActorId>) -> Result<Rebuilt, Malformed> {
    let parts = Parts::read(stripped, actor)?;
    let unverified = parts.chunk(&vec![[0u8; HASH_BYTES]; parts.head_count]);
    let heads = contained(|| heads_of(&unverified)).map_err(|_| Malformed("document"))??;
    Ok(Rebuilt {
        saved: parts.saved(&heads)?,
        heads,
    })
}

fn heads_of(unverified: &[u8]) -> Result<Vec<ChangeHash>, Malformed> {
    let document = Automerge::load_unverified_heads(unverified).map_err(|_| Malformed("document"))?;
    read_through(&document, &ROOT, DEPTH_MAX)?;
    let changes = document.get_changes_meta(&[]);
    let mut heads: BTreeSet<ChangeHash> = changes.iter().map(|change| change.hash).collect();
    for change in &changes {
        for dep in &change.deps {
            heads.remove(dep);
        }
    }
    Ok(heads.into_iter().collect())
}

/// Reads every value once: Automerge loads some documents that panic only when they are looked at.
fn read_through(document: &Automerge, object: &ObjId, depth: usize) -> Result<(), Malformed> {
    for key in document.keys(object) {
        for (value, id) in document.get_all(object, key).map_err(|_| Malformed("document"))? {
            document.hash_for_opid(&id);
            if value.is_object() {
                let depth = depth.checked_sub(1).ok_or(Malformed("document too deep"))?;
                read_through(document, &id, depth)?;
            }
        }
    }
    Ok(())
}

/// As [`rebuild`], for a receiver that has kept the heads: saves loading the document to find them. Loading the
/// result fails if they are not its heads.
///
/// # Errors
/// On malformed input or unknown authors.
pub fn rebuild_with_heads(
    stripped: &[u8],
    heads: &[ChangeHash],
    actor: impl Fn(AuthorRef) -> Option<ActorId>,
) -> Result<Vec<u8>, Malformed> {
    Parts::read(stripped, actor)?.saved(heads)
}

/// A stripped document taken apart.
struct Parts<'a> {
    actors: Vec<u8>,
    head_count: usize,
    rest: &'a [u8],
}

impl<'a> Parts<'a> {
    fn read(stripped: &'a [u8], actor: impl Fn(AuthorRef) -> Option<ActorId>) -> Result<Self, Malformed> {
        if stripped.len() > limits::DOCUMENT_SIZE_BYTES_MAX {
            return Err(Malformed("document too large"));
        }
        let mut input = Reader::new(stripped);
        let mut prefix = Writer::new();
        let actors = input.count(ACTORS_MAX, "actors")?;
        prefix.uint(actors as u64);
        for _ in 0..actors {
            let reference = match input.uint("author")? {
                0 => AuthorRef::Genesis,
                no => AuthorRef::No(no - 1),
            };
            prefix.bytes(actor(reference).ok_or(Malformed("author unknown"))?.to_bytes());
        }
        let head_count = input.uint("heads")?;
        if head_count > limits::CHANGE_OPS_MAX as u64 {
            return Err(Malformed("heads"));
        }
        refuse_compressed_columns(input.clone())?;
        Ok(Parts {
            actors: prefix.0,
            head_count: head_count as usize,
            rest: input.rest(),
        })
    }

    fn saved(&self, heads: &[ChangeHash]) -> Result<Vec<u8>, Malformed> {
        if heads.len() != self.head_count {
            return Err(Malformed("heads"));
        }
        let heads: Vec<[u8; HASH_BYTES]> = heads.iter().map(|ChangeHash(hash)| *hash).collect();
        Ok(self.chunk(&heads))
    }

    fn chunk(&self, heads: &[[u8; HASH_BYTES]]) -> Vec<u8> {
        chunk(&self.actors, heads, self.rest)
    }
}

/// A compressed column could inflate to anything inside Automerge; `save_nocompress` writes none.
fn refuse_compressed_columns(mut input: Reader<'_>) -> Result<(), Malformed> {
    for _ in ["changes", "operations"] {
        for _ in 0..input.count(COLUMNS_MAX, "columns")? {
            let column = input.uint("column")?;
            input.uint("column length")?;
            if column & COLUMN_COMPRESSED != 0 {
                return Err(Malformed("compressed column"));
            }
        }
    }
    Ok(())
}

fn chunk(actors: &[u8], heads: &[[u8; HASH_BYTES]], rest: &[u8]) -> Vec<u8> {
    let mut body = Writer(actors.to_vec());
    body.uint(heads.len() as u64);
    for head in heads {
        body.raw(head);
    }
    body.raw(rest);
    let mut typed = Writer::new();
    typed.u8(CHUNK_DOCUMENT).bytes(&body.0);
    let checksum = Sha256::digest(&typed.0);
    let mut out = Writer::new();
    out.raw(&MAGIC).raw(&checksum[..4]).raw(&typed.0);
    out.0
}

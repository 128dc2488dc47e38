//! From the log to a document in memory, and from there to its wire form.

use std::collections::HashMap;

use automerge::ActorId;
use sync_core::document::Document;
use sync_core::id::{AuthorNo, DeviceId, genesis_actor};
use sync_core::reason::Reason;
use sync_core::wire::change::{AuthorRef, read_change};
use sync_core::wire::codec::Reader;
use sync_core::wire::snapshot;

use super::ingest::{FromLog, actor_of};
use crate::store::log::{ChangeRow, DocRow, SnapshotRow};

/// Authors of a document by number: what its wire form needs.
pub(crate) type Devices = HashMap<AuthorNo, DeviceId>;

/// The document a row, its snapshot and the changes after it stand for.
///
/// # Errors
/// [`Reason::EngineRefused`] when the stored bytes do not make a document: a fault of ours, kept to this document.
pub(crate) fn rebuild(
    row: &DocRow,
    stored: Option<&SnapshotRow>,
    tail: &[ChangeRow],
    devices: &Devices,
) -> Result<Document, Reason> {
    let id = &row.creation.id;
    let stored = stored.filter(|stored| stored.generation == row.generation);
    let mut document = match stored {
        None => Document::genesis(&row.creation, row.generation),
        Some(stored) => {
            let actor = |author| actor_of(devices, id, row.generation, author);
            let saved = snapshot::rebuild_with_heads(&stored.body, &stored.heads, actor)
                .map_err(|_| Reason::EngineRefused)?;
            Document::load(id, row.generation, &saved)?
        }
    };
    let mut heads = document.heads();
    for stored in tail {
        let author = devices.get(&stored.author).ok_or(Reason::EngineRefused)?;
        let context = FromLog {
            document: &document,
            heads: &heads,
            devices,
        };
        let change = read_change(
            &mut Reader::new(&stored.body),
            author.actor(id, row.generation),
            &context,
        )
        .map_err(|_| Reason::EngineRefused)?;
        let built = change.to_automerge()?;
        if built.hash() != stored.hash {
            return Err(Reason::EngineRefused);
        }
        document.apply(built)?;
        heads = document.heads();
    }
    Ok(document)
}

/// Author numbers by actor, for one document.
pub(super) fn actors(row: &DocRow, devices: &Devices) -> HashMap<ActorId, AuthorNo> {
    let actor = |no: &AuthorNo| Some((devices.get(no)?.actor(&row.creation.id, row.generation), *no));
    row.authors.iter().filter_map(actor).collect()
}

/// The wire form of what `Document::save` wrote.
///
/// # Errors
/// [`Reason::EngineRefused`] when an author is not known.
pub(super) fn strip(
    row: &DocRow,
    saved: &[u8],
    actors: &HashMap<ActorId, AuthorNo>,
) -> Result<Vec<u8>, Reason> {
    let genesis = genesis_actor(&row.creation.id, row.generation);
    snapshot::strip(saved, |actor| match actors.get(actor) {
        Some(no) => Some(AuthorRef::No(*no)),
        None => (*actor == genesis).then_some(AuthorRef::Genesis),
    })
    .map_err(|_| Reason::EngineRefused)
}

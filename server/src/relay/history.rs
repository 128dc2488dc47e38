//! Documents read at a desk: as they stand, and change by change as the log tells it.
//!
//! Reads only. Who may read what, and which values are shown, is [`crate::offices`]'s.

use std::collections::HashMap;

use automerge::ActorId;
use sync_core::document::Document;
use sync_core::id::{AuthorNo, DocId, Version};
use sync_core::wire::change::read_change;
use sync_core::wire::codec::Reader;
use sync_core::wire::frame::Author;

use super::document::{self, Devices};
use super::ingest::FromLog;
use super::review::{Said, said};
use crate::store::StoreError;
use crate::store::log::{self, DocRow, ReadTx};

/// A document with those who wrote it.
pub(crate) struct Open {
    pub(crate) row: DocRow,
    pub(crate) document: Document,
    authors: Vec<Author>,
    by_actor: HashMap<ActorId, AuthorNo>,
}

impl Open {
    /// Whose actor that is.
    pub(crate) fn author_of(&self, actor: &ActorId) -> Option<&Author> {
        let no = self.by_actor.get(actor)?;
        self.authors.iter().find(|author| author.no == *no)
    }
}

/// A change as it was made.
pub(crate) struct Told {
    pub(crate) version: Version,
    pub(crate) author: AuthorNo,
    pub(crate) claimed_s: i64,
    pub(crate) received_ms: i64,
    pub(crate) changes: Vec<Said>,
}

fn devices(authors: &[Author]) -> Devices {
    authors.iter().map(|author| (author.no, author.device)).collect()
}

/// A document as it stands; `None` for one that does not exist.
pub(crate) async fn open(tx: &mut ReadTx, id: &DocId) -> Result<Option<Open>, StoreError> {
    let Some(row) = log::by_id(tx, id).await? else {
        return Ok(None);
    };
    let Some((row, stored)) = log::with_content(tx, row.no).await? else {
        return Ok(None);
    };
    let authors = log::people_behind(tx, &row.authors).await?;
    let devices = devices(&authors);
    let document = document::rebuild(&row, stored.snapshot.as_ref(), &stored.tail, &devices);
    let document = document.map_err(|_| StoreError::Corrupt("document"))?;
    let by_actor = document::actors(&row, &devices);
    Ok(Some(Open {
        row,
        document,
        authors,
        by_actor,
    }))
}

/// At most `limit` changes of a document before a version, newest first, and whether there are earlier ones. What stood
/// there before is what stood in the document when the server took the change.
pub(crate) async fn told(
    tx: &mut ReadTx,
    row: &DocRow,
    before: Option<Version>,
    limit: usize,
) -> Result<(Vec<Told>, bool), StoreError> {
    let changes = log::changes_after(tx, row.no, row.generation, 0).await?;
    let upto = changes.partition_point(|change| before.is_none_or(|before| change.version < before));
    let from = upto.saturating_sub(limit);
    let devices = devices(&log::people_behind(tx, &row.authors).await?);
    let corrupt = |_| StoreError::Corrupt("change");
    let mut document = document::rebuild(row, None, &changes[..from], &devices).map_err(corrupt)?;
    let mut told = Vec::with_capacity(upto - from);
    for stored in &changes[from..upto] {
        let heads = document.heads();
        let device = devices.get(&stored.author).ok_or(StoreError::Corrupt("author"))?;
        let context = FromLog {
            document: &document,
            heads: &heads,
            devices: &devices,
        };
        let actor = device.actor(&row.creation.id, row.generation);
        let change = read_change(&mut Reader::new(&stored.body), actor, &context)
            .map_err(|_| StoreError::Corrupt("change"))?;
        told.push(Told {
            version: stored.version,
            author: stored.author,
            claimed_s: change.time,
            received_ms: stored.received_ms,
            changes: said(&document, &change),
        });
        let built = change.to_automerge().map_err(corrupt)?;
        document.apply(built).map_err(corrupt)?;
    }
    told.reverse();
    Ok((told, from > 0))
}

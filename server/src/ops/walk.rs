//! Reading documents back from the log, one after the other, with what follows from them.
//!
//! Shared by [`super::verify`] and [`super::rebuild`]; judges a single document, knows nothing of the others.

use std::collections::HashMap;

use sync_core::document::Document;
use sync_core::feed::Digest;
use sync_core::id::{AuthorNo, DeviceId, DocId, DocNo};
use sync_core::schema::Kind;

use crate::relay::document::{self, Devices};
use crate::relay::list;
use crate::store::log::{self, ChangeRow, DocRow, SnapshotRow};
use crate::store::{Conn, StoreError, maintenance};

/// Everybody who can be an author.
#[derive(Debug)]
pub(super) struct Authors {
    pub(super) devices: Devices,
    pub(super) keys: HashMap<AuthorNo, Vec<u8>>,
    /// Devices whose identity does not follow from their key.
    pub(super) false_identities: Vec<AuthorNo>,
}

pub(super) async fn authors(conn: &mut Conn) -> Result<Authors, StoreError> {
    let mut all = Authors {
        devices: Devices::new(),
        keys: HashMap::new(),
        false_identities: Vec::new(),
    };
    for (no, id, key, nonce) in maintenance::authors(conn).await? {
        let id = DeviceId(id.try_into().map_err(|_| StoreError::Corrupt("device id"))?);
        let nonce: [u8; 16] = nonce.try_into().map_err(|_| StoreError::Corrupt("nonce"))?;
        if DeviceId::derive(&key, &nonce) != id {
            all.false_identities.push(no);
        }
        all.devices.insert(no, id);
        all.keys.insert(no, key);
    }
    Ok(all)
}

/// A document by the short way, from its snapshot. `None` when what is stored does not make one.
pub(super) async fn load(
    conn: &mut Conn,
    row: &DocRow,
    authors: &Authors,
) -> Result<Option<Document>, StoreError> {
    let snapshot = log::snapshot(conn, row.no)
        .await?
        .filter(|stored| stored.generation == row.generation);
    let from = snapshot.as_ref().map_or(0, |stored| stored.version);
    let tail = log::changes_after(conn, row.no, row.generation, from).await?;
    Ok(document::rebuild(row, snapshot.as_ref(), &tail, &authors.devices).ok())
}

/// A document as the log alone makes it.
pub(super) struct Visited {
    pub(super) row: DocRow,
    pub(super) changes: Vec<ChangeRow>,
    pub(super) snapshot: Option<SnapshotRow>,
    pub(super) document: Document,
}

/// What became of a visit.
pub(super) enum Visit {
    Made(Box<Visited>),
    /// The log does not make a document: code and detail.
    Broken(&'static str, String),
    /// It is not there.
    Gone,
}

/// Replays a document from its first change. A card is made whole each time, so its snapshot is all there is.
pub(super) async fn visit(conn: &mut Conn, no: DocNo, authors: &Authors) -> Result<Visit, StoreError> {
    let row = match log::by_no(conn, no).await {
        Ok(Some(row)) => row,
        Ok(None) => return Ok(Visit::Gone),
        Err(StoreError::Corrupt(what)) => return Ok(Visit::Broken("unreadable_document", what.to_owned())),
        Err(error) => return Err(error),
    };
    let snapshot = log::snapshot(conn, no).await?;
    let changes = log::changes_after(conn, no, row.generation, 0).await?;
    for (index, change) in changes.iter().enumerate() {
        let expected = index as u64 + 1;
        if change.version != expected {
            return Ok(Visit::Broken("version_missing", format!("version {expected}")));
        }
    }
    let from_snapshot = row.creation.kind == Kind::Card;
    if from_snapshot && snapshot.is_none() {
        return Ok(Visit::Broken("snapshot_missing", String::new()));
    }
    let last = if from_snapshot {
        snapshot.as_ref().map_or(0, |s| s.version)
    } else {
        changes.len() as u64
    };
    if last != row.version {
        return Ok(Visit::Broken("version_missing", format!("version {}", last + 1)));
    }
    let stored = snapshot.as_ref().filter(|_| from_snapshot);
    let tail = if from_snapshot { &[] } else { changes.as_slice() };
    let Ok(document) = document::rebuild(&row, stored, tail, &authors.devices) else {
        let detail = if from_snapshot {
            "snapshot".to_owned()
        } else {
            first_unreadable(&row, &changes, authors)
        };
        return Ok(Visit::Broken("change_unreadable", detail));
    };
    if document.heads() != row.heads {
        return Ok(Visit::Broken("heads_differ", format!("version {}", row.version)));
    }
    Ok(Visit::Made(Box::new(Visited {
        row,
        changes,
        snapshot,
        document,
    })))
}

/// Which change it is: everything before it can be read.
fn first_unreadable(row: &DocRow, changes: &[ChangeRow], authors: &Authors) -> String {
    let readable = |count: &usize| document::rebuild(row, None, &changes[..*count], &authors.devices).is_ok();
    let counts: Vec<usize> = (1..=changes.len()).collect();
    format!("version {}", counts.partition_point(readable) + 1)
}

impl Visited {
    /// The snapshot, with the changes after it, makes the same document as the log from the start.
    pub(super) fn check_snapshot(&self, authors: &Authors) -> Result<(), &'static str> {
        let Some(snapshot) = self
            .snapshot
            .as_ref()
            .filter(|s| s.generation == self.row.generation)
        else {
            return Ok(());
        };
        if snapshot.version > self.row.version {
            return Err("newer than the log");
        }
        let upto = usize::try_from(snapshot.version)
            .unwrap_or(usize::MAX)
            .min(self.changes.len());
        let (before, after) = self.changes.split_at(upto);
        let rebuild = |tail| document::rebuild(&self.row, Some(snapshot), tail, &authors.devices);
        let alone = rebuild(&[]).map_err(|_| "cannot be loaded")?;
        let whole = before
            .iter()
            .all(|change| alone.change_info(&change.hash).is_some());
        // Genesis is one change more.
        if !whole || alone.change_count() as u64 != snapshot.version + 1 {
            return Err("does not hold the changes of its version");
        }
        let document = rebuild(after).map_err(|_| "later changes do not fit it")?;
        if document.heads() != self.row.heads || document.json() != self.document.json() {
            return Err("does not lead to the document");
        }
        Ok(())
    }

    pub(super) fn digest(&self) -> Digest {
        Digest::of(&self.row.creation.id, self.row.generation, &self.document.heads())
    }

    /// What a first list shows of it.
    pub(super) fn list(&self) -> Vec<u8> {
        match self.row.creation.kind {
            Kind::Household => list::encode(&self.document),
            _ => Vec::new(),
        }
    }

    /// The unit it is assigned to.
    pub(super) fn unit(&self) -> Option<String> {
        match self.row.creation.kind {
            Kind::Need | Kind::Plan => self.document.root_str("unit"),
            _ => None,
        }
    }

    /// Where it lies, as far as it says so itself.
    pub(super) fn place(&self) -> Place<'_> {
        match (self.row.creation.kind, &self.row.creation.household) {
            (Kind::Village, _) => Place::Village(Some(self.row.creation.id.as_str().to_owned())),
            (Kind::Household, _) => Place::Village(self.document.root_str("village")),
            (Kind::Attendance | Kind::Notice, _) => Place::Village(self.row.creation.village.clone()),
            (Kind::Card, _) | (_, None) => Place::Nowhere,
            (_, Some(household)) => Place::OfHousehold(household),
        }
    }
}

/// Where a document lies.
pub(super) enum Place<'a> {
    Village(Option<String>),
    OfHousehold(&'a DocId),
    /// A card is its units'.
    Nowhere,
}

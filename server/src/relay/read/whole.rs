//! Whole documents on their way down: the stored wire form if it is fresh, otherwise made from the log and kept.

use std::collections::HashMap;

use sync_core::id::{DocId, DocNo};
use sync_core::wire::frame::Entry;

use crate::relay::Relay;
use crate::relay::document::{self, Devices};
use crate::store::StoreError;
use crate::store::log::{self, ChangeRow, DocRow, ReadTx, SnapshotRow};

/// Documents to be sent whole, read in one transaction and made outside it.
#[derive(Debug, Default)]
pub(in crate::relay) struct Wholes {
    ready: HashMap<DocNo, Entry>,
    raw: Vec<Raw>,
}

#[derive(Debug)]
struct Raw {
    row: DocRow,
    stored: Option<SnapshotRow>,
    tail: Vec<ChangeRow>,
    devices: Devices,
}

impl Wholes {
    /// Reads a document as it is in this transaction.
    pub(in crate::relay) async fn read(&mut self, tx: &mut ReadTx, row: DocRow) -> Result<(), StoreError> {
        let stored = log::snapshot(tx, row.no).await?;
        let current = stored
            .as_ref()
            .filter(|stored| stored.generation == row.generation);
        let from = current.map_or(0, |stored| stored.version);
        if let Some(stored) = stored
            .as_ref()
            .filter(|_| current.is_some() && from == row.version)
        {
            self.ready.insert(row.no, entry(&row, stored.body.clone()));
            return Ok(());
        }
        let tail = log::changes_after(tx, row.no, row.generation, from).await?;
        let devices = log::people_behind(tx, &row.authors).await?;
        let devices = devices
            .into_iter()
            .map(|author| (author.no, author.device))
            .collect();
        self.raw.push(Raw {
            row,
            stored,
            tail,
            devices,
        });
        Ok(())
    }

    pub(in crate::relay) fn len(&self) -> usize {
        self.ready.len() + self.raw.len()
    }

    /// Makes what is not ready, and hands it to the writer to keep. A document that cannot be made is left out and
    /// reported: it must not keep the others from their readers.
    pub(in crate::relay) async fn make(self, relay: &Relay) -> Result<HashMap<DocNo, Entry>, StoreError> {
        let Wholes { mut ready, raw } = self;
        if raw.is_empty() {
            return Ok(ready);
        }
        let made = tokio::task::spawn_blocking(move || raw.into_iter().map(make).collect::<Vec<_>>()).await;
        let made = made.map_err(|_| StoreError::Corrupt("document"))?;
        for (row, fresh) in made {
            let Some(fresh) = fresh else {
                tracing::error!(doc_no = row.no, "a document in the log cannot be loaded");
                continue;
            };
            ready.insert(row.no, entry(&row, fresh.body.clone()));
            relay.keep_snapshot(fresh);
        }
        Ok(ready)
    }
}

fn make(raw: Raw) -> (DocRow, Option<SnapshotRow>) {
    let Raw {
        row,
        stored,
        tail,
        devices,
    } = raw;
    let made = document::rebuild(&row, stored.as_ref(), &tail, &devices).and_then(|document| {
        let body = document::strip(&row, &document.save(), &document::actors(&row, &devices))?;
        Ok(SnapshotRow {
            doc: row.no,
            generation: row.generation,
            version: row.version,
            heads: document.heads(),
            body,
        })
    });
    (row, made.ok())
}

fn entry(row: &DocRow, body: Vec<u8>) -> Entry {
    let id: DocId = row.creation.id.clone();
    Entry::Snapshot {
        doc: row.no,
        id,
        kind: row.creation.kind,
        generation: row.generation,
        version: row.version,
        body,
    }
}

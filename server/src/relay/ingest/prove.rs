//! The last check before a commit: every touched document must load again to what it is in memory.

use std::collections::HashMap;
use std::thread;

use sync_core::document::Document;
use sync_core::gate;
use sync_core::id::DocId;
use sync_core::limits;
use sync_core::reason::Reason;

use super::Stop;
use super::batch::Batch;
use crate::projections::{Written, needs_log};
use crate::relay::document;
use crate::store::StoreError;
use crate::store::log::{self, SnapshotRow};

/// Fewer documents than this are not worth a second thread.
const DOCUMENTS_FOR_TWO: usize = 8;

impl Batch<'_> {
    /// Saves and loads every touched document, on two cores when there are many, and takes a fresh snapshot of those
    /// with a long tail.
    pub(super) async fn prove(&mut self) -> Result<(), Stop> {
        let touched: Vec<_> = std::mem::take(&mut self.touched).into_iter().collect();
        let docs = &self.state.cache.docs;
        let loaded: Vec<&Document> = touched
            .iter()
            .filter_map(|id| Some(&docs.get(id)?.content.as_ref()?.document))
            .collect();
        let saved = prove_all(&loaded).map_err(|_| Stop::Retry)?;
        let with_content = touched
            .iter()
            .filter(|id| docs.get(*id).is_some_and(|doc| doc.content.is_some()));
        let ids: Vec<_> = with_content.cloned().collect();
        let written = self.written_by(&ids).await?;
        for (id, saved) in ids.iter().zip(saved) {
            let doc = self
                .state
                .cache
                .doc(id)
                .ok_or(StoreError::Corrupt("document not loaded"))?;
            let Some(content) = &mut doc.content else { continue };
            content.size_bytes = saved.len();
            self.rows
                .projected
                .add(doc.row.no, &content.document, written.get(id));
            if doc.row.version < content.snapshot_version + limits::LOG_CHANGES_BEFORE_SNAPSHOT as u64 {
                continue;
            }
            let body = document::strip(&doc.row, &saved, &content.actors)
                .map_err(|_| StoreError::Corrupt("author of a document"))?;
            content.snapshot_version = doc.row.version;
            self.rows.snapshots.push(SnapshotRow {
                doc: doc.row.no,
                generation: doc.row.generation,
                version: doc.row.version,
                heads: doc.row.heads.clone(),
                body,
            });
        }
        Ok(())
    }

    /// Who wrote the changes of these documents, and when they were received; of those whose rows follow from that.
    async fn written_by(&mut self, ids: &[DocId]) -> Result<HashMap<DocId, Written>, StoreError> {
        let mut all = HashMap::new();
        for id in ids {
            let Some(row) = self.state.cache.doc(id).map(|doc| doc.row.clone()) else {
                continue;
            };
            if !needs_log(row.creation.kind) {
                continue;
            }
            let mut written = log::written(&mut self.tx, &row).await?;
            let here = self.rows.changes.iter().filter(|change| change.doc == row.no);
            written
                .received
                .extend(here.map(|change| (change.hash, change.received_ms.div_euclid(1000))));
            all.insert(id.clone(), written);
        }
        Ok(all)
    }

    /// Keeps a snapshot that a reader has made, if it is fresher than the stored one.
    pub(super) async fn keep_snapshot(&mut self, row: &SnapshotRow) -> Result<(), Stop> {
        let Some(id) = self.find_no(row.doc).await? else {
            return Ok(());
        };
        let stored = log::snapshot(&mut self.tx, row.doc).await?;
        let Some(doc) = self.state.cache.doc(&id) else {
            return Ok(());
        };
        let stale =
            stored.is_some_and(|stored| (stored.generation, stored.version) >= (row.generation, row.version));
        if stale
            || doc.row.generation != row.generation
            || self.rows.snapshots.iter().any(|s| s.doc == row.doc)
        {
            return Ok(());
        }
        if let Some(content) = &mut doc.content {
            content.snapshot_version = content.snapshot_version.max(row.version);
        }
        self.rows.snapshots.push(row.clone());
        Ok(())
    }
}

fn prove_all(documents: &[&Document]) -> Result<Vec<Vec<u8>>, Reason> {
    let prove = |documents: &[&Document]| -> Result<Vec<Vec<u8>>, Reason> {
        documents
            .iter()
            .map(|document| {
                gate::check_document(document)?;
                document.check_reload()
            })
            .collect()
    };
    if documents.len() < DOCUMENTS_FOR_TWO {
        return prove(documents);
    }
    let (one, other) = documents.split_at(documents.len() / 2);
    thread::scope(|scope| {
        let other = scope.spawn(|| prove(other));
        let mut saved = prove(one)?;
        saved.extend(other.join().unwrap_or(Err(Reason::EngineRefused))?);
        Ok(saved)
    })
}

//! Bodies of documents: loading them from records, keeping a bounded number, compacting logs.

use std::collections::{BTreeMap, HashMap};

use automerge::Change;

use super::records::key;
use super::{Engine, EngineError, ItemState};
use crate::document::Document;
use crate::id::DocId;
use crate::limits;
use crate::reason::Reason;

/// Loaded documents, the least recently used thrown out first.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    documents: HashMap<DocId, (u64, Document)>,
    clock: u64,
}

impl Loaded {
    pub(super) fn get(&mut self, id: &DocId) -> Option<&Document> {
        self.get_mut(id).map(|document| &*document)
    }

    pub(super) fn get_mut(&mut self, id: &DocId) -> Option<&mut Document> {
        self.clock += 1;
        let (used, document) = self.documents.get_mut(id)?;
        *used = self.clock;
        Some(document)
    }

    pub(super) fn insert(&mut self, document: Document) {
        self.clock += 1;
        self.documents
            .insert(document.id().clone(), (self.clock, document));
        if self.documents.len() > limits::LOADED_DOCUMENTS_MAX
            && let Some(oldest) = self
                .documents
                .iter()
                .min_by_key(|(_, (used, _))| *used)
                .map(|(id, _)| id.clone())
        {
            self.documents.remove(&oldest);
        }
    }

    pub(super) fn evict(&mut self, id: &DocId) {
        self.documents.remove(id);
    }
}

impl Engine {
    /// Prefix of the records that [`Engine::supply`] wants for a document.
    pub fn body_prefix(id: &DocId) -> String {
        key::bodies(id)
    }

    /// Takes the records of a document's body and loads it: base, then outbox.
    ///
    /// # Errors
    /// [`EngineError::Corrupt`] when records are missing or cannot be loaded; [`Reason::NoSuchDocument`].
    pub fn supply(
        &mut self,
        id: &DocId,
        records: impl IntoIterator<Item = (String, Vec<u8>)>,
    ) -> Result<(), EngineError> {
        let mut document = self.base_document(id, records)?;
        // Edits that wait for another base are shown on the present one until that arrives.
        let doubtful = self.docs.get(id).is_some_and(|meta| meta.refetch);
        for item in self
            .outbox
            .values()
            .filter(|item| item.doc == *id && (doubtful || item.state != ItemState::Redo))
        {
            let change = Change::from_bytes(item.chunk.clone()).map_err(|_| corrupt(id))?;
            let held = document.last_of(change.actor_id()).map_or(0, |(seq, _)| seq);
            if change.seq() <= held && document.change_info(&change.hash()).is_none() {
                // A copy of this device has written in its place; the server is about to say so.
                continue;
            }
            match document.apply(change) {
                // What it follows has been refused or replaced: it is about to be made anew.
                Ok(()) | Err(Reason::MissingDependency) => {}
                Err(_) => return Err(corrupt(id)),
            }
        }
        self.loaded.insert(document);
        Ok(())
    }

    /// The base alone, from records; compacts a long log on the way.
    pub(super) fn base_document(
        &mut self,
        id: &DocId,
        records: impl IntoIterator<Item = (String, Vec<u8>)>,
    ) -> Result<Document, EngineError> {
        let meta = self
            .docs
            .get(id)
            .ok_or(EngineError::Refused(Reason::NoSuchDocument.into()))?
            .clone();
        let records: BTreeMap<String, Vec<u8>> = records.into_iter().collect();
        let mut document = match (meta.snapshot_version, &meta.creation) {
            (Some(_), _) => {
                let saved = records.get(&key::snapshot(id)).ok_or_else(|| corrupt(id))?;
                Document::load(id, meta.generation, saved).map_err(|_| corrupt(id))?
            }
            (None, Some(creation)) => Document::genesis(&creation.clone().into(), meta.generation),
            (None, None) => return Err(corrupt(id)),
        };
        let first = meta.snapshot_version.unwrap_or(0) + 1;
        for version in first..=meta.version {
            let chunk = records.get(&key::log(id, version)).ok_or_else(|| corrupt(id))?;
            let change = Change::from_bytes(chunk.clone()).map_err(|_| corrupt(id))?;
            document.apply(change).map_err(|_| corrupt(id))?;
        }
        if document.heads() != meta.heads {
            return Err(corrupt(id));
        }
        if meta.version + 1 - first >= limits::LOG_CHANGES_BEFORE_SNAPSHOT as u64 {
            self.put_bytes(key::snapshot(id), document.save());
            for version in first..=meta.version {
                self.delete(key::log(id, version));
            }
            if let Some(meta) = self.docs.get_mut(id) {
                meta.snapshot_version = Some(meta.version);
            }
            self.put_doc(id);
        }
        Ok(document)
    }
}

fn corrupt(id: &DocId) -> EngineError {
    EngineError::Corrupt(key::doc(id))
}

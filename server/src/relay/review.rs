//! Quarantine for people: what a kept change says, and what an administrator decides about it.

use std::collections::HashMap;

use automerge::{Prop, ReadDoc};
use serde::Serialize;
use serde_json::Value as Json;
use sync_core::change::{Obj, OpAction, TypedChange};
use sync_core::document::Document;
use sync_core::id::{AuthorNo, DocId};
use sync_core::reason::Reason;
use sync_core::wire::change::read_change;
use sync_core::wire::codec::Reader;

use super::document::{Devices, rebuild};
use super::ingest::{FromLog, Job};
use super::{Relay, Unavailable};
use crate::store::StoreError;
use crate::store::log::{self, KeptRow, KeptState, ReadTx};

/// What became of a decision about one quarantined change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decided {
    /// It holds, and the device will hear of it.
    Done,
    /// There is no such change.
    Unknown,
    /// It was decided before.
    Before,
    /// Released, it does not pass the gate; it stays in quarantine.
    Refused(Reason),
}

/// A change that waits for review, in words of its document.
#[derive(Debug, Clone, Serialize)]
pub struct Kept {
    /// Its number, for the decision.
    pub no: u64,
    /// The device that signed it.
    pub device: AuthorNo,
    /// The document.
    pub doc: DocId,
    /// What the document is.
    pub kind: &'static str,
    /// Where the document lies now; absent for one that does not exist.
    pub village: Option<String>,
    /// Why it waits: a stable code.
    pub reason: String,
    /// When the device says it was made, Unix seconds.
    pub claimed_s: i64,
    /// When it arrived, Unix ms.
    pub received_ms: i64,
    /// What it would do.
    pub changes: Vec<Said>,
}

/// One thing a change does.
#[derive(Debug, Clone, Serialize)]
pub struct Said {
    /// Where, from the root.
    pub path: Vec<String>,
    /// What stands there now; null for nothing.
    pub before: Json,
    /// What would stand there; null for nothing.
    pub after: Json,
}

impl Relay {
    /// Changes in quarantine after a number, of one device or of all, oldest first.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn quarantine(
        &self,
        device: Option<AuthorNo>,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Kept>, StoreError> {
        let mut tx = log::read(&self.store).await?;
        let rows = log::kept_list(&mut tx, KeptState::Quarantined, device, after, limit).await?;
        let mut drafts: HashMap<DocId, Option<Draft>> = HashMap::new();
        let mut kept = Vec::with_capacity(rows.len());
        for row in rows {
            let id = row.creation.id.clone();
            if !drafts.contains_key(&id) {
                let draft = Draft::read(&mut tx, &row).await?;
                drafts.insert(id.clone(), draft);
            }
            let draft = drafts.get_mut(&id).and_then(Option::as_mut);
            kept.push(in_words(&mut tx, row, draft).await?);
        }
        Ok(kept)
    }

    /// Lets quarantined changes through the gate, in the order given, as their authors' role allows.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub async fn release(
        &self,
        numbers: Vec<u64>,
        by: &str,
        now_ms: i64,
    ) -> Result<Vec<Decided>, Unavailable> {
        let by = by.to_owned();
        self.ask(|reply| Job::Review(numbers, true, by, now_ms, reply))
            .await
    }

    /// Refuses quarantined changes for good.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub async fn discard(
        &self,
        numbers: Vec<u64>,
        by: &str,
        now_ms: i64,
    ) -> Result<Vec<Decided>, Unavailable> {
        let by = by.to_owned();
        self.ask(|reply| Job::Review(numbers, false, by, now_ms, reply))
            .await
    }
}

/// A document with the kept changes before this one applied, so that each is shown against what it built on.
struct Draft {
    document: Document,
    devices: Devices,
    village: Option<String>,
}

impl Draft {
    async fn read(tx: &mut ReadTx, kept: &KeptRow) -> Result<Option<Draft>, StoreError> {
        let Some(row) = log::by_id(tx, &kept.creation.id).await? else {
            let document = Document::genesis(&kept.creation, kept.generation);
            return Ok(Some(Draft {
                document,
                devices: Devices::new(),
                village: None,
            }));
        };
        let stored = log::snapshot(tx, row.no).await?;
        let from = stored
            .as_ref()
            .filter(|s| s.generation == row.generation)
            .map_or(0, |s| s.version);
        let tail = log::changes_after(tx, row.no, row.generation, from).await?;
        let authors = log::people_behind(tx, &row.authors).await?;
        let devices: Devices = authors
            .into_iter()
            .map(|author| (author.no, author.device))
            .collect();
        let document = rebuild(&row, stored.as_ref(), &tail, &devices).ok();
        Ok(document.map(|document| Draft {
            document,
            devices,
            village: row.village,
        }))
    }
}

async fn in_words(tx: &mut ReadTx, row: KeptRow, draft: Option<&mut Draft>) -> Result<Kept, StoreError> {
    let mut kept = Kept {
        no: row.no,
        device: row.device,
        doc: row.creation.id.clone(),
        kind: row.creation.kind.as_str(),
        village: draft.as_ref().and_then(|draft| draft.village.clone()),
        reason: row.reason.clone(),
        claimed_s: 0,
        received_ms: row.received_ms,
        changes: Vec::new(),
    };
    let Some(draft) = draft else { return Ok(kept) };
    if !draft.devices.contains_key(&row.device) {
        let author = log::people_behind(tx, &[row.device]).await?;
        draft
            .devices
            .extend(author.into_iter().map(|author| (author.no, author.device)));
    }
    let Some(device) = draft.devices.get(&row.device) else {
        return Ok(kept);
    };
    let context = FromLog {
        document: &draft.document,
        heads: &[],
        devices: &draft.devices,
    };
    let actor = device.actor(&row.creation.id, row.generation);
    let Ok(change) = read_change(&mut Reader::new(&row.body), actor, &context) else {
        return Ok(kept);
    };
    kept.claimed_s = change.time;
    kept.changes = said(&draft.document, &change);
    // What does not apply is still shown; whether it passes is the gate's to say.
    if let Ok(built) = change.to_automerge() {
        let _ = draft.document.apply(built);
    }
    Ok(kept)
}

pub(super) fn said(document: &Document, change: &TypedChange) -> Vec<Said> {
    let shown = document.json();
    let mut made: HashMap<u64, Vec<String>> = HashMap::new();
    let mut out = Vec::with_capacity(change.ops.len());
    for (counter, op) in (change.start_op..).zip(&change.ops) {
        let mut path = match &op.obj {
            Obj::Root => Vec::new(),
            Obj::Made(id) if id.actor == change.actor && made.contains_key(&id.counter) => {
                made[&id.counter].clone()
            }
            Obj::Made(id) => path_of(document, &id.to_obj_id()),
        };
        path.push(op.key.clone());
        let before = path
            .iter()
            .try_fold(&shown, |value, key| value.get(key))
            .cloned()
            .unwrap_or_default();
        let after = match &op.action {
            OpAction::Put(value) => value.to_json(),
            OpAction::Delete => Json::Null,
            OpAction::MakeMap => {
                made.insert(counter, path.clone());
                Json::Object(Default::default())
            }
        };
        out.push(Said { path, before, after });
    }
    out
}

/// Where a map sits; a map that is not there is shown as a question mark.
fn path_of(document: &Document, object: &automerge::ObjId) -> Vec<String> {
    let Ok(parents) = document.automerge().parents(object) else {
        return vec!["?".to_owned()];
    };
    let mut path: Vec<String> = parents
        .filter_map(|parent| match parent.prop {
            Prop::Map(key) => Some(key.to_string()),
            Prop::Seq(_) => None,
        })
        .collect();
    path.reverse();
    path
}

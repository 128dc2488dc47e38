//! The gate: whether one change of one author may enter one document. The only way into the log.
//!
//! Every change is hostile until every check here has passed. Rights are decided by who signed and by what the decoded
//! operations touch, never by a connection or by patches (a write into a deleted map yields no patch at all).
//! Signatures, counters and scope are checked before, by whoever holds the envelope and the feeds; storing comes after.

use std::collections::HashMap;

use automerge::{Change, ChangeHash, ObjId, ObjType, Prop, ROOT, ReadDoc, Value};

use crate::change::{Obj, Op, OpAction, OpId, TypedChange, from_scalar_value};
use crate::document::{Document, contained};
use crate::id::DeviceId;
use crate::limits;
use crate::policy::{self, Action, Role};
use crate::reason::Reason;
use crate::schema::{self, Node};
use crate::value::Scalar;

/// Who signed.
#[derive(Debug, Clone, Copy)]
pub struct Signer {
    /// The device.
    pub device: DeviceId,
    /// Role of the person on it.
    pub role: Role,
}

/// What the gate says of a change it does not admit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// It waits for these.
    Missing(Vec<ChangeHash>),
    /// It is in the document already.
    Duplicate,
    /// Same actor and sequence number as another change: the device exists twice, or lies.
    Equivocation,
    /// Never.
    Rejected(Reason),
}

impl From<Reason> for Refused {
    fn from(reason: Reason) -> Self {
        Refused::Rejected(reason)
    }
}

/// Judges a change and applies it. On error the document is untouched, except after [`Reason::EngineRefused`], when
/// it must be thrown away and loaded again.
///
/// The caller still has to ask [`Document::check_reload`] before storing, once for all changes it has admitted.
///
/// # Errors
/// See [`Refused`].
pub fn admit(document: &mut Document, change: &TypedChange, signer: &Signer) -> Result<ChangeHash, Refused> {
    admit_built(document, change, change.to_automerge()?, signer)
}

/// As [`admit`], for a caller that has rebuilt the change already, to know its hash.
///
/// # Errors
/// See [`Refused`].
pub fn admit_built(
    document: &mut Document,
    change: &TypedChange,
    built: Change,
    signer: &Signer,
) -> Result<ChangeHash, Refused> {
    change.check_bounds()?;
    if change.actor != signer.device.actor(document.id(), document.generation()) {
        return Err(Reason::WrongActor.into());
    }
    let hash = built.hash();
    if document.change_info(&hash).is_some() {
        return Err(Refused::Duplicate);
    }
    let last_seq = document.last_of(&change.actor).map_or(0, |(seq, _)| seq);
    if change.seq <= last_seq {
        return Err(Refused::Equivocation);
    }
    let missing: Vec<ChangeHash> = change
        .deps
        .iter()
        .filter(|dep| document.change_info(dep).is_none())
        .copied()
        .collect();
    if !missing.is_empty() {
        return Err(Refused::Missing(missing));
    }
    if change.deps.is_empty() {
        return Err(Reason::BadDependency.into());
    }
    if change.seq != last_seq + 1 {
        return Err(Reason::BadSeq.into());
    }
    check_counters(document, change)?;
    let mut judge = Judge {
        document,
        change,
        signer,
        made: HashMap::new(),
        written: HashMap::new(),
    };
    contained(|| judge.operations())??;
    document.apply(built)?;
    Ok(hash)
}

/// An honest author starts right after everything it has seen; nothing else is admitted, so no counter can be poisoned.
fn check_counters(document: &Document, change: &TypedChange) -> Result<(), Reason> {
    let mut max_op = 0;
    for dep in &change.deps {
        let info = document.change_info(dep).ok_or(Reason::MissingDependency)?;
        max_op = max_op.max(info.max_op);
    }
    if change.start_op != max_op + 1 + limits::START_OP_GAP_MAX {
        return Err(Reason::BadStartOp);
    }
    // A device has always seen what it wrote itself.
    match document.last_of(&change.actor) {
        Some((_, own)) if !document.is_in_past(&own, &change.deps) => Err(Reason::BadDependency),
        _ => Ok(()),
    }
}

/// The value left by an operation that chooses it among several.
struct Kept {
    id: OpId,
    value: Scalar,
}

struct Judge<'a> {
    document: &'a Document,
    change: &'a TypedChange,
    signer: &'a Signer,
    /// Maps made by this change, by counter: their paths.
    made: HashMap<u64, Vec<String>>,
    /// What this change has left at a place: its last operation, nothing after a deletion.
    written: HashMap<(Obj, String), Option<OpId>>,
}

impl Judge<'_> {
    fn operations(&mut self) -> Result<(), Reason> {
        for (index, op) in self.change.ops.iter().enumerate() {
            let id = OpId {
                counter: self.change.start_op + index as u64,
                actor: self.change.actor.clone(),
            };
            let parent = self.path_of(&op.obj)?;
            let kept = self.predecessors(op)?;
            let path: Vec<&str> = parent
                .iter()
                .map(String::as_str)
                .chain([op.key.as_str()])
                .collect();
            self.rights(op, &path, kept.as_ref().map(|kept| &kept.value))?;
            if op.action == OpAction::MakeMap {
                self.made
                    .insert(id.counter, path.iter().map(|part| (*part).to_owned()).collect());
            }
            let left = match op.action {
                OpAction::Delete => kept.map(|kept| kept.id),
                _ => Some(id),
            };
            self.written.insert((op.obj.clone(), op.key.clone()), left);
        }
        Ok(())
    }

    /// Where a map sits, also when it has been deleted since.
    fn path_of(&self, obj: &Obj) -> Result<Vec<String>, Reason> {
        let id = match obj {
            Obj::Root => return Ok(Vec::new()),
            Obj::Made(id) => id,
        };
        if self.is_made_here(id) {
            return self.made.get(&id.counter).cloned().ok_or(Reason::BadOperation);
        }
        let automerge = self.document.automerge();
        let object = id.to_obj_id();
        // A map its author cannot have seen: a forger's way to write into somebody else's new entry.
        if !automerge
            .hash_for_opid(&object)
            .is_some_and(|made_by| self.has_seen(&made_by))
        {
            return Err(Reason::BadOperation);
        }
        if !matches!(automerge.object_type(&object), Ok(ObjType::Map)) {
            return Err(Reason::BadOperation);
        }
        let mut path = Vec::new();
        for parent in automerge.parents(&object).map_err(|_| Reason::BadOperation)? {
            let Prop::Map(key) = parent.prop else {
                return Err(Reason::BadOperation);
            };
            path.push(key.to_string());
        }
        path.reverse();
        Ok(path)
    }

    /// An honest operation replaces exactly what its author saw at that place. Anything else could reach into a field
    /// its author may not write. One exception: who chooses, of several values, the one already shown, has Automerge
    /// delete the others; what is kept is returned.
    fn predecessors(&self, op: &Op) -> Result<Option<Kept>, Reason> {
        let mut visible = match self.written.get(&(op.obj.clone(), op.key.clone())) {
            Some(left) => left.iter().map(|id| (id.clone(), None)).collect(),
            None => match &op.obj {
                Obj::Made(id) if self.is_made_here(id) => Vec::new(),
                Obj::Made(id) => self.visible(&id.to_obj_id(), &op.key)?,
                Obj::Root => self.visible(&ROOT, &op.key)?,
            },
        };
        let replaces = |visible: &[(OpId, Option<Scalar>)]| {
            let mut ids: Vec<&OpId> = visible.iter().map(|(id, _)| id).collect();
            ids.sort_unstable();
            ids.into_iter().eq(&op.preds)
        };
        if replaces(&visible) {
            return Ok(None);
        }
        match visible.pop() {
            Some((id, Some(value)))
                if op.action == OpAction::Delete && !visible.is_empty() && replaces(&visible) =>
            {
                Ok(Some(Kept { id, value }))
            }
            _ => Err(Reason::BadOperation),
        }
    }

    fn is_made_here(&self, id: &OpId) -> bool {
        id.actor == self.change.actor && id.counter >= self.change.start_op
    }

    /// Whether the author of the change had seen another one.
    fn has_seen(&self, other: &ChangeHash) -> bool {
        self.document.heads() == self.change.deps || self.document.is_in_past(other, &self.change.deps)
    }

    /// What the author saw at a place, the value shown last.
    fn visible(&self, object: &ObjId, key: &str) -> Result<Vec<(OpId, Option<Scalar>)>, Reason> {
        let automerge = self.document.automerge();
        let values = if self.document.heads() == self.change.deps {
            automerge.get_all(object, key)
        } else {
            automerge.get_all_at(object, key, &self.change.deps)
        };
        let values = values.map_err(|_| Reason::BadOperation)?;
        let scalar = |value: &Value<'_>| match value {
            Value::Scalar(value) => Some(from_scalar_value(value)),
            Value::Object(_) => None,
        };
        Ok(values
            .into_iter()
            .filter_map(|(value, id)| Some((op_id(id)?, scalar(&value))))
            .collect())
    }

    fn rights(&self, op: &Op, path: &[&str], kept: Option<&Scalar>) -> Result<(), Reason> {
        let kind = self.document.kind();
        let may = |path: &[&str], action| policy::may(self.signer.role, kind, path, action);
        let entries = |name: &str| matches!(schema::node(kind, name), Some(Node::Entries { .. }));
        match (&op.action, path) {
            // A container of a later schema, missing in an older document. Empty, it says nothing yet.
            (OpAction::MakeMap, [container]) => {
                if !schema::containers(kind).any(|known| known == *container) || !op.preds.is_empty() {
                    return Err(Reason::BadOperation);
                }
                Ok(())
            }
            (OpAction::MakeMap, [container, key]) if entries(container) => {
                schema::check_entry_key(kind, container, key)?;
                if !op.preds.is_empty() || self.would_overlay(container, key) {
                    return Err(Reason::EntryExists);
                }
                may(path, Action::AddEntry)
            }
            (OpAction::MakeMap, _) => Err(Reason::BadOperation),
            (OpAction::Put(value), _) => {
                schema::check_put(kind, path, value)?;
                match path {
                    [_, _, _] if self.is_new_entry(&op.obj) => may(path, Action::AddEntry),
                    _ => may(path, Action::Put),
                }?;
                policy::may_write_value(self.signer.role, kind, path, value)
            }
            // Choosing the value shown is writing it.
            (OpAction::Delete, _) => match kept {
                Some(value) => {
                    may(path, Action::Put)?;
                    policy::may_write_value(self.signer.role, kind, path, value)
                }
                None if op.preds.is_empty() => Err(Reason::BadOperation),
                None => may(path, Action::Delete),
            },
        }
    }

    /// Whether this change itself makes the entry an operation writes into: its fields then come under the right to
    /// add it. Asked of the map, not of its path: somebody else's entry may lie under the same key.
    fn is_new_entry(&self, obj: &Obj) -> bool {
        matches!(obj, Obj::Made(id) if self.is_made_here(id))
    }

    /// Whether a new entry would lie over one that stays as written, by claiming not to have seen it: readers see maps
    /// under one key as one. A key with the signer's own tag is nobody else's to take.
    fn would_overlay(&self, container: &str, key: &str) -> bool {
        let document = self.document;
        if !schema::is_append_only(document.kind(), container) || key.starts_with(&self.signer.device.tag()) {
            return false;
        }
        let automerge = document.automerge();
        let containers = automerge.get_all(ROOT, container).unwrap_or_default();
        containers.into_iter().any(|(_, id)| {
            automerge
                .get_all(&id, key)
                .is_ok_and(|entries| !entries.is_empty())
        })
    }
}

fn op_id(id: ObjId) -> Option<OpId> {
    match id {
        ObjId::Root => None,
        ObjId::Id(counter, actor, _) => Some(OpId { counter, actor }),
    }
}

/// Checks, after a change, what no single operation shows: that containers stay within bounds.
///
/// # Errors
/// [`Reason::DocumentFull`].
pub fn check_document(document: &Document) -> Result<(), Reason> {
    let automerge = document.automerge();
    for container in schema::containers(document.kind()) {
        // A container that came after the genesis may stand there several times.
        let maps = automerge.get_all(ROOT, container).unwrap_or_default();
        let entries: usize = maps.iter().map(|(_, id)| automerge.length(id)).sum();
        if entries > limits::CONTAINER_ENTRIES_MAX {
            return Err(Reason::DocumentFull);
        }
    }
    Ok(())
}

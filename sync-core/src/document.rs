//! One document: an Automerge document of a kind, with what the rules need to know of its history.
//!
//! Owns genesis, edits, the merged view and conflicts. Knows nothing of feeds, devices' rights or storage; rights are
//! the gate's ([`crate::gate`]), storage the engine's and the server's.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, Automerge, Change, ChangeHash, ObjId, ObjType, ROOT, ReadDoc, Value};
use serde_json::{Map, Value as Json};

use crate::change::{TypedChange, from_scalar_value, to_scalar_value};
use crate::edit::{EditOp, Refusal};
use crate::id::{DocId, Generation, genesis_actor};
use crate::limits;
use crate::reason::Reason;
use crate::schema::{self, EntryKey, Kind, Node};
use crate::value::Scalar;
use crate::wire::change::PREFIX_BYTES;
use crate::wire::frame::Creation;

/// What is known of one change of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeInfo {
    /// Its author's actor.
    pub actor: ActorId,
    /// Position among the actor's changes.
    pub seq: u64,
    /// Counter of its last operation.
    pub max_op: u64,
    /// Claimed time, Unix seconds.
    pub time: i64,
    /// What its author had seen.
    pub deps: Vec<ChangeHash>,
    /// How many changes were in the document before it. Of accepted changes the same on every replica, because each
    /// takes them in the order of their versions and saving keeps that order; local ones come last.
    pub position: usize,
}

/// A document in memory.
#[derive(Debug, Clone)]
pub struct Document {
    id: DocId,
    kind: Kind,
    generation: Generation,
    automerge: Automerge,
    changes: HashMap<ChangeHash, ChangeInfo>,
    last_by_actor: HashMap<ActorId, (u64, ChangeHash)>,
}

/// Two or more values of one field, none of which has seen the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// Path of the field.
    pub path: Vec<String>,
    /// Its values; the last is the one shown.
    pub values: Vec<ConflictValue>,
}

/// One side of a conflict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConflictValue {
    /// The value.
    pub value: Scalar,
    /// Who wrote it.
    pub actor: ActorId,
    /// When, by their clock, Unix seconds.
    pub time: i64,
    /// In which change.
    pub change: ChangeHash,
}

impl Document {
    /// The document as it is before anybody's first change: the same bytes on every device.
    pub fn genesis(creation: &Creation, generation: Generation) -> Self {
        let actor = genesis_actor(&creation.id, generation);
        let mut automerge = Automerge::new().with_actor(actor);
        let mut transaction = automerge.transaction();
        let year = creation.year.map(|year| i64::from(year).into());
        let written = (|| {
            transaction.put(ROOT, "kind", creation.kind.as_str())?;
            if let Some(village) = &creation.village {
                transaction.put(ROOT, "village", village.as_str())?;
            }
            if let Some(household) = &creation.household {
                transaction.put(ROOT, "household", household.as_str())?;
            }
            if let Some(year) = year {
                transaction.put::<_, _, automerge::ScalarValue>(ROOT, "year", year)?;
            }
            for container in schema::genesis_containers(creation.kind) {
                transaction.put_object(ROOT, container, ObjType::Map)?;
            }
            Ok::<_, automerge::AutomergeError>(())
        })();
        assert!(
            written.is_ok(),
            "writing to the root of an empty document cannot fail"
        );
        transaction.commit_with(CommitOptions::default().with_time(0));
        let mut document = Document::around(creation.id.clone(), creation.kind, generation, automerge);
        document.index_all();
        document
    }

    /// Loads saved bytes of our own. Foreign bytes come in through [`crate::wire::snapshot::rebuild`].
    ///
    /// # Errors
    /// [`Reason::EngineRefused`] when Automerge cannot load them, or they name no kind.
    pub fn load(id: &DocId, generation: Generation, saved: &[u8]) -> Result<Self, Reason> {
        contained(|| {
            let automerge = Automerge::load(saved).map_err(|_| Reason::EngineRefused)?;
            Self::from_automerge(id, generation, automerge)
        })?
    }

    /// Takes a loaded Automerge document.
    ///
    /// # Errors
    /// [`Reason::UnknownKind`] when its root names no kind.
    pub fn from_automerge(id: &DocId, generation: Generation, automerge: Automerge) -> Result<Self, Reason> {
        let kind = match automerge.get(ROOT, "kind") {
            Ok(Some((Value::Scalar(kind), _))) => {
                kind.as_str().and_then(Kind::parse).ok_or(Reason::UnknownKind)?
            }
            _ => return Err(Reason::UnknownKind),
        };
        let mut document = Document::around(id.clone(), kind, generation, automerge);
        document.index_all();
        Ok(document)
    }

    fn around(id: DocId, kind: Kind, generation: Generation, automerge: Automerge) -> Self {
        let (changes, last_by_actor) = (HashMap::new(), HashMap::new());
        Document {
            id,
            kind,
            generation,
            automerge,
            changes,
            last_by_actor,
        }
    }

    fn index_all(&mut self) {
        for meta in self.automerge.get_changes_meta(&[]) {
            let actor = meta.actor.into_owned();
            let last = self
                .last_by_actor
                .entry(actor.clone())
                .or_insert((meta.seq, meta.hash));
            if last.0 <= meta.seq {
                *last = (meta.seq, meta.hash);
            }
            let info = ChangeInfo {
                actor,
                seq: meta.seq,
                max_op: meta.max_op,
                time: meta.timestamp,
                deps: meta.deps,
                position: self.changes.len(),
            };
            self.changes.insert(meta.hash, info);
        }
    }

    fn index(&mut self, change: &Change) {
        let actor = change.actor_id().clone();
        self.last_by_actor
            .insert(actor.clone(), (change.seq(), change.hash()));
        let info = ChangeInfo {
            actor,
            seq: change.seq(),
            max_op: change.max_op(),
            time: change.timestamp(),
            deps: change.deps().to_vec(),
            position: self.changes.len(),
        };
        self.changes.insert(change.hash(), info);
    }

    /// Its name.
    pub fn id(&self) -> &DocId {
        &self.id
    }
    /// Its kind.
    pub fn kind(&self) -> Kind {
        self.kind
    }
    /// Its generation.
    pub fn generation(&self) -> Generation {
        self.generation
    }
    /// Its current heads, sorted.
    pub fn heads(&self) -> Vec<ChangeHash> {
        self.automerge.get_heads()
    }
    /// The Automerge document, for reading.
    pub fn automerge(&self) -> &Automerge {
        &self.automerge
    }
    /// What is known of a change it holds.
    pub fn change_info(&self, hash: &ChangeHash) -> Option<&ChangeInfo> {
        self.changes.get(hash)
    }
    /// Changes it holds, genesis included.
    pub fn change_count(&self) -> usize {
        self.changes.len()
    }
    /// Whether `change` is one of `heads` or lies in their past.
    pub fn is_in_past(&self, change: &ChangeHash, heads: &[ChangeHash]) -> bool {
        let Some(max_op) = self.changes.get(change).map(|info| info.max_op) else {
            return false;
        };
        let mut seen: HashSet<ChangeHash> = heads.iter().copied().collect();
        let mut open: Vec<ChangeHash> = heads.to_vec();
        while let Some(hash) = open.pop() {
            if hash == *change {
                return true;
            }
            // Counters grow along every path, so nothing below this one can lead to the change.
            if let Some(info) = self.changes.get(&hash).filter(|info| info.max_op > max_op) {
                open.extend(info.deps.iter().filter(|dep| seen.insert(**dep)));
            }
        }
        false
    }
    /// Sequence number and hash of an actor's last change.
    pub fn last_of(&self, actor: &ActorId) -> Option<(u64, ChangeHash)> {
        self.last_by_actor.get(actor).copied()
    }
    /// The one change whose hash begins so; `None` if there is none, or more than one.
    pub fn by_prefix(&self, prefix: [u8; PREFIX_BYTES]) -> Option<ChangeHash> {
        let mut found = self
            .changes
            .keys()
            .filter(|hash| hash.0[..PREFIX_BYTES] == prefix);
        let first = found.next()?;
        if found.next().is_some() {
            None
        } else {
            Some(*first)
        }
    }
    /// Saved bytes, columns uncompressed: what is stored, and what the wire form is made from.
    pub fn save(&self) -> Vec<u8> {
        self.automerge.save_nocompress()
    }
    /// A standard `.automerge` file.
    pub fn save_standard(&self) -> Vec<u8> {
        self.automerge.save()
    }

    /// Applies a change whose dependencies it holds. A change held already has no effect.
    ///
    /// # Errors
    /// [`Reason::EngineRefused`] when Automerge refuses or panics: the document must then be thrown away and loaded
    /// again; [`Reason::MissingDependency`] when something it depends on is not here.
    pub fn apply(&mut self, change: Change) -> Result<(), Reason> {
        if self.changes.contains_key(&change.hash()) {
            return Ok(());
        }
        if change.deps().iter().any(|dep| !self.changes.contains_key(dep)) {
            return Err(Reason::MissingDependency);
        }
        let automerge = &mut self.automerge;
        let applied = change.clone();
        contained(move || automerge.apply_changes([applied]))?.map_err(|_| Reason::EngineRefused)?;
        if self.automerge.get_heads().binary_search(&change.hash()).is_err() {
            return Err(Reason::EngineRefused);
        }
        self.index(&change);
        Ok(())
    }

    /// Saves, loads, and compares: what the gate asks before anything is stored. Returns the saved bytes.
    ///
    /// # Errors
    /// [`Reason::EngineRefused`] when the document would not come back equal; [`Reason::DocumentFull`] over its size.
    pub fn check_reload(&self) -> Result<Vec<u8>, Reason> {
        let saved = contained(|| self.save())?;
        if saved.len() > limits::DOCUMENT_SIZE_BYTES_MAX {
            return Err(Reason::DocumentFull);
        }
        let again = contained(|| Automerge::load(&saved))?.map_err(|_| Reason::EngineRefused)?;
        if again.get_heads() == self.automerge.get_heads() {
            Ok(saved)
        } else {
            Err(Reason::EngineRefused)
        }
    }

    /// Makes one change out of operations in [`crate::edit::normalize`]d form, all or none, without asking the
    /// policy. `None` when the document says so already.
    ///
    /// # Errors
    /// The first operation that does not fit the schema or the document, with its path.
    pub fn edit(
        &mut self,
        actor: &ActorId,
        time_s: i64,
        ops: &[EditOp],
    ) -> Result<Option<TypedChange>, Refusal> {
        self.automerge.set_actor(actor.clone());
        let kind = self.kind;
        let hash = {
            let transaction = self.automerge.transaction();
            let mut writer = EditWriter { kind, transaction };
            match ops.iter().try_for_each(|op| writer.apply(op)) {
                Ok(()) => {
                    writer
                        .transaction
                        .commit_with(CommitOptions::default().with_time(time_s))
                        .0
                }
                Err(refusal) => {
                    writer.transaction.rollback();
                    return Err(refusal);
                }
            }
        };
        let Some(hash) = hash else { return Ok(None) };
        let change = self
            .automerge
            .get_change_by_hash(&hash)
            .ok_or(Reason::EngineRefused)?;
        self.index(&change);
        let typed = TypedChange::from_automerge(&change)?;
        Ok(Some(typed))
    }

    /// Root scalar, the value shown.
    pub fn root_scalar(&self, key: &str) -> Option<Scalar> {
        match self.automerge.get(ROOT, key) {
            Ok(Some((Value::Scalar(value), _))) => Some(from_scalar_value(&value)),
            _ => None,
        }
    }

    /// Root text, the value shown.
    pub fn root_str(&self, key: &str) -> Option<String> {
        match self.root_scalar(key) {
            Some(Scalar::Str(text)) => Some(text),
            _ => None,
        }
    }

    /// One field of every entry of a container, by key: the value shown, or `None` where an entry has none. Reads
    /// nothing else, for those who count entries and need not know them.
    pub fn entry_values(&self, container: &str, field: &str) -> BTreeMap<String, Option<Scalar>> {
        let mut values: BTreeMap<String, Option<Scalar>> = BTreeMap::new();
        for (value, container) in self.automerge.get_all(ROOT, container).unwrap_or_default() {
            if !matches!(value, Value::Object(ObjType::Map)) {
                continue;
            }
            for key in self.automerge.keys(&container) {
                for (value, entry) in self
                    .automerge
                    .get_all(&container, key.as_str())
                    .unwrap_or_default()
                {
                    if !matches!(value, Value::Object(ObjType::Map)) {
                        continue;
                    }
                    let slot = values.entry(key.clone()).or_default();
                    if let Ok(Some((Value::Scalar(value), _))) = self.automerge.get(&entry, field) {
                        *slot = Some(from_scalar_value(&value));
                    }
                }
            }
        }
        values
    }

    /// The whole document as JSON, keys sorted. Maps made concurrently under one key are shown as one map.
    pub fn json(&self) -> Json {
        Json::Object(self.merged(std::slice::from_ref(&ROOT)))
    }

    fn merged(&self, objects: &[ObjId]) -> Map<String, Json> {
        let mut keys: BTreeMap<String, (Option<Json>, Vec<ObjId>)> = BTreeMap::new();
        for object in objects {
            for key in self.automerge.keys(object) {
                let slot = keys.entry(key.clone()).or_default();
                for (value, id) in self.automerge.get_all(object, key.as_str()).unwrap_or_default() {
                    match value {
                        Value::Object(ObjType::Map) => slot.1.push(id),
                        Value::Scalar(value) => slot.0 = Some(from_scalar_value(&value).to_json()),
                        Value::Object(_) => {}
                    }
                }
            }
        }
        let mut out = Map::new();
        for (key, (scalar, maps)) in keys {
            if !maps.is_empty() {
                out.insert(key, Json::Object(self.merged(&maps)));
            } else if let Some(scalar) = scalar {
                out.insert(key, scalar);
            }
        }
        out
    }

    /// Fields with more than one value, in path order.
    pub fn conflicts(&self) -> Vec<Conflict> {
        let mut found = Vec::new();
        self.conflicts_in(std::slice::from_ref(&ROOT), &mut Vec::new(), &mut found);
        found
    }

    fn conflicts_in(&self, objects: &[ObjId], path: &mut Vec<String>, found: &mut Vec<Conflict>) {
        let mut keys: BTreeMap<String, (Vec<ConflictValue>, Vec<ObjId>)> = BTreeMap::new();
        for object in objects {
            for key in self.automerge.keys(object) {
                let slot = keys.entry(key.clone()).or_default();
                for (value, id) in self.automerge.get_all(object, key.as_str()).unwrap_or_default() {
                    match value {
                        Value::Object(ObjType::Map) => slot.1.push(id),
                        Value::Scalar(value) => {
                            if let Some(side) = self.conflict_value(&value, &id) {
                                // One change that speaks in several maps of one key says one thing.
                                slot.0
                                    .retain(|known| known.change != side.change || known.value != side.value);
                                slot.0.push(side);
                            }
                        }
                        Value::Object(_) => {}
                    }
                }
            }
        }
        for (key, (values, maps)) in keys {
            path.push(key);
            if !maps.is_empty() {
                self.conflicts_in(&maps, path, found);
            } else if values.iter().any(|value| value.value != values[0].value) {
                found.push(Conflict {
                    path: path.clone(),
                    values,
                });
            }
            path.pop();
        }
    }

    fn conflict_value(&self, value: &automerge::ScalarValue, id: &ObjId) -> Option<ConflictValue> {
        let ObjId::Id(_, actor, _) = id else { return None };
        let change = self.automerge.hash_for_opid(id)?;
        let time = self.changes.get(&change)?.time;
        Some(ConflictValue {
            value: from_scalar_value(value),
            actor: actor.clone(),
            time,
            change,
        })
    }
}

/// Runs Automerge on input that may make it panic. A panic leaves the touched document unusable.
pub(crate) fn contained<T>(run: impl FnOnce() -> T) -> Result<T, Reason> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|_| Reason::EngineRefused)
}

struct EditWriter<'a> {
    kind: Kind,
    transaction: automerge::transaction::Transaction<'a>,
}

impl EditWriter<'_> {
    fn apply(&mut self, op: &EditOp) -> Result<(), Refusal> {
        match op {
            EditOp::Set { path, value } => self.set(&borrowed(path), value),
            EditOp::Add { path, key, value } => self.add(&borrowed(path), key.as_deref(), value),
            EditOp::Delete { path } => self.delete(&borrowed(path)),
        }
    }

    fn set(&mut self, path: &[&str], value: &Json) -> Result<(), Refusal> {
        if value.is_null() {
            return self.delete(path);
        }
        let scalar = Scalar::from_json(value).ok_or_else(|| Refusal::at(Reason::WrongType, path))?;
        schema::check_put(self.kind, path, &scalar).map_err(|reason| Refusal::at(reason, path))?;
        let (objects, key) = self.places(path)?;
        let mut holding = Vec::new();
        for object in &objects {
            let present = self
                .transaction
                .get_all(object, key)
                .map_err(|_| Refusal::at(Reason::WrongType, path))?;
            if !present.is_empty() {
                let says_so = present.iter().all(
                    |(value, _)| matches!(value, Value::Scalar(value) if from_scalar_value(value) == scalar),
                );
                holding.push((object.clone(), says_so));
            }
        }
        if !holding.is_empty() && holding.iter().all(|(_, says_so)| *says_so) {
            return Ok(());
        }
        // A value in one of several maps made under this key at the same time would go on contradicting this one.
        let target = objects
            .last()
            .filter(|last| holding.iter().all(|(object, _)| object != *last));
        for object in holding.iter().map(|(object, _)| object).chain(target) {
            self.transaction
                .put(object, key, to_scalar_value(&scalar))
                .map_err(|_| Refusal::at(Reason::BadOperation, path))?;
        }
        Ok(())
    }

    /// The maps that a path leads to: several, where people made the same entry without knowing of each other.
    fn maps(&self, path: &[&str]) -> Vec<ObjId> {
        path.iter().fold(vec![ROOT], |objects, part| {
            objects
                .iter()
                .flat_map(|object| self.transaction.get_all(object, *part).unwrap_or_default())
                .filter(|(value, _)| matches!(value, Value::Object(ObjType::Map)))
                .map(|(_, id)| id)
                .collect()
        })
    }

    /// The maps that hold the last part of a path, the one to write last. Years are made when first written.
    fn places<'p>(&mut self, path: &[&'p str]) -> Result<(Vec<ObjId>, &'p str), Refusal> {
        let Some((key, parents)) = path.split_last() else {
            return Err(Refusal::at(Reason::UnknownField, path));
        };
        let mut objects = vec![ROOT];
        for depth in 1..=parents.len() {
            let found = self.maps(&parents[..depth]);
            if !found.is_empty() {
                objects = found;
                continue;
            }
            let Some(parent) = objects.last().filter(|_| self.may_make(&parents[..depth])) else {
                return Err(Refusal::at(Reason::NoSuchEntry, path));
            };
            let made = self
                .transaction
                .put_object(parent, parents[depth - 1], ObjType::Map)
                .map_err(|_| Refusal::at(Reason::BadOperation, path))?;
            objects = vec![made];
        }
        Ok((objects, key))
    }

    /// Containers that a later schema added, and years of a yearly container, are made on first use.
    fn may_make(&self, path: &[&str]) -> bool {
        match path {
            [container] => schema::containers(self.kind).any(|known| known == *container),
            [container, key] => schema::nodes(self.kind).iter().any(
                |node| matches!(node, Node::Entries { name, key: EntryKey::Year, .. } if name == container),
            ) && schema::check_entry_key(self.kind, container, key).is_ok(),
            _ => false,
        }
    }

    fn add(&mut self, path: &[&str], key: Option<&str>, fields: &Map<String, Json>) -> Result<(), Refusal> {
        let [container] = path else {
            return Err(Refusal::at(Reason::UnknownField, path));
        };
        let key = key.ok_or_else(|| Refusal::at(Reason::BadOperation, path))?;
        let at = [*container, key];
        schema::check_entry_key(self.kind, container, key).map_err(|reason| Refusal::at(reason, &at))?;
        let (objects, _) = self.places(&at)?;
        if !self.maps(&at).is_empty() {
            return Err(Refusal::at(Reason::EntryExists, &at));
        }
        // A path always leads to at least one map.
        let object = objects.last().unwrap_or(&ROOT);
        let entry = self
            .transaction
            .put_object(object, key, ObjType::Map)
            .map_err(|_| Refusal::at(Reason::BadOperation, &at))?;
        for (name, value) in fields {
            let path = [*container, key, name.as_str()];
            if value.is_null() {
                continue;
            }
            let scalar = Scalar::from_json(value).ok_or_else(|| Refusal::at(Reason::WrongType, &path))?;
            schema::check_put(self.kind, &path, &scalar).map_err(|reason| Refusal::at(reason, &path))?;
            self.transaction
                .put(&entry, name.as_str(), to_scalar_value(&scalar))
                .map_err(|_| Refusal::at(Reason::BadOperation, &path))?;
        }
        Ok(())
    }

    fn delete(&mut self, path: &[&str]) -> Result<(), Refusal> {
        let Some((key, parents)) = path.split_last() else {
            return Err(Refusal::at(Reason::UnknownField, path));
        };
        for object in self.maps(parents) {
            if self
                .transaction
                .get_all(&object, *key)
                .is_ok_and(|present| present.is_empty())
            {
                continue;
            }
            self.transaction
                .delete(&object, *key)
                .map_err(|_| Refusal::at(Reason::BadOperation, path))?;
        }
        Ok(())
    }
}

fn borrowed(path: &[String]) -> Vec<&str> {
    path.iter().map(String::as_str).collect()
}

//! Local edits: making them, and making them anew when something before them was refused.

use automerge::Change;
use serde_json::Value as Json;

use super::records::{DocMeta, Item, Returned, key};
use super::{Engine, EngineError, Event, ItemState};
use crate::document::Document;
use crate::edit::{ChangeDocument, Edit, EditOp, NewDocument, Refusal, normalize};
use crate::id::DocId;
use crate::policy::{self, Action};
use crate::reason::Reason;
use crate::schema::{self, Kind, Node};
use crate::value::Scalar;
use crate::wire::frame::Creation;

/// What an edit comes to, before any of it has happened.
enum Draft {
    /// A document is made with its first values.
    New {
        meta: Box<DocMeta>,
        document: Document,
        item: Item,
    },
    /// A document changes.
    Change { document: Document, item: Item },
    /// The document says so already.
    Nothing(DocId),
}

impl Engine {
    /// Makes an edit: one change in the outbox. A journal that does not exist yet is made with its first visit.
    /// Returns the document.
    ///
    /// # Errors
    /// [`EngineError::NotLoaded`]; [`EngineError::Refused`] with the path, and then nothing has changed.
    pub fn edit(&mut self, now_s: i64, edit: &Edit) -> Result<DocId, EngineError> {
        match self.draft(now_s, edit)? {
            Draft::New { meta, document, item } => {
                let id = document.id().clone();
                self.docs.insert(id.clone(), *meta);
                self.put_doc(&id);
                self.loaded.insert(document);
                self.enqueue(item);
                Ok(id)
            }
            Draft::Change { document, item } => {
                let id = document.id().clone();
                if item.state == ItemState::Redo {
                    self.rebuild.insert(id.clone());
                }
                self.loaded.insert(document);
                self.enqueue(item);
                Ok(id)
            }
            Draft::Nothing(id) => Ok(id),
        }
    }

    /// Whether an edit could be made now; makes nothing.
    ///
    /// # Errors
    /// As [`Engine::edit`].
    pub fn check(&mut self, now_s: i64, edit: &Edit) -> Result<(), EngineError> {
        self.draft(now_s, edit).map(|_| ())
    }

    fn draft(&mut self, now_s: i64, edit: &Edit) -> Result<Draft, EngineError> {
        match edit {
            Edit::New(new) => self.draft_document(now_s, new),
            Edit::Change(change) => {
                let at = change.at.unwrap_or(now_s);
                if !self.docs.contains_key(&change.doc)
                    && let Some((household, year)) = change.doc.as_journal()
                    && self
                        .docs
                        .get(&household)
                        .is_some_and(|meta| meta.kind == Kind::Household)
                {
                    let id = change.doc.clone();
                    let (kind, village, household, year) = (Kind::Journal, None, Some(household), Some(year));
                    let creation = Creation {
                        id,
                        kind,
                        village,
                        household,
                        year,
                    };
                    return self.draft_start(at, creation, &change.ops);
                }
                self.draft_change(at, &change.doc, &change.ops)
            }
        }
    }

    fn draft_document(&mut self, now_s: i64, new: &NewDocument) -> Result<Draft, EngineError> {
        let tag = self.device().tag();
        let next = &mut self.state.next_key;
        let mut number = || {
            *next += 1;
            *next - 1
        };
        let creation = new.creation(|kind, household| {
            let number = number();
            let named = match (kind, household, new.village.as_deref()) {
                (Kind::Need, Some(household), _) => DocId::need(household, &tag, number),
                (Kind::Application, Some(household), _) => DocId::of_household(household, 'a', &tag, number),
                (Kind::Case, Some(household), _) => DocId::of_household(household, 'm', &tag, number),
                (Kind::Plan, Some(household), _) => DocId::of_household(household, 'p', &tag, number),
                (Kind::Notice, _, Some(village)) => DocId::notice(village, &tag, number),
                _ => DocId::parse(&format!("h{tag}{number}")),
            };
            named
                .or_else(|_| {
                    DocId::parse(&format!(
                        "{}{tag}{number}",
                        if kind == Kind::Need { "n" } else { "h" }
                    ))
                })
                .expect("a letter, a tag and a number are plain ASCII")
        })?;
        if self.docs.contains_key(&creation.id) {
            return Err(Refusal::at(Reason::DocumentExistsDifferently, &["id"]).into());
        }
        if let Some(household) = &creation.household
            && self
                .docs
                .get(household)
                .is_none_or(|meta| meta.kind != Kind::Household)
        {
            return Err(Refusal::at(Reason::NoSuchDocument, &["household"]).into());
        }
        let ops: Vec<EditOp> = new
            .value
            .iter()
            .map(|(field, value)| EditOp::Set {
                path: vec![field.clone()],
                value: value.clone(),
            })
            .collect();
        self.draft_start(new.at.unwrap_or(now_s), creation, &ops)
    }

    fn draft_start(&mut self, at: i64, creation: Creation, ops: &[EditOp]) -> Result<Draft, EngineError> {
        if let Some(role) = self.role() {
            policy::may(role, creation.kind, &[], Action::Create).map_err(Refusal::from)?;
        }
        self.check_own(&creation)?;
        let mut document = Document::genesis(&creation, 0);
        let heads = document.heads();
        let ops = self.prepare(creation.kind, ops)?;
        let item = self.author(&mut document, at, ops)?;
        // An empty document would be nobody's statement and never reach the server.
        let item = item.ok_or(EngineError::Refused(Refusal::at(
            Reason::BadOperation,
            &["value"],
        )))?;
        let meta = DocMeta {
            kind: creation.kind,
            no: None,
            creation: Some(creation.into()),
            generation: 0,
            version: 0,
            snapshot_version: None,
            heads,
            feeds: Default::default(),
            early: Default::default(),
            refetch: false,
            left: false,
            received: Default::default(),
        };
        let meta = Box::new(meta);
        Ok(Draft::New { meta, document, item })
    }

    fn draft_change(&mut self, at: i64, id: &DocId, ops: &[EditOp]) -> Result<Draft, EngineError> {
        let (kind, doubtful) = self
            .docs
            .get(id)
            .map(|meta| (meta.kind, meta.refetch))
            .ok_or(Refusal::from(Reason::NoSuchDocument))?;
        if self.rebuild.contains(id) && !doubtful {
            return Err(EngineError::NotLoaded(id.clone()));
        }
        let document = self.document(id)?;
        let creation = Creation {
            id: id.clone(),
            kind,
            village: document.root_str("village"),
            household: None,
            year: None,
        };
        self.check_own(&creation)?;
        let ops = self.prepare(kind, ops)?;
        let Some(mut document) = self.loaded.get_mut(id).map(|document| document.clone()) else {
            return Err(EngineError::NotLoaded(id.clone()));
        };
        let Some(mut item) = self.author(&mut document, at, ops)? else {
            return Ok(Draft::Nothing(id.clone()));
        };
        if doubtful {
            // The base is about to be replaced: the edit is shown now and made anew on whatever arrives.
            item.state = ItemState::Redo;
        }
        Ok(Draft::Change { document, item })
    }

    /// A month of attendance is its member's own, to write and to make.
    fn check_own(&self, creation: &Creation) -> Result<(), EngineError> {
        let Some(grant) = &self.state.grant else {
            return Ok(());
        };
        let Some(role) = self.role() else { return Ok(()) };
        let (village, person) = (creation.village.as_deref(), Some(grant.person.as_str()));
        if policy::is_own(role, creation.kind, &creation.id, village, person) {
            Ok(())
        } else {
            Err(Refusal::from(Reason::NotAllowed).into())
        }
    }

    /// Normal form, and what the gate would refuse is refused here, where its author can still mend it.
    fn prepare(&mut self, kind: Kind, ops: &[EditOp]) -> Result<Vec<EditOp>, EngineError> {
        let tag = self.device().tag();
        let next = &mut self.state.next_key;
        let ops = normalize(kind, ops, || {
            *next += 1;
            format!("{tag}{}", *next - 1)
        })?;
        let Some(role) = self.role() else { return Ok(ops) };
        let sign = |op: EditOp| match op {
            // An event says as what its author wrote it.
            EditOp::Add { path, key, mut value } if has_events(kind) && path == ["events"] => {
                value.entry("role").or_insert_with(|| role.as_str().into());
                EditOp::Add { path, key, value }
            }
            op => op,
        };
        let ops: Vec<EditOp> = ops.into_iter().map(sign).collect();
        for op in &ops {
            check_rights(role, kind, op)?;
        }
        Ok(ops)
    }

    fn author(
        &self,
        document: &mut Document,
        at: i64,
        ops: Vec<EditOp>,
    ) -> Result<Option<Item>, EngineError> {
        let actor = self.device().actor(document.id(), document.generation());
        let Some(change) = document.edit(&actor, at, &ops)? else {
            return Ok(None);
        };
        change.check_bounds().map_err(Refusal::from)?;
        let mut built = change.to_automerge().map_err(Refusal::from)?;
        Ok(Some(Item {
            doc: document.id().clone(),
            generation: document.generation(),
            ops,
            at,
            chunk: built.bytes().into_owned(),
            hash: built.hash(),
            state: ItemState::Unsent,
            sent: None,
            mark: None,
        }))
    }

    fn enqueue(&mut self, item: Item) {
        let no = self.state.next_item;
        self.state.next_item += 1;
        self.put_state();
        self.events.push(Event::Changed(item.doc.clone()));
        self.outbox.insert(no, item);
        self.put_item(no);
    }

    /// A document whose pending edits must be made anew, if any: hand its records to [`Engine::redo`].
    pub fn wants_redo(&self) -> Option<DocId> {
        let ready = |id: &&DocId| self.docs.get(*id).is_none_or(|meta| !meta.refetch);
        self.rebuild.iter().find(ready).cloned()
    }

    /// Rebuilds a document from its base and makes each surviving pending edit anew, with its own claimed time.
    /// Edits that no longer fit are returned to their author.
    ///
    /// # Errors
    /// [`EngineError::Corrupt`].
    pub fn redo(
        &mut self,
        now_ms: i64,
        id: &DocId,
        records: impl IntoIterator<Item = (String, Vec<u8>)>,
    ) -> Result<(), EngineError> {
        self.rebuild.remove(id);
        self.loaded.evict(id);
        if !self.docs.contains_key(id) {
            return Ok(());
        }
        let mut document = self.base_document(id, records)?;
        let numbers: Vec<u64> = self
            .outbox
            .iter()
            .filter(|(_, item)| item.doc == *id)
            .map(|(no, _)| *no)
            .collect();
        for no in numbers {
            let Some(item) = self.outbox.get(&no).cloned() else {
                continue;
            };
            match self.author(&mut document, item.at, item.ops.clone()) {
                Ok(Some(again)) => {
                    self.outbox.insert(no, again);
                    self.put_item(no);
                }
                Ok(None) => {
                    // The base says so already.
                    self.outbox.remove(&no);
                    self.delete(key::numbered(key::OUTBOX, no));
                    self.events.push(Event::Settled(id.clone()));
                }
                Err(EngineError::Refused(refusal)) => self.give_back(now_ms, no, refusal.reason),
                Err(error) => return Err(error),
            }
        }
        self.loaded.insert(document);
        self.events.push(Event::Changed(id.clone()));
        self.drop_if_unfounded(id);
        Ok(())
    }

    /// Moves a pending edit to the returned ones.
    pub(super) fn give_back(&mut self, now_ms: i64, no: u64, reason: Reason) {
        let Some(item) = self.outbox.remove(&no) else {
            return;
        };
        self.delete(key::numbered(key::OUTBOX, no));
        self.return_item(now_ms, no, item, reason);
    }

    /// Keeps what its author did, to be seen, copied or done again.
    pub(super) fn return_item(&mut self, now_ms: i64, no: u64, item: Item, reason: Reason) {
        let kind = match self.docs.get(&item.doc) {
            Some(meta) => meta.kind,
            // Not held any more; its name tells.
            None => kind_by_name(&item.doc),
        };
        let returned = Returned {
            doc: item.doc.clone(),
            kind,
            reason: reason.code().to_owned(),
            ops: item.ops,
            at: item.at,
            returned_ms: now_ms,
        };
        self.put(key::numbered(key::RETURNED, no), &returned);
        self.returned.insert(no, returned);
        self.events.push(Event::Returned(item.doc));
    }

    /// A document without pending edits that the server never had, or that has left this device's scope, is gone.
    pub(super) fn drop_if_unfounded(&mut self, id: &DocId) {
        let Some(meta) = self.docs.get(id) else { return };
        let unknown_to_server = meta.no.is_none() && meta.version == 0 && !meta.refetch;
        if (unknown_to_server || meta.left) && !self.outbox.values().any(|item| item.doc == *id) {
            self.purge(id);
        }
    }

    /// Forgets a document.
    pub(super) fn purge(&mut self, id: &DocId) {
        self.count_out(id);
        let Some(meta) = self.docs.remove(id) else { return };
        if let Some(no) = meta.no {
            self.by_no.remove(&no);
        }
        self.loaded.evict(id);
        self.rebuild.remove(id);
        self.delete(key::doc(id));
        if self.rows.remove(id).is_some() {
            self.delete(key::row(id));
        }
        if let Some(snapshot) = meta.snapshot_version {
            self.delete(key::snapshot(id));
            self.delete_log(id, snapshot + 1, meta.version);
        } else {
            self.delete_log(id, 1, meta.version);
        }
        self.events.push(Event::Removed(id.clone()));
    }

    pub(super) fn delete_log(&mut self, id: &DocId, first: u64, last: u64) {
        for version in first..=last {
            self.delete(key::log(id, version));
        }
    }

    /// Settles a conflict or any other matter: an ordinary edit by the device itself.
    ///
    /// # Errors
    /// As [`Engine::edit`].
    pub fn set(&mut self, now_s: i64, id: &DocId, path: &[&str], value: Json) -> Result<DocId, EngineError> {
        let path = path.iter().map(|part| (*part).to_owned()).collect();
        let (doc, ops) = (id.clone(), vec![EditOp::Set { path, value }]);
        self.edit(now_s, &Edit::Change(ChangeDocument { doc, at: None, ops }))
    }
}

/// Whether documents of a kind are folded from events.
fn has_events(kind: Kind) -> bool {
    matches!(kind, Kind::Application | Kind::Case)
}

fn check_rights(role: policy::Role, kind: Kind, op: &EditOp) -> Result<(), Refusal> {
    let may =
        |path: &[&str], action| policy::may(role, kind, path, action).map_err(|why| Refusal::at(why, path));
    let value_may = |path: &[&str], value: &Json| match Scalar::from_json(value) {
        Some(value) => {
            policy::may_write_value(role, kind, path, &value).map_err(|why| Refusal::at(why, path))
        }
        None => Ok(()),
    };
    match op {
        EditOp::Set { path, value } => {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            // A year that does not exist yet is added by writing into it.
            if let [container, _, _] = path[..]
                && let Some(Node::Entries {
                    append_only: true, ..
                }) = schema::node(kind, container)
            {
                return Err(Refusal::at(Reason::AppendOnly, &path));
            }
            may(
                &path,
                if value.is_null() {
                    Action::Delete
                } else {
                    Action::Put
                },
            )?;
            value_may(&path, value)
        }
        EditOp::Add { path, key, value } => {
            let container = path.first().map_or("", String::as_str);
            let key = key.as_deref().unwrap_or("");
            may(&[container, key], Action::AddEntry)?;
            value
                .iter()
                .try_for_each(|(field, value)| value_may(&[container, key, field], value))
        }
        EditOp::Delete { path } => {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            may(&path, Action::Delete)
        }
    }
}

/// What a document is that is not held any more, as far as its name tells.
fn kind_by_name(id: &DocId) -> Kind {
    if id.as_journal().is_some() {
        return Kind::Journal;
    }
    let name = id.as_str();
    if let Some((_, when)) = name.split_once(".t")
        && when.len() > 7
        && when.bytes().take(6).all(|b| b.is_ascii_digit())
    {
        return Kind::Attendance;
    }
    match name.rsplit_once('.').map_or("", |(_, last)| last) {
        "check" => Kind::Check,
        last if last.starts_with('n') => Kind::Need,
        last if last.starts_with('a') => Kind::Application,
        last if last.starts_with('m') => Kind::Case,
        last if last.starts_with('p') => Kind::Plan,
        last if last.starts_with('o') => Kind::Notice,
        _ => Kind::Household,
    }
}

/// Reads a stored change chunk.
pub(super) fn stored_change(chunk: &[u8]) -> Result<Change, Reason> {
    Change::from_bytes(chunk.to_vec()).map_err(|_| Reason::EngineRefused)
}

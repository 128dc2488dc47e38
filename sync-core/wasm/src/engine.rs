//! One device. The order of calls is [`sync_core::engine`]'s; after every call the host stores what
//! [`Engine::take_writes`] gives, durably, before it shows, sends or acknowledges anything.
//!
//! A call that needs a document's body throws a problem of kind `not_loaded` with its `doc`: store the writes, read the
//! records under [`Engine::body_prefix`], hand them to [`Engine::supply`], call again.

use std::collections::BTreeMap;

use js_sys::{Array, Uint8Array};
use serde_json::{Value as Json, json};
use sync_core::edit::Edit;
use sync_core::engine::{self as core, EngineError, Event, Identity, Standing};
use sync_core::id::{DeviceId, FeedNo};
use sync_core::view::{self, Person};
use sync_core::wire::frame::{Cursor, Frame};
use wasm_bindgen::prelude::*;

use crate::convert::{self, doc, whole};
use crate::failure::{Failed, bad_input};
use crate::wire::Received;

/// The engine of one device.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Engine {
    engine: core::Engine,
    /// Writes not taken yet, the last one of each key; `None` deletes.
    writes: BTreeMap<String, Option<Vec<u8>>>,
    /// Cursors told on the present connection.
    acknowledged: Vec<(FeedNo, Cursor)>,
}

#[wasm_bindgen]
impl Engine {
    /// A fresh device; its first writes are waiting. `device` is the id from `deviceId`.
    ///
    /// # Errors
    /// `bad_input`.
    pub fn create(
        deployment: String,
        device: &str,
        server_public_key: &[u8],
        app_version: String,
    ) -> Result<Engine, Failed> {
        let device = DeviceId::from_hex(device).ok_or(bad_input("device"))?;
        Ok(Engine::around(core::Engine::create(Identity {
            deployment,
            device,
            server_public_key: server_public_key.to_vec(),
            app_version,
        })))
    }

    /// Opens a stored device from all records whose key begins with `m`.
    ///
    /// # Errors
    /// `store_damaged`.
    pub fn open(
        #[wasm_bindgen(unchecked_param_type = "StoreRecord[]")] records: &JsValue,
    ) -> Result<Engine, Failed> {
        Ok(Engine::around(core::Engine::open(convert::records(records)?)?))
    }

    fn around(engine: core::Engine) -> Self {
        Engine {
            engine,
            writes: BTreeMap::new(),
            acknowledged: Vec::new(),
        }
    }

    fn drain(&mut self) {
        for write in self.engine.take_writes() {
            self.writes.insert(write.key, write.value);
        }
    }

    // Store.

    /// What must be stored now, in one durable transaction: key and value, `null` deletes.
    #[wasm_bindgen(js_name = takeWrites, unchecked_return_type = "StoreWrite[]")]
    pub fn take_writes(&mut self) -> Array {
        self.drain();
        let writes = std::mem::take(&mut self.writes);
        writes
            .into_iter()
            .map(|(key, value)| {
                let value = value.map_or(JsValue::NULL, |value| Uint8Array::from(&value[..]).into());
                Array::of2(&key.into(), &value)
            })
            .collect()
    }

    /// Prefix of the records that make up a document's body.
    ///
    /// # Errors
    /// `bad_input`.
    #[wasm_bindgen(js_name = bodyPrefix)]
    pub fn body_prefix(id: &str) -> Result<String, Failed> {
        Ok(core::Engine::body_prefix(&doc(id)?))
    }

    /// Takes the records of a document's body.
    ///
    /// # Errors
    /// `store_damaged`, `no_such_document`.
    pub fn supply(
        &mut self,
        id: &str,
        #[wasm_bindgen(unchecked_param_type = "StoreRecord[]")] records: &JsValue,
    ) -> Result<(), Failed> {
        Ok(self.engine.supply(&doc(id)?, convert::records(records)?)?)
    }

    /// A document whose pending edits must be made anew, if any: hand its records to `redo`, and ask again.
    #[wasm_bindgen(js_name = wantsRedo)]
    pub fn wants_redo(&self) -> Option<String> {
        self.engine.wants_redo().map(String::from)
    }

    /// Makes the pending edits of a document anew on its present base.
    ///
    /// # Errors
    /// `store_damaged`.
    pub fn redo(
        &mut self,
        now_ms: f64,
        id: &str,
        #[wasm_bindgen(unchecked_param_type = "StoreRecord[]")] records: &JsValue,
    ) -> Result<(), Failed> {
        Ok(self
            .engine
            .redo(whole(now_ms), &doc(id)?, convert::records(records)?)?)
    }

    // Edits.

    /// Makes an edit; returns the document. Nothing has happened if it throws.
    ///
    /// # Errors
    /// `not_loaded`; a refusal with its path.
    pub fn edit(
        &mut self,
        now_ms: f64,
        #[wasm_bindgen(unchecked_param_type = "EditInput")] edit: &JsValue,
    ) -> Result<String, Failed> {
        let edit: Edit = convert::input(edit, "edit")?;
        Ok(self.engine.edit(whole(now_ms).div_euclid(1000), &edit)?.into())
    }

    /// Whether an edit could be made now; throws what `edit` would, and makes nothing.
    ///
    /// # Errors
    /// As `edit`.
    pub fn check(
        &mut self,
        now_ms: f64,
        #[wasm_bindgen(unchecked_param_type = "EditInput")] edit: &JsValue,
    ) -> Result<(), Failed> {
        let edit: Edit = convert::input(edit, "edit")?;
        Ok(self.engine.check(whole(now_ms).div_euclid(1000), &edit)?)
    }

    // What came back.

    /// Refused changes, oldest first.
    ///
    /// # Errors
    /// None in practice.
    #[wasm_bindgen(unchecked_return_type = "ReturnedChange[]")]
    pub fn returned(&self) -> Result<JsValue, Failed> {
        convert::out(&view::returned(&self.engine))
    }

    /// Lets a refused change go; `false` if there is none of this number.
    pub fn dismiss(&mut self, no: f64) -> bool {
        self.engine.dismiss(whole(no).unsigned_abs())
    }

    /// Makes a refused change once more as a new edit and lets the refused one go; returns the document, nothing if
    /// there is none of this number.
    ///
    /// # Errors
    /// As `edit`; the refused change stays then.
    #[wasm_bindgen(js_name = redoReturned)]
    pub fn redo_returned(&mut self, now_ms: f64, no: f64) -> Result<Option<String>, Failed> {
        let no = whole(no).unsigned_abs();
        let Some(edit) = view::again(&self.engine, no) else {
            return Ok(None);
        };
        let id = self.engine.edit(whole(now_ms).div_euclid(1000), &edit)?;
        self.engine.dismiss(no);
        Ok(Some(id.into()))
    }

    /// Whether a refused change could be made once more now; throws what `redoReturned` would.
    ///
    /// # Errors
    /// As `edit`.
    #[wasm_bindgen(js_name = checkReturned)]
    pub fn check_returned(&mut self, now_ms: f64, no: f64) -> Result<(), Failed> {
        if let Some(edit) = view::again(&self.engine, whole(no).unsigned_abs()) {
            self.engine.check(whole(now_ms).div_euclid(1000), &edit)?;
        }
        Ok(())
    }

    // Exchanges and live connections.

    /// Begins an exchange: store the writes, sign, and send what `Push.finish` gives.
    #[wasm_bindgen(js_name = beginPush)]
    pub fn begin_push(&mut self, now_ms: f64, storage_left_mib: f64) -> Push {
        self.acknowledged.clear();
        let left = whole(storage_left_mib).unsigned_abs();
        Push(self.engine.begin_push(whole(now_ms), left))
    }

    /// What has been written since, for a live connection that has been answered once.
    #[wasm_bindgen(js_name = beginMore)]
    pub fn begin_more(&mut self, now_ms: f64) -> Push {
        Push(self.engine.begin_more(whole(now_ms)))
    }

    /// Takes frames in their order. Store the writes after it, also when it throws. A problem of kind `server` is the
    /// server's refusal; after any other the engine is behind its store: drop it and open it again.
    ///
    /// # Errors
    /// `bad_answer`; the server's refusal.
    pub fn receive(&mut self, now_ms: f64, received: Received) -> Result<(), Failed> {
        for frame in received.frames {
            match self.engine.handle_frame(whole(now_ms), frame) {
                Ok(()) => self.drain(),
                Err(error) => {
                    // A frame is applied as a whole or not at all; only a refusal is a whole frame itself.
                    if !matches!(error, EngineError::Server { .. }) {
                        self.engine.take_writes();
                    }
                    return Err(error.into());
                }
            }
        }
        if received.malformed {
            return Err(sync_core::wire::codec::Malformed("frame").into());
        }
        Ok(())
    }

    /// The reply has been read to its end.
    #[wasm_bindgen(js_name = finishExchange)]
    pub fn finish_exchange(&mut self, now_ms: f64) {
        self.engine.finish_exchange(whole(now_ms));
    }

    /// The line broke.
    #[wasm_bindgen(js_name = connectionLost)]
    pub fn connection_lost(&mut self) {
        self.engine.connection_lost();
    }

    /// The line broke so early that nothing of the last push can have left: it goes out again unasked.
    #[wasm_bindgen(js_name = pushNeverLeft)]
    pub fn push_never_left(&mut self) {
        self.engine.push_never_left();
    }

    /// A frame that tells a live connection how far everything is stored, if that has moved; send it packed.
    pub fn acknowledge(&mut self) -> Option<Uint8Array> {
        let now: Vec<(FeedNo, Cursor)> = self
            .engine
            .status()
            .feeds
            .into_iter()
            .map(|(no, _, cursor)| (no, cursor))
            .collect();
        let moved: Vec<_> = now
            .iter()
            .filter(|cursor| !self.acknowledged.contains(cursor))
            .copied()
            .collect();
        self.acknowledged = now;
        (!moved.is_empty()).then(|| Uint8Array::from(&Frame::Cursors(moved).to_bytes()[..]))
    }

    /// Whether the next push would say anything beyond "here I am".
    #[wasm_bindgen(getter, js_name = wantsExchange)]
    pub fn wants_exchange(&self) -> bool {
        self.engine.wants_exchange()
    }

    /// Questions the next push would ask.
    #[wasm_bindgen(getter, js_name = openQuestions)]
    pub fn open_questions(&self) -> usize {
        self.engine.open_questions()
    }

    /// Whether everything in scope is held, as of the last exchange.
    #[wasm_bindgen(getter, js_name = caughtUp)]
    pub fn caught_up(&self) -> bool {
        self.engine.is_caught_up()
    }

    /// What happened since the last call.
    ///
    /// # Errors
    /// None in practice.
    #[wasm_bindgen(js_name = takeEvents, unchecked_return_type = "EngineEvent[]")]
    pub fn take_events(&mut self) -> Result<JsValue, Failed> {
        let events: Vec<Json> = self.engine.take_events().into_iter().filter_map(event).collect();
        convert::out(&events)
    }

    /// What the exchanges since the last call did.
    ///
    /// # Errors
    /// None in practice.
    #[wasm_bindgen(js_name = takeTally, unchecked_return_type = "Tally")]
    pub fn take_tally(&mut self) -> Result<JsValue, Failed> {
        let tally = self.engine.take_tally();
        convert::out(&json!({
            "pushed": tally.pushed,
            "pulled": tally.pulled,
            "frames": tally.frames,
            "accepted": tally.accepted,
            "duplicate": tally.duplicate,
            "parked": tally.parked,
            "quarantined": tally.quarantined,
            "rejected": tally.rejected,
        }))
    }

    // What it shows.

    /// How things stand.
    ///
    /// # Errors
    /// None in practice.
    #[wasm_bindgen(unchecked_return_type = "EngineStatus")]
    pub fn status(&self) -> Result<JsValue, Failed> {
        let status = self.engine.status();
        let grant = status.grant.map(|grant| {
            json!({
                "version": grant.version,
                "status": grant.status.as_str(),
                "author": grant.author,
                "role": grant.role.as_str(),
                "person": grant.person,
                "name": grant.name,
                "villages": grant.villages,
                "unit": grant.unit,
                "expiresMs": grant.expires_ms,
                "offlineGraceH": grant.offline_grace_h,
                "token": grant.token,
            })
        });
        convert::out(&json!({
            "device": status.device.to_hex(),
            "deployment": status.deployment,
            "grant": grant,
            "unsent": status.unsent,
            "oldestUnsentMs": status.oldest_unsent_s.map(|at| at * 1000),
            "waiting": status.waiting,
            "returned": status.returned,
            "documents": status.documents,
            "feeds": status.feeds.iter().map(|(_, name, _)| name).collect::<Vec<_>>(),
            "syncedMs": status.synced_ms,
            "serverTimeMs": status.server_time_ms,
        }))
    }

    /// How this device stands by its clock; nothing it holds is shown unless this is `active`, or `waiting` for what
    /// it wrote itself.
    ///
    /// # Errors
    /// None in practice.
    #[wasm_bindgen(unchecked_return_type = "EngineStanding")]
    pub fn standing(&mut self, now_ms: f64) -> Result<JsValue, Failed> {
        convert::out(&match self.engine.standing(whole(now_ms)) {
            Standing::Waiting => json!({ "name": "waiting" }),
            Standing::Active => json!({ "name": "active" }),
            Standing::Locked => json!({ "name": "locked" }),
            Standing::Ended(status) => json!({ "name": "ended", "status": status.as_str() }),
        })
    }

    /// All documents held, by name.
    ///
    /// # Errors
    /// None in practice.
    #[wasm_bindgen(unchecked_return_type = "ListedDocument[]")]
    pub fn list(&self) -> Result<JsValue, Failed> {
        let list = self.engine.list().into_iter().map(|listed| {
            json!({
                "id": listed.id,
                "kind": listed.kind.as_str(),
                "unsent": listed.unsent,
                "waiting": listed.waiting,
                "onServer": listed.on_server,
                "acceptedMs": listed.accepted_ms,
            })
        });
        convert::out(&list.collect::<Vec<_>>())
    }

    /// Rows of documents that are still on their way.
    ///
    /// # Errors
    /// None in practice.
    #[wasm_bindgen(unchecked_return_type = "DocumentRow[]")]
    pub fn rows(&self) -> Result<JsValue, Failed> {
        let coming = self.engine.rows().filter(|row| !self.engine.holds(&row.id));
        let rows = coming.map(
            |row| json!({ "id": row.id, "kind": row.kind.as_str(), "fields": view::row_json(&row.fields) }),
        );
        convert::out(&rows.collect::<Vec<_>>())
    }

    /// The row of a document that is held, in the shape of `rows`.
    ///
    /// # Errors
    /// `not_loaded`, `no_such_document`.
    pub fn row(&mut self, id: &str) -> Result<JsValue, Failed> {
        let document = self.engine.document(&doc(id)?)?;
        let fields = view::row_json(&view::row(document));
        convert::out(&json!({ "id": id, "kind": document.kind().as_str(), "fields": fields }))
    }

    /// Whether a document is held.
    ///
    /// # Errors
    /// `bad_input`.
    pub fn holds(&self, id: &str) -> Result<bool, Failed> {
        Ok(self.engine.holds(&doc(id)?))
    }

    /// A document as it is shown: what the server accepted and what this device wrote since.
    ///
    /// # Errors
    /// `not_loaded`, `no_such_document`.
    #[wasm_bindgen(unchecked_return_type = "ShownDocument")]
    pub fn document(&mut self, id: &str) -> Result<JsValue, Failed> {
        let id = doc(id)?;
        let document = self.engine.document(&id)?;
        let (kind, generation, value) = (document.kind().as_str(), document.generation(), document.json());
        let title = view::title(document);
        let last = view::last_changes(&mut self.engine, &id)?;
        convert::out(&json!({
            "id": id, "kind": kind, "title": title, "generation": generation, "value": value, "last": last,
        }))
    }

    /// Fields of a document with more than one value, each with who and when.
    ///
    /// # Errors
    /// `not_loaded`, `no_such_document`.
    #[wasm_bindgen(unchecked_return_type = "FieldConflict[]")]
    pub fn conflicts(&mut self, id: &str) -> Result<JsValue, Failed> {
        convert::out(&view::conflicts(&mut self.engine, &doc(id)?)?)
    }

    /// Where an application or a case stands at a moment; nothing for every other kind.
    ///
    /// # Errors
    /// `not_loaded`, `no_such_document`.
    #[wasm_bindgen(js_name = caseStanding, unchecked_return_type = "FoldedCase | null")]
    pub fn case_standing(&mut self, id: &str, now_ms: f64) -> Result<JsValue, Failed> {
        convert::out(&view::case_standing(&mut self.engine, &doc(id)?, whole(now_ms))?)
    }

    /// Hashes of the newest accepted changes of a document: equal replicas have equal ones.
    ///
    /// # Errors
    /// `bad_input`.
    pub fn heads(&self, id: &str) -> Result<Option<Vec<String>>, Failed> {
        let heads = self.engine.base_heads(&doc(id)?);
        Ok(heads.map(|heads| heads.iter().map(ToString::to_string).collect()))
    }

    /// Local changes without a final verdict, oldest first.
    ///
    /// # Errors
    /// None in practice.
    #[wasm_bindgen(unchecked_return_type = "PendingChange[]")]
    pub fn pending(&self) -> Result<JsValue, Failed> {
        let pending = self.engine.pending().map(|pending| {
            json!({
                "doc": pending.doc,
                "kind": pending.kind.map(|kind| kind.as_str()),
                "at": pending.at,
                "state": pending.state,
                "ops": pending.ops,
            })
        });
        convert::out(&pending.collect::<Vec<_>>())
    }

    /// Everybody this device has heard of as an author.
    ///
    /// # Errors
    /// None in practice.
    #[wasm_bindgen(unchecked_return_type = "KnownPerson[]")]
    pub fn people(&self) -> Result<JsValue, Failed> {
        convert::out(&self.engine.people().map(Person::from).collect::<Vec<_>>())
    }
}

/// A push that waits for its signatures.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Push(core::Push);

#[wasm_bindgen]
impl Push {
    /// What the device key signs, one signature each (ECDSA P-256 over SHA-256, `r ‖ s`, 64 bytes).
    #[wasm_bindgen(getter, js_name = toSign, unchecked_return_type = "Uint8Array[]")]
    pub fn to_sign(&self) -> Array {
        let requests: Vec<Vec<u8>> = self.0.to_sign.iter().map(|request| request.0.clone()).collect();
        convert::bytes_out(&requests)
    }

    /// Puts the signatures in; returns the frames, for `packRequest` or `packMessage`. There are none when there is
    /// nothing to say.
    ///
    /// # Errors
    /// `bad_input` when the signatures do not fit the requests.
    #[wasm_bindgen(unchecked_return_type = "Uint8Array[]")]
    pub fn finish(
        self,
        #[wasm_bindgen(unchecked_param_type = "Uint8Array[]")] signatures: &JsValue,
    ) -> Result<Array, Failed> {
        let signatures = convert::pieces(signatures, "signatures")?
            .into_iter()
            .map(|signature| <[u8; 64]>::try_from(signature).map_err(|_| bad_input("signatures")))
            .collect::<Result<Vec<_>, _>>()?;
        if signatures.len() != self.0.to_sign.len() {
            return Err(bad_input("signatures"));
        }
        Ok(convert::bytes_out(&core::Engine::finish_push(
            self.0,
            &signatures,
        )))
    }
}

/// An event as the host reads it; `None` for one that is not for it.
fn event(event: Event) -> Option<Json> {
    Some(match event {
        Event::Changed(doc) => json!({ "type": "changed", "doc": doc }),
        Event::Removed(doc) => json!({ "type": "removed", "doc": doc }),
        Event::Returned(doc) => json!({ "type": "returned", "doc": doc }),
        Event::Accepted(doc) => json!({ "type": "accepted", "doc": doc }),
        Event::Standing(status) => json!({ "type": "standing", "status": status.as_str() }),
        Event::Wipe => json!({ "type": "wipe" }),
        Event::Progress(done, total) => json!({ "type": "progress", "done": done, "total": total }),
        Event::CaughtUp => json!({ "type": "caught_up" }),
        Event::Diverged(_) => json!({ "type": "diverged" }),
        _ => return None,
    })
}

//! The engine through whole stories: phones go offline, edit, lose their link, and return.
//!
//! Told natively and, from `sync-core/wasm/stories`, in WebAssembly: there each test is an exported function.
#![allow(unreachable_pub, reason = "an exported function is public")]

mod relay;

use std::collections::BTreeMap;

use relay::{Relay, VILLAGE_FEED};
use serde_json::{Value, json};
use sync_core::edit::Edit;
use sync_core::engine::{Engine, EngineError, Event, Identity, META_PREFIX, Standing};
use sync_core::id::{DeviceId, DocId};
use sync_core::reason::Reason;
#[cfg(target_family = "wasm")]
use wasm_bindgen::prelude::wasm_bindgen as test;

const NOON_MS: i64 = 1_795_216_450_000;

/// An engine with a store that keeps exactly what was written.
struct Phone {
    engine: Engine,
    store: BTreeMap<String, Vec<u8>>,
    no: u64,
    events: Vec<Event>,
}

impl Phone {
    fn new(relay: &mut Relay, name: u8) -> Self {
        let device = DeviceId([name; 16]);
        let no = relay.enrol(device);
        let identity = Identity {
            deployment: "test".into(),
            device,
            server_public_key: vec![],
            app_version: "1".into(),
        };
        let mut phone = Phone {
            engine: Engine::create(identity),
            store: BTreeMap::new(),
            no,
            events: Vec::new(),
        };
        phone.save();
        phone.sync(relay);
        phone
    }

    fn save(&mut self) {
        for write in self.engine.take_writes() {
            match write.value {
                Some(value) => self.store.insert(write.key, value),
                None => self.store.remove(&write.key),
            };
        }
        self.events.extend(self.engine.take_events());
    }

    fn bodies(&self, id: &DocId) -> Vec<(String, Vec<u8>)> {
        let prefix = Engine::body_prefix(id);
        let found = self.store.iter().filter(|(key, _)| key.starts_with(&prefix));
        found.map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    fn with<T>(
        &mut self,
        mut call: impl FnMut(&mut Engine) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        loop {
            match call(&mut self.engine) {
                Err(EngineError::NotLoaded(id)) => {
                    let bodies = self.bodies(&id);
                    if self.engine.wants_redo().as_ref() == Some(&id) {
                        self.engine.redo(NOON_MS, &id, bodies).unwrap();
                    } else {
                        self.engine.supply(&id, bodies).unwrap();
                    }
                    self.save();
                }
                other => {
                    self.save();
                    return other;
                }
            }
        }
    }

    fn edit(&mut self, edit: Value) -> Result<DocId, EngineError> {
        let edit: Edit = serde_json::from_value(edit).unwrap();
        self.with(|engine| engine.edit(NOON_MS / 1000, &edit))
    }

    fn json(&mut self, id: &str) -> Value {
        let id = DocId::parse(id).unwrap();
        self.with(|engine| engine.json(&id)).unwrap()
    }

    /// One exchange; `up` frames of the request and `down` frames of the answer get through.
    fn exchange(&mut self, relay: &mut Relay, up: usize, down: usize) {
        let push = self.engine.begin_push(NOON_MS, 0);
        self.save();
        let signatures = vec![[0u8; 64]; push.to_sign.len()];
        let request = Engine::finish_push(push, &signatures);
        let cut_up = up < request.len();
        let answer = relay.exchange(&request, up);
        let cut = cut_up || down < answer.len();
        for frame in answer.into_iter().take(down) {
            self.engine.handle_frame(NOON_MS, frame).unwrap();
            self.save();
        }
        if cut {
            self.engine.connection_lost();
        } else {
            self.engine.finish_exchange(NOON_MS);
        }
        self.save();
        while let Some(id) = self.engine.wants_redo() {
            let bodies = self.bodies(&id);
            self.engine.redo(NOON_MS, &id, bodies).unwrap();
            self.save();
        }
    }

    fn sync(&mut self, relay: &mut Relay) {
        for _ in 0..6 {
            self.exchange(relay, usize::MAX, usize::MAX);
            if !self.engine.wants_exchange() {
                break;
            }
        }
    }

    fn reopen(&mut self) {
        let meta: Vec<_> = self
            .store
            .iter()
            .filter(|(key, _)| key.starts_with(META_PREFIX))
            .collect();
        let meta: Vec<_> = meta
            .into_iter()
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        self.engine = Engine::open(meta).unwrap();
    }

    fn unsent(&self) -> u64 {
        self.engine.status().unsent
    }

    fn all(&mut self) -> Value {
        let ids: Vec<DocId> = self.engine.list().into_iter().map(|listed| listed.id).collect();
        let documents = ids.iter().map(|id| (id.to_string(), self.json(id.as_str())));
        Value::Object(documents.collect::<Vec<_>>().into_iter().collect())
    }
}

fn household(id: &str, name: &str) -> Value {
    json!({"new": "household", "village": "v1", "id": id, "value": {"householder": name, "members": [{"name": name}]}})
}

fn set(doc: &str, field: &str, value: &str) -> Value {
    json!({"doc": doc, "ops": [{"op": "set", "path": [field], "value": value}]})
}

fn settle(relay: &mut Relay, phones: &mut [&mut Phone]) {
    for _ in 0..3 {
        for phone in phones.iter_mut() {
            phone.sync(relay);
        }
    }
    let first = phones[0].all();
    for phone in phones.iter_mut() {
        assert_eq!(phone.unsent(), 0);
        assert!(phone.engine.is_caught_up());
        assert_eq!(phone.all(), first, "replicas of one audience are equal");
        assert_eq!(
            phone.engine.feed_sum(VILLAGE_FEED).0,
            relay.docs.values().filter(|d| d.in_feed).count() as u64
        );
    }
}

#[test]
pub fn two_phones_edit_offline_and_meet() {
    let mut relay = Relay::new();
    let (mut li, mut wang) = (Phone::new(&mut relay, 1), Phone::new(&mut relay, 2));
    li.edit(household("h1", "沈清华")).unwrap();
    li.sync(&mut relay);
    wang.sync(&mut relay);
    assert_eq!(wang.json("h1")["householder"], "沈清华");
    li.edit(set("h1", "phone", "13515926038")).unwrap();
    wang.edit(set("h1", "phone", "13515926039")).unwrap();
    wang.edit(set("h1", "remark", "今日到户走访")).unwrap();
    let visit = |who: &str| json!({"doc": "h1.j2026", "ops": [{"op": "add", "path": ["visits"], "value": {"found": who}}]});
    li.edit(visit("屋顶漏雨")).unwrap();
    wang.edit(visit("饮水正常")).unwrap();
    settle(&mut relay, &mut [&mut li, &mut wang]);
    assert_eq!(li.json("h1.j2026")["visits"].as_object().unwrap().len(), 2);
    let h1 = DocId::parse("h1").unwrap();
    let conflicts = wang.with(|engine| engine.conflicts(&h1)).unwrap();
    assert_eq!(conflicts.len(), 1);
    wang.edit(set("h1", "phone", "13515926038")).unwrap();
    settle(&mut relay, &mut [&mut li, &mut wang]);
    assert!(li.with(|engine| engine.conflicts(&h1)).unwrap().is_empty());
    assert!(!li.events.iter().any(|event| matches!(event, Event::Diverged(_))));
}

#[test]
pub fn a_link_that_breaks_anywhere_repeats_nothing_and_loses_nothing() {
    for (up, down) in (0..6).flat_map(|up| (0..6).map(move |down| (up, down))) {
        let mut relay = Relay::in_pieces(1);
        let mut li = Phone::new(&mut relay, 1);
        for n in 0..4 {
            li.edit(household(&format!("h{n}"), "沈清华")).unwrap();
        }
        li.sync(&mut relay);
        let mut wang = Phone::new(&mut relay, 2);
        li.edit(set("h1", "phone", "13515926038")).unwrap();
        li.edit(set("h1", "phone", "13515926039")).unwrap();
        wang.edit(set("h1", "remark", "x")).unwrap();
        wang.sync(&mut relay);
        li.exchange(&mut relay, up, down);
        li.reopen();
        li.edit(set("h2", "remark", "y")).unwrap();
        li.exchange(&mut relay, down, up);
        li.reopen();
        settle(&mut relay, &mut [&mut li, &mut wang]);
        assert_eq!(li.json("h1")["phone"], "13515926039");
        assert_eq!(
            relay.docs.values().map(|stored| stored.version).sum::<u64>(),
            4 + 4,
            "no duplicate effect"
        );
        assert_eq!(li.engine.returned().count(), 0);
    }
}

#[test]
pub fn a_push_that_never_left_goes_out_with_the_next_hello_and_a_wrong_guess_costs_nothing_but_bytes() {
    for arrived in [0, usize::MAX] {
        let mut relay = Relay::new();
        let mut li = Phone::new(&mut relay, 1);
        li.edit(household("h1", "沈清华")).unwrap();
        li.sync(&mut relay);
        li.edit(set("h1", "phone", "13515926038")).unwrap();
        li.edit(set("h1", "remark", "今日到户走访")).unwrap();
        li.exchange(&mut relay, arrived, 0);
        li.engine.push_never_left();
        li.save();
        li.reopen();
        li.exchange(&mut relay, usize::MAX, usize::MAX);
        assert_eq!(li.unsent(), 0, "one exchange says it all");
        settle(&mut relay, &mut [&mut li]);
        assert_eq!(relay.docs.values().map(|stored| stored.version).sum::<u64>(), 3);
        assert_eq!(li.json("h1")["remark"], "今日到户走访");
        assert_eq!(li.engine.returned().count(), 0);
    }
}

#[test]
pub fn what_an_earlier_push_left_in_doubt_is_asked_about_although_the_last_one_never_left() {
    let mut relay = Relay::new();
    let mut li = Phone::new(&mut relay, 1);
    li.edit(household("h1", "沈清华")).unwrap();
    // It arrives, and the answer does not.
    li.exchange(&mut relay, usize::MAX, 0);
    li.exchange(&mut relay, 0, 0);
    li.engine.push_never_left();
    li.save();
    li.engine.take_tally();
    li.exchange(&mut relay, usize::MAX, usize::MAX);
    let tally = li.engine.take_tally();
    assert_eq!((tally.pushed, tally.accepted, tally.duplicate), (0, 1, 0));
    settle(&mut relay, &mut [&mut li]);
}

#[test]
pub fn a_load_cut_in_the_middle_goes_on_where_it_stopped() {
    let mut relay = Relay::in_pieces(2);
    let mut li = Phone::new(&mut relay, 1);
    for n in 0..9 {
        li.edit(household(&format!("h{n}"), "沈清华")).unwrap();
    }
    li.sync(&mut relay);
    let device = DeviceId([3; 16]);
    let no = relay.enrol(device);
    let identity = Identity {
        deployment: "test".into(),
        device,
        server_public_key: vec![],
        app_version: "1".into(),
    };
    let mut new = Phone {
        engine: Engine::create(identity),
        store: BTreeMap::new(),
        no,
        events: Vec::new(),
    };
    new.save();
    new.exchange(&mut relay, 9, 4);
    let first = new.engine.list().len();
    assert_eq!(first, 4, "welcome, grant, two pieces of two");
    li.edit(set("h0", "remark", "while loading")).unwrap();
    li.sync(&mut relay);
    new.reopen();
    let push = new.engine.begin_push(NOON_MS, 0);
    new.save();
    let request = Engine::finish_push(push, &[[0; 64]]);
    let answer = relay.exchange(&request, 9);
    let snapshots = format!("{answer:?}").matches("Snapshot {").count();
    assert_eq!(snapshots, 5, "only what is missing");
    new.reopen();
    settle(&mut relay, &mut [&mut li, &mut new]);
    assert_eq!(new.json("h0")["remark"], "while loading");
    assert!(new.no > 0);
}

#[test]
pub fn one_refused_edit_comes_back_and_the_others_go_through() {
    let mut relay = Relay::new();
    let mut li = Phone::new(&mut relay, 1);
    li.edit(household("h1", "沈清华")).unwrap();
    li.sync(&mut relay);
    relay.refuse_field = Some("phone");
    li.edit(set("h1", "remark", "one")).unwrap();
    li.edit(set("h1", "phone", "13515926038")).unwrap();
    li.edit(set("h1", "address", "下坪村6组")).unwrap();
    li.edit(json!({"doc": "h1", "ops": [{"op": "add", "path": ["members"], "value": {"name": "沈凤艳"}}]}))
        .unwrap();
    li.reopen();
    settle(&mut relay, &mut [&mut li]);
    let returned: Vec<_> = li
        .engine
        .returned()
        .map(|(no, returned)| (no, returned.clone()))
        .collect();
    assert_eq!(returned.len(), 1);
    assert_eq!(returned[0].1.reason, "not_allowed");
    let now = li.json("h1");
    assert_eq!(
        (now["remark"].as_str(), now["address"].as_str()),
        (Some("one"), Some("下坪村6组"))
    );
    assert_eq!(now.get("phone"), None);
    assert_eq!(now["members"].as_object().unwrap().len(), 2);
    assert!(li.engine.dismiss(returned[0].0));
    li.save();
    li.reopen();
    assert_eq!(li.engine.returned().count(), 0);
}

#[test]
pub fn a_document_that_leaves_is_purged_once_its_last_edit_is_answered() {
    let mut relay = Relay::new();
    let (mut li, mut wang) = (Phone::new(&mut relay, 1), Phone::new(&mut relay, 2));
    li.edit(household("h1", "沈清华")).unwrap();
    li.edit(household("h2", "黄桂静")).unwrap();
    settle(&mut relay, &mut [&mut li, &mut wang]);
    wang.edit(set("h1", "remark", "written before it moved")).unwrap();
    relay.move_away(&DocId::parse("h1").unwrap());
    settle(&mut relay, &mut [&mut li, &mut wang]);
    assert_eq!(wang.engine.list().len(), 1);
    assert!(
        wang.store.keys().all(|key| !key.contains("h1/")),
        "nothing of it is left"
    );
    let moved = relay.docs.values().find(|stored| !stored.in_feed).unwrap();
    assert_eq!(moved.document.json()["remark"], "written before it moved");
}

#[test]
pub fn after_a_restore_from_backup_phones_give_back_what_the_server_lost() {
    let mut relay = Relay::new();
    let (mut li, mut wang) = (Phone::new(&mut relay, 1), Phone::new(&mut relay, 2));
    li.edit(household("h1", "沈清华")).unwrap();
    settle(&mut relay, &mut [&mut li, &mut wang]);
    let backup = relay.clone();
    li.edit(set("h1", "phone", "13515926038")).unwrap();
    li.sync(&mut relay);
    wang.sync(&mut relay);
    wang.edit(set("h1", "remark", "after the backup")).unwrap();
    wang.edit(household("h2", "黄桂静")).unwrap();
    settle(&mut relay, &mut [&mut li, &mut wang]);
    relay.restore(&backup);
    li.edit(set("h1", "address", "not sent yet")).unwrap();
    for _ in 0..6 {
        for phone in [&mut li, &mut wang] {
            relay.restored_for(phone.no);
            phone.reopen();
            phone.sync(&mut relay);
        }
    }
    settle(&mut relay, &mut [&mut li, &mut wang]);
    let h1 = li.json("h1");
    assert_eq!(h1["phone"], "13515926038");
    assert_eq!(h1["remark"], "after the backup");
    assert_eq!(h1["address"], "not sent yet");
    assert_eq!(li.json("h2")["householder"], "黄桂静");
}

#[test]
pub fn a_document_in_doubt_after_a_restore_can_still_be_edited() {
    let mut relay = Relay::new();
    let (mut li, mut wang) = (Phone::new(&mut relay, 1), Phone::new(&mut relay, 2));
    li.edit(household("h1", "沈清华")).unwrap();
    settle(&mut relay, &mut [&mut li, &mut wang]);
    let backup = relay.clone();
    li.edit(set("h1", "phone", "13515926038")).unwrap();
    settle(&mut relay, &mut [&mut li, &mut wang]);
    relay.restore(&backup);
    relay.restored_for(wang.no);
    // The welcome gets through, and then the line is gone for days.
    wang.exchange(&mut relay, usize::MAX, 1);
    wang.edit(set("h1", "remark", "without signal")).unwrap();
    wang.edit(set("h1", "address", "still without")).unwrap();
    assert_eq!(wang.json("h1")["remark"], "without signal");
    assert_eq!(wang.json("h1")["phone"], "13515926038");
    wang.reopen();
    assert_eq!(wang.json("h1")["address"], "still without");
    for _ in 0..6 {
        for phone in [&mut li, &mut wang] {
            relay.restored_for(phone.no);
            phone.sync(&mut relay);
        }
    }
    settle(&mut relay, &mut [&mut li, &mut wang]);
    let h1 = li.json("h1");
    assert_eq!(h1["phone"], "13515926038");
    assert_eq!(h1["remark"], "without signal");
    assert_eq!(h1["address"], "still without");
    assert_eq!(wang.engine.returned().count(), 0);
}

#[test]
pub fn a_damaged_replica_is_noticed_and_only_what_differs_is_fetched() {
    let mut relay = Relay::new();
    let (mut li, mut wang) = (Phone::new(&mut relay, 1), Phone::new(&mut relay, 2));
    for n in 0..20 {
        li.edit(household(&format!("h{n}"), "沈清华")).unwrap();
    }
    settle(&mut relay, &mut [&mut li, &mut wang]);
    let record = wang.store.get_mut("m/doc/h7").unwrap();
    let mut meta: Value = serde_json::from_slice(record).unwrap();
    meta["heads"] = json!(["00".repeat(32)]);
    *record = serde_json::to_vec(&meta).unwrap();
    wang.reopen();
    wang.events.clear();
    settle(&mut relay, &mut [&mut li, &mut wang]);
    assert!(wang.events.contains(&Event::Diverged(VILLAGE_FEED)));
    assert_eq!(wang.json("h7")["householder"], "沈清华");
}

#[test]
pub fn an_edit_that_does_not_fit_changes_nothing() {
    let mut relay = Relay::new();
    let mut li = Phone::new(&mut relay, 1);
    li.edit(household("h1", "沈清华")).unwrap();
    let before = li.json("h1");
    for bad in [
        set("h1", "phone", "call me"),
        set("h1", "nothing", "x"),
        set("h1", "verified_at", "2026-01-01"),
        json!({"doc": "h1", "ops": [
            {"op": "set", "path": ["remark"], "value": "half"},
            {"op": "set", "path": ["members", "nobody", "name"], "value": "x"}]}),
        json!({"new": "household", "village": "v1", "id": "h1", "value": {"householder": "x"}}),
        json!({"new": "journal", "household": "h9", "year": 2026, "value": {"visits": [{"found": "x"}]}}),
        json!({"new": "need", "household": "h1", "value": {}}),
    ] {
        let refused = li.edit(bad.clone());
        assert!(
            matches!(refused, Err(EngineError::Refused(_))),
            "{bad} gave {refused:?}"
        );
        assert_eq!(li.json("h1"), before);
    }
    assert_eq!(li.unsent(), 1);
}

#[test]
pub fn a_long_log_is_compacted_and_reads_the_same() {
    let mut relay = Relay::new();
    let (mut li, mut wang) = (Phone::new(&mut relay, 1), Phone::new(&mut relay, 2));
    li.edit(household("h1", "沈清华")).unwrap();
    settle(&mut relay, &mut [&mut li, &mut wang]);
    for n in 0..40 {
        li.edit(set("h1", "remark", &format!("{n}"))).unwrap();
    }
    settle(&mut relay, &mut [&mut li, &mut wang]);
    wang.reopen();
    assert_eq!(wang.json("h1")["remark"], "39");
    let records = wang.store.keys().filter(|key| key.starts_with("b/h1/")).count();
    assert_eq!(records, 1, "one snapshot, no log");
    wang.reopen();
    assert_eq!(wang.json("h1")["remark"], "39");
}

/// Between a server that knows a kind and an app that does not: kept, counted, brought up to date, shown by nobody, and
/// there when the app has learnt it.
#[test]
pub fn a_document_of_a_later_kind_is_kept_and_nothing_fails() {
    let mut relay = Relay::new();
    let mut li = Phone::new(&mut relay, 1);
    li.edit(household("h1", "沈清华")).unwrap();
    li.edit(household("h2", "王秀英")).unwrap();
    li.sync(&mut relay);
    relay.later = Some("h2");
    let mut old = Phone::new(&mut relay, 2);
    assert_eq!(old.engine.list().len(), 1, "only what it knows is shown");
    assert_eq!(old.json("h1")["householder"], "沈清华");
    let h2 = DocId::parse("h2").unwrap();
    assert!(old.engine.holds(&h2));
    let shown = |event: &Event| matches!(event, Event::Changed(id) if *id == h2);
    assert!(!old.events.iter().any(shown));
    // Its changes arrive like any other's, over a restart too.
    li.edit(set("h2", "phone", "13515926038")).unwrap();
    li.sync(&mut relay);
    old.reopen();
    old.sync(&mut relay);
    assert_eq!(old.engine.feed_sum(VILLAGE_FEED).0, 2);
    assert!(old.engine.is_caught_up() && !old.engine.wants_exchange());
    assert!(!old.events.iter().any(|event| matches!(event, Event::Diverged(_))));
    // Nobody edits what they do not know.
    let refused = old.edit(set("h2", "phone", "1")).unwrap_err();
    assert!(matches!(refused, EngineError::Refused(refusal) if refusal.reason == Reason::UnknownKind));
    let read = old.with(|engine| engine.json(&h2));
    assert!(matches!(read, Err(EngineError::Refused(_))));
    // The update: the same records, read by an app that knows the number.
    let record = old.store.get_mut("m/doc/h2").unwrap();
    let known = String::from_utf8(record.clone())
        .unwrap()
        .replace("later-200", "household");
    assert_ne!(known.as_bytes(), &record[..]);
    *record = known.into_bytes();
    old.reopen();
    assert_eq!(old.json("h2"), li.json("h2"));
    relay.later = None;
    settle(&mut relay, &mut [&mut li, &mut old]);
}

#[test]
pub fn a_clock_set_back_does_not_stretch_the_offline_grace() {
    let mut relay = Relay::new();
    let mut li = Phone::new(&mut relay, 1);
    let day_ms = 86_400_000;
    assert_eq!(li.engine.standing(NOON_MS + 13 * day_ms), Standing::Active);
    assert_eq!(li.engine.standing(NOON_MS + 15 * day_ms), Standing::Locked);
    li.save();
    li.reopen();
    assert_eq!(
        li.engine.standing(NOON_MS - 3650 * day_ms),
        Standing::Locked,
        "set back ten years"
    );
    li.sync(&mut relay);
    assert_eq!(li.engine.standing(NOON_MS), Standing::Active);
}

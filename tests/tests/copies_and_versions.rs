//! Stories that the simulation found, or that its worlds are made of, told one by one: real devices, the real server.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use qiao_server::clock::Clock;
use qiao_server::registry::Role;
use qiao_tests::simulation::phone::{Cut, Ended, Made, Phone};
use qiao_tests::simulation::server::Server;
use serde_json::{Value as Json, json};
use sync_core::id::DocId;
use sync_core::wire::frame::{DeviceStatus, PROTOCOL_VERSION};

const NOON_MS: i64 = 1_795_406_400_000;
const VILLAGE: &str = "530190101201";

struct Scene {
    server: Server,
    now: Arc<AtomicI64>,
    people: u8,
    _dir: tempfile::TempDir,
}

impl Scene {
    fn new() -> Scene {
        let dir = tempfile::tempdir().unwrap();
        let now = Arc::new(AtomicI64::new(NOON_MS));
        let server = Server::start(&dir.path().join("server"), Clock::Manual(now.clone())).unwrap();
        server.found(&[VILLAGE], &[]).unwrap();
        Scene {
            server,
            now,
            people: 0,
            _dir: dir,
        }
    }

    fn phone(&mut self, speaks: u64) -> Phone {
        self.people += 1;
        let seed = ([self.people; 32], [self.people; 16]);
        let key = Made::key(seed).unwrap();
        let name = format!("p{}", self.people);
        let identity = self
            .server
            .enrol(&name, Role::Team, &[VILLAGE], None, &key)
            .unwrap();
        let made = Made {
            name,
            role: Role::Team,
            villages: vec![VILLAGE.into()],
            unit: None,
            skew_ms: 0,
            speaks,
            seed,
        };
        let mut phone = Phone::create(made, identity, self.now.clone()).unwrap();
        self.settle(&mut phone);
        phone
    }

    fn settle(&self, phone: &mut Phone) {
        for _ in 0..6 {
            let ended = phone.exchange(&self.server, Cut::Nowhere).unwrap();
            if ended == Ended::Whole && !phone.device().unwrap().wants_exchange() {
                break;
            }
        }
    }
}

fn household(phone: &mut Phone, id: &str) {
    let edit = json!({"new": "household", "village": VILLAGE, "id": id, "value": {"householder": "沈清华"}});
    assert!(phone.edit(edit, None).unwrap());
}

fn visit(phone: &mut Phone, household: &str, found: &str) {
    let ops = json!([{"op": "add", "path": ["visits"], "value": {"found": found}}]);
    let edit = json!({"doc": format!("{household}.j2026"), "ops": ops});
    assert!(phone.edit(edit, Some(found)).unwrap());
}

fn text(documents: &BTreeMap<DocId, Json>) -> String {
    documents.values().map(ToString::to_string).collect()
}

#[test]
fn a_copy_of_a_phone_takes_no_verdict_for_its_own() {
    let mut scene = Scene::new();
    let mut li = scene.phone(PROTOCOL_VERSION);
    let mut office = scene.phone(PROTOCOL_VERSION);
    household(&mut li, "h1");
    visit(&mut li, "h1", "屋顶漏雨");
    scene.settle(&mut li);
    let mut copy = li.cloned().unwrap();
    // Both count on from the same place, and both write the next change of one document.
    visit(&mut copy, "h1", "写于副本");
    visit(&mut li, "h1", "写于原机");
    assert_eq!(copy.exchange(&scene.server, Cut::Nowhere).unwrap(), Ended::Whole);
    scene.settle(&mut li);
    scene.settle(&mut office);
    let everything = text(&office.export().unwrap());
    assert!(everything.contains("写于副本") && !everything.contains("写于原机"));
    assert!(
        li.returned().unwrap().contains("写于原机"),
        "what never arrived comes back to its author"
    );
    assert!(li.acked.iter().all(|token| token.text != "写于原机"));
    let grant = li.device().unwrap().status().grant.unwrap();
    assert_eq!(
        grant.status,
        DeviceStatus::Suspended,
        "two copies are no longer trusted"
    );
}

#[test]
fn a_copy_gets_what_was_written_in_its_name_elsewhere() {
    let mut scene = Scene::new();
    let mut li = scene.phone(PROTOCOL_VERSION);
    household(&mut li, "h1");
    scene.settle(&mut li);
    // A phone put back from a backup, the old one gone: nothing is written twice under one number.
    let mut copy = li.cloned().unwrap();
    visit(&mut li, "h1", "屋顶漏雨");
    household(&mut li, "h2");
    scene.settle(&mut li);
    scene.settle(&mut copy);
    scene.settle(&mut copy);
    assert_eq!(copy.export().unwrap(), li.export().unwrap());
}

#[test]
fn an_older_and_a_later_app_go_on_beside_the_present_one() {
    let mut scene = Scene::new();
    let mut phones: Vec<Phone> = [PROTOCOL_VERSION - 1, PROTOCOL_VERSION, PROTOCOL_VERSION + 1]
        .into_iter()
        .map(|speaks| scene.phone(speaks))
        .collect();
    for (index, phone) in phones.iter_mut().enumerate() {
        household(phone, &format!("h{index}"));
        scene.settle(phone);
    }
    for phone in &mut phones {
        scene.settle(phone);
        visit(phone, "h0", &format!("found by {}", phone.name));
        // The answer is lost: the next hello asks what has become of it.
        assert_eq!(phone.exchange(&scene.server, Cut::Down(0)).unwrap(), Ended::Cut);
        scene.settle(phone);
    }
    for phone in &mut phones {
        scene.settle(phone);
        assert_eq!(phone.device().unwrap().status().unsent, 0);
    }
    let exports: Vec<_> = phones.iter_mut().map(|phone| phone.export().unwrap()).collect();
    assert!(exports.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(text(&exports[0]).matches("found by").count(), 3);
}

#[test]
fn what_was_said_on_an_earlier_connection_has_no_effect_beside_a_later_one() {
    let mut scene = Scene::new();
    let mut li = scene.phone(PROTOCOL_VERSION);
    household(&mut li, "h1");
    scene.settle(&mut li);
    li.go_live(scene.server.line().unwrap()).unwrap();
    li.arrive(&scene.server).unwrap();
    while li.line.as_ref().is_some_and(|talk| !talk.line.down.is_empty()) {
        assert!(li.hear().unwrap());
    }
    visit(&mut li, "h1", "屋顶漏雨");
    li.say_more().unwrap();
    // It is on its way when the phone changes to another connection, which overtakes it.
    let mut earlier = li.hang_up().unwrap().expect("a connection");
    scene.settle(&mut li);
    assert_eq!(li.device().unwrap().status().unsent, 0);
    let before = li.export().unwrap();
    while !earlier.up.is_empty() {
        earlier.arrive(&scene.server).unwrap();
    }
    scene.settle(&mut li);
    assert_eq!(li.export().unwrap(), before);
    assert_eq!(text(&before).matches("屋顶漏雨").count(), 1);
    scene.server.verify().unwrap();
}

//! One run that leaves something in every table: work, refusals, a lost phone, a copied one, a restore from backup.

use std::path::Path;

use qiao_device::device::Device;
use qiao_device::key::DeviceKey;
use qiao_server::app::App;
use qiao_server::auth::login::{self, Credentials};
use qiao_server::clock::Clock;
use qiao_server::config::Config;
use qiao_server::offices::Viewer;
use qiao_server::offices::filters::{self, NewFilter};
use qiao_server::ops::backup::backup;
use qiao_server::ops::restore::restore;
use qiao_server::registry::accounts::{self, NewAccount};
use qiao_server::registry::invitations::{self, NewInvitation};
use qiao_server::registry::pairings::{self, Pairing};
use qiao_server::registry::people::{self, NewPerson};
use qiao_server::registry::{Actor, Role};
use qiao_server::relay::Decided;
use qiao_server::relay::exchange::Intake;
use serde_json::json;
use sync_core::engine::Identity;
use sync_core::id::DocId;
use sync_core::reason::Reason;
use sync_core::schema::Kind;
use sync_core::wire::frame::{CAPABILITY_LATER_KINDS, Creation, Frame, FrameHead, Verdict};

use crate::phones::{DEPLOYMENT, Phone, Replica, START_MS};
use crate::support::World;

/// When stored databases are opened again: their grants still hold.
pub(crate) const LATER_MS: i64 = START_MS + 400 * 24 * 3600 * 1000;

/// Devices that were let in and never came: their keys follow from their numbers.
const CARRIED: [u8; 2] = [20, 21];

/// A phone whose key can be made again at any time.
pub(crate) struct Carried(Device);

impl Carried {
    /// Two of one team.
    pub(crate) fn pair(app: &App, dir: &Path) -> (Carried, Carried) {
        let [one, two] = CARRIED.map(|no| Carried::new(app, dir, no));
        (one, two)
    }

    fn new(app: &App, dir: &Path, no: u8) -> Carried {
        let key = key(no);
        let identity = Identity {
            deployment: DEPLOYMENT.to_owned(),
            device: key.device(),
            server_public_key: app.server_key.public_key(),
            app_version: "1".to_owned(),
        };
        let store = qiao_device::store::Store::create(
            &dir.join(format!("device{no}-{}", rand::random::<u32>())),
            &[],
        )
        .unwrap();
        Carried(Device::create(store, key, identity, Box::new(|| START_MS)).unwrap())
    }

    /// One contact.
    pub(crate) async fn meet(&mut self, app: &App) {
        let up = self.0.begin().unwrap();
        let up = up.iter().map(|bytes| {
            let head = FrameHead::peek(bytes).unwrap().unwrap();
            Frame::read(head.code, &bytes[head.head_bytes..]).unwrap()
        });
        let mut intake = Intake::new(app.relay.clone());
        intake.take(up.collect(), app.now()).await.unwrap();
        let mut reply = intake.finish().unwrap();
        while let Some(page) = reply.next().await.unwrap() {
            self.0.receive(page.frames).unwrap();
        }
        self.0.finish().unwrap();
    }

    pub(crate) fn remark(&mut self, household: &str, text: &str) {
        let edit = json!({"doc": household, "ops": [{"op": "set", "path": ["remark"], "value": text}]});
        self.0.edit(&serde_json::from_value(edit).unwrap()).unwrap();
    }

    pub(crate) fn exported(&mut self) -> String {
        let mut out = Vec::new();
        self.0.export(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }
}

fn key(no: u8) -> DeviceKey {
    DeviceKey::from_seed([no; 32], [no; 16]).unwrap()
}

/// Plays it; the data directory is `data` in what is returned.
pub(crate) async fn play() -> tempfile::TempDir {
    let world = World::new().await;
    office(&world.app).await;
    let (mut li, _) = world.village().await;
    for no in CARRIED {
        world
            .insert_device(no, "team", Some("v1"), None, &key(no).public_key())
            .await;
    }
    world.photo(&mut li).await;
    world
        .sql(
            "INSERT INTO passkeys (id, person, credential_id, user_handle, passkey, name, created_ms)
             VALUES ('k1', 'p90', x'01', zeroblob(16), '{}', '钥匙', 0);
             INSERT INTO sso_links (issuer, subject, person, created_ms) VALUES ('https://sso.example', 's1', 'p90', 0);",
        )
        .await;
    casework(&world, &mut li).await;
    world.move_household("h6", "v2").await;
    world.exchange(&mut li).await;
    copied(&world, li).await;
    refused_and_parked(&world).await;
    lost(&world).await;
    sessions(&world.app).await;

    // A backup, work it does not know of, and the restore.
    backup(&world.app, &world.path("backup"), None).await.unwrap();
    let restored = world.path("restored");
    let config = Config::for_tests(&restored);
    restore(
        &config,
        Clock::manual(START_MS + 60_000),
        &world.path("backup"),
        None,
        false,
    )
    .await
    .unwrap();
    let dir = world.close().await;
    std::fs::rename(dir.path().join("data"), dir.path().join("lost")).unwrap();
    std::fs::rename(&restored, dir.path().join("data")).unwrap();

    let clock = Clock::manual(START_MS + 120_000);
    let app = App::open(Config::for_tests(dir.path().join("data")), clock)
        .await
        .unwrap();
    sessions(&app).await;
    crate::support::sql(&dir.path().join("data"), &someone(30)).await;
    let mut late = Carried::new(&app, dir.path(), 30);
    late.meet(&app).await;
    late.remark("h2", "恢复之后");
    late.meet(&app).await;
    crate::close(&app).await;
    dir
}

/// An application, a plan, and a month of attendance with a request for leave.
async fn casework(world: &World, li: &mut Phone) {
    let household = DocId::parse("h1").unwrap();
    li.capabilities = CAPABILITY_LATER_KINDS;
    for (kind, letter, value) in [
        (
            Kind::Application,
            'a',
            json!({"procedure": "minimum_living", "applicant": "沈清华"}),
        ),
        (
            Kind::Plan,
            'p',
            json!({"measures": {"m1": {"measure": "产业帮扶"}}}),
        ),
    ] {
        let creation = Creation {
            id: DocId::of_household(&household, letter, &li.id.tag(), 1).unwrap(),
            kind,
            village: None,
            household: Some(household.clone()),
            year: None,
        };
        li.create(creation, value);
    }
    let month = Creation {
        id: DocId::attendance("v1", 2026, 11, "p2").unwrap(),
        kind: Kind::Attendance,
        village: Some("v1".into()),
        household: None,
        year: Some(2026),
    };
    let marks = json!({"marks": {"k1": {"date": "2026-11-02", "state": "present"}},
        "leaves": {"k2": {"from": "2026-11-05", "until": "2026-11-06"}}});
    li.create(month, marks);
    world.exchange(li).await;
    for verdict in li.said() {
        assert!(matches!(verdict, Verdict::Accepted { .. }), "{verdict:?}");
    }
    li.drafts.clear();
}

/// A device of the second village's team, as the registry's row.
fn someone(no: u8) -> String {
    let hex = |bytes: &[u8]| data_encoding::HEXUPPER.encode(bytes);
    format!(
        "INSERT INTO people (id, name, role, created_ms, updated_ms) VALUES ('p{no}', '某{no}', 'team', 0, 0);
         INSERT INTO devices (no, device_id, public_key, nonce, person, role, places, villages, status, grant_version,
            grant_expires_ms, created_ms)
         VALUES ({no}, x'{}', x'{}', x'{}', 'p{no}', 'team', '[\"v1\"]', '[\"v1\"]', 'active', 1, {}, 0);",
        hex(&key(no).device().0),
        hex(&key(no).public_key()),
        hex(&[no; 16]),
        i64::MAX
    )
}

async fn office(app: &App) {
    let actor = Actor::command_line();
    let person = |id: &str, role, places: &[&str], unit: Option<&str>| NewPerson {
        id: Some(id.to_owned()),
        name: format!("某{id}"),
        phone: Some("13500000000".to_owned()),
        role,
        places: places.iter().map(|place| (*place).to_owned()).collect(),
        unit: unit.map(str::to_owned),
    };
    for new in [
        person("p90", Role::Admin, &[], None),
        person("p91", Role::Team, &["v1"], None),
        person("p92", Role::Unit, &[], Some("u1")),
    ] {
        people::create(app, &actor, new).await.unwrap();
    }
    let account = NewAccount {
        person: "p90".to_owned(),
        login: "office".to_owned(),
        password: "一个足够长的口令，不要忘记".to_owned(),
    };
    accounts::create(app, &actor, account, false).await.unwrap();
    let invitation = NewInvitation {
        person: "p91".to_owned(),
        role: None,
        places: None,
        unit: None,
        replaces: None,
        expires_ms: None,
    };
    invitations::create(app, &actor, &[invitation]).await.unwrap();
    for (village, household) in [(Some("v1"), None), (None, Some("h2"))] {
        let pairing = Pairing {
            id: String::new(),
            unit: "u1".to_owned(),
            village: village.map(str::to_owned),
            household: household.map(str::to_owned),
            person: household.map(|_| "p92".to_owned()),
            created_ms: 0,
        };
        pairings::create(app, &actor, pairing).await.unwrap();
    }
    let viewer = Viewer::of(app, "p91").await.unwrap();
    let filter = NewFilter {
        page: "households".to_owned(),
        name: "很久没去的".to_owned(),
        query: json!({ "not_visited_days": 90 }),
    };
    filters::create(app, &viewer, filter).await.unwrap();
}

async fn sessions(app: &App) {
    let credentials = Credentials {
        login: "office".to_owned(),
        password: "一个足够长的口令，不要忘记".to_owned(),
        code: None,
    };
    login::sign_in(app, [127, 0, 0, 1].into(), credentials, "browser", None)
        .await
        .unwrap();
}

/// The phone and a copy of it both write.
async fn copied(world: &World, mut li: Phone) {
    let h3 = DocId::parse("h3").unwrap();
    let mut copy = Phone::new(li.no, li.key.clone(), [2; 16]);
    let held = &li.docs[&h3];
    copy.docs.insert(
        h3.clone(),
        Replica {
            document: held.document.clone(),
            no: held.no,
            version: held.version,
            feeds: held.feeds.clone(),
        },
    );
    copy.epoch = li.epoch;
    copy.cursors = li.cursors.clone();
    li.set(&h3, &["phone"], json!("13515926001"));
    world.exchange(&mut li).await;
    copy.counter = li.counter;
    copy.set(&h3, &["phone"], json!("13515926002"));
    world.exchange(&mut copy).await;
    assert!(copy.said().contains(&Verdict::Rejected(Reason::Equivocation)));
}

/// A change that is not allowed, and one that waits for another.
async fn refused_and_parked(world: &World) {
    let mut chen = world.device(4, "committee", Some("v1"), None).await;
    world.exchange(&mut chen).await;
    let h4 = DocId::parse("h4").unwrap();
    chen.set(&h4, &["verified_by"], json!("p4"));
    world.exchange(&mut chen).await;
    assert!(matches!(chen.said()[..], [Verdict::Rejected(_)]));
    let h5 = DocId::parse("h5").unwrap();
    chen.set(&h5, &["remark"], json!("一"));
    chen.set(&h5, &["remark"], json!("二"));
    chen.outbox.remove(0);
    world.exchange(&mut chen).await;
    assert_eq!(chen.said(), [Verdict::Parked]);
}

/// A lost phone's late edits: one released, one discarded, one still waiting.
async fn lost(world: &World) {
    let mut zhou = world.device(5, "team", Some("v1"), None).await;
    world.exchange(&mut zhou).await;
    world
        .sql("UPDATE devices SET status = 'lost', grant_version = grant_version + 1 WHERE no = 5")
        .await;
    for (household, field, value) in [
        ("h1", "address", "三组"),
        ("h2", "address", "四组"),
        ("h4", "address", "五组"),
    ] {
        zhou.set(&DocId::parse(household).unwrap(), &[field], json!(value));
    }
    world.exchange(&mut zhou).await;
    let relay = &world.app.relay;
    let kept = relay.quarantine(None, 0, 10).await.unwrap();
    assert_eq!(kept.len(), 3);
    let now_ms = world.app.now();
    let released = relay.release(vec![kept[0].no], "p90", now_ms).await.unwrap();
    let discarded = relay.discard(vec![kept[1].no], "p90", now_ms).await.unwrap();
    assert_eq!(
        (&released[..], &discarded[..]),
        (&[Decided::Done][..], &[Decided::Done][..])
    );
}

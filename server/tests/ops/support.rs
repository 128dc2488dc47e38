//! A whole server on a data directory, with phones that work on it and an attacker who edits its tables.

use std::path::{Path, PathBuf};

use qiao_server::app::App;
use qiao_server::attachments::{Piece, Progress, Taken, take};
use qiao_server::clock::Clock;
use qiao_server::config::Config;
use qiao_server::keys::KeyPair;
use qiao_server::relay::exchange::Intake;
use qiao_server::store::{DATABASE_FILE, Store};
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use sync_core::attachment::{FileRef, Hash, Media, Use};
use sync_core::edit::{ChangeDocument, Edit, EditOp};
use sync_core::id::{DeviceId, DocId};
use sync_core::schema::Kind;
use sync_core::wire::frame::{CAPABILITY_LATER_KINDS, Creation, Verdict};

use crate::phones::{DEPLOYMENT, Phone, START_MS, through_bytes};

pub(crate) struct World {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) app: App,
}

impl World {
    /// Two villages, two units, no documents.
    pub(crate) async fn new() -> World {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        let store = Store::open(&data).await.unwrap();
        sql(
            &data,
            &format!(
                "INSERT INTO deployment (one, id, name, created_ms) VALUES (1, '{DEPLOYMENT}', '测试', 0);
                 INSERT INTO places (id, parent, level, name) VALUES ('d1', NULL, 'county', '县'),
                    ('t1', 'd1', 'township', '镇'), ('v1', 't1', 'village', '前村'), ('v2', 't1', 'village', '后村');
                 INSERT INTO units (id, name, kind, county) VALUES ('u1', '水务局', 'x', 'd1'), ('u2', '住建局', 'x', 'd1');"
            ),
        )
        .await;
        store.close().await;
        let app = App::open(Config::for_tests(&data), Clock::manual(START_MS))
            .await
            .unwrap();
        World { dir, app }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) async fn sql(&self, text: &str) {
        sql(&self.data(), text).await;
    }

    pub(crate) async fn count(&self, query: &str) -> i64 {
        count(&self.data(), query).await
    }

    pub(crate) async fn close(self) -> tempfile::TempDir {
        self.app.relay.stop().await;
        self.app.store.close().await;
        self.dir
    }

    /// A phone of this role; numbers from 2.
    pub(crate) async fn device(
        &self,
        no: u8,
        role: &str,
        village: Option<&str>,
        unit: Option<&str>,
    ) -> Phone {
        let key = KeyPair::generate();
        self.insert_device(no, role, village, unit, &key.public_key())
            .await;
        Phone::new(u64::from(no), key, [no; 16])
    }

    /// The registry's row of a device whose nonce repeats its number.
    pub(crate) async fn insert_device(
        &self,
        no: u8,
        role: &str,
        village: Option<&str>,
        unit: Option<&str>,
        public_key: &[u8],
    ) {
        let hex = |bytes: &[u8]| data_encoding::HEXUPPER.encode(bytes);
        let villages = village.map_or("[]".to_owned(), |village| format!("[\"{village}\"]"));
        let unit = unit.map_or("NULL".to_owned(), |unit| format!("'{unit}'"));
        self.sql(&format!(
            "INSERT INTO people (id, name, role, created_ms, updated_ms) VALUES ('p{no}', '某{no}', '{role}', 0, 0);
             INSERT INTO devices (no, device_id, public_key, nonce, person, role, places, villages, unit, status,
                grant_version, grant_expires_ms, created_ms)
             VALUES ({no}, x'{}', x'{}', x'{}', 'p{no}', '{role}', '{villages}', '{villages}', {unit}, 'active', 1,
                {}, 0);",
            hex(&DeviceId::derive(public_key, &[no; 16]).0),
            hex(public_key),
            hex(&[no; 16]),
            i64::MAX
        ))
        .await;
    }

    /// What only the server or an office may do: a household moves.
    pub(crate) async fn move_household(&self, id: &str, village: &str) {
        let ops = vec![EditOp::Set {
            path: vec!["village".to_owned()],
            value: village.into(),
        }];
        let edit = Edit::Change(ChangeDocument {
            doc: DocId::parse(id).unwrap(),
            at: None,
            ops,
        });
        for done in self.app.relay.author(vec![edit], self.app.now()).await.unwrap() {
            assert!(done.unwrap().is_some());
        }
    }

    pub(crate) async fn exchange(&self, phone: &mut Phone) {
        exchange(&self.app, phone).await;
    }

    /// A village at work: households, visits, needs, one of them with a unit, and enough edits for snapshots.
    pub(crate) async fn village(&self) -> (Phone, Phone) {
        let mut li = self.device(2, "team", Some("v1"), None).await;
        let mut unit = self.device(3, "unit", None, Some("u1")).await;
        for index in 1..=6 {
            let id = li.household(
                &format!("h{index}"),
                "v1",
                family(&format!("沈清{index}"), &format!("000{index}")),
            );
            li.journal(
                &id,
                2026,
                json!({"visits": [{"date": "2026-03-01", "found": "屋顶漏雨"}]}),
            );
            li.need(
                &id,
                json!({"title": "修屋顶", "category": "住建", "due": "2026-12-01"}),
            );
        }
        self.exchange(&mut li).await;
        let h1 = DocId::parse("h1").unwrap();
        for index in 0..20 {
            li.set(&h1, &["remark"], json!(format!("第{index}次核实")));
        }
        let need = li
            .docs
            .keys()
            .find(|id| id.as_str().starts_with("h1.n"))
            .unwrap()
            .clone();
        li.set(&need, &["unit"], json!("u1"));
        self.exchange(&mut li).await;
        li.said()
            .iter()
            .for_each(|verdict| assert!(matches!(verdict, Verdict::Accepted { .. }), "{verdict:?}"));
        self.exchange(&mut unit).await;
        unit.set(&need, &["state"], json!("accepted"));
        self.exchange(&mut unit).await;
        self.exchange(&mut li).await;
        li.drafts.clear();
        unit.drafts.clear();
        (li, unit)
    }
}

impl World {
    /// A case whose one event names a photo that has arrived, and another that is on its way.
    pub(crate) async fn photo(&self, li: &mut Phone) {
        li.capabilities = CAPABILITY_LATER_KINDS;
        let bytes = [&b"RIFF\0\0\0\0WEBPVP8 "[..], &[7; 3_000]].concat();
        let name: Hash = Sha256::digest(&bytes).into();
        let files = FileRef {
            hash: name,
            media: Media::Webp,
            size_bytes: bytes.len() as u64,
            thumb: None,
            used_as: Use::Photo,
        };
        let household = DocId::parse("h2").unwrap();
        let id = DocId::of_household(&household, 'a', &li.id.tag(), 2).unwrap();
        let case = Creation {
            id: id.clone(),
            kind: Kind::Application,
            village: None,
            household: Some(household),
            year: None,
        };
        li.create(case, json!({"procedure": "minimum_living", "applicant": "沈清2"}));
        let event = json!({"event": "note", "role": "team", "text": "屋顶漏雨", "files": files.line()});
        let op = EditOp::Add {
            path: vec!["events".to_owned()],
            key: None,
            value: event.as_object().unwrap().clone(),
        };
        li.edit(&id, vec![op]);
        self.exchange(li).await;
        let device = self.app.relay.device(&li.id).await.unwrap().unwrap();
        let size_bytes = bytes.len() as u64;
        for (name, size_bytes, complete) in [(name, size_bytes, true), ([1; 32], 9_000, false)] {
            let piece = Piece {
                offset: 0,
                size_bytes,
                bytes: bytes.clone().into(),
            };
            let taken = take(&self.app, &device, &name, &id, piece).await.unwrap();
            let offset = bytes.len() as u64;
            assert_eq!(taken, Taken::Yes(Progress { offset, complete }));
        }
    }
}

pub(crate) async fn exchange(app: &App, phone: &mut Phone) {
    let up = phone.up();
    let mut intake = Intake::new(app.relay.clone());
    intake
        .take(up.iter().map(through_bytes).collect(), app.now())
        .await
        .unwrap();
    let mut reply = intake.finish().unwrap();
    let mut down = Vec::new();
    while let Some(page) = reply.next().await.unwrap() {
        down.extend(page.frames);
    }
    phone.take(&down);
}

pub(crate) fn family(name: &str, number: &str) -> serde_json::Value {
    json!({"householder": name, "number": number, "group": 3, "phone": "13515926038", "household_type": "脱贫户",
        "members": [{"name": name, "relation": "户主"}, {"name": format!("{name}之子"), "relation": "子"}]})
}

/// Straight into the database, past everything.
pub(crate) async fn sql(data: &Path, text: &str) {
    let mut db = open(data).await;
    sqlx::raw_sql(AssertSqlSafe(text.to_owned()))
        .execute(&mut db)
        .await
        .unwrap_or_else(|error| panic!("{error}: {text}"));
    db.close().await.unwrap();
}

pub(crate) async fn count(data: &Path, query: &str) -> i64 {
    let mut db = open(data).await;
    let count = sqlx::query_scalar(AssertSqlSafe(query.to_owned()))
        .fetch_one(&mut db)
        .await
        .unwrap();
    db.close().await.unwrap();
    count
}

async fn open(data: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new()
        .filename(data.join(DATABASE_FILE))
        .busy_timeout(std::time::Duration::from_secs(20));
    SqliteConnection::connect_with(&options).await.unwrap()
}

/// A copy of a data directory that nobody has open.
pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to.join("keys")).unwrap();
    for name in [DATABASE_FILE, "keys/server.pem", "keys/relay.pem"] {
        std::fs::copy(from.join(name), to.join(name)).unwrap();
    }
}

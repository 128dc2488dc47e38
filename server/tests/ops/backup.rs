//! `qiao backup` and `qiao restore`: a server at work is copied, the copy opens with its key only, and phones fill in
//! what came after it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use qiao_device::device::Device;
use qiao_device::key::DeviceKey;
use qiao_device::store::Store;
use qiao_server::app::App;
use qiao_server::clock::Clock;
use qiao_server::config::Config;
use qiao_server::ops::backup::backup;
use qiao_server::ops::export::{Format, export};
use qiao_server::ops::rebuild::rebuild;
use qiao_server::ops::restore::{Restored, restore};
use qiao_server::ops::seal::Key;
use qiao_server::ops::verify::verify;
use qiao_server::relay::exchange::Intake;
use serde_json::json;
use sync_core::engine::Identity;
use sync_core::wire::frame::{Frame, FrameHead};

use crate::phones::{DEPLOYMENT, START_MS};
use crate::support::{World, count};

fn key(world: &World) -> (PathBuf, PathBuf) {
    let (private, public) = (world.path("key"), world.path("key.pub"));
    if !private.exists() {
        std::fs::write(&public, Key::generate_file(&private).unwrap()).unwrap();
    }
    (private, public)
}

async fn restored(world: &World, name: &str, from: &str, key: Option<Key>) -> anyhow::Result<Restored> {
    let config = Config::for_tests(world.path(name));
    restore(
        &config,
        Clock::manual(START_MS + 60_000),
        &world.path(from),
        key,
        false,
    )
    .await
}

async fn open(world: &World, name: &str) -> App {
    App::open(
        Config::for_tests(world.path(name)),
        Clock::manual(START_MS + 120_000),
    )
    .await
    .unwrap()
}

async fn close(app: &App) {
    app.relay.stop().await;
    app.store.close().await;
}

/// A device of a team of v1, as people carry it.
async fn device(world: &World, no: u8) -> Device {
    let key = DeviceKey::from_seed([no; 32], [no; 16]).unwrap();
    world
        .insert_device(no, "team", Some("v1"), None, &key.public_key())
        .await;
    let identity = Identity {
        deployment: DEPLOYMENT.to_owned(),
        device: key.device(),
        server_public_key: world.app.server_key.public_key(),
        app_version: "1".to_owned(),
    };
    let store = Store::create(&world.path(&format!("device{no}")), &[]).unwrap();
    Device::create(store, key, identity, Box::new(|| START_MS)).unwrap()
}

/// One contact.
async fn meet(app: &App, device: &mut Device) {
    let up = device.begin().unwrap();
    let up = up.iter().map(|bytes| {
        let head = FrameHead::peek(bytes).unwrap().unwrap();
        Frame::read(head.code, &bytes[head.head_bytes..]).unwrap()
    });
    let mut intake = Intake::new(app.relay.clone());
    intake.take(up.collect(), app.now()).await.unwrap();
    let mut reply = intake.finish().unwrap();
    while let Some(page) = reply.next().await.unwrap() {
        device.receive(page.frames).unwrap();
    }
    device.finish().unwrap();
}

fn write(device: &mut Device, edit: serde_json::Value) {
    device.edit(&serde_json::from_value(edit).unwrap()).unwrap();
}

fn exported(device: &mut Device) -> String {
    let mut out = Vec::new();
    device.export(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[tokio::test]
async fn a_server_under_load_is_backed_up_and_phones_fill_in_what_came_after() {
    let world = World::new().await;
    world.village().await;
    let (private, public) = key(&world);
    let (mut ann, mut bo) = (device(&world, 10).await, device(&world, 11).await);
    meet(&world.app, &mut ann).await;
    meet(&world.app, &mut bo).await;
    let done = Arc::new(AtomicBool::new(false));
    let (app, stop) = (world.app.clone(), done.clone());
    let working = tokio::spawn(async move {
        let mut after_stop = 0;
        for edit in 1.. {
            if stop.load(Ordering::SeqCst) {
                after_stop += 1;
            }
            if after_stop > 8 {
                break;
            }
            write(
                &mut ann,
                json!({"new": "household", "village": "v1", "id": format!("new{edit}"), "value": {"householder": "新户"}}),
            );
            write(
                &mut ann,
                json!({"doc": "h1", "ops": [{"op": "set", "path": ["remark"], "value": format!("第{edit}次")}]}),
            );
            write(
                &mut ann,
                json!({"doc": "h1", "ops": [{"op": "add", "path": ["members"], "key": format!("m{edit}"), "value": {"name": "新人"}}]}),
            );
            meet(&app, &mut ann).await;
        }
        ann
    });
    let made = backup(
        &world.app,
        &world.path("b.age"),
        Some(Key::read_file(&public).unwrap()),
    )
    .await
    .unwrap();
    done.store(true, Ordering::SeqCst);
    let mut ann = working.await.unwrap();
    meet(&world.app, &mut bo).await;
    meet(&world.app, &mut ann).await;
    let before = exported(&mut ann);
    assert!(exported(&mut bo) == before, "devices agree");
    let documents = world.count("SELECT count(*) FROM documents").await;
    assert!(
        i64::try_from(made.documents).unwrap() < documents,
        "the backup is older than the work"
    );

    let bytes = std::fs::read(world.path("b.age")).unwrap();
    assert!(bytes.starts_with(b"age-encryption.org/v1"));
    assert!(
        !bytes.windows(6).any(|window| window == "沈清".as_bytes()),
        "nothing readable"
    );
    let left: Vec<_> = std::fs::read_dir(world.data())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert!(
        left.iter().all(|name| !name.to_string_lossy().contains("backup")),
        "{left:?}"
    );
    assert_eq!(
        world
            .count("SELECT count(*) FROM audit WHERE action = 'backup.create'")
            .await,
        1
    );

    let back = restored(&world, "new", "b.age", Some(Key::read_file(&private).unwrap()))
        .await
        .unwrap();
    assert_eq!(back.outcome.problems, []);
    assert_eq!(
        (back.outcome.documents, back.outcome.changes),
        (made.documents, made.changes)
    );
    assert!(back.epoch > 1);

    // One of them has something new as well. The other only listens.
    write(
        &mut bo,
        json!({"doc": "h2", "ops": [{"op": "set", "path": ["remark"], "value": "断线时写的"}]}),
    );
    let app = open(&world, "new").await;
    let mut rounds = 0;
    while rounds < 2 || ann.status().unsent + bo.status().unsent > 0 {
        rounds += 1;
        assert!(rounds < 9, "edits made after the backup find their way");
        meet(&app, &mut ann).await;
        meet(&app, &mut bo).await;
    }
    meet(&app, &mut ann).await;
    assert_eq!(verify(&app).await.unwrap().problems, []);
    assert_eq!(rebuild(&app, true).await.unwrap().differences, []);
    assert_eq!(
        count(&world.path("new"), "SELECT count(*) FROM documents").await,
        documents,
        "nothing is lost"
    );
    assert!(exported(&mut ann) == exported(&mut bo), "devices agree");
    export(&app, Some("v1"), Format::Json, &world.path("v1.json"))
        .await
        .unwrap();
    assert!(
        std::fs::read_to_string(world.path("v1.json")).unwrap() == exported(&mut ann),
        "replicas and server agree"
    );
    let now = exported(&mut ann);
    assert!(
        values(&now, "断线时写的") == values(&before, "断线时写的"),
        "and nothing is lost"
    );
    close(&app).await;
    world.close().await;
}

/// What documents say, whatever their histories; the one remark that came later put aside.
fn values(exported: &str, remark: &str) -> Vec<serde_json::Value> {
    let mut all: Vec<serde_json::Value> = serde_json::from_str(exported).unwrap();
    for document in &mut all {
        let value = document["value"].as_object_mut().unwrap();
        if value.get("remark").is_some_and(|found| found == remark) {
            value.remove("remark");
        }
    }
    all.into_iter()
        .map(|document| document["value"].clone())
        .collect()
}

#[tokio::test]
async fn a_stolen_backup_opens_with_its_key_only() {
    let world = World::new().await;
    world.village().await;
    let (private, public) = key(&world);
    backup(
        &world.app,
        &world.path("b.age"),
        Some(Key::read_file(&public).unwrap()),
    )
    .await
    .unwrap();
    let passphrase = |text: &str| Some(Key::passphrase(text.to_owned()).unwrap());
    backup(
        &world.app,
        &world.path("p.age"),
        passphrase("一个足够长的备份口令，不要忘记"),
    )
    .await
    .unwrap();

    let other = world.path("other");
    Key::generate_file(&other).unwrap();
    for (from, key, says) in [
        ("b.age", None, "encrypted"),
        ("b.age", Some(Key::read_file(&other).unwrap()), "does not open"),
        ("b.age", Some(Key::read_file(&public).unwrap()), "public key only"),
        (
            "b.age",
            passphrase("一个足够长的备份口令，不要忘记"),
            "does not open",
        ),
        (
            "p.age",
            passphrase("一个足够长的备份口令，忘记了！"),
            "does not open",
        ),
        ("p.age", Some(Key::read_file(&private).unwrap()), "does not open"),
    ] {
        let error = format!("{:#}", restored(&world, "new", from, key).await.unwrap_err());
        assert!(error.contains(says), "{from}: {error}");
        assert_eq!(
            std::fs::read_dir(world.path("new")).unwrap().count(),
            0,
            "nothing is left behind"
        );
    }
    let back = restored(
        &world,
        "new",
        "p.age",
        passphrase("一个足够长的备份口令，不要忘记"),
    )
    .await
    .unwrap();
    assert!(back.outcome.is_sound());
    world.close().await;
}

#[tokio::test]
async fn a_backup_is_restored_into_an_empty_place_and_each_time_begins_a_new_epoch() {
    let world = World::new().await;
    world.village().await;
    backup(&world.app, &world.path("plain.tar.zst"), None)
        .await
        .unwrap();
    let again = backup(&world.app, &world.path("plain.tar.zst"), None)
        .await
        .unwrap_err()
        .to_string();
    assert!(again.contains("exists already"), "{again}");

    std::fs::create_dir(world.path("full")).unwrap();
    std::fs::write(world.path("full/notes.txt"), "mine").unwrap();
    let error = restored(&world, "full", "plain.tar.zst", None)
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("not empty"), "{error}");

    let first = restored(&world, "one", "plain.tar.zst", None).await.unwrap();
    let app = open(&world, "one").await;
    assert_eq!(
        verify(&app).await.unwrap().problems,
        [],
        "numbers left out at a restore are no gaps"
    );
    backup(&app, &world.path("second.tar.zst"), None).await.unwrap();
    close(&app).await;
    let config = Config::for_tests(world.path("two"));
    let later = Clock::manual(START_MS + 600_000);
    let second = restore(&config, later, &world.path("second.tar.zst"), None, false)
        .await
        .unwrap();
    assert!(second.epoch > first.epoch && first.epoch > 1);
    let app = open(&world, "two").await;
    assert_eq!(verify(&app).await.unwrap().problems, []);
    assert_eq!(
        count(&world.path("two"), "SELECT count(DISTINCT epoch) FROM restores").await,
        2
    );
    assert_eq!(
        count(
            &world.path("two"),
            "SELECT count(*) FROM restores WHERE feed = -2"
        )
        .await,
        2,
        "each phone's own feed"
    );
    assert_eq!(
        count(
            &world.path("two"),
            "SELECT count(*) FROM audit WHERE action = 'backup.restore'"
        )
        .await,
        2
    );
    close(&app).await;
    world.close().await;
}

#[tokio::test]
async fn a_damaged_backup_is_refused() {
    let world = World::new().await;
    world.village().await;
    let (private, public) = key(&world);
    backup(
        &world.app,
        &world.path("b.age"),
        Some(Key::read_file(&public).unwrap()),
    )
    .await
    .unwrap();
    let bytes = std::fs::read(world.path("b.age")).unwrap();
    for at in [bytes.len() / 2, bytes.len() - 20, 400] {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1;
        std::fs::write(world.path("damaged"), &damaged).unwrap();
        let key = Some(Key::read_file(&private).unwrap());
        assert!(
            restored(&world, "new", "damaged", key).await.is_err(),
            "byte {at}"
        );
    }
    for length in [0, 10, bytes.len() / 2, bytes.len() - 1] {
        std::fs::write(world.path("cut"), &bytes[..length]).unwrap();
        let key = Some(Key::read_file(&private).unwrap());
        assert!(
            restored(&world, "new", "cut", key).await.is_err(),
            "{length} bytes"
        );
    }

    // Tampered with before it was made: whole, but not right.
    world
        .sql("UPDATE envelopes SET signature = zeroblob(64) WHERE device = 2")
        .await;
    backup(&world.app, &world.path("wrong"), None).await.unwrap();
    let error = restored(&world, "new", "wrong", None)
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("--despite-problems"), "{error}");
    assert_eq!(std::fs::read_dir(world.path("new")).unwrap().count(), 0);
    let config = Config::for_tests(world.path("new"));
    let forced = restore(&config, Clock::manual(START_MS), &world.path("wrong"), None, true)
        .await
        .unwrap();
    assert!(!forced.outcome.is_sound());
    world.close().await;
}

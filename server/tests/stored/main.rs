//! Databases of earlier schemas are opened for ever: each is a whole data directory that an earlier version wrote.
//!
//! `fixtures/NNNN.tar.zst` holds the data directory as it was when migration NNNN was the newest, with rows in every
//! table, and `fixtures/NNNN.json` what its documents and feeds said then. [`story`] makes both, by a real run; the test
//! of it runs every time, so it works on the day it is needed.
//!
//! **Adding a migration:** before it is added, while its predecessor is still the newest, run
//! `cargo nextest run -p qiao-server --test stored` and copy `target/tmp/stored/NNNN.*` into `fixtures/`. A guard below
//! fails when a migration is added without that. A stored database is never changed afterwards, and neither is a migration
//! that was shipped: opening the database checks that, too. Where the migration adds a table, let [`story`] fill it.

mod story;

#[allow(dead_code)]
#[path = "../relay/support.rs"]
mod phones;
#[allow(dead_code)]
#[path = "../ops/support.rs"]
mod support;

use std::path::{Path, PathBuf};

use qiao_server::app::App;
use qiao_server::attachments::blobs::FOLDER;
use qiao_server::clock::Clock;
use qiao_server::config::Config;
use qiao_server::ops::export::{Format, export};
use qiao_server::ops::rebuild::{rebuild, renew};
use qiao_server::ops::verify::verify;
use qiao_server::store::{DATABASE_FILE, Store};
use serde_json::json;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

use crate::story::{Carried, LATER_MS};

/// The first schema that was shipped.
const FIRST: u32 = 3;
/// Schemas that no database was left at: the next migration came in the same version.
const PASSED: [u32; 3] = [4, 6, 7];

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stored/fixtures")
}

/// Number of the newest migration.
fn newest() -> u32 {
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let numbers = std::fs::read_dir(migrations).unwrap().map(|entry| {
        let name = entry.unwrap().file_name().into_string().unwrap();
        name.split_once('_').unwrap().0.parse().unwrap()
    });
    numbers.max().unwrap()
}

fn stored() -> Vec<u32> {
    let mut numbers: Vec<u32> = std::fs::read_dir(fixtures())
        .unwrap()
        .filter_map(|entry| {
            let name = entry.unwrap().file_name().into_string().unwrap();
            name.strip_suffix(".tar.zst")
                .map(|number| number.parse().unwrap())
        })
        .collect();
    numbers.sort_unstable();
    numbers
}

async fn connect(data: &Path) -> SqliteConnection {
    SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(data.join(DATABASE_FILE)))
        .await
        .unwrap()
}

async fn names(db: &mut SqliteConnection, query: &str) -> Vec<String> {
    sqlx::query_scalar(AssertSqlSafe(query.to_owned()))
        .fetch_all(db)
        .await
        .unwrap()
}

/// What a database says, in words that outlive its schema.
async fn said(app: &App, work: &Path) -> serde_json::Value {
    let file = work.join("export.jsonl");
    export(app, None, Format::Json, &file).await.unwrap();
    let documents: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    std::fs::remove_file(&file).unwrap();
    let mut db = connect(&app.config.data_dir).await;
    let feeds: Vec<(String, i64, i64, Vec<u8>)> =
        sqlx::query_as("SELECT name, head, documents, digest FROM feeds ORDER BY name")
            .fetch_all(&mut db)
            .await
            .unwrap();
    db.close().await.unwrap();
    let feeds: Vec<_> = feeds
        .into_iter()
        .map(|(name, head, documents, digest)| {
            json!({"name": name, "head": head, "documents": documents,
                "digest": data_encoding::HEXLOWER.encode(&digest)})
        })
        .collect();
    json!({"documents": documents, "feeds": feeds})
}

#[tokio::test]
async fn a_run_of_this_version_fills_every_table() {
    let data = story::play().await;
    let mut db = connect(&data.path().join("data")).await;
    let tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    for table in names(&mut db, tables).await {
        let rows: i64 = sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM {table}")))
            .fetch_one(&mut db)
            .await
            .unwrap();
        assert!(rows > 0, "the story leaves {table} empty");
    }
    sqlx::query("VACUUM").execute(&mut db).await.unwrap();
    db.close().await.unwrap();

    // What would be committed beside the next migration.
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("stored");
    std::fs::create_dir_all(&out).unwrap();
    let mut archive = tar::Builder::new(Vec::new());
    for name in [DATABASE_FILE, "keys/server.pem", "keys/relay.pem"] {
        archive
            .append_path_with_name(data.path().join("data").join(name), name)
            .unwrap();
    }
    archive
        .append_dir_all(FOLDER, data.path().join("data").join(FOLDER))
        .unwrap();
    let packed = zstd::encode_all(&archive.into_inner().unwrap()[..], 19).unwrap();
    std::fs::write(out.join(format!("{:04}.tar.zst", newest())), packed).unwrap();
    let app = open(&data.path().join("data")).await;
    let said = serde_json::to_string_pretty(&said(&app, data.path()).await).unwrap();
    std::fs::write(out.join(format!("{:04}.json", newest())), said).unwrap();
    close(&app).await;
}

#[test]
fn every_schema_but_the_newest_has_its_database() {
    let wanted: Vec<u32> = (FIRST..newest())
        .filter(|number| !PASSED.contains(number))
        .collect();
    let have: Vec<u32> = stored().into_iter().filter(|number| *number < newest()).collect();
    assert_eq!(have, wanted, "see the head of this file");
}

async fn open(data: &Path) -> App {
    App::open(Config::for_tests(data), Clock::manual(LATER_MS))
        .await
        .unwrap()
}

async fn close(app: &App) {
    app.relay.stop().await;
    app.store.close().await;
}

fn unpack(number: u32, to: &Path) {
    let file = std::fs::File::open(fixtures().join(format!("{number:04}.tar.zst"))).unwrap();
    tar::Archive::new(zstd::Decoder::new(file).unwrap())
        .unpack(to)
        .unwrap();
}

#[tokio::test]
async fn a_database_of_every_earlier_schema_opens_says_the_same_and_goes_on() {
    let stored = stored();
    assert!(stored.contains(&FIRST));
    for number in stored {
        let work = tempfile::tempdir().unwrap();
        let data = work.path().join("data");
        unpack(number, &data);
        let app = open(&data).await;
        assert_eq!(verify(&app).await.unwrap().problems, [], "schema {number}");
        // What a server does when it starts.
        renew(&app).await.unwrap();
        assert_eq!(
            rebuild(&app, true).await.unwrap().differences,
            [],
            "schema {number}"
        );
        let then = std::fs::read(fixtures().join(format!("{number:04}.json"))).unwrap();
        let then: serde_json::Value = serde_json::from_slice(&then).unwrap();
        assert!(
            said(&app, work.path()).await == then,
            "schema {number} says something else"
        );

        // Two phones that were let in then and come for the first time now: one writes, the other reads.
        let (mut writer, mut reader) = Carried::pair(&app, work.path());
        writer.meet(&app).await;
        writer.remark("h1", "多年以后");
        writer.meet(&app).await;
        reader.meet(&app).await;
        assert!(reader.exported().contains("多年以后"));
        assert!(writer.exported() == reader.exported());
        let waiting = app.relay.quarantine(None, 0, 10).await.unwrap();
        assert_eq!(waiting.len(), 1, "what waited for a decision still does");
        let decided = app
            .relay
            .release(vec![waiting[0].no], "p90", app.now())
            .await
            .unwrap();
        assert_eq!(decided, [qiao_server::relay::Decided::Done]);
        assert_eq!(verify(&app).await.unwrap().problems, []);
        close(&app).await;
    }
}

#[tokio::test]
async fn a_migrated_database_has_the_schema_of_a_new_one() {
    let schema = "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_master
        WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name";
    let work = tempfile::tempdir().unwrap();
    Store::open(&work.path().join("new")).await.unwrap().close().await;
    let mut db = connect(&work.path().join("new")).await;
    let new = names(&mut db, schema).await;
    db.close().await.unwrap();
    for number in stored() {
        let data = work.path().join(number.to_string());
        unpack(number, &data);
        Store::open(&data).await.unwrap().close().await;
        let mut db = connect(&data).await;
        assert_eq!(names(&mut db, schema).await, new, "schema {number}");
        db.close().await.unwrap();
    }
}

//! What administrators decide about a village stands in the village's own document, where phones read it.

use qiao_server::ops::export::{Format, export};
use qiao_server::ops::import::{self, Wanted};
use qiao_server::ops::rebuild::rebuild;
use qiao_server::ops::verify::verify;
use qiao_server::registry::pairings::{self, Pairing};
use qiao_server::registry::{Actor, Role};
use qiao_server::serve;
use qiao_server::store::DATABASE_FILE;
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use sync_core::edit::{ChangeDocument, Edit, EditOp, NewDocument};
use sync_core::id::DocId;

use crate::harness::{Desk, World};

const DAY_MS: i64 = 24 * 3_600_000;

/// All documents of a village, as its phones hold them.
async fn documents(world: &World, village: &str) -> Vec<Value> {
    let file = world.dir.path().join(format!("{}.json", rand::random::<u64>()));
    export(&world.server.app, Some(village), Format::Json, &file)
        .await
        .unwrap();
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

/// The village's own document.
async fn village(world: &World, code: &str) -> Value {
    let all = documents(world, code).await;
    let of_kind: Vec<_> = all.iter().filter(|doc| doc["kind"] == "village").collect();
    assert_eq!(of_kind.len(), 1, "one document for {code}");
    assert_eq!(of_kind[0]["id"], code);
    of_kind[0]["value"].clone()
}

/// Entries of a container, in the order of their first days.
fn entries(document: &Value, container: &str) -> Vec<Value> {
    let mut all: Vec<Value> = document[container]
        .as_object()
        .unwrap()
        .values()
        .cloned()
        .collect();
    all.sort_by_key(|entry| (entry["since"].to_string(), entry.to_string()));
    all
}

async fn household(world: &World, id: &str, village: &str) {
    let edit = Edit::New(NewDocument {
        new: "household".into(),
        village: Some(village.into()),
        household: None,
        year: None,
        id: Some(DocId::parse(id).unwrap()),
        at: None,
        value: json!({"householder": "沈清华"}).as_object().unwrap().clone(),
    });
    author(world, edit).await;
}

async fn set(world: &World, id: &str, field: &str, value: &str) {
    let edit = Edit::Change(ChangeDocument {
        doc: DocId::parse(id).unwrap(),
        at: None,
        ops: vec![EditOp::Set {
            path: vec![field.into()],
            value: value.into(),
        }],
    });
    author(world, edit).await;
}

async fn author(world: &World, edit: Edit) {
    let app = &world.server.app;
    let done = app.relay.author(vec![edit], app.now()).await.unwrap();
    done[0].as_ref().unwrap();
}

async fn pair(desk: &Desk, body: Value) -> String {
    let made = desk.post("/api/v1/pairings", body).await.expect(201);
    made["id"].as_str().unwrap().to_owned()
}

async fn is_sound(world: &World) {
    let app = &world.server.app;
    assert_eq!(verify(app).await.unwrap().problems, []);
    assert_eq!(rebuild(app, true).await.unwrap().differences, []);
}

#[tokio::test]
async fn a_village_that_is_added_has_its_document_and_follows_when_it_is_renamed_or_moved() {
    let world = World::new().await;
    let desk = world.root().await;
    let place = json!({"id": "v13", "parent": "t1", "level": "village", "name": "青山村"});
    desk.post("/api/v1/places", place).await.expect(201);
    let document = village(&world, "v13").await;
    assert_eq!(
        (&document["name"], &document["township"], &document["county"]),
        (&json!("青山村"), &json!("t1"), &json!("c1"))
    );
    let update = json!({"name": "青云村", "parent": "t2"});
    desk.send("PATCH", "/api/v1/places/v13", Some(update))
        .await
        .expect(200);
    let document = village(&world, "v13").await;
    assert_eq!(
        (&document["name"], &document["township"]),
        (&json!("青云村"), &json!("t2"))
    );
    // The township goes to another county, and its villages with it.
    let county = json!({"id": "c2", "parent": null, "level": "county", "name": "邻县"});
    desk.post("/api/v1/places", county).await.expect(201);
    desk.send("PATCH", "/api/v1/places/t2", Some(json!({"parent": "c2"})))
        .await
        .expect(200);
    for code in ["v13", "v21"] {
        assert_eq!(village(&world, code).await["county"], "c2", "{code}");
    }
    is_sound(&world).await;
    world.stop().await;
}

#[tokio::test]
async fn pairings_stand_in_the_document_until_they_end() {
    let world = World::new().await;
    let desk = world.root().await;
    household(&world, "h1", "v11").await;
    world.person("cadre", "赵干部", Role::Unit, &[], Some("u1")).await;
    let whole = pair(&desk, json!({"unit": "u1", "village": "v11"})).await;
    let one = json!({"unit": "u1", "household": "h1", "person": "cadre"});
    let one = pair(&desk, one).await;
    let document = village(&world, "v11").await;
    let said = entries(&document, "pairings");
    assert_eq!(said.len(), 2);
    assert!(said.iter().all(|pairing| pairing["unit"] == "u1"
        && pairing["unit_name"] == "水务局"
        && pairing["since"].is_string()
        && pairing.get("until").is_none()));
    assert_eq!(
        said.iter().filter(|pairing| pairing["household"] == "h1").count(),
        1
    );

    desk.send("PATCH", "/api/v1/units/u1", Some(json!({"name": "县水务局"})))
        .await
        .expect(200);
    let document = village(&world, "v11").await;
    assert!(
        entries(&document, "pairings")
            .iter()
            .all(|pairing| pairing["unit_name"] == "县水务局")
    );

    // The household moves: its pairing goes with it.
    set(&world, "h1", "village", "v12").await;
    let (old, new) = (village(&world, "v11").await, village(&world, "v12").await);
    let left = entries(&old, "pairings");
    assert_eq!(
        left.iter()
            .filter(|pairing| pairing["household"] == "h1" && pairing["until"].is_string())
            .count(),
        1
    );
    assert_eq!(entries(&new, "pairings").len(), 1);

    world.clock.advance_ms(30 * DAY_MS);
    let (app, office) = (&world.server.app, Actor::command_line());
    for id in [whole, one] {
        pairings::delete(app, &office, &id).await.unwrap();
    }
    for code in ["v11", "v12"] {
        let document = village(&world, code).await;
        assert!(
            entries(&document, "pairings")
                .iter()
                .all(|pairing| pairing["until"].as_str() >= pairing["since"].as_str())
        );
    }
    // Paired again: the earlier one stays on record.
    let again = Pairing {
        id: String::new(),
        unit: "u1".into(),
        village: Some("v11".into()),
        household: None,
        person: None,
        created_ms: 0,
    };
    pairings::create(app, &office, again).await.unwrap();
    let document = village(&world, "v11").await;
    let open = entries(&document, "pairings");
    assert_eq!(open.len(), 3);
    assert_eq!(
        open.iter()
            .filter(|pairing| pairing.get("until").is_none())
            .count(),
        1
    );
    is_sound(&world).await;
    world.stop().await;
}

#[tokio::test]
async fn a_team_stands_in_the_document_with_who_comes_and_who_leaves() {
    let world = World::new().await;
    let desk = world.root().await;
    world.person("p1", "李敏", Role::Team, &["v11"], None).await;
    let (_, device) = world.let_in(&desk, "p1").await;
    world.person("p2", "王强", Role::Committee, &["v11"], None).await;
    world.let_in(&desk, "p2").await;
    let said = entries(&village(&world, "v11").await, "team");
    assert_eq!(said.len(), 1, "only the team: {said:?}");
    assert_eq!(
        (&said[0]["person"], &said[0]["name"]),
        (&json!("p1"), &json!("李敏"))
    );
    // A lost phone is not a person who leaves.
    desk.post(&format!("/api/v1/devices/{device}/lost"), json!({}))
        .await
        .expect(200);
    assert!(
        entries(&village(&world, "v11").await, "team")[0]
            .get("until")
            .is_none()
    );

    let update = json!({"name": "李敏敏", "places": ["v12"]});
    desk.send("PATCH", "/api/v1/people/p1", Some(update))
        .await
        .expect(200);
    let (old, new) = (village(&world, "v11").await, village(&world, "v12").await);
    assert_eq!(entries(&new, "team")[0]["name"], "李敏敏");
    // Her lost phone was let in for the old village; that ends with its grant.
    desk.post(&format!("/api/v1/devices/{device}/revoke"), json!({}))
        .await
        .expect(200);
    let document = village(&world, "v11").await;
    assert!(
        entries(&document, "team")[0]["until"].is_string(),
        "{old} {document}"
    );
    assert!(entries(&new, "team")[0].get("until").is_none());

    desk.send("PATCH", "/api/v1/people/p1", Some(json!({"active": false})))
        .await
        .expect(200);
    assert!(entries(&village(&world, "v12").await, "team")[0]["until"].is_string());
    is_sound(&world).await;
    world.stop().await;
}

#[tokio::test]
async fn a_deployment_from_before_gets_its_documents_when_the_server_starts_and_only_once() {
    let world = World::new().await;
    world.person("p1", "李敏", Role::Team, &["v11"], None).await;
    let config = world.server.app.config.clone();
    let clock = world.clock.clone();
    let dir = world.stop().await;
    // As an earlier version left it: places, and no documents.
    let database = SqliteConnectOptions::new().filename(dir.path().join(DATABASE_FILE));
    let mut db = SqliteConnection::connect_with(&database).await.unwrap();
    for table in [
        "documents",
        "snapshots",
        "changes",
        "document_feeds",
        "feed_entries",
        "feed_authors",
        "feeds",
        "envelopes",
        "device_sync",
    ] {
        sqlx::query(AssertSqlSafe(format!("DELETE FROM {table}")))
            .execute(&mut db)
            .await
            .unwrap();
    }
    db.close().await.unwrap();

    let mut versions = Vec::new();
    for _ in 0..3 {
        let server = serve(config.clone(), clock.clone(), None).await.unwrap();
        let mut db = SqliteConnection::connect_with(&database).await.unwrap();
        let rows: Vec<(String, i64)> = sqlx::query_as("SELECT id, version FROM documents ORDER BY id")
            .fetch_all(&mut db)
            .await
            .unwrap();
        db.close().await.unwrap();
        versions.push(rows);
        assert_eq!(verify(&server.app).await.unwrap().problems, []);
        server.shutdown().await.unwrap();
        clock.advance_ms(DAY_MS);
    }
    let codes: Vec<&str> = versions[0].iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(codes, ["v11", "v12", "v21", "v22"]);
    assert_eq!(versions[0], versions[1]);
    assert_eq!(versions[0], versions[2]);
}

#[tokio::test]
async fn what_the_township_wrote_by_hand_is_neither_doubled_nor_ended() {
    let world = World::new().await;
    let desk = world.root().await;
    let app = &world.server.app;
    let by_hand = |container: &str, key: &str, value: Value| EditOp::Add {
        path: vec![container.into()],
        key: Some(key.into()),
        value: value.as_object().unwrap().clone(),
    };
    // Keys of the office's own making, whoever carries them in.
    let edit = Edit::Change(ChangeDocument {
        doc: DocId::parse("v11").unwrap(),
        at: None,
        ops: vec![
            by_hand(
                "team",
                "hand1",
                json!({"name": "李敏", "post": "head", "since": "2024-03-01"}),
            ),
            by_hand("team", "hand2", json!({"name": "陈志愿", "since": "2024-03-01"})),
            by_hand("pairings", "hand3", json!({"unit": "u1", "since": "2024-03-01"})),
        ],
    });
    app.relay.author(vec![edit], app.now()).await.unwrap()[0]
        .as_ref()
        .unwrap();
    world.person("p1", "李敏", Role::Team, &["v11"], None).await;
    let id = pair(&desk, json!({"unit": "u1", "village": "v11"})).await;
    let before = village(&world, "v11").await;
    assert_eq!(entries(&before, "team").len(), 2);
    assert_eq!(entries(&before, "pairings").len(), 1);
    desk.send("DELETE", &format!("/api/v1/pairings/{id}"), None)
        .await
        .expect(204);
    assert_eq!(village(&world, "v11").await, before);
    world.stop().await;
}

#[tokio::test]
async fn a_card_is_called_by_the_village_as_its_document_is() {
    let world = World::new().await;
    let desk = world.root().await;
    household(&world, "h1", "v11").await;
    pair(&desk, json!({"unit": "u1", "household": "h1"})).await;
    let app = &world.server.app;
    let file = world.dir.path().join("before.json");
    let card = async |name: &str| {
        let file = file.with_file_name(name);
        export(app, None, Format::Json, &file).await.unwrap();
        let all: Vec<Value> = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        all.into_iter().find(|doc| doc["kind"] == "card").unwrap()
    };
    assert_eq!(card("a.json").await["value"]["village_name"], "地方v11");
    desk.send("PATCH", "/api/v1/places/v11", Some(json!({"name": "青山村"})))
        .await
        .expect(200);
    assert_eq!(card("b.json").await["value"]["village_name"], "青山村");
    is_sound(&world).await;
    world.stop().await;
}

#[tokio::test]
async fn an_import_makes_the_document_of_its_village() {
    let world = World::new().await;
    let app = &world.server.app;
    let sheet = "行政村,户编号,户主姓名,姓名,与户主关系\n地方v12,0001,沈清华,沈清华,户主\n";
    let wanted = Wanted {
        income_year: 2025,
        ..Wanted::default()
    };
    let done = import::households(app, sheet.as_bytes().to_vec(), &wanted)
        .await
        .unwrap();
    assert_eq!(done.created, 1, "{done:?}");
    assert_eq!(village(&world, "v12").await["name"], "地方v12");
    assert_eq!(documents(&world, "v12").await.len(), 2);
    world.stop().await;
}

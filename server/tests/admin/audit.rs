//! The chain of decisions holds, and an edited one is found out.

use qiao_server::app::App;
use qiao_server::clock::Clock;
use qiao_server::config::Config;
use qiao_server::registry::{Role, audit};
use serde_json::json;
use sqlx::{Connection, SqliteConnection};

use crate::harness::World;

async fn edited(sql: &'static [&'static str]) -> audit::Verification {
    let world = World::new().await;
    let desk = world.root().await;
    world.person("p1", "李敏", Role::Team, &["v11"], None).await;
    world.let_in(&desk, "p1").await;
    let report = desk.get("/api/v1/audit/verification").await.expect(200);
    assert_eq!(report["intact"], true);
    assert!(report["entries"].as_i64().unwrap() > 12);
    let dir = world.stop().await;

    // A rogue administrator of the machine, with the database open in an editor.
    let url = format!("sqlite://{}", dir.path().join("qiao.sqlite").display());
    let mut database = SqliteConnection::connect(&url).await.unwrap();
    for statement in sql {
        sqlx::query(*statement).execute(&mut database).await.unwrap();
    }
    database.close().await.unwrap();
    let app = App::open(Config::for_tests(dir.path()), Clock::System)
        .await
        .unwrap();
    audit::verify(&app).await.unwrap()
}

const UNLOCK: &str = "DROP TRIGGER audit_is_append_only_update";
const UNLOCK_DELETE: &str = "DROP TRIGGER audit_is_append_only_delete";

#[tokio::test]
async fn an_untouched_chain_holds() {
    assert!(edited(&[]).await.intact);
}

#[tokio::test]
async fn a_changed_entry_is_found() {
    let report = edited(&[UNLOCK, "UPDATE audit SET actor = 'somebody-else' WHERE seq = 5"]).await;
    assert_eq!((report.intact, report.broken_at), (false, Some(5)));
}

#[tokio::test]
async fn a_removed_entry_is_found() {
    let report = edited(&[UNLOCK_DELETE, "DELETE FROM audit WHERE seq = 4"]).await;
    assert_eq!((report.intact, report.broken_at), (false, Some(4)));
}

#[tokio::test]
async fn entries_cut_off_the_end_are_missed() {
    let report = edited(&[UNLOCK_DELETE, "DELETE FROM audit WHERE seq > 6"]).await;
    assert_eq!((report.intact, report.broken_at), (false, Some(7)));
}

#[tokio::test]
async fn the_database_itself_refuses_to_edit_the_chain() {
    let world = World::new().await;
    let dir = world.stop().await;
    let url = format!("sqlite://{}", dir.path().join("qiao.sqlite").display());
    let mut database = SqliteConnection::connect(&url).await.unwrap();
    for statement in ["UPDATE audit SET actor = 'x'", "DELETE FROM audit"] {
        let refused = sqlx::query(statement).execute(&mut database).await.unwrap_err();
        assert!(refused.to_string().contains("append-only"), "{refused}");
    }
}

#[tokio::test]
async fn every_decision_is_written_down_with_who_made_it() {
    let world = World::new().await;
    let desk = world.root().await;
    world.person("p1", "李敏", Role::Team, &["v11"], None).await;
    let (_, device) = world.let_in(&desk, "p1").await;
    desk.post(
        &format!("/api/v1/devices/{device}/revoke"),
        json!({ "reason": "x" }),
    )
    .await
    .expect(200);
    let page = desk.get("/api/v1/audit?limit=5").await.expect(200);
    let entries: Vec<_> = page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            (
                entry["action"].as_str().unwrap(),
                entry["actor"].as_str().unwrap(),
            )
        })
        .collect();
    let phone = format!("device:{device}");
    assert_eq!(
        entries,
        [
            ("device.revoke", "root"),
            ("device.approve", "root"),
            ("device.request", phone.as_str()),
            ("invitation.create", "root"),
            ("person.create", "cli"),
        ]
    );
    assert_eq!(page["items"][0]["subject"], device.as_str());
    let older = desk
        .get(&format!(
            "/api/v1/audit?limit=1&after={}",
            page["next"].as_str().unwrap()
        ))
        .await
        .expect(200);
    assert_eq!(older["items"][0]["action"], "session.login");
}

#[tokio::test]
async fn decisions_are_found_by_who_what_about_what_and_when() {
    let world = World::new().await;
    let desk = world.root().await;
    world.person("p1", "李敏", Role::Team, &["v11"], None).await;
    let (_, device) = world.let_in(&desk, "p1").await;
    let actions = async |query: &str| -> Vec<String> {
        let page = desk.get(&format!("/api/v1/audit?{query}")).await.expect(200);
        let items = page["items"].as_array().unwrap();
        items
            .iter()
            .map(|entry| entry["action"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        actions("action=device.").await,
        ["device.approve", "device.request"]
    );
    assert_eq!(
        actions("action=device.approve&actor=root").await,
        ["device.approve"]
    );
    assert_eq!(
        actions("action=device.%25").await,
        Vec::<String>::new(),
        "no wildcards"
    );
    assert_eq!(
        actions(&format!("subject={device}&limit=1")).await,
        ["device.approve"]
    );
    let now_ms = world.clock.now_ms();
    assert_eq!(
        actions(&format!("since_ms={}", now_ms + 1)).await,
        Vec::<String>::new()
    );
    assert_eq!(
        actions(&format!("subject={device}&until_ms={}", now_ms + 1))
            .await
            .len(),
        2
    );
}

#[tokio::test]
async fn a_devices_history_is_for_whoever_administers_it() {
    let world = World::new().await;
    let desk = world.root().await;
    world.person("p1", "李敏", Role::Team, &["v11"], None).await;
    let (_, device) = world.let_in(&desk, "p1").await;
    let path = format!("/api/v1/devices/{device}/history");
    for admin in [&desk, &world.township_admin("t1").await] {
        let page = admin.get(&path).await.expect(200);
        let actions: Vec<_> = page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| &e["action"])
            .collect();
        assert_eq!(actions, ["device.approve", "device.request"]);
    }
    let elsewhere = world.township_admin("t2").await;
    elsewhere.get(&path).await.expect_code(403, "outside_area");
}

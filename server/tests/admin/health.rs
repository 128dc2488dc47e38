//! What administrators see of a device's health: each way by itself, and what it was refused.

use qiao_server::clock::Clock;
use qiao_server::config::Config;
use qiao_server::registry::{Role, devices};
use qiao_server::serve;
use serde_json::{Value, json};

use crate::harness::{Desk, MINUTE_MS, World};
use crate::phone::RealPhone;

async fn seen(desk: &Desk, device: &str) -> Value {
    desk.get(&format!("/api/v1/devices/{device}")).await.expect(200)
}

fn household(id: &str) -> Value {
    json!({ "new": "household", "village": "v11", "id": id, "value": { "householder": "沈清华" } })
}

#[tokio::test(flavor = "multi_thread")]
async fn sending_and_receiving_are_told_apart() {
    let world = World::new().await;
    let root = world.root().await;
    world.person("p1", "李敏", Role::Team, &["v11"], None).await;
    let phone = RealPhone::let_in(&world, &root, "p1").await;
    let first = seen(&root, &phone.id).await;
    let contact_ms = world.clock.now_ms();
    assert_eq!(
        first["health"]["last_push_ms"],
        Value::Null,
        "it has sent nothing yet"
    );
    assert_eq!(first["health"]["last_pull_ms"], contact_ms);
    assert_eq!(first["health"]["live"], false);
    let before = first["scope_size"]["documents"].as_i64().unwrap();

    world.clock.advance_ms(MINUTE_MS);
    phone.edit(household("h1"));
    phone.sync().await;
    let pushed_ms = world.clock.now_ms();
    let first_after = seen(&root, &phone.id).await;
    world.clock.advance_ms(MINUTE_MS);
    phone.sync().await;
    let second = seen(&root, &phone.id).await;
    assert_eq!(second["health"]["last_push_ms"], pushed_ms);
    assert_eq!(
        first_after["health"]["unsent"], 0,
        "what has arrived is not unsent"
    );
    assert_eq!(second["health"]["last_pull_ms"], world.clock.now_ms());
    assert_eq!(second["health"]["last_seen_ms"], world.clock.now_ms());
    assert!(second["scope_size"]["documents"].as_i64().unwrap() > before);
    assert!(second["scope_size"]["bytes"].as_i64().unwrap() > 0);
    let listed = root.get("/api/v1/devices").await.expect(200);
    assert_eq!(listed["items"][0]["health"], second["health"]);
    assert!(
        listed["items"][0].get("scope_size").is_none(),
        "a list does not count documents"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_device_was_refused_is_said_with_its_reason() {
    let world = World::new().await;
    let root = world.root().await;
    world.person("p1", "李敏", Role::Team, &["v11"], None).await;
    let phone = RealPhone::let_in(&world, &root, "p1").await;
    phone.edit(household("h1"));
    root.post(
        &format!("/api/v1/devices/{}/suspend", phone.id),
        json!({ "reason": "核查" }),
    )
    .await
    .expect(200);
    root.post(&format!("/api/v1/devices/{}/resume", phone.id), json!({}))
        .await
        .expect(200);
    // Its village is somebody else's by the time it comes.
    let moved = json!({ "places": ["v21"] });
    root.send("PATCH", "/api/v1/people/p1", Some(moved))
        .await
        .expect(200);
    phone.sync().await;
    let health = seen(&root, &phone.id).await["health"].clone();
    assert_eq!(health["last_refusal"], "out_of_scope", "{health}");
    assert_eq!(health["last_refusal_ms"], world.clock.now_ms());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_in_order_forgets_no_contact() {
    let world = World::new().await;
    let root = world.root().await;
    world.person("p1", "李敏", Role::Team, &["v11"], None).await;
    let phone = RealPhone::let_in(&world, &root, "p1").await;
    phone.edit(household("h1"));
    world.clock.advance_ms(MINUTE_MS);
    phone.sync().await;
    let before = seen(&root, &phone.id).await["health"].clone();
    let (now_ms, id) = (world.clock.now_ms(), phone.id.clone());
    let dir = world.stop().await;
    let again = serve(Config::for_tests(dir.path()), Clock::manual(now_ms), None)
        .await
        .unwrap();
    let actor = qiao_server::registry::Actor::command_line();
    let after = devices::get(&again.app, &actor, &id)
        .await
        .unwrap()
        .health
        .unwrap();
    assert_eq!(serde_json::to_value(after).unwrap(), before);
    again.shutdown().await.unwrap();
}

//! A browser lives by the sign-in it was opened with.

use qiao_server::registry::devices::{self, Status};
use qiao_server::registry::{Role, grants};
use serde_json::{Value, json};
use sync_core::id::DeviceId;

use crate::harness::{Desk, HOUR_MS, MINUTE_MS, PASSWORD, Phone, World, base64};

async fn session_of(desk: &Desk) -> String {
    desk.get("/api/v1/me").await.expect(200)["session"]
        .as_str()
        .unwrap()
        .to_owned()
}

async fn open(desk: &Desk, browser: &Phone) -> Value {
    let body = json!({
        "public_key": base64(&browser.public_key()),
        "nonce": base64(&browser.nonce),
        "device": { "model": browser.model, "app_version": "0.1.0" },
        "proof": browser.proof(&format!("desk:{}", session_of(desk).await)),
    });
    desk.post("/api/v1/session/device", body).await.expect(201)
}

async fn stored(world: &World, opened: &Value) -> devices::Device {
    let id = DeviceId::from_hex(opened["device_id"].as_str().unwrap()).unwrap();
    devices::by_id(&world.server.app, &id).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_township_desk_reads_its_township_until_it_signs_out() {
    let world = World::new().await;
    world.person("t", "乡干部", Role::Township, &["t1"], None).await;
    let person = world.account("t").await;
    let desk = world.sign_in(&person).await;
    let browser = Phone::new("Firefox");
    let opened = open(&desk, &browser).await;
    let device = stored(&world, &opened).await;
    let grant = grants::grant_for(&world.server.app, device.no).await.unwrap();
    let feeds: Vec<_> = grant.feeds.iter().map(|feed| feed.as_str().to_owned()).collect();
    assert_eq!(
        feeds,
        [
            "casework/v11",
            "casework/v12",
            "township/t1",
            "village/v11",
            "village/v12"
        ]
    );
    assert!(grant.is_active(world.clock.now_ms()));
    assert!(
        !grant.is_active(world.clock.now_ms() + 12 * HOUR_MS),
        "a session's grant ends with the session"
    );

    desk.send("DELETE", "/api/v1/session", None).await.expect(204);
    let ended = stored(&world, &opened).await;
    assert_eq!(
        (ended.status, ended.status_reason.as_str()),
        (Status::Revoked, "session_ended")
    );
}

#[tokio::test]
async fn a_proof_for_one_session_opens_no_other() {
    let world = World::new().await;
    world.person("t", "乡干部", Role::Township, &["t1"], None).await;
    let person = world.account("t").await;
    let (first, second) = (world.sign_in(&person).await, world.sign_in(&person).await);
    let browser = Phone::new("Firefox");
    let body = json!({
        "public_key": base64(&browser.public_key()),
        "nonce": base64(&browser.nonce),
        "device": { "model": browser.model, "app_version": "0.1.0" },
        "proof": browser.proof(&format!("desk:{}", session_of(&first).await)),
    });
    second
        .post("/api/v1/session/device", body)
        .await
        .expect_code(422, "proof_invalid");
}

#[tokio::test]
async fn after_lunch_the_same_browser_goes_on_as_the_same_author() {
    let world = World::new().await;
    world.person("t", "乡干部", Role::Township, &["t1"], None).await;
    let person = world.account("t").await;
    let browser = Phone::new("Firefox");
    let morning = open(&world.sign_in(&person).await, &browser).await;
    world.clock.advance_ms(45 * MINUTE_MS);
    let desk = world.sign_in(&person).await;
    let afternoon = open(&desk, &browser).await;
    assert_eq!(morning["device_id"], afternoon["device_id"]);
    assert!(afternoon["grant_expires_ms"].as_i64() > morning["grant_expires_ms"].as_i64());

    // Another browser in the same session takes the place of the first.
    open(&desk, &Phone::new("Chromium")).await;
    assert_eq!(stored(&world, &morning).await.status, Status::Revoked);
}

#[tokio::test]
async fn nobody_takes_over_somebody_elses_device_by_signing_in() {
    let world = World::new().await;
    let root = world.root().await;
    world.person("p1", "李敏", Role::Team, &["v11"], None).await;
    world.person("t", "乡干部", Role::Township, &["t1"], None).await;
    let (phone, _) = world.let_in(&root, "p1").await;
    let person = world.account("t").await;
    let desk = world.sign_in(&person).await;
    let body = json!({
        "public_key": base64(&phone.public_key()),
        "nonce": base64(&phone.nonce),
        "device": { "model": phone.model, "app_version": "0.1.0" },
        "proof": phone.proof(&format!("desk:{}", session_of(&desk).await)),
    });
    desk.post("/api/v1/session/device", body)
        .await
        .expect_code(409, "wrong_state");
}

#[tokio::test]
async fn a_reset_account_loses_its_browsers() {
    let world = World::new().await;
    world.person("t", "乡干部", Role::Township, &["t1"], None).await;
    let person = world.account("t").await;
    let opened = open(&world.sign_in(&person).await, &Phone::new("Firefox")).await;
    let root = world.root().await;
    root.post("/api/v1/accounts/t/reset", json!({ "password": PASSWORD }))
        .await
        .expect(200);
    assert_eq!(stored(&world, &opened).await.status, Status::Revoked);
}

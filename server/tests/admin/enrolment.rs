//! A phone asks to be let in; somebody who should not be asks too.

use std::net::IpAddr;

use qiao_server::error::Code;
use qiao_server::registry::enrolments::{self, DeviceInfo, EnrolRequest};
use qiao_server::registry::invitations::{self, NewInvitation};
use qiao_server::registry::{Actor, Role, grants};
use serde_json::{Value, json};

use crate::harness::{Desk, HOUR_MS, Phone, World, base64};

async fn invite(desk: &Desk, person: &str) -> (String, String) {
    let made = desk
        .post("/api/v1/invitations", json!({ "person": person }))
        .await
        .expect(201);
    assert!(made["qr_svg"].as_str().unwrap().contains("<svg"));
    let code = made["code"].as_str().unwrap().to_owned();
    assert!(
        made["link"]
            .as_str()
            .unwrap()
            .ends_with(&format!("/enrol#{code}"))
    );
    (code, made["id"].as_str().unwrap().to_owned())
}

fn words(value: &Value) -> Vec<String> {
    value["check_words"]
        .as_array()
        .unwrap()
        .iter()
        .map(|word| word["zh"].as_str().unwrap().to_owned())
        .collect()
}

/// What the phone shows, from what it knows itself.
fn words_on_the_phone(phone: &Phone, enrolled: &Value) -> Vec<String> {
    let server = enrolled["server_public_key"].as_str().unwrap();
    let server = data_encoding::BASE64URL_NOPAD.decode(server.as_bytes()).unwrap();
    let words = sync_core::checkwords::derive(
        &phone.public_key(),
        enrolled["invitation_id"].as_str().unwrap(),
        &server,
    );
    words.iter().map(|(zh, _)| (*zh).to_owned()).collect()
}

#[tokio::test]
async fn an_invited_phone_is_compared_let_in_and_granted_its_village() {
    let world = World::new().await;
    let desk = world.root().await;
    world.person("p1", "李敏", Role::Team, &["v11"], None).await;
    let (code, _) = invite(&desk, "p1").await;
    let phone = Phone::new("Redmi 9A");
    // Typed as people type.
    let typed = code.to_lowercase().replace('-', " ");
    let enrolled = world
        .post("/enrol/v1/requests", phone.request(Some(&typed)))
        .await
        .expect(201);
    assert_eq!(enrolled["status"], "pending");
    assert_eq!(words(&enrolled).len(), 6);
    assert_eq!(words(&enrolled), words_on_the_phone(&phone, &enrolled));

    let pending = desk.get("/api/v1/enrolments").await.expect(200);
    let row = &pending["items"][0];
    assert_eq!(row["device_id"], enrolled["device_id"]);
    assert_eq!(
        (row["person"].as_str(), row["role"].as_str()),
        (Some("p1"), Some("team"))
    );
    assert_eq!(words(row), words(&enrolled));

    let device = enrolled["device_id"].as_str().unwrap();
    let approve = format!("/api/v1/enrolments/{device}/approve");
    desk.post(&approve, json!({})).await.expect_code(422, "invalid");
    let view = desk
        .post(&approve, json!({ "words_compared": true, "name": "李敏的手机" }))
        .await
        .expect(200);
    assert_eq!(
        (view["status"].as_str(), view["grant_version"].as_i64()),
        (Some("active"), Some(2))
    );
    desk.post(&approve, json!({ "words_compared": true }))
        .await
        .expect_code(409, "wrong_state");

    // Asking again tells where it stands, and uses no second invitation.
    let again = world
        .post("/enrol/v1/requests", phone.request(Some(&typed)))
        .await
        .expect(201);
    assert_eq!(again["status"], "active");

    let app = &world.server.app;
    let grant = grants::grant_for(app, view["no"].as_i64().unwrap())
        .await
        .unwrap();
    let feeds: Vec<_> = grant.feeds.iter().map(|feed| feed.as_str().to_owned()).collect();
    assert_eq!(feeds, ["casework/v11", "village/v11"]);
    let claims = app
        .grant_keys
        .verify(&grant.token.unwrap(), &app.deployment.id, world.clock.now_ms())
        .unwrap();
    assert_eq!(
        (claims.sub.as_str(), claims.person.as_str(), claims.ver),
        (device, "p1", 2)
    );
    assert_eq!(claims.jkt, grants::key_thumbprint(&phone.public_key()));
    assert_eq!(
        (claims.township.as_deref(), claims.county.as_deref()),
        (Some("t1"), Some("c1"))
    );
    assert_eq!(claims.offline_grace_h, 336);
}

#[tokio::test]
async fn a_forwarded_invitation_shows_other_words() {
    let world = World::new().await;
    let desk = world.root().await;
    world.person("p1", "李敏", Role::Team, &["v11"], None).await;
    let (code, _) = invite(&desk, "p1").await;
    let (hers, thief) = (Phone::new("Redmi 9A"), Phone::new("Redmi 9A"));
    let stolen = world
        .post("/enrol/v1/requests", thief.request(Some(&code)))
        .await
        .expect(201);
    // Her own phone comes second and is told that the code is gone; whatever words it could show are not the thief's.
    world
        .post("/enrol/v1/requests", hers.request(Some(&code)))
        .await
        .expect_code(409, "code_used");
    assert_ne!(words(&stolen), words_on_the_phone(&hers, &stolen));
    let deny = format!(
        "/api/v1/enrolments/{}/deny",
        stolen["device_id"].as_str().unwrap()
    );
    let view = desk
        .post(&deny, json!({ "reason": "不是本人" }))
        .await
        .expect(200);
    assert_eq!(view["status"], "denied");
}

#[tokio::test]
async fn a_key_is_enrolled_only_by_who_holds_it() {
    let world = World::new().await;
    let desk = world.root().await;
    world.person("p1", "李敏", Role::Team, &["v11"], None).await;
    let (code, _) = invite(&desk, "p1").await;
    let (victim, thief) = (Phone::new("A"), Phone::new("A"));
    let mut body = victim.request(Some(&code));
    body["proof"] = thief.proof(&code).into();
    world
        .post("/enrol/v1/requests", body)
        .await
        .expect_code(422, "proof_invalid");
    let mut body = victim.request(Some(&code));
    body["device"]["model"] = "B".into();
    world
        .post("/enrol/v1/requests", body)
        .await
        .expect_code(422, "proof_invalid");
    let mut body = victim.request(Some(&code));
    body["public_key"] = base64(&[4; 65]).into();
    world
        .post("/enrol/v1/requests", body)
        .await
        .expect_code(422, "invalid");
    world
        .post("/enrol/v1/requests", victim.request(Some(&code)))
        .await
        .expect(201);
}

#[tokio::test]
async fn an_invitation_ends_by_time_by_revocation_and_by_five_wrong_tries() {
    let world = World::new().await;
    let desk = world.root().await;
    world.person("p1", "李敏", Role::Team, &["v11"], None).await;
    let ask = async |code: &str| {
        world
            .post("/enrol/v1/requests", Phone::new("A").request(Some(code)))
            .await
    };

    let (expired, _) = invite(&desk, "p1").await;
    world.clock.advance_ms(24 * HOUR_MS);
    ask(&expired).await.expect_code(410, "code_expired");

    world.person("admin2", "管理", Role::Admin, &[], None).await;
    let admin = world.account("admin2").await;
    let desk = world.sign_in(&admin).await;
    let (revoked, id) = invite(&desk, "p1").await;
    desk.send("DELETE", &format!("/api/v1/invitations/{id}"), None)
        .await
        .expect(204);
    ask(&revoked).await.expect_code(404, "code_unknown");

    let (guessed, id) = invite(&desk, "p1").await;
    let (lookup, secret) = guessed.split_once('-').unwrap();
    let wrong = if secret == "BBBB" { "CCCC" } else { "BBBB" };
    for _ in 0..5 {
        ask(&format!("{lookup}-{wrong}"))
            .await
            .expect_code(404, "code_unknown");
    }
    world.clock.advance_ms(60_000);
    ask(&guessed).await.expect_code(404, "code_unknown");
    let listed = desk.get("/api/v1/invitations").await.expect(200);
    let states: Vec<_> = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| i["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["dead", "revoked", "expired"]);
    assert_eq!(listed["items"][0]["id"], id.as_str());
}

#[tokio::test]
async fn one_address_asks_ten_times_a_minute() {
    let world = World::new().await;
    let phone = Phone::new("A");
    for _ in 0..10 {
        world
            .post("/enrol/v1/requests", phone.request(Some("BBBB-BBBB")))
            .await
            .expect_code(404, "code_unknown");
    }
    let refused = world
        .post("/enrol/v1/requests", phone.request(Some("BBBB-BBBB")))
        .await;
    assert!(
        refused.headers["retry-after"]
            .to_str()
            .unwrap()
            .parse::<u64>()
            .unwrap()
            >= 1
    );
    refused.expect_code(429, "too_many_requests");
}

/// Row 1 of the threats: a million guesses from a million addresses over the life of fifty invitations.
#[tokio::test]
async fn a_million_guesses_find_nothing() {
    let world = World::new().await;
    let app = &world.server.app;
    world.person("p1", "李敏", Role::Team, &["v11"], None).await;
    let one = || NewInvitation {
        person: "p1".into(),
        role: None,
        places: None,
        unit: None,
        replaces: None,
        expires_ms: None,
    };
    let all: Vec<_> = (0..50).map(|_| one()).collect();
    invitations::create(app, &Actor::command_line(), &all)
        .await
        .unwrap();

    let phone = Phone::new("A");
    let request = |code: String, proof: String| EnrolRequest {
        invite_code: Some(code),
        walk_up: None,
        public_key: base64(&phone.public_key()),
        nonce: base64(&phone.nonce),
        device: DeviceInfo {
            model: phone.model.into(),
            app_version: "0.1.0".into(),
        },
        proof,
    };
    let alphabet = b"BCDFGHJKLMNPQRSTVWXZ";
    let (mut judged, mut hits) = (0, 0);
    for n in 0..1_000_000_u32 {
        if n % 10 == 0 {
            world.clock.advance_ms(864);
        }
        // Signing costs the attacker more than the limiter costs us: only what the limiter lets through is signed.
        if app.limiter.enrol_attempt(IpAddr::from(n.to_be_bytes())).is_err() {
            continue;
        }
        let code: String = (0..8)
            .map(|_| char::from(alphabet[rand::random_range(0..20)]))
            .collect();
        let proof = phone.proof(&code);
        let outcome = enrolments::request(
            app,
            IpAddr::from((n ^ 0x8000_0000).to_be_bytes()),
            request(code, proof),
        )
        .await;
        judged += 1;
        match outcome {
            Ok(_) => hits += 1,
            Err(error) => assert_eq!(error.code(), Code::CodeUnknown),
        }
    }
    assert_eq!(hits, 0);
    assert!(
        (2_300..=2_500).contains(&judged),
        "100 an hour for 24 hours, not {judged}"
    );
}

#[tokio::test]
async fn a_training_day_is_not_held_up_by_the_hourly_bound() {
    let world = World::new().await;
    let desk = world.root().await;
    world.person("p1", "李敏", Role::Team, &["v11"], None).await;
    let bulk: Vec<_> = (0..150).map(|_| json!({ "person": "p1" })).collect();
    let made = desk
        .post("/api/v1/invitations/bulk", json!({ "invitations": bulk }))
        .await
        .expect(201);
    for invitation in made.as_array().unwrap() {
        world.clock.advance_ms(6_000);
        let request = Phone::new("A").request(Some(invitation["code"].as_str().unwrap()));
        world.post("/enrol/v1/requests", request).await.expect(201);
    }
}

#[tokio::test]
async fn an_uninvited_person_is_let_in_by_whoever_knows_them() {
    let world = World::new().await;
    let (root, desk) = (world.root().await, world.township_admin("t1").await);
    world.person("p1", "王芳", Role::Committee, &["v12"], None).await;
    let phone = Phone::new("vivo Y3");
    let enrolled = world
        .post("/enrol/v1/requests", phone.walk_up("王芳", "v12"))
        .await
        .expect(201);
    assert_eq!(enrolled["invitation_id"], "");
    assert_eq!(words(&enrolled), words_on_the_phone(&phone, &enrolled));
    let elsewhere = world
        .post(
            "/enrol/v1/requests",
            Phone::new("A").walk_up("某人", "不知道的村"),
        )
        .await
        .expect(201);

    let pending = desk.get("/api/v1/enrolments").await.expect(200);
    assert_eq!(
        pending["items"].as_array().unwrap().len(),
        1,
        "the township sees its own only"
    );
    assert_eq!(pending["items"][0]["walk_up"]["name"], "王芳");
    assert_eq!(
        root.get("/api/v1/enrolments").await.expect(200)["items"]
            .as_array()
            .unwrap()
            .len(),
        2
    );

    let approve = |device: &Value| {
        format!(
            "/api/v1/enrolments/{}/approve",
            device["device_id"].as_str().unwrap()
        )
    };
    desk.post(&approve(&enrolled), json!({ "words_compared": true }))
        .await
        .expect_code(422, "invalid");
    let decision = json!({ "words_compared": true, "person": "p1", "role": "committee", "places": ["v12"] });
    let view = desk.post(&approve(&enrolled), decision.clone()).await.expect(200);
    assert_eq!(view["person_name"], "王芳");
    desk.post(&approve(&elsewhere), decision)
        .await
        .expect_code(403, "outside_area");
}

#[tokio::test]
async fn a_request_brings_an_invitation_or_a_name_and_not_both() {
    let world = World::new().await;
    let phone = Phone::new("A");
    world
        .post("/enrol/v1/requests", phone.request(None))
        .await
        .expect_code(422, "invalid");
    let mut both = phone.request(Some("BBBB-BBBB"));
    both["walk_up"] = json!({ "name": "x", "place": "v11" });
    world
        .post("/enrol/v1/requests", both)
        .await
        .expect_code(422, "invalid");
    let mut unknown = phone.request(Some("BBBB-BBBB"));
    unknown["admin"] = true.into();
    world
        .post("/enrol/v1/requests", unknown)
        .await
        .expect_code(422, "invalid");
}

//! Signing in and confirming one's identity with a passkey.

use qiao_server::registry::Role;
use serde_json::{Value, json};

use crate::authenticator::Authenticator;
use crate::harness::{Desk, MINUTE_MS, PASSWORD, World};

const ORIGIN: &str = "https://qiao.example";

async fn world() -> (World, Desk) {
    let world = World::with(|config| config.public_url = Some(ORIGIN.into())).await;
    world.person("a", "甲", Role::Admin, &[], None).await;
    let person = world.account("a").await;
    let desk = world.sign_in(&person).await;
    (world, desk)
}

/// Somebody else, signed in.
async fn second(world: &World) -> Desk {
    world.person("b", "乙", Role::Team, &["v11"], None).await;
    let person = world.account("b").await;
    world.sign_in(&person).await
}

async fn make(desk: &Desk, key: &mut Authenticator) -> Value {
    let question = desk
        .post("/api/v1/me/passkeys/question", json!({}))
        .await
        .expect(200);
    let mut answer = key.make(&question);
    answer["name"] = "办公室电脑".into();
    desk.post("/api/v1/me/passkeys", answer).await.expect(201)
}

async fn question(world: &World) -> Value {
    world
        .post("/api/v1/session/passkey/question", json!({}))
        .await
        .expect(200)
}

async fn sign_in(world: &World, key: &mut Authenticator) -> crate::harness::Answer {
    let mut answer = key.sign(&question(world).await);
    answer["want_token"] = true.into();
    world.post("/api/v1/session/passkey", answer).await
}

#[tokio::test]
async fn a_passkey_signs_in_alone_and_confirms_decisions() {
    let (world, desk) = world().await;
    let mut key = Authenticator::new(ORIGIN);
    let kept = make(&desk, &mut key).await;
    assert_eq!(
        (kept["name"].as_str(), &kept["last_used_ms"]),
        (Some("办公室电脑"), &Value::Null)
    );

    let me = sign_in(&world, &mut key).await.expect(200);
    assert_eq!(
        (me["person"]["id"].as_str(), me["passkeys"].as_u64()),
        (Some("a"), Some(1))
    );
    let other = world.desk(me["token"].as_str().unwrap());
    let unit = json!({ "name": "单位" });
    other.post("/api/v1/units", unit).await.expect(201);

    world.clock.advance_ms(6 * MINUTE_MS);
    let account = json!({ "person": "nobody", "login": "nobody", "password": PASSWORD });
    other
        .post("/api/v1/accounts", account.clone())
        .await
        .expect_code(403, "step_up_needed");
    let asked = "/api/v1/session/step-up/passkey/question";
    let asked = other.post(asked, json!({})).await.expect(200);
    assert_eq!(asked["options"]["allowCredentials"].as_array().unwrap().len(), 1);
    let answer = key.sign(&asked);
    other
        .post("/api/v1/session/step-up/passkey", answer)
        .await
        .expect(204);
    other
        .post("/api/v1/accounts", account)
        .await
        .expect_code(422, "invalid");

    let audit = other.get("/api/v1/audit?limit=500").await.expect(200).to_string();
    assert!(
        audit.contains("passkey.create") && audit.contains(r#""by":"passkey""#),
        "{audit}"
    );
}

#[tokio::test]
async fn a_new_passkey_needs_an_identity_just_confirmed_and_a_name() {
    let (world, desk) = world().await;
    let mut key = Authenticator::new(ORIGIN);
    let question = desk
        .post("/api/v1/me/passkeys/question", json!({}))
        .await
        .expect(200);
    let selection = &question["options"]["authenticatorSelection"];
    assert_eq!(selection["residentKey"], "required");
    assert_eq!(selection["userVerification"], "required");
    let mut answer = key.make(&question);
    answer["name"] = " ".into();
    desk.post("/api/v1/me/passkeys", answer.clone())
        .await
        .expect_code(422, "invalid");
    answer["name"] = "手机".into();
    desk.post("/api/v1/me/passkeys", answer).await.expect(201);
    world.clock.advance_ms(6 * MINUTE_MS);
    desk.post("/api/v1/me/passkeys/question", json!({}))
        .await
        .expect_code(403, "step_up_needed");
}

#[tokio::test]
async fn an_answer_counts_once_in_time_and_for_its_own_question() {
    let (world, desk) = world().await;
    let mut key = Authenticator::new(ORIGIN);
    make(&desk, &mut key).await;

    let answer = key.sign(&question(&world).await);
    world
        .post("/api/v1/session/passkey", answer.clone())
        .await
        .expect(200);
    world
        .post("/api/v1/session/passkey", answer)
        .await
        .expect_code(409, "question_over");

    let late = key.sign(&question(&world).await);
    world.clock.advance_ms(5 * MINUTE_MS);
    world
        .post("/api/v1/session/passkey", late)
        .await
        .expect_code(409, "question_over");

    // Signed for one question, handed in for another.
    let mut swapped = key.sign(&question(&world).await);
    swapped["question"] = question(&world).await["question"].clone();
    world
        .post("/api/v1/session/passkey", swapped)
        .await
        .expect_code(401, "passkey_refused");

    // A question of one session is not answered by another, nor one of another purpose.
    let other = second(&world).await;
    let asked = desk
        .post("/api/v1/session/step-up/passkey/question", json!({}))
        .await
        .expect(200);
    let answer = key.sign(&asked);
    other
        .post("/api/v1/session/step-up/passkey", answer)
        .await
        .expect_code(409, "question_over");
    let asked = desk
        .post("/api/v1/session/step-up/passkey/question", json!({}))
        .await
        .expect(200);
    let answer = key.sign(&asked);
    world
        .post("/api/v1/session/passkey", answer)
        .await
        .expect_code(409, "question_over");
}

#[tokio::test]
async fn keys_that_prove_nothing_are_refused() {
    let (world, desk) = world().await;
    let mut key = Authenticator::new(ORIGIN);
    make(&desk, &mut key).await;

    let mut unknown = Authenticator::new(ORIGIN);
    let asked = desk
        .post("/api/v1/me/passkeys/question", json!({}))
        .await
        .expect(200);
    unknown.make(&asked);
    sign_in(&world, &mut unknown)
        .await
        .expect_code(401, "passkey_refused");

    let mut touched = key.clone();
    touched.verifies = false;
    sign_in(&world, &mut touched)
        .await
        .expect_code(401, "passkey_refused");

    let mut elsewhere = key.clone();
    elsewhere.origin = "https://qiao.example.evil.example";
    sign_in(&world, &mut elsewhere)
        .await
        .expect_code(401, "passkey_refused");

    // A copy of the key: whoever is behind with the count loses.
    let mut copy = key.clone();
    sign_in(&world, &mut key).await.expect(200);
    sign_in(&world, &mut copy)
        .await
        .expect_code(401, "passkey_refused");
    sign_in(&world, &mut key).await.expect(200);

    let audit = desk.get("/api/v1/audit?limit=500").await.expect(200).to_string();
    assert_eq!(audit.matches("session.refused").count(), 3, "{audit}");
}

#[tokio::test]
async fn one_renames_and_removes_ones_own_and_a_reset_takes_all() {
    let (world, desk) = world().await;
    let mut key = Authenticator::new(ORIGIN);
    let kept = make(&desk, &mut key).await;
    let path = format!("/api/v1/me/passkeys/{}", kept["id"].as_str().unwrap());
    let other = second(&world).await;
    let renamed = json!({ "name": "家里的手机" });
    other
        .send("PATCH", &path, Some(renamed.clone()))
        .await
        .expect_code(404, "not_found");
    other
        .send("DELETE", &path, None)
        .await
        .expect_code(404, "not_found");
    desk.send("PATCH", &path, Some(renamed)).await.expect(204);
    let list = desk.get("/api/v1/me/passkeys").await.expect(200);
    assert_eq!(list[0]["name"], "家里的手机");
    assert_eq!(other.get("/api/v1/me/passkeys").await.expect(200), json!([]));

    desk.send("DELETE", &path, None).await.expect(204);
    sign_in(&world, &mut key)
        .await
        .expect_code(401, "passkey_refused");

    let mut theirs = Authenticator::new(ORIGIN);
    make(&other, &mut theirs).await;
    let reset = json!({ "password": PASSWORD });
    desk.post("/api/v1/accounts/b/reset", reset).await.expect(200);
    sign_in(&world, &mut theirs)
        .await
        .expect_code(401, "passkey_refused");
}

#[tokio::test]
async fn somebody_who_left_has_no_passkey_either() {
    let (world, desk) = world().await;
    let other = second(&world).await;
    let mut key = Authenticator::new(ORIGIN);
    make(&other, &mut key).await;
    desk.send("PATCH", "/api/v1/people/b", Some(json!({ "active": false })))
        .await
        .expect(200);
    sign_in(&world, &mut key)
        .await
        .expect_code(401, "bad_credentials");
}

#[tokio::test]
async fn passkeys_are_offered_where_the_address_has_a_name_and_the_line_is_trusted() {
    for (url, offered) in [
        (Some("https://qiao.example"), true),
        (Some("https://qiao.example:8443"), true),
        (Some("http://localhost:8470"), true),
        (Some("http://qiao.example"), false),
        (Some("https://10.1.2.3"), false),
        (None, false),
    ] {
        let world = World::with(|config| config.public_url = url.map(Into::into)).await;
        let asked = world
            .http
            .get(world.url("/api/v1/session/ways"))
            .send()
            .await
            .unwrap();
        let ways: Value = asked.json().await.unwrap();
        assert_eq!(ways["passkeys"], offered, "{url:?}");
        if !offered {
            let asked = world.post("/api/v1/session/passkey/question", json!({})).await;
            asked.expect_code(409, "passkeys_off");
        }
    }
}

#[tokio::test]
async fn another_site_signs_nobody_in() {
    let (world, desk) = world().await;
    let mut key = Authenticator::new(ORIGIN);
    make(&desk, &mut key).await;
    let answer = key.sign(&question(&world).await);
    let forged = world
        .http
        .post(world.url("/api/v1/session/passkey"))
        .header("sec-fetch-site", "cross-site")
        .json(&answer);
    crate::harness::Answer::of(forged.send().await.unwrap())
        .await
        .expect_code(403, "csrf_refused");
}

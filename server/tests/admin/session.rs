//! Signing in, staying in, and being thrown out.

use reqwest::header;
use serde_json::json;

use crate::harness::{Answer, HOUR_MS, MINUTE_MS, PASSWORD, World};
use qiao_server::registry::Role;

async fn browser_sign_in(world: &World, person: &crate::harness::Person, planted: Option<&str>) -> Answer {
    world.clock.advance_ms(30_000);
    let body = json!({ "login": person.login, "password": PASSWORD, "code": world.code(person) });
    let mut request = world
        .http
        .post(world.url("/api/v1/session"))
        .header("sec-fetch-site", "same-origin")
        .json(&body);
    if let Some(token) = planted {
        request = request.header(header::COOKIE, format!("__Host-qiao={token}"));
    }
    Answer::of(request.send().await.unwrap()).await
}

fn cookie(answer: &Answer) -> String {
    let line = answer.headers[header::SET_COOKIE].to_str().unwrap();
    line.split(';')
        .next()
        .unwrap()
        .split_once('=')
        .unwrap()
        .1
        .to_owned()
}

async fn me_with_cookie(world: &World, token: &str) -> u16 {
    let request = world
        .http
        .get(world.url("/api/v1/me"))
        .header(header::COOKIE, format!("__Host-qiao={token}"));
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn the_cookie_is_bound_to_the_host_and_hidden_from_scripts() {
    let world = World::new().await;
    world.person("a", "甲", Role::Admin, &[], None).await;
    let person = world.account("a").await;
    let answer = browser_sign_in(&world, &person, None).await;
    let line = answer.headers[header::SET_COOKIE].to_str().unwrap().to_owned();
    for attribute in ["__Host-qiao=", "Path=/", "HttpOnly", "SameSite=Strict", "Secure"] {
        assert!(line.contains(attribute), "{line}");
    }
    assert!(
        answer.body.get("token").is_none(),
        "the page never sees the token"
    );
    assert_eq!(me_with_cookie(&world, &cookie(&answer)).await, 200);
}

#[tokio::test]
async fn a_token_planted_before_sign_in_is_worth_nothing() {
    let world = World::new().await;
    world.person("a", "甲", Role::Admin, &[], None).await;
    let person = world.account("a").await;
    let planted = "A".repeat(43);
    let first = cookie(&browser_sign_in(&world, &person, Some(&planted)).await);
    assert_ne!(first, planted);
    assert_eq!(me_with_cookie(&world, &planted).await, 401);
    let second = cookie(&browser_sign_in(&world, &person, Some(&first)).await);
    assert_ne!(first, second);
    assert_eq!(
        me_with_cookie(&world, &first).await,
        401,
        "signing in again ends the session before"
    );
    assert_eq!(me_with_cookie(&world, &second).await, 200);
}

#[tokio::test]
async fn a_session_ends_after_half_an_hour_of_silence_and_after_twelve_hours_anyway() {
    let world = World::new().await;
    let desk = world.root().await;
    world.clock.advance_ms(29 * MINUTE_MS);
    desk.get("/api/v1/me").await.expect(200);
    world.clock.advance_ms(31 * MINUTE_MS);
    desk.get("/api/v1/me").await.expect_code(401, "signed_out");

    world.person("b", "乙", Role::Admin, &[], None).await;
    let person = world.account("b").await;
    let desk = world.sign_in(&person).await;
    for _ in 0..(12 * 3 - 1) {
        world.clock.advance_ms(20 * MINUTE_MS);
        desk.get("/api/v1/me").await.expect(200);
    }
    world.clock.advance_ms(20 * MINUTE_MS);
    desk.get("/api/v1/me").await.expect_code(401, "signed_out");
}

#[tokio::test]
async fn a_page_that_looks_for_news_by_itself_does_not_keep_a_desk_signed_in() {
    let world = World::new().await;
    let desk = world.root().await;
    for _ in 0..10 {
        world.clock.advance_ms(3 * MINUTE_MS);
        let asked = world.http.get(world.url("/api/v1/me"));
        let asked = asked.bearer_auth(&desk.token).header("x-qiao-background", "1");
        Answer::of(asked.send().await.unwrap()).await.expect(200);
    }
    world.clock.advance_ms(MINUTE_MS);
    desk.get("/api/v1/me").await.expect_code(401, "signed_out");
}

#[tokio::test]
async fn decisions_need_an_identity_confirmed_within_five_minutes() {
    let world = World::new().await;
    world.person("root", "根", Role::Admin, &[], None).await;
    let person = world.account("root").await;
    let desk = world.sign_in(&person).await;
    world.person("p1", "丙", Role::Team, &["v11"], None).await;
    let (_, device) = world.let_in(&desk, "p1").await;
    world.clock.advance_ms(6 * MINUTE_MS);
    let revoke = format!("/api/v1/devices/{device}/revoke");
    desk.post(&revoke, json!({ "reason": "x" }))
        .await
        .expect_code(403, "step_up_needed");
    let wrong = json!({ "password": PASSWORD, "code": "000000" });
    desk.post("/api/v1/session/step-up", wrong)
        .await
        .expect_code(401, "bad_credentials");
    let right = json!({ "password": PASSWORD, "code": world.code(&person) });
    desk.post("/api/v1/session/step-up", right).await.expect(204);
    desk.post(&revoke, json!({ "reason": "x" })).await.expect(200);
}

#[tokio::test]
async fn one_code_signs_in_once() {
    let world = World::new().await;
    world.person("a", "甲", Role::Admin, &[], None).await;
    let person = world.account("a").await;
    let body = json!({ "login": person.login, "password": PASSWORD, "code": world.code(&person) });
    world.post("/api/v1/session", body.clone()).await.expect(200);
    world
        .post("/api/v1/session", body)
        .await
        .expect_code(401, "bad_credentials");
}

#[tokio::test]
async fn a_recovery_code_stands_in_for_the_lost_phone_once() {
    let world = World::new().await;
    let desk = world.root().await;
    world.person("a", "甲", Role::Admin, &[], None).await;
    let account = json!({ "person": "a", "login": "jia", "password": PASSWORD });
    let secrets = desk.post("/api/v1/accounts", account).await.expect(201);
    let code = secrets["recovery_codes"][0].as_str().unwrap();
    let body = json!({ "login": "jia", "password": PASSWORD, "code": code });
    world.post("/api/v1/session", body.clone()).await.expect(200);
    world
        .post("/api/v1/session", body)
        .await
        .expect_code(401, "bad_credentials");
}

#[tokio::test]
async fn wrong_passwords_slow_an_account_down_but_never_lock_it_for_good() {
    let world = World::new().await;
    world.person("a", "甲", Role::Admin, &[], None).await;
    let person = world.account("a").await;
    let wrong = json!({ "login": person.login, "password": "not the password", "code": "" });
    for _ in 0..5 {
        world
            .post("/api/v1/session", wrong.clone())
            .await
            .expect_code(401, "bad_credentials");
    }
    let right = || json!({ "login": person.login, "password": PASSWORD, "code": world.code(&person) });
    let locked = world.post("/api/v1/session", right()).await;
    assert!(locked.headers.contains_key(header::RETRY_AFTER));
    locked.expect_code(429, "account_locked");
    world.clock.advance_ms(31_000);
    world.post("/api/v1/session", right()).await.expect(200);
}

#[tokio::test]
async fn a_login_that_does_not_exist_answers_like_one_that_does() {
    let world = World::new().await;
    let body = json!({ "login": "nobody", "password": PASSWORD });
    for _ in 0..5 {
        world
            .post("/api/v1/session", body.clone())
            .await
            .expect_code(401, "bad_credentials");
    }
    world
        .post("/api/v1/session", body)
        .await
        .expect_code(429, "account_locked");
}

#[tokio::test]
async fn one_address_cannot_try_for_ever() {
    let world = World::new().await;
    let mut refused = 0;
    for n in 0..25 {
        let body = json!({ "login": format!("nobody{n}"), "password": PASSWORD });
        refused += i32::from(world.post("/api/v1/session", body).await.code() == "too_many_requests");
    }
    assert_eq!(refused, 5);
}

#[tokio::test]
async fn one_sees_and_ends_ones_own_sessions_only() {
    let world = World::new().await;
    world.person("a", "甲", Role::Admin, &[], None).await;
    world.person("b", "乙", Role::Team, &["v11"], None).await;
    let (a, b) = (world.account("a").await, world.account("b").await);
    let (first, second, other) = (
        world.sign_in(&a).await,
        world.sign_in(&a).await,
        world.sign_in(&b).await,
    );
    let sessions = first.get("/api/v1/sessions").await.expect(200);
    assert_eq!(sessions.as_array().unwrap().len(), 2);
    let second_id = sessions
        .as_array()
        .unwrap()
        .iter()
        .find(|s| s["current"] == false)
        .unwrap()["id"]
        .clone();
    let path = format!("/api/v1/sessions/{}", second_id.as_str().unwrap());
    other
        .send("DELETE", &path, None)
        .await
        .expect_code(404, "not_found");
    second.get("/api/v1/me").await.expect(200);
    first.send("DELETE", &path, None).await.expect(204);
    second.get("/api/v1/me").await.expect_code(401, "signed_out");
    first.send("DELETE", "/api/v1/session", None).await.expect(204);
    first.get("/api/v1/me").await.expect_code(401, "signed_out");
}

#[tokio::test]
async fn another_site_cannot_use_the_cookie() {
    let world = World::new().await;
    world.person("a", "甲", Role::Admin, &[], None).await;
    let person = world.account("a").await;
    let token = cookie(&browser_sign_in(&world, &person, None).await);
    let forged = |headers: &[(&'static str, String)]| {
        let mut request = world
            .http
            .post(world.url("/api/v1/units"))
            .header(header::COOKIE, format!("__Host-qiao={token}"))
            .json(&json!({ "name": "单位" }));
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        async { Answer::of(request.send().await.unwrap()).await }
    };
    forged(&[]).await.expect_code(403, "csrf_refused");
    forged(&[("origin", "https://evil.example".into())])
        .await
        .expect_code(403, "csrf_refused");
    forged(&[
        ("sec-fetch-site", "cross-site".into()),
        ("x-qiao-csrf", "1".into()),
    ])
    .await
    .expect_code(403, "csrf_refused");
    forged(&[("sec-fetch-site", "same-origin".into())])
        .await
        .expect(201);
    forged(&[("origin", world.server.url.clone())]).await.expect(201);
    forged(&[("x-qiao-csrf", "1".into())]).await.expect(201);
    // A form cannot send JSON: the content type alone stops it.
    let form = world
        .http
        .post(world.url("/api/v1/session"))
        .header("content-type", "application/x-www-form-urlencoded");
    Answer::of(form.body("login=x&password=y").send().await.unwrap())
        .await
        .expect_code(415, "unsupported_media_type");
    let body = json!({ "login": person.login, "password": PASSWORD, "code": "" });
    let planted = world
        .http
        .post(world.url("/api/v1/session"))
        .header("origin", "https://evil.example")
        .json(&body);
    Answer::of(planted.send().await.unwrap())
        .await
        .expect_code(403, "csrf_refused");
}

#[tokio::test]
async fn the_store_holds_no_token_and_no_password() {
    let world = World::new().await;
    let desk = world.root().await;
    let token = desk.token.clone();
    world.clock.advance_ms(HOUR_MS / 60);
    let dir = world.stop().await;
    let mut stored = std::fs::read(dir.path().join("qiao.sqlite")).unwrap();
    stored.extend(std::fs::read(dir.path().join("qiao.sqlite-wal")).unwrap_or_default());
    for secret in [token.as_bytes(), PASSWORD.as_bytes()] {
        assert!(!stored.windows(secret.len()).any(|window| window == secret));
    }
}

#[tokio::test]
async fn a_new_password_needs_the_old_one_and_signs_out_every_other_desk() {
    let world = World::new().await;
    world.person("b", "乙", Role::Team, &["v11"], None).await;
    let person = world.account("b").await;
    let (here, there) = (world.sign_in(&person).await, world.sign_in(&person).await);
    let new = "a new horse, another battery";
    let change = |password: &str, code: String, chosen: &str| json!({ "password": password, "code": code, "new_password": chosen });
    world.clock.advance_ms(30_000);
    // However recently the identity was confirmed: whoever passes by an open desk must not take the account.
    here.post("/api/v1/me/password", change("wrong", world.code(&person), new))
        .await
        .expect_code(401, "bad_credentials");
    here.post("/api/v1/me/password", change(PASSWORD, "000000".into(), new))
        .await
        .expect_code(401, "bad_credentials");
    here.post(
        "/api/v1/me/password",
        change(PASSWORD, world.code(&person), "short"),
    )
    .await
    .expect_code(422, "invalid");
    here.post("/api/v1/me/password", change(PASSWORD, world.code(&person), new))
        .await
        .expect(204);
    here.get("/api/v1/me").await.expect(200);
    there.get("/api/v1/me").await.expect_code(401, "signed_out");

    world.clock.advance_ms(30_000);
    let sign_in =
        |password: &str| json!({ "login": person.login, "password": password, "code": world.code(&person) });
    world
        .post("/api/v1/session", sign_in(PASSWORD))
        .await
        .expect_code(401, "bad_credentials");
    world.post("/api/v1/session", sign_in(new)).await.expect(200);
}

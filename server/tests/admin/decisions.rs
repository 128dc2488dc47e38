//! What administrators decide about devices, and what follows from it.

use qiao_server::registry::devices::Status;
use qiao_server::registry::{Role, devices, grants};
use serde_json::json;
use sync_core::id::DeviceId;

use crate::harness::{Phone, World};

async fn stored(world: &World, device: &str) -> devices::Device {
    devices::by_id(&world.server.app, &DeviceId::from_hex(device).unwrap())
        .await
        .unwrap()
        .unwrap()
}

async fn feeds(world: &World, device: &str) -> Vec<String> {
    let device = stored(world, device).await;
    let feeds = grants::scope_feeds(&world.server.app, &device).await.unwrap();
    feeds.iter().map(|feed| feed.as_str().to_owned()).collect()
}

#[tokio::test]
async fn every_decision_raises_the_grant_version_and_says_so() {
    let world = World::new().await;
    let desk = world.root().await;
    world.person("p1", "李敏", Role::Team, &["v11"], None).await;
    let (_, device) = world.let_in(&desk, "p1").await;
    let mut wakes = world.server.app.relay.bus().subscribe();
    let path = |what: &str| format!("/api/v1/devices/{device}/{what}");
    let mut version = stored(&world, &device).await.grant_version;
    for (what, body, status) in [
        ("extend", json!({}), Status::Active),
        ("rotate", json!({}), Status::Active),
        ("suspend", json!({ "reason": "核查" }), Status::Suspended),
        ("resume", json!({}), Status::Active),
        ("lost", json!({ "reason": "丢失" }), Status::Lost),
        ("revoke", json!({ "reason": "确认丢失" }), Status::Revoked),
    ] {
        desk.post(&path(what), body).await.expect(200);
        let now = stored(&world, &device).await;
        assert_eq!((now.status, now.grant_version), (status, version + 1), "{what}");
        let no = u64::try_from(now.no).unwrap();
        assert_eq!(
            wakes.recv().await.unwrap().standings,
            [no],
            "{what}: live connections are told"
        );
        version = now.grant_version;
    }
    let grant = grants::grant_for(&world.server.app, stored(&world, &device).await.no)
        .await
        .unwrap();
    assert!(grant.token.is_none() && !grant.is_active(world.clock.now_ms()));
}

#[tokio::test]
async fn what_is_over_stays_over() {
    let world = World::new().await;
    let desk = world.root().await;
    world.person("p1", "李敏", Role::Team, &["v11"], None).await;
    let (phone, device) = world.let_in(&desk, "p1").await;
    let path = |what: &str| format!("/api/v1/devices/{device}/{what}");
    desk.post(&path("revoke"), json!({})).await.expect(200);
    for what in ["extend", "rotate", "suspend", "resume", "lost", "revoke"] {
        desk.post(&path(what), json!({}))
            .await
            .expect_code(409, "wrong_state");
    }
    let approve = format!("/api/v1/enrolments/{device}/approve");
    desk.post(&approve, json!({ "words_compared": true }))
        .await
        .expect_code(409, "wrong_state");
    let again = world
        .post("/enrol/v1/requests", phone.walk_up("李敏", "v11"))
        .await
        .expect(201);
    assert_eq!(
        again["status"], "revoked",
        "the same key does not get a second chance"
    );
}

#[tokio::test]
async fn a_denied_phone_learns_what_the_administrator_wrote_and_a_revoked_one_does_not() {
    let world = World::new().await;
    let desk = world.root().await;
    let phone = Phone::new("Redmi 9A");
    let asked = world
        .post("/enrol/v1/requests", phone.walk_up("李敏", "v11"))
        .await
        .expect(201);
    let pending = world
        .post("/enrol/v1/requests", phone.request(None))
        .await
        .expect(201);
    assert_eq!(pending["status"], "pending", "asked without code and name");
    assert!(pending.get("denied_because").is_none());
    let device = asked["device_id"].as_str().unwrap();
    let words = "本村没有这个人";
    desk.post(
        &format!("/api/v1/enrolments/{device}/deny"),
        json!({ "reason": words }),
    )
    .await
    .expect(200);
    let denied = world
        .post("/enrol/v1/requests", phone.request(None))
        .await
        .expect(201);
    assert_eq!(
        (&denied["status"], &denied["denied_because"]),
        (&json!("denied"), &json!(words))
    );

    world.person("p1", "李敏", Role::Team, &["v11"], None).await;
    let (phone, device) = world.let_in(&desk, "p1").await;
    desk.post(
        &format!("/api/v1/devices/{device}/revoke"),
        json!({ "reason": "借给了外人" }),
    )
    .await
    .expect(200);
    let revoked = world
        .post("/enrol/v1/requests", phone.request(None))
        .await
        .expect(201);
    assert_eq!(revoked["status"], "revoked");
    assert!(
        revoked.get("denied_because").is_none(),
        "that is for administrators"
    );
}

#[tokio::test]
async fn a_new_phone_takes_the_old_ones_place_when_it_is_let_in() {
    let world = World::new().await;
    let desk = world.root().await;
    world
        .person("p1", "李敏", Role::Team, &["v11", "v12"], None)
        .await;
    let (_, old) = world.let_in(&desk, "p1").await;
    let made = desk
        .post(&format!("/api/v1/devices/{old}/replace"), json!({}))
        .await
        .expect(201);
    let phone = Phone::new("Redmi 9A");
    let enrolled = world
        .post("/enrol/v1/requests", phone.request(made["code"].as_str()))
        .await
        .expect(201);
    let new = enrolled["device_id"].as_str().unwrap();
    assert_eq!(
        stored(&world, &old).await.status,
        Status::Active,
        "until the decision, the old one goes on"
    );

    let pending = desk.get("/api/v1/enrolments").await.expect(200);
    let hints: Vec<_> = pending["items"][0]["hints"]
        .as_array()
        .unwrap()
        .iter()
        .map(|hint| hint["kind"].as_str().unwrap())
        .collect();
    assert_eq!(hints, ["replaces", "same_model"]);

    let approve = format!("/api/v1/enrolments/{new}/approve");
    let view = desk
        .post(&approve, json!({ "words_compared": true }))
        .await
        .expect(200);
    assert_eq!(view["replaces"], old.as_str());
    assert_eq!(stored(&world, &old).await.status, Status::Replaced);
    assert_eq!(
        feeds(&world, new).await,
        ["casework/v11", "casework/v12", "village/v11", "village/v12"]
    );
}

#[tokio::test]
async fn nobodys_phone_takes_the_place_of_somebody_elses() {
    let world = World::new().await;
    let desk = world.root().await;
    world.person("p1", "李敏", Role::Team, &["v11"], None).await;
    world.person("p2", "王芳", Role::Team, &["v11"], None).await;
    let (_, theirs) = world.let_in(&desk, "p1").await;
    let made = desk
        .post("/api/v1/invitations", json!({ "person": "p2" }))
        .await
        .expect(201);
    let enrolled = world
        .post(
            "/enrol/v1/requests",
            Phone::new("A").request(made["code"].as_str()),
        )
        .await
        .expect(201);
    let approve = format!(
        "/api/v1/enrolments/{}/approve",
        enrolled["device_id"].as_str().unwrap()
    );
    let body = json!({ "words_compared": true, "replaces": theirs });
    desk.post(&approve, body).await.expect_code(422, "invalid");
    // Nor the server's own.
    let relay = world.server.app.relay_device.to_hex();
    desk.post(&approve, json!({ "words_compared": true, "replaces": relay }))
        .await
        .expect_code(422, "invalid");
    desk.post(&format!("/api/v1/devices/{relay}/rotate"), json!({}))
        .await
        .expect_code(403, "not_allowed");
}

#[tokio::test]
async fn a_person_who_moves_takes_their_devices_with_them() {
    let world = World::new().await;
    let desk = world.root().await;
    world.person("p1", "李敏", Role::Team, &["v11"], None).await;
    let (_, device) = world.let_in(&desk, "p1").await;
    let before = stored(&world, &device).await.grant_version;
    let moved = Some(json!({ "places": ["v21"] }));
    desk.send("PATCH", "/api/v1/people/p1", moved).await.expect(200);
    assert_eq!(feeds(&world, &device).await, ["casework/v21", "village/v21"]);
    let now = stored(&world, &device).await;
    assert_eq!(
        (now.grant_version, now.scope.township.as_deref()),
        (before + 1, Some("t2"))
    );

    let gone = Some(json!({ "active": false }));
    desk.send("PATCH", "/api/v1/people/p1", gone).await.expect(200);
    assert_eq!(stored(&world, &device).await.status, Status::Suspended);
}

#[tokio::test]
async fn a_township_sees_a_village_that_is_added_later() {
    let world = World::new().await;
    let desk = world.root().await;
    world.person("t", "乡干部", Role::Township, &["t1"], None).await;
    let (_, device) = world.let_in(&desk, "t").await;
    assert_eq!(
        feeds(&world, &device).await,
        [
            "casework/v11",
            "casework/v12",
            "township/t1",
            "village/v11",
            "village/v12"
        ]
    );
    let before = stored(&world, &device).await.grant_version;
    let village = json!({ "id": "v13", "level": "village", "name": "新村", "parent": "t1" });
    desk.post("/api/v1/places", village).await.expect(201);
    assert_eq!(feeds(&world, &device).await.last().unwrap(), "village/v13");
    assert_eq!(stored(&world, &device).await.grant_version, before + 1);
}

#[tokio::test]
async fn roles_need_the_places_that_fit_them() {
    let world = World::new().await;
    let desk = world.root().await;
    let refused = [
        json!({ "name": "甲", "role": "team", "places": [] }),
        json!({ "name": "甲", "role": "team", "places": ["t1"] }),
        json!({ "name": "甲", "role": "team", "places": ["nowhere"] }),
        json!({ "name": "甲", "role": "team", "places": ["v11"], "unit": "u1" }),
        json!({ "name": "甲", "role": "township", "places": ["t1", "t2"] }),
        json!({ "name": "甲", "role": "county", "places": ["v11"] }),
        json!({ "name": "甲", "role": "unit" }),
        json!({ "name": "甲", "role": "unit", "unit": "nobody" }),
        json!({ "name": "甲", "role": "relay" }),
        json!({ "name": " ", "role": "team", "places": ["v11"] }),
        json!({ "name": "甲", "role": "team", "places": ["v11"], "phone": "call me" }),
        json!({ "name": "甲", "role": "team", "places": ["v11"], "id": "a b" }),
    ];
    for person in refused {
        let answer = desk.post("/api/v1/people", person.clone()).await;
        assert!(
            answer.body["errors"][0]["field"]
                .as_str()
                .is_some_and(|field| field.starts_with('/')),
            "{person}"
        );
        answer.expect_code(422, "invalid");
    }
    desk.post(
        "/api/v1/people",
        json!({ "name": "甲", "role": "unit", "unit": "u1" }),
    )
    .await
    .expect(201);
}

#[tokio::test]
async fn a_pairing_stands_by_a_village_or_by_one_household() {
    let world = World::new().await;
    let desk = world.root().await;
    world.person("cadre", "帮扶人", Role::Unit, &[], Some("u1")).await;
    let household = json!({ "unit": "u1", "household": "h001", "person": "cadre" });
    let made = desk.post("/api/v1/pairings", household).await.expect(201);
    desk.post("/api/v1/pairings", json!({ "unit": "u1", "village": "v11" }))
        .await
        .expect(201);
    for wrong in [
        json!({ "unit": "u1" }),
        json!({ "unit": "u1", "village": "v11", "household": "h001" }),
        json!({ "unit": "u1", "village": "t1" }),
        json!({ "unit": "nobody", "village": "v11" }),
        json!({ "unit": "u1", "household": "h001", "person": "root" }),
    ] {
        desk.post("/api/v1/pairings", wrong)
            .await
            .expect_code(422, "invalid");
    }
    let path = format!("/api/v1/pairings/{}", made["id"].as_str().unwrap());
    desk.send("DELETE", &path, None).await.expect(204);
    desk.send("DELETE", &path, None)
        .await
        .expect_code(404, "not_found");
    assert_eq!(
        desk.get("/api/v1/pairings?unit=u1")
            .await
            .expect(200)
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn lists_come_in_pages_without_gaps() {
    let world = World::new().await;
    let desk = world.root().await;
    for n in 0..7 {
        world
            .person(&format!("p{n}"), "村干", Role::Committee, &["v11"], None)
            .await;
    }
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = desk
            .get(&format!("/api/v1/people?role=committee&limit=3&after={after}"))
            .await
            .expect(200);
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 3);
        seen.extend(
            items
                .iter()
                .map(|person| person["id"].as_str().unwrap().to_owned()),
        );
        match page["next"].as_str() {
            Some(next) => after = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(seen, ["p0", "p1", "p2", "p3", "p4", "p5", "p6"]);
}

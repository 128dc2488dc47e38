//! The offices' doors: which role gets through which, and what leaves only with a confirmed identity.

use qiao_server::registry::Role;
use serde_json::{Value, json};

use crate::harness::{Answer, Desk, Person, World};

async fn desk(world: &World, role: Role, places: &[&str], unit: Option<&str>) -> (Desk, Person) {
    let id = format!("p-{}", role.as_str());
    world.person(&id, "某人", role, places, unit).await;
    let person = world.account(&id).await;
    let desk = world.sign_in(&person).await;
    // Signing in confirms who it is, for a while.
    world.clock.advance_ms(6 * crate::harness::MINUTE_MS);
    (desk, person)
}

async fn step_up(world: &World, desk: &Desk, person: &Person) {
    world.clock.advance_ms(30_000);
    let proof = json!({ "password": crate::harness::PASSWORD, "code": world.code(person) });
    desk.post("/api/v1/session/step-up", proof).await.expect(204);
}

#[tokio::test]
async fn every_role_gets_through_its_own_doors_only() {
    let world = World::new().await;
    let near: &[(&str, &str, Value, u16)] = &[
        ("POST", "/api/v1/households/search", json!({ "q": "张" }), 200),
        ("GET", "/api/v1/households/h1", Value::Null, 404),
        ("GET", "/api/v1/documents/h1/history", Value::Null, 404),
        ("GET", "/api/v1/needs?overdue=true", Value::Null, 200),
        ("GET", "/api/v1/overview", Value::Null, 200),
        ("GET", "/api/v1/activity?months=3", Value::Null, 200),
        ("GET", "/api/v1/filters", Value::Null, 200),
        ("POST", "/api/v1/exports/households", json!({ "search": {} }), 403),
    ];
    let cases = [
        (Role::Team, vec!["v11"], None),
        (Role::Committee, vec!["v11"], None),
        (Role::VillageCadre, vec!["v11", "v12"], None),
        (Role::Township, vec!["t1"], None),
        (Role::County, vec!["c1"], None),
        (Role::Unit, vec![], Some("u1")),
    ];
    for (role, places, unit) in cases {
        let (desk, _) = desk(&world, role, &places, unit).await;
        for (method, path, body, status) in near {
            let body = Some(body.clone()).filter(|body| !body.is_null());
            let answer = desk.send(method, path, body).await;
            let households = path.contains("households");
            let expected = if role == Role::Unit && households {
                403
            } else {
                *status
            };
            assert_eq!(
                answer.status,
                expected,
                "{} {method} {path}: {}",
                role.as_str(),
                answer.text
            );
        }
        for path in [
            "/api/v1/overview?place=t2",
            "/api/v1/needs?village=v21",
            "/api/v1/activity?village=v21",
        ] {
            let answer = desk.get(path).await;
            let own = role == Role::County || (role == Role::Unit && path.contains("needs"));
            assert_eq!(
                answer.status == 200,
                own,
                "{} {path}: {}",
                role.as_str(),
                answer.text
            );
        }
    }
    world.stop().await;
}

#[tokio::test]
async fn what_is_asked_wrongly_is_said_field_by_field() {
    let world = World::new().await;
    let (desk, _) = desk(&world, Role::Township, &["t1"], None).await;
    for (search, field) in [
        (json!({ "q": "长".repeat(101) }), "/q"),
        (json!({ "q": "·" }), "/q"),
        (json!({ "gap": ["water", "roof"] }), "/gap/1"),
        (json!({ "not_visited_days": 0 }), "/not_visited_days"),
        (json!({ "cursor": "!" }), "/cursor"),
        (json!({ "risk": vec!["x"; 501] }), "/risk"),
    ] {
        let answer = desk.post("/api/v1/households/search", search).await.expect(422);
        assert_eq!(answer["errors"][0]["field"], field);
    }
    for path in [
        "/api/v1/needs?waiting=whatever",
        "/api/v1/needs?limit=many",
        "/api/v1/overview?silent_days=x",
    ] {
        desk.get(path).await.expect_code(400, "malformed");
    }
    for path in ["/api/v1/overview?silent_days=0", "/api/v1/activity?months=99"] {
        desk.get(path).await.expect_code(422, "invalid");
    }
    world.stop().await;
}

#[tokio::test]
async fn kept_searches_are_ones_own_and_bounded() {
    let world = World::new().await;
    let (own, _) = desk(&world, Role::Township, &["t1"], None).await;
    let (other, _) = desk(&world, Role::County, &["c1"], None).await;
    let filter = json!({ "page": "households", "name": "高风险未走访", "query": { "not_visited_days": 90 } });
    let kept = own.post("/api/v1/filters", filter.clone()).await.expect(201);
    assert_eq!(own.get("/api/v1/filters").await.expect(200), json!([kept]));
    assert_eq!(other.get("/api/v1/filters").await.expect(200), json!([]));
    let path = format!("/api/v1/filters/{}", kept["id"].as_str().unwrap());
    other
        .send("DELETE", &path, None)
        .await
        .expect_code(404, "not_found");
    own.send("DELETE", &path, None).await.expect(204);
    own.send("DELETE", &path, None)
        .await
        .expect_code(404, "not_found");
    for (field, value) in [
        ("page", json!("people")),
        ("name", json!("")),
        ("query", json!([1])),
        ("query", json!({ "q": "长".repeat(2_000) })),
    ] {
        let mut bad = filter.clone();
        bad[field] = value;
        let answer = own.post("/api/v1/filters", bad).await.expect(422);
        assert_eq!(answer["errors"][0]["field"], format!("/{field}"));
    }
    for _ in 0..50 {
        own.post("/api/v1/filters", filter.clone()).await.expect(201);
    }
    own.post("/api/v1/filters", filter)
        .await
        .expect_code(409, "wrong_state");
    world.stop().await;
}

#[tokio::test]
async fn a_sheet_leaves_with_a_confirmed_identity_and_is_noted() {
    let world = World::new().await;
    let (town, person) = desk(&world, Role::Township, &["t1"], None).await;
    let path = "/api/v1/exports/households";
    town.post(path, json!({ "search": {} }))
        .await
        .expect_code(403, "step_up_needed");
    step_up(&world, &town, &person).await;
    let sheet = town
        .post(path, json!({ "search": {}, "columns": ["householder", "phone"] }))
        .await;
    assert_eq!(sheet.status, 200, "{}", sheet.text);
    assert_eq!(sheet.headers["cache-control"], "no-store");
    assert!(
        sheet.headers["content-type"]
            .to_str()
            .unwrap()
            .contains("spreadsheetml")
    );
    for column in ["id_number", "phone"] {
        let columns = json!({ "search": {}, "columns": ["phone", column] });
        town.post(path, columns).await.expect_code(422, "invalid");
    }
    let (county, person) = desk(&world, Role::County, &["c1"], None).await;
    step_up(&world, &county, &person).await;
    let refused = county
        .post(path, json!({ "search": {}, "columns": ["phone"] }))
        .await
        .expect(422);
    assert_eq!(
        refused["errors"],
        json!([{ "field": "/columns/0", "code": "not_allowed" }])
    );
    let (unit, person) = desk(&world, Role::Unit, &[], Some("u1")).await;
    step_up(&world, &unit, &person).await;
    unit.post(path, json!({ "search": {} }))
        .await
        .expect_code(403, "not_allowed");
    let root = world.root().await;
    let noted: Answer = root.get("/api/v1/audit?action=households.export").await;
    let noted = noted.expect(200);
    assert_eq!(noted["items"].as_array().unwrap().len(), 1);
    assert_eq!(noted["items"][0]["actor"], "p-township");
    world.stop().await;
}

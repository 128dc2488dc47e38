//! Tokens that open nothing, and how far a township's administrator reaches. Roles and doors are [`crate::rights`]'s.

use serde_json::json;

use crate::harness::{Desk, World};
use qiao_server::registry::Role;

/// Method and path of every described operation but those that say they need nobody: signing in and asking to be let in
/// (which those are, `rights.txt` says).
fn operations() -> Vec<(String, String)> {
    let description = serde_json::to_value(qiao_server::router::openapi()).unwrap();
    let mut all = Vec::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            if operation["security"] != json!([{}]) {
                all.push((method.to_ascii_uppercase(), path.clone()));
            }
        }
    }
    assert!(all.len() >= 35, "the description lost its operations");
    all
}

fn fill(path: &str) -> String {
    path.replace("{device_id}", &"00".repeat(16))
        .replace("{id}", "nothing")
        .replace("{person}", "nothing")
}

async fn status_of(desk: &Desk, method: &str, path: &str) -> (u16, String) {
    let body = matches!(method, "POST" | "PATCH").then(|| json!({}));
    let answer = desk.send(method, &fill(path), body).await;
    (answer.status, answer.code().to_owned())
}

#[tokio::test]
async fn nobody_gets_anywhere_without_signing_in() {
    let world = World::new().await;
    for token in ["", "nonsense", &"A".repeat(43)] {
        let desk = world.desk(token);
        for (method, path) in operations() {
            let (status, code) = status_of(&desk, &method, &path).await;
            assert_eq!((status, code.as_str()), (401, "signed_out"), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_township_administrator_stays_in_the_township() {
    let world = World::new().await;
    let (root, desk) = (world.root().await, world.township_admin("t1").await);
    world.person("own", "自己人", Role::Team, &["v11"], None).await;
    world.person("other", "外乡人", Role::Team, &["v21"], None).await;
    world
        .person("both", "两边人", Role::Team, &["v11", "v21"], None)
        .await;
    world.person("unit", "单位人", Role::Unit, &[], Some("u1")).await;

    let people = desk.get("/api/v1/people").await.expect(200);
    let ids: Vec<_> = people["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["id"].as_str().unwrap())
        .collect();
    assert_eq!(
        ids,
        ["own"],
        "neither strangers, nor those who reach beyond, nor administrators"
    );
    let places = desk.get("/api/v1/places").await.expect(200);
    assert_eq!(places.as_array().unwrap().len(), 3);

    desk.get("/api/v1/people/own").await.expect(200);
    for person in ["other", "both", "unit", "root"] {
        desk.get(&format!("/api/v1/people/{person}"))
            .await
            .expect_code(403, "outside_area");
        let rename = Some(json!({ "name": "新名" }));
        desk.send("PATCH", &format!("/api/v1/people/{person}"), rename)
            .await
            .expect_code(403, "outside_area");
        desk.post("/api/v1/invitations", json!({ "person": person }))
            .await
            .expect_code(403, "outside_area");
    }
    // Not by moving somebody out, nor by asking for more than one has, nor by making an equal.
    let out = Some(json!({ "places": ["v21"] }));
    desk.send("PATCH", "/api/v1/people/own", out)
        .await
        .expect_code(403, "outside_area");
    let promoted = Some(json!({ "role": "admin", "places": ["t1"] }));
    desk.send("PATCH", "/api/v1/people/own", promoted)
        .await
        .expect_code(403, "outside_area");
    let wider = json!({ "person": "own", "places": ["v11", "v21"] });
    desk.post("/api/v1/invitations", wider)
        .await
        .expect_code(403, "outside_area");
    let admin = json!({ "person": "own", "role": "admin", "places": ["t1"] });
    desk.post("/api/v1/invitations", admin)
        .await
        .expect_code(403, "outside_area");
    let equal = json!({ "name": "同级", "role": "admin", "places": ["t1"] });
    desk.post("/api/v1/people", equal)
        .await
        .expect_code(403, "outside_area");
    desk.post("/api/v1/units", json!({ "name": "新单位" }))
        .await
        .expect_code(403, "outside_area");
    desk.get("/api/v1/accounts")
        .await
        .expect_code(403, "outside_area");
    desk.get("/api/v1/audit").await.expect_code(403, "outside_area");

    let (_, theirs) = world.let_in(&root, "other").await;
    desk.get(&format!("/api/v1/devices/{theirs}"))
        .await
        .expect_code(403, "outside_area");
    desk.post(&format!("/api/v1/devices/{theirs}/revoke"), json!({}))
        .await
        .expect_code(403, "outside_area");
    let (_, ours) = world.let_in(&desk, "own").await;
    desk.post(&format!("/api/v1/devices/{ours}/revoke"), json!({}))
        .await
        .expect(200);
    let listed = desk.get("/api/v1/devices").await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
}

//! A lost phone's late edits: nobody sees them until an administrator has read them and decided.

use qiao_server::registry::Role;
use serde_json::{Value, json};

use crate::harness::{Desk, World};
use crate::phone::RealPhone;

fn set(doc: &str, field: &str, value: &str) -> Value {
    json!({ "doc": doc, "ops": [{ "op": "set", "path": [field], "value": value }] })
}

fn numbers(page: &Value) -> Vec<u64> {
    page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["no"].as_u64().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn late_edits_of_a_lost_phone_wait_are_read_and_decided_one_by_one() {
    let world = World::new().await;
    let root = world.root().await;
    let (ours, theirs) = (world.township_admin("t1").await, world.township_admin("t2").await);
    world.person("p1", "李敏", Role::Team, &["v11"], None).await;
    world.person("p2", "王芳", Role::Team, &["v11"], None).await;
    let lost = RealPhone::let_in(&world, &root, "p1").await;
    let other = RealPhone::let_in(&world, &root, "p2").await;
    lost.edit(json!({ "new": "household", "village": "v11", "id": "h1",
        "value": { "householder": "沈清华", "phone": "13511110000" } }));
    lost.sync().await;
    other.sync().await;
    assert_eq!(other.read("h1", "phone"), "13511110000");

    // Lost, still edited by whoever holds it, reported, and then in range once more.
    lost.edit(set("h1", "phone", "13522220000"));
    lost.edit(set("h1", "address", "村口第一家"));
    let report = format!("/api/v1/devices/{}/lost", lost.id);
    ours.post(&report, json!({ "reason": "掉在车上" }))
        .await
        .expect(200);
    lost.sync().await;
    other.sync().await;
    assert_eq!(
        other.read("h1", "phone"),
        "13511110000",
        "nothing of it is delivered"
    );

    let elsewhere = theirs.get("/api/v1/quarantine").await.expect(200);
    assert_eq!(numbers(&elsewhere), [0_u64; 0]);
    let page = ours
        .get(&format!("/api/v1/quarantine?device_id={}", lost.id))
        .await
        .expect(200);
    let waiting = numbers(&page);
    assert_eq!(waiting.len(), 2);
    let first = &page["items"][0];
    assert_eq!(
        (first["doc"].as_str(), first["person"].as_str()),
        (Some("h1"), Some("p1"))
    );
    assert_eq!(
        first["changes"][0],
        json!({ "path": ["phone"], "before": "13511110000", "after": "13522220000" })
    );

    let decide = async |desk: &Desk, what: &str, number: u64| {
        desk.post(
            &format!("/api/v1/quarantine/{what}"),
            json!({ "numbers": [number] }),
        )
        .await
    };
    decide(&theirs, "release", waiting[1])
        .await
        .expect_code(403, "outside_area");
    decide(&ours, "discard", waiting[0]).await.expect(200);
    let released = decide(&ours, "release", waiting[1]).await.expect(200);
    let again = decide(&ours, "discard", waiting[1]).await.expect(200);
    assert_eq!(
        again[0]["outcome"],
        if released[0]["outcome"] == "done" {
            "decided_before"
        } else {
            "done"
        }
    );
    assert_eq!(
        decide(&ours, "release", 999).await.expect(200)[0]["outcome"],
        "unknown"
    );
    other.sync().await;
    assert_eq!(other.read("h1", "phone"), "13511110000");

    let audit = root.get("/api/v1/audit?limit=10").await.expect(200);
    let actions: Vec<_> = audit["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["action"].as_str().unwrap())
        .collect();
    for action in ["quarantine.read", "quarantine.discard", "quarantine.release"] {
        assert!(actions.contains(&action), "{actions:?}");
    }
    assert!(!audit.to_string().contains("13522220000"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_released_edit_reaches_everybody_in_its_authors_name() {
    let world = World::new().await;
    let root = world.root().await;
    world.person("p1", "李敏", Role::Team, &["v11"], None).await;
    world.person("p2", "王芳", Role::Team, &["v11"], None).await;
    let lost = RealPhone::let_in(&world, &root, "p1").await;
    let other = RealPhone::let_in(&world, &root, "p2").await;
    lost.edit(
        json!({ "new": "household", "village": "v11", "id": "h1", "value": { "householder": "沈清华" } }),
    );
    lost.sync().await;
    lost.edit(set("h1", "address", "村口第一家"));
    root.post(&format!("/api/v1/devices/{}/revoke", lost.id), json!({}))
        .await
        .expect(200);
    lost.sync().await;
    let page = root.get("/api/v1/quarantine").await.expect(200);
    let outcome = root
        .post("/api/v1/quarantine/release", json!({ "numbers": numbers(&page) }))
        .await
        .expect(200);
    assert_eq!(outcome[0]["outcome"], "done", "{outcome}");
    other.sync().await;
    assert_eq!(other.read("h1", "address"), "村口第一家");
    assert_eq!(
        numbers(&root.get("/api/v1/quarantine").await.expect(200)),
        [0_u64; 0]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn deciding_needs_a_confirmed_identity_and_a_bounded_list() {
    let world = World::new().await;
    let root = world.root().await;
    let path = "/api/v1/quarantine/discard";
    root.post(path, json!({ "numbers": [] }))
        .await
        .expect_code(422, "invalid");
    root.post(path, json!({ "numbers": vec![1; 201] }))
        .await
        .expect_code(422, "invalid");
    world.clock.advance_ms(6 * crate::harness::MINUTE_MS);
    root.post(path, json!({ "numbers": [1] }))
        .await
        .expect_code(403, "step_up_needed");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_in_a_place_is_counted_for_whoever_administers_it() {
    let world = World::new().await;
    let root = world.root().await;
    let (ours, theirs) = (world.township_admin("t1").await, world.township_admin("t2").await);
    world.person("p1", "李敏", Role::Team, &["v11"], None).await;
    let phone = RealPhone::let_in(&world, &root, "p1").await;
    for id in ["h1", "h2"] {
        phone.edit(
            json!({ "new": "household", "village": "v11", "id": id, "value": { "householder": "沈清华" } }),
        );
    }
    phone.edit(json!({ "new": "need", "household": "h1", "value": { "title": "修水管", "state": "open" } }));
    phone.sync().await;
    let both = json!({ "households": 2, "open_needs": 1 });
    for place in ["v11", "t1"] {
        assert_eq!(
            ours.get(&format!("/api/v1/places/{place}/figures"))
                .await
                .expect(200),
            both
        );
    }
    assert_eq!(root.get("/api/v1/places/c1/figures").await.expect(200), both);
    assert_eq!(
        root.get("/api/v1/places/t2/figures").await.expect(200),
        json!({ "households": 0, "open_needs": 0 })
    );
    theirs
        .get("/api/v1/places/v11/figures")
        .await
        .expect_code(403, "outside_area");
}

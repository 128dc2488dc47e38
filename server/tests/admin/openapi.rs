//! The description that is served is the one that is kept.

use crate::harness::{Answer, World};

#[tokio::test]
async fn the_kept_description_is_the_served_one() {
    let world = World::new().await;
    let served = world
        .http
        .get(world.url("/api/v1/openapi.json"))
        .send()
        .await
        .unwrap();
    let served = Answer::of(served).await.expect(200);
    let kept: serde_json::Value = serde_json::from_str(include_str!("../../openapi.json")).unwrap();
    assert!(
        served == kept,
        "server/openapi.json is stale; write it again with: cargo run -q -p qiao-server -- openapi > server/openapi.json"
    );
    assert!(kept["openapi"].as_str().unwrap().starts_with("3.1"));
}

#[test]
fn every_operation_has_a_name_a_tag_and_an_error() {
    let kept: serde_json::Value = serde_json::from_str(include_str!("../../openapi.json")).unwrap();
    let mut names = std::collections::BTreeSet::new();
    for (path, operations) in kept["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let name = operation["operationId"]
                .as_str()
                .unwrap_or_else(|| panic!("{method} {path} has no name"));
            assert!(names.insert(name.to_owned()), "{name} twice");
            assert!(operation["tags"][0].is_string(), "{method} {path} has no tag");
            let responses = operation["responses"].as_object().unwrap();
            assert!(
                responses.keys().any(|status| status.starts_with('4')),
                "{method} {path} cannot fail?"
            );
        }
    }
}

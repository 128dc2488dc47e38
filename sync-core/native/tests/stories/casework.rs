//! An application on a device without signal: shown with where it stands, before any server has heard of it.

use serde_json::json;
use sync_core::id::DocId;

use crate::common::{Disk, NOON_MS, create, edit, household, open};

#[test]
fn an_application_made_without_signal_is_shown_with_where_it_stands() {
    let disk = Disk::default();
    let mut device = create(&disk, 1);
    device.edit(&household("h1", "沈清华")).unwrap();
    let asked = device
        .edit(&edit(json!({
            "new": "application", "household": "h1",
            "value": {"procedure": "minimum_living", "applicant": "沈清华"},
        })))
        .unwrap();
    assert!(asked.as_str().starts_with("h1.a"), "{asked}");
    let shown = device.show(&asked).unwrap();
    assert_eq!(shown.standing.unwrap().state, "draft");

    let say = |sort: &str, mut value: serde_json::Value| {
        value["event"] = sort.into();
        value["role"] = "committee".into();
        edit(json!({"doc": asked, "ops": [{"op": "add", "path": ["events"], "value": value}]}))
    };
    let submit = json!({"applicant": "沈清华", "authorised": true, "mandate": "委托书"});
    device.edit(&say("submit", submit)).unwrap();
    device.edit(&say("accept", json!({}))).unwrap();
    drop(device);
    let mut device = open(&disk).unwrap();
    let shown = serde_json::to_value(device.show(&asked).unwrap()).unwrap();
    let standing = &shown["standing"];
    assert_eq!(standing["state_zh"], "待受理");
    assert_eq!(standing["provisional"], true);
    assert_eq!(standing["opened_on"], "2026-11-21");
    assert_eq!(
        standing["steps"][1]["why"], "not_entitled",
        "a committee accepts nothing"
    );
    assert_eq!(standing["steps"][0]["claimed_s"], NOON_MS / 1000);
    let next: Vec<&str> = standing["next"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|next| next["event"].as_str())
        .collect();
    assert!(
        next.contains(&"accept") && next.contains(&"material_list"),
        "{next:?}"
    );
    assert!(shown["standing"]["clocks"].as_array().unwrap().is_empty());

    let household = DocId::parse("h1").unwrap();
    assert!(device.show(&household).unwrap().standing.is_none());
}

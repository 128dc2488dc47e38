//! `qiao verify case`: where a case stands by the log, and whether devices have signed every step of it.

use qiao_server::ops::statement::statement;
use serde_json::{Value as Json, json};
use sync_core::edit::EditOp;
use sync_core::id::DocId;
use sync_core::schema::Kind;
use sync_core::wire::frame::Creation;
use sync_core::workflow::Why;

use crate::phones::{Phone, START_MS};
use crate::support::World;

fn say(phone: &mut Phone, id: &DocId, sort: &str, mut value: Json) {
    value["event"] = sort.into();
    value["role"] = "committee".into();
    let op = EditOp::Add {
        path: vec!["events".to_owned()],
        key: None,
        value: value.as_object().unwrap().clone(),
    };
    phone.edit(id, vec![op]);
}

async fn with_a_case() -> (World, DocId) {
    let world = World::new().await;
    world.village().await;
    let mut wang = world.device(4, "committee", Some("v1"), None).await;
    world.exchange(&mut wang).await;
    let h1 = DocId::parse("h1").unwrap();
    let id = DocId::of_household(&h1, 'a', &wang.id.tag(), 1).unwrap();
    let creation = Creation {
        id: id.clone(),
        kind: Kind::Application,
        village: None,
        household: Some(h1),
        year: None,
    };
    wang.create(
        creation,
        json!({"procedure": "minimum_living", "applicant": "沈清华"}),
    );
    say(
        &mut wang,
        &id,
        "submit",
        json!({"applicant": "沈清华", "authorised": true}),
    );
    say(
        &mut wang,
        &id,
        "submit",
        json!({"applicant": "沈清华", "authorised": true, "mandate": "委托书"}),
    );
    world.exchange(&mut wang).await;
    (world, id)
}

#[tokio::test]
async fn the_statement_of_a_case_says_every_step_with_who_and_when_it_was_received() {
    let (world, id) = with_a_case().await;
    let made = statement(&world.app, &id).await.unwrap().unwrap();
    assert_eq!(
        (made.kind, made.changes, made.village.as_deref()),
        ("application", 3, Some("v1"))
    );
    assert_eq!(made.problems, [""; 0]);
    let standing = made.standing.unwrap();
    assert_eq!(standing.state, "submitted");
    assert!(!standing.provisional, "the log knows every receipt");
    let whys: Vec<Option<Why>> = standing.steps.iter().map(|step| step.why).collect();
    assert_eq!(whys, [Some(Why::Missing), None], "no mandate at first");
    for step in &standing.steps {
        assert_eq!(step.received_s, Some(START_MS / 1000));
        assert!(step.name.is_some() && step.person.starts_with('p'));
    }
    assert!(
        statement(&world.app, &DocId::parse("nothing").unwrap())
            .await
            .unwrap()
            .is_none()
    );
    let household = DocId::parse("h1").unwrap();
    let made = statement(&world.app, &household).await.unwrap().unwrap();
    assert!(
        made.standing.is_none() && made.problems.is_empty(),
        "a household stands nowhere"
    );
    world.close().await;
}

#[tokio::test]
async fn a_step_that_no_device_has_signed_is_a_problem() {
    let (world, id) = with_a_case().await;
    let last = "(SELECT max(no) FROM envelopes)";
    world
        .sql(&format!(
            "UPDATE envelopes SET signature = zeroblob(64) WHERE no = {last}"
        ))
        .await;
    let made = statement(&world.app, &id).await.unwrap().unwrap();
    assert_eq!(made.problems.len(), 3, "{:?}", made.problems);
    assert!(made.problems[0].starts_with("change_not_signed version 1"));
    world.close().await;
}

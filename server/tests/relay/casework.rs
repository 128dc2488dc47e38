//! Documents of casework: whom they reach, who may write them, and how apps that are older than they are fare.

use serde_json::{Value as Json, json};
use sync_core::edit::EditOp;
use sync_core::id::DocId;
use sync_core::reason::Reason;
use sync_core::schema::Kind;
use sync_core::wire::frame::{CAPABILITY_LATER_KINDS, Creation, Frame, Verdict};

use crate::support::{Phone, World, family, through_bytes};

pub(crate) fn creation(kind: Kind, id: DocId, household: &DocId) -> Creation {
    Creation {
        id,
        kind,
        village: None,
        household: Some(household.clone()),
        year: None,
    }
}

pub(crate) fn application(phone: &mut Phone, household: &DocId) -> DocId {
    let id = DocId::of_household(household, 'a', &phone.id.tag(), 1).unwrap();
    let value = json!({"procedure": "minimum_living", "applicant": "沈清华"});
    phone.create(creation(Kind::Application, id, household), value)
}

pub(crate) fn event(phone: &mut Phone, id: &DocId, mut value: Json, sort: &str, role: &str) {
    value["event"] = sort.into();
    value["role"] = role.into();
    let op = EditOp::Add {
        path: vec!["events".to_owned()],
        key: None,
        value: value.as_object().unwrap().clone(),
    };
    phone.edit(id, vec![op]);
}

pub(crate) fn modern(mut phone: Phone) -> Phone {
    phone.capabilities = CAPABILITY_LATER_KINDS;
    phone
}

fn refused(phone: &mut Phone) -> Vec<Reason> {
    let said = phone.said();
    let reasons = said.into_iter().filter_map(|verdict| match verdict {
        Verdict::Rejected(reason) => Some(reason),
        _ => None,
    });
    reasons.collect()
}

#[tokio::test]
async fn an_application_reaches_village_township_and_county_and_accounts_only_the_offices() {
    let mut world = World::new().await;
    let mut li = modern(world.phone("team", "v1").await);
    let mut elsewhere = modern(world.phone("team", "v2").await);
    let mut unit = modern(world.unit("u1").await);
    let mut desk = modern(world.township().await);
    let mut county = modern(world.county().await);
    let h1 = li.household("h1", "v1", family("沈清华"));
    world.exchange(&mut li).await;
    world.exchange(&mut desk).await;

    let asked = application(&mut desk, &h1);
    event(
        &mut desk,
        &asked,
        json!({"applicant": "沈清华", "authorised": true}),
        "submit",
        "township",
    );
    let check = DocId::check(&asked).unwrap();
    let account = json!({"accounts": {"a1": {"bank": "信用社", "account_number": "6217000000000000001"}}});
    desk.create(creation(Kind::Check, check.clone(), &h1), account);
    world.exchange(&mut desk).await;
    assert_eq!(refused(&mut desk), []);

    for phone in [&mut li, &mut elsewhere, &mut unit, &mut county] {
        world.exchange(phone).await;
    }
    assert_eq!(li.holds(), ["h1".to_owned(), asked.to_string()]);
    assert!(elsewhere.holds().is_empty() && unit.holds().is_empty());
    assert_eq!(county.holds(), [asked.to_string(), check.to_string()]);

    // The county writes into both; the village hears of the one.
    event(&mut county, &asked, json!({"text": "请补充"}), "note", "county");
    let report = EditOp::Add {
        path: vec!["reports".to_owned()],
        key: None,
        value: json!({"conclusion": "passed"}).as_object().unwrap().clone(),
    };
    county.edit(&check, vec![report]);
    world.exchange(&mut county).await;
    assert_eq!(refused(&mut county), []);
    world.exchange(&mut li).await;
    world.exchange(&mut desk).await;
    assert_eq!(li.json(&asked)["events"].as_object().unwrap().len(), 2);
    assert_eq!(desk.json(&check)["reports"].as_object().unwrap().len(), 1);
    assert_eq!(li.holds().len(), 2);
}

#[tokio::test]
async fn an_event_is_refused_whose_author_has_no_right_to_it_or_signs_as_another() {
    let mut world = World::new().await;
    let mut li = modern(world.phone("team", "v1").await);
    let h1 = li.household("h1", "v1", family("沈清华"));
    let asked = application(&mut li, &h1);
    world.exchange(&mut li).await;
    assert_eq!(refused(&mut li), []);
    for (sort, role) in [("accept", "team"), ("accept", "township"), ("note", "township")] {
        li.drafts.remove(&asked);
        event(&mut li, &asked, json!({}), sort, role);
        world.exchange(&mut li).await;
        assert_eq!(refused(&mut li), [Reason::NotAllowed], "{sort} as {role}");
    }
    li.drafts.remove(&asked);
    event(&mut li, &asked, json!({"text": "家中有病人"}), "note", "team");
    world.exchange(&mut li).await;
    assert_eq!(refused(&mut li), []);
}

#[tokio::test]
async fn a_member_makes_no_month_of_attendance_but_their_own() {
    let mut world = World::new().await;
    let mut li = modern(world.phone("team", "v1").await);
    let mut desk = modern(world.township().await);
    let month = |person: &str| Creation {
        id: DocId::attendance("v1", 2026, 3, person).unwrap(),
        kind: Kind::Attendance,
        village: Some("v1".to_owned()),
        household: None,
        year: Some(2026),
    };
    let present = json!({"marks": {"m1": {"date": "2026-03-02", "state": "present"}}});
    let own = li.create(month(&format!("p{}", li.no)), present.clone());
    li.create(month("p99"), present);
    world.exchange(&mut li).await;
    assert_eq!(refused(&mut li), [Reason::NotAllowed]);
    world.exchange(&mut desk).await;
    assert_eq!(desk.holds(), [own.to_string()]);
}

#[tokio::test]
async fn a_plan_reaches_its_unit_with_the_card_of_the_household() {
    let mut world = World::new().await;
    let mut li = modern(world.phone("team", "v1").await);
    let mut unit = modern(world.unit("u1").await);
    let h1 = li.household("h1", "v1", family("沈清华"));
    let id = DocId::of_household(&h1, 'p', &li.id.tag(), 1).unwrap();
    let value = json!({"unit": "u1", "measures": {"m1": {"measure": "公益岗位"}}});
    let plan = li.create(creation(Kind::Plan, id, &h1), value);
    world.exchange(&mut li).await;
    world.exchange(&mut unit).await;
    assert_eq!(unit.holds(), ["h1.card".to_owned(), plan.to_string()]);
}

/// Feeds, sums and documents of an app that does not know casework are what they were before there was any; when it
/// has been updated it is told of the rest without anybody's doing.
#[tokio::test]
async fn an_app_older_than_casework_is_served_as_before_and_catches_up_when_it_is_updated() {
    let mut world = World::new().await;
    let mut li = modern(world.phone("team", "v1").await);
    let mut old = world.phone("team", "v1").await;
    let h1 = li.household("h1", "v1", family("沈清华"));
    let asked = application(&mut li, &h1);
    world.exchange(&mut li).await;

    let named = |down: &[Frame]| -> Vec<String> {
        let grants = down.iter().filter_map(|frame| match frame {
            Frame::Grant(grant) => Some(grant.feeds.iter().map(|(_, name)| name.clone())),
            _ => None,
        });
        grants.flatten().collect()
    };
    let down = world.exchange(&mut old).await;
    assert_eq!(named(&down), ["village/v1"]);
    assert_eq!(old.holds(), ["h1"]);
    let sums = |down: &[Frame]| -> Vec<u64> {
        let caught_up = down.iter().filter_map(|frame| match frame {
            Frame::CaughtUp(sums) => Some(sums.iter().map(|sum| sum.documents)),
            _ => None,
        });
        caught_up.flatten().collect()
    };
    assert_eq!(sums(&down), [1], "nothing is counted that it cannot hold");

    let mut updated = modern(old);
    let down = world.exchange(&mut updated).await;
    assert_eq!(named(&down), ["casework/v1", "village/v1"]);
    world.exchange(&mut updated).await;
    assert_eq!(updated.holds(), ["h1".to_owned(), asked.to_string()]);
    let down = world.exchange(&mut updated).await;
    assert_eq!(named(&down), [""; 0], "once");
}

/// A phone with a later app and a server that has not been updated: one answer, and the rest goes through.
#[tokio::test]
async fn a_document_of_a_kind_the_server_does_not_know_is_refused_alone() {
    let mut world = World::new().await;
    let mut li = modern(world.phone("team", "v1").await);
    let h1 = li.household("h1", "v1", family("沈清华"));
    world.exchange(&mut li).await;
    li.said();
    let later = application(&mut li, &h1);
    li.call_it(&later, Kind::Later(200));
    li.set(&h1, &["phone"], json!("13515926039"));
    let down = world.exchange(&mut li).await;
    assert!(
        !down.iter().any(|frame| matches!(frame, Frame::Refused { .. })),
        "{down:?}"
    );
    assert!(matches!(
        li.said()[..],
        [Verdict::Rejected(Reason::UnknownKind), Verdict::Accepted { .. }]
    ));
}

#[tokio::test]
async fn a_township_of_three_hundred_villages_is_told_of_all_of_them_and_comes_back() {
    let mut world = World::new().await;
    world
        .sql(
            "WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 397)
             INSERT INTO places (id, parent, level, name) SELECT 'v' || i, 't1', 'village', i || '村' FROM n",
        )
        .await;
    let mut desk = modern(world.township().await);
    for contact in ["first", "next"] {
        let down = world.exchange(&mut desk).await;
        for frame in &down {
            // A device that cannot read its grant never gets further.
            through_bytes(frame);
        }
        let feeds = desk.cursors.len();
        assert!(feeds > 600, "{contact} contact: {feeds} feeds");
    }
}

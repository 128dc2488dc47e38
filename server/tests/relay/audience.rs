//! Who gets what when needs are assigned, households move, and devices come late.

use serde_json::json;
use sync_core::reason::Reason;
use sync_core::wire::frame::{Entry, Frame, Verdict};

use crate::support::{DAY_MS, World, family};

fn entries(frames: &[Frame]) -> Vec<Entry> {
    frames
        .iter()
        .filter_map(|frame| match frame {
            Frame::Entries(entries) => Some(entries.entries.clone()),
            _ => None,
        })
        .flatten()
        .collect()
}

#[tokio::test]
async fn an_assigned_need_reaches_the_unit_with_a_card_and_leaves_again() {
    let mut world = World::new().await;
    let mut li = world.phone("team", "v1").await;
    let mut unit = world.unit("u1").await;
    let mut other = world.unit("u2").await;
    let h1 = li.household("h1", "v1", family("沈清华"));
    let need = li.need(
        &h1,
        json!({"title": "修屋顶", "category": "住建", "state": "open"}),
    );
    world.exchange(&mut li).await;
    world.exchange(&mut unit).await;
    assert!(unit.holds().is_empty());

    li.drafts.remove(&need);
    li.set(&need, &["unit"], json!("u1"));
    world.exchange(&mut li).await;
    world.exchange(&mut unit).await;
    assert_eq!(unit.holds(), ["h1.card".to_owned(), need.to_string()]);
    let card = unit.json(&"h1.card".to_owned().try_into().unwrap());
    assert_eq!(card["householder"], "沈清华");
    assert_eq!(card["village_name"], "前村");
    assert_eq!(card["member_count"], 1);
    assert!(card.get("members").is_none());

    // The unit answers; the village hears it; a field the card shows changes.
    unit.set(&need, &["state"], json!("accepted"));
    world.exchange(&mut unit).await;
    assert!(matches!(unit.said()[..], [Verdict::Accepted { .. }]));
    li.drafts.remove(&h1);
    li.set(&h1, &["phone"], json!("13515926077"));
    world.exchange(&mut li).await;
    assert_eq!(li.json(&need)["state"], "accepted");
    world.exchange(&mut unit).await;
    let card = "h1.card".to_owned().try_into().unwrap();
    assert_eq!(unit.json(&card)["phone"], "13515926077");
    assert_eq!(
        unit.docs[&card].document.generation(),
        1,
        "an old value is in no history"
    );

    // Reassigned: the one loses it, the other gets it.
    li.drafts.remove(&need);
    li.set(&need, &["unit"], json!("u2"));
    world.exchange(&mut li).await;
    world.exchange(&mut unit).await;
    world.exchange(&mut other).await;
    assert!(unit.holds().is_empty());
    assert_eq!(other.holds(), ["h1.card".to_owned(), need.to_string()]);
}

#[tokio::test]
async fn a_unit_paired_with_a_household_sees_its_card() {
    let mut world = World::new().await;
    let mut li = world.phone("team", "v1").await;
    let mut unit = world.unit("u1").await;
    let h1 = li.household("h1", "v1", family("沈清华"));
    world.exchange(&mut li).await;
    world
        .sql("INSERT INTO pairings (id, unit, household, created_ms) VALUES ('r1', 'u1', 'h1', 0)")
        .await;
    world
        .relay
        .pairings_changed(vec![h1.clone()], world.now_ms)
        .await
        .unwrap();
    world.exchange(&mut unit).await;
    assert_eq!(unit.holds(), ["h1.card"]);
    world.sql("DELETE FROM pairings").await;
    world
        .relay
        .pairings_changed(vec![h1], world.now_ms)
        .await
        .unwrap();
    world.exchange(&mut unit).await;
    assert!(unit.holds().is_empty());
}

#[tokio::test]
async fn a_household_moves_with_all_that_belongs_to_it_and_strands_no_edit() {
    let mut world = World::new().await;
    let mut li = world.phone("team", "v1").await;
    let mut zhao = world.phone("team", "v2").await;
    let mut township = world.township().await;
    let h1 = li.household("h1", "v1", family("沈清华"));
    let need = li.need(&h1, json!({"title": "修屋顶"}));
    let journal = li.journal(&h1, 2026, json!({"visits": [{"date": "2026-11-20"}]}));
    world.exchange(&mut li).await;
    world.exchange(&mut zhao).await;
    world.exchange(&mut township).await;
    assert_eq!(township.holds().len(), 3);
    li.said();

    // Without signal, Li goes on; meanwhile the township moves the household.
    li.set(&h1, &["phone"], json!("13515926001"));
    township.set(&h1, &["village"], json!("v2"));
    world.exchange(&mut township).await;
    world.exchange(&mut zhao).await;
    let mut moved = vec!["h1".to_owned(), journal.to_string(), need.to_string()];
    moved.sort();
    assert_eq!(zhao.holds(), moved);
    world.now_ms += 3 * DAY_MS;
    world.exchange(&mut li).await;
    assert!(
        matches!(li.said()[..], [Verdict::Accepted { .. }]),
        "judged as it was when it was made"
    );
    assert!(li.holds().is_empty());
    world.exchange(&mut zhao).await;
    world.exchange(&mut township).await;
    assert_eq!(zhao.json(&h1)["phone"], "13515926001");
    assert_eq!(township.json(&h1), zhao.json(&h1));

    // Having heard, Li has no say any more.
    let mut again = zhao.docs[&h1].document.clone();
    std::mem::swap(&mut again, &mut zhao.docs.get_mut(&h1).unwrap().document);
    li.docs.insert(
        h1.clone(),
        crate::support::Replica {
            document: again,
            no: zhao.docs[&h1].no,
            version: zhao.docs[&h1].version,
            feeds: Default::default(),
        },
    );
    li.authors
        .extend(zhao.authors.iter().map(|(no, device)| (*no, *device)));
    li.drafts.remove(&h1);
    li.set(&h1, &["phone"], json!("13515926002"));
    let up = li.up();
    li.docs.remove(&h1);
    li.take(&world.send(up).await);
    assert_eq!(li.said(), [Verdict::Rejected(Reason::OutOfScope)]);
}

#[tokio::test]
async fn an_edit_made_long_before_the_move_was_heard_of_is_refused_after_a_month() {
    let mut world = World::new().await;
    let mut li = world.phone("team", "v1").await;
    let mut township = world.township().await;
    let h1 = li.household("h1", "v1", family("沈清华"));
    world.exchange(&mut li).await;
    world.exchange(&mut township).await;
    li.said();
    township.set(&h1, &["village"], json!("v2"));
    world.exchange(&mut township).await;
    li.set(&h1, &["phone"], json!("13515926001"));
    world.now_ms += 31 * DAY_MS;
    world.exchange(&mut li).await;
    assert_eq!(li.said(), [Verdict::Rejected(Reason::OutOfScope)]);
}

#[tokio::test]
async fn what_joined_and_left_between_two_contacts_is_never_delivered() {
    let mut world = World::new().await;
    let mut li = world.phone("team", "v1").await;
    let mut unit = world.unit("u1").await;
    let h1 = li.household("h1", "v1", family("沈清华"));
    let need = li.need(&h1, json!({"title": "修屋顶"}));
    world.exchange(&mut unit).await;
    world.exchange(&mut li).await;
    for assigned in ["u1", "u2"] {
        li.drafts.remove(&need);
        li.set(&need, &["unit"], json!(assigned));
        world.exchange(&mut li).await;
    }
    let down = world.exchange(&mut unit).await;
    let told = entries(&down);
    assert!(
        told.iter()
            .all(|entry| matches!(entry, Entry::Leave { .. } | Entry::Author(_))),
        "{told:?}"
    );
    assert!(unit.holds().is_empty());
}

#[tokio::test]
async fn a_household_that_moves_within_a_township_stays_on_its_devices() {
    let (mut world, _, h1) = World::with_household().await;
    let mut township = world.township().await;
    world.exchange(&mut township).await;
    for village in ["v2", "v1", "v2"] {
        township.drafts.remove(&h1);
        township.set(&h1, &["village"], json!(village));
        world.exchange(&mut township).await;
        assert_eq!(township.json(&h1)["village"], village);
    }
    assert_eq!(township.holds(), ["h1"]);
}

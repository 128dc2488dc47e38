//! What becomes of changes: accepted, repeated, parked, refused.

use serde_json::json;
use sync_core::edit::EditOp;
use sync_core::reason::Reason;
use sync_core::wire::frame::{Entry, Frame, Verdict};

use crate::support::{World, family};

fn accepted(verdicts: &[Verdict]) -> bool {
    !verdicts.is_empty()
        && verdicts
            .iter()
            .all(|verdict| matches!(verdict, Verdict::Accepted { .. }))
}

#[tokio::test]
async fn a_phone_makes_a_household_and_another_gets_it() {
    let mut world = World::new().await;
    let mut li = world.phone("team", "v1").await;
    let mut wang = world.phone("committee", "v1").await;
    let h1 = li.household("h1", "v1", family("沈清华"));
    let visit = json!({"visits": [{"date": "2026-11-20", "found": "屋顶漏雨"}]});
    let journal = li.journal(&h1, 2026, visit);
    world.exchange(&mut li).await;
    assert!(accepted(&li.said()));
    world.exchange(&mut wang).await;
    assert_eq!(wang.json(&h1), li.json(&h1));
    assert_eq!(wang.json(&journal), li.json(&journal));
    assert_eq!(wang.holds(), ["h1", "h1.j2026"]);

    wang.set(&h1, &["phone"], json!("13515926039"));
    world.exchange(&mut wang).await;
    assert!(accepted(&wang.said()));
    world.exchange(&mut li).await;
    assert_eq!(li.json(&h1)["phone"], "13515926039");
}

#[tokio::test]
async fn own_changes_are_not_echoed_and_an_idle_contact_says_nothing() {
    let (world, mut li, h1) = World::with_household().await;
    li.set(&h1, &["phone"], json!("13515926039"));
    let down = world.exchange(&mut li).await;
    let entries = down
        .iter()
        .filter(|frame| matches!(frame, Frame::Entries(_)))
        .count();
    assert_eq!(entries, 0, "{down:?}");
    let down = world.exchange(&mut li).await;
    assert!(
        matches!(&down[..], [Frame::Welcome(_), Frame::CaughtUp(_)]),
        "{down:?}"
    );
}

#[tokio::test]
async fn two_phones_that_edit_one_field_without_signal_keep_both_values() {
    let (world, mut li, mut wang, h1) = World::with_household_of_two().await;
    li.set(&h1, &["phone"], json!("13515926001"));
    wang.set(&h1, &["phone"], json!("13515926002"));
    wang.set(&h1, &["address"], json!("三组12号"));
    world.exchange(&mut li).await;
    world.exchange(&mut wang).await;
    world.exchange(&mut li).await;
    assert_eq!(li.json(&h1), wang.json(&h1));
    assert_eq!(li.docs[&h1].document.conflicts().len(), 1);
}

#[tokio::test]
async fn what_is_sent_again_in_a_new_envelope_is_a_duplicate_with_its_version() {
    let mut world = World::new().await;
    let mut li = world.phone("team", "v1").await;
    let h1 = li.household("h1", "v1", family("沈清华"));
    li.set(&h1, &["phone"], json!("13515926039"));
    let outbox = li.outbox.clone();
    world.exchange(&mut li).await;
    let first = li.said();
    li.outbox = outbox;
    world.exchange(&mut li).await;
    let again = li.said();
    for (one, two) in first.iter().zip(&again) {
        let (
            Verdict::Accepted { doc, version },
            Verdict::Duplicate {
                doc: again,
                version: same,
            },
        ) = (one, two)
        else {
            panic!("{one:?} {two:?}");
        };
        assert_eq!((doc, version), (again, same));
    }
    assert_eq!(world.count("SELECT count(*) FROM changes").await, 2);
}

#[tokio::test]
async fn the_same_request_twice_is_answered_twice_and_counted_once() {
    let mut world = World::new().await;
    let mut li = world.phone("team", "v1").await;
    li.household("h1", "v1", family("沈清华"));
    let up = li.up();
    let first = world.send(up.clone()).await;
    let again = world.send(up).await;
    let verdicts = |frames: &[Frame]| {
        frames
            .iter()
            .filter(|f| matches!(f, Frame::Verdicts(_)))
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(verdicts(&first), verdicts(&again));
    assert_eq!(world.count("SELECT count(*) FROM changes").await, 1);
    li.take(&again);
    assert_eq!(li.holds(), ["h1"]);
}

#[tokio::test]
async fn a_change_waits_for_what_it_builds_on_and_then_gets_a_second_verdict() {
    let (mut world, mut li, mut wang, h1) = World::with_household_of_two().await;
    li.set(&h1, &["phone"], json!("13515926001"));
    li.set(&h1, &["phone"], json!("13515926002"));
    let first = li.outbox.remove(0);
    world.exchange(&mut li).await;
    assert_eq!(li.said(), [Verdict::Parked]);
    // The writer's memory may go; what waits is on disk.
    world.restart().await;
    li.outbox.push(first);
    world.exchange(&mut li).await;
    assert!(accepted(&li.said()));
    world.exchange(&mut wang).await;
    assert_eq!(wang.json(&h1)["phone"], "13515926002");
    assert_eq!(world.count("SELECT count(*) FROM kept_changes").await, 0);
}

#[tokio::test]
async fn a_journal_waits_for_its_household() {
    let mut world = World::new().await;
    let mut li = world.phone("team", "v1").await;
    let h1 = li.household("h1", "v1", family("沈清华"));
    let journal = li.journal(&h1, 2026, json!({"visits": [{"date": "2026-11-20"}]}));
    li.outbox.reverse();
    world.exchange(&mut li).await;
    let said = li.said();
    assert!(
        matches!(
            &said[..],
            [
                Verdict::Parked,
                Verdict::Accepted { .. },
                Verdict::Accepted { .. }
            ]
        ),
        "{said:?}"
    );
    assert!(li.holds().contains(&journal.to_string()));
}

#[tokio::test]
async fn one_refused_change_takes_along_what_builds_on_it_and_nothing_else() {
    let mut world = World::new().await;
    let mut li = world.phone("team", "v1").await;
    let h1 = li.household("h1", "v1", family("沈清华"));
    let h2 = li.household("h2", "v1", family("王建国"));
    world.exchange(&mut li).await;
    li.said();
    // A team does not verify what it writes itself.
    li.set(&h1, &["verify_note"], json!("属实"));
    li.set(&h1, &["phone"], json!("13515926002"));
    li.set(&h2, &["phone"], json!("13515926003"));
    world.exchange(&mut li).await;
    let said = li.said();
    assert_eq!(
        said[..2],
        [
            Verdict::Rejected(Reason::NotAllowed),
            Verdict::Rejected(Reason::DependsOnRejected)
        ]
    );
    assert!(accepted(&said[2..]));
    assert_eq!(li.json(&h1)["phone"], "13515926038");
}

#[tokio::test]
async fn a_refusal_is_remembered_over_contacts() {
    let (mut world, mut li, h1) = World::with_household().await;
    li.set(&h1, &["verify_note"], json!("属实"));
    world.exchange(&mut li).await;
    li.said();
    world.restart().await;
    li.set(&h1, &["phone"], json!("13515926002"));
    world.exchange(&mut li).await;
    assert_eq!(li.said(), [Verdict::Rejected(Reason::DependsOnRejected)]);
}

#[tokio::test]
async fn a_snapshot_after_many_changes_says_the_same_as_the_changes() {
    let (mut world, mut li, mut wang, h1) = World::with_household_of_two().await;
    for n in 0..40 {
        let phone = if n % 2 == 0 { &mut li } else { &mut wang };
        phone.drafts.remove(&h1);
        phone.set(&h1, &["remark"], json!(format!("第{n}次")));
        world.exchange(phone).await;
        let other = if n % 2 == 0 { &mut wang } else { &mut li };
        world.exchange(other).await;
    }
    assert!(world.count("SELECT version FROM snapshots").await >= 16);
    world.restart().await;
    let mut late = world.phone("village_cadre", "v1").await;
    world.exchange(&mut late).await;
    assert_eq!(late.json(&h1), li.json(&h1));
    assert_eq!(late.json(&h1), wang.json(&h1));
    assert_eq!(late.docs[&h1].version, 41);
}

#[tokio::test]
async fn a_document_whose_place_is_not_the_phones_is_refused() {
    let mut world = World::new().await;
    let mut li = world.phone("team", "v1").await;
    let mut zhao = world.phone("team", "v2").await;
    let h1 = li.household("h1", "v1", family("沈清华"));
    world.exchange(&mut li).await;
    zhao.household("h2", "v1", family("王建国"));
    zhao.journal(&h1, 2026, json!({"visits": [{"date": "2026-11-20"}]}));
    zhao.household("h1", "v2", family("别人"));
    world.exchange(&mut zhao).await;
    let refused = |reason| Verdict::Rejected(reason);
    assert_eq!(
        zhao.said(),
        [
            refused(Reason::OutOfScope),
            refused(Reason::OutOfScope),
            refused(Reason::DocumentExistsDifferently)
        ]
    );
    assert!(zhao.holds().is_empty());
}

#[tokio::test]
async fn nothing_of_a_village_reaches_a_phone_of_another() {
    let mut world = World::new().await;
    let mut li = world.phone("team", "v1").await;
    let mut zhao = world.phone("team", "v2").await;
    let h1 = li.household("h1", "v1", family("沈清华"));
    world.exchange(&mut li).await;
    let no = li.docs[&h1].no;
    let mut up = zhao.up();
    up.push(Frame::Fetch(vec![no]));
    let down = world.send(up).await;
    let whole = |frame: &Frame| matches!(frame, Frame::Entries(entries) if !entries.entries.is_empty());
    assert!(!down.iter().any(whole), "{down:?}");
}

#[tokio::test]
async fn a_document_asked_for_by_name_comes_whole() {
    let mut world = World::new().await;
    let mut li = world.phone("team", "v1").await;
    let h1 = li.household("h1", "v1", family("沈清华"));
    li.edit(
        &h1,
        vec![EditOp::Add {
            path: vec!["members".into()],
            key: Some("m9".into()),
            value: json!({"name": "沈小华"}).as_object().unwrap().clone(),
        }],
    );
    world.exchange(&mut li).await;
    let no = li.docs[&h1].no;
    let mut up = li.up();
    up.push(Frame::Fetch(vec![no, 999]));
    let down = world.send(up).await;
    let entries: Vec<&Entry> = down
        .iter()
        .filter_map(|frame| match frame {
            Frame::Entries(entries) if entries.feed == 0 => Some(&entries.entries),
            _ => None,
        })
        .flatten()
        .collect();
    assert!(
        matches!(
            entries[..],
            [Entry::Author(_), Entry::Snapshot { version: 2, .. }]
        ),
        "{entries:?}"
    );
}

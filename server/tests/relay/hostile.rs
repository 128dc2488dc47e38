//! Revoked, cloned, replayed, forged: each gets its verdict, and nobody else notices.

use serde_json::json;
use sync_core::reason::Reason;
use sync_core::wire::frame::{DeviceStatus, DocRef, Frame, OrderKind, Verdict};

use crate::support::{Phone, World, family};

fn refused(frames: &[Frame]) -> Option<Reason> {
    frames.iter().find_map(|frame| match frame {
        Frame::Refused { reason, .. } => Some(*reason),
        _ => None,
    })
}

#[tokio::test]
async fn a_revoked_device_is_told_to_wipe_and_its_late_edits_wait_for_review() {
    let (world, mut li, mut wang, h1) = World::with_household_of_two().await;
    world.set_status(&li, "revoked").await;
    let before = world.count("SELECT sum(head) FROM feeds").await;
    li.set(&h1, &["phone"], json!("13515926001"));
    li.set(&h1, &["remark"], json!("补记"));
    let down = world.exchange(&mut li).await;
    assert_eq!(li.said(), [Verdict::Quarantined, Verdict::Quarantined]);
    let wiped = down
        .iter()
        .any(|frame| matches!(frame, Frame::Order(order) if order.kind == OrderKind::Wipe));
    let told = down
        .iter()
        .any(|frame| matches!(frame, Frame::Grant(grant) if grant.status == DeviceStatus::Revoked));
    assert!(wiped && told, "{down:?}");
    assert!(!down.iter().any(|frame| matches!(frame, Frame::Entries(_))));
    assert_eq!(
        world.count("SELECT sum(head) FROM feeds").await,
        before,
        "feeds untouched"
    );

    let kept = world.relay.quarantine(None, 0, 100).await.unwrap();
    assert_eq!(kept.len(), 2);
    assert_eq!(kept[0].changes[0].path, ["phone"]);
    assert_eq!(kept[0].changes[0].before, json!("13515926038"));
    assert_eq!(kept[0].changes[0].after, json!("13515926001"));
    // Change by change: the second does not go without the first.
    let decided = world
        .relay
        .release(vec![kept[1].no], "p1", world.now_ms)
        .await
        .unwrap();
    assert_eq!(
        decided,
        [qiao_server::relay::Decided::Refused(Reason::MissingDependency)]
    );
    let decided = world
        .relay
        .release(vec![kept[0].no], "p1", world.now_ms)
        .await
        .unwrap();
    assert_eq!(decided, [qiao_server::relay::Decided::Done]);
    let decided = world
        .relay
        .discard(vec![kept[1].no], "p1", world.now_ms)
        .await
        .unwrap();
    assert_eq!(decided, [qiao_server::relay::Decided::Done]);
    world.exchange(&mut wang).await;
    assert_eq!(wang.json(&h1)["phone"], "13515926001");
    assert!(wang.json(&h1).get("remark").is_none());
    let said: Vec<_> = {
        world.exchange(&mut li).await;
        li.said()
    };
    assert!(matches!(
        said[..],
        [
            Verdict::Accepted { .. },
            Verdict::Rejected(Reason::DiscardedByAdministrator)
        ]
    ));
}

#[tokio::test]
async fn a_device_nobody_has_approved_may_wait_and_nothing_else() {
    let mut world = World::new().await;
    let mut li = world.phone("team", "v1").await;
    world.set_status(&li, "pending").await;
    li.household("h1", "v1", family("沈清华"));
    let down = world.exchange(&mut li).await;
    assert_eq!(refused(&down), Some(Reason::DevicePending));
    assert!(down.iter().any(
        |frame| matches!(frame, Frame::Grant(g) if g.status == DeviceStatus::Pending && g.feeds.is_empty())
    ));
    assert_eq!(world.count("SELECT count(*) FROM envelopes").await, 0);
}

#[tokio::test]
async fn two_copies_of_a_phone_are_found_out_and_held() {
    let (world, mut li, h1) = World::with_household().await;
    let mut copy = Phone::new(li.no, li.key.clone(), [li.no as u8; 16]);
    copy.counter = li.counter;
    copy.cursors = li.cursors.clone();
    copy.docs.insert(
        h1.clone(),
        crate::support::Replica {
            document: li.docs[&h1].document.clone(),
            no: li.docs[&h1].no,
            version: li.docs[&h1].version,
            feeds: li.docs[&h1].feeds.clone(),
        },
    );
    li.set(&h1, &["phone"], json!("13515926001"));
    world.exchange(&mut li).await;
    copy.counter = li.counter;
    copy.set(&h1, &["phone"], json!("13515926002"));
    copy.set(&h1, &["remark"], json!("另一台"));
    let down = world.exchange(&mut copy).await;
    assert_eq!(
        copy.said()[1..],
        [Verdict::Rejected(Reason::Equivocation), Verdict::Quarantined],
        "{down:?}"
    );
    assert!(
        down.iter()
            .any(|frame| matches!(frame, Frame::Order(order) if order.kind == OrderKind::Suspend))
    );
    assert_eq!(world.count("SELECT count(*) FROM evidence").await, 1);
    assert_eq!(
        world
            .count("SELECT count(*) FROM devices WHERE status = 'suspended'")
            .await,
        1
    );
    assert_eq!(world.count("SELECT count(*) FROM audit").await, 1);
}

#[tokio::test]
async fn an_old_request_is_not_taken_again() {
    let mut world = World::new().await;
    let mut li = world.phone("team", "v1").await;
    let h1 = li.household("h1", "v1", family("沈清华"));
    let old = li.up();
    li.take(&world.send(old.clone()).await);
    li.set(&h1, &["phone"], json!("13515926001"));
    world.exchange(&mut li).await;
    let down = world.send(old).await;
    assert!(
        matches!(
            down[..],
            [
                Frame::Welcome(_),
                Frame::Refused {
                    reason: Reason::BadCounter,
                    ..
                }
            ]
        ),
        "{down:?}"
    );
    let Frame::Welcome(welcome) = &down[0] else {
        panic!()
    };
    assert_eq!(
        welcome.counter, li.counter,
        "an honest device that lost count can go on"
    );
}

#[tokio::test]
async fn a_forged_signature_keeps_nothing() {
    let mut world = World::new().await;
    let mut li = world.phone("team", "v1").await;
    li.household("h1", "v1", family("沈清华"));
    let mut up = li.up();
    if let Frame::Envelope(envelope) = &mut up[1] {
        envelope.signature[5] ^= 1;
    }
    let down = world.send(up).await;
    assert_eq!(refused(&down), Some(Reason::BadSignature));
    assert_eq!(world.count("SELECT count(*) FROM envelopes").await, 0);

    let mut up = li.up();
    if let Frame::Hello(hello) = &mut up[0] {
        hello.cursors.push((9, sync_core::wire::frame::Cursor::Tail(1)));
    }
    assert_eq!(refused(&world.send(up).await), Some(Reason::BadSignature));
    let stranger = qiao_server::keys::KeyPair::generate();
    let mut stranger = Phone::new(77, stranger, [7; 16]);
    let up = stranger.up();
    assert_eq!(refused(&world.send(up).await), Some(Reason::NotEnrolled));
}

#[tokio::test]
async fn somebody_elses_actor_is_refused_and_harms_nobody() {
    let (world, mut li, mut wang, h1) = World::with_household_of_two().await;
    li.set(&h1, &["phone"], json!("13515926001"));
    // Wang publishes Li's change under Li's actor: rebuilt under Wang's it has another hash.
    let (id, mut squatted) = li.outbox[0].clone();
    squatted.actor = wang.id.actor(&id, 0);
    squatted.seq = 7;
    wang.outbox.push((id, squatted));
    wang.set(&h1, &["address"], json!("三组"));
    world.exchange(&mut wang).await;
    let said = wang.said();
    assert!(
        matches!(said[..], [Verdict::Rejected(_), Verdict::Accepted { .. }]),
        "{said:?}"
    );
    li.said();
    world.exchange(&mut li).await;
    assert!(matches!(li.said()[..], [Verdict::Accepted { .. }]));
}

#[tokio::test]
async fn a_flood_of_orphans_is_bounded() {
    let (world, mut li, h1) = World::with_household().await;
    for n in 0..300 {
        li.set(&h1, &["remark"], json!(format!("{n}")));
    }
    li.outbox.remove(0);
    world.exchange(&mut li).await;
    let said = li.said();
    assert_eq!(said.iter().filter(|v| **v == Verdict::Parked).count(), 256);
    assert_eq!(
        said.iter()
            .filter(|v| **v == Verdict::Rejected(Reason::OrphanQuota))
            .count(),
        43
    );
}

#[tokio::test]
async fn a_document_number_that_means_nothing_refuses_the_envelope() {
    let mut world = World::new().await;
    let mut li = world.phone("team", "v1").await;
    let h1 = li.household("h1", "v1", family("沈清华"));
    let mut up = li.up();
    if let Frame::Envelope(envelope) = &mut up[1] {
        envelope.changes[0].doc = DocRef::No(4711);
    }
    assert!(refused(&world.send(up).await).is_some());
    assert!(!li.docs.contains_key(&h1));
}

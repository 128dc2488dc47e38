//! Live connections: delivery at once, nothing lost by the slow, an end for the revoked.

use std::time::Duration;

use qiao_server::relay::live::Live;
use serde_json::json;
use sync_core::wire::codec::Writer;
use sync_core::wire::frame::{Frame, OrderKind, Verdict};
use sync_core::wire::stream::{pack_message, unpack_message};

use crate::support::{Phone, World, family};

struct Line {
    live: Live,
    phone: Phone,
    frames: Vec<Frame>,
}

impl Line {
    async fn open(world: &World, mut phone: Phone) -> Line {
        let up = phone.up();
        let mut line = Line {
            live: Live::new(world.relay.clone()),
            phone,
            frames: Vec::new(),
        };
        line.say(world, &up).await;
        line.hear(world).await;
        line
    }

    async fn say(&mut self, world: &World, frames: &[Frame]) {
        let mut bytes = Writer::new();
        frames.iter().for_each(|frame| frame.write(&mut bytes));
        self.live
            .take(&pack_message(&bytes.0), world.now_ms)
            .await
            .unwrap();
    }

    /// Sends the outbox.
    async fn push(&mut self, world: &World) {
        let outbox = std::mem::take(&mut self.phone.outbox);
        let envelope = Frame::Envelope(self.phone.seal(&outbox));
        self.say(world, &[envelope]).await;
    }

    /// Takes everything that comes until it is quiet.
    async fn hear(&mut self, world: &World) -> usize {
        let mut messages = 0;
        loop {
            while let Some(message) = self.live.next().await.unwrap() {
                messages += 1;
                let frames = unpack_message(&message, 1 << 24).unwrap();
                self.phone.take(&frames);
                self.frames.extend(frames);
            }
            if self.live.is_closing() {
                return messages;
            }
            match tokio::time::timeout(Duration::from_millis(300), self.live.wait()).await {
                Ok(happening) => self.live.heed(happening.unwrap(), world.now_ms).await.unwrap(),
                Err(_) => return messages,
            }
        }
    }
}

#[tokio::test]
async fn what_one_writes_all_others_of_the_village_hear_and_nobody_twice() {
    let (mut world, li, h1) = World::with_household().await;
    let mut li = Line::open(&world, li).await;
    let mut others = Vec::new();
    for _ in 0..3 {
        let phone = world.phone("committee", "v1").await;
        others.push(Line::open(&world, phone).await);
    }
    let stranger = world.phone("team", "v2").await;
    let mut stranger = Line::open(&world, stranger).await;
    for n in 0..5 {
        li.phone.set(&h1, &["remark"], json!(format!("第{n}次")));
        li.push(&world).await;
        li.hear(&world).await;
    }
    assert_eq!(li.phone.said().len(), 5);
    assert!(
        !li.frames.iter().any(|frame| matches!(frame, Frame::Entries(_))),
        "own changes come back"
    );
    for other in &mut others {
        other.hear(&world).await;
        assert_eq!(other.phone.json(&h1), li.phone.json(&h1));
        let changes = other
            .frames
            .iter()
            .filter(|frame| matches!(frame, Frame::Entries(e) if e.progress.1 == 0))
            .count();
        assert!((1..=5).contains(&changes), "{changes}");
    }
    assert_eq!(stranger.hear(&world).await, 0);
}

#[tokio::test]
async fn a_new_document_reaches_those_who_listen_and_its_maker_is_told_it_has_joined() {
    let mut world = World::new().await;
    let li = world.phone("team", "v1").await;
    let wang = world.phone("committee", "v1").await;
    let mut li = Line::open(&world, li).await;
    let mut wang = Line::open(&world, wang).await;
    let h1 = li.phone.household("h1", "v1", family("沈清华"));
    li.push(&world).await;
    li.hear(&world).await;
    wang.hear(&world).await;
    assert_eq!(wang.phone.json(&h1), li.phone.json(&h1));
    assert!(!li.phone.docs[&h1].feeds.is_empty());
    wang.phone.set(&h1, &["phone"], json!("13515926001"));
    wang.push(&world).await;
    wang.hear(&world).await;
    li.hear(&world).await;
    assert_eq!(li.phone.json(&h1)["phone"], "13515926001");
}

#[tokio::test]
async fn one_who_did_not_listen_for_long_misses_nothing() {
    let (mut world, li, h1) = World::with_household().await;
    let wang = world.phone("committee", "v1").await;
    let mut li = Line::open(&world, li).await;
    let mut wang = Line::open(&world, wang).await;
    for n in 0..80 {
        li.phone.set(&h1, &["remark"], json!(format!("第{n}次")));
        li.push(&world).await;
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    li.hear(&world).await;
    wang.hear(&world).await;
    assert_eq!(wang.phone.json(&h1)["remark"], "第79次");
    assert_eq!(wang.phone.docs[&h1].version, 81);
}

#[tokio::test]
async fn a_revoked_device_is_told_to_wipe_and_cut_off() {
    let mut world = World::new().await;
    let li = world.phone("team", "v1").await;
    let mut li = Line::open(&world, li).await;
    world.set_status(&li.phone, "lost").await;
    world.relay.device_changed(li.phone.no);
    li.hear(&world).await;
    assert!(li.live.is_closing());
    assert!(
        li.frames
            .iter()
            .any(|frame| matches!(frame, Frame::Order(order) if order.kind == OrderKind::Wipe))
    );
}

#[tokio::test]
async fn another_village_in_the_grant_is_loaded_while_connected() {
    let mut world = World::new().await;
    let mut zhao = world.phone("team", "v2").await;
    let h2 = zhao.household("h2", "v2", family("赵"));
    world.exchange(&mut zhao).await;
    let li = world.phone("team", "v1").await;
    let no = li.no as i64;
    let mut li = Line::open(&world, li).await;
    world
        .execute(
            "UPDATE devices SET villages = '[\"v1\",\"v2\"]', grant_version = grant_version + 1 WHERE no = ?",
            &[no],
        )
        .await;
    world.relay.device_changed(li.phone.no);
    li.hear(&world).await;
    assert_eq!(li.phone.json(&h2), zhao.json(&h2));
    zhao.set(&h2, &["phone"], json!("13515926001"));
    world.exchange(&mut zhao).await;
    li.hear(&world).await;
    assert_eq!(li.phone.json(&h2)["phone"], "13515926001");
}

#[tokio::test]
async fn an_assigned_need_and_its_card_reach_a_unit_that_listens() {
    let mut world = World::new().await;
    let mut li = world.phone("team", "v1").await;
    let h1 = li.household("h1", "v1", family("沈清华"));
    let need = li.need(&h1, json!({"title": "修屋顶"}));
    world.exchange(&mut li).await;
    let unit = world.unit("u1").await;
    let mut unit = Line::open(&world, unit).await;
    li.drafts.remove(&need);
    li.set(&need, &["unit"], json!("u1"));
    world.exchange(&mut li).await;
    unit.hear(&world).await;
    assert_eq!(unit.phone.holds(), ["h1.card".to_owned(), need.to_string()]);
    unit.phone.set(&need, &["state"], json!("accepted"));
    unit.push(&world).await;
    unit.hear(&world).await;
    assert!(matches!(unit.phone.said()[..], [Verdict::Accepted { .. }]));
    li.drafts.remove(&need);
    li.set(&need, &["unit"], json!("u2"));
    world.exchange(&mut li).await;
    unit.hear(&world).await;
    assert!(unit.phone.holds().is_empty());
}

//! Versions of the protocol: a device is answered in the version that both speak.

use sync_core::envelope::{contents_bytes, hello_bytes, mark};
use sync_core::reason::Reason;
use sync_core::wire::frame::{
    Frame, PROTOCOL_VERSION, PROTOCOL_VERSION_MIN, VERSION_OF_MARKS, VerdictGroup, Welcome,
};

use crate::support::{DEPLOYMENT, Phone, World, family};

fn welcome(down: &[Frame]) -> &Welcome {
    match down.first() {
        Some(Frame::Welcome(welcome)) => welcome,
        other => panic!("no welcome but {other:?}"),
    }
}

fn groups(down: &[Frame]) -> Vec<VerdictGroup> {
    let verdicts = down.iter().filter_map(|frame| match frame {
        Frame::Verdicts(verdicts) => Some(verdicts.groups.clone()),
        _ => None,
    });
    verdicts.flatten().collect()
}

/// What the phone has to say, under a hello of another version.
fn said_in(phone: &mut Phone, version: u64, capabilities: u64) -> Vec<Frame> {
    let mut up = phone.up();
    if let Some(Frame::Hello(hello)) = up.first_mut() {
        (hello.version, hello.capabilities) = (version, capabilities);
        hello.signature = phone.key.sign(&hello_bytes(DEPLOYMENT, hello));
    }
    up
}

async fn exchange(world: &World, phone: &mut Phone, version: u64) -> Vec<Frame> {
    let up = said_in(phone, version, 0);
    let down = world.send(up).await;
    phone.take(&down);
    down
}

#[tokio::test]
async fn a_phone_of_the_version_before_is_served_in_its_own_words() {
    let mut world = World::new().await;
    let (before, now) = (PROTOCOL_VERSION - 1, PROTOCOL_VERSION);
    let mut old = world.phone("team", "v1").await;
    let mut new = world.phone("team", "v1").await;
    let h1 = old.household("h1", "v1", family("沈清华"));
    let down = exchange(&world, &mut old, before).await;
    assert_eq!(welcome(&down).version, before);
    let marks: Vec<_> = groups(&down).iter().map(|group| group.mark).collect();
    assert_eq!(marks, [None], "it would not know what a mark is");

    exchange(&world, &mut new, now).await;
    new.set(&h1, &["phone"], serde_json::json!("13515926039"));
    exchange(&world, &mut new, now).await;
    exchange(&world, &mut old, before).await;
    assert_eq!(old.json(&h1), new.json(&h1));
}

#[tokio::test]
async fn verdicts_carry_the_mark_of_their_envelope() {
    let mut world = World::new().await;
    let mut li = world.phone("team", "v1").await;
    let h1 = li.household("h1", "v1", family("沈清华"));
    let hash = li.outbox[0].1.to_automerge().unwrap().hash();
    let down = exchange(&world, &mut li, VERSION_OF_MARKS).await;
    let signed = [sync_core::envelope::SignedChange {
        doc: h1,
        generation: 0,
        hash,
    }];
    let expected = mark(&contents_bytes(&signed));
    let marks: Vec<_> = groups(&down).iter().map(|group| group.mark).collect();
    assert_eq!(marks, [Some(expected)]);
}

#[tokio::test]
async fn a_phone_of_a_later_version_is_answered_in_ours_and_its_news_are_skipped() {
    let mut world = World::new().await;
    let mut li = world.phone("team", "v1").await;
    li.household("h1", "v1", family("沈清华"));
    let mut up = said_in(&mut li, PROTOCOL_VERSION + 7, u64::MAX);
    up.push(Frame::Unknown {
        code: 31,
        body: vec![1, 2, 3],
    });
    let down = world.send(up).await;
    li.take(&down);
    let welcome = welcome(&down);
    assert_eq!((welcome.version, welcome.capabilities), (PROTOCOL_VERSION, 0));
    assert_eq!(groups(&down).len(), 1);
}

#[tokio::test]
async fn a_phone_that_is_too_old_is_told_so() {
    let mut world = World::new().await;
    let mut li = world.phone("team", "v1").await;
    let down = exchange(&world, &mut li, PROTOCOL_VERSION_MIN - 1).await;
    let refused = Frame::Refused {
        reason: Reason::UnsupportedVersion,
        retry_after_s: 0,
    };
    assert_eq!(down, [refused]);
}

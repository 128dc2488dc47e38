//! The stream of hints: what it tells, to whom, and when it ends.

use std::time::Duration;

use qiao_server::limits;
use qiao_server::registry::Role;
use serde_json::json;

use crate::harness::{Answer, Desk, MINUTE_MS, Phone, World};

/// A page that listens.
struct Stream {
    response: reqwest::Response,
    text: String,
}

async fn open(world: &World, desk: &Desk) -> reqwest::Response {
    let request = world
        .http
        .get(world.url("/api/v1/events"))
        .bearer_auth(&desk.token);
    request.send().await.unwrap()
}

impl Stream {
    async fn open(world: &World, desk: &Desk) -> Stream {
        let response = open(world, desk).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Stream {
            response,
            text: String::new(),
        }
    }

    /// The next hint that says more than that a device was heard; `None` when the stream has ended or says nothing.
    async fn next(&mut self, within: Duration) -> Option<Vec<String>> {
        let found = tokio::time::timeout(within, async {
            loop {
                while let Some((event, rest)) = self.text.split_once("\n\n") {
                    let data = event.lines().find_map(|line| line.strip_prefix("data: "));
                    let topics: Vec<String> =
                        data.map_or_else(Vec::new, |data| serde_json::from_str(data).unwrap());
                    self.text = rest.to_owned();
                    if !topics.is_empty() {
                        return Some(topics);
                    }
                }
                let chunk = self.response.chunk().await.unwrap()?;
                self.text.push_str(std::str::from_utf8(&chunk).unwrap());
            }
        });
        found.await.unwrap_or(None)
    }

    async fn has_ended(&mut self) -> bool {
        let ended = tokio::time::timeout(Duration::from_secs(10), async {
            while self.response.chunk().await.unwrap().is_some() {}
        });
        ended.await.is_ok()
    }
}

const SOON: Duration = Duration::from_secs(10);
const LONG_ENOUGH: Duration = Duration::from_millis(1_500);

async fn ask(world: &World, desk: &Desk, person: &str) -> String {
    let invitation = desk
        .post("/api/v1/invitations", json!({ "person": person }))
        .await
        .expect(201);
    let phone = Phone::new("Redmi 9A");
    let body = phone.request(invitation["code"].as_str());
    let enrolled = world.post("/enrol/v1/requests", body).await.expect(201);
    enrolled["device_id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_told_where_it_concerns_somebody_and_nowhere_else() {
    let world = World::new().await;
    let (root, ours, theirs) = (
        world.root().await,
        world.township_admin("t1").await,
        world.township_admin("t2").await,
    );
    world.person("p1", "李敏", Role::Team, &["v11"], None).await;
    let mut streams = Vec::new();
    for desk in [&root, &ours, &theirs] {
        streams.push(Stream::open(&world, desk).await);
    }
    let device = ask(&world, &root, "p1").await;
    for stream in &mut streams[..2] {
        assert_eq!(stream.next(SOON).await.unwrap(), ["enrolments", "devices"]);
    }
    assert_eq!(streams[2].next(LONG_ENOUGH).await, None, "another township's");
    root.post(&format!("/api/v1/enrolments/{device}/deny"), json!({}))
        .await
        .expect(200);
    assert_eq!(streams[1].next(SOON).await.unwrap(), ["enrolments", "devices"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_with_its_session_and_does_not_keep_it_alive() {
    let world = World::new().await;
    world.person("root", "根管理员", Role::Admin, &[], None).await;
    world.person("p1", "李敏", Role::Team, &["v11"], None).await;
    let person = world.account("root").await;
    let (staying, leaving) = (world.sign_in(&person).await, world.sign_in(&person).await);
    let mut stream = Stream::open(&world, &leaving).await;
    leaving.send("DELETE", "/api/v1/session", None).await.expect(204);
    assert!(stream.has_ended().await, "signed out");

    let mut stream = Stream::open(&world, &staying).await;
    world.clock.advance_ms(29 * MINUTE_MS);
    let other = Stream::open(&world, &staying).await;
    drop(other);
    world.clock.advance_ms(2 * MINUTE_MS);
    // Something happens at a desk nobody has used for half an hour.
    let desk = world.sign_in(&person).await;
    ask(&world, &desk, "p1").await;
    assert!(
        stream.has_ended().await,
        "opening a stream is no use of the session"
    );
    staying.get("/api/v1/me").await.expect_code(401, "signed_out");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_no_longer_administers_hears_nothing_more() {
    let world = World::new().await;
    let (root, ours) = (world.root().await, world.township_admin("t1").await);
    world.person("p1", "李敏", Role::Team, &["v11"], None).await;
    let mut stream = Stream::open(&world, &ours).await;
    let demoted = json!({ "role": "township" });
    root.send("PATCH", "/api/v1/people/admin-t1", Some(demoted))
        .await
        .expect(200);
    ask(&world, &root, "p1").await;
    assert!(stream.has_ended().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_holds_so_many_streams_and_a_closed_one_makes_room() {
    let world = World::new().await;
    let root = world.root().await;
    let mut streams = Vec::new();
    for _ in 0..limits::EVENT_STREAMS_PER_SESSION_MAX {
        streams.push(Stream::open(&world, &root).await);
    }
    let refused = Answer::of(open(&world, &root).await).await;
    assert!(refused.headers.contains_key("retry-after"));
    refused.expect_code(429, "too_many_requests");
    streams.pop();
    for _ in 0..50 {
        let answer = open(&world, &root).await;
        if answer.status() == 200 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("a closed stream keeps its place");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopping_server_does_not_wait_for_streams() {
    let world = World::new().await;
    let root = world.root().await;
    let mut stream = Stream::open(&world, &root).await;
    let stopped = tokio::time::timeout(Duration::from_secs(4), world.stop());
    assert!(stopped.await.is_ok());
    assert!(stream.has_ended().await);
}

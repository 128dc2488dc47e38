//! The two routes on a real socket.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use qiao_server::clock::Clock;
use qiao_server::config::Config;
use qiao_server::keys::KeyPair;
use qiao_server::store::Store;
use qiao_server::{Running, serve};
use serde_json::json;
use sqlx::Connection;
use sync_core::wire::codec::Writer;
use sync_core::wire::frame::{Frame, Verdict};
use sync_core::wire::stream::{Effort, StreamReader, StreamWriter, pack_message, unpack_message};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::support::{DEPLOYMENT, Phone, START_MS, family, insert_device, open_database};

pub(crate) struct Site {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) server: Running,
    pub(crate) http: reqwest::Client,
    next_no: i64,
}

impl Site {
    pub(crate) async fn new() -> Site {
        let dir = tempfile::tempdir().unwrap();
        Store::open(dir.path()).await.unwrap().close().await;
        let mut db = open_database(dir.path()).await;
        sqlx::query("INSERT INTO deployment (one, id, name, created_ms) VALUES (1, ?, '县', 0)")
            .bind(DEPLOYMENT)
            .execute(&mut db)
            .await
            .unwrap();
        db.close().await.unwrap();
        let server = serve(Config::for_tests(dir.path()), Clock::manual(START_MS), None)
            .await
            .unwrap();
        Site {
            dir,
            server,
            http: reqwest::Client::new(),
            next_no: 2,
        }
    }

    async fn phone(&mut self) -> Phone {
        self.phone_of("v1").await
    }

    pub(crate) async fn phone_of(&mut self, village: &str) -> Phone {
        let villages = format!("[\"{village}\"]");
        let (no, key) = (self.next_no, KeyPair::generate());
        self.next_no += 1;
        let mut db = open_database(self.dir.path()).await;
        insert_device(&mut db, no, &key, [no as u8; 16], "team", &villages, None, None).await;
        db.close().await.unwrap();
        Phone::new(no as u64, key, [no as u8; 16])
    }

    async fn post(&self, body: Vec<u8>) -> reqwest::Response {
        self.http
            .post(format!("{}/sync/v1/exchange", self.server.url))
            .body(body)
            .send()
            .await
            .unwrap()
    }

    pub(crate) async fn exchange(&self, phone: &mut Phone) -> usize {
        let response = self.post(compress(&phone.up())).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "application/vnd.qiao.frames");
        let head: usize = response
            .headers()
            .iter()
            .map(|(name, value)| name.as_str().len() + value.len() + 4)
            .sum();
        let body = response.bytes().await.unwrap();
        let mut reader = StreamReader::new(1 << 26).unwrap();
        reader.push(&body).unwrap();
        let mut frames = Vec::new();
        while let Some(frame) = reader.next_frame().unwrap() {
            frames.push(frame);
        }
        assert!(!reader.has_partial_frame());
        phone.take(&frames);
        head + body.len()
    }
}

fn compress(frames: &[Frame]) -> Vec<u8> {
    let mut bytes = Writer::new();
    frames.iter().for_each(|frame| frame.write(&mut bytes));
    let mut writer = StreamWriter::new(Effort::Small).unwrap();
    let mut out = writer.write(&bytes.0, false).unwrap();
    out.extend(writer.finish().unwrap());
    out
}

#[tokio::test]
async fn an_exchange_in_one_request_and_an_idle_one_in_a_few_bytes() {
    let mut site = Site::new().await;
    let (mut li, mut wang) = (site.phone().await, site.phone().await);
    let mut ids = Vec::new();
    for n in 0..40 {
        ids.push(li.household(&format!("h{n}"), "v1", family(&format!("某{n}"))));
    }
    site.exchange(&mut li).await;
    assert!(
        li.said()
            .iter()
            .all(|verdict| matches!(verdict, Verdict::Accepted { .. }))
    );
    site.exchange(&mut wang).await;
    for id in &ids {
        assert_eq!(wang.json(id), li.json(id));
    }
    let idle = site.exchange(&mut wang).await;
    assert!(idle < 260, "{idle} bytes of headers and body");
    site.server.shutdown().await.unwrap();
}

#[tokio::test]
async fn what_arrived_before_the_link_broke_is_kept() {
    let mut site = Site::new().await;
    let mut li = site.phone().await;
    for n in 0..200 {
        li.household(&format!("h{n}"), "v1", family(&format!("某{n}")));
    }
    let frames = li.up();
    assert!(frames.len() > 3);
    let mut writer = StreamWriter::new(Effort::Small).unwrap();
    let chunks: Vec<Vec<u8>> = frames
        .iter()
        .map(|frame| writer.write(&frame.to_bytes(), true).unwrap())
        .collect();
    // Hello and two envelopes arrive, the third is cut, the connection ends.
    let mut half = chunks[3].clone();
    half.truncate(chunks[3].len() / 2);
    let sent = [chunks[0].clone(), chunks[1].clone(), chunks[2].clone(), half];
    let stream = futures_util::stream::iter(
        sent.map(Ok)
            .into_iter()
            .chain([Err(std::io::Error::other("cut"))]),
    );
    // A client that breaks off at once takes back what it has not yet handed to the network.
    let stream = stream.then(|chunk| async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        chunk
    });
    let stream = Box::pin(stream);
    let body = reqwest::Body::wrap_stream(stream);
    let gone = site
        .http
        .post(format!("{}/sync/v1/exchange", site.server.url))
        .body(body)
        .send()
        .await;
    assert!(gone.is_err());
    site.exchange(&mut li).await;
    assert_eq!(li.said().len(), 128);
}

#[tokio::test]
async fn nonsense_is_refused_in_words() {
    let mut site = Site::new().await;
    let response = site.post(b"nonsense".to_vec()).await;
    assert_eq!(response.status(), 400);
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let empty = site.post(Vec::new()).await;
    assert_eq!(empty.status(), 400);
    let mut li = site.phone().await;
    let mut body = compress(&li.up());
    body.truncate(body.len() - 5);
    assert_eq!(site.post(body).await.status(), 400);
}

/// A browser's handshake: it says where its page comes from and can say nothing else.
fn handshake(site: &Site, origin: Option<&str>) -> http::Request<()> {
    let mut request = format!("{}/sync/v1/live", site.server.url.replace("http", "ws"))
        .into_client_request()
        .unwrap();
    if let Some(origin) = origin {
        request.headers_mut().insert("origin", origin.parse().unwrap());
    }
    request
}

#[tokio::test]
async fn a_page_of_this_site_gets_a_live_connection_and_a_foreign_one_does_not() {
    let mut site = Site::new().await;
    let own = site.server.url.clone();
    for foreign in [
        "https://elsewhere.example",
        "null",
        "",
        &format!("{own}.elsewhere.example"),
        &own.replace("http://", ""),
    ] {
        let refused = tokio_tungstenite::connect_async(handshake(&site, Some(foreign))).await;
        let Err(tokio_tungstenite::tungstenite::Error::Http(answer)) = refused else {
            panic!("{foreign:?} gets a connection")
        };
        assert_eq!(answer.status(), 403, "{foreign:?}");
    }
    let mut li = site.phone().await;
    li.household("h1", "v1", family("沈清华"));
    let (mut socket, answer) = tokio_tungstenite::connect_async(handshake(&site, Some(&own)))
        .await
        .unwrap();
    assert_eq!(answer.status(), 101);
    let mut bytes = Writer::new();
    li.up().iter().for_each(|frame| frame.write(&mut bytes));
    socket
        .send(Message::Binary(pack_message(&bytes.0).into()))
        .await
        .unwrap();
    while li.verdicts.is_empty() {
        let Some(Ok(Message::Binary(message))) = socket.next().await else {
            panic!("the first frame says who speaks")
        };
        li.take(&unpack_message(&message, 1 << 20).unwrap());
    }
    assert!(matches!(li.said()[..], [Verdict::Accepted { .. }]));
}

#[tokio::test]
async fn a_page_may_exchange_and_ask_to_be_let_in_here_and_nowhere_else() {
    let mut site = Site::new().await;
    let mut li = site.phone().await;
    let own = site.server.url.clone();
    let post = |path: &str, origin: &str, fetch_site: Option<&str>, body: Vec<u8>| {
        let mut request = site
            .http
            .post(format!("{own}{path}"))
            .header("origin", origin)
            .header("content-type", "application/vnd.qiao.frames")
            .body(body);
        if let Some(fetch_site) = fetch_site {
            request = request.header("sec-fetch-site", fetch_site);
        }
        request.send()
    };
    let exchange = "/sync/v1/exchange";
    let here = post(exchange, &own, Some("same-origin"), compress(&li.up()))
        .await
        .unwrap();
    assert_eq!(here.status(), 200);
    let older = post(exchange, &own, None, compress(&li.up())).await.unwrap();
    assert_eq!(older.status(), 200, "a browser that sends no Sec-Fetch-Site");
    for (origin, fetch_site) in [
        ("https://elsewhere.example", None),
        ("https://elsewhere.example", Some("cross-site")),
        (own.as_str(), Some("same-site")),
    ] {
        let refused = post(exchange, origin, fetch_site, compress(&li.up()))
            .await
            .unwrap();
        assert_eq!(refused.status(), 403, "{origin} {fetch_site:?}");
    }
    // No address invites other sites: neither the question before a request nor the answer to one.
    for path in [exchange, "/sync/v1/live", "/enrol/v1/requests", "/api/v1/session"] {
        let asked = site
            .http
            .request(reqwest::Method::OPTIONS, format!("{own}{path}"))
            .header("origin", "https://elsewhere.example")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "content-type")
            .send()
            .await
            .unwrap();
        let answered = post(path, "https://elsewhere.example", None, Vec::new())
            .await
            .unwrap();
        for answer in [asked, answered] {
            assert!(!answer.status().is_success(), "{path}");
            assert!(
                !answer
                    .headers()
                    .keys()
                    .any(|name| name.as_str().starts_with("access-control")),
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn a_live_connection_delivers_and_says_good_bye_when_the_server_stops() {
    let mut site = Site::new().await;
    let (mut li, mut wang) = (site.phone().await, site.phone().await);
    let url = format!("{}/sync/v1/live", site.server.url.replace("http", "ws"));
    let (mut socket, _) = tokio_tungstenite::connect_async(&url).await.unwrap();
    let say = |frames: &[Frame]| {
        let mut bytes = Writer::new();
        frames.iter().for_each(|frame| frame.write(&mut bytes));
        Message::Binary(pack_message(&bytes.0).into())
    };
    socket.send(say(&wang.up())).await.unwrap();
    let h1 = li.household("h1", "v1", family("沈清华"));
    li.set(&h1, &["phone"], json!("13515926001"));
    // The hello is answered before anything is written.
    let Some(Ok(Message::Binary(first))) = socket.next().await else {
        panic!()
    };
    wang.take(&unpack_message(&first, 1 << 20).unwrap());
    site.exchange(&mut li).await;
    while wang.json(&h1) != li.json(&h1) {
        let message = tokio::time::timeout(Duration::from_secs(10), socket.next())
            .await
            .unwrap();
        let Some(Ok(Message::Binary(message))) = message else {
            panic!("{message:?}")
        };
        wang.take(&unpack_message(&message, 1 << 20).unwrap());
    }
    let stopping = tokio::spawn(site.server.shutdown());
    let mut farewell = None;
    while let Some(Ok(message)) = socket.next().await {
        farewell = Some(message);
    }
    assert!(matches!(farewell, Some(Message::Close(Some(frame))) if u16::from(frame.code) == 1001));
    tokio::time::timeout(Duration::from_secs(20), stopping)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
}

/// Beside the server, as another process would.
pub(crate) async fn execute(dir: &std::path::Path, sql: &'static str) {
    let mut db = open_database(dir).await;
    sqlx::query(sql).execute(&mut db).await.unwrap();
    db.close().await.unwrap();
}

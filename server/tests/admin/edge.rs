//! What every request meets: one form of error, two languages, headers, bounds, and an orderly end.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use axum::routing::get;
use qiao_server::clock::Clock;
use qiao_server::config::Config;
use qiao_server::http::edge::{Edge, edge};
use serde_json::json;

use crate::harness::{Answer, World};

async fn raw(world: &World, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
    let mut request = world.http.request(method, world.url(path));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Answer::of(request.send().await.unwrap()).await
}

#[tokio::test]
async fn every_error_is_a_problem_in_the_language_asked_for() {
    let world = World::new().await;
    let answer = raw(&world, "GET", "/nowhere", &[]).await;
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    assert_eq!(answer.headers["content-language"], "zh-CN");
    assert_eq!(answer.body["type"], "urn:qiao:problem:not_found");
    assert_eq!(answer.body["title"], "找不到");
    assert_eq!(
        answer.body["request_id"],
        answer.headers["x-request-id"].to_str().unwrap()
    );
    let english = raw(
        &world,
        "GET",
        "/nowhere",
        &[("accept-language", "en-GB,en;q=0.9,zh;q=0.1")],
    )
    .await;
    assert_eq!(english.body["title"], "Not found");

    raw(&world, "PUT", "/api/v1/session", &[])
        .await
        .expect_code(405, "method_not_allowed");
    raw(&world, "BREW", "/healthz", &[])
        .await
        .expect_code(405, "method_not_allowed");
    raw(&world, "POST", "/api/v1/session", &[])
        .await
        .expect_code(415, "unsupported_media_type");
    let broken = world
        .http
        .post(world.url("/api/v1/session"))
        .header("content-type", "application/json")
        .body("{");
    Answer::of(broken.send().await.unwrap())
        .await
        .expect_code(400, "malformed");
    let large = json!({ "login": "x".repeat(300_000), "password": "" });
    world
        .post("/api/v1/session", large)
        .await
        .expect_code(413, "too_large");
    let large = json!({ "walk_up": { "name": "x".repeat(10_000) } });
    world
        .post("/enrol/v1/requests", large)
        .await
        .expect_code(413, "too_large");
}

#[tokio::test]
async fn a_panic_is_an_error_and_not_the_end() {
    let world = World::new().await;
    let app = world.server.app.clone();
    let layer = axum::middleware::from_fn_with_state(Edge::new(app), edge);
    async fn explode() -> &'static str {
        panic!("a bug")
    }
    let router = axum::Router::<()>::new()
        .route("/boom", get(explode))
        .route("/fine", get(|| async { "fine" }))
        .layer(layer);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });
    let answer = Answer::of(world.http.get(format!("{url}/boom")).send().await.unwrap()).await;
    assert!(!answer.text.contains("a bug"));
    answer.expect_code(500, "internal");
    assert_eq!(
        world
            .http
            .get(format!("{url}/fine"))
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap(),
        "fine"
    );
    serving.abort();
}

#[tokio::test]
async fn every_answer_forbids_framing_sniffing_and_caching() {
    let world = World::new().await;
    for path in ["/healthz", "/nowhere", "/api/v1/me", "/api/v1/openapi.json"] {
        let answer = raw(&world, "GET", path, &[]).await;
        let header = |name: &str| answer.headers[name].to_str().unwrap().to_owned();
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert!(header("content-security-policy").contains("frame-ancestors 'none'"));
        assert_eq!(header("x-frame-options"), "DENY");
        assert_eq!(header("referrer-policy"), "no-referrer");
        assert_eq!(header("cache-control"), "no-store");
        assert!(!answer.headers.contains_key("access-control-allow-origin"));
    }
}

#[tokio::test]
async fn health_readiness_and_figures() {
    let world = World::new().await;
    assert_eq!(
        raw(&world, "GET", "/healthz", &[]).await.expect(200)["status"],
        "ok"
    );
    assert_eq!(
        raw(&world, "GET", "/readyz", &[]).await.expect(200)["status"],
        "ready"
    );
    assert_eq!(raw(&world, "GET", "/metrics", &[]).await.status, 200);
    let token = "a-long-metrics-token";
    let world =
        World::with(|config| config.metrics_token = Some(qiao_server::config::Secret::new(token))).await;
    raw(&world, "GET", "/metrics", &[])
        .await
        .expect_code(403, "not_allowed");
    raw(&world, "GET", "/metrics", &[("authorization", "Bearer wrong")])
        .await
        .expect_code(403, "not_allowed");
    let answer = raw(
        &world,
        "GET",
        "/metrics",
        &[("authorization", &format!("Bearer {token}"))],
    )
    .await;
    assert!(answer.text.contains("qiao_http_requests_total"));
}

#[tokio::test]
async fn a_proxy_is_believed_only_if_it_is_ours() {
    let forwarded = [("x-forwarded-for", "203.0.113.7")];
    let world = World::new().await;
    assert_eq!(
        raw(&world, "GET", "/metrics", &forwarded).await.status,
        200,
        "anybody can write that header"
    );
    let world = World::with(|config| config.trusted_proxies = vec!["127.0.0.1".parse().unwrap()]).await;
    raw(&world, "GET", "/metrics", &forwarded)
        .await
        .expect_code(403, "not_allowed");
    let spoofed = [("x-forwarded-for", "127.0.0.1, 203.0.113.7")];
    raw(&world, "GET", "/metrics", &spoofed)
        .await
        .expect_code(403, "not_allowed");
}

fn connect(world: &World) -> TcpStream {
    let stream = TcpStream::connect(world.server.addr).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_never_finishes_its_headers_is_shown_the_door() {
    let world = World::with(|config| config.header_timeout_s = 1).await;
    let mut stream = connect(&world);
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow:")
        .unwrap();
    let started = Instant::now();
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest);
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "still open after {:?}",
        started.elapsed()
    );
}

/// Row 26 of the threats, as many as one test process may open.
#[tokio::test(flavor = "multi_thread")]
async fn hundreds_of_slow_clients_do_not_slow_anybody_else() {
    let world = World::with(|config| config.header_timeout_s = 2).await;
    let mut slow: Vec<_> = (0..400).map(|_| connect(&world)).collect();
    for stream in &mut slow {
        stream.write_all(b"GET /healthz HTTP/1.1\r\nX-Slow: ").unwrap();
    }
    let started = Instant::now();
    raw(&world, "GET", "/readyz", &[]).await.expect(200);
    assert!(
        started.elapsed() < Duration::from_secs(1),
        "waited {:?}",
        started.elapsed()
    );
    tokio::time::sleep(Duration::from_secs(3)).await;
    for stream in &mut slow {
        stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
        let mut rest = [0; 512];
        let ended = loop {
            match stream.read(&mut rest) {
                Ok(0) => break true,
                Ok(_) => {}
                Err(error) => break error.kind() == std::io::ErrorKind::ConnectionReset,
            }
        };
        assert!(ended, "a slow client still holds its place");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_never_comes_times_out() {
    let world = World::with(|config| config.request_timeout_s = 1).await;
    let mut stream = connect(&world);
    let head = "POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{";
    stream.write_all(head.as_bytes()).unwrap();
    let mut buffer = [0; 1024];
    let read = stream.read(&mut buffer).unwrap();
    let text = String::from_utf8_lossy(&buffer[..read]);
    assert!(text.starts_with("HTTP/1.1 408"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_connection_after_the_last_one_is_closed_and_places_come_free_again() {
    let world = World::with(|config| config.connections_max = 3).await;
    // The harness' own client may hold one.
    let held: Vec<_> = (0..3).map(|_| connect(&world)).collect();
    tokio::time::sleep(Duration::from_millis(200)).await;
    let mut extra = connect(&world);
    let _ = extra.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    let mut buffer = [0; 16];
    assert!(
        matches!(extra.read(&mut buffer), Ok(0) | Err(_)),
        "one too many was served"
    );
    drop(held);
    tokio::time::sleep(Duration::from_millis(200)).await;
    raw(&world, "GET", "/healthz", &[]).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_requests_than_allowed_are_told_to_come_back() {
    let world = World::with(|config| {
        config.requests_max = 1;
        config.request_timeout_s = 2;
    })
    .await;
    let mut slow = connect(&world);
    let head = "POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{";
    slow.write_all(head.as_bytes()).unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    raw(&world, "GET", "/healthz", &[])
        .await
        .expect_code(503, "unavailable");
    let mut buffer = [0; 1024];
    let _ = slow.read(&mut buffer);
    raw(&world, "GET", "/healthz", &[]).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_finishes_what_has_begun() {
    let world = World::with(|config| config.shutdown_grace_s = 5).await;
    let mut slow = connect(&world);
    let body = r#"{"login":"nobody","password":"correct horse battery"}"#;
    let head = format!(
        "POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    slow.write_all(head.as_bytes()).unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    let addr = world.server.addr;
    let stopping = tokio::spawn(world.stop());
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(
        TcpStream::connect(addr).is_err(),
        "a stopping server takes nobody new"
    );
    slow.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    stopping.await.unwrap();
}

#[tokio::test]
async fn plain_http_to_the_world_needs_to_be_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = Config::for_tests(dir.path());
    config.listen = "0.0.0.0:0".parse().unwrap();
    let refused = qiao_server::serve(config.clone(), Clock::System, None)
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("insecure-http"), "{refused}");
    config.insecure_http = true;
    qiao_server::serve(config, Clock::System, None)
        .await
        .unwrap()
        .shutdown()
        .await
        .unwrap();
}

//! HTTPS with certificate files. The files beside this one are for this test alone and guard nothing.

use std::io::Write;
use std::path::PathBuf;

use qiao_server::clock::Clock;
use qiao_server::config::Config;
use reqwest::header;

use crate::harness::{Answer, World};

fn beside(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/admin/tls")
        .join(name)
}

fn trusting() -> reqwest::Client {
    let certificate = reqwest::Certificate::from_pem(include_bytes!("ca.pem")).unwrap();
    reqwest::Client::builder()
        .tls_certs_only([certificate])
        .build()
        .unwrap()
}

#[tokio::test]
async fn https_is_spoken_and_insisted_on() {
    let world = World::with(|config| {
        config.tls_cert = Some(beside("cert.pem"));
        config.tls_key = Some(beside("key.pem"));
    })
    .await;
    assert!(world.server.url.starts_with("https://"));
    let answer = Answer::of(trusting().get(world.url("/healthz")).send().await.unwrap()).await;
    assert!(answer.headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
    answer.expect(200);
    let plain = world.url("/healthz").replace("https://", "http://");
    assert!(
        world.http.get(plain).send().await.is_err(),
        "plain HTTP on the TLS port is not answered"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handshake_that_never_ends_is_cut_off() {
    let world = World::with(|config| {
        config.tls_cert = Some(beside("cert.pem"));
        config.tls_key = Some(beside("key.pem"));
        config.header_timeout_s = 1;
    })
    .await;
    let mut stream = std::net::TcpStream::connect(world.server.addr).unwrap();
    stream
        .set_read_timeout(Some(std::time::Duration::from_secs(10)))
        .unwrap();
    stream.write_all(&[0x16, 3, 1]).unwrap();
    let started = std::time::Instant::now();
    let mut rest = Vec::new();
    let _ = std::io::Read::read_to_end(&mut stream, &mut rest);
    assert!(started.elapsed() < std::time::Duration::from_secs(5));
}

#[tokio::test]
async fn a_wrong_certificate_file_is_named_and_nothing_starts() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = Config::for_tests(dir.path());
    config.tls_cert = Some(beside("mod.rs"));
    config.tls_key = Some(beside("key.pem"));
    let error = qiao_server::serve(config, Clock::System, None).await.unwrap_err();
    assert!(error.to_string().contains("tls_cert"), "{error}");
}

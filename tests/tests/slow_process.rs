//! Thousands of clients that never finish what they say, against the real server: they cost it little memory, and nobody
//! who has something to say waits for them.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use qiao_tests::harness::process::Server;
use qiao_tests::harness::scene::{phone, settle};
use serde_json::json;

const WANTED: usize = 10_000;
/// Files this process and the server need for themselves.
const OWN: usize = 300;
/// What a connection may cost that has said nothing yet.
const MEMORY_KIB_MAX: usize = 40;

/// Raises this process' limit of open files as far as the system lets it, and tells where it stands. Children have it too.
fn raise_file_limit() -> usize {
    let limits = || {
        let text = std::fs::read_to_string("/proc/self/limits").unwrap();
        let line = text
            .lines()
            .find(|line| line.starts_with("Max open files"))
            .unwrap();
        let numbers: Vec<usize> = line
            .split_whitespace()
            .filter_map(|word| word.parse().ok())
            .collect();
        (numbers[0], *numbers.last().unwrap())
    };
    let (_, hard) = limits();
    // Without the tool the limit stays where it is, and the test is as large as that allows.
    let _ = Command::new("prlimit")
        .args([
            "--pid",
            &std::process::id().to_string(),
            &format!("--nofile={hard}:{hard}"),
        ])
        .status();
    limits().0
}

fn memory_kib(server: &Server) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid().unwrap())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn thousands_of_slow_clients_cost_little_and_slow_nobody() {
    let count = WANTED.min(raise_file_limit().saturating_sub(OWN));
    assert!(count >= 400, "{count} connections show nothing");
    let folder = tempfile::tempdir().unwrap();
    let args = ["--header-timeout-s", "300", "--connections-max", "20000"];
    let server = Server::start(&folder.path().join("data"), &args);
    settle(&server, &["li"]);
    let (li, _) = phone(&server, folder.path(), "li");
    let before_kib = memory_kib(&server);
    let mut slow: Vec<TcpStream> = (0..count)
        .map(|_| {
            let mut stream = TcpStream::connect(server.address()).unwrap();
            stream.write_all(b"GET /healthz HTTP/1.1\r\nX-Slow: ").unwrap();
            stream
        })
        .collect();
    // The last one has been let in once somebody after it has been answered.
    let started = Instant::now();
    assert!(server.is_healthy());
    let asked = started.elapsed();
    for stream in &mut slow {
        stream.write_all(b"s").unwrap();
    }
    let household =
        json!({"new": "household", "village": "V1", "id": "h1", "value": {"householder": "沈清华"}});
    li.run_with_input(&["apply", "-"], &household.to_string())
        .unwrap();
    let started = Instant::now();
    let report = li.run(&["sync"]).unwrap();
    let synced = started.elapsed();
    assert_eq!(report["verdicts"]["accepted"], 1, "{report}");
    let each_kib = memory_kib(&server).saturating_sub(before_kib) / count;
    eprintln!(
        "{count} slow clients: {each_kib} KiB each, {} MiB in all; a question in {asked:?}, an exchange in {synced:?}",
        memory_kib(&server) / 1024
    );
    assert!(each_kib <= MEMORY_KIB_MAX, "{each_kib} KiB for each");
    assert!(asked < Duration::from_secs(5), "a question waits {asked:?}");
    assert!(synced < Duration::from_secs(20), "an exchange takes {synced:?}");

    // They are still served: one of them finishes after all.
    let mut last = slow.pop().unwrap();
    last.write_all(b"\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    last.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

//! Devices as processes: sessions that stay connected, a wipe ordered while one is live, and a kill while it records.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Child;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use qiao_tests::harness::process::Device;
use qiao_tests::harness::scene::{operate, phone, village};
use serde_json::{Value, json};

/// Longest wait for anything that has to happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// A session that is talked to line by line.
struct Session {
    process: Child,
    lines: Receiver<Value>,
}

impl Session {
    fn start(phone: &Device) -> Session {
        let mut process = phone.spawn(&["session"]);
        let stdout = BufReader::new(process.stdout.take().unwrap());
        let (send, lines) = sync_channel(10_000);
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let _ = send.send(serde_json::from_str(&line).unwrap());
            }
        });
        Session { process, lines }
    }

    fn say(&mut self, command: &Value) {
        let stdin = self.process.stdin.as_mut().unwrap();
        writeln!(stdin, "{command}").unwrap();
    }

    /// The next line for which `wanted` holds; others are passed over.
    fn until(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + PATIENCE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let line = self.lines.recv_timeout(left);
            let line = line.unwrap_or_else(|_| panic!("{what} within {PATIENCE:?}"));
            if wanted(&line) {
                return line;
            }
        }
    }

    fn ask(&mut self, command: &Value) -> Value {
        self.say(command);
        self.until(&command.to_string(), |line| line["id"] == command["id"])
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn remark(text: &str) -> Value {
    json!({"doc": "h1", "ops": [{"op": "set", "path": ["remark"], "value": text}]})
}

#[test]
fn two_live_sessions_hear_of_each_other_across_a_kill_of_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = village(folder.path(), &["li", "wang"]);
    let (li_phone, _) = phone(&server, folder.path(), "li");
    let (wang_phone, _) = phone(&server, folder.path(), "wang");
    let (mut li, mut wang) = (Session::start(&li_phone), Session::start(&wang_phone));
    for session in [&mut li, &mut wang] {
        session.say(&json!({"cmd": "live", "id": "live"}));
        session.until("a connection", |line| line["connected"] == true);
    }
    let new = json!({"new": "household", "village": "V1", "id": "h1", "value": {"householder": "沈清华"}});
    let made = li.ask(&json!({"cmd": "new", "id": 1, "edit": new}));
    assert_eq!(made["ok"]["doc"], "h1");
    wang.until("the new household", |line| {
        *line == json!({"event": "changed", "doc": "h1"})
    });
    let answer = wang.ask(&json!({"cmd": "edit", "id": 2, "edit": remark("one")}));
    assert_eq!(answer["ok"]["doc"], "h1");
    li.until("the remark", |line| {
        *line == json!({"event": "changed", "doc": "h1"})
    });

    server.kill9();
    li.until("the broken line", |line| line["connected"] == false);
    li.ask(&json!({"cmd": "edit", "id": 3, "edit": remark("while the server was away")}));
    server.restart();
    li.until("the new line", |line| line["connected"] == true);
    let report = li.ask(&json!({"cmd": "sync", "id": 4}));
    assert_eq!(report["ok"]["unsent"], 0, "{report}");
    let end = Instant::now() + PATIENCE;
    loop {
        let shown = wang.ask(&json!({"cmd": "get", "id": 5, "doc": "h1"}));
        if shown["ok"]["value"]["remark"] == "while the server was away" {
            break;
        }
        assert!(Instant::now() < end, "the edit arrives: {shown}");
        std::thread::sleep(Duration::from_millis(100));
    }
    let both = [&mut li, &mut wang].map(|session| session.ask(&json!({"cmd": "export", "id": 6})));
    assert_eq!(both[0], both[1]);
}

#[test]
fn a_device_that_is_reported_lost_while_live_wipes_itself_and_hands_over_nothing_more() {
    let folder = tempfile::tempdir().unwrap();
    let server = village(folder.path(), &["li"]);
    let (li_phone, id) = phone(&server, folder.path(), "li");
    let mut li = Session::start(&li_phone);
    li.say(&json!({"cmd": "live", "id": 0}));
    li.until("a connection", |line| line["connected"] == true);
    operate(&server, &["admin", "revoke", &id]);
    li.until("the wipe", |line| line["event"] == "wipe");
    let refused = li.ask(&json!({"cmd": "list", "id": 1}));
    assert_eq!(refused["error"]["code"], "wiped");
    drop(li);
    assert!(!li_phone.home().join("device.redb").exists());
    let failed = li_phone.run(&["status"]).unwrap_err();
    assert_eq!(failed.code, Some(3));
    assert!(failed.stdout.contains("wiped"), "{failed}");
}

#[test]
fn a_device_killed_while_it_records_keeps_what_it_had_and_nothing_by_halves() {
    let folder = tempfile::tempdir().unwrap();
    let server = village(folder.path(), &["li", "wang"]);
    let (li, _) = phone(&server, folder.path(), "li");
    let (wang, _) = phone(&server, folder.path(), "wang");
    let mut edits = String::new();
    for n in 0..1_500 {
        let value = json!({"householder": format!("户{n}"), "remark": format!("户{n}")});
        let new = json!({"new": "household", "village": "V1", "id": format!("h{n:04}"), "value": value});
        edits.push_str(&format!("{new}\n"));
    }
    let file = folder.path().join("edits.jsonl");
    std::fs::write(&file, edits).unwrap();
    let mut before = 0;
    for pause_ms in [60, 150, 300, 600] {
        let mut process = li.spawn(&["apply", file.to_str().unwrap()]);
        std::thread::sleep(Duration::from_millis(pause_ms));
        process.kill().unwrap();
        process.wait().unwrap();
        let status = li.run(&["status"]).unwrap();
        let kept = status["unsent"].as_u64().unwrap();
        assert!(kept >= before, "{before} were recorded, {kept} are there");
        let village = 1;
        assert_eq!(status["documents"].as_u64().unwrap(), kept + village);
        before = kept;
    }
    // Killed in the middle of sending, too; what the server took is not sent twice for nothing.
    for pause_ms in [20, 80, 200] {
        let mut process = li.spawn(&["sync"]);
        std::thread::sleep(Duration::from_millis(pause_ms));
        process.kill().unwrap();
        process.wait().unwrap();
    }
    let report = li.run(&["sync"]).unwrap();
    assert_eq!(report["unsent"], 0, "{report}");
    wang.run(&["sync"]).unwrap();
    let mine = li.run(&["export"]).unwrap();
    assert_eq!(mine, wang.run(&["export"]).unwrap());
    let all = mine.as_array().unwrap();
    let households: Vec<_> = all.iter().filter(|doc| doc["kind"] == "household").collect();
    assert_eq!(households.len() as u64, before);
    assert!(
        households
            .iter()
            .all(|doc| doc["value"]["householder"] == doc["value"]["remark"])
    );
}

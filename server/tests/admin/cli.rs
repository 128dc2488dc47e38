//! The binary itself: what it prints, and that its administration is safe beside a running server.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::harness::{Answer, PASSWORD, Phone};

fn qiao(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_qiao"));
    command.arg("--data").arg(data);
    command
}

fn run(data: &Path, args: &[&str]) -> Value {
    let output = qiao(data).args(args).output().unwrap();
    assert!(
        output.status.success(),
        "{args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).unwrap();
    serde_json::from_str(&text).unwrap_or(Value::String(text))
}

/// A server process that is killed with the test.
struct Server {
    child: Child,
    url: String,
    stdout: BufReader<ChildStdout>,
}

impl Server {
    fn start(data: &Path) -> Server {
        let mut command = qiao(data);
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--log", "warn"])
            .stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on ").unwrap().to_owned();
        Server { child, url, stdout }
    }

    fn terminate(mut self) {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .unwrap()
                .success()
        );
        assert!(self.child.wait().unwrap().success());
        let mut rest = String::new();
        std::io::Read::read_to_string(&mut self.stdout, &mut rest).unwrap();
        assert_eq!(rest, "", "one line on standard output and no more");
    }
}

/// A county and somebody who works there.
fn one_person(data: &Path) {
    let place = ["admin", "place", "add", "c1", "--level", "county", "--name", "县"];
    run(data, &place);
    let person = [
        "admin", "person", "add", "--id", "p1", "--name", "某", "--role", "county",
    ];
    run(data, &[&person[..], &["--places", "c1"]].concat());
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_is_set_up_from_the_shell_beside_a_running_server() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path();
    let server = Server::start(data);
    assert!(server.url.starts_with("http://127.0.0.1:"));

    let mut create = qiao(data)
        .args(["admin", "create-account", "--login", "root", "--name", "管理员"])
        .args(["--password-stdin", "--no-totp", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    create
        .stdin
        .take()
        .unwrap()
        .write_all(format!("{PASSWORD}\n").as_bytes())
        .unwrap();
    let output = create.wait_with_output().unwrap();
    let account: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (account["login"].as_str(), account["password"].as_str()),
        (Some("root"), None)
    );

    run(
        data,
        &[
            "admin", "place", "add", "c1", "--level", "county", "--name", "某县",
        ],
    );
    run(
        data,
        &[
            "admin", "place", "add", "t1", "--level", "township", "--name", "某乡", "--parent", "c1",
        ],
    );
    run(
        data,
        &[
            "admin", "place", "add", "v1", "--level", "village", "--name", "某村", "--parent", "t1",
        ],
    );
    run(data, &["admin", "unit", "add", "--id", "u1", "--name", "水务局"]);
    run(data, &["admin", "pair", "add", "u1", "--village", "v1"]);
    run(
        data,
        &[
            "admin", "person", "add", "--id", "p1", "--name", "李敏", "--role", "team", "--places", "v1",
        ],
    );
    let invitation = run(data, &["admin", "invite", "p1", "--json"]);

    let http = reqwest::Client::new();
    let phone = Phone::new("Redmi 9A");
    let request = http
        .post(format!("{}/enrol/v1/requests", server.url))
        .json(&phone.request(invitation["code"].as_str()));
    let enrolled = Answer::of(request.send().await.unwrap()).await.expect(201);
    let device = enrolled["device_id"].as_str().unwrap();
    let pending = run(data, &["admin", "devices", "--status", "pending", "--json"]);
    assert_eq!(pending["device_id"], device);
    let unseen = qiao(data).args(["admin", "approve", device]).output().unwrap();
    assert!(!unseen.status.success(), "the words must be compared");
    assert_eq!(
        run(data, &["admin", "approve", device, "--words-compared"])["status"],
        "active"
    );
    assert_eq!(
        run(data, &["admin", "revoke", device, "--lost"])["status"],
        "lost"
    );

    let body = json!({ "login": "root", "password": PASSWORD, "want_token": true });
    let signed_in = http
        .post(format!("{}/api/v1/session", server.url))
        .json(&body)
        .send()
        .await
        .unwrap();
    let me = Answer::of(signed_in).await.expect(200);
    let listed = http
        .get(format!("{}/api/v1/devices", server.url))
        .bearer_auth(me["token"].as_str().unwrap());
    let listed = Answer::of(listed.send().await.unwrap()).await.expect(200);
    assert_eq!(listed["items"][0]["status"], "lost");
    assert_eq!(run(data, &["admin", "verify-audit"])["intact"], true);
    server.terminate();

    // Everything is still there, and the second start finds the same keys.
    let server = Server::start(data);
    let request = http
        .post(format!("{}/enrol/v1/requests", server.url))
        .json(&phone.request(invitation["code"].as_str()));
    let again = Answer::of(request.send().await.unwrap()).await.expect(201);
    assert_eq!(
        (&again["status"], &again["server_public_key"]),
        (&json!("lost"), &enrolled["server_public_key"])
    );
    server.terminate();
}

#[test]
fn an_account_is_printed_with_everything_its_owner_needs() {
    let dir = tempfile::tempdir().unwrap();
    let text = run(
        dir.path(),
        &["admin", "create-account", "--login", "root", "--name", "管理员"],
    );
    let text = text.as_str().unwrap();
    for part in ["password  ", "otpauth://totp/", "Recovery codes", "█"] {
        assert!(text.contains(part), "{part} is missing");
    }
}

#[test]
fn the_settings_that_hold_are_printed_with_where_they_came_from() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("qiao.toml");
    std::fs::write(&file, "requests_max = 7\nlisten = '127.0.0.1:1'\n").unwrap();
    let output = qiao(dir.path())
        .args(["config", "--json", "--listen", "127.0.0.1:2", "--config"])
        .arg(&file)
        .env("QIAO_METRICS_TOKEN", "hunter2")
        .env("QIAO_LISTEN", "127.0.0.1:3")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!text.contains("hunter2"));
    let shown: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        shown["listen"],
        json!({ "value": "127.0.0.1:2", "source": "flag" })
    );
    assert_eq!(shown["requests_max"], json!({ "value": "7", "source": "file" }));
    assert_eq!(
        shown["metrics_token"],
        json!({ "value": "(set)", "source": "environment" })
    );
    assert_eq!(shown["log"]["source"], "default");
}

#[test]
fn a_refusal_on_the_command_line_says_which_field() {
    let dir = tempfile::tempdir().unwrap();
    let args = [
        "admin", "person", "add", "--name", "李敏", "--role", "team", "--places", "nowhere",
    ];
    let output = qiao(dir.path()).args(args).output().unwrap();
    assert!(!output.status.success());
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("/places/0: unknown"), "{text}");
}

#[test]
fn an_invitation_made_beside_a_running_server_leads_to_where_it_listens() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let server = Server::start(&data);
    one_person(&data);
    let link = |args: &[&str]| {
        let made = run(&data, &[&["admin", "invite", "p1", "--json"], args].concat());
        made["link"].as_str().unwrap().to_owned()
    };
    let (made, url) = (link(&[]), server.url.clone());
    assert!(made.starts_with(&format!("{url}/enrol#")), "{made}");
    let named = link(&["--public-url", "https://bridge.example"]);
    assert!(named.starts_with("https://bridge.example/enrol#"), "{named}");
    server.terminate();
    assert!(!link(&[]).starts_with(&url), "nobody listens there any more");
}

#[tokio::test]
async fn the_list_of_devices_begins_with_those_that_wait() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let server = Server::start(&data);
    one_person(&data);
    let http = reqwest::Client::new();
    let mut ids = Vec::new();
    for _ in 0..2 {
        let invitation = run(&data, &["admin", "invite", "p1", "--json"]);
        let body = Phone::new("Redmi 9A").request(invitation["code"].as_str());
        let answer = http
            .post(format!("{}/enrol/v1/requests", server.url))
            .json(&body)
            .send()
            .await
            .unwrap();
        let enrolled = Answer::of(answer).await.expect(201);
        ids.push(enrolled["device_id"].as_str().unwrap().to_owned());
    }
    run(&data, &["admin", "approve", &ids[0], "--words-compared"]);
    let Value::String(listed) = run(&data, &["admin", "devices"]) else {
        panic!("lines for people")
    };
    let place = |id: &str| listed.find(id).unwrap_or_else(|| panic!("{id} is not listed"));
    assert!(place(&ids[1]) < place(&ids[0]), "{listed}");
    assert!(
        listed.contains("pending") && listed.contains("active"),
        "{listed}"
    );
    server.terminate();
}

#[test]
fn the_help_for_devices_is_about_devices() {
    let help = |args: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_qiao"))
            .args(args)
            .output()
            .unwrap();
        assert!(output.status.success(), "{args:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    for args in [
        &["device", "--help"][..],
        &["device", "sync", "--help"],
        &["device", "enrol", "--help"],
    ] {
        let text = help(args);
        for flag in [
            "--listen",
            "--tls-cert",
            "--data",
            "--metrics-token",
            "--trusted-proxies",
        ] {
            assert!(!text.contains(flag), "{args:?} speaks of {flag}");
        }
        assert!(text.contains("--home"), "{args:?}");
    }
    assert!(help(&["serve", "--help"]).contains("--listen"));
}

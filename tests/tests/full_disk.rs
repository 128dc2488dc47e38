//! A disk that is full and a disk that fails, under the real server: nothing acknowledged is lost, and the server either
//! refuses in clear words and goes on when there is room, or ends at once and goes on after a restart.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use qiao_tests::harness::process::{Device, Server};
use qiao_tests::harness::scene::{operate, phone, settle};
use serde_json::{Value, json};

const PHONES: [&str; 2] = ["li", "wang"];

/// A small disk of its own. Gone when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// `None` where this process may not mount anything.
    fn mount(at: &Path, size: &str) -> Option<SmallDisk> {
        std::fs::create_dir_all(at).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size},mode=700"), "tmpfs"])
            .arg(at)
            .output();
        mounted
            .is_ok_and(|output| output.status.success())
            .then(|| SmallDisk(at.to_owned()))
    }

    /// Fills it to the last page.
    fn fill(&self) {
        let mut ballast = std::fs::File::create(self.0.join("ballast")).unwrap();
        while ballast.write_all(&[7; 4096]).is_ok() {}
    }

    fn empty(&self) {
        std::fs::remove_file(self.0.join("ballast")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a server that is being killed may still hold a file.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// Records visits with these texts.
fn record(phone: &Device, tokens: &[String]) {
    let lines: Vec<String> = tokens
        .iter()
        .map(|token| {
            let visit =
                json!([{"op": "add", "path": ["visits"], "value": {"found": token, "promised": "记".repeat(150)}}]);
            json!({"doc": "h1.j2026", "ops": visit}).to_string()
        })
        .collect();
    phone.run_with_input(&["apply", "-"], &lines.join("\n")).unwrap();
}

fn unsent(phone: &Device) -> u64 {
    phone.run(&["status"]).unwrap()["unsent"].as_u64().unwrap()
}

/// One household, two phones that have it.
fn scene(server: &Server, folder: &Path) -> Vec<Device> {
    settle(server, &PHONES);
    let phones: Vec<_> = PHONES
        .iter()
        .map(|person| phone(server, folder, person).0)
        .collect();
    let household =
        json!({"new": "household", "village": "V1", "id": "h1", "value": {"householder": "沈清华"}});
    phones[0]
        .run_with_input(&["apply", "-"], &household.to_string())
        .unwrap();
    for phone in &phones {
        phone.run(&["sync"]).unwrap();
    }
    phones
}

/// Everything is sent, everywhere, once, and the server finds itself whole.
fn all_is_there_once(server: &mut Server, phones: &[Device], written: &BTreeSet<String>) {
    for _ in 0..2 {
        for phone in phones {
            phone.run(&["sync"]).unwrap();
        }
    }
    let exports: Vec<String> = phones
        .iter()
        .map(|phone| phone.run(&["export"]).unwrap().to_string())
        .collect();
    assert!(
        exports.iter().all(|export| *export == exports[0]),
        "replicas are equal"
    );
    for token in written {
        let times = exports[0].matches(&format!("\"{token}\"")).count();
        assert_eq!(times, 1, "{token}");
    }
    server.terminate();
    operate(server, &["verify"]);
}

/// One request by hand: status and body.
fn post(server: &Server, path: &str, body: &Value) -> (u16, Value) {
    let body = body.to_string();
    let mut socket = TcpStream::connect(server.address()).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    write!(
        socket,
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    (status, serde_json::from_str(body).unwrap_or(Value::Null))
}

#[test]
fn a_server_whose_disk_fills_up_refuses_in_words_loses_nothing_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(&folder.path().join("small"), "24m") else {
        eprintln!("NOT TESTED: a full disk. This process may not mount a small one (it needs root).");
        return;
    };
    // Its log lies on the same disk, as it does on most machines.
    let mut server = Server::start(&disk.0.join("data"), &["--log", "info"]);
    let phones = scene(&server, folder.path());
    operate(
        &server,
        &[
            "admin",
            "create-account",
            "--login",
            "office",
            "--name",
            "某",
            "--no-totp",
            "--json",
        ],
    );
    let mut written = BTreeSet::new();
    let mut refused = 0;
    for cycle in 0..3 {
        for round in 0..6 {
            // Full from the third round on; in between, under load.
            if round == 2 {
                disk.fill();
            }
            for (index, phone) in phones.iter().enumerate() {
                let tokens: Vec<String> = (0..30)
                    .map(|n| format!("token-{cycle}-{round}-{index}-{n}"))
                    .collect();
                record(phone, &tokens);
                written.extend(tokens);
                if let Err(failed) = phone.run(&["sync"]) {
                    refused += 1;
                    assert!(unsent(phone) > 0, "what was not taken is kept: {failed}");
                }
            }
        }
        let sign_in = json!({"login": "office", "password": "not the password", "want_token": true});
        let (status, problem) = post(&server, "/api/v1/session", &sign_in);
        assert!(
            (status, problem["code"].as_str()) == (507, Some("server_storage_full")) || status == 401,
            "{status} {problem}"
        );
        assert!(server.is_healthy());
        disk.empty();
        for phone in &phones {
            phone.run(&["sync"]).unwrap();
            assert_eq!(unsent(phone), 0, "it goes on without a restart");
        }
    }
    assert!(refused >= 6, "only {refused} exchanges met a full disk");
    all_is_there_once(&mut server, &phones, &written);
}

/// A library that lets every sync of a file fail while a file named by the environment exists.
fn failing_disk(folder: &Path) -> Option<PathBuf> {
    let (source, library) = (folder.join("eio.c"), folder.join("eio.so"));
    std::fs::write(
        &source,
        r#"
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <errno.h>
        #include <stdlib.h>
        #include <unistd.h>
        static int fails(void) {
            const char *flag = getenv("FAILING_DISK");
            return flag && access(flag, F_OK) == 0;
        }
        #define SHADOW(name) \
            int name(int file) { \
                static int (*real)(int); \
                if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, #name); \
                if (fails()) { errno = EIO; return -1; } \
                return real(file); \
            }
        SHADOW(fsync)
        SHADOW(fdatasync)
        "#,
    )
    .unwrap();
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .args([&library, &source])
        .arg("-ldl")
        .output();
    built
        .is_ok_and(|output| output.status.success())
        .then_some(library)
}

#[test]
fn a_server_whose_disk_fails_ends_at_once_and_has_everything_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let Some(library) = failing_disk(folder.path()) else {
        eprintln!("NOT TESTED: a failing disk. There is no C compiler to make one.");
        return;
    };
    let flag = folder.path().join("fails");
    let environment = [
        ("LD_PRELOAD", library.to_str().unwrap()),
        ("FAILING_DISK", flag.to_str().unwrap()),
    ];
    let mut server = Server::start_in(&folder.path().join("data"), &[], &environment);
    let phones = scene(&server, folder.path());
    let mut written = BTreeSet::new();
    for cycle in 0..3 {
        let write = |index: usize, part: &str, written: &mut BTreeSet<String>| {
            let tokens: Vec<String> = (0..30)
                .map(|n| format!("token-{cycle}-{part}-{index}-{n}"))
                .collect();
            record(&phones[index], &tokens);
            written.extend(tokens);
        };
        for (index, phone) in phones.iter().enumerate() {
            write(index, "before", &mut written);
            phone.run(&["sync"]).unwrap();
            assert_eq!(unsent(phone), 0);
        }
        std::fs::write(&flag, "").unwrap();
        write(0, "after", &mut written);
        let told = phones[0].run(&["sync"]);
        assert!(
            told.is_err(),
            "nothing is acknowledged that may not be on the disk: {told:?}"
        );
        assert!(unsent(&phones[0]) > 0);
        let started = Instant::now();
        let ended = server.wait_for_end(Duration::from_secs(20));
        let ended = ended.unwrap_or_else(|| panic!("it goes on after a failed sync:\n{}", server.log()));
        assert_eq!(ended.signal(), Some(6), "after {:?}: {ended}", started.elapsed());
        std::fs::remove_file(&flag).unwrap();
        server.restart();
    }
    all_is_there_once(&mut server, &phones, &written);
}

//! `kill -9` of the real server while phones push: whatever was acknowledged is there afterwards, once.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use qiao_tests::harness::scene::{operate, phone, village};
use serde_json::json;

const CYCLES: u64 = 50;
const PHONES: [&str; 3] = ["li", "wang", "zhao"];

#[test]
fn a_server_killed_fifty_times_under_load_loses_nothing_and_repeats_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = village(folder.path(), &PHONES);
    let phones: Vec<_> = PHONES
        .iter()
        .map(|person| phone(&server, folder.path(), person).0)
        .collect();
    let household =
        json!({"new": "household", "village": "V1", "id": "h1", "value": {"householder": "沈清华"}});
    phones[0]
        .run_with_input(&["apply", "-"], &household.to_string())
        .unwrap();
    for phone in &phones {
        phone.run(&["sync"]).unwrap();
    }

    let stop = AtomicBool::new(false);
    let written: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    std::thread::scope(|scope| {
        for (index, phone) in phones.iter().enumerate() {
            let (stop, written) = (&stop, &written);
            scope.spawn(move || {
                for number in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    let tokens: Vec<String> =
                        (0..20).map(|n| format!("token-{index}-{number}-{n}")).collect();
                    let lines: Vec<String> = tokens
                        .iter()
                        .map(|token| {
                            let visit = json!([{"op": "add", "path": ["visits"], "value": {"found": token}}]);
                            json!({"doc": "h1.j2026", "ops": visit}).to_string()
                        })
                        .collect();
                    phone.run_with_input(&["apply", "-"], &lines.join("\n")).unwrap();
                    written.lock().unwrap().extend(tokens);
                    // The line breaks whenever the server dies; that is what this is about.
                    let _ = phone.run(&["sync"]);
                }
            });
        }
        for cycle in 0..CYCLES {
            std::thread::sleep(Duration::from_millis(20 + cycle * 37 % 150));
            server.restart();
        }
        stop.store(true, Ordering::Relaxed);
    });

    for _ in 0..2 {
        for phone in &phones {
            phone.run(&["sync"]).unwrap();
        }
    }
    let written = written.into_inner().unwrap();
    assert!(written.len() >= 100, "{} edits are no load", written.len());
    let exports: Vec<String> = phones
        .iter()
        .map(|phone| phone.run(&["export"]).unwrap().to_string())
        .collect();
    assert!(
        exports.iter().all(|export| *export == exports[0]),
        "replicas are equal"
    );
    for token in &written {
        let times = exports[0].matches(&format!("\"{token}\"")).count();
        assert_eq!(times, 1, "{token}");
    }
    server.terminate();
    operate(&server, &["verify"]);
}

//! The demonstration is a promise to whoever tries the product first: a small one of a few seconds must keep it.

use std::process::{Command, Stdio};

use qiao_tests::harness::process::qiao_binary;
use serde_json::Value;

/// Builds the demonstration in the profile of this test and returns its program.
fn demo_binary() -> String {
    let mut build = Command::new(env!("CARGO"));
    build
        .args([
            "build",
            "--locked",
            "--quiet",
            "--package",
            "qiao-demo",
            "--bin",
            "qiao-demo",
        ])
        .arg("--message-format=json-render-diagnostics")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stderr(Stdio::inherit());
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    let output = build.output().expect("cargo runs");
    assert!(output.status.success(), "building the demonstration failed");
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter_map(|message| message["executable"].as_str().map(str::to_owned))
        .next_back()
        .expect("cargo names the binary it has built")
}

/// The number after `name=` in a line.
fn count(line: &str, name: &str) -> u64 {
    line.split_whitespace()
        .find_map(|word| word.strip_prefix(name)?.strip_prefix('=')?.parse().ok())
        .unwrap_or_else(|| panic!("no {name} in: {line}"))
}

#[test]
fn phones_wander_conflict_and_one_is_lost_and_in_the_end_all_replicas_are_equal() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(demo_binary())
        .arg("--qiao")
        .arg(qiao_binary())
        .args(["--listen", "127.0.0.1:0", "--dir"])
        .arg(folder.path().join("demo"))
        .env("DEMO_SECONDS", "8")
        .env("DEMO_HOUSEHOLDS", "20")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{complaints}");

    let last = said.lines().last().unwrap();
    assert!(last.contains("replicas are equal"), "{said}");
    assert!(count(last, "conflicts") > 0, "nobody disagreed: {last}");
    assert!(
        count(last, "quarantined") > 0,
        "the lost phone's edits are not in quarantine: {last}"
    );
    assert_eq!(count(last, "diverged"), 0, "{last}");
}

#[test]
fn a_folder_that_no_demonstration_made_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kept.txt");
    std::fs::write(&file, "mine").unwrap();
    let output = Command::new(demo_binary())
        .arg("--qiao")
        .arg(qiao_binary())
        .arg("--dir")
        .arg(folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
}

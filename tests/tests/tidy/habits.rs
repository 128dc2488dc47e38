//! How everything here is written: what a file begins with, how long it is, what it may not leave behind.

use super::sources::{
    Findings, Source, all_rust_files, file, find_word, manifests, mentions, root, rust_files_under,
};

/// More lines than this and a file surely holds a second idea.
const FILE_LINES_MAX: usize = 1_000;
/// From here on the guard names the file, so that the split is planned before it is forced.
const FILE_LINES_WARN: usize = 900;

#[test]
fn every_crate_takes_the_lints_of_the_workspace() {
    let mut found = Findings::default();
    for manifest in manifests() {
        let own_workspace = manifest.text.lines().any(|line| line.trim() == "[workspace]");
        if own_workspace {
            continue;
        }
        let mut lines = manifest.text.lines().skip_while(|line| line.trim() != "[lints]");
        if lines.next().is_none() || lines.next().map(str::trim) != Some("workspace = true") {
            found.add(&manifest, 1, "lacks `[lints]` followed by `workspace = true`");
        }
    }
    found.must_be_empty("`unsafe_code = \"forbid\"` and its neighbours hold only where they are inherited");
}

#[test]
fn automerge_is_pinned_to_the_release_whose_bounds_were_measured() {
    let manifest = Source::read(&root().join("Cargo.toml"));
    let line = manifest
        .text
        .lines()
        .find(|line| line.starts_with("automerge ") || line.starts_with("automerge="));
    let line = line.expect("the workspace names automerge");
    assert!(
        line.contains("\"="),
        "`{line}`: pin automerge with `=`. The gate's limits hold for the release they were measured on; \
         a newer one is a change of its own, with the hostile corpus run against it.",
    );
}

#[test]
fn every_rust_file_begins_by_saying_what_it_is_for() {
    let mut found = Findings::default();
    for source in all_rust_files() {
        let first = source.text.lines().map(str::trim).find(|line| !line.is_empty());
        if !first.is_some_and(|line| line.starts_with("//!") && line.len() > "//! ".len()) {
            found.add(&source, 1, "does not begin with `//!`");
        }
    }
    found.must_be_empty(
        "say what the file owns, what it never does and where to look next, in its first lines",
    );
}

#[test]
fn no_file_is_longer_than_one_idea_can_be() {
    let mut found = Findings::default();
    for source in all_rust_files() {
        let lines = source.text.lines().count();
        if lines > FILE_LINES_MAX {
            found.add(
                &source,
                lines,
                &format!("{lines} lines, at most {FILE_LINES_MAX}"),
            );
        } else if lines > FILE_LINES_WARN {
            eprintln!(
                "{}: {lines} lines, close to the limit of {FILE_LINES_MAX}",
                source.path
            );
        }
    }
    found.must_be_empty("look for the second idea in the file and give it a file of its own");
}

#[test]
fn nothing_is_left_unfinished_without_a_reason() {
    let mut found = Findings::default();
    for source in all_rust_files() {
        for (number, line) in source.code_lines() {
            for word in ["todo!", "unimplemented!", "dbg!"] {
                if mentions(line, word) {
                    found.add(&source, number, &format!("`{word}`"));
                }
            }
        }
        for (number, line) in source.lines() {
            for mark in ["TODO", "FIXME", "XXX"] {
                let Some(at) = find_word(line, mark) else { continue };
                let reason = line[at + mark.len()..].trim_start_matches([':', ' ', '(', ')']);
                if reason.split_whitespace().count() < 3 {
                    found.add(&source, number, &format!("`{mark}` without a reason"));
                }
            }
        }
    }
    found.must_be_empty("finish it, or say why it waits and for what");
}

#[test]
fn production_says_why_it_cannot_panic() {
    let mut found = Findings::default();
    for folder in [
        "sync-core/src",
        "sync-core/native/src",
        "sync-core/wasm/src",
        "server/src",
        "deploy/demo/src",
    ] {
        for source in rust_files_under(folder) {
            for (number, line) in source.product_lines() {
                if line.contains(".unwrap()") {
                    found.add(&source, number, "`.unwrap()`");
                }
            }
        }
    }
    found.must_be_empty("return an error, or write `.expect(\"the invariant that holds here\")`");
}

#[test]
fn no_test_is_switched_off() {
    let mut found = Findings::default();
    for source in all_rust_files() {
        for (number, line) in source.code_lines() {
            let line = line.trim_start();
            if line.starts_with("#[ignore") || line.contains(", ignore)") || line.contains("#[cfg(any())]") {
                found.add(&source, number, line.trim());
            }
        }
    }
    found.must_be_empty(
        "a test that does not run proves nothing: mend it, or remove it with the promise it kept",
    );
}

#[test]
fn every_guard_that_the_architecture_names_exists() {
    let Some(document) = file("ARCHITECTURE.md") else {
        return;
    };
    let sources = rust_files_under("");
    let is_sentence = |name: &&str| {
        name.matches('_').count() >= 3
            && name
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    let named = document.text.split('`').skip(1).step_by(2).filter(is_sentence);
    let missing: Vec<&str> = named
        .filter(|name| {
            !sources
                .iter()
                .any(|source| source.text.contains(&format!("fn {name}(")))
        })
        .collect();
    assert!(
        missing.is_empty(),
        "ARCHITECTURE.md names tests that are not there: {missing:?}. A promise without its guard is a wish: \
         name the test that keeps it now, or take the promise back.",
    );
}

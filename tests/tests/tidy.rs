//! Guards of the repository: what must never be in it, each as a test named for the rule it keeps.
//!
//! Owns the rules that no compiler or linter states: which crate may know which, where the environment is read,
//! how a file begins. It reads sources as text and the dependency tree through `cargo tree`; it never runs the
//! product. A rule about a place that does not exist yet holds until its first file appears. Rules on calls and
//! types are in `clippy.toml` and `sync-core/clippy.toml`, rules on third-party crates in `deny.toml`; that the
//! protocol document says what the code does is checked beside it, in `sync-core/tests`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// More lines than this and a file surely holds a second idea.
const FILE_LINES_MAX: usize = 1_000;
/// From here on the guard names the file, so that the split is planned before it is forced.
const FILE_LINES_WARN: usize = 900;

/// Crates that do IO, keep time or schedule: the pure core must work without every one of them.
const CRATES_FOREIGN_TO_THE_CORE: &[&str] = &[
    "tokio",
    "axum",
    "sqlx",
    "reqwest",
    "hyper",
    "mio",
    "redb",
    "async-std",
    "smol",
    "futures-executor",
    "libsqlite3-sys",
    "rustls",
    "aws-lc-rs",
    "ring",
    "openssl",
    "clap",
    "tracing-subscriber",
    "jiff",
    "chrono",
];

/// What the sources of the core may not say. Clippy refuses the calls; this refuses the imports as well.
const WORDS_FOREIGN_TO_THE_CORE: &[(&str, &str)] = &[
    ("std::fs", "the core does no IO: return a store effect"),
    ("std::net", "the core has no network: return the bytes to send"),
    ("std::env", "the core reads no settings: take them as an argument"),
    ("std::thread", "the core is a state machine without threads"),
    ("std::process", "the core starts and ends nothing"),
    (
        "SystemTime",
        "the core has no clock: take the time as an argument",
    ),
    ("Instant", "the core has no clock: take the time as an argument"),
    ("async fn", "the core never waits: return what it needs next"),
    (".await", "the core never waits: return what it needs next"),
    ("rand::", "randomness is an argument"),
    ("getrandom::", "randomness is an argument"),
    ("println!", "the core does no IO: return what is to be shown"),
    ("eprintln!", "the core does no IO: return what is to be shown"),
];

#[test]
fn the_core_depends_on_nothing_that_does_io() {
    let names = dependencies_of("sync-core");
    assert!(
        names.contains("automerge"),
        "`cargo tree` did not print the tree of sync-core: {names:?}"
    );
    let foreign: Vec<_> = CRATES_FOREIGN_TO_THE_CORE
        .iter()
        .filter(|name| names.contains(**name))
        .collect();
    assert!(
        foreign.is_empty(),
        "sync-core depends on {foreign:?}, directly or through another crate.\n\
         The core runs in a browser worker and in a replayed simulation: it takes input and returns effects.\n\
         Move the part that needs this crate into sync-core/native or server; \
         `cargo tree -p sync-core -i NAME` shows who pulls it in.",
    );
}

/// What the browser's crate may not say: it converts, and whoever converts decides nothing.
const WORDS_FOREIGN_TO_THE_CONVERSION: &[&str] = &[
    "gate::",
    "schema::",
    "audience::",
    "change::",
    "policy::may",
    "may_write_value",
    "normalize",
    "automerge::",
];

/// What the engine in a browser may ask of its host, as the glue names it: conversion, and the random bytes that
/// Automerge draws and sync-core replaces. No clock, no network, no timer.
const IMPORTS_OF_THE_BROWSER_ENGINE: &[&str] = &[
    "__wbindgen_string_get",
    "__wbindgen_throw",
    "getRandomValues",
    "get",
    "get_unchecked",
    "instanceof_Uint8Array",
    "isArray",
    "length",
    "new",
    "new_from_slice",
    "of",
    "parse",
    "prototypesetcall",
    "push",
    "set",
    "set_name",
    "stringify",
];

#[test]
fn the_browser_engine_converts_and_decides_nothing() {
    let mut found = Findings::default();
    for source in rust_files_under("sync-core/wasm/src") {
        for (number, line) in source.code_lines() {
            for word in WORDS_FOREIGN_TO_THE_CONVERSION {
                if mentions(line, word) {
                    found.add(&source, number, &format!("`{word}`"));
                }
            }
        }
    }
    found.must_be_empty(
        "a rule that only browsers keep is a rule two devices disagree about: put it into sync-core, \
         where every device has it",
    );
    let names = dependencies_of("qiao-wasm");
    let foreign: Vec<_> = CRATES_FOREIGN_TO_THE_CORE
        .iter()
        .filter(|name| names.contains(**name))
        .collect();
    assert!(foreign.is_empty(), "qiao-wasm depends on {foreign:?}");
}

#[test]
fn the_browser_engine_asks_its_host_for_conversion_only() {
    // Generated by `make wasm`; where it has not been built there is nothing to look at.
    let Some(glue) = file("web/wasm-pkg/qiao.js") else {
        return;
    };
    // An import is written as `__wbg_NAME_0123456789abcdef: function`.
    let imports: BTreeSet<&str> = glue
        .text
        .split("__wbg_")
        .skip(1)
        .filter_map(|rest| {
            let (name, _) = rest.split_once(": function")?;
            let (name, hash) = name.rsplit_once('_')?;
            let named = name.chars().all(|c| c.is_alphanumeric() || c == '_');
            (named && hash.len() == 16).then_some(name)
        })
        .collect();
    assert!(
        imports.contains("parse"),
        "the glue is written in another way now: {imports:?}"
    );
    let foreign: Vec<_> = imports
        .iter()
        .filter(|name| !IMPORTS_OF_THE_BROWSER_ENGINE.contains(name))
        .collect();
    assert!(
        foreign.is_empty(),
        "the engine in a browser imports {foreign:?}: the core is a function of its inputs there too",
    );
}

#[test]
fn the_sources_of_the_core_mention_no_io_no_clock_and_no_randomness() {
    let mut found = Findings::default();
    for source in rust_files_under("sync-core/src") {
        for (number, line) in source.product_lines() {
            for (word, why) in WORDS_FOREIGN_TO_THE_CORE {
                if mentions(line, word) {
                    found.add(&source, number, &format!("`{word}`: {why}"));
                }
            }
        }
    }
    found.must_be_empty("sync-core is a function of its inputs");
}

#[test]
fn http_handlers_know_no_database() {
    let mut found = Findings::default();
    for source in rust_files_under("server/src/http") {
        for (number, line) in source.code_lines() {
            for word in ["sqlx", "store::sqlite", "store::postgres"] {
                if mentions(line, word) {
                    found.add(&source, number, &format!("`{word}`"));
                }
            }
        }
    }
    found.must_be_empty(
        "a handler asks the store through its trait; SQL and the types of one engine stay in server/src/store, \
         so that a second engine needs no second set of handlers",
    );
}

#[test]
fn one_database_engine_does_not_know_the_other() {
    let mut found = Findings::default();
    for (own, other) in [("sqlite", "postgres"), ("postgres", "sqlite")] {
        let mut sources = rust_files_under(&format!("server/src/store/{own}"));
        sources.extend(file(&format!("server/src/store/{own}.rs")));
        for source in sources {
            for (number, line) in source.code_lines() {
                if mentions(line, &format!("store::{other}")) || mentions(line, &format!("super::{other}")) {
                    found.add(&source, number, &format!("mentions the engine `{other}`"));
                }
            }
        }
    }
    found.must_be_empty("what two engines share belongs beside the trait, in server/src/store");
}

#[test]
fn documents_are_opened_by_the_core_alone() {
    let mut found = Findings::default();
    for folder in [
        "sync-core/native/src",
        "sync-core/wasm/src",
        "server/src",
        "deploy/demo/src",
    ] {
        for source in rust_files_under(folder) {
            for (number, line) in source.product_lines() {
                let Some(at) = find_word(line, "automerge::") else {
                    continue;
                };
                let named = &line[at + "automerge::".len()..];
                let named: Vec<&str> = match named.strip_prefix('{') {
                    Some(list) => list
                        .split('}')
                        .next()
                        .unwrap_or_default()
                        .split(',')
                        .map(str::trim)
                        .collect(),
                    None => named
                        .split(|c: char| !c.is_alphanumeric() && c != '_')
                        .take(1)
                        .collect(),
                };
                for name in named {
                    if ["Automerge", "AutoCommit", "transaction", "sync", "LoadOptions"].contains(&name) {
                        found.add(&source, number, &format!("`automerge::{name}`"));
                    }
                }
            }
        }
    }
    found.must_be_empty(
        "whoever loads or changes a document past sync-core loads what the gate has not judged; \
         outside it documents that the core has opened are read, never opened and never written",
    );
}

#[test]
fn only_the_configuration_reads_the_environment() {
    let mut found = Findings::default();
    for source in all_rust_files() {
        if source.path == "server/src/config.rs" || is_entry_point(&source.path) {
            continue;
        }
        // The harness is a test tool: it may ask where it runs, never for a setting.
        let words: &[&str] = if source.path.starts_with("tests/") || source.path.starts_with("deploy/") {
            &[
                "env::var",
                "env::var_os",
                "env::vars",
                "env::vars_os",
                "env::set_var",
                "env::remove_var",
            ]
        } else {
            &["std::env"]
        };
        for (number, line) in source.code_lines() {
            for word in words {
                if mentions(line, word) {
                    found.add(&source, number, &format!("`{word}`"));
                }
            }
        }
    }
    found.must_be_empty(
        "settings are parsed in server/src/config.rs, so that `qiao config` can print all that holds; \
         take the value as an argument",
    );
}

#[test]
fn production_does_not_depend_on_the_harness() {
    let mut found = Findings::default();
    for manifest in manifests() {
        let path = manifest.path.as_str();
        let production = !path.starts_with("tests/") && path != "Cargo.toml";
        let mut section = "";
        for (number, line) in manifest.lines() {
            if line.starts_with('[') {
                section = line.trim();
            }
            let names = |name: &str| {
                line.strip_prefix(name)
                    .is_some_and(|rest| rest.starts_with([' ', '.', '=']))
            };
            if production && names("qiao-tests") {
                found.add(&manifest, number, "depends on the test harness");
            }
            // A crate's own tests may read what the generator makes.
            if production && names("qiao-demo") && section != "[dev-dependencies]" {
                found.add(&manifest, number, "depends on the demonstration");
            }
        }
    }
    found.must_be_empty("the harness and the demonstration use the product, never the other way round");
}

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

#[test]
fn the_guards_recognise_what_they_forbid() {
    assert!(mentions("let x = rand::random();", "rand::"));
    assert!(!mentions("fn operand::new()", "rand::"));
    assert!(mentions("use std::time::{Duration, Instant};", "Instant"));
    assert!(!mentions("struct Instantiated;", "Instant"));
    assert!(mentions("let v = env::var(\"X\");", "env::var"));
    assert!(!mentions("let v = env::vars();", "env::var"));
    assert_eq!(code_of("let a = 1; // std::fs"), "let a = 1; ");
    assert_eq!(
        code_of("let a = \"https://x\"; // why"),
        "let a = \"https://x\"; "
    );
    let source = Source {
        path: "x.rs".into(),
        text: "a\n#[cfg(test)]\nmod tests {\nprintln!()\n}\n".into(),
    };
    assert_eq!(
        source.code_lines().count(),
        1,
        "test modules at the end are not the product"
    );
}

/// Crate names in the tree that `package` is built from, without development dependencies.
fn dependencies_of(package: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--package",
            package,
            "--edges",
            "normal,build",
            "--prefix",
            "none",
            "--offline",
            "--locked",
        ])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "cargo tree: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines()
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .collect()
}

/// Where tests and tools start: they may read what the Makefile passes them.
fn is_entry_point(path: &str) -> bool {
    let tools = ["tests/", "deploy/demo/", "sync-core/wasm/bind/"];
    let tool = tools.iter().any(|folder| path.starts_with(folder));
    tool && (path.contains("/src/bin/") || path.ends_with("/src/main.rs") || path.starts_with("tests/tests/"))
}

/// Whether `line` holds `word` as a word of its own (`rand::` is not in `operand::`).
fn mentions(line: &str, word: &str) -> bool {
    find_word(line, word).is_some()
}

fn find_word(line: &str, word: &str) -> Option<usize> {
    let of_a_name = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).map(|(at, _)| at).find(|&at| {
        let opens = word.starts_with(of_a_name) && line[..at].ends_with(of_a_name);
        let goes_on = word.ends_with(of_a_name) && line[at + word.len()..].starts_with(of_a_name);
        !opens && !goes_on
    })
}

/// The part of a line before its comment. A `//` inside a URL is not a comment.
fn code_of(line: &str) -> &str {
    let comment = line
        .match_indices("//")
        .map(|(at, _)| at)
        .find(|&at| !line[..at].ends_with(':'));
    &line[..comment.unwrap_or(line.len())]
}

/// One file of the repository.
struct Source {
    /// From the root of the repository, with `/`.
    path: String,
    text: String,
}

impl Source {
    fn read(path: &Path) -> Source {
        let text =
            std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let path = path
            .strip_prefix(root())
            .expect("inside the repository")
            .to_string_lossy()
            .replace('\\', "/");
        Source { path, text }
    }

    /// Lines with their numbers.
    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line))
    }

    /// Lines of the product: without comments, up to the test module that ends the file, and none of a file
    /// that is a test module (`tests.rs`).
    fn product_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let is_tests = self.path.ends_with("/tests.rs");
        self.code_lines().filter(move |_| !is_tests)
    }

    /// Lines without comments, up to the test module that ends the file.
    fn code_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines: Vec<&str> = self.text.lines().collect();
        let is_tests = |pair: &[&str]| {
            pair[0].trim() == "#[cfg(test)]"
                && pair[1].starts_with("mod ")
                && pair[1].trim_end().ends_with('{')
        };
        let end = lines.windows(2).position(is_tests).unwrap_or(lines.len());
        lines
            .into_iter()
            .take(end)
            .enumerate()
            .map(|(index, line)| (index + 1, code_of(line)))
    }
}

/// What a guard found, told all at once: a list to work through, not one failure after another.
#[derive(Default)]
struct Findings(String);

impl Findings {
    fn add(&mut self, source: &Source, line: usize, what: &str) {
        writeln!(self.0, "  {}:{line}: {what}", source.path).expect("a String takes every write");
    }

    fn must_be_empty(self, rule: &str) {
        assert!(self.0.is_empty(), "{rule}:\n{}", self.0);
    }
}

fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests
        .parent()
        .expect("the tests crate lies in the repository")
        .to_owned()
}

/// Every Rust file of the repository but this one, which has to spell what it forbids.
fn all_rust_files() -> Vec<Source> {
    rust_files_under("")
        .into_iter()
        .filter(|source| source.path != "tests/tests/tidy.rs")
        .collect()
}

fn rust_files_under(folder: &str) -> Vec<Source> {
    files_under(&root().join(folder), &|name| name.ends_with(".rs"))
}

fn file(path: &str) -> Option<Source> {
    let path = root().join(path);
    path.exists().then(|| Source::read(&path))
}

fn manifests() -> Vec<Source> {
    files_under(&root(), &|name| name == "Cargo.toml")
}

/// Files below `folder`, in order of their paths; empty where the folder does not exist yet.
fn files_under(folder: &Path, wanted: &dyn Fn(&str) -> bool) -> Vec<Source> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("a readable folder").path())
        .collect();
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        let name = path
            .file_name()
            .expect("an entry has a name")
            .to_string_lossy()
            .into_owned();
        if path.is_dir() {
            let generated = ["target", "node_modules", "demo-data"].contains(&name.as_str());
            if !generated && !name.starts_with('.') {
                found.extend(files_under(&path, wanted));
            }
        } else if wanted(&name) {
            found.push(Source::read(&path));
        }
    }
    found
}

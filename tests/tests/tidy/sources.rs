//! The repository as text: its files, their lines, and what a guard found in them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Whether `line` holds `word` as a word of its own (`rand::` is not in `operand::`).
pub(crate) fn mentions(line: &str, word: &str) -> bool {
    find_word(line, word).is_some()
}

pub(crate) fn find_word(line: &str, word: &str) -> Option<usize> {
    let of_a_name = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).map(|(at, _)| at).find(|&at| {
        let opens = word.starts_with(of_a_name) && line[..at].ends_with(of_a_name);
        let goes_on = word.ends_with(of_a_name) && line[at + word.len()..].starts_with(of_a_name);
        !opens && !goes_on
    })
}

/// The part of a line before its comment. A `//` inside a URL is not a comment.
pub(crate) fn code_of(line: &str) -> &str {
    let comment = line
        .match_indices("//")
        .map(|(at, _)| at)
        .find(|&at| !line[..at].ends_with(':'));
    &line[..comment.unwrap_or(line.len())]
}

/// One file of the repository.
pub(crate) struct Source {
    /// From the root of the repository, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Source {
    pub(crate) fn read(path: &Path) -> Source {
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
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line))
    }

    /// Lines of the product: without comments, up to the test module that ends the file, and none of a file
    /// that is a test module (`tests.rs`).
    pub(crate) fn product_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let is_tests = self.path.ends_with("/tests.rs");
        self.code_lines().filter(move |_| !is_tests)
    }

    /// Lines without comments, up to the test module that ends the file.
    pub(crate) fn code_lines(&self) -> impl Iterator<Item = (usize, &str)> {
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
pub(crate) struct Findings(String);

impl Findings {
    pub(crate) fn add(&mut self, source: &Source, line: usize, what: &str) {
        writeln!(self.0, "  {}:{line}: {what}", source.path).expect("a String takes every write");
    }

    pub(crate) fn must_be_empty(self, rule: &str) {
        assert!(self.0.is_empty(), "{rule}:\n{}", self.0);
    }
}

pub(crate) fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests
        .parent()
        .expect("the tests crate lies in the repository")
        .to_owned()
}

/// Every Rust file of the repository but the guards, which have to spell what they forbid.
pub(crate) fn all_rust_files() -> Vec<Source> {
    rust_files_under("")
        .into_iter()
        .filter(|source| !source.path.starts_with("tests/tests/tidy/"))
        .collect()
}

pub(crate) fn rust_files_under(folder: &str) -> Vec<Source> {
    files_under(&root().join(folder), &|name| name.ends_with(".rs"))
}

/// What a web app or package is written in.
pub(crate) fn web_files_under(folder: &str) -> Vec<Source> {
    let written = [".ts", ".vue", ".js", ".mjs", ".css"];
    files_under(&root().join(folder), &|name| {
        written.iter().any(|ending| name.ends_with(ending))
    })
}

pub(crate) fn file(path: &str) -> Option<Source> {
    let path = root().join(path);
    path.exists().then(|| Source::read(&path))
}

pub(crate) fn manifests() -> Vec<Source> {
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
            let generated = ["target", "node_modules", "demo-data", "dist"].contains(&name.as_str());
            if !generated && !name.starts_with('.') {
                found.extend(files_under(&path, wanted));
            }
        } else if wanted(&name) {
            found.push(Source::read(&path));
        }
    }
    found
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

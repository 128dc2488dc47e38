//! `PROTOCOL.md` against the code: every frame, entry, verdict and reason with its number, every limit with its value,
//! every fixture it names.

use std::collections::BTreeMap;

use sync_core::reason::Reason;
use sync_core::schema::Kind;

const DOCUMENT: &str = include_str!("../PROTOCOL.md");
const LIMITS: &str = include_str!("../src/limits.rs");
const FRAMES: &str = include_str!("../src/wire/frame.rs");

/// The rows of the tables under a heading, cells without backquotes.
fn rows(heading: &str) -> Vec<Vec<String>> {
    let section = DOCUMENT
        .split("\n## ")
        .find(|section| section.starts_with(heading));
    let section = section.unwrap_or_else(|| panic!("no section {heading}"));
    section
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"))
        .map(|line| {
            line.split(" | ")
                .map(|cell| cell.trim().trim_matches('`').to_owned())
                .collect()
        })
        .collect()
}

/// Code and name in the first two columns.
fn codes(heading: &str) -> BTreeMap<String, u64> {
    rows(heading)
        .into_iter()
        .filter_map(|row| Some((row.get(1)?.clone(), row.first()?.parse().ok()?)))
        .collect()
}

/// `pub(super) const NAME: u8 = 1;` of the module of codes.
fn declared_codes() -> Vec<(String, u64)> {
    let declared = FRAMES.lines().filter_map(|line| {
        let (name, value) = line
            .trim()
            .strip_prefix("pub(super) const ")?
            .split_once(": u8 = ")?;
        Some((name.to_lowercase(), value.trim_end_matches(';').parse().ok()?))
    });
    declared.collect()
}

/// A product, or a shift, of numbers.
fn value(expression: &str) -> u64 {
    let number = |text: &str| text.trim().replace('_', "").parse::<u64>().expect("a number");
    match expression.split_once("<<") {
        Some((left, right)) => number(left) << number(right),
        None => expression.split('*').map(number).product(),
    }
}

#[test]
fn every_frame_and_entry_stands_there_with_its_code() {
    let declared = declared_codes();
    assert!(declared.len() >= 19, "{declared:?}");
    let (up, down, entries) = (codes("7."), codes("8."), codes("9."));
    let mut known = 0;
    for (name, code) in &declared {
        let place = match name.strip_prefix("entry_") {
            Some(entry) => entries.get(entry),
            None => up.get(name).or(down.get(name)),
        };
        assert_eq!(place, Some(code), "{name}");
        known += 1;
    }
    assert_eq!(
        known,
        up.len() + down.len() + entries.len(),
        "the document names one too many"
    );
}

#[test]
fn every_reason_stands_there_with_its_number() {
    let table: Vec<Vec<String>> = rows("16.")
        .into_iter()
        .filter(|row| row[0] != "Number" && !row[0].starts_with('-'))
        .collect();
    assert_eq!(table.len(), Reason::ALL.len());
    for (row, reason) in table.iter().zip(Reason::ALL) {
        let lasting = if reason.permanent() { "yes" } else { "no" };
        assert_eq!(
            row[..3],
            [
                reason.wire().to_string(),
                reason.code().to_owned(),
                lasting.to_owned()
            ]
        );
        assert!(row[3].len() > 5);
    }
}

#[test]
fn every_limit_stands_there_with_its_value() {
    let table: BTreeMap<String, String> = rows("17.")
        .into_iter()
        .map(|row| (row[0].clone(), row[1].clone()))
        .collect();
    let mut limits = 0;
    for line in LIMITS.lines() {
        let Some((name, rest)) = line
            .strip_prefix("pub const ")
            .and_then(|rest| rest.split_once(": "))
        else {
            continue;
        };
        let expression = rest.split_once(" = ").expect("a value").1.trim_end_matches(';');
        assert_eq!(table.get(name), Some(&value(expression).to_string()), "{name}");
        limits += 1;
    }
    assert!(limits >= 28, "{limits}");
    assert_eq!(
        table.keys().filter(|name| name.contains('_')).count(),
        limits,
        "the document names one too many"
    );
}

#[test]
fn every_verdict_kind_and_rank_stands_there() {
    let verdicts = codes("10.");
    for (code, name) in ["accepted", "duplicate", "parked", "quarantined", "rejected"]
        .iter()
        .enumerate()
    {
        assert_eq!(verdicts.get(*name), Some(&(code as u64)), "{name}");
    }
    let names = DOCUMENT
        .split("\n## ")
        .find(|section| section.starts_with("3."))
        .unwrap();
    let plain = names.replace('\n', " ");
    let (codes, ranks) = plain.split_once("Loading order").unwrap();
    for &kind in Kind::ALL {
        assert!(
            codes.contains(&format!("`{}` {}", kind.as_str(), kind.code())),
            "{kind:?}"
        );
        assert!(
            ranks.contains(&format!("`{}` {}", kind.as_str(), kind.rank())),
            "{kind:?}"
        );
    }
    for &role in sync_core::policy::Role::ALL {
        assert!(
            plain.contains(&format!("`{}` {}", role.as_str(), role.wire())),
            "{role:?}"
        );
    }
}

#[test]
fn every_fixture_it_names_exists() {
    #[expect(clippy::disallowed_methods, reason = "a test looks at its own fixtures")]
    let files: Vec<String> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/wire"))
        .unwrap()
        .map(|file| file.unwrap().file_name().to_string_lossy().replace(".hex", ""))
        .collect();
    let named = DOCUMENT.split('`').skip(1).step_by(2).filter(|name| {
        [
            "derived-",
            "envelope-",
            "genesis-",
            "change-",
            "signed-",
            "digest-",
            "snapshot-",
        ]
        .iter()
        .any(|sort| name.starts_with(sort))
    });
    let mut count = 0;
    for name in named {
        assert!(files.iter().any(|file| file == name), "no fixture {name}");
        count += 1;
    }
    assert!(count >= 10, "{count}");
    for name in declared_codes().into_iter().map(|(name, _)| name) {
        let file = name
            .strip_prefix("entry_")
            .map_or(format!("frame-{name}"), |entry| format!("entry-{entry}"));
        assert!(files.contains(&file), "no fixture {file}");
    }
}

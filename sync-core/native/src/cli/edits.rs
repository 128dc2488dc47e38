//! Edits as lines of JSON: reading them, and applying files of them.
//!
//! A line that is no edit is answered with the place of the first mistake and never with what was written there.

use std::io::BufRead;
use std::time::Instant;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use sync_core::edit::{ChangeDocument, Edit, EditOp, NewDocument};
use sync_core::id::DocId;

use crate::device::{Device, DeviceError};
use crate::limits;
use crate::problem::{Code, Problem};

/// Reads one edit.
///
/// # Errors
/// [`Code::BadEdit`] with the path of the first field that does not fit.
pub fn parse(value: Json) -> Result<Edit, Problem> {
    let Json::Object(fields) = &value else {
        return Err(Code::BadEdit.into());
    };
    let check = |name: &str, fits: fn(&Json) -> bool| match fields.get(name) {
        Some(value) if !fits(value) => Err(Code::BadEdit.at(&[name])),
        _ => Ok(()),
    };
    let known: &[&str] = if fields.contains_key("new") {
        check("new", Json::is_string)?;
        check("village", fits::<Option<String>>)?;
        check("household", fits::<Option<DocId>>)?;
        check("year", fits::<Option<u16>>)?;
        check("id", fits::<Option<DocId>>)?;
        check("value", Json::is_object)?;
        &["new", "village", "household", "year", "id", "at", "value"]
    } else {
        if !fields.contains_key("doc") {
            return Err(Code::BadEdit.at(&["doc"]));
        }
        check("doc", fits::<DocId>)?;
        let ops = fields.get("ops").and_then(Json::as_array);
        for (index, op) in ops.ok_or_else(|| Code::BadEdit.at(&["ops"]))?.iter().enumerate() {
            if !fits::<EditOp>(op) {
                return Err(Code::BadEdit.at(&["ops", &index.to_string()]));
            }
        }
        &["doc", "at", "ops"]
    };
    check("at", fits::<Option<i64>>)?;
    if let Some(unknown) = fields.keys().find(|name| !known.contains(&name.as_str())) {
        return Err(Code::BadEdit.at(&[unknown]));
    }
    if fields.contains_key("new") {
        from::<NewDocument>(value).map(Edit::New)
    } else {
        from::<ChangeDocument>(value).map(Edit::Change)
    }
}

fn fits<T: DeserializeOwned>(value: &Json) -> bool {
    serde_json::from_value::<T>(value.clone()).is_ok()
}

fn from<T: DeserializeOwned>(value: Json) -> Result<T, Problem> {
    // The library's message may quote a value, so it goes no further.
    serde_json::from_value(value).map_err(|_| Code::BadEdit.into())
}

/// A line that was not applied.
#[derive(Debug, Clone, Serialize)]
pub struct FailedLine {
    /// From 1.
    pub line: u64,
    /// Why.
    #[serde(flatten)]
    pub problem: Problem,
}

/// What became of a file of edits.
#[derive(Debug, Default, Serialize)]
pub struct Applied {
    /// Edits made, all durable.
    pub applied: u64,
    /// Lines of which nothing was applied.
    pub failed: Vec<FailedLine>,
    /// The disk failed: lines from here on were not applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<FailedLine>,
}

/// Applies lines of edits, each all or nothing, one change each. Bad lines are reported and the others applied; a
/// failing disk ends it. Durable when this returns.
pub fn apply(device: &mut Device, lines: &mut dyn BufRead) -> Applied {
    let mut applied = Applied::default();
    let mut line_no = 0;
    let mut batch = Batch::new(1);
    let mut line = Vec::new();
    loop {
        line_no += 1;
        let edit = match read_line(lines, &mut line) {
            Ok(None) => break,
            Ok(Some(true)) if line.trim_ascii().is_empty() => continue,
            Ok(Some(true)) => serde_json::from_slice(&line)
                .map_err(|_| Code::BadJson.problem())
                .and_then(parse),
            Ok(Some(false)) => Err(Code::LineTooLong.problem()),
            Err(_) => {
                let problem = Code::BadFile.problem();
                applied.stopped = Some(FailedLine {
                    line: line_no,
                    problem,
                });
                break;
            }
        };
        let outcome = edit.and_then(|edit| match device.stage(&edit) {
            Ok(_) => Ok(true),
            Err(DeviceError::Engine(error)) => Err(error.into()),
            Err(error) => {
                applied.stopped = Some(FailedLine {
                    line: line_no,
                    problem: error.into(),
                });
                Ok(false)
            }
        });
        match outcome {
            Ok(true) => batch.edits += 1,
            Ok(false) => break,
            Err(problem) => applied.failed.push(FailedLine {
                line: line_no,
                problem,
            }),
        }
        if batch.is_due()
            && let Err(stopped) = batch.save(device, line_no + 1, &mut applied.applied)
        {
            applied.stopped = Some(stopped);
            return applied;
        }
    }
    if let Err(stopped) = batch.save(device, line_no, &mut applied.applied) {
        applied.stopped = Some(stopped);
    }
    applied
}

/// Edits that are made durable together.
struct Batch {
    edits: u64,
    first_line: u64,
    since: Instant,
}

impl Batch {
    fn new(first_line: u64) -> Self {
        Batch {
            edits: 0,
            first_line,
            since: Instant::now(),
        }
    }

    fn is_due(&self) -> bool {
        self.edits >= limits::APPLY_BATCH_EDITS_MAX as u64
            || (self.edits > 0 && self.since.elapsed() >= limits::APPLY_BATCH_MAX)
    }

    /// Stores them and counts them; on failure says from which line on nothing was applied.
    fn save(&mut self, device: &mut Device, next_line: u64, applied: &mut u64) -> Result<(), FailedLine> {
        device.save().map_err(|error| FailedLine {
            line: self.first_line,
            problem: error.into(),
        })?;
        *applied += self.edits;
        *self = Batch::new(next_line);
        Ok(())
    }
}

/// One line without its end. `None` at the end of the input, `false` when it was too long and was skipped.
pub(super) fn read_line(input: &mut dyn BufRead, line: &mut Vec<u8>) -> std::io::Result<Option<bool>> {
    line.clear();
    let mut fits = true;
    let mut any = false;
    loop {
        let buffer = input.fill_buf()?;
        if buffer.is_empty() {
            return Ok(any.then_some(fits));
        }
        any = true;
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let taken = end.unwrap_or(buffer.len());
        if line.len() + taken > limits::LINE_SIZE_BYTES_MAX {
            fits = false;
            line.clear();
        } else if fits {
            line.extend_from_slice(&buffer[..taken]);
        }
        input.consume(end.map_or(taken, |end| end + 1));
        if end.is_some() {
            return Ok(Some(fits));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_mistake_is_named_by_its_place_and_never_quoted() {
        for (edit, path) in [
            (json!({"doc": "沈清华", "ops": []}), vec!["doc"]),
            (json!({"ops": []}), vec!["doc"]),
            (json!({"doc": "h1"}), vec!["ops"]),
            (
                json!({"doc": "h1", "ops": [{"op": "set", "path": ["phone"]}]}),
                vec!["ops", "0"],
            ),
            (json!({"doc": "h1", "ops": [], "att": 3}), vec!["att"]),
            (json!({"doc": "h1", "ops": [], "at": "昨天"}), vec!["at"]),
            (json!({"new": "household", "value": "沈清华"}), vec!["value"]),
            (
                json!({"new": "journal", "household": "h1", "year": 70_000}),
                vec!["year"],
            ),
            (json!(["h1"]), vec![]),
        ] {
            let problem = parse(edit).unwrap_err();
            assert_eq!(problem.code, "bad_edit");
            assert_eq!(problem.path, path);
        }
        assert!(parse(json!({"new": "household", "village": "v1", "value": {"phone": "1"}})).is_ok());
    }

    #[test]
    fn a_line_over_the_bound_is_skipped_and_the_next_is_read() {
        let long = "x".repeat(limits::LINE_SIZE_BYTES_MAX + 1);
        let text = format!("a\n{long}\nb");
        let mut input = std::io::BufReader::new(text.as_bytes());
        let mut line = Vec::new();
        assert_eq!(read_line(&mut input, &mut line).unwrap(), Some(true));
        assert_eq!(line, b"a");
        assert_eq!(read_line(&mut input, &mut line).unwrap(), Some(false));
        assert_eq!(read_line(&mut input, &mut line).unwrap(), Some(true));
        assert_eq!(line, b"b");
        assert_eq!(read_line(&mut input, &mut line).unwrap(), None);
    }
}

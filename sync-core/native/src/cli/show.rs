//! Lines for people, and files for other programs.

use std::fmt::Write as _;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::process::ExitCode;

use serde_json::{Value as Json, json};
use sync_core::engine::Standing;
use sync_core::schema::Kind;
use sync_core::wire::frame::Cursor;

use super::edits::Applied;
use super::output::{Lang, Output, time};
use crate::device::Device;
use crate::device::view::{ConflictView, Found, Line, ReturnedView};
use crate::enrol::Enrolment;
use crate::problem::{Code, Problem};

/// Form of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// All documents sorted by name, keys sorted, with their heads
    Json,
    /// One standard Automerge file for each document
    Automerge,
}

/// Writes all documents. Files are readable by their owner only.
pub(super) fn export(
    device: &mut Device,
    format: Format,
    dir: Option<&Path>,
    output: Output,
) -> Result<ExitCode, Problem> {
    let count = match (format, dir) {
        (Format::Json, None) => {
            let mut out = BufWriter::new(std::io::stdout().lock());
            device.export(&mut out)?;
            out.flush().map_err(|_| Code::BadFile)?;
            return Ok(ExitCode::SUCCESS);
        }
        (Format::Automerge, None) => return Err(Code::BadFile.into()),
        (Format::Json, Some(dir)) => {
            let mut out = BufWriter::new(private_file(dir, "documents.json")?);
            let count = device.export(&mut out)?;
            out.flush().map_err(|_| Code::BadFile)?;
            count
        }
        (Format::Automerge, Some(dir)) => {
            let list = device.list(None, false)?;
            let mut count = 0;
            for line in list.iter().filter(|line| !line.loading) {
                let bytes = device.automerge(&line.doc)?;
                private_file(dir, &format!("{}.automerge", line.doc))?
                    .write_all(&bytes)
                    .map_err(|_| Code::BadFile)?;
                count += 1;
            }
            count
        }
    };
    output.answer(&json!({ "documents": count }), |lang| match lang {
        Lang::Zh => format!("已导出 {count} 份档案。"),
        Lang::En => format!("{count} documents exported."),
    });
    Ok(ExitCode::SUCCESS)
}

fn private_file(dir: &Path, name: &str) -> Result<File, Problem> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(|_| Code::BadFile)?;
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(dir.join(name))
        .map_err(|_| Code::BadFile.into())
}

/// How the device stands, as an object.
pub(super) fn status(device: &mut Device) -> Result<Json, Problem> {
    let standing = match device.standing()? {
        Standing::Waiting => "waiting",
        Standing::Active => "active",
        Standing::Locked => "locked",
        Standing::Ended(status) => status.as_str(),
    };
    let status = device.status();
    let feeds: Vec<Json> = status
        .feeds
        .iter()
        .map(|(_, name, cursor)| match cursor {
            Cursor::Tail(seq) => json!({ "feed": name, "seq": seq }),
            Cursor::Loading { to, .. } => json!({ "feed": name, "seq": to, "loading": true }),
        })
        .collect();
    let grant = status.grant.as_ref().map(|grant| {
        json!({
            "status": grant.status.as_str(), "version": grant.version, "author": grant.author,
            "role": grant.role.as_str(), "person": grant.person, "name": grant.name,
            "villages": grant.villages, "unit": grant.unit, "expires_ms": grant.expires_ms,
            "offline_grace_h": grant.offline_grace_h,
        })
    });
    let mut object = json!({
        "device": status.device.to_hex(), "deployment": status.deployment, "standing": standing,
        "grant": grant, "unsent": status.unsent, "waiting": status.waiting,
        "oldest_unsent_s": status.oldest_unsent_s, "returned": status.returned,
        "documents": status.documents, "feeds": feeds, "synced_ms": status.synced_ms,
        "server_time_ms": status.server_time_ms, "caught_up": device.engine().is_caught_up(),
    });
    if let Ok(enrolment) = Enrolment::of(device) {
        object["server"] = enrolment.server.clone().into();
        object["deployment_name"] = enrolment.deployment_name.clone().into();
        object["check_words"] = check_words(&enrolment, &device.public_key())?;
    }
    Ok(object)
}

/// The six words, as an object.
pub(super) fn check_words(enrolment: &Enrolment, public_key: &[u8]) -> Result<Json, Problem> {
    let words = enrolment.check_words(public_key)?;
    Ok(words
        .iter()
        .map(|(zh, en)| json!({ "zh": zh, "en": en }))
        .collect())
}

/// The six words on one line.
pub(super) fn words(words: &Json, lang: Lang) -> String {
    let words = words.as_array().map(Vec::as_slice).unwrap_or_default();
    let words: Vec<&str> = words
        .iter()
        .filter_map(|word| word[lang.pick("zh", "en")].as_str())
        .collect();
    words.join(" ")
}

/// How the device stands, for people.
pub(super) fn status_lines(status: &Json, lang: Lang) -> String {
    let mut out = String::new();
    let mut line = |zh: &str, en: &str, value: String| {
        // Writing into a string cannot fail.
        let _ = writeln!(out, "{}: {value}", lang.pick(zh, en));
    };
    let text = |value: &Json| match value {
        Json::String(text) => text.clone(),
        Json::Null => "-".to_owned(),
        other => other.to_string(),
    };
    line("设备", "device", text(&status["device"]));
    line("系统", "deployment", text(&status["deployment_name"]));
    line("服务器", "server", text(&status["server"]));
    line("状态", "standing", standing_text(&status["standing"], lang));
    line("使用人", "person", text(&status["grant"]["name"]));
    line("核对词", "check words", words(&status["check_words"], lang));
    line("档案", "documents", text(&status["documents"]));
    line("未提交", "unsent", text(&status["unsent"]));
    line(
        "其中待处理",
        "of these waiting on the server",
        text(&status["waiting"]),
    );
    line("被退回", "returned", text(&status["returned"]));
    let synced = match status["synced_ms"].as_i64() {
        Some(0) | None => lang.pick("从未", "never").to_owned(),
        Some(ms) => time(ms / 1000),
    };
    line("上次同步", "last synced", synced);
    out
}

fn standing_text(standing: &Json, lang: Lang) -> String {
    let code = standing.as_str().unwrap_or("");
    let (zh, en) = match code {
        "waiting" => ("等待批准", "waiting for approval"),
        "active" => ("正常", "active"),
        "locked" => ("离线过久，已锁定", "locked: too long without contact"),
        "denied" => ("未获批准", "denied"),
        "revoked" => ("已停用", "revoked"),
        "lost" => ("已报失", "reported lost"),
        "suspended" => ("已暂停", "suspended"),
        "replaced" => ("已被替换", "replaced"),
        _ => (code, code),
    };
    lang.pick(zh, en).to_owned()
}

fn kind_name(kind: &str, lang: Lang) -> String {
    let zh = Kind::parse(kind).map_or(kind, |kind| kind.zh());
    lang.pick(zh, kind).to_owned()
}

/// Documents, one on a line.
pub(super) fn list(list: &[Line], lang: Lang) -> String {
    let mut out = String::new();
    for line in list {
        let _ = write!(out, "{}  {}", line.doc, kind_name(line.kind, lang));
        if let Some(title) = &line.title {
            let _ = write!(out, "  {title}");
        }
        if line.unsent > 0 {
            let _ = write!(out, "  {} {}", lang.pick("未提交", "unsent"), line.unsent);
        }
        if line.loading {
            let _ = write!(out, "  {}", lang.pick("下载中", "loading"));
        }
        out.push('\n');
    }
    if list.is_empty() {
        out.push_str(lang.pick("没有档案。", "No documents."));
    }
    out
}

/// Places where a text was found.
pub(super) fn found(found: &[Found], lang: Lang) -> String {
    let mut out = String::new();
    for hit in found {
        let title = hit.title.as_deref().unwrap_or("");
        let kind = kind_name(hit.kind, lang);
        let _ = writeln!(
            out,
            "{}  {kind}  {title}  {}: {}",
            hit.doc,
            hit.path.join("/"),
            hit.value
        );
    }
    if found.is_empty() {
        out.push_str(lang.pick("没有找到。", "Nothing found."));
    }
    out
}

/// Conflicts, a field and under it its values.
pub(super) fn conflicts(conflicts: &[ConflictView], lang: Lang) -> String {
    let mut out = String::new();
    for conflict in conflicts {
        let _ = writeln!(out, "{}  {}", conflict.doc, conflict.path.join("/"));
        let shown = conflict.values.len().saturating_sub(1);
        for (index, side) in conflict.values.iter().enumerate() {
            let name = side
                .by
                .as_ref()
                .map_or(lang.pick("（未知）", "(unknown)"), |by| by.name.as_str());
            let mark = if index == shown { "*" } else { " " };
            let _ = writeln!(out, "  {mark} {}  {name}  {}", side.value, time(side.at));
        }
    }
    if conflicts.is_empty() {
        out.push_str(lang.pick("没有冲突。", "No conflicts."));
    }
    out
}

/// Refused changes, each with its reason and what it says.
pub(super) fn returned(returned: &[ReturnedView], lang: Lang) -> String {
    let mut out = String::new();
    for change in returned {
        let reason = lang.pick(change.zh, change.en);
        let _ = writeln!(
            out,
            "#{}  {}  {}  {reason} ({})",
            change.no,
            change.doc,
            time(change.at),
            change.code
        );
        for op in &change.ops {
            let op = serde_json::to_string(op).unwrap_or_default();
            let _ = writeln!(out, "    {op}");
        }
    }
    if returned.is_empty() {
        out.push_str(lang.pick("没有被退回的修改。", "Nothing was returned."));
    }
    out
}

/// What became of a file of edits.
pub(super) fn applied(applied: &Applied, lang: Lang) -> String {
    let mut out = match lang {
        Lang::Zh => format!("已记录 {} 条修改。\n", applied.applied),
        Lang::En => format!("{} edits applied.\n", applied.applied),
    };
    for failed in &applied.failed {
        let problem = &failed.problem;
        let (text, path) = (lang.pick(&problem.zh, &problem.en), problem.path.join("/"));
        let _ = writeln!(
            out,
            "{} {}: {text} ({}) [{path}]",
            lang.pick("行", "line"),
            failed.line,
            problem.code
        );
    }
    if let Some(stopped) = &applied.stopped {
        let text = lang.pick(&stopped.problem.zh, &stopped.problem.en);
        let from = lang.pick("从此行起没有记录：行", "Nothing applied from line");
        let _ = writeln!(out, "{from} {}: {text} ({})", stopped.line, stopped.problem.code);
    }
    out
}

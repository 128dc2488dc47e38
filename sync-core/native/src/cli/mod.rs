//! `qiao device …`: the device on the command line.
//!
//! Parses, calls, prints; everything it does is the library's. With `--json` each command prints one JSON object, errors
//! as `{"error": {"code", "zh", "en", "path"?}}`. Exit codes are in [`crate::problem`]: 0 done, 1 refused, 2 usage,
//! 3 standing (not enrolled, waiting, ended), 4 no contact, 5 the device's own disk.

pub mod edits;
mod network;
pub mod output;
mod session;
mod show;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Subcommand;
use serde_json::{Value as Json, json};
use sync_core::edit::{Edit, NewDocument};
use sync_core::engine::Standing;
use sync_core::id::DocId;
use sync_core::reason::Reason;
use sync_core::schema::Kind;
use sync_core::wire::frame::DeviceStatus;

use crate::device::{Clock, Device, DeviceError, own};
use crate::problem::{Code, EXIT_REFUSED, Problem};
use crate::store::Store;
use output::{Lang, Output};

/// The device on the command line.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Directory of the device
    #[arg(long, value_name = "DIR")]
    home: PathBuf,
    /// Print one JSON object
    #[arg(long, global = true)]
    json: bool,
    /// Language of texts for people
    #[arg(long, global = true, value_enum, default_value = "zh")]
    lang: Lang,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Ask to be let in, with an invitation or as a walk-up
    Enrol(network::Enrol),
    /// Exchange with the server
    Sync {
        /// Stay connected until interrupted
        #[arg(long)]
        live: bool,
    },
    /// Apply edits, one JSON object on a line
    Apply {
        /// File of edits, `-` for standard input
        file: PathBuf,
    },
    /// Make a document
    New {
        /// household, journal, need or village
        kind: String,
        /// Village of a household
        #[arg(long)]
        village: Option<String>,
        /// Household of a journal or need
        #[arg(long)]
        household: Option<String>,
        /// Year of a journal
        #[arg(long)]
        year: Option<u16>,
        /// Name of the document; made when absent
        #[arg(long)]
        id: Option<String>,
        /// First values, a JSON object
        value: Option<String>,
    },
    /// Print a document
    Get {
        /// Its name
        id: String,
    },
    /// Find documents by a text in them
    Find {
        /// The text
        text: String,
        /// Only documents of this kind
        #[arg(long)]
        kind: Option<String>,
    },
    /// List all documents
    List {
        /// Only documents of this kind
        #[arg(long)]
        kind: Option<String>,
        /// With what people call them, also as JSON
        #[arg(long)]
        titles: bool,
    },
    /// Write all documents, for comparing replicas or for other programs
    Export {
        /// Form
        #[arg(long, value_enum, default_value = "json")]
        format: show::Format,
        /// Directory to write to; standard output when absent
        dir: Option<PathBuf>,
    },
    /// Show fields with more than one value, with who and when
    Conflicts {
        /// Only of this document
        id: Option<String>,
    },
    /// Show changes that were refused
    Returned {
        /// Let the one of this number go
        #[arg(long, value_name = "N", conflicts_with = "again")]
        dismiss: Option<u64>,
        /// Make the one of this number again
        #[arg(long, value_name = "N")]
        again: Option<u64>,
    },
    /// Show how the device stands
    Status,
    /// Take commands as JSON lines on standard input
    Session,
}

/// Runs one command.
pub async fn run(args: Args) -> ExitCode {
    let output = Output {
        json: args.json,
        lang: args.lang,
    };
    match dispatch(&args.home, args.command, output).await {
        Ok(code) => code,
        Err(problem) => output.fail(&problem),
    }
}

async fn dispatch(home: &Path, command: Command, output: Output) -> Result<ExitCode, Problem> {
    match command {
        Command::Enrol(enrol) => network::enrol(home, enrol, output).await,
        Command::Sync { live: false } => network::sync(open(home)?, output).await,
        Command::Sync { live: true } => network::live(open(home)?, output).await,
        Command::Session => session::run(open(home)?).await,
        Command::Apply { file } => apply(&mut open(home)?, &file, output),
        Command::New {
            kind,
            village,
            household,
            year,
            id,
            value,
        } => {
            let new = NewDocument {
                new: kind,
                village,
                household: household
                    .as_deref()
                    .map(|id| doc_id(id, "household"))
                    .transpose()?,
                year,
                id: id.as_deref().map(|id| doc_id(id, "id")).transpose()?,
                at: None,
                value: match value {
                    Some(text) => serde_json::from_str(&text).map_err(|_| Code::BadJson)?,
                    None => serde_json::Map::new(),
                },
            };
            let id = open(home)?.edit(&Edit::New(new))?;
            output.answer(&json!({ "doc": id }), |_| id.to_string());
            Ok(ExitCode::SUCCESS)
        }
        Command::Get { id } => {
            let shown = open_to_show(home)?.show(&doc_id(&id, "id")?)?;
            let value = serde_json::to_value(&shown).unwrap_or_default();
            output.answer(&value, |_| pretty(&value["value"]));
            Ok(ExitCode::SUCCESS)
        }
        Command::Find { text, kind } => {
            let found = open_to_show(home)?.find(&text, parse_kind(kind.as_deref())?)?;
            output.answer(&json!({ "found": found }), |lang| show::found(&found, lang));
            Ok(ExitCode::SUCCESS)
        }
        Command::List { kind, titles } => {
            let mut device = open_to_show(home)?;
            let list = device.list(parse_kind(kind.as_deref())?, titles || !output.json)?;
            output.answer(&json!({ "documents": list }), |lang| show::list(&list, lang));
            Ok(ExitCode::SUCCESS)
        }
        Command::Export { format, dir } => {
            show::export(&mut open_to_show(home)?, format, dir.as_deref(), output)
        }
        Command::Conflicts { id } => {
            let id = id.as_deref().map(|id| doc_id(id, "id")).transpose()?;
            let conflicts = open_to_show(home)?.conflicts(id.as_ref())?;
            output.answer(&json!({ "conflicts": conflicts }), |lang| {
                show::conflicts(&conflicts, lang)
            });
            Ok(ExitCode::SUCCESS)
        }
        Command::Returned { dismiss, again } => returned(home, dismiss, again, output),
        Command::Status => {
            let mut device = open(home)?;
            let status = show::status(&mut device)?;
            output.answer(&status, |lang| show::status_lines(&status, lang));
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn apply(device: &mut Device, file: &Path, output: Output) -> Result<ExitCode, Problem> {
    let applied = if file == Path::new("-") {
        edits::apply(device, &mut std::io::stdin().lock())
    } else {
        let file = std::fs::File::open(file).map_err(|_| Code::BadFile)?;
        edits::apply(device, &mut std::io::BufReader::new(file))
    };
    let object = serde_json::to_value(&applied).unwrap_or_default();
    output.answer(&object, |lang| show::applied(&applied, lang));
    Ok(match (&applied.stopped, applied.failed.is_empty()) {
        (Some(stopped), _) => ExitCode::from(stopped.problem.exit()),
        (None, false) => ExitCode::from(EXIT_REFUSED),
        (None, true) => ExitCode::SUCCESS,
    })
}

fn returned(
    home: &Path,
    dismiss: Option<u64>,
    again: Option<u64>,
    output: Output,
) -> Result<ExitCode, Problem> {
    let mut device = open_to_show(home)?;
    if let Some(no) = dismiss {
        if !device.dismiss(no)? {
            return Err(Code::NoSuchReturned.into());
        }
        output.answer(&json!({ "dismissed": no }), |lang| {
            lang.pick("已确认。", "Dismissed.").to_owned()
        });
    } else if let Some(no) = again {
        let id = device.redo(no)?.ok_or(Code::NoSuchReturned)?;
        output.answer(&json!({ "doc": id }), |_| id.to_string());
    } else {
        let returned = device.returned()?;
        output.answer(&json!({ "returned": returned }), |lang| {
            show::returned(&returned, lang)
        });
    }
    Ok(ExitCode::SUCCESS)
}

/// The clock of this machine, Unix ms.
pub(crate) fn system_clock() -> Clock {
    Box::new(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}

/// Opens the device in a directory. A wipe that was ordered is carried out first.
///
/// # Errors
/// [`Code::NoDevice`], [`Code::Wiped`], [`Code::StoreInUse`], [`Code::StoreDamaged`].
pub fn open(home: &Path) -> Result<Device, Problem> {
    match Device::open(Store::open(home)?, system_clock()) {
        Ok(mut device) if device.wipe_ordered() => {
            device.wipe()?;
            Err(Code::Wiped.into())
        }
        Err(DeviceError::Wiped) => {
            Store::open(home)?.destroy(&[own::KEY])?;
            Err(Code::Wiped.into())
        }
        opened => Ok(opened?),
    }
}

/// Opens it to show what it holds, if its standing allows.
fn open_to_show(home: &Path) -> Result<Device, Problem> {
    let mut device = open(home)?;
    may_show(&mut device)?;
    Ok(device)
}

/// Whether a host may show what the device holds.
///
/// # Errors
/// Why not: ended by an administrator, or too long without contact.
pub fn may_show(device: &mut Device) -> Result<(), Problem> {
    match device.standing()? {
        Standing::Waiting | Standing::Active => Ok(()),
        Standing::Locked => Err(Code::Locked.into()),
        Standing::Ended(status) => Err(match status {
            DeviceStatus::Denied => Reason::DeviceDenied,
            DeviceStatus::Lost => Reason::DeviceLost,
            DeviceStatus::Suspended => Reason::DeviceSuspended,
            _ => Reason::DeviceRevoked,
        }
        .into()),
    }
}

fn doc_id(text: &str, field: &str) -> Result<DocId, Problem> {
    DocId::parse(text).map_err(|_| Code::BadEdit.at(&[field]))
}

fn parse_kind(kind: Option<&str>) -> Result<Option<Kind>, Problem> {
    kind.map(|kind| Kind::parse(kind).ok_or(Reason::UnknownKind.into()))
        .transpose()
}

fn pretty(value: &Json) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

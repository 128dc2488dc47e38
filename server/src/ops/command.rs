//! The operator's commands: arguments in, a report out, exit code 1 when something is wrong.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use clap::Subcommand;
use serde::Serialize;
use sync_core::id::DocId;
use sync_core::workflow::Day;

use super::export::{self, Format};
use super::seal::Key;
use super::{backup, import, rebuild, restore, statement, verify};
use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::register::{self, RegisterError};
use crate::store::DATABASE_FILE;

/// Commands for whoever runs the server.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Take in what is kept elsewhere
    #[command(subcommand)]
    Import(Import),
    /// Write documents to files
    Export {
        /// Only of this village
        #[arg(long, value_name = "VILLAGE")]
        village: Option<String>,
        /// Form
        #[arg(long, value_enum, default_value = "json")]
        format: Format,
        /// File, for automerge a directory; it must not exist
        #[arg(long, value_name = "PATH")]
        to: PathBuf,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Check everything that is stored: documents against their log, signatures, feeds, the audit chain
    Verify {
        /// Only a part
        #[command(subcommand)]
        part: Option<Part>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Compute lists and sums again from the log, and put right what differs
    Rebuild {
        /// Only say what differs
        #[arg(long)]
        check: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Write database and keys into one encrypted file; the server may be running
    Backup {
        /// The file; it must not exist
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
        #[command(flatten)]
        key: KeyArgs,
        /// Do not encrypt: anybody with the file can read everything and sign as this server
        #[arg(long, conflicts_with_all = ["key_file", "passphrase_stdin"])]
        unencrypted: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Make a key for backups: the file opens them, the printed line is enough to make them
    BackupKey {
        /// The key file; it must not exist
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Turn a backup into a data directory again, and check it
    Restore {
        /// The backup
        #[arg(long, value_name = "FILE")]
        from: PathBuf,
        #[command(flatten)]
        key: KeyArgs,
        /// Restore even what does not pass the check
        #[arg(long)]
        despite_problems: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

/// What can be checked alone.
#[derive(Debug, Subcommand)]
pub enum Part {
    /// The statement of an application or a monitoring case: where it stands, every step, and who signed it
    Case {
        /// Name of its document
        #[arg(value_parser = |text: &str| DocId::parse(text).map_err(|error| error.to_string()))]
        id: DocId,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

/// What can be taken in.
#[derive(Debug, Subcommand)]
pub enum Import {
    /// The household register, .xlsx or .csv with Chinese headers; the same file again changes nothing
    Households {
        /// The register
        file: PathBuf,
        /// Only these villages; one alone is also that of rows which name none
        #[arg(long = "village", value_name = "VILLAGE", value_delimiter = ',')]
        villages: Vec<String>,
        /// Year of income columns that name none; last year when absent
        #[arg(long, value_name = "YEAR")]
        income_year: Option<u16>,
        /// Say what would happen, write nothing
        #[arg(long)]
        dry_run: bool,
        /// Bring files that are there in line with the register, field by field
        #[arg(long)]
        update: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

/// How a backup is locked.
#[derive(Debug, clap::Args)]
pub struct KeyArgs {
    /// Key file as `qiao backup-key` or age-keygen make it; the public line alone is enough to make backups
    #[arg(long, value_name = "FILE", conflicts_with = "passphrase_stdin")]
    key_file: Option<PathBuf>,
    /// Read a passphrase from standard input
    #[arg(long)]
    passphrase_stdin: bool,
}

impl KeyArgs {
    fn read(&self) -> anyhow::Result<Option<Key>> {
        match (&self.key_file, self.passphrase_stdin) {
            (Some(path), _) => Key::read_file(path).map(Some),
            (None, true) => Key::passphrase_from_stdin().map(Some),
            (None, false) => Ok(None),
        }
    }
}

/// Runs one command.
pub async fn run(config: Config, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Import(Import::Households {
            file,
            villages,
            income_year,
            dry_run,
            update,
            json,
        }) => {
            let bytes = read_register(&file)?;
            let app = open(config).await?;
            let income_year = income_year.unwrap_or_else(|| last_year(app.now()));
            let wanted = import::Wanted {
                villages,
                income_year,
                dry_run,
                update,
            };
            let imported = import::households(&app, bytes, &wanted).await;
            close(&app).await;
            print_imported(&imported?, json)
        }
        Command::Export {
            village,
            format,
            to,
            json,
        } => {
            let app = open(config).await?;
            let count = export::export(&app, village.as_deref(), format, &to).await;
            close(&app).await;
            let count = count?;
            if json {
                return print_json(&serde_json::json!({ "documents": count }));
            }
            println!("{}: {count} documents", to.display());
            Ok(())
        }
        Command::BackupKey { to } => {
            let public = Key::generate_file(&to)?;
            println!("{public}");
            eprintln!(
                "{} opens the backups: keep it apart from them and from the server, in two places. \
                 The line above goes into a file on the server, for --key-file.",
                to.display()
            );
            Ok(())
        }
        Command::Restore {
            from,
            key,
            despite_problems,
            json,
        } => {
            let restored =
                restore::restore(&config, Clock::System, &from, key.read()?, despite_problems).await?;
            print_restored(&config, &restored, json)
        }
        Command::Verify {
            part: Some(Part::Case { id, json }),
            ..
        } => {
            let app = open(config).await?;
            let statement = statement::statement(&app, &id).await;
            close(&app).await;
            let statement = statement?.with_context(|| format!("there is no document {id}"))?;
            print_statement(&statement, json)
        }
        Command::Verify { part: None, json } => {
            let app = open(config).await?;
            let outcome = verify::verify(&app).await;
            close(&app).await;
            print_outcome(&outcome?, json)
        }
        Command::Rebuild { check, json } => {
            let app = open(config).await?;
            let comparison = rebuild::rebuild(&app, check).await;
            close(&app).await;
            print_comparison(&comparison?, check, json)
        }
        Command::Backup {
            to,
            key,
            unencrypted,
            json,
        } => {
            let key = key.read()?;
            ensure!(
                key.is_some() || unencrypted,
                "give --key-file or --passphrase-stdin (or --unencrypted, and guard the file like the server itself)"
            );
            let app = open(config).await?;
            let made = backup::backup(&app, &to, key).await;
            close(&app).await;
            let made = made?;
            if json {
                print_json(&made)
            } else {
                println!(
                    "{}: {} documents, {} changes, {} devices",
                    to.display(),
                    made.documents,
                    made.changes,
                    made.devices
                );
                Ok(())
            }
        }
    }
}

/// Opens what is there; these commands never make a new deployment.
async fn open(config: Config) -> anyhow::Result<App> {
    require_database(&config.data_dir)?;
    App::open(config, Clock::System)
        .await
        .map_err(|error| anyhow::anyhow!("{error}"))
}

/// Lets the writer finish before the database goes.
async fn close(app: &App) {
    app.relay.stop().await;
    app.store.close().await;
}

fn read_register(file: &Path) -> anyhow::Result<Vec<u8>> {
    let cannot = || format!("cannot read {}", file.display());
    let size_bytes = std::fs::metadata(file).with_context(cannot)?.len();
    ensure!(
        size_bytes <= register::FILE_SIZE_BYTES_MAX as u64,
        "{}",
        RegisterError::TooLarge
    );
    std::fs::read(file).with_context(cannot)
}

/// Registers of a year are made after it.
fn last_year(now_ms: i64) -> u16 {
    let now = jiff::Timestamp::from_millisecond(now_ms).unwrap_or_default();
    u16::try_from(jiff::tz::TimeZone::UTC.to_datetime(now).year() - 1).unwrap_or(0)
}

fn print_imported(imported: &import::Imported, json: bool) -> anyhow::Result<()> {
    if json {
        print_json(imported)?;
    } else {
        print!("{}", imported.to_text());
    }
    ensure!(
        imported.refused.is_empty(),
        "{} households could not be written",
        imported.refused.len()
    );
    Ok(())
}

fn require_database(data_dir: &Path) -> anyhow::Result<()> {
    ensure!(
        data_dir.join(DATABASE_FILE).is_file(),
        "there is no database in {} (--data)",
        data_dir.display()
    );
    Ok(())
}

fn print_statement(statement: &statement::Statement, json: bool) -> anyhow::Result<()> {
    if json {
        print_json(statement)?;
    } else {
        if let Some(standing) = &statement.standing {
            println!("{}：{}", standing.zh, standing.state_zh);
            for step in &standing.steps {
                let received = step
                    .received_s
                    .map_or_else(String::new, |at| Day::of(at).to_string());
                let why = step.why.map_or("", |why| why.zh());
                let who = step.name.as_deref().unwrap_or(&step.person);
                println!("{received}  {}  {who}  {why}", step.zh);
            }
            for clock in standing.clocks.iter().filter(|clock| clock.status.is_open()) {
                println!("{}  {}", clock.due, clock.zh);
            }
        }
        for problem in &statement.problems {
            println!("{problem}");
        }
        println!(
            "{} changes, heads {}",
            statement.changes,
            statement.heads.join(" ")
        );
    }
    ensure!(
        statement.problems.is_empty(),
        "{} problems were found",
        statement.problems.len()
    );
    Ok(())
}

fn print_outcome(outcome: &verify::Outcome, json: bool) -> anyhow::Result<()> {
    if json {
        print_json(outcome)?;
    } else {
        for problem in &outcome.problems {
            println!("{problem}");
        }
        if outcome.problems_not_listed > 0 {
            println!("and {} more", outcome.problems_not_listed);
        }
        println!(
            "{} documents, {} changes, {} envelopes, {} feeds, {} attachments, {} audit entries: {}",
            outcome.documents,
            outcome.changes,
            outcome.envelopes,
            outcome.feeds,
            outcome.attachments,
            outcome.audit_entries,
            if outcome.is_sound() {
                "all right".to_owned()
            } else {
                format!("{} problems", outcome.problem_count())
            }
        );
        println!("audit head {}", outcome.audit_head);
    }
    ensure!(
        outcome.is_sound(),
        "{} problems were found",
        outcome.problem_count()
    );
    Ok(())
}

fn print_comparison(comparison: &rebuild::Comparison, check: bool, json: bool) -> anyhow::Result<()> {
    if json {
        print_json(comparison)?;
    } else {
        for difference in &comparison.differences {
            let numbers: Vec<String> = difference.numbers.iter().map(u64::to_string).collect();
            println!(
                "{}: {} rows differ ({})",
                difference.table,
                difference.rows,
                numbers.join(", ")
            );
        }
        let end = match (comparison.differences.is_empty(), comparison.repaired) {
            (true, _) => "equal",
            (false, true) => "put right",
            (false, false) => "different",
        };
        println!("{} documents: {end}", comparison.documents);
    }
    if check && !comparison.differences.is_empty() {
        bail!("what is derived differs from the log");
    }
    Ok(())
}

fn print_restored(config: &Config, restored: &restore::Restored, json: bool) -> anyhow::Result<()> {
    #[derive(Serialize)]
    struct Shown<'a> {
        epoch: u64,
        backup: &'a super::Manifest,
        check: &'a verify::Outcome,
    }
    if json {
        return print_json(&Shown {
            epoch: restored.epoch,
            backup: &restored.manifest,
            check: &restored.outcome,
        });
    }
    for problem in &restored.outcome.problems {
        println!("{problem}");
    }
    println!(
        "{}: {} documents, {} changes as of {}; epoch {}",
        config.data_dir.display(),
        restored.outcome.documents,
        restored.outcome.changes,
        jiff::Timestamp::from_millisecond(restored.manifest.created_ms)?,
        restored.epoch
    );
    println!(
        "Devices push again what they know and the backup does not. Decisions made since then are lost:"
    );
    println!("before serving, look at `qiao admin devices` and revoke again what had been revoked.");
    Ok(())
}

fn print_json(value: &impl Serialize) -> anyhow::Result<()> {
    println!("{}", serde_json::to_string(value)?);
    Ok(())
}

//! `qiao export`: documents out of the database, for comparing, for other programs, for people with spreadsheets.
//!
//! Reads one moment. Every export is written into the audit chain before the first byte leaves, because what has left
//! cannot be called back.

use std::fs;
use std::io::{BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use anyhow::{Context, bail, ensure};
use clap::ValueEnum;
use qiao_device::device::view::Exported;
use sync_core::document::Document;
use sync_core::schema::Kind;

use super::sheet::{Sheet, unique_names};
use super::walk::{self, Authors};
use crate::app::App;
use crate::registry::places::Level;
use crate::registry::{Actor, audit};
use crate::store::registry::{places, units};
use crate::store::{Conn, log, maintenance};

/// In which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// All documents in one file, one on a line, as devices export them
    Json,
    /// A standard Automerge file for each document, into a directory
    Automerge,
    /// The household register, with the columns that import reads
    Xlsx,
}

impl Format {
    fn as_str(self) -> &'static str {
        match self {
            Format::Json => "json",
            Format::Automerge => "automerge",
            Format::Xlsx => "xlsx",
        }
    }
}

/// Writes documents, all or of one village, to a file or directory that does not exist yet. Returns how many.
pub async fn export(app: &App, village: Option<&str>, format: Format, to: &Path) -> anyhow::Result<u64> {
    ensure!(!to.exists(), "{} exists already", to.display());
    if let Some(village) = village {
        let place = places::by_id(&mut *app.store.read().await?, village).await?;
        ensure!(
            place.is_some_and(|place| place.level == Level::Village),
            "there is no village {village}"
        );
    }
    let mut tx = app.store.writer().await?;
    let subject = village.unwrap_or(&app.deployment.id);
    let detail = [("format", format.as_str())];
    audit::append(
        &mut tx,
        app.now(),
        &Actor::command_line(),
        "documents.export",
        subject,
        &detail,
    )
    .await?;
    tx.commit().await?;

    let mut conn = app.store.separate().await?;
    let done = write(&mut conn, village, format, to).await;
    maintenance::close(conn).await?;
    done
}

async fn write(conn: &mut Conn, village: Option<&str>, format: Format, to: &Path) -> anyhow::Result<u64> {
    maintenance::begin_reading(conn).await?;
    let authors = walk::authors(conn).await?;
    let mut target = Target::create(conn, format, to).await?;
    let (mut count, mut after) = (0, String::new());
    loop {
        let page = maintenance::document_names(conn, &after, village).await?;
        let Some((_, last)) = page.last() else { break };
        after.clone_from(last);
        for (no, _) in page {
            if target.take(&read(conn, no, &authors).await?)? {
                count += 1;
            }
            tokio::task::yield_now().await;
        }
    }
    target.finish()?;
    maintenance::end(conn, false).await?;
    Ok(count)
}

async fn read(conn: &mut Conn, no: u64, authors: &Authors) -> anyhow::Result<Document> {
    let document = match log::by_no(conn, no).await? {
        Some(row) => walk::load(conn, &row, authors).await?,
        None => None,
    };
    match document {
        Some(document) => Ok(document),
        None => bail!("document {no} cannot be read: see `qiao verify`"),
    }
}

enum Target {
    Json(BufWriter<fs::File>, bool),
    Automerge(std::path::PathBuf),
    Xlsx(Box<Sheet>, fs::File),
}

impl Target {
    async fn create(conn: &mut Conn, format: Format, to: &Path) -> anyhow::Result<Target> {
        Ok(match format {
            Format::Json => {
                let mut out = BufWriter::new(private_file(to)?);
                out.write_all(b"[")?;
                Target::Json(out, true)
            }
            Format::Automerge => {
                fs::DirBuilder::new()
                    .mode(0o700)
                    .create(to)
                    .with_context(|| format!("cannot create {}", to.display()))?;
                Target::Automerge(to.to_owned())
            }
            Format::Xlsx => {
                let all = places::all(conn).await?;
                let villages = all.into_iter().filter(|place| place.level == Level::Village);
                let villages = unique_names(villages.map(|place| (place.id, place.name)));
                let units = unique_names(
                    units::all(conn)
                        .await?
                        .into_iter()
                        .map(|unit| (unit.id, unit.name)),
                );
                Target::Xlsx(Box::new(Sheet::new(villages, units)), private_file(to)?)
            }
        })
    }

    /// Whether the document is part of this form.
    fn take(&mut self, document: &Document) -> anyhow::Result<bool> {
        match self {
            Target::Json(out, first) => {
                out.write_all(if std::mem::take(first) { b"\n" } else { b",\n" })?;
                serde_json::to_writer(
                    out,
                    &Exported {
                        generation: document.generation(),
                        heads: document.heads().iter().map(ToString::to_string).collect(),
                        id: document.id().clone(),
                        kind: document.kind().as_str(),
                        value: document.json(),
                    },
                )?;
            }
            Target::Automerge(dir) => {
                let mut file = private_file(&dir.join(format!("{}.automerge", document.id())))?;
                file.write_all(&document.save_standard())?;
            }
            Target::Xlsx(sheet, _) if document.kind() == Kind::Household => sheet.add(document.json()),
            Target::Xlsx(..) => return Ok(false),
        }
        Ok(true)
    }

    fn finish(self) -> anyhow::Result<()> {
        match self {
            Target::Json(mut out, _) => {
                out.write_all(b"\n]\n")?;
                out.flush()?;
            }
            Target::Automerge(_) => {}
            Target::Xlsx(sheet, mut file) => file.write_all(&sheet.finish()?)?,
        }
        Ok(())
    }
}

fn private_file(path: &Path) -> anyhow::Result<fs::File> {
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("cannot write {}", path.display()))
}

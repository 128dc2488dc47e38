//! `qiao import households`: a register becomes household files, and the same register again changes nothing.
//!
//! Reading and judging the sheet is [`crate::register`]'s, comparing is [`super::plan`]'s. What is to be written goes
//! through the relay as edits signed by the server itself, one for each household, all of it or nothing: the gate and
//! the log are the same as for everybody else, and phones get the result like any other change.

use std::collections::BTreeSet;

use anyhow::{Context, bail};
use serde::Serialize;
use sha2::{Digest, Sha256};
use sync_core::edit::{ChangeDocument, Edit, NewDocument};
use sync_core::id::DocId;
use sync_core::schema::Kind;

use super::plan;
use super::walk::{self, Authors};
use crate::app::App;
use crate::register::{self, Options, Place, RegisterHousehold, Report};
use crate::registry::places::Level;
use crate::registry::{Actor, audit, villages};
use crate::store::registry::{places, units};
use crate::store::{Conn, log, maintenance};

/// Households in one commit.
const HOUSEHOLDS_AT_A_TIME: usize = 64;

/// What is wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Only these villages; one alone is also the village of rows that name none. Empty for all.
    pub villages: Vec<String>,
    /// Year of income columns that name none.
    pub income_year: u16,
    /// Say what would happen and write nothing.
    pub dry_run: bool,
    /// Bring files that are there in line with the register.
    pub update: bool,
}

/// What was read and what became of it. Places in the sheet and counts, no contents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// Whether nothing was written.
    pub dry_run: bool,
    /// Files made, or to be made.
    pub created: usize,
    /// Files brought in line, or to be.
    pub updated: usize,
    /// Files that say all of it already.
    pub unchanged: usize,
    /// Files that say something else and were left as they are: `--update` was not given.
    pub differing: Vec<Line>,
    /// Households that could not be written.
    pub refused: Vec<Line>,
    /// What the sheet says and does not say.
    pub report: Report,
}

/// A household of the sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Its first row.
    pub row: u32,
    /// Why, as a code, with the fields concerned.
    pub what: String,
}

impl Imported {
    /// For the terminal, in Chinese and English.
    pub fn to_text(&self) -> String {
        let (zh, en) = if self.dry_run {
            ("（试运行，未写入）", " (dry run, nothing written)")
        } else {
            ("", "")
        };
        let mut text = self.report.to_text_zh();
        for line in &self.differing {
            text += &format!("第 {} 行：与现有户档不同，未更新 ({})\n", line.row, line.what);
        }
        for line in &self.refused {
            text += &format!("第 {} 行：未能写入 ({})\n", line.row, line.what);
        }
        let (created, updated, unchanged) = (self.created, self.updated, self.unchanged);
        let (differing, refused) = (self.differing.len(), self.refused.len());
        text += &format!(
            "新建 {created} 户，更新 {updated} 户，无变化 {unchanged} 户，不同未更新 {differing} 户，未写入 {refused} 户{zh}\n"
        );
        text += &format!(
            "{created} created, {updated} updated, {unchanged} unchanged, {differing} different and left, {refused} refused{en}\n"
        );
        text
    }
}

enum Step {
    Create(Edit),
    Update(Edit),
    Unchanged,
    Differs(String),
    Impossible(&'static str),
}

/// Imports the households of a register.
pub async fn households(app: &App, bytes: Vec<u8>, wanted: &Wanted) -> anyhow::Result<Imported> {
    let file = data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes)[..8]);
    let (villages, units) = known_places(app, wanted).await?;
    let default = match wanted.villages.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    };
    let income_year = wanted.income_year;
    let register = tokio::task::spawn_blocking(move || {
        let options = Options {
            villages: &villages,
            units: &units,
            default_village: default.as_deref(),
            income_year,
        };
        register::read(&bytes, &options)
    })
    .await??;
    let mut imported = Imported {
        dry_run: wanted.dry_run,
        created: 0,
        updated: 0,
        unchanged: 0,
        differing: Vec::new(),
        refused: Vec::new(),
        report: register.report,
    };
    if !wanted.dry_run {
        let named = register
            .households
            .iter()
            .map(|household| household.village.clone());
        villages::changed(app, named).await;
    }
    for some in register.households.chunks(HOUSEHOLDS_AT_A_TIME) {
        take(app, some, wanted, &mut imported).await?;
    }
    if imported.created + imported.updated > 0 && !wanted.dry_run {
        let (created, updated) = (imported.created.to_string(), imported.updated.to_string());
        let detail = [
            ("created", created.as_str()),
            ("updated", updated.as_str()),
            ("file_sha256", file.as_str()),
        ];
        let mut tx = app.store.writer().await?;
        audit::append(
            &mut tx,
            app.now(),
            &Actor::command_line(),
            "register.import",
            &app.deployment.id,
            &detail,
        )
        .await?;
        tx.commit().await?;
    }
    Ok(imported)
}

async fn known_places(app: &App, wanted: &Wanted) -> anyhow::Result<(Vec<Place>, Vec<Place>)> {
    let mut read = app.store.read().await?;
    let all = places::all(&mut read).await?;
    let mut villages: Vec<Place> = all
        .into_iter()
        .filter(|place| place.level == Level::Village)
        .map(|place| Place {
            id: place.id,
            name: place.name,
        })
        .collect();
    if !wanted.villages.is_empty() {
        let known: BTreeSet<&str> = villages.iter().map(|village| village.id.as_str()).collect();
        if let Some(unknown) = wanted
            .villages
            .iter()
            .find(|village| !known.contains(village.as_str()))
        {
            bail!("there is no village {unknown} (没有这个村): see `qiao admin place list`");
        }
        villages.retain(|village| wanted.villages.contains(&village.id));
    }
    let units = units::all(&mut read)
        .await?
        .into_iter()
        .map(|unit| Place {
            id: unit.id,
            name: unit.name,
        })
        .collect();
    Ok((villages, units))
}

async fn take(
    app: &App,
    households: &[RegisterHousehold],
    wanted: &Wanted,
    imported: &mut Imported,
) -> anyhow::Result<()> {
    let mut edits = Vec::new();
    // First row of each, and whether it is new.
    let mut of = Vec::new();
    {
        let mut read = app.store.read().await?;
        let authors = walk::authors(&mut read).await?;
        for household in households {
            let row = household.rows.first().copied().unwrap_or(0);
            match step(&mut read, household, wanted.update, &authors).await? {
                Step::Create(edit) => {
                    edits.push(edit);
                    of.push((row, true));
                }
                Step::Update(edit) => {
                    edits.push(edit);
                    of.push((row, false));
                }
                Step::Unchanged => imported.unchanged += 1,
                Step::Differs(what) => imported.differing.push(Line { row, what }),
                Step::Impossible(what) => imported.refused.push(Line {
                    row,
                    what: what.to_owned(),
                }),
            }
        }
    }
    let results = if wanted.dry_run {
        edits.iter().map(|_| Ok(true)).collect()
    } else if edits.is_empty() {
        Vec::new()
    } else {
        let done = app
            .relay
            .author(edits, app.now())
            .await
            .context("the log cannot be written")?;
        done.into_iter()
            .map(|done| done.map(|changed| changed.is_some()))
            .collect::<Vec<_>>()
    };
    for ((row, new), result) in of.into_iter().zip(results) {
        match result {
            Ok(true) if new => imported.created += 1,
            Ok(true) => imported.updated += 1,
            Ok(false) => imported.unchanged += 1,
            Err(refusal) => {
                let what = format!("{} {}", refusal.reason.code(), without_keys(&refusal.path));
                imported.refused.push(Line {
                    row,
                    what: what.trim_end().to_owned(),
                });
            }
        }
    }
    Ok(())
}

async fn step(
    conn: &mut Conn,
    household: &RegisterHousehold,
    update: bool,
    authors: &Authors,
) -> anyhow::Result<Step> {
    let derived = DocId::parse(&register::document_id(&household.village, &household.number))
        .map_err(|_| anyhow::anyhow!("a household's name cannot be made"))?;
    let row = match log::by_id(conn, &derived).await? {
        Some(row) => Some(row),
        // Perhaps somebody made the file on a phone and gave it this number.
        None => match maintenance::household_numbered(conn, &household.village, &household.number).await? {
            Some(no) => log::by_no(conn, no).await?,
            None => None,
        },
    };
    let Some(row) = row else {
        let value = household.value.as_object().cloned().unwrap_or_default();
        return Ok(Step::Create(Edit::New(NewDocument {
            new: Kind::Household.as_str().to_owned(),
            village: Some(household.village.clone()),
            household: None,
            year: None,
            id: Some(derived),
            at: None,
            value,
        })));
    };
    if row.creation.kind != Kind::Household {
        return Ok(Step::Impossible("document_exists_differently"));
    }
    let Some(document) = walk::load(conn, &row, authors).await? else {
        return Ok(Step::Impossible("document_unreadable"));
    };
    let ops = plan::changes(&document.json(), &household.value);
    if ops.is_empty() {
        return Ok(Step::Unchanged);
    }
    if !update {
        return Ok(Step::Differs(format!("{} fields", ops.len())));
    }
    Ok(Step::Update(Edit::Change(ChangeDocument {
        doc: row.creation.id,
        at: None,
        ops,
    })))
}

/// A path without the keys of entries, which mean nothing to a reader.
fn without_keys(path: &[String]) -> String {
    match path {
        [container, _, field] => format!("{container}/{field}"),
        other => other.join("/"),
    }
}

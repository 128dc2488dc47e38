//! The hand-over between this program and the browser tests, which measure the phone's app: the village they measure
//! on goes out as JSON, and their figures come back to stand in the same results.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use sync_core::edit::Edit;

use super::figures::{Figures, Section, Target};
use super::workload::{Workload, turns};
use super::world::places_of;

/// The village, as the browser tests play it.
#[derive(Serialize)]
struct Told {
    village: &'static str,
    township: &'static str,
    county: &'static str,
    people: Vec<ToldPerson>,
    /// Edits in the order in which their authors take turns: whose, and what.
    turns: Vec<ToldTurn>,
    /// Who returns, what they wrote meanwhile, and what the others did.
    returning: usize,
    own: Vec<Edit>,
    others: Vec<ToldTurn>,
}

#[derive(Serialize)]
struct ToldPerson {
    id: String,
    name: String,
    role: &'static str,
    places: Vec<String>,
    unit: Option<String>,
}

#[derive(Serialize)]
struct ToldTurn {
    author: usize,
    edits: Vec<Edit>,
}

/// Writes the generated village of this size and seed.
pub(super) fn tell(path: &Path, households: usize, seed: u64) -> Result<()> {
    let workload = Workload::generated(households, seed);
    let told = |edits| -> Result<Vec<ToldTurn>> {
        Ok(turns(edits)?
            .into_iter()
            .map(|turn| ToldTurn {
                author: turn.author,
                edits: turn.edits,
            })
            .collect())
    };
    let people = workload.authors.iter().map(|person| ToldPerson {
        id: person.id.clone(),
        name: person.name.clone(),
        role: person.role.as_str(),
        places: places_of(person),
        unit: person.unit.clone(),
    });
    let all = Told {
        village: super::workload::VILLAGE,
        township: super::workload::TOWNSHIP,
        county: super::workload::COUNTY,
        people: people.collect(),
        turns: told(&workload.history)?,
        returning: workload.returning.author,
        own: workload
            .returning
            .own
            .iter()
            .map(|edit| edit.edit.clone())
            .collect(),
        others: told(&workload.returning.others)?,
    };
    fs::write(path, serde_json::to_vec(&all)?).with_context(|| format!("cannot write {}", path.display()))
}

/// What the browser tests have measured on one village.
#[derive(Deserialize)]
struct Measured {
    workload: String,
    figures: Vec<MeasuredFigure>,
}

#[derive(Deserialize)]
struct MeasuredFigure {
    what: String,
    value: f64,
    unit: String,
    most: Option<f64>,
}

/// The figures of the phone's app.
pub(super) fn read(path: &Path) -> Result<Vec<Section>> {
    let text = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let measured: Vec<Measured> = serde_json::from_slice(&text)?;
    measured.into_iter().map(section).collect()
}

fn section(measured: Measured) -> Result<Section> {
    let mut figures = Figures::default();
    for figure in measured.figures {
        let target = figure.most.map_or(Target::Stated, Target::AtMost);
        figures.timed("P", figure.what, figure.value, unit_of(&figure.unit)?, target);
    }
    Ok(Section {
        workload: measured.workload,
        figures,
    })
}

fn unit_of(written: &str) -> Result<&'static str> {
    ["s", "ms", "B", "MiB", ""]
        .into_iter()
        .find(|unit| *unit == written)
        .with_context(|| format!("a figure of the browser is in {written:?}"))
}

//! The draw of cases for random checks by the county.
//!
//! Nobody chooses: the order follows from the deployment, the procedure, the month and the document's name through a
//! cryptographic hash, so that it can be computed again by anybody and steered by nobody. Draws nothing into documents: the
//! person who checks writes that down as an event.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sync_core::schema::Kind;
use sync_core::workflow::Day;
use sync_core::workflow::draw::{SHARE, drawn_of, least_share};
use utoipa::ToSchema;

use super::Viewer;
use super::cases::{CaseRow, CaseSearch, day, row, wanted};
use crate::app::App;
use crate::clock::day_in_china;
use crate::error::{Code, Error};
use crate::limits;
use crate::registry::Role;
use crate::store::log;
use crate::store::projections::cases::{self as stored, Found};

/// What is drawn from.
#[derive(Debug, Clone, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct DrawWanted {
    /// The procedure.
    #[param(example = "extreme_hardship")]
    pub procedure: String,
    /// Cases sent to the county in this month, `YYYY-MM`.
    #[param(example = "2026-11")]
    pub month: String,
    /// Percent that are drawn, rounded up: 30 unless told, and no fewer in extreme hardship.
    pub share: Option<i64>,
    /// Only in the villages of this place.
    pub place: Option<String>,
}

/// A draw.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Draw {
    /// The procedure.
    pub procedure: String,
    /// The month.
    pub month: String,
    /// Percent.
    pub share: i64,
    /// Cases drawn from.
    pub population: usize,
    /// Cases drawn.
    pub drawn: usize,
    /// Cases that have been checked since they were sent, drawn or not.
    pub checked: usize,
    /// The month is over: no case can be added any more.
    pub settled: bool,
    /// What the order follows from, with the document's name: hexadecimal.
    pub seed: String,
    /// All of them, in the order of the draw; the first are drawn.
    pub items: Vec<Drawn>,
}

/// A case of a draw.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Drawn {
    /// Its place in the order, from 1.
    pub rank: usize,
    /// Whether it is drawn.
    pub drawn: bool,
    /// Day of the last random check since it was sent.
    pub checked_on: Option<String>,
    /// The case.
    pub row: CaseRow,
}

/// Draws among the cases sent to the county in a month.
pub async fn get(app: &App, viewer: &Viewer, draw: &DrawWanted) -> Result<Draw, Error> {
    viewer.require(Kind::Application)?;
    if viewer.role != Role::County {
        return Err(Code::NotAllowed.into());
    }
    let share = draw.share.unwrap_or(SHARE);
    if !(least_share(&draw.procedure)..=100).contains(&share) {
        return Err(Error::field("/share", "bad_value"));
    }
    if draw.month.len() != 7 || Day::parse(&format!("{}-01", draw.month)).is_none() {
        return Err(Error::field("/month", "bad_value"));
    }
    let search = CaseSearch {
        procedure: vec![draw.procedure.clone()],
        place: draw.place.clone(),
        ..CaseSearch::default()
    };
    let wanted = stored::Wanted {
        sent_in: Some(draw.month.clone()),
        ..wanted(app, viewer, &search)?
    };
    let mut read = log::read(&app.store).await?;
    let found = stored::page(&mut read, &wanted, limits::EXPORT_ROWS_MAX).await?;
    drop(read);
    let mut seed = Sha256::new();
    for part in [&app.deployment.id, &draw.procedure, &draw.month] {
        seed.update(part.as_bytes());
        seed.update([0]);
    }
    let seed = seed.finalize();
    let mut ordered: Vec<([u8; 32], Found)> = found
        .into_iter()
        .map(|found| {
            let place = Sha256::new().chain_update(seed).chain_update(found.id.as_bytes());
            (place.finalize().into(), found)
        })
        .collect();
    ordered.sort_by(|(a, one), (b, other)| (a, &one.id).cmp(&(b, &other.id)));
    let population = ordered.len();
    let drawn = drawn_of(population, share);
    let today = day_in_china(app.now());
    let on = day(&today)?;
    let items: Vec<Drawn> = ordered
        .into_iter()
        .enumerate()
        .map(|(index, (_, found))| Drawn {
            rank: index + 1,
            drawn: index < drawn,
            checked_on: checked_on(&found.days),
            row: row(found, on),
        })
        .collect();
    Ok(Draw {
        procedure: draw.procedure.clone(),
        month: draw.month.clone(),
        share,
        population,
        drawn,
        checked: items.iter().filter(|item| item.checked_on.is_some()).count(),
        settled: today.get(..7).is_some_and(|now| now > draw.month.as_str()),
        seed: data_encoding::HEXLOWER.encode(&seed),
        items,
    })
}

/// The last random check after the case was last sent.
fn checked_on(days: &[(String, String)]) -> Option<String> {
    let sent = days.iter().rposition(|(sort, _)| sort == "send_county")?;
    let checks = days[sent..].iter().rev();
    let mut checks = checks.filter(|(sort, _)| sort == "random_check");
    checks.next().map(|(_, day)| day.clone())
}

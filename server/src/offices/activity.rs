//! Visits and needs by month, as counts: for charts, and for units, which may see no household file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sync_core::schema::Kind;
use utoipa::ToSchema;

use super::Viewer;
use crate::app::App;
use crate::clock::day_in_china;
use crate::error::{Code, Error};
use crate::limits;
use crate::registry::Role;
use crate::store::log::{self, ReadTx};
use crate::store::projections::activity::{self, Counted, Event, Of};
use crate::store::registry::places;

/// Of what, and how far back.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Only of this village.
    pub village: Option<String>,
    /// Months up to the present one: 12 unless told, at most 36.
    pub months: Option<i64>,
}

/// Counts by month.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Activity {
    /// The months, oldest first, as `YYYY-MM`.
    pub months: Vec<String>,
    /// Villages: one's own, or those one's unit is paired with.
    pub villages: Vec<VillageMonths>,
    /// Of a unit: the households its cadres stand by, together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paired: Option<Months>,
}

/// A village by month.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VillageMonths {
    /// Its code.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its counts.
    #[serde(flatten)]
    pub months: Months,
}

/// Counts, a number for each month.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct Months {
    /// Households now.
    pub households: i64,
    /// Visits.
    pub visits: Vec<i64>,
    /// Needs raised.
    pub needs_raised: Vec<i64>,
    /// Needs answered for the last time.
    pub needs_answered: Vec<i64>,
    /// Needs closed.
    pub needs_closed: Vec<i64>,
}

/// The months of one's villages.
pub async fn get(app: &App, viewer: &Viewer, wanted: &Wanted) -> Result<Activity, Error> {
    let count = wanted.months.unwrap_or(12);
    if !(1..=limits::ACTIVITY_MONTHS_MAX).contains(&count) {
        return Err(Error::field("/months", "bad_value"));
    }
    let months = months_until(&day_in_china(app.now()), count);
    let mut read = log::read(&app.store).await?;
    let (mut villages, paired) = if viewer.role == Role::Unit {
        let unit = viewer.unit.as_deref().ok_or(Code::NotAllowed)?;
        let villages = activity::paired_villages(&mut read, unit).await?;
        let paired = of(&mut read, Of::PairedWith(unit), &months).await?;
        (
            villages,
            Some(
                paired
                    .into_values()
                    .next()
                    .unwrap_or_else(|| Months::empty(&months)),
            ),
        )
    } else {
        // By month and village these are counts of journals, which not everybody reads one by one.
        viewer.require(Kind::Need)?;
        (viewer.villages.clone(), None)
    };
    if let Some(village) = &wanted.village {
        if !villages.contains(village) {
            return Err(Code::OutsideArea.into());
        }
        villages.retain(|own| own == village);
    }
    let mut counted = of(&mut read, Of::Villages(&villages), &months).await?;
    let names = places::below(&mut read, &villages).await?;
    let names: BTreeMap<String, String> = names.into_iter().map(|place| (place.id, place.name)).collect();
    let villages = villages.into_iter().map(|id| VillageMonths {
        name: names.get(&id).cloned().unwrap_or_default(),
        months: counted.remove(&id).unwrap_or_else(|| Months::empty(&months)),
        id,
    });
    Ok(Activity {
        villages: villages.collect(),
        months,
        paired,
    })
}

async fn of(read: &mut ReadTx, of: Of<'_>, months: &[String]) -> Result<BTreeMap<String, Months>, Error> {
    let mut all: BTreeMap<String, Months> = BTreeMap::new();
    for (village, households) in activity::households(read, of).await? {
        all.entry(village)
            .or_insert_with(|| Months::empty(months))
            .households = households;
    }
    let (Some(first), Some(last)) = (months.first(), months.last()) else {
        return Ok(all);
    };
    let year = |month: &str| month.get(..4).and_then(|year| year.parse().ok()).unwrap_or(0);
    let mut take = |counted: Vec<Counted>, column: fn(&mut Months) -> &mut Vec<i64>| {
        for (village, month, count) in counted {
            if let Ok(at) = months.binary_search(&month) {
                let months = all.entry(village).or_insert_with(|| Months::empty(months));
                column(months)[at] += count;
            }
        }
    };
    take(
        activity::visits(read, of, year(first), year(last)).await?,
        |months| &mut months.visits,
    );
    take(activity::needs(read, of, Event::Raised, first).await?, |months| {
        &mut months.needs_raised
    });
    take(
        activity::needs(read, of, Event::Answered, first).await?,
        |months| &mut months.needs_answered,
    );
    take(activity::needs(read, of, Event::Closed, first).await?, |months| {
        &mut months.needs_closed
    });
    Ok(all)
}

impl Months {
    fn empty(months: &[String]) -> Months {
        let none = || vec![0; months.len()];
        Months {
            households: 0,
            visits: none(),
            needs_raised: none(),
            needs_answered: none(),
            needs_closed: none(),
        }
    }
}

fn months_until(day: &str, count: i64) -> Vec<String> {
    let number = |range: std::ops::Range<usize>| -> i64 {
        day.get(range).and_then(|text| text.parse().ok()).unwrap_or(1)
    };
    let last = number(0..4) * 12 + number(5..7) - 1;
    let month = |month: i64| format!("{:04}-{:02}", month.div_euclid(12), month.rem_euclid(12) + 1);
    (last - count + 1..=last).map(month).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn months_go_back_over_the_turn_of_the_year() {
        assert_eq!(
            super::months_until("2026-02-03", 3),
            ["2025-12", "2026-01", "2026-02"]
        );
        assert_eq!(super::months_until("2026-12-31", 1), ["2026-12"]);
    }
}

//! Visits and needs by month, as counts: for charts, and for units, which may see no household file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sync_core::schema::Kind;
use utoipa::ToSchema;

use super::{Viewer, figures};
use crate::app::App;
use crate::clock::day_in_china;
use crate::error::{Code, Error};
use crate::limits;
use crate::registry::Role;
use crate::store::log::{self, ReadTx};
use crate::store::projections::activity::{self, Of};
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
    let today = day_in_china(app.now());
    let all_months = months_until(&today, limits::ACTIVITY_MONTHS_MAX);
    let shown = usize::try_from(limits::ACTIVITY_MONTHS_MAX - count).unwrap_or(0);
    let mut read = log::read(&app.store).await?;
    let (mut villages, paired) = if viewer.role == Role::Unit {
        let unit = viewer.unit.as_deref().ok_or(Code::NotAllowed)?;
        let villages = activity::paired_villages(&mut read, unit).await?;
        let paired = of(&mut read, Of::PairedWith(unit), &all_months).await?;
        (
            villages,
            Some(
                paired
                    .into_iter()
                    .map(|(_, months)| months)
                    .next()
                    .unwrap_or_default(),
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
    let moment = figures::Moment::of(&mut read, &villages, &today).await?;
    let (mut counted, missing) = moment.kept(&app.figures.months);
    if !missing.is_empty() {
        let fresh = of(&mut read, Of::Villages(&missing), &all_months).await?;
        counted = moment.keep(&app.figures.months, counted, missing, fresh);
    }
    let names = places::below(&mut read, &villages).await?;
    let names: BTreeMap<String, String> = names.into_iter().map(|place| (place.id, place.name)).collect();
    let none = Months::default();
    let villages = villages.into_iter().map(|id| VillageMonths {
        name: names.get(&id).cloned().unwrap_or_default(),
        months: counted
            .get(&id)
            .map_or(&none, |months| months)
            .from(shown, all_months.len()),
        id,
    });
    Ok(Activity {
        villages: villages.collect(),
        paired: paired.map(|paired| paired.from(shown, all_months.len())),
        months: all_months[shown..].to_vec(),
    })
}

async fn of(read: &mut ReadTx, of: Of<'_>, months: &[String]) -> Result<Vec<(String, Months)>, Error> {
    let mut all: BTreeMap<String, Months> = BTreeMap::new();
    for (village, households) in activity::households(read, of).await? {
        all.entry(village)
            .or_insert_with(|| Months::empty(months))
            .households = households;
    }
    let year = |month: Option<&String>| month.and_then(|month| month.get(..4)?.parse().ok()).unwrap_or(0);
    let (first, last) = (year(months.first()), year(months.last()));
    let at = |month: &String| months.binary_search(month).ok();
    for (village, month, count) in activity::visits(read, of, first, last).await? {
        if let Some(at) = at(&month) {
            all.entry(village).or_insert_with(|| Months::empty(months)).visits[at] += count;
        }
    }
    for (village, [raised, answered, closed], count) in activity::needs(read, of).await? {
        let of_village = all.entry(village).or_insert_with(|| Months::empty(months));
        for (month, counts) in [
            (raised, &mut of_village.needs_raised),
            (answered, &mut of_village.needs_answered),
            (closed, &mut of_village.needs_closed),
        ] {
            if let Some(at) = month.as_ref().and_then(at) {
                counts[at] += count;
            }
        }
    }
    Ok(all.into_iter().collect())
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

    /// Without the months before one; of what was never counted, zeros.
    fn from(&self, first: usize, all: usize) -> Months {
        let part = |counts: &Vec<i64>| match counts.get(first..) {
            Some(part) if counts.len() == all => part.to_vec(),
            _ => vec![0; all - first],
        };
        Months {
            households: self.households,
            visits: part(&self.visits),
            needs_raised: part(&self.needs_raised),
            needs_answered: part(&self.needs_answered),
            needs_closed: part(&self.needs_closed),
        }
    }
}

pub(super) fn months_until(day: &str, count: i64) -> Vec<String> {
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

//! The figures of villages, counted once for each change of a village.
//!
//! Whatever happens to a document of a village adds an entry to a feed of the village. So what was counted holds as long as
//! these feeds have not moved and the day is the same; only villages that have moved are counted again, and an overview of
//! three hundred villages costs what has changed in them. Nothing is ever shown that is older than the last commit.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::activity::Months;
use super::days_before;
use crate::app::App;
use crate::clock::day_in_china;
use crate::error::Error;
use crate::limits;
use crate::store::log::ReadTx;
use crate::store::projections::cases::Counts;
use crate::store::projections::{self, overview};
use sync_core::workflow::{Calendar, Day};

/// What is counted of a village. Households that have moved away or are closed do not count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    pub(crate) households: i64,
    pub(crate) people: i64,
    pub(crate) visited_30: i64,
    pub(crate) visited_90: i64,
    pub(crate) gaps: i64,
    pub(crate) conflicts: i64,
    pub(crate) monitored: i64,
    pub(crate) monitored_cleared: i64,
    pub(crate) monitored_without_measure: i64,
    /// Monitoring type, still at risk, cleared.
    pub(crate) by_type: Vec<(String, i64, i64)>,
    pub(crate) needs_open: i64,
    pub(crate) needs_overdue: i64,
    pub(crate) needs_unassigned: i64,
    pub(crate) needs_not_accepted: i64,
    pub(crate) needs_answered: i64,
    pub(crate) needs_handed_back: i64,
    pub(crate) need_conflicts: i64,
    pub(crate) cases: Counts,
}

impl Figures {
    pub(crate) fn add(&mut self, other: &Figures) {
        self.households += other.households;
        self.people += other.people;
        self.visited_30 += other.visited_30;
        self.visited_90 += other.visited_90;
        self.gaps += other.gaps;
        self.conflicts += other.conflicts;
        self.monitored += other.monitored;
        self.monitored_cleared += other.monitored_cleared;
        self.monitored_without_measure += other.monitored_without_measure;
        self.needs_open += other.needs_open;
        self.needs_overdue += other.needs_overdue;
        self.needs_unassigned += other.needs_unassigned;
        self.needs_not_accepted += other.needs_not_accepted;
        self.needs_answered += other.needs_answered;
        self.needs_handed_back += other.needs_handed_back;
        self.need_conflicts += other.need_conflicts;
        self.cases.add(&other.cases);
        for (sort, present, cleared) in &other.by_type {
            match self.by_type.iter_mut().find(|(known, ..)| known == sort) {
                Some(known) => {
                    known.1 += present;
                    known.2 += cleared;
                }
                None => self.by_type.push((sort.clone(), *present, *cleared)),
            }
        }
    }
}

/// The days that figures depend on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Days {
    pub(crate) today: String,
    pub(crate) before_30: String,
    pub(crate) before_90: String,
    /// The last day that is no more than three working days away.
    pub(crate) soon: String,
    /// The first day of the year.
    pub(crate) since: String,
}

/// Working days before its last one from which on a case is due soon.
const SOON_WORKING_DAYS: i64 = 3;

impl Days {
    pub(crate) fn at(now_ms: i64) -> Result<Days, Error> {
        Days::on(day_in_china(now_ms))
    }

    /// As of a day.
    pub(crate) fn on(today: String) -> Result<Days, Error> {
        let day = Day::parse(&today).ok_or_else(|| Error::internal("a day that is none"))?;
        Ok(Days {
            soon: Calendar::builtin_shared()
                .add_working_days(day, SOON_WORKING_DAYS)
                .to_string(),
            since: format!("{:04}-01-01", day.civil().0),
            before_30: days_before(&today, 30)?,
            before_90: days_before(&today, 90)?,
            today,
        })
    }
}

/// What has been counted, by village: the end of the feed at that moment, and the result.
#[derive(Debug)]
pub(crate) struct Counted<T> {
    /// Day, and how often all rows had been written anew.
    of: (String, i64),
    villages: HashMap<String, (i64, Arc<T>)>,
}

/// What is kept between requests.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    figures: Mutex<Counted<Figures>>,
    /// By month: see [`super::activity`].
    pub(super) months: Mutex<Counted<Months>>,
}

impl<T> Default for Counted<T> {
    fn default() -> Self {
        Counted {
            of: Default::default(),
            villages: HashMap::new(),
        }
    }
}

/// The figures of each of these villages that has documents.
pub(crate) async fn of_villages(
    app: &App,
    read: &mut ReadTx,
    villages: &[String],
    days: &Days,
) -> Result<HashMap<String, Arc<Figures>>, Error> {
    // What is kept is of one day; another one is counted by itself.
    if days.today != day_in_china(app.now()) {
        let fresh = overview::figures(read, villages, days).await?;
        return Ok(fresh
            .into_iter()
            .map(|(village, counted)| (village, Arc::new(counted)))
            .collect());
    }
    let moment = Moment::of(read, villages, &days.today).await?;
    let (found, missing) = moment.kept(&app.figures.figures);
    if missing.is_empty() {
        return Ok(found);
    }
    let fresh = overview::figures(read, &missing, days).await?;
    Ok(moment.keep(&app.figures.figures, found, missing, fresh))
}

/// Where villages stand in one read transaction: the ends of their feeds and the rows are of one moment.
pub(super) struct Moment {
    of: (String, i64),
    heads: HashMap<String, i64>,
}

impl Moment {
    pub(super) async fn of(read: &mut ReadTx, villages: &[String], today: &str) -> Result<Moment, Error> {
        let heads = overview::heads(read, villages).await?.into_iter().collect();
        let (_, rebuilds) = projections::state(read).await?;
        Ok(Moment {
            of: (today.to_owned(), rebuilds),
            heads,
        })
    }

    /// What is kept of villages that have not moved, and the villages to count.
    pub(super) fn kept<T>(&self, kept: &Mutex<Counted<T>>) -> (HashMap<String, Arc<T>>, Vec<String>) {
        let kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut found, mut missing) = (HashMap::new(), Vec::new());
        for (village, head) in &self.heads {
            match kept.villages.get(village) {
                Some((known, counted)) if known == head && kept.of == self.of => {
                    found.insert(village.clone(), counted.clone());
                }
                _ => missing.push(village.clone()),
            }
        }
        missing.sort();
        (found, missing)
    }

    /// Keeps what has been counted, and returns it with what was found.
    pub(super) fn keep<T: Default>(
        &self,
        kept: &Mutex<Counted<T>>,
        mut found: HashMap<String, Arc<T>>,
        missing: Vec<String>,
        fresh: Vec<(String, T)>,
    ) -> HashMap<String, Arc<T>> {
        let mut fresh: HashMap<String, T> = fresh.into_iter().collect();
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.of != self.of || kept.villages.len() > limits::FIGURES_KEPT_MAX {
            kept.villages.clear();
            kept.of = self.of.clone();
        }
        for village in missing {
            let counted = Arc::new(fresh.remove(&village).unwrap_or_default());
            let head = self.heads.get(&village).copied().unwrap_or(0);
            kept.villages.insert(village.clone(), (head, counted.clone()));
            found.insert(village, counted);
        }
        found
    }
}

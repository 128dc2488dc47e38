//! The figures of villages, counted once for each change of a village.
//!
//! Whatever happens to a document of a village adds an entry to the village's feed. So what was counted holds as long as
//! the feed has not moved and the day is the same; only villages that have moved are counted again, and an overview of
//! three hundred villages costs what has changed in them. Nothing is ever shown that is older than the last commit.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::days_before;
use crate::app::App;
use crate::clock::day_in_china;
use crate::error::Error;
use crate::limits;
use crate::store::log::ReadTx;
use crate::store::projections::{self, overview};

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
}

impl Days {
    pub(crate) fn at(now_ms: i64) -> Result<Days, Error> {
        let today = day_in_china(now_ms);
        Ok(Days {
            before_30: days_before(&today, 30)?,
            before_90: days_before(&today, 90)?,
            today,
        })
    }
}

/// What has been counted, by village: the end of the feed at that moment, and the figures.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    /// Day, and how often all rows had been written anew.
    of: (String, i64),
    villages: HashMap<String, (i64, Arc<Figures>)>,
}

/// Figures kept between requests.
pub(crate) type Kept = Mutex<Counted>;

/// The figures of each of these villages that has documents.
pub(crate) async fn of_villages(
    app: &App,
    read: &mut ReadTx,
    villages: &[String],
    days: &Days,
) -> Result<HashMap<String, Arc<Figures>>, Error> {
    // In the same read transaction as the counting: the ends of the feeds and the rows are of one moment.
    let heads = overview::heads(read, villages).await?;
    let (_, rebuilds) = projections::state(read).await?;
    let of = (days.today.clone(), rebuilds);
    let (mut figures, mut missing) = (HashMap::new(), Vec::new());
    {
        let kept = app.figures.lock().unwrap_or_else(PoisonError::into_inner);
        for (village, head) in &heads {
            match kept.villages.get(village) {
                Some((known, counted)) if known == head && kept.of == of => {
                    figures.insert(village.clone(), counted.clone());
                }
                _ => missing.push(village.clone()),
            }
        }
    }
    if missing.is_empty() {
        return Ok(figures);
    }
    let counted: HashMap<String, Figures> = overview::figures(read, &missing, days)
        .await?
        .into_iter()
        .collect();
    let mut kept = app.figures.lock().unwrap_or_else(PoisonError::into_inner);
    if kept.of != of || kept.villages.len() > limits::FIGURES_KEPT_MAX {
        kept.villages.clear();
        kept.of = of;
    }
    let heads: HashMap<String, i64> = heads.into_iter().collect();
    for village in missing {
        let fresh = Arc::new(counted.get(&village).cloned().unwrap_or_default());
        kept.villages
            .insert(village.clone(), (heads[&village], fresh.clone()));
        figures.insert(village, fresh);
    }
    Ok(figures)
}

//! Clocks: from the steps of a document to what is due when, what is late, and by whom.
//!
//! A clock is started and stopped by steps, stands still in some states, and may be started again once it has stopped. Which day is due
//! follows from the steps and the calendar alone; only whether that is near or past needs the present moment.

use serde::Serialize;

use super::calendar::Calendar;
use super::day::Day;
use super::fold::{History, Taken};
use super::procedure::{ClockRule, Limit, OtherLimit, Procedure};

/// One run of a clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Clock {
    /// Its name.
    pub clock: String,
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
    /// Who is late when it runs out.
    pub holder: Option<&'static str>,
    /// Where it is said.
    pub articles: Vec<String>,
    /// How long.
    pub limit: Limit,
    /// Key of the event that started it.
    pub by: String,
    /// The day it started.
    pub started: Day,
    /// The last day, or the day of the last hour; while it stands still, as if it went on now.
    pub due: Day,
    /// Its last moment, Unix seconds.
    pub due_s: i64,
    /// The first day of the warning; none where nobody is late.
    pub warn_on: Option<Day>,
    /// Days it has stood still, in the unit of its limit.
    pub paused: i64,
    /// The day it stopped.
    pub stopped: Option<Day>,
    /// Where it stands.
    pub status: ClockStatus,
    /// Days left, in working days where the limit is in them; below zero when late. Of a stopped clock, what was left.
    pub left: Option<i64>,
    /// All holidays up to the last day have been announced; otherwise it may move.
    pub announced: bool,
}

/// Where a clock stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockStatus {
    /// It runs.
    Running,
    /// Its end is near.
    Warning,
    /// It has run out.
    Overdue,
    /// It stands still.
    Paused,
    /// Stopped in time.
    Met,
    /// Stopped too late.
    Late,
    /// A time that had to pass has passed.
    Over,
    /// The document was closed while it ran, or a time that had to pass was broken off.
    Cancelled,
}

impl ClockStatus {
    /// Whether somebody still has to do something because of it.
    pub fn is_open(self) -> bool {
        matches!(
            self,
            ClockStatus::Running | ClockStatus::Warning | ClockStatus::Overdue | ClockStatus::Paused
        )
    }
}

/// A run under way.
struct Running<'a> {
    by: &'a str,
    from_s: i64,
    limit: Limit,
    paused: i64,
    paused_since: Option<Day>,
}

/// All runs of all clocks. `other` says whether a clock's other length holds for the step that starts it.
pub(super) fn run(
    procedure: &Procedure,
    calendar: &Calendar,
    history: &History<'_>,
    closed: bool,
    now_s: Option<i64>,
    other: impl Fn(&OtherLimit, &Taken<'_>) -> bool,
) -> Vec<Clock> {
    let mut clocks = Vec::new();
    for (name, rule) in &procedure.clocks {
        let close = |running: Running<'_>, end: End| finished(name, rule, calendar, running, end, now_s);
        let mut running: Option<Running<'_>> = None;
        for taken in &history.taken {
            let (sort, day) = (&taken.event.sort, taken.event.day());
            if rule.stops.contains(sort)
                && let Some(run) = running.take()
            {
                clocks.push(close(run, End::Stopped(taken.event.at_s())));
            }
            // Who says the same again does not begin anew.
            if rule.starts.contains(sort) && running.is_none() {
                let limit = rule.limits.iter().find(|one| other(one, taken));
                running = Some(Running {
                    by: &taken.event.key,
                    from_s: taken.event.at_s(),
                    limit: limit.map_or(rule.limit, |one| one.limit),
                    paused: 0,
                    paused_since: None,
                });
            }
            let Some(run) = &mut running else { continue };
            if let Some(extension) = rule.extended_by.as_ref().filter(|one| one.event == *sort) {
                run.limit = extension.limit;
            }
            let still = rule.pauses_in.iter().any(|state| state == taken.to);
            match run.paused_since {
                None if still => run.paused_since = Some(day),
                Some(since) if !still => {
                    run.paused += length(calendar, run.limit, since, day);
                    run.paused_since = None;
                }
                _ => {}
            }
        }
        if let Some(run) = running {
            clocks.push(close(run, if closed { End::Closed } else { End::Open }));
        }
    }
    clocks
}

/// How a run ends.
enum End {
    Open,
    Stopped(i64),
    Closed,
}

fn finished(
    name: &str,
    rule: &ClockRule,
    calendar: &Calendar,
    run: Running<'_>,
    end: End,
    now_s: Option<i64>,
) -> Clock {
    let mut paused = run.paused;
    let looked_at = match end {
        End::Stopped(at_s) => Some(at_s),
        End::Open | End::Closed => now_s,
    };
    if let (Some(since), Some(at_s)) = (run.paused_since, looked_at) {
        paused += length(calendar, run.limit, since, Day::of(at_s).max(since));
    }
    let due_s = end_s(calendar, run.limit, run.from_s, paused);
    let (started, due) = (Day::of(run.from_s), Day::of(due_s));
    let left = looked_at.map(|at_s| length(calendar, run.limit, Day::of(at_s), due));
    let status = match (&end, now_s) {
        (End::Closed, _) => ClockStatus::Cancelled,
        (End::Stopped(at_s), _) => match (*at_s > due_s, rule.minimum) {
            (true, true) => ClockStatus::Over,
            (false, true) => ClockStatus::Cancelled,
            (true, false) => ClockStatus::Late,
            (false, false) => ClockStatus::Met,
        },
        (End::Open, _) if run.paused_since.is_some() => ClockStatus::Paused,
        (End::Open, None) => ClockStatus::Running,
        (End::Open, Some(now_s)) if now_s > due_s => {
            if rule.minimum {
                ClockStatus::Over
            } else {
                ClockStatus::Overdue
            }
        }
        (End::Open, Some(_)) if !rule.minimum && left.is_some_and(|left| left <= i64::from(rule.warn)) => {
            ClockStatus::Warning
        }
        (End::Open, Some(_)) => ClockStatus::Running,
    };
    let counts_holidays = matches!(run.limit, Limit::WorkingDays(_));
    let (first, last) = (started.civil().0, due.civil().0);
    Clock {
        clock: name.to_owned(),
        zh: rule.zh.clone(),
        en: rule.en.clone(),
        holder: rule.holder.map(|role| role.as_str()),
        articles: rule.articles.clone(),
        limit: run.limit,
        by: run.by.to_owned(),
        started,
        due,
        due_s,
        warn_on: (!rule.minimum).then(|| warn_on(calendar, run.limit, due, rule.warn)),
        paused,
        stopped: match end {
            End::Stopped(at_s) => Some(Day::of(at_s)),
            End::Open | End::Closed => None,
        },
        status,
        left,
        announced: !counts_holidays || (calendar.is_announced(first) && calendar.is_announced(last)),
    }
}

/// The first day from which no more than so many days are left.
fn warn_on(calendar: &Calendar, limit: Limit, due: Day, warn: u32) -> Day {
    let warn = i64::from(warn);
    match limit {
        Limit::WorkingDays(_) => {
            // Working days are days, and no row of days off is longer than the slack.
            let (mut low, mut high) = (warn, warn * 3 + 60);
            while low < high {
                let middle = (low + high + 1) / 2;
                if calendar.working_days_between(due.plus(-middle), due) <= warn {
                    low = middle;
                } else {
                    high = middle - 1;
                }
            }
            due.plus(-low)
        }
        Limit::Days(_) | Limit::Months(_) | Limit::Hours(_) => due.plus(-warn),
    }
}

/// Days from one to another, in the unit of a limit.
fn length(calendar: &Calendar, limit: Limit, from: Day, to: Day) -> i64 {
    match limit {
        Limit::WorkingDays(_) => calendar.working_days_between(from, to),
        Limit::Days(_) | Limit::Months(_) | Limit::Hours(_) => to.since(from),
    }
}

/// The last moment of a limit that began at a moment and stood still for so long.
pub(super) fn end_s(calendar: &Calendar, limit: Limit, from_s: i64, paused: i64) -> i64 {
    let from = Day::of(from_s);
    match limit {
        Limit::WorkingDays(count) => calendar
            .add_working_days(from, i64::from(count).saturating_add(paused))
            .end_s(),
        Limit::Days(count) => from.plus(i64::from(count).saturating_add(paused)).end_s(),
        Limit::Months(count) => from.plus_months(i64::from(count)).plus(paused).end_s(),
        Limit::Hours(count) => from_s
            .saturating_add(i64::from(count) * 3_600)
            .saturating_add(paused.saturating_mul(86_400)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_begins_on_the_first_day_with_so_few_days_left() {
        let calendar = Calendar::builtin();
        // Over the Spring Festival, a make-up Saturday and the end of the year that is known.
        let first = Day::parse("2026-01-05").unwrap();
        for (offset, warn) in (0..380).flat_map(|offset| [0, 1, 3, 30].map(|warn| (offset, warn))) {
            let due = first.plus(offset);
            for limit in [Limit::WorkingDays(10), Limit::Days(10)] {
                let from = warn_on(&calendar, limit, due, warn);
                let left = |day| length(&calendar, limit, day, due);
                assert!(left(from) <= i64::from(warn), "{due} {warn}");
                assert!(left(from.plus(-1)) > i64::from(warn), "{due} {warn}");
            }
        }
    }
}

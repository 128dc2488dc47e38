//! The working-day calendar: weekends, official holidays, and the weekend days that are worked to make up for them.
//!
//! The arrangement of each year is data, announced late in the year before ([`Calendar::builtin`], and any further
//! year as text). A year that has not been announced falls back to weekends and says so ([`Calendar::is_announced`]).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

use super::day::Day;

/// Days of a year that the text may name.
const RANGES_MAX: usize = 400;

/// Which days are worked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    announced: BTreeSet<i64>,
    /// Days that are not as their weekday says: whether they are worked.
    exceptions: BTreeMap<Day, bool>,
}

/// A text that is no arrangement of a year.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the arrangement of holidays cannot be read: {0}")]
pub struct BadCalendar(String);

/// One year as announced.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct YearText {
    year: i64,
    #[serde(rename = "source")]
    _source: String,
    /// Days off, single or as `first..last`.
    off: Vec<String>,
    /// Weekend days that are worked.
    work: Vec<String>,
}

impl Calendar {
    /// The years that came with this version.
    pub fn builtin() -> Calendar {
        let mut calendar = Calendar::default();
        for text in [
            include_str!("calendar/2024.json"),
            include_str!("calendar/2025.json"),
            include_str!("calendar/2026.json"),
        ] {
            let added = calendar.add(text);
            debug_assert!(added.is_ok(), "{added:?}");
        }
        calendar
    }

    /// The same, read once.
    pub fn builtin_shared() -> &'static Calendar {
        static BUILTIN: LazyLock<Calendar> = LazyLock::new(Calendar::builtin);
        &BUILTIN
    }

    /// Takes the arrangement of one more year, or a better one of a year already known.
    ///
    /// # Errors
    /// When the text cannot be read; the calendar is unchanged then.
    pub fn add(&mut self, text: &str) -> Result<(), BadCalendar> {
        let bad = |what: &str| BadCalendar(what.to_owned());
        let read: YearText = serde_json::from_str(text).map_err(|error| bad(&error.to_string()))?;
        if read.off.len() + read.work.len() > RANGES_MAX {
            return Err(bad("too many days"));
        }
        let mut days = BTreeMap::new();
        for (ranges, worked) in [(&read.off, false), (&read.work, true)] {
            for range in ranges {
                let (first, last) = range.split_once("..").unwrap_or((range, range));
                let (Some(first), Some(last)) = (Day::parse(first), Day::parse(last)) else {
                    return Err(bad(range));
                };
                // Arrangements reach over the end of a year by a few days at most.
                let near = |day: Day| (day.civil().0 - read.year).abs() <= 1;
                if !(0..=31).contains(&last.since(first)) || !near(first) || !near(last) {
                    return Err(bad(range));
                }
                for offset in 0..=last.since(first) {
                    if days.insert(first.plus(offset), worked) == Some(!worked) {
                        return Err(bad(range));
                    }
                }
            }
        }
        self.exceptions.retain(|day, _| day.civil().0 != read.year);
        self.exceptions.extend(days);
        self.announced.insert(read.year);
        Ok(())
    }

    /// Whether the holidays of a year are known. Where they are not, only weekends are days off, and dates may move.
    pub fn is_announced(&self, year: i64) -> bool {
        self.announced.contains(&year)
    }

    /// Whether a day is worked.
    pub fn is_working_day(&self, day: Day) -> bool {
        self.exceptions.get(&day).copied().unwrap_or(day.weekday() < 5)
    }

    /// Working days after `from` up to and with `to`; negative where `to` lies before.
    pub fn working_days_between(&self, from: Day, to: Day) -> i64 {
        if to < from {
            return -self.working_days_between(to, from);
        }
        let by_weekday = weekdays_until(to) - weekdays_until(from);
        let moved: i64 = self
            .exceptions
            .range(from.plus(1)..=to.max(from.plus(1)))
            .filter(|(day, _)| **day <= to)
            .map(|(day, worked)| i64::from(*worked) - i64::from(day.weekday() < 5))
            .sum();
        by_weekday + moved
    }

    /// The day on which the given number of working days after `from` has passed; `from` itself is not counted.
    pub fn add_working_days(&self, from: Day, count: i64) -> Day {
        let count = count.clamp(0, 100_000);
        if count == 0 {
            return from;
        }
        // Between no days off and nothing but weekends and a year's holidays.
        let (mut low, mut high) = (0, count * 2 + 800);
        while low < high {
            let middle = (low + high) / 2;
            if self.working_days_between(from, from.plus(middle)) >= count {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        from.plus(low)
    }
}

/// Mondays to Fridays from a fixed Monday up to and with a day.
fn weekdays_until(day: Day) -> i64 {
    // 1969-12-29 was a Monday.
    let days = day.number() + 4;
    let (weeks, rest) = (days.div_euclid(7), days.rem_euclid(7));
    weeks * 5 + rest.min(5)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    #[test]
    fn holidays_are_off_and_make_up_days_are_worked() {
        let calendar = Calendar::builtin();
        for (text, worked) in [
            ("2024-02-09", true),
            ("2024-02-10", false),
            ("2024-02-18", true),
            ("2024-10-07", false),
            ("2024-10-12", true),
            ("2025-01-26", true),
            ("2025-01-28", false),
            ("2025-02-08", true),
            ("2025-10-08", false),
            ("2026-01-02", false),
            ("2026-01-04", true),
            ("2026-02-14", true),
            ("2026-02-23", false),
            ("2026-02-28", true),
            ("2026-06-19", false),
            ("2026-10-10", true),
            ("2026-11-21", false),
            ("2026-11-23", true),
        ] {
            assert_eq!(calendar.is_working_day(day(text)), worked, "{text}");
        }
    }

    /// What the announcements come to: 365 or 366 days less weekends and public holidays.
    #[test]
    fn a_year_has_as_many_working_days_as_announced() {
        let calendar = Calendar::builtin();
        for (year, days) in [(2024, 251), (2025, 248), (2026, 248)] {
            let (first, last) = (
                Day::new(year - 1, 12, 31).unwrap(),
                Day::new(year, 12, 31).unwrap(),
            );
            assert_eq!(calendar.working_days_between(first, last), days, "{year}");
        }
    }

    #[test]
    fn working_days_are_counted_over_holidays_and_make_up_days() {
        let calendar = Calendar::builtin();
        for (from, count, to) in [
            // An ordinary week.
            ("2026-11-23", 3, "2026-11-26"),
            // Over a weekend.
            ("2026-11-26", 3, "2026-12-01"),
            // Over the Spring Festival, with both make-up Saturdays.
            ("2026-02-13", 3, "2026-02-25"),
            ("2026-02-24", 5, "2026-03-02"),
            // Over the National Day of 2025, with the Mid-Autumn Festival in it.
            ("2025-09-30", 1, "2025-10-09"),
            ("2025-09-30", 3, "2025-10-11"),
            // From a day off.
            ("2026-05-02", 1, "2026-05-06"),
            // Over the turn of a year.
            ("2025-12-31", 1, "2026-01-04"),
            ("2026-11-23", 0, "2026-11-23"),
        ] {
            assert_eq!(
                calendar.add_working_days(day(from), count),
                day(to),
                "{from} + {count}"
            );
            assert_eq!(
                calendar.working_days_between(day(from), day(to)),
                count,
                "{from} to {to}"
            );
        }
        assert_eq!(
            calendar.working_days_between(day("2026-11-26"), day("2026-11-23")),
            -3,
            "backwards"
        );
    }

    #[test]
    fn counting_day_by_day_says_the_same() {
        let calendar = Calendar::builtin();
        let first = day("2023-12-20");
        let mut counted = 0;
        for offset in 1..1_500 {
            let here = first.plus(offset);
            counted += i64::from(calendar.is_working_day(here));
            assert_eq!(calendar.working_days_between(first, here), counted, "{here}");
            if calendar.is_working_day(here) {
                assert_eq!(calendar.add_working_days(first, counted), here);
            }
        }
    }

    #[test]
    fn a_year_that_is_not_announced_has_weekends_only_and_says_so_until_it_is() {
        let mut calendar = Calendar::builtin();
        assert!(calendar.is_announced(2026) && !calendar.is_announced(2027));
        assert!(calendar.is_working_day(day("2027-10-01")), "a Friday");
        calendar
            .add(r#"{"year": 2027, "source": "later", "off": ["2027-10-01..2027-10-07"], "work": ["2027-10-09"]}"#)
            .unwrap();
        assert!(calendar.is_announced(2027));
        assert!(!calendar.is_working_day(day("2027-10-01")) && calendar.is_working_day(day("2027-10-09")));
        // A corrected announcement replaces the first.
        calendar
            .add(r#"{"year": 2027, "source": "corrected", "off": [], "work": []}"#)
            .unwrap();
        assert!(calendar.is_working_day(day("2027-10-01")));
    }

    #[test]
    fn an_arrangement_that_contradicts_itself_changes_nothing() {
        let mut calendar = Calendar::builtin();
        for text in [
            "",
            "{}",
            r#"{"year": 2026, "source": "x", "off": ["2026-10-01"], "work": ["2026-10-01"]}"#,
            r#"{"year": 2026, "source": "x", "off": ["2026-10-07..2026-10-01"], "work": []}"#,
            r#"{"year": 2026, "source": "x", "off": ["2020-10-01"], "work": []}"#,
            r#"{"year": 2026, "source": "x", "off": ["someday"], "work": []}"#,
        ] {
            assert!(calendar.add(text).is_err(), "{text}");
        }
        assert_eq!(calendar, Calendar::builtin());
    }
}

//! A calendar day in the country's one time zone (UTC+8, no summer time), and arithmetic on days and months.
//!
//! Limits of procedures are counted in days; which of them are working days is [`super::calendar`]'s. Pure integer
//! arithmetic on the proleptic Gregorian calendar, total for every input.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

const DAY_S: i64 = 86_400;
/// China Standard Time is ahead of UTC by this.
const ZONE_S: i64 = 8 * 3_600;
/// Years beyond are cut off: nothing in a file is meant by them.
const DAY_MAX: i64 = 4_000_000;

/// A day, counted from 1970-01-01.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i64);

impl Day {
    /// The day on which a moment falls, Unix seconds.
    pub fn of(time_s: i64) -> Day {
        Day::clamped(time_s.saturating_add(ZONE_S).div_euclid(DAY_S))
    }

    /// The day's last second, Unix seconds.
    pub fn end_s(self) -> i64 {
        (self.0 + 1) * DAY_S - ZONE_S - 1
    }

    /// A day of the calendar; `None` for one that does not exist.
    pub fn new(year: i64, month: i64, day: i64) -> Option<Day> {
        let fits = (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
        ((-9_999..=9_999).contains(&year) && fits).then(|| Day(days_from_civil(year, month, day)))
    }

    /// Reads `YYYY-MM-DD`.
    pub fn parse(text: &str) -> Option<Day> {
        let bytes = text.as_bytes();
        let shaped = bytes.len() == 10
            && bytes.iter().enumerate().all(|(at, b)| match at {
                4 | 7 => *b == b'-',
                _ => b.is_ascii_digit(),
            });
        if !shaped {
            return None;
        }
        Day::new(
            text.get(..4)?.parse().ok()?,
            text.get(5..7)?.parse().ok()?,
            text.get(8..)?.parse().ok()?,
        )
    }

    /// So many days later, or earlier.
    pub fn plus(self, days: i64) -> Day {
        Day::clamped(self.0.saturating_add(days))
    }

    /// Days from another day to this one.
    pub fn since(self, other: Day) -> i64 {
        self.0 - other.0
    }

    /// The same day of a later month; its last day where the month is too short.
    pub fn plus_months(self, months: i64) -> Day {
        let (year, month, day) = self.civil();
        let months = (year * 12 + month - 1).saturating_add(months.clamp(-1_200, 1_200));
        let (year, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
        Day::clamped(days_from_civil(year, month, day.min(days_in(year, month))))
    }

    /// Year, month and day.
    pub fn civil(self) -> (i64, i64, i64) {
        let days = self.0 + 719_468;
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * of_year + 2) / 153;
        let day = of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        (year_of_era + era * 400 + i64::from(month <= 2), month, day)
    }

    /// 0 for Monday to 6 for Sunday.
    pub fn weekday(self) -> i64 {
        (self.0 + 3).rem_euclid(7)
    }

    /// Days from 1970-01-01.
    pub(super) fn number(self) -> i64 {
        self.0
    }

    fn clamped(days: i64) -> Day {
        Day(days.clamp(-DAY_MAX, DAY_MAX))
    }
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let shifted = if month > 2 { month - 3 } else { month + 9 };
    let of_year = (153 * shifted + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Day, D::Error> {
        let text = String::deserialize(deserializer)?;
        Day::parse(&text).ok_or_else(|| serde::de::Error::custom("a day is YYYY-MM-DD"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    #[test]
    fn days_are_written_and_read_alike() {
        for text in [
            "1970-01-01",
            "2024-02-29",
            "2000-02-29",
            "2026-12-31",
            "1900-03-01",
        ] {
            assert_eq!(day(text).to_string(), text);
        }
        for text in [
            "2023-02-29",
            "2024-13-01",
            "2024-00-10",
            "2024-2-9",
            "",
            "2024-02-30",
        ] {
            assert_eq!(Day::parse(text), None, "{text}");
        }
        assert_eq!(day("1970-01-01").number(), 0);
        assert_eq!(day("2024-03-01").since(day("2024-02-01")), 29);
    }

    #[test]
    fn a_day_begins_at_midnight_in_beijing() {
        // 2026-03-01 15:59:59 UTC is the last second of that day.
        assert_eq!(Day::of(1_772_380_799), day("2026-03-01"));
        assert_eq!(Day::of(1_772_380_800), day("2026-03-02"));
        assert_eq!(day("2026-03-01").end_s(), 1_772_380_799);
    }

    #[test]
    fn a_month_later_is_the_same_day_or_the_last_one() {
        for (from, months, to) in [
            ("2026-01-31", 1, "2026-02-28"),
            ("2024-01-31", 1, "2024-02-29"),
            ("2026-08-31", 6, "2027-02-28"),
            ("2026-03-15", 12, "2027-03-15"),
            ("2024-02-29", 12, "2025-02-28"),
            ("2026-12-31", 1, "2027-01-31"),
            ("2026-03-31", -1, "2026-02-28"),
        ] {
            assert_eq!(day(from).plus_months(months), day(to), "{from} + {months}");
        }
    }

    #[test]
    fn weeks_begin_on_monday() {
        assert_eq!(day("2026-11-23").weekday(), 0);
        assert_eq!(day("2026-11-29").weekday(), 6);
    }

    #[test]
    fn no_moment_is_too_far_away() {
        for time in [i64::MIN, i64::MAX, 0, -1] {
            let day = Day::of(time);
            assert_eq!(Day::of(day.end_s()), day);
            let _ = day.plus(i64::MAX).plus_months(i64::MAX).to_string();
        }
    }
}

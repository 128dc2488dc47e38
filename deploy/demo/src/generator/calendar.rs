//! Days and seconds of the proleptic Gregorian calendar in China's one time zone. Reads no clock.

/// Seconds of a day.
pub(super) const DAY_S: i64 = 86_400;
/// China is eight hours ahead all year.
const OFFSET_S: i64 = 8 * 3_600;

/// Year, month and day of a number of days since 1970-01-01.
pub(super) fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days - era * 146_097;
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

/// The day in China at a Unix time, `YYYY-MM-DD`.
pub(super) fn day_text(unix_s: i64) -> String {
    let (year, month, day) = date((unix_s + OFFSET_S).div_euclid(DAY_S));
    format!("{year:04}-{month:02}-{day:02}")
}

/// The year in China at a Unix time.
pub(super) fn year(unix_s: i64) -> u16 {
    date((unix_s + OFFSET_S).div_euclid(DAY_S)).0 as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Days since 1970-01-01 of a date.
    fn days(year: i64, month: i64, day: i64) -> i64 {
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let year_of_era = year - era * 400;
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
    }

    #[test]
    fn days_and_dates_are_each_others_inverse() {
        for number in (-30_000..60_000).step_by(7) {
            let (year, month, day) = date(number);
            assert_eq!(days(year, month, day), number);
        }
        assert_eq!((date(0), days(2000, 2, 29)), ((1970, 1, 1), 11_016));
    }

    #[test]
    fn a_day_begins_at_midnight_in_china() {
        assert_eq!(day_text(days(2026, 1, 1) * DAY_S - 8 * 3_600), "2026-01-01");
        assert_eq!(day_text(days(2026, 1, 1) * DAY_S - 8 * 3_600 - 1), "2025-12-31");
    }
}

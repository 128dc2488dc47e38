//! What a command prints: one JSON object, or lines for people, Chinese first.

use std::io::Write as _;
use std::process::ExitCode;

use serde_json::{Value as Json, json};

use crate::problem::Problem;

/// Language of texts for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Lang {
    /// Chinese
    Zh,
    /// English
    En,
}

impl Lang {
    /// The text in this language.
    pub fn pick<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }
}

/// Where answers go, and in which form.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    /// One JSON object instead of lines for people.
    pub json: bool,
    /// Language of the lines.
    pub lang: Lang,
}

impl Output {
    /// Answers: the object, or the text made by `people`.
    pub fn answer(&self, object: &Json, people: impl FnOnce(Lang) -> String) {
        if self.json {
            print(&object.to_string());
        } else {
            print(&people(self.lang));
        }
    }

    /// Says what went wrong and gives the exit code for it.
    pub fn fail(&self, problem: &Problem) -> ExitCode {
        if self.json {
            print(&json!({ "error": problem }).to_string());
        } else {
            let place = if problem.path.is_empty() {
                String::new()
            } else {
                format!(" [{}]", problem.path.join("/"))
            };
            let text = self.lang.pick(&problem.zh, &problem.en);
            // Nobody may be reading; the exit code says it too.
            let _ = writeln!(std::io::stderr(), "{text} ({}){place}", problem.code);
        }
        ExitCode::from(problem.exit())
    }
}

/// Prints one line. A reader that has gone away is not an error of the command.
pub fn print(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{}", line.trim_end_matches('\n'));
    let _ = out.flush();
}

/// A time for people, UTC, from Unix seconds.
pub fn time(unix_s: i64) -> String {
    let days = unix_s.div_euclid(86_400);
    let second = unix_s.rem_euclid(86_400);
    // Civil date from days since 1970-01-01, by the proleptic Gregorian calendar (eras of 400 years).
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 {
        month_index + 3
    } else {
        month_index - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!(
        "{year:04}-{month:02}-{day:02} {:02}:{:02}Z",
        second / 3_600,
        second % 3_600 / 60
    )
}

#[cfg(test)]
mod tests {
    use super::time;

    #[test]
    fn times_are_calendar_days_in_utc() {
        assert_eq!(time(0), "1970-01-01 00:00Z");
        assert_eq!(time(951_782_400), "2000-02-29 00:00Z");
        assert_eq!(time(1_795_216_450), "2026-11-20 23:14Z");
        assert_eq!(time(-1), "1969-12-31 23:59Z");
    }
}

//! Figures with their targets, as a table for the terminal and for `tests/bench/RESULTS.md`.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context, Result};

use super::machine;

/// What a figure should be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// At most this.
    AtMost(f64),
    /// At least this.
    AtLeast(f64),
    /// Nothing is asked; the figure is stated.
    Stated,
}

/// One measured figure.
#[derive(Clone, Debug)]
pub struct Figure {
    /// S1 to S8.
    pub scenario: &'static str,
    /// What was measured.
    pub what: String,
    /// The value.
    pub value: f64,
    /// Its unit.
    pub unit: &'static str,
    /// What it should be.
    pub target: Target,
    /// The same on every machine: bytes, round trips and ratios of them, not times.
    pub deterministic: bool,
}

impl Figure {
    /// Whether the target is met.
    pub fn passes(&self) -> bool {
        match self.target {
            Target::AtMost(most) => self.value <= most,
            Target::AtLeast(least) => self.value >= least,
            Target::Stated => true,
        }
    }

    fn target_text(&self) -> String {
        match self.target {
            Target::AtMost(most) => format!("≤ {}", number(most)),
            Target::AtLeast(least) => format!("≥ {}", number(least)),
            Target::Stated => "–".to_owned(),
        }
    }

    fn verdict(&self) -> &'static str {
        match self.target {
            Target::Stated => "",
            _ if self.passes() => "pass",
            _ => "MISS",
        }
    }
}

/// Collects figures, printing each as it comes.
#[derive(Debug, Default)]
pub struct Figures {
    figures: Vec<Figure>,
    quiet: bool,
}

impl Figures {
    /// Collects without printing: for figures that others are made of.
    pub(super) fn quiet() -> Figures {
        Figures {
            figures: Vec::new(),
            quiet: true,
        }
    }

    /// A figure that every machine must find.
    pub fn fixed(
        &mut self,
        scenario: &'static str,
        what: impl Into<String>,
        value: f64,
        unit: &'static str,
        target: Target,
    ) {
        self.add(scenario, what.into(), value, unit, target, true);
    }

    /// A figure of this machine.
    pub fn timed(
        &mut self,
        scenario: &'static str,
        what: impl Into<String>,
        value: f64,
        unit: &'static str,
        target: Target,
    ) {
        self.add(scenario, what.into(), value, unit, target, false);
    }

    fn add(
        &mut self,
        scenario: &'static str,
        what: String,
        value: f64,
        unit: &'static str,
        target: Target,
        deterministic: bool,
    ) {
        let figure = Figure {
            scenario,
            what,
            value,
            unit,
            target,
            deterministic,
        };
        if !self.quiet {
            println!("{}", line(&figure));
        }
        self.figures.push(figure);
    }

    /// All of them.
    pub fn all(&self) -> &[Figure] {
        &self.figures
    }

    /// As Markdown.
    pub fn table(&self) -> String {
        let mut text = String::from("| | Figure | Measured | Target | |\n|---|---|---:|---:|---|\n");
        for figure in &self.figures {
            let Figure {
                scenario,
                what,
                value,
                unit,
                ..
            } = figure;
            let (target, verdict) = (figure.target_text(), figure.verdict());
            // Writing into a string cannot fail.
            let _ = writeln!(
                text,
                "| {scenario} | {what} | {} {unit} | {target} | {verdict} |",
                number(*value)
            );
        }
        text
    }
}

fn line(figure: &Figure) -> String {
    let Figure {
        scenario,
        what,
        value,
        unit,
        ..
    } = figure;
    let target = match figure.target {
        Target::Stated => String::new(),
        _ => format!("  (target {}) {}", figure.target_text(), figure.verdict()),
    };
    format!("{scenario}  {what}: {} {unit}{target}", number(*value))
}

/// Whole numbers with their thousands apart, small ones with as many places as they need.
fn number(value: f64) -> String {
    if value.abs() < 100.0 {
        let text = format!("{value:.3}");
        return text.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) && text != "-" {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Where the results are kept.
pub(super) fn results_path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("bench/RESULTS.md")
}

/// What has been measured on one village.
#[derive(Debug)]
pub struct Section {
    /// The village.
    pub workload: String,
    /// Its figures.
    pub figures: Figures,
}

/// Writes the results, with the machine and the state of the sources they hold for.
pub(super) fn write_results(sections: &[Section]) -> Result<PathBuf> {
    let mut text = String::from("# Measured figures\n\n`make bench` writes this file. ");
    text.push_str(
        "Bytes are TCP payload both ways as counted by a proxy between device and server, HTTP and WebSocket framing \
         included, TLS not. Every scenario ends with the check that the replicas of an audience are equal to the byte \
         and to the server's sums.\n\nLines: LAN is the loopback as it is; 4G has 60 ms round trip and 5 Mbit/s; EDGE \
         has 600 ms round trip, 100 kbit/s down and 50 kbit/s up.\n\n",
    );
    let (machine, date, commit) = (machine::describe(), machine::today(), machine::commit());
    let _ = writeln!(text, "- Machine: {machine}\n- Date: {date}\n- Commit: {commit}");
    for section in sections {
        let _ = write!(text, "\n## {}\n\n{}", section.workload, section.figures.table());
    }
    let path = results_path();
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_to_be_read() {
        let written = [0.0, 1.5, 99.99, 340.0, 12_345.6, 1_000_000.0].map(number);
        assert_eq!(written, ["0", "1.5", "99.99", "340", "12,346", "1,000,000"]);
    }

    #[test]
    fn a_target_is_met_at_its_bound() {
        let mut figures = Figures::default();
        figures.fixed("S1", "a", 10.0, "B", Target::AtMost(10.0));
        figures.fixed("S6", "b", 9.0, "/s", Target::AtLeast(10.0));
        figures.timed("S1", "c", 9.0, "s", Target::Stated);
        let passes: Vec<bool> = figures.all().iter().map(Figure::passes).collect();
        assert_eq!(passes, [true, false, true]);
        assert!(figures.table().contains("| S6 | b | 9 /s | ≥ 10 | MISS |"));
    }
}

//! The benchmarks: a real server, real devices, and a line between them that counts and shapes.
//!
//! [`run`] measures what it is asked to and returns the figures; `make bench` prints them and writes
//! `tests/bench/RESULTS.md`, and a test holds the ones that do not depend on the machine against their bounds.
//! A village is lived through once ([`world::Prepared`]); each scenario works on a copy of it, so that no scenario
//! sees what another one did, and any of them can be run alone.

mod admin;
mod back;
mod browser;
mod cold;
mod figures;
mod floor;
mod growth;
mod ingest;
mod live;
mod machine;
mod offices;
mod phone;
mod workload;
mod world;

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Result;

pub use figures::{Figure, Figures, Section, Target};
use workload::Workload;
use world::Prepared;

use crate::harness::link::Profile;
use crate::harness::process::use_qiao_binary;

/// Documents on the server in S7, beyond the village itself.
const SIZES: [usize; 2] = [10_000, 100_000];

/// What to measure.
#[derive(Clone, Debug, clap::Parser)]
#[command(about = "Measures the figures of a village and writes tests/bench/RESULTS.md")]
pub struct Options {
    /// Only these scenarios, as S1,S3 or as separate words
    #[arg(long, value_delimiter = ',')]
    pub only: Vec<String>,
    /// The same as --only
    pub scenarios: Vec<String>,
    /// Also measures a recorded village in this folder
    #[arg(long)]
    pub reference: Option<PathBuf>,
    /// Size of the generated village
    #[arg(long, default_value_t = 300)]
    pub households: usize,
    /// Seed of the generated village
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Largest number of documents on the server in S7
    #[arg(long, default_value_t = 100_000)]
    pub documents: usize,
    /// This `qiao` instead of building one in the profile of this program
    #[arg(long)]
    pub qiao: Option<PathBuf>,
    /// Only what takes a minute or two: bytes, round trips and cuts, on the plain loopback
    #[arg(long)]
    pub quick: bool,
    /// Figures that the browser tests measured, to stand with the others
    #[arg(long)]
    pub browser: Option<PathBuf>,
    /// Only writes the generated village to this file, for the browser tests
    #[arg(long)]
    pub tell: Option<PathBuf>,
    /// Being the bare server of S4 for a program that measures at this address
    #[arg(long, hide = true)]
    pub floor: Option<SocketAddr>,
}

impl Options {
    fn wants(&self, scenario: &str) -> bool {
        let mut asked = self.only.iter().chain(&self.scenarios).peekable();
        asked.peek().is_none() || asked.any(|asked| asked.eq_ignore_ascii_case(scenario))
    }

    fn lines(&self) -> &'static [(&'static str, Profile)] {
        const LINES: &[(&str, Profile)] = &[
            ("LAN", Profile::LAN),
            ("4G", Profile::G4),
            ("EDGE", Profile::EDGE),
        ];
        if self.quick { &LINES[..1] } else { LINES }
    }
}

/// Measures what the options ask for.
///
/// # Errors
/// When a scenario cannot be carried out: a refused change, replicas that differ, a server that ends.
pub async fn run(options: &Options) -> Result<Vec<Section>> {
    if let Some(measuring) = options.floor {
        floor::serve(measuring, live::FLOOR).await?;
        return Ok(Vec::new());
    }
    if let Some(path) = &options.tell {
        browser::tell(path, options.households, options.seed)?;
        return Ok(Vec::new());
    }
    if let Some(path) = &options.qiao {
        use_qiao_binary(path);
    }
    let mut workloads = vec![Workload::generated(options.households, options.seed)];
    if let Some(dir) = &options.reference {
        workloads.push(Workload::recorded(dir)?);
    }
    let mut sections = Vec::new();
    for workload in workloads {
        println!("\n{}", workload.name);
        let name = workload.name.clone();
        let mut prepared = Prepared::new(workload).await?;
        let mut figures = Figures::default();
        if options.wants("S1") {
            cold::cold(&prepared, options.lines(), &mut figures).await?;
        }
        if options.wants("S2") {
            cold::idle(&prepared, &mut figures).await?;
        }
        if options.wants("S2") && !options.quick && sections.is_empty() {
            growth::idle_large(&mut figures).await?;
        }
        if options.wants("S3") {
            back::back(&prepared, options.lines(), &mut figures).await?;
        }
        if options.wants("S4") && !options.quick {
            live::live(&prepared, &mut figures).await?;
        }
        if options.wants("S5") {
            back::cuts(&prepared, &mut figures).await?;
        }
        if options.wants("S6") && !options.quick {
            ingest::ingest(&prepared, &mut figures).await?;
        }
        // Growth is a matter of the server: once is enough.
        if options.wants("S7") && !options.quick && sections.is_empty() {
            let sizes: Vec<usize> = SIZES
                .into_iter()
                .filter(|size| *size <= options.documents)
                .collect();
            growth::growth(&mut prepared, &sizes, &mut figures).await?;
        }
        if options.wants("S8") && !options.quick && sections.is_empty() {
            offices::offices(&mut figures).await?;
        }
        sections.push(Section {
            workload: name,
            figures,
        });
    }
    if let Some(path) = &options.browser {
        sections.extend(browser::read(path)?);
    }
    Ok(sections)
}

/// Writes the results file.
///
/// # Errors
/// When it cannot be written.
pub fn write_results(sections: &[Section]) -> Result<PathBuf> {
    figures::write_results(sections)
}

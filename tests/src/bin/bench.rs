//! `make bench`: measures, prints, and writes `tests/bench/RESULTS.md`. What is measured is in [`qiao_tests::bench`].

use clap::Parser;
use qiao_tests::bench::{self, Options};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let sections = bench::run(&options).await?;
    for section in &sections {
        println!("\n{}\n\n{}", section.workload, section.figures.table());
    }
    // A part of the figures would overwrite all of them.
    let all = !options.quick && options.only.is_empty() && options.scenarios.is_empty();
    if all && options.floor.is_none() && options.tell.is_none() {
        println!("written to {}", bench::write_results(&sections)?.display());
    }
    Ok(())
}

//! The budgets in bytes and round trips, held on a small village in every test run: what does not depend on the machine.

use clap::Parser;
use qiao_tests::bench::{self, Options, Target};

#[tokio::test(flavor = "multi_thread")]
async fn a_small_village_keeps_within_its_bytes_and_round_trips() {
    let args = ["bench", "--quick", "--households", "40", "--only", "S1,S2,S3,S5"];
    let sections = bench::run(&Options::parse_from(args)).await.unwrap();
    let figures: Vec<_> = sections
        .iter()
        .flat_map(|section| section.figures.all())
        .collect();
    let held = figures
        .iter()
        .filter(|figure| figure.deterministic && figure.target != Target::Stated);
    assert!(
        held.clone().count() >= 12,
        "every scenario has figures: {figures:?}"
    );
    let missed: Vec<_> = held.filter(|figure| !figure.passes()).collect();
    assert!(missed.is_empty(), "{missed:#?}");
}

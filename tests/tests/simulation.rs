//! Three hundred worlds in every test run, in slices that a test runner can spread over the cores.

use qiao_tests::simulation::{self, Plan};

fn play(seeds: std::ops::Range<u64>) {
    for seed in seeds {
        let (report, outcome) = simulation::run(seed, Plan::ALL);
        if let Err(error) = outcome {
            let tail = report.trace.len().saturating_sub(25);
            panic!(
                "seed {seed}: {error:#}\n… {}\nreplay: make simulate SEEDS=1 FROM={seed} TRACE=1",
                report.trace[tail..].join("\n  ")
            );
        }
    }
}

macro_rules! slices {
    ($($name:ident: $seeds:expr;)+) => { $(#[test] fn $name() { play($seeds); })+ };
}

slices! {
    worlds_0_to_49_keep_every_promise: 0..50;
    worlds_50_to_99_keep_every_promise: 50..100;
    worlds_100_to_149_keep_every_promise: 100..150;
    worlds_150_to_199_keep_every_promise: 150..200;
    worlds_200_to_249_keep_every_promise: 200..250;
    worlds_250_to_299_keep_every_promise: 250..300;
}

#[test]
fn the_same_seed_plays_the_same_days() {
    let (first, _) = simulation::run(7, Plan::ALL);
    let (second, _) = simulation::run(7, Plan::ALL);
    assert_eq!(first.trace, second.trace);
}

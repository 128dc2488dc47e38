//! `make simulate SEEDS=1000 [FROM=0]`: plays the worlds of many seeds and prints how to replay a failure.

use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use qiao_tests::simulation::{self, Plan};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (mut seeds, mut from, mut trace, mut plan) = (100u64, 0u64, false, Plan::ALL);
    while let Some(argument) = arguments.next() {
        let mut number = || arguments.next().and_then(|text| text.parse().ok());
        match argument.as_str() {
            "--seeds" => seeds = number().unwrap_or(seeds),
            "--from" => from = number().unwrap_or(from),
            "--trace" => trace = true,
            "--ordinary" => plan = Plan::ORDINARY,
            other => {
                eprintln!("unknown argument {other}; use --seeds N, --from N, --ordinary, --trace");
                return ExitCode::from(2);
            }
        }
    }
    let next = AtomicU64::new(from);
    let failures = Mutex::new(Vec::new());
    let totals = Mutex::new((0u64, 0u64, 0u64, 0u64));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= from + seeds {
                        return;
                    }
                    let (report, outcome) = simulation::run(seed, plan);
                    let mut sums = totals.lock().unwrap_or_else(PoisonError::into_inner);
                    sums.0 += report.edits;
                    sums.1 += report.exchanges;
                    sums.2 += report.cut;
                    sums.3 += report.messages;
                    drop(sums);
                    if trace {
                        println!("{}", report.trace.join("\n"));
                    }
                    if let Err(error) = outcome {
                        if !trace {
                            let tail = report.trace.len().saturating_sub(6);
                            println!("{}", report.trace[tail..].join("\n"));
                        }
                        println!("seed {seed} FAILED: {error:#}");
                        failures.lock().unwrap_or_else(PoisonError::into_inner).push(seed);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap_or_else(PoisonError::into_inner);
    let (edits, exchanges, cut, messages) = totals.into_inner().unwrap_or_else(PoisonError::into_inner);
    println!(
        "{seeds} seeds from {from}: {edits} edits, {exchanges} exchanges ({cut} cut), {messages} live messages"
    );
    println!(
        "{} passed, {} failed",
        seeds as usize - failures.len(),
        failures.len()
    );
    let Some(seed) = failures.first() else {
        return ExitCode::SUCCESS;
    };
    let commit = Command::new("git")
        .args(["rev-parse", "--short", "HEAD"])
        .output();
    let commit = commit
        .map(|out| String::from_utf8_lossy(&out.stdout).trim().to_owned())
        .unwrap_or_default();
    println!("replay at commit {commit}: make simulate SEEDS=1 FROM={seed} TRACE=1");
    ExitCode::FAILURE
}

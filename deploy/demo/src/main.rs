//! `make demo`: a township that does not exist, on a real server, with real devices that come and go.
//!
//! Reads arguments and environment, nothing else; the story is [`demo`]'s.

mod demo;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

/// A generated township on a real server: phones wander in and out of signal, one is lost, everything converges.
#[derive(Debug, Parser)]
#[command(name = "qiao-demo", version)]
struct Args {
    /// Ends by itself after so many seconds; goes on until Ctrl-C when absent
    #[arg(long, env = "DEMO_SECONDS")]
    seconds: Option<u64>,
    /// Folder of server and phones; what an earlier demonstration left there is replaced
    #[arg(long, env = "DEMO_DIR", default_value = "demo-data")]
    dir: PathBuf,
    /// Villages
    #[arg(long, env = "DEMO_VILLAGES", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=5))]
    villages: u8,
    /// Households of each village
    #[arg(long, env = "DEMO_HOUSEHOLDS", default_value_t = 300, value_parser = clap::value_parser!(u16).range(5..=9_999))]
    households: u16,
    /// Decides who lives there and what they write
    #[arg(long, env = "DEMO_SEED", default_value_t = 1)]
    seed: u64,
    /// Where the server listens; another free port if this one is taken
    #[arg(long, env = "DEMO_LISTEN", default_value = "127.0.0.1:8470")]
    listen: SocketAddr,
    /// The qiao program; the one beside this program when absent
    #[arg(long, env = "DEMO_QIAO", value_name = "FILE")]
    qiao: Option<PathBuf>,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let settings = demo::Settings {
        seconds: args.seconds,
        dir: args.dir,
        villages: usize::from(args.villages),
        households: usize::from(args.households),
        seed: args.seed,
        listen: args.listen,
        qiao: args.qiao,
    };
    match demo::run(settings) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(2),
        Err(error) => {
            eprintln!("\n演示未能完成 / The demonstration failed: {error:#}");
            ExitCode::FAILURE
        }
    }
}

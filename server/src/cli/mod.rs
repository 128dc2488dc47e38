//! The command line of `qiao`.
//!
//! Parses and prints; what it does is done by the same functions the server uses, on the same
//! store, so `qiao admin` is safe beside a running server.

mod admin;
mod people;

use clap::{Parser, Subcommand};

use crate::clock::Clock;
use crate::config::{Config, Flags};

/// The bridge of village assistance: server, administration and device in one program.
#[derive(Debug, Parser)]
#[command(name = "qiao", version, about, propagate_version = true)]
pub struct Cli {
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server
    Serve,
    /// Print the settings that hold and where each came from
    Config {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Administer people, places, units and devices on this machine
    #[command(subcommand)]
    Admin(admin::Admin),
    /// Print the interface description (OpenAPI 3.1)
    Openapi,
}

/// Runs one command line.
pub async fn run(cli: Cli) -> anyhow::Result<()> {
    let (config, shown) = Config::load(cli.flags)?;
    match cli.command {
        Command::Serve => {
            crate::telemetry::init_logs(&config.log);
            let running = crate::serve(config, Clock::System, None).await?;
            println!("listening on {}", running.url);
            running.until_told().await
        }
        Command::Config { json } => {
            if json {
                let all: serde_json::Map<_, _> = shown
                    .into_iter()
                    .map(|entry| {
                        let source = entry.source.to_string();
                        (
                            entry.key.to_owned(),
                            serde_json::json!({ "value": entry.value, "source": source }),
                        )
                    })
                    .collect();
                println!("{}", serde_json::to_string_pretty(&all)?);
            } else {
                for entry in shown {
                    println!("{} = {:?}  # {}", entry.key, entry.value, entry.source);
                }
            }
            Ok(())
        }
        Command::Admin(command) => admin::run(config, command).await,
        Command::Openapi => {
            println!("{}", crate::router::openapi().to_pretty_json()?);
            Ok(())
        }
    }
}

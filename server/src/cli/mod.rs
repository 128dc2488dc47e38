//! The command line of `qiao`.
//!
//! Parses and prints; what it does is done by the same functions the server uses, on the same
//! store, so `qiao admin` is safe beside a running server.

mod admin;
mod people;

use std::process::ExitCode;

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
    /// Be a device: enrol, edit, exchange, look
    Device(qiao_device::cli::Args),
    #[command(flatten)]
    Server(ServerCommand),
}

#[derive(Debug, Subcommand)]
enum ServerCommand {
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
    #[command(flatten)]
    Ops(crate::ops::Command),
    /// Print the interface description (OpenAPI 3.1)
    Openapi,
}

/// Runs one command line.
pub async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        // A device has a directory of its own and none of the server's settings.
        Command::Device(args) => Ok(qiao_device::cli::run(args).await),
        Command::Server(command) => serve(cli.flags, command).await.map(|()| ExitCode::SUCCESS),
    }
}

async fn serve(flags: Flags, command: ServerCommand) -> anyhow::Result<()> {
    let (config, shown) = Config::load(flags)?;
    match command {
        ServerCommand::Serve => {
            crate::telemetry::init_logs(&config.log);
            let running = crate::serve(config, Clock::System, None).await?;
            println!("listening on {}", running.url);
            running.until_told().await
        }
        ServerCommand::Config { json } => {
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
        ServerCommand::Admin(command) => admin::run(config, command).await,
        ServerCommand::Ops(command) => crate::ops::run(config, command).await,
        ServerCommand::Openapi => {
            println!("{}", crate::router::openapi().to_pretty_json()?);
            Ok(())
        }
    }
}

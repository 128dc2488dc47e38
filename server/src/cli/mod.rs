//! The command line of `qiao`.
//!
//! Parses and prints; what it does is done by the same functions the server uses, on the same
//! store, so `qiao admin` is safe beside a running server.

mod admin;
mod people;

use std::ffi::OsString;
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

/// The same without the server's settings: a device has a directory of its own and none of them, and its help is not
/// where they are looked for.
#[derive(Debug, Parser)]
#[command(name = "qiao", version, propagate_version = true)]
struct DeviceCli {
    #[command(subcommand)]
    command: DeviceCommand,
}

#[derive(Debug, Subcommand)]
enum DeviceCommand {
    /// Be a device: enrol, edit, exchange, look
    Device(qiao_device::cli::Args),
}

impl Cli {
    /// Reads a command line, the program's name first. Ends the process on `--help` and on what it does not understand.
    pub fn read(args: Vec<OsString>) -> Cli {
        if args.get(1).is_some_and(|word| word == "device") {
            let DeviceCommand::Device(args) = DeviceCli::parse_from(args).command;
            return Cli {
                flags: Flags::default(),
                command: Command::Device(args),
            };
        }
        Cli::parse_from(args)
    }
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

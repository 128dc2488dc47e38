//! The operator's half of `qiao`: import and export, backup and restore, proof that what is stored is right.
//!
//! Each command is a function that a test calls as well as the command line; [`command`] parses and prints. All of
//! them open the data directory of a server that may be running. None has a way into documents of its own: what is
//! imported passes the gate like any device's change, and nothing here writes the log.
//!
//! [`backup`], [`restore`] (with [`seal`] for keys); [`verify`] what devices signed; [`rebuild`] what is derived;
//! [`import`] of the household register, [`export`].

mod archive;
mod attached;
pub mod backup;
mod command;
pub mod export;
pub mod import;
mod plan;
pub mod rebuild;
pub mod restore;
pub mod seal;
mod sheet;
pub mod statement;
pub mod verify;
mod walk;

pub use archive::Manifest;
pub use command::{Command, run};

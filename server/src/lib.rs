//! Qiao's server: the relay of signed changes and the administration of who takes part.
//!
//! ```text
//! main ─▶ cli ─▶ serve ─▶ router ─▶ http/<resource> ─▶ registry, auth ─▶ store/registry
//!                  └──▶ app (everything shared: store, keys, clock, limits on trying)
//! ```
//!
//! A test or a simulator starts a whole server in its own process with [`serve`].

pub mod app;
pub mod attachments;
pub mod auth;
pub mod cli;
pub mod clock;
pub mod config;
pub mod error;
pub mod http;
pub mod keys;
pub mod limits;
pub mod offices;
pub mod ops;
pub mod problem;
mod projections;
pub mod register;
pub mod registry;
pub mod relay;
pub mod router;
mod serve;
pub mod store;
pub mod telemetry;

pub use serve::{Running, serve};

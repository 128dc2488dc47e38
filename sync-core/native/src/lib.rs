//! The native device: the sync engine on files and HTTP, for laptops, scripts, village hubs and simulators.
//!
//! ```text
//!  cli, session ──▶ http, live, enrol ──▶ Device ──▶ sync_core::engine::Engine
//!                        (tokio)             └──────▶ Store (redb, one durable transaction per step)
//! ```
//!
//! - [`device`] engine, store and key in one: nothing is shown, sent or acknowledged before it is stored. No network
//!   and no runtime in it, so a simulator drives it with its own clock and its own line.
//! - [`store`] one database file that only one process opens; [`key`] the key that signs
//! - [`http`] one exchange after the other; [`live`] a connection that stays; [`enrol`] how a device asks to be let in
//! - [`cli`] `qiao device …`; [`problem`] every error as code, Chinese and English
//!
//! No values of documents ever appear in errors or logs.

pub mod cli;
pub mod device;
pub mod enrol;
pub mod http;
pub mod key;
pub mod limits;
pub mod live;
pub mod problem;
pub mod store;

//! The relay: takes what devices have signed, orders it, and gives every audience what it misses.
//!
//! ```text
//! http/sync ─▶ Relay::hello, Relay::push ─▶ ingest (one writer, group commit) ─▶ store/log
//!                                                   └─ bus (hints) ─▶ live
//!           ◀─ read::FeedReader ◀────────────────────── store/log ◀──┘
//! ```
//!
//! Owns sessions of devices, ingest, feeds and live delivery. Reads no clock and draws nothing at random: times are
//! arguments, so that a simulation can drive it. Knows no HTTP; who may take part is [`crate::registry`]'s.

pub mod bus;
mod document;
mod ingest;
mod limits;
mod list;
mod review;

pub use ingest::Unavailable;
pub use review::Decided;

use std::sync::Arc;

use sync_core::id::DeviceId;

use crate::keys::KeyPair;
use crate::registry::grants::GrantKeys;

/// Who this server is.
#[derive(Debug)]
pub struct Identity {
    /// Stands in every envelope and grant.
    pub deployment: String,
    /// Signs orders.
    pub server_key: KeyPair,
    /// Signs grants.
    pub grant_keys: GrantKeys,
    /// Signs what the server itself writes into documents.
    pub relay_key: KeyPair,
    /// The server as an author.
    pub relay_device: DeviceId,
}

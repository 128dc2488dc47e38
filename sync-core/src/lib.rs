//! Qiao's sync engine: documents that many devices edit without signal, and the rules by which their edits meet.
//!
//! This crate is pure: no files, network, clock, randomness or async. Time and random bytes are arguments, bytes go in
//! and come out, and whoever holds a disk or a socket drives it:
//!
//! ```text
//!  device                                          server
//!  Engine::edit ──▶ outbox ──▶ Frame::Envelope ──▶ gate::admit ──▶ log ──▶ feeds
//!  Engine::handle_frame ◀── Frame::{Verdicts, Entries, CaughtUp, …} ◀────────┘
//!  Engine::take_writes ──▶ store, before anything is acknowledged
//! ```
//!
//! - [`document`] one Automerge document of a [`schema::Kind`]; [`edit`] how people change it; [`change`] the typed form
//! - [`gate`] whether a change may enter a document, by [`policy`] (rights) and [`schema`] (shape)
//! - [`audience`] which feeds a document belongs to; [`feed`] sums that show two replicas equal
//! - [`attachment`] how a document names photos, signatures and scans
//! - [`envelope`] what is signed; [`wire`] every byte that travels
//! - [`engine`] a device: base, outbox, returned edits, cursors
//! - [`view`] what every kind of device shows: titles, rows, conflicts, what came back, the catalogue
//! - [`workflow`] where an application or a case stands: procedures as data, the fold of events, clocks
//! - [`limits`] every bound; [`reason`] every refusal, in Chinese and English

pub mod attachment;
pub mod audience;
pub mod change;
pub mod checkwords;
pub mod document;
pub mod edit;
pub mod engine;
pub mod enrol;
pub mod envelope;
pub mod feed;
pub mod gate;
pub mod id;
pub mod limits;
pub mod policy;
pub mod reason;
pub mod schema;
pub mod value;
pub mod view;
pub mod wire;
pub mod workflow;

//! Deterministic simulation: real devices and the real server through thousands of bad days, replayable by seed.
//!
//! One seed decides everything: who edits what, where a line breaks to the byte, who loses power and what of the disk
//! survives, which requests arrive twice or late, whose clock is years off, who is revoked, cloned or moved, when the
//! server crashes or comes back from a backup. [`server`] and [`phone`] wrap the product, [`world`] plays the plan,
//! [`check`] says what must hold. A failure prints its seed; the same seed at the same commit plays the same days.

pub mod check;
pub mod phone;
pub mod server;
pub mod world;

pub use world::{Plan, Report, run};

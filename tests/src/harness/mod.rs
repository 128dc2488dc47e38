//! Tools that tests, benchmarks and the simulation share.
//!
//! [`link`] is the line between a device and a server, [`process`] the real binary and its command-line
//! devices. Nothing in here is part of the product, and the product never depends on it.

pub mod disk;
pub mod link;
pub mod process;
pub mod scene;

//! What the tests, the benchmarks and the simulation are made of.
//!
//! Owns no rule of the product: it drives the product from outside and looks at what comes back. The guards of
//! the repository are in `tests/tidy/`, the tools everybody shares in [`harness`].

pub mod bench;
pub mod harness;
pub mod simulation;

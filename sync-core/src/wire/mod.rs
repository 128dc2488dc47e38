//! The wire: bytes in, frames out, and back. Owns every encoding of the protocol; knows no documents and no rules.
//! `PROTOCOL.md` describes it for other implementations.

pub mod change;
pub mod codec;
pub mod frame;
pub mod snapshot;
pub mod stream;

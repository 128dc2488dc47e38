//! Qiao's server: the relay of signed changes and the administration of who takes part.

pub mod limits;
pub mod store;

//! Guards of the repository: what must never be in it, each as a test named for the rule it keeps.
//!
//! Owns the rules that no compiler or linter states: which part may know which ([`arrows`]), and how everything here is
//! written ([`habits`]). They read [`sources`] as text and the dependency tree through `cargo tree`; they never run the
//! product. A rule about a place that does not exist yet holds until its first file appears. Rules on calls and
//! types are in `clippy.toml` and `sync-core/clippy.toml`, rules on third-party crates in `deny.toml`; that the
//! protocol document says what the code does is checked beside it, in `sync-core/tests`.

mod arrows;
mod habits;
mod sources;

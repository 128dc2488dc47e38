//! Devices through whole stories: on disks that fail and on lines that break.

mod casework;
mod common;
mod crash;
mod exchange;
#[path = "../../../tests/engine/relay.rs"]
#[allow(dead_code, reason = "the engine's own stories use the rest of it")]
mod relay;

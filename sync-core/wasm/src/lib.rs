//! The sync engine for a browser's worker.
//!
//! Conversion only: every rule is in `sync-core`, every effect (store, key, network, clock) is the host's. Values
//! cross as plain JavaScript objects, bytes as `Uint8Array`, times as numbers; what may fail throws an `Error` whose
//! `problem` says why ([`failure`]). The types a host sees are in `types.ts` beside this file.
//!
//! - [`engine`] one device: edits, exchanges, what it shows
//! - [`wire`] bytes of requests, replies and messages
//! - [`enrol`] identity, proof and check words, before there is an engine
//! - [`failure`] errors, and what is left of a panic

mod convert;
pub mod engine;
pub mod enrol;
pub mod failure;
pub mod wire;

use sync_core::policy::Role;
use sync_core::view::catalogue::catalogue;
use sync_core::wire::frame::{PROTOCOL_VERSION, PROTOCOL_VERSION_MIN};
use wasm_bindgen::prelude::*;

use failure::Failed;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = include_str!("types.ts");

/// Runs once when the module is loaded.
#[wasm_bindgen(start)]
pub fn start() {
    failure::remember_panics();
}

/// Kinds, fields, labels, choices and refusals, and what a role may do with them; without a role, before a grant is
/// known, all that exists.
///
/// # Errors
/// `bad_input` for an unknown role.
#[wasm_bindgen(js_name = catalogue, unchecked_return_type = "Catalogue")]
pub fn catalogue_for(role: Option<String>) -> Result<JsValue, Failed> {
    let role = match role {
        Some(role) => Some(Role::parse(&role).ok_or(failure::bad_input("role"))?),
        None => None,
    };
    convert::out(&catalogue(role))
}

/// What this module is.
#[wasm_bindgen(unchecked_return_type = "{ engine: string; protocol: number; protocolMin: number }")]
pub fn version() -> Result<JsValue, Failed> {
    convert::out(&serde_json::json!({
        "engine": env!("CARGO_PKG_VERSION"),
        "protocol": PROTOCOL_VERSION,
        "protocolMin": PROTOCOL_VERSION_MIN,
    }))
}

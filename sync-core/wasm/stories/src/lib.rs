//! The engine's own stories in WebAssembly: the very files of `sync-core/tests`, each test an exported function.
//!
//! A browser's engine has 32-bit sizes, another C compiler for zstd and no unwinding; that it still tells the same
//! stories is proven by telling them. `run.mjs` beside this crate calls every export under Node. Built for anything
//! but WebAssembly this crate is empty.
#![cfg(target_family = "wasm")]

#[path = "../../../tests/engine/main.rs"]
mod engine;
#[path = "../../../tests/merge_properties.rs"]
mod merge_properties;
#[path = "../../../tests/one_document.rs"]
mod one_document;
#[path = "../../../tests/policy_properties.rs"]
mod policy_properties;
#[path = "../../../tests/regressions.rs"]
mod regressions;
#[path = "../../../tests/wire_fixtures.rs"]
mod wire_fixtures;
mod workflow;

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = console)]
    fn error(text: &str);

    /// The committed bytes of this name, as text; `run.mjs` reads the file.
    #[wasm_bindgen(js_namespace = globalThis)]
    fn fixture(name: &str) -> String;
}

/// Says why a story failed: nothing in a story is about a real person.
#[wasm_bindgen(start)]
fn start() {
    std::panic::set_hook(Box::new(|panic| error(&panic.to_string())));
}

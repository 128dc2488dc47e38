//! Turns the compiled `qiao-wasm` into a package for a bundler: the module, its JavaScript and its types.
//!
//! `qiao-wasm-bind MODULE.wasm FOLDER`. A build tool of this repository: the library behind the `wasm-bindgen` command,
//! locked with everything else, so that nothing has to be installed and both sides of the glue are of one version.

use std::path::PathBuf;

use anyhow::{Context, bail};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [module, folder] = &arguments[..] else {
        bail!("usage: qiao-wasm-bind MODULE.wasm FOLDER");
    };
    Bindgen::new()
        .input_path(module)
        .web(true)
        .context("the target `web`")?
        .typescript(true)
        // The host says where the module is; a default address would be a second truth beside the bundler's.
        .omit_default_module_path(true)
        .remove_producers_section(true)
        .remove_name_section(true)
        .reset_state_function(true)
        .out_name("qiao")
        .generate(folder)
        .context("the module could not be bound")
}

//! Turns the compiled `qiao-wasm` into a package for a bundler: the module, its JavaScript and its types.
//!
//! `qiao-wasm-bind MODULE.wasm FOLDER`. A build tool of this repository: the library behind the `wasm-bindgen` command,
//! locked with everything else, so that nothing has to be installed and both sides of the glue are of one version.

use std::path::PathBuf;

use anyhow::{Context, bail};
use wasm_bindgen_cli_support::Bindgen;

/// Written last: a build tool looks at its time to know that the package is whole.
const MANIFEST: &str = concat!(
    r#"{ "name": "@qiao/engine", "version": ""#,
    env!("CARGO_PKG_VERSION"),
    r#"", "private": true, "type": "module", "main": "qiao.js", "types": "qiao.d.ts" }"#,
    "\n"
);

#[expect(
    clippy::disallowed_methods,
    reason = "the bans are the core's, under whose folder this tool lies; it writes files"
)]
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
        // After a panic the module can be made anew without loading the page again.
        .reset_state_function(true)
        .out_name("qiao")
        .generate(folder)
        .context("the module could not be bound")?;
    std::fs::write(folder.join("package.json"), MANIFEST).context("the package's manifest")?;
    Ok(())
}

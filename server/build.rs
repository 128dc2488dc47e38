//! Rebuilds the crate when a migration is added or the web apps were built anew: both folders are embedded.
fn main() {
    println!("cargo:rerun-if-changed=migrations");
    println!("cargo:rerun-if-changed=assets");
}

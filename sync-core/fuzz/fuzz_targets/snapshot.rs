//! Any bytes as a stripped document: refused, or a document that can be shown.

#![no_main]

#[path = "../../tests/common/mod.rs"]
mod common;
mod quiet;

use common::{Knows, creation};
use libfuzzer_sys::fuzz_target;
use sync_core::document::Document;
use sync_core::schema::Kind;
use sync_core::wire::change::Context;
use sync_core::wire::snapshot;

fuzz_target!(init: quiet::contained_panics(), |data: &[u8]| {
    let genesis = Document::genesis(&creation(Kind::Household), 0);
    let knows = Knows::blind(&genesis, false);
    let Ok(rebuilt) = snapshot::rebuild(data, |author| knows.actor(author)) else { return };
    let Ok(document) = Document::load(genesis.id(), 0, &rebuilt.saved) else { return };
    assert_eq!(document.heads(), rebuilt.heads);
    document.json();
    document.conflicts();
});

//! Any bytes as an envelope whose changes go through the gate, each into the document it creates.

#![no_main]

#[path = "../../tests/common/mod.rs"]
mod common;
mod quiet;

use common::{DEVICES, Knows, from_wire};
use libfuzzer_sys::fuzz_target;
use sync_core::document::Document;
use sync_core::gate::{self, Signer};
use sync_core::policy::Role;
use sync_core::wire::frame::{DocRef, Frame};

const ENVELOPE: u8 = 2;

fuzz_target!(init: quiet::contained_panics(), |data: &[u8]| {
    let Ok(Frame::Envelope(envelope)) = Frame::read(ENVELOPE, data) else { return };
    for pushed in envelope.changes.iter().take(8) {
        let DocRef::New(creation) = &pushed.doc else { continue };
        let mut document = Document::genesis(creation, 0);
        let actor = DEVICES[0].actor(document.id(), 0);
        let Ok(change) = from_wire(&pushed.body, actor, &Knows::at_heads(&document)) else { continue };
        let signer = Signer { device: DEVICES[0], role: Role::Team };
        let heads = document.heads();
        match gate::admit(&mut document, &change, &signer) {
            Ok(_) => drop(document.check_reload()),
            Err(_) => assert_eq!(document.heads(), heads),
        }
    }
});

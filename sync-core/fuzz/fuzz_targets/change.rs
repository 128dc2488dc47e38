//! Any bytes as a change to a document with a history: refused without a trace, or admitted, storable and readable.
//! The first byte says which document, whose change, and how much the reader knows.

#![no_main]

#[path = "../../tests/common/mod.rs"]
mod common;
mod quiet;

use std::sync::LazyLock;

use common::{DEVICES, Knows, Step, Story, from_wire};
use libfuzzer_sys::fuzz_target;
use sync_core::document::Document;
use sync_core::gate;
use sync_core::reason::Reason;
use sync_core::schema::Kind;

const KINDS: [Kind; 3] = [Kind::Household, Kind::Journal, Kind::Need];

static DOCUMENTS: LazyLock<Vec<Document>> = LazyLock::new(|| {
    let steps: Vec<Step> = (0..24u32)
        .flat_map(|number| {
            let device = number as usize % 4;
            let edit = Step::Edit {
                device,
                what: number,
                value: number / 3,
            };
            // Every third edit is heard by a neighbour: there are concurrent heads.
            let hear = Step::Hear {
                from: device,
                to: (device + 1) % 4,
            };
            [Some(edit), number.is_multiple_of(3).then_some(hear)]
                .into_iter()
                .flatten()
        })
        .collect();
    let whole = |kind| {
        let mut story = Story::tell(kind, &steps);
        (1..4).for_each(|from| story.hear(from, 0));
        story.replicas.swap_remove(0)
    };
    KINDS.into_iter().map(whole).collect()
});

fuzz_target!(init: quiet::contained_panics(), |data: &[u8]| {
    let Some((choice, body)) = data.split_first() else { return };
    let (kind, device) = (usize::from(choice >> 2) % KINDS.len(), usize::from(choice & 3));
    let mut document = DOCUMENTS[kind].clone();
    let reader = DOCUMENTS[kind].clone();
    let knows = if choice & 0x80 == 0 { Knows::at_heads(&reader) } else { Knows::blind(&reader, true) };
    let Ok(change) = from_wire(body, DEVICES[device].actor(reader.id(), 0), &knows) else { return };
    match gate::admit(&mut document, &change, &common::signer(KINDS[kind], device)) {
        Ok(_) => {
            if let Ok(saved) = document.check_reload() {
                let loaded = Document::load(document.id(), 0, &saved).expect("it was just loaded");
                assert_eq!(loaded.json(), document.json());
            }
        }
        Err(gate::Refused::Rejected(Reason::EngineRefused)) => {}
        Err(_) => assert_eq!(document.heads(), reader.heads()),
    }
});

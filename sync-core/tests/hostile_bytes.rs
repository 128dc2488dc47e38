//! Hostile bytes below the changes: streams that inflate, frames that promise, documents that were tampered with.
//! Nothing panics outward, and nothing costs memory beyond its bound.

mod common;
mod hostile;

use std::panic::{AssertUnwindSafe, catch_unwind};

use common::*;
use hostile::{Dice, damage};
use sha2::{Digest as _, Sha256};
use sync_core::document::Document;
use sync_core::limits;
use sync_core::schema::Kind;
use sync_core::wire::change::Context;
use sync_core::wire::codec::{Malformed, Writer};
use sync_core::wire::frame::{Frame, FrameHead};
use sync_core::wire::snapshot;
use sync_core::wire::stream::{
    Effort, StreamReader, StreamWriter, pack_message, unpack_device_message, unpack_message,
};

const MIB: usize = 1024 * 1024;

fn a_document(kind: Kind, seed: u64) -> Document {
    let mut dice = Dice(seed);
    let steps: Vec<Step> = (0..40)
        .map(|_| match dice.below(4) {
            0 => Step::Hear {
                from: dice.below(4),
                to: dice.below(4),
            },
            _ => Step::Edit {
                device: dice.below(4),
                what: dice.below(16) as u32,
                value: dice.below(6) as u32,
            },
        })
        .collect();
    let mut story = Story::tell(kind, &steps);
    (1..4).for_each(|from| story.hear(from, 0));
    story.replicas.swap_remove(0)
}

/// A document chunk with another body and the checksum that fits it.
fn resealed(saved: &[u8], body: &[u8]) -> Vec<u8> {
    let mut typed = Writer::new();
    typed.u8(0).bytes(body);
    let checksum = Sha256::digest(&typed.0);
    [&saved[..4], &checksum[..4], &typed.0[..]].concat()
}

fn body_of(saved: &[u8]) -> &[u8] {
    let mut at = 9;
    while saved[at] & 0x80 != 0 {
        at += 1;
    }
    &saved[at + 1..]
}

/// Reads all that a screen or a store would read of a document.
fn use_it(document: &Document) {
    document.json();
    document.conflicts();
    document.heads();
    let _ = document.check_reload();
}

#[test]
fn tampered_documents_are_refused_or_whole() {
    let (mut refused, mut loaded) = (0, 0);
    for (kind, seed) in [
        (Kind::Household, 1),
        (Kind::Household, 2),
        (Kind::Journal, 3),
        (Kind::Need, 4),
    ] {
        let document = a_document(kind, seed);
        let (saved, knows) = (document.save(), Knows::blind(&document, false));
        let stripped = snapshot::strip(&saved, |actor| knows.author_ref(actor)).unwrap();
        for mutant in 0..2_500u64 {
            let mut dice = Dice(seed << 32 | mutant << 8);
            let forged = damage(&mut dice, &stripped, &stripped);
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                let rebuilt = snapshot::rebuild(&forged, |author| knows.actor(author)).ok()?;
                let document = Document::load(document.id(), 0, &rebuilt.saved).ok()?;
                assert_eq!(document.heads(), rebuilt.heads);
                use_it(&document);
                Some(())
            }));
            let outcome =
                outcome.unwrap_or_else(|_| panic!("{kind:?} seed {seed}, stripped mutant {mutant}"));
            *if outcome.is_some() {
                &mut loaded
            } else {
                &mut refused
            } += 1;

            let forged = resealed(&saved, &damage(&mut dice, body_of(&saved), body_of(&saved)));
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                Document::load(document.id(), 0, &forged).ok().map(drop)
            }));
            let outcome = outcome.unwrap_or_else(|_| panic!("{kind:?} seed {seed}, saved mutant {mutant}"));
            *if outcome.is_some() {
                &mut loaded
            } else {
                &mut refused
            } += 1;
        }
    }
    assert!(
        refused > 1_000 && loaded > 10,
        "{refused} refused, {loaded} loaded"
    );
}

#[test]
fn a_document_with_compressed_columns_is_refused_before_anything_is_inflated() {
    let mut document = Document::genesis(&creation(Kind::Household), 0);
    edit(
        &mut document,
        0,
        TIME_S,
        &[set(&["remark"], "无".repeat(500).into())],
    )
    .unwrap();
    let knows = Knows::blind(&document, false);
    let stripped = snapshot::strip(&document.save_standard(), |actor| knows.author_ref(actor)).unwrap();
    assert_eq!(
        snapshot::rebuild(&stripped, |author| knows.actor(author)),
        Err(Malformed("compressed column"))
    );
    let plain = snapshot::strip(&document.save(), |actor| knows.author_ref(actor)).unwrap();
    assert!(snapshot::rebuild(&plain, |author| knows.actor(author)).is_ok());
}

#[test]
fn a_stream_that_wants_a_large_window_is_refused() {
    let mut encoder = zstd::stream::Encoder::new(Vec::new(), 3).unwrap();
    encoder.window_log(27).unwrap();
    encoder.include_contentsize(false).unwrap();
    std::io::Write::write_all(&mut encoder, &[7; 100]).unwrap();
    let stream = encoder.finish().unwrap();
    let mut reader = StreamReader::new(limits::EXCHANGE_SIZE_BYTES_MAX).unwrap();
    assert_eq!(reader.push(&stream), Err(Malformed("compressed stream")));
}

#[test]
fn a_frame_longer_than_its_bound_is_refused_at_its_head() {
    let mut head = Writer::new();
    head.u8(2).uint(limits::FRAME_SIZE_BYTES_MAX as u64 + 1);
    assert_eq!(FrameHead::peek(&head.0), Err(Malformed("frame length")));
    // A length that never ends is no length, however slowly it arrives.
    let endless = [
        2u8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    ];
    for cut in 0..11 {
        assert_eq!(FrameHead::peek(&endless[..cut.min(10)]), Ok(None));
    }
    assert!(FrameHead::peek(&endless).is_err());
}

#[test]
fn damaged_streams_and_messages_are_refused_or_read() {
    let document = a_document(Kind::Household, 9);
    let frames: Vec<u8> = (0..20u64)
        .flat_map(|number| {
            let frame = match number % 3 {
                0 => Frame::Fetch(vec![number, 7]),
                1 => Frame::Cursors(vec![(
                    number,
                    sync_core::wire::frame::Cursor::Tail(number * 1_000),
                )]),
                _ => Frame::Unknown {
                    code: 31,
                    body: document.save(),
                },
            };
            frame.to_bytes()
        })
        .collect();
    let mut writer = StreamWriter::new(Effort::Small).unwrap();
    let mut stream = writer.write(&frames, true).unwrap();
    stream.extend(writer.finish().unwrap());
    let message = pack_message(&frames);
    let (mut whole, mut broken) = (0, 0);
    for mutant in 0..4_000u64 {
        let mut dice = Dice(mutant << 8);
        let forged = damage(&mut dice, &stream, &message);
        let piece = 1 + dice.below(forged.len().max(1));
        let mut reader = StreamReader::from_device(MIB).unwrap();
        let read = forged.chunks(piece).try_for_each(|bytes| {
            reader.push(bytes)?;
            while reader.next_frame()?.is_some() {}
            Ok::<_, Malformed>(())
        });
        *if read.is_ok() { &mut whole } else { &mut broken } += 1;
        let _ = unpack_message(&damage(&mut dice, &message, &stream), MIB);
        let plain = damage(&mut dice, &frames, &message);
        let _ = unpack_device_message(&[&[0], &plain[..]].concat(), MIB);
        // A frame read from damaged bytes can be written again, and reads as itself.
        if let Ok(Some(head)) = FrameHead::peek(&plain)
            && let Some(body) = plain.get(head.head_bytes..head.head_bytes + head.body_bytes)
            && let Ok(frame) = Frame::read(head.code, body)
        {
            let again = frame.to_bytes();
            let head = FrameHead::peek(&again).unwrap().unwrap();
            assert_eq!(Frame::read(head.code, &again[head.head_bytes..]), Ok(frame));
        }
    }
    assert!(whole > 0 && broken > 0, "{whole} {broken}");
}

//! Any bytes as frames, and as a compressed stream of them: refused, or read and written again as they were.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sync_core::wire::frame::{Frame, FrameHead};
use sync_core::wire::stream::StreamReader;

fuzz_target!(|data: &[u8]| {
    let mut rest = data;
    while let Ok(Some(head)) = FrameHead::peek(rest) {
        let end = head.head_bytes + head.body_bytes;
        let Some(body) = rest.get(head.head_bytes..end) else {
            break;
        };
        if let Ok(frame) = Frame::read(head.code, body) {
            let bytes = frame.to_bytes();
            let again = FrameHead::peek(&bytes).expect("our own frame").expect("whole");
            assert_eq!(Frame::read(again.code, &bytes[again.head_bytes..]), Ok(frame));
        }
        rest = &rest[end..];
    }
    let mut reader = StreamReader::from_device(1 << 20).expect("memory");
    for bytes in data.chunks(7) {
        if reader.push(bytes).is_err() {
            return;
        }
        while let Ok(Some(_)) = reader.next_frame() {}
    }
});

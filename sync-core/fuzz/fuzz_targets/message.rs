//! Any bytes as a WebSocket message, from either side.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sync_core::wire::stream::{unpack_device_message, unpack_message};

fuzz_target!(|data: &[u8]| {
    let any = unpack_message(data, 1 << 20);
    let device = unpack_device_message(data, 1 << 20);
    // What is read from a device is read the same from anybody.
    if let Ok(frames) = device {
        assert_eq!(any, Ok(frames));
    }
});

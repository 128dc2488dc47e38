//! Hostile bytes that aim at memory: what is short on the wire and long when unpacked. A binary of its own, because
//! the peak of a process counts all its tests.

use sync_core::limits;
use sync_core::wire::codec::{Malformed, Writer};
use sync_core::wire::frame::Frame;
use sync_core::wire::stream::{
    Effort, StreamReader, StreamWriter, pack_message, unpack_device_message, unpack_message,
};

const MIB: usize = 1024 * 1024;
/// For the whole process, all tests at once.
const PEAK_MIB_MAX: usize = 100;

/// Peak resident memory of this process, MiB; 0 where the system does not tell.
fn peak_mib() -> usize {
    #[expect(clippy::disallowed_methods, reason = "a test looks at its own process")]
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok())
        .unwrap_or(0)
        / 1024
}

#[test]
fn a_stream_that_inflates_without_end_is_cut_at_its_bound() {
    let zeros = vec![0u8; MIB];
    let mut writer = StreamWriter::new(Effort::Small).unwrap();
    let mut bomb: Vec<u8> = (0..512)
        .flat_map(|_| writer.write(&zeros, true).unwrap())
        .collect();
    bomb.extend(writer.finish().unwrap());
    assert!(bomb.len() < MIB, "half a gigabyte in {} bytes", bomb.len());
    for piece in [bomb.len(), 4_096, 1] {
        let mut reader = StreamReader::new(limits::EXCHANGE_SIZE_BYTES_MAX).unwrap();
        let refused = bomb.chunks(piece).find_map(|bytes| reader.push(bytes).err());
        assert_eq!(refused, Some(Malformed("inflates beyond the bound")));
    }
    let mut message = vec![1];
    message.extend(&bomb);
    assert_eq!(
        unpack_message(&message, limits::EXCHANGE_SIZE_BYTES_MAX),
        Err(Malformed("inflates beyond the bound"))
    );
    assert!(peak_mib() < PEAK_MIB_MAX, "{} MiB", peak_mib());
}

#[test]
fn frames_that_promise_much_cost_little() {
    // A count as large as a number can be, in every place where a count may stand.
    let mut huge = Writer::new();
    huge.uint(u64::MAX);
    for code in 0..=u8::MAX {
        for lead in 0..24 {
            let body = [&vec![1; lead][..], &huge.0].concat();
            let _ = Frame::read(code, &body);
            let _ = Frame::read(code, &[&vec![0; lead][..], &huge.0].concat());
        }
    }
    // The smallest frames and entries, as many as fit.
    let tiny_frames: Vec<u8> = [99, 0].repeat(limits::EXCHANGE_SIZE_BYTES_MAX / 2);
    assert_eq!(
        unpack_message(
            &[&[0], &tiny_frames[..]].concat(),
            limits::EXCHANGE_SIZE_BYTES_MAX
        ),
        Err(Malformed("too many frames in a message"))
    );
    let mut entries = Writer::new();
    entries.uint(1).u8(0).uint(1).uint(0).uint(0).uint(MIB as u64);
    entries.raw(&[99, 0].repeat(MIB));
    assert_eq!(Frame::read(36, &entries.0), Err(Malformed("entries")));
    let entries_frame = |count: usize| {
        let mut body = Writer::new();
        body.uint(1).u8(0).uint(1).uint(0).uint(0).uint(count as u64);
        body.raw(&[99, 0].repeat(count));
        let mut frame = Writer::new();
        frame.u8(36).bytes(&body.0);
        frame.0
    };
    let lawful = entries_frame(limits::FRAME_ENTRIES_MAX);
    assert!(unpack_message(&[&[0], &lawful[..]].concat(), 8 * MIB).is_ok());
    let many = lawful.repeat(32);
    assert_eq!(
        unpack_device_message(&pack_message(&many), limits::EXCHANGE_SIZE_BYTES_MAX),
        Err(Malformed("a frame of the other direction"))
    );
    let mut reader = StreamReader::from_device(limits::EXCHANGE_SIZE_BYTES_MAX).unwrap();
    let mut writer = StreamWriter::new(Effort::Small).unwrap();
    reader.push(&writer.write(&many, true).unwrap()).unwrap();
    assert_eq!(
        reader.next_frame(),
        Err(Malformed("a frame of the other direction"))
    );
    assert!(peak_mib() < PEAK_MIB_MAX, "{} MiB", peak_mib());
}

//! The compression around frames: one zstd stream for a whole body, flushed where the receiver may stop reading.
//!
//! Inflating is bounded twice, by the window a sender may ask for and by the bytes a body may grow to, both before
//! anything is parsed.

use std::fmt;

use zstd::stream::raw::{CParameter, DParameter, Decoder, Encoder, InBuffer, Operation, OutBuffer};

use super::codec::Malformed;
use super::frame::{Frame, FrameHead};
use crate::limits;

/// Effort of the compressor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// For small bodies, where every byte counts and time does not.
    Small,
    /// For first loads of whole villages.
    Bulk,
}

const LEVEL: i32 = 19;
const SMALL_WINDOW_LOG: u32 = 17;
/// Of a whole village, 1.4 MB before compression. Larger tables make it no smaller.
const BULK_HASH_LOG: u32 = 19;

/// Compresses frames into one stream.
pub struct StreamWriter {
    encoder: Encoder<'static>,
}

impl fmt::Debug for StreamWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StreamWriter")
    }
}

/// The compressor failed: out of memory, never a matter of input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the compressor failed")]
pub struct CompressionFailed;

impl StreamWriter {
    /// A new stream.
    pub fn new(effort: Effort) -> Result<Self, CompressionFailed> {
        let (window_log, hash_log) = match effort {
            Effort::Small => (SMALL_WINDOW_LOG, SMALL_WINDOW_LOG),
            Effort::Bulk => (limits::STREAM_WINDOW_LOG, BULK_HASH_LOG),
        };
        let mut encoder = Encoder::new(LEVEL).map_err(|_| CompressionFailed)?;
        // Without sizes of their own the tables of every reply are those for gigabytes: 83 MiB instead of 2 for a small
        // one, of 6 for a whole village, for the same bytes.
        encoder
            .set_parameter(CParameter::WindowLog(window_log))
            .and_then(|()| encoder.set_parameter(CParameter::HashLog(hash_log)))
            .and_then(|()| encoder.set_parameter(CParameter::ChainLog(hash_log + 1)))
            .map_err(|_| CompressionFailed)?;
        encoder
            .set_parameter(CParameter::ContentSizeFlag(false))
            .map_err(|_| CompressionFailed)?;
        encoder
            .set_parameter(CParameter::ChecksumFlag(false))
            .map_err(|_| CompressionFailed)?;
        Ok(StreamWriter { encoder })
    }

    /// Compresses frames; what is returned lets the receiver read all of them, if `flush` is set.
    pub fn write(&mut self, frames: &[u8], flush: bool) -> Result<Vec<u8>, CompressionFailed> {
        let mut out = Vec::with_capacity(frames.len() / 2 + 64);
        let mut input = InBuffer::around(frames);
        while input.pos() < frames.len() {
            self.step(&mut out, |encoder, buffer| encoder.run(&mut input, buffer))?;
        }
        if flush {
            while self.step(&mut out, |encoder, buffer| encoder.flush(buffer))? > 0 {}
        }
        Ok(out)
    }

    /// Ends the stream.
    pub fn finish(mut self) -> Result<Vec<u8>, CompressionFailed> {
        let mut out = Vec::new();
        while self.step(&mut out, |encoder, buffer| encoder.finish(buffer, true))? > 0 {}
        Ok(out)
    }

    fn step(
        &mut self,
        out: &mut Vec<u8>,
        run: impl FnOnce(&mut Encoder<'static>, &mut OutBuffer<'_, [u8]>) -> std::io::Result<usize>,
    ) -> Result<usize, CompressionFailed> {
        let mut buffer = [0u8; 16 * 1024];
        let mut written = OutBuffer::around(&mut buffer[..]);
        let left = run(&mut self.encoder, &mut written).map_err(|_| CompressionFailed)?;
        out.extend_from_slice(written.as_slice());
        Ok(left)
    }
}

/// A whole request body: one stream, flushed after each envelope, so that of a request that is cut the server keeps
/// every envelope that arrived.
///
/// # Errors
/// When out of memory: nothing is lost, and trying later helps.
pub fn pack_request(frames: &[Vec<u8>]) -> Result<Vec<u8>, CompressionFailed> {
    let mut writer = StreamWriter::new(Effort::Small)?;
    let mut body = Vec::new();
    for (index, frame) in frames.iter().enumerate() {
        // The hello is of no use alone, and the end of the stream flushes by itself.
        let flush = index > 0 && index + 1 < frames.len();
        body.extend(writer.write(frame, flush)?);
    }
    body.extend(writer.finish()?);
    Ok(body)
}

/// Inflates a stream as it arrives and cuts it into frames.
pub struct StreamReader {
    decoder: Decoder<'static>,
    inflated: Vec<u8>,
    consumed: usize,
    inflated_total: usize,
    inflated_max: usize,
    from_device: bool,
}

impl fmt::Debug for StreamReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StreamReader({} bytes inflated)", self.inflated_total)
    }
}

impl StreamReader {
    /// Reads at most `inflated_max` bytes in all.
    pub fn new(inflated_max: usize) -> Result<Self, CompressionFailed> {
        let mut decoder = Decoder::new().map_err(|_| CompressionFailed)?;
        decoder
            .set_parameter(DParameter::WindowLogMax(limits::STREAM_WINDOW_LOG))
            .map_err(|_| CompressionFailed)?;
        Ok(StreamReader {
            decoder,
            inflated: Vec::new(),
            consumed: 0,
            inflated_total: 0,
            inflated_max,
            from_device: false,
        })
    }

    /// As [`StreamReader::new`], for the server: frames that no device sends are refused before they are read, because
    /// they hold many times their size in memory.
    ///
    /// # Errors
    /// When out of memory.
    pub fn from_device(inflated_max: usize) -> Result<Self, CompressionFailed> {
        let mut reader = StreamReader::new(inflated_max)?;
        reader.from_device = true;
        Ok(reader)
    }

    /// Takes bytes from the network.
    ///
    /// # Errors
    /// When they are no zstd stream, ask for too large a window, or inflate beyond the bound.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        if self.consumed > 0 {
            self.inflated.drain(..self.consumed);
            self.consumed = 0;
        }
        let mut input = InBuffer::around(bytes);
        let mut buffer = [0u8; 16 * 1024];
        loop {
            let mut written = OutBuffer::around(&mut buffer[..]);
            self.decoder
                .run(&mut input, &mut written)
                .map_err(|_| Malformed("compressed stream"))?;
            let n = written.pos();
            self.inflated_total += n;
            if self.inflated_total > self.inflated_max {
                return Err(Malformed("inflates beyond the bound"));
            }
            self.inflated.extend_from_slice(&buffer[..n]);
            if input.pos() == bytes.len() && n < buffer.len() {
                return Ok(());
            }
        }
    }

    /// The next whole frame, if it has arrived.
    ///
    /// # Errors
    /// When the frame is malformed or over its bound.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, Malformed> {
        let Some((frame, length)) = cut_frame(&self.inflated[self.consumed..], self.from_device)? else {
            return Ok(None);
        };
        self.consumed += length;
        Ok(Some(frame))
    }

    /// Whether bytes are left that make no whole frame.
    pub fn has_partial_frame(&self) -> bool {
        self.consumed < self.inflated.len()
    }
}

/// First byte of a WebSocket message: frames as they are.
const MESSAGE_PLAIN: u8 = 0;
/// First byte of a WebSocket message: frames in one zstd frame.
const MESSAGE_ZSTD: u8 = 1;
/// Below this size a message is not worth compressing.
const MESSAGE_COMPRESS_MIN: usize = 512;

/// Packs frames into one WebSocket message.
pub fn pack_message(frames: &[u8]) -> Vec<u8> {
    if frames.len() >= MESSAGE_COMPRESS_MIN
        && let Ok(packed) = zstd::bulk::compress(frames, 6)
        && packed.len() < frames.len()
    {
        return [&[MESSAGE_ZSTD], &packed[..]].concat();
    }
    [&[MESSAGE_PLAIN], frames].concat()
}

/// Unpacks a WebSocket message into frames.
///
/// # Errors
/// When it is malformed, ends inside a frame, inflates beyond `inflated_max`, or holds too many frames.
pub fn unpack_message(message: &[u8], inflated_max: usize) -> Result<Vec<Frame>, Malformed> {
    unpack(message, inflated_max, false)
}

/// As [`unpack_message`], for the server: see [`StreamReader::from_device`].
///
/// # Errors
/// As [`unpack_message`], and when a frame is none that devices send.
pub fn unpack_device_message(message: &[u8], inflated_max: usize) -> Result<Vec<Frame>, Malformed> {
    unpack(message, inflated_max, true)
}

fn unpack(message: &[u8], inflated_max: usize, from_device: bool) -> Result<Vec<Frame>, Malformed> {
    let (kind, body) = message.split_first().ok_or(Malformed("empty message"))?;
    let inflated;
    let mut rest = match *kind {
        MESSAGE_PLAIN if body.len() <= inflated_max => body,
        MESSAGE_ZSTD => {
            let mut reader = StreamReader::new(inflated_max).map_err(|_| Malformed("out of memory"))?;
            reader.push(body)?;
            inflated = reader.inflated;
            &inflated[..]
        }
        _ => return Err(Malformed("message kind or size")),
    };
    let mut frames = Vec::new();
    while !rest.is_empty() {
        let (frame, length) = cut_frame(rest, from_device)?.ok_or(Malformed("cut frame"))?;
        if frames.len() == limits::MESSAGE_FRAMES_MAX {
            return Err(Malformed("too many frames in a message"));
        }
        frames.push(frame);
        rest = &rest[length..];
    }
    Ok(frames)
}

/// The frame that a buffer begins with, and its length; `None` when more bytes are needed.
fn cut_frame(bytes: &[u8], from_device: bool) -> Result<Option<(Frame, usize)>, Malformed> {
    let Some(head) = FrameHead::peek(bytes)? else {
        return Ok(None);
    };
    if from_device && !Frame::is_from_device(head.code) {
        return Err(Malformed("a frame of the other direction"));
    }
    let end = head.head_bytes + head.body_bytes;
    match bytes.get(head.head_bytes..end) {
        None => Ok(None),
        Some(body) => Ok(Some((Frame::read(head.code, body)?, end))),
    }
}

//! Bytes of requests, replies and messages of a live connection.

use sync_core::wire::frame::Frame;
use sync_core::wire::stream::{self, StreamReader};
use wasm_bindgen::prelude::*;

use crate::convert;
use crate::failure::Failed;

/// Packs frames into the body of a request.
///
/// # Errors
/// `server_busy` when out of memory: try again later.
#[wasm_bindgen(js_name = packRequest)]
pub fn pack_request(
    #[wasm_bindgen(unchecked_param_type = "Uint8Array[]")] frames: &JsValue,
) -> Result<Vec<u8>, Failed> {
    let frames = convert::pieces(frames, "frames")?;
    Ok(stream::pack_request(&frames)?)
}

/// Packs frames into one message of a live connection.
///
/// # Errors
/// `bad_input`.
#[wasm_bindgen(js_name = packMessage)]
pub fn pack_message(
    #[wasm_bindgen(unchecked_param_type = "Uint8Array[]")] frames: &JsValue,
) -> Result<Vec<u8>, Failed> {
    Ok(stream::pack_message(&convert::pieces(frames, "frames")?.concat()))
}

/// Unpacks one message of a live connection.
///
/// # Errors
/// `bad_answer`.
#[wasm_bindgen(js_name = unpackMessage)]
pub fn unpack_message(message: &[u8], inflated_max: usize) -> Result<Received, Failed> {
    let frames = stream::unpack_message(message, inflated_max)?;
    Ok(Received {
        frames,
        malformed: false,
    })
}

/// Frames that have arrived, for `Engine.receive`, which uses them up.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Received {
    pub(crate) frames: Vec<Frame>,
    /// What came after these frames makes no sense.
    pub(crate) malformed: bool,
}

#[wasm_bindgen]
impl Received {
    /// How many.
    #[wasm_bindgen(getter)]
    pub fn length(&self) -> usize {
        self.frames.len()
    }

    /// Whether one of them says that everything has been sent: the answer to a hello on a live connection ends so.
    #[wasm_bindgen(getter, js_name = caughtUp)]
    pub fn caught_up(&self) -> bool {
        self.frames
            .iter()
            .any(|frame| matches!(frame, Frame::CaughtUp(_)))
    }
}

/// Reads the body of a reply as it arrives.
#[wasm_bindgen]
#[derive(Debug)]
pub struct ReplyReader {
    reader: StreamReader,
}

#[wasm_bindgen]
impl ReplyReader {
    /// Reads at most `inflated_max` bytes in all.
    ///
    /// # Errors
    /// When out of memory.
    #[wasm_bindgen(constructor)]
    pub fn new(inflated_max: usize) -> Result<ReplyReader, Failed> {
        Ok(ReplyReader {
            reader: StreamReader::new(inflated_max)?,
        })
    }

    /// Takes a piece of the body; returns the frames it completes.
    ///
    /// # Errors
    /// `bad_answer` when it is no stream of this protocol.
    pub fn push(&mut self, piece: &[u8]) -> Result<Received, Failed> {
        self.reader.push(piece)?;
        let mut frames = Vec::new();
        loop {
            match self.reader.next_frame() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => {
                    let malformed = false;
                    return Ok(Received { frames, malformed });
                }
                // What came before it is still good.
                Err(_) => {
                    let malformed = true;
                    return Ok(Received { frames, malformed });
                }
            }
        }
    }

    /// Whether the body ended inside a frame: the line broke.
    #[wasm_bindgen(getter, js_name = partial)]
    pub fn is_partial(&self) -> bool {
        self.reader.has_partial_frame()
    }
}

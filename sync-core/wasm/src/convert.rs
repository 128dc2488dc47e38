//! Values across the border: JSON both ways, records as `[key, bytes]`, times as numbers.

use js_sys::{Array, JSON, Uint8Array};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sync_core::id::DocId;
use wasm_bindgen::{JsCast, JsValue};

use crate::failure::{Failed, bad_input};

/// A plain JavaScript value.
pub(crate) fn out<T: Serialize>(value: &T) -> Result<JsValue, Failed> {
    let text = serde_json::to_string(value).map_err(|_| bad_input("value"))?;
    JSON::parse(&text).map_err(|_| bad_input("value"))
}

/// A plain JavaScript value, read.
pub(crate) fn input<T: DeserializeOwned>(value: &JsValue, what: &'static str) -> Result<T, Failed> {
    let text = JSON::stringify(value).map_err(|_| bad_input(what))?;
    let text = text.as_string().ok_or(bad_input(what))?;
    serde_json::from_str(&text).map_err(|_| bad_input(what))
}

/// A document's name.
pub(crate) fn doc(text: &str) -> Result<DocId, Failed> {
    DocId::parse(text).map_err(|_| bad_input("doc"))
}

/// Times and counts are whole numbers far below 2^53.
pub(crate) fn whole(number: f64) -> i64 {
    number as i64
}

/// Records a host has read: an array of `[key, Uint8Array]`.
pub(crate) fn records(records: &JsValue) -> Result<Vec<(String, Vec<u8>)>, Failed> {
    let list: &Array = records.dyn_ref().ok_or(bad_input("records"))?;
    list.iter()
        .map(|record| {
            let pair: &Array = record.dyn_ref().ok_or(bad_input("records"))?;
            let key = pair.get(0).as_string().ok_or(bad_input("records"))?;
            let value: Uint8Array = pair.get(1).dyn_into().map_err(|_| bad_input("records"))?;
            Ok((key, value.to_vec()))
        })
        .collect()
}

/// Pieces of bytes: an array of `Uint8Array`.
pub(crate) fn pieces(list: &JsValue, what: &'static str) -> Result<Vec<Vec<u8>>, Failed> {
    let list: &Array = list.dyn_ref().ok_or(bad_input(what))?;
    list.iter()
        .map(|piece| {
            let bytes: Uint8Array = piece.dyn_into().map_err(|_| bad_input(what))?;
            Ok(bytes.to_vec())
        })
        .collect()
}

/// An array of `Uint8Array`.
pub(crate) fn bytes_out(pieces: &[Vec<u8>]) -> Array {
    pieces
        .iter()
        .map(|piece| JsValue::from(Uint8Array::from(&piece[..])))
        .collect()
}

//! Rows of a first list: the few fields of a household that make a list usable before the documents have arrived.

use sync_core::document::Document;
use sync_core::value::Scalar;
use sync_core::view;
use sync_core::wire::codec::{Reader, Writer};

const STR: u8 = 0;
const INT: u8 = 1;
const TRUE: u8 = 2;
const FALSE: u8 = 3;

/// The fields as they are stored beside the document.
pub(crate) fn encode(household: &Document) -> Vec<u8> {
    let mut out = Writer::new();
    for (key, value) in view::row(household) {
        out.uint(u64::from(key));
        match value {
            Scalar::Str(text) => out.u8(STR).str(&text),
            Scalar::Int(int) => out.u8(INT).int(int),
            Scalar::Bool(true) => out.u8(TRUE),
            Scalar::Bool(false) | Scalar::Null => out.u8(FALSE),
        };
    }
    out.0
}

/// What [`encode`] wrote; what cannot be read is left out, for a row is a convenience.
pub(super) fn decode(bytes: &[u8]) -> Vec<(u16, Scalar)> {
    let mut input = Reader::new(bytes);
    let mut fields = Vec::new();
    while let Ok(key) = input.uint("key") {
        let value = match input.u8("value") {
            Ok(STR) => input.str(4_096, "value").map(|text| Scalar::Str(text.to_owned())),
            Ok(INT) => input.int("value").map(Scalar::Int),
            Ok(TRUE) => Ok(Scalar::Bool(true)),
            Ok(_) => Ok(Scalar::Bool(false)),
            Err(error) => Err(error),
        };
        let (Ok(key), Ok(value)) = (u16::try_from(key), value) else {
            break;
        };
        fields.push((key, value));
    }
    fields
}

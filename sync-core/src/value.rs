//! Scalar values of documents. Text, whole numbers and truth values only: no floats, so that every replica compares
//! and prints them alike.

use std::fmt;

/// One register of a document.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scalar {
    /// Absence; never written, read only from documents of other origin.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A whole number; money in yuan, coordinates in micro-degrees.
    Int(i64),
    /// Text.
    Str(String),
}

// Values are personal data: a debug print must not show them.
impl fmt::Debug for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scalar::Null => f.write_str("Null"),
            Scalar::Bool(_) => f.write_str("Bool"),
            Scalar::Int(_) => f.write_str("Int"),
            Scalar::Str(s) => write!(f, "Str[{} bytes]", s.len()),
        }
    }
}

impl Scalar {
    /// Takes a JSON scalar; `None` for floats, lists and objects.
    pub fn from_json(json: &serde_json::Value) -> Option<Scalar> {
        match json {
            serde_json::Value::Null => Some(Scalar::Null),
            serde_json::Value::Bool(b) => Some(Scalar::Bool(*b)),
            serde_json::Value::Number(n) => n.as_i64().map(Scalar::Int),
            serde_json::Value::String(s) => Some(Scalar::Str(s.clone())),
            _ => None,
        }
    }

    /// The same value as JSON.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Scalar::Null => serde_json::Value::Null,
            Scalar::Bool(b) => (*b).into(),
            Scalar::Int(i) => (*i).into(),
            Scalar::Str(s) => s.as_str().into(),
        }
    }
}

//! What offices read: households and needs of many villages, their history, and figures over them.
//!
//! Owns who sees what of it: every question is asked by a [`Viewer`], and bounded by their role and places before it
//! reaches the store. Writes no document; reading what is sensitive is written into the audit chain. Rows come from the
//! projections ([`crate::projections`]), so that a question costs what it shows and not what there is.

pub mod activity;
pub mod attendance;
pub mod case;
pub mod cases;
pub mod casework;
pub mod draw;
pub mod exports;
pub mod figures;
pub mod filters;
pub mod history;
pub mod households;
pub mod needs;
pub mod overview;
pub mod search;
pub mod viewer;

pub use viewer::Viewer;

use data_encoding::BASE64URL_NOPAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::Error;

/// A place in a list, as text that says nothing by itself.
pub(crate) fn to_cursor<T: Serialize>(position: &T) -> String {
    BASE64URL_NOPAD.encode(crate::store::registry::to_json(position).as_bytes())
}

/// Reads what [`to_cursor`] wrote.
pub(crate) fn from_cursor<T: DeserializeOwned>(text: Option<&str>) -> Result<Option<T>, Error> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let read = |text: &str| serde_json::from_slice(&BASE64URL_NOPAD.decode(text.as_bytes()).ok()?).ok();
    read(text)
        .map(Some)
        .ok_or_else(|| Error::field("/cursor", "bad_value"))
}

/// The day `days` before one.
pub(crate) fn days_before(day: &str, days: i64) -> Result<String, Error> {
    let bad = |_| Error::internal("a day that is none");
    let day: jiff::civil::Date = day.parse().map_err(bad)?;
    let span = jiff::Span::new().try_days(days).map_err(bad)?;
    Ok(day.checked_sub(span).map_err(bad)?.to_string())
}

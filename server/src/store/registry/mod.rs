//! SQL of the registry tables (migrations 0001 and 0008), one file a table. Rules live in `crate::registry`.

pub(crate) mod accounts;
pub(crate) mod audit;
pub(crate) mod deployment;
pub(crate) mod devices;
pub(crate) mod invitations;
pub(crate) mod pairings;
pub(crate) mod passkeys;
pub(crate) mod people;
pub(crate) mod places;
pub(crate) mod previews;
pub(crate) mod sessions;
pub(crate) mod sso_links;
pub(crate) mod units;
pub(crate) mod villages;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, ValueRef};

use super::StoreError;

/// A list or map as stored.
pub(crate) fn to_json<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).expect("strings, numbers and lists of them always serialise")
}

fn json<T: DeserializeOwned>(row: &SqliteRow, column: &'static str) -> Result<T, StoreError> {
    let text: &str = row.try_get(column)?;
    serde_json::from_str(text).map_err(|_| StoreError::Corrupt(column))
}

fn optional_json<T: DeserializeOwned>(
    row: &SqliteRow,
    column: &'static str,
) -> Result<Option<T>, StoreError> {
    if row.try_get_raw(column)?.is_null() {
        Ok(None)
    } else {
        json(row, column).map(Some)
    }
}

/// A text column that names one of a few values.
fn named<T>(
    row: &SqliteRow,
    column: &'static str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T, StoreError> {
    parse(row.try_get(column)?).ok_or(StoreError::Corrupt(column))
}

fn bytes<const N: usize>(row: &SqliteRow, column: &'static str) -> Result<[u8; N], StoreError> {
    row.try_get::<&[u8], _>(column)?
        .try_into()
        .map_err(|_| StoreError::Corrupt(column))
}

/// Decodes every row.
fn all<T>(
    rows: &[SqliteRow],
    decode: impl Fn(&SqliteRow) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    rows.iter().map(decode).collect()
}

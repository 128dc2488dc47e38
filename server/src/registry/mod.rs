//! Who takes part: people, places, units, invitations, devices, grants, and the audit of every decision.
//!
//! Owns the rules of the administration. Every function that changes something takes an
//! [`Actor`], checks its area, writes one transaction and appends to the audit chain in it.
//! Knows no HTTP and no SQL: `http/` calls in, `store/registry` is below. The command line calls
//! the same functions.

pub mod accounts;
pub mod area;
pub mod audit;
pub mod desks;
pub mod devices;
pub mod enrolments;
pub mod grants;
pub mod invitations;
pub mod pairings;
pub mod people;
pub mod places;
pub mod previews;
pub mod quarantine;
pub mod role;
pub mod scope;
pub mod units;
pub(crate) mod villages;

pub use area::{Actor, Area};
pub use role::Role;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::{Error, FieldError};
use crate::limits;

/// One page of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Give this as `after` to get the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// Cuts `items`, read with one row more than `limit`, into a page.
    pub(crate) fn cut(mut items: Vec<T>, limit: i64, key: impl Fn(&T) -> String) -> Page<T> {
        let limit = usize::try_from(limit).unwrap_or(0);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(key) } else { None };
        Page { items, next }
    }
}

/// Which part of a list is wanted.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Slice {
    /// `next` of the page before.
    pub after: Option<String>,
    /// Rows wanted, at most 500.
    pub limit: Option<i64>,
}

impl Slice {
    pub(crate) fn limit(&self) -> i64 {
        self.limit.unwrap_or(100).clamp(1, limits::PAGE_ROWS_MAX)
    }

    pub(crate) fn after(&self) -> &str {
        self.after.as_deref().unwrap_or("")
    }

    pub(crate) fn after_no(&self) -> i64 {
        self.after().parse().unwrap_or(0)
    }
}

/// A new id: a letter for the kind, then 50 random bits in an alphabet without look-alikes.
pub(crate) fn new_id(kind: char) -> String {
    const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let mut bits: u64 = rand::random();
    let mut id = String::with_capacity(11);
    id.push(kind);
    for _ in 0..10 {
        id.push(char::from(ALPHABET[usize::try_from(bits & 31).unwrap_or(0)]));
        bits >>= 5;
    }
    id
}

/// Collects what is wrong with a request, so that its sender hears everything at once.
#[derive(Debug, Default)]
pub(crate) struct Check {
    errors: Vec<FieldError>,
}

impl Check {
    pub(crate) fn fail(&mut self, field: impl Into<Cow<'static, str>>, code: &'static str) {
        self.errors.push(FieldError {
            field: field.into(),
            code,
        });
    }

    /// An id: 1 to 64 of `A-Za-z0-9._-`.
    pub(crate) fn id(&mut self, field: impl Into<Cow<'static, str>>, value: &str) {
        if sync_core::id::DocId::parse(value).is_err() {
            self.fail(field, "bad_id");
        }
    }

    /// A short text that is not empty.
    pub(crate) fn name(&mut self, field: &'static str, value: &str) {
        if value.trim().is_empty() {
            self.fail(field, "required");
        }
        self.text(field, value, limits::NAME_CHARS_MAX);
    }

    /// A text without control characters.
    pub(crate) fn text(&mut self, field: &'static str, value: &str, chars_max: usize) {
        if value.chars().count() > chars_max {
            self.fail(field, "too_long");
        }
        if value.chars().any(char::is_control) {
            self.fail(field, "bad_value");
        }
    }

    pub(crate) fn done(self) -> Result<(), Error> {
        if self.errors.is_empty() {
            Ok(())
        } else {
            Err(Error::fields(self.errors))
        }
    }
}

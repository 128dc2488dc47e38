//! All procedures that hold somewhere or held once, and the choice of the one that a document goes by.
//!
//! A text is one procedure or a list of them. A procedure may be told as a difference (`based_on`) from another of
//! the same or an earlier text: a JSON merge patch, so that a province writes down what it does differently and nothing
//! else. Texts are data; the ones here came with this version, others may be added at any time.

use std::sync::LazyLock;

use serde_json::Value as Json;

use super::day::Day;
use super::procedure::{BadProcedure, Procedure};

/// Procedures of one book.
const PROCEDURES_MAX: usize = 2_000;

/// Procedures by name, area and day.
#[derive(Debug, Clone, Default)]
pub struct Book {
    procedures: Vec<(Json, Procedure)>,
}

impl Book {
    /// The procedures that came with this version.
    pub fn builtin() -> &'static Book {
        static BUILTIN: LazyLock<Book> = LazyLock::new(|| {
            let mut book = Book::default();
            for text in [
                include_str!("procedures/minimum_living.json"),
                include_str!("procedures/extreme_hardship.json"),
                include_str!("procedures/temporary.json"),
                include_str!("procedures/referral.json"),
                include_str!("procedures/monitoring.json"),
            ] {
                let added = book.add(text);
                debug_assert!(added.is_ok(), "{added:?}");
            }
            book
        });
        &BUILTIN
    }

    /// Takes more procedures. Those of one text come in order: a later one may be based on an earlier.
    ///
    /// # Errors
    /// The first that cannot be used; none of the text is taken then.
    pub fn add(&mut self, text: &str) -> Result<(), BadProcedure> {
        let bad = |what: &str| BadProcedure {
            procedure: "?".to_owned(),
            what: what.to_owned(),
        };
        let json: Json = serde_json::from_str(text).map_err(|error| bad(&error.to_string()))?;
        let several = match json {
            Json::Array(several) => several,
            one => vec![one],
        };
        if self.procedures.len() + several.len() > PROCEDURES_MAX {
            return Err(bad("too many"));
        }
        let before = self.procedures.len();
        for one in several {
            match self.read(one) {
                Ok(read) => self.procedures.push(read),
                Err(error) => {
                    self.procedures.truncate(before);
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// The procedure of this name for a place on a day: of those in force the one for the smallest area, then the
    /// latest, then the highest version.
    pub fn choose(&self, name: &str, place: &str, day: Day) -> Option<&Procedure> {
        self.procedures
            .iter()
            .map(|(_, procedure)| procedure)
            .filter(|one| one.procedure == name && place.starts_with(&one.area) && one.effective <= day)
            .max_by_key(|one| (one.area.len(), one.effective, one.version))
    }

    /// Every procedure of the book.
    pub fn iter(&self) -> impl Iterator<Item = &Procedure> {
        self.procedures.iter().map(|(_, procedure)| procedure)
    }

    fn read(&self, mut json: Json) -> Result<(Json, Procedure), BadProcedure> {
        let base = json.as_object_mut().and_then(|fields| fields.remove("based_on"));
        if let Some(base) = base {
            let named = |(_, one): &&(Json, Procedure)| Some(one.procedure.as_str()) == base.as_str();
            let Some((whole, _)) = self.procedures.iter().rev().find(named) else {
                return Err(BadProcedure {
                    procedure: base.as_str().unwrap_or("?").to_owned(),
                    what: "nothing of this name to be based on".to_owned(),
                });
            };
            let mut whole = whole.clone();
            merge(&mut whole, json, 0);
            json = whole;
        }
        Ok((json.clone(), Procedure::from_json(json)?))
    }
}

/// A JSON merge patch: objects are merged, null removes, everything else replaces.
fn merge(target: &mut Json, patch: Json, depth: usize) {
    match (target, patch) {
        // What is nested deeper than any procedure is taken as it is.
        (Json::Object(target), Json::Object(patch)) if depth < 16 => {
            for (key, value) in patch {
                if value.is_null() {
                    target.remove(&key);
                } else {
                    let slot = target.entry(key).or_insert(Json::Object(serde_json::Map::new()));
                    merge(slot, value, depth + 1);
                }
            }
        }
        (target, patch) => *target = patch,
    }
}

//! Somebody who reads documents at a desk, and how far they see.

use sync_core::policy::readable;
use sync_core::schema::Kind;

use crate::app::App;
use crate::error::{Code, Error};
use crate::registry::places::{Level, Place};
use crate::registry::{Actor, Area, Role};
use crate::store::log::DocRow;
use crate::store::registry::{people, places};

/// Who asks.
#[derive(Debug, Clone)]
pub struct Viewer {
    /// Their id.
    pub person: String,
    /// Their role.
    pub role: Role,
    /// Places as they were given, without what lies below.
    pub roots: Vec<String>,
    /// Their places with everything below, by id.
    pub places: Vec<Place>,
    /// The villages among them, ascending.
    pub villages: Vec<String>,
    /// The unit of its cadres.
    pub unit: Option<String>,
}

impl Viewer {
    /// The person behind a session. Administrators see no documents, and are refused.
    pub async fn of(app: &App, person: &str) -> Result<Viewer, Error> {
        let mut read = app.store.read().await?;
        let found = people::by_id(&mut read, person).await?;
        let person = found.filter(|person| person.active).ok_or(Code::SignedOut)?;
        if Kind::ALL.iter().all(|kind| !readable(person.role, *kind)) {
            return Err(Code::NotAllowed.into());
        }
        let mut below = places::below(&mut read, &person.places).await?;
        below.sort_by(|a, b| a.id.cmp(&b.id));
        let villages = below.iter().filter(|place| place.level == Level::Village);
        Ok(Viewer {
            villages: villages.map(|place| place.id.clone()).collect(),
            places: below,
            person: person.id,
            role: person.role,
            roots: person.places,
            unit: person.unit,
        })
    }

    /// Refuses unless this role is ever given documents of this kind.
    pub fn require(&self, kind: Kind) -> Result<(), Error> {
        if readable(self.role, kind) {
            Ok(())
        } else {
            Err(Code::NotAllowed.into())
        }
    }

    /// Whether a document is theirs; one of a kind their role is never given is refused.
    pub(crate) fn reads(&self, row: &DocRow) -> Result<bool, Error> {
        let kind = row.creation.kind;
        self.require(kind)?;
        Ok(match self.role {
            Role::Unit => kind == Kind::Need && row.unit.is_some() && row.unit == self.unit,
            _ => row.village.as_deref().is_some_and(|village| self.sees(village)),
        })
    }

    /// Whether a village is theirs.
    pub fn sees(&self, village: &str) -> bool {
        self.villages
            .binary_search_by(|own| own.as_str().cmp(village))
            .is_ok()
    }

    /// These villages, or all of theirs when none are named; a village of others is refused.
    pub fn within(&self, villages: &[String]) -> Result<Vec<String>, Error> {
        if villages.is_empty() {
            return Ok(self.villages.clone());
        }
        if !villages.iter().all(|village| self.sees(village)) {
            return Err(Code::OutsideArea.into());
        }
        let mut villages = villages.to_vec();
        villages.sort();
        villages.dedup();
        Ok(villages)
    }

    /// A place of theirs.
    pub fn place(&self, id: &str) -> Result<&Place, Error> {
        let found = self.places.iter().find(|place| place.id == id);
        found.ok_or_else(|| Code::OutsideArea.into())
    }

    /// The villages in a place of theirs, itself included.
    pub fn villages_in(&self, id: &str) -> Vec<String> {
        let parent = |place: &Place| place.parent.clone();
        let lies_in = |village: &&Place| {
            let mut at = Some(village.id.clone());
            while let Some(here) = at {
                if here == id {
                    return true;
                }
                at = self.places.iter().find(|place| place.id == here).and_then(parent);
            }
            false
        };
        let villages = self.places.iter().filter(|place| place.level == Level::Village);
        villages.filter(lies_in).map(|place| place.id.clone()).collect()
    }

    /// As whoever acts, in the audit chain.
    pub fn actor(&self) -> Actor {
        Actor {
            id: self.person.clone(),
            area: Area::Within(self.places.iter().map(|place| place.id.clone()).collect()),
        }
    }
}

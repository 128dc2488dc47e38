//! Who acts, and how far their hand reaches.

use std::collections::BTreeSet;

use crate::error::{Code, Error};
use crate::registry::Role;
use crate::store::Store;
use crate::store::registry::{people, places};

/// Who a decision is made by; written into the audit chain.
#[derive(Debug, Clone)]
pub struct Actor {
    /// Person id, or `cli` for the command line on the server itself.
    pub id: String,
    /// Where they may decide.
    pub area: Area,
}

/// The places somebody administers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Area {
    /// The whole deployment.
    Everywhere,
    /// These places, their descendants already included.
    Within(BTreeSet<String>),
}

impl Actor {
    /// Whoever may open the data directory on the server may do everything.
    pub fn command_line() -> Actor {
        Actor {
            id: "cli".to_owned(),
            area: Area::Everywhere,
        }
    }

    /// Somebody who decides about nothing but their own account.
    pub(crate) fn oneself(person: &str) -> Actor {
        Actor {
            id: person.to_owned(),
            area: Area::Within(BTreeSet::new()),
        }
    }

    /// The administrator `person`; anybody else is refused. An administrator without places has the whole
    /// deployment.
    pub async fn administrator(store: &Store, person: &str) -> Result<Actor, Error> {
        let mut read = store.read().await?;
        let found = people::by_id(&mut read, person).await?;
        let Some(found) = found.filter(|found| found.active && found.role == Role::Admin) else {
            return Err(Code::NotAllowed.into());
        };
        let area = if found.places.is_empty() {
            Area::Everywhere
        } else {
            Area::Within(
                places::with_descendants(&mut read, &found.places)
                    .await?
                    .into_iter()
                    .collect(),
            )
        };
        Ok(Actor { id: found.id, area })
    }
}

impl Area {
    /// Whether all of these places lie within. Something without a place belongs to the whole deployment.
    pub fn covers(&self, places: &[String]) -> bool {
        match self {
            Area::Everywhere => true,
            Area::Within(own) => !places.is_empty() && places.iter().all(|place| own.contains(place)),
        }
    }

    /// Refuses what [`Area::covers`] does not cover.
    pub fn require(&self, places: &[String]) -> Result<(), Error> {
        if self.covers(places) {
            Ok(())
        } else {
            Err(Code::OutsideArea.into())
        }
    }

    /// Refuses everybody but administrators of the whole deployment.
    pub fn require_everywhere(&self) -> Result<(), Error> {
        if *self == Area::Everywhere {
            Ok(())
        } else {
            Err(Code::OutsideArea.into())
        }
    }

    /// The places as a JSON array for a query; `None` for everywhere.
    pub(crate) fn as_json(&self) -> Option<String> {
        match self {
            Area::Everywhere => None,
            Area::Within(own) => Some(crate::store::registry::to_json(own)),
        }
    }
}

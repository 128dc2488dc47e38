//! What must hold, looked at from outside: nothing here knows how the product does it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};
use qiao_server::registry::Role;
use serde_json::Value as Json;
use sync_core::id::{DocId, DocNo, Version};

use crate::simulation::phone::Phone;
use crate::simulation::server::{Facts, Row};

/// Every place a household, and what belongs to it, has ever been.
#[derive(Debug, Default)]
pub struct Places {
    villages: BTreeMap<String, BTreeSet<String>>,
    units: BTreeMap<String, BTreeSet<String>>,
}

impl Places {
    /// A household was made in, or moved to, a village.
    pub fn household(&mut self, id: &str, village: &str) {
        self.villages
            .entry(id.to_owned())
            .or_default()
            .insert(village.to_owned());
    }

    /// A need of a household was assigned to a unit.
    pub fn assigned(&mut self, need: &str, unit: &str) {
        self.units
            .entry(need.to_owned())
            .or_default()
            .insert(unit.to_owned());
    }

    fn ever_in(&self, id: &str, villages: &[String]) -> bool {
        let household = id.split('.').next().unwrap_or(id);
        villages.iter().any(|village| {
            village == id
                || self
                    .villages
                    .get(household)
                    .is_some_and(|places| places.contains(village))
        })
    }
}

/// What a phone is given belongs to its person at that very moment, and one that has been ended is given nothing.
pub fn given_to_its_audience(phone: &Phone, given: &BTreeSet<DocNo>, facts: &Facts) -> Result<()> {
    for no in given {
        let Some(row) = facts.documents.get(no) else {
            anyhow::bail!("{} was given document {no}, which does not exist", phone.name);
        };
        ensure!(
            facts.active.contains(&phone.id),
            "{} has been ended and was given {}",
            phone.name,
            row.id
        );
        ensure!(
            is_for(phone, row, facts),
            "{} was delivered outside its audience, to {}",
            row.id,
            phone.name
        );
    }
    Ok(())
}

fn is_for(phone: &Phone, row: &Row, facts: &Facts) -> bool {
    let card = row.id.ends_with(".card");
    match (phone.role, &phone.unit) {
        (Role::Unit, Some(unit)) if card => facts
            .documents
            .values()
            .any(|other| other.household == row.household && other.unit.as_ref() == Some(unit)),
        (Role::Unit, Some(unit)) => row.unit.as_ref() == Some(unit),
        _ => {
            !card
                && row
                    .village
                    .as_ref()
                    .is_some_and(|village| phone.villages.contains(village))
        }
    }
}

/// What a device was told is in the log is in the log.
pub fn acknowledged_is_logged(acknowledged: &BTreeMap<DocNo, Version>, facts: &Facts) -> Result<()> {
    for (no, version) in acknowledged {
        let logged = facts.documents.get(no).map_or(0, |row| row.version);
        ensure!(
            logged >= *version,
            "acknowledged and gone: change {version} of document {no}, which has {logged}"
        );
    }
    Ok(())
}

/// A phone holds only what was meant for its person at some time.
pub fn nothing_outside_the_audience(phone: &mut Phone, places: &Places, all: &[String]) -> Result<()> {
    let (role, villages, unit) = (phone.role, phone.villages.clone(), phone.unit.clone());
    let name = phone.name.clone();
    for (id, document) in phone.export()? {
        let id = id.as_str();
        let kind = document["kind"].as_str().unwrap_or("");
        let meant = match role {
            Role::Team | Role::Committee | Role::VillageCadre => {
                kind != "card" && places.ever_in(id, &villages)
            }
            Role::Township => kind != "card" && places.ever_in(id, all),
            Role::Unit => {
                let unit = unit.as_deref().unwrap_or("");
                let household = id.split('.').next().unwrap_or(id);
                let mut needs = places
                    .units
                    .iter()
                    .filter(|(need, _)| need.starts_with(&format!("{household}.n")));
                match kind {
                    "need" => places.units.get(id).is_some_and(|units| units.contains(unit)),
                    "card" => needs.any(|(_, units)| units.contains(unit)),
                    _ => false,
                }
            }
            _ => false,
        };
        ensure!(meant, "{name} holds {kind} {id}, outside its audience");
        if kind == "card" {
            let text = document["value"].to_string();
            ensure!(
                !text.contains("secret-"),
                "{name}: the card {id} shows what a unit may not see"
            );
        }
    }
    Ok(())
}

/// Two replicas agree on every document that both hold.
pub fn equal_where_both_hold(
    a: (&str, &BTreeMap<DocId, Json>),
    b: (&str, &BTreeMap<DocId, Json>),
) -> Result<()> {
    for (id, document) in a.1 {
        if let Some(other) = b.1.get(id) {
            ensure!(
                document == other,
                "{} and {} differ in {id}:\n{document}\n{other}",
                a.0,
                b.0
            );
        }
    }
    Ok(())
}

/// Documents a person is to hold at rest, out of everything there is.
pub fn audience(phone: &Phone, everything: &BTreeMap<DocId, Json>) -> BTreeSet<DocId> {
    let village_of = |id: &DocId| -> Option<String> {
        let household = id.as_str().split('.').next()?;
        let household = everything.get(&DocId::parse(household).ok()?)?;
        household["value"]["village"].as_str().map(str::to_owned)
    };
    everything
        .iter()
        .filter(|(id, document)| match phone.role {
            Role::Unit => {
                document["kind"] == "need" && document["value"]["unit"].as_str() == phone.unit.as_deref()
            }
            _ => village_of(id).is_some_and(|village| phone.villages.contains(&village)),
        })
        .map(|(id, _)| id.clone())
        .collect()
}

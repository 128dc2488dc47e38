//! Which unit stands by which village, and which cadre by which household.

use serde::{Deserialize, Serialize};
use sync_core::id::DocId;
use utoipa::ToSchema;

use super::places::Level;
use super::{Actor, Check, audit, new_id, villages};
use crate::app::App;
use crate::error::{Code, Error};
use crate::store::registry::{pairings, people, places, units};

/// A pairing: either a whole village, or one household with the cadre who stands by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Pairing {
    /// Id; made by the server.
    #[serde(default)]
    pub id: String,
    /// The unit.
    pub unit: String,
    /// The village, for a pairing with all of it.
    pub village: Option<String>,
    /// The household's document id, for a pairing with one.
    pub household: Option<String>,
    /// The cadre, for a pairing with one household.
    pub person: Option<String>,
    /// Unix ms.
    #[serde(default)]
    pub created_ms: i64,
}

/// All pairings, or those of one unit.
pub async fn list(app: &App, unit: Option<&str>) -> Result<Vec<Pairing>, Error> {
    Ok(pairings::list(&mut *app.store.read().await?, unit).await?)
}

/// Pairs a unit.
pub async fn create(app: &App, actor: &Actor, mut pairing: Pairing) -> Result<Pairing, Error> {
    let mut check = Check::default();
    match (&pairing.village, &pairing.household) {
        (Some(_), None) if pairing.person.is_some() => check.fail("/person", "not_allowed"),
        (Some(_), None) => {}
        (None, Some(household)) => check.id("/household", household),
        (None, None) => check.fail("/village", "required"),
        (Some(_), Some(_)) => check.fail("/household", "not_allowed"),
    }
    check.done()?;
    let mut tx = app.store.writer().await?;
    if units::by_id(&mut tx, &pairing.unit).await?.is_none() {
        return Err(Error::field("/unit", "unknown"));
    }
    match &pairing.village {
        Some(village) => {
            let found = places::by_id(&mut tx, village).await?;
            if found.is_none_or(|place| place.level != Level::Village) {
                return Err(Error::field("/village", "unknown"));
            }
            actor.area.require(std::slice::from_ref(village))?;
        }
        // Where a household lies is known to the documents, not here.
        None => actor.area.require_everywhere()?,
    }
    if let Some(person) = &pairing.person {
        let found = people::by_id(&mut tx, person).await?;
        if found.is_none_or(|found| found.unit.as_ref() != Some(&pairing.unit)) {
            return Err(Error::field("/person", "unknown"));
        }
    }
    pairing.id = new_id('r');
    pairing.created_ms = app.now();
    pairings::insert(&mut tx, &pairing).await?;
    audit::append(
        &mut tx,
        app.now(),
        actor,
        "pairing.create",
        &pairing.id,
        &[("unit", &pairing.unit)],
    )
    .await?;
    tx.commit().await?;
    tell_documents(app, &pairing).await;
    Ok(pairing)
}

/// Ends a pairing.
pub async fn delete(app: &App, actor: &Actor, id: &str) -> Result<(), Error> {
    let mut tx = app.store.writer().await?;
    let pairing = pairings::by_id(&mut tx, id).await?.ok_or(Code::NotFound)?;
    match &pairing.village {
        Some(village) => actor.area.require(std::slice::from_ref(village))?,
        None => actor.area.require_everywhere()?,
    }
    pairings::delete(&mut tx, id).await?;
    audit::append(
        &mut tx,
        app.now(),
        actor,
        "pairing.delete",
        id,
        &[("unit", &pairing.unit)],
    )
    .await?;
    tx.commit().await?;
    tell_documents(app, &pairing).await;
    Ok(())
}

/// The village's document says it, and the unit gets, or loses, the card of the household. The pairing itself is durable
/// already: should the relay be stopping just now, the next change of the household brings the card up to date.
async fn tell_documents(app: &App, pairing: &Pairing) {
    villages::changed(app, pairing.village.clone()).await;
    if let Some(household) = pairing.household.as_deref().and_then(|id| DocId::parse(id).ok())
        && app
            .relay
            .pairings_changed(vec![household], app.now())
            .await
            .is_err()
    {
        tracing::warn!("a card waits for the next change of its household");
    }
}

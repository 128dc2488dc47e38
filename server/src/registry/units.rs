//! Assistance units: departments, enterprises, universities that stand by villages and households.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Actor, Check, audit, new_id, villages};
use crate::app::App;
use crate::error::{Code, Error};
use crate::store::registry::{places, units, villages as stored_villages};

/// A unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Unit {
    /// Id.
    #[serde(default)]
    pub id: String,
    /// Name.
    #[schema(example = "县水务局")]
    pub name: String,
    /// What sort: `department`, `enterprise`, `university`, …
    #[serde(default)]
    pub kind: String,
    /// County it works in.
    pub county: Option<String>,
}

/// What can change about a unit.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct UnitUpdate {
    /// New name.
    pub name: Option<String>,
    /// New kind.
    pub kind: Option<String>,
}

/// All units; every administrator may see them, since every village may be paired with any.
pub async fn list(app: &App) -> Result<Vec<Unit>, Error> {
    Ok(units::all(&mut *app.store.read().await?).await?)
}

/// Adds a unit; an empty id gets a new one.
pub async fn create(app: &App, actor: &Actor, mut unit: Unit) -> Result<Unit, Error> {
    actor.area.require_everywhere()?;
    if unit.id.is_empty() {
        unit.id = new_id('u');
    }
    check(&unit)?;
    let mut tx = app.store.writer().await?;
    if let Some(county) = &unit.county
        && places::by_id(&mut tx, county).await?.is_none()
    {
        return Err(Error::field("/county", "unknown"));
    }
    if units::by_id(&mut tx, &unit.id).await?.is_some() {
        return Err(Error::field("/id", "taken"));
    }
    units::insert(&mut tx, &unit).await?;
    audit::append(&mut tx, app.now(), actor, "unit.create", &unit.id, &[]).await?;
    tx.commit().await?;
    Ok(unit)
}

/// Renames a unit.
pub async fn update(app: &App, actor: &Actor, id: &str, update: UnitUpdate) -> Result<Unit, Error> {
    actor.area.require_everywhere()?;
    let mut tx = app.store.writer().await?;
    let mut unit = units::by_id(&mut tx, id).await?.ok_or(Code::NotFound)?;
    unit.name = update.name.unwrap_or(unit.name);
    unit.kind = update.kind.unwrap_or(unit.kind);
    check(&unit)?;
    units::update(&mut tx, &unit).await?;
    let paired = stored_villages::of_unit(&mut tx, id).await?;
    audit::append(&mut tx, app.now(), actor, "unit.update", id, &[]).await?;
    tx.commit().await?;
    villages::changed(app, paired).await;
    Ok(unit)
}

fn check(unit: &Unit) -> Result<(), Error> {
    let mut check = Check::default();
    check.id("/id", &unit.id);
    check.name("/name", &unit.name);
    check.text("/kind", &unit.kind, crate::limits::NAME_CHARS_MAX);
    check.done()
}

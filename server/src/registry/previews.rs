//! What moving a person, a place or a household would do, told before it is done. Changes nothing.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use sync_core::schema::Kind;
use utoipa::ToSchema;

use super::people::PersonUpdate;
use super::places::{Level, PlaceUpdate};
use super::{Actor, Role, scope};
use crate::app::App;
use crate::error::{Code, Error};
use crate::offices::Viewer;
use crate::store::Conn;
use crate::store::projections::search;
use crate::store::registry::previews::{self, Of};
use crate::store::registry::{people, places, to_json};

/// A device that would be reached.
#[derive(Clone, Serialize, ToSchema)]
pub struct Touched {
    /// Author number.
    pub no: i64,
    /// Name.
    pub name: String,
    /// Person on the device.
    pub person: Option<String>,
    /// Their name.
    pub person_name: Option<String>,
    /// Whether it is a browser at a desk.
    pub desk: bool,
    /// Changes it has not sent yet, by what it said last. They go out first, and are judged by the rights it has then.
    pub unsent: i64,
    /// Unix ms at which it was heard last.
    pub last_seen_ms: Option<i64>,
    /// Villages whose documents it would get.
    pub gains: Vec<String>,
    /// Villages whose documents it would forget.
    pub loses: Vec<String>,
    #[serde(skip)]
    pub(crate) villages: Vec<String>,
}

// Names must not reach a log through a stray `{:?}`.
impl std::fmt::Debug for Touched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Touched")
            .field("no", &self.no)
            .finish_non_exhaustive()
    }
}

/// What a move would do.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Preview {
    /// Villages that would lie elsewhere, or that a person would gain or lose.
    pub villages: Vec<String>,
    /// Household files in them.
    pub households: i64,
    /// Needs in them that are neither solved nor closed.
    pub open_needs: i64,
    /// People who work there.
    pub people: i64,
    /// Devices that would get other documents.
    pub devices: Vec<Touched>,
}

/// Where a household is to go.
#[derive(Debug, Clone, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct To {
    /// The village.
    pub village: String,
}

/// What moving a household would do.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HouseholdPreview {
    /// Where it lies.
    pub from: String,
    /// Where it would lie.
    pub to: String,
    /// Journals that go with it.
    pub journals: i64,
    /// Needs that go with it.
    pub needs: i64,
    /// Those of them that are neither solved nor closed.
    pub open_needs: i64,
    /// Units that have a need of it, or stand by it: they keep both.
    pub units: Vec<String>,
    /// Devices that would get or forget it.
    pub devices: Vec<Touched>,
}

/// What a change of a place would do.
pub async fn place(app: &App, actor: &Actor, id: &str, update: &PlaceUpdate) -> Result<Preview, Error> {
    actor.area.require(&[id.to_owned()])?;
    let mut read = app.store.read().await?;
    let place = places::by_id(&mut read, id).await?.ok_or(Code::NotFound)?;
    let to = update
        .parent
        .as_ref()
        .filter(|to| place.parent.as_ref() != Some(to));
    let Some(to) = to else {
        return preview(&mut read, Vec::new(), Vec::new()).await;
    };
    actor.area.require(std::slice::from_ref(to))?;
    let parent = places::by_id(&mut read, to)
        .await?
        .ok_or_else(|| Error::field("/parent", "unknown"))?;
    let fits = matches!(
        (place.level, parent.level),
        (Level::Township, Level::County) | (Level::Village, Level::Township) | (Level::Group, Level::Village)
    );
    if !fits {
        return Err(Error::field("/parent", "not_allowed"));
    }
    let below = places::below(&mut read, &[id.to_owned()]).await?;
    let villages = below
        .into_iter()
        .filter(|below| below.level == Level::Village)
        .map(|village| village.id);
    let villages: Vec<String> = villages.collect();
    let mut devices = Vec::new();
    // Only a township's own devices hold its villages as a whole; a county's follow its feed.
    if place.level == Level::Village {
        if let Some(from) = &place.parent {
            devices = previews::devices(&mut read, Of::Township(from)).await?;
            devices
                .iter_mut()
                .for_each(|device| device.loses = villages.clone());
        }
        let mut gaining = previews::devices(&mut read, Of::Township(to)).await?;
        gaining
            .iter_mut()
            .for_each(|device| device.gains = villages.clone());
        devices.extend(gaining);
    }
    preview(&mut read, villages, devices).await
}

/// What a change of a person would do.
pub async fn person(app: &App, actor: &Actor, id: &str, update: &PersonUpdate) -> Result<Preview, Error> {
    let mut read = app.store.read().await?;
    let old = people::by_id(&mut read, id).await?.ok_or(Code::NotFound)?;
    let role = update.role.unwrap_or(old.role);
    let places = update.places.as_ref().unwrap_or(&old.places);
    let unit = match &update.unit {
        Some(unit) => Some(unit.as_str()).filter(|unit| !unit.is_empty()),
        None => old.unit.as_deref(),
    };
    for (role, places) in [(old.role, &old.places), (role, places)] {
        match role {
            Role::Admin => actor.area.require_everywhere()?,
            _ => actor.area.require(places)?,
        }
    }
    let scope = scope::resolve(&mut read, role, places, unit).await?;
    let active = update.active.unwrap_or(old.active);
    let now = match (active, role) {
        (false, _) => BTreeSet::new(),
        (true, Role::Township) => townships(&mut read, scope.township.as_deref()).await?,
        (true, _) => scope.villages.into_iter().collect(),
    };
    let mut devices = previews::devices(&mut read, Of::Person(id)).await?;
    let mut villages = BTreeSet::new();
    for device in &mut devices {
        let had: BTreeSet<String> = match old.role {
            Role::Township => {
                let township = old.places.first().map(String::as_str);
                townships(&mut read, township).await?
            }
            _ => std::mem::take(&mut device.villages).into_iter().collect(),
        };
        device.gains = now.difference(&had).cloned().collect();
        device.loses = had.difference(&now).cloned().collect();
        villages.extend(device.gains.iter().chain(&device.loses).cloned());
    }
    preview(&mut read, villages.into_iter().collect(), devices).await
}

async fn townships(read: &mut Conn, township: Option<&str>) -> Result<BTreeSet<String>, Error> {
    match township {
        Some(township) => Ok(places::villages_in(read, township).await?.into_iter().collect()),
        None => Ok(BTreeSet::new()),
    }
}

async fn preview(read: &mut Conn, villages: Vec<String>, devices: Vec<Touched>) -> Result<Preview, Error> {
    let (mut households, mut open_needs) = (0, 0);
    for village in &villages {
        let (files, needs) = places::figures(read, village).await?;
        households += files;
        open_needs += needs;
    }
    Ok(Preview {
        people: previews::people_in(read, &to_json(&villages)).await?,
        villages,
        households,
        open_needs,
        devices,
    })
}

/// What moving a household between villages of one's own would do. Only a township moves households.
pub async fn household(app: &App, viewer: &Viewer, id: &str, to: &To) -> Result<HouseholdPreview, Error> {
    viewer.require(Kind::Household)?;
    if viewer.role != Role::Township {
        return Err(Code::NotAllowed.into());
    }
    let mut read = app.store.read().await?;
    let found = search::one(&mut read, id).await?;
    let found = found
        .filter(|found| viewer.sees(&found.position.0))
        .ok_or(Code::NotFound)?;
    let from = found.position.0;
    viewer.within(std::slice::from_ref(&to.village))?;
    let (journals, needs, open_needs, units) = previews::of_household(&mut read, id).await?;
    let mut devices = Vec::new();
    if from != to.village {
        devices = previews::devices(&mut read, Of::Village(&from)).await?;
        devices
            .iter_mut()
            .for_each(|device| device.loses = vec![from.clone()]);
        for mut device in previews::devices(&mut read, Of::Village(&to.village)).await? {
            // Who works in both villages keeps it.
            match devices.iter().position(|known| known.no == device.no) {
                Some(known) => drop(devices.remove(known)),
                None => {
                    device.gains = vec![to.village.clone()];
                    devices.push(device);
                }
            }
        }
    }
    Ok(HouseholdPreview {
        from,
        to: to.village.clone(),
        journals,
        needs,
        open_needs,
        units: serde_json::from_str(&units).unwrap_or_default(),
        devices,
    })
}

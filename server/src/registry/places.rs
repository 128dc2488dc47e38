//! The tree of places: county, township, village, group.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Actor, Area, Check, audit, villages};
use crate::app::App;
use crate::error::{Code, Error};
use crate::store::registry::{devices, places};

/// How high a place stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// 县
    County,
    /// 乡镇
    Township,
    /// 村
    Village,
    /// 组
    Group,
}

impl Level {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::County => "county",
            Level::Township => "township",
            Level::Village => "village",
            Level::Group => "group",
        }
    }

    /// Reads what [`Level::as_str`] wrote.
    pub fn parse(text: &str) -> Option<Level> {
        [Level::County, Level::Township, Level::Village, Level::Group]
            .into_iter()
            .find(|l| l.as_str() == text)
    }

    fn parent(self) -> Option<Level> {
        match self {
            Level::County => None,
            Level::Township => Some(Level::County),
            Level::Village => Some(Level::Township),
            Level::Group => Some(Level::Village),
        }
    }
}

/// A place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Place {
    /// Code of the place; a village's is also the id of its document.
    #[schema(example = "530122104203")]
    pub id: String,
    /// The place one level up; absent for a county.
    pub parent: Option<String>,
    /// Level.
    pub level: Level,
    /// Name.
    #[schema(example = "青山村")]
    pub name: String,
}

/// What can change about a place.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct PlaceUpdate {
    /// New name.
    pub name: Option<String>,
    /// New parent, one level up.
    pub parent: Option<String>,
}

/// All places, or those in the actor's area.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<Place>, Error> {
    let all = places::all(&mut *app.store.read().await?).await?;
    Ok(match &actor.area {
        Area::Everywhere => all,
        Area::Within(own) => all.into_iter().filter(|place| own.contains(&place.id)).collect(),
    })
}

/// What lies in a place: counts alone, since who administers need not see the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Figures {
    /// Household files.
    pub households: i64,
    /// Needs that are neither solved nor closed.
    pub open_needs: i64,
}

/// What lies in a place of the actor's area, everything below it included.
pub async fn figures(app: &App, actor: &Actor, id: &str) -> Result<Figures, Error> {
    actor.area.require(&[id.to_owned()])?;
    let mut read = app.store.read().await?;
    places::by_id(&mut read, id).await?.ok_or(Code::NotFound)?;
    let (households, open_needs) = places::figures(&mut read, id).await?;
    Ok(Figures {
        households,
        open_needs,
    })
}

/// Adds a place under an existing one.
pub async fn create(app: &App, actor: &Actor, place: Place) -> Result<Place, Error> {
    let mut check = Check::default();
    check.id("/id", &place.id);
    check.name("/name", &place.name);
    check.done()?;
    match &place.parent {
        Some(parent) => actor.area.require(std::slice::from_ref(parent))?,
        None => actor.area.require_everywhere()?,
    }
    let mut tx = app.store.writer().await?;
    check_parent(&mut tx, place.level, place.parent.as_deref()).await?;
    if places::by_id(&mut tx, &place.id).await?.is_some() {
        return Err(Error::field("/id", "taken"));
    }
    places::insert(&mut tx, &place).await?;
    // A township's devices see every village in it, so a new village changes what their grants cover.
    let changed = match (place.level, &place.parent) {
        (Level::Village, Some(township)) => devices::touch_township(&mut tx, township).await?,
        _ => Vec::new(),
    };
    audit::append(
        &mut tx,
        app.now(),
        actor,
        "place.create",
        &place.id,
        &[("level", place.level.as_str())],
    )
    .await?;
    tx.commit().await?;
    app.devices_changed(changed);
    if place.level == Level::Village {
        villages::changed(app, [place.id.clone()]).await;
    }
    Ok(place)
}

/// Renames or moves a place.
pub async fn update(app: &App, actor: &Actor, id: &str, update: PlaceUpdate) -> Result<Place, Error> {
    let mut check = Check::default();
    if let Some(name) = &update.name {
        check.name("/name", name);
    }
    check.done()?;
    actor.area.require(&[id.to_owned()])?;
    let mut tx = app.store.writer().await?;
    let mut place = places::by_id(&mut tx, id).await?.ok_or(Code::NotFound)?;
    if let Some(name) = update.name {
        place.name = name;
    }
    let mut changed = Vec::new();
    if let Some(parent) = update.parent {
        actor.area.require(std::slice::from_ref(&parent))?;
        check_parent(&mut tx, place.level, Some(&parent)).await?;
        if place.level == Level::Village {
            for township in place.parent.iter().chain([&parent]) {
                changed.extend(devices::touch_township(&mut tx, township).await?);
            }
        }
        place.parent = Some(parent);
    }
    places::update(&mut tx, &place).await?;
    // A village's document names the township and the county it lies in.
    let touched = match place.level {
        Level::Village => vec![place.id.clone()],
        Level::Township => places::villages_in(&mut tx, &place.id).await?,
        Level::County | Level::Group => Vec::new(),
    };
    audit::append(&mut tx, app.now(), actor, "place.update", id, &[]).await?;
    tx.commit().await?;
    app.devices_changed(changed);
    villages::changed(app, touched).await;
    Ok(place)
}

async fn check_parent(
    tx: &mut crate::store::WriteTx,
    level: Level,
    parent: Option<&str>,
) -> Result<(), Error> {
    let found = match parent {
        Some(parent) => places::by_id(tx, parent).await?.map(|place| place.level),
        None => None,
    };
    match (level.parent(), parent, found) {
        (None, None, _) => Ok(()),
        (Some(wanted), Some(_), Some(found)) if wanted == found => Ok(()),
        (Some(_), None, _) => Err(Error::field("/parent", "required")),
        (_, Some(_), None) => Err(Error::field("/parent", "unknown")),
        _ => Err(Error::field("/parent", "not_allowed")),
    }
}

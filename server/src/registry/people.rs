//! The people who take part. A device's grant always names one of them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Actor, Check, Page, Role, Slice, audit, new_id, scope, villages};
use crate::app::App;
use crate::auth::session;
use crate::error::{Code, Error};
use crate::limits;
use crate::store::registry::{devices, people, villages as stored_villages};

/// A person.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Person {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Phone number, if they gave one.
    pub phone: Option<String>,
    /// Role.
    #[schema(value_type = super::role::RoleName)]
    pub role: Role,
    /// Villages, a township or a county, as the role has it. For administrators: what they administer, empty for all.
    pub places: Vec<String>,
    /// Unit of its cadres.
    pub unit: Option<String>,
    /// Whether they still take part.
    pub active: bool,
    /// Unix ms.
    pub created_ms: i64,
    /// Unix ms.
    pub updated_ms: i64,
}

// Names and phone numbers must not reach a log through a stray `{:?}`.
impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Person")
            .field("id", &self.id)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

/// A person to be added.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPerson {
    /// Id; a new one is made if absent.
    pub id: Option<String>,
    /// Name.
    pub name: String,
    /// Phone number.
    pub phone: Option<String>,
    /// Role.
    #[schema(value_type = super::role::RoleName)]
    pub role: Role,
    /// Places of the role.
    #[serde(default)]
    pub places: Vec<String>,
    /// Unit of its cadres.
    pub unit: Option<String>,
}

impl std::fmt::Debug for NewPerson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewPerson")
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

/// What can change about a person. Their active devices follow a change of role, places or unit.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonUpdate {
    /// New name.
    pub name: Option<String>,
    /// New phone number; empty removes it.
    pub phone: Option<String>,
    /// New role.
    #[schema(value_type = Option<super::role::RoleName>)]
    pub role: Option<Role>,
    /// New places.
    pub places: Option<Vec<String>>,
    /// New unit; empty removes it.
    pub unit: Option<String>,
    /// `false` suspends their devices and ends their sessions.
    pub active: Option<bool>,
}

impl std::fmt::Debug for PersonUpdate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PersonUpdate")
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

/// Which people are wanted.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Only this role.
    #[param(inline, value_type = Option<super::role::RoleName>)]
    pub role: Option<Role>,
    /// Only with this place.
    pub place: Option<String>,
    /// Only of this unit.
    pub unit: Option<String>,
}

/// People in the actor's area.
pub async fn list(app: &App, actor: &Actor, filter: &Filter, slice: &Slice) -> Result<Page<Person>, Error> {
    let mut read = app.store.read().await?;
    let rows = people::list(
        &mut read,
        actor.area.as_json().as_deref(),
        filter,
        slice.after(),
        slice.limit() + 1,
    )
    .await?;
    Ok(Page::cut(rows, slice.limit(), |person| person.id.clone()))
}

/// One person in the actor's area.
pub async fn get(app: &App, actor: &Actor, id: &str) -> Result<Person, Error> {
    let person = people::by_id(&mut *app.store.read().await?, id)
        .await?
        .ok_or(Code::NotFound)?;
    actor.area.require(&person.places)?;
    Ok(person)
}

/// Adds a person.
pub async fn create(app: &App, actor: &Actor, new: NewPerson) -> Result<Person, Error> {
    let mut tx = app.store.writer().await?;
    let person = create_in(&mut tx, app, actor, new).await?;
    let team_of = stored_villages::of_person(&mut tx, &person.id).await?;
    tx.commit().await?;
    villages::changed(app, team_of).await;
    Ok(person)
}

async fn create_in(
    tx: &mut crate::store::WriteTx,
    app: &App,
    actor: &Actor,
    new: NewPerson,
) -> Result<Person, Error> {
    let now_ms = app.now();
    let person = Person {
        id: new.id.unwrap_or_else(|| new_id('p')),
        name: new.name.trim().to_owned(),
        phone: new.phone.filter(|phone| !phone.is_empty()),
        role: new.role,
        places: new.places,
        unit: new.unit,
        active: true,
        created_ms: now_ms,
        updated_ms: now_ms,
    };
    check(&person)?;
    check_area(actor, &person)?;
    scope::resolve(tx, person.role, &person.places, person.unit.as_deref()).await?;
    if people::by_id(tx, &person.id).await?.is_some() {
        return Err(Error::field("/id", "taken"));
    }
    people::insert(tx, &person).await?;
    audit::append(
        tx,
        now_ms,
        actor,
        "person.create",
        &person.id,
        &[("role", person.role.as_str())],
    )
    .await?;
    Ok(person)
}

/// Changes a person, and the grants of their devices with them.
pub async fn update(app: &App, actor: &Actor, id: &str, update: PersonUpdate) -> Result<Person, Error> {
    let now_ms = app.now();
    let mut tx = app.store.writer().await?;
    let old = people::by_id(&mut tx, id).await?.ok_or(Code::NotFound)?;
    check_area(actor, &old)?;
    let mut person = old.clone();
    if let Some(name) = update.name {
        person.name = name.trim().to_owned();
    }
    if let Some(phone) = update.phone {
        person.phone = Some(phone).filter(|phone| !phone.is_empty());
    }
    person.role = update.role.unwrap_or(person.role);
    person.places = update.places.unwrap_or(person.places);
    if let Some(unit) = update.unit {
        person.unit = Some(unit).filter(|unit| !unit.is_empty());
    }
    person.active = update.active.unwrap_or(person.active);
    person.updated_ms = now_ms;
    check(&person)?;
    check_area(actor, &person)?;
    let scope = scope::resolve(&mut tx, person.role, &person.places, person.unit.as_deref()).await?;
    let mut team_of = stored_villages::of_person(&mut tx, id).await?;
    people::update(&mut tx, &person).await?;

    let moved = (old.role, &old.places, &old.unit) != (person.role, &person.places, &person.unit);
    let mut changed = Vec::new();
    if moved {
        changed = devices::rescope_person(&mut tx, id, person.role, &scope).await?;
    } else if old.name != person.name {
        changed = devices::touch_person(&mut tx, id).await?;
    }
    if old.active && !person.active {
        changed.extend(session::end_all(&mut tx, app, id).await?);
        changed.extend(devices::suspend_person(&mut tx, id, "person_inactive", &actor.id, now_ms).await?);
    }
    let detail = [
        ("role", person.role.as_str()),
        ("active", if person.active { "true" } else { "false" }),
        ("moved", if moved { "true" } else { "false" }),
    ];
    audit::append(&mut tx, now_ms, actor, "person.update", id, &detail).await?;
    team_of.extend(stored_villages::of_person(&mut tx, id).await?);
    tx.commit().await?;
    app.devices_changed(changed);
    if !person.active {
        app.relay.sessions_ended(id);
    }
    villages::changed(app, team_of).await;
    Ok(person)
}

fn check(person: &Person) -> Result<(), Error> {
    let mut check = Check::default();
    check.id("/id", &person.id);
    check.name("/name", &person.name);
    if let Some(phone) = &person.phone {
        let plain = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | ' ');
        if !(5..=20).contains(&phone.len()) || !phone.chars().all(plain) {
            check.fail("/phone", "bad_value");
        }
    }
    if person.places.len() > limits::PLACES_MAX {
        check.fail("/places", "too_long");
    }
    check.done()
}

/// Administrators and people of units belong to the deployment: only who has all of it may touch them.
fn check_area(actor: &Actor, person: &Person) -> Result<(), Error> {
    if person.role == Role::Admin {
        actor.area.require_everywhere()
    } else {
        actor.area.require(&person.places)
    }
}

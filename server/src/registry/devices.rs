//! Devices: who may take part with which key, and every decision about that.
//!
//! A device row is state: each decision raises `grant_version`, and a device that says an older
//! one is told the new state at its next contact. What a device may read follows in
//! [`super::grants`]; how requests arrive is [`super::enrolments`].

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use sync_core::id::{AuthorNo, DeviceId};
use sync_core::wire::frame::DeviceStatus;
use utoipa::ToSchema;

use super::enrolments::WalkUp;
use super::scope::{self, Scope};
use super::{Actor, Area, Check, Page, Role, Slice, audit, grants, villages};
use crate::app::App;
use crate::error::{Code, Error};
use crate::limits;
use crate::store::WriteTx;
use crate::store::registry::{devices, people, villages as stored_villages};

/// Where a device stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Waits for a decision: it may record, nothing is sent to it.
    Pending,
    /// Takes part.
    Active,
    /// Refused.
    Denied,
    /// Ended; wipes itself, what it still sends is quarantined.
    Revoked,
    /// Reported lost; as revoked.
    Lost,
    /// Held: sends and receives nothing until resumed.
    Suspended,
    /// Another device took its place; as revoked.
    Replaced,
}

impl Status {
    const ALL: [Status; 7] = [
        Status::Pending,
        Status::Active,
        Status::Denied,
        Status::Revoked,
        Status::Lost,
        Status::Suspended,
        Status::Replaced,
    ];

    /// As stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Pending => "pending",
            Status::Active => "active",
            Status::Denied => "denied",
            Status::Revoked => "revoked",
            Status::Lost => "lost",
            Status::Suspended => "suspended",
            Status::Replaced => "replaced",
        }
    }

    /// Reads what [`Status::as_str`] wrote.
    pub fn parse(text: &str) -> Option<Status> {
        Status::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// Whether the device is to wipe itself, key first.
    pub fn is_wiped(self) -> bool {
        matches!(self, Status::Revoked | Status::Lost | Status::Replaced)
    }
}

impl From<Status> for DeviceStatus {
    fn from(status: Status) -> DeviceStatus {
        match status {
            Status::Pending => DeviceStatus::Pending,
            Status::Active => DeviceStatus::Active,
            Status::Denied => DeviceStatus::Denied,
            Status::Revoked => DeviceStatus::Revoked,
            Status::Lost => DeviceStatus::Lost,
            Status::Suspended => DeviceStatus::Suspended,
            Status::Replaced => DeviceStatus::Replaced,
        }
    }
}

/// A device as stored.
#[derive(Clone)]
pub struct Device {
    /// Author number on the wire; 1 is the relay itself.
    pub no: i64,
    /// Identity.
    pub id: DeviceId,
    /// SEC1, 65 bytes.
    pub public_key: Vec<u8>,
    /// Nonce of the install.
    pub nonce: [u8; 16],
    /// Who uses it; absent for the relay and for an undecided walk-up request.
    pub person: Option<String>,
    /// What people call it.
    pub name: String,
    /// Make and model.
    pub model: String,
    /// App version at enrolment.
    pub app_version: String,
    /// Role; while pending only a proposal.
    pub role: Option<Role>,
    /// Where the role holds; while pending only a proposal.
    pub scope: Scope,
    /// Where it stands.
    pub status: Status,
    /// Code of the reason for the status, or empty.
    pub status_reason: String,
    /// Number of the device it takes the place of.
    pub replaces: Option<i64>,
    /// Invitation it came with.
    pub invitation: Option<String>,
    /// What a walk-up request said.
    pub walk_up: Option<WalkUp>,
    /// For a browser at a desk: the sign-in it lives by.
    pub session: Option<String>,
    /// Words to compare, Chinese and English.
    pub check_words: Vec<(String, String)>,
    /// Rises with every decision.
    pub grant_version: i64,
    /// Unix ms of the last decision that made a grant.
    pub grant_issued_ms: i64,
    /// Unix ms.
    pub grant_expires_ms: i64,
    /// Hours the device works without contact.
    pub offline_grace_hours: i64,
    /// Unix ms.
    pub created_ms: i64,
    /// Who decided last.
    pub decided_by: Option<String>,
    /// Unix ms.
    pub decided_ms: Option<i64>,
}

// People call their phones by their own names.
impl std::fmt::Debug for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut debug = f.debug_struct("Device");
        debug
            .field("no", &self.no)
            .field("id", &self.id)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// What a device said of itself in its last hello.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    /// Unix ms by the server's clock.
    pub(crate) last_seen_ms: i64,
    /// Version of the app.
    pub(crate) app_version: String,
    /// Its clock minus the server's.
    pub(crate) clock_skew_ms: i64,
    /// Changes without an answer.
    pub(crate) unsent: i64,
    /// Age of the oldest of them.
    pub(crate) unsent_age_s: i64,
    /// 0 if unknown.
    pub(crate) storage_left_mib: i64,
}

/// How a device is: what it said of itself when it last began a contact, and what its contacts have come to since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Health {
    /// Unix ms by the server's clock.
    pub last_seen_ms: i64,
    /// Whether it is connected now.
    pub live: bool,
    /// Unix ms at which something of its own last arrived.
    pub last_push_ms: Option<i64>,
    /// Unix ms at which it was last handed all that was meant for it.
    pub last_pull_ms: Option<i64>,
    /// Stable code of what it was refused last.
    #[schema(example = "out_of_scope")]
    pub last_refusal: Option<String>,
    /// Unix ms of that.
    pub last_refusal_ms: Option<i64>,
    /// Version of the app.
    pub app_version: String,
    /// Its clock minus the server's.
    pub clock_skew_ms: i64,
    /// Changes it said it had not sent yet, without those that have arrived since.
    pub unsent: i64,
    /// Age of the oldest of them.
    pub unsent_age_s: i64,
    /// 0 if unknown.
    pub storage_left_mib: i64,
}

/// What a device holds of the register, by what its feeds hold now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct ScopeSize {
    /// Documents.
    pub documents: i64,
    /// Bytes of them as they are sent.
    pub bytes: i64,
}

/// A device for administrators.
#[derive(Clone, Serialize, ToSchema)]
pub struct DeviceView {
    /// Author number.
    pub no: i64,
    /// Identity, hex.
    pub device_id: String,
    /// What people call it.
    pub name: String,
    /// Make and model.
    pub model: String,
    /// Person id.
    pub person: Option<String>,
    /// Their name.
    pub person_name: Option<String>,
    /// Role.
    #[schema(value_type = Option<super::role::RoleName>)]
    pub role: Option<Role>,
    /// Places of the role.
    pub places: Vec<String>,
    /// Unit of its cadre.
    pub unit: Option<String>,
    /// Where it stands.
    pub status: Status,
    /// Code of the reason, or empty.
    pub status_reason: String,
    /// Identity of the device it takes the place of, hex.
    pub replaces: Option<String>,
    /// Id of the invitation it came with.
    pub invitation: Option<String>,
    /// Words to compare with those on the phone, while pending.
    pub check_words: Vec<Word>,
    /// What a walk-up request said.
    pub walk_up: Option<WalkUp>,
    /// Whether it is a browser at a desk, let in by signing in.
    pub desk: bool,
    /// Rises with every decision.
    pub grant_version: i64,
    /// Unix ms; 0 while there is no grant.
    pub grant_expires_ms: i64,
    /// Hours it works without contact.
    pub offline_grace_hours: i64,
    /// Unix ms.
    pub created_ms: i64,
    /// Person id, or `cli`.
    pub decided_by: Option<String>,
    /// Unix ms.
    pub decided_ms: Option<i64>,
    /// Absent before the first contact.
    pub health: Option<Health>,
    /// What its feeds hold; only where one device is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope_size: Option<ScopeSize>,
}

impl std::fmt::Debug for DeviceView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut debug = f.debug_struct("DeviceView");
        debug
            .field("no", &self.no)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// One check word in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Word {
    /// Chinese.
    #[schema(example = "老虎")]
    pub zh: String,
    /// English.
    #[schema(example = "tiger")]
    pub en: String,
}

/// Which devices are wanted.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Only in this state.
    #[param(inline)]
    pub status: Option<Status>,
    /// Only of this person.
    pub person: Option<String>,
}

/// What a decision to let a device in says. What is absent is taken from the invitation.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// The administrator has compared the six words with those on the phone. Must be true.
    pub words_compared: bool,
    /// Who uses it; needed for a walk-up request.
    pub person: Option<String>,
    /// Role.
    #[schema(value_type = Option<super::role::RoleName>)]
    pub role: Option<Role>,
    /// Places of the role.
    pub places: Option<Vec<String>>,
    /// Unit of its cadre.
    pub unit: Option<String>,
    /// Identity (hex) of the device whose place it takes.
    pub replaces: Option<String>,
    /// What to call it.
    pub name: Option<String>,
    /// Unix ms; 180 days from now if absent.
    pub expires_ms: Option<i64>,
}

/// A decision about a device that takes part or did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Give it another name.
    Rename(String),
    /// Let its grant hold until then (Unix ms; 180 days from now if absent).
    Extend(Option<i64>),
    /// Issue its grant anew, so that earlier copies stop counting.
    Rotate,
    /// End it; it wipes itself.
    Revoke(String),
    /// It is lost; it wipes itself if it is ever online again.
    MarkLost(String),
    /// Hold it.
    Suspend(String),
    /// Let a suspended one go on.
    Resume,
}

impl Decision {
    fn action(&self) -> &'static str {
        match self {
            Decision::Rename(_) => "device.rename",
            Decision::Extend(_) => "device.extend",
            Decision::Rotate => "device.rotate",
            Decision::Revoke(_) => "device.revoke",
            Decision::MarkLost(_) => "device.lost",
            Decision::Suspend(_) => "device.suspend",
            Decision::Resume => "device.resume",
        }
    }
}

/// Devices in the actor's area, without those still pending unless asked for.
pub async fn list(
    app: &App,
    actor: &Actor,
    filter: &Filter,
    slice: &Slice,
) -> Result<Page<DeviceView>, Error> {
    let mut read = app.store.read().await?;
    let area = actor.area.as_json();
    let rows = devices::list(
        &mut read,
        area.as_deref(),
        filter,
        slice.after_no(),
        slice.limit() + 1,
    )
    .await?;
    let mut page = Page::cut(rows, slice.limit(), |device| device.no.to_string());
    page.items.iter_mut().for_each(|device| add_contact(app, device));
    Ok(page)
}

/// Adds what has not been written down yet.
fn add_contact(app: &App, view: &mut DeviceView) {
    let no = u64::try_from(view.no).unwrap_or(0);
    let Some(health) = &mut view.health else { return };
    health.live = app.relay.is_live(no);
    let Some(contact) = app.relay.contact(no) else {
        return;
    };
    health.last_seen_ms = health.last_seen_ms.max(contact.seen_ms);
    health.last_push_ms = health.last_push_ms.max(contact.pushed_ms);
    health.last_pull_ms = health.last_pull_ms.max(contact.pulled_ms);
    if let Some(unsent) = contact.unsent {
        health.unsent = i64::try_from(unsent).unwrap_or(i64::MAX);
    }
    if let Some((reason, at_ms)) = contact.refused {
        health.last_refusal = Some(reason.code().to_owned());
        health.last_refusal_ms = Some(at_ms);
    }
}

/// One device in the actor's area.
pub async fn get(app: &App, actor: &Actor, device_id: &str) -> Result<DeviceView, Error> {
    let id = DeviceId::from_hex(device_id).ok_or(Code::NotFound)?;
    let mut read = app.store.read().await?;
    let mut view = devices::view(&mut read, &id).await?.ok_or(Code::NotFound)?;
    actor.area.require(&view.places)?;
    add_contact(app, &mut view);
    if let Some(device) = devices::by_id(&mut read, &id).await? {
        let feeds = grants::scope_feeds(app, &device).await?;
        view.scope_size = Some(devices::scope_size(&mut read, &feeds).await?);
    }
    Ok(view)
}

/// Whether any of these devices lies in the actor's area.
pub(crate) async fn any_within(
    app: &App,
    actor: &Actor,
    numbers: &BTreeSet<AuthorNo>,
) -> Result<bool, Error> {
    if numbers.is_empty() || actor.area == Area::Everywhere {
        return Ok(!numbers.is_empty());
    }
    let places = devices::places_of(&mut *app.store.read().await?, numbers).await?;
    Ok(places.iter().any(|places| actor.area.covers(places)))
}

/// The device with this author number.
pub async fn by_no(app: &App, no: i64) -> Result<Option<Device>, Error> {
    Ok(devices::by_no(&mut *app.store.read().await?, no).await?)
}

/// The device with this identity.
pub async fn by_id(app: &App, id: &DeviceId) -> Result<Option<Device>, Error> {
    Ok(devices::by_id(&mut *app.store.read().await?, id).await?)
}

/// Lets a pending device in.
pub async fn approve(
    app: &App,
    actor: &Actor,
    device_id: &str,
    approval: Approval,
) -> Result<DeviceView, Error> {
    let now_ms = app.now();
    let mut tx = app.store.writer().await?;
    let mut device = find(&mut tx, actor, device_id).await?;
    if device.status != Status::Pending {
        return Err(Code::WrongState.into());
    }
    let mut check = Check::default();
    if !approval.words_compared {
        check.fail("/words_compared", "required");
    }
    let person_id = approval.person.or(device.person.take());
    let role = approval.role.or(device.role);
    if person_id.is_none() {
        check.fail("/person", "required");
    }
    if role.is_none() {
        check.fail("/role", "required");
    }
    if let Some(name) = &approval.name {
        check.name("/name", name);
    }
    let expires_ms = expiry(&mut check, approval.expires_ms, now_ms);
    check.done()?;
    let (Some(person_id), Some(role)) = (person_id, role) else {
        return Err(Code::Invalid.into());
    };

    let person = people::by_id(&mut tx, &person_id)
        .await?
        .filter(|person| person.active);
    let person = person.ok_or_else(|| Error::field("/person", "unknown"))?;
    let places = approval.places.unwrap_or_else(|| device.scope.places.clone());
    let unit = approval
        .unit
        .or(device.scope.unit.take())
        .filter(|_| role == Role::Unit);
    if role == Role::Admin {
        actor.area.require_everywhere()?;
    }
    actor.area.require(&places)?;
    let scope = scope::resolve(&mut tx, role, &places, unit.as_deref()).await?;

    let replaces = match &approval.replaces {
        Some(id) => Some(
            find(&mut tx, actor, id)
                .await
                .map_err(|_| Error::field("/replaces", "unknown"))?,
        ),
        None => match device.replaces {
            Some(no) => devices::by_no(&mut tx, no).await?,
            None => None,
        },
    };
    if let Some(mut old) = replaces {
        if old.no == device.no || old.no == RELAY_NO || old.person.as_deref() != Some(&person.id) {
            return Err(Error::field("/replaces", "not_allowed"));
        }
        device.replaces = Some(old.no);
        if matches!(old.status, Status::Active | Status::Suspended) {
            set_status(&mut old, Status::Replaced, "replaced", actor, now_ms);
            devices::update(&mut tx, &old).await?;
        }
    }
    device.person = Some(person.id);
    device.role = Some(role);
    device.scope = scope;
    device.name = approval.name.unwrap_or(device.name);
    device.grant_expires_ms = expires_ms;
    set_status(&mut device, Status::Active, "", actor, now_ms);
    devices::update(&mut tx, &device).await?;
    let detail = [
        ("role", role.as_str()),
        ("person", person_id.as_str()),
        ("words_compared", "true"),
    ];
    audit::append(&mut tx, now_ms, actor, "device.approve", device_id, &detail).await?;
    finish(app, tx, &device).await
}

/// Refuses a pending device.
pub async fn deny(app: &App, actor: &Actor, device_id: &str, reason: &str) -> Result<DeviceView, Error> {
    let reason = reason_text("/reason", reason)?;
    let now_ms = app.now();
    let mut tx = app.store.writer().await?;
    let mut device = find(&mut tx, actor, device_id).await?;
    if device.status != Status::Pending {
        return Err(Code::WrongState.into());
    }
    set_status(&mut device, Status::Denied, &reason, actor, now_ms);
    devices::update(&mut tx, &device).await?;
    audit::append(&mut tx, now_ms, actor, "device.deny", device_id, &[]).await?;
    finish(app, tx, &device).await
}

/// Decides about a device that has been let in.
pub async fn decide(
    app: &App,
    actor: &Actor,
    device_id: &str,
    decision: Decision,
) -> Result<DeviceView, Error> {
    let now_ms = app.now();
    let mut tx = app.store.writer().await?;
    let mut device = find(&mut tx, actor, device_id).await?;
    if device.no == RELAY_NO {
        return Err(Code::NotAllowed.into());
    }
    let from = |allowed: &[Status]| {
        if allowed.contains(&device.status) {
            Ok(())
        } else {
            Err(Code::WrongState)
        }
    };
    let action = decision.action();
    match decision {
        Decision::Rename(name) => {
            let mut check = Check::default();
            check.name("/name", &name);
            check.done()?;
            device.name = name;
        }
        Decision::Extend(expires_ms) => {
            from(&[Status::Active, Status::Suspended])?;
            let mut check = Check::default();
            device.grant_expires_ms = expiry(&mut check, expires_ms, now_ms);
            check.done()?;
            device.grant_version += 1;
            device.grant_issued_ms = now_ms;
        }
        Decision::Rotate => {
            from(&[Status::Active])?;
            device.grant_version += 1;
            device.grant_issued_ms = now_ms;
        }
        Decision::Revoke(reason) => {
            from(&[Status::Active, Status::Suspended, Status::Lost])?;
            set_status(
                &mut device,
                Status::Revoked,
                &reason_text("/reason", &reason)?,
                actor,
                now_ms,
            );
        }
        Decision::MarkLost(reason) => {
            from(&[Status::Active, Status::Suspended])?;
            set_status(
                &mut device,
                Status::Lost,
                &reason_text("/reason", &reason)?,
                actor,
                now_ms,
            );
        }
        Decision::Suspend(reason) => {
            from(&[Status::Active])?;
            set_status(
                &mut device,
                Status::Suspended,
                &reason_text("/reason", &reason)?,
                actor,
                now_ms,
            );
        }
        Decision::Resume => {
            from(&[Status::Suspended])?;
            set_status(&mut device, Status::Active, "", actor, now_ms);
        }
    }
    devices::update(&mut tx, &device).await?;
    audit::append(
        &mut tx,
        now_ms,
        actor,
        action,
        device_id,
        &[("status", device.status.as_str())],
    )
    .await?;
    finish(app, tx, &device).await
}

/// The author number of the server itself.
pub const RELAY_NO: i64 = 1;

async fn find(tx: &mut WriteTx, actor: &Actor, device_id: &str) -> Result<Device, Error> {
    let id = DeviceId::from_hex(device_id).ok_or(Code::NotFound)?;
    let device = devices::by_id(tx, &id).await?.ok_or(Code::NotFound)?;
    actor.area.require(&device.scope.places)?;
    Ok(device)
}

fn set_status(device: &mut Device, status: Status, reason: &str, actor: &Actor, now_ms: i64) {
    device.status = status;
    device.status_reason = reason.to_owned();
    device.grant_version += 1;
    device.grant_issued_ms = now_ms;
    device.decided_by = Some(actor.id.clone());
    device.decided_ms = Some(now_ms);
}

async fn finish(app: &App, mut tx: WriteTx, device: &Device) -> Result<DeviceView, Error> {
    let team_of = match &device.person {
        Some(person) => stored_villages::of_person(&mut tx, person).await?,
        None => BTreeSet::new(),
    };
    tx.commit().await?;
    app.devices_changed([device.no].into_iter().chain(device.replaces));
    villages::changed(app, team_of).await;
    devices::view(&mut *app.store.read().await?, &device.id)
        .await?
        .ok_or_else(|| Code::NotFound.into())
}

fn expiry(check: &mut Check, wanted_ms: Option<i64>, now_ms: i64) -> i64 {
    let expires_ms = wanted_ms.unwrap_or(now_ms + limits::GRANT_LIFE_MS);
    if expires_ms <= now_ms || expires_ms > now_ms + limits::GRANT_LIFE_MS_MAX {
        check.fail("/expires_ms", "bad_value");
    }
    expires_ms
}

fn reason_text(field: &'static str, reason: &str) -> Result<String, Error> {
    let mut check = Check::default();
    check.text(field, reason, limits::NOTE_CHARS_MAX);
    check.done()?;
    Ok(reason.trim().to_owned())
}

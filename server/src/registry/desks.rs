//! Browsers at desks: devices that live by a sign-in instead of an administrator's decision.
//!
//! Whoever signs in gives their browser's freshly made key a grant for their own person, role and
//! places, until the session would end anyway. Signing out ends it, and the browser wipes itself.

use serde::{Deserialize, Serialize};
use sync_core::id::DeviceId;
use utoipa::ToSchema;

use super::devices::{Device, Status};
use super::enrolments::{self, DeviceInfo};
use super::{Actor, Area, audit, scope};
use crate::app::App;
use crate::auth::session::Session;
use crate::error::{Code, Error};
use crate::store::registry::{devices, people};

/// Hours a desk shows data without contact: a working day, never longer than the session.
const OFFLINE_GRACE_HOURS: i64 = 12;

/// A browser's key.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeskRequest {
    /// P-256 public key, SEC1 uncompressed (65 bytes), base64url.
    pub public_key: String,
    /// Nonce of the install (16 bytes), base64url.
    pub nonce: String,
    /// The browser.
    pub device: DeviceInfo,
    /// As for an enrolment request, with `desk:` and the session's handle in the place of the invite code.
    pub proof: String,
}

/// The browser as a device.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Desk {
    /// Identity, hex.
    pub device_id: String,
    /// Names the deployment in envelopes.
    pub deployment_id: String,
    /// P-256 public key that signs grants and orders, SEC1 uncompressed, base64url.
    pub server_public_key: String,
    /// Unix ms at which the grant ends.
    pub grant_expires_ms: i64,
}

/// Lets the browser behind a session take part as the person who signed in. A session has one browser: another key
/// takes the place of the first.
pub async fn open(app: &App, session: &Session, request: DeskRequest) -> Result<Desk, Error> {
    let bound_to = format!("desk:{}", session.id);
    let (public_key, nonce) = enrolments::check_key(
        &bound_to,
        &request.public_key,
        &request.nonce,
        &request.device,
        &request.proof,
    )?;
    let id = DeviceId::derive(&public_key, &nonce);
    let now_ms = app.now();
    let mut tx = app.store.writer().await?;
    let person = people::by_id(&mut tx, &session.person)
        .await?
        .filter(|person| person.active);
    let person = person.ok_or(Code::SignedOut)?;
    let scope = scope::resolve(&mut tx, person.role, &person.places, person.unit.as_deref()).await?;
    let mut changed = Vec::new();
    let no = match devices::by_id(&mut tx, &id).await? {
        Some(mut known) => {
            // A browser that kept its key over an idle night goes on as the same author.
            let own = known.session.is_some() && known.person.as_deref() == Some(&person.id);
            if !own || known.status != Status::Active {
                return Err(Code::WrongState.into());
            }
            if known.session.as_deref() != Some(&session.id) {
                changed = devices::end_desks(&mut tx, &person.id, Some(&session.id), now_ms).await?;
            }
            known.session = Some(session.id.clone());
            known.role = Some(person.role);
            known.scope = scope;
            known.grant_version += 1;
            known.grant_issued_ms = now_ms;
            known.grant_expires_ms = session.expires_ms;
            devices::update(&mut tx, &known).await?;
            known.no
        }
        None => {
            changed = devices::end_desks(&mut tx, &person.id, Some(&session.id), now_ms).await?;
            let desk = Device {
                no: 0,
                id,
                public_key,
                nonce,
                name: request.device.model.clone(),
                model: request.device.model,
                app_version: request.device.app_version,
                role: Some(person.role),
                scope,
                status: Status::Active,
                status_reason: String::new(),
                replaces: None,
                invitation: None,
                walk_up: None,
                session: Some(session.id.clone()),
                check_words: Vec::new(),
                grant_version: 1,
                grant_issued_ms: now_ms,
                grant_expires_ms: session.expires_ms,
                offline_grace_hours: OFFLINE_GRACE_HOURS,
                created_ms: now_ms,
                decided_by: Some(person.id.clone()),
                decided_ms: Some(now_ms),
                person: Some(person.id.clone()),
            };
            devices::insert(&mut tx, &desk).await?
        }
    };
    let actor = Actor {
        id: person.id,
        area: Area::Everywhere,
    };
    audit::append(
        &mut tx,
        now_ms,
        &actor,
        "desk.open",
        &id.to_hex(),
        &[("session", &session.id)],
    )
    .await?;
    tx.commit().await?;
    changed.push(no);
    app.devices_changed(changed);
    Ok(Desk {
        device_id: id.to_hex(),
        deployment_id: app.deployment.id.clone(),
        server_public_key: data_encoding::BASE64URL_NOPAD.encode(&app.server_key.public_key()),
        grant_expires_ms: session.expires_ms,
    })
}

//! Requests of devices to be let in, before anybody has decided.
//!
//! A request names a key and proves to hold it, and brings either an invitation's code or, for a
//! walk-up, who it says it is. It makes a pending device and nothing else. Deciding is
//! [`super::devices`]. The bounds on guessing are [`crate::auth::limiter`].

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use sync_core::id::DeviceId;
use utoipa::ToSchema;

use super::devices::{Device, DeviceView, Filter, Status, Word};
use super::invitations::{self, Found};
use super::scope::{self, Scope};
use super::{Actor, Area, Check, Page, Slice, audit};
use crate::app::App;
use crate::error::{Code, Error};
use crate::keys;
use crate::limits;
use crate::store::registry::{devices, invitations as stored_invitations, places};

/// Who an uninvited person says they are.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WalkUp {
    /// Name.
    pub name: String,
    /// Code of the place they work in, or its name.
    pub place: String,
    /// Anything else.
    #[serde(default)]
    pub note: String,
}

impl std::fmt::Debug for WalkUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WalkUp")
    }
}

/// The phone itself.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceInfo {
    /// Make and model.
    #[schema(example = "Redmi 9A")]
    pub model: String,
    /// App version.
    #[schema(example = "0.1.0")]
    pub app_version: String,
}

/// A request to be let in.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnrolRequest {
    /// Code of an invitation. Either this or `walk_up`; neither to ask where an earlier request stands.
    #[schema(example = "KTRM-WXBD")]
    pub invite_code: Option<String>,
    /// Who asks without an invitation.
    pub walk_up: Option<WalkUp>,
    /// P-256 public key, SEC1 uncompressed (65 bytes), base64url.
    pub public_key: String,
    /// Nonce of the install (16 bytes), base64url.
    pub nonce: String,
    /// The phone.
    pub device: DeviceInfo,
    /// ECDSA P-256/SHA-256 signature `r ‖ s` (64 bytes), base64url, by that key over `qiao enrol v1\0` and then invite
    /// code (as sent, or empty), public key, nonce, model and app version, each preceded by its length (8 bytes,
    /// big-endian).
    pub proof: String,
}

impl std::fmt::Debug for EnrolRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EnrolRequest")
            .field("device", &self.device)
            .finish_non_exhaustive()
    }
}

/// The answer to a request.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Enrolled {
    /// Identity, hex: derived from key and nonce, so the phone can check it.
    pub device_id: String,
    /// Where it stands; asking again with the same key tells, then also without code and name.
    pub status: Status,
    /// What the administrator who denied it wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub denied_because: Option<String>,
    /// Names the deployment in envelopes.
    pub deployment_id: String,
    /// Its name for people.
    pub deployment_name: String,
    /// P-256 public key that signs grants and orders, SEC1 uncompressed, base64url.
    pub server_public_key: String,
    /// Id of the invitation, for deriving the check words; empty for a walk-up.
    pub invitation_id: String,
    /// Six words. The phone derives its own from its key, the invitation id and the server's key and shows those.
    pub check_words: Vec<Word>,
}

/// Something an administrator should know before deciding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Hint {
    /// The person already has a device that takes part.
    SamePerson {
        /// Its identity, hex.
        device_id: String,
    },
    /// That device of theirs is the same model: perhaps this is the same phone, installed again.
    SameModel {
        /// Its identity, hex.
        device_id: String,
    },
    /// The invitation says the new device takes this one's place.
    Replaces {
        /// Its identity, hex.
        device_id: String,
    },
}

/// A device waiting for a decision.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Pending {
    /// The device; role, places and unit are what the invitation proposes.
    #[serde(flatten)]
    pub device: DeviceView,
    /// What to know before deciding.
    pub hints: Vec<Hint>,
}

/// Takes a request. Safe to repeat: the same key and nonce get the same answer.
pub async fn request(app: &App, address: IpAddr, request: EnrolRequest) -> Result<Enrolled, Error> {
    let now_ms = app.now();
    app.limiter.enrol_attempt(address)?;
    check_introduction(&request)?;
    let code = request.invite_code.as_deref().unwrap_or("");
    let (public_key, nonce) = check_key(
        code,
        &request.public_key,
        &request.nonce,
        &request.device,
        &request.proof,
    )?;
    let device_id = DeviceId::derive(&public_key, &nonce);

    let mut tx = app.store.writer().await?;
    if let Some(device) = devices::by_id(&mut tx, &device_id).await? {
        return Ok(answer(app, &device));
    }
    if devices::count_pending(&mut tx).await? >= limits::PENDING_DEVICES_MAX {
        return Err(Code::TooManyPending.into());
    }
    let mut device = Device {
        no: 0,
        id: device_id,
        public_key,
        nonce,
        person: None,
        name: request.device.model.clone(),
        model: request.device.model,
        app_version: request.device.app_version,
        role: None,
        scope: Scope::default(),
        status: Status::Pending,
        status_reason: String::new(),
        replaces: None,
        invitation: None,
        walk_up: request.walk_up,
        session: None,
        check_words: Vec::new(),
        grant_version: 1,
        grant_issued_ms: 0,
        grant_expires_ms: 0,
        offline_grace_hours: limits::OFFLINE_GRACE_HOURS,
        created_ms: now_ms,
        decided_by: None,
        decided_ms: None,
    };
    match (&request.invite_code, &device.walk_up) {
        (Some(code), _) => match invitations::redeem(&mut tx, app, code, now_ms).await? {
            Found::Open(invitation) => {
                stored_invitations::mark_used(&mut tx, &invitation.id, now_ms).await?;
                device.scope = scope::resolve(
                    &mut tx,
                    invitation.role,
                    &invitation.places,
                    invitation.unit.as_deref(),
                )
                .await?;
                device.person = Some(invitation.person);
                device.role = Some(invitation.role);
                device.replaces = invitation.replaces_device;
                device.invitation = Some(invitation.id);
            }
            Found::Closed(code) => {
                app.limiter.enrol_failed();
                return Err(code.into());
            }
            Found::Wrong => {
                // The counted try must outlive this refusal.
                tx.commit().await?;
                app.limiter.enrol_failed();
                return Err(Code::CodeUnknown.into());
            }
        },
        (None, Some(walk_up)) => {
            // A walk-up makes work for people, so it draws on the same hourly budget as a wrong guess.
            app.limiter.enrol_failed();
            if places::by_id(&mut tx, &walk_up.place).await?.is_some() {
                device.scope.places = vec![walk_up.place.clone()];
            }
        }
        (None, None) => return Err(Error::field("/invite_code", "required")),
    }
    let words = sync_core::checkwords::derive(
        &device.public_key,
        device.invitation.as_deref().unwrap_or(""),
        &app.server_key.public_key(),
    );
    device.check_words = words
        .iter()
        .map(|(zh, en)| ((*zh).to_owned(), (*en).to_owned()))
        .collect();
    device.no = devices::insert(&mut tx, &device).await?;
    let actor = Actor {
        id: format!("device:{device_id}"),
        area: Area::Everywhere,
    };
    let how = if device.invitation.is_some() {
        "invitation"
    } else {
        "walk_up"
    };
    audit::append(
        &mut tx,
        now_ms,
        &actor,
        "device.request",
        &device_id.to_hex(),
        &[("by", how)],
    )
    .await?;
    tx.commit().await?;
    app.devices_changed([device.no]);
    Ok(answer(app, &device))
}

/// Devices waiting for a decision in the actor's area.
pub async fn list(app: &App, actor: &Actor, slice: &Slice) -> Result<Page<Pending>, Error> {
    let filter = Filter {
        status: Some(Status::Pending),
        person: None,
    };
    let area = actor.area.as_json();
    let mut read = app.store.read().await?;
    let rows = devices::list(
        &mut read,
        area.as_deref(),
        &filter,
        slice.after_no(),
        slice.limit() + 1,
    )
    .await?;
    let mut pending = Vec::with_capacity(rows.len());
    for device in rows {
        let mut hints = Vec::new();
        if let Some(device_id) = &device.replaces {
            hints.push(Hint::Replaces {
                device_id: device_id.clone(),
            });
        }
        if let Some(person) = &device.person {
            let theirs = Filter {
                status: Some(Status::Active),
                person: Some(person.clone()),
            };
            for other in devices::list(&mut read, None, &theirs, 0, 20).await? {
                let device_id = other.device_id;
                hints.push(if other.model == device.model {
                    Hint::SameModel { device_id }
                } else {
                    Hint::SamePerson { device_id }
                });
            }
        }
        pending.push(Pending { device, hints });
    }
    Ok(Page::cut(pending, slice.limit(), |pending| {
        pending.device.no.to_string()
    }))
}

/// Reads a key and a nonce and checks that whoever sent them holds the key. `bound_to` is what the proof names: an
/// invitation's code, or a session.
pub(crate) fn check_key(
    bound_to: &str,
    public_key: &str,
    nonce: &str,
    device: &DeviceInfo,
    proof: &str,
) -> Result<(Vec<u8>, [u8; 16]), Error> {
    let decode = |text: &str| data_encoding::BASE64URL_NOPAD.decode(text.as_bytes()).ok();
    let mut check = Check::default();
    let public_key = decode(public_key).filter(|key| keys::is_public_key(key));
    let nonce = decode(nonce).and_then(|nonce| <[u8; 16]>::try_from(nonce).ok());
    let proof = decode(proof).filter(|proof| proof.len() == 64);
    for (field, missing) in [
        ("/public_key", public_key.is_none()),
        ("/nonce", nonce.is_none()),
        ("/proof", proof.is_none()),
    ] {
        if missing {
            check.fail(field, "bad_value");
        }
    }
    check.text("/device/model", &device.model, limits::NAME_CHARS_MAX);
    check.text(
        "/device/app_version",
        &device.app_version,
        limits::VERSION_CHARS_MAX,
    );
    check.done()?;
    let (Some(public_key), Some(nonce), Some(proof)) = (public_key, nonce, proof) else {
        return Err(Code::Invalid.into());
    };
    let message = sync_core::enrol::Request {
        invite_code: bound_to,
        public_key: &public_key,
        nonce: &nonce,
        model: &device.model,
        app_version: &device.app_version,
    }
    .proof_message();
    if !keys::verify(&public_key, &message, &proof) {
        return Err(Code::ProofInvalid.into());
    }
    Ok((public_key, nonce))
}

/// Not both code and name, and a name that can be shown.
fn check_introduction(request: &EnrolRequest) -> Result<(), Error> {
    let mut check = Check::default();
    match (&request.invite_code, &request.walk_up) {
        (Some(_), Some(_)) => check.fail("/walk_up", "not_allowed"),
        (Some(_) | None, None) => {}
        (None, Some(walk_up)) => {
            check.name("/walk_up/name", &walk_up.name);
            check.name("/walk_up/place", &walk_up.place);
            check.text("/walk_up/note", &walk_up.note, limits::NOTE_CHARS_MAX);
        }
    }
    check.done()
}

fn answer(app: &App, device: &Device) -> Enrolled {
    Enrolled {
        device_id: device.id.to_hex(),
        status: device.status,
        denied_because: Some(device.status_reason.clone())
            .filter(|reason| device.status == Status::Denied && !reason.is_empty()),
        deployment_id: app.deployment.id.clone(),
        deployment_name: app.deployment.name.clone(),
        server_public_key: data_encoding::BASE64URL_NOPAD.encode(&app.server_key.public_key()),
        invitation_id: device.invitation.clone().unwrap_or_default(),
        check_words: device
            .check_words
            .iter()
            .map(|(zh, en)| Word {
                zh: zh.clone(),
                en: en.clone(),
            })
            .collect(),
    }
}

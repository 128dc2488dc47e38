//! Invitations: a code that lets one named person's phone ask to be let in, once.
//!
//! A code is eight letters of a twenty-letter alphabet. Its first half finds the invitation, the
//! second half is the secret; five wrong second halves kill it. The store keeps a keyed hash: a
//! stolen database alone reveals no code.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::{Actor, Check, Page, Role, Slice, audit, new_id, scope};
use crate::app::App;
use crate::error::{Code, Error};
use crate::limits;
use crate::store::WriteTx;
use crate::store::registry::{devices, invitations, people};

/// No vowels, so that no words appear, and nothing that looks or sounds like another.
const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
const LOOKUP_CHARS: usize = 4;
const CODE_CHARS: usize = 8;

/// Who is to be invited.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInvitation {
    /// Person id.
    pub person: String,
    /// Role of the device; the person's own if absent.
    #[schema(value_type = Option<super::role::RoleName>)]
    pub role: Option<Role>,
    /// Places of the role; the person's own if absent.
    pub places: Option<Vec<String>>,
    /// Unit; the person's own if absent.
    pub unit: Option<String>,
    /// Identity (hex) of the device the new one takes the place of.
    pub replaces: Option<String>,
    /// Unix ms; 24 hours from now if absent, at most 7 days.
    pub expires_ms: Option<i64>,
}

/// A fresh invitation. The code is shown now and never again.
#[derive(Clone, Serialize, ToSchema)]
pub struct Created {
    /// Id.
    pub id: String,
    /// Person id.
    pub person: String,
    /// The code in two halves.
    #[schema(example = "KTRM-WXBD")]
    pub code: String,
    /// Link for the phone; the code stands behind `#`, so that no server logs it.
    pub link: String,
    /// The link as a QR code (SVG).
    pub qr_svg: String,
    /// Unix ms.
    pub expires_ms: i64,
}

impl std::fmt::Debug for Created {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Created")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Where an invitation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Can be used.
    Open,
    /// A device asked with it.
    Used,
    /// Its time is over.
    Expired,
    /// An administrator took it back.
    Revoked,
    /// Too many wrong codes named it.
    Dead,
}

/// An invitation as stored, without its code.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Invitation {
    #[serde(skip)]
    pub(crate) no: i64,
    /// Id.
    pub id: String,
    /// Person id.
    pub person: String,
    /// Role of the device.
    #[schema(value_type = super::role::RoleName)]
    pub role: Role,
    /// Places of the role.
    pub places: Vec<String>,
    /// Unit.
    pub unit: Option<String>,
    /// Number of the device the new one takes the place of.
    pub replaces_device: Option<i64>,
    /// Person id, or `cli`.
    pub created_by: String,
    /// Unix ms.
    pub created_ms: i64,
    /// Unix ms.
    pub expires_ms: i64,
    /// Wrong codes that named it.
    pub tries: i64,
    /// Unix ms.
    pub used_ms: Option<i64>,
    /// Unix ms.
    pub revoked_ms: Option<i64>,
    /// Where it stands.
    pub state: State,
}

impl Invitation {
    /// Where it stands at this time.
    pub(crate) fn state_at(&self, now_ms: i64) -> State {
        match self {
            _ if self.used_ms.is_some() => State::Used,
            _ if self.revoked_ms.is_some() => State::Revoked,
            _ if self.tries >= limits::INVITATION_TRIES_MAX => State::Dead,
            _ if now_ms >= self.expires_ms => State::Expired,
            _ => State::Open,
        }
    }
}

/// Invitations in the actor's area, newest first.
pub async fn list(app: &App, actor: &Actor, slice: &Slice) -> Result<Page<Invitation>, Error> {
    let before = if slice.after().is_empty() {
        i64::MAX
    } else {
        slice.after_no()
    };
    let area = actor.area.as_json();
    let mut read = app.store.read().await?;
    let mut rows = invitations::list(&mut read, area.as_deref(), before, slice.limit() + 1).await?;
    for row in &mut rows {
        row.state = row.state_at(app.now());
    }
    Ok(Page::cut(rows, slice.limit(), |row| row.no.to_string()))
}

/// Invites all of these people or none.
pub async fn create(app: &App, actor: &Actor, all: &[NewInvitation]) -> Result<Vec<Created>, Error> {
    if all.is_empty() || all.len() > limits::INVITATIONS_BULK_MAX {
        return Err(Error::field("/invitations", "bad_value"));
    }
    let now_ms = app.now();
    let mut tx = app.store.writer().await?;
    // Dead invitations give their lookup half back, so that new ones do not run out of free ones.
    invitations::release_lookups(&mut tx, now_ms, limits::INVITATION_TRIES_MAX).await?;
    let mut made = Vec::with_capacity(all.len());
    for new in all {
        made.push(create_in(&mut tx, app, actor, new, now_ms).await?);
    }
    tx.commit().await?;
    Ok(made)
}

/// Takes an unused invitation back.
pub async fn revoke(app: &App, actor: &Actor, id: &str) -> Result<(), Error> {
    let now_ms = app.now();
    let mut tx = app.store.writer().await?;
    let invitation = invitations::by_id(&mut tx, id).await?.ok_or(Code::NotFound)?;
    actor.area.require(&invitation.places)?;
    if invitation.used_ms.is_some() {
        return Err(Code::WrongState.into());
    }
    invitations::revoke(&mut tx, id, now_ms).await?;
    audit::append(&mut tx, now_ms, actor, "invitation.revoke", id, &[]).await?;
    tx.commit().await?;
    Ok(())
}

async fn create_in(
    tx: &mut WriteTx,
    app: &App,
    actor: &Actor,
    new: &NewInvitation,
    now_ms: i64,
) -> Result<Created, Error> {
    let person = people::by_id(tx, &new.person)
        .await?
        .filter(|person| person.active);
    let person = person.ok_or_else(|| Error::field("/person", "unknown"))?;
    let role = new.role.unwrap_or(person.role);
    let places = new.places.clone().unwrap_or(person.places);
    let unit = new.unit.clone().or(person.unit).filter(|_| role == Role::Unit);
    if role == Role::Admin {
        actor.area.require_everywhere()?;
    }
    actor.area.require(&places)?;
    scope::resolve(tx, role, &places, unit.as_deref()).await?;
    let replaces_device = match &new.replaces {
        None => None,
        Some(hex) => {
            let id = sync_core::id::DeviceId::from_hex(hex);
            let device = match id {
                Some(id) => devices::by_id(tx, &id).await?,
                None => None,
            };
            let device = device.filter(|device| device.person.as_deref() == Some(&person.id));
            Some(device.ok_or_else(|| Error::field("/replaces", "unknown"))?.no)
        }
    };
    let expires_ms = new.expires_ms.unwrap_or(now_ms + limits::INVITATION_LIFE_MS);
    let mut check = Check::default();
    if expires_ms <= now_ms || expires_ms > now_ms + limits::INVITATION_LIFE_MS_MAX {
        check.fail("/expires_ms", "bad_value");
    }
    check.done()?;

    let mut code = new_code();
    while invitations::lookup_taken(tx, lookup(&code)).await? {
        code = new_code();
    }
    let invitation = Invitation {
        no: 0,
        id: new_id('i'),
        person: person.id,
        role,
        places,
        unit,
        replaces_device,
        created_by: actor.id.clone(),
        created_ms: now_ms,
        expires_ms,
        tries: 0,
        used_ms: None,
        revoked_ms: None,
        state: State::Open,
    };
    invitations::insert(tx, &invitation, lookup(&code), &code_hash(app, &code)).await?;
    let detail = [("person", invitation.person.as_str()), ("role", role.as_str())];
    audit::append(tx, now_ms, actor, "invitation.create", &invitation.id, &detail).await?;
    let shown = format!("{}-{}", &code[..LOOKUP_CHARS], &code[LOOKUP_CHARS..]);
    let link = format!("{}/enrol#{shown}", app.public_url());
    Ok(Created {
        id: invitation.id,
        person: invitation.person,
        qr_svg: qr_svg(&link)?,
        link,
        code: shown,
        expires_ms,
    })
}

/// What an enrolment request found under its code.
#[derive(Debug)]
pub(crate) enum Found {
    /// It opens this invitation.
    Open(Box<Invitation>),
    /// The whole code is right, but this is the answer.
    Closed(Code),
    /// Nothing; if its first half named an invitation, that is one try nearer its end.
    Wrong,
}

/// Looks a code up and counts a wrong one. The caller commits in every case.
pub(crate) async fn redeem(tx: &mut WriteTx, app: &App, code: &str, now_ms: i64) -> Result<Found, Error> {
    let Some(code) = normalise(code) else {
        return Ok(Found::Wrong);
    };
    let Some(invitation) = invitations::by_hash(tx, &code_hash(app, &code)).await? else {
        invitations::count_try(tx, lookup(&code)).await?;
        return Ok(Found::Wrong);
    };
    Ok(match invitation.state_at(now_ms) {
        State::Open => Found::Open(Box::new(invitation)),
        State::Used => Found::Closed(Code::CodeUsed),
        State::Expired => Found::Closed(Code::CodeExpired),
        // Said like a wrong code: who guesses learns nothing from having killed it.
        State::Revoked | State::Dead => Found::Wrong,
    })
}

fn new_code() -> String {
    (0..CODE_CHARS)
        .map(|_| char::from(ALPHABET[rand::random_range(0..ALPHABET.len())]))
        .collect()
}

fn lookup(code: &str) -> &str {
    &code[..LOOKUP_CHARS]
}

/// Upper case without separators; `None` for what cannot be a code.
fn normalise(code: &str) -> Option<String> {
    let code: String = code
        .chars()
        .filter(|c| !matches!(c, '-' | ' '))
        .map(|c| c.to_ascii_uppercase())
        .take(CODE_CHARS + 1)
        .collect();
    let plain = code.len() == CODE_CHARS && code.bytes().all(|byte| ALPHABET.contains(&byte));
    plain.then_some(code)
}

fn code_hash(app: &App, code: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(app.code_pepper);
    hash.update(code.as_bytes());
    hash.finalize().into()
}

/// A QR code of `text` as SVG.
pub fn qr_svg(text: &str) -> Result<String, Error> {
    let code = qrcode::QrCode::new(text).map_err(|_| Error::internal("text too long for a QR code"))?;
    Ok(code
        .render::<qrcode::render::svg::Color<'_>>()
        .min_dimensions(240, 240)
        .build())
}

/// A QR code of `text` for a terminal.
pub fn qr_terminal(text: &str) -> Result<String, Error> {
    let code = qrcode::QrCode::new(text).map_err(|_| Error::internal("text too long for a QR code"))?;
    Ok(code.render::<qrcode::render::unicode::Dense1x2>().build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = new_code();
        assert_eq!(code.len(), 8);
        let typed = format!("{} - {}", code[..4].to_lowercase(), &code[4..]);
        assert_eq!(normalise(&typed), Some(code));
        for bad in ["", "BCDF", "BCDFGHJKL", "ABCDEFGH", "村村村村村村村村"] {
            assert_eq!(normalise(bad), None, "{bad}");
        }
    }
}

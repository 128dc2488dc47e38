//! Sessions: an opaque random token in a cookie or header; the store holds only its hash.
//!
//! A session ends after 30 minutes without a request and after 12 hours whatever happens. Signing
//! in always makes a new one, so a token planted before sign-in is worth nothing.

use serde::Serialize;
use utoipa::ToSchema;

use super::sha256;
use crate::app::App;
use crate::error::{Code, Error};
use crate::limits;
use crate::store::WriteTx;
use crate::store::registry::{devices, sessions};

/// A session as stored.
#[derive(Debug, Clone)]
pub struct Session {
    /// Handle for listing and ending; no secret.
    pub id: String,
    /// Person id.
    pub person: String,
    /// Unix ms.
    pub created_ms: i64,
    /// Unix ms.
    pub last_seen_ms: i64,
    /// Unix ms.
    pub expires_ms: i64,
    /// Unix ms of the last proof of identity.
    pub stepped_up_ms: i64,
    /// Browser, as it names itself.
    pub user_agent: String,
}

impl Session {
    /// Refuses if the last proof of identity is too long ago.
    pub fn require_step_up(&self, now_ms: i64) -> Result<(), Error> {
        if now_ms - self.stepped_up_ms <= limits::STEP_UP_MS {
            Ok(())
        } else {
            Err(Code::StepUpNeeded.into())
        }
    }
}

/// A session for its owner.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SessionView {
    /// Handle.
    pub id: String,
    /// Whether it is the one that asks.
    pub current: bool,
    /// Unix ms.
    pub created_ms: i64,
    /// Unix ms.
    pub last_seen_ms: i64,
    /// Unix ms.
    pub expires_ms: i64,
    /// Browser, as it names itself.
    pub user_agent: String,
}

/// A fresh secret of 256 bits.
pub(crate) fn new_token() -> String {
    data_encoding::BASE64URL_NOPAD.encode(&rand::random::<[u8; 32]>())
}

pub(crate) fn token_hash(token: &str) -> [u8; 32] {
    sha256(token.as_bytes())
}

/// The live session of a token. If it is `in_use`, that is written down, at most once a minute.
pub async fn authenticate(app: &App, token: &str, in_use: bool) -> Result<Session, Error> {
    let now_ms = app.now();
    let found = sessions::by_hash(&mut *app.store.read().await?, &token_hash(token)).await?;
    let session = found.ok_or(Code::SignedOut)?;
    let idle_ms = now_ms - session.last_seen_ms;
    if now_ms >= session.expires_ms || idle_ms > limits::SESSION_IDLE_MS {
        // The browser that lived by it keeps its grant until the end of the day it was given for: who comes back from
        // lunch signs in again and goes on as the same author.
        let mut tx = app.store.writer().await?;
        sessions::end(&mut tx, &session.person, &session.id).await?;
        tx.commit().await?;
        return Err(Code::SignedOut.into());
    }
    if in_use && idle_ms >= limits::SESSION_TOUCH_MS {
        let mut tx = app.store.writer().await?;
        sessions::touch(&mut tx, &session.id, now_ms).await?;
        tx.commit().await?;
    }
    Ok(session)
}

/// The live sessions of a person.
pub async fn list(app: &App, current: &Session) -> Result<Vec<SessionView>, Error> {
    let now_ms = app.now();
    let rows = sessions::of_person(&mut *app.store.read().await?, &current.person).await?;
    let live =
        |row: &Session| now_ms < row.expires_ms && now_ms - row.last_seen_ms <= limits::SESSION_IDLE_MS;
    let view = |row: Session| SessionView {
        current: row.id == current.id,
        id: row.id,
        created_ms: row.created_ms,
        last_seen_ms: row.last_seen_ms,
        expires_ms: row.expires_ms,
        user_agent: row.user_agent,
    };
    Ok(rows.into_iter().filter(live).map(view).collect())
}

/// Ends one session of a person, and the browser that lived by it; false if there is none of that name.
pub async fn end(app: &App, person: &str, id: &str) -> Result<bool, Error> {
    let mut tx = app.store.writer().await?;
    let ended = sessions::end(&mut tx, person, id).await?;
    let desks = devices::end_desks(&mut tx, person, Some(id), app.now()).await?;
    tx.commit().await?;
    app.devices_changed(desks);
    app.relay.sessions_ended(person);
    Ok(ended)
}

/// Ends all sessions of a person but this one inside a transaction, and the browsers that lived by them; returns their
/// numbers.
pub(crate) async fn end_others(tx: &mut WriteTx, app: &App, keep: &Session) -> Result<Vec<i64>, Error> {
    let mut desks = Vec::new();
    for other in sessions::of_person(tx, &keep.person).await? {
        if other.id != keep.id {
            sessions::end(tx, &keep.person, &other.id).await?;
            desks.extend(devices::end_desks(tx, &keep.person, Some(&other.id), app.now()).await?);
        }
    }
    Ok(desks)
}

/// Ends all sessions of a person inside a transaction, and the browsers that lived by them; returns their numbers.
pub(crate) async fn end_all(tx: &mut WriteTx, app: &App, person: &str) -> Result<Vec<i64>, Error> {
    sessions::end_all(tx, person).await?;
    Ok(devices::end_desks(tx, person, None, app.now()).await?)
}

//! Passkeys: a key in a phone, a computer or a stick, opened there by a finger, a face or a PIN.
//!
//! Owns asking a browser for one and judging what it answers. Every use demands that the owner was verified on the
//! spot, so a passkey stands for password and one-time code together. Bound to the host of the public address: pages of
//! another site cannot ask for it.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use webauthn_rs::prelude::{
    AuthenticationResult, DiscoverableAuthentication, DiscoverableKey, Passkey, PasskeyAuthentication,
    PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential, Url, Uuid, Webauthn,
    WebauthnBuilder,
};

use super::login;
use super::session::Session;
use crate::app::App;
use crate::error::{Code, Error};
use crate::limits;
use crate::registry::{Actor, Check, audit, new_id};
use crate::store::registry::{accounts, passkeys, people, sessions};

/// A passkey as stored.
#[derive(Clone)]
pub struct Kept {
    /// Handle for naming and removing; no secret.
    pub id: String,
    /// Person id.
    pub person: String,
    /// What authenticators know the account by.
    pub user_handle: [u8; 16],
    /// Public key and counter.
    pub passkey: Passkey,
    /// What its owner calls it.
    pub name: String,
    /// Unix ms.
    pub created_ms: i64,
    /// Unix ms.
    pub last_used_ms: Option<i64>,
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kept")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// A passkey for its owner.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PasskeyView {
    /// Handle.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// Unix ms.
    pub created_ms: i64,
    /// Unix ms of the last sign-in or confirmation with it; absent if there was none.
    pub last_used_ms: Option<i64>,
}

/// What a browser is asked.
#[derive(Debug, Serialize, ToSchema)]
pub struct Question {
    /// Names the question; goes back with the answer, once and within five minutes.
    pub question: String,
    /// What `navigator.credentials` takes (WebAuthn), as JSON: bytes are base64url.
    #[schema(value_type = std::collections::BTreeMap<String, Value>)]
    pub options: Value,
}

/// What a browser answers.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeyAnswer {
    /// Which question.
    pub question: String,
    /// What `navigator.credentials` gave, as JSON: bytes are base64url.
    #[schema(value_type = std::collections::BTreeMap<String, Value>)]
    pub credential: Value,
}

impl std::fmt::Debug for PasskeyAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasskeyAnswer")
    }
}

/// A question under way, with what judges its answer.
#[derive(Debug)]
pub(crate) enum Asked {
    Register(String, [u8; 16], Box<PasskeyRegistration>),
    SignIn(Box<DiscoverableAuthentication>),
    StepUp(String, Box<PasskeyAuthentication>),
}

/// Whether this server can ask for passkeys: its address must have a name, and browsers must trust the line to it.
pub fn offered(app: &App) -> bool {
    relying_party(app).is_ok()
}

fn relying_party(app: &App) -> Result<Webauthn, Error> {
    let off = || Error::from(Code::PasskeysOff);
    let origin = Url::parse(&app.public_url()).map_err(|_| off())?;
    let name = origin.domain().ok_or_else(off)?;
    if origin.scheme() != "https" && name != "localhost" {
        return Err(off());
    }
    let builder = WebauthnBuilder::new(name, &origin).map_err(|_| off())?;
    let builder = builder.rp_name(&app.deployment.name);
    builder.build().map_err(|_| off())
}

/// Asks for a new passkey of somebody who has just confirmed who they are.
pub async fn ask_to_register(app: &App, session: &Session) -> Result<Question, Error> {
    let party = relying_party(app)?;
    let mut read = app.store.read().await?;
    let account = accounts::by_person(&mut read, &session.person).await?;
    let account = account.ok_or(Code::SignedOut)?;
    let person = people::by_id(&mut read, &session.person).await?;
    let person = person.ok_or(Code::SignedOut)?;
    let held = passkeys::of_person(&mut read, &session.person).await?;
    drop(read);
    require_room(&held)?;
    let handle = held.first().map_or_else(rand::random, |kept| kept.user_handle);
    let known = held.iter().map(|kept| kept.passkey.cred_id().clone()).collect();
    let (asked, state) = party
        .start_passkey_registration(
            Uuid::from_bytes(handle),
            &account.login,
            &person.name,
            Some(known),
        )
        .map_err(|_| Error::internal("a passkey cannot be asked for"))?;
    let asked_for = Asked::Register(session.id.clone(), handle, Box::new(state));
    let mut question = question(app, asked_for, &asked.public_key)?;
    // It must be found without a login: who signs in chooses from what the key offers instead of typing.
    question.options["authenticatorSelection"]["residentKey"] = "required".into();
    question.options["authenticatorSelection"]["requireResidentKey"] = true.into();
    Ok(question)
}

/// Takes a new passkey in.
pub async fn register(
    app: &App,
    session: &Session,
    answer: PasskeyAnswer,
    name: &str,
) -> Result<PasskeyView, Error> {
    let name = checked_name(name)?;
    let credential: RegisterPublicKeyCredential = parse(answer.credential)?;
    let party = relying_party(app)?;
    let Some(Asked::Register(asker, user_handle, state)) = app.asked.take(app.now(), &answer.question) else {
        return Err(Code::QuestionOver.into());
    };
    if asker != session.id {
        return Err(Code::QuestionOver.into());
    }
    let passkey = party
        .finish_passkey_registration(&credential, &state)
        .map_err(|_| Error::from(Code::PasskeyRefused))?;
    let now_ms = app.now();
    let kept = Kept {
        id: new_id('k'),
        person: session.person.clone(),
        user_handle,
        passkey,
        name,
        created_ms: now_ms,
        last_used_ms: None,
    };
    let mut tx = app.store.writer().await?;
    require_room(&passkeys::of_person(&mut tx, &session.person).await?)?;
    if passkeys::by_credential(&mut tx, kept.passkey.cred_id())
        .await?
        .is_some()
    {
        return Err(Code::PasskeyRefused.into());
    }
    passkeys::insert(&mut tx, &kept).await?;
    let actor = Actor::oneself(&session.person);
    audit::append(&mut tx, now_ms, &actor, "passkey.create", &kept.id, &[]).await?;
    tx.commit().await?;
    Ok(view(kept))
}

/// Asks whoever sits there for one of their passkeys.
pub fn ask_to_sign_in(app: &App, address: IpAddr) -> Result<Question, Error> {
    app.limiter.login_attempt(address)?;
    let (asked, state) = relying_party(app)?
        .start_discoverable_authentication()
        .map_err(|_| Error::internal("a passkey cannot be asked for"))?;
    question(app, Asked::SignIn(Box::new(state)), &asked.public_key)
}

/// Signs in with a passkey: a new session and the only copy of its token.
pub async fn sign_in(
    app: &App,
    answer: PasskeyAnswer,
    user_agent: &str,
    previous: Option<&str>,
) -> Result<(Session, String), Error> {
    let credential: PublicKeyCredential = parse(answer.credential)?;
    let party = relying_party(app)?;
    let Some(Asked::SignIn(state)) = app.asked.take(app.now(), &answer.question) else {
        return Err(Code::QuestionOver.into());
    };
    let (handle, id) = party
        .identify_discoverable_authentication(&credential)
        .map_err(|_| Error::from(Code::PasskeyRefused))?;
    let kept = passkeys::by_credential(&mut *app.store.read().await?, id).await?;
    let kept = kept.filter(|kept| &kept.user_handle == handle.as_bytes());
    let kept = kept.ok_or(Code::PasskeyRefused)?;
    let key = DiscoverableKey::from(&kept.passkey);
    let Ok(result) = party.finish_discoverable_authentication_v2(&credential, *state, &key) else {
        return refuse(app, &kept.person).await;
    };
    note_use(app, &kept.person, &result).await?;
    let begun = login::Begin {
        person: &kept.person,
        by: "passkey",
        stepped_up: true,
        user_agent,
        previous,
    };
    login::begin(app, begun).await
}

/// Asks somebody who is signed in for one of their own passkeys.
pub async fn ask_to_step_up(app: &App, address: IpAddr, session: &Session) -> Result<Question, Error> {
    app.limiter.login_attempt(address)?;
    let party = relying_party(app)?;
    let held = passkeys::of_person(&mut *app.store.read().await?, &session.person).await?;
    if held.is_empty() {
        return Err(Code::PasskeyRefused.into());
    }
    let held: Vec<Passkey> = held.into_iter().map(|kept| kept.passkey).collect();
    let (asked, state) = party
        .start_passkey_authentication(&held)
        .map_err(|_| Error::internal("a passkey cannot be asked for"))?;
    let asked_for = Asked::StepUp(session.id.clone(), Box::new(state));
    question(app, asked_for, &asked.public_key)
}

/// Confirms the identity behind a session for the next five minutes.
pub async fn step_up(app: &App, session: &Session, answer: PasskeyAnswer) -> Result<(), Error> {
    let credential: PublicKeyCredential = parse(answer.credential)?;
    let party = relying_party(app)?;
    let Some(Asked::StepUp(asker, state)) = app.asked.take(app.now(), &answer.question) else {
        return Err(Code::QuestionOver.into());
    };
    if asker != session.id {
        return Err(Code::QuestionOver.into());
    }
    let Ok(result) = party.finish_passkey_authentication(&credential, &state) else {
        return refuse(app, &session.person).await;
    };
    note_use(app, &session.person, &result).await?;
    let now_ms = app.now();
    let mut tx = app.store.writer().await?;
    sessions::step_up(&mut tx, &session.id, now_ms).await?;
    let actor = Actor::oneself(&session.person);
    let by = [("by", "passkey")];
    audit::append(&mut tx, now_ms, &actor, "session.step_up", &session.id, &by).await?;
    tx.commit().await?;
    Ok(())
}

/// One's own passkeys.
pub async fn list(app: &App, session: &Session) -> Result<Vec<PasskeyView>, Error> {
    let held = passkeys::of_person(&mut *app.store.read().await?, &session.person).await?;
    Ok(held.into_iter().map(view).collect())
}

/// Gives one of one's own passkeys another name; false if there is none of that handle.
pub async fn rename(app: &App, session: &Session, id: &str, name: &str) -> Result<bool, Error> {
    let name = checked_name(name)?;
    let mut tx = app.store.writer().await?;
    let found = passkeys::rename(&mut tx, &session.person, id, &name).await?;
    tx.commit().await?;
    Ok(found)
}

/// Takes one of one's own passkeys away; false if there is none of that handle.
pub async fn remove(app: &App, session: &Session, id: &str) -> Result<bool, Error> {
    let now_ms = app.now();
    let mut tx = app.store.writer().await?;
    let found = passkeys::delete(&mut tx, &session.person, id).await?;
    if found {
        let actor = Actor::oneself(&session.person);
        audit::append(&mut tx, now_ms, &actor, "passkey.delete", id, &[]).await?;
    }
    tx.commit().await?;
    Ok(found)
}

/// Writes the counter down. Judged again inside the transaction: of a key and its copy, one loses.
async fn note_use(app: &App, person: &str, result: &AuthenticationResult) -> Result<(), Error> {
    let mut tx = app.store.writer().await?;
    let kept = passkeys::by_credential(&mut tx, result.cred_id()).await?;
    let kept = kept.filter(|kept| kept.person == person);
    let mut kept = kept.ok_or(Code::PasskeyRefused)?;
    let moved = kept.passkey.update_credential(result).unwrap_or(false);
    if result.counter() > 0 && !moved {
        return Err(Code::PasskeyRefused.into());
    }
    passkeys::used(&mut tx, &kept, app.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// A passkey that is known, and an answer that does not fit it.
async fn refuse<T>(app: &App, person: &str) -> Result<T, Error> {
    let mut tx = app.store.writer().await?;
    let actor = Actor::oneself(person);
    let by = [("by", "passkey")];
    audit::append(&mut tx, app.now(), &actor, "session.refused", person, &by).await?;
    tx.commit().await?;
    Err(Code::PasskeyRefused.into())
}

fn question(app: &App, asked: Asked, options: &impl Serialize) -> Result<Question, Error> {
    let options = serde_json::to_value(options);
    let options = options.map_err(|_| Error::internal("a passkey cannot be asked for"))?;
    let question = app.asked.put(app.now(), asked);
    Ok(Question { question, options })
}

fn parse<T: serde::de::DeserializeOwned>(credential: Value) -> Result<T, Error> {
    serde_json::from_value(credential).map_err(|_| Error::field("/credential", "bad_value"))
}

fn require_room(held: &[Kept]) -> Result<(), Error> {
    if held.len() < limits::PASSKEYS_PER_ACCOUNT_MAX {
        Ok(())
    } else {
        Err(Code::WrongState.into())
    }
}

fn checked_name(name: &str) -> Result<String, Error> {
    let mut check = Check::default();
    let name = name.trim();
    check.name("/name", name);
    check.done()?;
    Ok(name.to_owned())
}

fn view(kept: Kept) -> PasskeyView {
    PasskeyView {
        id: kept.id,
        name: kept.name,
        created_ms: kept.created_ms,
        last_used_ms: kept.last_used_ms,
    }
}

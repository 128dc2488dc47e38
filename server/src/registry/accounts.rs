//! Accounts: a login, a password and a one-time code for a person who signs in at a desk.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Actor, Check, audit};
use crate::app::App;
use crate::auth::login::{self, StepUp};
use crate::auth::session::{self, Session};
use crate::auth::{password, recovery, totp};
use crate::error::{Code, Error};
use crate::limits;
use crate::store::registry::{accounts, passkeys, people, sso_links};

/// An account as stored.
#[derive(Clone)]
pub struct Account {
    /// Person id.
    pub person: String,
    /// Login.
    pub login: String,
    /// Argon2id, PHC string.
    pub password_hash: String,
    /// Secret of the one-time codes; absent if it was left out explicitly.
    pub totp_secret: Option<Vec<u8>>,
    /// Time step of the last code used: each works once.
    pub totp_last_step: i64,
    /// Hashes of the recovery codes left.
    pub recovery_hashes: Vec<String>,
    /// Wrong sign-ins since the last right one.
    pub failures: i64,
    /// Unix ms until which nothing is tried.
    pub locked_until_ms: i64,
    /// Unix ms.
    pub created_ms: i64,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account")
            .field("person", &self.person)
            .finish_non_exhaustive()
    }
}

/// An account for administrators.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AccountView {
    /// Person id.
    pub person: String,
    /// Login.
    pub login: String,
    /// Whether a one-time code is asked for.
    pub totp: bool,
    /// What the single sign-on calls them; absent if their account is not linked.
    pub single_sign_on: Option<String>,
    /// Recovery codes left.
    pub recovery_codes_left: usize,
    /// Unix ms until which sign-in is held after wrong attempts; 0 if it is not.
    pub locked_until_ms: i64,
    /// Unix ms.
    pub created_ms: i64,
}

/// An account to be made.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    /// Person id.
    pub person: String,
    /// Login: 3 to 64 of `A-Za-z0-9._-`.
    #[schema(example = "li.min")]
    pub login: String,
    /// At least 10 characters.
    pub password: String,
}

impl std::fmt::Debug for NewAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewAccount")
            .field("person", &self.person)
            .finish_non_exhaustive()
    }
}

/// What the new owner needs; shown now and never again.
#[derive(Clone, Serialize, ToSchema)]
pub struct Secrets {
    /// Person id.
    pub person: String,
    /// Login.
    pub login: String,
    /// `otpauth://` address for the authenticator app; absent without one-time codes.
    pub otpauth_url: Option<String>,
    /// The same as a QR code (SVG).
    pub otpauth_qr_svg: Option<String>,
    /// Each replaces one one-time code, once.
    pub recovery_codes: Vec<String>,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secrets")
            .field("person", &self.person)
            .finish_non_exhaustive()
    }
}

/// All accounts.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<AccountView>, Error> {
    actor.area.require_everywhere()?;
    let mut read = app.store.read().await?;
    let rows = accounts::all(&mut read).await?;
    let mut links = match &app.config.sso {
        Some(sso) => sso_links::all(&mut read, &sso.issuer).await?,
        None => std::collections::BTreeMap::new(),
    };
    drop(read);
    let view = |row: Account| AccountView {
        single_sign_on: links.remove(&row.person),
        totp: row.totp_secret.is_some(),
        recovery_codes_left: row.recovery_hashes.len(),
        person: row.person,
        login: row.login,
        locked_until_ms: if row.locked_until_ms > app.now() {
            row.locked_until_ms
        } else {
            0
        },
        created_ms: row.created_ms,
    };
    Ok(rows.into_iter().map(view).collect())
}

/// Makes an account. `with_totp: false` is for demonstrations and tests; no route offers it.
pub async fn create(app: &App, actor: &Actor, new: NewAccount, with_totp: bool) -> Result<Secrets, Error> {
    actor.area.require_everywhere()?;
    let mut check = Check::default();
    check.id("/login", &new.login);
    if new.login.len() < 3 {
        check.fail("/login", "bad_value");
    }
    check_password(&mut check, &new.password);
    check.done()?;
    let password_hash = password::hash(app, new.password).await?;
    let (codes, hashes) = if with_totp {
        recovery::generate()
    } else {
        (Vec::new(), Vec::new())
    };
    let secret = with_totp.then(totp::new_secret);
    let now_ms = app.now();
    let account = Account {
        person: new.person,
        login: new.login.to_ascii_lowercase(),
        password_hash,
        totp_secret: secret.clone(),
        totp_last_step: 0,
        recovery_hashes: hashes,
        failures: 0,
        locked_until_ms: 0,
        created_ms: now_ms,
    };
    let mut tx = app.store.writer().await?;
    if people::by_id(&mut tx, &account.person).await?.is_none() {
        return Err(Error::field("/person", "unknown"));
    }
    if accounts::by_person(&mut tx, &account.person).await?.is_some() {
        return Err(Error::field("/person", "taken"));
    }
    if accounts::by_login(&mut tx, &account.login).await?.is_some() {
        return Err(Error::field("/login", "taken"));
    }
    accounts::insert(&mut tx, &account).await?;
    let detail = [("totp", if with_totp { "true" } else { "false" })];
    audit::append(&mut tx, now_ms, actor, "account.create", &account.person, &detail).await?;
    tx.commit().await?;
    secrets(app, account.person, account.login, secret.as_deref(), codes)
}

/// Gives an account a new password, new one-time codes and new recovery codes, takes its passkeys away, and ends its
/// sessions: whoever holds anything of old signs in with it no more.
pub async fn reset(app: &App, actor: &Actor, person: &str, new_password: String) -> Result<Secrets, Error> {
    actor.area.require_everywhere()?;
    let mut check = Check::default();
    check_password(&mut check, &new_password);
    check.done()?;
    let password_hash = password::hash(app, new_password).await?;
    let (codes, hashes) = recovery::generate();
    let secret = totp::new_secret();
    let mut tx = app.store.writer().await?;
    let mut account = accounts::by_person(&mut tx, person)
        .await?
        .ok_or(Code::NotFound)?;
    account.password_hash = password_hash;
    account.totp_secret = Some(secret.clone());
    account.totp_last_step = 0;
    account.recovery_hashes = hashes;
    account.failures = 0;
    account.locked_until_ms = 0;
    accounts::update(&mut tx, &account, app.now()).await?;
    passkeys::delete_all(&mut tx, person).await?;
    let ended = session::end_all(&mut tx, app, person).await?;
    audit::append(&mut tx, app.now(), actor, "account.reset", person, &[]).await?;
    tx.commit().await?;
    app.devices_changed(ended);
    app.relay.sessions_ended(person);
    secrets(app, account.person, account.login, Some(&secret), codes)
}

/// Gives one's own account another password. The proof is asked for anew, however recently it was given; every other
/// session of the account ends.
pub async fn change_password(
    app: &App,
    address: IpAddr,
    session: &Session,
    proof: StepUp,
    new_password: String,
) -> Result<(), Error> {
    let mut check = Check::default();
    if !limits::PASSWORD_CHARS.contains(&new_password.chars().count()) {
        check.fail("/new_password", "bad_value");
    }
    check.done()?;
    let same = proof.password == new_password;
    login::prove_again(app, address, session, proof).await?;
    if same {
        return Err(Error::field("/new_password", "not_allowed"));
    }
    let password_hash = password::hash(app, new_password).await?;
    let now_ms = app.now();
    let mut tx = app.store.writer().await?;
    let account = accounts::by_person(&mut tx, &session.person).await?;
    let mut account = account.ok_or(Code::SignedOut)?;
    account.password_hash = password_hash;
    accounts::update(&mut tx, &account, now_ms).await?;
    let ended = session::end_others(&mut tx, app, session).await?;
    let actor = Actor::oneself(&session.person);
    audit::append(&mut tx, now_ms, &actor, "account.password", &session.person, &[]).await?;
    tx.commit().await?;
    app.devices_changed(ended);
    app.relay.sessions_ended(&session.person);
    Ok(())
}

/// Links an account to what the single sign-on calls its owner; `None` takes the link away. Where there was another
/// one, their sessions end: it may have let somebody else in.
pub async fn link(app: &App, actor: &Actor, person: &str, subject: Option<&str>) -> Result<(), Error> {
    actor.area.require_everywhere()?;
    let sso = app.config.sso.as_ref().ok_or(Code::SsoOff)?;
    if let Some(subject) = subject {
        let mut check = Check::default();
        if subject.is_empty() {
            check.fail("/subject", "required");
        }
        check.text("/subject", subject, limits::SSO_SUBJECT_CHARS_MAX);
        check.done()?;
    }
    let now_ms = app.now();
    let mut tx = app.store.writer().await?;
    let account = accounts::by_person(&mut tx, person).await?;
    account.ok_or(Code::NotFound)?;
    let before = sso_links::delete_all(&mut tx, person).await?;
    if let Some(subject) = subject {
        if sso_links::person(&mut tx, &sso.issuer, subject).await?.is_some() {
            return Err(Error::field("/subject", "taken"));
        }
        sso_links::insert(&mut tx, &sso.issuer, subject, person, now_ms).await?;
    }
    let ended = if before {
        session::end_all(&mut tx, app, person).await?
    } else {
        Vec::new()
    };
    let action = subject.map_or("account.unlink", |_| "account.link");
    audit::append(&mut tx, now_ms, actor, action, person, &[]).await?;
    tx.commit().await?;
    app.devices_changed(ended);
    app.relay.sessions_ended(person);
    Ok(())
}

/// Removes an account and ends its sessions; the person stays.
pub async fn delete(app: &App, actor: &Actor, person: &str) -> Result<(), Error> {
    actor.area.require_everywhere()?;
    if actor.id == person {
        return Err(Code::NotAllowed.into());
    }
    let mut tx = app.store.writer().await?;
    accounts::by_person(&mut tx, person)
        .await?
        .ok_or(Code::NotFound)?;
    let ended = session::end_all(&mut tx, app, person).await?;
    passkeys::delete_all(&mut tx, person).await?;
    sso_links::delete_all(&mut tx, person).await?;
    accounts::delete(&mut tx, person).await?;
    audit::append(&mut tx, app.now(), actor, "account.delete", person, &[]).await?;
    tx.commit().await?;
    app.devices_changed(ended);
    app.relay.sessions_ended(person);
    Ok(())
}

fn check_password(check: &mut Check, password: &str) {
    if !limits::PASSWORD_CHARS.contains(&password.chars().count()) {
        check.fail("/password", "bad_value");
    }
}

fn secrets(
    app: &App,
    person: String,
    login: String,
    secret: Option<&[u8]>,
    recovery_codes: Vec<String>,
) -> Result<Secrets, Error> {
    let otpauth_url = secret
        .map(|secret| totp::url(secret, &login, &app.deployment.name))
        .transpose()?;
    let otpauth_qr_svg = otpauth_url
        .as_deref()
        .map(super::invitations::qr_svg)
        .transpose()?;
    Ok(Secrets {
        person,
        login,
        otpauth_url,
        otpauth_qr_svg,
        recovery_codes,
    })
}

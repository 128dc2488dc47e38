//! Signing in and confirming one's identity: the one place where a password and a code are judged, and where a session
//! begins, whatever proved who somebody is.

use std::net::IpAddr;

use serde::Deserialize;
use utoipa::ToSchema;

use super::session::{self, Session};
use super::{password, recovery, totp};
use crate::app::App;
use crate::error::{Code, Error};
use crate::limits;
use crate::registry::accounts::Account;
use crate::registry::{Actor, audit, new_id};
use crate::store::registry::{accounts, devices, people, sessions};

/// What a person signs in with.
#[derive(Clone)]
pub struct Credentials {
    /// Login.
    pub login: String,
    /// Password.
    pub password: String,
    /// One-time code, or a recovery code in its place.
    pub code: Option<String>,
}

/// What a signed-in person confirms their identity with.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepUp {
    /// Password.
    pub password: String,
    /// One-time code, or a recovery code in its place.
    pub code: Option<String>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials")
    }
}

impl std::fmt::Debug for StepUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StepUp")
    }
}

/// Signs in: a new session and the only copy of its token. `previous` is a token the browser still held; it ends.
pub async fn sign_in(
    app: &App,
    address: IpAddr,
    credentials: Credentials,
    user_agent: &str,
    previous: Option<&str>,
) -> Result<(Session, String), Error> {
    app.limiter.login_attempt(address)?;
    let login = credentials.login.trim().to_ascii_lowercase();
    let account = accounts::by_login(&mut *app.store.read().await?, &login).await?;
    let Some(account) = account else {
        password::verify(app, credentials.password, None).await?;
        app.limiter.unknown_login(&login)?;
        return Err(Code::BadCredentials.into());
    };
    prove(app, &account, credentials.password, credentials.code.as_deref()).await?;
    let begun = Begin {
        person: &account.person,
        by: "password",
        stepped_up: true,
        user_agent,
        previous,
    };
    begin(app, begun).await
}

/// A session to begin: whose, by what proof, and whether that also confirms their identity for decisions.
pub(crate) struct Begin<'a> {
    pub(crate) person: &'a str,
    pub(crate) by: &'static str,
    pub(crate) stepped_up: bool,
    pub(crate) user_agent: &'a str,
    pub(crate) previous: Option<&'a str>,
}

/// Begins a session for somebody who has proved who they are.
pub(crate) async fn begin(app: &App, begun: Begin<'_>) -> Result<(Session, String), Error> {
    let now_ms = app.now();
    let token = session::new_token();
    let session = Session {
        id: new_id('s'),
        person: begun.person.to_owned(),
        created_ms: now_ms,
        last_seen_ms: now_ms,
        expires_ms: now_ms + limits::SESSION_ABSOLUTE_MS,
        stepped_up_ms: if begun.stepped_up { now_ms } else { 0 },
        user_agent: begun
            .user_agent
            .chars()
            .filter(|c| !c.is_control())
            .take(200)
            .collect(),
    };
    let mut tx = app.store.writer().await?;
    if !people::by_id(&mut tx, begun.person)
        .await?
        .is_some_and(|person| person.active)
    {
        return Err(Code::BadCredentials.into());
    }
    let mut ended = Vec::new();
    if let Some(previous) = begun.previous
        && let Some((person, id)) = sessions::end_by_hash(&mut tx, &session::token_hash(previous)).await?
    {
        ended = devices::end_desks(&mut tx, &person, Some(&id), now_ms).await?;
    }
    sessions::purge(&mut tx, now_ms, limits::SESSION_IDLE_MS).await?;
    sessions::insert(&mut tx, &session, &session::token_hash(&token)).await?;
    sessions::keep_newest(&mut tx, begun.person, limits::SESSIONS_PER_ACCOUNT_MAX).await?;
    audit::append(
        &mut tx,
        now_ms,
        &Actor::oneself(begun.person),
        "session.login",
        &session.id,
        &[("by", begun.by)],
    )
    .await?;
    tx.commit().await?;
    app.devices_changed(ended);
    Ok((session, token))
}

/// Confirms the identity behind a session for the next five minutes.
pub async fn step_up(app: &App, address: IpAddr, session: &Session, proof: StepUp) -> Result<(), Error> {
    prove_again(app, address, session, proof).await?;
    let now_ms = app.now();
    let mut tx = app.store.writer().await?;
    sessions::step_up(&mut tx, &session.id, now_ms).await?;
    let actor = Actor::oneself(&session.person);
    audit::append(&mut tx, now_ms, &actor, "session.step_up", &session.id, &[]).await?;
    tx.commit().await?;
    Ok(())
}

/// Judges the proof of somebody who is signed in.
pub(crate) async fn prove_again(
    app: &App,
    address: IpAddr,
    session: &Session,
    proof: StepUp,
) -> Result<(), Error> {
    app.limiter.login_attempt(address)?;
    let account = accounts::by_person(&mut *app.store.read().await?, &session.person).await?;
    let account = account.ok_or(Code::SignedOut)?;
    prove(app, &account, proof.password, proof.code.as_deref()).await
}

/// Judges password and second factor, counts failures, and uses up what works once.
async fn prove(app: &App, account: &Account, password: String, code: Option<&str>) -> Result<(), Error> {
    require_unlocked(account, app.now())?;
    let password_fits = password::verify(app, password, Some(account.password_hash.clone())).await?;

    // Judged again inside the transaction: of two sign-ins with one code, one loses.
    let now_ms = app.now();
    let mut tx = app.store.writer().await?;
    let mut account = accounts::by_person(&mut tx, &account.person)
        .await?
        .ok_or(Code::BadCredentials)?;
    require_unlocked(&account, now_ms)?;
    let fits = password_fits && second_factor(&mut account, code.unwrap_or(""), now_ms);
    if fits {
        account.failures = 0;
        account.locked_until_ms = 0;
    } else {
        account.failures += 1;
        account.locked_until_ms = now_ms + lock_ms(account.failures);
        audit::append(
            &mut tx,
            now_ms,
            &Actor::oneself(&account.person),
            "session.refused",
            &account.person,
            &[],
        )
        .await?;
    }
    accounts::update(&mut tx, &account, now_ms).await?;
    tx.commit().await?;
    if fits {
        Ok(())
    } else {
        Err(Code::BadCredentials.into())
    }
}

fn require_unlocked(account: &Account, now_ms: i64) -> Result<(), Error> {
    match account.locked_until_ms - now_ms {
        ..=0 => Ok(()),
        wait_ms => Err(Error::retry(
            Code::AccountLocked,
            u64::try_from(wait_ms / 1000).unwrap_or(0) + 1,
        )),
    }
}

fn second_factor(account: &mut Account, code: &str, now_ms: i64) -> bool {
    let Some(secret) = &account.totp_secret else {
        return true;
    };
    match totp::check(secret, code, account.totp_last_step, now_ms) {
        Some(step) => {
            account.totp_last_step = step;
            true
        }
        None => recovery::redeem(&mut account.recovery_hashes, code),
    }
}

/// Pause after this many failures in a row.
fn lock_ms(failures: i64) -> i64 {
    if failures < limits::LOGIN_FAILURES_FREE {
        return 0;
    }
    let doublings = (failures - limits::LOGIN_FAILURES_FREE).min(10);
    (limits::LOGIN_LOCK_MS << doublings).min(limits::LOGIN_LOCK_MS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_grows_but_never_locks_for_good() {
        assert_eq!(lock_ms(4), 0);
        assert_eq!(lock_ms(5), limits::LOGIN_LOCK_MS);
        assert_eq!(lock_ms(6), 2 * limits::LOGIN_LOCK_MS);
        assert_eq!(lock_ms(1_000_000), limits::LOGIN_LOCK_MS_MAX);
    }
}

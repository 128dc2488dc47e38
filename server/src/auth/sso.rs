//! Single sign-on: somebody the issuer of an office vouches for (OpenID Connect) signs in to the account an administrator
//! has linked. Never makes an account, and never confirms an identity for decisions: an issuer may vouch for somebody it
//! saw this morning.
//!
//! Code flow with PKCE, nonce and state; the state belongs to one browser, once, for five minutes. What the issuer's token
//! says counts only after `openidconnect` has checked signature, issuer, audience, nonce and time.

use std::net::IpAddr;
use std::time::Duration;

use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreProviderMetadata};
use openidconnect::{
    AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest, HttpResponse, IssuerUrl, Nonce,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, TokenResponse,
};
use serde_json::Value;

use super::session::{Session, new_token};
use super::{login, same_bytes};
use crate::app::App;
use crate::error::{Code, Error};
use crate::limits;
use crate::store::registry::sso_links;

/// Where the issuer sends the browser back to.
pub const BACK: &str = "/api/v1/session/single-sign-on/back";

/// How this server takes part in a single sign-on.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Issuer, as its tokens name it.
    pub issuer: String,
    /// What the issuer calls this server.
    pub client_id: String,
    /// File of the secret they share.
    pub client_secret_file: std::path::PathBuf,
    /// Claim by which administrators link accounts.
    pub claim: String,
    /// What the sign-in page calls it.
    pub name: String,
}

/// A round trip under way.
#[derive(Debug)]
pub(crate) struct Trip {
    nonce: Nonce,
    verifier: PkceCodeVerifier,
    browser: String,
}

/// Where to send the browser, and what it keeps meanwhile.
#[derive(Debug)]
pub struct Away {
    /// The issuer's page.
    pub url: String,
    /// Goes into a cookie: the way back counts in this browser only.
    pub browser: String,
}

/// What the issuer sent the browser back with.
#[derive(Debug)]
pub struct Back<'a> {
    /// Which round trip.
    pub state: &'a str,
    /// To be exchanged for the token.
    pub code: &'a str,
    /// What the browser kept.
    pub browser: &'a str,
}

/// What can go wrong between this server and the issuer; no text of theirs is repeated.
#[derive(Debug, thiserror::Error)]
enum LineError {
    #[error("the issuer cannot be reached")]
    Unreachable(#[from] reqwest::Error),
    #[error("the issuer's answer is too long")]
    TooLong,
    #[error("the issuer's answer is no answer")]
    Unreadable(#[from] http::Error),
}

/// Sends the browser to the issuer.
pub async fn leave(app: &App, address: IpAddr) -> Result<Away, Error> {
    let settings = settings(app)?;
    app.limiter.login_attempt(address)?;
    let client = CoreClient::from_provider_metadata(
        issuer(settings).await?,
        ClientId::new(settings.client_id.clone()),
        None,
    )
    .set_redirect_uri(way_back(app)?);
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (nonce, browser) = (Nonce::new_random(), new_token());
    let trip = Trip {
        nonce: nonce.clone(),
        verifier,
        browser: browser.clone(),
    };
    let state = app.trips.put(app.now(), trip);
    let request = client.authorize_url(
        CoreAuthenticationFlow::AuthorizationCode,
        move || CsrfToken::new(state),
        move || nonce,
    );
    let request = if settings.claim == "sub" {
        request
    } else {
        let scopes = ["profile", "email"].map(|scope| Scope::new(scope.to_owned()));
        request.add_scopes(scopes)
    };
    let (url, _, _) = request.set_pkce_challenge(challenge).url();
    Ok(Away {
        url: url.into(),
        browser,
    })
}

/// Takes somebody back from the issuer: a new session and the only copy of its token.
pub async fn come_back(
    app: &App,
    back: Back<'_>,
    user_agent: &str,
    previous: Option<&str>,
) -> Result<(Session, String), Error> {
    let settings = settings(app)?;
    let trip = app.trips.take(app.now(), back.state);
    let trip = trip.ok_or(Code::QuestionOver)?;
    if !same_bytes(trip.browser.as_bytes(), back.browser.as_bytes()) {
        return Err(Code::QuestionOver.into());
    }
    let subject = vouched(app, settings, trip, back.code).await?;
    let mut read = app.store.read().await?;
    let person = sso_links::person(&mut read, &settings.issuer, &subject).await?;
    drop(read);
    let person = person.ok_or(Code::SsoUnknown)?;
    let begun = login::Begin {
        person: &person,
        by: "single_sign_on",
        stepped_up: false,
        user_agent,
        previous,
    };
    login::begin(app, begun).await
}

/// Exchanges the code and reads the claim out of a token that has stood every check.
async fn vouched(app: &App, settings: &Settings, trip: Trip, code: &str) -> Result<String, Error> {
    let secret = std::fs::read_to_string(&settings.client_secret_file)
        .map_err(|_| Error::internal("the secret of the single sign-on cannot be read"))?;
    let client = CoreClient::from_provider_metadata(
        issuer(settings).await?,
        ClientId::new(settings.client_id.clone()),
        Some(ClientSecret::new(secret.trim().to_owned())),
    )
    .set_redirect_uri(way_back(app)?);
    let refused = || Error::from(Code::SsoRefused);
    let tokens = client
        .exchange_code(AuthorizationCode::new(code.to_owned()))
        .map_err(|_| refused())?
        .set_pkce_verifier(trip.verifier)
        .request_async(&ask)
        .await
        .map_err(|_| refused())?;
    let token = tokens.id_token().ok_or_else(refused)?;
    token
        .claims(&client.id_token_verifier(), &trip.nonce)
        .map_err(|_| refused())?;
    // Checked above as a whole; here only one word of it is looked up.
    let text = token.to_string();
    let payload = text.split('.').nth(1).unwrap_or_default();
    let payload = data_encoding::BASE64URL_NOPAD.decode(payload.as_bytes());
    let claims: Value = serde_json::from_slice(&payload.map_err(|_| refused())?).map_err(|_| refused())?;
    let subject = claims[&settings.claim].as_str().filter(|text| !text.is_empty());
    subject.map(str::to_owned).ok_or_else(refused)
}

fn settings(app: &App) -> Result<&Settings, Error> {
    app.config.sso.as_ref().ok_or_else(|| Code::SsoOff.into())
}

fn way_back(app: &App) -> Result<RedirectUrl, Error> {
    RedirectUrl::new(format!("{}{BACK}", app.public_url())).map_err(|_| Code::SsoOff.into())
}

/// What the issuer says of itself, with its present keys.
async fn issuer(settings: &Settings) -> Result<CoreProviderMetadata, Error> {
    let url = IssuerUrl::new(settings.issuer.clone()).map_err(|_| Error::from(Code::SsoOff))?;
    CoreProviderMetadata::discover_async(url, &ask)
        .await
        .map_err(|_| Error::from(Code::Unavailable))
}

/// One request to the issuer: no redirects, bounded in time and size.
async fn ask(request: HttpRequest) -> Result<HttpResponse, LineError> {
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(limits::SSO_TIMEOUT_S))
        .build()?;
    let mut response = client.execute(request.try_into()?).await?;
    let mut answer = http::Response::builder().status(response.status());
    for (name, value) in response.headers() {
        answer = answer.header(name, value);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() > limits::SSO_ANSWER_BYTES_MAX {
            return Err(LineError::TooLong);
        }
    }
    Ok(answer.body(body)?)
}

//! Signing in and out, confirming one's identity, and one's own sessions.

use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{ClientAddress, Json, Path, SignedIn, require_own_site, set_cookie, token};
use crate::app::App;
use crate::auth::login::{self, Credentials, StepUp};
use crate::auth::passkeys;
use crate::auth::session::{self, SessionView};
use crate::error::{Code, Error};
use crate::limits;
use crate::problem::Problem;
use crate::registry::people::Person;
use crate::registry::{Role, accounts};
use crate::store::registry::people;

/// What somebody signs in with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LoginRequest {
    /// Login.
    login: String,
    /// Password.
    password: String,
    /// One-time code, or a recovery code in its place.
    code: Option<String>,
    /// For scripts: answer with the token instead of a cookie.
    #[serde(default)]
    want_token: bool,
}

/// Another password for oneself.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    /// Password that has held so far.
    password: String,
    /// One-time code, or a recovery code in its place.
    code: Option<String>,
    /// 10 to 256 characters.
    new_password: String,
}

/// Who is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// The person.
    pub person: Person,
    /// Whether they may administer.
    pub administrator: bool,
    /// This session's handle.
    pub session: String,
    /// Unix ms at which the session ends whatever happens.
    pub expires_ms: i64,
    /// Unix ms until which decisions need no further confirmation.
    pub stepped_up_until_ms: i64,
    /// How many passkeys they have.
    pub passkeys: usize,
    /// The session token, if the script asked for it. Send it as `Authorization: Bearer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// How one may sign in here.
#[derive(Debug, Serialize, ToSchema)]
pub struct Ways {
    /// Whether passkeys can be used at this address.
    pub passkeys: bool,
    /// What the single sign-on is called, if there is one.
    pub single_sign_on: Option<String>,
}

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(sign_in, sign_out))
        .routes(routes!(ways))
        .routes(routes!(step_up))
        .routes(routes!(me))
        .routes(routes!(change_password))
        .routes(routes!(list))
        .routes(routes!(end))
}

/// Sign in
///
/// Always begins a new session; a session the browser still held ends.
#[utoipa::path(post, path = "/api/v1/session", tag = "session", operation_id = "signIn", security(()),
    request_body = LoginRequest,
    responses((status = 200, body = Me), (status = 401, body = Problem), (status = 429, body = Problem)))]
async fn sign_in(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    Json(request): Json<LoginRequest>,
) -> Result<Response, Error> {
    require_own_door(&headers)?;
    let previous = token(&app, &headers).map(|(token, _)| token);
    let credentials = Credentials {
        login: request.login,
        password: request.password,
        code: request.code,
    };
    let (session, token) = login::sign_in(
        &app,
        address,
        credentials,
        user_agent(&headers),
        previous.as_deref(),
    )
    .await?;
    welcome(&app, &session, token, request.want_token).await
}

/// Nobody is to be signed in as somebody else by another site.
pub(super) fn require_own_door(headers: &HeaderMap) -> Result<(), Error> {
    if headers.contains_key(header::ORIGIN) || headers.contains_key("sec-fetch-site") {
        require_own_site(&http::Method::POST, headers)?;
    }
    Ok(())
}

/// What the browser calls itself.
pub(super) fn user_agent(headers: &HeaderMap) -> &str {
    let value = headers.get(header::USER_AGENT);
    value.and_then(|value| value.to_str().ok()).unwrap_or("")
}

/// Answers a sign-in: the token goes into a cookie no script can read, or to a script that asked for it.
pub(super) async fn welcome(
    app: &App,
    session: &session::Session,
    token: String,
    want_token: bool,
) -> Result<Response, Error> {
    let mut me = describe(app, session).await?;
    if want_token {
        me.token = Some(token);
        return Ok(axum::Json(me).into_response());
    }
    let cookie = set_cookie(app, Some(&token));
    Ok((AppendHeaders([(header::SET_COOKIE, cookie)]), axum::Json(me)).into_response())
}

/// How one may sign in
#[utoipa::path(get, path = "/api/v1/session/ways", tag = "session", operation_id = "signInWays", security(()),
    responses((status = 200, body = Ways), (status = 429, body = Problem)))]
async fn ways(State(app): State<App>) -> axum::Json<Ways> {
    axum::Json(Ways {
        passkeys: passkeys::offered(&app),
        single_sign_on: app.config.sso.as_ref().map(|sso| sso.name.clone()),
    })
}

/// Sign out
#[utoipa::path(delete, path = "/api/v1/session", tag = "session", operation_id = "signOut",
    responses((status = 204), (status = 401, body = Problem)))]
async fn sign_out(State(app): State<App>, SignedIn(session): SignedIn) -> Result<impl IntoResponse, Error> {
    session::end(&app, &session.person, &session.id).await?;
    Ok((
        StatusCode::NO_CONTENT,
        AppendHeaders([(header::SET_COOKIE, set_cookie(&app, None))]),
    ))
}

/// Confirm one's identity
///
/// Opens the decisions that need it for five minutes.
#[utoipa::path(post, path = "/api/v1/session/step-up", tag = "session", operation_id = "stepUp",
    request_body = StepUp,
    responses((status = 204), (status = 401, body = Problem), (status = 429, body = Problem)))]
async fn step_up(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    SignedIn(session): SignedIn,
    Json(proof): Json<StepUp>,
) -> Result<StatusCode, Error> {
    login::step_up(&app, address, &session, proof).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who is signed in
#[utoipa::path(get, path = "/api/v1/me", tag = "session", operation_id = "me",
    responses((status = 200, body = Me), (status = 401, body = Problem)))]
async fn me(State(app): State<App>, SignedIn(session): SignedIn) -> Result<axum::Json<Me>, Error> {
    Ok(axum::Json(describe(&app, &session).await?))
}

/// Change one's own password
///
/// Asks for the old one and a one-time code whatever was confirmed before. Every other session of the account ends.
#[utoipa::path(post, path = "/api/v1/me/password", tag = "session", operation_id = "changePassword",
    request_body = NewPassword,
    responses((status = 204), (status = 401, body = Problem), (status = 422, body = Problem),
        (status = 429, body = Problem)))]
async fn change_password(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    SignedIn(session): SignedIn,
    Json(request): Json<NewPassword>,
) -> Result<StatusCode, Error> {
    let proof = StepUp {
        password: request.password,
        code: request.code,
    };
    accounts::change_password(&app, address, &session, proof, request.new_password).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// One's own sessions
#[utoipa::path(get, path = "/api/v1/sessions", tag = "session", operation_id = "listSessions",
    responses((status = 200, body = Vec<SessionView>), (status = 401, body = Problem)))]
async fn list(
    State(app): State<App>,
    SignedIn(session): SignedIn,
) -> Result<axum::Json<Vec<SessionView>>, Error> {
    Ok(axum::Json(session::list(&app, &session).await?))
}

/// End one of one's own sessions
#[utoipa::path(delete, path = "/api/v1/sessions/{id}", tag = "session", operation_id = "endSession",
    params(("id" = String, Path, description = "Handle of the session")),
    responses((status = 204), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn end(
    State(app): State<App>,
    SignedIn(session): SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Error> {
    if session::end(&app, &session.person, &id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Code::NotFound.into())
    }
}

async fn describe(app: &App, session: &session::Session) -> Result<Me, Error> {
    let mut read = app.store.read().await?;
    let person = people::by_id(&mut read, &session.person).await?;
    let held = crate::store::registry::passkeys::of_person(&mut read, &session.person).await?;
    let person = person.filter(|person| person.active).ok_or(Code::SignedOut)?;
    Ok(Me {
        administrator: person.role == Role::Admin,
        person,
        session: session.id.clone(),
        passkeys: held.len(),
        expires_ms: session.expires_ms,
        stepped_up_until_ms: session.stepped_up_ms + limits::STEP_UP_MS,
        token: None,
    })
}

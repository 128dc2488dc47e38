//! Passkeys: signing in and confirming one's identity with one, and one's own list of them.

use axum::Json as Answer;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{ClientAddress, Json, Path, SignedIn, token};
use super::session::{require_own_door, user_agent, welcome};
use crate::app::App;
use crate::auth::passkeys::{self, PasskeyAnswer, PasskeyView, Question};
use crate::error::{Code, Error};
use crate::problem::Problem;

/// What somebody signs in with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasskeyLogin {
    /// Which question.
    question: String,
    /// What `navigator.credentials` gave, as JSON: bytes are base64url.
    #[schema(value_type = std::collections::BTreeMap<String, Value>)]
    credential: Value,
    /// For scripts: answer with the token instead of a cookie.
    #[serde(default)]
    want_token: bool,
}

/// A passkey to be kept.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPasskey {
    /// Which question.
    question: String,
    /// What `navigator.credentials` gave, as JSON: bytes are base64url.
    #[schema(value_type = std::collections::BTreeMap<String, Value>)]
    credential: Value,
    /// What its owner calls it.
    #[schema(example = "办公室电脑")]
    name: String,
}

/// Another name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasskeyName {
    /// 1 to 100 characters.
    name: String,
}

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(ask_to_sign_in))
        .routes(routes!(sign_in))
        .routes(routes!(ask_to_step_up))
        .routes(routes!(step_up))
        .routes(routes!(list, register))
        .routes(routes!(ask_to_register))
        .routes(routes!(rename, remove))
}

/// Ask for a passkey to sign in with
#[utoipa::path(post, path = "/api/v1/session/passkey/question", tag = "session", operation_id = "askForPasskey",
    security(()),
    responses((status = 200, body = Question), (status = 409, body = Problem), (status = 429, body = Problem)))]
async fn ask_to_sign_in(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
) -> Result<Answer<Question>, Error> {
    Ok(Answer(passkeys::ask_to_sign_in(&app, address)?))
}

/// Sign in with a passkey
///
/// Stands for password and one-time code together. Always begins a new session; a session the browser still held ends.
#[utoipa::path(post, path = "/api/v1/session/passkey", tag = "session", operation_id = "signInWithPasskey",
    security(()), request_body = PasskeyLogin,
    responses((status = 200, body = super::session::Me), (status = 401, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn sign_in(
    State(app): State<App>,
    headers: HeaderMap,
    Json(request): Json<PasskeyLogin>,
) -> Result<Response, Error> {
    require_own_door(&headers)?;
    let previous = token(&app, &headers).map(|(token, _)| token);
    let answer = PasskeyAnswer {
        question: request.question,
        credential: request.credential,
    };
    let (session, token) = passkeys::sign_in(&app, answer, user_agent(&headers), previous.as_deref()).await?;
    welcome(&app, &session, token, request.want_token).await
}

/// Ask for one of one's own passkeys
#[utoipa::path(post, path = "/api/v1/session/step-up/passkey/question", tag = "session",
    operation_id = "askForOwnPasskey",
    responses((status = 200, body = Question), (status = 401, body = Problem), (status = 409, body = Problem),
        (status = 429, body = Problem)))]
async fn ask_to_step_up(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    SignedIn(session): SignedIn,
) -> Result<Answer<Question>, Error> {
    Ok(Answer(passkeys::ask_to_step_up(&app, address, &session).await?))
}

/// Confirm one's identity with a passkey
///
/// Opens the decisions that need it for five minutes.
#[utoipa::path(post, path = "/api/v1/session/step-up/passkey", tag = "session", operation_id = "stepUpWithPasskey",
    request_body = PasskeyAnswer,
    responses((status = 204), (status = 401, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn step_up(
    State(app): State<App>,
    SignedIn(session): SignedIn,
    Json(answer): Json<PasskeyAnswer>,
) -> Result<StatusCode, Error> {
    passkeys::step_up(&app, &session, answer).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// One's own passkeys
#[utoipa::path(get, path = "/api/v1/me/passkeys", tag = "session", operation_id = "listPasskeys",
    responses((status = 200, body = Vec<PasskeyView>), (status = 401, body = Problem)))]
async fn list(
    State(app): State<App>,
    SignedIn(session): SignedIn,
) -> Result<Answer<Vec<PasskeyView>>, Error> {
    Ok(Answer(passkeys::list(&app, &session).await?))
}

/// Ask for a new passkey
#[utoipa::path(post, path = "/api/v1/me/passkeys/question", tag = "session", operation_id = "askForNewPasskey",
    responses((status = 200, body = Question), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 409, body = Problem)))]
async fn ask_to_register(
    State(app): State<App>,
    SignedIn(session): SignedIn,
) -> Result<Answer<Question>, Error> {
    session.require_step_up(app.now())?;
    Ok(Answer(passkeys::ask_to_register(&app, &session).await?))
}

/// Keep a new passkey
///
/// Answers a question of this same session, for which the identity was confirmed.
#[utoipa::path(post, path = "/api/v1/me/passkeys", tag = "session", operation_id = "addPasskey",
    request_body = NewPasskey,
    responses((status = 201, body = PasskeyView), (status = 401, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn register(
    State(app): State<App>,
    SignedIn(session): SignedIn,
    Json(new): Json<NewPasskey>,
) -> Result<(StatusCode, Answer<PasskeyView>), Error> {
    let answer = PasskeyAnswer {
        question: new.question,
        credential: new.credential,
    };
    let kept = passkeys::register(&app, &session, answer, &new.name).await?;
    Ok((StatusCode::CREATED, Answer(kept)))
}

/// Rename one of one's own passkeys
#[utoipa::path(patch, path = "/api/v1/me/passkeys/{id}", tag = "session", operation_id = "renamePasskey",
    params(("id" = String, Path, description = "Handle of the passkey")), request_body = PasskeyName,
    responses((status = 204), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
async fn rename(
    State(app): State<App>,
    SignedIn(session): SignedIn,
    Path(id): Path<String>,
    Json(wanted): Json<PasskeyName>,
) -> Result<StatusCode, Error> {
    found(passkeys::rename(&app, &session, &id, &wanted.name).await?)
}

/// Remove one of one's own passkeys
#[utoipa::path(delete, path = "/api/v1/me/passkeys/{id}", tag = "session", operation_id = "removePasskey",
    params(("id" = String, Path, description = "Handle of the passkey")),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
async fn remove(
    State(app): State<App>,
    SignedIn(session): SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Error> {
    session.require_step_up(app.now())?;
    found(passkeys::remove(&app, &session, &id).await?)
}

fn found(found: bool) -> Result<StatusCode, Error> {
    if found {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Code::NotFound.into())
    }
}

//! Accounts of people who sign in at a desk.

use axum::Json as Answer;
use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Admin, Json, Path, SteppedUp};
use crate::app::App;
use crate::error::Error;
use crate::problem::Problem;
use crate::registry::accounts::{self, AccountView, NewAccount, Secrets};

/// A new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Reset {
    /// At least 10 characters.
    password: String,
}

/// Whom the single sign-on vouches for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Link {
    /// Value of the claim agreed on: what the single sign-on calls the person.
    subject: String,
}

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(delete))
        .routes(routes!(reset))
        .routes(routes!(link, unlink))
}

/// All accounts
#[utoipa::path(get, path = "/api/v1/accounts", tag = "accounts", operation_id = "listAccounts",
    responses((status = 200, body = Vec<AccountView>), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn list(State(app): State<App>, admin: Admin) -> Result<Answer<Vec<AccountView>>, Error> {
    Ok(Answer(accounts::list(&app, &admin.actor).await?))
}

/// Make an account
///
/// The secrets in the answer are shown once.
#[utoipa::path(post, path = "/api/v1/accounts", tag = "accounts", operation_id = "createAccount",
    request_body = NewAccount,
    responses((status = 201, body = Secrets), (status = 403, body = Problem), (status = 422, body = Problem)))]
async fn create(
    State(app): State<App>,
    SteppedUp(actor): SteppedUp,
    Json(account): Json<NewAccount>,
) -> Result<(StatusCode, Answer<Secrets>), Error> {
    Ok((
        StatusCode::CREATED,
        Answer(accounts::create(&app, &actor, account, true).await?),
    ))
}

/// Give an account new secrets
#[utoipa::path(post, path = "/api/v1/accounts/{person}/reset", tag = "accounts", operation_id = "resetAccount",
    params(("person" = String, Path, description = "Id of the person")), request_body = Reset,
    responses((status = 200, body = Secrets), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn reset(
    State(app): State<App>,
    SteppedUp(actor): SteppedUp,
    Path(person): Path<String>,
    Json(reset): Json<Reset>,
) -> Result<Answer<Secrets>, Error> {
    Ok(Answer(
        accounts::reset(&app, &actor, &person, reset.password).await?,
    ))
}

/// Remove an account
#[utoipa::path(delete, path = "/api/v1/accounts/{person}", tag = "accounts", operation_id = "deleteAccount",
    params(("person" = String, Path, description = "Id of the person")),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn delete(
    State(app): State<App>,
    SteppedUp(actor): SteppedUp,
    Path(person): Path<String>,
) -> Result<StatusCode, Error> {
    accounts::delete(&app, &actor, &person).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Link an account to a single sign-on
///
/// Whom the issuer calls so signs in to this account from then on.
#[utoipa::path(put, path = "/api/v1/accounts/{person}/single-sign-on", tag = "accounts", operation_id = "linkAccount",
    params(("person" = String, Path, description = "Id of the person")), request_body = Link,
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn link(
    State(app): State<App>,
    SteppedUp(actor): SteppedUp,
    Path(person): Path<String>,
    Json(link): Json<Link>,
) -> Result<StatusCode, Error> {
    accounts::link(&app, &actor, &person, Some(link.subject.trim())).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take the link to a single sign-on away
#[utoipa::path(delete, path = "/api/v1/accounts/{person}/single-sign-on", tag = "accounts",
    operation_id = "unlinkAccount", params(("person" = String, Path, description = "Id of the person")),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
async fn unlink(
    State(app): State<App>,
    SteppedUp(actor): SteppedUp,
    Path(person): Path<String>,
) -> Result<StatusCode, Error> {
    accounts::link(&app, &actor, &person, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

//! Invitations.

use axum::Json as Answer;
use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Admin, Json, Path, Query};
use crate::app::App;
use crate::error::Error;
use crate::problem::Problem;
use crate::registry::invitations::{self, Created, Invitation, NewInvitation};
use crate::registry::{Page, Slice};

/// Several invitations: all are made or none.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Bulk {
    /// At most 200.
    invitations: Vec<NewInvitation>,
}

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(create_bulk))
        .routes(routes!(revoke))
}

/// Invitations in one's area, newest first
#[utoipa::path(get, path = "/api/v1/invitations", tag = "invitations", operation_id = "listInvitations",
    params(Slice),
    responses((status = 200, body = Page<Invitation>), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn list(
    State(app): State<App>,
    admin: Admin,
    Query(slice): Query<Slice>,
) -> Result<Answer<Page<Invitation>>, Error> {
    Ok(Answer(invitations::list(&app, &admin.actor, &slice).await?))
}

/// Invite a person's phone
///
/// Code, link and QR code are shown once. Letting the device in is a decision of its own.
#[utoipa::path(post, path = "/api/v1/invitations", tag = "invitations", operation_id = "createInvitation",
    request_body = NewInvitation,
    responses((status = 201, body = Created), (status = 403, body = Problem), (status = 422, body = Problem)))]
async fn create(
    State(app): State<App>,
    admin: Admin,
    Json(invitation): Json<NewInvitation>,
) -> Result<(StatusCode, Answer<Created>), Error> {
    let mut made = invitations::create(&app, &admin.actor, &[invitation]).await?;
    let made = made
        .pop()
        .ok_or_else(|| Error::internal("an invitation was not made"))?;
    Ok((StatusCode::CREATED, Answer(made)))
}

/// Invite many phones at once
#[utoipa::path(post, path = "/api/v1/invitations/bulk", tag = "invitations", operation_id = "createInvitations",
    request_body = Bulk,
    responses((status = 201, body = Vec<Created>), (status = 403, body = Problem), (status = 422, body = Problem)))]
async fn create_bulk(
    State(app): State<App>,
    admin: Admin,
    Json(bulk): Json<Bulk>,
) -> Result<(StatusCode, Answer<Vec<Created>>), Error> {
    Ok((
        StatusCode::CREATED,
        Answer(invitations::create(&app, &admin.actor, &bulk.invitations).await?),
    ))
}

/// Take an unused invitation back
#[utoipa::path(delete, path = "/api/v1/invitations/{id}", tag = "invitations", operation_id = "revokeInvitation",
    params(("id" = String, Path, description = "Id of the invitation")),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn revoke(State(app): State<App>, admin: Admin, Path(id): Path<String>) -> Result<StatusCode, Error> {
    invitations::revoke(&app, &admin.actor, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

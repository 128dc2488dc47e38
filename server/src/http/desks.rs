//! The browser one signs in with, as a device.

use axum::Json as Answer;
use axum::extract::State;
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Json, SignedIn};
use crate::app::App;
use crate::error::Error;
use crate::problem::Problem;
use crate::registry::desks::{self, Desk, DeskRequest};

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(open))
}

/// Let this browser take part
///
/// Gives its key a grant for the person who signed in, until the session ends.
#[utoipa::path(post, path = "/api/v1/session/device", tag = "session", operation_id = "openDesk",
    request_body = DeskRequest,
    responses((status = 201, body = Desk), (status = 401, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn open(
    State(app): State<App>,
    SignedIn(session): SignedIn,
    Json(request): Json<DeskRequest>,
) -> Result<(StatusCode, Answer<Desk>), Error> {
    Ok((
        StatusCode::CREATED,
        Answer(desks::open(&app, &session, request).await?),
    ))
}

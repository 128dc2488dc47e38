//! The public door: a phone asks to be let in.

use axum::Json as Answer;
use axum::extract::State;
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{ClientAddress, Json};
use crate::app::App;
use crate::error::Error;
use crate::problem::Problem;
use crate::registry::enrolments::{self, EnrolRequest, Enrolled};

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(request))
}

/// Ask to be let in
///
/// With an invitation's code, or as a walk-up. Safe to repeat with the same key: the answer says where the request
/// stands. The phone shows check words it derives itself from its key, `invitation_id` and `server_public_key`.
#[utoipa::path(post, path = "/enrol/v1/requests", tag = "enrolment", operation_id = "enrol", security(()),
    request_body = EnrolRequest,
    responses((status = 201, body = Enrolled), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 410, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
async fn request(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    Json(request): Json<EnrolRequest>,
) -> Result<(StatusCode, Answer<Enrolled>), Error> {
    Ok((
        StatusCode::CREATED,
        Answer(enrolments::request(&app, address, request).await?),
    ))
}

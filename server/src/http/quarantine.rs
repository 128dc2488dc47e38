//! Review of what ended devices still sent.

use axum::Json as Answer;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Admin, Json, Query, SteppedUp};
use crate::app::App;
use crate::error::Error;
use crate::problem::Problem;
use crate::registry::quarantine::{self, Decision, Filter, Outcome, Quarantined};
use crate::registry::{Page, Slice};

/// Changes to decide about.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Numbers {
    /// At most 200, decided in this order.
    numbers: Vec<u64>,
}

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(release))
        .routes(routes!(discard))
}

/// Changes in quarantine, oldest first, each in words of its document
#[utoipa::path(get, path = "/api/v1/quarantine", tag = "quarantine", operation_id = "listQuarantine",
    params(Filter, Slice),
    responses((status = 200, body = Page<Quarantined>), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
async fn list(
    State(app): State<App>,
    admin: Admin,
    Query(filter): Query<Filter>,
    Query(slice): Query<Slice>,
) -> Result<Answer<Page<Quarantined>>, Error> {
    Ok(Answer(
        quarantine::list(&app, &admin.actor, &filter, &slice).await?,
    ))
}

/// Let changes through the gate
///
/// Each as its author's role allows; one the gate refuses stays, with the reason.
#[utoipa::path(post, path = "/api/v1/quarantine/release", tag = "quarantine", operation_id = "releaseQuarantine",
    request_body = Numbers,
    responses((status = 200, body = Vec<Outcome>), (status = 403, body = Problem), (status = 422, body = Problem)))]
async fn release(
    State(app): State<App>,
    SteppedUp(actor): SteppedUp,
    Json(body): Json<Numbers>,
) -> Result<Answer<Vec<Outcome>>, Error> {
    Ok(Answer(
        quarantine::decide(&app, &actor, &body.numbers, Decision::Release).await?,
    ))
}

/// Refuse changes for good
#[utoipa::path(post, path = "/api/v1/quarantine/discard", tag = "quarantine", operation_id = "discardQuarantine",
    request_body = Numbers,
    responses((status = 200, body = Vec<Outcome>), (status = 403, body = Problem), (status = 422, body = Problem)))]
async fn discard(
    State(app): State<App>,
    SteppedUp(actor): SteppedUp,
    Json(body): Json<Numbers>,
) -> Result<Answer<Vec<Outcome>>, Error> {
    Ok(Answer(
        quarantine::decide(&app, &actor, &body.numbers, Decision::Discard).await?,
    ))
}

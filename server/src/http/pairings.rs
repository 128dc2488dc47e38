//! Which unit stands by which village or household.

use axum::Json as Answer;
use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Admin, Json, Path, Query};
use crate::app::App;
use crate::error::Error;
use crate::problem::Problem;
use crate::registry::pairings::{self, Pairing};

/// Which pairings are wanted.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Only of this unit.
    unit: Option<String>,
}

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(delete))
}

/// Pairings
#[utoipa::path(get, path = "/api/v1/pairings", tag = "pairings", operation_id = "listPairings", params(Wanted),
    responses((status = 200, body = Vec<Pairing>), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn list(
    State(app): State<App>,
    _admin: Admin,
    Query(wanted): Query<Wanted>,
) -> Result<Answer<Vec<Pairing>>, Error> {
    Ok(Answer(pairings::list(&app, wanted.unit.as_deref()).await?))
}

/// Pair a unit with a village, or a cadre with a household
#[utoipa::path(post, path = "/api/v1/pairings", tag = "pairings", operation_id = "createPairing",
    request_body = Pairing,
    responses((status = 201, body = Pairing), (status = 403, body = Problem), (status = 422, body = Problem)))]
async fn create(
    State(app): State<App>,
    admin: Admin,
    Json(pairing): Json<Pairing>,
) -> Result<(StatusCode, Answer<Pairing>), Error> {
    Ok((
        StatusCode::CREATED,
        Answer(pairings::create(&app, &admin.actor, pairing).await?),
    ))
}

/// End a pairing
#[utoipa::path(delete, path = "/api/v1/pairings/{id}", tag = "pairings", operation_id = "deletePairing",
    params(("id" = String, Path, description = "Id of the pairing")),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn delete(State(app): State<App>, admin: Admin, Path(id): Path<String>) -> Result<StatusCode, Error> {
    pairings::delete(&app, &admin.actor, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

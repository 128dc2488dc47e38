//! Assistance units.

use axum::Json as Answer;
use axum::extract::State;
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Admin, Json, Path};
use crate::app::App;
use crate::error::Error;
use crate::problem::Problem;
use crate::registry::units::{self, Unit, UnitUpdate};

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(update))
}

/// All units
#[utoipa::path(get, path = "/api/v1/units", tag = "units", operation_id = "listUnits",
    responses((status = 200, body = Vec<Unit>), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn list(State(app): State<App>, _admin: Admin) -> Result<Answer<Vec<Unit>>, Error> {
    Ok(Answer(units::list(&app).await?))
}

/// Add a unit
#[utoipa::path(post, path = "/api/v1/units", tag = "units", operation_id = "createUnit", request_body = Unit,
    responses((status = 201, body = Unit), (status = 403, body = Problem), (status = 422, body = Problem)))]
async fn create(
    State(app): State<App>,
    admin: Admin,
    Json(unit): Json<Unit>,
) -> Result<(StatusCode, Answer<Unit>), Error> {
    Ok((
        StatusCode::CREATED,
        Answer(units::create(&app, &admin.actor, unit).await?),
    ))
}

/// Rename a unit
#[utoipa::path(patch, path = "/api/v1/units/{id}", tag = "units", operation_id = "updateUnit",
    params(("id" = String, Path, description = "Id of the unit")), request_body = UnitUpdate,
    responses((status = 200, body = Unit), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn update(
    State(app): State<App>,
    admin: Admin,
    Path(id): Path<String>,
    Json(change): Json<UnitUpdate>,
) -> Result<Answer<Unit>, Error> {
    Ok(Answer(units::update(&app, &admin.actor, &id, change).await?))
}

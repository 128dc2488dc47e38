//! The tree of places.

use axum::Json as Answer;
use axum::extract::State;
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Admin, Json, Path};
use crate::app::App;
use crate::error::Error;
use crate::problem::Problem;
use crate::registry::places::{self, Figures, Place, PlaceUpdate};

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(update))
        .routes(routes!(figures))
}

/// Places in one's area
#[utoipa::path(get, path = "/api/v1/places", tag = "places", operation_id = "listPlaces",
    responses((status = 200, body = Vec<Place>), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn list(State(app): State<App>, admin: Admin) -> Result<Answer<Vec<Place>>, Error> {
    Ok(Answer(places::list(&app, &admin.actor).await?))
}

/// Add a place
#[utoipa::path(post, path = "/api/v1/places", tag = "places", operation_id = "createPlace", request_body = Place,
    responses((status = 201, body = Place), (status = 403, body = Problem), (status = 422, body = Problem)))]
async fn create(
    State(app): State<App>,
    admin: Admin,
    Json(place): Json<Place>,
) -> Result<(StatusCode, Answer<Place>), Error> {
    Ok((
        StatusCode::CREATED,
        Answer(places::create(&app, &admin.actor, place).await?),
    ))
}

/// Rename or move a place
#[utoipa::path(patch, path = "/api/v1/places/{id}", tag = "places", operation_id = "updatePlace",
    params(("id" = String, Path, description = "Code of the place")), request_body = PlaceUpdate,
    responses((status = 200, body = Place), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn update(
    State(app): State<App>,
    admin: Admin,
    Path(id): Path<String>,
    Json(change): Json<PlaceUpdate>,
) -> Result<Answer<Place>, Error> {
    Ok(Answer(places::update(&app, &admin.actor, &id, change).await?))
}

/// What lies in a place
///
/// Counts of files, everything below the place included.
#[utoipa::path(get, path = "/api/v1/places/{id}/figures", tag = "places", operation_id = "getPlaceFigures",
    params(("id" = String, Path, description = "Code of the place")),
    responses((status = 200, body = Figures), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn figures(
    State(app): State<App>,
    admin: Admin,
    Path(id): Path<String>,
) -> Result<Answer<Figures>, Error> {
    Ok(Answer(places::figures(&app, &admin.actor, &id).await?))
}

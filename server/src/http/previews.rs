//! What a move would do, told before it is done.

use axum::Json as Answer;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Admin, Json, Path, Query};
use super::viewing::Viewing;
use crate::app::App;
use crate::error::Error;
use crate::problem::Problem;
use crate::registry::people::PersonUpdate;
use crate::registry::places::PlaceUpdate;
use crate::registry::previews::{self, HouseholdPreview, Preview, To};

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(place))
        .routes(routes!(person))
        .routes(routes!(household))
}

/// What a change of a place would do
///
/// Changes nothing.
#[utoipa::path(post, path = "/api/v1/places/{id}/preview", tag = "places", operation_id = "previewPlace",
    params(("id" = String, Path, description = "Code of the place")), request_body = PlaceUpdate,
    responses((status = 200, body = Preview), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn place(
    State(app): State<App>,
    admin: Admin,
    Path(id): Path<String>,
    Json(update): Json<PlaceUpdate>,
) -> Result<Answer<Preview>, Error> {
    Ok(Answer(previews::place(&app, &admin.actor, &id, &update).await?))
}

/// What a change of a person would do to their devices
///
/// Changes nothing.
#[utoipa::path(post, path = "/api/v1/people/{id}/preview", tag = "people", operation_id = "previewPerson",
    params(("id" = String, Path, description = "Id of the person")), request_body = PersonUpdate,
    responses((status = 200, body = Preview), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn person(
    State(app): State<App>,
    admin: Admin,
    Path(id): Path<String>,
    Json(update): Json<PersonUpdate>,
) -> Result<Answer<Preview>, Error> {
    Ok(Answer(previews::person(&app, &admin.actor, &id, &update).await?))
}

/// What moving a household to another village would do
///
/// For townships, which move households by an ordinary change of the file. Changes nothing.
#[utoipa::path(get, path = "/api/v1/households/{id}/preview", tag = "offices", operation_id = "previewHousehold",
    params(("id" = String, Path, description = "Id of the household file"), To),
    responses((status = 200, body = HouseholdPreview), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn household(
    State(app): State<App>,
    Viewing(viewer): Viewing,
    Path(id): Path<String>,
    Query(to): Query<To>,
) -> Result<Answer<HouseholdPreview>, Error> {
    Ok(Answer(previews::household(&app, &viewer, &id, &to).await?))
}

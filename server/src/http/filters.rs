//! Searches that people keep for themselves.

use axum::Json as Answer;
use axum::extract::State;
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Json, Path};
use super::viewing::Viewing;
use crate::app::App;
use crate::error::Error;
use crate::offices::filters::{self, NewFilter, SavedFilter};
use crate::problem::Problem;

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(delete))
}

/// One's own kept searches, oldest first
#[utoipa::path(get, path = "/api/v1/filters", tag = "offices", operation_id = "listFilters",
    responses((status = 200, body = Vec<SavedFilter>), (status = 403, body = Problem)))]
async fn list(State(app): State<App>, Viewing(viewer): Viewing) -> Result<Answer<Vec<SavedFilter>>, Error> {
    Ok(Answer(filters::list(&app, &viewer).await?))
}

/// Keep a search
///
/// At most 50 a person; `wrong_state` when there are so many already.
#[utoipa::path(post, path = "/api/v1/filters", tag = "offices", operation_id = "createFilter",
    request_body = NewFilter,
    responses((status = 201, body = SavedFilter), (status = 403, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn create(
    State(app): State<App>,
    Viewing(viewer): Viewing,
    Json(new): Json<NewFilter>,
) -> Result<(StatusCode, Answer<SavedFilter>), Error> {
    Ok((
        StatusCode::CREATED,
        Answer(filters::create(&app, &viewer, new).await?),
    ))
}

/// Forget a kept search
#[utoipa::path(delete, path = "/api/v1/filters/{id}", tag = "offices", operation_id = "deleteFilter",
    params(("id" = String, Path, description = "Id of the kept search")),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn delete(
    State(app): State<App>,
    Viewing(viewer): Viewing,
    Path(id): Path<String>,
) -> Result<StatusCode, Error> {
    filters::delete(&app, &viewer, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

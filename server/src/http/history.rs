//! What became of a document.

use axum::Json as Answer;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Path, Query};
use super::viewing::Viewing;
use crate::app::App;
use crate::error::Error;
use crate::offices::history::{self, Change, Part};
use crate::problem::Problem;
use crate::registry::Page;

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Changes of a document, newest first
///
/// What stood there before is what stood there when the server took the change.
#[utoipa::path(get, path = "/api/v1/documents/{id}/history", tag = "offices", operation_id = "getHistory",
    params(("id" = String, Path, description = "Id of the document"), Part),
    responses((status = 200, body = Page<Change>), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn list(
    State(app): State<App>,
    Viewing(viewer): Viewing,
    Path(id): Path<String>,
    Query(part): Query<Part>,
) -> Result<Answer<Page<Change>>, Error> {
    Ok(Answer(history::list(&app, &viewer, &id, &part).await?))
}

//! Needs for offices.

use axum::Json as Answer;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::Query;
use super::viewing::Viewing;
use crate::app::App;
use crate::error::Error;
use crate::offices::needs::{self, Filter, Needs};
use crate::problem::Problem;

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Needs, what is overdue and urgent first
///
/// A unit sees those given to it, everybody else those of their villages.
#[utoipa::path(get, path = "/api/v1/needs", tag = "offices", operation_id = "listNeeds",
    params(Filter),
    responses((status = 200, body = Needs), (status = 403, body = Problem), (status = 422, body = Problem)))]
async fn list(
    State(app): State<App>,
    Viewing(viewer): Viewing,
    Query(filter): Query<Filter>,
) -> Result<Answer<Needs>, Error> {
    Ok(Answer(needs::list(&app, &viewer, &filter).await?))
}

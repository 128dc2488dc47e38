//! Applications and cases.

use axum::Json as Answer;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Json, Path, Query};
use super::viewing::Viewing;
use crate::app::App;
use crate::error::Error;
use crate::offices::case::{self, CaseDepth, CaseFile};
use crate::offices::cases::{self, CaseFilter, CaseSearch, Cases};
use crate::problem::Problem;

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(search))
        .routes(routes!(get))
}

/// Applications and cases, what is due first
#[utoipa::path(get, path = "/api/v1/cases", tag = "casework", operation_id = "listCases",
    params(CaseFilter),
    responses((status = 200, body = Cases), (status = 403, body = Problem), (status = 422, body = Problem)))]
async fn list(
    State(app): State<App>,
    Viewing(viewer): Viewing,
    Query(filter): Query<CaseFilter>,
) -> Result<Answer<Cases>, Error> {
    Ok(Answer(cases::list(&app, &viewer, &filter.into()).await?))
}

/// The same by words
///
/// What is looked for is often a name, so it does not stand in the address.
#[utoipa::path(post, path = "/api/v1/cases/search", tag = "casework", operation_id = "searchCases",
    request_body = CaseSearch,
    responses((status = 200, body = Cases), (status = 403, body = Problem), (status = 422, body = Problem)))]
async fn search(
    State(app): State<App>,
    Viewing(viewer): Viewing,
    Json(search): Json<CaseSearch>,
) -> Result<Answer<Cases>, Error> {
    Ok(Answer(cases::list(&app, &viewer, &search).await?))
}

/// The statement of an application or case
///
/// Every step with who and when, by the log; on demand with the signature over every change checked.
#[utoipa::path(get, path = "/api/v1/cases/{id}", tag = "casework", operation_id = "getCase",
    params(("id" = String, Path, description = "Id of its document"), CaseDepth),
    responses((status = 200, body = CaseFile), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn get(
    State(app): State<App>,
    Viewing(viewer): Viewing,
    Path(id): Path<String>,
    Query(depth): Query<CaseDepth>,
) -> Result<Answer<CaseFile>, Error> {
    Ok(Answer(case::get(&app, &viewer, &id, depth).await?))
}

//! Households across villages, and one of them with all that belongs to it.
//!
//! Searching is a POST: what somebody looks for is often a name, and names do not belong into addresses.

use axum::Json as Answer;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Json, Path, Query};
use super::viewing::Viewing;
use crate::app::App;
use crate::error::Error;
use crate::offices::households::{self, Depth, HouseholdFile};
use crate::offices::search::{self, Households, Search};
use crate::problem::Problem;

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(find)).routes(routes!(get))
}

/// Search households
///
/// Of one's own villages, in the order of village, group and number.
#[utoipa::path(post, path = "/api/v1/households/search", tag = "offices", operation_id = "searchHouseholds",
    request_body = Search,
    responses((status = 200, body = Households), (status = 403, body = Problem), (status = 422, body = Problem)))]
async fn find(
    State(app): State<App>,
    Viewing(viewer): Viewing,
    Json(search): Json<Search>,
) -> Result<Answer<Households>, Error> {
    Ok(Answer(search::search(&app, &viewer, &search).await?))
}

/// A household with its file, needs and visits
#[utoipa::path(get, path = "/api/v1/households/{id}", tag = "offices", operation_id = "getHousehold",
    params(("id" = String, Path, description = "Id of the household file"), Depth),
    responses((status = 200, body = HouseholdFile), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn get(
    State(app): State<App>,
    Viewing(viewer): Viewing,
    Path(id): Path<String>,
    Query(depth): Query<Depth>,
) -> Result<Answer<HouseholdFile>, Error> {
    Ok(Answer(households::get(&app, &viewer, &id, &depth).await?))
}

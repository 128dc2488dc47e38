//! Figures: what leaders look at, each with the list behind it, and months for charts.

use axum::Json as Answer;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::Query;
use super::viewing::Viewing;
use crate::app::App;
use crate::error::Error;
use crate::offices::activity::{self, Activity};
use crate::offices::overview::{self, Overview};
use crate::problem::Problem;

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get)).routes(routes!(months))
}

/// The figures of a place and of the places in it
///
/// Each figure names the list behind it. A unit gets those of the needs given to it.
#[utoipa::path(get, path = "/api/v1/overview", tag = "offices", operation_id = "getOverview",
    params(overview::Wanted),
    responses((status = 200, body = Overview), (status = 403, body = Problem), (status = 422, body = Problem)))]
async fn get(
    State(app): State<App>,
    Viewing(viewer): Viewing,
    Query(wanted): Query<overview::Wanted>,
) -> Result<Answer<Overview>, Error> {
    Ok(Answer(overview::get(&app, &viewer, &wanted).await?))
}

/// Visits and needs by month
///
/// Counts alone: a unit, which may see no household file, sees its villages and its paired households so.
#[utoipa::path(get, path = "/api/v1/activity", tag = "offices", operation_id = "getActivity",
    params(activity::Wanted),
    responses((status = 200, body = Activity), (status = 403, body = Problem), (status = 422, body = Problem)))]
async fn months(
    State(app): State<App>,
    Viewing(viewer): Viewing,
    Query(wanted): Query<activity::Wanted>,
) -> Result<Answer<Activity>, Error> {
    Ok(Answer(activity::get(&app, &viewer, &wanted).await?))
}

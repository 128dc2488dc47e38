//! Casework in numbers.

use axum::Json as Answer;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::Query;
use super::viewing::Viewing;
use crate::app::App;
use crate::error::Error;
use crate::offices::attendance::{self, AttendanceMonth, AttendanceWanted};
use crate::offices::casework::{self, CaseworkMonths, CaseworkNumbers, MonthsWanted, NumbersWanted};
use crate::offices::draw::{self, Draw, DrawWanted};
use crate::problem::Problem;

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(numbers))
        .routes(routes!(months))
        .routes(routes!(attendance))
        .routes(routes!(draw))
}

/// The numbers leaders look at, of a place and of the places in it
///
/// Each names the list behind it. Of teams there are counts, of persons none.
#[utoipa::path(get, path = "/api/v1/casework/numbers", tag = "casework", operation_id = "getCaseworkNumbers",
    params(NumbersWanted),
    responses((status = 200, body = CaseworkNumbers), (status = 403, body = Problem), (status = 422, body = Problem)))]
async fn numbers(
    State(app): State<App>,
    Viewing(viewer): Viewing,
    Query(wanted): Query<NumbersWanted>,
) -> Result<Answer<CaseworkNumbers>, Error> {
    Ok(Answer(casework::numbers(&app, &viewer, &wanted).await?))
}

/// Casework by month
#[utoipa::path(get, path = "/api/v1/casework/months", tag = "casework", operation_id = "getCaseworkMonths",
    params(MonthsWanted),
    responses((status = 200, body = CaseworkMonths), (status = 403, body = Problem), (status = 422, body = Problem)))]
async fn months(
    State(app): State<App>,
    Viewing(viewer): Viewing,
    Query(wanted): Query<MonthsWanted>,
) -> Result<Answer<CaseworkMonths>, Error> {
    Ok(Answer(casework::months(&app, &viewer, &wanted).await?))
}

/// A month of teams, and leave that waits for a decision
///
/// For the village side and the township: counties see the days of teams among the numbers.
#[utoipa::path(get, path = "/api/v1/attendance", tag = "casework", operation_id = "getAttendance",
    params(AttendanceWanted),
    responses((status = 200, body = AttendanceMonth), (status = 403, body = Problem), (status = 422, body = Problem)))]
async fn attendance(
    State(app): State<App>,
    Viewing(viewer): Viewing,
    Query(wanted): Query<AttendanceWanted>,
) -> Result<Answer<AttendanceMonth>, Error> {
    Ok(Answer(attendance::get(&app, &viewer, &wanted).await?))
}

/// The draw of cases for random checks
///
/// For counties. The order is the SHA-256 of the seed and the document's name; the seed is the SHA-256 of the
/// deployment, the procedure and the month, each followed by a zero byte.
#[utoipa::path(get, path = "/api/v1/cases/draw", tag = "casework", operation_id = "drawCases",
    params(DrawWanted),
    responses((status = 200, body = Draw), (status = 403, body = Problem), (status = 422, body = Problem)))]
async fn draw(
    State(app): State<App>,
    Viewing(viewer): Viewing,
    Query(wanted): Query<DrawWanted>,
) -> Result<Answer<Draw>, Error> {
    Ok(Answer(draw::get(&app, &viewer, &wanted).await?))
}

//! What a search shows, as a spreadsheet.

use axum::extract::State;
use axum::response::IntoResponse;
use http::header;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::Json;
use super::viewing::ViewingConfirmed;
use crate::app::App;
use crate::error::Error;
use crate::offices::exports::{self, Export};
use crate::problem::Problem;

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(households))
}

/// Households as a spreadsheet
///
/// At most 20,000 rows; noted in the audit.
#[utoipa::path(post, path = "/api/v1/exports/households", tag = "offices", operation_id = "exportHouseholds",
    request_body = Export,
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (status = 403, body = Problem), (status = 422, body = Problem)))]
async fn households(
    State(app): State<App>,
    ViewingConfirmed(viewer): ViewingConfirmed,
    Json(export): Json<Export>,
) -> Result<impl IntoResponse, Error> {
    let sheet = exports::households(&app, &viewer, &export).await?;
    let headers = [
        (header::CONTENT_TYPE, XLSX),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"households.xlsx\"",
        ),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, sheet))
}

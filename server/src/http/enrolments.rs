//! Requests waiting for an administrator.

use axum::Json as Answer;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Admin, Json, Path, Query, SteppedUp};
use crate::app::App;
use crate::error::Error;
use crate::problem::Problem;
use crate::registry::devices::{self, Approval, DeviceView};
use crate::registry::enrolments::{self, Pending};
use crate::registry::{Page, Slice};

/// Why not.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Denial {
    /// Shown on the phone.
    #[serde(default)]
    reason: String,
}

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(approve))
        .routes(routes!(deny))
}

/// Devices waiting for a decision, with what to know before deciding
#[utoipa::path(get, path = "/api/v1/enrolments", tag = "enrolments", operation_id = "listEnrolments", params(Slice),
    responses((status = 200, body = Page<Pending>), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn list(
    State(app): State<App>,
    admin: Admin,
    Query(slice): Query<Slice>,
) -> Result<Answer<Page<Pending>>, Error> {
    Ok(Answer(enrolments::list(&app, &admin.actor, &slice).await?))
}

/// Let a device in
#[utoipa::path(post, path = "/api/v1/enrolments/{device_id}/approve", tag = "enrolments",
    operation_id = "approveEnrolment",
    params(("device_id" = String, Path, description = "Identity of the device, hex")), request_body = Approval,
    responses((status = 200, body = DeviceView), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn approve(
    State(app): State<App>,
    SteppedUp(actor): SteppedUp,
    Path(device_id): Path<String>,
    Json(approval): Json<Approval>,
) -> Result<Answer<DeviceView>, Error> {
    Ok(Answer(
        devices::approve(&app, &actor, &device_id, approval).await?,
    ))
}

/// Refuse a device
#[utoipa::path(post, path = "/api/v1/enrolments/{device_id}/deny", tag = "enrolments",
    operation_id = "denyEnrolment",
    params(("device_id" = String, Path, description = "Identity of the device, hex")), request_body = Denial,
    responses((status = 200, body = DeviceView), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
async fn deny(
    State(app): State<App>,
    admin: Admin,
    Path(device_id): Path<String>,
    Json(denial): Json<Denial>,
) -> Result<Answer<DeviceView>, Error> {
    Ok(Answer(
        devices::deny(&app, &admin.actor, &device_id, &denial.reason).await?,
    ))
}

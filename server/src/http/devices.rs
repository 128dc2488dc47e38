//! Devices that have been decided about.

use axum::Json as Answer;
use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Admin, Json, Path, Query, SteppedUp};
use crate::app::App;
use crate::error::{Code, Error};
use crate::problem::Problem;
use crate::registry::audit::{self, Entry};
use crate::registry::devices::{self, Decision, DeviceView, Filter};
use crate::registry::invitations::{self, Created, NewInvitation};
use crate::registry::{Actor, Page, Slice};

/// Another name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Rename {
    /// What to call the device.
    name: String,
}

/// How long.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Extend {
    /// Unix ms; 180 days from now if absent.
    expires_ms: Option<i64>,
}

/// Why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Because {
    /// Shown to administrators, and on the device.
    #[serde(default)]
    reason: String,
}

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get, rename))
        .routes(routes!(history))
        .routes(routes!(extend))
        .routes(routes!(rotate))
        .routes(routes!(revoke))
        .routes(routes!(mark_lost))
        .routes(routes!(suspend))
        .routes(routes!(resume))
        .routes(routes!(replace))
}

/// Devices in one's area, with their health
#[utoipa::path(get, path = "/api/v1/devices", tag = "devices", operation_id = "listDevices", params(Filter, Slice),
    responses((status = 200, body = Page<DeviceView>), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn list(
    State(app): State<App>,
    admin: Admin,
    Query(filter): Query<Filter>,
    Query(slice): Query<Slice>,
) -> Result<Answer<Page<DeviceView>>, Error> {
    Ok(Answer(devices::list(&app, &admin.actor, &filter, &slice).await?))
}

/// One device
#[utoipa::path(get, path = "/api/v1/devices/{device_id}", tag = "devices", operation_id = "getDevice",
    params(("device_id" = String, Path, description = "Identity, hex")),
    responses((status = 200, body = DeviceView), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn get(
    State(app): State<App>,
    admin: Admin,
    Path(id): Path<String>,
) -> Result<Answer<DeviceView>, Error> {
    Ok(Answer(devices::get(&app, &admin.actor, &id).await?))
}

/// What was decided about a device, newest first
#[utoipa::path(get, path = "/api/v1/devices/{device_id}/history", tag = "devices", operation_id = "getDeviceHistory",
    params(("device_id" = String, Path, description = "Identity, hex"), Slice),
    responses((status = 200, body = Page<Entry>), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn history(
    State(app): State<App>,
    admin: Admin,
    Path(id): Path<String>,
    Query(slice): Query<Slice>,
) -> Result<Answer<Page<Entry>>, Error> {
    Ok(Answer(audit::of_device(&app, &admin.actor, &id, &slice).await?))
}

/// What every decision about a device answers: the device as it is now.
type Decided = Result<Answer<DeviceView>, Error>;

async fn decide(app: &App, actor: &Actor, id: &str, decision: Decision) -> Decided {
    Ok(Answer(devices::decide(app, actor, id, decision).await?))
}

/// Rename a device
#[utoipa::path(patch, path = "/api/v1/devices/{device_id}", tag = "devices", operation_id = "renameDevice",
    params(("device_id" = String, Path, description = "Identity, hex")), request_body = Rename,
    responses((status = 200, body = DeviceView), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn rename(
    State(app): State<App>,
    admin: Admin,
    Path(id): Path<String>,
    Json(body): Json<Rename>,
) -> Decided {
    decide(&app, &admin.actor, &id, Decision::Rename(body.name)).await
}

/// Let a device's grant hold longer
#[utoipa::path(post, path = "/api/v1/devices/{device_id}/extend", tag = "devices", operation_id = "extendDevice",
    params(("device_id" = String, Path, description = "Identity, hex")), request_body = Extend,
    responses((status = 200, body = DeviceView), (status = 403, body = Problem), (status = 409, body = Problem)))]
async fn extend(
    State(app): State<App>,
    SteppedUp(actor): SteppedUp,
    Path(id): Path<String>,
    Json(body): Json<Extend>,
) -> Decided {
    decide(&app, &actor, &id, Decision::Extend(body.expires_ms)).await
}

/// Issue a device's grant anew
#[utoipa::path(post, path = "/api/v1/devices/{device_id}/rotate", tag = "devices", operation_id = "rotateDevice",
    params(("device_id" = String, Path, description = "Identity, hex")),
    responses((status = 200, body = DeviceView), (status = 403, body = Problem), (status = 409, body = Problem)))]
async fn rotate(State(app): State<App>, SteppedUp(actor): SteppedUp, Path(id): Path<String>) -> Decided {
    decide(&app, &actor, &id, Decision::Rotate).await
}

/// End a device
///
/// It wipes itself when it next has contact; what it still sends is kept for review.
#[utoipa::path(post, path = "/api/v1/devices/{device_id}/revoke", tag = "devices", operation_id = "revokeDevice",
    params(("device_id" = String, Path, description = "Identity, hex")), request_body = Because,
    responses((status = 200, body = DeviceView), (status = 403, body = Problem), (status = 409, body = Problem)))]
async fn revoke(
    State(app): State<App>,
    SteppedUp(actor): SteppedUp,
    Path(id): Path<String>,
    Json(body): Json<Because>,
) -> Decided {
    decide(&app, &actor, &id, Decision::Revoke(body.reason)).await
}

/// Report a device lost
///
/// As ending it. Needs no confirmation of identity: minutes count when a phone is lost.
#[utoipa::path(post, path = "/api/v1/devices/{device_id}/lost", tag = "devices", operation_id = "markDeviceLost",
    params(("device_id" = String, Path, description = "Identity, hex")), request_body = Because,
    responses((status = 200, body = DeviceView), (status = 403, body = Problem), (status = 409, body = Problem)))]
async fn mark_lost(
    State(app): State<App>,
    admin: Admin,
    Path(id): Path<String>,
    Json(body): Json<Because>,
) -> Decided {
    decide(&app, &admin.actor, &id, Decision::MarkLost(body.reason)).await
}

/// Hold a device
#[utoipa::path(post, path = "/api/v1/devices/{device_id}/suspend", tag = "devices", operation_id = "suspendDevice",
    params(("device_id" = String, Path, description = "Identity, hex")), request_body = Because,
    responses((status = 200, body = DeviceView), (status = 403, body = Problem), (status = 409, body = Problem)))]
async fn suspend(
    State(app): State<App>,
    admin: Admin,
    Path(id): Path<String>,
    Json(body): Json<Because>,
) -> Decided {
    decide(&app, &admin.actor, &id, Decision::Suspend(body.reason)).await
}

/// Let a held device go on
#[utoipa::path(post, path = "/api/v1/devices/{device_id}/resume", tag = "devices", operation_id = "resumeDevice",
    params(("device_id" = String, Path, description = "Identity, hex")),
    responses((status = 200, body = DeviceView), (status = 403, body = Problem), (status = 409, body = Problem)))]
async fn resume(State(app): State<App>, SteppedUp(actor): SteppedUp, Path(id): Path<String>) -> Decided {
    decide(&app, &actor, &id, Decision::Resume).await
}

/// Invite a device to take this one's place
///
/// The old one goes on until the new one is let in.
#[utoipa::path(post, path = "/api/v1/devices/{device_id}/replace", tag = "devices", operation_id = "replaceDevice",
    params(("device_id" = String, Path, description = "Identity, hex")),
    responses((status = 201, body = Created), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn replace(
    State(app): State<App>,
    admin: Admin,
    Path(id): Path<String>,
) -> Result<(StatusCode, Answer<Created>), Error> {
    let old = devices::get(&app, &admin.actor, &id).await?;
    let new = NewInvitation {
        person: old.person.ok_or(Code::WrongState)?,
        role: old.role,
        places: Some(old.places),
        unit: old.unit,
        replaces: Some(old.device_id),
        expires_ms: None,
    };
    let mut made = invitations::create(&app, &admin.actor, &[new]).await?;
    let made = made
        .pop()
        .ok_or_else(|| Error::internal("an invitation was not made"))?;
    Ok((StatusCode::CREATED, Answer(made)))
}

//! The chain of decisions.

use axum::Json as Answer;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Admin, Query};
use crate::app::App;
use crate::error::Error;
use crate::problem::Problem;
use crate::registry::audit::{self, Entry, Filter, Verification};
use crate::registry::{Page, Slice};

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(verify))
}

/// Decisions, newest first
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit", operation_id = "listAudit",
    params(Filter, Slice),
    responses((status = 200, body = Page<Entry>), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn list(
    State(app): State<App>,
    admin: Admin,
    Query(filter): Query<Filter>,
    Query(slice): Query<Slice>,
) -> Result<Answer<Page<Entry>>, Error> {
    Ok(Answer(audit::list(&app, &admin.actor, &filter, &slice).await?))
}

/// Recompute the whole chain
#[utoipa::path(get, path = "/api/v1/audit/verification", tag = "audit", operation_id = "verifyAudit",
    responses((status = 200, body = Verification), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn verify(State(app): State<App>, admin: Admin) -> Result<Answer<Verification>, Error> {
    admin.actor.area.require_everywhere()?;
    Ok(Answer(audit::verify(&app).await?))
}

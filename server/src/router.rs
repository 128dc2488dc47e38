//! Every address of the server and what bounds it. The sync routes are merged in beside the administration.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use std::time::Duration;
use tower_http::timeout::TimeoutLayer;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::error::{Code, Error};
use crate::http::edge::{Edge, edge};
use crate::http::{
    accounts, attachments, audit, cases, casework, catalogue, desks, devices, enrol, enrolments, events,
    exports, filters, health, history, invitations, needs, overview, pairings, passkeys, people, places,
    previews, quarantine, refusals, search, session, sso, sync, units, web,
};
use crate::limits;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Qiao administration",
        description = "Who takes part: people, places, units, invitations and devices. Errors are RFC 9457 problem \
            details, in Chinese unless Accept-Language prefers English. Decisions that open or end access need \
            `POST /api/v1/session/step-up` within the last five minutes.",
        license(name = "Apache-2.0")
    ),
    security(("cookie" = []), ("bearer" = [])),
    modifiers(&Schemes)
)]
struct Description;

struct Schemes;

impl Modify for Schemes {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_default();
        let cookie = ApiKey::Cookie(ApiKeyValue::with_description(
            "__Host-qiao",
            "Set by signing in. Changing requests must come from this site's pages, or carry X-Qiao-CSRF.",
        ));
        components.add_security_scheme("cookie", SecurityScheme::ApiKey(cookie));
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    }
}

fn described() -> OpenApiRouter<App> {
    let enrol = enrol::routes().layer(DefaultBodyLimit::max(limits::ENROL_BODY_BYTES_MAX));
    let administration = OpenApiRouter::new()
        .merge(session::routes())
        .merge(passkeys::routes())
        .merge(sso::routes())
        .merge(desks::routes())
        .merge(catalogue::routes())
        .merge(places::routes())
        .merge(units::routes())
        .merge(pairings::routes())
        .merge(people::routes())
        .merge(accounts::routes())
        .merge(invitations::routes())
        .merge(enrolments::routes())
        .merge(devices::routes())
        .merge(quarantine::routes())
        .merge(audit::routes())
        .merge(offices())
        .merge(events::routes())
        .layer(DefaultBodyLimit::max(limits::ADMIN_BODY_BYTES_MAX));
    OpenApiRouter::with_openapi(Description::openapi())
        .merge(enrol)
        .merge(administration)
}

/// What people at desks read.
fn offices() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(search::routes())
        .merge(history::routes())
        .merge(needs::routes())
        .merge(overview::routes())
        .merge(filters::routes())
        .merge(exports::routes())
        .merge(previews::routes())
        .merge(attachments::routes())
        .merge(cases::routes())
        .merge(casework::routes())
}

/// The interface description (OpenAPI 3.1), as served and as kept in `server/openapi.json`.
pub fn openapi() -> utoipa::openapi::OpenApi {
    refusals::complete(described().into_openapi())
}

/// The whole server.
pub fn router(app: &App) -> Router {
    let (administration, description) = described().split_for_parts();
    let description =
        serde_json::to_string(&refusals::complete(description)).expect("the description is plain data");
    let description = bytes::Bytes::from(description);
    let describe = move || {
        let description = description.clone();
        async move { ([(http::header::CONTENT_TYPE, "application/json")], description) }
    };
    let bounded = administration
        .route("/api/v1/openapi.json", get(describe))
        .merge(health::routes())
        .layer(TimeoutLayer::with_status_code(
            http::StatusCode::REQUEST_TIMEOUT,
            Duration::from_secs(app.config.request_timeout_s),
        ));
    Router::new()
        .merge(bounded)
        // Beside the bound on time: a piece takes as long as its link.
        .merge(attachments::device_routes())
        .fallback(web::page_or_nothing)
        .method_not_allowed_fallback(|| async { Error::from(Code::MethodNotAllowed) })
        .layer(from_fn_with_state(Edge::new(app.clone()), edge))
        // Beside the edge: answers on slow links carry no more than they need.
        .merge(sync::routes())
        .with_state(app.clone())
}

//! Is it alive, can it write, what does it count.

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use http::HeaderMap;
use serde_json::json;

use super::extract::ClientAddress;
use crate::app::App;
use crate::auth::same_bytes;
use crate::error::{Code, Error};

/// The routes. They are for machines around the server and not part of the described interface.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/healthz", get(alive))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
}

async fn alive() -> impl IntoResponse {
    Json(json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") }))
}

/// Ready means: a write transaction can begin, and the server is not stopping.
async fn ready(State(app): State<App>) -> Result<impl IntoResponse, Error> {
    if app.stopping.is_cancelled() {
        return Err(Code::Unavailable.into());
    }
    app.store.check_writable().await?;
    Ok(Json(json!({ "status": "ready" })))
}

async fn metrics(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Error> {
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
    let allowed = match &app.config.metrics_token {
        Some(token) => bearer.is_some_and(|given| same_bytes(given, token.expose().as_bytes())),
        None => address.is_loopback(),
    };
    if !allowed {
        return Err(Code::NotAllowed.into());
    }
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    Ok((kind, crate::telemetry::metrics().render()))
}

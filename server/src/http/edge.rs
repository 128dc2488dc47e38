//! What happens to every request, whatever it asks for.
//!
//! An id, a bound on how many at a time, panics contained, errors put into one form, security
//! headers, one log line by matched route (never path, query or body) and figures.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use http::{HeaderName, HeaderValue, header};
use tokio::sync::Semaphore;

use crate::app::App;
use crate::error::{Code, Error};
use crate::http::refusals::PROBLEM_JSON;
use crate::problem::{Language, Refusal};

/// Header with the request's id, in every answer.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Shared by all requests of one server.
#[derive(Debug, Clone)]
pub struct Edge {
    app: App,
    at_a_time: Arc<Semaphore>,
}

impl Edge {
    /// With the bound the configuration gives.
    pub fn new(app: App) -> Edge {
        let at_a_time = Arc::new(Semaphore::new(app.config.requests_max));
        Edge { app, at_a_time }
    }
}

/// The layer.
pub async fn edge(State(edge): State<Edge>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let request_id = format!("{:016x}", rand::random::<u64>());
    let language = Language::from_header(request.headers().get(header::ACCEPT_LANGUAGE));
    // Clients can invent methods; figures must not grow with them.
    let method = match request.method().as_str() {
        known @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") => known.to_owned(),
        _ => "other".to_owned(),
    };
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("(none)", MatchedPath::as_str);

    let response = match edge.at_a_time.try_acquire() {
        Ok(_permit) => match AssertUnwindSafe(next.run(request)).catch_unwind().await {
            Ok(response) => response,
            Err(_) => {
                // The panic hook has printed where; what it said may hold data of the request.
                tracing::error!(request_id, route, "handler panicked");
                metrics::counter!("qiao_http_panics_total").increment(1);
                Error::from(Code::Internal).into_response()
            }
        },
        Err(_) => Error::retry(Code::Unavailable, 1).into_response(),
    };
    let mut response = put_into_words(response, language, &request_id);
    secure(&edge.app, &request_id, &mut response);

    let status = response.status().as_u16();
    let duration = started.elapsed();
    let route_label = route.to_owned();
    metrics::counter!(
        "qiao_http_requests_total",
        "method" => method.clone(), "route" => route_label.clone(), "status" => status.to_string()
    )
    .increment(1);
    metrics::histogram!("qiao_http_request_seconds", "method" => method.clone(), "route" => route_label)
        .record(duration.as_secs_f64());
    tracing::info!(
        request_id,
        method,
        route,
        status,
        duration_ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
        "request"
    );
    response
}

/// Gives every error the form of a problem, unless a route has a form of its own for it.
pub(crate) fn put_into_words(response: Response, language: Language, request_id: &str) -> Response {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let own_form = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| !kind.as_bytes().starts_with(b"text/plain"));
    let refusal = response.extensions().get::<Refusal>().cloned();
    if refusal.is_none() && own_form {
        return response;
    }
    let refusal = refusal.unwrap_or_else(|| Refusal::from_status(status));
    let problem = refusal.render(language, request_id);
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts
        .headers
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
    let tag = match language {
        Language::Chinese => "zh-CN",
        Language::English => "en",
    };
    parts
        .headers
        .insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(tag));
    let body = serde_json::to_vec(&problem).expect("a problem is strings and numbers");
    Response::from_parts(parts, Body::from(body))
}

fn secure(app: &App, request_id: &str, response: &mut Response) {
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(request_id) {
        headers.insert(REQUEST_ID, value);
    }
    let defaults = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(self), geolocation=(self), microphone=()",
        ),
        (header::CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in defaults {
        // A route that serves pages or assets says its own.
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if app.config.tls_files().is_some() {
        headers
            .entry(header::STRICT_TRANSPORT_SECURITY)
            .or_insert(HeaderValue::from_static("max-age=31536000; includeSubDomains"));
    }
}

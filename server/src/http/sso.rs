//! Single sign-on: the browser goes to the issuer and comes back.

use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use http::{HeaderMap, header};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{ClientAddress, Query, cookie_name, cookie_value, set_cookie, token};
use super::session::user_agent;
use crate::app::App;
use crate::auth::sso::{self, Back};
use crate::error::{Code, Error};
use crate::limits;
use crate::problem::Problem;

/// What the issuer adds to the way back.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Answered {
    /// Which round trip.
    state: Option<String>,
    /// To be exchanged for the token; absent if the issuer refused.
    code: Option<String>,
}

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(leave))
        .routes(routes!(come_back))
}

/// Sign in where the office does
///
/// Sends the browser to the issuer.
#[utoipa::path(get, path = "/api/v1/session/single-sign-on", tag = "session", operation_id = "leaveToSignIn",
    security(()),
    responses((status = 303), (status = 409, body = Problem), (status = 429, body = Problem)))]
async fn leave(State(app): State<App>, ClientAddress(address): ClientAddress) -> Result<Response, Error> {
    let away = match sso::leave(&app, address).await {
        Err(error) if error.code() == Code::Unavailable => return Ok(desk(Some(Code::Unavailable))),
        away => away?,
    };
    let cookie = kept(&app, Some(&away.browser));
    Ok((
        AppendHeaders([(header::SET_COOKIE, cookie)]),
        Redirect::to(&away.url),
    )
        .into_response())
}

/// Come back from the issuer
///
/// Opens the desk, signed in or with the reason why not.
#[utoipa::path(get, path = "/api/v1/session/single-sign-on/back", tag = "session", operation_id = "comeBackSignedIn",
    security(()), params(Answered),
    responses((status = 303), (status = 400, body = Problem)))]
async fn come_back(
    State(app): State<App>,
    headers: HeaderMap,
    Query(answered): Query<Answered>,
) -> Result<Response, Error> {
    let forgotten = kept(&app, None);
    let browser = cookie_value(&headers, &browser_cookie(&app)).unwrap_or_default();
    let previous = token(&app, &headers).map(|(token, _)| token);
    let back = Back {
        state: answered.state.as_deref().unwrap_or(""),
        code: answered.code.as_deref().unwrap_or(""),
        browser: &browser,
    };
    match sso::come_back(&app, back, user_agent(&headers), previous.as_deref()).await {
        Ok((_, token)) => {
            let cookies = AppendHeaders([
                (header::SET_COOKIE, forgotten),
                (header::SET_COOKIE, set_cookie(&app, Some(&token))),
            ]);
            Ok((cookies, desk(None)).into_response())
        }
        Err(error) => {
            if let Error::Internal(_) | Error::Store(_) = &error {
                tracing::warn!(%error, "a single sign-on failed");
            }
            let cookies = AppendHeaders([(header::SET_COOKIE, forgotten)]);
            Ok((cookies, desk(Some(error.code()))).into_response())
        }
    }
}

/// The page of the desks, with the reason why nobody is signed in.
fn desk(refused: Option<Code>) -> Response {
    match refused {
        None => Redirect::to("/desk/").into_response(),
        Some(code) => Redirect::to(&format!("/desk/?refused={}", code.as_str())).into_response(),
    }
}

fn browser_cookie(app: &App) -> String {
    format!("{}-sso", cookie_name(app))
}

/// The browser's half of a round trip. `Lax`, or it would not come along when the issuer sends the browser back.
fn kept(app: &App, value: Option<&str>) -> String {
    let name = browser_cookie(app);
    let secure = if name.starts_with("__Host-") {
        "; Secure"
    } else {
        ""
    };
    let age_s = value.map_or(0, |_| limits::QUESTION_LIFE_MS / 1000);
    let value = value.unwrap_or("");
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={age_s}{secure}")
}

//! Who asks, from where, and what: the extractors of all handlers.
//!
//! A cookie only counts when the request cannot have been forged by another site; because the
//! check sits in the extractor, no handler can forget it. Bodies that do not parse are refused
//! without repeating any of them.

use std::net::{IpAddr, SocketAddr};

use axum::body::Bytes;
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, OptionalFromRequestParts, Request};
use http::request::Parts;
use http::{HeaderMap, HeaderName, Method, header};
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::auth::session::{self, Session};
use crate::error::{Code, Error};
use crate::registry::Actor;

/// A custom header no form and no plain cross-site request can carry.
pub const CSRF: HeaderName = HeaderName::from_static("x-qiao-csrf");
/// Says that nobody asked for this: a page looks for news by itself. Such a request is answered, but does not count as
/// use, so that a desk left alone is signed out although its page goes on asking.
pub const BACKGROUND: HeaderName = HeaderName::from_static("x-qiao-background");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Name of the session cookie. The `__Host-` prefix needs HTTPS or a loopback address; a deployment that insists on
/// plain HTTP elsewhere gets a plain name.
pub fn cookie_name(app: &App) -> &'static str {
    if app.config.insecure_http && app.config.tls_files().is_none() {
        "qiao"
    } else {
        "__Host-qiao"
    }
}

/// `Set-Cookie` that gives or takes the session.
pub fn set_cookie(app: &App, token: Option<&str>) -> String {
    let name = cookie_name(app);
    let secure = if name.starts_with("__Host-") {
        "; Secure"
    } else {
        ""
    };
    let (value, max_age) = match token {
        Some(token) => (token, crate::limits::SESSION_ABSOLUTE_MS / 1000),
        None => ("", 0),
    };
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={max_age}{secure}")
}

/// Somebody who is signed in.
#[derive(Debug)]
pub struct SignedIn(pub Session);

/// An administrator.
#[derive(Debug)]
pub struct Admin {
    /// Who, and where they may decide.
    pub actor: Actor,
    /// Their session.
    pub session: Session,
}

/// An administrator who has confirmed their identity within the last five minutes.
#[derive(Debug)]
pub struct SteppedUp(pub Actor);

/// Where the request comes from.
#[derive(Debug, Clone, Copy)]
pub struct ClientAddress(pub IpAddr);

/// The token of the session, if the request brings one, and whether a browser sent it by itself.
pub(crate) fn token(app: &App, headers: &HeaderMap) -> Option<(String, bool)> {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let text = value.to_str().ok()?;
        let (scheme, token) = text.split_once(' ')?;
        return scheme
            .eq_ignore_ascii_case("bearer")
            .then(|| (token.trim().to_owned(), false));
    }
    cookie_value(headers, cookie_name(app)).map(|value| (value, true))
}

/// A cookie by its name.
pub(crate) fn cookie_value(headers: &HeaderMap, name: &str) -> Option<String> {
    let cookies = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let mut pairs = cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}

/// Refuses what another site may have made the browser send.
pub(crate) fn require_own_site(method: &Method, headers: &HeaderMap) -> Result<(), Error> {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    match own_page(headers, None) {
        Some(true) => Ok(()),
        None if headers.contains_key(CSRF) => Ok(()),
        _ => Err(Code::CsrfRefused.into()),
    }
}

/// Whether a page of this site made the browser send this; `None` when nothing says that a browser sent it. `public_url`
/// is how browsers reach a server whose proxy does not pass their `Host` on.
pub(crate) fn own_page(headers: &HeaderMap, public_url: Option<&str>) -> Option<bool> {
    let text = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or(""));
    // What the browser itself says comes first: no page can change these.
    if let Some(site) = text(&FETCH_SITE) {
        return Some(site == "same-origin");
    }
    let host = |url| -> Option<&str> {
        let (_, rest): (&str, &str) = str::split_once(url, "://")?;
        rest.split('/').next()
    };
    text(&header::ORIGIN).map(|origin| {
        let from = host(origin);
        from.is_some() && (from == text(&header::HOST) || from == public_url.and_then(host))
    })
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<SignedIn, Error> {
        let (token, by_cookie) = token(app, &parts.headers).ok_or(Code::SignedOut)?;
        if by_cookie {
            require_own_site(&parts.method, &parts.headers)?;
        }
        let in_use = !parts.headers.contains_key(BACKGROUND);
        Ok(SignedIn(session::authenticate(app, &token, in_use).await?))
    }
}

impl OptionalFromRequestParts<App> for SignedIn {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<SignedIn>, Error> {
        match <SignedIn as FromRequestParts<App>>::from_request_parts(parts, app).await {
            Ok(signed_in) => Ok(Some(signed_in)),
            Err(error) if error.code() == Code::SignedOut => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl FromRequestParts<App> for Admin {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Admin, Error> {
        let SignedIn(session) = <SignedIn as FromRequestParts<App>>::from_request_parts(parts, app).await?;
        let actor = Actor::administrator(&app.store, &session.person).await?;
        Ok(Admin { actor, session })
    }
}

impl FromRequestParts<App> for SteppedUp {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<SteppedUp, Error> {
        let Admin { actor, session } = Admin::from_request_parts(parts, app).await?;
        session.require_step_up(app.now())?;
        Ok(SteppedUp(actor))
    }
}

impl FromRequestParts<App> for ClientAddress {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<ClientAddress, Error> {
        let peer = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map(|info| info.0.ip().to_canonical());
        let peer = peer.ok_or_else(|| Error::internal("the connection's address is not known"))?;
        let trusted = |address: &IpAddr| app.config.trusted_proxies.contains(address);
        if !trusted(&peer) {
            return Ok(ClientAddress(peer));
        }
        // Each proxy appends whom it heard from; the last one we do not run ourselves is the client.
        let lines = parts
            .headers
            .get_all("x-forwarded-for")
            .iter()
            .filter_map(|value| value.to_str().ok());
        let hops: Vec<IpAddr> = lines
            .flat_map(|line| line.split(','))
            .filter_map(|hop| hop.trim().parse().ok())
            .collect();
        Ok(ClientAddress(
            hops.into_iter().rev().find(|hop| !trusted(hop)).unwrap_or(peer),
        ))
    }
}

/// A JSON body: an object.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Json<T> {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Json<T>, Error> {
        let kind = request
            .headers()
            .get(header::CONTENT_TYPE)
            .map(|kind| kind.as_bytes().to_ascii_lowercase());
        if !kind.is_some_and(|kind| kind.starts_with(b"application/json")) {
            return Err(Code::UnsupportedMedia.into());
        }
        let body = Bytes::from_request(request, app).await.map_err(|rejection| {
            if rejection.status() == http::StatusCode::PAYLOAD_TOO_LARGE {
                Code::TooLarge
            } else {
                Code::Malformed
            }
        })?;
        // Fields by their place would be taken for fields by name.
        if body.trim_ascii_start().first() == Some(&b'[') {
            return Err(Error::field("", "bad_value"));
        }
        // The parser's own message may quote a value.
        serde_json::from_slice(&body).map(Json).map_err(|error| {
            if error.is_data() {
                Error::field("", "bad_value")
            } else {
                Code::Malformed.into()
            }
        })
    }
}

/// The query string.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<App> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Query<T>, Error> {
        let parsed = axum::extract::Query::<T>::from_request_parts(parts, app).await;
        parsed
            .map(|query| Query(query.0))
            .map_err(|_| Code::Malformed.into())
    }
}

/// The ids in the path.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Path<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Path<T>, Error> {
        let parsed = <axum::extract::Path<T> as FromRequestParts<App>>::from_request_parts(parts, app).await;
        parsed.map(|path| Path(path.0)).map_err(|_| Code::NotFound.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn only_our_own_pages_may_change_anything() {
        let allowed = |pairs| require_own_site(&Method::POST, &headers(pairs)).is_ok();
        assert!(allowed(&[("sec-fetch-site", "same-origin")]));
        assert!(allowed(&[("origin", "https://q.example"), ("host", "q.example")]));
        assert!(allowed(&[("x-qiao-csrf", "1")]));
        assert!(!allowed(&[]));
        assert!(!allowed(&[
            ("sec-fetch-site", "cross-site"),
            ("x-qiao-csrf", "1")
        ]));
        assert!(!allowed(&[("sec-fetch-site", "same-site")]));
        assert!(!allowed(&[
            ("origin", "https://evil.example"),
            ("host", "q.example"),
            ("x-qiao-csrf", "1")
        ]));
        assert!(!allowed(&[("origin", "null"), ("host", "q.example")]));
        assert!(require_own_site(&Method::GET, &headers(&[])).is_ok());
    }
}

//! The web apps: files that were packed into the binary, or those of a folder while somebody works on them.
//!
//! The phone's app is at `/`, the desks' at `/desk/`. A file is served as it is, from its compressed copy where the
//! browser takes that; any other address that a person opens is the app's one page, which finds its own way. Nothing
//! here reads what is asked after `#`: an invitation's code never reaches the server. Addresses of the interface are
//! never pages.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use rust_embed::RustEmbed;

use crate::app::App;
use crate::error::{Code, Error};

/// What `make web` has packed; empty in a build without the web apps.
#[derive(RustEmbed)]
#[folder = "assets"]
struct Embedded;

/// An app: where it lives, and what its pages and workers may do.
struct Site {
    /// First part of its addresses, empty for the root.
    root: &'static str,
    policy: &'static str,
}

/// The last one takes every address that is left.
const SITES: [Site; 2] = [
    Site {
        root: "desk",
        policy: "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; \
            img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; \
            frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types qiao-worker vue",
    },
    Site {
        root: "",
        policy: "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; \
            img-src 'self' blob: data:; connect-src 'self'; font-src 'self' data:; manifest-src 'self'; \
            base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
            require-trusted-types-for 'script'; trusted-types qiao-worker qiao-service-worker vue",
    },
];

/// First parts of addresses that belong to machines: no page is ever there.
const NOT_PAGES: [&str; 3] = ["/api/", "/sync/", "/enrol/v"];

/// Names with a hash of their content stand in this folder of each app: they never change.
const HASHED: &str = "assets/";

/// Of a name without an ending that the apps use.
const UNKNOWN: &str = "application/octet-stream";

/// The page of a build that has none.
const MISSING: &str = "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>桥 Qiao</title>\
    <p>这个程序在构建时没有包含网页应用。请运行 <code>make web</code> 后重新构建。\
    <p lang=\"en\">This build carries no web app. Run <code>make web</code> and build again.";

/// Answers what no route has taken.
pub async fn page_or_nothing(State(app): State<App>, request: Request) -> Response {
    let path = request.uri().path();
    let reading = request.method() == Method::GET || request.method() == Method::HEAD;
    if !reading || NOT_PAGES.iter().any(|start| path.starts_with(start)) {
        return Error::from(Code::NotFound).into_response();
    }
    let name = path.trim_start_matches('/');
    let site = SITES
        .iter()
        .find(|site| site.root.is_empty() || name == site.root || inside(name, site.root).is_some());
    let Some(site) = site else {
        return Error::from(Code::NotFound).into_response();
    };
    let folder = app.config.web.as_deref();
    let headers = request.headers();
    if let Some(found) = find(folder, name, headers).await {
        let hashed = inside(name, site.root).unwrap_or(name).starts_with(HASHED);
        return answer(site, name, hashed, found, headers);
    }
    // A script or picture that is not there must not turn out to be a page. Documents' names have dots too.
    let file = inside(name, site.root).unwrap_or(name);
    let is_file = file.starts_with(HASHED)
        || content_type(name) != UNKNOWN
        || name.split('/').any(|part| part.starts_with('.'));
    if is_file || !accepts(headers, &header::ACCEPT, "text/html") {
        return Error::from(Code::NotFound).into_response();
    }
    let page = match site.root {
        "" => "index.html".to_owned(),
        root => format!("{root}/index.html"),
    };
    match find(folder, &page, headers).await {
        Some(found) => answer(site, &page, false, found, headers),
        None => {
            let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
            (StatusCode::NOT_FOUND, kind, MISSING).into_response()
        }
    }
}

/// A name without the root of its app; `None` when it lies elsewhere.
fn inside<'a>(name: &'a str, root: &str) -> Option<&'a str> {
    if root.is_empty() {
        return Some(name);
    }
    name.strip_prefix(root)?.strip_prefix('/')
}

/// A file as it goes out.
struct Found {
    bytes: Cow<'static, [u8]>,
    /// Of the content as it goes out.
    tag: String,
    encoding: Option<&'static str>,
}

/// The file of this name, in the smallest form that the browser takes.
async fn find(folder: Option<&Path>, name: &str, headers: &HeaderMap) -> Option<Found> {
    let plain = |part: &str| {
        let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        !part.is_empty() && !part.starts_with('.') && part.chars().all(known)
    };
    // Compressed copies are not files of their own.
    if !name.split('/').all(plain) || name.ends_with(".br") || name.ends_with(".gz") {
        return None;
    }
    for (encoding, ending) in [("br", ".br"), ("gzip", ".gz")] {
        if accepts(headers, &header::ACCEPT_ENCODING, encoding)
            && let Some(found) = read(folder, &format!("{name}{ending}"), Some(encoding)).await
        {
            return Some(found);
        }
    }
    read(folder, name, None).await
}

async fn read(folder: Option<&Path>, name: &str, encoding: Option<&'static str>) -> Option<Found> {
    let (bytes, hash) = match folder {
        Some(folder) => {
            let file: PathBuf = folder.join(name);
            let bytes = tokio::fs::read(file).await.ok()?;
            let hash = crate::auth::sha256(&bytes);
            (Cow::Owned(bytes), hash)
        }
        None => {
            let file = Embedded::get(name)?;
            (file.data, file.metadata.sha256_hash())
        }
    };
    let tag = hash.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    Some(Found { bytes, tag, encoding })
}

/// Whether a header names this, with any weight but none.
fn accepts(headers: &HeaderMap, name: &HeaderName, wanted: &str) -> bool {
    let values = headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|part| {
        let mut parts = part.split(';').map(str::trim);
        let named = parts
            .next()
            .is_some_and(|found| found.eq_ignore_ascii_case(wanted));
        named && !parts.any(|weight| matches!(weight, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

fn answer(site: &Site, name: &str, hashed: bool, found: Found, headers: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", found.tag);
    let known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|held| {
            held.split(',')
                .any(|held| held.trim().trim_start_matches("W/") == tag)
        });
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let bytes = match found.bytes {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) => Bytes::from(bytes),
        };
        Body::from(bytes).into_response()
    };
    let out = response.headers_mut();
    let mut say = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            out.insert(name, value);
        }
    };
    say(header::CONTENT_TYPE, content_type(name));
    say(header::ETAG, &tag);
    say(header::VARY, "accept-encoding");
    let keep = if hashed {
        "public, max-age=31536000, immutable"
    } else {
        // Asked about each time: the page and the service worker decide which version runs.
        "no-cache"
    };
    say(header::CACHE_CONTROL, keep);
    // On every file: a worker lives by the policy of its own script.
    say(header::CONTENT_SECURITY_POLICY, site.policy);
    if let (Some(encoding), false) = (found.encoding, known) {
        say(header::CONTENT_ENCODING, encoding);
    }
    response
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("json") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        _ => UNKNOWN,
    }
}

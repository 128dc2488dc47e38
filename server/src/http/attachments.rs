//! Attachments: devices send and fetch them with signed requests, people at desks fetch them by their session.
//!
//! Owns headers, ranges and the form of refusals; what may be taken or given is [`crate::attachments`]'s. Whatever is
//! given out is no page: its type is known, never guessed, and it can run nothing.

use std::ops::Range;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::StreamExt;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::Deserialize;
use sync_core::attachment::{Hash, Media, name_of, parse_name};
use sync_core::id::DocId;
use sync_core::limits::ATTACHMENT_CHUNK_SIZE_BYTES_MAX;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Path, Query, own_page};
use super::viewing::Viewing;
use crate::app::App;
use crate::attachments::{self, Piece, Progress, Taken, proof};
use crate::error::{Code, Error};
use crate::limits;
use crate::problem::Problem;
use crate::registry::devices::Device;

const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const UPLOAD_COMPLETE: HeaderName = HeaderName::from_static("upload-complete");
const TIME: HeaderName = HeaderName::from_static("qiao-time");

/// The route of devices (PROTOCOL.md, section 19).
pub fn device_routes() -> Router<App> {
    Router::new().route("/sync/v1/attachments/{name}", get(fetch).head(progress).put(take))
}

/// The route of desks.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show))
}

#[derive(Debug, Deserialize)]
struct Asked {
    doc: String,
    offset: Option<u64>,
    size: Option<u64>,
}

/// What a desk asks for.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// A document that names it.
    doc: String,
    /// To be saved instead of shown.
    #[serde(default)]
    download: bool,
}

/// An attachment of a document one may read
///
/// Serves one range of bytes where one is asked for.
#[utoipa::path(get, path = "/api/v1/attachments/{name}", tag = "offices", operation_id = "attachment",
    params(("name" = String, Path, description = "Name of the attachment, as in the document"), Wanted),
    responses((status = 200, description = "The bytes", content_type = "application/octet-stream"),
        (status = 206, description = "A part of them"), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn show(
    State(app): State<App>,
    Viewing(viewer): Viewing,
    Path(name): Path<String>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let name = parse_name(&name).ok_or(Code::NotFound)?;
    let kept = attachments::for_viewer(&app, &viewer, &name, &wanted.doc).await?;
    serve(
        &app,
        &name,
        kept.media,
        kept.size_bytes,
        &headers,
        wanted.download,
    )
    .await
}

async fn fetch(
    State(app): State<App>,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
    uri: http::Uri,
    headers: HeaderMap,
) -> Response {
    let served = async {
        let (device, name, doc) = prove(&app, &headers, "GET", &uri, &name, &asked, &[]).await?;
        let kept = attachments::for_device(&app, &device, &name, &doc).await?;
        serve(&app, &name, kept.media, kept.size_bytes, &headers, false).await
    };
    refused(&app, served.await)
}

async fn progress(
    State(app): State<App>,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
    uri: http::Uri,
    headers: HeaderMap,
) -> Response {
    let told = async {
        let (device, name, doc) = prove(&app, &headers, "HEAD", &uri, &name, &asked, &[]).await?;
        let progress = attachments::progress(&app, &device, &name, &doc).await?;
        Ok(told(StatusCode::NO_CONTENT.into_response(), progress))
    };
    refused(&app, told.await)
}

async fn take(
    State(app): State<App>,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
    uri: http::Uri,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let taken = async {
        let bytes = read(body).await?;
        let (device, name, doc) = prove(&app, &headers, "PUT", &uri, &name, &asked, &bytes).await?;
        let (Some(offset), Some(size_bytes)) = (asked.offset, asked.size) else {
            return Err(Code::Malformed.into());
        };
        let piece = Piece {
            offset,
            size_bytes,
            bytes,
        };
        Ok(
            match attachments::take(&app, &device, &name, &doc, piece).await? {
                Taken::Yes(progress) => told(StatusCode::NO_CONTENT.into_response(), progress),
                Taken::Elsewhere(progress) => told(Error::from(Code::UploadOffset).into_response(), progress),
            },
        )
    };
    refused(&app, taken.await)
}

async fn prove(
    app: &App,
    headers: &HeaderMap,
    method: &str,
    uri: &http::Uri,
    name: &str,
    asked: &Asked,
    body: &[u8],
) -> Result<(Device, Hash, DocId), Error> {
    // A page of another site has no business here, whatever it could sign.
    if own_page(headers, app.config.public_url.as_deref()) == Some(false) {
        return Err(Code::CsrfRefused.into());
    }
    let target = uri.path_and_query().map_or("", |target| target.as_str());
    let device = proof::device(app, headers, method, target, body).await?;
    let name = parse_name(name).ok_or(Code::NotFound)?;
    let doc = DocId::parse(&asked.doc).map_err(|_| Code::NotFound)?;
    Ok((device, name, doc))
}

/// One piece, as slowly as a link brings it, but never without end.
async fn read(body: Body) -> Result<Bytes, Error> {
    let idle = Duration::from_secs(limits::EXCHANGE_IDLE_S);
    let mut stream = body.into_data_stream();
    let mut bytes = Vec::new();
    loop {
        match tokio::time::timeout(idle, stream.next()).await {
            Err(_) => return Err(Code::Timeout.into()),
            Ok(None) => return Ok(bytes.into()),
            Ok(Some(Err(_))) => return Err(Code::Malformed.into()),
            Ok(Some(Ok(chunk))) if bytes.len() + chunk.len() > ATTACHMENT_CHUNK_SIZE_BYTES_MAX => {
                return Err(Code::TooLarge.into());
            }
            Ok(Some(Ok(chunk))) => bytes.extend_from_slice(&chunk),
        }
    }
}

fn told(mut response: Response, progress: Progress) -> Response {
    let headers = response.headers_mut();
    headers.insert(UPLOAD_OFFSET, HeaderValue::from(progress.offset));
    if progress.complete {
        headers.insert(UPLOAD_COMPLETE, HeaderValue::from_static("?1"));
    }
    response
}

fn refused(app: &App, answer: Result<Response, Error>) -> Response {
    answer.unwrap_or_else(|error| {
        let stale = error.code() == Code::ProofStale;
        let mut response = error.into_response();
        if stale {
            response.headers_mut().insert(TIME, HeaderValue::from(app.now()));
        }
        response
    })
}

async fn serve(
    app: &App,
    name: &Hash,
    media: Media,
    size_bytes: u64,
    headers: &HeaderMap,
    download: bool,
) -> Result<Response, Error> {
    let asked = headers.get(header::RANGE).and_then(|range| range.to_str().ok());
    let part = match asked.map(|range| part_of(range, size_bytes)) {
        None | Some(Wants::All) => None,
        Some(Wants::Part(part)) => Some(part),
        Some(Wants::Nothing) => {
            let range = [(header::CONTENT_RANGE, format!("bytes */{size_bytes}"))];
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, range).into_response());
        }
    };
    let bytes = attachments::bytes(app, name, part.clone()).await?;
    let status = match part {
        Some(_) => StatusCode::PARTIAL_CONTENT,
        None => StatusCode::OK,
    };
    let shown = !download && media != Media::Pdf;
    let disposition = format!(
        "{}; filename=\"{}.{}\"",
        if shown { "inline" } else { "attachment" },
        &name_of(name)[..8],
        media.as_str()
    );
    let mut response = (
        status,
        [
            (header::CONTENT_TYPE, media.content_type().to_owned()),
            (header::CONTENT_DISPOSITION, disposition),
            (header::ETAG, format!("\"{}\"", name_of(name))),
            (header::ACCEPT_RANGES, "bytes".to_owned()),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
            (
                header::CONTENT_SECURITY_POLICY,
                "default-src 'none'; frame-ancestors 'none'; sandbox".to_owned(),
            ),
        ],
        bytes,
    )
        .into_response();
    if let Some(part) = part {
        let range = format!("bytes {}-{}/{size_bytes}", part.start, part.end - 1);
        let range = HeaderValue::from_str(&range).map_err(|_| Error::internal("a range of numbers"))?;
        response.headers_mut().insert(header::CONTENT_RANGE, range);
    }
    Ok(response)
}

/// What a `Range` asks of so many bytes.
#[derive(Debug, PartialEq, Eq)]
enum Wants {
    /// Everything: it asks for several parts or in another unit.
    All,
    Part(Range<u64>),
    /// A part that is not there.
    Nothing,
}

fn part_of(range: &str, size_bytes: u64) -> Wants {
    let Some((first, last)) = range
        .strip_prefix("bytes=")
        .and_then(|range| range.split_once('-'))
    else {
        return Wants::All;
    };
    let number = |text: &str| {
        text.bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| text.parse::<u64>().ok())
    };
    let part = match (first, last) {
        ("", last) => number(last)
            .flatten()
            .map(|count| size_bytes.saturating_sub(count)..size_bytes),
        (first, "") => number(first).flatten().map(|first| first..size_bytes),
        (first, last) => match (number(first).flatten(), number(last).flatten()) {
            (Some(first), Some(last)) if first <= last => Some(first..last.saturating_add(1).min(size_bytes)),
            _ => None,
        },
    };
    match part {
        None => Wants::All,
        Some(part) if part.start < part.end => Wants::Part(part),
        Some(_) => Wants::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_a_part_of_what_there_is() {
        assert_eq!(part_of("bytes=0-3", 10), Wants::Part(0..4));
        assert_eq!(part_of("bytes=4-", 10), Wants::Part(4..10));
        assert_eq!(part_of("bytes=-3", 10), Wants::Part(7..10));
        assert_eq!(part_of("bytes=-30", 10), Wants::Part(0..10));
        assert_eq!(part_of("bytes=8-99", 10), Wants::Part(8..10));
        assert_eq!(part_of("bytes=10-", 10), Wants::Nothing);
        assert_eq!(part_of("bytes=-0", 10), Wants::Nothing);
        for whole in [
            "bytes=0-1,4-5",
            "lines=0-1",
            "bytes=5-2",
            "bytes=+1-2",
            "bytes=",
            "bytes=-",
        ] {
            assert_eq!(part_of(whole, 10), Wants::All, "{whole}");
        }
    }
}

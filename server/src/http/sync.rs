//! The sync routes: `POST /sync/v1/exchange` and `GET /sync/v1/live`.
//!
//! Owns bodies, compression and timing; what frames mean is [`crate::relay`]'s. These answers carry no headers but
//! what they need: on a slow link a page of security headers costs more than the answer, and no browser renders it.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use futures_util::StreamExt;
use http::{HeaderValue, header};
use sync_core::limits as protocol;
use sync_core::wire::codec::Writer;
use sync_core::wire::frame::Frame;
use sync_core::wire::stream::{Effort, StreamReader, StreamWriter};
use tokio::sync::Semaphore;

use crate::app::App;
use crate::error::{Code, Error};
use crate::limits;
use crate::relay::exchange::{Broken, Intake, Reply};
use crate::store::StoreError;

/// What frames are called on the wire.
pub const CONTENT_TYPE: &str = "application/vnd.qiao.frames";

/// The routes.
pub fn routes() -> Router<App> {
    Router::new().route("/sync/v1/exchange", post(exchange))
}

/// A whole exchange in one request.
async fn exchange(State(app): State<App>, body: Body) -> Response {
    match take(&app, body).await {
        Ok(reply) => match answer(&app, reply).await {
            Ok(body) => {
                let mut response = Response::new(body);
                response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
                response
            }
            Err(error) => Error::Store(error).into_response(),
        },
        Err(refused) => refused.into_response(),
    }
}

/// Takes the request as it arrives.
async fn take(app: &App, body: Body) -> Result<Reply, Error> {
    let _room = app.sync_bodies.acquire().await.map_err(|_| Error::from(Code::Unavailable))?;
    let mut stream = body.into_data_stream();
    let mut reader =
        StreamReader::new(protocol::EXCHANGE_SIZE_BYTES_MAX).map_err(|_| Error::from(Code::Unavailable))?;
    let mut intake = Intake::new(app.relay.clone());
    let idle = Duration::from_secs(limits::EXCHANGE_IDLE_S);
    loop {
        let Ok(chunk) = tokio::time::timeout(idle, stream.next()).await else {
            return Err(Code::Timeout.into());
        };
        let chunk = match chunk {
            Some(Ok(chunk)) => chunk,
            // The link broke: what has arrived is durable, and nobody is there to be answered.
            Some(Err(_)) => return Err(Code::Malformed.into()),
            None => break,
        };
        let mut frames = Vec::new();
        let mut whole = reader.push(&chunk);
        while whole.is_ok() {
            match reader.next_frame() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(malformed) => whole = Err(malformed),
            }
        }
        if !frames.is_empty() {
            intake.take(frames, app.now()).await.map_err(broken)?;
        }
        if whole.is_err() {
            return intake.finish_malformed().map_err(broken);
        }
    }
    if reader.has_partial_frame() {
        return Err(Code::Malformed.into());
    }
    intake.finish().map_err(broken)
}

fn broken(broken: Broken) -> Error {
    match broken {
        Broken::Malformed => Code::Malformed.into(),
        Broken::Unavailable(_) => Error::retry(Code::Unavailable, limits::SYNC_RETRY_AFTER_S),
    }
}

/// The answer, compressed as it is read; small ones in one piece, with their length.
async fn answer(app: &App, reply: Reply) -> Result<Body, StoreError> {
    let bulk = reply.is_bulk().await?;
    let effort = if bulk { Effort::Bulk } else { Effort::Small };
    let Ok(writer) = StreamWriter::new(effort) else {
        return Err(StoreError::Corrupt("compressor"));
    };
    let mut down = Down { reply, writer: Some(writer), heavy: bulk.then(|| app.sync_heavy.clone()) };
    let Some(first) = down.next().await? else { return Ok(Body::empty()) };
    if down.writer.is_none() {
        return Ok(Body::from(first));
    }
    let rest = futures_util::stream::try_unfold(down, |mut down| async move {
        Ok::<_, StoreError>(down.next().await?.map(|bytes| (bytes, down)))
    });
    Ok(Body::from_stream(futures_util::stream::iter([Ok(first)]).chain(rest)))
}

/// An answer on its way.
struct Down {
    reply: Reply,
    /// Gone once the stream has ended.
    writer: Option<StreamWriter>,
    /// Bounds strong compression, for answers that need it.
    heavy: Option<Arc<Semaphore>>,
}

impl Down {
    /// The next compressed bytes: whole frames, so that the device can use them at once.
    async fn next(&mut self) -> Result<Option<Bytes>, StoreError> {
        let Some(mut writer) = self.writer.take() else { return Ok(None) };
        let mut frames = Writer::new();
        let mut ended = false;
        while frames.0.len() < limits::EXCHANGE_FLUSH_BYTES {
            match self.reply.next().await? {
                Some(page) => page.frames.iter().for_each(|frame: &Frame| frame.write(&mut frames)),
                None => {
                    ended = true;
                    break;
                }
            }
        }
        let failed = |_| StoreError::Corrupt("compressor");
        let (bytes, writer) = match &self.heavy {
            Some(heavy) => {
                let permit = heavy.clone().acquire_owned().await;
                let compressed = tokio::task::spawn_blocking(move || {
                    let _permit = permit;
                    compress(writer, &frames.0, ended)
                });
                compressed.await.map_err(|_| StoreError::Corrupt("compressor"))?.map_err(failed)?
            }
            None => compress(writer, &frames.0, ended).map_err(failed)?,
        };
        self.writer = writer;
        Ok(Some(Bytes::from(bytes)))
    }
}

fn compress(
    mut writer: StreamWriter,
    frames: &[u8],
    ended: bool,
) -> Result<(Vec<u8>, Option<StreamWriter>), sync_core::wire::stream::CompressionFailed> {
    let mut bytes = writer.write(frames, !ended)?;
    if !ended {
        return Ok((bytes, Some(writer)));
    }
    bytes.extend(writer.finish()?);
    Ok((bytes, None))
}

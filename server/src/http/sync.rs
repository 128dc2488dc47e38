//! The sync routes: `POST /sync/v1/exchange` and `GET /sync/v1/live`.
//!
//! Owns bodies, compression and timing; what frames mean is [`crate::relay`]'s. These answers carry no headers but
//! what they need: on a slow link a page of security headers costs more than the answer, and no browser renders it.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures_util::{FutureExt, StreamExt};
use http::{HeaderMap, HeaderValue, header};
use sync_core::limits as protocol;
use sync_core::reason::Reason;
use sync_core::wire::codec::Writer;
use sync_core::wire::stream::{Effort, StreamReader, StreamWriter};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::app::App;
use crate::error::{Code, Error};
use crate::http::edge::put_into_words;
use crate::http::extract::own_page;
use crate::limits;
use crate::problem::Language;
use crate::relay::Unavailable;
use crate::relay::exchange::{Broken, Intake, Reply};
use crate::relay::live::{Ended, Live};
use crate::store::StoreError;

/// What frames are called on the wire.
pub const CONTENT_TYPE: &str = "application/vnd.qiao.frames";

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/sync/v1/exchange", post(exchange))
        .route("/sync/v1/live", get(live))
}

/// What these routes are told is signed by a device's key, so a foreign page can do no more than any other client. It has
/// no business here all the same: a browser that works for another site is refused. Who sends no such headers is no browser.
fn require_own_page(app: &App, headers: &HeaderMap) -> Result<(), Error> {
    match own_page(headers, app.config.public_url.as_deref()) {
        Some(false) => Err(Code::CsrfRefused.into()),
        _ => Ok(()),
    }
}

/// A whole exchange in one request.
async fn exchange(State(app): State<App>, headers: HeaderMap, body: Body) -> Response {
    let done = AssertUnwindSafe(async {
        require_own_page(&app, &headers)?;
        let reply = take(&app, body).await?;
        answer(&app, reply).await.map_err(Error::Store)
    });
    match done.catch_unwind().await {
        Ok(Ok(body)) => {
            let mut response = Response::new(body);
            response
                .headers_mut()
                .insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
            response
        }
        Ok(Err(error)) => in_words(error, &headers),
        Err(_) => {
            metrics::counter!("qiao_http_panics_total").increment(1);
            in_words(Code::Internal.into(), &headers)
        }
    }
}

/// These routes stand beside the edge, which would put their errors into words.
fn in_words(error: Error, headers: &HeaderMap) -> Response {
    let request_id = format!("{:016x}", rand::random::<u64>());
    let language = Language::from_header(headers.get(header::ACCEPT_LANGUAGE));
    put_into_words(error.into_response(), language, &request_id)
}

/// Takes the request as it arrives.
async fn take(app: &App, body: Body) -> Result<Reply, Error> {
    let _room = app
        .sync_bodies
        .acquire()
        .await
        .map_err(|_| Error::from(Code::Unavailable))?;
    let mut stream = body.into_data_stream();
    let mut reader = StreamReader::from_device(protocol::EXCHANGE_SIZE_BYTES_MAX)
        .map_err(|_| Error::from(Code::Unavailable))?;
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
        Broken::Unavailable(Unavailable(Reason::StorageFull)) => {
            Error::retry(Code::StorageFull, limits::SYNC_RETRY_AFTER_S)
        }
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
    let mut down = Down {
        reply,
        writer: Some(writer),
        heavy: bulk.then(|| app.sync_heavy.clone()),
        app: app.clone(),
    };
    let Some(first) = down.next().await? else {
        return Ok(Body::empty());
    };
    if down.writer.is_none() {
        return Ok(Body::from(first));
    }
    let rest = futures_util::stream::try_unfold(down, |mut down| async move {
        Ok::<_, StoreError>(down.next().await?.map(|bytes| (bytes, down)))
    });
    Ok(Body::from_stream(
        futures_util::stream::iter([Ok(first)]).chain(rest),
    ))
}

/// An answer on its way.
struct Down {
    reply: Reply,
    /// Gone once the stream has ended.
    writer: Option<StreamWriter>,
    /// Bounds strong compression, for answers that need it.
    heavy: Option<Arc<Semaphore>>,
    app: App,
}

impl Down {
    /// The next compressed bytes: whole frames, so that the device can use them at once.
    async fn next(&mut self) -> Result<Option<Bytes>, StoreError> {
        let Some(writer) = self.writer.take() else {
            return Ok(None);
        };
        let mut frames = Writer::new();
        let mut flushes = Vec::new();
        let mut ended = false;
        while frames.0.len() < limits::EXCHANGE_FLUSH_BYTES {
            match self.reply.next().await? {
                Some(page) => {
                    for frame in &page.frames {
                        frame.write(&mut frames);
                        // A whole load is flushed page by page; a short answer so that a cut leaves something of it.
                        let flushed = flushes.last().copied().unwrap_or(0);
                        if self.heavy.is_none()
                            && frames.0.len() - flushed >= limits::EXCHANGE_FLUSH_BYTES_SHORT
                        {
                            flushes.push(frames.0.len());
                        }
                    }
                }
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
                    compress(writer, &frames.0, &flushes, ended)
                });
                compressed
                    .await
                    .map_err(|_| StoreError::Corrupt("compressor"))?
                    .map_err(failed)?
            }
            None => compress(writer, &frames.0, &flushes, ended).map_err(failed)?,
        };
        self.writer = writer;
        if let Some(device) = self.reply.whole_for().filter(|_| ended) {
            self.app.relay.handed_over(device, self.app.now());
        }
        Ok(Some(Bytes::from(bytes)))
    }
}

fn compress(
    mut writer: StreamWriter,
    frames: &[u8],
    flushes: &[usize],
    ended: bool,
) -> Result<(Vec<u8>, Option<StreamWriter>), sync_core::wire::stream::CompressionFailed> {
    let mut bytes = Vec::new();
    let mut from = 0;
    for &to in flushes {
        bytes.extend(writer.write(&frames[from..to], true)?);
        from = to;
    }
    bytes.extend(writer.write(&frames[from..], !ended && from < frames.len())?);
    if !ended {
        return Ok((bytes, Some(writer)));
    }
    bytes.extend(writer.finish()?);
    Ok((bytes, None))
}

/// The same frames both ways for as long as it lasts. A browser cannot put anything into the handshake: who speaks is
/// proven by the first frame.
async fn live(State(app): State<App>, headers: HeaderMap, upgrade: WebSocketUpgrade) -> Response {
    if let Err(error) = require_own_page(&app, &headers) {
        return in_words(error, &headers);
    }
    let tasks = app.tasks.clone();
    upgrade
        .read_buffer_size(limits::LIVE_BUFFER_BYTES)
        .write_buffer_size(0)
        .max_write_buffer_size(limits::LIVE_WRITE_BUFFER_BYTES_MAX)
        .max_message_size(limits::LIVE_MESSAGE_BYTES_MAX)
        .max_frame_size(limits::LIVE_MESSAGE_BYTES_MAX)
        .on_upgrade(move |socket| tasks.track_future(Box::pin(converse(app, socket))))
}

async fn converse(app: App, mut socket: WebSocket) {
    let mut live = Live::new(app.relay.clone());
    let connections = metrics::gauge!("qiao_live_connections");
    connections.increment(1);
    let ended = AssertUnwindSafe(talk(&app, &mut live, &mut socket))
        .catch_unwind()
        .await;
    connections.decrement(1);
    let ended = ended.unwrap_or(Err(Gone::Silent));
    let (code, reason) = match ended {
        Ok(()) => (close_code::NORMAL, ""),
        Err(Gone::Silent) => return,
        Err(Gone::Ended(Ended::Malformed)) => (close_code::PROTOCOL, "malformed"),
        Err(Gone::Ended(Ended::Stopping)) => (close_code::AWAY, "stopping"),
        Err(Gone::Ended(error @ (Ended::Unavailable(_) | Ended::Store(_)))) => {
            tracing::warn!(%error, device_no = live.device(), "a live connection ends");
            (close_code::AGAIN, "try again")
        }
    };
    let close = Message::Close(Some(CloseFrame {
        code,
        reason: reason.into(),
    }));
    let _ = tokio::time::timeout(Duration::from_secs(5), socket.send(close)).await;
}

/// Why a conversation is over.
enum Gone {
    /// Nobody is there any more.
    Silent,
    Ended(Ended),
}

impl From<Ended> for Gone {
    fn from(ended: Ended) -> Gone {
        Gone::Ended(ended)
    }
}

async fn talk(app: &App, live: &mut Live, socket: &mut WebSocket) -> Result<(), Gone> {
    let stuck = Duration::from_secs(limits::LIVE_SEND_STUCK_S);
    let (quiet, silent) = (
        Duration::from_secs(limits::LIVE_QUIET_S),
        Duration::from_secs(limits::LIVE_SILENT_S),
    );
    let mut heard = Instant::now();
    let mut pinged = heard;
    // Made once: what is waited for is entered in lists that all connections share, and most waits end with a message.
    let stopping = app.stopping.cancelled();
    let look = tokio::time::sleep_until(heard + quiet);
    tokio::pin!(stopping, look);
    loop {
        let mut sending = false;
        while let Some(message) = live.next().await? {
            // What the device has to say does not wait for the end of a long load.
            if sending && let Some(message) = socket.recv().now_or_never() {
                heard = Instant::now();
                take_message(app, live, message).await?;
            }
            sending = true;
            let sent = tokio::time::timeout(stuck, socket.send(Message::Binary(message))).await;
            sent.map_err(|_| Gone::Silent)?.map_err(|_| Gone::Silent)?;
        }
        if live.is_closing() {
            return Ok(());
        }
        tokio::select! {
            () = &mut stopping => return Err(Ended::Stopping.into()),
            message = socket.recv() => {
                heard = Instant::now();
                take_message(app, live, message).await?;
            }
            happening = live.wait() => live.heed(happening?, app.now()).await?,
            () = &mut look => {
                // Any byte received is life. A ping only asks for one, and an answer may well wait behind queued data on
                // a slow link: a connection is given up after a silence far longer than any queue.
                let greeted = live.device().is_some();
                let due = if greeted { heard.max(pinged) + quiet } else { heard + quiet };
                if due > Instant::now() {
                    look.as_mut().reset(due);
                    continue;
                }
                if !greeted || heard.elapsed() > silent {
                    return Err(Gone::Silent);
                }
                pinged = Instant::now();
                look.as_mut().reset(pinged + quiet);
                let sent = tokio::time::timeout(stuck, socket.send(Message::Ping(Bytes::new()))).await;
                sent.map_err(|_| Gone::Silent)?.map_err(|_| Gone::Silent)?;
            }
        }
    }
}

async fn take_message(
    app: &App,
    live: &mut Live,
    message: Option<Result<Message, axum::Error>>,
) -> Result<(), Gone> {
    match message {
        Some(Ok(Message::Binary(message))) => Ok(live.take(&message, app.now()).await?),
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
        Some(Ok(Message::Text(_))) => Err(Ended::Malformed.into()),
        Some(Ok(Message::Close(_)) | Err(_)) | None => Err(Gone::Silent),
    }
}

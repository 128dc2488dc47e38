//! A connection that stays: the same frames as an exchange, both ways, while there is a line.
//!
//! It says hello, is brought up to date, and from then on sends edits as they are made and stores what others write as
//! it comes. Cursors are acknowledged together. When the line breaks it connects again, waiting longer each time, with
//! jitter. Any byte that arrives is life: a large message that takes minutes on a slow line does not end it.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use reqwest::{StatusCode, Upgraded};
use sync_core::id::FeedNo;
use sync_core::wire::frame::{Cursor, DeviceStatus, Frame};
use sync_core::wire::stream::{pack_message, unpack_message};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Bytes, Message};

use crate::device::Device;
use crate::http::{Observer, Server, Shared, lock, refused};
use crate::limits;
use crate::problem::{Code, Problem};

/// How a live connection stands.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// It has been answered since it last connected: edits go out at once.
    pub connected: bool,
    /// Why it is not connected, as far as known.
    pub problem: Option<Problem>,
    /// It has ended for good: stopped, or the device was wiped.
    pub ended: bool,
    /// Grows with every step, so that who waits can look again.
    pub steps: u64,
}

/// Bytes of all connections so far, below any encryption of the line.
#[derive(Debug, Default)]
pub struct Traffic {
    up: AtomicU64,
    down: AtomicU64,
}

impl Traffic {
    /// Sent.
    pub fn up(&self) -> u64 {
        self.up.load(Ordering::Relaxed)
    }
    /// Received.
    pub fn down(&self) -> u64 {
        self.down.load(Ordering::Relaxed)
    }
}

/// A live connection, running in the background until it is stopped or dropped.
#[derive(Debug)]
pub struct Live {
    nudge: Arc<Notify>,
    stop: watch::Sender<bool>,
    state: watch::Receiver<State>,
    traffic: Arc<Traffic>,
    task: tokio::task::JoinHandle<()>,
}

impl Live {
    /// Starts it. `observe` is called with the device after each step.
    pub fn start(server: Server, device: Shared, observe: Observer) -> Self {
        let nudge = Arc::new(Notify::new());
        let traffic = Arc::new(Traffic::default());
        let (stop, stopped) = watch::channel(false);
        let (tell, state) = watch::channel(State::default());
        let runner = Runner {
            server,
            device,
            observe,
            nudge: Arc::clone(&nudge),
            stopped,
            tell,
            traffic: Arc::clone(&traffic),
        };
        let task = tokio::spawn(runner.run());
        Live {
            nudge,
            stop,
            state,
            traffic,
            task,
        }
    }

    /// An edit has been made: send it.
    pub fn nudge(&self) {
        self.nudge.notify_one();
    }

    /// How it stands, and a way to wait for a change of that.
    pub fn state(&self) -> watch::Receiver<State> {
        self.state.clone()
    }

    /// Bytes so far.
    pub fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// Waits until everything local has been answered, or the time is over. `true` if it has.
    pub async fn settled(&self, device: &Shared, patience: Duration) -> bool {
        let mut state = self.state();
        self.nudge();
        let wait = async {
            loop {
                let connected = state.borrow_and_update().connected;
                let status = lock(device).status();
                if connected && status.unsent == status.waiting {
                    return true;
                }
                if state.changed().await.is_err() {
                    return false;
                }
            }
        };
        timeout(patience, wait).await.unwrap_or(false)
    }

    /// Ends it in order.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        if timeout(limits::CONNECT_MAX, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Runner {
    server: Server,
    device: Shared,
    observe: Observer,
    nudge: Arc<Notify>,
    stopped: watch::Receiver<bool>,
    tell: watch::Sender<State>,
    traffic: Arc<Traffic>,
}

impl Runner {
    async fn run(mut self) {
        let mut wait = limits::RECONNECT_AFTER_MIN;
        while !*self.stopped.borrow() {
            let since = Instant::now();
            let failed = self.connection().await.err();
            if failed.is_some() {
                lock(&self.device).interrupted();
            }
            if lock(&self.device).wipe_ordered() {
                self.wipe().await;
                break;
            }
            let Some(problem) = failed else { break };
            // A connection that ends as soon as it is answered has not come about.
            if self.tell.borrow().connected && since.elapsed() > 4 * wait {
                wait = limits::RECONNECT_AFTER_MIN;
            }
            let base = match lock(&self.device).status().grant {
                _ if !problem.passing() => limits::RECONNECT_AFTER_MAX,
                Some(grant) if grant.status == DeviceStatus::Active => wait,
                Some(grant) if grant.status != DeviceStatus::Pending => limits::RECONNECT_AFTER_MAX,
                _ => wait.max(limits::APPROVAL_POLL),
            };
            let mut pause = base.mul_f64(0.5 + 0.5 * rand::random::<f64>());
            if let Some(seconds) = problem.retry_after_s {
                pause = pause.max(Duration::from_secs(seconds).min(10 * limits::RECONNECT_AFTER_MAX));
            }
            self.step(|state| {
                state.connected = false;
                state.problem = Some(problem);
            });
            wait = (wait * 2).min(limits::RECONNECT_AFTER_MAX);
            tokio::select! {
                () = sleep(pause) => {}
                _ = self.stopped.changed() => {}
            }
        }
        self.step(|state| {
            state.connected = false;
            state.ended = true;
        });
    }

    fn step(&self, change: impl FnOnce(&mut State)) {
        self.tell.send_modify(|state| {
            change(state);
            state.steps += 1;
        });
        (self.observe)(&mut lock(&self.device));
    }

    /// Hands over what has not been sent, once, and destroys everything.
    async fn wipe(&self) {
        if lock(&self.device).status().unsent > 0 {
            // Wipes at its end, whether the line holds or not.
            self.server.sync(&self.device, &self.observe).await;
        } else if lock(&self.device).wipe().is_err() {
            tracing::error!(
                "the ordered wipe could not be completed; it goes on when the device is next opened"
            );
        }
    }

    async fn connect(&self) -> Result<WebSocketStream<Counted>, Problem> {
        let key = generate_key();
        let request = self
            .server
            .client
            .get(self.server.url("sync/v1/live")?)
            .header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", &key);
        let reply = timeout(limits::SILENCE_MAX, request.send())
            .await
            .map_err(|_| Code::Unreachable)?
            .map_err(|_| Code::Unreachable)?;
        if reply.status() != StatusCode::SWITCHING_PROTOCOLS {
            return Err(refused(reply).await);
        }
        let accept = reply.headers().get("sec-websocket-accept");
        if accept.is_none_or(|accept| accept.as_bytes() != derive_accept_key(key.as_bytes()).as_bytes()) {
            return Err(Code::BadAnswer.into());
        }
        let line = reply.upgrade().await.map_err(|_| Code::Interrupted)?;
        let counted = Counted {
            line,
            traffic: Arc::clone(&self.traffic),
        };
        let config = WebSocketConfig::default()
            .max_message_size(Some(limits::MESSAGE_SIZE_BYTES_MAX))
            .max_frame_size(Some(limits::MESSAGE_SIZE_BYTES_MAX));
        Ok(WebSocketStream::from_raw_socket(counted, Role::Client, Some(config)).await)
    }

    /// One connection from hello to its end. `Ok` when it was stopped.
    async fn connection(&mut self) -> Result<(), Problem> {
        let mut stopped = self.stopped.clone();
        let line = tokio::select! {
            line = self.connect() => line?,
            _ = stopped.changed() => return Ok(()),
        };
        let (mut sink, mut source) = line.split();
        let (out, mut queue) = mpsc::channel::<Message>(limits::OUTGOING_MESSAGES_MAX);
        let writer = async {
            while let Some(message) = queue.recv().await {
                sink.send(message).await?;
            }
            sink.close().await
        };
        tokio::pin!(writer);

        let hello = lock(&self.device).begin()?;
        out.try_send(message(&hello)).map_err(|_| Code::Interrupted)?;
        let mut talk = Talk::new(self.traffic.down());
        loop {
            tokio::select! {
                written = &mut writer => {
                    written.map_err(|_| Code::Interrupted)?;
                    return Ok(());
                }
                _ = stopped.changed() => break,
                message = source.next() => {
                    let message = message.ok_or(Code::Interrupted)?.map_err(|_| Code::Interrupted)?;
                    if let Message::Binary(bytes) = message {
                        self.take(&bytes, &mut talk)?;
                        if lock(&self.device).wipe_ordered() {
                            return Ok(());
                        }
                    } else if message.is_close() {
                        return Err(Code::Interrupted.into());
                    }
                }
                () = self.nudge.notified(), if talk.answered => {
                    talk.push_at.get_or_insert(Instant::now() + limits::GATHER_FOR);
                }
                permit = after(talk.push_at, out.reserve()) => {
                    talk.push_at = None;
                    let permit = permit.map_err(|_| Code::Interrupted)?;
                    let more = lock(&self.device).begin_more()?;
                    if !more.is_empty() {
                        permit.send(message(&more));
                    }
                }
                permit = after(talk.acknowledge_at, out.reserve()) => {
                    talk.acknowledge_at = None;
                    let permit = permit.map_err(|_| Code::Interrupted)?;
                    if let Some(cursors) = talk.cursors(&lock(&self.device)) {
                        permit.send(Message::Binary(Bytes::from(pack_message(&cursors.to_bytes()))));
                    }
                }
                () = sleep_until(talk.look_at) => {
                    if talk.is_silent(self.traffic.down())? {
                        // Only a question: no room for it means that bytes are on their way anyhow.
                        let _ = out.try_send(Message::Ping(Bytes::new()));
                    }
                }
            }
        }
        drop(out);
        // What is queued goes out; a line that takes nothing any more is left alone.
        let _ = timeout(limits::RECONNECT_AFTER_MIN, &mut writer).await;
        Ok(())
    }

    /// Stores the frames of one message.
    fn take(&self, bytes: &[u8], talk: &mut Talk) -> Result<(), Problem> {
        let frames = unpack_message(bytes, limits::MESSAGE_SIZE_BYTES_MAX).map_err(|_| Code::BadAnswer)?;
        let caught_up = frames.iter().any(|frame| matches!(frame, Frame::CaughtUp(_)));
        {
            let mut device = lock(&self.device);
            device.receive(frames)?;
            if caught_up && !talk.answered {
                // The answer to the hello is complete: what it does not speak of never arrived.
                device.finish()?;
                talk.answered = true;
                talk.push_at = Some(Instant::now());
            }
            talk.ask(&device);
        }
        talk.acknowledge_at
            .get_or_insert(Instant::now() + limits::ACKNOWLEDGE_AFTER);
        self.step(|state| {
            state.connected = talk.answered;
            state.problem = None;
        });
        Ok(())
    }
}

/// Waits for a moment, if there is one, and then for a future.
async fn after<T>(moment: Option<Instant>, then: impl Future<Output = T>) -> T {
    match moment {
        Some(moment) => {
            sleep_until(moment).await;
            then.await
        }
        None => std::future::pending().await,
    }
}

fn message(frames: &[Vec<u8>]) -> Message {
    Message::Binary(Bytes::from(pack_message(&frames.concat())))
}

/// Where the talk on one connection stands.
struct Talk {
    /// The hello has been answered to its end.
    answered: bool,
    push_at: Option<Instant>,
    acknowledge_at: Option<Instant>,
    acknowledged: Vec<(FeedNo, Cursor)>,
    /// Open questions when they were last sent, and when.
    asked: (usize, Instant),
    look_at: Instant,
    heard: (u64, Instant),
}

impl Talk {
    fn new(down: u64) -> Self {
        let now = Instant::now();
        Talk {
            answered: false,
            push_at: None,
            acknowledge_at: None,
            acknowledged: Vec::new(),
            asked: (0, now),
            look_at: now + limits::PING_AFTER,
            heard: (down, now),
        }
    }

    /// Has questions of the engine sent, each once, and again only when they stay unanswered.
    fn ask(&mut self, device: &Device) {
        let open = device.engine().open_questions();
        if self.answered && open > 0 && (open > self.asked.0 || self.asked.1.elapsed() > limits::PING_AFTER) {
            self.push_at = Some(Instant::now());
            self.asked.1 = Instant::now();
        }
        self.asked.0 = open;
    }

    /// Cursors that moved since they were last acknowledged.
    fn cursors(&mut self, device: &Device) -> Option<Frame> {
        let now: Vec<(FeedNo, Cursor)> = device
            .status()
            .feeds
            .into_iter()
            .map(|(no, _, cursor)| (no, cursor))
            .collect();
        let moved: Vec<_> = now
            .iter()
            .filter(|cursor| !self.acknowledged.contains(cursor))
            .copied()
            .collect();
        self.acknowledged = now;
        (!moved.is_empty()).then_some(Frame::Cursors(moved))
    }

    /// Looks whether bytes came since the last look: `true` when it is time to ask for one.
    ///
    /// # Errors
    /// [`Code::Interrupted`] when nothing has come for too long.
    fn is_silent(&mut self, down: u64) -> Result<bool, Problem> {
        let now = Instant::now();
        self.look_at = now + limits::PING_AFTER / 2;
        if down != self.heard.0 {
            self.heard = (down, now);
            return Ok(false);
        }
        let silence = now - self.heard.1;
        if silence > limits::SILENCE_MAX {
            return Err(Code::Interrupted.into());
        }
        Ok(silence >= limits::PING_AFTER)
    }
}

/// The line, counting.
#[derive(Debug)]
struct Counted {
    line: Upgraded,
    traffic: Arc<Traffic>,
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.line).poll_read(context, buffer);
        let read = buffer.filled().len() - before;
        self.traffic.down.fetch_add(read as u64, Ordering::Relaxed);
        polled
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.line).poll_write(context, bytes);
        if let Poll::Ready(Ok(written)) = &polled {
            self.traffic.up.fetch_add(*written as u64, Ordering::Relaxed);
        }
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.line).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.line).poll_shutdown(context)
    }
}

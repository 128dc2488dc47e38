//! One live connection: hello, everything missed, then whatever happens, both ways.
//!
//! Knows messages, not sockets: whoever holds the socket hands messages in with [`Live::take`], sends what
//! [`Live::next`] gives, and waits in [`Live::wait`] when there is nothing.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use sync_core::limits as protocol;
use sync_core::reason::Reason;
use sync_core::wire::codec::Writer;
use sync_core::wire::frame::{Envelope, Frame};
use sync_core::wire::stream::{pack_message, unpack_device_message};
use tokio::sync::mpsc;
use tokio_util::sync::WaitForCancellationFutureOwned;

use super::{Signal, Subscription};
use crate::relay::read::FeedReader;
use crate::relay::session::{Session, refused};
use crate::relay::{Relay, Unavailable, limits};
use crate::store::StoreError;
use crate::store::log::{self, VerdictRow};
use crate::store::registry::devices;

/// A live connection.
#[derive(Debug)]
pub struct Live {
    relay: Relay,
    session: Option<Session>,
    reader: Option<FeedReader>,
    /// Whether the log must be read.
    reading: bool,
    subscription: Option<Subscription>,
    signals: Option<mpsc::Receiver<Signal>>,
    out: VecDeque<Bytes>,
    /// Nothing follows what is in `out`.
    closing: bool,
    /// Made once: it stands in a list that all connections share.
    stopping: Pin<Box<WaitForCancellationFutureOwned>>,
}

/// Something that concerns a connection.
#[derive(Debug)]
pub struct Happening(Signal);

/// Why a live connection ends.
#[derive(Debug, thiserror::Error)]
pub enum Ended {
    /// It has said what no device says.
    #[error("a malformed message")]
    Malformed,
    /// The log cannot be written.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The log cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The server stops.
    #[error("the server stops")]
    Stopping,
}

impl Live {
    /// A connection that has not said anything yet.
    pub fn new(relay: Relay) -> Live {
        Live {
            stopping: Box::pin(relay.hub.stopping().clone().cancelled_owned()),
            relay,
            session: None,
            reader: None,
            reading: false,
            subscription: None,
            signals: None,
            out: VecDeque::new(),
            closing: false,
        }
    }

    /// Takes a message; returns once what it carries is durable.
    ///
    /// # Errors
    /// See [`Ended`].
    pub async fn take(&mut self, message: &[u8], now_ms: i64) -> Result<(), Ended> {
        let frames =
            unpack_device_message(message, limits::LIVE_MESSAGE_BYTES_MAX).map_err(|_| Ended::Malformed)?;
        let mut frames = frames.into_iter();
        let mut envelopes: Vec<Envelope> = Vec::new();
        if self.session.is_none() {
            if self.closing {
                return Ok(());
            }
            let Some(Frame::Hello(hello)) = frames.next() else {
                return Err(Ended::Malformed);
            };
            let rest: Vec<Frame> = frames.collect();
            let (with_hello, rest): (Vec<Frame>, Vec<Frame>) = rest
                .into_iter()
                .partition(|frame| matches!(frame, Frame::Envelope(_)));
            envelopes.extend(with_hello.into_iter().filter_map(|frame| match frame {
                Frame::Envelope(envelope) => Some(envelope),
                _ => None,
            }));
            if envelopes.len() > protocol::EXCHANGE_ENVELOPES_MAX {
                return Err(Ended::Malformed);
            }
            let opened = self.relay.open(&hello, envelopes, now_ms).await?;
            self.push(&opened.frames);
            let Some(mut session) = opened.session else {
                self.closing = true;
                return Ok(());
            };
            for frame in rest {
                ask(&mut session, frame)?;
            }
            return self.begin(session).await;
        }
        for frame in frames {
            match frame {
                Frame::Envelope(envelope) => envelopes.push(envelope),
                Frame::Hello(_) => return Err(Ended::Malformed),
                other => {
                    if let Some(session) = &mut self.session {
                        // What it says it has stored is the best word there is for what it was handed.
                        if matches!(other, Frame::Cursors(_)) {
                            self.relay.handed_over(session.device, now_ms);
                        }
                        ask(session, other)?;
                    }
                }
            }
        }
        if let Some(session) = &mut self.session {
            if !envelopes.is_empty() {
                let counted = envelopes.len() <= protocol::EXCHANGE_ENVELOPES_MAX;
                if !counted {
                    return Err(Ended::Malformed);
                }
                let reason = self.relay.push(session, envelopes, now_ms).await?;
                let answered = session.take_answered();
                self.tell_verdicts(&answered)?;
                if let Some(reason) = reason {
                    self.refuse(reason);
                }
            } else if session.has_questions() {
                self.read_feeds();
            }
        }
        self.pass_questions();
        Ok(())
    }

    async fn begin(&mut self, mut session: Session) -> Result<(), Ended> {
        let mut reader = self.relay.reader(&mut session);
        if session.active {
            let feeds: Vec<_> = session.feeds.iter().map(|(no, _)| *no).collect();
            let (subscription, signals) = self
                .relay
                .subscribe(session.device, session.grant_version, &feeds)
                .await?;
            self.subscription = Some(subscription);
            self.signals = Some(signals);
            reader.stay();
        } else {
            // Its verdicts are all it gets.
            self.closing = true;
        }
        self.reader = Some(reader);
        self.session = Some(session);
        self.reading = true;
        Ok(())
    }

    fn pass_questions(&mut self) {
        if let (Some(session), Some(reader)) = (&mut self.session, &mut self.reader) {
            session.hand_questions_to(reader);
        }
    }

    /// Passes verdicts on as they were committed, if the device stands right before them.
    fn tell_verdicts(&mut self, answered: &[VerdictRow]) -> Result<(), StoreError> {
        let Some(reader) = &mut self.reader else {
            return Ok(());
        };
        match reader.take_verdicts(answered)? {
            Some(frame) => self.push(&[frame]),
            None => self.read_verdicts(),
        }
        Ok(())
    }

    fn read_verdicts(&mut self) {
        self.reading = true;
        if let Some(reader) = &mut self.reader {
            reader.verdicts_again();
        }
    }

    fn read_feeds(&mut self) {
        self.reading = true;
        if let Some(reader) = &mut self.reader {
            reader.feeds_again();
        }
    }

    /// An envelope was refused as a whole: said after the verdicts, then the connection ends, as an exchange would.
    fn refuse(&mut self, reason: Reason) {
        self.read_verdicts();
        if let Some(reader) = &mut self.reader {
            reader.refuse_at_end(Some(reason));
        }
        self.closing = true;
    }

    fn push(&mut self, frames: &[Frame]) {
        if frames.is_empty() {
            return;
        }
        let mut bytes = Writer::new();
        frames.iter().for_each(|frame| frame.write(&mut bytes));
        self.out.push_back(Bytes::from(pack_message(&bytes.0)));
    }

    /// The next message to send; `None` when there is nothing now.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Ended> {
        loop {
            if let Some(message) = self.out.pop_front() {
                return Ok(Some(message));
            }
            if !self.reading {
                return Ok(None);
            }
            let Some(reader) = &mut self.reader else {
                return Ok(None);
            };
            match reader.next().await? {
                Some(page) => self.push(&page.frames),
                None => self.reading = false,
            }
        }
    }

    /// Whether the connection ends once [`Live::next`] has nothing more.
    pub fn is_closing(&self) -> bool {
        self.closing
    }

    /// The device, once it has said hello.
    pub fn device(&self) -> Option<u64> {
        self.session.as_ref().map(|session| session.device)
    }

    /// Waits until something happens that concerns this connection. May be dropped and called again.
    ///
    /// # Errors
    /// [`Ended::Stopping`].
    pub async fn wait(&mut self) -> Result<Happening, Ended> {
        let stopping = self.stopping.as_mut();
        let Some(signals) = &mut self.signals else {
            stopping.await;
            return Err(Ended::Stopping);
        };
        tokio::select! {
            () = stopping => Err(Ended::Stopping),
            signal = signals.recv() => signal.map(Happening).ok_or(Ended::Stopping),
        }
    }

    /// Takes what [`Live::wait`] has brought.
    ///
    /// # Errors
    /// When the registry or the log cannot be read.
    pub async fn heed(&mut self, happening: Happening, now_ms: i64) -> Result<(), Ended> {
        let Happening(signal) = happening;
        let missed = self
            .subscription
            .as_ref()
            .is_some_and(|s| s.subscriber.missed.swap(false, Ordering::AcqRel));
        if missed {
            self.read_verdicts();
            self.read_feeds();
        }
        match signal {
            // What the connection has brought itself, it has read by now.
            Signal::Verdicts(upto) => {
                let read = self
                    .reader
                    .as_ref()
                    .is_none_or(|reader| reader.verdicts_after() < upto);
                if read {
                    self.read_verdicts();
                }
            }
            Signal::Standing => self.standing(now_ms).await?,
            Signal::Stretch(stretch) => {
                let (Some(reader), Some(session)) = (&mut self.reader, &self.session) else {
                    return Ok(());
                };
                let at = reader
                    .cursors()
                    .get(&stretch.feed)
                    .map_or(0, |cursor| cursor.complete_to());
                if at >= stretch.to {
                    return Ok(());
                }
                if at != stretch.from || self.reading {
                    self.read_feeds();
                } else if stretch.is_all_of(session.device) {
                    reader.advance(stretch.feed, stretch.to);
                } else if !stretch.suits(session.device) {
                    self.read_feeds();
                } else {
                    reader.advance(stretch.feed, stretch.to);
                    if !stretch.message.is_empty() {
                        self.out.push_back(stretch.message.clone());
                    }
                }
            }
        }
        Ok(())
    }

    /// The registry has decided something about this device.
    async fn standing(&mut self, now_ms: i64) -> Result<(), Ended> {
        let Some(session) = &mut self.session else {
            return Ok(());
        };
        let mut read = log::read(&self.relay.store).await?;
        let device = devices::by_no(&mut read, log::int(session.device)).await?;
        drop(read);
        let Some(device) = device else {
            self.push(&[refused(Reason::NotEnrolled)]);
            self.closing = true;
            return Ok(());
        };
        let version = log::uint(device.grant_version);
        if version == session.grant_version && session.active {
            return Ok(());
        }
        let known = session.grant_version;
        session.grant_version = version;
        let later = session.later_kinds;
        let (grant, frames) = self
            .relay
            .standing_and_feeds(&device, known, later, now_ms)
            .await?;
        self.push(&frames);
        if !grant.active {
            self.closing = true;
            self.reading = false;
            return Ok(());
        }
        let Some(session) = &mut self.session else {
            return Ok(());
        };
        session.feeds = grant.feeds;
        let feeds: Vec<_> = session.feeds.iter().map(|(no, _)| *no).collect();
        let (subscription, signals) = self
            .relay
            .subscribe(session.device, session.grant_version, &feeds)
            .await?;
        self.subscription = Some(subscription);
        self.signals = Some(signals);
        if let Some(reader) = &mut self.reader {
            reader.rescope(feeds);
        }
        self.read_feeds();
        Ok(())
    }
}

fn ask(session: &mut Session, frame: Frame) -> Result<(), Ended> {
    match frame {
        Frame::Fetch(docs) => session.ask_for(docs),
        Frame::Repair(digests) => session.compare(digests),
        Frame::Cursors(cursors) => session.stored(cursors),
        Frame::Unknown { .. } => {}
        _ => return Err(Ended::Malformed),
    }
    Ok(())
}

//! One exchange: frames up as they arrive, then everything down.
//!
//! Whatever has arrived whole is judged and durable before the rest is read, so a link that breaks half-way has not
//! worked in vain.

use sync_core::id::AuthorNo;
use sync_core::limits;
use sync_core::reason::Reason;
use sync_core::wire::frame::{Envelope, Frame, Hello};

use super::read::{FeedReader, Page};
use super::session::{Opened, Session};
use super::{Relay, ReplyPlace, Unavailable};
use crate::store::StoreError;

/// Takes the frames of one request.
#[derive(Debug)]
pub struct Intake {
    relay: Relay,
    first: Vec<Frame>,
    session: Option<Session>,
    opened: bool,
    envelopes: usize,
}

/// Why an exchange ends before it has begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// Not what a device sends.
    #[error("the request is malformed")]
    Malformed,
    /// Try again.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl Intake {
    /// Of a request that has just begun.
    pub fn new(relay: Relay) -> Intake {
        Intake {
            relay,
            first: Vec::new(),
            session: None,
            opened: false,
            envelopes: 0,
        }
    }

    /// Takes frames that have arrived together; returns once what they carry is durable.
    ///
    /// # Errors
    /// See [`Broken`].
    pub async fn take(&mut self, frames: Vec<Frame>, now_ms: i64) -> Result<(), Broken> {
        let mut hello: Option<Hello> = None;
        let mut envelopes: Vec<Envelope> = Vec::new();
        let (mut fetch, mut repair) = (Vec::new(), Vec::new());
        for frame in frames {
            match frame {
                Frame::Hello(said) if !self.opened => {
                    self.opened = true;
                    hello = Some(said);
                }
                _ if !self.opened => return Err(Broken::Malformed),
                Frame::Envelope(envelope) => {
                    self.envelopes += 1;
                    if self.envelopes > limits::EXCHANGE_ENVELOPES_MAX {
                        return Err(Broken::Malformed);
                    }
                    envelopes.push(envelope);
                }
                Frame::Fetch(docs) => fetch.extend(docs),
                Frame::Repair(digests) => repair.push(digests),
                // Cursors are in the hello; what a later version says is for a later server.
                Frame::Cursors(_) | Frame::Unknown { .. } => {}
                _ => return Err(Broken::Malformed),
            }
        }
        if let Some(hello) = hello {
            let Opened { frames, session } = self.relay.open(&hello, envelopes, now_ms).await?;
            self.first = frames;
            self.session = session;
        } else if let Some(session) = self.session.as_mut().filter(|_| !envelopes.is_empty()) {
            self.relay.push(session, envelopes, now_ms).await?;
        }
        if let Some(session) = &mut self.session {
            session.ask_for(fetch);
            for digests in repair {
                session.compare(digests);
            }
        }
        Ok(())
    }

    /// The device whose exchange this is, once it is known.
    pub fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// Everything has arrived: what goes down.
    ///
    /// # Errors
    /// [`Broken::Malformed`] when there was no hello.
    pub fn finish(self) -> Result<Reply, Broken> {
        if !self.opened {
            return Err(Broken::Malformed);
        }
        let Intake {
            relay,
            first,
            session,
            ..
        } = self;
        let active = session.as_ref().is_some_and(|session| session.active);
        let place = session.as_ref().map(|session| relay.begin_reply(session.device));
        let reader = session.map(|mut session| relay.reader(&mut session));
        Ok(Reply {
            first,
            reader,
            place,
            active,
        })
    }

    /// The request broke off in the middle, in a way that is the device's fault: say so after what was taken.
    pub fn finish_malformed(self) -> Result<Reply, Broken> {
        let mut reply = self.finish()?;
        match &mut reply.reader {
            Some(reader) => reader.refuse_at_end(Some(Reason::Malformed)),
            None => reply.first.push(super::session::refused(Reason::Malformed)),
        }
        Ok(reply)
    }
}

/// What goes down, read as it is taken.
#[derive(Debug)]
pub struct Reply {
    first: Vec<Frame>,
    reader: Option<FeedReader>,
    place: Option<ReplyPlace>,
    /// Whether its device may read.
    active: bool,
}

impl Reply {
    /// Whose it is, if everything that is meant for the device goes with it.
    pub fn whole_for(&self) -> Option<AuthorNo> {
        let place = self
            .place
            .as_ref()
            .filter(|place| self.active && !place.is_taken())?;
        Some(place.device)
    }

    /// Whether a whole feed is about to be sent.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn is_bulk(&self) -> Result<bool, StoreError> {
        match &self.reader {
            Some(reader) => reader.is_bulk().await,
            None => Ok(false),
        }
    }

    /// The next frames; `None` at the end.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn next(&mut self) -> Result<Option<Page>, StoreError> {
        if !self.first.is_empty() {
            return Ok(Some(Page {
                frames: std::mem::take(&mut self.first),
                ..Page::default()
            }));
        }
        match &mut self.reader {
            // The device has come back with another request: nobody reads this any more.
            Some(_) if self.place.as_ref().is_some_and(ReplyPlace::is_taken) => Ok(None),
            Some(reader) => reader.next().await,
            None => Ok(None),
        }
    }
}

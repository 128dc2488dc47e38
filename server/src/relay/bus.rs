//! Wake-ups: who may want to read the log again after a commit.
//!
//! A hint, never the record: whoever listens looks at the log again from time to time by itself, so a hint that is lost
//! loses nothing. A hint may bring along what was committed, for those who stand right before it; everybody else reads
//! the log.

use std::fmt;
use std::sync::Arc;

use sync_core::id::{AuthorNo, FeedNo};
use sync_core::wire::frame::Entry;
use tokio::sync::broadcast;

/// What a commit has touched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wake {
    /// Feeds with new entries.
    pub feeds: Vec<Grown>,
    /// Devices with new verdicts, and the position of the last one.
    pub devices: Vec<(AuthorNo, u64)>,
    /// Devices whose standing has changed.
    pub standings: Vec<AuthorNo>,
    /// Devices that have said how they are.
    pub greeted: Vec<AuthorNo>,
    /// Devices of which something has come into quarantine, or left it.
    pub reviews: Vec<AuthorNo>,
    /// People of whom a session has ended.
    pub signed_out: Vec<String>,
}

/// A feed with new entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grown {
    /// Which.
    pub feed: FeedNo,
    /// Its last position.
    pub head: u64,
    /// The new entries, if they are nothing but changes.
    pub tail: Option<Arc<Tail>>,
}

/// Changes at the end of a feed, as they were committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tail {
    /// The position before the first.
    pub from: u64,
    /// Position and entry, in order.
    pub entries: Vec<(u64, Entry)>,
}

/// Carries wake-ups to every node.
pub trait Bus: Send + Sync + fmt::Debug {
    /// Tells everybody. May lose it.
    fn publish(&self, wake: Wake);
    /// Listens from now on.
    fn subscribe(&self) -> broadcast::Receiver<Arc<Wake>>;
}

/// The bus of a single process.
#[derive(Debug)]
pub struct LocalBus {
    sender: broadcast::Sender<Arc<Wake>>,
}

/// Wake-ups a slow listener may fall behind before it is told to look at everything.
const WAKES_QUEUED_MAX: usize = 1_024;

impl Default for LocalBus {
    fn default() -> Self {
        LocalBus {
            sender: broadcast::Sender::new(WAKES_QUEUED_MAX),
        }
    }
}

impl Bus for LocalBus {
    fn publish(&self, wake: Wake) {
        // Fails only when nobody listens.
        let _ = self.sender.send(Arc::new(wake));
    }

    fn subscribe(&self) -> broadcast::Receiver<Arc<Wake>> {
        self.sender.subscribe()
    }
}

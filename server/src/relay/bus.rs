//! Wake-ups: who may want to read the log again after a commit.
//!
//! A hint, never the record: whoever listens reads the log, and looks again from time to time by itself, so a hint
//! that is lost loses nothing.

use std::fmt;
use std::sync::Arc;

use sync_core::id::{AuthorNo, FeedNo};
use tokio::sync::broadcast;

/// What a commit has touched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wake {
    /// Feeds with new entries.
    pub feeds: Vec<FeedNo>,
    /// Devices with new verdicts.
    pub devices: Vec<AuthorNo>,
    /// Devices whose standing has changed.
    pub standings: Vec<AuthorNo>,
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

//! How many streams of hints may be open, in all and for one session.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::{Code, Error};
use crate::limits;

/// Streams under way, by session.
#[derive(Debug, Default, Clone)]
pub(crate) struct Streams(Arc<Mutex<HashMap<String, usize>>>);

/// One of them; free again when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    all: Streams,
    session: String,
}

impl Streams {
    /// A place for one more, if there is one.
    pub(crate) fn take(&self, session: &str) -> Result<Place, Error> {
        let mut taken = self.lock();
        let own = taken.get(session).copied().unwrap_or(0);
        let all: usize = taken.values().sum();
        if own >= limits::EVENT_STREAMS_PER_SESSION_MAX || all >= limits::EVENT_STREAMS_MAX {
            return Err(Error::retry(Code::TooManyRequests, 60));
        }
        taken.insert(session.to_owned(), own + 1);
        Ok(Place {
            all: self.clone(),
            session: session.to_owned(),
        })
    }

    /// Numbers are whole at every moment, so a panic elsewhere does not spoil them.
    fn lock(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.all.lock();
        let left = taken.get(&self.session).copied().unwrap_or(0).saturating_sub(1);
        if left == 0 {
            taken.remove(&self.session);
        } else {
            taken.insert(self.session.clone(), left);
        }
    }
}

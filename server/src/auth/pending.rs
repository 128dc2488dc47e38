//! What a browser was asked and has not answered yet: challenges of passkeys, round trips of a single sign-on.
//!
//! In memory only: each lives for minutes and is answered once, and one that a restart forgets is asked again.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::session::new_token;
use crate::limits;

/// Questions under way, by a secret name.
#[derive(Debug)]
pub(crate) struct Pending<T>(Mutex<HashMap<String, (i64, T)>>);

impl<T> Default for Pending<T> {
    fn default() -> Pending<T> {
        Pending(Mutex::new(HashMap::new()))
    }
}

impl<T> Pending<T> {
    /// Keeps one and gives its name. Where there are too many, the oldest goes.
    pub(crate) fn put(&self, now_ms: i64, question: T) -> String {
        let mut all = self.lock();
        all.retain(|_, (until_ms, _)| *until_ms > now_ms);
        if all.len() >= limits::QUESTIONS_MAX {
            let oldest = all.iter().min_by_key(|(_, (until_ms, _))| *until_ms);
            if let Some(name) = oldest.map(|(name, _)| name.clone()) {
                all.remove(&name);
            }
        }
        let name = new_token();
        all.insert(name.clone(), (now_ms + limits::QUESTION_LIFE_MS, question));
        name
    }

    /// The question of a name, if its time has not run out; never a second time.
    pub(crate) fn take(&self, now_ms: i64, name: &str) -> Option<T> {
        let (until_ms, question) = self.lock().remove(name)?;
        (until_ms > now_ms).then_some(question)
    }

    /// One insert or removal at a time: a panic elsewhere leaves nothing half done.
    fn lock(&self) -> MutexGuard<'_, HashMap<String, (i64, T)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_answered_once_and_in_time_and_their_number_is_bounded() {
        let pending = Pending::default();
        let first = pending.put(0, 'a');
        assert_eq!(pending.take(1, &first), Some('a'));
        assert_eq!(pending.take(1, &first), None, "once");
        let late = pending.put(0, 'b');
        assert_eq!(pending.take(limits::QUESTION_LIFE_MS, &late), None, "in time");
        let oldest = pending.put(0, 'c');
        for n in 0..limits::QUESTIONS_MAX {
            pending.put(1 + i64::try_from(n).unwrap(), 'd');
        }
        assert_eq!(pending.lock().len(), limits::QUESTIONS_MAX);
        assert_eq!(pending.take(2, &oldest), None, "the oldest went");
    }
}

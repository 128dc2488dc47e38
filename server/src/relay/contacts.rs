//! What devices' contacts have come to: when they were heard, when something came up, when all went down, what was refused.
//!
//! A contact must not cost a commit of its own, so it is noted here and written down with others, half a minute's worth
//! at a time; who asks meanwhile is answered from here. A crash forgets that much and nothing else. Never decides anything:
//! administrators read it. The table is [`crate::store::registry::devices`]'s.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use sync_core::id::AuthorNo;
use sync_core::reason::Reason;

use super::{Relay, limits};
use crate::store::registry::devices;

/// The latest of each, Unix ms.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Contact {
    /// Anything was heard of it.
    pub seen_ms: i64,
    /// Changes of its own arrived.
    pub pushed_ms: Option<i64>,
    /// It was handed all that was meant for it.
    pub pulled_ms: Option<i64>,
    /// Changes it said it had not sent yet, without those that have arrived since.
    pub unsent: Option<u64>,
    /// It was refused something, and why.
    pub refused: Option<(Reason, i64)>,
}

/// What has not been written down yet.
#[derive(Debug, Default)]
pub(super) struct Contacts(Mutex<Noted>);

#[derive(Debug, Default)]
struct Noted {
    latest: HashMap<AuthorNo, Contact>,
    written_ms: i64,
    writing: bool,
}

impl Contacts {
    /// The map is whole at every moment, so a panic elsewhere does not spoil it.
    fn lock(&self) -> MutexGuard<'_, Noted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Relay {
    /// What is known of a device's contacts beyond what has been written down.
    pub fn contact(&self, device: AuthorNo) -> Option<Contact> {
        self.contacts.lock().latest.get(&device).copied()
    }

    /// Everything that was meant for a device has been handed to the network.
    pub fn handed_over(&self, device: AuthorNo, now_ms: i64) {
        self.note(device, now_ms, |contact| contact.pulled_ms = Some(now_ms));
    }

    /// Notes something about a device, and has what was noted written down when it is time.
    pub(super) fn note(&self, device: AuthorNo, now_ms: i64, what: impl FnOnce(&mut Contact)) {
        let mut noted = self.contacts.lock();
        let contact = noted.latest.entry(device).or_default();
        contact.seen_ms = now_ms;
        what(contact);
        if noted.written_ms == 0 {
            // The half minute begins with the first contact: a server that has just started has better to do.
            noted.written_ms = now_ms;
        }
        if !noted.writing && now_ms - noted.written_ms >= limits::CONTACTS_WRITTEN_EVERY_MS {
            noted.writing = true;
            noted.written_ms = now_ms;
            tokio::spawn(self.clone().write_contacts());
        }
    }

    /// Writes down what was noted. What cannot be written stays noted.
    pub(super) async fn write_contacts(self) {
        let latest = self.contacts.lock().latest.clone();
        let written = async {
            let mut tx = self.store.writer().await?;
            devices::record_contacts(&mut tx, &latest).await?;
            tx.commit().await
        };
        let written = if latest.is_empty() { Ok(()) } else { written.await };
        let mut noted = self.contacts.lock();
        noted.writing = false;
        match written {
            Ok(()) => noted
                .latest
                .retain(|device, contact| latest.get(device) != Some(contact)),
            Err(error) => tracing::warn!(%error, "contacts of devices will be written down later"),
        }
    }
}

//! Entries into frames: a frame is closed when it is large enough, and each says where the device stands after it.

use sync_core::id::FeedNo;
use sync_core::limits;
use sync_core::wire::frame::{Cursor, Entries, Entry, Frame};

use crate::relay::limits::TAIL_FRAME_BYTES_TARGET;

/// Collects entries of one feed.
#[derive(Debug)]
pub(in crate::relay) struct Pages {
    feed: FeedNo,
    frames: Vec<Frame>,
    open: Vec<Entry>,
    size: usize,
    size_target: usize,
    progress: (u64, u64),
    /// Where the device stands after what is open.
    after: Option<Cursor>,
}

impl Pages {
    pub(in crate::relay) fn new(feed: FeedNo) -> Self {
        let size_target = limits::FRAME_SIZE_BYTES_TARGET;
        Pages {
            feed,
            frames: Vec::new(),
            open: Vec::new(),
            size: 0,
            size_target,
            progress: (0, 0),
            after: None,
        }
    }

    /// In small frames: a cut in the short answer to a return may cost one frame, not the answer.
    pub(in crate::relay) fn of_tail(feed: FeedNo) -> Self {
        Pages {
            size_target: TAIL_FRAME_BYTES_TARGET,
            ..Pages::new(feed)
        }
    }

    /// Adds entries that belong together, and the position after them.
    pub(in crate::relay) fn add(
        &mut self,
        entries: impl IntoIterator<Item = Entry>,
        after: Cursor,
        progress: (u64, u64),
    ) {
        for entry in entries {
            self.size += size_of(&entry);
            self.open.push(entry);
        }
        self.after = Some(after);
        self.progress = progress;
        if self.size >= self.size_target {
            self.close();
        }
    }

    fn close(&mut self) {
        let Some(after) = self.after else { return };
        if self.open.is_empty() {
            return;
        }
        self.size = 0;
        let entries = std::mem::take(&mut self.open);
        self.frames.push(Frame::Entries(Entries {
            feed: self.feed,
            entries,
            progress: self.progress,
            after,
        }));
    }

    /// All frames. Positions after which nothing is to be said are left to the next frame.
    pub(in crate::relay) fn finish(mut self) -> Vec<Frame> {
        self.close();
        self.frames
    }
}

fn size_of(entry: &Entry) -> usize {
    match entry {
        Entry::Change { body, .. } => body.len() + 16,
        Entry::Snapshot { body, .. } => body.len() + 80,
        Entry::Author(author) => author.name.len() + author.person.len() + 24,
        _ => 24,
    }
}

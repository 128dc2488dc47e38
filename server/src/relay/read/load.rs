//! Loading a feed by whole documents: for a device that is new, or too far behind for the tail.
//!
//! Authors first, then rows for a list, then documents in the order of their kinds' ranks, then what has left. The
//! cursor after each frame says where to go on, so a cut repeats one frame at most.

use sync_core::id::{DocNo, FeedNo};
use sync_core::schema::Kind;
use sync_core::wire::frame::{Cursor, Entry, Frame, Row};

use super::{FeedReader, Page, Pages, Wholes};
use crate::relay::{limits, list};
use crate::store::StoreError;
use crate::store::log::{self, FeedRow, ReadTx};

/// A load under way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Loading {
    feed: FeedNo,
    /// Where the device stood.
    from: u64,
    /// The feed's head when the load began.
    to: u64,
    after: (u8, DocNo),
    done: u64,
    total: u64,
    /// Authors up to this position of the feed have been sent.
    authors_to: u64,
    part: Part,
}

impl Loading {
    pub(super) fn feed(&self) -> FeedNo {
        self.feed
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Authors,
    /// After this document in loading order.
    Rows(u8, DocNo),
    Documents,
    Leaves,
}

impl FeedReader {
    pub(super) async fn begin_load(&mut self, tx: &mut ReadTx, row: &FeedRow) -> Result<(), StoreError> {
        let mut loading = Loading {
            feed: row.no,
            from: 0,
            to: row.head,
            after: (0, 0),
            done: 0,
            total: row.documents,
            authors_to: 0,
            part: Part::Authors,
        };
        match self.cursor(row.no) {
            // The feed was restored to an earlier state meanwhile, or the cursor is not one of ours: from the start.
            Cursor::Loading { to, .. } if to > row.head => {}
            Cursor::Loading {
                from,
                to,
                after_rank,
                after_doc,
            } => {
                loading.from = from;
                loading.to = to;
                loading.after = (after_rank, after_doc);
                if after_doc > 0 {
                    loading.part = Part::Documents;
                    loading.done = log::loaded_count(tx, row.no, loading.after).await?;
                }
            }
            Cursor::Tail(seq) => loading.from = seq.min(row.head),
        }
        loading.authors_to = if loading.part == Part::Documents {
            loading.to
        } else {
            loading.from
        };
        self.loading = Some(loading);
        Ok(())
    }

    pub(super) async fn next_loaded(&mut self) -> Result<Page, StoreError> {
        let Some(loading) = self.loading else {
            return Ok(Page::default());
        };
        match loading.part {
            Part::Authors => self.load_authors(loading).await,
            Part::Rows(rank, doc) => self.load_rows(loading, (rank, doc)).await,
            Part::Documents => self.load_documents(loading).await,
            Part::Leaves => self.load_leaves(loading).await,
        }
    }

    fn position(loading: &Loading) -> Cursor {
        Cursor::Loading {
            from: loading.from,
            to: loading.to,
            after_rank: loading.after.0,
            after_doc: loading.after.1,
        }
    }

    async fn load_authors(&mut self, mut loading: Loading) -> Result<Page, StoreError> {
        let mut tx = log::read(&self.relay.store).await?;
        let authors = new_authors(&mut tx, &mut loading).await?;
        drop(tx);
        loading.part = if loading.from == 0 {
            Part::Rows(Kind::Household.rank(), 0)
        } else {
            Part::Documents
        };
        self.loading = Some(loading);
        let mut pages = Pages::new(loading.feed);
        pages.add(authors, Self::position(&loading), (0, loading.total));
        Ok(Page {
            frames: pages.finish(),
            bulk: true,
            ..Page::default()
        })
    }

    async fn load_rows(&mut self, mut loading: Loading, after: (u8, DocNo)) -> Result<Page, StoreError> {
        let rank = Kind::Household.rank();
        let mut tx = log::read(&self.relay.store).await?;
        let rows = log::load_page(&mut tx, loading.feed, after, limits::LIST_ROWS_AT_A_TIME).await?;
        drop(tx);
        let read = rows.len();
        let rows: Vec<Row> = rows
            .into_iter()
            .filter(|row| row.rank == rank)
            .map(|row| Row {
                doc: row.doc.no,
                id: row.doc.creation.id,
                kind: row.doc.creation.kind,
                fields: list::decode(&row.doc.list),
            })
            .collect();
        let whole = read == limits::LIST_ROWS_AT_A_TIME as usize && rows.len() == read;
        loading.part = match rows.last() {
            Some(last) if whole => Part::Rows(rank, last.doc),
            _ => Part::Documents,
        };
        self.loading = Some(loading);
        let frames = if rows.is_empty() {
            Vec::new()
        } else {
            vec![Frame::Rows(rows)]
        };
        Ok(Page {
            frames,
            bulk: true,
            ..Page::default()
        })
    }

    async fn load_documents(&mut self, mut loading: Loading) -> Result<Page, StoreError> {
        let feed = loading.feed;
        let limit = limits::LOAD_ROWS_AT_A_TIME;
        let mut tx = log::read(&self.relay.store).await?;
        let rows = log::load_page(&mut tx, feed, loading.after, limit).await?;
        let last = rows.len() < limit as usize;
        let mut wholes = Wholes::default();
        let from = loading.from;
        let wanted = |row: &log::LoadRow| row.doc.last_seq(feed).is_some_and(|seq| seq > from);
        for row in rows.iter().filter(|row| wanted(row)) {
            let now = (row.doc.generation, row.doc.version);
            if !self.is_own(&row.doc) && self.sent.get(&row.doc.no) != Some(&now) {
                wholes.read(&mut tx, row.doc.clone()).await?;
            }
        }
        // Documents come as they are now, and somebody may have written for the first time since the load began.
        let mut authors = new_authors(&mut tx, &mut loading).await?;
        drop(tx);
        let mut made = wholes.make(&self.relay).await?;
        let mut pages = Pages::new(feed);
        for row in rows {
            loading.after = (row.rank, row.doc.no);
            loading.done += 1;
            let no = row.doc.no;
            let entry = if wanted(&row) {
                self.sent_in.insert((feed, no));
                let now = (row.doc.generation, row.doc.version);
                if self.is_own(&row.doc) || self.sent.get(&no) == Some(&now) {
                    Some(Entry::Joined {
                        doc: no,
                        id: row.doc.creation.id,
                    })
                } else {
                    self.sent.insert(no, now);
                    made.remove(&no)
                }
            } else {
                None
            };
            let entry = authors.drain(..).chain(entry);
            pages.add(
                entry,
                Self::position(&loading),
                (loading.done.min(loading.total), loading.total),
            );
        }
        if last {
            loading.part = Part::Leaves;
        }
        self.cursors.insert(feed, Self::position(&loading));
        self.loading = Some(loading);
        Ok(Page {
            frames: pages.finish(),
            bulk: true,
            ..Page::default()
        })
    }

    async fn load_leaves(&mut self, loading: Loading) -> Result<Page, StoreError> {
        let feed = loading.feed;
        let mut tx = log::read(&self.relay.store).await?;
        let left = if loading.from == 0 {
            // Nothing was held: what has left was never seen. What leaves from now on is in the tail.
            Default::default()
        } else {
            log::left_since(&mut tx, feed, loading.from).await?
        };
        drop(tx);
        let mut pages = Pages::new(feed);
        let after = Cursor::Tail(loading.to);
        let leaves = left.into_iter().filter(|(_, seq)| *seq <= loading.to);
        pages.add(leaves.map(|(doc, _)| Entry::Leave { doc }), after, (0, 0));
        self.cursors.insert(feed, after);
        self.loading = None;
        Ok(Page {
            frames: pages.finish(),
            bulk: true,
            ..Page::default()
        })
    }
}

/// Authors not sent yet.
async fn new_authors(tx: &mut ReadTx, loading: &mut Loading) -> Result<Vec<Entry>, StoreError> {
    let authors = log::authors_since(tx, loading.feed, loading.authors_to).await?;
    loading.authors_to = authors.last().map_or(loading.authors_to, |(_, seq)| *seq);
    let numbers: Vec<_> = authors.into_iter().map(|(author, _)| author).collect();
    Ok(log::people_behind(tx, &numbers)
        .await?
        .into_iter()
        .map(Entry::Author)
        .collect())
}

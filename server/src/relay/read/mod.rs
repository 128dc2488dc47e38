//! What a device is sent: verdicts, then what it misses of each feed, in frames that are durable on their own.
//!
//! Nothing is held while a frame is on its way: each page is read in a short transaction of its own, and only the last
//! one, in which nothing is left, gives the sums a replica must come to. A page is read when the one before has been
//! taken, so a slow link costs no memory. Own changes are not echoed: their verdicts say where they stand.

mod load;
mod pages;
mod repair;
mod tail;
mod whole;

pub(super) use pages::Pages;
pub(super) use whole::Wholes;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use sync_core::envelope::mark;
use sync_core::id::{AuthorNo, DocNo, FeedNo, Generation, Version};
use sync_core::limits as protocol;
use sync_core::reason::Reason;
use sync_core::wire::codec::Reader;
use sync_core::wire::frame::{
    Cursor, FeedSum, Frame, RepairDigests, VERSION_OF_MARKS, Verdict, VerdictGroup, Verdicts,
};

use super::{Relay, limits};
use crate::store::StoreError;
use crate::store::log::{self, FeedRow, VerdictRow};

/// Reads what one device misses, page by page.
#[derive(Debug)]
pub struct FeedReader {
    pub(super) relay: Relay,
    pub(super) device: AuthorNo,
    verdicts_after: u64,
    verdicts_done: bool,
    /// Whether the device reads the marks of its envelopes.
    marks: bool,
    fetch: VecDeque<DocNo>,
    repair: VecDeque<RepairDigests>,
    /// In the order they are sent.
    feeds: Vec<FeedNo>,
    cursors: BTreeMap<FeedNo, Cursor>,
    loading: Option<load::Loading>,
    /// What has been sent of each document in this reading: a document in two feeds travels once.
    sent: HashMap<DocNo, (Generation, Version)>,
    /// Documents that were sent whole, by feed.
    sent_in: HashSet<(FeedNo, DocNo)>,
    refused: Option<Reason>,
    stage: Stage,
    /// The connection stays: what is read to its end is read again later.
    keeps_on: bool,
    /// Whether the sums are wanted at the end.
    sums_wanted: bool,
    /// Whether this reading goes on to the feeds after the verdicts.
    feeds_too: bool,
    /// For everybody who listens: a feed that was empty begins with its entries, not with a load.
    entries_only: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Verdicts,
    Fetch,
    Feeds,
    Done,
}

/// Frames to be sent together, and what is known of them.
#[derive(Debug, Default)]
pub struct Page {
    /// In order.
    pub frames: Vec<Frame>,
    /// Part of a load of whole documents: worth a stronger compression.
    pub bulk: bool,
    /// Authors whose own devices must not be given this page.
    pub(super) authors: BTreeSet<AuthorNo>,
    /// Nothing but changes of these authors: a device that is the only one of them misses nothing by not reading it.
    pub(super) only_changes: bool,
    /// There was more than one page holds.
    pub(super) more: bool,
}

impl FeedReader {
    pub(super) fn new(
        relay: Relay,
        device: AuthorNo,
        verdicts_after: u64,
        feeds: Vec<FeedNo>,
        cursors: &BTreeMap<FeedNo, Cursor>,
    ) -> Self {
        let start = |feed: &FeedNo| (*feed, cursors.get(feed).copied().unwrap_or(Cursor::START));
        FeedReader {
            relay,
            device,
            verdicts_after,
            verdicts_done: false,
            marks: false,
            fetch: VecDeque::new(),
            repair: VecDeque::new(),
            cursors: feeds.iter().map(start).collect(),
            feeds,
            loading: None,
            sent: HashMap::new(),
            sent_in: HashSet::new(),
            refused: None,
            stage: Stage::Verdicts,
            keeps_on: false,
            sums_wanted: true,
            feeds_too: true,
            entries_only: false,
        }
    }

    /// For everybody who listens to a feed: entries and nothing else.
    pub(super) fn only_entries(&mut self) {
        self.keeps_on = true;
        self.sums_wanted = false;
        self.entries_only = true;
        self.stage = Stage::Feeds;
    }

    /// For a device that may not read: its verdicts and nothing else.
    pub(super) fn without_sums(&mut self) {
        self.keeps_on = true;
        self.sums_wanted = false;
    }

    /// Speaks this version of the protocol from here on.
    pub(super) fn speak(&mut self, version: u64) {
        self.marks = version >= VERSION_OF_MARKS;
    }

    /// For a connection that stays, with the sums at the end of the first reading.
    pub(super) fn stay(&mut self) {
        self.keeps_on = true;
    }

    /// Reads the verdicts once more.
    pub(super) fn verdicts_again(&mut self) {
        if self.stage == Stage::Done {
            self.feeds_too = false;
        }
        self.verdicts_done = false;
        self.stage = Stage::Verdicts;
    }

    /// Reads everything but the verdicts once more, from where it stands.
    pub(super) fn feeds_again(&mut self) {
        if self.stage == Stage::Done {
            self.stage = Stage::Fetch;
        }
        self.feeds_too = true;
        self.sent.clear();
        self.sent_in.clear();
    }

    /// Takes another scope; what was read of feeds that stay is kept.
    pub(super) fn rescope(&mut self, feeds: Vec<FeedNo>) {
        self.cursors.retain(|feed, _| feeds.contains(feed));
        self.loading = self.loading.filter(|loading| feeds.contains(&loading.feed()));
        self.feeds = feeds;
    }

    /// The device has been given a stretch of a feed by others' hands.
    pub(super) fn advance(&mut self, feed: FeedNo, to: u64) {
        self.cursors.insert(feed, Cursor::Tail(to));
    }

    /// Sends these documents whole.
    pub(super) fn fetch(&mut self, docs: impl IntoIterator<Item = DocNo>) {
        self.fetch.extend(docs);
        self.sums_wanted |= !self.fetch.is_empty();
    }

    /// Says what differs.
    pub(super) fn repair(&mut self, digests: RepairDigests) {
        self.repair.push_back(digests);
        self.sums_wanted = true;
    }

    /// Says at the end, when all else has arrived, that something was refused as a whole.
    pub(super) fn refuse_at_end(&mut self, reason: Option<Reason>) {
        self.refused = reason;
    }

    /// Position in the device's own feed.
    pub fn verdicts_after(&self) -> u64 {
        self.verdicts_after
    }

    /// How far each feed has been read.
    pub fn cursors(&self) -> &BTreeMap<FeedNo, Cursor> {
        &self.cursors
    }

    /// Whether a whole feed is about to be sent.
    pub async fn is_bulk(&self) -> Result<bool, StoreError> {
        let mut tx = log::read(&self.relay.store).await?;
        let rows = log::sums(&mut tx, &self.feeds).await?;
        Ok(rows.iter().any(|row| self.wants_load(row)))
    }

    fn cursor(&self, feed: FeedNo) -> Cursor {
        self.cursors.get(&feed).copied().unwrap_or(Cursor::START)
    }

    fn wants_load(&self, row: &FeedRow) -> bool {
        match self.cursor(row.no) {
            Cursor::Loading { .. } => true,
            Cursor::Tail(0) if !self.entries_only => row.documents > 0,
            Cursor::Tail(seq) => row.head.saturating_sub(seq) > protocol::TAIL_ENTRIES_MAX,
        }
    }

    /// The next page; `None` when everything has been sent.
    pub async fn next(&mut self) -> Result<Option<Page>, StoreError> {
        loop {
            match self.stage {
                Stage::Verdicts => {
                    if let Some(frame) = self.next_verdicts().await? {
                        return Ok(Some(Page {
                            frames: vec![frame],
                            ..Page::default()
                        }));
                    }
                    self.stage = Stage::Fetch;
                }
                Stage::Fetch => {
                    if let Some(page) = self.next_fetched().await? {
                        return Ok(Some(page));
                    }
                    let more = self.feeds_too || !self.repair.is_empty() || self.refused.is_some();
                    self.stage = if more { Stage::Feeds } else { Stage::Done };
                }
                Stage::Feeds => {
                    let page = self.next_of_feeds().await?;
                    if self.stage == Stage::Done && page.frames.is_empty() {
                        return Ok(None);
                    }
                    return Ok(Some(page));
                }
                Stage::Done => return Ok(None),
            }
        }
    }

    async fn next_verdicts(&mut self) -> Result<Option<Frame>, StoreError> {
        if self.verdicts_done {
            return Ok(None);
        }
        let limit = limits::VERDICT_ROWS_AT_A_TIME;
        let mut read = self.relay.store.read().await?;
        let rows = log::verdicts_after(&mut read, self.device, self.verdicts_after, limit).await?;
        drop(read);
        let mut size = 0;
        let mut groups = Vec::new();
        self.verdicts_done = true;
        for row in rows {
            size += row.verdicts.len() + 14;
            if size > protocol::FRAME_SIZE_BYTES_TARGET && !groups.is_empty() {
                self.verdicts_done = false;
                break;
            }
            groups.push(VerdictGroup {
                counter: row.counter,
                mark: self.marks.then(|| mark(&row.contents)),
                first: row.first,
                verdicts: read_verdicts(&row.verdicts)?,
            });
            self.verdicts_after = row.seq;
        }
        if groups.len() == limit as usize {
            self.verdicts_done = false;
        }
        let after = self.verdicts_after;
        Ok((!groups.is_empty()).then_some(Frame::Verdicts(Verdicts { groups, after })))
    }

    /// A frame of verdicts that were committed just now; `None` when they do not follow what has been read.
    pub(super) fn take_verdicts(&mut self, rows: &[VerdictRow]) -> Result<Option<Frame>, StoreError> {
        let size: usize = rows.iter().map(|row| row.verdicts.len() + 6).sum();
        let follow = (self.verdicts_after + 1..)
            .zip(rows)
            .all(|(expected, row)| row.seq == expected);
        let (Some(last), true) = (rows.last(), follow && size <= protocol::FRAME_SIZE_BYTES_TARGET) else {
            return Ok(None);
        };
        let group = |row: &VerdictRow| {
            Ok::<_, StoreError>(VerdictGroup {
                counter: row.counter,
                mark: self.marks.then(|| mark(&row.contents)),
                first: row.first,
                verdicts: read_verdicts(&row.verdicts)?,
            })
        };
        let groups = rows.iter().map(group).collect::<Result<_, _>>()?;
        self.verdicts_after = last.seq;
        let after = self.verdicts_after;
        Ok(Some(Frame::Verdicts(Verdicts { groups, after })))
    }

    async fn next_of_feeds(&mut self) -> Result<Page, StoreError> {
        if self.loading.is_some() {
            return self.next_loaded().await;
        }
        let mut tx = log::read(&self.relay.store).await?;
        let sums = log::sums(&mut tx, &self.feeds).await?;
        let order = |row: &FeedRow| self.feeds.iter().position(|feed| *feed == row.no);
        let mut behind: Vec<&FeedRow> = sums.iter().filter(|row| !self.is_at(row)).collect();
        behind.sort_by_key(|row| order(row));
        let Some(first) = behind.first() else {
            // Everything has been read up to this very moment.
            let caught_up = sums.iter().map(|row| FeedSum {
                feed: row.no,
                head: row.head,
                documents: row.documents,
                digest: row.digest.to_bytes(),
            });
            let mut frames: Vec<Frame> = Vec::new();
            if self.sums_wanted {
                frames.push(Frame::CaughtUp(caught_up.collect()));
            }
            self.sums_wanted = !self.keeps_on;
            for digests in std::mem::take(&mut self.repair) {
                if self.feeds.contains(&digests.feed) {
                    frames.insert(0, self.repair_list(&mut tx, &digests).await?);
                }
            }
            if let Some(reason) = self.refused.take() {
                frames.push(Frame::Refused {
                    reason,
                    retry_after_s: 0,
                });
            }
            self.stage = Stage::Done;
            return Ok(Page {
                frames,
                ..Page::default()
            });
        };
        if self.wants_load(first) {
            let first = (*first).clone();
            self.begin_load(&mut tx, &first).await?;
            drop(tx);
            return self.next_loaded().await;
        }
        // Small tails of several feeds go out in one page.
        let behind: Vec<FeedRow> = behind
            .into_iter()
            .take_while(|row| !self.wants_load(row))
            .cloned()
            .collect();
        self.next_tails(tx, &behind).await
    }

    fn is_at(&self, row: &FeedRow) -> bool {
        match self.cursor(row.no) {
            Cursor::Tail(seq) => seq >= row.head,
            Cursor::Loading { .. } => false,
        }
    }
}

fn read_verdicts(bytes: &[u8]) -> Result<Vec<Verdict>, StoreError> {
    let corrupt = |_| StoreError::Corrupt("verdicts");
    let mut input = Reader::new(bytes);
    let count = input
        .count(protocol::ENVELOPE_CHANGES_MAX, "verdicts")
        .map_err(corrupt)?;
    (0..count)
        .map(|_| Verdict::read(&mut input).map_err(corrupt))
        .collect()
}

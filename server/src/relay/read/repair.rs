//! Repair: what a device asks for by name, and where its replica differs.

use sync_core::feed::{Digest, bucket};
use sync_core::limits as protocol;
use sync_core::wire::frame::{Cursor, Frame, RepairDigests, RepairList};

use super::{FeedReader, Page, Pages, Wholes};
use crate::relay::limits;
use crate::store::StoreError;
use crate::store::log::{self, ReadTx};

impl FeedReader {
    /// Documents the device has asked for, of those in its scope.
    pub(super) async fn next_fetched(&mut self) -> Result<Option<Page>, StoreError> {
        if self.fetch.is_empty() {
            return Ok(None);
        }
        let mut tx = log::read(&self.relay.store).await?;
        let mut wholes = Wholes::default();
        let mut authors = Vec::new();
        let mut rows = Vec::new();
        for _ in 0..limits::LOAD_ROWS_AT_A_TIME {
            let Some(no) = self.fetch.pop_front() else { break };
            let Some(row) = log::by_no(&mut tx, no).await? else {
                continue;
            };
            if !row.feeds.iter().any(|(feed, _)| self.feeds.contains(feed)) {
                continue;
            }
            authors.extend(row.authors.iter().copied());
            wholes.read(&mut tx, row.clone()).await?;
            rows.push(row);
        }
        authors.sort_unstable();
        authors.dedup();
        let authors = log::people_behind(&mut tx, &authors).await?;
        drop(tx);
        let mut made = wholes.make(&self.relay).await?;
        // In no feed, so that no cursor moves.
        let mut pages = Pages::new(0);
        let nowhere = Cursor::Tail(0);
        pages.add(
            authors.into_iter().map(sync_core::wire::frame::Entry::Author),
            nowhere,
            (0, 0),
        );
        for row in rows {
            pages.add(made.remove(&row.no), nowhere, (0, 0));
        }
        Ok(Some(Page {
            frames: pages.finish(),
            ..Page::default()
        }))
    }

    /// All documents of the buckets in which the device's sums differ from ours.
    pub(super) async fn repair_list(
        &self,
        tx: &mut ReadTx,
        digests: &RepairDigests,
    ) -> Result<Frame, StoreError> {
        let members = log::members(tx, digests.feed).await?;
        let mut sums = vec![Digest::default(); protocol::REPAIR_BUCKETS];
        let mut documents = Vec::with_capacity(members.len());
        for row in members {
            let id = row.creation.id;
            let digest = Digest::of(&id, row.generation, &row.heads);
            let place = bucket(&id);
            sums[place].add(digest);
            documents.push((place as u64, (row.no, id, digest.short())));
        }
        let theirs = |place: usize| digests.buckets.get(place).copied();
        let buckets: Vec<u64> = (0..protocol::REPAIR_BUCKETS)
            .filter(|place| theirs(*place) != Some(sums[*place].short()))
            .map(|place| place as u64)
            .collect();
        documents.retain(|(place, _)| buckets.contains(place));
        let documents = documents.into_iter().map(|(_, document)| document).collect();
        Ok(Frame::RepairList(RepairList {
            feed: digests.feed,
            buckets,
            documents,
        }))
    }
}

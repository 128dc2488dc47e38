//! Tails of feeds: entry by entry, from where the device stands.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sync_core::id::{AuthorNo, DocNo, FeedNo};
use sync_core::wire::frame::{Author, Cursor, Entry};

use super::{FeedReader, Page, Pages, Wholes};
use crate::relay::limits;
use crate::store::StoreError;
use crate::store::log::{self, DocRow, EntryKind, EntryRow, FeedRow, ReadTx};

/// A stretch of one feed as read, before whole documents are made.
struct Stretch {
    feed: FeedNo,
    rows: Vec<EntryRow>,
    /// Documents that have left since, and where.
    left: BTreeMap<DocNo, u64>,
    /// Authors the device does not know before this stretch. A document is sent whole as it is now, and may have
    /// authors that the feed introduces only later.
    unknown: BTreeSet<AuthorNo>,
    /// Nothing lies beyond it up to here. After a restore heads are ahead of the last entry.
    read_to: Option<u64>,
}

/// Documents whole in one page.
const WHOLES_AT_A_TIME: usize = 32;

impl FeedReader {
    pub(super) async fn next_tails(
        &mut self,
        mut tx: ReadTx,
        behind: &[FeedRow],
    ) -> Result<Page, StoreError> {
        let mut room = limits::ENTRY_ROWS_AT_A_TIME;
        let mut cut_short = false;
        let mut stretches = Vec::new();
        let mut wholes = Wholes::default();
        let mut rows_of: HashMap<DocNo, DocRow> = HashMap::new();
        let mut authors: Vec<AuthorNo> = Vec::new();
        for row in behind {
            let feed = row.no;
            let from = self.cursor(feed).complete_to();
            let mut rows = log::entries(&mut tx, feed, from, room).await?;
            let left = log::left_since(&mut tx, feed, from).await?;
            let unknown = log::authors_since(&mut tx, feed, from).await?;
            let unknown: BTreeSet<AuthorNo> = unknown.into_iter().map(|(author, _)| author).collect();
            let mut cut = rows.len();
            for (index, entry) in rows.iter().enumerate() {
                match entry.kind {
                    EntryKind::Author => authors.push(entry.reference),
                    EntryKind::Whole
                        if !left.contains_key(&entry.doc) && !rows_of.contains_key(&entry.doc) =>
                    {
                        if wholes.len() >= WHOLES_AT_A_TIME {
                            cut = index;
                            break;
                        }
                        if let Some(doc) = log::by_no(&mut tx, entry.doc).await? {
                            if !self.is_own(&doc)
                                && self.sent.get(&doc.no) != Some(&(doc.generation, doc.version))
                            {
                                wholes.read(&mut tx, doc.clone()).await?;
                                authors.extend(doc.authors.iter().filter(|author| unknown.contains(author)));
                            }
                            rows_of.insert(doc.no, doc);
                        }
                    }
                    _ => {}
                }
            }
            let read_to = (cut == rows.len() && cut < room as usize).then_some(row.head);
            cut_short |= cut < rows.len();
            rows.truncate(cut);
            room = room.saturating_sub(u32::try_from(rows.len()).unwrap_or(u32::MAX));
            stretches.push(Stretch {
                feed,
                rows,
                left,
                unknown,
                read_to,
            });
            if room == 0 || wholes.len() >= WHOLES_AT_A_TIME {
                break;
            }
        }
        authors.sort_unstable();
        authors.dedup();
        let known = log::people_behind(&mut tx, &authors).await?;
        let known: HashMap<AuthorNo, Author> = known.into_iter().map(|author| (author.no, author)).collect();
        drop(tx);
        let wholes = wholes.make(&self.relay).await?;

        let mut page = Page {
            only_changes: true,
            more: room == 0 || cut_short,
            ..Page::default()
        };
        for stretch in &stretches {
            page.only_changes &= stretch.rows.iter().all(|row| row.kind == EntryKind::Change);
            page.authors.extend(
                stretch
                    .rows
                    .iter()
                    .filter_map(|row| match (&row.change, row.kind) {
                        (Some(change), _) => Some(change.author),
                        // Whoever made all of a document has it, and is only told that it has joined.
                        (None, EntryKind::Whole) => match rows_of.get(&row.doc)?.authors[..] {
                            [only] => Some(only),
                            _ => None,
                        },
                        _ => None,
                    }),
            );
        }
        for stretch in stretches {
            page.frames
                .extend(self.frames(stretch, &known, &rows_of, &wholes));
        }
        Ok(page)
    }

    /// A document of which every change is this device's own: it need not be sent.
    pub(super) fn is_own(&self, doc: &DocRow) -> bool {
        doc.authors == [self.device]
    }

    fn frames(
        &mut self,
        mut stretch: Stretch,
        known: &HashMap<AuthorNo, Author>,
        rows_of: &HashMap<DocNo, DocRow>,
        wholes: &HashMap<DocNo, Entry>,
    ) -> Vec<sync_core::wire::frame::Frame> {
        let feed = stretch.feed;
        let mut pages = Pages::of_tail(feed);
        for row in stretch.rows {
            let seq = row.seq;
            let entry = self.entry(feed, row, &stretch.left, known, rows_of, wholes);
            let needed: &[AuthorNo] = match &entry {
                Some(Entry::Author(author)) => &[author.no],
                Some(Entry::Snapshot { doc, .. }) => rows_of.get(doc).map_or(&[], |row| &row.authors),
                _ => &[],
            };
            let first_told: Vec<AuthorNo> = needed
                .iter()
                .copied()
                .filter(|author| stretch.unknown.remove(author))
                .collect();
            let authors = first_told
                .iter()
                .filter_map(|author| known.get(author).cloned().map(Entry::Author));
            let rest = entry.filter(|entry| !matches!(entry, Entry::Author(_)));
            pages.add(authors.chain(rest), Cursor::Tail(seq), (0, 0));
            self.cursors.insert(feed, Cursor::Tail(seq));
        }
        if let Some(head) = stretch.read_to {
            self.cursors.insert(feed, Cursor::Tail(head));
        }
        pages.finish()
    }

    fn entry(
        &mut self,
        feed: FeedNo,
        row: EntryRow,
        left: &BTreeMap<DocNo, u64>,
        known: &HashMap<AuthorNo, Author>,
        rows_of: &HashMap<DocNo, DocRow>,
        wholes: &HashMap<DocNo, Entry>,
    ) -> Option<Entry> {
        let doc = row.doc;
        match row.kind {
            EntryKind::Author => known.get(&row.reference).cloned().map(Entry::Author),
            // What has left its audience is not delivered to it any more, whatever was said in between.
            EntryKind::Leave => (left.get(&doc) == Some(&row.seq)).then_some(Entry::Leave { doc }),
            _ if left.contains_key(&doc) => None,
            EntryKind::Whole => {
                if !self.sent_in.insert((feed, doc)) {
                    return None;
                }
                let of = rows_of.get(&doc)?;
                let now = (of.generation, of.version);
                let held = self.sent.get(&doc) == Some(&now);
                if self.is_own(of) || held {
                    return Some(Entry::Joined {
                        doc,
                        id: of.creation.id.clone(),
                    });
                }
                let entry = wholes.get(&doc)?.clone();
                self.sent.insert(doc, now);
                Some(entry)
            }
            EntryKind::Change => {
                let change = row.change?;
                let position = (change.generation, change.version);
                if change.author == self.device || self.sent.get(&doc).is_some_and(|sent| *sent >= position) {
                    return None;
                }
                self.sent.insert(doc, position);
                Some(Entry::Change {
                    doc,
                    generation: change.generation,
                    version: change.version,
                    author: change.author,
                    received_s: change.received_ms.div_euclid(1000),
                    body: change.body,
                })
            }
        }
    }
}

//! `qiao verify`: proof that what is stored is what devices signed, whole and in order.
//!
//! Replays every document from its first change, checks every envelope's signature, every sequence of numbers and the
//! audit chain. Reads one moment of the database and writes nothing, so a server may be running. What it says holds
//! numbers and codes, no contents and no names.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;

use automerge::ChangeHash;
use serde::Serialize;
use sync_core::audience::{Facts, FeedName, audience};
use sync_core::envelope::{self, SignedChange};
use sync_core::feed::Digest;
use sync_core::id::{AuthorNo, DocId, FeedNo};
use sync_core::schema::Kind;
use sync_core::wire::codec::Reader;

use super::attached;
use super::walk::{self, Authors, Place, Visit, Visited};
use crate::app::App;
use crate::registry::audit;
use crate::store::log::{self, FeedRow};
use crate::store::maintenance::{self, Jump, StoredEnvelope};
use crate::store::{Conn, StoreError};

/// Problems that are listed; the rest is counted.
const PROBLEMS_LISTED_MAX: usize = 1_000;
/// Envelopes whose contents are kept at hand while documents are replayed.
const ENVELOPES_CACHED_MAX: usize = 4_096;

/// Something that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// What is wrong; stable.
    pub code: &'static str,
    /// What it is wrong with: a sort and a number.
    pub subject: String,
    /// Where in it.
    pub detail: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.subject)?;
        if self.detail.is_empty() {
            Ok(())
        } else {
            write!(f, ": {}", self.detail)
        }
    }
}

/// What was read, and what is wrong with it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Documents replayed.
    pub documents: u64,
    /// Changes replayed.
    pub changes: u64,
    /// Envelopes whose signature was checked.
    pub envelopes: u64,
    /// Feeds summed up.
    pub feeds: u64,
    /// Attachments read.
    pub attachments: u64,
    /// Entries of the audit chain.
    pub audit_entries: u64,
    /// Hash of the last of them: kept elsewhere, it shows a chain rewritten from its start.
    pub audit_head: String,
    /// The first problems.
    pub problems: Vec<Problem>,
    /// Problems beyond those.
    pub problems_not_listed: u64,
}

impl Outcome {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.problems.is_empty()
    }

    /// How much is wrong.
    pub fn problem_count(&self) -> u64 {
        self.problems.len() as u64 + self.problems_not_listed
    }

    pub(super) fn add(&mut self, code: &'static str, subject: impl Into<String>, detail: impl Into<String>) {
        if self.problems.len() < PROBLEMS_LISTED_MAX {
            self.problems.push(Problem {
                code,
                subject: subject.into(),
                detail: detail.into(),
            });
        } else {
            self.problems_not_listed += 1;
        }
    }
}

/// Checks everything.
pub async fn verify(app: &App) -> anyhow::Result<Outcome> {
    let mut conn = app.store.separate().await?;
    let mut checking = Checking {
        deployment: app.deployment.id.clone(),
        outcome: Outcome::default(),
        sums: BTreeMap::new(),
        feeds: HashMap::new(),
        envelopes: HashMap::new(),
    };
    let checked = checking.all(&mut conn).await;
    maintenance::close(conn).await?;
    checked?;
    let mut outcome = checking.outcome;
    attached::verify(app, &mut outcome).await?;
    let chain = audit::verify(app)
        .await
        .map_err(|error| anyhow::anyhow!("{error}"))?;
    outcome.audit_entries = u64::try_from(chain.entries).unwrap_or(0);
    outcome.audit_head = chain.head;
    if let Some(broken_at) = chain.broken_at {
        outcome.add("audit_broken", format!("entry {broken_at}"), "");
    }
    Ok(outcome)
}

struct Checking {
    deployment: String,
    outcome: Outcome,
    /// Documents and digest of each feed, as summed up here.
    sums: BTreeMap<FeedNo, (u64, Digest)>,
    feeds: HashMap<FeedNo, FeedRow>,
    envelopes: HashMap<u64, Option<(AuthorNo, HashSet<ChangeHash>)>>,
}

impl Checking {
    async fn all(&mut self, conn: &mut Conn) -> Result<(), StoreError> {
        for line in maintenance::damage(conn).await? {
            self.outcome.add("database_damaged", "file", line);
        }
        maintenance::begin_reading(conn).await?;
        let authors = walk::authors(conn).await?;
        for no in &authors.false_identities {
            self.outcome.add("identity_false", format!("device {no}"), "");
        }
        for no in maintenance::feed_numbers(conn).await? {
            if let Some(feed) = log::feed_by_no(conn, no).await? {
                self.feeds.insert(no, feed);
            }
        }
        self.all_envelopes(conn, &authors).await?;
        self.all_documents(conn, &authors).await?;
        self.all_feeds(conn).await?;
        self.all_verdicts(conn).await?;
        let strays = maintenance::stray_changes(conn).await?;
        if strays > 0 {
            self.outcome
                .add("changes_without_document", "log", format!("{strays} changes"));
        }
        maintenance::end(conn, false).await
    }

    async fn all_envelopes(&mut self, conn: &mut Conn, authors: &Authors) -> Result<(), StoreError> {
        let mut after = 0;
        loop {
            let page = maintenance::envelopes(conn, after).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.no;
            for envelope in &page {
                self.outcome.envelopes += 1;
                if let Err(detail) = signature(&self.deployment, envelope, authors) {
                    self.outcome
                        .add("signature_false", format!("envelope {}", envelope.no), detail);
                }
            }
        }
    }

    async fn all_documents(&mut self, conn: &mut Conn, authors: &Authors) -> Result<(), StoreError> {
        let mut after = 0;
        loop {
            let page = maintenance::document_numbers(conn, after).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = *last;
            for no in page {
                self.outcome.documents += 1;
                match walk::visit(conn, no, authors).await? {
                    Visit::Made(visited) => self.document(conn, &visited, authors).await?,
                    Visit::Broken(code, detail) => self.outcome.add(code, format!("document {no}"), detail),
                    Visit::Gone => {}
                }
                tokio::task::yield_now().await;
            }
        }
    }

    async fn document(
        &mut self,
        conn: &mut Conn,
        visited: &Visited,
        authors: &Authors,
    ) -> Result<(), StoreError> {
        let row = &visited.row;
        let subject = format!("document {}", row.no);
        self.outcome.changes += visited.changes.len() as u64;
        if let Err(detail) = visited.check_snapshot(authors) {
            self.outcome.add("snapshot_differs", &subject, detail);
        }
        for change in &visited.changes {
            let signed = self
                .is_signed(conn, change.envelope, change.author, &change.hash)
                .await?;
            if !signed {
                self.outcome.add(
                    "change_not_signed",
                    &subject,
                    format!("version {}", change.version),
                );
            }
        }
        let mut named = row.authors.clone();
        named.sort_unstable();
        let mut written: Vec<AuthorNo> = visited.changes.iter().map(|change| change.author).collect();
        written.sort_unstable();
        written.dedup();
        if row.creation.kind != Kind::Card && named != written {
            self.outcome.add("authors_differ", &subject, "");
        }
        self.derived(conn, visited, &subject).await?;
        for (feed, seq) in &row.feeds {
            let sum = self.sums.entry(*feed).or_default();
            sum.0 += 1;
            sum.1.add(visited.digest());
            if !maintenance::is_member(conn, *feed, row.creation.kind.rank(), row.no, *seq).await? {
                self.outcome
                    .add("membership_differs", &subject, format!("feed {feed}"));
            }
        }
        Ok(())
    }

    /// What is written beside the document follows from it.
    async fn derived(&mut self, conn: &mut Conn, visited: &Visited, subject: &str) -> Result<(), StoreError> {
        let row = &visited.row;
        let village = match visited.place() {
            Place::Village(village) => village,
            Place::OfHousehold(household) => log::by_id(conn, household).await?.and_then(|row| row.village),
            Place::Nowhere => row.village.clone(),
        };
        if row.list != visited.list() || row.unit != visited.unit() || row.village != village {
            self.outcome.add("derived_differs", subject, "");
        }
        let mut feeds: Vec<&str> = Vec::new();
        for (feed, _) in &row.feeds {
            match self.feeds.get(feed) {
                Some(known) => feeds.push(&known.name),
                None => {
                    self.outcome.add("feed_unknown", subject, format!("feed {feed}"));
                    return Ok(());
                }
            }
        }
        feeds.sort_unstable();
        let right = match row.creation.kind {
            // Which units, only the moment it was made knows; never anybody else.
            Kind::Card => feeds.iter().all(|name| name.starts_with("unit/")),
            kind => {
                let unit = visited.unit();
                let facts = Facts {
                    kind,
                    village: village.as_deref().unwrap_or(""),
                    unit: unit.as_deref(),
                    township: None,
                    county: None,
                    card_units: &[],
                };
                // Which offices lie above, only the moment of the last change knows: a village may have moved since.
                let offices = |name: &&str| name.starts_with("township/") || name.starts_with("county/");
                let upwards = feeds.iter().filter(|name| offices(name)).count();
                let below = feeds.iter().copied().filter(|name| !offices(name));
                let bound = match kind {
                    Kind::Check => 2,
                    Kind::Application | Kind::Case | Kind::Notice | Kind::Plan => 1,
                    _ => 0,
                };
                let names = audience(&facts);
                upwards <= bound && names.iter().map(FeedName::as_str).eq(below)
            }
        };
        if !right {
            self.outcome.add("audience_differs", subject, "");
        }
        Ok(())
    }

    async fn is_signed(
        &mut self,
        conn: &mut Conn,
        envelope: u64,
        author: AuthorNo,
        hash: &ChangeHash,
    ) -> Result<bool, StoreError> {
        if !self.envelopes.contains_key(&envelope) {
            if self.envelopes.len() >= ENVELOPES_CACHED_MAX {
                self.envelopes.clear();
            }
            let stored = maintenance::envelope(conn, envelope).await?;
            let signed = stored.and_then(|stored| {
                let contents = contents(&stored.contents)?;
                Some((
                    stored.device,
                    contents.into_iter().map(|change| change.hash).collect(),
                ))
            });
            self.envelopes.insert(envelope, signed);
        }
        let signed = self.envelopes.get(&envelope).and_then(Option::as_ref);
        Ok(signed.is_some_and(|(device, hashes)| *device == author && hashes.contains(hash)))
    }

    async fn all_feeds(&mut self, conn: &mut Conn) -> Result<(), StoreError> {
        let mut feeds: Vec<FeedRow> = self.feeds.values().cloned().collect();
        feeds.sort_by_key(|feed| feed.no);
        for feed in feeds {
            self.outcome.feeds += 1;
            let subject = format!("feed {}", feed.no);
            let (documents, digest) = self.sums.get(&feed.no).copied().unwrap_or_default();
            if feed.documents != documents || maintenance::members_count(conn, feed.no).await? != documents {
                self.outcome
                    .add("feed_count_differs", &subject, format!("{documents} documents"));
            }
            if feed.digest != digest {
                self.outcome.add("feed_digest_differs", &subject, "");
            }
            let (jumps, last) = maintenance::feed_jumps(conn, feed.no).await?;
            let restored = maintenance::restored_heads(conn, feed.no).await?;
            if let Err(at) = without_gaps(&jumps, last, feed.head, &restored) {
                self.outcome.add("feed_has_gap", &subject, format!("after {at}"));
            }
            let loose = maintenance::loose_entries(conn, feed.no).await?;
            if loose > 0 {
                self.outcome
                    .add("feed_entries_loose", &subject, format!("{loose} entries"));
            }
        }
        Ok(())
    }

    async fn all_verdicts(&mut self, conn: &mut Conn) -> Result<(), StoreError> {
        for device in maintenance::devices_heard(conn).await? {
            let (jumps, last) = maintenance::verdict_jumps(conn, device).await?;
            let head = log::sync_state(conn, device).await?.verdict_head;
            let restored = maintenance::restored_device_heads(conn, device).await?;
            if let Err(at) = without_gaps(&jumps, last, head, &restored) {
                self.outcome.add(
                    "verdicts_have_gap",
                    format!("device {device}"),
                    format!("after {at}"),
                );
            }
        }
        Ok(())
    }
}

/// Whether a sequence runs from 1 to its head, leaving out only what restores leave out. `Err` says after which number.
fn without_gaps(jumps: &[Jump], last: u64, head: u64, restored: &[(u64, u64)]) -> Result<(), u64> {
    let skip = |mut at: u64| {
        for (epoch, head) in restored {
            if at == *head {
                at += log::numbers_skipped(*epoch);
            }
        }
        at
    };
    for (before, seq) in jumps {
        if *seq != skip(*before) + 1 {
            return Err(*before);
        }
    }
    if skip(last) == head { Ok(()) } else { Err(last) }
}

/// What an envelope was signed over.
/// What an envelope's device has signed with it.
pub(super) fn signature(
    deployment: &str,
    envelope: &StoredEnvelope,
    authors: &Authors,
) -> Result<Vec<ChangeHash>, &'static str> {
    let device = authors.devices.get(&envelope.device).ok_or("unknown device")?;
    let key = authors.keys.get(&envelope.device).ok_or("unknown device")?;
    let contents = contents(&envelope.contents).ok_or("unreadable contents")?;
    let message = envelope::signed_bytes(
        deployment,
        device,
        envelope.counter,
        envelope.claimed_s,
        &contents,
    );
    let signature: [u8; 64] = envelope
        .signature
        .as_slice()
        .try_into()
        .map_err(|_| "unreadable signature")?;
    envelope::verify(key, &message, &signature).map_err(|_| "the device has not signed this")?;
    Ok(contents.into_iter().map(|change| change.hash).collect())
}

fn contents(bytes: &[u8]) -> Option<Vec<SignedChange>> {
    let mut input = Reader::new(bytes);
    let count = input.count(bytes.len(), "contents").ok()?;
    let mut all = Vec::with_capacity(count);
    for _ in 0..count {
        let doc = DocId::parse(input.str(64, "document").ok()?).ok()?;
        let generation = u32::try_from(input.uint("generation").ok()?).ok()?;
        all.push(SignedChange {
            doc,
            generation,
            hash: input.hash("hash").ok()?,
        });
    }
    input.is_empty().then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_may_skip_only_what_a_restore_skips() {
        assert_eq!(without_gaps(&[], 0, 0, &[]), Ok(()));
        assert_eq!(without_gaps(&[], 7, 7, &[]), Ok(()));
        assert_eq!(without_gaps(&[(3, 5)], 7, 7, &[]), Err(3), "a line is missing");
        assert_eq!(
            without_gaps(&[(0, 2)], 7, 7, &[]),
            Err(0),
            "the first line is missing"
        );
        assert_eq!(without_gaps(&[], 6, 7, &[]), Err(6), "the last line is missing");

        let skip = log::numbers_skipped(9);
        assert_eq!(
            without_gaps(&[], 4, 4 + skip, &[(9, 4)]),
            Ok(()),
            "nothing has happened since the restore"
        );
        assert_eq!(
            without_gaps(&[(4, 5 + skip)], 6 + skip, 6 + skip, &[(9, 4)]),
            Ok(())
        );
        assert_eq!(
            without_gaps(&[(4, 6 + skip)], 6 + skip, 6 + skip, &[(9, 4)]),
            Err(4),
            "lost after the restore"
        );
        let twice = [(9, 4), (10, 4 + skip)];
        let both = skip + log::numbers_skipped(10);
        assert_eq!(
            without_gaps(&[(4, 5 + both)], 5 + both, 5 + both, &twice),
            Ok(()),
            "two restores, nothing between"
        );
    }
}

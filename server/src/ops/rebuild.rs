//! `qiao rebuild`: everything derived, computed again from the log, must come out equal.
//!
//! Owns the comparison of projections, of the derived columns of documents and of the sums of feeds with what the log
//! says. Reads one moment of the database into tables of its own; only when something differs does it take the write
//! lock, catch up with what has changed meanwhile, and put everything right in one transaction.

use std::collections::{BTreeMap, HashMap};

use anyhow::bail;
use serde::Serialize;
use sync_core::feed::Digest;
use sync_core::id::{DocId, DocNo, FeedNo};

use super::walk::{self, Authors, Place, Visit, Visited};
use crate::app::App;
use crate::projections::{self as projected, Projected, Written, needs_log};
use crate::registry::{Actor, audit};
use crate::store::{Conn, StoreError, log, maintenance, projections};

/// Documents that are named; the rest is counted.
const NAMED_MAX: u32 = 100;

/// What was compared, and what differs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// Documents read from the log.
    pub documents: u64,
    /// What differs, by table.
    pub differences: Vec<Difference>,
    /// Whether it has been put right.
    pub repaired: bool,
}

/// A table that does not say what the log says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The table.
    pub table: &'static str,
    /// Rows that differ.
    pub rows: u64,
    /// Numbers of the first of them: documents, or feeds.
    pub numbers: Vec<u64>,
}

/// The derived columns of a document, as they should be.
struct Correct {
    list: Vec<u8>,
    unit: Option<String>,
    village: Option<String>,
}

#[derive(Default)]
struct Found {
    documents: u64,
    wrong: BTreeMap<DocNo, Correct>,
    /// Villages of households whose row names another.
    moved: HashMap<DocId, Option<String>>,
    sums: BTreeMap<FeedNo, (u64, Digest)>,
    /// What a feed's row says too much or too little.
    feeds: BTreeMap<FeedNo, (u64, Digest)>,
}

/// Compares; unless `check_only`, puts right what differs.
pub async fn rebuild(app: &App, check_only: bool) -> anyhow::Result<Comparison> {
    let mut conn = app.store.separate().await?;
    let done = run(&mut conn, check_only).await;
    // After a failure this also ends the transaction and forgets the fresh tables.
    maintenance::close(conn).await?;
    let comparison = done?;
    if comparison.repaired {
        let rows: u64 = comparison
            .differences
            .iter()
            .map(|difference| difference.rows)
            .sum();
        let rows = rows.to_string();
        let mut tx = app.store.writer().await?;
        let (now_ms, actor) = (app.now(), Actor::command_line());
        audit::append(
            &mut tx,
            now_ms,
            &actor,
            "projections.rebuild",
            &app.deployment.id,
            &[("rows", &rows)],
        )
        .await?;
        tx.commit().await?;
    }
    Ok(comparison)
}

/// Writes all rows anew if another version of the projections wrote them. A server does so beside its work when it starts:
/// until then, lists lack what that version did not know.
pub async fn renew(app: &App) -> anyhow::Result<()> {
    let (version, _) = projections::state(&mut *app.store.read().await?).await?;
    if version == projected::VERSION {
        return Ok(());
    }
    let empty = maintenance::document_numbers(&mut *app.store.read().await?, 0)
        .await?
        .is_empty();
    let comparison = match empty {
        true => Comparison::default(),
        false => rebuild(app, false).await?,
    };
    if !comparison.repaired {
        let mut tx = app.store.writer().await?;
        projections::set_version(&mut tx, projected::VERSION).await?;
        tx.commit().await?;
    }
    tracing::info!(
        documents = comparison.documents,
        "what lists are made from has been written anew"
    );
    Ok(())
}

async fn run(conn: &mut Conn, check_only: bool) -> anyhow::Result<Comparison> {
    maintenance::make_fresh(conn).await?;
    maintenance::begin_reading(conn).await?;
    let authors = walk::authors(conn).await?;
    let read_upto = maintenance::last_change(conn).await?;
    let mut found = Found::default();
    let mut after = 0;
    loop {
        let page = maintenance::document_numbers(conn, after).await?;
        let Some(last) = page.last() else { break };
        after = *last;
        let mut fresh = Projected::default();
        for no in page {
            let visited = take(conn, no, &authors).await?;
            let village = found.document(conn, &visited).await?;
            let written = written(conn, &visited, village).await?;
            fresh.add(no, &visited.document, written.as_ref());
            tokio::task::yield_now().await;
        }
        projections::write(conn, &fresh, projections::Place::Fresh).await?;
    }
    found.compare_feeds(conn).await?;
    let differences = found.differences(conn).await?;
    maintenance::end(conn, true).await?;
    let mut comparison = Comparison {
        documents: found.documents,
        differences,
        repaired: false,
    };
    if !check_only && !comparison.differences.is_empty() {
        maintenance::begin_writing(conn).await?;
        put_right(conn, &found, read_upto, &authors).await?;
        maintenance::end(conn, true).await?;
        comparison.repaired = true;
    }
    Ok(comparison)
}

async fn take(conn: &mut Conn, no: DocNo, authors: &Authors) -> anyhow::Result<Visited> {
    match walk::visit(conn, no, authors).await? {
        Visit::Made(visited) => Ok(*visited),
        Visit::Broken(code, _) => {
            bail!("document {no} cannot be read from the log ({code}): see `qiao verify`")
        }
        Visit::Gone => bail!("document {no} has gone"),
    }
}

/// What the row follows from beside the document.
async fn written(
    conn: &mut Conn,
    visited: &Visited,
    village: Option<String>,
) -> Result<Option<Written>, StoreError> {
    if !needs_log(visited.row.creation.kind) {
        return Ok(None);
    }
    let mut written = log::written(conn, &visited.row).await?;
    written.village = village.unwrap_or_default();
    Ok(Some(written))
}

impl Found {
    /// Compares the derived columns; returns where the document lies.
    async fn document(&mut self, conn: &mut Conn, visited: &Visited) -> Result<Option<String>, StoreError> {
        self.documents += 1;
        let row = &visited.row;
        let village = match visited.place() {
            Place::Village(village) => village,
            Place::OfHousehold(household) => match self.moved.get(household) {
                Some(village) => village.clone(),
                None => log::by_id(conn, household).await?.and_then(|row| row.village),
            },
            Place::Nowhere => row.village.clone(),
        };
        let correct = Correct {
            list: visited.list(),
            unit: visited.unit(),
            village: village.clone(),
        };
        if (&row.list, &row.unit, &row.village) != (&correct.list, &correct.unit, &correct.village) {
            self.moved
                .insert(row.creation.id.clone(), correct.village.clone());
            self.wrong.insert(row.no, correct);
        }
        for (feed, _) in &row.feeds {
            let sum = self.sums.entry(*feed).or_default();
            sum.0 += 1;
            sum.1.add(visited.digest());
        }
        Ok(village)
    }

    async fn compare_feeds(&mut self, conn: &mut Conn) -> Result<(), StoreError> {
        for no in maintenance::feed_numbers(conn).await? {
            let Some(feed) = log::feed_by_no(conn, no).await? else {
                continue;
            };
            let (documents, digest) = self.sums.get(&no).copied().unwrap_or_default();
            if feed.documents != documents || feed.digest != digest {
                let mut digest = digest;
                digest.remove(feed.digest);
                self.feeds
                    .insert(no, (documents.wrapping_sub(feed.documents), digest));
            }
        }
        Ok(())
    }

    async fn differences(&self, conn: &mut Conn) -> Result<Vec<Difference>, StoreError> {
        let mut all = Vec::new();
        for table in maintenance::PROJECTIONS {
            let (numbers, rows) = maintenance::differences(conn, table, NAMED_MAX).await?;
            all.push(Difference { table, rows, numbers });
        }
        let named = |numbers: Vec<u64>| numbers.into_iter().take(NAMED_MAX as usize).collect();
        let (documents, feeds) = (
            self.wrong.keys().copied().collect(),
            self.feeds.keys().copied().collect(),
        );
        all.push(Difference {
            table: "documents",
            rows: self.wrong.len() as u64,
            numbers: named(documents),
        });
        all.push(Difference {
            table: "feeds",
            rows: self.feeds.len() as u64,
            numbers: named(feeds),
        });
        all.retain(|difference| difference.rows > 0);
        Ok(all)
    }
}

async fn put_right(conn: &mut Conn, found: &Found, read_upto: u64, authors: &Authors) -> anyhow::Result<()> {
    for no in maintenance::changed_since(conn, read_upto).await? {
        maintenance::forget_fresh(conn, no).await?;
        let visited = take(conn, no, authors).await?;
        let mut fresh = Projected::default();
        // It was written after the moment that was compared, where its household lies now.
        let written = written(conn, &visited, visited.row.village.clone()).await?;
        fresh.add(no, &visited.document, written.as_ref());
        projections::write(conn, &fresh, projections::Place::Fresh).await?;
    }
    maintenance::swap_in(conn).await?;
    projections::set_version(conn, projected::VERSION).await?;
    for (no, correct) in &found.wrong {
        let visited = take(conn, *no, authors).await?;
        // It may have been edited since it was read: what it says now holds.
        let village = match visited.place() {
            Place::Village(village) => village,
            Place::OfHousehold(_) | Place::Nowhere => correct.village.clone(),
        };
        let (list, unit) = (visited.list(), visited.unit());
        maintenance::correct_document(conn, *no, &list, unit.as_deref(), village.as_deref()).await?;
    }
    maintenance::follow_households(conn).await?;
    for (no, (documents, digest)) in &found.feeds {
        let Some(feed) = log::feed_by_no(conn, *no).await? else {
            continue;
        };
        // Sums add up, so what was missing then is missing now, whatever has been added since.
        let mut right = feed.digest;
        right.add(*digest);
        let documents = feed.documents.wrapping_add(*documents);
        maintenance::correct_feed(conn, *no, documents, right.to_bytes()).await?;
    }
    Ok(())
}

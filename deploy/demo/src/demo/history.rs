//! Years of edits, lived again by the phones that are there: real edits through the real server, years in a minute.
//!
//! Edits are put into rounds in which each phone has at most one turn. The edits of a household keep their order, and
//! whoever comes later in a round has what others wrote before. Phones of different villages take their turns at once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result};
use qiao_demo::generator::{History, Township};
use sync_core::edit::Edit;
use sync_core::id::DocId;
use sync_core::policy::Role;

use super::board::Board;
use super::cast::Cast;
use super::phone::Phone;

/// Round and place in it: those who build on others come after them.
type Stage = (usize, u8);

/// What one phone writes in each stage.
#[derive(Debug)]
pub(super) struct Turns {
    stages: BTreeMap<Stage, BTreeMap<usize, Vec<Edit>>>,
    pub(super) edits: usize,
}

impl Turns {
    /// The whole history of a township.
    pub(super) fn of(township: &Township, cast: &Cast) -> Result<Turns> {
        let mut turns = Turns {
            stages: BTreeMap::new(),
            edits: 0,
        };
        for (index, village) in township.villages.iter().enumerate() {
            let mut reached: BTreeMap<DocId, Stage> = BTreeMap::new();
            for edit in History::of(village).edits {
                let author = &village.authors[edit.author];
                let phone = cast.phone_of(index, author).context("every author has a phone")?;
                let place = place_in_round(cast.parts[phone].person.role);
                let household = household_of(&edit.edit)?;
                let stage = match reached.get(&household) {
                    None => (0, place),
                    Some(&(round, before)) if before <= place => (round, place),
                    Some(&(round, _)) => (round + 1, place),
                };
                reached.insert(household, stage);
                turns.edits += 1;
                turns
                    .stages
                    .entry(stage)
                    .or_default()
                    .entry(phone)
                    .or_default()
                    .push(edit.edit);
            }
        }
        Ok(turns)
    }

    /// Plays them.
    pub(super) async fn play(self, phones: &[Arc<Phone>], board: &Board) -> Result<()> {
        let started = Instant::now();
        let (count, mut done) = (self.edits, 0);
        let mut told = Instant::now();
        for writers in self.stages.into_values() {
            let mut turns = tokio::task::JoinSet::new();
            for (phone, edits) in writers {
                let phone = Arc::clone(&phones[phone]);
                turns.spawn(async move {
                    phone.must_sync().await?;
                    phone.write_all(&edits)?;
                    phone.must_sync().await?;
                    Ok::<_, anyhow::Error>(edits.len())
                });
            }
            while let Some(turn) = turns.join_next().await {
                done += turn??;
                if told.elapsed().as_millis() > if board.is_terminal() { 200 } else { 3_000 } {
                    told = Instant::now();
                    board.progress(&progress(done, count, started));
                }
            }
        }
        for phone in phones {
            phone.must_sync().await?;
        }
        board.progress(&progress(done, count, started));
        if board.is_terminal() {
            board.news("");
        }
        Ok(())
    }
}

fn progress(done: usize, count: usize, started: Instant) -> String {
    let seconds = started.elapsed().as_secs_f64();
    format!("载入历史 loading history: {done} / {count} 次修改 edits, {seconds:.0} s")
}

/// The village side raises, the unit answers, the township closes.
fn place_in_round(role: Role) -> u8 {
    match role {
        Role::Team => 0,
        Role::Committee => 1,
        Role::Unit => 2,
        _ => 3,
    }
}

/// The household an edit belongs to: the part of a document's name before its first dot.
fn household_of(edit: &Edit) -> Result<DocId> {
    let id = match edit {
        Edit::Change(change) => &change.doc,
        Edit::New(new) => new
            .household
            .as_ref()
            .or(new.id.as_ref())
            .context("a new document of the history has a name")?,
    };
    let name = id.as_str();
    Ok(DocId::parse(
        name.split_once('.').map_or(name, |(household, _)| household),
    )?)
}

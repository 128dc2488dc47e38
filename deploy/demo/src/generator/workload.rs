//! The edits of the benchmarks, made for a village as it stands: a phone that returns, and a busy hour.

use std::collections::BTreeSet;

use sync_core::edit::EditOp;
use sync_core::id::DocId;
use sync_core::policy::Role;

use super::dice::Dice;
use super::edits::{SLOTS, change, need_edit, set, slot_path, slot_value, visit_edit, visit_entry};
use super::{AuthoredEdit, Household, Person, Village, calendar, texts};

/// Streams of random choices, apart from those of the township.
const STREAM_RETURN: u64 = 2 << 32;
const STREAM_LIVE: u64 = 3 << 32;

/// A phone was away while others worked.
#[derive(Clone, Debug)]
pub struct Return {
    /// Who returns: index into the village's authors.
    pub author: usize,
    /// What they wrote meanwhile.
    pub own: Vec<AuthoredEdit>,
    /// What everybody else wrote.
    pub others: Vec<AuthoredEdit>,
    /// Households edited on both sides.
    pub shared: Vec<DocId>,
    /// Fields written on both sides.
    pub same_field: Vec<(DocId, Vec<String>)>,
}

/// How much happens while a phone is away.
#[derive(Clone, Copy, Debug)]
pub struct ReturnSize {
    /// Edits of the returning phone, on three quarters as many households.
    pub own: usize,
    /// Edits of others, on three quarters as many households.
    pub others: usize,
    /// Households edited by both; two of them in the same field.
    pub shared: usize,
}

impl Default for ReturnSize {
    fn default() -> Self {
        ReturnSize {
            own: 40,
            others: 60,
            shared: 5,
        }
    }
}

/// The edits of a return. A village with fewer households than are edited repeats some.
///
/// # Panics
/// When the village has no household.
pub fn returning(village: &Village, seed: u64, size: ReturnSize, now_s: i64) -> Return {
    assert!(!village.households.is_empty(), "a return edits households");
    let mut dice = Dice::new(seed, STREAM_RETURN);
    let order = dice.shuffled(village.households.len());
    let at = |index: usize| &village.households[order[index % order.len()]];
    let own_households: Vec<&Household> = (0..size.own * 3 / 4).map(at).collect();
    let first_of_others = own_households.len() - size.shared.min(own_households.len());
    let others_households: Vec<&Household> = (first_of_others..first_of_others + size.others * 3 / 4)
        .map(at)
        .collect();
    let shared: Vec<&Household> = own_households[first_of_others..].to_vec();

    let team: Vec<usize> = (0..village.authors.len())
        .filter(|&i| is_writer(&village.authors[i]))
        .collect();
    let author = team[0];
    let mut own = Side::new(village, "a", now_s);
    let mut others = Side::new(village, "b", now_s);
    let mut same_field = Vec::new();
    for (household, path) in shared.iter().zip([&["phone"][..], &["remark"]]) {
        for (side, author) in [(&mut own, author), (&mut others, team[1 % team.len()])] {
            let value = slot_value(&mut dice, path, &village.name, 8);
            let at = now_s - 86_400 + dice.range(0..=80_000);
            side.edits
                .push(change(author, at, household.id.clone(), vec![set(path, value)]));
        }
        same_field.push((
            household.id.clone(),
            path.iter().map(|part| (*part).to_owned()).collect(),
        ));
    }
    own.fill(&mut dice, &own_households, &[author], size.own);
    let not_me: Vec<usize> = team.iter().copied().filter(|&other| other != author).collect();
    let not_me = if not_me.is_empty() { vec![author] } else { not_me };
    others.fill(&mut dice, &others_households, &not_me, size.others);
    Return {
        author,
        own: own.finish(),
        others: others.finish(),
        shared: shared.iter().map(|household| household.id.clone()).collect(),
        same_field,
    }
}

/// Live editing: `count` small edits of one author, one a second, each on a random household.
///
/// # Panics
/// When the village has no household.
pub fn live(village: &Village, seed: u64, count: usize, now_s: i64) -> Vec<AuthoredEdit> {
    let mut dice = Dice::new(seed, STREAM_LIVE);
    let author = village.authors.iter().position(is_writer).unwrap_or(0);
    (0..count)
        .map(|number| {
            let household = village.households[dice.index(village.households.len())]
                .id
                .clone();
            let ops = vec![
                set(&["remark"], texts::remark(&mut dice)),
                set(&["expense_other_yuan"], number as i64 + 1),
            ];
            change(author, now_s + number as i64, household, ops)
        })
        .collect()
}

/// Team members may write every kind of edit made here.
fn is_writer(person: &Person) -> bool {
    person.role == Role::Team && person.present
}

/// The edits of one side, which knows the village as it stood and its own work.
struct Side<'a> {
    village: &'a Village,
    mark: &'static str,
    now_s: i64,
    journals: BTreeSet<DocId>,
    edits: Vec<AuthoredEdit>,
    keys_made: usize,
}

impl<'a> Side<'a> {
    fn new(village: &'a Village, mark: &'static str, now_s: i64) -> Self {
        let journals = village
            .households
            .iter()
            .flat_map(|household| household.journals.iter().filter_map(|journal| journal.id.clone()))
            .collect();
        Side {
            village,
            mark,
            now_s,
            journals,
            edits: Vec::new(),
            keys_made: 0,
        }
    }

    /// Edits every household once, then some again.
    fn fill(&mut self, dice: &mut Dice, households: &[&Household], authors: &[usize], count: usize) {
        let mut once = households.iter();
        while self.edits.len() < count && !households.is_empty() {
            let household = once.next().copied().unwrap_or_else(|| dice.pick(households));
            let author = dice.pick(authors);
            let at = self.now_s - 86_400 + dice.range(0..=80_000);
            let edit = self.edit(dice, household, author, at);
            self.edits.push(edit);
        }
    }

    fn edit(&mut self, dice: &mut Dice, household: &Household, author: usize, at: i64) -> AuthoredEdit {
        match dice.range(0..=99) {
            0..=39 => {
                let year = calendar::year(at);
                let journal = DocId::journal(&household.id, year).expect("a generated name is short");
                let is_new = self.journals.insert(journal);
                let visit = visit_entry(dice, &self.village.authors[author], at);
                let key = self.key(author);
                visit_edit(&household.id, year, author, at, key, visit, is_new)
            }
            40..=51 => {
                let key = self.key(author);
                need_edit(dice, &household.id, author, at, &key)
            }
            _ => {
                let (slot, _) = dice.pick(SLOTS);
                let value = slot_value(dice, slot, &self.village.name, 8);
                let path = slot_path(slot, calendar::year(at));
                change(
                    author,
                    at,
                    household.id.clone(),
                    vec![EditOp::Set { path, value }],
                )
            }
        }
    }

    /// A key neither the history nor the other side has.
    fn key(&mut self, author: usize) -> String {
        self.keys_made += 1;
        format!(
            "{}{}{}",
            self.village.authors[author].tag, self.mark, self.keys_made
        )
    }

    fn finish(mut self) -> Vec<AuthoredEdit> {
        // Stable, and a journal is made before it is added to: the order of making is kept where it matters.
        let mut times: Vec<i64> = self.edits.iter().map(|edit| edit.at).collect();
        times.sort_unstable();
        for (edit, at) in self.edits.iter_mut().zip(times) {
            edit.retime(at);
        }
        self.edits
    }
}

//! What is measured on: a generated village, or a recorded one, in one form.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use qiao_demo::generator::reference::Reference;
use qiao_demo::generator::workload::{self, Return, ReturnSize};
use qiao_demo::generator::{AuthoredEdit, History, NOW_S, Person, Spec, Unit, village};
use sync_core::edit::Edit;
use sync_core::id::DocId;

/// Code of the first generated village, which a recorded one takes too.
pub(crate) const VILLAGE: &str = "530190101201";
/// Its township and county.
pub(crate) const TOWNSHIP: &str = "530190101";
pub(crate) const COUNTY: &str = "530190";

/// A village and what happens in it.
pub(crate) struct Workload {
    /// What it is called in the results.
    pub(crate) name: String,
    pub(crate) units: Vec<Unit>,
    pub(crate) authors: Vec<Person>,
    pub(crate) history: Vec<AuthoredEdit>,
    pub(crate) returning: Return,
    /// A busy hour of 200 edits.
    pub(crate) live: Vec<AuthoredEdit>,
    pub(crate) households: usize,
}

impl Workload {
    /// The generated village of this size and seed.
    pub(crate) fn generated(households: usize, seed: u64) -> Workload {
        let spec = Spec {
            seed,
            villages: 1,
            households_per_village: households,
            units: 2,
            now_s: NOW_S,
        };
        let village = village(&spec, 0);
        let size = scaled(households);
        Workload {
            name: format!("generated village, {households} households, seed {seed}"),
            units: units(2),
            history: History::of(&village).edits,
            returning: workload::returning(&village, seed, size, NOW_S),
            live: workload::live(&village, seed, 200, NOW_S),
            households: village.households.len(),
            authors: village.authors,
        }
    }

    /// A recorded village.
    pub(crate) fn recorded(dir: &Path) -> Result<Workload> {
        let reference = Reference::load(dir, VILLAGE)?;
        let created = |edit: &&AuthoredEdit| matches!(&edit.edit, Edit::New(new) if new.new == "household");
        Ok(Workload {
            name: "recorded village".to_owned(),
            units: Vec::new(),
            households: reference.history.iter().filter(created).count(),
            authors: reference.authors,
            history: reference.history,
            returning: reference.returning,
            live: reference.live,
        })
    }

    /// Share of the full size, for budgets that grow with it.
    pub(crate) fn scale(&self) -> f64 {
        self.households as f64 / 300.0
    }
}

/// A small village cannot take as many edits as a whole one without editing everything twice.
fn scaled(households: usize) -> ReturnSize {
    let full = ReturnSize::default();
    if households >= 100 {
        return full;
    }
    ReturnSize {
        own: (full.own * households / 100).max(4),
        others: (full.others * households / 100).max(6),
        shared: full.shared.min(households / 10).max(1),
    }
}

/// As many as the generator pairs with its villages, with its ids.
pub(crate) fn units(count: usize) -> Vec<Unit> {
    (1..=count)
        .map(|number| Unit {
            id: format!("u{number:02}"),
            name: format!("第{number}单位"),
        })
        .collect()
}

/// One turn of one author: sync, make these edits, sync.
pub(crate) struct Turn {
    pub(crate) author: usize,
    pub(crate) edits: Vec<Edit>,
}

/// Puts edits into rounds in which each author has at most one turn. The edits of a household keep their order, and
/// whoever comes later in a round has what others wrote before: so a history of many households that lasted years goes
/// by in a few rounds, with the authors as mixed in every document as they were.
pub(crate) fn turns(edits: &[AuthoredEdit]) -> Result<Vec<Turn>> {
    let mut reached: BTreeMap<DocId, (usize, usize)> = BTreeMap::new();
    let mut turns: BTreeMap<(usize, usize), Vec<Edit>> = BTreeMap::new();
    for edit in edits {
        let place = match reached.get(&household_of(&edit.edit)?) {
            None => (0, edit.author),
            Some(&(round, author)) if author <= edit.author => (round, edit.author),
            Some(&(round, _)) => (round + 1, edit.author),
        };
        reached.insert(household_of(&edit.edit)?, place);
        turns.entry(place).or_default().push(edit.edit.clone());
    }
    Ok(turns
        .into_iter()
        .map(|((_, author), edits)| Turn { author, edits })
        .collect())
}

/// The household an edit belongs to: the part of a document's name before its first dot.
fn household_of(edit: &Edit) -> Result<DocId> {
    let id = match edit {
        Edit::Change(change) => &change.doc,
        Edit::New(new) => new
            .household
            .as_ref()
            .or(new.id.as_ref())
            .context("a new document of the workload has a name")?,
    };
    let name = id.as_str();
    Ok(DocId::parse(
        name.split_once('.').map_or(name, |(household, _)| household),
    )?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_keep_every_edit_and_the_order_within_a_household() {
        let workload = Workload::generated(12, 3);
        let turns = turns(&workload.history).unwrap();
        let played: Vec<&Edit> = turns.iter().flat_map(|turn| &turn.edits).collect();
        assert_eq!(played.len(), workload.history.len());
        for household in (1..=12).map(|number| DocId::parse(&format!("{VILLAGE}-{number:04}")).unwrap()) {
            let of = |edit: &&Edit| household_of(edit).unwrap() == household;
            let told: Vec<&Edit> = workload
                .history
                .iter()
                .map(|edit| &edit.edit)
                .filter(of)
                .collect();
            let played: Vec<&Edit> = played.iter().copied().filter(of).collect();
            assert_eq!(told, played);
        }
        assert!(turns.len() < workload.history.len() / 4, "{} turns", turns.len());
    }
}

//! Who takes part: which people of the township carry the phones, and which of them wrote the history.

use qiao_demo::generator::{Person, Township};
use sync_core::policy::Role;

/// Authors of a village's history, as the generator orders them: five of the work team, four of the committee, one
/// village cadre, one of the township, one of the unit.
const FIRST_COMMITTEE: usize = 5;
/// Present members of the work team: the one who wrote the history, the colleague who comes later, and one whose
/// invitation is left for whoever watches.
const COLLEAGUE: usize = 1;
const SPARE: usize = 2;

/// One phone's place in the story.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// Row in the table.
    pub(super) number: usize,
    pub(super) person: Person,
    /// The village a village-side phone belongs to.
    pub(super) village: Option<usize>,
    /// What it is called.
    pub(super) label: String,
}

impl Part {
    /// Whether it sits in an office with a line that holds.
    pub(super) fn is_desk(&self) -> bool {
        matches!(self.person.role, Role::Unit | Role::Township)
    }

    /// Role for the table.
    pub(super) fn role_text(&self) -> &'static str {
        match self.person.role {
            Role::Team => "工作队 team",
            Role::Committee => "村委会 committee",
            Role::Unit => "帮扶单位 unit",
            Role::Township => "乡镇 township",
            _ => "其他 other",
        }
    }
}

/// All phones of the story, in the order of the table.
#[derive(Debug)]
pub(super) struct Cast {
    pub(super) parts: Vec<Part>,
    /// How many of them are there from the start; the others join later.
    pub(super) first: usize,
    /// Whose invitation is left for whoever watches.
    pub(super) spare: Option<Person>,
}

impl Cast {
    pub(super) fn of(township: &Township) -> Cast {
        let mut parts = Vec::new();
        let mut add = |person: &Person, village: Option<usize>, label: String| {
            parts.push(Part {
                number: parts.len(),
                person: person.clone(),
                village,
                label,
            });
        };
        let village_side = |author: usize| {
            let villages = township.villages.iter().enumerate();
            villages.map(move |(index, village)| (index, village.name.clone(), &village.authors[author]))
        };
        for (index, name, person) in village_side(0) {
            add(person, Some(index), format!("{name} 甲"));
        }
        for (index, name, person) in village_side(FIRST_COMMITTEE) {
            add(person, Some(index), format!("{name} 村委"));
        }
        for unit in &township.units {
            let people = &township.people;
            if let Some(person) = people
                .iter()
                .find(|person| person.unit.as_ref() == Some(&unit.id))
            {
                add(person, None, unit.name.clone());
            }
        }
        if let Some(person) = township
            .people
            .iter()
            .find(|person| person.role == Role::Township)
        {
            add(person, None, township.name.clone());
        }
        let first = {
            let before = township.villages.len() * 2;
            before + township.units.len() + 1
        };
        for (index, name, person) in village_side(COLLEAGUE) {
            add(person, Some(index), format!("{name} 乙"));
        }
        let first = first.min(parts.len());
        let spare = township
            .villages
            .first()
            .map(|village| village.authors[SPARE].clone());
        Cast { parts, first, spare }
    }

    /// The phone on which an author of a village's history wrote: people who have left wrote on their successors'.
    pub(super) fn phone_of(&self, village: usize, author: &Person) -> Option<usize> {
        let stands_for = |part: &&Part| match author.role {
            Role::Committee => part.village == Some(village) && part.person.role == Role::Committee,
            Role::Township => part.person.role == Role::Township,
            Role::Unit => part.person.unit == author.unit,
            _ => part.village == Some(village) && part.person.role == Role::Team,
        };
        self.parts[..self.first]
            .iter()
            .find(stands_for)
            .map(|part| part.number)
    }
}

//! A township that does not exist: villages, households, people, units, and the years of edits that made them so.
//!
//! Everything follows from a seed, on every machine and at any size; a village can be made without the others. The
//! weight of a household and of its history is that of a real file: some 25 fields, two to six members, three to ten
//! visits, up to four needs, about thirty edits by several authors. Owns no IO and no clock: the present is an
//! argument. [`workload`] makes the edits of the benchmarks, [`reference`] reads a recorded workload of another form,
//! [`register`] writes the households as the spreadsheet a county would hand over.

mod calendar;
pub mod daily;
mod dice;
mod edits;
mod family;
mod identity;
pub mod reference;
pub mod register;
mod replay;
mod story;
#[cfg(test)]
mod tests;
mod texts;
mod words;
pub mod workload;

pub use replay::{Replay, ReplayError};

use std::ops::RangeInclusive;

use serde_json::{Map, Value, json};
use sync_core::edit::{Edit, NewDocument};
use sync_core::id::DocId;
use sync_core::policy::Role;

use dice::Dice;

/// 2026-11-23 09:00 in China: the present of a township, unless told otherwise.
pub const NOW_S: i64 = 1_795_395_600;

/// What is made.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// Decides every choice.
    pub seed: u64,
    /// Villages, at most 799.
    pub villages: usize,
    /// Households of each village, at most 9,999.
    pub households_per_village: usize,
    /// Assistance units, each paired with villages in turn.
    pub units: usize,
    /// The present, Unix seconds; history ends a few days before.
    pub now_s: i64,
}

/// The made township.
#[derive(Clone, Debug)]
pub struct Township {
    /// Its code, nine digits; the first six are the county's.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The county's code.
    pub county: String,
    /// The county's name.
    pub county_name: String,
    /// Its villages.
    pub villages: Vec<Village>,
    /// The units that help.
    pub units: Vec<Unit>,
    /// People of the township, of the units, and of every village.
    pub people: Vec<Person>,
}

/// A village with its households.
#[derive(Clone, Debug)]
pub struct Village {
    /// Its code, twelve digits; also the id of its document.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its document, as the server makes it.
    pub document: NewDocument,
    /// Its households.
    pub households: Vec<Household>,
    /// Who wrote the history: indices of [`AuthoredEdit::author`] point here.
    pub authors: Vec<Person>,
}

/// A household: how its documents stand at present, and the edits that brought them there.
#[derive(Clone, Debug)]
pub struct Household {
    /// Id of the household file.
    pub id: DocId,
    /// Number within the village.
    pub number: String,
    /// The household file.
    pub file: NewDocument,
    /// Its journals, one a year.
    pub journals: Vec<NewDocument>,
    /// Its needs.
    pub needs: Vec<NewDocument>,
    /// All edits of all its documents, in time.
    pub edits: Vec<AuthoredEdit>,
}

impl Household {
    /// All documents as they stand.
    pub fn documents(&self) -> impl Iterator<Item = &NewDocument> {
        std::iter::once(&self.file)
            .chain(&self.journals)
            .chain(&self.needs)
    }
}

/// An assistance unit.
#[derive(Clone, Debug)]
pub struct Unit {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// Somebody with a role.
#[derive(Clone, Debug)]
pub struct Person {
    /// Their id.
    pub id: String,
    /// Their name.
    pub name: String,
    /// What they do.
    pub role: Role,
    /// The villages they do it in.
    pub villages: Vec<String>,
    /// The unit of a unit's cadre.
    pub unit: Option<String>,
    /// Five characters before the number in the keys of entries they make.
    pub tag: String,
    /// Whether they are still at their post. Earlier team members appear in the history only.
    pub present: bool,
}

/// An edit and who made it.
#[derive(Clone, Debug)]
pub struct AuthoredEdit {
    /// Index into the authors.
    pub author: usize,
    /// Unix seconds by the author's clock; also in the edit.
    pub at: i64,
    /// The edit.
    pub edit: Edit,
}

impl AuthoredEdit {
    fn retime(&mut self, at: i64) {
        self.at = at;
        match &mut self.edit {
            Edit::New(new) => new.at = Some(at),
            Edit::Change(change) => change.at = Some(at),
        }
    }
}

/// All edits of a village in time.
#[derive(Clone, Debug)]
pub struct History {
    /// The edits, oldest first.
    pub edits: Vec<AuthoredEdit>,
}

impl History {
    /// The history of a village.
    pub fn of(village: &Village) -> History {
        let mut edits: Vec<AuthoredEdit> = village
            .households
            .iter()
            .flat_map(|household| household.edits.iter().cloned())
            .collect();
        // Stable: edits of one household at one second stay in order.
        edits.sort_by_key(|edit| edit.at);
        History { edits }
    }
}

const TOWNSHIP_CODE: &str = "530190101";
const COUNTY_CODE: &str = "530190";
/// Streams of random choices, apart from the villages' own (their index).
const STREAM_PEOPLE: u64 = 1 << 32;
const TEAM_PRESENT: usize = 3;
const TEAM_EARLIER: usize = 2;
const COMMITTEE: usize = 4;

/// Which of a village's authors are what. The cadre of the unit paired with the village comes last, if there is one.
pub(crate) const AUTHORS_TEAM: RangeInclusive<usize> = 0..=TEAM_PRESENT + TEAM_EARLIER - 1;
pub(crate) const AUTHORS_COMMITTEE: RangeInclusive<usize> =
    TEAM_PRESENT + TEAM_EARLIER..=TEAM_PRESENT + TEAM_EARLIER + COMMITTEE - 1;
pub(crate) const AUTHOR_VILLAGE_CADRE: usize = TEAM_PRESENT + TEAM_EARLIER + COMMITTEE;
pub(crate) const AUTHOR_TOWNSHIP: usize = AUTHOR_VILLAGE_CADRE + 1;
pub(crate) const AUTHOR_UNIT: usize = AUTHOR_TOWNSHIP + 1;

/// Makes a whole township.
pub fn township(spec: &Spec) -> Township {
    let villages: Vec<Village> = (0..spec.villages).map(|index| village(spec, index)).collect();
    let mut people = common_people(spec);
    for village in &villages {
        people.extend(
            village
                .authors
                .iter()
                .filter(|p| p.present && !p.villages.is_empty())
                .cloned(),
        );
    }
    Township {
        id: TOWNSHIP_CODE.to_owned(),
        name: words::TOWNSHIP.to_owned(),
        county: COUNTY_CODE.to_owned(),
        county_name: words::COUNTY.to_owned(),
        villages,
        units: units(spec),
        people,
    }
}

/// Makes one village, the same as in its township.
pub fn village(spec: &Spec, index: usize) -> Village {
    let mut dice = Dice::new(spec.seed, index as u64);
    let id = format!("{TOWNSHIP_CODE}{:03}", 201 + index);
    let first = words::VILLAGE_FIRST[index % words::VILLAGE_FIRST.len()];
    let name = match index / words::VILLAGE_FIRST.len() {
        0 => format!("{first}村"),
        round => format!(
            "{first}{}村",
            ["东", "西", "南", "北", "上", "下", "新"][(round - 1) % 7]
        ),
    };
    let groups = (spec.households_per_village / 40 + 2).min(30) as i64;
    let authors = authors(spec, index, &id, &mut dice);
    let units = units(spec);
    let mut teller = story::Teller::new(&mut dice, &authors, &id, &name, groups, spec.now_s);
    let households: Vec<Household> = (1..=spec.households_per_village)
        .map(|number| teller.household(number))
        .collect();
    let unit = paired_unit(&units, index);
    let document = village_document(
        &mut dice,
        &id,
        &name,
        groups,
        &authors,
        unit,
        &households,
        spec.now_s,
    );
    Village {
        id,
        name,
        document,
        households,
        authors,
    }
}

fn units(spec: &Spec) -> Vec<Unit> {
    (0..spec.units)
        .map(|index| {
            let name = words::COLLEGES[index % words::COLLEGES.len()];
            let round = index / words::COLLEGES.len();
            let name = if round == 0 {
                name.to_owned()
            } else {
                format!("{name}第{}工作组", round + 1)
            };
            Unit {
                id: format!("u{:02}", index + 1),
                name,
            }
        })
        .collect()
}

/// The unit paired with a village: each in turn.
fn paired_unit(units: &[Unit], village: usize) -> Option<&Unit> {
    (!units.is_empty()).then(|| &units[village % units.len()])
}

/// People who belong to no single village: one of the township, two of each unit.
fn common_people(spec: &Spec) -> Vec<Person> {
    let mut dice = Dice::new(spec.seed, STREAM_PEOPLE);
    let mut person = |id: String, role: Role, unit: Option<String>| Person {
        id,
        name: identity::full_name(&mut dice),
        role,
        villages: Vec::new(),
        unit,
        tag: dice.tag(),
        present: true,
    };
    let mut people = vec![person("t01".to_owned(), Role::Township, None)];
    for unit in units(spec) {
        for number in 1..=2 {
            people.push(person(
                format!("{}-{number}", unit.id),
                Role::Unit,
                Some(unit.id.clone()),
            ));
        }
    }
    people
}

fn authors(spec: &Spec, index: usize, village: &str, dice: &mut Dice) -> Vec<Person> {
    let mut people: Vec<Person> = Vec::new();
    let roles = std::iter::repeat_n(Role::Team, TEAM_PRESENT + TEAM_EARLIER)
        .chain(std::iter::repeat_n(Role::Committee, COMMITTEE))
        .chain([Role::VillageCadre]);
    for (number, role) in roles.enumerate() {
        people.push(Person {
            id: format!("p{:03}{:02}", index + 1, number + 1),
            name: identity::full_name(dice),
            role,
            villages: vec![village.to_owned()],
            unit: None,
            tag: dice.tag(),
            present: role != Role::Team || number < TEAM_PRESENT,
        });
    }
    let mut common = common_people(spec).into_iter();
    people.extend(common.by_ref().find(|person| person.role == Role::Township));
    let unit = paired_unit(&units(spec), index).map(|unit| unit.id.clone());
    people.extend(common.find(|person| person.unit.is_some() && person.unit == unit));
    people
}

#[expect(
    clippy::too_many_arguments,
    reason = "one call, and each argument is a part of the document"
)]
fn village_document(
    dice: &mut Dice,
    id: &str,
    name: &str,
    groups: i64,
    authors: &[Person],
    unit: Option<&Unit>,
    households: &[Household],
    now_s: i64,
) -> NewDocument {
    let members = |household: &Household| {
        household
            .file
            .value
            .get("members")
            .and_then(Value::as_object)
            .map_or(0, Map::len)
    };
    let people: usize = households.iter().map(members).sum();
    let mut value = json!({
        "name": name,
        "township": TOWNSHIP_CODE,
        "county": COUNTY_CODE,
        "secretary_name": identity::full_name(dice),
        "office_phone": identity::phone(dice),
        "office_address": format!("{}{name}{}组", words::TOWNSHIP, dice.range(1..=groups)),
        "households_count": households.len(),
        "population_count": people,
        "labour_count": people * 11 / 20,
        "farmland_mu": dice.range(300..=4_000),
        "industries": format!("{}、{}", dice.pick(words::TOPICS), dice.pick(words::TOPICS)),
        "clinic": dice.chance(85),
        "school": dice.chance(40),
        "paved_road": true,
        "signal_note": "村委会有信号，多数农户家中没有",
    });
    let mut group_entries = Map::new();
    for number in 1..=groups {
        group_entries.insert(
            format!("g{number}"),
            json!({"number": number, "leader_name": identity::full_name(dice), "phone": identity::phone(dice)}),
        );
    }
    let mut team = Map::new();
    for (index, person) in authors
        .iter()
        .enumerate()
        .filter(|(_, p)| p.role == Role::Team && p.present)
    {
        let post = if index == 0 { "head" } else { "member" };
        let since = calendar::day_text(now_s - (300 + 40 * index as i64) * calendar::DAY_S);
        team.insert(
            person.id.clone(),
            json!({"person": person.id, "name": person.name, "post": post, "since": since}),
        );
    }
    value["groups"] = group_entries.into();
    value["team"] = team.into();
    if let Some(unit) = unit {
        value["pairings"] = json!({unit.id.clone(): {"unit": unit.id, "unit_name": unit.name}});
    }
    let value = match value {
        Value::Object(map) => map,
        _ => Map::new(),
    };
    NewDocument {
        new: "village".to_owned(),
        village: Some(id.to_owned()),
        household: None,
        year: None,
        id: None,
        at: Some(now_s),
        value,
    }
}

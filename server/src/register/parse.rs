//! Rows to households: which rows belong together, what counts when they disagree, and what is wrong with members.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::cells::{self, ascii};
use super::columns::{self, Column, Target};
use super::report::{ProblemCode, Report};
use super::sheet::{self, Cell, Next, Row};
use super::{
    HEADER_ROWS_MAX, MEMBERS_MAX, Options, Place, ROWS_MAX, Register, RegisterError, RegisterHousehold,
    entry_key,
};

pub(super) fn read(bytes: &[u8], options: &Options<'_>) -> Result<Register, RegisterError> {
    let mut reading = Reading::new(options);
    let undecodable = sheet::for_each_row(bytes, &mut |row| reading.take(row))?;
    if undecodable {
        reading.report.add(1, "", ProblemCode::UndecodableText, None);
    }
    reading.finish()
}

struct Reading<'a> {
    options: &'a Options<'a>,
    villages: HashMap<String, Option<&'a str>>,
    units: HashMap<String, Option<&'a str>>,
    columns: Option<Vec<Column>>,
    header_rows_seen: usize,
    report: Report,
    households: Vec<Building>,
    /// By village, as resolved or as written, and number.
    by_name: HashMap<(String, String), usize>,
    /// A merged cell holds its value in its first row only.
    village_above: Option<String>,
    household_above: Option<usize>,
    /// First row of each identity number.
    id_numbers: HashMap<String, u32>,
}

/// A household while its rows come in.
struct Building {
    village: Option<String>,
    number: String,
    rows: Vec<u32>,
    root: Map<String, Value>,
    guarantees: Map<String, Value>,
    income: Map<String, Value>,
    assistance: Map<String, Value>,
    members: Vec<Member>,
}

struct Member {
    row: u32,
    /// What tells members of a household apart.
    who: String,
    fields: Map<String, Value>,
}

impl<'a> Reading<'a> {
    fn new(options: &'a Options<'a>) -> Self {
        Reading {
            options,
            villages: by_id_and_name(options.villages),
            units: by_id_and_name(options.units),
            columns: None,
            header_rows_seen: 0,
            report: Report::default(),
            households: Vec::new(),
            by_name: HashMap::new(),
            village_above: None,
            household_above: None,
            id_numbers: HashMap::new(),
        }
    }

    fn take(&mut self, row: Option<Row>) -> Next {
        match (row, self.columns.take()) {
            (None, Some(columns)) => {
                self.columns = Some(columns);
                Next::Stop
            }
            (None, None) => {
                self.header_rows_seen = 0;
                Next::Row
            }
            (Some(row), None) => {
                let report = &mut self.report;
                self.columns = columns::header(&row, &mut |header, code| {
                    report.add(row.number, header, code, None)
                });
                self.header_rows_seen += 1;
                let given_up = self.columns.is_none() && self.header_rows_seen >= HEADER_ROWS_MAX;
                if given_up { Next::Sheet } else { Next::Row }
            }
            (Some(row), Some(columns)) => {
                let next = self.data_row(&row, &columns);
                self.columns = Some(columns);
                next
            }
        }
    }

    fn data_row(&mut self, row: &Row, columns: &[Column]) -> Next {
        let of = |target: Target| {
            columns
                .iter()
                .find(|column| column.target == target)
                .and_then(|column| cell(row, column))
        };
        if columns.iter().all(|column| cell(row, column).is_none()) {
            return Next::Row;
        }
        if self.report.rows >= ROWS_MAX {
            self.report.add(row.number, "", ProblemCode::TooManyRows, None);
            return Next::Stop;
        }
        self.report.rows += 1;
        if let Some(village) = of(Target::Village) {
            self.village_above = Some(cells::text(village).trim().to_owned());
        }
        let number =
            of(Target::Number).map(|cell| ascii(&cells::text(cell)).chars().take(40).collect::<String>());
        let named = of(Target::Member("name")).is_some();
        let index = match number {
            Some(number) => self.household(row, number),
            // Further members under a merged number; a line of totals has no name.
            None if named => self.household_above,
            None => None,
        };
        match index {
            Some(index) => {
                self.household_above = Some(index);
                self.fill(index, row, columns);
            }
            None if of(Target::Number).is_none() => {
                self.report
                    .add(row.number, "", ProblemCode::NoHouseholdNumber, None);
            }
            // The village is missing, which has been said.
            None => self.household_above = None,
        }
        Next::Row
    }

    /// The household of this number in the row's village; made when new.
    fn household(&mut self, row: &Row, number: String) -> Option<usize> {
        let written = match (&self.village_above, self.options.default_village) {
            (Some(written), _) => written.clone(),
            (None, Some(default)) => default.to_owned(),
            (None, None) => {
                self.report.add(row.number, "", ProblemCode::NoVillage, None);
                return None;
            }
        };
        let village = self
            .villages
            .get(&place_key(&written))
            .copied()
            .flatten()
            .map(str::to_owned);
        let name = (village.clone().unwrap_or(written), number.clone());
        if let Some(index) = self.by_name.get(&name) {
            return Some(*index);
        }
        if village.is_none() {
            self.report.add(row.number, "", ProblemCode::UnknownVillage, None);
        }
        let index = self.households.len();
        self.by_name.insert(name, index);
        self.households.push(Building {
            village,
            number,
            rows: Vec::new(),
            root: Map::new(),
            guarantees: Map::new(),
            income: Map::new(),
            assistance: Map::new(),
            members: Vec::new(),
        });
        Some(index)
    }

    fn fill(&mut self, index: usize, row: &Row, columns: &[Column]) {
        let household = &mut self.households[index];
        let first = household.rows.is_empty();
        household.rows.push(row.number);
        if household.village.is_none() {
            return;
        }
        let year_cell = columns.iter().find(|column| column.target == Target::IncomeYear);
        let row_year = match year_cell.and_then(|column| Some((column, cell(row, column)?))) {
            Some((column, cell)) => cells::year(cell).or_else(|| {
                self.report
                    .add(row.number, &column.header, ProblemCode::BadYear, None);
                None
            }),
            None => None,
        };
        let mut member = Map::new();
        let mut assistance = Map::new();
        let mut is_member_row = false;
        for column in columns {
            let (Some(cell), Some(field)) = (cell(row, column), column.target.field()) else {
                continue;
            };
            let mut complain = |code| self.report.add(row.number, &column.header, code, None);
            let value = match column.target {
                Target::Root("cadre_unit") => match self.units.get(&place_key(&cells::text(cell))) {
                    Some(Some(unit)) => Value::from(*unit),
                    _ => {
                        complain(ProblemCode::UnknownUnit);
                        continue;
                    }
                },
                _ => match cells::value(field, cell) {
                    Ok((value, note)) => {
                        note.into_iter().for_each(&mut complain);
                        value
                    }
                    Err(code) => {
                        complain(code);
                        continue;
                    }
                },
            };
            let year = column
                .year
                .or(row_year)
                .unwrap_or(self.options.income_year)
                .to_string();
            let place = match column.target {
                Target::Root(_) => &mut household.root,
                Target::RootOrMember(_) if first => &mut household.root,
                // Repeated on every row, or the member's own.
                Target::RootOrMember(name) if household.root.get(name) == Some(&value) => continue,
                Target::RootOrMember(_) => &mut member,
                Target::Guarantee(_) => &mut household.guarantees,
                Target::Income(_) => {
                    let of_year = household.income.entry(year).or_insert_with(|| Map::new().into());
                    let Value::Object(of_year) = of_year else { continue };
                    of_year
                }
                Target::Member(_) => {
                    is_member_row = true;
                    &mut member
                }
                Target::Assistance(_) => &mut assistance,
                _ => continue,
            };
            match place.get(field.name) {
                Some(known) if *known != value => complain(ProblemCode::ConflictingValue),
                Some(_) => {}
                None => drop(place.insert(field.name.to_owned(), value)),
            }
        }
        if !assistance.is_empty() {
            add_assistance(household, assistance);
        }
        if is_member_row {
            self.add_member(index, row.number, member);
        }
    }

    fn add_member(&mut self, index: usize, row: u32, mut member: Map<String, Value>) {
        let household = &mut self.households[index];
        let text = |member: &Map<String, Value>, name: &str| {
            member
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let (name, id_number) = (text(&member, "name"), text(&member, "id_number"));
        if name.is_empty() {
            self.report.add(row, "", ProblemCode::NoMemberName, None);
            return;
        }
        let who = if id_number.is_empty() {
            format!("{name}\0{}", text(&member, "birth_date"))
        } else {
            id_number.clone()
        };
        if let Some(twin) = household.members.iter().find(|member| member.who == who) {
            self.report
                .add(row, "", ProblemCode::SamePersonTwice, Some(twin.row));
            return;
        }
        if household.members.len() >= MEMBERS_MAX {
            self.report.add(row, "", ProblemCode::TooManyMembers, None);
            return;
        }
        if !id_number.is_empty() {
            for code in judge_id_number(&id_number, &mut member) {
                self.report.add(row, "", code, None);
            }
            if let Some(other) = self.id_numbers.insert(id_number, row) {
                self.report
                    .add(row, "", ProblemCode::DuplicateIdNumber, Some(other));
            }
        }
        household.members.push(Member {
            row,
            who,
            fields: member,
        });
    }

    fn finish(mut self) -> Result<Register, RegisterError> {
        if self.columns.is_none() {
            return Err(RegisterError::NoHeader);
        }
        let mut households = Vec::new();
        for building in std::mem::take(&mut self.households) {
            if let Some(household) = self.finish_household(building) {
                self.report.households += 1;
                households.push(household);
            }
        }
        self.report.problems.sort_by_key(|problem| problem.row);
        Ok(Register {
            households,
            report: self.report,
        })
    }

    fn finish_household(&mut self, building: Building) -> Option<RegisterHousehold> {
        let Building {
            village,
            number,
            rows,
            mut root,
            guarantees,
            income,
            assistance,
            members,
        } = building;
        let village = village?;
        let first_row = rows.first().copied().unwrap_or(1);
        let heads: Vec<&Member> = members
            .iter()
            .filter(|m| m.fields.get("relation") == Some(&"户主".into()))
            .collect();
        if let [first, second, ..] = heads.as_slice() {
            self.report
                .add(second.row, "", ProblemCode::TwoHouseholders, Some(first.row));
        }
        match (
            root.get("householder"),
            heads.first().and_then(|head| head.fields.get("name")),
        ) {
            (None, None) => {
                self.report.add(first_row, "", ProblemCode::NoHouseholder, None);
                return None;
            }
            (None, Some(name)) => drop(root.insert("householder".to_owned(), name.clone())),
            (Some(named), _) => {
                let is_member = members
                    .iter()
                    .any(|member| member.fields.get("name") == Some(named));
                if !members.is_empty() && !is_member {
                    self.report
                        .add(first_row, "", ProblemCode::HouseholderNotAMember, None);
                }
            }
        }
        root.insert("number".to_owned(), number.clone().into());
        self.report.members += members.len();
        let mut entries = Map::new();
        for member in members {
            let key = entry_key(&village, &number, &member.who, &entries);
            entries.insert(key, member.fields.into());
        }
        let containers = [
            ("guarantees", guarantees),
            ("income", income),
            ("assistance", assistance),
            ("members", entries),
        ];
        for (name, container) in containers {
            if !container.is_empty() {
                root.insert(name.to_owned(), container.into());
            }
        }
        Some(RegisterHousehold {
            number,
            village,
            value: root.into(),
            rows,
        })
    }
}

/// A measure repeated on every row of the household is one measure.
fn add_assistance(household: &mut Building, assistance: Map<String, Value>) {
    let known = household
        .assistance
        .values()
        .any(|entry| entry.as_object() == Some(&assistance));
    if known || household.assistance.len() >= MEMBERS_MAX {
        return;
    }
    let text = |name: &str| assistance.get(name).and_then(Value::as_str).unwrap_or_default();
    let what = format!(
        "{}\0{}\0{}",
        text("category"),
        text("measure"),
        text("started_on")
    );
    let village = household.village.as_deref().unwrap_or_default();
    let key = entry_key(village, &household.number, &what, &household.assistance);
    household.assistance.insert(key, assistance.into());
}

/// Compares the number with what stands beside it, and fills in what it tells. Its shape has been checked.
fn judge_id_number(number: &str, member: &mut Map<String, Value>) -> Vec<ProblemCode> {
    if !cells::checksum_fits(number) {
        return vec![ProblemCode::IdChecksum];
    }
    let mut problems = Vec::new();
    let born = format!("{}-{}-{}", &number[6..10], &number[10..12], &number[12..14]);
    let sex = if number.as_bytes()[16] % 2 == 1 {
        "男"
    } else {
        "女"
    };
    for (name, told, code) in [
        ("birth_date", born.as_str(), ProblemCode::IdBirthMismatch),
        ("sex", sex, ProblemCode::IdSexMismatch),
    ] {
        let field = Target::Member(name).field();
        let cell = Cell::Text(told.to_owned());
        match (member.get(name), field.map(|field| cells::value(field, &cell))) {
            (Some(written), _) if written == told => {}
            (Some(_), _) => problems.push(code),
            // A number can be right in its last character and tell no day.
            (None, Some(Ok((value, _)))) => drop(member.insert(name.to_owned(), value)),
            (None, _) => {}
        }
    }
    problems
}

fn cell<'r>(row: &'r Row, column: &Column) -> Option<&'r Cell> {
    row.cells.get(column.index).filter(|cell| **cell != Cell::Empty)
}

/// Places by id and by name; a name two places share leads nowhere.
fn by_id_and_name(places: &[Place]) -> HashMap<String, Option<&str>> {
    let mut by_name: HashMap<String, Option<&str>> = HashMap::new();
    for place in places {
        by_name
            .entry(place_key(&place.name))
            .and_modify(|known| *known = None)
            .or_insert(Some(place.id.as_str()));
    }
    for place in places {
        by_name.insert(place_key(&place.id), Some(place.id.as_str()));
    }
    by_name
}

/// A name without what may be left out of it.
fn place_key(name: &str) -> String {
    let plain = ascii(name);
    let cut = ["村民委员会", "村委会", "行政村", "村"]
        .iter()
        .find_map(|end| plain.strip_suffix(end));
    match cut {
        Some(short) if !short.is_empty() => short.to_owned(),
        _ => plain,
    }
}

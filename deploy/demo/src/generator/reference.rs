//! Reads a recorded workload of another form: one record a household, with visits and needs inside, and the lists of
//! edits that made it, that a returning phone brings, and that a busy hour sees.
//!
//! Its directory holds `history.json` `{id: [edit]}`, `s3.json` `{a, b, both, sameField}` and `s4.json` `{edits}`; an edit
//! is `{id, author, session, at, ops}`, an operation `{op: "set" | "push", path, value}`, and the first edit of a record
//! sets the whole of it. Visits become entries of a journal for each year, needs documents of their own, the household's
//! income the income of one year. A bank number has no place in a household file; its digits are kept in the free note,
//! so that the weight of the workload stays what it was.

mod fields;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sync_core::edit::{Edit, EditOp, NewDocument};
use sync_core::id::DocId;
use sync_core::policy::Role;

use self::fields::{field, member, member_field, rename};
use super::dice::Dice;
use super::edits::{change, set, visit_edit};
use super::workload::Return;
use super::{AuthoredEdit, Person};

/// A recorded workload in our form.
#[derive(Clone, Debug)]
pub struct Reference {
    /// The village all households lie in.
    pub village: String,
    /// Who wrote; all of the work team, which may write everything that is written here.
    pub authors: Vec<Person>,
    /// The edits that made the village, oldest first.
    pub history: Vec<AuthoredEdit>,
    /// A phone returns.
    pub returning: Return,
    /// A busy hour.
    pub live: Vec<AuthoredEdit>,
}

#[derive(Deserialize)]
struct RecordedEdit {
    id: String,
    author: String,
    at: i64,
    ops: Vec<RecordedOp>,
}

#[derive(Deserialize)]
struct RecordedOp {
    op: String,
    path: Vec<Value>,
    value: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RecordedReturn {
    a: Vec<RecordedEdit>,
    b: Vec<RecordedEdit>,
    both: Vec<String>,
    same_field: Vec<(String, Vec<String>)>,
}

#[derive(Deserialize)]
struct RecordedLive {
    edits: Vec<RecordedEdit>,
}

impl Reference {
    /// Reads the files in `dir`; `village` is the code its households get.
    ///
    /// # Errors
    /// When a file cannot be read or is not of the form above.
    pub fn load(dir: &Path, village: &str) -> Result<Reference> {
        let history: BTreeMap<String, Vec<RecordedEdit>> = read(&dir.join("history.json"))?;
        let returning: RecordedReturn = read(&dir.join("s3.json"))?;
        let live: RecordedLive = read(&dir.join("s4.json"))?;
        Reference::convert(village, history, returning, live)
    }

    fn convert(
        village: &str,
        history: BTreeMap<String, Vec<RecordedEdit>>,
        returning: RecordedReturn,
        live: RecordedLive,
    ) -> Result<Reference> {
        let all = history
            .values()
            .flatten()
            .chain(&returning.a)
            .chain(&returning.b)
            .chain(&live.edits);
        let names: BTreeSet<&str> = all.map(|edit| edit.author.as_str()).collect();
        let mut dice = Dice::new(0, 0);
        let authors: Vec<Person> = names
            .iter()
            .map(|name| person(name, village, &mut dice))
            .collect();
        let mut history: Vec<RecordedEdit> = history.into_values().flatten().collect();
        history.sort_by_key(|edit| edit.at);

        let mut state = State::new(village, &authors);
        let history = state.convert(&history)?;
        // Neither side sees what the other does.
        let (mut own, mut others) = (state.side("a"), state.side("b"));
        let author = returning.a.first().map_or(0, |edit| state.author(&edit.author));
        let returning = Return {
            author,
            own: own.convert(&returning.a)?,
            others: others.convert(&returning.b)?,
            shared: returning
                .both
                .iter()
                .map(|id| doc_id(id))
                .collect::<Result<_>>()?,
            same_field: returning
                .same_field
                .iter()
                .map(|(id, path)| {
                    let Some(path) = path.first().and_then(|name| field(name)) else {
                        bail!("a field written on both sides is not known");
                    };
                    Ok((doc_id(id)?, path.iter().map(|part| (*part).to_owned()).collect()))
                })
                .collect::<Result<_>>()?,
        };
        let live = state.side("c").convert(&live.edits)?;
        Ok(Reference {
            village: village.to_owned(),
            authors,
            history,
            returning,
            live,
        })
    }
}

fn read<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<T> {
    let text = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} is not of the expected form", path.display()))
}

fn doc_id(id: &str) -> Result<DocId> {
    DocId::parse(id).context("a record's id is no document name")
}

fn person(name: &str, village: &str, dice: &mut Dice) -> Person {
    Person {
        id: name.to_owned(),
        name: name.to_owned(),
        role: Role::Team,
        villages: vec![village.to_owned()],
        unit: None,
        tag: dice.tag(),
        present: true,
    }
}

/// What is known while edits are converted: which journals exist, and how members are called.
#[derive(Clone)]
struct State<'a> {
    village: &'a str,
    authors: &'a [Person],
    /// Stands in keys, so that two sides never make the same.
    mark: &'static str,
    journals: BTreeSet<DocId>,
    members: BTreeMap<String, Vec<String>>,
    keys_made: BTreeMap<usize, u32>,
}

impl<'a> State<'a> {
    fn new(village: &'a str, authors: &'a [Person]) -> Self {
        State {
            village,
            authors,
            mark: "",
            journals: BTreeSet::new(),
            members: BTreeMap::new(),
            keys_made: BTreeMap::new(),
        }
    }

    fn side(&self, mark: &'static str) -> Self {
        State { mark, ..self.clone() }
    }

    fn author(&self, name: &str) -> usize {
        self.authors
            .iter()
            .position(|person| person.id == name)
            .unwrap_or(0)
    }

    fn key(&mut self, author: usize) -> String {
        let made = self.keys_made.entry(author).or_default();
        *made += 1;
        format!("{}{}{made}", self.authors[author].tag, self.mark)
    }

    fn convert(&mut self, edits: &[RecordedEdit]) -> Result<Vec<AuthoredEdit>> {
        let mut out = Vec::with_capacity(edits.len());
        for edit in edits {
            self.convert_one(edit, &mut out)
                .with_context(|| format!("an edit of record {} does not fit", edit.id))?;
        }
        Ok(out)
    }

    fn convert_one(&mut self, edit: &RecordedEdit, out: &mut Vec<AuthoredEdit>) -> Result<()> {
        let household = doc_id(&edit.id)?;
        let author = self.author(&edit.author);
        let mut file_ops = Vec::new();
        for op in &edit.ops {
            let path: Vec<&str> = op.path.iter().map(|part| part.as_str().unwrap_or("")).collect();
            match (op.op.as_str(), path.as_slice(), &op.value) {
                ("set", [], Value::Object(record)) => {
                    let new = self.file(&household, author, edit, record)?;
                    out.push(AuthoredEdit {
                        author,
                        at: edit.at,
                        edit: Edit::New(new),
                    });
                }
                ("set", ["members", _, name], value) => {
                    let index = op.path[1].as_u64().context("a member is named by its place")? as usize;
                    let keys = self.members.get(&edit.id).map(Vec::as_slice).unwrap_or_default();
                    let key = keys.get(index).context("no such member")?.clone();
                    file_ops.push(set(&["members", &key, member_field(name)?], value.clone()));
                }
                ("set", [name], value) => {
                    let path = field(name).context("the record has an unknown field")?;
                    file_ops.push(set(path, value.clone()));
                }
                ("push", ["members"], Value::Object(record)) => {
                    let key = self.key(author);
                    self.members.entry(edit.id.clone()).or_default().push(key.clone());
                    let path = vec!["members".to_owned()];
                    file_ops.push(EditOp::Add {
                        path,
                        key: Some(key),
                        value: member(record)?,
                    });
                }
                ("push", ["visits"], Value::Object(visit)) => {
                    out.push(self.visit(&household, author, edit.at, visit)?);
                }
                ("push", ["needs"], Value::Object(need)) => {
                    out.push(self.need(&household, author, edit.at, need)?);
                }
                _ => bail!("an operation is of an unknown form"),
            }
        }
        if !file_ops.is_empty() {
            out.push(change(author, edit.at, household, file_ops));
        }
        Ok(())
    }

    fn file(
        &mut self,
        id: &DocId,
        author: usize,
        edit: &RecordedEdit,
        record: &Map<String, Value>,
    ) -> Result<NewDocument> {
        let mut file = json!({"members": {}, "guarantees": {}, "income": {}});
        for (name, value) in record {
            match (name.as_str(), value) {
                ("id" | "visits" | "needs", _) => {}
                ("members", Value::Array(members)) => {
                    for record in members {
                        let key = self.key(author);
                        self.members.entry(edit.id.clone()).or_default().push(key.clone());
                        file["members"][key] =
                            member(record.as_object().context("a member is a record")?)?.into();
                    }
                }
                (name, value) => {
                    let path = field(name).context("the record has an unknown field")?;
                    let place = path.iter().fold(&mut file, |place, part| &mut place[*part]);
                    *place = value.clone();
                }
            }
        }
        Ok(NewDocument {
            new: "household".to_owned(),
            village: Some(self.village.to_owned()),
            household: None,
            year: None,
            id: Some(id.clone()),
            at: Some(edit.at),
            value: file.as_object().cloned().unwrap_or_default(),
        })
    }

    /// The journal is that of the visit's date, which may lie years from the time it was typed in.
    fn visit(
        &mut self,
        household: &DocId,
        author: usize,
        at: i64,
        visit: &Map<String, Value>,
    ) -> Result<AuthoredEdit> {
        let date = visit
            .get("date")
            .and_then(Value::as_str)
            .context("a visit has a date")?;
        let year: u16 = date
            .get(..4)
            .and_then(|year| year.parse().ok())
            .context("a visit's date has a year")?;
        let entry = rename(visit, |name| match name {
            "date" => Some("date"),
            "author" => Some("author"),
            "text" => Some("found"),
            _ => None,
        })?;
        let is_new = self
            .journals
            .insert(DocId::journal(household, year).context("the record's id is too long")?);
        let key = self.key(author);
        Ok(visit_edit(household, year, author, at, key, entry, is_new))
    }

    fn need(
        &mut self,
        household: &DocId,
        author: usize,
        at: i64,
        need: &Map<String, Value>,
    ) -> Result<AuthoredEdit> {
        let mut value = rename(need, |name| match name {
            "kind" => Some("category"),
            "text" => Some("description"),
            "status" => Some("state"),
            "amount" => Some("amount_yuan"),
            _ => None,
        })?;
        let state = match need.get("status").and_then(Value::as_str) {
            Some("已解决") => "solved",
            Some("处理中") => "in_progress",
            _ => "open",
        };
        value.insert("state".to_owned(), state.into());
        let id = DocId::parse(&format!("{household}.n{}", self.key(author)))?;
        let edit = NewDocument {
            new: "need".to_owned(),
            village: None,
            household: Some(household.clone()),
            year: None,
            id: Some(id),
            at: Some(at),
            value,
        };
        Ok(AuthoredEdit {
            author,
            at,
            edit: Edit::New(edit),
        })
    }
}

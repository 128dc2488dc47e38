//! Edits of a working day, one at a time, for phones that live in the demonstration: each is made for the household or
//! need it is asked for, and its keys are unlike any of the history.

use serde_json::{Value, json};
use sync_core::edit::{Edit, EditOp};
use sync_core::id::DocId;

use super::dice::Dice;
use super::edits::{SLOTS, change, need_edit, set, slot_path, slot_value, visit_edit, visit_entry};
use super::{Person, calendar, texts};

/// Streams of random choices, apart from those of the township and the benchmarks.
const STREAM_DAILY: u64 = 4 << 32;

/// What one phone's owner writes.
pub struct Daily {
    dice: Dice,
    person: Person,
    made: u32,
}

impl std::fmt::Debug for Daily {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Daily({}, {})", self.person.id, self.made)
    }
}

impl Daily {
    /// The days of a person with the phone of this number.
    pub fn new(seed: u64, phone: usize, person: &Person) -> Daily {
        Daily {
            dice: Dice::new(seed, STREAM_DAILY + phone as u64),
            person: person.clone(),
            made: 0,
        }
    }

    /// A number of the same stream of choices, below `len`.
    pub fn index(&mut self, len: usize) -> usize {
        self.dice.index(len)
    }

    /// True in `percent` of a hundred.
    pub fn chance(&mut self, percent: u32) -> bool {
        self.dice.chance(percent)
    }

    /// Some field of a household file.
    pub fn field(&mut self, household: &DocId, village_name: &str, at: i64) -> Edit {
        let (slot, _) = self.dice.pick(SLOTS);
        let value = slot_value(&mut self.dice, slot, village_name, 8);
        let path = slot_path(slot, calendar::year(at));
        change(0, at, household.clone(), vec![EditOp::Set { path, value }]).edit
    }

    /// The remark of a household file: the field everybody writes when they want to disagree.
    pub fn remark(&mut self, household: &DocId, at: i64) -> Edit {
        let remark = texts::remark(&mut self.dice);
        change(0, at, household.clone(), vec![set(&["remark"], remark)]).edit
    }

    /// A value written over two that disagree.
    pub fn settle(&mut self, doc: &DocId, path: &[String], value: Value, at: i64) -> Edit {
        let op = EditOp::Set {
            path: path.to_vec(),
            value,
        };
        change(0, at, doc.clone(), vec![op]).edit
    }

    /// A visit; `is_new` makes the journal of the year.
    pub fn visit(&mut self, household: &DocId, is_new: bool, at: i64) -> Edit {
        let visit = visit_entry(&mut self.dice, &self.person, at);
        let key = self.key();
        visit_edit(household, calendar::year(at), 0, at, key, visit, is_new).edit
    }

    /// The journal a visit at this time goes into.
    pub fn journal(household: &DocId, at: i64) -> DocId {
        DocId::journal(household, calendar::year(at)).expect("a generated name leaves room for a year")
    }

    /// A need, put before a unit at once where one is named.
    pub fn need(&mut self, household: &DocId, unit: Option<&str>, at: i64) -> Edit {
        let key = self.key();
        let mut edit = need_edit(&mut self.dice, household, 0, at, &key).edit;
        if let (Edit::New(new), Some(unit)) = (&mut edit, unit) {
            new.value.insert("unit".to_owned(), unit.into());
            new.value.insert("state".to_owned(), "assigned".into());
        }
        edit
    }

    /// What a unit does next about a need in this state, if it is its turn: plan, then answer.
    pub fn answer(&mut self, need: &DocId, state: &str, at: i64) -> Option<Edit> {
        let ops = match state {
            "assigned" | "reopened" => {
                vec![
                    set(&["state"], "in_progress"),
                    set(&["plan"], texts::promised(&mut self.dice)),
                ]
            }
            "in_progress" => {
                let text = texts::of_length(&mut self.dice, 30);
                let response = json!({"by": self.person.id, "at": calendar::day_text(at), "text": text});
                let response = EditOp::Add {
                    path: vec!["responses".to_owned()],
                    key: Some(self.key()),
                    value: response.as_object().cloned().unwrap_or_default(),
                };
                vec![
                    response,
                    set(&["result"], texts::remark(&mut self.dice)),
                    set(&["state"], "answered"),
                ]
            }
            _ => return None,
        };
        Some(change(0, at, need.clone(), ops).edit)
    }

    /// The township puts a need before a unit.
    pub fn assign(&mut self, need: &DocId, unit: &str, at: i64) -> Edit {
        let ops = vec![set(&["unit"], unit), set(&["state"], "assigned")];
        change(0, at, need.clone(), ops).edit
    }

    /// The township closes what has been answered.
    pub fn close(&mut self, need: &DocId, at: i64) -> Edit {
        let ops = vec![
            set(&["closed_on"], calendar::day_text(at)),
            set(&["state"], "closed"),
        ];
        change(0, at, need.clone(), ops).edit
    }

    /// The township has looked into a file.
    pub fn verify(&mut self, household: &DocId, at: i64) -> Edit {
        let ops = vec![
            set(&["verified_at"], calendar::day_text(at)),
            set(&["verified_by"], self.person.id.clone()),
        ];
        change(0, at, household.clone(), ops).edit
    }

    /// A key neither the history nor another phone makes: the history's are all digits after the tag.
    fn key(&mut self) -> String {
        self.made += 1;
        format!("{}d{}", self.person.tag, self.made)
    }
}

//! The story of one household: visits over some years, each with a few edits, until the file is what it is today.
//!
//! Edits are made by people with the right to make them; older values come before the present ones. The documents as
//! they stand are what the edits lead to ([`super::replay`]), so file and history can never disagree.

use serde_json::{Map, Value, json};
use sync_core::edit::{Edit, EditOp, NewDocument};
use sync_core::id::DocId;

use super::dice::Dice;
use super::edits::{SLOTS, change, need_edit, set, slot_path, slot_value, visit_edit, visit_entry};
use super::replay::Replay;
use super::{
    AUTHOR_TOWNSHIP, AUTHOR_UNIT, AUTHOR_VILLAGE_CADRE, AUTHORS_COMMITTEE, AUTHORS_TEAM, AuthoredEdit,
    Household, Person, calendar, family, texts,
};

/// Tells the stories of one village.
pub(super) struct Teller<'a> {
    dice: &'a mut Dice,
    authors: &'a [Person],
    keys_made: Vec<u32>,
    village: &'a str,
    village_name: &'a str,
    groups: i64,
    now_s: i64,
}

/// A day on which somebody sat over the file.
struct Session {
    author: usize,
    at: i64,
}

/// Something that happens on a day.
enum Event {
    Set(EditOp),
    Member(EditOp),
    Visit,
    Need,
    /// A step of the need raised as the n-th.
    NeedStep(usize, Step),
    Verify,
}

#[derive(Clone, Copy)]
enum Step {
    Assign,
    Respond,
    Answer,
    Solve,
    Close,
}

impl<'a> Teller<'a> {
    pub(super) fn new(
        dice: &'a mut Dice,
        authors: &'a [Person],
        village: &'a str,
        village_name: &'a str,
        groups: i64,
        now_s: i64,
    ) -> Self {
        Teller {
            dice,
            authors,
            keys_made: vec![0; authors.len()],
            village,
            village_name,
            groups,
            now_s,
        }
    }

    /// The household of this number.
    pub(super) fn household(&mut self, number: usize) -> Household {
        let number = format!("{number:04}");
        // A generated village code and number always make a document name.
        let id = DocId::parse(&format!("{}-{number}", self.village)).expect("digits and a dash");
        let sessions = self.sessions();
        let today_days = self.now_s.div_euclid(calendar::DAY_S);
        let size = self.dice.range(2..=6) as usize;
        let members = family::family(self.dice, size, today_days);
        let first = self.first_edit(&id, &number, &sessions[0], &members[0]);
        let events = self.events(&sessions, &members);
        let mut edits = vec![first];
        self.tell(&id, &sessions, events, &mut edits);
        edits.sort_by_key(|edit| edit.at);

        let mut replay = Replay::default();
        for edit in &edits {
            replay.apply(&edit.edit).expect("a story only edits what it made");
        }
        let mut file = None;
        let (mut journals, mut needs) = (Vec::new(), Vec::new());
        for document in replay.into_documents() {
            match document.new.as_str() {
                "household" => file = Some(document),
                "journal" => journals.push(document),
                _ => needs.push(document),
            }
        }
        let file = file.expect("the first edit makes the file");
        Household {
            id,
            number,
            file,
            journals,
            needs,
            edits,
        }
    }

    fn sessions(&mut self) -> Vec<Session> {
        let count = self.dice.range(10..=15);
        let first = self.now_s - 1_700 * calendar::DAY_S;
        let step = 1_690 * calendar::DAY_S / count;
        (0..count)
            .map(|index| {
                let day = first + index * step + self.dice.range(0..=step - 2 * calendar::DAY_S);
                let at = day.div_euclid(calendar::DAY_S) * calendar::DAY_S + self.dice.range(3_600..=30_000);
                let committee = self.dice.chance(35);
                let range = if committee {
                    AUTHORS_COMMITTEE
                } else {
                    AUTHORS_TEAM
                };
                let author = self.dice.range(*range.start() as i64..=*range.end() as i64) as usize;
                Session { author, at }
            })
            .collect()
    }

    fn first_edit(
        &mut self,
        id: &DocId,
        number: &str,
        session: &Session,
        head: &Map<String, Value>,
    ) -> AuthoredEdit {
        let mut file = json!({"number": number, "householder": head["name"], "members": {}, "income": {}, "guarantees": {}});
        file["members"][self.key(session.author)] = head.clone().into();
        for (path, early) in SLOTS {
            if !early {
                continue;
            }
            let value = self.value(path);
            let path = self.path(path);
            let mut at = &mut file;
            for part in &path {
                at = &mut at[part.as_str()];
            }
            *at = value;
        }
        let Value::Object(value) = file else {
            unreachable!("made as an object above")
        };
        let edit = NewDocument {
            new: "household".to_owned(),
            village: Some(self.village.to_owned()),
            household: None,
            year: None,
            id: Some(id.clone()),
            at: Some(session.at),
            value,
        };
        AuthoredEdit {
            author: session.author,
            at: session.at,
            edit: Edit::New(edit),
        }
    }

    /// What happens, each with the index of its session; what must come later is later in the list.
    fn events(&mut self, sessions: &[Session], members: &[Map<String, Value>]) -> Vec<(usize, Event)> {
        let mut events = Vec::new();
        let last = sessions.len() - 1;
        for (path, early) in SLOTS {
            let writes = match early {
                true => usize::from(self.dice.chance(45)),
                false => 1 + usize::from(self.dice.chance(30)),
            };
            let mut days: Vec<usize> = (0..writes)
                .map(|_| self.dice.range(1..=last as i64) as usize)
                .collect();
            days.sort_unstable();
            days.dedup();
            for day in days {
                let set = EditOp::Set {
                    path: self.path(path),
                    value: self.value(path),
                };
                events.push((day, Event::Set(set)));
            }
        }
        for member in &members[1..] {
            let add = EditOp::Add {
                path: vec!["members".to_owned()],
                key: None,
                value: member.clone(),
            };
            // Nobody is entered before being born.
            let born = member["birth_date"].as_str().unwrap_or("");
            let first = sessions
                .iter()
                .position(|session| calendar::day_text(session.at).as_str() > born);
            let first = first.unwrap_or(last).max(1);
            events.push((
                self.dice.range(first as i64..=last as i64) as usize,
                Event::Member(add),
            ));
        }
        let visits =
            self.dice
                .weighted(&[(3, 39), (4, 22), (5, 16), (6, 9), (7, 7), (8, 5), (9, 1), (10, 1)]);
        let days = self.dice.shuffled(last);
        for visit in 0..visits {
            events.push((1 + days[visit % days.len()], Event::Visit));
        }
        let needs = self.dice.weighted(&[(0, 34), (1, 15), (2, 16), (3, 16), (4, 19)]);
        let mut raised: Vec<usize> = (0..needs)
            .map(|_| self.dice.range(1..=last as i64) as usize)
            .collect();
        raised.sort_unstable();
        for (index, &day) in raised.iter().enumerate() {
            events.push((day, Event::Need));
            let later = |dice: &mut Dice| dice.range(day as i64..=last as i64) as usize;
            if self.dice.chance(25) && self.authors.len() > AUTHOR_UNIT {
                let assigned = later(self.dice);
                events.push((assigned, Event::NeedStep(index, Step::Assign)));
                if self.dice.chance(60) {
                    let answered = assigned.max(later(self.dice));
                    events.push((answered, Event::NeedStep(index, Step::Respond)));
                    events.push((answered, Event::NeedStep(index, Step::Answer)));
                    if self.dice.chance(40) {
                        events.push((
                            answered.max(later(self.dice)),
                            Event::NeedStep(index, Step::Close),
                        ));
                    }
                }
            } else if self.dice.chance(25) {
                events.push((later(self.dice), Event::NeedStep(index, Step::Solve)));
            }
        }
        if self.dice.chance(15) {
            events.push((last, Event::Verify));
        }
        events.sort_by_key(|(day, _)| *day);
        events
    }

    /// Turns events into edits. Neighbouring writes to the file sometimes become one edit.
    fn tell(
        &mut self,
        id: &DocId,
        sessions: &[Session],
        events: Vec<(usize, Event)>,
        edits: &mut Vec<AuthoredEdit>,
    ) {
        let mut journals: Vec<u16> = Vec::new();
        let mut needs: Vec<DocId> = Vec::new();
        let mut day_before = 0;
        let mut at = sessions[0].at;
        let mut ops_open = 0;
        for (day, event) in events {
            let session = &sessions[day];
            if day != day_before {
                (at, day_before, ops_open) = (session.at, day, 0);
            }
            let author = self.author_of(&event, session.author);
            if let Event::Set(op) = event {
                if ops_open > 0
                    && ops_open < 3
                    && self.dice.chance(22)
                    && let Some(AuthoredEdit {
                        edit: Edit::Change(open),
                        ..
                    }) = edits.last_mut()
                {
                    open.ops.push(op);
                    ops_open += 1;
                } else {
                    at += self.dice.range(5..=290);
                    edits.push(change(author, at, id.clone(), vec![op]));
                    ops_open = 1;
                }
                continue;
            }
            ops_open = 0;
            at += self.dice.range(5..=290);
            let edit = match event {
                Event::Set(_) => continue,
                Event::Member(mut add) => {
                    if let EditOp::Add { key, .. } = &mut add {
                        *key = Some(self.key(author));
                    }
                    change(author, at, id.clone(), vec![add])
                }
                Event::Visit => self.visit(id, author, at, &mut journals),
                Event::Need => {
                    let edit = self.need(id, author, at);
                    if let Edit::New(NewDocument { id: Some(need), .. }) = &edit.edit {
                        needs.push(need.clone());
                    }
                    edit
                }
                Event::NeedStep(index, step) => {
                    let ops = self.need_step(author, at, step);
                    change(author, at, needs[index].clone(), ops)
                }
                Event::Verify => {
                    let by = self.authors[author].id.clone();
                    let ops = vec![
                        set(&["verified_at"], calendar::day_text(at)),
                        set(&["verified_by"], by),
                    ];
                    change(author, at, id.clone(), ops)
                }
            };
            edits.push(edit);
        }
    }

    fn author_of(&mut self, event: &Event, of_session: usize) -> usize {
        match event {
            Event::Visit if self.dice.chance(8) => AUTHOR_VILLAGE_CADRE,
            Event::Visit if AUTHORS_COMMITTEE.contains(&of_session) => {
                self.dice
                    .range(*AUTHORS_TEAM.start() as i64..=*AUTHORS_TEAM.end() as i64) as usize
            }
            Event::NeedStep(_, Step::Respond | Step::Answer) => AUTHOR_UNIT,
            Event::NeedStep(_, Step::Close) | Event::Verify => AUTHOR_TOWNSHIP,
            _ => of_session,
        }
    }

    fn visit(&mut self, id: &DocId, author: usize, at: i64, journals: &mut Vec<u16>) -> AuthoredEdit {
        let year = calendar::year(at);
        let visit = visit_entry(self.dice, &self.authors[author], at);
        let key = self.key(author);
        let is_new = !journals.contains(&year);
        journals.push(year);
        visit_edit(id, year, author, at, key, visit, is_new)
    }

    fn need(&mut self, id: &DocId, author: usize, at: i64) -> AuthoredEdit {
        let key = self.key(author);
        need_edit(self.dice, id, author, at, &key)
    }

    fn need_step(&mut self, author: usize, at: i64, step: Step) -> Vec<EditOp> {
        match step {
            Step::Assign => {
                let unit = self.authors[AUTHOR_UNIT].unit.clone().unwrap_or_default();
                vec![set(&["unit"], unit), set(&["state"], "assigned")]
            }
            Step::Respond => {
                let chars = self.dice.range(15..=50) as usize;
                let response = json!({
                    "by": self.authors[author].id,
                    "at": calendar::day_text(at),
                    "text": texts::of_length(self.dice, chars),
                });
                let value = response.as_object().cloned().unwrap_or_default();
                vec![EditOp::Add {
                    path: vec!["responses".to_owned()],
                    key: Some(self.key(author)),
                    value,
                }]
            }
            Step::Answer => vec![
                set(&["result"], texts::remark(self.dice)),
                set(&["state"], "answered"),
            ],
            Step::Solve => vec![
                set(&["result"], texts::remark(self.dice)),
                set(&["state"], "solved"),
            ],
            Step::Close => vec![
                set(&["closed_on"], calendar::day_text(at)),
                set(&["state"], "closed"),
            ],
        }
    }

    /// A key nobody else makes.
    fn key(&mut self, author: usize) -> String {
        self.keys_made[author] += 1;
        format!("{}{}", self.authors[author].tag, self.keys_made[author])
    }

    fn path(&self, slot: &[&str]) -> Vec<String> {
        slot_path(slot, calendar::year(self.now_s))
    }

    fn value(&mut self, slot: &[&str]) -> Value {
        slot_value(self.dice, slot, self.village_name, self.groups)
    }
}

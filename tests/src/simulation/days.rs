//! What happens in a world, step by step.

use anyhow::Result;
use qiao_server::registry::Role;
use qiao_server::registry::devices::Decision;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value as Json, json};
use sync_core::wire::frame::VERSION_OF_MARKS;

use super::phone::Cut;
use super::world::{UNITS, VILLAGES, World};

/// Abandoned connections of which something may still arrive.
const LATE_MAX: usize = 8;

fn pick<T: Clone>(rng: &mut ChaCha8Rng, from: &[T]) -> Option<T> {
    (!from.is_empty()).then(|| from[rng.random_range(0..from.len())].clone())
}

impl World {
    fn any_phone(&mut self) -> usize {
        self.rng.random_range(0..self.phones.len())
    }

    pub(super) fn step(&mut self) -> Result<()> {
        match self.rng.random_range(0..100) {
            0..38 => self.edit(),
            38..58 => self.exchange_badly(),
            58..75 => self.talk(),
            75..78 => self.something_late(),
            78..83 => self.settle_one(),
            83..87 => self.crash_phone(),
            87..90 => self.crash_server(),
            90..92 => self.replay(),
            92 => self.end_a_device(),
            93 if self.plan.clones => self.clone_a_device(),
            94..96 => self.back_up(),
            96 if self.plan.restores => self.restore(),
            97 => self.fill_disk(),
            _ => self.look_around(),
        }
    }

    fn token(&mut self) -> String {
        self.tokens += 1;
        format!("token-{}", self.tokens)
    }

    /// A household to write to: mostly one the phone holds, sometimes one it should not know of.
    fn household(&mut self, phone: usize) -> Result<Option<String>> {
        if self.rng.random_range(0..6) == 0 {
            let all = self.households.clone();
            return Ok(pick(&mut self.rng, &all).map(|(id, _)| id));
        }
        let held =
            self.phones[phone].holds(|id| !id.as_str().contains('.') && id.as_str().starts_with('h'))?;
        Ok(pick(&mut self.rng, &held).map(|id| id.as_str().to_owned()))
    }

    fn need(&mut self, phone: usize) -> Result<Option<String>> {
        if self.rng.random_range(0..6) == 0 {
            let all = self.needs.clone();
            return Ok(pick(&mut self.rng, &all));
        }
        let held = self.phones[phone].holds(|id| id.as_str().contains(".n"))?;
        Ok(pick(&mut self.rng, &held).map(|id| id.as_str().to_owned()))
    }

    fn edit(&mut self) -> Result<()> {
        let phone = self.any_phone();
        let token = self.token();
        let Some((edit, token)) = self.some_edit(phone, token)? else {
            return Ok(());
        };
        let done = self.phones[phone].edit(edit.clone(), token.as_deref())?;
        if let (true, Some(id), Some("village")) =
            (done, edit["doc"].as_str(), edit["ops"][0]["path"][0].as_str())
        {
            let to = edit["ops"][0]["value"].as_str().unwrap_or_default().to_owned();
            self.households.retain(|(household, _)| household != id);
            self.households.push((id.to_owned(), to));
        }
        self.report.edits += u64::from(done);
        let name = self.phones[phone].name.clone();
        let refused = if done { "" } else { " (refused)" };
        self.note(format!("{name} edits {edit}{refused}"));
        // Who is live says so at once, or a little later; whether it arrives is another matter.
        if self.phones[phone].line.is_some() && self.rng.random_range(0..2) == 0 {
            self.phones[phone].say_more()?;
            self.note(format!("{name} says so"));
        }
        Ok(())
    }

    fn some_edit(&mut self, phone: usize, token: String) -> Result<Option<(Json, Option<String>)>> {
        let role = self.phones[phone].role;
        let villages = self.phones[phone].villages.clone();
        let (household, need) = (self.household(phone)?, self.need(phone)?);
        let kind = self.rng.random_range(0..12);
        Ok(Some(match (role, kind, household, need) {
            (Role::Team | Role::Committee, 0..2, ..) | (Role::Team | Role::Committee, _, None, _) => {
                let id = format!("h{}", self.tokens);
                let village = villages[self.rng.random_range(0..villages.len())].clone();
                self.places.household(&id, &village);
                self.households.push((id.clone(), village.clone()));
                let value = json!({"householder": "沈清华", "remark": "secret-income", "note": token,
                    "members": [{"name": "沈清华", "id_number": "11010519491231002X"}]});
                let edit = json!({"new": "household", "village": village, "id": id, "value": value});
                (edit, Some(token))
            }
            (Role::Team, 2..5, Some(household), _) => {
                let ops = json!([{"op": "add", "path": ["visits"], "value": {"found": token}}]);
                (
                    json!({"doc": format!("{household}.j2026"), "ops": ops}),
                    Some(token),
                )
            }
            (Role::Team | Role::Committee, 5..7, Some(household), _) => {
                let id = format!("{household}.n{}", self.tokens);
                let unit = UNITS[self.rng.random_range(0..2)];
                self.places.assigned(&id, unit);
                self.needs.push(id.clone());
                let value =
                    json!({"title": "屋顶漏雨", "description": token, "unit": unit, "state": "assigned"});
                let edit = json!({"new": "need", "household": household, "id": id, "value": value});
                (edit, Some(token))
            }
            (Role::Team | Role::Committee, 7, Some(household), _) => {
                let value = json!({"name": token});
                let ops = json!([{"op": "add", "path": ["members"], "value": value}]);
                (json!({"doc": household, "ops": ops}), Some(token))
            }
            (Role::Team | Role::Committee, 8, _, Some(need)) => {
                let unit = UNITS[self.rng.random_range(0..2)];
                self.places.assigned(&need, unit);
                let ops = json!([{"op": "set", "path": ["unit"], "value": unit}]);
                (json!({"doc": need, "ops": ops}), None)
            }
            (Role::Team | Role::Committee, _, Some(household), _) => {
                let field = ["phone", "address", "remark"][self.rng.random_range(0..3)];
                let value = if field == "phone" {
                    "13515926038".to_owned()
                } else {
                    token
                };
                let at = self.rng.random_range(0..2_000_000_000);
                let ops = json!([{"op": "set", "path": [field], "value": value}]);
                (json!({"doc": household, "at": at, "ops": ops}), None)
            }
            (Role::Unit, _, _, Some(need)) => {
                let add = json!({"op": "add", "path": ["responses"], "value": {"text": token}});
                let ops = json!([add, {"op": "set", "path": ["state"], "value": "answered"}]);
                (json!({"doc": need, "ops": ops}), Some(token))
            }
            (Role::Township, 0..5, Some(household), _) => {
                let to = VILLAGES[self.rng.random_range(0..2)];
                self.places.household(&household, to);
                let ops = json!([{"op": "set", "path": ["village"], "value": to}]);
                (json!({"doc": household, "ops": ops}), None)
            }
            _ => return Ok(None),
        }))
    }

    /// An exchange over a line that may break at any byte, both ways.
    fn exchange_badly(&mut self) -> Result<()> {
        let phone = self.any_phone();
        let cut = match self.rng.random_range(0..4) {
            0 => Cut::Up(self.rng.random_range(0..1_000)),
            1 => Cut::Down(self.rng.random_range(0..1_000)),
            _ => Cut::Nowhere,
        };
        self.exchange(phone, cut)?;
        Ok(())
    }

    fn settle_one(&mut self) -> Result<()> {
        let phone = self.any_phone();
        self.settle(phone)
    }

    /// Something happens on a live connection: it begins, a message arrives at either end, the device has more to say,
    /// or it breaks. What is on its way waits, so that others, and later connections, overtake it.
    fn talk(&mut self) -> Result<()> {
        let live: Vec<usize> = (0..self.phones.len())
            .filter(|phone| self.phones[*phone].line.is_some())
            .collect();
        let phone = match pick(&mut self.rng, &live) {
            Some(phone) if self.rng.random_range(0..3) < 2 => phone,
            _ => self.any_phone(),
        };
        let name = self.phones[phone].name.clone();
        let choice = self.rng.random_range(0..10);
        let what = match (&self.phones[phone].line, choice) {
            (None, _) if !self.phones[phone].active => return Ok(()),
            (None, _) => {
                let line = self.server.line()?;
                self.phones[phone].go_live(line)?;
                // Mostly the line stands at once.
                if choice > 2 {
                    self.carry(phone, usize::MAX)?;
                }
                "goes live"
            }
            (Some(_), 0..2) => {
                self.carry(phone, 1)?;
                "is heard"
            }
            (Some(_), 2..4) => {
                self.phones[phone].say_more()?;
                "says more"
            }
            (Some(_), 4..8) => {
                self.phones[phone].say_more()?;
                self.carry(phone, usize::MAX)?;
                "says more and hears everything"
            }
            (Some(_), 8) => {
                if !self.phones[phone].hear()? {
                    self.hang_up(phone)?;
                }
                "hears one message"
            }
            (Some(_), _) => {
                self.hang_up(phone)?;
                "hangs up"
            }
        };
        self.note(format!("{name} {what}"));
        Ok(())
    }

    /// Carries messages up, at most so many; then, if none was left behind, everything down.
    fn carry(&mut self, phone: usize, up_max: usize) -> Result<()> {
        let mut carried = 0;
        while carried < up_max
            && self.phones[phone]
                .line
                .as_ref()
                .is_some_and(|talk| !talk.up.is_empty())
        {
            self.phones[phone].arrive(&self.server)?;
            self.look(Some(phone))?;
            carried += 1;
            self.report.messages += 1;
        }
        if up_max == usize::MAX {
            while let Some(talk) = &self.phones[phone].line {
                if talk.line.down.is_empty() && !talk.line.closed {
                    break;
                }
                self.report.messages += 1;
                if !self.phones[phone].hear()? {
                    self.hang_up(phone)?;
                }
            }
        }
        Ok(())
    }

    /// What was said on a connection that nobody listens to any more arrives after all.
    fn something_late(&mut self) -> Result<()> {
        self.late.retain(|(_, talk)| !talk.up.is_empty());
        while self.late.len() > LATE_MAX {
            self.late.remove(0);
        }
        if self.late.is_empty() {
            return Ok(());
        }
        let index = self.rng.random_range(0..self.late.len());
        let (owner, talk) = &mut self.late[index];
        talk.arrive(&self.server)?;
        let name = self.phones[*owner].name.clone();
        self.note(format!(
            "what {name} said on an earlier connection arrives after all"
        ));
        Ok(())
    }

    fn crash_phone(&mut self) -> Result<()> {
        let phone = self.any_phone();
        if self.phones[phone].device()?.wipe_ordered() {
            return Ok(());
        }
        self.hang_up(phone)?;
        let name = self.phones[phone].name.clone();
        self.note(format!("{name} loses power"));
        self.phones[phone].crash(&mut self.rng)
    }

    /// Connections end with the server.
    fn lines_break(&mut self) -> Result<()> {
        for phone in &mut self.phones {
            phone.hang_up()?;
        }
        self.late.clear();
        Ok(())
    }

    fn crash_server(&mut self) -> Result<()> {
        self.note("the server crashes".into());
        self.lines_break()?;
        self.server.crash()
    }

    /// An earlier request arrives again, or late: nothing may happen twice.
    fn replay(&mut self) -> Result<()> {
        let phone = self.any_phone();
        let sent = self.phones[phone].sent.clone();
        let Some(request) = pick(&mut self.rng, &sent) else {
            return Ok(());
        };
        self.server.exchange(&request, usize::MAX)?;
        let name = self.phones[phone].name.clone();
        self.note(format!("an earlier request of {name} arrives again"));
        Ok(())
    }

    fn end_a_device(&mut self) -> Result<()> {
        // The office looks at everything, and one team must go on.
        let phone = self.rng.random_range(2..self.phones.len());
        if !self.phones[phone].active {
            return Ok(());
        }
        let decision = match self.rng.random_range(0..3) {
            0 => Decision::Revoke("no longer in the team".into()),
            1 => Decision::MarkLost("left on a bus".into()),
            _ => Decision::Suspend("to be looked at".into()),
        };
        let (id, name) = (self.phones[phone].id.clone(), self.phones[phone].name.clone());
        self.note(format!("{name} is ended: {decision:?}"));
        self.server.decide(&id, decision)
    }

    fn clone_a_device(&mut self) -> Result<()> {
        let phone = self.rng.random_range(2..self.phones.len());
        let original = &self.phones[phone];
        if !original.active
            || original.speaks < VERSION_OF_MARKS
            || self.phones.iter().any(|other| other.name.ends_with('\''))
        {
            return Ok(());
        }
        let copy = original.cloned()?;
        self.note(format!(
            "{} appears beside {}",
            copy.name, self.phones[phone].name
        ));
        self.phones.push(copy);
        Ok(())
    }

    fn back_up(&mut self) -> Result<()> {
        if self.backup.is_some() {
            return Ok(());
        }
        self.note("a backup is made".into());
        let to = self.scratch.path().join("backup");
        self.server.back_up(&to)?;
        self.backed_up(to);
        Ok(())
    }

    fn restore(&mut self) -> Result<()> {
        let Some(backup) = &self.backup else { return Ok(()) };
        if self.restored {
            return Ok(());
        }
        let from = backup.path.clone();
        self.note("the server is restored from the backup".into());
        self.lines_break()?;
        self.server.restore(&from)?;
        self.restored = true;
        self.logged.clear();
        for phone in &mut self.phones {
            phone.server_restored();
        }
        Ok(())
    }

    fn fill_disk(&mut self) -> Result<()> {
        let phone = self.any_phone();
        let left = self.rng.random_range(0..40_000);
        self.hang_up(phone)?;
        self.phones[phone].disk.fill_up(Some(left));
        let name = self.phones[phone].name.clone();
        self.note(format!("{name} has {left} bytes of storage left"));
        let text = self.token();
        if let Some(household) = self.household(phone)? {
            for _ in 0..3 {
                let ops = json!([{"op": "set", "path": ["remark"], "value": text}]);
                self.phones[phone].edit(json!({"doc": household, "ops": ops}), None)?;
            }
        }
        self.phones[phone].disk.fill_up(None);
        Ok(())
    }
}

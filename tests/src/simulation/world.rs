//! One world: a server, its phones, and the days that a seed makes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use anyhow::{Context, Result, bail, ensure};
use qiao_device::key::DeviceKey;
use qiao_server::clock::Clock;
use qiao_server::registry::Role;
use qiao_server::registry::devices::Decision;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::json;
use sync_core::id::DocId;
use sync_core::wire::frame::DeviceStatus;
use tempfile::TempDir;

use crate::simulation::check::{self, Places};
use crate::simulation::phone::{Ended, Made, Phone, Token};
use crate::simulation::server::Server;

const NOON_MS: i64 = 1_795_406_400_000;
const YEAR_MS: i64 = 365 * 86_400_000;
const VILLAGES: [&str; 2] = ["530190101201", "530190101202"];
const UNITS: [&str; 2] = ["u01", "u02"];
const STEPS: usize = 110;
/// Exchanges one phone may need until nothing is left to say.
const SETTLE_ROUNDS_MAX: usize = 12;

/// Which days are in the plan beside the ordinary bad ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Devices that exist twice.
    pub clones: bool,
    /// A server put back from its backup.
    pub restores: bool,
}

impl Plan {
    /// Everything.
    pub const ALL: Plan = Plan {
        clones: true,
        restores: true,
    };
    /// Neither clones nor restores.
    pub const ORDINARY: Plan = Plan {
        clones: false,
        restores: false,
    };
}

/// What a run did.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// What happened, a line a step: the whole story of a failure.
    pub trace: Vec<String>,
    /// Edits made.
    pub edits: u64,
    /// Exchanges tried.
    pub exchanges: u64,
    /// Of those, cut somewhere.
    pub cut: u64,
    /// Documents at the end.
    pub documents: usize,
}

struct World {
    plan: Plan,
    rng: ChaCha8Rng,
    now: Arc<AtomicI64>,
    server: Server,
    phones: Vec<Phone>,
    places: Places,
    /// Households: id and present village.
    households: Vec<(String, String)>,
    needs: Vec<(String, String)>,
    tokens: u64,
    backup: Option<(PathBuf, BTreeSet<Token>)>,
    restored: bool,
    scratch: TempDir,
    report: Report,
}

/// Plays the world of a seed. The report is there also when it fails.
pub fn run(seed: u64, plan: Plan) -> (Report, Result<()>) {
    let mut world = match World::new(seed, plan) {
        Ok(world) => world,
        Err(error) => {
            return (
                Report::default(),
                Err(error.context("the world could not be made")),
            );
        }
    };
    let outcome = world.play();
    (world.report, outcome)
}

/// Memory-backed where there is such a thing: thousands of worlds should not wear out a disk.
fn scratch() -> Result<TempDir> {
    let memory = std::path::Path::new("/dev/shm");
    Ok(if memory.is_dir() {
        TempDir::new_in(memory)?
    } else {
        TempDir::new()?
    })
}

impl World {
    fn new(seed: u64, plan: Plan) -> Result<Self> {
        let rng = ChaCha8Rng::seed_from_u64(seed);
        let scratch = scratch()?;
        let now = Arc::new(AtomicI64::new(NOON_MS));
        let server = Server::start(&scratch.path().join("server"), Clock::Manual(now.clone()))?;
        server.found(&VILLAGES, &UNITS)?;
        let mut world = World {
            plan,
            rng,
            now,
            server,
            phones: Vec::new(),
            places: Places::default(),
            households: Vec::new(),
            needs: Vec::new(),
            tokens: 0,
            backup: None,
            restored: false,
            scratch,
            report: Report::default(),
        };
        for (name, role, places, unit) in [
            ("office", Role::Township, &["t1"][..], None),
            ("li", Role::Team, &VILLAGES[..1], None),
            ("wang", Role::Team, &VILLAGES[..1], None),
            ("zhao", Role::Committee, &VILLAGES[..1], None),
            ("chen", Role::Team, &VILLAGES[1..], None),
            ("unit1", Role::Unit, &[][..], Some("u01")),
            ("unit2", Role::Unit, &[][..], Some("u02")),
        ] {
            world.enrol(name, role, places, unit)?;
        }
        Ok(world)
    }

    fn enrol(&mut self, name: &str, role: Role, places: &[&str], unit: Option<&str>) -> Result<()> {
        let key = loop {
            let (mut secret, mut nonce) = ([0; 32], [0; 16]);
            self.rng.fill_bytes(&mut secret);
            self.rng.fill_bytes(&mut nonce);
            if let Some(key) = DeviceKey::from_seed(secret, nonce) {
                break key;
            }
        };
        let identity = self.server.enrol(name, role, places, unit, &key)?;
        // The office's clock is right; phones are anywhere.
        let skew_ms = match self.rng.random_range(0..4) {
            _ if role == Role::Township => 0,
            0 => self.rng.random_range(-10 * YEAR_MS..10 * YEAR_MS),
            1 => self.rng.random_range(-3_600_000..3_600_000),
            _ => 0,
        };
        let villages: Vec<String> = match role {
            Role::Township => VILLAGES.iter().map(|village| (*village).to_owned()).collect(),
            _ => places.iter().map(|place| (*place).to_owned()).collect(),
        };
        let made = Made {
            name: name.to_owned(),
            role,
            villages,
            unit: unit.map(str::to_owned),
            skew_ms,
        };
        self.phones
            .push(Phone::create(made, key, identity, self.now.clone())?);
        Ok(())
    }

    fn note(&mut self, line: String) {
        self.report.trace.push(line);
    }

    fn play(&mut self) -> Result<()> {
        for phone in 0..self.phones.len() {
            self.settle(phone)?;
        }
        for step in 0..STEPS {
            self.now
                .fetch_add(self.rng.random_range(1_000..3_600_000), Ordering::SeqCst);
            self.step().with_context(|| format!("step {step}"))?;
        }
        self.rest().context("at rest")
    }

    fn any_phone(&mut self) -> usize {
        self.rng.random_range(0..self.phones.len())
    }

    fn step(&mut self) -> Result<()> {
        match self.rng.random_range(0..100) {
            0..45 => self.edit(),
            45..78 => self.exchange_badly(),
            78..84 => self.settle_one(),
            84..89 => self.crash_phone(),
            89..92 => {
                self.note("the server crashes".into());
                self.server.crash()
            }
            92..94 => self.replay(),
            94 => self.end_a_device(),
            95 if self.plan.clones => self.clone_a_device(),
            96 => self.back_up(),
            97 if self.plan.restores => self.restore(),
            98 => self.fill_disk(),
            _ => self.look_around(),
        }
    }

    fn token(&mut self) -> String {
        self.tokens += 1;
        format!("token-{}", self.tokens)
    }

    fn edit(&mut self) -> Result<()> {
        let phone = self.any_phone();
        let role = self.phones[phone].role;
        let villages = self.phones[phone].villages.clone();
        let mine: Vec<(String, String)> = self
            .households
            .iter()
            .filter(|(_, village)| villages.contains(village))
            .cloned()
            .collect();
        let pick = |rng: &mut ChaCha8Rng, from: &[(String, String)]| -> Option<String> {
            (!from.is_empty()).then(|| from[rng.random_range(0..from.len())].0.clone())
        };
        let token = self.token();
        let household = pick(&mut self.rng, &mine);
        let needs = self.needs.clone();
        let need = pick(&mut self.rng, &needs);
        let kind = self.rng.random_range(0..12);
        let (edit, token) = match (role, kind, household, need) {
            (Role::Team | Role::Committee, 0..2, ..) => {
                let id = format!("h{}", self.tokens);
                let village = villages[self.rng.random_range(0..villages.len())].clone();
                self.places.household(&id, &village);
                self.households.push((id.clone(), village.clone()));
                let value = json!({"householder": "沈清华", "remark": "secret-income", "note": token,
                    "members": [{"name": "沈清华", "id_number": "11010519491231002X"}]});
                (
                    json!({"new": "household", "village": village, "id": id, "value": value}),
                    Some(token),
                )
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
                self.needs.push((id.clone(), household.clone()));
                let value =
                    json!({"title": "屋顶漏雨", "description": token, "unit": unit, "state": "assigned"});
                (
                    json!({"new": "need", "household": household, "id": id, "value": value}),
                    Some(token),
                )
            }
            (Role::Team | Role::Committee, 7, Some(household), _) => {
                let value = json!({"name": token});
                (
                    json!({"doc": household, "ops": [{"op": "add", "path": ["members"], "value": value}]}),
                    Some(token),
                )
            }
            (Role::Team | Role::Committee, 8, _, Some(need)) => {
                let unit = UNITS[self.rng.random_range(0..2)];
                self.places.assigned(&need, unit);
                (
                    json!({"doc": need, "ops": [{"op": "set", "path": ["unit"], "value": unit}]}),
                    None,
                )
            }
            (Role::Team | Role::Committee, _, Some(household), _) => {
                let field = ["phone", "address", "remark"][self.rng.random_range(0..3)];
                let value = if field == "phone" {
                    "13515926038".to_owned()
                } else {
                    token
                };
                let at = self.rng.random_range(0..2_000_000_000);
                (
                    json!({"doc": household, "at": at, "ops": [{"op": "set", "path": [field], "value": value}]}),
                    None,
                )
            }
            (Role::Unit, _, _, Some(need)) => {
                let add = json!({"op": "add", "path": ["responses"], "value": {"text": token}});
                (
                    json!({"doc": need, "ops": [add, {"op": "set", "path": ["state"], "value": "answered"}]}),
                    Some(token),
                )
            }
            (Role::Township, 0..4, Some(household), _) => {
                let to = VILLAGES[self.rng.random_range(0..2)];
                self.places.household(&household, to);
                (
                    json!({"doc": household, "ops": [{"op": "set", "path": ["village"], "value": to}]}),
                    None,
                )
            }
            _ => return Ok(()),
        };
        let moved = (role == Role::Township).then(|| edit.clone());
        let done = self.phones[phone].edit(edit.clone(), token.as_deref())?;
        if let (true, Some(moved)) = (done, moved)
            && let (Some(id), Some(to)) = (moved["doc"].as_str(), moved["ops"][0]["value"].as_str())
        {
            self.households.retain(|(household, _)| household != id);
            self.households.push((id.to_owned(), to.to_owned()));
        }
        self.report.edits += u64::from(done);
        let name = self.phones[phone].name.clone();
        self.note(format!(
            "{name} edits {edit}{}",
            if done { "" } else { " (refused)" }
        ));
        Ok(())
    }

    /// An exchange over a line that may break at any byte, both ways.
    fn exchange_badly(&mut self) -> Result<()> {
        let phone = self.any_phone();
        let (mut up, mut down) = (usize::MAX, usize::MAX);
        match self.rng.random_range(0..4) {
            0 => up = self.rng.random_range(0..3_000),
            1 => down = self.rng.random_range(0..6_000),
            _ => {}
        }
        self.exchange(phone, up, down)?;
        Ok(())
    }

    fn exchange(&mut self, phone: usize, up: usize, down: usize) -> Result<Ended> {
        let ended = self.phones[phone].exchange(&self.server, up, down)?;
        self.report.exchanges += 1;
        self.report.cut += u64::from(ended == Ended::Cut);
        self.stand(phone)?;
        let limit = |bytes: usize| {
            if bytes == usize::MAX {
                "all".to_owned()
            } else {
                bytes.to_string()
            }
        };
        let name = self.phones[phone].name.clone();
        self.note(format!(
            "{name} exchanges, {} bytes up, {} down: {ended:?}",
            limit(up),
            limit(down)
        ));
        Ok(ended)
    }

    /// What the server says of a device's standing is believed by the model too.
    fn stand(&mut self, phone: usize) -> Result<()> {
        let phone = &mut self.phones[phone];
        let status = phone.device()?.status().grant.map(|grant| grant.status);
        if phone.device()?.wipe_ordered() || status.is_some_and(|status| status != DeviceStatus::Active) {
            phone.active = false;
        }
        Ok(())
    }

    fn settle_one(&mut self) -> Result<()> {
        let phone = self.any_phone();
        self.settle(phone)
    }

    /// Exchanges until nothing is left to say.
    fn settle(&mut self, phone: usize) -> Result<()> {
        for _ in 0..SETTLE_ROUNDS_MAX {
            let ended = self.exchange(phone, usize::MAX, usize::MAX)?;
            // A copy of the device has counted on: the next hello begins where the server says.
            if ended == Ended::Whole && !self.phones[phone].device()?.wants_exchange() {
                return Ok(());
            }
            if !self.phones[phone].active {
                return Ok(());
            }
        }
        bail!(
            "{} still has something to say after {SETTLE_ROUNDS_MAX} exchanges",
            self.phones[phone].name
        )
    }

    fn crash_phone(&mut self) -> Result<()> {
        let phone = self.any_phone();
        if self.phones[phone].device()?.wipe_ordered() {
            return Ok(());
        }
        let name = self.phones[phone].name.clone();
        self.note(format!("{name} loses power"));
        self.phones[phone].crash(&mut self.rng)
    }

    /// An earlier request arrives again, or late: nothing may happen twice.
    fn replay(&mut self) -> Result<()> {
        let phone = self.any_phone();
        let sent = self.phones[phone].sent.clone();
        if sent.is_empty() {
            return Ok(());
        }
        let request = &sent[self.rng.random_range(0..sent.len())];
        self.server.exchange(request, usize::MAX, usize::MAX)?;
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
        self.server.decide(&id, decision)?;
        self.phones[phone].active = false;
        for other in &mut self.phones {
            other.active &= other.id != id;
        }
        Ok(())
    }

    fn clone_a_device(&mut self) -> Result<()> {
        let phone = self.rng.random_range(2..self.phones.len());
        if !self.phones[phone].active || self.phones.iter().any(|other| other.name.ends_with('\'')) {
            return Ok(());
        }
        let copy = self.phones[phone].cloned()?;
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
        self.backup = Some((to, self.all_acked()));
        Ok(())
    }

    fn restore(&mut self) -> Result<()> {
        let Some((from, _)) = self.backup.clone() else {
            return Ok(());
        };
        if self.restored {
            return Ok(());
        }
        self.note("the server is restored from the backup".into());
        self.server.restore(&from)?;
        self.restored = true;
        for phone in &mut self.phones {
            phone.forget_cursors();
            // A decision may be lost with the rest; what the server says next counts.
            phone.sent.clear();
        }
        Ok(())
    }

    fn fill_disk(&mut self) -> Result<()> {
        let phone = self.any_phone();
        let left = self.rng.random_range(0..40_000);
        self.phones[phone].disk.fill_up(Some(left));
        let name = self.phones[phone].name.clone();
        self.note(format!("{name} has {left} bytes of storage left"));
        let text = self.token();
        let Some((household, _)) = self.households.first().cloned() else {
            return Ok(());
        };
        for _ in 0..3 {
            let edit = json!({"doc": household, "ops": [{"op": "set", "path": ["remark"], "value": text}]});
            self.phones[phone].edit(edit, None)?;
        }
        self.phones[phone].disk.fill_up(None);
        Ok(())
    }

    fn look_around(&mut self) -> Result<()> {
        let all: Vec<String> = VILLAGES.iter().map(|village| (*village).to_owned()).collect();
        for phone in &mut self.phones {
            if !phone.device()?.wipe_ordered() {
                check::nothing_outside_the_audience(phone, &self.places, &all)?;
            }
        }
        Ok(())
    }

    fn all_acked(&self) -> BTreeSet<Token> {
        self.phones
            .iter()
            .flat_map(|phone| phone.acked.iter().cloned())
            .collect()
    }

    /// Everybody comes back into range, and everything must have found its place.
    fn rest(&mut self) -> Result<()> {
        self.note("everybody comes home".into());
        for _ in 0..3 {
            for phone in 0..self.phones.len() {
                self.settle(phone)?;
            }
        }
        self.look_around()?;
        let everything = self.phones[0].export()?;
        let text: String = everything.values().map(ToString::to_string).collect();
        let mut replicas: Vec<(String, BTreeMap<DocId, serde_json::Value>)> = Vec::new();
        // A restore may lose what a device ended since can never give back.
        let lost_for_good: BTreeSet<Token> = match (&self.backup, self.restored) {
            (Some((_, kept)), true) => {
                let silent = self.phones.iter().filter(|phone| !phone.active);
                silent
                    .flat_map(|phone| phone.acked.iter())
                    .filter(|token| !kept.contains(token))
                    .cloned()
                    .collect()
            }
            _ => BTreeSet::new(),
        };
        // What a restore has made impossible comes back to its author, who sees it.
        let mut returned = String::new();
        for phone in &mut self.phones {
            for (_, item) in phone.device()?.engine().returned() {
                returned.push_str(&serde_json::to_string(&item.ops)?);
            }
        }
        for token in self.all_acked() {
            let quoted = format!("\"{}\"", token.text);
            ensure!(
                text.contains(&quoted)
                    || lost_for_good.contains(&token)
                    || (self.restored && returned.contains(&quoted)),
                "acknowledged and gone: {} in {}, by {:?}",
                token.text,
                token.doc,
                self.phones
                    .iter()
                    .filter(|phone| phone.acked.contains(&token))
                    .map(|phone| (&phone.name, phone.active))
                    .collect::<Vec<_>>()
            );
            let times = text.matches(&format!("\"{}\"", token.text)).count();
            ensure!(times <= 1, "{} has its effect {times} times", token.text);
        }
        for index in 0..self.phones.len() {
            let phone = &mut self.phones[index];
            if !phone.active {
                continue;
            }
            let status = phone.device()?.status();
            ensure!(
                phone.device()?.engine().is_caught_up(),
                "{} has not caught up",
                phone.name
            );
            ensure!(
                status.unsent == status.waiting,
                "{}: {} changes have no verdict",
                phone.name,
                status.unsent - status.waiting
            );
            let export = phone.export()?;
            if status.unsent == 0 {
                let meant = check::audience(phone, &everything);
                let held: BTreeSet<DocId> = export
                    .iter()
                    .filter(|(_, document)| document["kind"] != "card" && document["kind"] != "village")
                    .map(|(id, _)| id.clone())
                    .collect();
                ensure!(
                    held == meant,
                    "{} holds {held:?}, its audience is {meant:?}",
                    phone.name
                );
                replicas.push((phone.name.clone(), export));
            }
        }
        for pair in replicas.windows(2) {
            check::equal_where_both_hold((&pair[0].0, &pair[0].1), (&pair[1].0, &pair[1].1))?;
        }
        for (name, replica) in &replicas {
            check::equal_where_both_hold(("office", &everything), (name, replica))?;
        }
        self.report.documents = everything.len();
        self.server.verify()
    }
}

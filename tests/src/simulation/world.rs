//! One world: a server, its phones, and what must have come of the days a seed has made.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use anyhow::{Context, Result, bail, ensure};
use qiao_server::clock::Clock;
use qiao_server::registry::Role;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sync_core::id::{DocId, DocNo, Version};
use sync_core::wire::frame::PROTOCOL_VERSION;
use tempfile::TempDir;

use crate::simulation::check::{self, Places};
use crate::simulation::phone::{Cut, Ended, Made, Phone, Talk, Token};
use crate::simulation::server::Server;

const NOON_MS: i64 = 1_795_406_400_000;
const YEAR_MS: i64 = 365 * 86_400_000;
pub(super) const VILLAGES: [&str; 2] = ["530190101201", "530190101202"];
pub(super) const UNITS: [&str; 2] = ["u01", "u02"];
const STEPS: usize = 110;
/// Exchanges one phone may need until nothing is left to say.
const SETTLE_ROUNDS_MAX: usize = 12;
/// Rounds of everybody until nothing new is heard.
const REST_ROUNDS_MAX: usize = 10;

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
    /// Messages carried on live connections.
    pub messages: u64,
    /// Documents at the end.
    pub documents: usize,
}

/// What the server has been told to keep.
#[derive(Debug)]
pub(super) struct Backup {
    pub(super) path: PathBuf,
    acked: BTreeSet<Token>,
}

pub(super) struct World {
    pub(super) plan: Plan,
    pub(super) rng: ChaCha8Rng,
    pub(super) now: Arc<AtomicI64>,
    pub(super) server: Server,
    pub(super) phones: Vec<Phone>,
    /// Live connections that nobody listens to any more, with the device's number here; what was said on them may still
    /// arrive.
    pub(super) late: Vec<(usize, Talk)>,
    pub(super) places: Places,
    /// Households: id and present village.
    pub(super) households: Vec<(String, String)>,
    pub(super) needs: Vec<String>,
    pub(super) tokens: u64,
    pub(super) backup: Option<Backup>,
    pub(super) restored: bool,
    /// What devices were told is in the log.
    pub(super) logged: BTreeMap<DocNo, Version>,
    pub(super) scratch: TempDir,
    pub(super) report: Report,
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
            late: Vec::new(),
            places: Places::default(),
            households: Vec::new(),
            needs: Vec::new(),
            tokens: 0,
            backup: None,
            restored: false,
            logged: BTreeMap::new(),
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
        let (seed, key) = loop {
            let (mut secret, mut nonce) = ([0; 32], [0; 16]);
            self.rng.fill_bytes(&mut secret);
            self.rng.fill_bytes(&mut nonce);
            if let Some(key) = Made::key((secret, nonce)) {
                break ((secret, nonce), key);
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
        // An app that has not been renewed, and one that was renewed before the server.
        let speaks = match self.rng.random_range(0..6) {
            0 => PROTOCOL_VERSION - 1,
            1 => PROTOCOL_VERSION + 1,
            _ => PROTOCOL_VERSION,
        };
        let villages: Vec<String> = match role {
            Role::Township => VILLAGES.iter().map(|village| (*village).to_owned()).collect(),
            _ => places.iter().map(|place| (*place).to_owned()).collect(),
        };
        self.note(format!("{name} speaks version {speaks}"));
        let made = Made {
            name: name.to_owned(),
            role,
            villages,
            unit: unit.map(str::to_owned),
            skew_ms,
            speaks,
            seed,
        };
        self.phones.push(Phone::create(made, identity, self.now.clone())?);
        Ok(())
    }

    pub(super) fn note(&mut self, line: String) {
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
            self.look(None).with_context(|| format!("after step {step}"))?;
        }
        self.rest().context("at rest")
    }

    /// Holds what was told against what the server has: after every exchange, message and step. `Some` for the phone
    /// that was just given something.
    pub(super) fn look(&mut self, given_to: Option<usize>) -> Result<()> {
        let facts = self.server.facts()?;
        for index in 0..self.phones.len() {
            let phone = &mut self.phones[index];
            for (doc, version) in phone.told.accepted.drain(..) {
                let logged = self.logged.entry(doc).or_default();
                *logged = (*logged).max(version);
            }
            let given = std::mem::take(&mut phone.told.given);
            if given_to == Some(index) {
                check::given_to_its_audience(phone, &given, &facts)?;
            }
            let active = facts.active.contains(&phone.id) && !phone.device()?.wipe_ordered();
            if phone.active && !active {
                // The server closes the connections of a device that is ended.
                phone.hang_up()?;
                self.late.retain(|(owner, _)| *owner != index);
            }
            phone.active = active;
        }
        check::acknowledged_is_logged(&self.logged, &facts)
    }

    pub(super) fn exchange(&mut self, phone: usize, cut: Cut) -> Result<Ended> {
        self.hang_up(phone)?;
        let ended = self.phones[phone].exchange(&self.server, cut)?;
        self.report.exchanges += 1;
        self.report.cut += u64::from(ended == Ended::Cut);
        let name = self.phones[phone].name.clone();
        self.note(format!("{name} exchanges, {cut:?}: {ended:?}"));
        self.look(Some(phone))?;
        Ok(ended)
    }

    /// A device listens to one connection at a time.
    pub(super) fn hang_up(&mut self, phone: usize) -> Result<()> {
        if let Some(talk) = self.phones[phone].hang_up()?
            && !talk.up.is_empty()
        {
            self.late.push((phone, talk));
        }
        Ok(())
    }

    /// Exchanges until nothing is left to say.
    pub(super) fn settle(&mut self, phone: usize) -> Result<()> {
        for _ in 0..SETTLE_ROUNDS_MAX {
            let ended = self.exchange(phone, Cut::Nowhere)?;
            // A copy of the device has counted on: the next hello begins where the server says.
            if ended == Ended::Whole && !self.phones[phone].device()?.wants_exchange() {
                return Ok(());
            }
            if !self.phones[phone].active {
                return Ok(());
            }
        }
        let phone = &mut self.phones[phone];
        let engine = phone.device()?.engine();
        let (questions, unsent) = (engine.open_questions(), engine.status().unsent);
        bail!(
            "{} still has {questions} questions and {unsent} unsent edits after {SETTLE_ROUNDS_MAX} exchanges",
            phone.name
        )
    }

    pub(super) fn look_around(&mut self) -> Result<()> {
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

    pub(super) fn backed_up(&mut self, path: PathBuf) {
        let acked = self.all_acked();
        self.backup = Some(Backup { path, acked });
    }

    /// Everybody comes back into range, and everything must have found its place.
    fn rest(&mut self) -> Result<()> {
        self.note("everybody comes home".into());
        let mut rounds = 0;
        loop {
            for phone in &mut self.phones {
                phone.told.moved = 0;
            }
            for phone in 0..self.phones.len() {
                self.settle(phone)?;
            }
            if self.phones.iter().all(|phone| phone.told.moved == 0) {
                break;
            }
            rounds += 1;
            ensure!(
                rounds < REST_ROUNDS_MAX,
                "there is news after {rounds} rounds of everybody"
            );
        }
        self.look_around()?;
        let everything = self.phones[0].export()?;
        self.nothing_acknowledged_is_missing(&everything)?;
        self.replicas_are_equal(&everything)?;
        self.report.documents = everything.len();
        self.server.verify()
    }

    fn nothing_acknowledged_is_missing(
        &mut self,
        everything: &BTreeMap<DocId, serde_json::Value>,
    ) -> Result<()> {
        let text: String = everything.values().map(ToString::to_string).collect();
        for index in 0..self.phones.len() {
            let phone = &mut self.phones[index];
            let mut with_its_author = phone.returned()?;
            let twins = |other: &&Phone| other.id == self.phones[index].id;
            let ended = self.phones.iter().filter(twins).any(|twin| !twin.active);
            let phone = &mut self.phones[index];
            if self.restored && !phone.device()?.wipe_ordered() {
                // What waits for something that the restore has lost.
                let own = phone.export()?;
                with_its_author.extend(own.values().map(ToString::to_string));
            }
            for token in phone.acked.clone() {
                let quoted = format!("\"{}\"", token.text);
                let kept = match &self.backup {
                    Some(backup) if self.restored => backup.acked.contains(&token),
                    _ => true,
                };
                let times = text.matches(&quoted).count();
                ensure!(times <= 1, "{} has its effect {times} times", token.text);
                ensure!(
                    times == 1 || (self.restored && with_its_author.contains(&quoted)) || (ended && !kept),
                    "acknowledged and gone: {} in {}, by {}",
                    token.text,
                    token.doc,
                    phone.name
                );
            }
        }
        Ok(())
    }

    fn replicas_are_equal(&mut self, everything: &BTreeMap<DocId, serde_json::Value>) -> Result<()> {
        let mut replicas: Vec<(String, BTreeMap<DocId, serde_json::Value>)> = Vec::new();
        for phone in &mut self.phones {
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
                let meant = check::audience(phone, everything);
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
            check::equal_where_both_hold(("office", everything), (name, replica))?;
        }
        Ok(())
    }
}

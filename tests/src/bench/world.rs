//! A server with a village in it, and copies of both: every run of a scenario begins from the same state.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use qiao_demo::generator::Person;
use sync_core::policy::Role;
use tempfile::TempDir;

use super::admin::{Admin, create_account};
use super::phone::{Phone, must_be_equal};
use super::workload::{COUNTY, TOWNSHIP, VILLAGE, Workload, turns};
use crate::harness::process::Server;

/// Somebody of the work team who only reads: their phones are the new ones.
pub(super) const READER: &str = "reader";
/// The proxy header is believed, so that a hundred phones may enrol in a minute. Log lines are for troubles only.
const SERVER_ARGS: &[&str] = &["--trusted-proxies", "127.0.0.1", "--log", "warn"];

/// A running server and who administers it.
pub(super) struct World {
    /// The folder goes when this is dropped.
    dir: TempDir,
    pub(super) server: Server,
    password: String,
}

/// A prepared village with its server at rest.
pub(super) struct Prepared {
    dir: TempDir,
    password: String,
    /// One for each author of the history, in memory and up to date.
    phones: Vec<Phone>,
    pub(super) workload: Workload,
    /// On the server besides those of the village.
    pub(super) documents_elsewhere: usize,
}

/// A copy of a prepared village with the server running.
pub(super) struct Run {
    pub(super) world: World,
    /// Copies of the authors' phones.
    pub(super) phones: Vec<Phone>,
}

impl World {
    /// A fresh server with county and township.
    pub(super) async fn new() -> Result<World> {
        let dir = tempfile::tempdir()?;
        let password = create_account(&dir.path().join("server"))?;
        let world = World::start(dir, password);
        let admin = world.admin().await?;
        admin.add_place(COUNTY, "county", None).await?;
        admin.add_place(TOWNSHIP, "township", Some(COUNTY)).await?;
        Ok(world)
    }

    fn start(dir: TempDir, password: String) -> World {
        let server = Server::start(&dir.path().join("server"), SERVER_ARGS);
        World {
            dir,
            server,
            password,
        }
    }

    pub(super) async fn admin(&self) -> Result<Admin> {
        Admin::sign_in(&self.server.url(), &self.password).await
    }

    /// Process number of the server.
    pub(super) fn pid(&self) -> Result<u32> {
        self.server.pid().context("the server runs")
    }

    /// New phones of these people, in memory.
    pub(super) async fn phones(&self, people: &[&str]) -> Result<Vec<Phone>> {
        let enrolled = self.admin().await?.enrol(people).await?;
        enrolled
            .into_iter()
            .map(|(key, identity)| Phone::in_memory(key, identity))
            .collect()
    }

    /// A new phone on the disk.
    pub(super) async fn phone_on_disk(&self, person: &str, name: &str) -> Result<Phone> {
        let mut enrolled = self.admin().await?.enrol(&[person]).await?;
        let (key, identity) = enrolled.pop().context("one person, one phone")?;
        Phone::in_folder(&self.dir.path().join(name), key, identity)
    }
}

impl Prepared {
    /// Lets the authors live their history through a real server.
    pub(super) async fn new(workload: Workload) -> Result<Prepared> {
        let started = Instant::now();
        let world = World::new().await?;
        let admin = world.admin().await?;
        admin.add_place(VILLAGE, "village", Some(TOWNSHIP)).await?;
        for unit in &workload.units {
            admin.add_unit(&unit.id, &unit.name, COUNTY).await?;
        }
        if let Some(unit) = workload.units.first() {
            admin.pair(&unit.id, VILLAGE).await?;
        }
        for person in &workload.authors {
            admin.add_person(person, &places_of(person)).await?;
        }
        admin
            .add_person(&reader(VILLAGE, READER), &[VILLAGE.to_owned()])
            .await?;
        let people: Vec<&str> = workload.authors.iter().map(|person| person.id.as_str()).collect();
        let phones = world.phones(&people).await?;
        let url = world.server.url();
        let turns = turns(&workload.history)?;
        let count = turns.len();
        for (number, turn) in turns.into_iter().enumerate() {
            let phone = &phones[turn.author];
            let live = async {
                phone.sync(&url).await?;
                phone.apply(&turn.edits)?;
                phone.sync(&url).await
            };
            live.await.with_context(|| {
                format!(
                    "turn {number} of {count}, of author {}",
                    workload.authors[turn.author].id
                )
            })?;
        }
        for phone in &phones {
            phone.sync(&url).await?;
        }
        must_be_equal(&of_village(&phones, &workload.authors))?;
        println!(
            "seeded: {}, {} edits in {count} turns of {} authors, {} documents, {:.0} s",
            workload.name,
            workload.history.len(),
            phones.len(),
            phones[0].documents(),
            started.elapsed().as_secs_f64(),
        );
        let World {
            dir,
            mut server,
            password,
        } = world;
        server.terminate();
        Ok(Prepared {
            dir,
            password,
            phones,
            workload,
            documents_elsewhere: 0,
        })
    }

    /// The authors' phones, as every run begins with them.
    pub(super) fn phones(&self) -> &[Phone] {
        &self.phones
    }

    /// Starts the server of the prepared village itself, to put more into it.
    pub(super) fn open(&mut self) -> Result<World> {
        let dir = std::mem::replace(&mut self.dir, tempfile::tempdir()?);
        Ok(World::start(dir, self.password.clone()))
    }

    /// The end of that: so many documents are on the server now.
    pub(super) fn close(&mut self, mut world: World, documents: usize) {
        world.server.terminate();
        self.dir = world.dir;
        self.documents_elsewhere = documents.saturating_sub(self.phones[0].documents() as usize);
    }

    /// A copy of everything, running.
    pub(super) fn run(&self) -> Result<Run> {
        let dir = tempfile::tempdir()?;
        copy_folder(&self.dir.path().join("server"), &dir.path().join("server"))?;
        let world = World::start(dir, self.password.clone());
        let phones = self.phones.iter().map(Phone::copy).collect::<Result<_>>()?;
        Ok(Run { world, phones })
    }
}

/// Those of the phones that hold the village as a whole and nothing else.
pub(super) fn of_village<'a>(phones: &'a [Phone], authors: &[Person]) -> Vec<&'a Phone> {
    let whole = |person: &Person| matches!(person.role, Role::Team | Role::Committee | Role::VillageCadre);
    phones
        .iter()
        .zip(authors)
        .filter(|(_, person)| whole(person))
        .map(|(phone, _)| phone)
        .collect()
}

/// A member of a village's work team who is no author of its history.
pub(super) fn reader(village: &str, id: &str) -> Person {
    Person {
        id: id.to_owned(),
        name: "新来的".to_owned(),
        role: Role::Team,
        villages: vec![village.to_owned()],
        unit: None,
        tag: String::new(),
        present: true,
    }
}

pub(super) fn places_of(person: &Person) -> Vec<String> {
    match person.role {
        Role::Township => vec![TOWNSHIP.to_owned()],
        Role::Unit => Vec::new(),
        _ => person.villages.clone(),
    }
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    fs::set_permissions(to, fs::metadata(from)?.permissions())?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target: PathBuf = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

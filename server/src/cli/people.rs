//! `qiao admin place|unit|person|pair …`: the registry's lists.

use clap::Subcommand;

use super::admin::{explain, parse_role, print_json};
use crate::app::App;
use crate::registry::pairings::{self, Pairing};
use crate::registry::people::{self, Filter, NewPerson};
use crate::registry::places::{self, Level, Place};
use crate::registry::units::{self, Unit};
use crate::registry::{Actor, Role, Slice};

/// Places.
#[derive(Debug, Subcommand)]
pub(super) enum PlaceCommand {
    /// Add a place
    Add {
        /// Code
        id: String,
        /// county, township, village or group
        #[arg(long, value_parser = parse_level)]
        level: Level,
        /// Name
        #[arg(long)]
        name: String,
        /// Code of the place one level up
        #[arg(long)]
        parent: Option<String>,
    },
    /// List places, one JSON object a line
    List,
}

/// Units.
#[derive(Debug, Subcommand)]
pub(super) enum UnitCommand {
    /// Add a unit
    Add {
        /// Id; a new one is made if absent
        #[arg(long)]
        id: Option<String>,
        /// Name
        #[arg(long)]
        name: String,
        /// department, enterprise, university, …
        #[arg(long, default_value = "")]
        kind: String,
        /// County it works in
        #[arg(long)]
        county: Option<String>,
    },
    /// List units, one JSON object a line
    List,
}

/// People.
#[derive(Debug, Subcommand)]
pub(super) enum PersonCommand {
    /// Add a person
    Add {
        /// Id; a new one is made if absent
        #[arg(long)]
        id: Option<String>,
        /// Name
        #[arg(long)]
        name: String,
        /// Phone number
        #[arg(long)]
        phone: Option<String>,
        /// team, committee, village_cadre, unit, township, county or admin
        #[arg(long, value_parser = parse_role)]
        role: Role,
        /// Places of the role, separated by commas
        #[arg(long, value_delimiter = ',')]
        places: Vec<String>,
        /// Unit of its cadres
        #[arg(long)]
        unit: Option<String>,
    },
    /// List people, one JSON object a line
    List {
        /// Only this role
        #[arg(long, value_parser = parse_role)]
        role: Option<Role>,
    },
}

/// Pairings.
#[derive(Debug, Subcommand)]
pub(super) enum PairCommand {
    /// Pair a unit with a village, or with a household and the cadre who stands by it
    Add {
        /// Id of the unit
        unit: String,
        /// Code of the village
        #[arg(long)]
        village: Option<String>,
        /// Document id of the household
        #[arg(long)]
        household: Option<String>,
        /// Id of the cadre
        #[arg(long)]
        person: Option<String>,
    },
    /// List pairings, one JSON object a line
    List,
    /// End a pairing
    Remove {
        /// Id of the pairing
        id: String,
    },
}

fn parse_level(text: &str) -> Result<Level, String> {
    Level::parse(text).ok_or_else(|| "expected county, township, village or group".into())
}

pub(super) async fn place(app: &App, actor: &Actor, command: PlaceCommand) -> anyhow::Result<()> {
    match command {
        PlaceCommand::Add {
            id,
            level,
            name,
            parent,
        } => print_json(&explain(
            places::create(
                app,
                actor,
                Place {
                    id,
                    parent,
                    level,
                    name,
                },
            )
            .await,
        )?),
        PlaceCommand::List => explain(places::list(app, actor).await)?
            .iter()
            .try_for_each(print_json),
    }
}

pub(super) async fn unit(app: &App, actor: &Actor, command: UnitCommand) -> anyhow::Result<()> {
    match command {
        UnitCommand::Add {
            id,
            name,
            kind,
            county,
        } => {
            let unit = Unit {
                id: id.unwrap_or_default(),
                name,
                kind,
                county,
            };
            print_json(&explain(units::create(app, actor, unit).await)?)
        }
        UnitCommand::List => explain(units::list(app).await)?.iter().try_for_each(print_json),
    }
}

pub(super) async fn person(app: &App, actor: &Actor, command: PersonCommand) -> anyhow::Result<()> {
    match command {
        PersonCommand::Add {
            id,
            name,
            phone,
            role,
            places,
            unit,
        } => {
            let new = NewPerson {
                id,
                name,
                phone,
                role,
                places,
                unit,
            };
            print_json(&explain(people::create(app, actor, new).await)?)
        }
        PersonCommand::List { role } => {
            let filter = Filter {
                role,
                ..Filter::default()
            };
            let mut slice = Slice {
                after: None,
                limit: Some(500),
            };
            loop {
                let page = explain(people::list(app, actor, &filter, &slice).await)?;
                page.items.iter().try_for_each(print_json)?;
                match page.next {
                    Some(next) => slice.after = Some(next),
                    None => return Ok(()),
                }
            }
        }
    }
}

pub(super) async fn pair(app: &App, actor: &Actor, command: PairCommand) -> anyhow::Result<()> {
    match command {
        PairCommand::Add {
            unit,
            village,
            household,
            person,
        } => {
            let pairing = Pairing {
                id: String::new(),
                unit,
                village,
                household,
                person,
                created_ms: 0,
            };
            print_json(&explain(pairings::create(app, actor, pairing).await)?)
        }
        PairCommand::List => explain(pairings::list(app, None).await)?
            .iter()
            .try_for_each(print_json),
        PairCommand::Remove { id } => explain(pairings::delete(app, actor, &id).await),
    }
}

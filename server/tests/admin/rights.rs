//! Every role at every door, against one table that people review: `rights.txt`.
//!
//! The doors are those of the served description, so a new one without a line fails here. A refusal is 401, or 403 with a
//! code that says so; whatever else a door answers to a made-up name, the role has come through it.

use std::collections::{BTreeMap, BTreeSet};

use qiao_server::registry::Role;
use serde_json::{Value, json};

use crate::harness::{Desk, MINUTE_MS, World};

const TABLE: &str = include_str!("rights.txt");
const COLUMNS: [&str; 9] = [
    "none", "team", "com", "vcad", "unit", "twn", "cty", "adm-t", "adm",
];

/// A role with its places and unit.
type Standing = (Role, &'static [&'static str], Option<&'static str>);

/// Method and path.
type Door = (String, String);

/// The table: for each door one sign for each column.
fn table() -> BTreeMap<Door, Vec<char>> {
    let mut all = BTreeMap::new();
    let lines = TABLE
        .lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    for line in lines {
        let mut words = line.split_whitespace().map(str::to_owned);
        let door = (words.next().unwrap(), words.next().unwrap());
        let signs: Vec<char> = words.map(|word| word.parse().unwrap()).collect();
        assert_eq!(signs.len(), COLUMNS.len(), "{line}");
        assert!(signs.iter().all(|sign| "xs.".contains(*sign)), "{line}");
        assert!(all.insert(door, signs).is_none(), "twice: {line}");
    }
    all
}

fn doors() -> BTreeSet<Door> {
    let description = serde_json::to_value(qiao_server::router::openapi()).unwrap();
    let paths = description["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().unwrap().keys();
            methods.map(|method| (method.to_ascii_uppercase(), path.clone()))
        })
        .collect()
}

#[test]
fn the_table_has_a_line_for_every_door_and_no_other() {
    let (table, doors) = (table(), doors());
    let written: BTreeSet<_> = table.keys().cloned().collect();
    let missing: Vec<_> = doors.difference(&written).collect();
    let gone: Vec<_> = written.difference(&doors).collect();
    assert!(missing.is_empty(), "no line in rights.txt for {missing:?}");
    assert!(
        gone.is_empty(),
        "rights.txt speaks of {gone:?}, which is not there"
    );
}

fn fill(path: &str) -> String {
    let mut filled = path.to_owned();
    while let (Some(from), Some(to)) = (filled.find('{'), filled.find('}')) {
        let name = if &filled[from..=to] == "{device_id}" {
            "00".repeat(16)
        } else if path.starts_with("/api/v1/places/") {
            // A place that is nowhere lies in nobody's township.
            "v11".to_owned()
        } else {
            "nothing".to_owned()
        };
        filled.replace_range(from..=to, &name);
    }
    if path == "/api/v1/households/{id}/preview" {
        filled.push_str("?village=v11");
    }
    if path == "/api/v1/attachments/{name}" {
        filled.push_str("?doc=nothing");
    }
    if path == "/api/v1/cases/draw" {
        filled.push_str("?procedure=extreme_hardship&month=2026-11");
    }
    filled
}

/// A body where a refusal of the area comes after the body has been read; empty everywhere else.
fn body((method, path): &Door) -> Option<Value> {
    let body = match (method.as_str(), path.as_str()) {
        ("GET" | "DELETE", _) => return None,
        ("POST", "/api/v1/units") => json!({ "name": "单位" }),
        ("PATCH", "/api/v1/units/{id}") => json!({ "name": "单位" }),
        ("POST", "/api/v1/accounts") => json!({ "person": "nobody", "login": "", "password": "" }),
        ("PUT", "/api/v1/accounts/{person}/single-sign-on") => json!({ "subject": "x" }),
        ("POST", "/api/v1/accounts/{person}/reset") => json!({ "password": "0123456789ab" }),
        ("POST", "/api/v1/exports/households") => json!({ "search": {} }),
        _ => json!({}),
    };
    Some(body)
}

/// What a door says: let through, or the code of the refusal.
async fn knock(desk: &Desk, door: &Door) -> Result<(), String> {
    let answer = desk.send(&door.0, &fill(&door.1), body(door)).await;
    assert!(
        answer.status < 500 && answer.status != 405,
        "{door:?}: {} {}",
        answer.status,
        answer.text
    );
    match answer.status {
        401 if answer.code() == "signed_out" => Err("signed_out".to_owned()),
        403 => Err(answer.code().to_owned()),
        _ => Ok(()),
    }
}

async fn stands_by(world: &World, column: usize, role: Option<Standing>) {
    let person = match role {
        Some((role, places, unit)) => {
            let id = format!("p-{}", COLUMNS[column]);
            world.person(&id, "某人", role, places, unit).await;
            Some(world.account(&id).await)
        }
        None => None,
    };
    let desk = match &person {
        Some(person) => world.sign_in(person).await,
        None => world.desk("A".repeat(43).as_str()),
    };
    // Signing out is one of the doors.
    let mut doors: Vec<(Door, char)> = table()
        .into_iter()
        .map(|(door, signs)| (door, signs[column]))
        .collect();
    doors.sort_by_key(|(door, _)| *door == ("DELETE".to_owned(), "/api/v1/session".to_owned()));
    let last = doors.pop().unwrap();
    let role = COLUMNS[column];
    let refused: &[&str] = match (role, column) {
        ("none", _) => &["signed_out"],
        ("adm-t", _) => &["outside_area", "not_allowed"],
        _ => &["not_allowed"],
    };
    let confirmed = world.clock.now_ms();
    for (door, sign) in &doors {
        let said = knock(&desk, door).await;
        match sign {
            '.' => assert!(
                said.as_ref().is_err_and(|code| refused.contains(&code.as_str())),
                "{role} {door:?}: {said:?}"
            ),
            _ => assert_eq!(said, Ok(()), "{role} {door:?}"),
        }
    }
    assert_eq!(
        world.clock.now_ms(),
        confirmed,
        "the identity was confirmed all the while"
    );
    world.clock.advance_ms(6 * MINUTE_MS);
    for (door, sign) in &doors {
        let said = knock(&desk, door).await;
        match sign {
            's' => assert_eq!(said, Err("step_up_needed".to_owned()), "{role} {door:?}"),
            '.' => assert!(said.is_err(), "{role} {door:?}"),
            _ => assert_eq!(said, Ok(()), "{role} {door:?}"),
        }
    }
    assert_eq!(
        knock(&desk, &last.0).await.is_ok(),
        last.1 == 'x',
        "{role}: signing out"
    );
}

#[tokio::test]
async fn every_role_finds_the_doors_open_and_closed_as_the_table_says() {
    let world = World::new().await;
    let roles: [Option<Standing>; 9] = [
        None,
        Some((Role::Team, &["v11"], None)),
        Some((Role::Committee, &["v11"], None)),
        Some((Role::VillageCadre, &["v11"], None)),
        Some((Role::Unit, &[], Some("u1"))),
        Some((Role::Township, &["t1"], None)),
        Some((Role::County, &["c1"], None)),
        Some((Role::Admin, &["t1"], None)),
        Some((Role::Admin, &[], None)),
    ];
    for (column, role) in roles.into_iter().enumerate() {
        stands_by(&world, column, role).await;
    }
}

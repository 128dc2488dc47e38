//! The scene most process tests begin with: a server with one village, people of its team, and their phones let in.

use std::path::Path;

use serde_json::Value;

use super::process::{Device, Server, qiao};

/// One command of the operator; every line it prints, read as JSON.
///
/// # Panics
/// When it fails.
pub fn operate(server: &Server, args: &[&str]) -> Vec<Value> {
    let data = server.data().to_str().expect("a scene that can be set");
    let output = qiao(["--data", data].iter().chain(args).copied());
    assert!(
        output.status.success(),
        "qiao {args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

/// A server with one village and people of its team.
///
/// # Panics
/// When it does not start.
pub fn village(folder: &Path, people: &[&str]) -> Server {
    let server = Server::start(&folder.join("data"), &[]);
    settle(&server, people);
    server
}

/// Gives a server its village and the people of its team.
///
/// # Panics
/// When they are there already.
pub fn settle(server: &Server, people: &[&str]) {
    for (id, level, parent) in [
        ("C1", "county", None),
        ("T1", "township", Some("C1")),
        ("V1", "village", Some("T1")),
    ] {
        let mut add = vec!["admin", "place", "add", id, "--level", level, "--name", id];
        add.extend(parent.into_iter().flat_map(|parent| ["--parent", parent]));
        operate(server, &add);
    }
    for person in people {
        operate(
            server,
            &[
                "admin", "person", "add", "--id", person, "--name", person, "--role", "team", "--places",
                "V1",
            ],
        );
    }
}

/// A phone of a person, let in. Returns its identity, too.
///
/// # Panics
/// When it is not let in.
pub fn phone(server: &Server, folder: &Path, person: &str) -> (Device, String) {
    let invitation = operate(server, &["admin", "invite", person, "--json"]).remove(0);
    let phone = Device::new(&folder.join(person));
    let enrolled = phone
        .run(&[
            "enrol",
            "--server",
            &server.url(),
            "--invite",
            invitation["code"].as_str().expect("a scene that can be set"),
        ])
        .expect("a scene that can be set");
    let id = enrolled["device"]
        .as_str()
        .expect("a scene that can be set")
        .to_owned();
    operate(server, &["admin", "approve", &id, "--words-compared"]);
    phone.run(&["sync"]).expect("a scene that can be set");
    (phone, id)
}

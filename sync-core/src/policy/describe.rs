//! The policy table in words, for people to review and for `qiao` to print.

use super::Action::{AddEntry, Create, Delete, Put};
use super::{Action, NEED_STATES, Role, SEEN_OFFICES, casework, may, readable};
use crate::schema::{Kind, Node, node};

/// The table in words, one line a path: what each role may do there.
pub fn describe() -> String {
    let mut out = String::from(
        "Rights on documents: C create, A add an entry, P write, D clear or delete. What is not here is denied.\n",
    );
    for &kind in Kind::ALL {
        let readers: Vec<_> = Role::ALL
            .iter()
            .filter(|role| readable(**role, kind))
            .map(|r| r.as_str())
            .collect();
        out.push_str(&format!(
            "\n{} (read by: {})\n",
            kind.as_str(),
            readers.join(", ")
        ));
        describe_line(&mut out, kind, &[]);
        for node in crate::schema::nodes(kind) {
            match node {
                Node::Field(field) => describe_line(&mut out, kind, &[field.name]),
                Node::Group { name, fields, .. } => {
                    for field in *fields {
                        describe_line(&mut out, kind, &[name, field.name]);
                    }
                }
                Node::Entries { name, .. } => describe_line(&mut out, kind, &[name, "*"]),
            }
        }
    }
    describe_values(&mut out, "States of a need", NEED_STATES);
    describe_values(&mut out, "Offices that have seen a need", SEEN_OFFICES);
    describe_values(
        &mut out,
        "Events of an application",
        casework::events(Kind::Application),
    );
    describe_values(&mut out, "Events of a case", casework::events(Kind::Case));
    out.push_str(
        "\nThe role of an event is its author's. A team member writes no month of attendance but their own.\n",
    );
    out
}

fn describe_values(out: &mut String, title: &str, table: &[(&[Role], &[&str])]) {
    out.push_str(&format!("\n{title}\n"));
    for &role in Role::ALL {
        let values: Vec<&str> = table
            .iter()
            .filter(|(roles, _)| roles.contains(&role))
            .flat_map(|(_, values)| values.iter().copied())
            .collect();
        if !values.is_empty() {
            out.push_str(&format!("  {:<30}{}\n", role.as_str(), values.join(", ")));
        }
    }
}

fn describe_line(out: &mut String, kind: Kind, path: &[&str]) {
    let name = if path.is_empty() {
        "(document)".to_owned()
    } else {
        path.join(".")
    };
    // Writing inside an entry is the same right for each of its fields, so one of them stands for all.
    let inner = match path {
        [container, "*"] => node(kind, container)
            .and_then(|node| node.fields().first())
            .map(|field| field.name),
        _ => None,
    };
    let may_here = |role: Role, action: Action| {
        may(role, kind, path, action).is_ok()
            || inner.is_some_and(|field| {
                action == Put && may(role, kind, &[path[0], path[1], field], Put).is_ok()
            })
    };
    let rights: Vec<String> = Role::ALL
        .iter()
        .filter_map(|&role| {
            let letters: String = [Create, AddEntry, Put, Delete]
                .into_iter()
                .filter(|action| may_here(role, *action))
                .map(Action::letter)
                .collect();
            (!letters.is_empty()).then(|| format!("{} {letters}", role.as_str()))
        })
        .collect();
    let rights = if rights.is_empty() {
        "nobody".to_owned()
    } else {
        rights.join(", ")
    };
    out.push_str(&format!("  {name:<30}{rights}\n"));
}

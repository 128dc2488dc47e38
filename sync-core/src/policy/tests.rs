//! The table against the statements it must fulfil, written down a second time and in another way.

use super::*;
use crate::schema::{nodes, parents};

/// Every path of a kind an operation could name, with every action.
fn everything(kind: Kind) -> Vec<(Vec<&'static str>, Action)> {
    let mut paths = vec![vec![]];
    for node in nodes(kind) {
        paths.push(vec![node.name()]);
        match node {
            Node::Field(_) => {}
            Node::Group { name, fields, .. } => {
                paths.extend(fields.iter().map(|field| vec![*name, field.name]))
            }
            Node::Entries { name, fields, .. } => {
                paths.push(vec![*name, "k1"]);
                paths.extend(fields.iter().map(|field| vec![*name, "k1", field.name]));
            }
        }
    }
    paths
        .into_iter()
        .flat_map(|path| Action::ALL.iter().map(move |action| (path.clone(), *action)))
        .collect()
}

/// The rights of the domain, said shortly and without looking at the table.
fn oracle(role: Role, kind: Kind, path: &[&str], action: Action) -> bool {
    let root = path.first().copied().unwrap_or("");
    let container = nodes(kind)
        .iter()
        .any(|n| n.name() == root && !matches!(n, Node::Field(_)));
    let group = root == "guarantees";
    // An action must fit its path.
    let fits = match path.len() {
        0 => action == Create,
        1 => !container && matches!(action, Put | Delete),
        2 if group => matches!(action, Put | Delete),
        2 => matches!(action, AddEntry | Delete),
        _ => action != Create,
    };
    // What was written into a log stays.
    let log = matches!(root, "visits" | "responses" | "seen" | "notices" | "postings");
    if !fits || (log && action != AddEntry) {
        return false;
    }
    let village_side = matches!(role, Role::Team | Role::Committee);
    let fixed = parents(kind).iter().any(|param| param.name() == root);
    match (kind, root) {
        // Journals, needs and cards stay with their household; only the village of a household may change.
        (Kind::Household, "village") => matches!(role, Role::Township | Role::Relay) && action == Put,
        _ if fixed => false,
        (Kind::Card, _) => role == Role::Relay && action != Delete,
        // Those who visit write the log.
        (Kind::Journal, _) => matches!(role, Role::Team | Role::VillageCadre),
        // Team and committee write the file, the township verifies, the import fills but never removes.
        (Kind::Household, "verified_at" | "verified_by" | "verify_note") => role == Role::Township,
        (Kind::Household, "assistance") => (village_side || role == Role::Relay) && action != Delete,
        (Kind::Household, _) => village_side || (role == Role::Relay && action != Delete),
        // The township runs notices and people, the committee confirms what hangs on the board.
        (Kind::Village, "") => role == Role::Relay,
        (Kind::Village, "notices") => role == Role::Township,
        (Kind::Village, "postings") => role == Role::Committee,
        (Kind::Village, "name" | "township" | "county") => {
            matches!(role, Role::Township | Role::Relay) && action == Put
        }
        (Kind::Village, "team" | "pairings") => {
            role == Role::Township || (role == Role::Relay && action != Delete)
        }
        (Kind::Village, _) => {
            village_side || role == Role::Township || (role == Role::Relay && action != Delete)
        }
        // Needs: the village side writes, the unit answers for its part, the township reassigns and closes.
        (Kind::Need, "responses") => {
            village_side || matches!(role, Role::VillageCadre | Role::Unit | Role::Township)
        }
        (Kind::Need, "seen") => matches!(role, Role::Unit | Role::Township),
        (Kind::Need, "state") => action == Put && !matches!(role, Role::County | Role::Admin | Role::Relay),
        (Kind::Need, "unit" | "due") => village_side || matches!(role, Role::VillageCadre | Role::Township),
        (Kind::Need, "cadre" | "handed_back_reason") => role == Role::Unit,
        (Kind::Need, "plan" | "planned_on") => village_side || role == Role::Unit,
        (Kind::Need, _) if root.starts_with("result") => village_side || role == Role::Unit,
        (Kind::Need, "closed_on" | "closing_note") => role == Role::Township,
        (Kind::Need, _) => village_side || role == Role::VillageCadre,
    }
}

#[test]
fn the_table_and_the_statements_of_the_domain_agree_everywhere() {
    let mut asked = 0;
    for &kind in Kind::ALL {
        for (path, action) in everything(kind) {
            for &role in Role::ALL {
                let expected = oracle(role, kind, &path, action);
                assert_eq!(
                    may(role, kind, &path, action).is_ok(),
                    expected,
                    "{role:?} {kind:?} {path:?} {action:?}"
                );
                asked += 1;
            }
        }
    }
    assert!(
        asked > 5_000,
        "only {asked} combinations: the generator lost something"
    );
}

#[test]
fn the_table_in_words_is_the_reviewed_one() {
    let now = describe();
    let reviewed = include_str!("table.txt");
    assert!(
        now == reviewed,
        "rights changed; review and store as src/policy/table.txt:\n{now}"
    );
}

#[test]
fn no_rule_names_a_path_the_schema_does_not_have() {
    for rule in TABLE {
        let known = |name: &str| node(rule.kind, name);
        match rule.place {
            Where::Document => {}
            Where::Fields(names) => {
                for name in names {
                    assert!(
                        matches!(known(name), Some(Node::Field(_))),
                        "{:?} {name}",
                        rule.kind
                    );
                }
            }
            Where::Group(name) => assert!(matches!(known(name), Some(Node::Group { .. })), "{name}"),
            Where::Entries(name) => assert!(matches!(known(name), Some(Node::Entries { .. })), "{name}"),
        }
    }
}

#[test]
fn county_and_administrator_write_nothing() {
    for &kind in Kind::ALL {
        for (path, action) in everything(kind) {
            for role in [Role::County, Role::Admin] {
                assert!(
                    may(role, kind, &path, action).is_err(),
                    "{role:?} {kind:?} {path:?} {action:?}"
                );
            }
        }
    }
}

#[test]
fn a_unit_writes_only_its_part_of_a_need() {
    let mut writable = std::collections::BTreeSet::new();
    for &kind in Kind::ALL {
        for (path, action) in everything(kind) {
            if may(Role::Unit, kind, &path, action).is_ok() {
                assert_eq!(kind, Kind::Need);
                writable.insert(path[0]);
            }
        }
    }
    let expected = [
        "cadre",
        "handed_back_reason",
        "plan",
        "planned_on",
        "responses",
        "result",
        "result_amount_yuan",
        "result_on",
        "seen",
        "state",
    ];
    assert_eq!(writable.into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn nobody_touches_an_entry_that_stays() {
    for (kind, container) in [
        (Kind::Journal, "visits"),
        (Kind::Need, "responses"),
        (Kind::Need, "seen"),
        (Kind::Village, "notices"),
        (Kind::Village, "postings"),
    ] {
        let inner = node(kind, container).unwrap().fields()[0].name;
        for &role in Role::ALL {
            for path in [&[container, "k1"][..], &[container, "k1", inner]] {
                assert_eq!(
                    may(role, kind, path, Delete),
                    Err(Reason::AppendOnly),
                    "{role:?} {container}"
                );
            }
            assert_eq!(
                may(role, kind, &[container, "k1", inner], Put),
                Err(Reason::AppendOnly),
                "{role:?}"
            );
        }
    }
}

#[test]
fn a_refusal_tells_the_unknown_from_the_forbidden() {
    let team = |path: &[&str], action| may(Role::Team, Kind::Household, path, action);
    assert_eq!(team(&["verified_at"], Put), Err(Reason::NotAllowed));
    assert_eq!(team(&["bank_number"], Put), Err(Reason::UnknownField));
    assert_eq!(
        team(&["members", "k1", "bank_number"], Put),
        Err(Reason::UnknownField)
    );
    assert_eq!(team(&["members"], Delete), Err(Reason::BadOperation));
    assert_eq!(team(&["members", "k1"], Put), Err(Reason::BadOperation));
    assert_eq!(
        team(&["members", "k1", "name", "x"], Put),
        Err(Reason::BadOperation)
    );
    assert_eq!(team(&[], Delete), Err(Reason::BadOperation));
    assert_eq!(team(&["phone"], Create), Err(Reason::BadOperation));
}

#[test]
fn only_the_township_closes_a_need_and_only_the_unit_hands_it_back() {
    let may_set = |role, state: &str| {
        may_write_value(role, Kind::Need, &["state"], &Scalar::Str(state.to_owned())).is_ok()
    };
    for &role in Role::ALL {
        assert_eq!(may_set(role, "closed"), role == Role::Township, "{role:?}");
        assert_eq!(may_set(role, "handed_back"), role == Role::Unit, "{role:?}");
        assert_eq!(may_set(role, "accepted"), role == Role::Unit, "{role:?}");
        let asks_the_household = matches!(role, Role::Team | Role::Committee | Role::VillageCadre);
        assert_eq!(may_set(role, "solved"), asks_the_household, "{role:?}");
    }
    assert_eq!(
        may_write_value(Role::Unit, Kind::Need, &["plan"], &Scalar::Str("closed".into())),
        Ok(())
    );
}

#[test]
fn nobody_says_for_another_office_that_it_has_seen_a_need() {
    let may_say = |role, office: &str| {
        let path = ["seen", "k1", "office"];
        may(role, Kind::Need, &path, AddEntry).is_ok()
            && may_write_value(role, Kind::Need, &path, &Scalar::Str(office.to_owned())).is_ok()
    };
    for &role in Role::ALL {
        assert_eq!(may_say(role, "unit"), role == Role::Unit, "{role:?}");
        assert_eq!(may_say(role, "township"), role == Role::Township, "{role:?}");
    }
}

#[test]
fn every_state_of_a_need_can_be_set_by_somebody() {
    let Some(field) = crate::schema::field(Kind::Need, &["state"]) else {
        panic!("a need has a state")
    };
    let crate::schema::FieldType::Choice {
        options,
        strict: true,
    } = field.ty
    else {
        panic!("states are closed")
    };
    for option in options {
        assert!(
            NEED_STATES
                .iter()
                .any(|(_, states)| states.contains(&option.value)),
            "{}",
            option.value
        );
    }
}

#[test]
fn reading_follows_the_rights_of_the_domain() {
    let readers = |kind| {
        Role::ALL
            .iter()
            .copied()
            .filter(|role| readable(*role, kind))
            .collect::<Vec<_>>()
    };
    use Role::*;
    assert_eq!(
        readers(Kind::Household),
        [Team, Committee, VillageCadre, Township, County, Relay]
    );
    assert_eq!(
        readers(Kind::Journal),
        [Team, Committee, VillageCadre, Township, Relay]
    );
    assert_eq!(
        readers(Kind::Need),
        [Team, Committee, VillageCadre, Unit, Township, County, Relay]
    );
    assert_eq!(readers(Kind::Card), [Unit, Relay]);
}

#[test]
fn roles_come_back_from_their_names_and_numbers() {
    for &role in Role::ALL {
        assert_eq!(Role::parse(role.as_str()), Some(role));
        assert_eq!(Role::from_wire(role.wire()), Some(role));
        assert!(!role.zh().is_empty() && !role.en().is_empty());
    }
    assert_eq!(Role::parse("root"), None);
    assert_eq!(Role::from_wire(0), None);
}

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
    let group = matches!(root, "guarantees" | "declared");
    // An action must fit its path.
    let fits = match path.len() {
        0 => action == Create,
        1 => !container && matches!(action, Put | Delete),
        2 if group => matches!(action, Put | Delete),
        2 => matches!(action, AddEntry | Delete),
        _ => action != Create,
    };
    // What was written into a log stays.
    let casework = matches!(
        kind,
        Kind::Application | Kind::Case | Kind::Attendance | Kind::Notice | Kind::Plan | Kind::Check
    );
    let log = matches!(root, "visits" | "responses" | "seen" | "notices" | "postings")
        || (casework && container && !group);
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
        // The village side and the township's counter draft; events are told apart by their sort.
        (Kind::Application | Kind::Case, "events") => {
            village_side || matches!(role, Role::VillageCadre | Role::Township | Role::County)
        }
        (Kind::Application, _) => village_side || role == Role::Township,
        (Kind::Case, _) => village_side || matches!(role, Role::VillageCadre | Role::Township),
        // A member writes, the township decides and confirms.
        (Kind::Attendance, "" | "marks" | "leaves") => role == Role::Team,
        (Kind::Attendance, _) => role == Role::Township,
        // The township issues and never takes back, the committee posts, the village side has read.
        (Kind::Notice, "postings") => role == Role::Committee,
        (Kind::Notice, "receipts") => village_side || role == Role::VillageCadre,
        (Kind::Notice, _) => role == Role::Township && action != Delete,
        (Kind::Plan, "measures") => village_side || matches!(role, Role::Unit | Role::Township),
        (Kind::Plan, "results") => {
            village_side || matches!(role, Role::VillageCadre | Role::Unit | Role::Township)
        }
        (Kind::Plan, _) => village_side || role == Role::Township,
        (Kind::Check, "") => role == Role::Township,
        (Kind::Check, _) => matches!(role, Role::Township | Role::County),
        (Kind::Later(_), _) => false,
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
fn the_county_writes_events_and_checks_only_and_the_administrator_nothing() {
    let mut writable = std::collections::BTreeSet::new();
    for &kind in Kind::ALL {
        for (path, action) in everything(kind) {
            assert!(
                may(Role::Admin, kind, &path, action).is_err(),
                "{kind:?} {path:?}"
            );
            if may(Role::County, kind, &path, action).is_ok() {
                assert_eq!(action, AddEntry);
                writable.insert(format!("{}.{}", kind.as_str(), path[0]));
            }
        }
    }
    let expected = [
        "application.events",
        "case.events",
        "check.accounts",
        "check.reports",
    ];
    assert_eq!(writable.into_iter().collect::<Vec<_>>(), expected);
}

/// Section 6 of the rights, the line on applications: the village helps, the township accepts, investigates and
/// reviews, the county decides.
#[test]
fn the_team_never_accepts_reviews_or_decides() {
    let may_write = |role, sort| {
        let value = Scalar::Str(String::from(sort));
        may_write_value(role, Kind::Application, &["events", "k1", "event"], &value).is_ok()
    };
    let options = |kind| match crate::schema::field(kind, &["events", "k", "event"]).map(|field| field.ty) {
        Some(crate::schema::FieldType::Choice {
            options,
            strict: true,
        }) => options,
        _ => panic!("sorts of events are closed"),
    };
    let team: Vec<&str> = options(Kind::Application)
        .iter()
        .map(|choice| choice.value)
        .filter(|sort| may_write(Role::Team, *sort))
        .collect();
    assert_eq!(
        team,
        ["note", "objection", "change_reported", "emergency_reported"]
    );
    for sort in ["accept", "survey_start", "opinion", "send_county", "aid_given"] {
        let who: Vec<_> = Role::ALL.iter().filter(|role| may_write(**role, sort)).collect();
        assert_eq!(who, [&Role::Township], "{sort}");
    }
    for sort in [
        "approve",
        "refuse",
        "stop",
        "county_visit",
        "random_check",
        "check_started",
    ] {
        let who: Vec<_> = Role::ALL.iter().filter(|role| may_write(**role, sort)).collect();
        assert_eq!(who, [&Role::County], "{sort}");
    }
    let proxies: Vec<_> = Role::ALL
        .iter()
        .filter(|role| may_write(**role, "submit"))
        .collect();
    assert_eq!(proxies, [&Role::Committee, &Role::Township]);
    for kind in [Kind::Application, Kind::Case] {
        for choice in options(kind) {
            let somebody = |role: &&Role| may_write_event(**role, kind, choice.value);
            assert!(Role::ALL.iter().any(|role| somebody(&role)), "{}", choice.value);
        }
        for (_, sorts) in casework::events(kind) {
            for sort in *sorts {
                assert!(options(kind).iter().any(|choice| choice.value == *sort), "{sort}");
            }
        }
    }
}

#[test]
fn an_event_is_signed_as_what_its_author_is() {
    for &role in Role::ALL {
        for &said in Role::ALL {
            let value = Scalar::Str(said.as_str().to_owned());
            let judged = may_write_value(role, Kind::Case, &["events", "k1", "role"], &value);
            assert_eq!(judged.is_ok(), role == said, "{role:?} as {said:?}");
        }
    }
}

#[test]
fn a_member_writes_no_month_but_their_own() {
    let month = DocId::attendance("v1", 2026, 3, "p7").unwrap();
    let own = |role, person| is_own(role, Kind::Attendance, &month, Some("v1"), person);
    assert!(own(Role::Team, Some("p7")));
    assert!(!own(Role::Team, Some("p8")) && !own(Role::Team, None));
    assert!(own(Role::Township, Some("p8")), "the table decides about others");
    assert!(is_own(Role::Team, Kind::Case, &month, None, None));
}

#[test]
fn a_unit_writes_only_its_part_of_a_need() {
    let mut writable = std::collections::BTreeSet::new();
    for &kind in Kind::ALL {
        for (path, action) in everything(kind) {
            if may(Role::Unit, kind, &path, action).is_ok() {
                if kind == Kind::Plan {
                    assert!(matches!(path[0], "measures" | "results") && action == AddEntry);
                    continue;
                }
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
    for kind in [Kind::Application, Kind::Case, Kind::Notice] {
        assert_eq!(
            readers(kind),
            [Team, Committee, VillageCadre, Township, County, Relay]
        );
    }
    assert_eq!(
        readers(Kind::Attendance),
        [Team, Committee, VillageCadre, Township, Relay]
    );
    assert_eq!(
        readers(Kind::Plan),
        [Team, Committee, VillageCadre, Unit, Township, County, Relay]
    );
    assert_eq!(readers(Kind::Check), [Township, County, Relay]);
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

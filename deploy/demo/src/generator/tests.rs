//! What the generator promises: the same from the same seed, of the right weight, allowed by schema and policy.

use std::collections::BTreeSet;

use sync_core::edit::{Edit, EditOp};
use sync_core::policy::{Action, may, may_write_value};
use sync_core::schema::{Kind, check_entry_key, check_put};
use sync_core::value::Scalar;

use super::*;

fn spec(households_per_village: usize) -> Spec {
    Spec {
        seed: 20_261_123,
        villages: 2,
        households_per_village,
        units: 2,
        now_s: NOW_S,
    }
}

fn kind_of(id: &str) -> Kind {
    match id.rsplit_once('.') {
        None => Kind::Household,
        Some((_, rest)) if rest.starts_with('j') => Kind::Journal,
        Some(_) => Kind::Need,
    }
}

/// Every scalar below an object, with its path.
fn scalars(at: Vec<String>, value: &Value, out: &mut Vec<(Vec<String>, Scalar)>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                scalars([at.clone(), vec![key.clone()]].concat(), value, out);
            }
        }
        other => out.push((at, Scalar::from_json(other).expect("no floats and no lists"))),
    }
}

fn check_writes(role: Role, kind: Kind, base: &[String], value: &Value, adding: bool) {
    let mut writes = Vec::new();
    scalars(base.to_vec(), value, &mut writes);
    for (path, value) in writes {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        assert_eq!(check_put(kind, &path, &value), Ok(()), "{kind:?} {path:?}");
        let action = if adding && path.len() == 3 {
            Action::AddEntry
        } else {
            Action::Put
        };
        assert_eq!(
            may(role, kind, &path, action),
            Ok(()),
            "{role:?} {kind:?} {path:?}"
        );
        assert_eq!(
            may_write_value(role, kind, &path, &value),
            Ok(()),
            "{role:?} {kind:?} {path:?}"
        );
    }
}

/// As the gate would: shape and rights of every operation.
fn check_edit(authors: &[Person], edit: &AuthoredEdit) {
    let role = authors[edit.author].role;
    match &edit.edit {
        Edit::New(new) => {
            let kind = Kind::parse(&new.new).unwrap();
            assert_eq!(may(role, kind, &[], Action::Create), Ok(()), "{role:?} {kind:?}");
            check_writes(role, kind, &[], &new.value.clone().into(), true);
        }
        Edit::Change(change) => {
            let kind = kind_of(change.doc.as_str());
            for op in &change.ops {
                match op {
                    EditOp::Set { path, value } => check_writes(role, kind, path, value, false),
                    EditOp::Add { path, key, value } => {
                        let key = key.clone().unwrap();
                        assert_eq!(check_entry_key(kind, &path[0], &key), Ok(()));
                        assert_eq!(
                            may(role, kind, &[&path[0], &key], Action::AddEntry),
                            Ok(()),
                            "{role:?} {path:?}"
                        );
                        check_writes(role, kind, &[path[0].clone(), key], &value.clone().into(), true);
                    }
                    EditOp::Delete { .. } => panic!("the generator deletes nothing"),
                }
            }
        }
    }
}

#[test]
fn every_edit_is_one_its_author_may_make() {
    let village = village(&spec(40), 1);
    let returning = workload::returning(&village, 1, workload::ReturnSize::default(), NOW_S);
    let live = workload::live(&village, 1, 50, NOW_S);
    let all = village.households.iter().flat_map(|household| &household.edits);
    for edit in all.chain(&returning.own).chain(&returning.others).chain(&live) {
        check_edit(&village.authors, edit);
    }
    check_writes(
        Role::Relay,
        Kind::Village,
        &[],
        &village.document.value.clone().into(),
        true,
    );
}

#[test]
fn the_same_seed_makes_the_same_and_another_seed_another() {
    let text = |spec: &Spec| serde_json::to_string(&village(spec, 0).households[3].file).unwrap();
    assert_eq!(text(&spec(5)), text(&spec(5)));
    assert_ne!(text(&spec(5)), text(&Spec { seed: 1, ..spec(5) }));
}

#[test]
fn a_village_alone_is_the_same_as_in_its_township() {
    let whole = township(&spec(4));
    let alone = village(&spec(4), 1);
    assert_eq!(whole.villages[1].households[2].file, alone.households[2].file);
    assert_eq!((whole.units.len(), whole.villages.len()), (2, 2));
    let ids: BTreeSet<_> = whole.people.iter().map(|person| &person.id).collect();
    assert_eq!(ids.len(), whole.people.len(), "somebody is listed twice");
    let households = whole
        .villages
        .iter()
        .flat_map(|village| village.households.iter().map(|h| &h.id));
    assert_eq!(households.collect::<BTreeSet<_>>().len(), 8);
}

#[test]
fn a_history_leads_to_the_documents_as_they_stand() {
    let village = village(&spec(30), 0);
    let mut replay = Replay::default();
    for edit in &History::of(&village).edits {
        replay.apply(&edit.edit).unwrap();
    }
    for document in village.households.iter().flat_map(Household::documents) {
        let id = document.id.as_ref().unwrap();
        assert_eq!(replay.get(id).map(|d| &d.value), Some(&document.value), "{id}");
    }
}

#[test]
fn a_village_has_the_weight_of_a_real_one() {
    let village = village(&spec(300), 0);
    let count = village.households.len();
    let bytes: usize = village
        .households
        .iter()
        .flat_map(Household::documents)
        .map(|document| serde_json::to_string(&document.value).unwrap().len())
        .sum();
    let edits: usize = village
        .households
        .iter()
        .map(|household| household.edits.len())
        .sum();
    assert!(
        (2_500..3_600).contains(&(bytes / count)),
        "{} bytes a household",
        bytes / count
    );
    assert!(
        (26..34).contains(&(edits / count)),
        "{} edits a household",
        edits / count
    );
    for household in &village.households {
        let members = household.file.value["members"].as_object().unwrap().len();
        let visits: usize = household
            .journals
            .iter()
            .map(|j| j.value["visits"].as_object().unwrap().len())
            .sum();
        assert!((2..=6).contains(&members) && (3..=10).contains(&visits) && household.needs.len() <= 4);
        let writers: BTreeSet<usize> = household.edits.iter().map(|edit| edit.author).collect();
        assert!(
            writers.len() >= 3,
            "{} has only {} authors",
            household.id,
            writers.len()
        );
    }
}

#[test]
fn families_are_consistent() {
    let village = village(&spec(200), 0);
    let this_year = 2026;
    let mut numbers = BTreeSet::new();
    for household in &village.households {
        let members: Vec<&Value> = household.file.value["members"]
            .as_object()
            .unwrap()
            .values()
            .collect();
        let head = members
            .iter()
            .find(|member| member["relation"] == "户主")
            .unwrap();
        assert_eq!(head["name"], household.file.value["householder"]);
        let born = |member: &Value| {
            member["birth_date"].as_str().unwrap()[..4]
                .parse::<i32>()
                .unwrap()
        };
        for member in &members {
            let number = member["id_number"].as_str().unwrap();
            assert_eq!(
                number[6..14],
                member["birth_date"].as_str().unwrap().replace('-', "")
            );
            assert_eq!(
                number.chars().last(),
                Some(identity::check_character(&number[..17]))
            );
            assert!(
                numbers.insert(number.to_owned()),
                "an identity number is used twice"
            );
            let age = this_year - born(member);
            let older = born(head) - born(member);
            match member["relation"].as_str().unwrap() {
                "父" | "母" => assert!(older >= 18, "a parent only {older} years older"),
                "子" | "女" => assert!(older <= -18, "a child only {} years younger", -older),
                "孙" => assert!(older <= -36, "a grandchild only {} years younger", -older),
                _ => {}
            }
            if member["employment"] == "在校" {
                assert!(
                    (3..=24).contains(&age) && member.get("school_state").is_some(),
                    "a pupil of {age}"
                );
            }
        }
    }
}

#[test]
fn a_return_edits_what_it_says() {
    let village = village(&spec(300), 0);
    let returning = workload::returning(&village, 3, workload::ReturnSize::default(), NOW_S);
    assert_eq!(
        (
            returning.own.len(),
            returning.others.len(),
            returning.shared.len()
        ),
        (40, 60, 5)
    );
    let household = |edit: &AuthoredEdit| match &edit.edit {
        Edit::New(new) => new.household.clone().unwrap(),
        Edit::Change(change) => DocId::parse(change.doc.as_str().split('.').next().unwrap()).unwrap(),
    };
    let own: BTreeSet<DocId> = returning.own.iter().map(household).collect();
    let others: BTreeSet<DocId> = returning.others.iter().map(household).collect();
    assert_eq!(
        own.intersection(&others).cloned().collect::<BTreeSet<_>>(),
        returning.shared.iter().cloned().collect()
    );
    assert_eq!((own.len(), others.len(), returning.same_field.len()), (30, 45, 2));
    assert!(returning.own.iter().all(|edit| edit.author == returning.author));
    assert!(
        returning
            .others
            .iter()
            .all(|edit| edit.author != returning.author)
    );
    assert!(returning.own.windows(2).all(|pair| pair[0].at <= pair[1].at));
    for side in [&returning.own, &returning.others] {
        let mut replay = Replay::default();
        for edit in History::of(&village).edits.iter().chain(side) {
            replay.apply(&edit.edit).unwrap();
        }
    }
    assert_eq!(workload::live(&village, 3, 200, NOW_S).len(), 200);
}

#[test]
fn a_return_to_a_small_village_works_too() {
    let village = village(&spec(3), 0);
    let returning = workload::returning(&village, 3, workload::ReturnSize::default(), NOW_S);
    assert_eq!((returning.own.len(), returning.others.len()), (40, 60));
}

#[test]
fn nobody_is_entered_before_being_born() {
    let village = village(&spec(100), 0);
    for edit in village.households.iter().flat_map(|household| &household.edits) {
        let Edit::Change(change) = &edit.edit else {
            continue;
        };
        for op in &change.ops {
            if let EditOp::Add { path, value, .. } = op
                && path == &["members"]
            {
                let born = value["birth_date"].as_str().unwrap();
                // A child of the last weeks is entered on the last day.
                let recent = calendar::day_text(NOW_S - 200 * calendar::DAY_S);
                assert!(
                    born < calendar::day_text(edit.at).as_str() || born > recent.as_str(),
                    "{born}"
                );
            }
        }
    }
}

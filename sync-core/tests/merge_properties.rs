//! How edits of several people meet: whatever they write and in whatever order it arrives, all replicas become equal,
//! nothing is lost, and the gate admits all of it.
//!
//! Told natively and, from `sync-core/wasm/stories`, in WebAssembly: there each test is an exported function.
#![allow(unreachable_pub, reason = "an exported function is public")]

mod common;

use automerge::ChangeHash;
use common::*;
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use sync_core::document::{Conflict, Document};
use sync_core::edit::EditOp;
use sync_core::gate;
use sync_core::schema::Kind;
use sync_core::value::Scalar;
use sync_core::wire::snapshot;
#[cfg(target_family = "wasm")]
use wasm_bindgen::prelude::wasm_bindgen as test;

/// In WebAssembly always the same cases: a trap there leaves nothing to shrink.
fn config() -> ProptestConfig {
    let config = ProptestConfig {
        cases: 192,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    #[cfg(target_family = "wasm")]
    let config = ProptestConfig {
        rng_seed: proptest::test_runner::RngSeed::Fixed(1),
        ..config
    };
    config
}

fn kinds() -> impl Strategy<Value = Kind> {
    prop_oneof![4 => Just(Kind::Household), 1 => Just(Kind::Journal), 2 => Just(Kind::Need)]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (0..DEVICES.len(), 0..16u32, 0..6u32).prop_map(|(device, what, value)| Step::Edit { device, what, value }),
        1 => (0..DEVICES.len(), 0..DEVICES.len()).prop_map(|(from, to)| Step::Hear { from, to }),
    ];
    proptest::collection::vec(step, 1..24)
}

/// A server that has admitted all changes in this order.
fn admit_all<'a>(
    story: &Story,
    order: impl IntoIterator<Item = &'a (usize, sync_core::change::TypedChange)>,
) -> Result<Document, TestCaseError> {
    let mut server = story.genesis();
    for (device, change) in order {
        let admitted = gate::admit(&mut server, change, &story.signer(*device));
        prop_assert!(
            admitted.is_ok(),
            "an honest change was refused: {admitted:?} of {:?}",
            change.ops
        );
    }
    prop_assert!(server.check_reload().is_ok());
    prop_assert_eq!(gate::check_document(&server), Ok(()));
    Ok(server)
}

/// A field with its values and where they were said.
type Sides = (Vec<String>, Vec<(Scalar, ChangeHash)>);

fn sorted(mut conflicts: Vec<Conflict>) -> Vec<Sides> {
    conflicts.sort_by(|a, b| a.path.cmp(&b.path));
    conflicts
        .into_iter()
        .map(|conflict| {
            let values = conflict.values.into_iter();
            (
                conflict.path,
                values.map(|value| (value.value, value.change)).collect(),
            )
        })
        .collect()
}

fn paths_touched(ops: &[EditOp]) -> Vec<String> {
    ops.iter()
        .map(|op| match op {
            EditOp::Set { path, .. } | EditOp::Delete { path } => format!("/{}", path.join("/")),
            EditOp::Add { path, key, .. } => format!("/{}/{}", path.join("/"), key.as_deref().unwrap_or("")),
        })
        .collect()
}

proptest! {
    #![proptest_config(config())]

    /// What folds events relies on it: the order of acceptance survives saving, whatever grew beside what.
    #[cfg_attr(not(target_family = "wasm"), test)]
    fn a_saved_document_keeps_the_order_in_which_changes_were_accepted(
        kind in kinds(),
        steps in steps(),
        draws in proptest::collection::vec(any::<usize>(), 200),
    ) {
        let story = Story::tell(kind, &steps);
        let mut draws = draws.into_iter().cycle();
        let order = story.causal_order(|count| draws.next().unwrap_or(0) % count);
        let mut server = story.genesis();
        let mut accepted = server.heads();
        for (_, change) in order {
            let built = change.to_automerge().unwrap();
            accepted.push(built.hash());
            server.apply(built).unwrap();
        }
        let again = Document::load(server.id(), 0, &server.save()).unwrap();
        for (position, hash) in accepted.iter().enumerate() {
            prop_assert_eq!(server.change_info(hash).unwrap().position, position);
            prop_assert_eq!(again.change_info(hash).unwrap().position, position);
        }
    }

    #[cfg_attr(not(target_family = "wasm"), test)]
    fn replicas_are_equal_whatever_order_the_changes_arrive_in(
        kind in kinds(),
        steps in steps(),
        draws in proptest::collection::vec(0..8usize, 24),
    ) {
        let mut story = Story::tell(kind, &steps);
        let in_order = admit_all(&story, &story.changes)?;
        let mut at = 0;
        let order = story.causal_order(|ready| {
            at += 1;
            draws[at % draws.len()] % ready
        });
        let shuffled = admit_all(&story, order.iter().copied())?;
        prop_assert_eq!(shuffled.heads(), in_order.heads());
        prop_assert_eq!(shuffled.json(), in_order.json());
        prop_assert_eq!(sorted(shuffled.conflicts()), sorted(in_order.conflicts()));

        let again = admit_all(&story, order)?;
        prop_assert_eq!(again.save(), shuffled.save(), "the same order makes the same bytes");

        for to in 0..DEVICES.len() {
            for from in 0..DEVICES.len() {
                story.hear(from, to);
            }
            prop_assert_eq!(story.replicas[to].heads(), in_order.heads());
            prop_assert_eq!(story.replicas[to].json(), in_order.json());
            prop_assert_eq!(sorted(story.replicas[to].conflicts()), sorted(in_order.conflicts()));
        }
        // Applying what is held already changes nothing.
        let before = story.replicas[0].save();
        story.hear(1, 0);
        prop_assert_eq!(story.replicas[0].save(), before);
    }

    #[cfg_attr(not(target_family = "wasm"), test)]
    fn a_change_and_a_document_come_back_from_the_wire_as_they_were(kind in kinds(), steps in steps()) {
        let story = Story::tell(kind, &steps);
        let mut server = story.genesis();
        let mut last = [None; DEVICES.len()];
        for (device, change) in &story.changes {
            let actor = DEVICES[*device].actor(server.id(), 0);
            let previous = Knows { previous: last[*device], ..Knows::blind(&server, false) };
            for context in [Knows::at_heads(&server), Knows::blind(&server, true), previous] {
                let bytes = to_wire(change, &context);
                prop_assert_eq!(&from_wire(&bytes, actor.clone(), &context).unwrap(), change);
            }
            let hash = gate::admit(&mut server, change, &story.signer(*device)).unwrap();
            last[*device] = Some(hash);
            // The author's own document knows the change by the hash that was rebuilt.
            prop_assert!(story.replicas[*device].change_info(&hash).is_some());
        }
        let knows = Knows::blind(&server, false);
        use sync_core::wire::change::Context;
        let saved = server.save();
        let stripped = snapshot::strip(&saved, |actor| knows.author_ref(actor)).unwrap();
        let rebuilt = snapshot::rebuild(&stripped, |author| knows.actor(author)).unwrap();
        prop_assert_eq!(&rebuilt.saved, &saved);
        prop_assert_eq!(&rebuilt.heads, &server.heads());
        let with_heads = snapshot::rebuild_with_heads(&stripped, &server.heads(), |author| knows.actor(author));
        prop_assert_eq!(with_heads.unwrap(), saved.clone());
        let loaded = Document::load(server.id(), 0, &saved).unwrap();
        prop_assert_eq!(loaded.json(), server.json());
        prop_assert_eq!(loaded.save(), saved);
    }

    #[cfg_attr(not(target_family = "wasm"), test)]
    fn an_edit_changes_what_it_names_and_nothing_else(
        steps in steps(),
        device in 0..3usize,
        what in 0..16u32,
        value in 0..6u32,
    ) {
        let mut story = Story::tell(Kind::Household, &steps);
        for from in 0..DEVICES.len() {
            story.hear(from, device);
        }
        let replica = &mut story.replicas[device];
        let before = leaves(&replica.json());
        let ops = honest_edit(replica, device, what, value, 1_000);
        let touched = paths_touched(&ops);
        edit(replica, device, TIME_S, &ops);
        let after = leaves(&replica.json());
        let under = |path: &str| touched.iter().any(|at| path == at || path.starts_with(&format!("{at}/")));
        for leaf in before.iter().filter(|leaf| !after.contains(leaf)).chain(after.iter().filter(|leaf| !before.contains(leaf))) {
            prop_assert!(under(&leaf.0), "{} changed, but {touched:?} was written", leaf.0);
        }
        // What was named is as it was written.
        for op in &ops {
            let EditOp::Set { path, value } = op else { continue };
            if ops.iter().filter(|other| paths_touched(std::slice::from_ref(other)) == paths_touched(std::slice::from_ref(op))).count() > 1 {
                continue;
            }
            let json = replica.json();
            let written = path.iter().try_fold(&json, |at, part| at.get(part));
            match value {
                Json::Object(fields) => for (name, value) in fields {
                    prop_assert_eq!(written.and_then(|at| at.get(name)), Some(value));
                },
                value => prop_assert_eq!(written, Some(value)),
            }
        }
        for op in &ops {
            let EditOp::Delete { path } = op else { continue };
            if touched.iter().filter(|at| at.starts_with(&format!("/{}", path.join("/")))).count() > 1 {
                continue;
            }
            let json = replica.json();
            prop_assert_eq!(path.iter().try_fold(&json, |at, part| at.get(part)), None, "{:?}", path);
        }
    }

    #[cfg_attr(not(target_family = "wasm"), test)]
    fn two_people_who_make_the_same_thing_lose_nothing(
        mine in proptest::collection::btree_map(0..5usize, 0..100i64, 1..5),
        theirs in proptest::collection::btree_map(0..5usize, 0..100i64, 1..5),
        third in proptest::collection::btree_map(0..5usize, 0..100i64, 0..5),
    ) {
        const FIELDS: [&str; 5] = ["wage_yuan", "business_yuan", "property_yuan", "transfer_yuan", "farm_yuan"];
        let mut story = Story::tell(Kind::Household, &[]);
        let written = [&mine, &theirs, &third];
        for (device, fields) in written.iter().enumerate() {
            let value: serde_json::Map<_, _> = fields.iter().map(|(at, value)| (FIELDS[*at].to_owned(), json!(value))).collect();
            if let Some(change) = edit(&mut story.replicas[device], device, TIME_S, &[set(&["income", "2026"], value.into())]) {
                story.changes.push((device, change));
            }
        }
        let server = admit_all(&story, &story.changes)?;
        let year = server.json()["income"]["2026"].clone();
        let conflicts = server.conflicts();
        for (at, name) in FIELDS.iter().enumerate() {
            let values: std::collections::BTreeSet<i64> = written.iter().filter_map(|fields| fields.get(&at)).copied().collect();
            let path = vec!["income".to_owned(), "2026".to_owned(), (*name).to_owned()];
            let conflict = conflicts.iter().find(|conflict| conflict.path == path);
            match values.len() {
                0 => prop_assert_eq!(year.get(name), None),
                1 => {
                    prop_assert_eq!(year.get(name), Some(&json!(values.first())));
                    prop_assert!(conflict.is_none());
                }
                _ => {
                    let listed: std::collections::BTreeSet<i64> = conflict
                        .expect("both values stay visible")
                        .values
                        .iter()
                        .map(|value| match value.value { Scalar::Int(int) => int, _ => -1 })
                        .collect();
                    prop_assert_eq!(&listed, &values, "every side is listed");
                    let shown = year[name].as_i64().unwrap();
                    prop_assert!(values.contains(&shown));
                    prop_assert_eq!(conflict.unwrap().values.last().map(|value| value.value.clone()), Some(Scalar::Int(shown)));
                }
            }
        }
        // Choosing is an ordinary edit: afterwards there is one value, on every replica, and clearing clears.
        let chosen: Vec<EditOp> = conflicts.iter().map(|conflict| EditOp::Set { path: conflict.path.clone(), value: json!(7) }).collect();
        let mut chooser = server.clone();
        if let Some(change) = edit(&mut chooser, 0, TIME_S, &chosen) {
            let mut server = server.clone();
            prop_assert!(gate::admit(&mut server, &change, &story.signer(0)).is_ok());
            prop_assert_eq!(server.conflicts(), vec![]);
            for conflict in &conflicts {
                prop_assert_eq!(&server.json()["income"]["2026"][&conflict.path[2]], &json!(7));
            }
        }
        let mut clearer = server.clone();
        let all: Vec<EditOp> = FIELDS.iter().map(|name| delete(&["income", "2026", name])).collect();
        if let Some(change) = edit(&mut clearer, 1, TIME_S, &all) {
            let mut server = server.clone();
            prop_assert!(gate::admit(&mut server, &change, &story.signer(1)).is_ok());
            prop_assert_eq!(&server.json()["income"]["2026"], &json!({}));
        }
    }

    #[cfg_attr(not(target_family = "wasm"), test)]
    fn one_journal_made_on_two_phones_holds_the_visits_of_both(left in 1..6u32, right in 1..6u32) {
        let mut steps: Vec<Step> = (0..left).map(|value| Step::Edit { device: 0, what: 0, value }).collect();
        steps.extend((0..right).map(|value| Step::Edit { device: 1, what: 0, value }));
        let story = Story::tell(Kind::Journal, &steps);
        let server = admit_all(&story, &story.changes)?;
        let visits = server.json()["visits"].as_object().unwrap().clone();
        prop_assert_eq!(visits.len() as u32, left + right);
        prop_assert!(visits.values().all(|visit| visit["found"].is_string() && visit["promised"] == "联系医保"));
        prop_assert_eq!(server.conflicts(), vec![]);
    }
}

#[test]
pub fn both_values_of_one_field_are_listed_with_who_and_when() {
    let mut story = Story::tell(Kind::Household, &[]);
    for (device, phone) in [(0, "13500000001"), (1, "13500000002"), (2, "13500000003")] {
        let ops = [set(&["phone"], json!(phone))];
        let change = edit(&mut story.replicas[device], device, TIME_S + device as i64, &ops).unwrap();
        story.changes.push((device, change));
    }
    let server = admit_all(&story, &story.changes).unwrap();
    let conflicts = server.conflicts();
    assert_eq!(conflicts.len(), 1);
    assert_eq!(conflicts[0].path, ["phone"]);
    let mut seen: Vec<_> = conflicts[0]
        .values
        .iter()
        .map(|value| (value.time - TIME_S, value.actor.clone(), value.value.clone()))
        .collect();
    seen.sort();
    for (device, value) in seen.iter().enumerate() {
        assert_eq!(value.0, device as i64);
        assert_eq!(value.1, DEVICES[device].actor(server.id(), 0));
        assert_eq!(value.2, Scalar::Str(format!("1350000000{}", device + 1)));
    }
    assert_eq!(
        Scalar::from_json(&server.json()["phone"]),
        conflicts[0].values.last().map(|value| value.value.clone())
    );
}

/// WebAssembly exports public functions, and a property is none.
#[cfg(target_family = "wasm")]
macro_rules! tell {
    ($($property:ident)*) => {
        pub mod told {
            use wasm_bindgen::prelude::wasm_bindgen;
            $(
                #[wasm_bindgen]
                pub fn $property() {
                    super::$property();
                }
            )*
        }
    };
}

#[cfg(target_family = "wasm")]
tell! {
    a_saved_document_keeps_the_order_in_which_changes_were_accepted
    replicas_are_equal_whatever_order_the_changes_arrive_in
    a_change_and_a_document_come_back_from_the_wire_as_they_were
    an_edit_changes_what_it_names_and_nothing_else
    two_people_who_make_the_same_thing_lose_nothing
    one_journal_made_on_two_phones_holds_the_visits_of_both
}

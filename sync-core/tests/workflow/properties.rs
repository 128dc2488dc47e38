//! What holds of every story, however wild: the fold is a function of the set of events, loses none, reaches no state
//! without its evidence, and takes anything.

use std::collections::BTreeMap;

use proptest::prelude::*;
use sync_core::policy::Role;
use sync_core::schema::{self, FieldType};
use sync_core::value::Scalar;
use sync_core::workflow::fold::Next;
use sync_core::workflow::procedure::{Limit, Procedure, Test};
use sync_core::workflow::{Book, Calendar, Day, Event, Folded, Step, fold};

fn procedures() -> Vec<Procedure> {
    Book::builtin().iter().cloned().collect()
}

/// What people could say, and sometimes what nobody would.
fn event(sorts: Vec<String>) -> impl Strategy<Value = Event> {
    let role = proptest::sample::select(Role::ALL.to_vec());
    let claimed = prop_oneof![8 => 1_780_000_000i64..1_800_000_000, 1 => any::<i64>()];
    let received = prop_oneof![
        8 => (1_780_000_000i64..1_800_000_000).prop_map(Some),
        1 => Just(None),
        1 => any::<i64>().prop_map(Some),
    ];
    let value = prop_oneof![
        3 => prop_oneof![Just("passed"), Just("failed"), Just("k1"), Just("应急"), Just("")]
            .prop_map(|text| Scalar::Str(text.to_owned())),
        2 => any::<bool>().prop_map(Scalar::Bool),
        2 => (-2i64..2_000).prop_map(Scalar::Int),
        1 => (0i64..700).prop_map(|days| Scalar::Str(Day::parse("2026-01-01").unwrap().plus(days).to_string())),
    ];
    let names = proptest::sample::select(vec![
        "text",
        "files",
        "reason",
        "conclusion",
        "amount_yuan",
        "members_count",
        "pay_from",
        "until",
        "applicant",
        "authorised",
        "mandate",
        "investigator_1",
        "investigator_2",
        "family_signed",
        "department",
        "failed_indicators",
        "source",
        "risk",
        "monitoring_type",
        "months_stable",
        "items",
        "relation",
        "corrects",
    ]);
    let fields = proptest::collection::btree_map(names.prop_map(str::to_owned), value, 0..12);
    let sort = prop_oneof![12 => proptest::sample::select(sorts), 1 => "[a-z_]{0,12}"];
    (
        0u32..60,
        0usize..70,
        sort,
        proptest::option::weighted(0.95, role),
        0u8..5,
        claimed,
        received,
        fields,
    )
        .prop_map(
            |(key, position, sort, role, person, claimed_s, received_s, fields)| Event {
                key: format!("k{key}"),
                sort,
                role,
                author: format!("p{person}"),
                name: None,
                position,
                claimed_s,
                received_s,
                fields,
            },
        )
}

fn sorts() -> Vec<String> {
    let mut sorts: Vec<String> = procedures()
        .iter()
        .flat_map(|one| one.events.keys().cloned())
        .collect();
    sorts.sort_unstable();
    sorts.dedup();
    sorts
}

/// An honest walk: at each moment somebody does one of the things that can be done next, saying all that is asked.
fn walk(procedure: &Procedure, calendar: &Calendar, choices: &[(usize, u32)]) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::new();
    let mut now_s = 1_767_600_000;
    for (number, (choice, hours)) in choices.iter().enumerate() {
        now_s += i64::from(*hours) * 3_600;
        let folded = fold(procedure, calendar, &events, Some(now_s));
        // Mostly onwards; now and then something that ends the case or leaves it where it is.
        let aside = [
            "note",
            "withdraw",
            "terminate",
            "kinship",
            "extend",
            "change_reported",
            "not_accepted",
            "dismiss",
        ];
        let onwards = |next: &&Next| {
            next.missing.is_empty() && (choice % 23 == 0 || !aside.contains(&next.event.as_str()))
        };
        let ready: Vec<&Next> = folded.next.iter().filter(onwards).collect();
        let Some(next) = ready.get(choice % ready.len().max(1)) else {
            continue;
        };
        let role = next.roles.first().and_then(|role| Role::parse(role)).unwrap();
        let mut fields: BTreeMap<String, Scalar> = BTreeMap::new();
        if let Some(nodes) = schema::node(procedure.kind, "events") {
            for field in nodes.fields() {
                let value = match field.ty {
                    FieldType::Bool => Scalar::Bool(true),
                    FieldType::Int { .. } => Scalar::Int(6),
                    FieldType::Choice { .. } if field.name == "conclusion" => {
                        Scalar::Str(["passed", "failed"][usize::from(choice % 3 == 0)].to_owned())
                    }
                    FieldType::Choice { .. } if field.name == "department" => {
                        let by = ["应急", "医保", "教育", "住建", "人社"];
                        Scalar::Str(by[choice % by.len()].to_owned())
                    }
                    FieldType::Date => Scalar::Str(Day::of(now_s).plus_months(1).to_string()),
                    _ => Scalar::Str("x".to_owned()),
                };
                fields.insert(field.name.to_owned(), value);
            }
        }
        fields.remove("corrects");
        fields.insert("role".to_owned(), Scalar::Str(role.as_str().to_owned()));
        events.push(Event {
            key: format!("k{number}"),
            sort: next.event.clone(),
            role: Some(role),
            author: format!("p{}", number % 3),
            name: None,
            position: number,
            claimed_s: now_s,
            received_s: Some(now_s),
            fields,
        });
    }
    events
}

/// The evidence of one step, asked a second time and in another way: from the steps that are shown and the events.
fn evidence_of(procedure: &Procedure, folded: &Folded, at: usize, events: &[Event]) -> Result<(), String> {
    let step = &folded.steps[at];
    let event = find(events, step);
    let rule = &procedure.events[&step.event];
    for need in &rule.needs {
        let holds = |test: &Test| holds(folded, at, event, events, test);
        let asked = need.when.is_empty() || need.when.iter().any(holds);
        if asked && !need.any.iter().any(holds) {
            return Err(format!("{} without {}", step.event, need.en));
        }
    }
    Ok(())
}

fn find<'a>(events: &'a [Event], step: &Step) -> &'a Event {
    let same = |event: &&Event| {
        event.key == step.key
            && event.sort == step.event
            && event.author == step.person
            && (event.claimed_s, event.received_s) == (step.claimed_s, step.received_s)
    };
    events.iter().find(same).unwrap()
}

fn holds(folded: &Folded, at: usize, event: &Event, events: &[Event], test: &Test) -> bool {
    let counted = |step: &&Step| step.why.is_none() && step.corrects.is_none();
    let before: Vec<&Step> = folded.steps[..at].iter().filter(counted).collect();
    let since = match &test.since {
        Some(sort) => match before.iter().rposition(|step| step.event == *sort) {
            Some(place) => Some(place),
            None => return false,
        },
        None => None,
    };
    let said = |event: &Event| {
        let Some(name) = &test.field else { return true };
        match event.fields.get(name) {
            None => false,
            Some(value) if !test.is.is_empty() => test.is.iter().any(|wanted| wanted.is(value)),
            Some(Scalar::Int(number)) if test.at_least.is_some() || test.at_most.is_some() => {
                test.at_least.unwrap_or(i64::MIN) <= *number && *number <= test.at_most.unwrap_or(i64::MAX)
            }
            Some(_) if test.at_least.is_some() || test.at_most.is_some() => false,
            Some(Scalar::Str(text)) if test.next_month => {
                let (year, month, _) = Day::of(event.received_s.unwrap_or(event.claimed_s)).civil();
                let (year, month) = if month == 12 {
                    (year + 1, 1)
                } else {
                    (year, month + 1)
                };
                text.starts_with(&format!("{year:04}-{month:02}-"))
            }
            Some(_) if test.next_month => false,
            Some(Scalar::Str(text)) => !text.trim().is_empty(),
            Some(Scalar::Bool(yes)) => *yes,
            Some(value) => matches!(value, Scalar::Int(_)),
        }
    };
    let value = if let Some(Limit::Days(days)) = test.elapsed {
        let began = since.map(|place| find(events, before[place]));
        began.is_some_and(|began| {
            let from = Day::of(began.received_s.unwrap_or(began.claimed_s));
            Day::of(event.received_s.unwrap_or(event.claimed_s)).since(from) > i64::from(days)
        })
    } else if let Some(sort) = &test.event {
        let found = before.iter().enumerate().filter(|(place, step)| {
            step.event == *sort && since.is_none_or(|since| *place > since) && said(find(events, step))
        });
        let persons: std::collections::BTreeSet<&str> = found.map(|(_, step)| step.person.as_str()).collect();
        persons.len() >= test.persons.unwrap_or(1)
    } else {
        said(event)
    };
    value != test.not
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn anything_is_folded_the_same_in_every_order_of_arrival_and_nothing_is_lost(
        events in proptest::collection::vec(event(sorts()), 0..60).prop_shuffle(),
        which in 0usize..16,
        now in proptest::option::of(any::<i64>()),
        turn in 0usize..60,
    ) {
        let (procedures, calendar) = (procedures(), Calendar::builtin());
        let procedure = &procedures[which % procedures.len()];
        let folded = fold(procedure, &calendar, &events, now);
        prop_assert_eq!(folded.steps.len(), events.len());
        let mut keys: Vec<(&str, &str)> = events.iter().map(|event| (event.key.as_str(), event.sort.as_str())).collect();
        let mut shown: Vec<(&str, &str)> =
            folded.steps.iter().map(|step| (step.key.as_str(), step.event.as_str())).collect();
        keys.sort_unstable();
        shown.sort_unstable();
        prop_assert_eq!(keys, shown);
        let mut other = events.clone();
        other.reverse();
        let turned = turn % other.len().max(1);
        other.rotate_left(turned);
        prop_assert_eq!(&fold(procedure, &calendar, &other, now), &folded);
        prop_assert!(procedure.states.contains_key(&folded.state));
    }

    #[test]
    fn no_state_is_reached_without_its_required_evidence(
        choices in proptest::collection::vec((0usize..1_000, 1u32..300), 1..60),
        noise in proptest::collection::vec(event(sorts()), 0..10),
        which in 0usize..16,
    ) {
        let (procedures, calendar) = (procedures(), Calendar::builtin());
        let procedure = &procedures[which % procedures.len()];
        let mut events = walk(procedure, &calendar, &choices);
        // Corrections put other words in a step's place and are looked at apart.
        events.extend(noise.into_iter().enumerate().map(|(number, mut event)| {
            event.key = format!("noise{number}");
            event.fields.remove("corrects");
            event
        }));
        let folded = fold(procedure, &calendar, &events, None);
        for (at, step) in folded.steps.iter().enumerate() {
            if step.why.is_none() {
                prop_assert_eq!(evidence_of(procedure, &folded, at, &events), Ok(()));
            } else {
                prop_assert_eq!(&step.from, &step.to, "what does not count moves nothing");
            }
        }
    }
}

/// The generator walks far enough to prove something.
#[test]
fn honest_walks_reach_the_end_of_every_procedure() {
    let calendar = Calendar::builtin();
    for procedure in procedures() {
        let mut reached = std::collections::BTreeSet::new();
        for seed in 0..1_000usize {
            let all = |state: &String| reached.contains(state) || *state == procedure.start;
            if procedure.states.keys().all(all) {
                break;
            }
            let choices: Vec<(usize, u32)> = (0..60usize)
                .map(|step| {
                    (
                        (seed * 7_919 + step * step * 104_729 + step * 31) % 997,
                        60 + (seed % 7) as u32 * 30,
                    )
                })
                .collect();
            let events = walk(&procedure, &calendar, &choices);
            let folded = fold(&procedure, &calendar, &events, None);
            reached.extend(
                folded
                    .steps
                    .iter()
                    .filter(|step| step.why.is_none())
                    .map(|step| step.to.clone()),
            );
        }
        let never: Vec<&String> = procedure
            .states
            .keys()
            .filter(|state| !reached.contains(*state))
            .collect();
        let start_only = never.iter().all(|state| **state == procedure.start);
        assert!(start_only, "{}: {never:?}", procedure.procedure);
    }
}

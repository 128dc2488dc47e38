//! The gate against the forger: whatever an insider signs, nothing panics, what is refused leaves no trace, what is
//! admitted can be stored and read again and says only what its author may say, and innocent changes beside it pass.

mod common;
mod hostile;

use std::collections::{BTreeMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::ChangeHash;
use common::*;
use hostile::{Dice, Target, damage, forge};
use serde_json::Value as Json;
use sync_core::change::TypedChange;
use sync_core::document::Document;
use sync_core::feed::Digest;
use sync_core::gate::{self, Refused, Signer};
use sync_core::policy::{self, Action};
use sync_core::reason::Reason;
use sync_core::schema::{self, Kind};
use sync_core::wire::change::write_change;
use sync_core::wire::codec::Writer;

/// Mutants of one run over one story.
const MUTANTS_OF_A_STORY: usize = 1_500;

fn story(kind: Kind, seed: u64) -> Story {
    let mut dice = Dice(seed);
    let steps: Vec<Step> = (0..60)
        .map(|_| match dice.below(4) {
            0 => Step::Hear {
                from: dice.below(4),
                to: dice.below(4),
            },
            _ => Step::Edit {
                device: dice.below(4),
                what: dice.below(16) as u32,
                value: dice.below(6) as u32,
            },
        })
        .collect();
    Story::tell(kind, &steps)
}

/// The server when everything before a change has been admitted.
struct Scene<'a> {
    story: &'a Story,
    at: usize,
    server: Document,
    saved: Vec<u8>,
}

#[derive(Default, Debug)]
struct Tally {
    malformed: usize,
    admitted: usize,
    refused: BTreeMap<String, usize>,
}

impl Scene<'_> {
    fn author(&self) -> (usize, &TypedChange) {
        let (device, change) = &self.story.changes[self.at];
        (*device, change)
    }

    /// Judges one change as the server does, and checks all that must hold afterwards.
    fn judge(&self, change: &TypedChange, tally: &mut Tally) {
        let (device, _) = self.author();
        let signer = self.story.signer(device);
        let mut server = self.server.clone();
        let admitted = gate::admit(&mut server, change, &signer)
            .and_then(|hash| Ok((hash, server.check_reload().map_err(Refused::from)?)));
        match admitted {
            Err(refused) => {
                if refused != Refused::Rejected(Reason::EngineRefused) {
                    assert_eq!(
                        server.save(),
                        self.saved,
                        "a refused change left a trace: {refused:?}"
                    );
                    let digest = |document: &Document| Digest::of(document.id(), 0, &document.heads());
                    assert_eq!(digest(&server), digest(&self.server));
                }
                let name = match refused {
                    Refused::Rejected(reason) => reason.code().to_owned(),
                    Refused::Missing(_) => "missing".to_owned(),
                    other => format!("{other:?}"),
                };
                *tally.refused.entry(name).or_default() += 1;
            }
            Ok((hash, saved)) => {
                tally.admitted += 1;
                let loaded = Document::load(server.id(), 0, &saved).expect("what was checked can be loaded");
                assert_eq!(loaded.json(), server.json(), "memory and store differ");
                assert_eq!(loaded.heads(), server.heads());
                self.nothing_is_poisoned(&server, change, &hash);
                says_only_what_it_may(&self.server.json(), &server.json(), server.kind(), &signer);
                self.innocents_pass(server, device);
            }
        }
    }

    /// No counter was left out for those who come after, and a device goes on from where it was.
    fn nothing_is_poisoned(&self, server: &Document, change: &TypedChange, hash: &ChangeHash) {
        let reached = change
            .deps
            .iter()
            .map(|dep| server.change_info(dep).unwrap().max_op)
            .max();
        let info = server.change_info(hash).expect("it was admitted");
        assert_eq!(info.max_op, reached.unwrap() + change.ops.len() as u64);
        if let Some((seq, before)) = self.server.last_of(&change.actor) {
            assert_eq!(info.seq, seq + 1);
            assert!(
                server.is_in_past(&before, &change.deps),
                "a device that forgot its own past"
            );
        }
    }

    /// All that others wrote is still admitted, as far as it does not build on what the forger replaced.
    fn innocents_pass(&self, mut server: Document, forger: usize) {
        for (device, change) in &self.story.changes[self.at..] {
            if *device == forger || change.deps.iter().any(|dep| server.change_info(dep).is_none()) {
                continue;
            }
            let admitted = gate::admit(&mut server, change, &self.story.signer(*device));
            assert!(admitted.is_ok(), "an innocent change was refused: {admitted:?}");
        }
        server.check_reload().expect("the document stays storable");
    }
}

/// Compares what a reader sees before and after with the rights of the signer, path by path.
fn says_only_what_it_may(before: &Json, after: &Json, kind: Kind, signer: &Signer) {
    let (old, new) = (leaves(before), leaves(after));
    let (old_set, new_set): (HashSet<_>, HashSet<_>) = (old.iter().collect(), new.iter().collect());
    for (path, _) in old_set.symmetric_difference(&new_set) {
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        let may = |action| policy::may(signer.role, kind, &parts, action).is_ok();
        // A container or an entry that became empty, or is so no longer, shows as a leaf of its own.
        if schema::field(kind, &parts).is_none() {
            continue;
        }
        let entry_was_there = parts.len() == 3 && before[parts[0]].get(parts[1]).is_some();
        if parts.len() == 3 && schema::is_append_only(kind, parts[0]) {
            assert!(
                !entry_was_there,
                "{path}: an entry that stays as written was changed"
            );
            assert!(may(Action::AddEntry), "{path}: added without the right");
        } else {
            let allowed = [Action::Put, Action::Delete, Action::AddEntry]
                .into_iter()
                .any(may)
                || parts.len() == 3 && policy::may(signer.role, kind, &parts[..2], Action::Delete).is_ok();
            assert!(allowed, "{path} was changed without the right");
        }
    }
}

/// Runs a piece of the corpus; a panic names the seed and the mutant that repeat it.
fn run(
    kind: Kind,
    seed: u64,
    mutants: usize,
    mut mutate: impl FnMut(&mut Dice, &Scene<'_>, &Target, &mut Tally),
) -> Tally {
    let story = story(kind, seed);
    let mut tally = Tally::default();
    let mut server = story.genesis();
    let per_place = mutants / story.changes.len() + 1;
    for at in 0..story.changes.len() {
        let scene = Scene {
            story: &story,
            at,
            saved: server.save(),
            server: server.clone(),
        };
        // The forger knows what others will write, too.
        let target = Target::of(&server, story.changes.iter().map(|(_, change)| change));
        for mutant in 0..per_place {
            let mut dice = Dice(seed ^ ((at as u64) << 32) ^ ((mutant as u64) << 8));
            let done = catch_unwind(AssertUnwindSafe(|| {
                mutate(&mut dice, &scene, &target, &mut tally)
            }));
            assert!(done.is_ok(), "{kind:?} seed {seed}, change {at}, mutant {mutant}");
        }
        let (device, change) = &story.changes[at];
        gate::admit(&mut server, change, &story.signer(*device)).expect("an honest change");
    }
    tally
}

fn forged(kind: Kind, seed: u64) {
    let tally = run(kind, seed, MUTANTS_OF_A_STORY, |dice, scene, target, tally| {
        let (device, honest) = scene.author();
        let change = forge(dice, target, &scene.server, honest);
        let knows = Knows::blind(&scene.server, dice.one_in(2));
        scene.judge(&change, tally);
        // The same over the wire, where the writer can still express it.
        let mut out = Writer::new();
        if write_change(&mut out, &change, &knows).is_ok() {
            let actor = DEVICES[device].actor(scene.server.id(), 0);
            match from_wire(&out.0, actor, &knows) {
                Ok(read) if read != change => scene.judge(&read, tally),
                Ok(_) => {}
                Err(_) => tally.malformed += 1,
            }
        }
    });

    // The forger must reach the deep checks, and some of what it makes is lawful.
    for reason in [
        "bad_operation",
        "bad_start_op",
        "bad_seq",
        "wrong_actor",
        "missing",
        "unknown_field",
    ] {
        assert!(
            tally.refused.contains_key(reason),
            "never met: {reason} in {tally:?}"
        );
    }
    assert!(tally.admitted > 0, "{tally:?}");
}

fn damaged(kind: Kind, seed: u64) {
    let tally = run(kind, seed, MUTANTS_OF_A_STORY, |dice, scene, _, tally| {
        let (device, honest) = scene.author();
        let knows = match dice.below(2) {
            0 => Knows::at_heads(&scene.server),
            _ => Knows::blind(&scene.server, true),
        };
        let (_, other) = dice.pick(&scene.story.changes[..=scene.at]);
        let bytes = damage(dice, &to_wire(honest, &knows), &to_wire(other, &knows));
        let actor = DEVICES[device].actor(scene.server.id(), 0);
        match from_wire(&bytes, actor, &knows) {
            Ok(change) => scene.judge(&change, tally),
            Err(_) => tally.malformed += 1,
        }
    });

    assert!(
        tally.malformed > 0 && tally.admitted > 0 && !tally.refused.is_empty(),
        "{tally:?}"
    );
}

#[test]
fn forged_changes_of_a_household_harm_nobody() {
    (1..=5).for_each(|seed| forged(Kind::Household, seed));
}

#[test]
fn forged_changes_of_a_journal_harm_nobody() {
    (11..=13).for_each(|seed| forged(Kind::Journal, seed));
}

#[test]
fn forged_changes_of_a_need_harm_nobody() {
    (21..=23).for_each(|seed| forged(Kind::Need, seed));
}

#[test]
fn damaged_changes_harm_nobody() {
    (31..=33).for_each(|seed| damaged(Kind::Household, seed));
    damaged(Kind::Journal, 41);
    damaged(Kind::Need, 51);
}

#[test]
fn a_second_copy_of_a_device_is_found_whatever_it_says() {
    let story = story(Kind::Household, 61);
    let mut server = story.genesis();
    for (device, change) in &story.changes {
        let mut fork = change.clone();
        fork.time += 1;
        let mut twin = server.clone();
        gate::admit(&mut twin, &fork, &story.signer(*device)).expect("the copy came first");
        assert_eq!(
            gate::admit(&mut twin, change, &story.signer(*device)),
            Err(Refused::Equivocation)
        );
        gate::admit(&mut server, change, &story.signer(*device)).unwrap();
        assert_eq!(
            gate::admit(&mut server, &fork, &story.signer(*device)),
            Err(Refused::Equivocation)
        );
        assert_eq!(
            gate::admit(&mut server, change, &story.signer(*device)),
            Err(Refused::Duplicate)
        );
    }
}

#[test]
fn an_actor_can_be_taken_by_nobody_but_its_device() {
    let story = story(Kind::Journal, 71);
    let mut server = story.genesis();
    for (device, change) in &story.changes {
        for thief in (0..DEVICES.len()).filter(|thief| thief != device) {
            // The victim's very change, and one of the thief's under the victim's actor.
            let mut squat = change.clone();
            squat.time -= 1;
            for stolen in [change, &squat] {
                assert_eq!(
                    gate::admit(&mut server, stolen, &story.signer(thief)),
                    Err(Refused::Rejected(Reason::WrongActor))
                );
            }
        }
        gate::admit(&mut server, change, &story.signer(*device)).expect("the victim's own change passes");
    }
}

#[test]
fn a_flood_of_orphans_is_turned_away_before_the_document_is_touched() {
    let story = story(Kind::Household, 81);
    let mut server = story.genesis();
    for (device, change) in &story.changes {
        gate::admit(&mut server, change, &story.signer(*device)).unwrap();
    }
    let (device, last) = story.changes.last().unwrap();
    let saved = server.save();
    for number in 0..4_000u64 {
        let mut orphan = last.clone();
        let mut unknown = [7u8; 32];
        unknown[..8].copy_from_slice(&number.to_be_bytes());
        orphan.deps = vec![ChangeHash(unknown)];
        orphan.seq = last.seq + 1 + number;
        orphan.start_op = last.start_op + number;
        assert_eq!(
            gate::admit(&mut server, &orphan, &story.signer(*device)),
            Err(Refused::Missing(orphan.deps.clone()))
        );
    }
    assert_eq!(server.save(), saved, "nothing waits inside the document");
}

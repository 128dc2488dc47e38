//! The forger: takes honest changes and turns them into hostile ones, signed as an insider would sign them (the hash
//! is rebuilt from whatever the change has become). Everything follows from a seed.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test binary includes this module and uses a part of it"
)]

use automerge::{ActorId, ChangeHash, ObjId, ReadDoc};
use sync_core::change::{Obj, Op, OpAction, OpId, TypedChange};
use sync_core::document::Document;
use sync_core::id::genesis_actor;
use sync_core::limits;
use sync_core::schema::{self, Kind};
use sync_core::value::Scalar;

use crate::common::DEVICES;

/// SplitMix64: all that a seeded test needs.
#[derive(Clone, Debug)]
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
    /// Below `n`, which is not 0.
    pub fn below(&mut self, n: usize) -> usize {
        (self.roll() % n as u64) as usize
    }
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

/// What a forger knows of the document it aims at: every name in it.
pub struct Target {
    pub kind: Kind,
    pub actors: Vec<ActorId>,
    pub ops: Vec<OpId>,
    pub maps: Vec<OpId>,
    pub hashes: Vec<ChangeHash>,
    pub keys: Vec<String>,
}

impl Target {
    /// Reads the names out of the document and the changes that went into it.
    pub fn of<'a>(document: &Document, changes: impl Iterator<Item = &'a TypedChange>) -> Target {
        let mut target = Target {
            kind: document.kind(),
            actors: DEVICES
                .iter()
                .map(|device| device.actor(document.id(), document.generation()))
                .collect(),
            ops: Vec::new(),
            maps: Vec::new(),
            hashes: Vec::new(),
            keys: vec!["kind".into(), "household".into(), "bank_number".into()],
        };
        let genesis = genesis_actor(document.id(), document.generation());
        target.actors.push(genesis.clone());
        let automerge = document.automerge();
        for meta in automerge.get_changes_meta(&[]) {
            target.hashes.push(meta.hash);
        }
        for key in automerge.keys(automerge::ROOT) {
            for (_, id) in automerge.get_all(automerge::ROOT, key.as_str()).unwrap() {
                let ObjId::Id(counter, actor, _) = id else {
                    continue;
                };
                target.ops.push(OpId { counter, actor });
            }
        }
        target
            .maps
            .extend(target.ops.iter().filter(|id| id.actor == genesis).cloned());
        for change in changes {
            for (index, op) in change.ops.iter().enumerate() {
                let id = OpId {
                    counter: change.start_op + index as u64,
                    actor: change.actor.clone(),
                };
                if op.action == OpAction::MakeMap {
                    target.maps.push(id.clone());
                }
                target.ops.push(id);
                target.keys.push(op.key.clone());
            }
        }
        for node in schema::nodes(document.kind()) {
            target.keys.push(node.name().into());
            target
                .keys
                .extend(node.fields().iter().map(|field| field.name.to_owned()));
        }
        target.ops.sort_unstable();
        target.ops.dedup();
        target.keys.sort_unstable();
        target.keys.dedup();
        target
    }

    fn op_id(&self, dice: &mut Dice, change: &TypedChange) -> OpId {
        let mut id = match dice.below(8) {
            0 => OpId {
                counter: change
                    .start_op
                    .wrapping_add(dice.roll() % (change.ops.len() as u64 + 3)),
                actor: change.actor.clone(),
            },
            1..=3 => dice.pick(&self.maps).clone(),
            _ => dice.pick(&self.ops).clone(),
        };
        match dice.below(12) {
            0 => id.counter = extreme(dice),
            1 => id.actor = self.actor(dice),
            2 => id.counter = id.counter.wrapping_add(1),
            _ => {}
        }
        id
    }

    fn actor(&self, dice: &mut Dice) -> ActorId {
        match dice.below(8) {
            0 => ActorId::from(vec![dice.roll() as u8; dice.clone().below(64)]),
            _ => dice.pick(&self.actors).clone(),
        }
    }

    fn key(&self, dice: &mut Dice) -> String {
        match dice.below(16) {
            0 => String::new(),
            1 => "k".repeat(limits::KEY_SIZE_BYTES_MAX + 1),
            2 => "键\u{0}\u{202e}".into(),
            3 => format!("{}{}", DEVICES[dice.below(4)].tag(), dice.below(60)),
            4 => (1900 + dice.below(300)).to_string(),
            _ => dice.pick(&self.keys).clone(),
        }
    }

    fn value(&self, dice: &mut Dice) -> Scalar {
        match dice.below(12) {
            0 => Scalar::Int(i64::MIN),
            1 => Scalar::Int(i64::MAX),
            2 => Scalar::Int(dice.below(100) as i64),
            3 => Scalar::Bool(dice.one_in(2)),
            4 => Scalar::Null,
            5 => Scalar::Str("长".repeat(30_000)),
            6 => Scalar::Str("\u{0}\u{7f}\r".into()),
            7 => Scalar::Str("2026-02-29".into()),
            8 => Scalar::Str("closed".into()),
            9 => Scalar::Str("accepted".into()),
            10 => Scalar::Str(String::new()),
            _ => Scalar::Str("13500000000".into()),
        }
    }

    fn action(&self, dice: &mut Dice) -> OpAction {
        match dice.below(4) {
            0 => OpAction::MakeMap,
            1 => OpAction::Delete,
            _ => OpAction::Put(self.value(dice)),
        }
    }

    fn op(&self, dice: &mut Dice, change: &TypedChange) -> Op {
        Op {
            obj: if dice.one_in(3) {
                Obj::Root
            } else {
                Obj::Made(self.op_id(dice, change))
            },
            key: self.key(dice),
            action: self.action(dice),
            preds: Vec::new(),
        }
    }
}

/// A number at which something may go over an edge.
pub fn extreme(dice: &mut Dice) -> u64 {
    let base = *dice.pick(&[
        0,
        1,
        1 << 20,
        limits::OP_COUNTER_MAX,
        1 << 31,
        1 << 32,
        1 << 53,
        1 << 63,
        u64::MAX - 4_000,
        u64::MAX,
    ]);
    match dice.below(3) {
        0 => base,
        1 => base.wrapping_add(dice.roll() % 4),
        _ => base.wrapping_sub(dice.roll() % 4),
    }
}

/// Turns an honest change into a hostile one.
pub fn forge(dice: &mut Dice, target: &Target, document: &Document, honest: &TypedChange) -> TypedChange {
    let mut change = honest.clone();
    if dice.one_in(3) {
        raid(dice, target, document, &mut change);
    } else {
        for _ in 0..=dice.below(3) {
            twist(dice, target, &mut change);
        }
    }
    // A careful forger gets everything right but one thing.
    if dice.one_in(2) {
        mend(document, &mut change, dice);
    }
    change
}

/// Goes for what others have written: their entries, and fields of other roles, with or without having seen them.
fn raid(dice: &mut Dice, target: &Target, document: &Document, change: &mut TypedChange) {
    change.deps = match dice.below(3) {
        0 => document.heads(),
        // The forger's own past, or the beginning: as if it had seen nothing of what it attacks.
        1 => match document.last_of(&change.actor) {
            Some((_, own)) => vec![own],
            None => change.deps.clone(),
        },
        _ => change.deps.clone(),
    };
    let json = document.json();
    let mut ops = Vec::new();
    let start = change
        .deps
        .iter()
        .filter_map(|dep| document.change_info(dep))
        .map(|info| info.max_op + 1)
        .max();
    change.start_op = start.unwrap_or(change.start_op);
    let container = *dice.pick(&schema::containers(target.kind).collect::<Vec<_>>());
    let keys: Vec<String> = json
        .get(container)
        .and_then(|entries| entries.as_object())
        .map(|entries| entries.keys().cloned().collect())
        .unwrap_or_default();
    let maps: Vec<(OpId, String)> = maps_in(document, container);
    let fields = schema::node(target.kind, container).unwrap().fields();
    let field = dice.pick(fields).name.to_owned();
    let put = |obj: Obj, key: &str, value: Scalar| Op {
        obj,
        key: key.to_owned(),
        action: OpAction::Put(value),
        preds: Vec::new(),
    };
    let value = match dice.below(3) {
        0 => Scalar::Int(7),
        1 => Scalar::Str("2026-01-01".into()),
        _ => target.value(dice),
    };
    let root = target.maps.iter().find(|id| {
        document
            .automerge()
            .get_all(automerge::ROOT, container)
            .is_ok_and(|all| all.iter().any(|(_, found)| *found == id.to_obj_id()))
    });
    let Some(root) = root.cloned().map(Obj::Made) else {
        return;
    };
    match dice.below(6) {
        // A new entry under somebody's key, and then into somebody's own map of that key.
        0 | 1 if !maps.is_empty() => {
            let (victim, key) = dice.pick(&maps).clone();
            ops.push(Op {
                obj: root,
                key,
                action: OpAction::MakeMap,
                preds: Vec::new(),
            });
            let own = OpId {
                counter: change.start_op,
                actor: change.actor.clone(),
            };
            ops.push(put(
                Obj::Made(if dice.one_in(2) { own } else { victim }),
                &field,
                value,
            ));
        }
        2 if !maps.is_empty() => {
            let (victim, _) = dice.pick(&maps).clone();
            ops.push(put(Obj::Made(victim.clone()), &field, value.clone()));
            ops.push(put(Obj::Made(dice.pick(&maps).0.clone()), &field, value));
        }
        3 if !keys.is_empty() => {
            let key = dice.pick(&keys).clone();
            ops.push(Op {
                obj: root,
                key,
                action: OpAction::Delete,
                preds: Vec::new(),
            });
        }
        4 if !maps.is_empty() => {
            let (victim, _) = dice.pick(&maps).clone();
            ops.push(Op {
                obj: Obj::Made(victim),
                key: field,
                action: OpAction::Delete,
                preds: Vec::new(),
            });
        }
        _ => {
            let nodes = schema::nodes(target.kind);
            ops.push(put(Obj::Root, dice.pick(nodes).name(), value));
        }
    }
    change.ops = ops;
    mend_preds(document, change);
}

/// The entries of a container, with their keys.
fn maps_in(document: &Document, container: &str) -> Vec<(OpId, String)> {
    let automerge = document.automerge();
    let mut found = Vec::new();
    for (_, id) in automerge.get_all(automerge::ROOT, container).unwrap() {
        for key in automerge.keys(&id) {
            for (value, entry) in automerge.get_all(&id, key.as_str()).unwrap() {
                if let (true, ObjId::Id(counter, actor, _)) = (value.is_object(), entry) {
                    found.push((OpId { counter, actor }, key.clone()));
                }
            }
        }
    }
    found
}

fn twist(dice: &mut Dice, target: &Target, change: &mut TypedChange) {
    let at = dice.below(change.ops.len().max(1));
    match dice.below(22) {
        0 => change.seq = extreme(dice),
        1 => change.seq = change.seq.wrapping_add(dice.roll() % 3).wrapping_sub(1),
        2 => change.start_op = extreme(dice),
        3 => change.start_op = change.start_op.wrapping_add(dice.roll() % 3).wrapping_sub(1),
        4 => change.time = *dice.pick(&[i64::MIN, i64::MAX, 0, -1, 1 << 40]),
        5 => change.actor = target.actor(dice),
        6 if !change.deps.is_empty() => {
            let lost = dice.below(change.deps.len());
            change.deps.remove(lost);
        }
        7 => change.deps.push(ChangeHash([dice.roll() as u8; 32])),
        8 => change.deps = vec![*dice.pick(&target.hashes)],
        9 => {
            change.deps.push(*dice.pick(&target.hashes));
            change.deps.sort_unstable();
            if dice.one_in(2) {
                change.deps.dedup();
            }
        }
        10 => {
            change.deps = target
                .hashes
                .iter()
                .copied()
                .take(limits::CHANGE_DEPS_MAX + dice.below(3))
                .collect()
        }
        11 if !change.ops.is_empty() => {
            let op = change.ops[at].clone();
            let times = *dice.pick(&[1, 1, 1, limits::CHANGE_OPS_MAX]);
            for _ in 0..times {
                change.ops.insert(at, op.clone());
            }
        }
        12 if !change.ops.is_empty() => {
            change.ops.remove(at);
        }
        13 | 14 => {
            let op = target.op(dice, change);
            change.ops.insert(at.min(change.ops.len()), op);
        }
        _ if change.ops.is_empty() => {}
        15 => change.ops[at].preds.clear(),
        16 => {
            let pred = target.op_id(dice, change);
            change.ops[at].preds.push(pred);
            if dice.one_in(2) {
                change.ops[at].preds.sort_unstable();
            }
        }
        17 => {
            change.ops[at].preds = vec![target.op_id(dice, change); 1 + dice.below(2) * limits::OP_PREDS_MAX]
        }
        18 => change.ops[at].obj = Obj::Made(target.op_id(dice, change)),
        19 => change.ops[at].obj = Obj::Root,
        20 => change.ops[at].key = target.key(dice),
        _ => change.ops[at].action = target.action(dice),
    }
}

/// Makes counters, and the predecessors of some operations, what the gate expects of an honest author.
fn mend(document: &Document, change: &mut TypedChange, dice: &mut Dice) {
    let seen: Option<Vec<u64>> = change
        .deps
        .iter()
        .map(|dep| document.change_info(dep).map(|info| info.max_op))
        .collect();
    if let Some(max_op) = seen.and_then(|seen| seen.into_iter().max()) {
        let shift = max_op.wrapping_add(1).wrapping_sub(change.start_op);
        for op in &mut change.ops {
            if let Obj::Made(id) = &mut op.obj
                && id.actor == change.actor
                && id.counter >= change.start_op
            {
                id.counter = id.counter.wrapping_add(shift);
            }
        }
        change.start_op = max_op + 1;
    }
    if let Some((seq, _)) = document.last_of(&change.actor) {
        change.seq = seq + 1;
    }
    if !dice.one_in(8) {
        mend_preds(document, change);
    }
}

fn mend_preds(document: &Document, change: &mut TypedChange) {
    if change.deps.iter().any(|dep| document.change_info(dep).is_none()) {
        return;
    }
    let mut written: Vec<(Obj, String, OpId)> = Vec::new();
    for (index, op) in change.ops.iter_mut().enumerate() {
        let id = OpId {
            counter: change.start_op.wrapping_add(index as u64),
            actor: change.actor.clone(),
        };
        let before = written
            .iter()
            .rev()
            .find(|(obj, key, _)| *obj == op.obj && *key == op.key);
        let seen = match (&op.obj, before) {
            (_, Some((_, _, before))) => vec![before.clone()],
            (Obj::Made(id), None) if id.actor == change.actor && id.counter >= change.start_op => Vec::new(),
            // Automerge panics when asked for a counter beyond 32 bits.
            (Obj::Made(id), None) if id.counter > limits::OP_COUNTER_MAX => Vec::new(),
            (obj, None) => {
                let object = match obj {
                    Obj::Root => automerge::ROOT,
                    Obj::Made(id) => id.to_obj_id(),
                };
                let automerge = document.automerge();
                let seen = automerge
                    .get_all_at(&object, op.key.as_str(), &change.deps)
                    .unwrap_or_default();
                seen.into_iter()
                    .filter_map(|(_, id)| match id {
                        ObjId::Id(counter, actor, _) => Some(OpId { counter, actor }),
                        ObjId::Root => None,
                    })
                    .collect()
            }
        };
        op.preds = seen;
        op.preds.sort_unstable();
        written.push((op.obj.clone(), op.key.clone(), id));
    }
}

/// Damages bytes: flips, cuts, splices, insertions, repetitions.
pub fn damage(dice: &mut Dice, bytes: &[u8], other: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for _ in 0..=dice.below(3) {
        let at = dice.below(out.len().max(1));
        match dice.below(9) {
            0 | 1 if !out.is_empty() => out[at] ^= 1 << dice.below(8),
            2 if !out.is_empty() => out[at] = dice.roll() as u8,
            3 => out.truncate(at),
            4 => out.insert(at.min(out.len()), dice.roll() as u8),
            5 if !out.is_empty() => {
                out.remove(at);
            }
            6 if !other.is_empty() => {
                let from = dice.below(other.len());
                out.truncate(at);
                out.extend_from_slice(&other[from..]);
            }
            7 => out.extend((0..1 + dice.below(4)).map(|_| dice.clone().roll() as u8)),
            // A number of many bytes where a short one stood.
            8 => {
                let mut long = vec![0xff; 1 + dice.below(9)];
                long.push(dice.roll() as u8 & 0x7f);
                out.splice(at.min(out.len())..at.min(out.len()), long);
            }
            _ => {}
        }
    }
    out
}

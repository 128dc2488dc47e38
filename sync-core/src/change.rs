//! One Automerge change as typed operations: the only form in which a change crosses the wire.
//!
//! Both ends rebuild the Automerge chunk, and so its hash, from this form. No chunk ever comes from outside, which
//! rules out malformed columns, foreign action codes and compressed chunks by construction.

use std::num::NonZeroU64;

use automerge::legacy;
use automerge::{ActorId, Change, ChangeHash, ExpandedChange, ObjId, ObjType, ScalarValue};

use crate::document::contained;
use crate::limits;
use crate::reason::Reason;
use crate::value::Scalar;

/// A change of permitted shape: writes, deletions and new maps in maps.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TypedChange {
    /// Who wrote it: derived from device, document and generation.
    pub actor: ActorId,
    /// Position among the actor's changes to this document, from 1.
    pub seq: u64,
    /// Counter of its first operation.
    pub start_op: u64,
    /// When the author's clock says it was made, Unix seconds. Decides nothing.
    pub time: i64,
    /// The heads the author had seen, sorted.
    pub deps: Vec<ChangeHash>,
    /// What it does, in order.
    pub ops: Vec<Op>,
}

/// One operation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Op {
    /// The map it writes into.
    pub obj: Obj,
    /// The key it writes.
    pub key: String,
    /// What it does there.
    pub action: OpAction,
    /// The concurrent values it replaces.
    pub preds: Vec<OpId>,
}

/// The map an operation writes into.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Obj {
    /// The document's root.
    Root,
    /// The map made by this operation.
    Made(OpId),
}

/// What an operation does at its key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum OpAction {
    /// Writes a scalar.
    Put(Scalar),
    /// Makes a map.
    MakeMap,
    /// Removes what is there.
    Delete,
}

/// Names an operation.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct OpId {
    /// Counter.
    pub counter: u64,
    /// Actor.
    pub actor: ActorId,
}

impl OpId {
    /// The Automerge object id of the map this operation made.
    pub fn to_obj_id(&self) -> ObjId {
        ObjId::Id(self.counter, self.actor.clone(), 0)
    }
}

impl TypedChange {
    /// Counter of the last operation.
    pub fn max_op(&self) -> u64 {
        self.start_op
            .saturating_add(self.ops.len() as u64)
            .saturating_sub(1)
    }

    /// Bounds that need no document: sizes, counters, texts.
    pub fn check_bounds(&self) -> Result<(), Reason> {
        if self.ops.is_empty() {
            return Err(Reason::BadOperation);
        }
        if self.ops.len() > limits::CHANGE_OPS_MAX || self.deps.len() > limits::CHANGE_DEPS_MAX {
            return Err(Reason::TooLarge);
        }
        if self.seq == 0 || self.seq > limits::OP_COUNTER_MAX {
            return Err(Reason::BadSeq);
        }
        if self.start_op == 0 || self.max_op() > limits::OP_COUNTER_MAX {
            return Err(Reason::BadStartOp);
        }
        // Automerge stores differences of times.
        if self.time.unsigned_abs() > limits::CLAIMED_TIME_ABS_S_MAX {
            return Err(Reason::ValueOutOfRange);
        }
        if self.deps.windows(2).any(|pair| pair[0] >= pair[1]) {
            return Err(Reason::BadDependency);
        }
        let mut size = 0;
        for (op, counter) in self.ops.iter().zip(self.start_op..) {
            // Nobody has seen an operation of the future. Automerge panics on counters beyond 32 bits.
            let seen = |id: &OpId| (1..counter).contains(&id.counter);
            if !op.preds.iter().all(seen) || matches!(&op.obj, Obj::Made(id) if !seen(id)) {
                return Err(Reason::BadOperation);
            }
            if op.key.is_empty()
                || op.key.len() > limits::KEY_SIZE_BYTES_MAX
                || op.preds.len() > limits::OP_PREDS_MAX
            {
                return Err(Reason::BadOperation);
            }
            if op.preds.windows(2).any(|pair| pair[0] >= pair[1]) {
                return Err(Reason::BadOperation);
            }
            size += op.key.len() + 16;
            if let OpAction::Put(Scalar::Str(text)) = &op.action {
                if text.len() > limits::TEXT_SIZE_BYTES_MAX {
                    return Err(Reason::ValueTooLong);
                }
                size += text.len();
            }
        }
        if size > limits::CHANGE_SIZE_BYTES_MAX {
            Err(Reason::TooLarge)
        } else {
            Ok(())
        }
    }

    /// Takes an Automerge change of our own making. Fails on any shape this protocol does not carry.
    pub fn from_automerge(change: &Change) -> Result<Self, Reason> {
        let expanded = change.decode();
        let ops = expanded
            .operations
            .into_iter()
            .map(op_from_automerge)
            .collect::<Result<Vec<_>, _>>()?;
        if !expanded.extra_bytes.is_empty() || expanded.message.is_some() {
            return Err(Reason::BadOperation);
        }
        let mut deps = expanded.deps;
        deps.sort_unstable();
        Ok(TypedChange {
            actor: expanded.actor_id,
            seq: expanded.seq,
            start_op: expanded.start_op.get(),
            time: expanded.time,
            deps,
            ops,
        })
    }

    /// Rebuilds the Automerge change; its hash is the change's name everywhere.
    ///
    /// # Errors
    /// When it is out of bounds ([`TypedChange::check_bounds`]), so that nothing out of bounds ever reaches Automerge.
    pub fn to_automerge(&self) -> Result<Change, Reason> {
        self.check_bounds()?;
        let expanded = ExpandedChange {
            operations: self.ops.iter().map(op_to_automerge).collect(),
            actor_id: self.actor.clone(),
            hash: None,
            seq: self.seq,
            start_op: NonZeroU64::new(self.start_op).ok_or(Reason::BadStartOp)?,
            time: self.time,
            message: None,
            deps: self.deps.clone(),
            extra_bytes: Vec::new(),
            author: None,
        };
        contained(|| Change::from(expanded))
    }
}

fn op_from_automerge(op: legacy::Op) -> Result<Op, Reason> {
    let legacy::Key::Map(key) = op.key else {
        return Err(Reason::BadOperation);
    };
    if op.insert {
        return Err(Reason::BadOperation);
    }
    let action = match op.action {
        legacy::OpType::Make(ObjType::Map) => OpAction::MakeMap,
        legacy::OpType::Delete => OpAction::Delete,
        legacy::OpType::Put(ScalarValue::Str(text)) => OpAction::Put(Scalar::Str(text.to_string())),
        legacy::OpType::Put(ScalarValue::Int(int)) => OpAction::Put(Scalar::Int(int)),
        legacy::OpType::Put(ScalarValue::Boolean(bool)) => OpAction::Put(Scalar::Bool(bool)),
        _ => return Err(Reason::BadOperation),
    };
    let obj = match op.obj {
        legacy::ObjectId::Root => Obj::Root,
        legacy::ObjectId::Id(id) => Obj::Made(OpId {
            counter: id.0,
            actor: id.1,
        }),
    };
    let mut preds: Vec<OpId> = op
        .pred
        .iter()
        .map(|id| OpId {
            counter: id.counter(),
            actor: id.actor().clone(),
        })
        .collect();
    preds.sort_unstable();
    Ok(Op {
        obj,
        key: key.to_string(),
        action,
        preds,
    })
}

fn op_to_automerge(op: &Op) -> legacy::Op {
    legacy::Op {
        action: match &op.action {
            OpAction::MakeMap => legacy::OpType::Make(ObjType::Map),
            OpAction::Delete => legacy::OpType::Delete,
            OpAction::Put(value) => legacy::OpType::Put(to_scalar_value(value)),
        },
        obj: match &op.obj {
            Obj::Root => legacy::ObjectId::Root,
            Obj::Made(id) => legacy::ObjectId::Id(legacy::OpId::new(id.counter, &id.actor)),
        },
        key: legacy::Key::Map(op.key.as_str().into()),
        pred: op
            .preds
            .iter()
            .map(|id| legacy::OpId::new(id.counter, &id.actor))
            .collect(),
        insert: false,
    }
}

/// The Automerge form of a scalar.
pub(crate) fn to_scalar_value(value: &Scalar) -> ScalarValue {
    match value {
        Scalar::Null => ScalarValue::Null,
        Scalar::Bool(bool) => ScalarValue::Boolean(*bool),
        Scalar::Int(int) => ScalarValue::Int(*int),
        Scalar::Str(text) => ScalarValue::Str(text.as_str().into()),
    }
}

/// Our form of an Automerge scalar; what documents of ours never hold reads as absent.
pub fn from_scalar_value(value: &ScalarValue) -> Scalar {
    match value {
        ScalarValue::Boolean(bool) => Scalar::Bool(*bool),
        ScalarValue::Int(int) => Scalar::Int(*int),
        ScalarValue::Str(text) => Scalar::Str(text.to_string()),
        _ => Scalar::Null,
    }
}

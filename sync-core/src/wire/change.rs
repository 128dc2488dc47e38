//! A change on the wire: typed operations with everything the receiver can derive left out.
//!
//! Actors travel as author numbers, dependencies as references to what both sides hold, known keys as numbers of a
//! fixed table ([`crate::schema::wire_keys`]), times relative to 2020.

use automerge::{ActorId, ChangeHash};

use super::codec::{Malformed, Reader, Writer};
use crate::change::{Obj, Op, OpAction, OpId, TypedChange};
use crate::limits;
use crate::schema;
use crate::value::Scalar;

/// 2020-01-01T00:00:00Z, the zero of claimed times on the wire.
const TIME_ZERO_UNIX_S: i64 = 1_577_836_800;

/// How an actor of a document is named on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthorRef {
    /// The document's genesis.
    Genesis,
    /// The change's own author.
    Own,
    /// A device by its number.
    No(u64),
}

impl AuthorRef {
    fn to_wire(self) -> u64 {
        match self {
            AuthorRef::Genesis => 0,
            AuthorRef::Own => 1,
            AuthorRef::No(no) => no + 2,
        }
    }
    fn from_wire(value: u64) -> Self {
        match value {
            0 => AuthorRef::Genesis,
            1 => AuthorRef::Own,
            n => AuthorRef::No(n - 2),
        }
    }
}

/// What both ends know of one document while a change of it is written or read.
pub trait Context {
    /// The reference for an actor, `None` if the other side cannot know it.
    fn author_ref(&self, actor: &ActorId) -> Option<AuthorRef>;
    /// The actor behind a reference.
    fn actor(&self, author: AuthorRef) -> Option<ActorId>;
    /// Heads of the document at the receiver when this change arrives, sorted; empty where the sender cannot know.
    fn heads(&self) -> &[ChangeHash];
    /// The same author's previous change to this document.
    fn previous(&self) -> Option<ChangeHash>;
    /// The one change of the document whose hash begins with this prefix.
    fn by_prefix(&self, prefix: [u8; PREFIX_BYTES]) -> Option<ChangeHash>;
    /// Whether the other side can resolve this hash by its prefix.
    fn may_prefix(&self, hash: &ChangeHash) -> bool;
}

/// Bytes of a hash prefix: enough to be unique in one document; a wrong guess fails the envelope's signature.
pub const PREFIX_BYTES: usize = 6;

const DEPS_ARE_HEADS: u64 = 0;
const DEP_FULL: u64 = 0;
const DEP_PREVIOUS: u64 = 1;
const DEP_PREFIX: u64 = 2;
const DEP_HEAD: u64 = 3;

const OP_ACTION_MASK: u8 = 0b0000_0111;
const OP_STR: u8 = 0;
const OP_INT: u8 = 1;
const OP_TRUE: u8 = 2;
const OP_FALSE: u8 = 3;
const OP_MAP: u8 = 4;
const OP_DELETE: u8 = 5;
const OP_OBJ_MASK: u8 = 0b0001_1000;
const OBJ_ROOT: u8 = 0 << 3;
const OBJ_SAME: u8 = 1 << 3;
const OBJ_NEW: u8 = 2 << 3;
const OBJ_ID: u8 = 3 << 3;
const OP_PRED_MASK: u8 = 0b0110_0000;
const PRED_NONE: u8 = 0 << 5;
const PRED_ONE: u8 = 1 << 5;
const PRED_MANY: u8 = 2 << 5;
const OP_KEY_LITERAL: u8 = 0b1000_0000;

/// Appends a change. The author is named by the surrounding frame.
///
/// # Errors
/// When an actor is unknown to the other side.
pub fn write_change(out: &mut Writer, change: &TypedChange, context: &impl Context) -> Result<(), Malformed> {
    out.uint(change.seq).uint(change.start_op).int(
        change
            .time
            .checked_sub(TIME_ZERO_UNIX_S)
            .ok_or(Malformed("time"))?,
    );
    if !context.heads().is_empty() && context.heads() == change.deps {
        out.uint(DEPS_ARE_HEADS);
    } else {
        out.uint(change.deps.len() as u64 + 1);
        for dep in &change.deps {
            if let Some(index) = context.heads().iter().position(|head| head == dep) {
                out.uint(DEP_HEAD + index as u64);
            } else if context.previous().as_ref() == Some(dep) {
                out.uint(DEP_PREVIOUS);
            } else if context.may_prefix(dep) {
                out.uint(DEP_PREFIX).raw(&dep.0[..PREFIX_BYTES]);
            } else {
                out.uint(DEP_FULL).raw(&dep.0);
            }
        }
    }
    out.uint(change.ops.len() as u64);
    let mut obj_before = &Obj::Root;
    for (index, op) in change.ops.iter().enumerate() {
        write_op(out, change, index as u64, op, obj_before, context)?;
        obj_before = &op.obj;
    }
    Ok(())
}

fn write_op(
    out: &mut Writer,
    change: &TypedChange,
    index: u64,
    op: &Op,
    obj_before: &Obj,
    context: &impl Context,
) -> Result<(), Malformed> {
    let author = |actor: &ActorId| {
        context
            .author_ref(actor)
            .map(AuthorRef::to_wire)
            .ok_or(Malformed("author"))
    };
    let op_counter = change.start_op.checked_add(index).ok_or(Malformed("start_op"))?;
    let action = match &op.action {
        OpAction::Put(Scalar::Str(_)) => OP_STR,
        OpAction::Put(Scalar::Int(_)) => OP_INT,
        OpAction::Put(Scalar::Bool(true)) => OP_TRUE,
        OpAction::Put(Scalar::Bool(false)) => OP_FALSE,
        OpAction::Put(Scalar::Null) => return Err(Malformed("null")),
        OpAction::MakeMap => OP_MAP,
        OpAction::Delete => OP_DELETE,
    };
    let made_here =
        |id: &OpId| id.actor == change.actor && (change.start_op..op_counter).contains(&id.counter);
    let obj = match &op.obj {
        Obj::Root => OBJ_ROOT,
        same if same == obj_before => OBJ_SAME,
        Obj::Made(id) if made_here(id) => OBJ_NEW,
        Obj::Made(_) => OBJ_ID,
    };
    let preds = match op.preds.len() {
        0 => PRED_NONE,
        1 => PRED_ONE,
        _ => PRED_MANY,
    };
    let known_key = schema::wire_key(&op.key);
    out.u8(action | obj | preds | if known_key.is_none() { OP_KEY_LITERAL } else { 0 });
    if let Obj::Made(id) = &op.obj {
        match obj {
            OBJ_NEW => {
                out.uint(id.counter - change.start_op);
            }
            OBJ_ID => {
                out.uint(id.counter).uint(author(&id.actor)?);
            }
            _ => {}
        }
    }
    match known_key {
        Some(number) => out.uint(u64::from(number)),
        None => out.str(&op.key),
    };
    match &op.action {
        OpAction::Put(Scalar::Str(text)) => {
            out.str(text);
        }
        OpAction::Put(Scalar::Int(int)) => {
            out.int(*int);
        }
        _ => {}
    }
    if preds == PRED_MANY {
        out.uint(op.preds.len() as u64);
    }
    for pred in &op.preds {
        out.uint(pred.counter).uint(author(&pred.actor)?);
    }
    Ok(())
}

/// Reads a change by `actor`.
///
/// # Errors
/// On anything malformed, over a bound, or referring to what this side does not hold.
pub fn read_change(
    input: &mut Reader<'_>,
    actor: ActorId,
    context: &impl Context,
) -> Result<TypedChange, Malformed> {
    let seq = input.uint("seq")?;
    let start_op = input.uint("start_op")?;
    if start_op == 0 || start_op > limits::OP_COUNTER_MAX {
        return Err(Malformed("start_op"));
    }
    let time = input
        .int("time")?
        .checked_add(TIME_ZERO_UNIX_S)
        .ok_or(Malformed("time"))?;
    let deps = read_deps(input, context)?;
    let count = input.count(limits::CHANGE_OPS_MAX, "ops")?;
    let mut change = TypedChange {
        actor,
        seq,
        start_op,
        time,
        deps,
        ops: Vec::with_capacity(count),
    };
    for index in 0..count {
        let op = read_op(input, &change, index as u64, context)?;
        change.ops.push(op);
    }
    Ok(change)
}

fn read_deps(input: &mut Reader<'_>, context: &impl Context) -> Result<Vec<ChangeHash>, Malformed> {
    let mode = input.uint("deps")?;
    if mode == DEPS_ARE_HEADS {
        if context.heads().is_empty() {
            return Err(Malformed("heads unknown"));
        }
        return Ok(context.heads().to_vec());
    }
    if mode - 1 > limits::CHANGE_DEPS_MAX as u64 {
        return Err(Malformed("deps"));
    }
    let mut deps = Vec::new();
    for _ in 1..mode {
        deps.push(match input.uint("dep")? {
            DEP_FULL => input.hash("dep")?,
            DEP_PREVIOUS => context.previous().ok_or(Malformed("previous change unknown"))?,
            DEP_PREFIX => context
                .by_prefix(input.array("dep prefix")?)
                .ok_or(Malformed("dependency prefix unknown"))?,
            head => *usize::try_from(head - DEP_HEAD)
                .ok()
                .and_then(|index| context.heads().get(index))
                .ok_or(Malformed("head unknown"))?,
        });
    }
    deps.sort_unstable();
    Ok(deps)
}

fn read_op(
    input: &mut Reader<'_>,
    change: &TypedChange,
    index: u64,
    context: &impl Context,
) -> Result<Op, Malformed> {
    let resolve = |value: u64| match AuthorRef::from_wire(value) {
        AuthorRef::Own => Ok(change.actor.clone()),
        other => context.actor(other).ok_or(Malformed("author unknown")),
    };
    let head = input.u8("op")?;
    let obj = match head & OP_OBJ_MASK {
        OBJ_ROOT => Obj::Root,
        OBJ_SAME => change
            .ops
            .last()
            .map(|op| op.obj.clone())
            .ok_or(Malformed("obj"))?,
        OBJ_NEW => {
            let offset = input.uint("obj")?;
            if offset >= index {
                return Err(Malformed("obj"));
            }
            Obj::Made(OpId {
                counter: change.start_op + offset,
                actor: change.actor.clone(),
            })
        }
        _ => Obj::Made(OpId {
            counter: input.uint("obj")?,
            actor: resolve(input.uint("obj actor")?)?,
        }),
    };
    let key = if head & OP_KEY_LITERAL != 0 {
        input.str(limits::KEY_SIZE_BYTES_MAX, "key")?.to_owned()
    } else {
        let number = input.uint("key")?;
        let keys = schema::wire_keys();
        let index = usize::try_from(number).map_err(|_| Malformed("key"))?;
        (*keys.get(index).ok_or(Malformed("key number"))?).to_owned()
    };
    let action = match head & OP_ACTION_MASK {
        OP_STR => OpAction::Put(Scalar::Str(
            input.str(limits::TEXT_SIZE_BYTES_MAX, "text")?.to_owned(),
        )),
        OP_INT => OpAction::Put(Scalar::Int(input.int("int")?)),
        OP_TRUE => OpAction::Put(Scalar::Bool(true)),
        OP_FALSE => OpAction::Put(Scalar::Bool(false)),
        OP_MAP => OpAction::MakeMap,
        OP_DELETE => OpAction::Delete,
        _ => return Err(Malformed("action")),
    };
    let count = match head & OP_PRED_MASK {
        PRED_NONE => 0,
        PRED_ONE => 1,
        PRED_MANY => input.count(limits::OP_PREDS_MAX, "preds")?,
        _ => return Err(Malformed("preds")),
    };
    let mut preds = Vec::with_capacity(count);
    for _ in 0..count {
        preds.push(OpId {
            counter: input.uint("pred")?,
            actor: resolve(input.uint("pred actor")?)?,
        });
    }
    preds.sort_unstable();
    Ok(Op {
        obj,
        key,
        action,
        preds,
    })
}

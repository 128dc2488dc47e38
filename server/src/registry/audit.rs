//! The chain of decisions: who decided what about whom, each entry bound to the one before it.
//!
//! Entries hold ids and codes, never names or numbers of people. An edited, inserted or removed
//! entry breaks the chain; entries cut off the end are missed because the database keeps the
//! highest number it ever gave.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::{Actor, Page, Slice};
use crate::app::App;
use crate::error::Error;
use crate::store::WriteTx;
use crate::store::registry::audit;

/// One decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Entry {
    /// Number, without gaps.
    pub seq: i64,
    /// Unix ms.
    pub at_ms: i64,
    /// Person id, or `cli`.
    pub actor: String,
    /// What was done, such as `device.approve`.
    #[schema(example = "device.approve")]
    pub action: String,
    /// Id of what it was done to.
    pub subject: String,
    /// Codes and ids that say more.
    #[schema(value_type = Object)]
    pub detail: serde_json::Value,
    /// Hash of this entry and everything before it, hex.
    pub hash: String,
    #[serde(skip)]
    pub(crate) raw: Raw,
}

/// The bytes the hash is over, as stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Raw {
    pub(crate) detail: String,
    pub(crate) prev_hash: Vec<u8>,
    pub(crate) hash: Vec<u8>,
}

/// Which decisions are wanted.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Only by this person, or `cli`.
    pub actor: Option<String>,
    /// Only of this action, or of all that begin with it: `device.` finds every decision about devices.
    pub action: Option<String>,
    /// Only about the thing with this id.
    pub subject: Option<String>,
    /// Only at or after this time, Unix ms.
    pub since_ms: Option<i64>,
    /// Only before this time, Unix ms.
    pub until_ms: Option<i64>,
}

/// Whether the chain holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Verification {
    /// True if every entry fits the one before it and none is missing.
    pub intact: bool,
    /// Entries read.
    pub entries: i64,
    /// Number of the first entry that does not fit, or of the first one missing.
    pub broken_at: Option<i64>,
    /// Hash of the last entry, hex: keep it elsewhere to detect a chain rewritten from the start.
    pub head: String,
}

/// Entries, newest first; `after` is the number below which to go on.
pub async fn list(app: &App, actor: &Actor, filter: &Filter, slice: &Slice) -> Result<Page<Entry>, Error> {
    actor.area.require_everywhere()?;
    search(app, filter, slice).await
}

/// What was decided about one device, newest first, for whoever administers it.
pub async fn of_device(
    app: &App,
    actor: &Actor,
    device_id: &str,
    slice: &Slice,
) -> Result<Page<Entry>, Error> {
    let device = super::devices::get(app, actor, device_id).await?;
    let filter = Filter {
        subject: Some(device.device_id),
        ..Filter::default()
    };
    search(app, &filter, slice).await
}

async fn search(app: &App, filter: &Filter, slice: &Slice) -> Result<Page<Entry>, Error> {
    let before = if slice.after().is_empty() {
        i64::MAX
    } else {
        slice.after_no()
    };
    let rows = audit::newest(&mut *app.store.read().await?, filter, before, slice.limit() + 1).await?;
    Ok(Page::cut(rows, slice.limit(), |entry| entry.seq.to_string()))
}

/// Recomputes the whole chain.
pub async fn verify(app: &App) -> Result<Verification, Error> {
    let mut read = app.store.read().await?;
    let last_given = audit::last_given(&mut read).await?;
    let mut result = Verification {
        intact: true,
        entries: 0,
        broken_at: None,
        head: String::new(),
    };
    let (mut prev, mut expected) = (vec![0; 32], 1);
    loop {
        let batch = audit::oldest(&mut read, expected - 1, 1_000).await?;
        if batch.is_empty() {
            break;
        }
        for entry in batch {
            let hash = chain_hash(&entry.raw.prev_hash, &entry.view());
            if entry.seq != expected || entry.raw.prev_hash != prev || entry.raw.hash != hash {
                return Ok(Verification {
                    intact: false,
                    broken_at: Some(expected),
                    ..result
                });
            }
            result.entries += 1;
            result.head = data_encoding::HEXLOWER.encode(&hash);
            prev = hash;
            expected += 1;
        }
    }
    if last_given >= expected {
        result.intact = false;
        result.broken_at = Some(expected);
    }
    Ok(result)
}

/// Appends one entry inside the transaction that does what it says.
pub(crate) async fn append(
    tx: &mut WriteTx,
    at_ms: i64,
    actor: &Actor,
    action: &str,
    subject: &str,
    detail: &[(&str, &str)],
) -> Result<(), Error> {
    let detail: std::collections::BTreeMap<_, _> = detail.iter().copied().collect();
    let detail = crate::store::registry::to_json(&detail);
    let (last_seq, prev_hash) = audit::head(tx).await?.unwrap_or((0, vec![0; 32]));
    let seq = last_seq + 1;
    let view = View {
        seq,
        at_ms,
        actor: &actor.id,
        action,
        subject,
        detail: &detail,
    };
    let hash = chain_hash(&prev_hash, &view);
    audit::insert(tx, &view, &prev_hash, &hash).await?;
    Ok(())
}

/// The fields of an entry, borrowed.
#[derive(Debug)]
pub(crate) struct View<'a> {
    pub(crate) seq: i64,
    pub(crate) at_ms: i64,
    pub(crate) actor: &'a str,
    pub(crate) action: &'a str,
    pub(crate) subject: &'a str,
    pub(crate) detail: &'a str,
}

impl Entry {
    fn view(&self) -> View<'_> {
        View {
            seq: self.seq,
            at_ms: self.at_ms,
            actor: &self.actor,
            action: &self.action,
            subject: &self.subject,
            detail: &self.raw.detail,
        }
    }
}

fn chain_hash(prev: &[u8], view: &View<'_>) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(b"qiao audit v1\0");
    hash.update(prev);
    hash.update(view.seq.to_be_bytes());
    hash.update(view.at_ms.to_be_bytes());
    for text in [view.actor, view.action, view.subject, view.detail] {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    hash.finalize().to_vec()
}

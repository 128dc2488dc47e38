//! What devices sent after they were ended or held: shown in words, let through or refused by an administrator.
//!
//! The relay keeps the changes and judges them; this module says who may look and decide. Looking is a decision worth
//! recording too: it shows an administrator what no other page does.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Actor, Area, Page, Slice, audit};
use crate::app::App;
use crate::error::{Code, Error};
use crate::limits;
use crate::relay::{Decided, Kept};
use crate::store::registry::devices;

/// A change in quarantine.
#[derive(Clone, Serialize, ToSchema)]
pub struct Quarantined {
    /// Its number, for the decision.
    pub no: u64,
    /// Author number of the device that signed it.
    pub device: u64,
    /// Identity of that device, hex.
    pub device_id: String,
    /// Person on the device.
    pub person: Option<String>,
    /// The document.
    #[schema(example = "h001")]
    pub doc: String,
    /// What the document is.
    #[schema(example = "household")]
    pub kind: &'static str,
    /// Village it lies in now; absent for a document that does not exist.
    pub village: Option<String>,
    /// Why it waits: a stable code.
    #[schema(example = "device_revoked")]
    pub reason: String,
    /// When the device says it was made, Unix seconds. Not to be believed.
    pub claimed_s: i64,
    /// When it arrived, Unix ms.
    pub received_ms: i64,
    /// What it would do.
    pub changes: Vec<Difference>,
}

/// One thing a change would do.
#[derive(Clone, Serialize, ToSchema)]
pub struct Difference {
    /// Where, from the root.
    pub path: Vec<String>,
    /// What stands there now; null for nothing.
    pub before: serde_json::Value,
    /// What would stand there; null for nothing.
    pub after: serde_json::Value,
}

// Values of documents must not reach a log through a stray `{:?}`.
impl std::fmt::Debug for Quarantined {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Quarantined")
            .field("no", &self.no)
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Difference")
    }
}

/// Which changes are wanted.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Only of the device with this identity, hex.
    pub device_id: Option<String>,
}

/// What is to become of changes in quarantine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Through the gate, as their author's role allows.
    Release,
    /// Refused for good.
    Discard,
}

/// What became of one of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Outcome {
    /// Number of the change.
    pub no: u64,
    /// `done`, `unknown`, `decided_before` or `refused`.
    pub outcome: &'static str,
    /// Why the gate refused it; it stays in quarantine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
}

/// Changes in quarantine from devices in the actor's area, oldest first.
pub async fn list(
    app: &App,
    actor: &Actor,
    filter: &Filter,
    slice: &Slice,
) -> Result<Page<Quarantined>, Error> {
    let wanted = usize::try_from(slice.limit()).unwrap_or(1) + 1;
    let mut senders = Senders::default();
    let only = match &filter.device_id {
        Some(hex) => {
            let id = sync_core::id::DeviceId::from_hex(hex).ok_or(Code::NotFound)?;
            let device = devices::by_id(&mut *app.store.read().await?, &id)
                .await?
                .ok_or(Code::NotFound)?;
            actor.area.require(&device.scope.places)?;
            Some(u64::try_from(device.no).unwrap_or(0))
        }
        None => None,
    };
    let mut after = u64::try_from(slice.after_no()).unwrap_or(0);
    let mut items = Vec::new();
    while items.len() < wanted {
        let batch = app
            .relay
            .quarantine(only, after, limits::QUARANTINE_BATCH)
            .await?;
        let Some(last) = batch.last() else { break };
        after = last.no;
        for kept in batch {
            let sender = senders.get(app, kept.device).await?;
            if covers(&actor.area, &sender, &kept) && items.len() < wanted {
                items.push(show(kept, &sender));
            }
        }
    }
    let page = Page::cut(items, slice.limit(), |item| item.no.to_string());
    if !page.items.is_empty() {
        let subject = filter.device_id.as_deref().unwrap_or("all");
        let mut tx = app.store.writer().await?;
        let count = page.items.len().to_string();
        audit::append(
            &mut tx,
            app.now(),
            actor,
            "quarantine.read",
            subject,
            &[("changes", &count)],
        )
        .await?;
        tx.commit().await?;
    }
    Ok(page)
}

/// Decides about changes in the order given. Each gets its own outcome; one that is refused holds up no other.
pub async fn decide(
    app: &App,
    actor: &Actor,
    numbers: &[u64],
    decision: Decision,
) -> Result<Vec<Outcome>, Error> {
    let countable = numbers.iter().all(|no| i64::try_from(*no).is_ok());
    if numbers.is_empty() || numbers.len() > limits::QUARANTINE_DECISIONS_MAX || !countable {
        return Err(Error::field("/numbers", "bad_value"));
    }
    let mut senders = Senders::default();
    if actor.area != Area::Everywhere {
        for no in numbers {
            // What is not there is the relay's to say.
            let found = app.relay.quarantine(None, no.saturating_sub(1), 1).await?;
            if let Some(kept) = found.into_iter().find(|kept| kept.no == *no) {
                let sender = senders.get(app, kept.device).await?;
                if !covers(&actor.area, &sender, &kept) {
                    return Err(Code::OutsideArea.into());
                }
            }
        }
    }
    let (now_ms, all) = (app.now(), numbers.to_vec());
    // Written down first: a decision that was taken is never missing, whatever stops the server in between.
    let action = match decision {
        Decision::Release => "quarantine.release",
        Decision::Discard => "quarantine.discard",
    };
    let mut tx = app.store.writer().await?;
    for no in numbers {
        audit::append(&mut tx, now_ms, actor, action, &no.to_string(), &[]).await?;
    }
    tx.commit().await?;
    let decided = match decision {
        Decision::Release => app.relay.release(all, &actor.id, now_ms).await,
        Decision::Discard => app.relay.discard(all, &actor.id, now_ms).await,
    };
    let decided = decided.map_err(|_| Code::Unavailable)?;
    let outcome = |(no, decided): (&u64, Decided)| {
        let (outcome, reason) = match decided {
            Decided::Done => ("done", None),
            Decided::Unknown => ("unknown", None),
            Decided::Before => ("decided_before", None),
            Decided::Refused(reason) => ("refused", Some(reason.code())),
        };
        Outcome {
            no: *no,
            outcome,
            reason,
        }
    };
    Ok(numbers.iter().zip(decided).map(outcome).collect())
}

/// Devices behind the changes of one answer.
#[derive(Default)]
struct Senders(HashMap<u64, Sender>);

#[derive(Clone)]
struct Sender {
    device_id: String,
    person: Option<String>,
    places: Vec<String>,
}

impl Senders {
    async fn get(&mut self, app: &App, no: u64) -> Result<Sender, Error> {
        if let Some(known) = self.0.get(&no) {
            return Ok(known.clone());
        }
        let number = i64::try_from(no).unwrap_or(0);
        let device = devices::by_no(&mut *app.store.read().await?, number)
            .await?
            .ok_or(Code::NotFound)?;
        let sender = Sender {
            device_id: device.id.to_hex(),
            person: device.person,
            places: device.scope.places,
        };
        self.0.insert(no, sender.clone());
        Ok(sender)
    }
}

/// Both the device and the document must lie in the area.
fn covers(area: &Area, sender: &Sender, kept: &Kept) -> bool {
    area.covers(&sender.places)
        && kept
            .village
            .as_ref()
            .is_none_or(|v| area.covers(std::slice::from_ref(v)))
}

fn show(kept: Kept, sender: &Sender) -> Quarantined {
    Quarantined {
        no: kept.no,
        device: kept.device,
        device_id: sender.device_id.clone(),
        person: sender.person.clone(),
        doc: kept.doc.as_str().to_owned(),
        kind: kept.kind,
        village: kept.village,
        reason: kept.reason,
        claimed_s: kept.claimed_s,
        received_ms: kept.received_ms,
        changes: kept
            .changes
            .into_iter()
            .map(|said| Difference {
                path: said.path,
                before: said.before,
                after: said.after,
            })
            .collect(),
    }
}

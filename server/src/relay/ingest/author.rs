//! What the server itself writes: imports, village documents, and the cards units see. Signed as device 1.

use std::collections::{BTreeMap, BTreeSet};

use sync_core::audience::{self, FeedName};
use sync_core::document::Document;
use sync_core::edit::{ChangeDocument, Edit, EditOp, NewDocument, Refusal, normalize};
use sync_core::envelope::{SignedChange, contents_bytes, signed_bytes};
use sync_core::gate::{self, Refused, Signer};
use sync_core::id::{AuthorNo, DocId};
use sync_core::policy::{self, Action, Role};
use sync_core::reason::Reason;
use sync_core::schema::Kind;
use sync_core::wire::frame::Creation;

use super::Stop;
use super::batch::{Batch, Passed};
use super::cache::Content;
use crate::relay::document;
use crate::store::StoreError;
use crate::store::log::{EnvelopeRow, SnapshotRow};
use crate::store::registry::{pairings, places};

/// The server's own author number.
pub(in crate::relay) const RELAY: AuthorNo = 1;

/// What the server has written in this commit.
#[derive(Debug, Default)]
pub(super) struct Written {
    envelope: Option<u64>,
    contents: Vec<SignedChange>,
    card_feeds: BTreeMap<DocId, BTreeSet<FeedName>>,
}

impl Written {
    pub(super) fn card_feeds(&self, card: &DocId) -> BTreeSet<FeedName> {
        self.card_feeds.get(card).cloned().unwrap_or_default()
    }
}

impl Batch<'_> {
    /// Makes one edit in the server's own name. `Ok(None)` when the document says so already.
    pub(super) async fn author(
        &mut self,
        edit: &Edit,
        now_ms: i64,
    ) -> Result<Result<Option<DocId>, Refusal>, Stop> {
        match edit {
            Edit::New(new) => self.author_new(new, now_ms).await,
            Edit::Change(change) => self.author_change(change, now_ms).await,
        }
    }

    pub(super) async fn author_new(
        &mut self,
        new: &NewDocument,
        now_ms: i64,
    ) -> Result<Result<Option<DocId>, Refusal>, Stop> {
        let number = self.state.counters.change;
        // Only households are made without a name, and by nobody else in this form.
        let made = DocId::parse(&format!("r{number}")).map_err(|_| StoreError::Corrupt("number"))?;
        let make_id = |_: Kind, _: Option<&DocId>| made;
        let creation = match new.creation(make_id) {
            Ok(creation) => creation,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if self.find(&creation.id).await? {
            return Ok(Err(Reason::DocumentExistsDifferently.into()));
        }
        if let Err(reason) = policy::may(Role::Relay, creation.kind, &[], Action::Create) {
            return Ok(Err(reason.into()));
        }
        let ops: Vec<EditOp> = new
            .value
            .iter()
            .map(|(key, value)| EditOp::Set {
                path: vec![key.clone()],
                value: value.clone(),
            })
            .collect();
        self.begin_new(&creation);
        let done = self.author_ops(&creation.id, new.at, &ops, now_ms).await?;
        if !matches!(done, Ok(Some(_))) {
            self.state.cache.remove(&creation.id);
        }
        Ok(done)
    }

    async fn author_change(
        &mut self,
        change: &ChangeDocument,
        now_ms: i64,
    ) -> Result<Result<Option<DocId>, Refusal>, Stop> {
        if !self.find(&change.doc).await? {
            return Ok(Err(Reason::NoSuchDocument.into()));
        }
        self.author_ops(&change.doc, change.at, &change.ops, now_ms).await
    }

    pub(super) async fn author_ops(
        &mut self,
        id: &DocId,
        at_s: Option<i64>,
        ops: &[EditOp],
        now_ms: i64,
    ) -> Result<Result<Option<DocId>, Refusal>, Stop> {
        if !self.load(id).await? {
            return Ok(Err(Reason::EngineRefused.into()));
        }
        let device = self.state.identity.relay_device;
        // The number the change will have is nobody else's, so its keys are not either.
        let change_no = self.state.counters.change + 1;
        let mut key_no = 0;
        let doc = self
            .state
            .cache
            .doc(id)
            .ok_or(StoreError::Corrupt("document not loaded"))?;
        let content = doc
            .content
            .as_mut()
            .ok_or(StoreError::Corrupt("document not loaded"))?;
        let make_key = || {
            key_no += 1;
            format!("{}{change_no}-{key_no}", device.tag())
        };
        let ops = match normalize(content.document.kind(), ops, make_key) {
            Ok(ops) => ops,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let actor = device.actor(id, content.document.generation());
        let mut draft = content.document.clone();
        let change = match draft.edit(&actor, at_s.unwrap_or(now_ms.div_euclid(1000)), &ops) {
            Ok(Some(change)) => change,
            Ok(None) => return Ok(Ok(None)),
            Err(refusal) => return Ok(Err(refusal)),
        };
        let heads_before = content.document.heads();
        let signer = Signer {
            device,
            role: Role::Relay,
        };
        let hash = match gate::admit(&mut content.document, &change, &signer) {
            Ok(hash) => hash,
            Err(Refused::Rejected(reason)) => return Ok(Err(reason.into())),
            Err(_) => return Ok(Err(Reason::EngineRefused.into())),
        };
        let generation = content.document.generation();
        let envelope = self.sign(SignedChange {
            doc: id.clone(),
            generation,
            hash,
        });
        let passed = Passed {
            author: RELAY,
            change: &change,
            hash,
            heads_before,
            envelope,
            received_ms: now_ms,
        };
        self.record(id, &passed).await?;
        Ok(Ok(Some(id.clone())))
    }

    fn sign(&mut self, change: SignedChange) -> u64 {
        self.written.contents.push(change);
        *self.written.envelope.get_or_insert_with(|| {
            self.state.counters.envelope += 1;
            self.state.counters.envelope
        })
    }

    /// Signs what was written, as one envelope.
    pub(super) async fn seal_written(&mut self, now_ms: i64) -> Result<(), StoreError> {
        let Some(no) = self.written.envelope else {
            return Ok(());
        };
        let sync = self.sync_state(RELAY).await?;
        sync.envelope_counter += 1;
        let counter = sync.envelope_counter;
        let identity = &self.state.identity;
        let contents = &self.written.contents;
        let claimed_s = now_ms.div_euclid(1000);
        let message = signed_bytes(
            &identity.deployment,
            &identity.relay_device,
            counter,
            claimed_s,
            contents,
        );
        self.rows.envelopes.push(EnvelopeRow {
            no,
            device: RELAY,
            counter,
            claimed_s,
            received_ms: now_ms,
            signature: identity.relay_key.sign(&message),
            contents: contents_bytes(contents),
        });
        Ok(())
    }

    /// Renews the cards of households that were touched.
    pub(super) async fn refresh_cards(&mut self, now_ms: i64) -> Result<(), Stop> {
        for (household, wanted) in std::mem::take(&mut self.cards) {
            self.refresh_card(&household, wanted, now_ms).await?;
        }
        Ok(())
    }

    async fn refresh_card(&mut self, household: &DocId, wanted: bool, now_ms: i64) -> Result<(), Stop> {
        let Ok(card) = DocId::card(household) else {
            return Ok(());
        };
        if !wanted && self.state.cardless.contains(household) {
            return Ok(());
        }
        let exists = self.find(&card).await?;
        if !exists && !wanted {
            self.state.cardless.insert(household.clone());
            return Ok(());
        }
        // A unit paired with a whole village does not see every household of it: only needs and households that were
        // given to it.
        let mut units: BTreeSet<String> =
            pairings::units_of_household(&mut self.tx, household.as_str()).await?;
        for id in self.dependents(household).await? {
            let Some(doc) = self.state.cache.doc(&id) else {
                continue;
            };
            if matches!(doc.row.creation.kind, Kind::Need | Kind::Plan) {
                units.extend(doc.row.unit.clone());
            }
        }
        if !exists && (units.is_empty() || !self.find(household).await?) {
            return Ok(());
        }
        let feeds = units
            .iter()
            .filter_map(|unit| FeedName::unit(unit).ok())
            .collect();
        self.written.card_feeds.insert(card.clone(), feeds);
        self.state.cardless.remove(household);
        self.write_card(household, &card, exists, now_ms).await
    }

    async fn write_card(
        &mut self,
        household: &DocId,
        card: &DocId,
        exists: bool,
        now_ms: i64,
    ) -> Result<(), Stop> {
        if !self.find(household).await? || !self.load(household).await? {
            return Ok(());
        }
        let source = self
            .state
            .cache
            .doc(household)
            .ok_or(StoreError::Corrupt("document not loaded"))?;
        let village = source.row.village.clone().unwrap_or_default();
        let json = source
            .content
            .as_ref()
            .map(|content| content.document.json())
            .unwrap_or_default();
        let village_name = self.village_name(village).await?;
        let fields = audience::card(&json, &village_name);

        let creation = Creation {
            id: card.clone(),
            kind: Kind::Card,
            village: None,
            household: Some(household.clone()),
            year: None,
        };
        if !exists {
            self.begin_new(&creation);
        }
        if !self.load(card).await? {
            return Ok(());
        }
        let doc = self
            .state
            .cache
            .doc(card)
            .ok_or(StoreError::Corrupt("document not loaded"))?;
        let old_digest = doc.digest();
        let shown = doc.content.as_ref().map(|content| content.document.json());
        if exists && shown.is_some_and(|shown| same_card(&shown, &fields)) {
            return Ok(self.settle(card, old_digest, None, now_ms).await?);
        }
        let generation = if exists { doc.row.generation + 1 } else { 0 };
        let device = self.state.identity.relay_device;
        let actor = device.actor(card, generation);
        let mut document = Document::genesis(&creation, generation);
        let ops: Vec<EditOp> = fields
            .as_object()
            .into_iter()
            .flatten()
            .map(|(key, value)| EditOp::Set {
                path: vec![key.clone()],
                value: value.clone(),
            })
            .collect();
        let change = match document.edit(&actor, now_ms.div_euclid(1000), &ops) {
            Ok(Some(change)) => change,
            // A household field that the card's schema does not take would be a fault of the two schemas.
            Ok(None) | Err(_) => {
                tracing::error!(doc_no = doc_no(self, card), "a card cannot be written");
                return Ok(());
            }
        };
        let hash = change
            .to_automerge()
            .map_err(|_| StoreError::Corrupt("card"))?
            .hash();
        self.sign(SignedChange {
            doc: card.clone(),
            generation,
            hash,
        });
        self.replace_card(card, document, generation, old_digest, now_ms)
            .await
    }

    /// As the village's document has it; a place without one is called as the registry calls it.
    async fn village_name(&mut self, village: String) -> Result<String, StoreError> {
        if let Ok(id) = DocId::parse(&village)
            && self.find(&id).await?
            && self.load(&id).await?
            && let Some(doc) = self.state.cache.doc(&id)
            && doc.row.creation.kind == Kind::Village
            && let Some(content) = &doc.content
            && let Some(name) = content.document.root_str("name")
        {
            return Ok(name);
        }
        Ok(places::by_id(&mut self.tx, &village)
            .await?
            .map_or(village, |place| place.name))
    }

    /// Puts the new generation in the place of the old one, of which nothing is kept.
    async fn replace_card(
        &mut self,
        card: &DocId,
        document: Document,
        generation: u32,
        old_digest: sync_core::feed::Digest,
        now_ms: i64,
    ) -> Result<(), Stop> {
        let device = self.state.identity.relay_device;
        let heads = document.heads();
        let saved = document.save();
        let actors = [(device.actor(card, generation), RELAY)].into();
        self.state.cache.devices.insert(RELAY, device);
        let next_no = self.state.counters.doc + 1;
        let doc = self
            .state
            .cache
            .doc(card)
            .ok_or(StoreError::Corrupt("document not loaded"))?;
        let fresh = !doc.exists;
        if fresh {
            doc.exists = true;
            doc.row.no = next_no;
        }
        doc.row.generation = generation;
        doc.row.version = 1;
        doc.row.heads.clone_from(&heads);
        doc.row.authors = vec![RELAY];
        let no = doc.row.no;
        let body = document::strip(&doc.row, &saved, &actors).map_err(|_| StoreError::Corrupt("card"))?;
        doc.content = Some(Content {
            document,
            snapshot_version: 1,
            size_bytes: body.len(),
            actors,
        });
        if fresh {
            self.state.counters.doc = next_no;
            self.state.cache.number(no, card);
        }
        self.rows.snapshots.retain(|row| row.doc != no);
        self.rows.snapshots.push(SnapshotRow {
            doc: no,
            generation,
            version: 1,
            heads,
            body,
        });
        Ok(self.settle(card, old_digest, None, now_ms).await?)
    }
}

fn doc_no(batch: &mut Batch<'_>, id: &DocId) -> u64 {
    batch.state.cache.doc(id).map_or(0, |doc| doc.row.no)
}

/// Whether a card says just these fields already.
fn same_card(shown: &serde_json::Value, fields: &serde_json::Value) -> bool {
    let (Some(shown), Some(fields)) = (shown.as_object(), fields.as_object()) else {
        return false;
    };
    let said = shown
        .iter()
        .filter(|(key, _)| !matches!(key.as_str(), "kind" | "household"));
    said.clone().count() == fields.len()
        && said
            .into_iter()
            .all(|(key, value)| fields.get(key) == Some(value))
}

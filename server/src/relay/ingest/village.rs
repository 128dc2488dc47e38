//! The document of a village, kept in step with the registry: its name and place, its team, its pairings.
//!
//! The registry decides, the document follows: what the registry says and the document does not is written, and what
//! the server wrote earlier and no longer holds gets its last day. Entries of others stay as they are, and one that says
//! the same as the registry is not written a second time. Everything else in the document belongs to village and township.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};
use sync_core::edit::{EditOp, NewDocument, Refusal};
use sync_core::id::DocId;
use sync_core::schema::Kind;

use super::Stop;
use super::batch::Batch;
use crate::clock::day_in_china;
use crate::registry::places::Level;
use crate::registry::villages::{Member, Paired};
use crate::store::registry::{places, villages};
use crate::store::{StoreError, log};

/// Operations in one change: far below what a change may hold, each having several fields.
const OPS_AT_A_TIME: usize = 200;

/// What the registry says of one village.
struct Known {
    fields: Map<String, Json>,
    team: Vec<Member>,
    pairings: Vec<Paired>,
}

impl Batch<'_> {
    /// Marks the villages in which a household lies, or lay, for pairings with it.
    pub(super) async fn household_moved(
        &mut self,
        household: &DocId,
        from: Option<String>,
    ) -> Result<(), StoreError> {
        if villages::paired_with(&mut self.tx, household.as_str())
            .await?
            .is_empty()
        {
            return Ok(());
        }
        let to = self
            .state
            .cache
            .doc(household)
            .and_then(|doc| doc.row.village.clone());
        self.moved_paired.insert(household.clone());
        self.villages.extend(from.into_iter().chain(to));
        Ok(())
    }

    /// Brings the documents of marked villages in step.
    pub(super) async fn refresh_villages(&mut self, now_ms: i64) -> Result<(), Stop> {
        for code in std::mem::take(&mut self.villages) {
            self.refresh_village(&code, now_ms).await?;
        }
        Ok(())
    }

    async fn refresh_village(&mut self, code: &str, now_ms: i64) -> Result<(), Stop> {
        let Ok(id) = DocId::parse(code) else {
            return Ok(());
        };
        let Some(known) = self.known_of(code).await? else {
            return Ok(());
        };
        if !self.find(&id).await? {
            let new = NewDocument {
                new: Kind::Village.as_str().to_owned(),
                village: Some(code.to_owned()),
                household: None,
                year: None,
                id: None,
                at: None,
                value: known.fields.clone(),
            };
            let made = self.author_new(&new, now_ms).await?;
            if !self.went_well(made) {
                return Ok(());
            }
        }
        if !self.load(&id).await? {
            return Ok(());
        }
        let doc = self
            .state
            .cache
            .doc(&id)
            .ok_or(StoreError::Corrupt("document not loaded"))?;
        if doc.row.creation.kind != Kind::Village {
            tracing::warn!(doc_no = doc.row.no, "a village's code names another document");
            return Ok(());
        }
        let said = doc
            .content
            .as_ref()
            .map(|content| content.document.json())
            .unwrap_or_default();
        let tag = self.state.identity.relay_device.tag();
        let ops = known.missing_in(&said, &tag, &day_in_china(now_ms));
        for some in ops.chunks(OPS_AT_A_TIME) {
            let done = self.author_ops(&id, None, some, now_ms).await?;
            if !self.went_well(done) {
                break;
            }
        }
        Ok(())
    }

    /// A refusal here would be a fault of registry and schema: what one takes the other must.
    fn went_well(&self, done: Result<Option<DocId>, Refusal>) -> bool {
        if let Err(refusal) = &done {
            tracing::error!(
                reason = refusal.reason.code(),
                field = refusal.path.first().map_or("", String::as_str),
                "the document of a village cannot be written"
            );
        }
        done.is_ok()
    }

    async fn known_of(&mut self, code: &str) -> Result<Option<Known>, StoreError> {
        let Some(place) = places::by_id(&mut self.tx, code).await? else {
            return Ok(None);
        };
        if place.level != Level::Village {
            return Ok(None);
        }
        let mut fields = Map::from_iter([("name".to_owned(), json!(short(&place.name, 40)))]);
        if let Some(township) = place.parent {
            if let Some(county) = places::by_id(&mut self.tx, &township)
                .await?
                .and_then(|township| township.parent)
            {
                fields.insert("county".to_owned(), json!(county));
            }
            fields.insert("township".to_owned(), json!(township));
        }
        let mut pairings = Vec::new();
        for paired in villages::paired(&mut self.tx, code).await? {
            // Where a household lies that moved in this very commit is not in the database yet.
            let moved = paired
                .household
                .as_deref()
                .is_some_and(|id| self.moved_paired.iter().any(|moved| moved.as_str() == id));
            if !moved {
                pairings.push(paired);
            }
        }
        for household in self.moved_paired.clone() {
            let here = self
                .state
                .cache
                .doc(&household)
                .is_some_and(|doc| doc.row.village.as_deref() == Some(code));
            if here {
                pairings.extend(villages::paired_with(&mut self.tx, household.as_str()).await?);
            }
        }
        Ok(Some(Known {
            fields,
            team: villages::team(&mut self.tx, code).await?,
            pairings,
        }))
    }

    /// A village has another name now: the cards of its households show it.
    pub(super) async fn village_renamed(&mut self, village: &DocId) -> Result<(), StoreError> {
        for household in log::carded_households(&mut self.tx, village.as_str()).await? {
            self.cards.entry(household).or_insert(false);
        }
        Ok(())
    }
}

impl Known {
    /// What must be written so that the document says it, on this day.
    fn missing_in(&self, said: &Json, tag: &str, today: &str) -> Vec<EditOp> {
        let mut ops: Vec<EditOp> = self
            .fields
            .iter()
            .filter(|(key, value)| said.get(key) != Some(value))
            .map(|(key, value)| set(&[key], value))
            .collect();

        let team = Entries::of(said, "team", tag);
        for member in &self.team {
            let name = short(&member.name, 40);
            let holds = |entry: &Json| match text(entry, "person") {
                Some(person) => person == member.person,
                None => text(entry, "name") == Some(&name),
            };
            let mut value = fields([("person", &member.person), ("name", &name)]);
            value.extend(member.unit.iter().map(|unit| ("unit".to_owned(), json!(unit))));
            let since = member.since_ms.map_or_else(|| today.to_owned(), day_in_china);
            team.bring_in_step(&mut ops, holds, value, &since);
        }
        team.end(&mut ops, today, |entry| {
            let person = text(entry, "person");
            self.team
                .iter()
                .any(|member| Some(member.person.as_str()) == person)
        });

        // Two of a unit's people may stand by one household: that is one pairing.
        let mut pairings: BTreeMap<(&str, Option<&str>), &Paired> = BTreeMap::new();
        for paired in &self.pairings {
            let of = (paired.unit.as_str(), paired.household.as_deref());
            pairings.entry(of).or_insert(paired);
        }
        let entries = Entries::of(said, "pairings", tag);
        for (pair, paired) in &pairings {
            let unit_name = short(&paired.unit_name, 80);
            let mut value = fields([("unit", &paired.unit), ("unit_name", &unit_name)]);
            value.extend(pair.1.map(|household| ("household".to_owned(), json!(household))));
            let since = day_in_china(paired.since_ms);
            entries.bring_in_step(&mut ops, |entry| pair_of(entry) == *pair, value, &since);
        }
        entries.end(&mut ops, today, |entry| pairings.contains_key(&pair_of(entry)));
        ops
    }
}

/// The entries of one container that have not ended.
struct Entries<'a> {
    container: &'static str,
    open: Vec<(&'a String, &'a Json)>,
    /// Prefix of the keys the server makes.
    tag: &'a str,
}

impl<'a> Entries<'a> {
    fn of(said: &'a Json, container: &'static str, tag: &'a str) -> Self {
        let all = said.get(container).and_then(Json::as_object);
        let open = all
            .into_iter()
            .flatten()
            .filter(|(_, entry)| text(entry, "until").is_none());
        Entries {
            container,
            open: open.collect(),
            tag,
        }
    }

    /// One entry that `holds` says `value`; made if there is none.
    fn bring_in_step(
        &self,
        ops: &mut Vec<EditOp>,
        holds: impl Fn(&Json) -> bool,
        mut value: Map<String, Json>,
        since: &str,
    ) {
        let Some((key, entry)) = self.open.iter().find(|(_, entry)| holds(entry)) else {
            value.insert("since".to_owned(), json!(since));
            ops.push(EditOp::Add {
                path: vec![self.container.to_owned()],
                key: None,
                value,
            });
            return;
        };
        if key.starts_with(self.tag) {
            let differs = value
                .iter()
                .filter(|(name, value)| entry.get(name) != Some(value));
            ops.extend(differs.map(|(name, value)| set(&[self.container, key, name], value)));
        }
    }

    /// The server's entries that no longer hold get their last day.
    fn end(&self, ops: &mut Vec<EditOp>, today: &str, holds: impl Fn(&Json) -> bool) {
        let over = self
            .open
            .iter()
            .filter(|(key, entry)| key.starts_with(self.tag) && !holds(entry));
        ops.extend(over.map(|(key, _)| set(&[self.container, key, "until"], &json!(today))));
    }
}

fn set(path: &[&str], value: &Json) -> EditOp {
    EditOp::Set {
        path: path.iter().map(|part| (*part).to_owned()).collect(),
        value: value.clone(),
    }
}

fn fields<const N: usize>(pairs: [(&str, &str); N]) -> Map<String, Json> {
    pairs
        .into_iter()
        .map(|(key, value)| (key.to_owned(), json!(value)))
        .collect()
}

/// Unit and household of a pairing.
fn pair_of(entry: &Json) -> (&str, Option<&str>) {
    (text(entry, "unit").unwrap_or_default(), text(entry, "household"))
}

fn text<'a>(entry: &'a Json, field: &str) -> Option<&'a str> {
    entry.get(field).and_then(Json::as_str)
}

/// The registry takes longer names than documents do.
fn short(name: &str, chars_max: usize) -> String {
    name.chars().take(chars_max).collect()
}

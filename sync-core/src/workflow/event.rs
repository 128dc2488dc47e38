//! Events as a fold takes them: out of a document, with who wrote them, when they say so, and when the server had them.

use std::collections::BTreeMap;
use std::fmt;

use automerge::{ActorId, ChangeHash, ObjId, ObjType, ROOT, ReadDoc, Value};

use super::day::Day;
use crate::change::from_scalar_value;
use crate::document::Document;
use crate::policy::Role;
use crate::value::Scalar;

/// One event of a document.
#[derive(Clone, PartialEq, Eq)]
pub struct Event {
    /// Its key in the document.
    pub key: String,
    /// What it is: the sort of event.
    pub sort: String,
    /// As what its author signed it; the gate holds authors to that.
    pub role: Option<Role>,
    /// The person who wrote it, or, while nobody knows the person, the device's actor.
    pub author: String,
    /// Name of the person, as far as known.
    pub name: Option<String>,
    /// Its place among the changes of the document: the order of acceptance, the same on every replica; what has not
    /// been accepted comes last.
    pub position: usize,
    /// When, by the author's clock, Unix seconds. Decides nothing where the receipt is known.
    pub claimed_s: i64,
    /// When the server had it, Unix seconds. Not known of what has not been sent, and on a device of what came within a
    /// whole document.
    pub received_s: Option<i64>,
    /// What it says.
    pub fields: BTreeMap<String, Scalar>,
}

// What an event says is personal data.
impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Event({} {} claimed {} received {:?})",
            self.key, self.sort, self.claimed_s, self.received_s
        )
    }
}

/// Who an author is, as far as a replica knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Writer {
    /// Person id.
    pub person: String,
    /// Name.
    pub name: String,
    /// Role.
    pub role: Role,
}

impl Event {
    /// The moment that counts: receipt, and while that is not known what the author claims.
    pub fn at_s(&self) -> i64 {
        self.received_s.unwrap_or(self.claimed_s)
    }

    /// The day of that moment.
    pub fn day(&self) -> Day {
        Day::of(self.at_s())
    }

    /// The event it corrects.
    pub fn corrects(&self) -> Option<&str> {
        match self.fields.get("corrects") {
            Some(Scalar::Str(key)) if !key.is_empty() => Some(key),
            _ => None,
        }
    }
}

/// The order of events, the same on every replica: that of acceptance, whatever is known of times. What came in one
/// change is ordered by receipt, then by the claimed time, then by the key, whose number counts up on each device.
pub(super) fn in_order(events: &[Event]) -> Vec<&Event> {
    let mut ordered: Vec<&Event> = events.iter().collect();
    ordered.sort_by(|a, b| {
        let place = |event: &Event| {
            (
                event.position,
                event.received_s.is_none(),
                event.at_s(),
                event.claimed_s,
                event.key.len(),
            )
        };
        place(a)
            .cmp(&place(b))
            .then_with(|| a.key.cmp(&b.key))
            // Two events of one key and moment are told apart by what they say.
            .then_with(|| (&a.author, &a.sort, &a.fields).cmp(&(&b.author, &b.sort, &b.fields)))
    });
    ordered
}

/// The events of a document. `who` knows authors by their actor, `received` the server's time of a change.
pub fn events(
    document: &Document,
    who: impl Fn(&ActorId) -> Option<Writer>,
    received: impl Fn(&ChangeHash) -> Option<i64>,
) -> Vec<Event> {
    let automerge = document.automerge();
    let maps = |object: &ObjId, key: &str| -> Vec<ObjId> {
        automerge
            .get_all(object, key)
            .unwrap_or_default()
            .into_iter()
            .filter(|(value, _)| matches!(value, Value::Object(ObjType::Map)))
            .map(|(_, id)| id)
            .collect()
    };
    let mut found = Vec::new();
    for container in maps(&ROOT, "events") {
        for key in automerge.keys(&container) {
            for entry in maps(&container, &key) {
                let ObjId::Id(_, actor, _) = &entry else { continue };
                let mut fields: BTreeMap<String, Scalar> = BTreeMap::new();
                for field in automerge.keys(&entry) {
                    if let Ok(Some((Value::Scalar(value), _))) = automerge.get(&entry, field.as_str()) {
                        fields.insert(field, from_scalar_value(&value));
                    }
                }
                let change = automerge.hash_for_opid(&entry);
                let info = change.and_then(|hash| document.change_info(&hash));
                let writer = who(actor);
                let text = |name: &str| match fields.get(name) {
                    Some(Scalar::Str(text)) => Some(text.clone()),
                    _ => None,
                };
                let signed = text("role").and_then(|role| Role::parse(&role));
                let role = signed.or(writer.as_ref().map(|writer| writer.role));
                let sort = text("event").unwrap_or_default();
                found.push(Event {
                    key: key.clone(),
                    sort,
                    role,
                    author: writer
                        .as_ref()
                        .map_or_else(|| actor.to_string(), |writer| writer.person.clone()),
                    name: writer.map(|writer| writer.name),
                    position: info.map_or(usize::MAX, |info| info.position),
                    claimed_s: info.map_or(0, |info| info.time),
                    received_s: change.and_then(|hash| received(&hash)),
                    fields,
                });
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replica_without_receipts_puts_events_in_the_order_of_acceptance() {
        let event = |key: &str, position, claimed_s, received_s| Event {
            key: key.to_owned(),
            sort: "note".to_owned(),
            role: Some(Role::Team),
            author: "p1".to_owned(),
            name: None,
            position,
            claimed_s,
            received_s,
            fields: BTreeMap::new(),
        };
        // The first was accepted first, though its clock is ahead and this replica got it within a whole document.
        let replica = [event("b", 2, 100, Some(300)), event("a", 1, 900, None)];
        let log = [event("b", 2, 100, Some(300)), event("a", 1, 900, Some(200))];
        let keys = |events: &[Event]| -> Vec<String> {
            in_order(events).iter().map(|event| event.key.clone()).collect()
        };
        assert_eq!(keys(&replica), ["a", "b"]);
        assert_eq!(keys(&replica), keys(&log));
    }
}

//! Procedures: where an application or a case stands, what it lacks, and which clock runs.
//!
//! ```text
//!  procedures/*.json ─▶ Book ─ choose(name, place, day) ─▶ Procedure ┐
//!  calendar/*.json ───▶ Calendar ─────────────────────────────────────┼─▶ fold ─▶ Folded: state, steps, clocks, next
//!  Document ── events: who, claimed, received ─▶ Event ───────────────┘
//! ```
//!
//! - [`procedure`] a procedure as data, parsed and checked; [`book`] all of them, by area and day
//! - [`event`] the events of a document, in the one order; [`fold`] the state they make; [`clock`] what is due
//! - [`calendar`] working days; [`day`] days and months; [`draw`] how many cases are checked at random
//!
//! Nothing is stored: whoever holds the events folds the same state. Rights are [`crate::policy`]'s and were judged when
//! the event came in; a configuration narrows them and never widens them. The order of events is that of
//! acceptance, which every replica knows. Times that decide are the server's; a replica that does not know when the server
//! had an event counts its days from the claimed time, and says that it is provisional.

pub mod book;
pub mod calendar;
pub mod clock;
pub mod day;
pub mod draw;
pub mod event;
pub mod fold;
pub mod procedure;

use automerge::{ActorId, ChangeHash};

pub use book::Book;
pub use calendar::Calendar;
pub use day::Day;
pub use event::{Event, Writer, events};
pub use fold::{Folded, Step, Why, fold};

use crate::document::Document;
use crate::schema::Kind;
use crate::value::Scalar;

/// Events that say what is applied for.
const OPENING: [&str; 2] = ["submit", "emergency_reported"];

/// What a reader of documents knows beside them.
#[derive(Debug, Clone, Copy)]
pub struct Knowledge<'a> {
    /// Procedures.
    pub book: &'a Book,
    /// Working days.
    pub calendar: &'a Calendar,
    /// Code of the place the document lies in, for procedures of an area; empty when not known.
    pub place: &'a str,
    /// The present moment, Unix seconds.
    pub now_s: Option<i64>,
}

/// Where a document stands. `None` for kinds without a procedure, and while nobody has said which one is meant.
pub fn standing(
    knowledge: &Knowledge<'_>,
    document: &Document,
    who: impl Fn(&ActorId) -> Option<Writer>,
    received: impl Fn(&ChangeHash) -> Option<i64>,
) -> Option<Folded> {
    let kind = document.kind();
    if !matches!(kind, Kind::Application | Kind::Case) {
        return None;
    }
    let found = events(document, who, received);
    let ordered = event::in_order(&found);
    let said = |event: &&Event| match event.fields.get("procedure") {
        Some(Scalar::Str(name)) if !name.is_empty() && OPENING.contains(&event.sort.as_str()) => {
            Some(name.clone())
        }
        _ => None,
    };
    // What was applied for stays what it is; the draft may still change its mind.
    let name = match kind {
        Kind::Case => Some("monitoring".to_owned()),
        _ => ordered
            .iter()
            .find_map(said)
            .or_else(|| document.root_str("procedure")),
    }?;
    let opened = ordered.first().map(|event| event.at_s()).or(knowledge.now_s);
    let day = Day::of(opened.unwrap_or(i64::MAX));
    let procedure = knowledge
        .book
        .choose(&name, knowledge.place, day)
        .filter(|procedure| procedure.kind == kind)?;
    Some(fold(procedure, knowledge.calendar, &found, knowledge.now_s))
}

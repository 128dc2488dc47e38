//! Who may write what: one table of kind × path × role, and nothing allowed that is not in it.
//!
//! The gate asks it for every decoded operation of a signed change, the phone asks it to disable what would be
//! refused. It knows roles, not places: that the household lies in the signer's village, or that the need is
//! assigned to the signer's unit, is decided by the audience ([`crate::audience`]). The table in words stands beside,
//! in `policy/table.txt`, and a test keeps the two equal: review a change of rights there.
//!
//! Three rules stand above the table: an entry of an append-only container is added and then neither written nor
//! deleted by anybody; containers themselves are never written; what a creation fixed (parents, year) stays.

mod casework;
mod describe;
mod role;

pub use describe::describe;
pub use role::Role;

use crate::id::DocId;
use crate::reason::Reason;
use crate::schema::{Kind, Node, is_append_only, node};
use crate::value::Scalar;

/// What an operation does at its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Makes the document; path `[]`. Its creation parameters are part of it.
    Create,
    /// Writes a scalar; path of a field.
    Put,
    /// Clears a field, or removes an entry; path of a field or `[container, key]`.
    Delete,
    /// Makes an entry; path `[container, key]`. Fields written by the same change are asked with `AddEntry` too,
    /// path `[container, key, field]`: they belong to the adding, also where entries are append-only.
    AddEntry,
}

impl Action {
    /// Every action.
    pub const ALL: &'static [Action] = &[Action::Create, Action::Put, Action::Delete, Action::AddEntry];

    /// Its letter in tables.
    pub fn letter(self) -> char {
        match self {
            Action::Create => 'C',
            Action::Put => 'P',
            Action::Delete => 'D',
            Action::AddEntry => 'A',
        }
    }
}

/// Where in a document of a kind a rule holds.
enum Where {
    /// The document as a whole.
    Document,
    /// These root fields.
    Fields(&'static [&'static str]),
    /// Every field of this group.
    Group(&'static str),
    /// Every entry of this container, and every field of it.
    Entries(&'static str),
}

/// One line of the table: these roles may do these things there.
struct Rule {
    kind: Kind,
    place: Where,
    roles: &'static [Role],
    actions: &'static [Action],
}

const fn rule(kind: Kind, place: Where, roles: &'static [Role], actions: &'static [Action]) -> Rule {
    Rule {
        kind,
        place,
        roles,
        actions,
    }
}

use Action::{AddEntry, Create, Delete, Put};
use Role::{Committee, County, Relay, Team, Township, Unit, VillageCadre};

/// The household file as the village side writes it: everything but the village it lies in and the verification.
#[rustfmt::skip]
const HOUSEHOLD_DRAFT: &[&str] = &[
    "group", "number", "householder", "address", "phone", "gps_lat_e6", "gps_lng_e6", "register_state",
    "household_type", "monitoring_type", "poverty_cause", "risk", "risk_level", "risk_state", "allowance_class",
    "house_structure", "house_grade", "house_area_m2", "water_source", "power", "land_mu", "expense_medical_yuan",
    "expense_education_yuan", "expense_other_yuan", "cadre", "cadre_name", "cadre_unit", "remark", "note",
];

#[rustfmt::skip]
const VILLAGE_PROFILE: &[&str] = &[
    "secretary_name", "office_phone", "office_address", "households_count", "population_count", "labour_count",
    "farmland_mu", "industries", "clinic", "school", "paved_road", "signal_note", "remark",
];

/// What raising a need tells.
const NEED_DRAFT: &[&str] = &[
    "category",
    "urgency",
    "title",
    "description",
    "amount_yuan",
    "raised_by",
    "raised_on",
];

/// What asking the household afterwards tells.
const NEED_CONFIRMATION: &[&str] = &["confirmed_on", "confirmed_by", "reopened_reason"];

const WRITE: &[Action] = &[Put, Delete];
const KEEP: &[Action] = &[AddEntry, Put, Delete];

/// The whole of it.
const TABLE: &[Rule] = &[
    // Village. The township keeps the people and the board, the village side its own description.
    rule(Kind::Village, Where::Document, &[Relay], &[Create]),
    rule(
        Kind::Village,
        Where::Fields(&["name", "township", "county"]),
        &[Township, Relay],
        &[Put],
    ),
    rule(
        Kind::Village,
        Where::Fields(VILLAGE_PROFILE),
        &[Team, Committee, Township],
        WRITE,
    ),
    rule(Kind::Village, Where::Fields(VILLAGE_PROFILE), &[Relay], &[Put]),
    rule(
        Kind::Village,
        Where::Entries("groups"),
        &[Team, Committee, Township],
        KEEP,
    ),
    rule(
        Kind::Village,
        Where::Entries("groups"),
        &[Relay],
        &[AddEntry, Put],
    ),
    rule(Kind::Village, Where::Entries("team"), &[Township], KEEP),
    rule(Kind::Village, Where::Entries("pairings"), &[Township], KEEP),
    rule(Kind::Village, Where::Entries("team"), &[Relay], &[AddEntry, Put]),
    rule(
        Kind::Village,
        Where::Entries("pairings"),
        &[Relay],
        &[AddEntry, Put],
    ),
    rule(Kind::Village, Where::Entries("notices"), &[Township], &[AddEntry]),
    rule(
        Kind::Village,
        Where::Entries("postings"),
        &[Committee],
        &[AddEntry],
    ),
    // Household. Who writes the file does not verify it, and who verifies it does not write it.
    rule(
        Kind::Household,
        Where::Document,
        &[Team, Committee, Relay],
        &[Create],
    ),
    rule(
        Kind::Household,
        Where::Fields(HOUSEHOLD_DRAFT),
        &[Team, Committee],
        WRITE,
    ),
    rule(Kind::Household, Where::Fields(HOUSEHOLD_DRAFT), &[Relay], &[Put]),
    rule(
        Kind::Household,
        Where::Fields(&["village"]),
        &[Township, Relay],
        &[Put],
    ),
    rule(
        Kind::Household,
        Where::Fields(&["verified_at", "verified_by", "verify_note"]),
        &[Township],
        WRITE,
    ),
    rule(
        Kind::Household,
        Where::Group("guarantees"),
        &[Team, Committee],
        WRITE,
    ),
    rule(Kind::Household, Where::Group("guarantees"), &[Relay], &[Put]),
    rule(
        Kind::Household,
        Where::Entries("members"),
        &[Team, Committee],
        KEEP,
    ),
    rule(
        Kind::Household,
        Where::Entries("income"),
        &[Team, Committee],
        KEEP,
    ),
    // What was given stays on record; a measure ends by its date.
    rule(
        Kind::Household,
        Where::Entries("assistance"),
        &[Team, Committee],
        &[AddEntry, Put],
    ),
    rule(
        Kind::Household,
        Where::Entries("members"),
        &[Relay],
        &[AddEntry, Put],
    ),
    rule(
        Kind::Household,
        Where::Entries("income"),
        &[Relay],
        &[AddEntry, Put],
    ),
    rule(
        Kind::Household,
        Where::Entries("assistance"),
        &[Relay],
        &[AddEntry, Put],
    ),
    // Journal. Written by those who visit.
    rule(Kind::Journal, Where::Document, &[Team, VillageCadre], &[Create]),
    rule(
        Kind::Journal,
        Where::Entries("visits"),
        &[Team, VillageCadre],
        &[AddEntry],
    ),
    // Need. Raised and confirmed in the village, answered by the unit, reassigned and closed by the township.
    rule(
        Kind::Need,
        Where::Document,
        &[Team, Committee, VillageCadre],
        &[Create],
    ),
    rule(
        Kind::Need,
        Where::Fields(NEED_DRAFT),
        &[Team, Committee, VillageCadre],
        WRITE,
    ),
    rule(
        Kind::Need,
        Where::Fields(NEED_CONFIRMATION),
        &[Team, Committee, VillageCadre],
        WRITE,
    ),
    rule(
        Kind::Need,
        Where::Fields(&["unit", "due"]),
        &[Team, Committee, VillageCadre, Township],
        WRITE,
    ),
    rule(
        Kind::Need,
        Where::Fields(&["state"]),
        &[Team, Committee, VillageCadre, Unit, Township],
        &[Put],
    ),
    rule(
        Kind::Need,
        Where::Fields(&[
            "cadre",
            "plan",
            "planned_on",
            "result",
            "result_on",
            "result_amount_yuan",
            "handed_back_reason",
        ]),
        &[Unit],
        WRITE,
    ),
    // The village side solves many needs itself, without any unit.
    rule(
        Kind::Need,
        Where::Fields(&["plan", "planned_on", "result", "result_on", "result_amount_yuan"]),
        &[Team, Committee],
        WRITE,
    ),
    rule(
        Kind::Need,
        Where::Fields(&["closed_on", "closing_note"]),
        &[Township],
        WRITE,
    ),
    rule(
        Kind::Need,
        Where::Entries("responses"),
        &[Team, Committee, VillageCadre, Unit, Township],
        &[AddEntry],
    ),
    // Who looked at it in an office. The village side raised it; that it has been seen is for others to say.
    rule(Kind::Need, Where::Entries("seen"), &[Unit, Township], &[AddEntry]),
    // Card. Made by the server from a list of fields.
    rule(Kind::Card, Where::Document, &[Relay], &[Create]),
    rule(
        Kind::Card,
        Where::Fields(&[
            "village_name",
            "group",
            "householder",
            "address",
            "phone",
            "household_type",
            "member_count",
        ]),
        &[Relay],
        &[Put],
    ),
    // Application. Drafted in the village or at the township's counter; what counts are the events, and which of them
    // each role may write is said in `casework`.
    rule(
        Kind::Application,
        Where::Document,
        &[Team, Committee, Township],
        &[Create],
    ),
    rule(
        Kind::Application,
        Where::Fields(&["procedure", "applicant", "title", "description", "raised_on"]),
        &[Team, Committee, Township],
        WRITE,
    ),
    rule(
        Kind::Application,
        Where::Group("declared"),
        &[Team, Committee, Township],
        WRITE,
    ),
    rule(
        Kind::Application,
        Where::Entries("events"),
        &[Team, Committee, VillageCadre, Township, County],
        &[AddEntry],
    ),
    // Case. A lead may come from anybody who serves the village.
    rule(
        Kind::Case,
        Where::Document,
        &[Team, Committee, VillageCadre, Township],
        &[Create],
    ),
    rule(
        Kind::Case,
        Where::Fields(&["title"]),
        &[Team, Committee, VillageCadre, Township],
        WRITE,
    ),
    rule(
        Kind::Case,
        Where::Entries("events"),
        &[Team, Committee, VillageCadre, Township, County],
        &[AddEntry],
    ),
    // Attendance. Members write their own month (`is_own`), the township decides on leave and confirms.
    rule(Kind::Attendance, Where::Document, &[Team], &[Create]),
    rule(Kind::Attendance, Where::Entries("marks"), &[Team], &[AddEntry]),
    rule(Kind::Attendance, Where::Entries("leaves"), &[Team], &[AddEntry]),
    rule(
        Kind::Attendance,
        Where::Entries("decisions"),
        &[Township],
        &[AddEntry],
    ),
    rule(
        Kind::Attendance,
        Where::Entries("confirmations"),
        &[Township],
        &[AddEntry],
    ),
    // Notice. Issued by the township, posted by the committee, read by all.
    rule(Kind::Notice, Where::Document, &[Township], &[Create]),
    rule(
        Kind::Notice,
        Where::Fields(&["sort", "title"]),
        &[Township],
        &[Put],
    ),
    rule(Kind::Notice, Where::Entries("issues"), &[Township], &[AddEntry]),
    rule(
        Kind::Notice,
        Where::Entries("postings"),
        &[Committee],
        &[AddEntry],
    ),
    rule(
        Kind::Notice,
        Where::Entries("receipts"),
        &[Team, Committee, VillageCadre],
        &[AddEntry],
    ),
    // Plan. Made in the village and the township; a unit answers for the measures of the plan given to it.
    rule(
        Kind::Plan,
        Where::Document,
        &[Team, Committee, Township],
        &[Create],
    ),
    rule(
        Kind::Plan,
        Where::Fields(&["title", "unit"]),
        &[Team, Committee, Township],
        WRITE,
    ),
    rule(
        Kind::Plan,
        Where::Entries("measures"),
        &[Team, Committee, Unit, Township],
        &[AddEntry],
    ),
    rule(
        Kind::Plan,
        Where::Entries("results"),
        &[Team, Committee, VillageCadre, Unit, Township],
        &[AddEntry],
    ),
    // Check. Between offices.
    rule(Kind::Check, Where::Document, &[Township], &[Create]),
    rule(
        Kind::Check,
        Where::Entries("accounts"),
        &[Township, County],
        &[AddEntry],
    ),
    rule(
        Kind::Check,
        Where::Entries("reports"),
        &[Township, County],
        &[AddEntry],
    ),
];

/// States of a need that each role may set: a unit answers or hands back, only the township closes.
const NEED_STATES: &[(&[Role], &[&str])] = &[
    (
        &[Team, Committee, VillageCadre],
        &[
            "open",
            "assigned",
            "in_progress",
            "answered",
            "solved",
            "reopened",
        ],
    ),
    (&[Unit], &["accepted", "in_progress", "answered", "handed_back"]),
    (&[Township], &["open", "assigned", "reopened", "closed"]),
];

/// For which office each role may say that it has seen a need.
const SEEN_OFFICES: &[(&[Role], &[&str])] = &[(&[Unit], &["unit"]), (&[Township], &["township"])];

/// Whether a role may do this there. Denied unless the table allows it; a path the schema does not know is
/// [`Reason::UnknownField`], an action that does not fit its path [`Reason::BadOperation`].
pub fn may(role: Role, kind: Kind, path: &[&str], action: Action) -> Result<(), Reason> {
    check_shape(kind, path, action)?;
    if action != AddEntry && path.len() > 1 && is_append_only(kind, path[0]) {
        return Err(Reason::AppendOnly);
    }
    let allowed = TABLE.iter().any(|rule| {
        rule.kind == kind
            && rule.roles.contains(&role)
            && rule.actions.contains(&action)
            && match rule.place {
                Where::Document => path.is_empty(),
                Where::Fields(names) => path.len() == 1 && names.contains(&path[0]),
                Where::Group(name) | Where::Entries(name) => path.len() > 1 && path[0] == name,
            }
    });
    if allowed { Ok(()) } else { Err(Reason::NotAllowed) }
}

/// Whether a role may write this very value there; asked beside [`may`] for every `Put` and every field of an added
/// entry. The state of a need, and for whom it has been seen, depend on the value, and so do the sort of an event and
/// the role it is signed as.
pub fn may_write_value(role: Role, kind: Kind, path: &[&str], value: &Scalar) -> Result<(), Reason> {
    let Scalar::Str(value) = value else {
        return Ok(());
    };
    let listed = |table: &[(&[Role], &[&str])]| {
        table
            .iter()
            .any(|(roles, values)| roles.contains(&role) && values.contains(&value.as_str()))
    };
    let allowed = match (kind, path) {
        (Kind::Need, ["state"]) => listed(NEED_STATES),
        (Kind::Need, ["seen", _, "office"]) => listed(SEEN_OFFICES),
        (Kind::Application | Kind::Case, ["events", _, "event"]) => may_write_event(role, kind, value),
        (Kind::Application | Kind::Case, ["events", _, "role"]) => role.as_str() == value,
        _ => true,
    };
    if allowed { Ok(()) } else { Err(Reason::NotAllowed) }
}

/// Whether a role may write events of this sort. No procedure gives a right that is not here.
pub fn may_write_event(role: Role, kind: Kind, sort: &str) -> bool {
    casework::events(kind)
        .iter()
        .any(|(roles, sorts)| roles.contains(&role) && sorts.contains(&sort))
}

/// Whether a document is the signer's own, where a kind asks for that: a team member writes no month but theirs.
/// Others than the team are held to [`may`] alone.
pub fn is_own(role: Role, kind: Kind, id: &DocId, village: Option<&str>, person: Option<&str>) -> bool {
    if (role, kind) != (Role::Team, Kind::Attendance) {
        return true;
    }
    match (village.and_then(|village| id.as_attendance(village)), person) {
        (Some((_, _, whose)), Some(person)) => whose == person,
        _ => false,
    }
}

/// Whether documents of this kind are ever delivered to this role. The places decide which of them.
pub fn readable(role: Role, kind: Kind) -> bool {
    match role {
        Role::Team | Role::Committee | Role::VillageCadre => !matches!(kind, Kind::Card | Kind::Check),
        Role::Township => kind != Kind::Card,
        Role::County => !matches!(kind, Kind::Journal | Kind::Card | Kind::Attendance),
        Role::Unit => matches!(kind, Kind::Need | Kind::Card | Kind::Plan),
        Role::Admin => false,
        Role::Relay => true,
    }
}

/// The action fits the path, and the path is one of the schema's.
fn check_shape(kind: Kind, path: &[&str], action: Action) -> Result<(), Reason> {
    if !kind.is_known() {
        return Err(Reason::UnknownKind);
    }
    let Some(root) = path.first() else {
        return if action == Create {
            Ok(())
        } else {
            Err(Reason::BadOperation)
        };
    };
    let has = |name: &str, node: &Node| node.fields().iter().any(|field| field.name == name);
    match (node(kind, root).ok_or(Reason::UnknownField)?, path, action) {
        (_, _, Create) => Err(Reason::BadOperation),
        (Node::Field(_), [_], Put | Delete) => Ok(()),
        (group @ Node::Group { .. }, [_, name], Put | Delete) => {
            if has(name, group) {
                Ok(())
            } else {
                Err(Reason::UnknownField)
            }
        }
        (Node::Entries { .. }, [_, _], AddEntry | Delete) => Ok(()),
        (entries @ Node::Entries { .. }, [_, _, name], _) => {
            if has(name, entries) {
                Ok(())
            } else {
                Err(Reason::UnknownField)
            }
        }
        _ => Err(Reason::BadOperation),
    }
}

#[cfg(test)]
mod tests;

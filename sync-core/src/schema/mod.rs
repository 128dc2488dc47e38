//! What documents look like: kinds, their fields and containers, and the checks a written value must pass.
//!
//! A document is a map of root fields and of containers. A container is a *group* (a fixed set of fields) or
//! *entries* (maps under keys of their own: members, visits, income by year). Nothing is ever deeper than
//! container / entry / field, and there are no lists, so two people can write at once without an index to fight over.
//! The schema is data ([`nodes`]); it decides shape only. Who may write what is [`crate::policy`], who may see what
//! is [`crate::audience`]. A field unknown here is refused on writing but kept on reading: it comes from a newer version.

mod application;
mod attendance;
mod card;
mod case;
mod check;
mod event;
mod field;
mod household;
mod journal;
mod need;
mod notice;
mod plan;
mod village;
mod wire_keys;

pub use field::{Choice, Field, FieldType};
pub use wire_keys::{wire_key, wire_keys};

use crate::reason::Reason;
use crate::value::Scalar;

/// What a document is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A village: profile, work team, pairings, notices.
    Village,
    /// A household file.
    Household,
    /// One household's visits in one year.
    Journal,
    /// A problem of a household that somebody must solve.
    Need,
    /// What an assistance unit may see of a household.
    Card,
    /// An application for social assistance: what is asked for, and every event of the procedure.
    Application,
    /// Monitoring of a household against return to poverty, from the lead to the end of the risk.
    Case,
    /// One month of one member of a work team.
    Attendance,
    /// What is posted or sent round in one village.
    Notice,
    /// Measures for one household.
    Plan,
    /// Bank accounts and reports of data checks: between offices only.
    Check,
    /// A kind that a later version has added, by its number: held and passed on, never opened.
    Later(u8),
}

impl Kind {
    /// Every kind this version knows, in the order of their codes.
    pub const ALL: &'static [Kind] = &[
        Kind::Village,
        Kind::Household,
        Kind::Journal,
        Kind::Need,
        Kind::Card,
        Kind::Application,
        Kind::Case,
        Kind::Attendance,
        Kind::Notice,
        Kind::Plan,
        Kind::Check,
    ];

    /// The number on the wire. Append-only.
    pub fn code(self) -> u8 {
        match self {
            Kind::Village => 1,
            Kind::Household => 2,
            Kind::Journal => 3,
            Kind::Need => 4,
            Kind::Card => 5,
            Kind::Application => 6,
            Kind::Case => 7,
            Kind::Attendance => 8,
            Kind::Notice => 9,
            Kind::Plan => 10,
            Kind::Check => 11,
            Kind::Later(code) => code,
        }
    }

    /// The kind with this number, [`Kind::Later`] where this version does not know it.
    pub fn from_code(code: u8) -> Kind {
        let known = Kind::ALL.iter().copied().find(|kind| kind.code() == code);
        known.unwrap_or(Kind::Later(code))
    }

    /// Whether this version can open documents of this kind.
    pub fn is_known(self) -> bool {
        !matches!(self, Kind::Later(_))
    }

    /// The name in documents, commands and interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Village => "village",
            Kind::Household => "household",
            Kind::Journal => "journal",
            Kind::Need => "need",
            Kind::Card => "card",
            Kind::Application => "application",
            Kind::Case => "case",
            Kind::Attendance => "attendance",
            Kind::Notice => "notice",
            Kind::Plan => "plan",
            Kind::Check => "check",
            Kind::Later(_) => "later",
        }
    }

    /// Reads what [`Kind::as_str`] wrote.
    pub fn parse(text: &str) -> Option<Kind> {
        Kind::ALL.iter().copied().find(|kind| kind.as_str() == text)
    }

    /// The name for people, Chinese.
    pub fn zh(self) -> &'static str {
        match self {
            Kind::Village => "村档",
            Kind::Household => "户档",
            Kind::Journal => "走访记录",
            Kind::Need => "诉求",
            Kind::Card => "户卡",
            Kind::Application => "救助申请",
            Kind::Case => "防返贫监测",
            Kind::Attendance => "驻村考勤",
            Kind::Notice => "公示通知",
            Kind::Plan => "一户一策",
            Kind::Check => "核对报告与账户",
            Kind::Later(_) => "新版本资料",
        }
    }

    /// The name for people, English.
    pub fn en(self) -> &'static str {
        match self {
            Kind::Village => "village file",
            Kind::Household => "household file",
            Kind::Journal => "visits",
            Kind::Need => "need",
            Kind::Card => "household card",
            Kind::Application => "application for assistance",
            Kind::Case => "monitoring against return to poverty",
            Kind::Attendance => "attendance",
            Kind::Notice => "notice",
            Kind::Plan => "plan for a household",
            Kind::Check => "data checks and accounts",
            Kind::Later(_) => "record of a later version",
        }
    }

    /// Order of a first loading, smallest first: the list of households must be on the screen before the long tail
    /// of visits. Cards come before needs, so that a unit never sees a need of a household without a name.
    pub fn rank(self) -> u8 {
        match self {
            Kind::Village => 0,
            Kind::Household => 1,
            Kind::Card => 2,
            Kind::Need => 3,
            Kind::Journal => 4,
            Kind::Application => 5,
            Kind::Case => 6,
            Kind::Plan => 7,
            Kind::Notice => 8,
            Kind::Attendance => 9,
            Kind::Check => 10,
            Kind::Later(_) => 11,
        }
    }
}

/// A root entry of a document.
#[derive(Clone, Copy, Debug)]
pub enum Node {
    /// A scalar at the root.
    Field(Field),
    /// A fixed set of fields under one name.
    Group {
        /// Key at the root.
        name: &'static str,
        /// Label, Chinese.
        zh: &'static str,
        /// Label, English.
        en: &'static str,
        /// What it holds.
        fields: &'static [Field],
    },
    /// Maps of the same fields, each under a key of its own.
    Entries {
        /// Key at the root.
        name: &'static str,
        /// Label, Chinese.
        zh: &'static str,
        /// Label, English.
        en: &'static str,
        /// What the keys are.
        key: EntryKey,
        /// What each entry holds.
        fields: &'static [Field],
        /// Whether an entry stays as it was written.
        append_only: bool,
    },
}

impl Node {
    /// Key at the root.
    pub fn name(&self) -> &'static str {
        match self {
            Node::Field(field) => field.name,
            Node::Group { name, .. } | Node::Entries { name, .. } => name,
        }
    }

    /// The fields below this node; for a root field the field itself.
    pub fn fields(&self) -> &[Field] {
        match self {
            Node::Field(field) => std::slice::from_ref(field),
            Node::Group { fields, .. } | Node::Entries { fields, .. } => fields,
        }
    }
}

/// What the keys of entries are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKey {
    /// Made by the writer: its device's tag and a number, or any other short plain name.
    Tag,
    /// A calendar year, so that two people filling in one year write the same entry.
    Year,
}

/// What must be told when a document is created; fixed for good unless it is also a writable field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CreateParam {
    /// The household the document belongs to: a document id.
    Household,
    /// The year it covers.
    Year,
    /// The village a household starts in (it may move later, by an ordinary write of the field), or the village of a
    /// month's attendance or a notice, for good.
    Village,
}

impl CreateParam {
    /// Key at the root of the created document.
    pub fn name(self) -> &'static str {
        match self {
            CreateParam::Household => "household",
            CreateParam::Year => "year",
            CreateParam::Village => "village",
        }
    }
}

/// Years a journal or an income entry may be of.
pub const YEAR_MIN: i64 = 1980;
/// See [`YEAR_MIN`].
pub const YEAR_MAX: i64 = 2099;
/// Characters of an entry key.
pub const ENTRY_KEY_CHARS_MAX: usize = 32;

/// The root nodes of a kind, in the order a form shows them.
pub fn nodes(kind: Kind) -> &'static [Node] {
    match kind {
        Kind::Village => village::NODES,
        Kind::Household => household::NODES,
        Kind::Journal => journal::NODES,
        Kind::Need => need::NODES,
        Kind::Card => card::NODES,
        Kind::Application => application::NODES,
        Kind::Case => case::NODES,
        Kind::Attendance => attendance::NODES,
        Kind::Notice => notice::NODES,
        Kind::Plan => plan::NODES,
        Kind::Check => check::NODES,
        Kind::Later(_) => &[],
    }
}

/// What a creation of this kind must tell, in the order it is written.
pub fn parents(kind: Kind) -> &'static [CreateParam] {
    match kind {
        Kind::Village | Kind::Later(_) => &[],
        Kind::Household | Kind::Notice => &[CreateParam::Village],
        Kind::Journal => &[CreateParam::Household, CreateParam::Year],
        Kind::Attendance => &[CreateParam::Village, CreateParam::Year],
        Kind::Need | Kind::Card | Kind::Application | Kind::Case | Kind::Plan | Kind::Check => {
            &[CreateParam::Household]
        }
    }
}

/// Containers that joined a kind after its first version. The genesis is made by both ends and never sent, so it is the
/// same for ever: these are made by the first change that writes into them, also side by side.
const CONTAINERS_SINCE_GENESIS: &[(Kind, &str)] = &[(Kind::Need, "seen")];

/// The maps at the root that the genesis change makes.
pub fn genesis_containers(kind: Kind) -> impl Iterator<Item = &'static str> {
    containers(kind).filter(move |name| !CONTAINERS_SINCE_GENESIS.contains(&(kind, name)))
}

/// The maps a root may hold.
pub fn containers(kind: Kind) -> impl Iterator<Item = &'static str> {
    nodes(kind)
        .iter()
        .filter(|node| !matches!(node, Node::Field(_)))
        .map(Node::name)
}

/// The root node of this name.
pub fn node(kind: Kind, name: &str) -> Option<&'static Node> {
    nodes(kind).iter().find(|node| node.name() == name)
}

/// The field a path leads to: `[field]`, `[group, field]` or `[entries, key, field]`. The key is not looked at.
pub fn field(kind: Kind, path: &[&str]) -> Option<&'static Field> {
    match (path, node(kind, path.first()?)?) {
        ([_], Node::Field(field)) => Some(field),
        ([_, name], Node::Group { fields, .. }) | ([_, _, name], Node::Entries { fields, .. }) => {
            fields.iter().find(|field| field.name == *name)
        }
        _ => None,
    }
}

/// Whether entries of this container stay as they were written.
pub fn is_append_only(kind: Kind, container: &str) -> bool {
    matches!(
        node(kind, container),
        Some(Node::Entries {
            append_only: true,
            ..
        })
    )
}

/// Checks a scalar about to be written: the field exists, and the value has its type and keeps its bounds.
pub fn check_put(kind: Kind, path: &[&str], value: &Scalar) -> Result<(), Reason> {
    let field = field(kind, path).ok_or(Reason::UnknownField)?;
    if let [container, key, _] = path {
        check_entry_key(kind, container, key)?;
    }
    field.ty.check(value)
}

/// Checks the key of an entry about to be added or written.
pub fn check_entry_key(kind: Kind, container: &str, key: &str) -> Result<(), Reason> {
    let Some(Node::Entries { key: sort, .. }) = node(kind, container) else {
        return Err(Reason::UnknownField);
    };
    match sort {
        EntryKey::Tag => field::check_id(key, ENTRY_KEY_CHARS_MAX),
        EntryKey::Year => check_year(key),
    }
}

fn check_year(text: &str) -> Result<(), Reason> {
    if text.len() != 4 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Reason::WrongType);
    }
    match text.parse::<i64>() {
        Ok(year) if (YEAR_MIN..=YEAR_MAX).contains(&year) => Ok(()),
        _ => Err(Reason::ValueOutOfRange),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn text(value: &str) -> Scalar {
        Scalar::Str(value.to_owned())
    }

    #[test]
    fn names_are_unique_within_a_map_and_plain() {
        for &kind in Kind::ALL {
            let mut roots = BTreeSet::from(["kind"]);
            for node in nodes(kind) {
                assert!(roots.insert(node.name()), "{kind:?} has two {}", node.name());
                let mut inner = BTreeSet::new();
                for field in node.fields() {
                    assert!(
                        inner.insert(field.name),
                        "{kind:?} {} has two {}",
                        node.name(),
                        field.name
                    );
                    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
                    assert!(field.name.bytes().all(plain), "{}", field.name);
                    assert!(!field.zh.is_empty() && !field.en.is_empty(), "{}", field.name);
                }
            }
        }
    }

    #[test]
    fn creation_parameters_are_readable_fields() {
        for &kind in Kind::ALL {
            for param in parents(kind) {
                assert!(field(kind, &[param.name()]).is_some(), "{kind:?} {param:?}");
            }
        }
    }

    #[test]
    fn every_path_sort_finds_its_field_and_no_other() {
        assert!(field(Kind::Household, &["phone"]).is_some());
        assert!(field(Kind::Household, &["guarantees", "water"]).is_some());
        assert!(field(Kind::Household, &["members", "k1", "name"]).is_some());
        for path in [
            &["members"][..],
            &["members", "k1"],
            &["phone", "x"],
            &["guarantees"],
            &["guarantees", "x", "water"],
            &["members", "k1", "name", "x"],
            &["kind"],
            &["nothing"],
            &[],
        ] {
            assert!(field(Kind::Household, path).is_none(), "{path:?}");
        }
    }

    #[test]
    fn values_are_checked_by_type_and_bounds() {
        let put = |path: &[&str], value: Scalar| check_put(Kind::Household, path, &value);
        assert_eq!(put(&["phone"], text("13515926038")), Ok(()));
        assert_eq!(put(&["phone"], text("call me")), Err(Reason::WrongType));
        assert_eq!(put(&["phone"], Scalar::Int(1)), Err(Reason::WrongType));
        assert_eq!(
            put(&["phone"], Scalar::Null),
            Err(Reason::WrongType),
            "clearing is a deletion"
        );
        assert_eq!(
            put(&["householder"], text(&"长".repeat(41))),
            Err(Reason::ValueTooLong)
        );
        assert_eq!(put(&["income", "2026", "wage_yuan"], Scalar::Int(48_500)), Ok(()));
        assert_eq!(
            put(&["income", "26", "wage_yuan"], Scalar::Int(1)),
            Err(Reason::WrongType)
        );
        assert_eq!(
            put(&["income", "1066", "wage_yuan"], Scalar::Int(1)),
            Err(Reason::ValueOutOfRange)
        );
        assert_eq!(
            put(&["income", "2026", "wage_yuan"], Scalar::Int(i64::MAX)),
            Err(Reason::ValueOutOfRange)
        );
        assert_eq!(
            put(&["members", "a b", "name"], text("某某")),
            Err(Reason::WrongType)
        );
        assert_eq!(
            put(&["members", "m1", "bank_number"], text("1")),
            Err(Reason::UnknownField)
        );
        assert_eq!(
            put(&["verified_at"], text("2026-02-29")),
            Err(Reason::ValueOutOfRange)
        );
    }

    #[test]
    fn a_strict_choice_takes_only_its_options_and_an_open_one_any_short_text() {
        let need = |name: &str, value: &str| check_put(Kind::Need, &[name], &text(value));
        assert_eq!(need("state", "handed_back"), Ok(()));
        assert_eq!(need("state", "done"), Err(Reason::ValueOutOfRange));
        assert_eq!(need("category", "本地特有的一类"), Ok(()));
        assert_eq!(need("category", &"长".repeat(60)), Err(Reason::ValueTooLong));
    }

    #[test]
    fn a_list_of_households_is_loaded_before_the_visits() {
        let mut kinds = Kind::ALL.to_vec();
        kinds.sort_by_key(|kind| kind.rank());
        assert_eq!(
            kinds,
            [
                Kind::Village,
                Kind::Household,
                Kind::Card,
                Kind::Need,
                Kind::Journal,
                Kind::Application,
                Kind::Case,
                Kind::Plan,
                Kind::Notice,
                Kind::Attendance,
                Kind::Check
            ]
        );
    }

    #[test]
    fn a_container_that_came_later_is_one_of_its_kind() {
        for (kind, name) in CONTAINERS_SINCE_GENESIS {
            assert!(containers(*kind).any(|known| known == *name), "{kind:?} {name}");
            assert!(
                genesis_containers(*kind).all(|made| made != *name),
                "{kind:?} {name}"
            );
        }
    }

    #[test]
    fn what_a_visit_or_a_notice_says_stays() {
        let append_only: Vec<String> = Kind::ALL
            .iter()
            .flat_map(|&kind| containers(kind).map(move |name| (kind, name)))
            .filter(|(kind, name)| is_append_only(*kind, name))
            .map(|(kind, name)| format!("{}.{name}", kind.as_str()))
            .collect();
        assert_eq!(
            append_only,
            [
                "village.notices",
                "village.postings",
                "journal.visits",
                "need.responses",
                "need.seen",
                "application.events",
                "case.events",
                "attendance.marks",
                "attendance.leaves",
                "attendance.decisions",
                "attendance.confirmations",
                "notice.issues",
                "notice.postings",
                "notice.receipts",
                "plan.measures",
                "plan.results",
                "check.accounts",
                "check.reports"
            ]
        );
    }
}

//! Who gets a document: from what is said of it to the feeds it belongs in, and what a unit's card shows.
//!
//! Pure functions, the same on the server and in every test: the audience of a document follows from the document
//! (and, for journals and needs, from its household's village), never from who is connected. Who may *write* is
//! [`crate::policy`].

use std::collections::BTreeSet;
use std::fmt;

use serde_json::{Map, Value};

use crate::policy::Role;
use crate::schema::Kind;

/// The name of a feed: `village/V`, `unit/U`, `township/T` or `county/D`, and beside them `casework/V` and `plans/U`.
///
/// Kinds of casework never enter a feed that existed before them: an app that does not know these kinds could not read
/// it any more, and its sums would never agree. It is not told of the feeds that carry them
/// ([`FeedName::carries_casework`]).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FeedName(String);

/// A text that names no feed, or a place that cannot be part of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a feed is village/, unit/, township/, county/, casework/ or plans/ and a name of 1 to 64 ASCII letters, digits, '.', '_' or '-'"
)]
pub struct BadFeedName;

impl FeedName {
    /// Households, journals, needs and the village itself.
    pub fn village(village: &str) -> Result<FeedName, BadFeedName> {
        FeedName::of("village", village)
    }

    /// Needs assigned to a unit, with the cards of their households.
    pub fn unit(unit: &str) -> Result<FeedName, BadFeedName> {
        FeedName::of("unit", unit)
    }

    /// Applications, cases, plans, notices and attendance of a village.
    pub fn casework(village: &str) -> Result<FeedName, BadFeedName> {
        FeedName::of("casework", village)
    }

    /// Plans given to a unit.
    pub fn plans(unit: &str) -> Result<FeedName, BadFeedName> {
        FeedName::of("plans", unit)
    }

    /// Whether kinds travel here that came with casework: only devices that say they hold later kinds hear of it.
    pub fn carries_casework(&self) -> bool {
        let sort = self.0.split_once('/').map_or("", |(sort, _)| sort);
        matches!(sort, "casework" | "plans" | "township" | "county")
    }

    /// What a township keeps beside its villages.
    pub fn township(township: &str) -> Result<FeedName, BadFeedName> {
        FeedName::of("township", township)
    }

    /// What reaches a county.
    pub fn county(county: &str) -> Result<FeedName, BadFeedName> {
        FeedName::of("county", county)
    }

    /// Reads a name as [`FeedName::as_str`] gives it.
    pub fn parse(text: &str) -> Result<FeedName, BadFeedName> {
        match text.split_once('/') {
            Some((sort @ ("village" | "unit" | "township" | "county" | "casework" | "plans"), place)) => {
                FeedName::of(sort, place)
            }
            _ => Err(BadFeedName),
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn of(sort: &str, place: &str) -> Result<FeedName, BadFeedName> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        if (1..=64).contains(&place.len()) && place.bytes().all(plain) {
            Ok(FeedName(format!("{sort}/{place}")))
        } else {
            Err(BadFeedName)
        }
    }
}

impl fmt::Display for FeedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for FeedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What decides the audience of one document.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// What the document is.
    pub kind: Kind,
    /// The village it lies in: its own, its `village` field, or that of the household it belongs to.
    pub village: &'a str,
    /// The unit a need or plan is assigned to.
    pub unit: Option<&'a str>,
    /// The township above the village.
    pub township: Option<&'a str>,
    /// The county above the township.
    pub county: Option<&'a str>,
    /// For a card: the units with a need of the household assigned to them, or paired with it.
    pub card_units: &'a [&'a str],
}

/// The feeds a document belongs in. A place whose name cannot be a feed has none: nobody is subscribed to it.
pub fn audience(facts: &Facts<'_>) -> BTreeSet<FeedName> {
    let village = FeedName::village(facts.village).ok();
    let casework = FeedName::casework(facts.village).ok();
    let county = facts.county.and_then(|county| FeedName::county(county).ok());
    match facts.kind {
        Kind::Village | Kind::Household | Kind::Journal => village.into_iter().collect(),
        Kind::Need => village
            .into_iter()
            .chain(facts.unit.and_then(|unit| FeedName::unit(unit).ok()))
            .collect(),
        // Never the village's: it has the file itself.
        Kind::Card => facts
            .card_units
            .iter()
            .filter_map(|unit| FeedName::unit(unit).ok())
            .collect(),
        Kind::Application | Kind::Case | Kind::Notice => casework.into_iter().chain(county).collect(),
        // Who was where is the village's and the township's; the county counts.
        Kind::Attendance => casework.into_iter().collect(),
        Kind::Plan => casework
            .into_iter()
            .chain(county)
            .chain(facts.unit.and_then(|unit| FeedName::plans(unit).ok()))
            .collect(),
        // Offices alone, never a village's.
        Kind::Check => facts
            .township
            .and_then(|township| FeedName::township(township).ok())
            .into_iter()
            .chain(county)
            .collect(),
        Kind::Later(_) => BTreeSet::new(),
    }
}

/// The feeds a grant opens. `villages` are those of the grant, for a township all that belong to it.
pub fn scope(
    role: Role,
    villages: &[&str],
    unit: Option<&str>,
    township: Option<&str>,
    county: Option<&str>,
) -> Vec<FeedName> {
    let of_villages = || {
        villages.iter().flat_map(|village| {
            [FeedName::village(village), FeedName::casework(village)]
                .into_iter()
                .flatten()
        })
    };
    let feeds: BTreeSet<FeedName> = match role {
        Role::Team | Role::Committee | Role::VillageCadre => of_villages().collect(),
        Role::Unit => unit
            .into_iter()
            .flat_map(|unit| [FeedName::unit(unit), FeedName::plans(unit)])
            .flatten()
            .collect(),
        Role::Township => township
            .and_then(|township| FeedName::township(township).ok())
            .into_iter()
            .chain(of_villages())
            .collect(),
        Role::County => county
            .and_then(|county| FeedName::county(county).ok())
            .into_iter()
            .collect(),
        Role::Admin | Role::Relay => BTreeSet::new(),
    };
    feeds.into_iter().collect()
}

/// Fields of a household that its card shows as they are.
const ON_CARD: [&str; 5] = ["householder", "group", "address", "phone", "household_type"];

/// Whether a card shows something of this part of a household.
pub fn is_on_card(root_key: &str) -> bool {
    ON_CARD.contains(&root_key) || matches!(root_key, "village" | "members")
}

/// What a unit's card shows of a household, from its canonical JSON. Only what is listed here ever passes; a member
/// counts while no date of leaving is known.
pub fn card(household: &Value, village_name: &str) -> Value {
    let mut card = Map::new();
    for name in ON_CARD {
        if let Some(value @ (Value::String(_) | Value::Number(_))) = household.get(name) {
            card.insert(name.to_owned(), value.clone());
        }
    }
    card.insert("village_name".to_owned(), village_name.into());
    let present = |member: &&Value| member.get("left_on").is_none_or(Value::is_null);
    if let Some(Value::Object(members)) = household.get("members") {
        card.insert(
            "member_count".to_owned(),
            members.values().filter(present).count().into(),
        );
    }
    Value::Object(card)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::readable;
    use crate::schema::{check_put, field};
    use crate::value::Scalar;
    use serde_json::json;

    fn names(feeds: impl IntoIterator<Item = FeedName>) -> Vec<String> {
        feeds.into_iter().map(|feed| feed.to_string()).collect()
    }

    fn of(kind: Kind, unit: Option<&str>, card_units: &[&str]) -> Vec<String> {
        names(audience(&Facts {
            kind,
            village: "v1",
            unit,
            township: Some("t1"),
            county: Some("d1"),
            card_units,
        }))
    }

    #[test]
    fn documents_of_a_village_go_to_the_village() {
        for kind in [Kind::Village, Kind::Household, Kind::Journal] {
            assert_eq!(of(kind, None, &[]), ["village/v1"]);
            assert_eq!(
                of(kind, Some("u1"), &["u2"]),
                ["village/v1"],
                "a unit named by mistake gets nothing"
            );
        }
    }

    #[test]
    fn an_assigned_need_goes_to_its_unit_too() {
        assert_eq!(of(Kind::Need, None, &[]), ["village/v1"]);
        assert_eq!(of(Kind::Need, Some("u1"), &[]), ["unit/u1", "village/v1"]);
        assert_eq!(of(Kind::Need, Some("no such/unit"), &[]), ["village/v1"]);
    }

    #[test]
    fn casework_goes_to_the_village_and_the_county_and_attendance_stays_below_it() {
        for kind in [Kind::Application, Kind::Case, Kind::Notice] {
            assert_eq!(
                of(kind, Some("u1"), &[]),
                ["casework/v1", "county/d1"],
                "{kind:?}"
            );
        }
        assert_eq!(of(Kind::Attendance, None, &[]), ["casework/v1"]);
        assert_eq!(
            of(Kind::Plan, Some("u1"), &[]),
            ["casework/v1", "county/d1", "plans/u1"]
        );
    }

    #[test]
    fn accounts_and_reports_of_checks_reach_offices_and_nobody_else() {
        let feeds = of(Kind::Check, Some("u1"), &["u1"]);
        assert_eq!(feeds, ["county/d1", "township/t1"]);
        for &role in Role::ALL {
            let scope = names(scope(role, &["v1"], Some("u1"), Some("t1"), Some("d1")));
            let reached = feeds.iter().any(|feed| scope.contains(feed));
            assert_eq!(reached, matches!(role, Role::Township | Role::County), "{role:?}");
        }
    }

    /// An app that is older than casework is not told of these feeds, and all its own stay as they were.
    #[test]
    fn no_kind_of_casework_enters_a_feed_that_older_apps_hold() {
        for &kind in Kind::ALL {
            let feeds = audience(&Facts {
                kind,
                village: "v1",
                unit: Some("u1"),
                township: Some("t1"),
                county: Some("d1"),
                card_units: &["u1"],
            });
            let casework = kind.code() > Kind::Card.code();
            assert!(
                feeds.iter().all(|feed| feed.carries_casework() == casework),
                "{kind:?}"
            );
        }
    }

    #[test]
    fn a_card_goes_to_units_only() {
        assert_eq!(of(Kind::Card, None, &["u2", "u1", "u2"]), ["unit/u1", "unit/u2"]);
        assert!(of(Kind::Card, Some("u1"), &[]).is_empty());
    }

    #[test]
    fn a_card_changes_only_by_what_is_on_it() {
        let empty = card(&json!({}), "某村");
        for key in crate::schema::wire_keys().iter().filter(|key| !is_on_card(key)) {
            let written = [json!("x"), json!(7), json!({"k": {"left_on": "2026-01-01"}})];
            for value in written {
                assert_eq!(card(&json!({ *key: value }), "某村"), empty, "{key}");
            }
        }
        for key in ON_CARD {
            assert!(
                is_on_card(key) && card(&json!({ key: "x" }), "某村") != empty,
                "{key}"
            );
        }
        assert!(is_on_card("members") && is_on_card("village"));
    }

    #[test]
    fn a_grant_opens_the_feeds_of_its_places() {
        let scope = |role| names(scope(role, &["v2", "v1"], Some("u1"), Some("t1"), Some("d1")));
        for role in [Role::Team, Role::Committee, Role::VillageCadre] {
            assert_eq!(
                scope(role),
                ["casework/v1", "casework/v2", "village/v1", "village/v2"]
            );
        }
        assert_eq!(scope(Role::Unit), ["plans/u1", "unit/u1"]);
        assert_eq!(
            scope(Role::Township),
            [
                "casework/v1",
                "casework/v2",
                "township/t1",
                "village/v1",
                "village/v2"
            ]
        );
        assert_eq!(scope(Role::County), ["county/d1"]);
        assert!(scope(Role::Admin).is_empty() && scope(Role::Relay).is_empty());
    }

    /// Whatever the audience puts in a feed, everyone with that feed may read.
    #[test]
    fn no_feed_carries_a_kind_its_readers_may_not_see() {
        for &kind in Kind::ALL {
            let feeds = audience(&Facts {
                kind,
                village: "v1",
                unit: Some("u1"),
                township: Some("t1"),
                county: Some("d1"),
                card_units: &["u1"],
            });
            for &role in Role::ALL {
                let scope = scope(role, &["v1"], Some("u1"), Some("t1"), Some("d1"));
                if scope.iter().any(|feed| feeds.contains(feed)) {
                    assert!(readable(role, kind), "{role:?} would get {kind:?}");
                }
            }
        }
    }

    #[test]
    fn feed_names_are_read_back_and_others_refused() {
        for text in [
            "village/v1",
            "unit/u-1",
            "township/530102",
            "county/d.1",
            "casework/v1",
            "plans/u-1",
        ] {
            assert_eq!(
                FeedName::parse(text).map(|feed| feed.to_string()),
                Ok(text.to_owned())
            );
        }
        for text in [
            "",
            "village",
            "village/",
            "village/a/b",
            "city/x",
            "village/村",
            "village/a b",
        ] {
            assert_eq!(FeedName::parse(text), Err(BadFeedName), "{text}");
        }
        assert_eq!(FeedName::village(&"x".repeat(65)), Err(BadFeedName));
    }

    #[test]
    fn a_card_shows_the_list_and_nothing_else() {
        let household = json!({
            "kind": "household", "village": "v1", "householder": "某某", "group": 3, "address": "某村3组", "phone": "13800000000",
            "household_type": "监测对象", "risk": "因病", "gps_lat_e6": 1, "remark": "秘密", "number": "0001",
            "cadre": "p1", "income": {"2026": {"wage_yuan": 1}}, "guarantees": {"water": true},
            "members": {
                "a": {"name": "某某", "id_number": "11010519491231002X", "health": "大病"},
                "b": {"name": "某女"},
                "c": {"name": "某父", "left_on": "2025-01-01"},
            },
        });
        assert_eq!(
            card(&household, "上坪村"),
            json!({"householder": "某某", "group": 3, "address": "某村3组", "phone": "13800000000",
                "household_type": "监测对象", "village_name": "上坪村", "member_count": 2})
        );
        assert_eq!(card(&json!({}), "上坪村"), json!({"village_name": "上坪村"}));
        assert_eq!(
            card(&json!({"phone": {"x": 1}}), "上坪村"),
            json!({"village_name": "上坪村"})
        );
    }

    #[test]
    fn what_a_card_shows_its_schema_takes() {
        let household = json!({"householder": "某", "group": 1, "address": "某", "phone": "120", "household_type": "一般户", "members": {}});
        for (name, value) in card(&household, "村").as_object().unwrap() {
            let value = Scalar::from_json(value).unwrap();
            assert_eq!(check_put(Kind::Card, &[name], &value), Ok(()), "{name}");
            assert!(field(Kind::Card, &[name]).is_some());
        }
    }
}

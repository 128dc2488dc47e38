//! The dictionary of map keys on the wire: a key of the schema travels as its number.
//!
//! Wire format: the order is fixed for ever and new keys go to the end. Frequent keys come first, because small
//! numbers are short. A key that is not here still travels, as text, and so does a name that joins a kind which earlier
//! versions know already: they read the text, and could not read a number beyond their own list.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Every key that may travel as a number, in the order of the numbers.
pub fn wire_keys() -> &'static [&'static str] {
    KEYS
}

/// The number of a key.
pub fn wire_key(key: &str) -> Option<u16> {
    static NUMBERS: LazyLock<HashMap<&'static str, u16>> =
        LazyLock::new(|| KEYS.iter().zip(0..).map(|(key, number)| (*key, number)).collect());
    NUMBERS.get(key).copied()
}

#[rustfmt::skip]
const KEYS: &[&str] = &[
    // Written most.
    "visits", "date", "author", "found", "promised", "presence", "purpose", "companions", "next_on", "corrects",
    "remark", "note", "members", "name", "id_number", "relation", "sex", "birth_date", "education_level", "health",
    "employment", "income_yuan", "income", "2026", "2025", "2024", "2023", "2022", "wage_yuan", "business_yuan",
    "property_yuan", "transfer_yuan", "farm_yuan", "phone", "address", "group", "allowance_class", "risk", "risk_level",
    "house_grade", "house_area_m2", "house_structure", "water_source", "power", "land_mu", "expense_medical_yuan",
    "expense_education_yuan", "expense_other_yuan", "cadre_name", "guarantees", "medical_insurance", "pension",
    "state", "category", "title", "description", "amount_yuan", "responses", "by", "at", "text", "unit", "result",
    "raised_by", "raised_on", "urgency", "due", "plan",
    // The rest.
    "kind", "household", "year", "village", "householder", "number", "gps_lat_e6", "gps_lng_e6", "register_state",
    "household_type", "monitoring_type", "poverty_cause", "risk_state", "cadre", "cadre_unit", "verified_at",
    "verified_by", "verify_note", "food", "clothing", "education", "housing", "water", "checked_on", "ethnicity",
    "school_state", "disability_certificate", "disability_type", "disability_level", "labour_skill",
    "employment_place", "employment_months", "living_together", "on_register", "left_on", "left_reason",
    "exclusions_yuan", "deductions_yuan", "assistance", "measure", "started_on", "ended_on", "planned_on",
    "result_on", "result_amount_yuan", "handed_back_reason", "confirmed_on", "confirmed_by", "reopened_reason",
    "closed_on", "closing_note", "village_name", "member_count", "township", "county", "secretary_name",
    "office_phone", "office_address", "households_count", "population_count", "labour_count", "farmland_mu",
    "industries", "clinic", "school", "paved_road", "signal_note", "groups", "team", "pairings", "notices",
    "postings", "leader_name", "person", "post", "since", "until", "unit_name", "posted_from", "posted_until",
    "contact", "notice", "posted_on", "where",
    "2027", "2028", "2029", "2030", "2031", "2032", "2021", "2020", "2019", "2018", "2017", "2016", "2015",
    // Casework.
    "events", "event", "role", "on", "files", "reason", "conclusion", "about", "account_number", "accounts",
    "applicant", "authorised", "bank", "by_proxy", "confirmations", "days_count", "decisions", "declared",
    "department", "expense_yuan", "failed_indicators", "family_signed", "from", "has_guardian", "holder",
    "income_stable", "investigator_1", "investigator_2", "issues", "items", "leave", "leaves", "mandate", "marks",
    "measures", "members_count", "months_stable", "pay_from", "place", "procedure", "property", "receipts", "reports",
    "results", "sort", "source", "witness",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Kind, nodes, parents};
    use sha2::{Digest, Sha256};
    use std::collections::BTreeSet;

    /// Names that joined a kind after its first version.
    const TRAVEL_AS_TEXT: &[&str] = &["at_s", "office", "seen"];

    #[test]
    fn every_name_has_one_number_or_joined_its_kind_later() {
        let unique: BTreeSet<_> = KEYS.iter().collect();
        assert_eq!(unique.len(), KEYS.len(), "a key stands twice");
        let mut as_text = BTreeSet::new();
        for &kind in Kind::ALL {
            let names = nodes(kind).iter().flat_map(|node| {
                std::iter::once(node.name()).chain(node.fields().iter().map(|field| field.name))
            });
            as_text.extend(
                names
                    .chain(parents(kind).iter().map(|param| param.name()))
                    .filter(|n| wire_key(n).is_none()),
            );
        }
        assert_eq!(as_text.into_iter().collect::<Vec<_>>(), TRAVEL_AS_TEXT);
    }

    #[test]
    fn numbers_and_keys_agree() {
        for (number, key) in wire_keys().iter().enumerate() {
            assert_eq!(wire_key(key).map(usize::from), Some(number));
        }
        assert_eq!(wire_key("nothing"), None);
    }

    /// Older devices read these numbers. New keys are appended, for kinds these devices do not open: then pin the longer
    /// list beside this one, and leave what stands here.
    #[test]
    fn the_order_of_the_first_keys_is_fixed_for_ever() {
        const PINNED: (usize, &str) = (165, "034a8bfacce90da8");
        let (count, digest) = PINNED;
        let hash = Sha256::digest(KEYS[..count].join(",").as_bytes());
        let hex: String = hash.iter().take(8).map(|b| format!("{b:02x}")).collect();
        assert_eq!(
            (KEYS.len() >= count, hex.as_str()),
            (true, digest),
            "of {} keys",
            KEYS.len()
        );
    }
}

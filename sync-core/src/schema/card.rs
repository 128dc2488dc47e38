//! The household card (户卡): the little of a household that an assistance unit sees.
//!
//! A document of its own, because a document's whole history goes to its audience: a household file with some fields
//! hidden would still show them in old values. Made and renewed by the server alone, from the list of fields in
//! [`crate::audience::card`]; nothing sensitive beyond a telephone number to call ever belongs here.

use super::Node;
use super::field::{doc_ref, int, phone, text};

pub(super) const NODES: &[Node] = &[
    Node::Field(doc_ref("household", "所属户", "household")),
    Node::Field(text("village_name", 40, "行政村名称", "village name")),
    Node::Field(int("group", 0, 999, "村民小组", "village group")),
    Node::Field(text("householder", 40, "户主姓名", "householder")),
    Node::Field(text("address", 120, "家庭住址", "address")),
    Node::Field(phone("phone", "联系电话", "phone")),
    Node::Field(text("household_type", 40, "户类型", "household type")),
    Node::Field(int("member_count", 0, 1_000, "人口数", "number of members")),
];

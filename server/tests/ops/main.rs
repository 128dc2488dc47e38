//! The operator's commands on real data directories: what they prove, what they put right, what they refuse.

mod attachments;
mod backup;
mod casework;
mod commands;
mod offices;
mod previews;
mod rebuild;
mod register;
mod statement;
mod support;
mod verify;

// Phones made by hand, shared with the relay's own tests; what those alone use is unused here.
#[allow(dead_code)]
#[path = "../relay/support.rs"]
mod phones;

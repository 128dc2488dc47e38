//! HTTP: one file a resource, each handler a few lines between the wire and `registry/` or `auth/`.
//!
//! Handlers know no SQL and decide nothing. `edge` wraps every request, `extract` reads who asks.

pub mod accounts;
pub mod attachments;
pub mod audit;
pub mod cases;
pub mod casework;
pub mod catalogue;
pub mod desks;
pub mod devices;
pub mod edge;
pub mod enrol;
pub mod enrolments;
pub mod events;
pub mod exports;
pub mod extract;
pub mod filters;
pub mod health;
pub mod history;
pub mod invitations;
pub mod needs;
pub mod overview;
pub mod pairings;
pub mod passkeys;
pub mod people;
pub mod places;
pub mod previews;
pub mod quarantine;
pub mod refusals;
pub mod search;
pub mod session;
pub mod sso;
pub mod sync;
pub mod units;
pub mod viewing;
pub mod web;

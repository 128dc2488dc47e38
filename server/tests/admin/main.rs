//! The administration seen from outside: a whole server in this process, spoken to over HTTP.
//!
//! `harness` is the one helper that touches the interface; each other module is one story or rule.

mod audit;
mod authenticator;
mod cli;
mod decisions;
mod desks;
mod edge;
mod enrolment;
mod events;
mod harness;
mod health;
mod matrix;
mod offices;
mod openapi;
mod passkeys;
mod phone;
mod privacy;
mod quarantine;
mod rights;
mod session;
mod sso;
mod tls;
mod villages;
mod web;

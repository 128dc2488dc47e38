//! The administration seen from outside: a whole server in this process, spoken to over HTTP.
//!
//! `harness` is the one helper that touches the interface; each other module is one story or rule.

mod audit;
mod cli;
mod decisions;
mod desks;
mod edge;
mod enrolment;
mod harness;
mod matrix;
mod offices;
mod openapi;
mod privacy;
mod quarantine;
mod session;
mod tls;
mod villages;
mod web;

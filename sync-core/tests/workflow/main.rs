//! Procedures against the rules they come from: each test is named after the article it proves. Stories are events of
//! people on days; how events travel and who may write them is tested elsewhere.

#![allow(unreachable_pub, reason = "modules of one test binary")]

mod configuration;
mod documents;
mod emergency;
mod hardship;
mod living;
mod monitoring;
mod properties;
mod story;

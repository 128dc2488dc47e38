//! Of the stories about procedures those that go through documents: a browser folds what the server folds.
#![allow(
    unreachable_pub,
    reason = "modules of a test binary, and an exported function is public"
)]

#[path = "../../../tests/workflow/documents.rs"]
mod documents;
#[path = "../../../tests/workflow/story.rs"]
#[expect(dead_code, reason = "only its calendar is needed here")]
mod story;

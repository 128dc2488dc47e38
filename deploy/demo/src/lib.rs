//! The demonstration township of Qiao: [`generator`] makes its people, files and years of edits from a seed.

pub mod generator;

//! What untrusted bytes must not do to the parsers of the host: each target takes any input and asserts what must hold.
//!
//! In reading order: [`targets`] lists them, [`corpus`] holds the inputs to begin with, [`mutation`] changes those, and
//! [`campaign`] runs a target until something breaks or its budget is spent.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "this crate is test code: a property that does not hold must stop the run"
)]

pub mod campaign;
pub mod corpus;
pub mod mutation;
pub mod targets;

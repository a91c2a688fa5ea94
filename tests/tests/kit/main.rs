//! The kit for plugin authors, as they use it: the built program over real components.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a broken expectation fails the test where it broke"
)]

mod check;
mod desk;
mod dev;
mod goldens;
mod record;
mod shaper;
mod tutorial;

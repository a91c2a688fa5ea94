//! The walk along a chain, over providers that do as they are told and a clock that only moves when all wait.

mod breakers;
mod deadlines;
mod failures;
mod hang_ups;
mod pinned;
mod retries;
pub(in crate::routing) mod scene;

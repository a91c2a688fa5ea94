//! The walk along a chain, with scripted providers and a paused clock.

mod balance;
mod breakers;
mod deadlines;
mod failures;
mod hang_ups;
mod last_target;
mod pauses;
mod refusals;
mod resumed;
mod retries;
pub(in crate::routing) mod scene;
mod tool_conversations;

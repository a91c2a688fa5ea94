//! The upstream's stream, made canonical event by event.

use jackfield_plugin_sdk::{Decoded, Event, Failure};
use serde::{Deserialize, Serialize};

/// What is carried from one event to the next.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {}

/// Turns the events of one network read into chunks of OpenAI's form.
pub(crate) fn decode(_: &mut State, _: &[Event]) -> Result<Decoded, Failure> {
    Err(Failure::malformed("streams are not translated yet"))
}

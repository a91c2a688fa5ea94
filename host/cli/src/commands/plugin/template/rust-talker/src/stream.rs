//! The upstream's stream, made canonical event by event.

use jackfield_plugin_sdk::canonical::{Chunk, Delta, FinishReason, Usage};
use jackfield_plugin_sdk::{Decoded, Event, Failure};
use serde::{Deserialize, Serialize};

/// What is carried from one event to the next.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    begun: bool,
}

#[derive(Deserialize)]
struct End {
    heard: u64,
    spoken: u64,
}

/// Turns the events of one network read into chunks of OpenAI's form.
pub(crate) fn decode(state: &mut State, events: &[Event]) -> Result<Decoded, Failure> {
    let mut decoded = Decoded::default();
    for event in events {
        if !state.begun {
            state.begun = true;
            decoded.chunks.push(Chunk::of(Delta::role()));
        }
        match event.name.as_str() {
            "word" => decoded.chunks.push(Chunk::of(Delta::text(event.json::<String>()?))),
            "end" => {
                let end: End = event.json()?;
                let usage = Some(Usage::of(end.heard, end.spoken));
                decoded.chunks.push(Chunk::of(FinishReason::Stop));
                decoded.chunks.push(Chunk { usage, ..Chunk::default() });
                decoded.done = true;
                break;
            }
            _ => {}
        }
    }
    Ok(decoded)
}

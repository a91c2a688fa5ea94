//! Makes chunks of a reply that comes line by line.

use jackfield_plugin_sdk::canonical::{Chunk, ChunkChoice, Delta, ToolCallDelta};
use jackfield_plugin_sdk::{Decoded, Event, Failure};
use serde::{Deserialize, Serialize};

use crate::error;
use crate::line::{Line, Spoken};

/// What the host keeps between the lines of a stream.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    begun: bool,
    /// The id of the reply, by its first line.
    id: String,
    /// How many tools were called so far.
    calls: u32,
    done: bool,
}

/// Decodes the lines of one network read.
///
/// # Errors
/// If a line is an error or makes no sense, or the stream ends before the line that says so.
pub(crate) fn decode(state: &mut State, events: &[Event], last: bool) -> Result<Decoded, Failure> {
    let mut decoded = Decoded::default();
    for event in events.iter().filter(|event| !event.data.trim_ascii().is_empty()) {
        if state.done {
            break;
        }
        let line: Line = event.json()?;
        if let Some(error) = &line.error {
            return Err(error::of_line(error));
        }
        read(state, line, &mut decoded.chunks)?;
    }
    decoded.done = state.done;
    if last && !state.done {
        return Err(Failure::malformed("the stream ended before its last line"));
    }
    Ok(decoded)
}

fn read(state: &mut State, mut line: Line, chunks: &mut Vec<Chunk>) -> Result<(), Failure> {
    let model = line.model.clone().unwrap_or_default();
    let is_first = !std::mem::replace(&mut state.begun, true);
    if is_first {
        state.id = line.id();
    }
    let id = state.id.clone();
    let mut add = |choice: ChunkChoice| {
        let mut chunk = Chunk::of(choice);
        chunk.id.clone_from(&id);
        chunk.model.clone_from(&model);
        chunks.push(chunk);
    };
    if is_first {
        add(Delta::role().into());
    }
    let spoken = line.message.take().unwrap_or_default();
    let mut delta = delta(state, spoken, &line);
    delta.extra = line.logprobs();
    if delta != ChunkChoice::default() {
        add(delta);
    }
    if line.done {
        state.done = true;
        add(line.finish_reason(state.calls > 0)?.into());
        if let Some(chunk) = chunks.last_mut() {
            chunk.usage = line.usage();
        }
    }
    Ok(())
}

/// What a line adds to the message.
fn delta(state: &mut State, spoken: Spoken, line: &Line) -> ChunkChoice {
    let mut delta = Delta {
        content: spoken.content.filter(|text| !text.is_empty()),
        reasoning_content: spoken.thinking.filter(|text| !text.is_empty()),
        ..Delta::default()
    };
    for call in spoken.tool_calls.unwrap_or_default() {
        let index = state.calls;
        state.calls = state.calls.saturating_add(1);
        let mut begun = ToolCallDelta::begin(index, line.call_id(&call, index), call.function.name.clone());
        if let Some(function) = &mut begun.function {
            function.arguments = Some(call.arguments());
        }
        delta.tool_calls.push(begun);
    }
    delta.into()
}

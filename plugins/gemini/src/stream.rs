//! Translates a streamed reply, event by event, to canonical chunks.
//!
//! Finish reasons and the usage are held back until the stream ends, because the API has no other end marker: a stream
//! cut off earlier has neither.
//!
//! Source: <https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent>.

use jackfield_plugin_sdk::canonical::{Chunk, ChunkChoice};
use jackfield_plugin_sdk::{Decoded, Event, Failure};

use crate::response::State;

/// Decodes the events of one network read.
///
/// # Errors
/// If the upstream reports an error, an event makes no sense, or the stream ends before its finish reasons.
pub(crate) fn decode(state: &mut State, origin: &str, events: &[Event], last: bool) -> Result<Decoded, Failure> {
    let (mut chunks, mut said) = (Vec::with_capacity(events.len()), Vec::new());
    let mut done = last;
    for event in events {
        match event.data.trim_ascii() {
            b"" => continue,
            // Some proxies end all streams as OpenAI does.
            b"[DONE]" => {
                done = true;
                break;
            }
            _ => state.read(event.json()?, origin, &mut said)?,
        }
        chunks.extend(said.drain(..).map(|choice| chunk(state, choice)));
    }
    if done {
        let ending = state.finish(origin)?;
        chunks.extend(ending.choices.into_iter().map(|choice| chunk(state, choice)));
        chunks.push(Chunk {
            usage: ending.usage,
            extra: ending.rest,
            ..empty(state)
        });
    }
    Ok(Decoded {
        chunks,
        done,
        warnings: Vec::new(),
    })
}

fn chunk(state: &State, choice: ChunkChoice) -> Chunk {
    Chunk {
        choices: vec![choice],
        ..empty(state)
    }
}

fn empty(state: &State) -> Chunk {
    Chunk {
        id: state.id.clone(),
        model: state.model.clone(),
        ..Chunk::default()
    }
}

//! Takes Anthropic's events out of the messages of an AWS event stream.
//!
//! Source: `_stream_decoder.py` of the vendor's Python SDK; `ResponseStream` in botocore's model of `bedrock-runtime`.

use jackfield_plugin_sdk::{DataUrl, Event, Failure, aws};
use serde::Deserialize;

/// `chunk`, whose bytes are an event of Anthropic's in base64.
#[derive(Deserialize)]
struct Chunk {
    bytes: String,
}

/// The events inside these messages. Messages of other types are skipped.
///
/// # Errors
/// If a message is an exception, or a chunk is not base64.
pub(crate) fn events(messages: &[Event]) -> Result<Vec<Event>, Failure> {
    let mut events = Vec::with_capacity(messages.len());
    for message in messages {
        if message.name == "chunk" {
            events.push(unwrapped(message)?);
        } else if let Some(failure) = aws::failure_of_event(message) {
            return Err(failure);
        }
    }
    Ok(events)
}

fn unwrapped(message: &Event) -> Result<Event, Failure> {
    let chunk: Chunk = message.json()?;
    let data = DataUrl::decode(&chunk.bytes).ok_or_else(|| Failure::malformed("a chunk is not base64"))?;
    Ok(Event {
        name: String::new(),
        data,
    })
}

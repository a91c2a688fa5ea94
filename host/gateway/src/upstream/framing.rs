//! Cuts an upstream's reply into complete events, however the network splits its bytes.

mod event_stream;
mod json_array;
mod ndjson;
mod partial;
mod sse;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::str::FromStr;

use bytes::Bytes;

use self::event_stream::EventStream;
use self::json_array::JsonArray;
use self::ndjson::Ndjson;
use self::partial::Partial;
use self::sse::Sse;

/// How a reply is cut into events; an adapter names it in its exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// `none`: the whole body is one event.
    None,
    /// `sse`: server-sent events (WHATWG HTML, section 9.2).
    Sse,
    /// `ndjson`: one JSON value per line.
    Ndjson,
    /// `aws-event-stream`: `application/vnd.amazon.eventstream`.
    AwsEventStream,
    /// `json-array`: one JSON array whose elements are objects, as Google streams without `alt=sse`.
    JsonArray,
}

/// One complete event of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// SSE's `event` field, or AWS's `:event-type` (`:exception-type` for an exception, `:error-code`
    /// for an error). `None` if the event has no name.
    pub name: Option<Bytes>,
    /// The payload. If the event lies within one network chunk, a slice of it.
    pub data: Bytes,
}

impl Event {
    /// The name as text; empty if there is none. Invalid UTF-8 is replaced, as SSE requires.
    pub fn name(&self) -> Cow<'_, str> {
        self.name.as_deref().map_or(Cow::Borrowed(""), String::from_utf8_lossy)
    }
}

/// Why a reply could not be cut into events.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FramingError {
    /// An event exceeds the size limit.
    #[error("an event of the upstream's stream is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The body ended in the middle of an event.
    #[error("the upstream's stream ended in the middle of an event")]
    Truncated,
    /// The bytes do not follow the framing.
    #[error("the upstream's stream is malformed: {0}")]
    Malformed(&'static str),
}

/// The contract does not list a framing of this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown framing `{0}`; use none, sse, ndjson, aws-event-stream or json-array")]
pub struct UnknownFraming(String);

/// Cuts one reply. Feed it every chunk of the body in order, then call [`Framer::finish`].
///
/// After an error the reply cannot be read any further. Events that were complete before the error are delivered.
#[derive(Debug)]
pub struct Framer(Cutter);

#[derive(Debug)]
enum Cutter {
    None(Partial),
    Sse(Sse),
    Ndjson(Ndjson),
    AwsEventStream(EventStream),
    JsonArray(JsonArray),
}

// === impl Framing ===

impl FromStr for Framing {
    type Err = UnknownFraming;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "none" => Ok(Self::None),
            "sse" => Ok(Self::Sse),
            "ndjson" => Ok(Self::Ndjson),
            "aws-event-stream" => Ok(Self::AwsEventStream),
            "json-array" => Ok(Self::JsonArray),
            other => Err(UnknownFraming(other.to_owned())),
        }
    }
}

/// True if this is one whole JSON object or list, so that it cannot be the beginning of a longer text: unlike a number,
/// it shows where it ends.
fn is_whole(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    matches!(text.first(), Some(b'{' | b'[')) && serde_json::from_slice::<serde::de::IgnoredAny>(text).is_ok()
}

// === impl Framer ===

impl Framer {
    /// A framer for one reply whose events are at most `max_event_bytes` long.
    ///
    /// The limit applies to what must be kept in memory: an SSE event's data plus its current line, an NDJSON line, an
    /// AWS message with its headers, an element of an array, or a whole body.
    pub fn new(framing: Framing, max_event_bytes: usize) -> Self {
        let partial = Partial::new(max_event_bytes);
        Self(match framing {
            Framing::None => Cutter::None(partial),
            Framing::Sse => Cutter::Sse(Sse::new(partial)),
            Framing::Ndjson => Cutter::Ndjson(Ndjson::new(partial)),
            Framing::AwsEventStream => Cutter::AwsEventStream(EventStream::new(partial)),
            Framing::JsonArray => Cutter::JsonArray(JsonArray::new(partial)),
        })
    }

    /// Reads one chunk of the body and appends the events that it completes.
    ///
    /// # Errors
    /// `TooLarge` if an event exceeds the limit, `Malformed` if the bytes do not follow the framing.
    pub fn push(&mut self, chunk: Bytes, events: &mut Vec<Event>) -> Result<(), FramingError> {
        match &mut self.0 {
            Cutter::None(partial) => partial.keep(&chunk),
            Cutter::Sse(sse) => sse.push(&chunk, events),
            Cutter::Ndjson(ndjson) => ndjson.push(&chunk, events),
            Cutter::AwsEventStream(stream) => stream.push(chunk, events),
            Cutter::JsonArray(array) => array.push(&chunk, events),
        }
    }

    /// Handles the clean end of the body, and appends the event that it completes, if any.
    ///
    /// # Errors
    /// `Truncated` if the body ended in the middle of an event.
    pub fn finish(&mut self, events: &mut Vec<Event>) -> Result<(), FramingError> {
        match &mut self.0 {
            Cutter::None(partial) => {
                events.push(Event {
                    name: None,
                    data: partial.take(),
                });
                Ok(())
            }
            Cutter::Sse(sse) => sse.finish(events),
            Cutter::Ndjson(ndjson) => ndjson.finish(events),
            Cutter::AwsEventStream(stream) => stream.finish(),
            Cutter::JsonArray(array) => array.finish(),
        }
    }
}

//! One event of the vendor's own stream: what the host reads of it, and how it is passed on.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::fault::StreamFault;
use crate::json::raw::{even_null, is_given};
use crate::json::{Edit, place_of, set_members};
use crate::sse::write_event;
use crate::words::usage::Count;

/// An event, as far as the host reads it.
#[derive(Deserialize)]
pub(super) struct Event<'a> {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(borrow, default, deserialize_with = "even_null")]
    index: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) message: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) content_block: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) delta: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) usage: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

// === impl Event ===

impl Event<'_> {
    /// The upstream's index of the block that the event belongs to.
    pub(super) fn index(&self) -> Option<u64> {
        let index: Option<Count> = self.index.and_then(|index| serde_json::from_str(index.get()).ok());
        index.and_then(|index| index.value)
    }

    /// Writes the event, whose text is `text`, with the block's place for its index and with the tool's input as an
    /// object, if `input` has one for that place in the text.
    pub(super) fn write(
        &self,
        kind: &str,
        text: &str,
        place: Option<u64>,
        input: Option<&(&str, String)>,
        out: &mut Vec<u8>,
    ) {
        let place = place.filter(|place| self.index() != Some(*place));
        let place = place.map(|place| place.to_string());
        let index = place.as_ref().map(|place| Edit {
            key: "index",
            at: self.index.map(|index| place_of(text, index.get())),
            value: place,
        });
        let input = input.map(|(given, object)| Edit {
            key: "",
            at: Some(place_of(text, given)),
            value: object,
        });
        let edits: Vec<Edit<'_>> = index.into_iter().chain(input).collect();
        write_event(out, Some(kind), |out| set_members(text, &edits, out));
    }

    /// The event's type, which becomes the event's name in the stream.
    pub(super) fn kind(&self) -> Result<&str, StreamFault> {
        if let Some(error) = self.error.filter(|error| is_given(error)) {
            return Err(StreamFault::from_error(error.get()));
        }
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        match self.kind.as_deref() {
            Some("error") => Err(StreamFault::malformed("an error event has no error")),
            Some(kind) if !kind.is_empty() && kind.chars().all(legal) => Ok(kind),
            _ => Err(StreamFault::malformed("an event has no type")),
        }
    }
}

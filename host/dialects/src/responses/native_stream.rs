//! A stream that is in this dialect already: its events pass byte for byte but for the model's name.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::failure;
use super::head::Head;
use super::native::Native;
use super::output::Told;
use crate::facts::StreamFacts;
use crate::fault::StreamFault;
use crate::interruption::Interruption;
use crate::json::raw::object_text;
use crate::json::{json_string, set_members};
use crate::produced::text_bytes;
use crate::reader::{Pushed, StreamReader};
use crate::sse::write_event;
use crate::words::usage::Usage;

/// Reads one stream. Its last event is held back until the stream is finished.
#[derive(Debug)]
pub(super) struct NativeReader {
    head: Head,
    /// The model's name as JSON.
    model: String,
    /// The number of the next event.
    number: u64,
    begun: bool,
    /// The last event.
    held: Vec<u8>,
    usage: Usage,
    produced_bytes: u64,
    done: bool,
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(rename = "type")]
    kind: Option<String>,
    sequence_number: Option<u64>,
    #[serde(borrow)]
    response: Option<&'a RawValue>,
    #[serde(borrow)]
    delta: Option<&'a RawValue>,
    item: Option<Item>,
}

#[derive(Deserialize)]
struct Item {
    #[serde(rename = "type")]
    kind: Option<String>,
}

// === impl NativeReader ===

impl NativeReader {
    /// A reader for one attempt's stream.
    pub(super) fn new(facts: &StreamFacts<'_>) -> Self {
        Self {
            head: Head::of_stream(facts),
            model: json_string(facts.model),
            number: 0,
            begun: false,
            held: Vec::new(),
            usage: Usage::default(),
            produced_bytes: 0,
            done: false,
        }
    }

    fn read(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<Pushed, StreamFault> {
        let text = object_text(data)?;
        let event: Event<'_> = serde_json::from_str(text)?;
        let Some(kind) = event.kind.as_deref() else {
            return Err(StreamFault::from_error(text));
        };
        let response = event
            .response
            .map(|response| serde_json::from_str::<Native<'_>>(response.get()));
        let response = response.transpose()?;
        match kind {
            "error" => return Err(StreamFault::from_event(data)),
            "response.failed" => {
                response.as_ref().map_or(Ok(()), Native::check)?;
                return Err(StreamFault::malformed("it failed without an error"));
            }
            _ if !self.begun && response.is_none() => {
                return Err(StreamFault::malformed(format!("{kind} came before response.created")));
            }
            _ => {}
        }
        let edit = response.as_ref().map(|response| response.set_model(text, &self.model));
        // An object inside the event can only be edited where it has the member already.
        let edits: Vec<_> = edit.into_iter().filter(|edit| edit.at.is_some()).collect();
        let is_end = matches!(kind, "response.completed" | "response.incomplete");
        let to = if is_end { &mut self.held } else { out };
        write_event(to, Some(kind), |out| set_members(text, &edits, out));
        if let Some(response) = &response {
            self.begun = true;
            self.usage.merge(response.usage());
            if let Some(id) = response.id.and_then(crate::json::text::text) {
                self.head.name(id);
            }
        }
        self.done |= is_end;
        self.number = event
            .sequence_number
            .map_or(self.number, |number| number.saturating_add(1));
        let bytes = event.delta.map_or(0, text_bytes);
        self.produced_bytes += bytes;
        Ok(Pushed {
            content: bytes > 0 || is_end || event.acts(),
            alive: true,
        })
    }
}

impl StreamReader for NativeReader {
    fn push(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<Pushed, StreamFault> {
        match data.trim_ascii() {
            _ if self.done => Ok(Pushed::NOTHING),
            b"" => Ok(Pushed::NOTHING),
            // OpenAI does not send it here, but others that speak its dialect do.
            b"[DONE]" => {
                self.done = true;
                Ok(Pushed::NOTHING)
            }
            _ => self.read(data, out),
        }
    }

    /// Appends the last event as it came. The stream is complete once it was seen.
    fn finish(&mut self, _latency_ms: u64, out: &mut Vec<u8>) -> Result<(), StreamFault> {
        if !self.held.is_empty() {
            out.append(&mut self.held);
            return Ok(());
        }
        Err(StreamFault::without_end("response.completed", self.done))
    }

    fn interrupted(&mut self, by: Interruption<'_>) -> Option<Vec<u8>> {
        if !self.begun {
            return None;
        }
        let (mut told, mut events) = (Told::from(self.number), Vec::new());
        failure::tell(&self.head, by, &mut told);
        told.take(&mut events);
        Some(events)
    }

    fn done(&self) -> bool {
        self.done
    }

    fn usage(&self) -> Usage {
        self.usage
    }

    fn produced_bytes(&self) -> u64 {
        self.produced_bytes
    }
}

// === impl Event ===

impl Event<'_> {
    /// True if it begins an item by which the model does something.
    fn acts(&self) -> bool {
        let kind = self.item.as_ref().and_then(|item| item.kind.as_deref());
        kind.is_some_and(|kind| !matches!(kind, "message" | "reasoning"))
    }
}

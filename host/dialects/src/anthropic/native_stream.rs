//! A stream that is in Anthropic's dialect already: its events pass through.

mod event;
mod places;
#[cfg(test)]
mod tests;

use serde::Deserialize;
use serde_json::value::RawValue;

use self::event::Event;
use self::places::Places;
use super::event::write_named;
use super::native::{Message, Said, check_end, input_object, produced_bytes};
use super::tokens::Tokens;
use crate::bounds::{ENDING_BYTES, ENTRY_BYTES, check};
use crate::facts::StreamFacts;
use crate::fault::StreamFault;
use crate::json::raw::object_text;
use crate::json::{Edit, json_string, place_of, set_members};
use crate::reader::{Pushed, StreamReader};
use crate::sse::write_event;
use crate::words::usage::Usage;

/// Reads one stream and passes its events on, each named after its `type`. Only the model in `message_start` is
/// changed.
///
/// From the event with the stop reason on, everything is held back until the stream is finished.
///
/// Source: <https://platform.claude.com/docs/en/build-with-claude/streaming>.
#[derive(Debug)]
pub(super) struct NativeReader {
    /// The model's name as JSON.
    model: String,
    stage: Stage,
    /// The message's id, by which a repeated start is recognised.
    id: Option<String>,
    tokens: Tokens,
    /// The blocks so far.
    places: Places,
    /// The stop reason has arrived.
    is_ending: bool,
    /// The events from the stop reason on.
    held: Vec<u8>,
    /// How many bytes of events have come since.
    ending_bytes: usize,
    produced_bytes: u64,
    done: bool,
}

/// How much of the message has arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing has arrived yet.
    Awaited,
    /// It has begun but has no block yet.
    Begun,
    /// It has blocks.
    Filled,
    /// `message_stop` has arrived.
    Complete,
}

#[derive(Deserialize)]
struct Ending {
    stop_reason: Option<String>,
}

// === impl NativeReader ===

impl NativeReader {
    /// A reader for one attempt's stream.
    pub(super) fn new(facts: &StreamFacts<'_>) -> Self {
        Self {
            model: json_string(facts.model),
            stage: Stage::Awaited,
            id: None,
            tokens: Tokens::default(),
            places: Places::default(),
            is_ending: false,
            held: Vec::new(),
            ending_bytes: 0,
            produced_bytes: 0,
            done: false,
        }
    }

    /// Begins a message. A repeated start is harmless before the first block; it is left out because the SDKs refuse
    /// it. A later one, or one of another message, means that the upstream has restarted: reading on would splice two
    /// replies into one.
    fn start(&mut self, kind: &str, text: &str, event: &Event<'_>, out: &mut Vec<u8>) -> Result<Pushed, StreamFault> {
        let raw = event
            .message
            .ok_or_else(|| StreamFault::malformed("message_start has no message"))?;
        let (_, message) = Message::read(raw.get().as_bytes())?;
        match self.stage {
            Stage::Awaited => {}
            Stage::Begun if message.id == self.id => return Ok(Pushed::NOTHING),
            _ => {
                return Err(StreamFault::malformed("the upstream restarted the reply"));
            }
        }
        self.stage = Stage::Begun;
        self.id.clone_from(&message.id);
        self.tokens.merge(message.tokens());
        let content = message.content.as_deref().unwrap_or_default();
        self.produced_bytes += content.iter().map(|it| produced_bytes(it)).sum::<u64>();
        self.places.skip(content.len());
        let mut renamed = Vec::with_capacity(raw.get().len() + self.model.len());
        message.write_renamed(raw.get(), &self.model, &mut renamed);
        let renamed = String::from_utf8(renamed).unwrap_or_default();
        let edit = Edit {
            key: "message",
            at: Some(place_of(text, raw.get())),
            value: &renamed,
        };
        // A message that is whole in its start, as calls of the vendor's own code are, ends there: then it waits.
        let ending: Ending = serde_json::from_str(raw.get())?;
        self.is_ending = check_end(ending.stop_reason.as_deref())?;
        let to = if self.is_ending { &mut self.held } else { out };
        write_event(to, Some(kind), |out| set_members(text, &[edit], out));
        Ok(Pushed::content(!content.is_empty()))
    }

    /// The index with which an event of a block goes out. Blocks that the upstream left open are closed before.
    fn place(&mut self, kind: &str, event: &Event<'_>, out: &mut Vec<u8>) -> Result<Option<u64>, StreamFault> {
        let index = event.index();
        let unclosed = match kind {
            "content_block_delta" => return self.places.of(index).map(Some),
            "content_block_stop" => return self.places.close(index).map(Some),
            "content_block_start" => {
                let (place, unclosed) = self.places.begin(index)?;
                if let Some(unclosed) = unclosed {
                    write_stop(unclosed, out);
                }
                return Ok(Some(place));
            }
            "message_delta" if self.is_ending => self.places.close_all(),
            _ => return Ok(None),
        };
        for place in unclosed {
            write_stop(place, out);
        }
        Ok(None)
    }

    /// Reads from an event what the host wants to know. Returns whether it carries content.
    fn note(&mut self, kind: &str, event: &Event<'_>) -> Result<bool, StreamFault> {
        if let Some(usage) = event.usage {
            self.tokens.merge(Tokens::from_native(usage.get()));
        }
        match kind {
            "content_block_start" => {
                self.stage = Stage::Filled;
                let said: Said<'_> = read(event.content_block)?;
                self.produced_bytes += event.content_block.map_or(0, produced_bytes);
                let may_be_empty = matches!(said.kind.as_deref(), Some("text" | "thinking"));
                Ok(!may_be_empty || said.produced_bytes() > 0)
            }
            "content_block_delta" => {
                let said: Said<'_> = read(event.delta)?;
                let bytes = said.produced_bytes();
                self.produced_bytes += bytes;
                let is_text = [said.text, said.thinking, said.partial_json]
                    .iter()
                    .any(Option::is_some);
                Ok(!is_text || bytes > 0)
            }
            "message_delta" => {
                let ending: Option<Ending> = read_option(event.delta)?;
                let reason = ending.as_ref().and_then(|ending| ending.stop_reason.as_deref());
                self.is_ending |= check_end(reason)?;
                Ok(self.is_ending)
            }
            "message_stop" => {
                self.stage = Stage::Complete;
                self.done = true;
                Ok(false)
            }
            // Clients skip kinds of events that they do not know.
            _ => Ok(false),
        }
    }
}

impl StreamReader for NativeReader {
    fn push(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<Pushed, StreamFault> {
        let nothing = Pushed::NOTHING;
        match data.trim_ascii() {
            _ if self.done => return Ok(nothing),
            b"" => return Ok(nothing),
            // Anthropic does not send it, but other vendors that speak its dialect do.
            b"[DONE]" => {
                self.done = true;
                return Ok(nothing);
            }
            _ => {}
        }
        let text = object_text(data)?;
        let event: Event<'_> = serde_json::from_str(text)?;
        let kind = event.kind()?;
        if kind == "message_start" {
            return self.start(kind, text, &event, out);
        }
        if self.stage == Stage::Awaited && kind != "ping" {
            return Err(StreamFault::malformed(format!("{kind} came before message_start")));
        }
        if self.is_ending {
            self.ending_bytes += text.len() + ENTRY_BYTES;
            check(self.ending_bytes, ENDING_BYTES, "bytes after its stop_reason")?;
        }
        let input = event.content_block.map(input_object).transpose()?.flatten();
        let content = self.note(kind, &event)?;
        // From the stop reason on, everything waits, which keeps the events in order.
        let mut held = std::mem::take(&mut self.held);
        let waits = self.is_ending || self.done;
        let to = if waits { &mut held } else { out };
        let place = self.place(kind, &event, to)?;
        event.write(kind, text, place, input.as_ref(), to);
        self.held = held;
        // The first block of a thinking model may stay empty for long, and a ping has no other purpose.
        let alive = content || matches!(kind, "content_block_start" | "ping");
        Ok(Pushed { content, alive })
    }

    /// Appends the events that were held back, as they came; Anthropic's form has no place for a latency. The stream is
    /// complete once its stop reason and `message_stop` were seen.
    fn finish(&mut self, _latency_ms: u64, out: &mut Vec<u8>) -> Result<(), StreamFault> {
        if self.stage == Stage::Complete && self.is_ending {
            out.append(&mut self.held);
            return Ok(());
        }
        Err(if self.stage == Stage::Complete {
            StreamFault::malformed("it ends without a stop_reason")
        } else {
            StreamFault::without_end("message_stop", self.done)
        })
    }

    fn done(&self) -> bool {
        self.done
    }

    fn usage(&self) -> Usage {
        self.tokens.usage()
    }

    fn produced_bytes(&self) -> u64 {
        self.produced_bytes
    }
}

/// Closes a block.
fn write_stop(place: u64, out: &mut Vec<u8>) {
    write_named(out, "content_block_stop", |event| event.raw("index", place.to_string()));
}

fn read_option<'a, T: Deserialize<'a>>(value: Option<&'a RawValue>) -> Result<Option<T>, StreamFault> {
    match value {
        None => Ok(None),
        Some(value) => {
            object_text(value.get().as_bytes())?;
            Ok(Some(serde_json::from_str(value.get())?))
        }
    }
}

fn read<'a, T: Deserialize<'a> + Default>(value: Option<&'a RawValue>) -> Result<T, StreamFault> {
    read_option(value).map(Option::unwrap_or_default)
}

//! A stream that is in Anthropic's dialect already: its events pass through.

#[cfg(test)]
mod tests;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::native::{Message, Said, produced_bytes};
use super::stop_reason::finish_reason;
use super::tokens::Tokens;
use crate::fault::StreamFault;
use crate::json::{Edit, json_string, place_of, set_members};
use crate::openai::envelope::{is_given, object_text};
use crate::sse::write_event;
use crate::summary::Pushed;
use crate::words::usage::Usage;

/// Reads one stream and hands its events on, each under the name that its `type` gives. Only the model in
/// `message_start` is changed.
///
/// From the event that tells the stop reason on, all is held back until [`Self::finish`]: a stream that breaks off must
/// not look finished.
///
/// Source: <https://platform.claude.com/docs/en/build-with-claude/streaming>.
#[derive(Debug)]
pub struct StreamReader {
    /// The model's name as JSON.
    model: String,
    stage: Stage,
    /// The message's id, to know a repeated start by.
    id: Option<String>,
    tokens: Tokens,
    finish_reason: Option<&'static str>,
    /// The events that tell of the end.
    held: Vec<u8>,
    produced_bytes: u64,
    done: bool,
}

/// How far the message has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing has come yet.
    Awaited,
    /// It has begun, and has no block yet.
    Begun,
    /// It has blocks.
    Filled,
    /// `message_stop` has come.
    Complete,
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
    #[serde(borrow)]
    content_block: Option<&'a RawValue>,
    #[serde(borrow)]
    delta: Option<&'a RawValue>,
    #[serde(borrow)]
    usage: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Ending {
    stop_reason: Option<String>,
}

// === impl StreamReader ===

impl StreamReader {
    /// A reader for one attempt's stream; `model` is the name that the client gave.
    pub fn new(model: &str) -> Self {
        Self {
            model: json_string(model),
            stage: Stage::Awaited,
            id: None,
            tokens: Tokens::default(),
            finish_reason: None,
            held: Vec::new(),
            produced_bytes: 0,
            done: false,
        }
    }

    /// Reads the data of one event and appends to `out` what may go to the client now. Empty data, and all after
    /// `message_stop`, is ignored.
    /// Step 10 of a request's life (ARCHITECTURE.md).
    ///
    /// # Errors
    /// `Upstream` for an `error` event, `Malformed` if it is not an event or the message begins twice. Nothing was
    /// written then, and the stream must not be read on.
    pub fn push(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<Pushed, StreamFault> {
        let nothing = Pushed { content: false };
        match data.trim_ascii() {
            _ if self.done => return Ok(nothing),
            b"" => return Ok(nothing),
            // Anthropic does not send it; some that speak its dialect do.
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
        let content = self.note(kind, &event)?;
        // From the stop reason on, everything waits, so that the order stays.
        let out = if self.finish_reason.is_some() || self.done {
            &mut self.held
        } else {
            out
        };
        write_event(out, Some(kind), |out| {
            out.extend_from_slice(text.as_bytes());
        });
        Ok(Pushed { content })
    }

    /// Ends the stream: after `message_stop`, or at the clean end of the body. Appends the events that were held back,
    /// as they came; Anthropic's form has no place for a latency.
    ///
    /// # Errors
    /// Unless `message_stop` was seen: `Malformed` if the upstream said `[DONE]` all the same, else `Truncated`. Nothing
    /// was written then.
    pub fn finish(&mut self, _latency_ms: u64, out: &mut Vec<u8>) -> Result<(), StreamFault> {
        if self.stage == Stage::Complete {
            out.append(&mut self.held);
            return Ok(());
        }
        Err(if self.done {
            StreamFault::malformed("it ends with [DONE] but without message_stop")
        } else {
            StreamFault::Truncated
        })
    }

    /// True once `message_stop` was read: what follows it does not belong to the stream.
    pub fn done(&self) -> bool {
        self.done
    }

    /// The usage so far, in the host's words.
    pub fn usage(&self) -> Usage {
        self.tokens.usage()
    }

    /// The finish reason, in OpenAI's words, once the upstream told its own.
    pub fn finish_reason(&self) -> Option<&str> {
        self.finish_reason
    }

    /// Bytes of text, thinking and input of calls so far, for an estimate where no usage is reported.
    pub fn produced_bytes(&self) -> u64 {
        self.produced_bytes
    }

    /// A message begins. A repeat is harmless while no block has come, and is left out, for the SDKs refuse it. After
    /// that, and if it is another message, the upstream has started over: going on would splice two replies into one.
    fn start(&mut self, kind: &str, text: &str, event: &Event<'_>, out: &mut Vec<u8>) -> Result<Pushed, StreamFault> {
        let raw = event
            .message
            .ok_or_else(|| StreamFault::malformed("message_start has no message"))?;
        let message = Message::read(object_text(raw.get().as_bytes())?)?;
        match self.stage {
            Stage::Awaited => {}
            Stage::Begun if message.id == self.id => return Ok(Pushed { content: false }),
            _ => {
                return Err(StreamFault::malformed("the upstream began the reply a second time"));
            }
        }
        self.stage = Stage::Begun;
        self.id.clone_from(&message.id);
        self.tokens.merge(message.tokens());
        let content = message.content.as_deref().unwrap_or_default();
        self.produced_bytes += content.iter().map(|it| produced_bytes(it)).sum::<u64>();
        let mut renamed = Vec::with_capacity(raw.get().len() + self.model.len());
        message.write_renamed(raw.get(), &self.model, &mut renamed);
        let renamed = String::from_utf8(renamed).unwrap_or_default();
        let edit = Edit {
            key: "message",
            at: Some(place_of(text, raw.get())),
            value: &renamed,
        };
        write_event(out, Some(kind), |out| set_members(text, &[edit], out));
        Ok(Pushed {
            content: !content.is_empty(),
        })
    }

    /// Takes from an event what the host wants to know. Returns whether it carries content.
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
                let reason = ending.and_then(|ending| ending.stop_reason);
                if let Some(reason) = reason {
                    self.finish_reason = Some(finish_reason(&reason));
                }
                Ok(self.finish_reason.is_some())
            }
            "message_stop" => {
                self.stage = Stage::Complete;
                self.done = true;
                Ok(false)
            }
            // New kinds of events may come and are the client's to pass over.
            _ => Ok(false),
        }
    }
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

// === impl Event ===

impl Event<'_> {
    /// The event's type, which becomes a line of its own in the stream.
    fn kind(&self) -> Result<&str, StreamFault> {
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

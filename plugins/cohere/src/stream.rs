//! Translates a streamed reply, event by event, to canonical chunks.
//!
//! Text, the plan of the tool calls and thinking are sent as they arrive; so are the arguments of calls. A block of
//! thinking ends with a piece that has the adapter's mark. The finish reason and the usage come with `message-end` alone,
//! so a stream cut off earlier has neither.
//!
//! Source: <https://docs.cohere.com/docs/streaming>, and `V2ChatStreamResponse` in the vendor's SDK.

mod calls;
mod frame;

use std::collections::BTreeSet;

use jackfield_plugin_sdk::canonical::{Chunk, ChunkChoice, Delta, Extra, ThinkingBlock, signature};
use jackfield_plugin_sdk::{Decoded, Event, Failure, log};
use serde::{Deserialize, Serialize};

use crate::citation::Places;
use crate::finish::Finish;
use crate::{ORIGIN, logprobs, usage};
use calls::Calls;
use frame::{Block, Frame, Message};

/// What follows the last event.
const DONE: &[u8] = b"[DONE]";

/// The state carried between events; opaque outside this adapter.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// The reply's id; none until it has begun.
    id: Option<String>,
    is_filled: bool,
    is_done: bool,
    places: Places,
    /// The blocks of thinking that are open, by the upstream's index.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    thinking: BTreeSet<u64>,
    /// The number of blocks of thinking that were closed: the index of the next one.
    thoughts: u64,
    annotations: u64,
    calls: Calls,
}

/// Decodes the events of one network read.
///
/// # Errors
/// If the upstream reports an error, an event makes no sense, or the stream ends before `message-end`.
pub(crate) fn decode(state: &mut State, events: &[Event], last: bool) -> Result<Decoded, Failure> {
    let mut chunks = Vec::with_capacity(events.len());
    for event in events {
        let data = event.data.trim_ascii();
        if state.is_done {
            break;
        }
        if !data.is_empty() && data != DONE {
            state.read(event.json()?, &mut chunks)?;
        }
    }
    if last && !state.is_done {
        return Err(Failure::malformed("the stream ended before message-end"));
    }
    let id = state.id.as_deref().unwrap_or_default();
    for chunk in &mut chunks {
        id.clone_into(&mut chunk.id);
    }
    Ok(Decoded {
        chunks,
        done: state.is_done,
        warnings: Vec::new(),
    })
}

// === impl State ===

impl State {
    fn read(&mut self, mut frame: Frame, chunks: &mut Vec<Chunk>) -> Result<(), Failure> {
        let index = frame.index.unwrap_or_default();
        let delta = frame.delta.take().unwrap_or_default();
        match frame.kind.as_deref() {
            Some("message-start") => return self.begin(frame.id.unwrap_or_default(), chunks),
            // An error in the stream has no type.
            None => return Err(Failure::overloaded(frame.said())),
            Some(kind) if self.id.is_none() => {
                return Err(Failure::malformed(format!("{kind} came before message-start")));
            }
            Some("message-end") => {
                let calls_tools = !self.calls.is_empty();
                let reason = delta.finish_reason.unwrap_or_default();
                let finish = Finish::of(&reason, delta.error.as_deref(), calls_tools)?;
                if reason.is_empty() {
                    return Err(Failure::malformed("message-end has no finish_reason"));
                }
                self.end(finish, delta.usage, chunks);
                return Ok(());
            }
            _ => {}
        }
        self.is_filled = true;
        let message = delta.message.unwrap_or_default();
        match frame.kind.as_deref().unwrap_or_default() {
            "content-start" | "content-delta" => self.content(index, message, frame.logprobs, chunks),
            "content-end" => self.end_thinking(index, chunks),
            "tool-plan-delta" => {
                self.places.begin_plan();
                self.say(message.tool_plan.unwrap_or_default(), None, chunks);
            }
            "tool-call-start" => self.calls.start(index, message.call(), chunks)?,
            "tool-call-delta" => self.calls.extend(index, &message.call(), chunks)?,
            "tool-call-end" => self.calls.end(index, chunks),
            "citation-start" => self.cite(&message, chunks),
            "citation-end" | "debug" => {}
            other => log::debug(&format!("skipped an event of unknown type {other}")),
        }
        Ok(())
    }

    /// Begins the reply. A second beginning would splice two replies into one.
    fn begin(&mut self, id: String, chunks: &mut Vec<Chunk>) -> Result<(), Failure> {
        match &self.id {
            None => {
                self.id = Some(id);
                chunks.push(Chunk::of(Delta::role()));
                Ok(())
            }
            Some(known) if *known == id && !self.is_filled => Ok(()),
            Some(_) => Err(Failure::malformed("the upstream restarted the reply")),
        }
    }

    /// A block of text or thinking, at its start or later.
    fn content(&mut self, index: u64, message: Message, probable: Option<logprobs::Item>, chunks: &mut Vec<Chunk>) {
        let Block { kind, text, thinking } = message.content.unwrap_or_default();
        match kind.as_deref() {
            Some("text") => self.places.begin(index),
            Some("thinking") => drop(self.thinking.insert(index)),
            Some(other) => log::warn(&format!("left out a block of unknown type {other}")),
            None => {}
        }
        if let Some(thinking) = thinking.filter(|thinking| !thinking.is_empty()) {
            self.thinking.insert(index);
            self.think(thinking, chunks);
        }
        self.say(text.unwrap_or_default(), probable, chunks);
    }

    fn say(&mut self, text: String, probable: Option<logprobs::Item>, chunks: &mut Vec<Chunk>) {
        if text.is_empty() && probable.is_none() {
            return;
        }
        self.places.advance(&text);
        let mut choice = ChunkChoice::from(Delta::text(text));
        if let Some(item) = probable {
            choice.extra.insert("logprobs", logprobs::of(&[item]));
        }
        chunks.push(Chunk::of(choice));
    }

    fn think(&self, thinking: String, chunks: &mut Vec<Chunk>) {
        let mut delta = Delta::reasoning(thinking.clone());
        delta.thinking_blocks.push(self.thought(thinking, None));
        chunks.push(Chunk::of(delta));
    }

    /// A piece of the present block of thinking.
    fn thought(&self, thinking: String, signature: Option<String>) -> ThinkingBlock {
        let mut extra = Extra::new();
        extra.insert("index", self.thoughts);
        ThinkingBlock::Thinking {
            thinking,
            signature,
            extra,
        }
    }

    /// Ends a block: one of thinking with the mark that brings it back.
    fn end_thinking(&mut self, index: u64, chunks: &mut Vec<Chunk>) {
        if self.thinking.remove(&index) {
            let mark = self.thought(String::new(), Some(signature::mark(ORIGIN, "")));
            let delta = Delta {
                thinking_blocks: vec![mark],
                ..Delta::default()
            };
            chunks.push(Chunk::of(delta));
            self.thoughts = self.thoughts.saturating_add(1);
        }
    }

    fn cite(&mut self, message: &Message, chunks: &mut Vec<Chunk>) {
        let Some(citation) = &message.citations else { return };
        let mut annotations = Vec::new();
        for annotation in self.places.annotations(citation) {
            let mut indexed = Extra::new();
            indexed.insert("index", self.annotations);
            indexed.extend(annotation);
            annotations.push(indexed);
            self.annotations = self.annotations.saturating_add(1);
        }
        if !annotations.is_empty() {
            let mut delta = Delta::default();
            delta.extra.set("annotations", &annotations);
            chunks.push(Chunk::of(delta));
        }
    }

    fn end(&mut self, finish: Finish, used: Option<Extra>, chunks: &mut Vec<Chunk>) {
        for index in std::mem::take(&mut self.thinking) {
            self.thinking.insert(index);
            self.end_thinking(index, chunks);
        }
        self.calls.end_all(finish.is_cut_off(), chunks);
        self.is_done = true;
        chunks.push(Chunk::of(finish.chunk()));
        chunks.extend(used.map(|used| Chunk {
            usage: Some(usage::canonical(used)),
            ..Chunk::default()
        }));
    }
}

#[cfg(test)]
mod tests;

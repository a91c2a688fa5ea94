//! Reads a streamed chat completion, event by event.
//!
//! The finish reasons and the usage are held back until `[DONE]`, so a stream that was cut off has neither.
//!
//! Source: `CompletionChunk` in the SDK `mistralai`.

use std::collections::BTreeMap;

use jackfield_plugin_sdk::canonical::{
    Chunk, ChunkChoice, Delta, Extra, FinishReason, FunctionDelta, Role, ThinkingBlock, ToolCallDelta, Usage,
};
use jackfield_plugin_sdk::{Decoded, Event, Failure};
use serde::{Deserialize, Serialize};

use crate::error;
use crate::prefix::Prefix;
use crate::reply::{arguments, block, is_id, without};
use crate::said::{Said, Thought, finish_reason};

/// The state carried between events; opaque outside this adapter.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// The text that the answer goes on with.
    pub(crate) prefix: Prefix,
    id: String,
    model: String,
    created: u64,
    /// The choices seen so far, by index.
    choices: BTreeMap<u32, Progress>,
    usage: Option<serde_json::Value>,
    done: bool,
}

/// How far a choice has come.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Progress {
    /// What is left of the text that it repeats; none before its first content.
    prefix: Option<Prefix>,
    /// The ids of its calls so far.
    calls: Vec<String>,
    /// The blocks of thinking that are complete.
    blocks: u64,
    is_thinking: bool,
    finish_reason: Option<String>,
}

/// Decodes the events of one network read.
///
/// # Errors
/// If the upstream reports an error, an event makes no sense, or the stream ends before `[DONE]`.
pub(crate) fn decode(state: &mut State, events: &[Event], last: bool) -> Result<Decoded, Failure> {
    let mut decoded = Decoded::default();
    for event in events {
        match event.data.trim_ascii() {
            _ if state.done => break,
            b"" => {}
            b"[DONE]" => state.finish(&mut decoded.chunks)?,
            _ => state.read(event, &mut decoded.chunks)?,
        }
    }
    decoded.done = state.done;
    if last && !state.done {
        return Err(Failure::malformed("the stream ended before [DONE]"));
    }
    Ok(decoded)
}

// === impl State ===

impl State {
    /// The state of an answer that goes on with this text.
    pub(crate) fn after(prefix: String) -> Self {
        Self {
            prefix: Prefix::new(prefix),
            ..Self::default()
        }
    }

    fn read(&mut self, event: &Event, chunks: &mut Vec<Chunk>) -> Result<(), Failure> {
        let mut body: Extra = event.json()?;
        let Some(choices) = body.take::<Vec<Extra>>("choices") else {
            return Err(error::of_event(event));
        };
        self.id = body.take_text("id");
        self.model = body.take_text("model");
        self.created = body.take("created").unwrap_or_default();
        self.usage = body.take("usage").or(self.usage.take());
        let read: Result<Vec<ChunkChoice>, Failure> = choices.into_iter().map(|choice| self.choice(choice)).collect();
        let choices: Vec<ChunkChoice> = read?
            .into_iter()
            .filter(|choice| *choice != empty(choice.index))
            .collect();
        if !choices.is_empty() {
            let mut chunk = self.chunk(choices);
            chunk.extra = without(body, &["object"]);
            chunks.push(chunk);
        }
        Ok(())
    }

    fn choice(&mut self, mut choice: Extra) -> Result<ChunkChoice, Failure> {
        let index = choice.take("index").unwrap_or_default();
        let is_new = !self.choices.contains_key(&index);
        let progress = self.choices.entry(index).or_default();
        let prefix = progress.prefix.get_or_insert_with(|| self.prefix.clone());
        let mut delta: Extra = choice.take("delta").unwrap_or_default();
        let said = Said::read(delta.remove("content"))?;
        let text = prefix.strip(&said.text);
        let calls: Vec<Extra> = delta.take("tool_calls").unwrap_or_default();
        let mut read = Delta {
            role: is_new.then_some(Role::Assistant),
            content: (!text.is_empty()).then_some(text),
            reasoning_content: said.reasoning(),
            tool_calls: calls.into_iter().map(|call| progress.call(call)).collect(),
            extra: without(delta, &["role", "index", "tool_call_id"]),
            ..Delta::default()
        };
        if !said.others.is_empty() {
            read.extra.set("references", &said.others);
        }
        read.thinking_blocks = progress.think(said.thoughts, read.content.is_some());
        if let Some(reason) = choice
            .take::<String>("finish_reason")
            .filter(|reason| !reason.is_empty())
        {
            finish_reason(&reason)?;
            progress.finish_reason = Some(reason);
        }
        Ok(ChunkChoice {
            index,
            delta: read,
            finish_reason: None,
            extra: without(choice, &[]),
        })
    }

    /// Writes what was held back.
    fn finish(&mut self, chunks: &mut Vec<Chunk>) -> Result<(), Failure> {
        if self.choices.is_empty() {
            return Err(Failure::malformed("the stream has no choices"));
        }
        let mut endings = Vec::with_capacity(self.choices.len());
        for (index, progress) in &mut self.choices {
            let reason = progress.finish_reason.take();
            let reason = reason.ok_or_else(|| Failure::malformed("a choice has no finish_reason"))?;
            let held = progress.prefix.take().unwrap_or_default().finish();
            if !held.is_empty() {
                endings.push(ending(*index, Delta::text(held), None));
            }
            endings.push(ending(*index, Delta::default(), Some(finish_reason(&reason)?)));
        }
        chunks.extend(endings.into_iter().map(|choice| self.chunk(vec![choice])));
        if let Some(usage) = self.usage.take() {
            let usage: Usage = serde_json::from_value(usage)?;
            let mut chunk = self.chunk(Vec::new());
            chunk.usage = Some(usage);
            chunks.push(chunk);
        }
        self.done = true;
        Ok(())
    }

    fn chunk(&self, choices: Vec<ChunkChoice>) -> Chunk {
        Chunk {
            id: self.id.clone(),
            model: self.model.clone(),
            created: self.created,
            choices,
            ..Chunk::default()
        }
    }
}

// === impl Progress ===

impl Progress {
    /// A call, or more of one. Its first piece has an id; its index may be missing, or that of every call.
    fn call(&mut self, mut call: Extra) -> ToolCallDelta {
        let id = call.take_text("id");
        let given: Option<usize> = call.take("index");
        let known = self.calls.iter().position(|known| is_id(&id) && *known == id);
        let place = match (known, given) {
            (Some(place), _) => place,
            (None, _) if is_id(&id) => self.calls.len(),
            (None, Some(place)) => place.min(self.calls.len()),
            (None, None) => self.calls.len().saturating_sub(1),
        };
        let is_new = place >= self.calls.len();
        if is_new {
            let id = if is_id(&id) {
                id
            } else {
                crate::calls::id(&place.to_string())
            };
            self.calls.push(id);
        }
        let mut function: Extra = call.take("function").unwrap_or_default();
        ToolCallDelta {
            index: u32::try_from(place).unwrap_or(u32::MAX),
            id: self.calls.get(place).filter(|_| is_new).cloned(),
            kind: is_new.then_some("function".into()),
            function: Some(FunctionDelta {
                name: function.take::<String>("name").filter(|_| is_new),
                arguments: Some(arguments(function.remove("arguments"))),
                extra: Extra::new(),
            }),
            extra: Extra::new(),
        }
    }

    /// Pieces of blocks of thinking. A block ends with its signature, or where text begins.
    fn think(&mut self, thoughts: Vec<Thought>, is_text: bool) -> Vec<ThinkingBlock> {
        let mut pieces = Vec::with_capacity(thoughts.len());
        for thought in thoughts {
            let is_last = thought.signature.is_some();
            let ThinkingBlock::Thinking {
                thinking, signature, ..
            } = block(thought)
            else {
                continue;
            };
            let mut extra = Extra::new();
            extra.insert("index", self.blocks);
            pieces.push(ThinkingBlock::Thinking {
                thinking,
                signature,
                extra,
            });
            self.is_thinking = !is_last;
            self.blocks = self.blocks.saturating_add(u64::from(is_last));
        }
        if is_text && std::mem::take(&mut self.is_thinking) {
            self.blocks = self.blocks.saturating_add(1);
        }
        pieces
    }
}

fn ending(index: u32, delta: Delta, finish_reason: Option<FinishReason>) -> ChunkChoice {
    ChunkChoice {
        index,
        delta,
        finish_reason,
        extra: Extra::new(),
    }
}

fn empty(index: u32) -> ChunkChoice {
    ending(index, Delta::default(), None)
}

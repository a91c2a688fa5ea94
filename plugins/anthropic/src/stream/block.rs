//! The content block being streamed: how each kind starts, grows and stops.

use jackfield_plugin_sdk::canonical::{Delta, Extra, ThinkingBlock, ToolCallDelta};
use jackfield_plugin_sdk::{Event, Failure, log};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::chunks::Chunks;
use super::frame::{self, WholeDelta};
use super::{Counts, indexed};

/// The block being streamed, with what is needed to complete it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum OpenBlock {
    /// Text.
    Text,
    /// Thinking, at this index of `thinking_blocks`.
    Thinking(u32),
    /// A call to one of the client's tools.
    ToolCall(ToolCall),
    /// A block without an OpenAI equivalent, sent whole when it stops.
    Kept(Kept),
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ToolCall {
    /// The index among the message's tool calls.
    index: u32,
    /// The arguments from the start event, `{}` if it has none. Cleared once they arrive in pieces.
    #[serde(skip_serializing_if = "Option::is_none")]
    arguments: Option<Value>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    block: Extra,
    /// The JSON text of the block's `input` so far.
    input: String,
}

// === impl OpenBlock ===

impl OpenBlock {
    /// Starts a block. Its members may already hold all or part of its content.
    ///
    /// # Errors
    /// If a tool call lacks an id or a name, or a known kind of block has an unexpected shape.
    pub(super) fn start(mut block: Extra, counts: &mut Counts, chunks: &mut Chunks) -> Result<Self, Failure> {
        match block.get("type").and_then(Value::as_str) {
            Some("text") => {
                send_text(take_text(&mut block, "text"), chunks);
                if let Some(Value::Array(citations)) = block.shift_remove("citations") {
                    for citation in citations {
                        send_citation(citation, counts, chunks);
                    }
                }
                Ok(Self::Text)
            }
            Some("thinking") => {
                let index = Counts::next(&mut counts.thinking_blocks);
                send_thinking(index, take_text(&mut block, "thinking"), chunks);
                send_signature(index, take_text(&mut block, "signature"), chunks);
                Ok(Self::Thinking(index))
            }
            Some("redacted_thinking") => {
                let index = Counts::next(&mut counts.thinking_blocks);
                let redacted = serde_json::from_value(indexed(index, block))?;
                chunks.push(Delta {
                    thinking_blocks: vec![redacted],
                    ..Delta::default()
                });
                Ok(Self::Thinking(index))
            }
            Some("tool_use") => ToolCall::start(block, counts, chunks).map(Self::ToolCall),
            _ => Ok(Self::Kept(Kept {
                block,
                input: String::new(),
            })),
        }
    }

    /// Applies a delta.
    ///
    /// # Errors
    /// If a delta of a rare kind has an unexpected shape.
    pub(super) fn extend(
        &mut self,
        delta: frame::Delta<'_>,
        event: &Event,
        counts: &mut Counts,
        chunks: &mut Chunks,
    ) -> Result<(), Failure> {
        match (self, &*delta.kind) {
            (Self::Text, "text_delta") => send_text(delta.text, chunks),
            (Self::Text, "citations_delta") => {
                let mut whole: WholeDelta = event.json()?;
                send_citation(whole.delta.remove("citation").unwrap_or_default(), counts, chunks);
            }
            (Self::Thinking(index), "thinking_delta") => {
                send_thinking(*index, delta.thinking, chunks);
            }
            (Self::Thinking(index), "signature_delta") => {
                send_signature(*index, delta.signature, chunks);
            }
            (Self::ToolCall(call), "input_json_delta") => call.extend(delta.partial_json, chunks),
            (Self::Kept(kept), "input_json_delta") => kept.input.push_str(&delta.partial_json),
            (Self::Kept(kept), _) => kept.extend(event.json::<WholeDelta>()?.delta),
            (_, kind) => log::warn(&format!("skipped a delta of unknown type {kind}")),
        }
        Ok(())
    }

    /// Completes the block.
    pub(super) fn stop(self, counts: &mut Counts, chunks: &mut Chunks) {
        match self {
            Self::Text | Self::Thinking(_) => {}
            Self::ToolCall(call) => call.stop(chunks),
            Self::Kept(kept) => {
                let index = Counts::next(&mut counts.content_blocks);
                send_extra("content_blocks", indexed(index, kept.complete()), chunks);
            }
        }
    }
}

// === impl ToolCall ===

impl ToolCall {
    fn start(mut block: Extra, counts: &mut Counts, chunks: &mut Chunks) -> Result<Self, Failure> {
        let (id, name) = (take_text(&mut block, "id"), take_text(&mut block, "name"));
        if id.is_empty() || name.is_empty() {
            return Err(Failure::malformed("a tool call lacks an id or a name"));
        }
        let index = Counts::next(&mut counts.tool_calls);
        let mut delta = ToolCallDelta::begin(index, id, name);
        delta.extra.extend(block.remove_entry("caller"));
        send_tool_call(delta, chunks);
        let arguments = block.remove("input").filter(Value::is_object);
        Ok(Self {
            index,
            arguments: Some(arguments.unwrap_or_else(|| Extra::new().into())),
        })
    }

    fn extend(&mut self, partial_json: String, chunks: &mut Chunks) {
        if !partial_json.is_empty() {
            self.arguments = None;
            send_tool_call(ToolCallDelta::arguments(self.index, partial_json), chunks);
        }
    }

    fn stop(self, chunks: &mut Chunks) {
        if let Some(arguments) = self.arguments {
            send_tool_call(ToolCallDelta::arguments(self.index, arguments.to_string()), chunks);
        }
    }
}

// === impl Kept ===

impl Kept {
    /// Merges the members of a delta: strings and lists are appended to, anything else is replaced.
    fn extend(&mut self, delta: Extra) {
        for (name, value) in delta {
            match (self.block.get_mut(&name), value) {
                _ if name == "type" => {}
                (Some(Value::String(text)), Value::String(more)) => text.push_str(&more),
                (Some(Value::Array(list)), Value::Array(more)) => list.extend(more),
                (_, value) => {
                    self.block.insert(name, value);
                }
            }
        }
    }

    /// The complete block. A truncated input, as when the token limit is reached, is kept as text in `partial_json`.
    fn complete(self) -> Extra {
        let Self { mut block, input } = self;
        if input.is_empty() {
            return block;
        }
        match serde_json::from_str(&input) {
            Ok(input) => block.insert("input".to_owned(), input),
            Err(_) => block.insert("partial_json".to_owned(), Value::String(input)),
        };
        block
    }
}

fn take_text(block: &mut Extra, name: &str) -> String {
    match block.remove(name) {
        Some(Value::String(text)) => text,
        _ => String::new(),
    }
}

fn send_text(text: String, chunks: &mut Chunks) {
    if !text.is_empty() {
        chunks.push(Delta::text(text));
    }
}

fn send_thinking(index: u32, text: String, chunks: &mut Chunks) {
    if !text.is_empty() {
        let piece = thinking_piece(index, text.clone(), None);
        chunks.push(Delta {
            thinking_blocks: vec![piece],
            ..Delta::reasoning(text)
        });
    }
}

fn send_signature(index: u32, signature: String, chunks: &mut Chunks) {
    if !signature.is_empty() {
        let piece = thinking_piece(index, String::new(), Some(signature));
        chunks.push(Delta {
            thinking_blocks: vec![piece],
            ..Delta::default()
        });
    }
}

fn thinking_piece(index: u32, thinking: String, signature: Option<String>) -> ThinkingBlock {
    let mut extra = Extra::new();
    extra.insert("index".to_owned(), Value::from(index));
    ThinkingBlock::Thinking {
        thinking,
        signature,
        extra,
    }
}

fn send_tool_call(delta: ToolCallDelta, chunks: &mut Chunks) {
    chunks.push(Delta {
        tool_calls: vec![delta],
        ..Delta::default()
    });
}

fn send_citation(citation: Value, counts: &mut Counts, chunks: &mut Chunks) {
    if let Value::Object(citation) = citation {
        let index = Counts::next(&mut counts.citations);
        send_extra("citations", indexed(index, citation), chunks);
    }
}

fn send_extra(name: &str, entry: Value, chunks: &mut Chunks) {
    let mut delta = Delta::default();
    delta.extra.insert(name.to_owned(), Value::Array(vec![entry]));
    chunks.push(delta);
}

//! The content block being streamed: how each kind starts, grows and stops.

use jackfield_plugin_sdk::canonical::{Cited, Delta, Extra, Json, ThinkingBlock, ToolCallDelta};
use jackfield_plugin_sdk::{Event, Failure, log};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::chunks::Chunks;
use super::frame::{self, WholeDelta};
use super::{Counts, indexed};
use crate::citation;
use crate::origin;
use crate::reply;

/// A block being streamed, with what is needed to complete it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum OpenBlock {
    /// Text, and what it cites.
    Text(Cited),
    /// Thinking, at this index of `thinking_blocks`, and whether it is signed.
    Thinking { index: u32, is_signed: bool },
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
    arguments: Option<String>,
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
    /// If a tool call lacks a name.
    pub(super) fn start(mut block: Extra, counts: &mut Counts, chunks: &mut Chunks) -> Result<Self, Failure> {
        match block.text("type").as_deref() {
            Some("text") => {
                let mut cited = Cited::from(counts.chars);
                send_text(block.take_text("text"), counts, chunks);
                for citation in block.take::<Vec<Json>>("citations").unwrap_or_default() {
                    send_citation(&citation, &mut cited, counts, chunks);
                }
                Ok(Self::Text(cited))
            }
            Some("thinking") => {
                let index = Counts::next(&mut counts.thinking_blocks);
                send_thinking(index, block.take_text("thinking"), chunks);
                let is_signed = send_signature(index, block.take_text("signature"), chunks);
                Ok(Self::Thinking { index, is_signed })
            }
            Some("redacted_thinking") => {
                let index = Counts::next(&mut counts.thinking_blocks);
                chunks.push(Delta {
                    thinking_blocks: vec![indexed(index, origin::marked(block, chunks.origin.as_deref())).into()],
                    ..Delta::default()
                });
                Ok(Self::Thinking { index, is_signed: true })
            }
            Some("tool_use") => ToolCall::start(block, counts, chunks).map(Self::ToolCall),
            _ => Ok(Self::Kept(Kept {
                block,
                input: String::new(),
            })),
        }
    }

    /// Applies a delta. Returns the text that it adds to the block, if it does nothing else.
    ///
    /// # Errors
    /// If a delta of a rare kind has an unexpected shape.
    pub(super) fn extend<'d>(
        &mut self,
        delta: &frame::Delta<'d>,
        event: &Event,
        counts: &mut Counts,
        chunks: &mut Chunks,
    ) -> Result<Option<&'d RawValue>, Failure> {
        let text = match (&*self, delta.kind.as_deref().unwrap_or_default()) {
            (Self::Text(_), "text_delta") => delta.text,
            (Self::Thinking { .. }, "thinking_delta") => delta.thinking,
            (Self::ToolCall(_) | Self::Kept(_), "input_json_delta") => delta.partial_json,
            (_, kind) => {
                self.extend_otherwise(kind, delta, event, counts, chunks)?;
                return Ok(None);
            }
        };
        self.push(frame::text(text), counts, chunks);
        Ok(text)
    }

    /// Applies a delta that is no text, or none of this block's.
    fn extend_otherwise(
        &mut self,
        kind: &str,
        delta: &frame::Delta<'_>,
        event: &Event,
        counts: &mut Counts,
        chunks: &mut Chunks,
    ) -> Result<(), Failure> {
        match (self, kind) {
            (Self::Text(cited), "citations_delta") => {
                let mut whole: WholeDelta = event.json()?;
                let citation = whole.delta.remove("citation").unwrap_or_default();
                send_citation(&citation, cited, counts, chunks);
            }
            (Self::Thinking { index, is_signed }, "signature_delta") => {
                *is_signed |= send_signature(*index, frame::text(delta.signature), chunks);
            }
            (Self::Kept(kept), _) => kept.extend(event.json::<WholeDelta>()?.delta),
            (_, kind) => log::warn(&format!("skipped a delta of unknown type {kind}")),
        }
        Ok(())
    }

    /// Completes the block.
    pub(super) fn stop(self, counts: &mut Counts, chunks: &mut Chunks) {
        match self {
            // Another vendor may leave its thinking unsigned, and still want it back.
            Self::Thinking {
                index,
                is_signed: false,
            } if chunks.origin.is_some() => push_signature(index, String::new(), chunks),
            Self::Thinking { .. } => {}
            Self::Text(cited) => {
                for annotation in cited.annotations(counts.chars) {
                    let index = Counts::next(&mut counts.annotations);
                    send_extra("annotations", indexed(index, annotation), chunks);
                }
            }
            Self::ToolCall(call) => call.stop(chunks),
            Self::Kept(kept) => {
                let index = Counts::next(&mut counts.content_blocks);
                send_extra("content_blocks", indexed(index, kept.complete()), chunks);
            }
        }
    }

    /// Adds the next piece of the block's text.
    pub(super) fn push(&mut self, piece: String, counts: &mut Counts, chunks: &mut Chunks) {
        match self {
            _ if piece.is_empty() => {}
            Self::Text(_) => send_text(piece, counts, chunks),
            Self::Thinking { index, .. } => send_thinking(*index, piece, chunks),
            Self::ToolCall(call) => {
                call.arguments = None;
                chunks.push_call(ToolCallDelta::arguments(call.index, piece));
            }
            Self::Kept(kept) => kept.input.push_str(&piece),
        }
    }
}

// === impl ToolCall ===

impl ToolCall {
    fn start(mut block: Extra, counts: &mut Counts, chunks: &mut Chunks) -> Result<Self, Failure> {
        let index = Counts::next(&mut counts.tool_calls);
        let call = reply::tool_call(&mut block, index)?;
        let mut delta = ToolCallDelta::begin(index, call.id, call.function.name);
        delta.extra = call.extra;
        chunks.push_call(delta);
        Ok(Self {
            index,
            arguments: Some(call.function.arguments),
        })
    }

    fn stop(self, chunks: &mut Chunks) {
        if let Some(arguments) = self.arguments {
            chunks.push_call(ToolCallDelta::arguments(self.index, arguments));
        }
    }
}

// === impl Kept ===

impl Kept {
    /// Merges the members of a delta: strings and lists are appended to, anything else is replaced.
    fn extend(&mut self, delta: Extra) {
        for (name, value) in delta {
            let (known, more) = (self.block.get(&name), &value);
            let joined = match (known.and_then(Json::as_str), more.as_str()) {
                _ if name == "type" => continue,
                (Some(text), Some(more)) => Json::from(text + &more),
                _ => match (known.and_then(Json::read::<Vec<Json>>), more.read::<Vec<Json>>()) {
                    (Some(mut list), Some(more)) => {
                        list.extend(more);
                        Json::of(&list)
                    }
                    _ => value,
                },
            };
            self.block.insert(name, joined);
        }
    }

    /// The complete block. A truncated input, as when the token limit is reached, is kept as text in `partial_json`.
    fn complete(self) -> Extra {
        let Self { mut block, input } = self;
        if input.is_empty() {
            return block;
        }
        match Json::parse(&input) {
            Ok(input) => block.insert("input", input),
            Err(_) => block.insert("partial_json", input),
        }
        block
    }
}

fn send_text(text: String, counts: &mut Counts, chunks: &mut Chunks) {
    if !text.is_empty() {
        counts.chars = counts.chars.saturating_add(Cited::length(&text));
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

/// Sends a signature unless it is empty, and tells whether it did.
fn send_signature(index: u32, signature: String, chunks: &mut Chunks) -> bool {
    let is_signed = !signature.is_empty();
    if is_signed {
        push_signature(index, signature, chunks);
    }
    is_signed
}

fn push_signature(index: u32, signature: String, chunks: &mut Chunks) {
    let signature = origin::carried(chunks.origin.as_deref(), signature);
    let piece = thinking_piece(index, String::new(), Some(signature));
    chunks.push(Delta {
        thinking_blocks: vec![piece],
        ..Delta::default()
    });
}

fn thinking_piece(index: u32, thinking: String, signature: Option<String>) -> ThinkingBlock {
    let mut extra = Extra::new();
    extra.insert("index", u64::from(index));
    ThinkingBlock::Thinking {
        thinking,
        signature,
        extra,
    }
}

fn send_citation(citation: &Json, cited: &mut Cited, counts: &mut Counts, chunks: &mut Chunks) {
    if let Some(citation) = citation.read::<Extra>() {
        citation::note(&citation, cited);
        let index = Counts::next(&mut counts.citations);
        send_extra("citations", indexed(index, citation), chunks);
    }
}

fn send_extra(name: &str, entry: Extra, chunks: &mut Chunks) {
    let mut delta = Delta::default();
    delta.extra.set(name, &[entry]);
    chunks.push(delta);
}

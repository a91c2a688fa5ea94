//! The content block being streamed: how each kind starts, grows and stops.

use jackfield_plugin_sdk::canonical::{Cited, Delta, Extra, ThinkingBlock, ToolCallDelta};
use jackfield_plugin_sdk::{Failure, log};
use serde::{Deserialize, Serialize};

use super::chunks::Chunks;
use super::{Counts, State};
use crate::model::Model;
use crate::{citation, reply, thinking};

/// A block being streamed, with what is needed to complete it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum OpenBlock {
    /// Text, and the pages that it cites.
    Text(Cited),
    /// Thinking, at this index of `thinking_blocks`.
    Thinking(u32),
    Call(Call),
    /// A call that is the answer itself; whether anything of it has come.
    Answer(bool),
    /// A block that is left out.
    Skipped,
}

/// A call to one of the client's tools.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Call {
    /// The index among the message's tool calls.
    index: u32,
    id: String,
    name: String,
    /// Whether arguments have come.
    has_arguments: bool,
}

/// `ContentBlockDelta`: one of these members.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Piece {
    pub(super) text: Option<String>,
    tool_use: Option<Input>,
    reasoning_content: Option<Reasoning>,
    citation: Option<Extra>,
}

/// More of a call's arguments.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Input {
    input: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Reasoning {
    text: Option<String>,
    signature: Option<String>,
    redacted_content: Option<String>,
}

// === impl OpenBlock ===

impl OpenBlock {
    /// The block that a start event begins: a call, or one that is left out.
    ///
    /// # Errors
    /// If a tool call lacks a name.
    pub(super) fn start(mut start: Extra, state: &mut State) -> Result<Self, Failure> {
        match start.take::<Extra>("toolUse") {
            Some(call) if state.is_answer(&call.text("name").unwrap_or_default()) => Ok(Self::Answer(false)),
            Some(call) if !reply::is_servers(&call) => {
                let index = Counts::next(&mut state.counts.tool_calls);
                let call = reply::tool_call(call, index as usize, state)?;
                Ok(Self::Call(Call {
                    index,
                    id: call.id,
                    name: call.function.name,
                    has_arguments: false,
                }))
            }
            Some(_) => {
                log::warn("left out a call of a tool that the vendor runs");
                Ok(Self::Skipped)
            }
            None => {
                let kinds: Vec<&str> = start.iter().map(|(kind, _)| kind).collect();
                log::warn(&format!("left out a block of kind {}", kinds.join(", ")));
                Ok(Self::Skipped)
            }
        }
    }

    /// The block that begins with this piece, without a start event.
    ///
    /// # Errors
    /// If it is a piece of a call, whose id and name are not known.
    pub(super) fn of_piece(piece: &Piece, state: &mut State) -> Result<Self, Failure> {
        if piece.tool_use.is_some() {
            return Err(Failure::malformed("a tool call came without its start"));
        }
        Ok(match piece {
            Piece {
                reasoning_content: Some(_),
                ..
            } => Self::Thinking(Counts::next(&mut state.counts.thinking_blocks)),
            Piece {
                text: None,
                citation: None,
                ..
            } => Self::Skipped,
            _ => Self::Text(Cited::from(state.counts.chars)),
        })
    }

    /// Sends what is known at the start.
    pub(super) fn announce(&self, chunks: &mut Chunks) {
        if let Self::Call(call) = self {
            push_call(ToolCallDelta::begin(call.index, &*call.id, &*call.name), chunks);
        }
    }

    /// Applies a piece.
    pub(super) fn extend(&mut self, piece: Piece, model: &Model<'_>, counts: &mut Counts, chunks: &mut Chunks) {
        match self {
            Self::Text(cited) => {
                if let Some(text) = piece.text.filter(|text| !text.is_empty()) {
                    counts.chars = counts.chars.saturating_add(Cited::length(&text));
                    chunks.push(Delta::text(text));
                }
                if let Some(citation) = piece.citation.and_then(|it| citation::read(it, cited)) {
                    push("citations", Counts::next(&mut counts.citations), citation, chunks);
                }
            }
            Self::Thinking(index) => {
                if let Some(reasoning) = piece.reasoning_content {
                    push_reasoning(*index, reasoning, model, chunks);
                }
            }
            Self::Call(call) => {
                if let Some(more) = piece.tool_use.filter(|more| !more.input.is_empty()) {
                    call.has_arguments = true;
                    push_call(ToolCallDelta::arguments(call.index, more.input), chunks);
                }
            }
            Self::Answer(has_begun) => {
                if let Some(more) = piece.tool_use.filter(|more| !more.input.is_empty()) {
                    *has_begun = true;
                    chunks.push(Delta::text(more.input));
                }
            }
            Self::Skipped => {}
        }
    }

    /// Completes the block. A call whose arguments have not come has none.
    pub(super) fn stop(self, counts: &mut Counts, chunks: &mut Chunks) {
        match self {
            Self::Text(cited) => {
                for annotation in cited.annotations(counts.chars) {
                    push("annotations", Counts::next(&mut counts.annotations), annotation, chunks);
                }
            }
            Self::Call(call) if !call.has_arguments => {
                push_call(ToolCallDelta::arguments(call.index, "{}"), chunks);
            }
            Self::Answer(false) => chunks.push(Delta::text("{}")),
            _ => {}
        }
    }
}

fn push_call(call: ToolCallDelta, chunks: &mut Chunks) {
    chunks.push(Delta {
        tool_calls: vec![call],
        ..Delta::default()
    });
}

fn push_reasoning(index: u32, reasoning: Reasoning, model: &Model<'_>, chunks: &mut Chunks) {
    let piece = |thinking: String, signature: Option<String>| {
        let mut extra = Extra::new();
        extra.insert("index", u64::from(index));
        vec![ThinkingBlock::Thinking {
            thinking,
            signature,
            extra,
        }]
    };
    if let Some(text) = reasoning.text.filter(|text| !text.is_empty()) {
        chunks.push(Delta {
            thinking_blocks: piece(text.clone(), None),
            ..Delta::reasoning(text)
        });
    }
    if let Some(signature) = reasoning.signature.filter(|signature| !signature.is_empty()) {
        let signature = thinking::carried(&signature, model);
        chunks.push(Delta {
            thinking_blocks: piece(String::new(), Some(signature)),
            ..Delta::default()
        });
    }
    if let Some(data) = reasoning.redacted_content {
        chunks.push(Delta {
            thinking_blocks: vec![thinking::redacted(&data, model, Some(index))],
            ..Delta::default()
        });
    }
}

/// Sends an entry of the list with this name.
fn push(list: &str, index: u32, entry: Extra, chunks: &mut Chunks) {
    let mut indexed = Extra::new();
    indexed.insert("index", u64::from(index));
    indexed.extend(entry);
    let mut delta = Delta::default();
    delta.extra.set(list, &[indexed]);
    chunks.push(delta);
}

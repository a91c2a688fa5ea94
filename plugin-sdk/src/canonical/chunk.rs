//! One chunk of a streamed chat reply.

use std::borrow::Cow;

use serde::Serialize;

use super::members::object;
use super::{Extra, FinishReason, Role, ThinkingBlock, Usage};

/// One chunk of a stream.
///
/// Source: <https://platform.openai.com/docs/api-reference/chat-streaming>. As in a buffered reply, the host fills in
/// the client's name for the model, and the time if `created` is 0.
///
/// A stream is the role, then what the model says, then why it stopped:
/// ```
/// use jackfield_plugin_sdk::canonical::{Chunk, Delta, FinishReason, Usage};
///
/// let mut last = Chunk::of(FinishReason::Stop);
/// last.usage = Some(Usage::of(3, 2));
/// let chunks = [Chunk::of(Delta::role()), Chunk::of(Delta::text("Hello")), last];
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Chunk {
    /// The upstream's id for the reply, the same in all chunks.
    pub id: String,
    /// Always `chat.completion.chunk`.
    pub object: Cow<'static, str>,
    /// Seconds since 1970. If 0, the host fills it in.
    pub created: u64,
    /// The upstream's name for the model.
    pub model: String,
    /// The new content, by choice; empty in the chunk that carries the usage.
    pub choices: Vec<ChunkChoice>,
    /// The tokens used; if present, in the last chunk only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

/// The new content of one choice.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ChunkChoice {
    /// The choice's index, from 0.
    pub index: u32,
    /// The new content.
    pub delta: Delta,
    /// Why the model stopped; set once, in the choice's last chunk.
    pub finish_reason: Option<FinishReason>,
    /// Unknown fields, such as `logprobs`.
    #[serde(flatten)]
    pub extra: Extra,
}

/// What a chunk adds to a message.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Delta {
    /// The author of the message; set once, in the choice's first chunk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// More text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// More of the model's thinking.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning_content: Option<String>,
    /// Pieces of thinking blocks, each with the `index` of its block. Pieces with the same index are joined, and the
    /// last one carries the signature. An adapter that has complete blocks sends each as one piece.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub thinking_blocks: Vec<ThinkingBlock>,
    /// New tool calls, or more of those already started.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCallDelta>,
    /// More of the model's refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

/// What a chunk adds to a tool call.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ToolCallDelta {
    /// The call's index within its message, from 0.
    pub index: u32,
    /// The call's id; set once, in its first chunk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Always `function`; set once, in the call's first chunk.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<Cow<'static, str>>,
    /// The function called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function: Option<FunctionDelta>,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

/// What a chunk adds to a function call.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct FunctionDelta {
    /// The function's name; set once, in the call's first chunk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// More of the arguments' JSON text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arguments: Option<String>,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

fn kind() -> Cow<'static, str> {
    Cow::Borrowed("chat.completion.chunk")
}

object! {
    Chunk {
        "id" => id,
        "object" => object,
        "created" => created,
        "model" => model,
        "choices" => choices,
        "usage" => usage,
    }
}

object! {
    ChunkChoice {
        "index" => index,
        "delta" => delta,
        "finish_reason" => finish_reason,
    }
}

object! {
    Delta {
        "role" => role,
        "content" => content,
        "reasoning_content" => reasoning_content,
        "thinking_blocks" => thinking_blocks,
        "tool_calls" => tool_calls,
        "refusal" => refusal,
    }
}

object! {
    ToolCallDelta {
        "index" => index,
        "id" => id,
        "type" => kind,
        "function" => function,
    }
}

object! {
    FunctionDelta {
        "name" => name,
        "arguments" => arguments,
    }
}

// === impl Chunk ===

impl Default for Chunk {
    fn default() -> Self {
        Self {
            id: String::new(),
            object: kind(),
            created: 0,
            model: String::new(),
            choices: Vec::new(),
            usage: None,
            extra: Extra::new(),
        }
    }
}

impl Chunk {
    /// A chunk of the first choice: a [`Delta`], or the [`FinishReason`] at its end.
    pub fn of(choice: impl Into<ChunkChoice>) -> Self {
        Self {
            choices: vec![choice.into()],
            ..Self::default()
        }
    }
}

// === impl Delta ===

impl Delta {
    /// A delta with only the role `assistant`: the first of every choice.
    pub fn role() -> Self {
        Self {
            role: Some(Role::Assistant),
            ..Self::default()
        }
    }

    /// A delta with more text.
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            content: Some(text.into()),
            ..Self::default()
        }
    }

    /// A delta with more thinking.
    pub fn reasoning(text: impl Into<String>) -> Self {
        Self {
            reasoning_content: Some(text.into()),
            ..Self::default()
        }
    }
}

// === impl ChunkChoice ===

impl From<Delta> for ChunkChoice {
    /// The first choice, continued.
    fn from(delta: Delta) -> Self {
        Self {
            delta,
            ..Self::default()
        }
    }
}

impl From<FinishReason> for ChunkChoice {
    /// The first choice, at its end.
    fn from(reason: FinishReason) -> Self {
        Self {
            finish_reason: Some(reason),
            ..Self::default()
        }
    }
}

// === impl ToolCallDelta ===

impl ToolCallDelta {
    /// The first chunk of a call: its id and name, without arguments.
    pub fn begin(index: u32, id: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            index,
            id: Some(id.into()),
            kind: Some(Cow::Borrowed("function")),
            function: Some(FunctionDelta {
                name: Some(name.into()),
                arguments: Some(String::new()),
                extra: Extra::new(),
            }),
            extra: Extra::new(),
        }
    }

    /// More of a call's arguments.
    pub fn arguments(index: u32, more: impl Into<String>) -> Self {
        let function = FunctionDelta {
            arguments: Some(more.into()),
            ..FunctionDelta::default()
        };
        Self {
            index,
            function: Some(function),
            ..Self::default()
        }
    }
}

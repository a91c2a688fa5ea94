//! One message of a conversation, in a request or in a reply.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Content, Extra, ToolCall, null_as_default};
use crate::open_enum::open_enum;

open_enum! {
    /// The author of a message.
    #[derive(Default)]
    pub enum Role {
        /// The application, giving instructions.
        System = "system",
        /// The same, under the name OpenAI's newer models use.
        Developer = "developer",
        /// The end user.
        User = "user",
        /// The model.
        #[default]
        Assistant = "assistant",
        /// A tool, returning the result of a call.
        Tool = "tool",
    }
}

/// One message of a conversation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// The author of the message.
    pub role: Role,
    /// The content; `null` if an assistant only calls tools.
    #[serde(default)]
    pub content: Option<Content>,
    /// The model's thinking, as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning_content: Option<String>,
    /// The model's thinking with the vendor's signatures, in order.
    #[serde(default, deserialize_with = "null_as_default", skip_serializing_if = "Vec::is_empty")]
    pub thinking_blocks: Vec<ThinkingBlock>,
    /// The tool calls an assistant makes.
    #[serde(default, deserialize_with = "null_as_default", skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
    /// For role `tool`: the id of the call this message answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_call_id: Option<String>,
    /// Distinguishes several authors with the same role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The model's refusal, in its own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

/// One block of the model's thinking, as signed by Anthropic.
///
/// Source: <https://docs.anthropic.com/en/docs/build-with-claude/extended-thinking>.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ThinkingBlock {
    /// Readable thinking.
    Thinking {
        /// The text.
        thinking: String,
        /// The vendor's proof that the model wrote the text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signature: Option<String>,
        /// Unknown fields.
        #[serde(flatten)]
        extra: Extra,
    },
    /// Encrypted thinking, which only the vendor can read.
    RedactedThinking {
        /// The encrypted text.
        data: String,
        /// Unknown fields.
        #[serde(flatten)]
        extra: Extra,
    },
    /// A kind of block this SDK does not know, preserved verbatim.
    #[serde(untagged)]
    Other(Value),
}

// === impl Message ===

impl Message {
    /// A message with a single text.
    pub fn text(role: Role, text: impl Into<String>) -> Self {
        Self {
            role,
            content: Some(Content::Text(text.into())),
            ..Self::default()
        }
    }
}

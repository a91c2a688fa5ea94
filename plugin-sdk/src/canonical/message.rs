//! One message of a conversation, in a request or in a reply.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Content, Extra, ToolCall, null_as_default};
use crate::open_enum::open_enum;

open_enum! {
    /// Who speaks.
    #[derive(Default)]
    pub enum Role {
        /// Instructions of the application.
        System = "system",
        /// The same under the name that newer models of OpenAI use.
        Developer = "developer",
        /// The person.
        User = "user",
        /// The model.
        #[default]
        Assistant = "assistant",
        /// The result of a tool call.
        Tool = "tool",
    }
}

/// One message of a conversation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said; `null` where an assistant only calls tools.
    #[serde(default)]
    pub content: Option<Content>,
    /// The model's thinking as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning_content: Option<String>,
    /// The model's thinking with the vendor's signatures, in order.
    #[serde(default, deserialize_with = "null_as_default", skip_serializing_if = "Vec::is_empty")]
    pub thinking_blocks: Vec<ThinkingBlock>,
    /// The tools that an assistant calls.
    #[serde(default, deserialize_with = "null_as_default", skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
    /// The call that a message of role `tool` answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_call_id: Option<String>,
    /// The speaker's name among several of one role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Why the model declined, in its own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    /// Everything else.
    #[serde(flatten)]
    pub extra: Extra,
}

/// One block of the model's thinking, as Anthropic signs it.
///
/// Source: <https://docs.anthropic.com/en/docs/build-with-claude/extended-thinking>.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ThinkingBlock {
    /// Thinking that can be read.
    Thinking {
        /// The text.
        thinking: String,
        /// The vendor's proof that the text is the model's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signature: Option<String>,
        /// Everything else.
        #[serde(flatten)]
        extra: Extra,
    },
    /// Thinking that only the vendor can read.
    RedactedThinking {
        /// The encrypted text.
        data: String,
        /// Everything else.
        #[serde(flatten)]
        extra: Extra,
    },
    /// A kind of block that this SDK does not know, kept as it came.
    #[serde(untagged)]
    Other(Value),
}

// === impl Message ===

impl Message {
    /// A message of one text.
    pub fn text(role: Role, text: impl Into<String>) -> Self {
        Self {
            role,
            content: Some(Content::Text(text.into())),
            ..Self::default()
        }
    }
}

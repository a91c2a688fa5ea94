//! The reply to a chat request, whole.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{Extra, Message, Usage};
use crate::open_enum::open_enum;

/// A whole reply.
///
/// Source: <https://platform.openai.com/docs/api-reference/chat/object>. The host puts the client's
/// model name in, and the time if `created` is 0: a plugin has no clock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChatCompletion {
    /// The upstream's id of the reply.
    #[serde(default)]
    pub id: String,
    /// Always `chat.completion`.
    #[serde(default = "object")]
    pub object: Cow<'static, str>,
    /// Seconds since 1970; 0: the host fills it in.
    #[serde(default)]
    pub created: u64,
    /// The upstream's name of the model.
    #[serde(default)]
    pub model: String,
    /// The alternatives; one, unless the client asked for more.
    pub choices: Vec<Choice>,
    /// What was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// Everything else.
    #[serde(flatten)]
    pub extra: Extra,
}

/// One alternative of a reply.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// Its place, from 0.
    #[serde(default)]
    pub index: u32,
    /// What the model says.
    pub message: Message,
    /// Why it stopped.
    #[serde(default)]
    pub finish_reason: Option<FinishReason>,
    /// Everything else, `logprobs` for one.
    #[serde(flatten)]
    pub extra: Extra,
}

open_enum! {
    /// Why the model stopped.
    pub enum FinishReason {
        /// It was done, or met a stop sequence.
        Stop = "stop",
        /// It met the limit on tokens.
        Length = "length",
        /// It waits for the results of its tool calls.
        ToolCalls = "tool_calls",
        /// The vendor's filter cut it off.
        ContentFilter = "content_filter",
    }
}

fn object() -> Cow<'static, str> {
    Cow::Borrowed("chat.completion")
}

// === impl ChatCompletion ===

impl Default for ChatCompletion {
    fn default() -> Self {
        Self {
            id: String::new(),
            object: object(),
            created: 0,
            model: String::new(),
            choices: Vec::new(),
            usage: None,
            extra: Extra::new(),
        }
    }
}

//! The buffered reply to a chat request.

use std::borrow::Cow;

use serde::Serialize;

use super::members::object;
use super::{Extra, Message, Usage};
use crate::open_enum::open_enum;

/// A complete reply.
///
/// Source: <https://platform.openai.com/docs/api-reference/chat/object>. The host fills in the client's name for the
/// model, and the time if `created` is 0, because a plugin has no clock.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChatCompletion {
    /// The upstream's id for the reply.
    pub id: String,
    /// Always `chat.completion`.
    pub object: Cow<'static, str>,
    /// Seconds since 1970. If 0, the host fills it in.
    pub created: u64,
    /// The upstream's name for the model.
    pub model: String,
    /// The alternatives: one, unless the client asked for more.
    pub choices: Vec<Choice>,
    /// The tokens used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

/// One alternative of a reply.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Choice {
    /// The choice's index, from 0.
    pub index: u32,
    /// The model's message.
    pub message: Message,
    /// Why the model stopped.
    pub finish_reason: Option<FinishReason>,
    /// Unknown fields, such as `logprobs`.
    #[serde(flatten)]
    pub extra: Extra,
}

open_enum! {
    /// Why the model stopped.
    pub enum FinishReason {
        /// It finished, or reached a stop sequence.
        Stop = "stop",
        /// It reached the token limit.
        Length = "length",
        /// It is waiting for the results of its tool calls.
        ToolCalls = "tool_calls",
        /// The vendor's content filter stopped it.
        ContentFilter = "content_filter",
    }
}

fn kind() -> Cow<'static, str> {
    Cow::Borrowed("chat.completion")
}

object! {
    ChatCompletion {
        "id" => id,
        "object" => object,
        "created" => created,
        "model" => model,
        "choices" => choices,
        "usage" => usage,
    } requires "choices"
}

object! {
    Choice {
        "index" => index,
        "message" => message,
        "finish_reason" => finish_reason,
    } requires "message"
}

// === impl ChatCompletion ===

impl Default for ChatCompletion {
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

//! The messages of a request, as the API has them.
//!
//! Source: <https://docs.cohere.com/reference/chat>, `messages`.

use jackfield_plugin_sdk::canonical::{ImageUrl, ToolCall};
use serde::Serialize;

/// One message.
#[derive(Debug, Serialize)]
#[serde(tag = "role", rename_all = "lowercase")]
pub(super) enum Turn {
    /// Instructions.
    System { content: String },
    /// The end user's words and images.
    User { content: Content },
    /// What the model said and called. Its words in front of calls are the `tool_plan`.
    Assistant {
        #[serde(skip_serializing_if = "Option::is_none")]
        content: Option<Content>,
        #[serde(skip_serializing_if = "Option::is_none")]
        tool_plan: Option<String>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        tool_calls: Vec<ToolCall>,
    },
    /// The result of a call.
    Tool { tool_call_id: String, content: String },
}

/// A text, or blocks.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Content {
    Text(String),
    Blocks(Vec<Block>),
}

/// One block of a message.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Block {
    Text { text: String },
    Thinking { thinking: String },
    ImageUrl { image_url: ImageUrl },
}

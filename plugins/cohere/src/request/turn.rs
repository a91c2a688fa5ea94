//! The messages of a request, as the API has them.
//!
//! Source: <https://docs.cohere.com/reference/chat>, `messages`.

use jackfield_plugin_sdk::canonical::{ImageUrl, Text, ToolCall};
use serde::Serialize;

/// One message.
#[derive(Debug, Serialize)]
#[serde(tag = "role", rename_all = "lowercase")]
pub(super) enum Turn {
    /// Instructions.
    System { content: Text },
    /// The end user's words and images.
    User { content: Content },
    /// What the model said and called. Its words in front of calls are the `tool_plan`.
    Assistant {
        #[serde(skip_serializing_if = "Option::is_none")]
        content: Option<Content>,
        #[serde(skip_serializing_if = "Option::is_none")]
        tool_plan: Option<Text>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        tool_calls: Vec<ToolCall>,
    },
    /// The result of a call.
    Tool { tool_call_id: String, content: Text },
}

/// A text, or blocks.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Content {
    Text(Text),
    Blocks(Vec<Block>),
}

/// One block of a message.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Block {
    Text { text: Text },
    Thinking { thinking: String },
    ImageUrl { image_url: ImageUrl },
}

// === impl Turn ===

impl Turn {
    /// Takes in what the assistant said before it made these calls; false if there is nothing to take in.
    ///
    /// A message may come in two: in Anthropic's dialect, thinking may follow text, and no message of OpenAI's has both in
    /// that order. The API has one message for a plan and its calls.
    pub(super) fn continues(&mut self, before: &mut Self) -> bool {
        let (
            Self::Assistant {
                content,
                tool_plan,
                tool_calls,
            },
            Self::Assistant {
                content: said,
                tool_plan: None,
                tool_calls: earlier,
            },
        ) = (self, before)
        else {
            return false;
        };
        if tool_calls.is_empty() || !earlier.is_empty() {
            return false;
        }
        let mut plan = String::new();
        let mut blocks = Vec::new();
        for block in blocks_of(said.take()).into_iter().chain(blocks_of(content.take())) {
            match block {
                Block::Text { text } => plan.push_str(&text),
                other => blocks.push(other),
            }
        }
        plan.push_str(tool_plan.as_deref().unwrap_or_default());
        *tool_plan = Some(plan.into()).filter(|plan: &Text| !plan.is_empty());
        *content = Some(Content::Blocks(blocks)).filter(|content| !content.is_empty());
        true
    }
}

fn blocks_of(content: Option<Content>) -> Vec<Block> {
    match content {
        None => Vec::new(),
        Some(Content::Text(text)) => vec![Block::Text { text }],
        Some(Content::Blocks(blocks)) => blocks,
    }
}

// === impl Content ===

impl Content {
    /// Whether there is nothing in it.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) => text.is_empty(),
            Self::Blocks(blocks) => blocks.is_empty(),
        }
    }
}

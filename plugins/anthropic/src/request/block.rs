//! Anthropic's content blocks.
//!
//! Source: <https://platform.claude.com/docs/en/api/messages/create>, `messages.content`.

use jackfield_plugin_sdk::canonical::{Extra, Json, Text};
use serde::Serialize;

/// One block of a turn or of the system prompt.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Block {
    Text {
        text: Text,
        #[serde(flatten)]
        extra: Extra,
    },
    Image {
        source: Source,
        #[serde(flatten)]
        extra: Extra,
    },
    Document {
        source: Source,
        #[serde(skip_serializing_if = "Option::is_none")]
        title: Option<String>,
        #[serde(flatten)]
        extra: Extra,
    },
    Thinking {
        thinking: String,
        signature: String,
    },
    RedactedThinking {
        data: String,
    },
    ToolUse {
        id: String,
        name: String,
        input: Json,
        #[serde(flatten)]
        extra: Extra,
    },
    ToolResult {
        tool_use_id: String,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        content: Vec<Block>,
        /// `is_error`, `cache_control`, and the `content` of a result in Anthropic's own form.
        #[serde(flatten)]
        extra: Extra,
    },
    /// A block in Anthropic's own form.
    #[serde(untagged)]
    Own(Extra),
}

/// Where an image or a document is.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Source {
    Base64 { media_type: String, data: String },
    Text { media_type: &'static str, data: String },
    Url { url: String },
    File { file_id: String },
}

// === impl Block ===

impl Block {
    /// A block of text, unless the text has nothing but white space: the API refuses it.
    pub(super) fn text(text: impl Into<Text>, extra: Extra) -> Option<Self> {
        let text = text.into();
        (!text.is_blank()).then_some(Self::Text { text, extra })
    }

    /// A block of text of our own.
    pub(super) fn own_text(text: &str) -> Self {
        Self::Text {
            text: text.into(),
            extra: Extra::new(),
        }
    }

    /// Whether this is thinking, readable or not.
    pub(super) fn is_thinking(&self) -> bool {
        matches!(self, Self::Thinking { .. } | Self::RedactedThinking { .. })
    }

    /// The id of the call, if this is one.
    pub(super) fn call(&self) -> Option<&str> {
        match self {
            Self::ToolUse { id, .. } => Some(id),
            _ => None,
        }
    }

    /// The members that the client may add, such as `cache_control`; none if this kind takes none.
    fn extra(&mut self) -> Option<&mut Extra> {
        match self {
            Self::Text { extra, .. }
            | Self::Image { extra, .. }
            | Self::Document { extra, .. }
            | Self::ToolUse { extra, .. }
            | Self::ToolResult { extra, .. }
            | Self::Own(extra) => Some(extra),
            Self::Thinking { .. } | Self::RedactedThinking { .. } => None,
        }
    }
}

impl From<Extra> for Block {
    /// A block in Anthropic's own form. Calls and results become known, because they belong together.
    fn from(mut block: Extra) -> Self {
        let kind = block.text("type").unwrap_or_default();
        match (kind.as_str(), block.text("id"), block.text("tool_use_id")) {
            ("tool_use", Some(id), _) => {
                let (name, input) = (block.take_text("name"), block.remove("input").unwrap_or_default());
                block.retain(|name, _| !matches!(name, "type" | "id"));
                Self::ToolUse {
                    id,
                    name,
                    input,
                    extra: block,
                }
            }
            ("tool_result", _, Some(tool_use_id)) => {
                block.retain(|name, _| !matches!(name, "type" | "tool_use_id"));
                Self::ToolResult {
                    tool_use_id,
                    content: Vec::new(),
                    extra: block,
                }
            }
            _ => Self::Own(block),
        }
    }
}

/// Applies a message's cache breakpoint to the last block that takes one, unless that block has its own. Thinking takes
/// none: the API refuses it.
///
/// Source: <https://platform.claude.com/docs/en/build-with-claude/prompt-caching>, "What cannot be cached".
pub(super) fn mark_last(blocks: &mut [Block], cache_control: Option<Json>) {
    if let (Some(extra), Some(mark)) = (blocks.iter_mut().rev().find_map(Block::extra), cache_control) {
        extra.insert_new("cache_control", mark);
    }
}

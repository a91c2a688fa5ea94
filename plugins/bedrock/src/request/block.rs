//! Converse's content blocks.
//!
//! Source: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlock.html>, as in botocore's
//! model of `bedrock-runtime`.

use jackfield_plugin_sdk::canonical::{Extra, Json, Text};
use serde::Serialize;

/// One block of a turn, of a tool's result or of the system prompt.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Block {
    Text(Text),
    Image(Media),
    Video(Media),
    Audio(Media),
    Document(Document),
    ReasoningContent(Reasoning),
    ToolUse(ToolUse),
    ToolResult(ToolResult),
    CachePoint(CachePoint),
}

/// An image, a video or a sound.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Media {
    /// Such as `png`.
    pub(super) format: &'static str,
    pub(super) source: Source,
}

/// Where the data are.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Source {
    /// In base64.
    Bytes(String),
    S3Location {
        uri: String,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Document {
    pub(super) format: &'static str,
    pub(super) name: String,
    pub(super) source: Source,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Reasoning {
    ReasoningText {
        text: String,
        signature: String,
    },
    /// In base64.
    RedactedContent(String),
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct ToolUse {
    #[serde(rename = "toolUseId")]
    pub(super) id: String,
    pub(super) name: String,
    pub(super) input: Json,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct ToolResult {
    #[serde(rename = "toolUseId")]
    pub(super) id: String,
    pub(super) content: Vec<Block>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<&'static str>,
}

/// Marks the end of what is to be cached.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct CachePoint {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl: Option<&'static str>,
}

// === impl Block ===

impl Block {
    /// A block of text, unless the text has nothing but white space: the API refuses it.
    pub(super) fn text(text: impl Into<Text>) -> Option<Self> {
        let text = text.into();
        (!text.is_blank()).then_some(Self::Text(text))
    }

    /// A block of text of our own.
    pub(super) fn own_text(text: &str) -> Self {
        Self::Text(text.into())
    }

    /// The cache point for Anthropic's mark of one.
    pub(super) fn cache_point(mark: &Json) -> Self {
        let ttl = mark.read::<Extra>().and_then(|mark| mark.text("ttl"));
        Self::CachePoint(CachePoint {
            kind: "default",
            // Five minutes are the default, and not every model knows the word.
            ttl: (ttl.as_deref() == Some("1h")).then_some("1h"),
        })
    }

    pub(super) fn is_reasoning(&self) -> bool {
        matches!(self, Self::ReasoningContent(_))
    }

    pub(super) fn is_cache_point(&self) -> bool {
        matches!(self, Self::CachePoint(_))
    }

    /// The id of the call, if this is one.
    pub(super) fn call(&self) -> Option<&str> {
        match self {
            Self::ToolUse(call) => Some(&call.id),
            _ => None,
        }
    }
}

//! What requests hold, as far as this gateway reads it. Nothing here reads: it only describes what `dialect` does.
#![allow(
    dead_code,
    reason = "these types are never made: their schemas are what they are for"
)]

use schemars::JsonSchema;
use serde_json::{Map, Value};

/// The body of `POST /v1/chat/completions`. Further members, known to OpenAI or not, travel to the provider.
#[derive(JsonSchema)]
pub(super) struct Chat {
    /// The id of a model that chats.
    #[schemars(length(min = 1))]
    model: String,
    /// The conversation: messages of `system`, `developer`, `user`, `assistant` and `tool`.
    #[schemars(length(min = 1))]
    messages: Vec<ChatMessage>,
    /// Whether the answer comes as server-sent events. Default false.
    #[serde(default)]
    stream: Option<bool>,
    /// What the stream tells beside its content.
    #[serde(default)]
    stream_options: Option<StreamOptions>,
}

/// A message: a role, and content or calls of tools.
#[derive(JsonSchema)]
pub(super) struct ChatMessage {
    role: String,
    #[serde(default)]
    content: Value,
}

/// What a stream tells beside its content.
#[derive(JsonSchema)]
pub(super) struct StreamOptions {
    /// Whether the last chunk holds the usage. Default false.
    #[serde(default)]
    include_usage: Option<bool>,
}

/// The body of `POST /v1/messages`. Further members travel to the provider.
#[derive(JsonSchema)]
pub(super) struct Turns {
    /// The id of a model that chats.
    #[schemars(length(min = 1))]
    model: String,
    /// The most tokens of the answer.
    #[schemars(range(min = 1))]
    max_tokens: u64,
    /// The conversation, of `user` and `assistant`.
    #[schemars(length(min = 1))]
    messages: Vec<Map<String, Value>>,
    /// Whether the answer comes as server-sent events. Default false.
    #[serde(default)]
    stream: Option<bool>,
}

/// The body of `POST /v1/messages/count_tokens`.
#[derive(JsonSchema)]
pub(super) struct CountTokens {
    /// The id of a model that chats.
    #[schemars(length(min = 1))]
    model: String,
    /// The conversation, of `user` and `assistant`.
    #[schemars(length(min = 1))]
    messages: Vec<Map<String, Value>>,
}

/// The body of `POST /v1/embeddings`.
#[derive(JsonSchema)]
pub(super) struct Embeddings {
    /// The id of a model for embeddings.
    #[schemars(length(min = 1))]
    model: String,
    /// A text, texts, or tokens.
    input: Input,
}

/// What is turned into vectors.
#[derive(JsonSchema)]
#[serde(untagged)]
pub(super) enum Input {
    Text(#[schemars(length(min = 1))] String),
    Texts(#[schemars(length(min = 1))] Vec<String>),
}

/// The body of `POST /v1/rerank`.
#[derive(JsonSchema)]
pub(super) struct Rerank {
    /// The id of a model that reranks.
    #[schemars(length(min = 1))]
    model: String,
    /// What the documents are compared with.
    #[schemars(length(min = 1))]
    query: String,
    /// Texts, or objects with a `text`.
    #[schemars(length(min = 1))]
    documents: Vec<String>,
}

/// The body of `POST /v1/images/generations`.
#[derive(JsonSchema)]
pub(super) struct Images {
    /// The id of a model that makes images.
    #[schemars(length(min = 1))]
    model: String,
    /// What to show.
    #[schemars(length(min = 1))]
    prompt: String,
}

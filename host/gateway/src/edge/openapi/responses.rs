//! What providers' replies hold for sure once they have passed. Whatever else a provider says is there too.
#![allow(
    dead_code,
    reason = "these types are never made: their schemas are what they are for"
)]

use schemars::JsonSchema;
use serde_json::{Map, Value};

/// OpenAI's chat completion, and what is added to it.
#[derive(JsonSchema)]
pub(super) struct Completion {
    /// The id that was asked for.
    model: String,
    /// The answers.
    choices: Vec<Map<String, Value>>,
    /// The provider that answered.
    provider: String,
    /// The whole round trip, in milliseconds.
    latency_ms: u64,
}

/// Anthropic's message, or its short form, where `content` is a string and `credits_charged` is told.
#[derive(JsonSchema)]
pub(super) struct Message {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    role: String,
    /// Blocks; in the short form a string.
    content: Value,
    /// The id that was asked for.
    model: String,
    stop_reason: Option<String>,
    usage: Map<String, Value>,
    /// What it cost, in credits; in the short form only.
    #[serde(default)]
    credits_charged: Option<f64>,
}

/// The tokens of a prompt.
#[derive(JsonSchema)]
pub(super) struct TokenCount {
    input_tokens: u64,
    /// True if no provider could count, so that it was estimated here.
    #[serde(default)]
    estimated: Option<bool>,
}

/// Vectors in the order of the texts.
#[derive(JsonSchema)]
pub(super) struct Embeddings {
    object: String,
    data: Vec<Map<String, Value>>,
    model: String,
    provider: String,
}

/// Documents by relevance, the most relevant first.
#[derive(JsonSchema)]
pub(super) struct Ranking {
    results: Vec<Ranked>,
    model: String,
    provider: String,
}

/// A document's place.
#[derive(JsonSchema)]
pub(super) struct Ranked {
    /// Which of the documents, counted from 0.
    index: u64,
    relevance_score: f64,
}

/// Images.
#[derive(JsonSchema)]
pub(super) struct Images {
    created: u64,
    data: Vec<Image>,
    model: String,
    provider: String,
    /// Always null.
    credits_charged: Option<f64>,
}

/// An image, as a URL or in base64.
#[derive(JsonSchema)]
pub(super) struct Image {
    url: Option<String>,
    b64_json: Option<String>,
    revised_prompt: Option<String>,
}

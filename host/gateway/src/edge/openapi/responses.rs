//! Response schemas: the members that every reply has. Further members of a provider's reply are passed on.
#![allow(
    dead_code,
    reason = "these types are never constructed; they exist for their schemas"
)]

use schemars::JsonSchema;
use serde_json::{Map, Value};

/// OpenAI's chat completion, with `provider` and `latency_ms` added.
#[derive(JsonSchema)]
pub(super) struct Completion {
    /// The model id from the request.
    model: String,
    /// The answers, one per choice.
    choices: Vec<Map<String, Value>>,
    /// The provider that answered.
    provider: String,
    /// The time from the request's arrival to its answer, in milliseconds.
    latency_ms: u64,
}

/// Anthropic's message, or its short form, in which `content` is a string and `credits_charged` is present.
#[derive(JsonSchema)]
pub(super) struct Message {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    role: String,
    /// Content blocks; in the short form, a string.
    content: Value,
    /// The model id from the request.
    model: String,
    stop_reason: Option<String>,
    usage: Map<String, Value>,
    /// The price charged, in credits. In the short form only.
    #[serde(default)]
    credits_charged: Option<f64>,
}

/// A response. Of a stream, it is in the last event.
#[derive(JsonSchema)]
pub(super) struct Items {
    id: String,
    object: String,
    created_at: u64,
    /// `completed` or `incomplete`; in a stream also `in_progress` and `failed`.
    status: String,
    /// The model id from the request.
    model: String,
    /// What the model thinks, says and calls, one item each.
    output: Vec<Map<String, Value>>,
    /// Always false.
    store: bool,
    usage: Option<Map<String, Value>>,
}

/// A conversation that its vendor made shorter.
#[derive(JsonSchema)]
pub(super) struct Compacted {
    id: String,
    object: String,
    created_at: u64,
    /// The conversation: send these items in place of what they stand for.
    output: Vec<Map<String, Value>>,
    usage: Option<Map<String, Value>>,
}

/// The number of tokens in a prompt.
#[derive(JsonSchema)]
pub(super) struct TokenCount {
    input_tokens: u64,
    /// True if no provider could count, so that the gateway estimated the number.
    #[serde(default)]
    estimated: Option<bool>,
}

/// One vector per text, in the same order.
#[derive(JsonSchema)]
pub(super) struct Embeddings {
    object: String,
    data: Vec<Map<String, Value>>,
    model: String,
    provider: String,
}

/// The documents, most relevant first.
#[derive(JsonSchema)]
pub(super) struct Ranking {
    results: Vec<Ranked>,
    model: String,
    provider: String,
}

/// One document in the ranking.
#[derive(JsonSchema)]
pub(super) struct Ranked {
    /// The document's index in the request, from 0.
    index: u64,
    relevance_score: f64,
}

/// The generated images.
#[derive(JsonSchema)]
pub(super) struct Images {
    created: u64,
    data: Vec<Image>,
    model: String,
    provider: String,
    /// Always null.
    credits_charged: Option<f64>,
}

/// One image, as a URL or in base64.
#[derive(JsonSchema)]
pub(super) struct Image {
    url: Option<String>,
    b64_json: Option<String>,
    revised_prompt: Option<String>,
}

/// OpenAI's older completion, with `provider` and `latency_ms` added.
#[derive(JsonSchema)]
pub(super) struct Continuation {
    /// The model id from the request.
    model: String,
    /// The texts, one per choice.
    choices: Vec<Map<String, Value>>,
    /// The provider that answered.
    provider: String,
}

/// One judgement for each text.
#[derive(JsonSchema)]
pub(super) struct Moderation {
    /// The model id from the request.
    model: String,
    results: Vec<Map<String, Value>>,
    /// The provider that answered.
    provider: String,
}

/// What is said in a recording.
#[derive(JsonSchema)]
pub(super) struct Transcript {
    text: String,
}

/// A page of the list of models in Anthropic's form.
#[derive(JsonSchema)]
pub(super) struct ModelPage {
    data: Vec<ModelObject>,
    /// Whether there are more in the direction of the page.
    has_more: bool,
    first_id: Option<String>,
    last_id: Option<String>,
}

/// A model in Anthropic's form.
#[derive(JsonSchema)]
pub(super) struct ModelObject {
    #[serde(rename = "type")]
    kind: String,
    id: String,
    display_name: String,
    created_at: String,
    lifecycle: String,
    /// The model's context, in tokens.
    max_input_tokens: Option<u64>,
    /// The most tokens of an answer.
    max_tokens: Option<u64>,
}

/// The models in the form of LiteLLM's proxy.
#[derive(JsonSchema)]
pub(super) struct ModelInfos {
    data: Vec<ModelEntry>,
}

/// A model in the form of LiteLLM's proxy.
#[derive(JsonSchema)]
pub(super) struct ModelEntry {
    model_name: String,
    /// What it is for, its limits in tokens, its prices in dollars per token, and whether it sees images.
    model_info: Map<String, Value>,
}

/// A reply in Google's dialect. Of a stream, each event is one, with what came since the last.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct GoogleReply {
    /// The answers, each with its content and, at its end, `finishReason`.
    candidates: Vec<Map<String, Value>>,
    /// The tokens, once they are known.
    #[serde(default)]
    usage_metadata: Option<Map<String, Value>>,
    /// The model id from the path.
    #[serde(default)]
    model_version: Option<String>,
    #[serde(default)]
    response_id: Option<String>,
}

/// The number of tokens in a prompt, in Google's dialect.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TotalTokens {
    total_tokens: u64,
}

/// One vector, in Google's dialect.
#[derive(JsonSchema)]
pub(super) struct ContentEmbedding {
    embedding: Vector,
}

/// Vectors in the order of their requests, in Google's dialect.
#[derive(JsonSchema)]
pub(super) struct ContentEmbeddings {
    embeddings: Vec<Vector>,
}

#[derive(JsonSchema)]
pub(super) struct Vector {
    values: Vec<f64>,
}

/// A page of models in Google's form.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct GoogleModels {
    models: Vec<GoogleModel>,
    /// Where the next page begins; absent from the last one.
    #[serde(default)]
    next_page_token: Option<String>,
}

/// One model in Google's form.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct GoogleModel {
    /// `models/` and the id.
    name: String,
    display_name: String,
    /// The model's context; absent if it is unknown.
    #[serde(default)]
    input_token_limit: Option<u64>,
    /// How long an answer may be; absent if that is unknown.
    #[serde(default)]
    output_token_limit: Option<u64>,
    supported_generation_methods: Vec<String>,
}

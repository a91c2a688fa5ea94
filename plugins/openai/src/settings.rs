//! The provider's `settings`: how its upstream differs from OpenAI.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

/// How the upstream differs from OpenAI. All settings are optional.
///
/// Parameters are changed in this order: drop, rename the token limit, rename the others, set. The changes in
/// `operations` follow: drop, rename, set.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Model names, from the chain's name to the upstream's.
    pub models: BTreeMap<String, String>,
    /// Parameters to leave out of every request, because the upstream does not accept them.
    pub drop_parameters: Vec<String>,
    /// The upstream's name for the token limit.
    pub max_tokens: TokenLimit,
    /// Parameter names, from the client's to the upstream's. `messages`, `input` and `documents` cannot be renamed,
    /// because they never enter the plugin.
    pub rename_parameters: BTreeMap<String, String>,
    /// Parameters to set in every request, overriding the client's; null removes one.
    pub extra_parameters: Map<String, Value>,
    /// Further changes per operation: `response_format`, for one, has different meanings for chats and images.
    pub operations: Operations,
    /// The form in which the upstream expects the documents to rank. With any value other than `keep`, the documents
    /// enter the plugin.
    pub rerank_documents: DocumentForm,
    /// Whether to request the usage of streams, which accounting needs. Turn it off for an upstream that refuses
    /// `stream_options`. Default: true.
    pub stream_usage: bool,
    /// Headers for every request. The host refuses credentials here.
    pub headers: BTreeMap<String, String>,
    /// The paths of the operations below the base URL, where they differ from OpenAI's.
    pub paths: Paths,
}

/// The upstream's name for the token limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TokenLimit {
    /// The name the client used.
    #[default]
    Keep,
    /// `max_tokens`, the older name.
    MaxTokens,
    /// `max_completion_tokens`, the newer name, which OpenAI's reasoning models require.
    MaxCompletionTokens,
}

/// Changes to the parameters per operation, applied after those to all.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Operations {
    /// For chat completions.
    pub chat: Changes,
    /// For embeddings.
    pub embeddings: Changes,
    /// For reranking.
    pub rerank: Changes,
    /// For image generation.
    pub images: Changes,
}

/// Changes to the parameters of one operation.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Changes {
    /// Parameters to leave out.
    pub drop_parameters: Vec<String>,
    /// Parameter names, from the client's to the upstream's.
    pub rename_parameters: BTreeMap<String, String>,
    /// Parameters to set, overriding the client's; null removes one.
    pub extra_parameters: Map<String, Value>,
}

/// The form in which the upstream expects documents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DocumentForm {
    /// As the client sent them.
    #[default]
    Keep,
    /// As strings.
    Text,
    /// As objects with a `text`.
    Object,
}

/// The paths of the operations below the base URL. Each begins with `/`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Paths {
    /// Chat completions; `/chat/completions` if absent.
    #[schemars(regex(pattern = "^/"))]
    pub chat: Option<String>,
    /// Embeddings; `/embeddings` if absent.
    #[schemars(regex(pattern = "^/"))]
    pub embeddings: Option<String>,
    /// Reranking; `/rerank` if absent.
    #[schemars(regex(pattern = "^/"))]
    pub rerank: Option<String>,
    /// Image generation; `/images/generations` if absent.
    #[schemars(regex(pattern = "^/"))]
    pub images: Option<String>,
}

// === impl Settings ===

impl Default for Settings {
    fn default() -> Self {
        Self {
            models: BTreeMap::new(),
            drop_parameters: Vec::new(),
            max_tokens: TokenLimit::Keep,
            rename_parameters: BTreeMap::new(),
            extra_parameters: Map::new(),
            operations: Operations::default(),
            rerank_documents: DocumentForm::Keep,
            stream_usage: true,
            headers: BTreeMap::new(),
            paths: Paths::default(),
        }
    }
}

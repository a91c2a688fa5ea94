//! What a provider's `settings` may say: how its upstream differs from OpenAI.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

/// How the upstream differs from OpenAI. All of it is optional.
///
/// The parameters are changed in this order: dropped, the token limit named, renamed, set; then dropped, renamed and
/// set as `operations` says.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Other names for models: the name in the chain, and the name that the upstream knows.
    pub models: BTreeMap<String, String>,
    /// Parameters that the upstream does not take: they are left out of every request.
    pub drop_parameters: Vec<String>,
    /// Which name of the limit on generated tokens the upstream wants.
    pub max_tokens: TokenLimit,
    /// Other names for parameters: the client's name, and the upstream's. `messages`, `input` and `documents` keep
    /// their names: they never enter the plugin.
    pub rename_parameters: BTreeMap<String, String>,
    /// Parameters that are set in every request, over what the client says; null leaves one out.
    pub extra_parameters: Map<String, Value>,
    /// More of the same for one operation: `response_format` is another thing for a chat than for an image.
    pub operations: Operations,
    /// In which form the upstream wants the documents that are to be ranked. Other than `keep`, the documents enter
    /// the plugin.
    pub rerank_documents: DocumentForm,
    /// Whether streams are asked for their usage, which accounting needs. Turn it off for an upstream that refuses
    /// `stream_options`.
    pub stream_usage: bool,
    /// Headers for every request. Not for credentials: the host refuses those here.
    pub headers: BTreeMap<String, String>,
    /// Where the operations are below the base URL, if elsewhere than at OpenAI's.
    pub paths: Paths,
}

/// Which name of the limit on generated tokens the upstream wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TokenLimit {
    /// The one that the client used.
    #[default]
    Keep,
    /// The older name.
    MaxTokens,
    /// The newer name, which OpenAI's reasoning models demand.
    MaxCompletionTokens,
}

/// Changes to the parameters of each operation, made after those to all.
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
    /// Parameters that the upstream does not take.
    pub drop_parameters: Vec<String>,
    /// Other names for parameters: the client's name, and the upstream's.
    pub rename_parameters: BTreeMap<String, String>,
    /// Parameters that are set, over what the client says; null leaves one out.
    pub extra_parameters: Map<String, Value>,
}

/// In which form the upstream wants documents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DocumentForm {
    /// As the client sent them.
    #[default]
    Keep,
    /// As texts.
    Text,
    /// As objects with a `text`.
    Object,
}

/// Where the operations are below the base URL. Each begins with `/`.
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

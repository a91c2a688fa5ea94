//! What a provider's `settings` may say: how its upstream differs from OpenAI.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

/// How the upstream differs from OpenAI. All of it is optional.
///
/// The parameters are changed in this order: dropped, the token limit named, renamed, set.
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
            stream_usage: true,
            headers: BTreeMap::new(),
            paths: Paths::default(),
        }
    }
}

//! The settings of a provider that uses this adapter.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What an operator may set under a provider's `settings`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The context's length in tokens (`num_ctx`) for chats: memory is reserved for it when a model is loaded, up to what
    /// the model has. With 0, the server decides, which may be as few as 4,096 tokens. Default: 32768.
    pub num_ctx: u32,
    /// Whether Ollama may leave out the beginning of what does not fit the context, and what a long reply pushes out of it.
    /// It does so without saying so; without it, the request fails as too long. Default: false.
    pub truncate: bool,
    /// How long a model stays loaded after a request: seconds, or a duration such as `10m`; negative for ever. Default:
    /// the server's own, 5 minutes.
    pub keep_alive: Option<KeepAlive>,
    /// Whether, or how much, a model thinks if the client does not say. Default: the model's own.
    pub think: Option<Think>,
    /// Ollama's options for every chat, such as `repeat_penalty` or `num_gpu`; the client's own take precedence. Default:
    /// none.
    pub options: Map<String, Value>,
    /// Model names, from the chain's name to Ollama's. Default: none.
    pub models: BTreeMap<String, String>,
}

/// How long a model stays loaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum KeepAlive {
    /// A number of seconds.
    Seconds(i64),
    /// A duration in Go's form, such as `10m` or `-1s`.
    Duration(String),
}

/// Whether a model thinks, or how much.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Think {
    /// Whether it thinks.
    Switch(bool),
    /// A level, `low` to `max`.
    Level(Level),
}

/// How much a model thinks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Little.
    Low,
    /// Some.
    Medium,
    /// Much.
    High,
    /// As much as it can.
    Max,
}

// === impl Settings ===

impl Settings {
    /// Ollama's name for a model in the chain.
    pub(crate) fn upstream_model<'a>(&'a self, model: &'a str) -> &'a str {
        self.models.get(model).map_or(model, String::as_str)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            num_ctx: 32_768,
            truncate: false,
            keep_alive: None,
            think: None,
            options: Map::new(),
            models: BTreeMap::new(),
        }
    }
}

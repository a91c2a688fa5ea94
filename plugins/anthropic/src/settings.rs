//! The settings of a provider that uses this adapter.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

/// What an operator may set under a provider's `settings`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The version of the API, sent as `anthropic-version`. Default: `2023-06-01`.
    pub version: String,
    /// Beta features for every request, sent as `anthropic-beta`. Default: none.
    pub betas: Vec<String>,
    /// Whether the beta features that a client asks for in its own `anthropic-beta` header are asked of the
    /// upstream too. Turn it off for an upstream that refuses features which it does not know. Default: true.
    pub client_betas: bool,
    /// Tokens a reply may have if the client sets no limit: the API demands one. Default: 4096.
    #[schemars(range(min = 1))]
    pub default_max_tokens: u64,
    /// Other names for models: what the chain calls a model, and what the upstream calls it. Default: none.
    pub models: BTreeMap<String, String>,
    /// How the upstream names of those models begin that take adaptive thinking with an effort
    /// (Claude Opus 4.6 and later) in place of a token budget. `""` means all. Default: none.
    pub adaptive_models: Vec<String>,
    /// Members of a chat request that are not handed on, such as `temperature` for models that
    /// refuse it. Default: none.
    pub drop_parameters: Vec<String>,
    /// Top-level members that are set in every request, whatever the client sent. Default: none.
    pub extra_parameters: Map<String, Value>,
}

// === impl Settings ===

impl Settings {
    /// The upstream's name for a model of the chain.
    pub(crate) fn upstream_model<'a>(&'a self, model: &'a str) -> &'a str {
        self.models.get(model).map_or(model, String::as_str)
    }

    /// Whether an upstream model takes adaptive thinking.
    pub(crate) fn is_adaptive(&self, upstream_model: &str) -> bool {
        self.adaptive_models
            .iter()
            .any(|start| upstream_model.starts_with(start.as_str()))
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            version: "2023-06-01".to_owned(),
            betas: Vec::new(),
            client_betas: true,
            default_max_tokens: 4096,
            models: BTreeMap::new(),
            adaptive_models: Vec::new(),
            drop_parameters: Vec::new(),
            extra_parameters: Map::new(),
        }
    }
}

//! The settings of a provider that uses this adapter.

use std::collections::BTreeMap;

use jackfield_plugin_sdk::canonical::Extra;
use jackfield_plugin_sdk::claude::{self, EFFORTS, Rules, Thinking};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

/// What an operator may set under a provider's `settings`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where the API is served. Default: `anthropic`, which is right for all that speak the same paths.
    pub platform: Platform,
    /// The API version, sent as `anthropic-version`, or as the body's `anthropic_version` where the platform wants it there.
    /// Default: the client's own if its request is passed on in this dialect, else `2023-06-01`; elsewhere
    /// `vertex-2023-10-16` or `bedrock-2023-05-31`.
    pub version: Option<String>,
    /// Beta features for every request, sent as `anthropic-beta`. Default: none.
    pub betas: Vec<String>,
    /// Whether to add the beta features from the client's own `anthropic-beta` header. Turn it off for an upstream that
    /// refuses unknown features. Default: true.
    pub client_betas: bool,
    /// The token limit for replies if the client sets none; the API requires one. Default: the model's `max_output` of the
    /// gateway's configuration, else what is known of Claude by its name, else 4096.
    #[schemars(range(min = 1))]
    pub default_max_tokens: Option<u64>,
    /// Model names, from the chain's name to the upstream's. Default: none.
    pub models: BTreeMap<String, String>,
    /// Upstream model names under which the vendor knows them, by the operator's own name, such as that of a deployment:
    /// what a model accepts is known by the vendor's name (`claude-opus-4-7`). Default: none.
    pub known_as: BTreeMap<String, String>,
    /// Prefixes of upstream model names that use adaptive thinking with an effort instead of a token budget, in addition
    /// to those whose names tell it. `""` matches all. Default: none.
    pub adaptive_models: Vec<String>,
    /// The name of the vendor whose model answers, where it is not Anthropic's Claude: a word such as `deepseek`. What that
    /// vendor signs carries the name, and goes back to no other. Requests in Anthropic's own dialect are then translated as
    /// all others are. Default: Claude answers.
    #[schemars(regex(pattern = "^[a-z0-9-]{1,32}$"))]
    pub origin: Option<String>,
    /// Top-level members to leave out of every request, such as `temperature` for models that refuse it. Default: none.
    pub drop_parameters: Vec<String>,
    /// Top-level members to set in every request, overriding the client's. Default: none.
    pub extra_parameters: Map<String, Value>,
}

/// Where the API is served, as far as its paths and bodies differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// By Anthropic itself, by Microsoft Foundry, and by all others with the same paths.
    #[default]
    Anthropic,
    /// By Google's Vertex AI.
    Vertex,
    /// By Amazon Bedrock's `InvokeModel`.
    Bedrock,
}

/// The limit of a reply that every model has had.
const LEAST_LIMIT: u64 = 4096;

// === impl Settings ===

impl Settings {
    /// The upstream's name for a model in the chain.
    pub(crate) fn upstream_model<'a>(&'a self, model: &'a str) -> &'a str {
        self.models.get(model).map_or(model, String::as_str)
    }

    /// The API's version: the operator's, or else that of the `client`, which only Anthropic's own paths have.
    pub(crate) fn version<'a>(&'a self, client: Option<&'a str>) -> &'a str {
        let own = self.version.as_deref();
        match self.platform {
            Platform::Anthropic => own.or(client).unwrap_or("2023-06-01"),
            Platform::Vertex => own.unwrap_or("vertex-2023-10-16"),
            Platform::Bedrock => own.unwrap_or("bedrock-2023-05-31"),
        }
    }

    /// The limit of a reply for which the client sets none. The gateway may know that of the model.
    pub(crate) fn default_limit(&self, configured: Option<u64>, rules: Rules) -> u64 {
        let known = configured.or(rules.max_output);
        self.default_max_tokens.or(known).unwrap_or(LEAST_LIMIT)
    }

    /// Removes and sets the members that the operator names.
    pub(crate) fn apply(&self, body: &mut Extra) {
        for name in &self.drop_parameters {
            body.remove(name);
        }
        for (name, value) in &self.extra_parameters {
            body.set(name.as_str(), value);
        }
    }

    /// What an upstream model accepts.
    pub(crate) fn rules(&self, upstream_model: &str) -> Rules {
        let known_as = self.known_as.get(upstream_model);
        let mut rules = claude::rules(known_as.map_or(upstream_model, String::as_str));
        let mut adaptive = self.adaptive_models.iter();
        if !matches!(rules.thinking, Thinking::Adaptive(_))
            && adaptive.any(|start| upstream_model.starts_with(start.as_str()))
        {
            rules.thinking = Thinking::Adaptive(EFFORTS);
        }
        rules
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            platform: Platform::default(),
            version: None,
            betas: Vec::new(),
            client_betas: true,
            default_max_tokens: None,
            models: BTreeMap::new(),
            known_as: BTreeMap::new(),
            adaptive_models: Vec::new(),
            origin: None,
            drop_parameters: Vec::new(),
            extra_parameters: Map::new(),
        }
    }
}

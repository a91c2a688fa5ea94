//! `models:`, what clients may ask for and the chain of targets behind each.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One model: what the list of models says of it, and its chain.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelConfig {
    /// The name for people. Default none: the id.
    pub name: Option<String>,
    /// The tier that a plan must hold to call it. Default `free`.
    #[serde(default = "default_tier")]
    #[schemars(length(min = 1))]
    pub tier: String,
    /// The context window, in tokens. Default none: unknown.
    #[schemars(range(min = 1, max = 9_007_199_254_740_991_u64))]
    pub context: Option<u64>,
    /// The longest answer, in tokens. Default none: unknown.
    #[schemars(range(min = 1, max = 9_007_199_254_740_991_u64))]
    pub max_output: Option<u64>,
    /// What the model does. Default `chat`.
    #[serde(default)]
    pub capability: Capability,
    /// What goes in and what comes out. Default by `capability`.
    #[serde(default)]
    pub modalities: Modalities,
    /// What a million tokens cost, in dollars. It must be said, also that a model is free.
    #[schemars(
        extend("whenMissing" = "say what a million tokens cost, in dollars; \
            0 is written out: pricing: { input_per_million: 0, output_per_million: 0 }")
    )]
    pub pricing: Pricing,
    /// How many requests of the daily quota one request counts as. Default 1.
    #[serde(default = "default_request_cost")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub request_cost: u64,
    /// Whether the oldest messages are left out of a conversation that is longer than `context`, which must then be
    /// given. Default false.
    #[serde(default)]
    pub truncate_messages: bool,
    /// When the model was made, in seconds since 1970. Default 0: unknown.
    #[serde(default)]
    #[schemars(range(min = 0, max = 253_402_300_799_u64))]
    pub created: u64,
    /// Who the list of models names as the owner. Default none: the first target's provider.
    pub owned_by: Option<String>,
    /// The targets, in the order in which they are tried.
    #[schemars(length(min = 1))]
    pub chain: Vec<TargetConfig>,
}

/// What a model does, and so at which endpoint it is called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Capability {
    /// Answers conversations.
    #[default]
    Chat,
    /// Turns text into vectors.
    Embeddings,
    /// Orders documents by relevance.
    Rerank,
    /// Makes images.
    Images,
}

/// What goes into a model and what comes out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Modalities {
    /// What it reads, such as `text` and `image`. Default `[text]`.
    pub input: Vec<String>,
    /// What it writes. Default by `capability`: `[text]`, `[embeddings]`, `[scores]` or `[image]`.
    pub output: Vec<String>,
}

/// What a million tokens cost, in dollars.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pricing {
    /// Dollars for a million tokens of input.
    #[schemars(range(min = 0))]
    pub input_per_million: f64,
    /// Dollars for a million tokens of output.
    #[schemars(range(min = 0))]
    pub output_per_million: f64,
}

/// A provider and the model's name there.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetConfig {
    /// The name of one of `providers`.
    #[schemars(length(min = 1))]
    pub provider: String,
    /// The model's name at the upstream.
    #[schemars(length(min = 1))]
    pub model: String,
}

fn default_tier() -> String {
    "free".to_owned()
}

const fn default_request_cost() -> u64 {
    1
}

// === impl Capability ===

impl Capability {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Chat, Self::Embeddings, Self::Rerank, Self::Images];

    /// The operation's name in manifests and calls.
    pub fn operation(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Embeddings => "embeddings",
            Self::Rerank => "rerank",
            Self::Images => "images",
        }
    }
}

// === impl ModelConfig ===

impl ModelConfig {
    /// Fills in the modalities that were not given.
    pub(crate) fn fill_modalities(&mut self) {
        let output = match self.capability {
            Capability::Chat => "text",
            Capability::Embeddings => "embeddings",
            Capability::Rerank => "scores",
            Capability::Images => "image",
        };
        for (list, default) in [
            (&mut self.modalities.input, "text"),
            (&mut self.modalities.output, output),
        ] {
            if list.is_empty() {
                list.push(default.to_owned());
            }
        }
    }
}

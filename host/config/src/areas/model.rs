//! `models:`: the models clients may request, and the chain of targets behind each.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cache::ModelCacheConfig;
use super::chain::{StepConfig, TargetConfig, TargetPlace};
use super::extra::Extra;
use super::pricing::{self, Pricing};
use super::routing::ModelRoutingConfig;

/// A model clients may request: its entry in the list of models, and its chain of targets.
///
/// Since 0.1.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelConfig {
    /// The display name. Default: the id.
    pub name: Option<String>,
    /// The tier a plan must include to call it. Default `free`.
    #[serde(default = "default_tier")]
    #[schemars(length(min = 1))]
    pub tier: String,
    /// The context window, in tokens. Default: unknown.
    #[schemars(range(min = 1, max = 9_007_199_254_740_991_u64))]
    pub context: Option<u64>,
    /// The maximum output, in tokens. Default: unknown.
    #[schemars(range(min = 1, max = 9_007_199_254_740_991_u64))]
    pub max_output: Option<u64>,
    /// What it does. Default `chat`.
    #[serde(default)]
    pub capability: Capability,
    /// The input and output modalities. Default: by `capability`.
    #[serde(default)]
    pub modalities: Modalities,
    /// What it costs, in dollars, at every target without a `pricing` of its own; 0 for a free model. Default
    /// `catalogue`: at each target what the built-in catalogue has of that vendor's model, or else what the first target
    /// costs of which it has a price. If it has none of them, the price is unknown: the model costs nothing, and users who
    /// pay with credits, those whose plan has no `overdraft`, cannot call it.
    #[serde(default, deserialize_with = "pricing::or_catalogue")]
    #[schemars(schema_with = "pricing::schema")]
    pub pricing: Option<Pricing>,
    /// How many requests of the daily quota one request uses up; `n` answers use up `n` times as many. Default 1.
    #[serde(default = "default_request_cost")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub request_cost: u64,
    /// The options of requests that cost extra and are passed on to its targets whatever the caller's plan `passes`, such
    /// as `service_tier`. Default none.
    #[serde(default)]
    pub passes: Vec<Extra>,
    /// The shapers that serve its requests besides those that serve everybody; with a minus before it, such as `-redact`,
    /// one that does not. Default none.
    #[serde(default)]
    pub shapers: Vec<String>,
    /// Whether to drop the oldest messages of a conversation that is longer than `context`. System messages stay, then
    /// the newest, up to 50; a tool result never stays without its call. Requires `context`. Default false.
    #[serde(default)]
    pub truncate_messages: bool,
    /// Whether its answers are kept for equal requests, and for how long, as in `{ ttl: 10m }`. Default none: they are not.
    #[serde(default)]
    pub cache: Option<ModelCacheConfig>,
    /// When the model was created, in seconds since 1970. Default 0: unknown.
    #[serde(default)]
    #[schemars(range(min = 0, max = 253_402_300_799_u64))]
    pub created: u64,
    /// The owner shown in the list of models. Default: the first target's provider.
    pub owned_by: Option<String>,
    /// What differs from `routing` for this model.
    #[serde(default)]
    pub routing: ModelRoutingConfig,
    /// The steps, tried from top to bottom: each a target, or several that share the requests.
    #[schemars(length(min = 1))]
    pub chain: Vec<StepConfig>,
}

/// What a model does. It decides which endpoint serves the model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Capability {
    /// Replies to conversations.
    #[default]
    Chat,
    /// Turns text into vectors.
    Embeddings,
    /// Ranks documents by relevance.
    Rerank,
    /// Generates images, and changes them.
    Images,
    /// Continues texts. Chat models do, too.
    Completion,
    /// Judges whether texts and images are harmful.
    Moderation,
    /// Speaks texts.
    Speech,
    /// Writes down what is said in recordings, and translates it.
    Transcription,
}

/// The input and output modalities of a model.
///
/// Since 0.1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Modalities {
    /// What it accepts, such as `text` and `image`. Default `[text]`, of transcriptions `[audio]`.
    pub input: Vec<String>,
    /// What it returns. Default, by `capability`: `[text]`, `[embeddings]`, `[scores]`, `[image]` or
    /// `[audio]`.
    pub output: Vec<String>,
}

fn default_tier() -> String {
    "free".to_owned()
}

const fn default_request_cost() -> u64 {
    1
}

// === impl Capability ===

impl Capability {
    /// Every capability.
    pub(crate) const ALL: [Self; 8] = [
        Self::Chat,
        Self::Embeddings,
        Self::Rerank,
        Self::Images,
        Self::Completion,
        Self::Moderation,
        Self::Speech,
        Self::Transcription,
    ];

    /// Whether answers of such models can be kept for equal requests: they are text, and mean the same later.
    pub(crate) fn can_be_cached(self) -> bool {
        matches!(
            self,
            Self::Chat | Self::Completion | Self::Embeddings | Self::Rerank | Self::Moderation
        )
    }

    /// The name of the corresponding operation in adapter manifests and calls.
    pub fn operation(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Embeddings => "embeddings",
            Self::Rerank => "rerank",
            Self::Images => "images",
            Self::Completion => "completion",
            Self::Moderation => "moderation",
            Self::Speech => "speech",
            Self::Transcription => "transcription",
        }
    }
}

// === impl ModelConfig ===

impl ModelConfig {
    /// The targets of its chain, in the order of the configuration, each with its place.
    pub fn targets(&self) -> impl Iterator<Item = (TargetPlace, &TargetConfig)> {
        let steps = self.chain.iter().enumerate();
        steps.flat_map(|(index, step)| step.placed(index))
    }

    /// Fills in the modalities that were left out.
    pub(crate) fn fill_modalities(&mut self) {
        let (input, output) = match self.capability {
            Capability::Chat | Capability::Completion => ("text", "text"),
            Capability::Embeddings => ("text", "embeddings"),
            Capability::Rerank | Capability::Moderation => ("text", "scores"),
            Capability::Images => ("text", "image"),
            Capability::Speech => ("text", "audio"),
            Capability::Transcription => ("audio", "text"),
        };
        for (list, default) in [
            (&mut self.modalities.input, input),
            (&mut self.modalities.output, output),
        ] {
            if list.is_empty() {
                list.push(default.to_owned());
            }
        }
    }
}

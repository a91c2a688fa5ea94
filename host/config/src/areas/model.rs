//! `models:`: the models clients may request, and the chain of targets behind each.

use std::fmt::{self, Debug, Formatter};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::extra::Extra;
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
    /// The price per million tokens, in dollars; 0 for a free model. Default: unknown. Then it costs nothing, and users
    /// who pay with credits, those whose plan has no `overdraft`, cannot call it.
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
    /// When the model was created, in seconds since 1970. Default 0: unknown.
    #[serde(default)]
    #[schemars(range(min = 0, max = 253_402_300_799_u64))]
    pub created: u64,
    /// The owner shown in the list of models. Default: the first target's provider.
    pub owned_by: Option<String>,
    /// What differs from `routing` for this model.
    #[serde(default)]
    pub routing: ModelRoutingConfig,
    /// The targets, tried from top to bottom.
    #[schemars(length(min = 1))]
    pub chain: Vec<TargetConfig>,
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
    /// Generates images.
    Images,
}

/// The input and output modalities of a model.
///
/// Since 0.1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Modalities {
    /// What it accepts, such as `text` and `image`. Default `[text]`.
    pub input: Vec<String>,
    /// What it returns. Default, by `capability`: `[text]`, `[embeddings]`, `[scores]` or `[image]`.
    pub output: Vec<String>,
}

/// The price per million tokens, in dollars.
///
/// Since 0.1.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pricing {
    /// Dollars per million input tokens.
    #[schemars(range(min = 0))]
    pub input_per_million: f64,
    /// Dollars per million output tokens.
    #[schemars(range(min = 0))]
    pub output_per_million: f64,
}

/// A provider, and the model's name at that provider.
///
/// Since 0.1.
#[derive(Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetConfig {
    /// The provider's name, one of `providers`.
    #[schemars(length(min = 1))]
    pub provider: String,
    /// The model's name at that provider. If the model's id ends with `*`, a `*` here is what that stands for.
    #[schemars(length(min = 1))]
    pub model: String,
    /// What differs from the provider's `settings` for this target: a merge patch (RFC 7396), in which `null` removes a
    /// member. The result is validated against the schema in the adapter's manifest. Default none.
    #[serde(default)]
    pub settings: Map<String, Value>,
}

fn default_tier() -> String {
    "free".to_owned()
}

const fn default_request_cost() -> u64 {
    1
}

// === impl TargetConfig ===

impl TargetConfig {
    /// The settings that the adapter gets for this target: its own, over those of its provider.
    #[must_use]
    pub fn settings_over(&self, provider: &Map<String, Value>) -> Map<String, Value> {
        let mut settings = provider.clone();
        merge(&mut settings, &self.settings);
        settings
    }
}

/// Leaves out the settings, which may contain values from the environment.
impl Debug for TargetConfig {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("TargetConfig")
            .field("provider", &self.provider)
            .field("model", &self.model)
            .finish_non_exhaustive()
    }
}

/// Applies a merge patch (RFC 7396).
fn merge(target: &mut Map<String, Value>, patch: &Map<String, Value>) {
    for (name, value) in patch {
        match (target.get_mut(name), value) {
            (_, Value::Null) => drop(target.remove(name)),
            (Some(Value::Object(inner)), Value::Object(patch)) => merge(inner, patch),
            (_, Value::Object(patch)) => {
                let mut inner = Map::new();
                merge(&mut inner, patch);
                target.insert(name.clone(), Value::Object(inner));
            }
            _ => drop(target.insert(name.clone(), value.clone())),
        }
    }
}

// === impl Capability ===

impl Capability {
    /// Every capability.
    pub(crate) const ALL: [Self; 4] = [Self::Chat, Self::Embeddings, Self::Rerank, Self::Images];

    /// The name of the corresponding operation in adapter manifests and calls.
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
    /// Fills in the modalities that were left out.
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn over(provider: &Value, target: &Value) -> Value {
        let target: TargetConfig =
            serde_json::from_value(json!({"provider": "p", "model": "m", "settings": target})).unwrap();
        Value::Object(target.settings_over(provider.as_object().unwrap()))
    }

    #[test]
    fn the_settings_of_a_target_are_a_merge_patch_over_its_providers() {
        let provider = || json!({"a": 1, "b": {"c": 2, "d": 3}, "e": [1, 2]});
        assert_eq!(over(&provider(), &json!({})), provider());
        let patch = json!({"a": null, "b": {"c": 4, "d": null}, "e": [5], "f": {"g": null, "h": 6}});
        assert_eq!(
            over(&provider(), &patch),
            json!({"b": {"c": 4}, "e": [5], "f": {"h": 6}})
        );
        assert_eq!(over(&json!({"a": 1}), &json!({"a": {"b": 2}})), json!({"a": {"b": 2}}));
    }

    #[test]
    fn settings_are_not_shown() {
        let target: TargetConfig =
            serde_json::from_value(json!({"provider": "p", "model": "m", "settings": {"token": "geheim"}})).unwrap();
        assert!(!format!("{target:?}").contains("geheim"));
    }
}

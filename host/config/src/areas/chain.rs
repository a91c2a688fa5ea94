//! `chain:` of a model: its steps, each one target or several that share the step's requests.

use std::borrow::Cow;
use std::fmt::{self, Debug, Formatter};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::pricing::{self, Pricing};

/// A step of a chain: a target, or several that share the step's requests.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum StepConfig {
    /// Several targets.
    Shared(SharedStepConfig),
    /// One target.
    Single(Box<TargetConfig>),
}

/// Several targets that share the requests which come to this step. For each request they get an order, and are tried
/// in it like other targets.
///
/// Since 0.1.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SharedStepConfig {
    /// What decides on the order of the targets. Default `order`.
    #[serde(default)]
    pub strategy: Strategy,
    /// What goes to the same target (and to the same key, if that has several) again, as long as that is up: it finds
    /// the prompt cache there. What is sticky is shared by the weights, if there are any, and not by the `strategy`.
    /// Default `none`.
    #[serde(default)]
    pub sticky: Sticky,
    /// The targets.
    #[schemars(length(min = 1))]
    pub targets: Vec<TargetConfig>,
}

/// What decides on the order of a step's targets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// As they are listed.
    #[default]
    Order,
    /// Each is first for its share of the requests, by `weight`.
    Weighted,
    /// The quickest first, by the time to the first content of late; one request in 16 tries another, to see whether it
    /// has become quicker.
    LeastLatency,
    /// The one with the fewest requests in flight first, by `weight`.
    LeastBusy,
}

/// What goes to the same target again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Sticky {
    /// Nothing.
    #[default]
    None,
    /// A conversation: known by `prompt_cache_key`, `session_id` or the header `x-session-id`, or else by how it begins.
    Conversation,
    /// A user: the caller, and whom the request names.
    User,
}

/// A provider, and the model's name at that provider.
///
/// Since 0.1.
#[derive(Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetConfig {
    /// The provider's name, one of `providers`.
    #[schemars(length(min = 1))]
    pub provider: String,
    /// The model's name at that provider. If the model's id ends with `*`, a `*` here is what that stands for.
    #[schemars(length(min = 1))]
    pub model: String,
    /// Its share of the requests, next to the other targets of its step, if the step's `strategy` is `weighted` or
    /// `least-busy`. Default 1.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub weight: Option<u32>,
    /// What differs from the provider's `settings` for this target: a merge patch (RFC 7396), in which `null` removes a
    /// member. The result is validated against the schema in the adapter's manifest. Default none.
    #[serde(default)]
    pub settings: Map<String, Value>,
    /// What the model costs here, in dollars. Default: the `pricing` of the model, or what the built-in catalogue has of
    /// this provider's model, or else what the first target costs that has a price.
    #[serde(default, deserialize_with = "pricing::or_catalogue")]
    #[schemars(with = "Option<Pricing>")]
    pub pricing: Option<Pricing>,
}

/// Where a target stands in the chain of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetPlace {
    step: String,
    within: Option<String>,
}

// === impl StepConfig ===

impl StepConfig {
    /// Its targets, in the order of the configuration.
    #[must_use]
    pub fn targets(&self) -> &[TargetConfig] {
        match self {
            Self::Single(target) => std::slice::from_ref(target.as_ref()),
            Self::Shared(step) => &step.targets,
        }
    }

    /// The same, to be changed.
    pub fn targets_mut(&mut self) -> &mut [TargetConfig] {
        match self {
            Self::Single(target) => std::slice::from_mut(target.as_mut()),
            Self::Shared(step) => &mut step.targets,
        }
    }

    /// The same with their places, if this is the `index`th step of its chain.
    pub(crate) fn placed(&self, index: usize) -> impl Iterator<Item = (TargetPlace, &TargetConfig)> {
        let shared = matches!(self, Self::Shared(_));
        let place = move |target| TargetPlace {
            step: index.to_string(),
            within: shared.then(|| format!("{target}")),
        };
        let targets = self.targets().iter().enumerate();
        targets.map(move |(number, target)| (place(number), target))
    }
}

/// A mapping with any key that only several targets have is meant as several, so that what is wrong with it is said of
/// these, and not of a single target.
impl JsonSchema for StepConfig {
    fn schema_name() -> Cow<'static, str> {
        "StepConfig".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let shared = ["targets", "strategy", "sticky"].map(|key| json_schema!({ "required": [key] }));
        json_schema!({
            "description": "A step of a chain: a target, or several that share the step's requests.",
            "if": { "type": "object", "anyOf": shared },
            "then": generator.subschema_for::<SharedStepConfig>(),
            "else": generator.subschema_for::<TargetConfig>(),
        })
    }
}

// === impl Strategy ===

impl Strategy {
    /// Whether the weights of targets count.
    #[must_use]
    pub fn weighs(self) -> bool {
        matches!(self, Self::Weighted | Self::LeastBusy)
    }
}

// === impl TargetPlace ===

impl TargetPlace {
    /// The path of a target's key in the chain of this model.
    #[must_use]
    pub fn path<'p>(&'p self, model: &'p str, key: &'p str) -> Vec<&'p str> {
        let within = self.within.iter().flat_map(|within| ["targets", within.as_str()]);
        let step = ["models", model, "chain", &self.step];
        step.into_iter().chain(within).chain([key]).collect()
    }
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

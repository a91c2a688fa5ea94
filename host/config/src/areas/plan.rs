//! `plans:`: which models a user may call, and how often.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Capability, Extra, matched};

/// Which models the users of a plan may call, and how often.
///
/// Since 0.1.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanConfig {
    /// The model tiers it may call.
    pub tiers: Vec<String>,
    /// The capabilities it may call within these tiers. Default: all, `[chat, embeddings, rerank, images,
    /// completion, moderation, speech, transcription]`.
    #[serde(default = "every_capability")]
    pub capabilities: Vec<Capability>,
    /// The ids of additional models it may call, whatever their tier and capability. With a `*` at its end, an id stands
    /// for all that begin like it. Default none.
    #[serde(default)]
    pub models: Vec<String>,
    /// Whether a user without credits may keep calling. Default false: such a user gets a 402 for any model that costs
    /// something.
    #[serde(default)]
    pub overdraft: bool,
    /// The options of requests that cost extra and are passed on, such as `service_tier`. Requests with others get a 400
    /// if the plan has limits or its users pay with credits, because the upstream's bill for them is not counted.
    /// Default none.
    #[serde(default)]
    pub passes: Vec<Extra>,
    /// The shapers that serve its requests besides those that serve everybody; with a minus before it, such as `-redact`,
    /// one that does not. Default none.
    #[serde(default)]
    pub shapers: Vec<String>,
    /// How often a user may call. Default: no limits.
    #[serde(default)]
    pub limits: QuotaConfig,
}

/// How often one user may call, with all keys combined. A limit left out does not apply.
///
/// Since 0.1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct QuotaConfig {
    /// Requests per day, each counted as its model's `request_cost`. The day resets at midnight UTC. Default none.
    #[schemars(range(min = 1, max = 9_007_199_254_740_991_u64))]
    pub per_day: Option<u64>,
    /// Requests per hour. The hour resets on the hour. Default none.
    #[schemars(range(min = 1, max = 9_007_199_254_740_991_u64))]
    pub per_hour: Option<u64>,
    /// Requests in any window of 60 seconds. Default none.
    #[schemars(range(min = 1, max = 9_007_199_254_740_991_u64))]
    pub per_minute: Option<u64>,
    /// The maximum number of open streams. Default none.
    #[schemars(range(min = 1, max = 9_007_199_254_740_991_u64))]
    pub concurrent_streams: Option<u64>,
}

fn every_capability() -> Vec<Capability> {
    Capability::ALL.to_vec()
}

// === impl PlanConfig ===

impl PlanConfig {
    /// Whether the plan may call a model with this id, tier and capability.
    pub fn may_call(&self, id: &str, tier: &str, capability: Capability) -> bool {
        let open = self.tiers.iter().any(|held| held == tier);
        open && self.capabilities.contains(&capability)
            || self.models.iter().any(|held| held == id || matched(held, id).is_some())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn plan(text: Value) -> PlanConfig {
        serde_json::from_value(text).unwrap()
    }

    #[test]
    fn a_plan_opens_its_tiers_for_every_capability() {
        let plan = plan(json!({ "tiers": ["free", "lite"] }));
        for capability in Capability::ALL {
            assert!(plan.may_call("m", "free", capability));
            assert!(plan.may_call("m", "lite", capability));
            assert!(!plan.may_call("m", "max", capability));
        }
        assert!(!plan.overdraft);
        assert_eq!(plan.limits, QuotaConfig::default());
    }

    #[test]
    fn capabilities_narrow_what_the_tiers_open() {
        let plan = plan(json!({ "tiers": ["free"], "capabilities": ["chat", "rerank"] }));
        let open = Capability::ALL.map(|capability| plan.may_call("m", "free", capability));
        let expected = Capability::ALL.map(|capability| matches!(capability, Capability::Chat | Capability::Rerank));
        assert_eq!(open, expected);
        assert!(!plan.may_call("m", "lite", Capability::Chat));
    }

    #[test]
    fn a_model_that_is_named_is_open_whatever_it_is() {
        let named = json!({ "tiers": ["free"], "capabilities": ["chat"], "models": ["route/x"] });
        let named = plan(named);
        assert!(named.may_call("route/x", "max", Capability::Images));
        assert!(!named.may_call("route/y", "max", Capability::Images));
        assert!(named.may_call("route/y", "free", Capability::Chat));
        let open = plan(json!({ "tiers": [], "models": ["route/*"] }));
        assert!(
            open.may_call("route/y", "max", Capability::Chat) && !open.may_call("other/y", "max", Capability::Chat)
        );
        let alone = plan(json!({ "tiers": [], "models": ["route/x"] }));
        assert!(alone.may_call("route/x", "free", Capability::Chat));
        assert!(!alone.may_call("route/y", "free", Capability::Chat));
    }
}

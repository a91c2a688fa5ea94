//! `plans:`, which models a user may call, and how often.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::Capability;

/// What the users of a plan may call, and how often.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanConfig {
    /// The tiers of models that the plan may call.
    pub tiers: Vec<String>,
    /// What models of these tiers must do to be called. Default all: `[chat, embeddings, rerank, images]`.
    #[serde(default = "every_capability")]
    pub capabilities: Vec<Capability>,
    /// The ids of further models that the plan may call, whatever their tier and whatever they do. Default none.
    #[serde(default)]
    pub models: Vec<String>,
    /// Whether a user whose credits are spent is served on. Default false: models that cost something are answered 402.
    #[serde(default)]
    pub overdraft: bool,
    /// How often each user of the plan may call. Default: as often as they like.
    #[serde(default)]
    pub limits: QuotaConfig,
}

/// How often one user may call, over all their keys. A limit that is absent does not exist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct QuotaConfig {
    /// Requests a day, each at its model's `request_cost`. Days turn at midnight UTC. Default none: no such limit.
    #[schemars(range(min = 1, max = 9_007_199_254_740_991_u64))]
    pub per_day: Option<u64>,
    /// Requests an hour, counted by ones. Hours turn at their top. Default none: no such limit.
    #[schemars(range(min = 1, max = 9_007_199_254_740_991_u64))]
    pub per_hour: Option<u64>,
    /// Requests in any sixty seconds, counted by ones. Default none: no such limit.
    #[schemars(range(min = 1, max = 9_007_199_254_740_991_u64))]
    pub per_minute: Option<u64>,
    /// Streams that run at the same time. Default none: no such limit.
    #[schemars(range(min = 1, max = 9_007_199_254_740_991_u64))]
    pub concurrent_streams: Option<u64>,
}

fn every_capability() -> Vec<Capability> {
    Capability::ALL.to_vec()
}

// === impl PlanConfig ===

impl PlanConfig {
    /// True if the plan may call the model of that id, tier and capability.
    pub fn may_call(&self, id: &str, tier: &str, capability: Capability) -> bool {
        let open = self.tiers.iter().any(|held| held == tier);
        open && self.capabilities.contains(&capability) || self.models.iter().any(|held| held == id)
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
        assert_eq!(open, [true, false, true, false]);
        assert!(!plan.may_call("m", "lite", Capability::Chat));
    }

    #[test]
    fn a_model_that_is_named_is_open_whatever_it_is() {
        let named = json!({ "tiers": ["free"], "capabilities": ["chat"], "models": ["route/x"] });
        let named = plan(named);
        assert!(named.may_call("route/x", "max", Capability::Images));
        assert!(!named.may_call("route/y", "max", Capability::Images));
        assert!(named.may_call("route/y", "free", Capability::Chat));
        let alone = plan(json!({ "tiers": [], "models": ["route/x"] }));
        assert!(alone.may_call("route/x", "free", Capability::Chat));
        assert!(!alone.may_call("route/y", "free", Capability::Chat));
    }
}

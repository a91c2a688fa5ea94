//! What is allowed but hardly meant: providers that are off, unknown prices, plans and models that nobody can use.

use super::Loaded;
use crate::{Config, Fault, Faults, ModelConfig, PlanConfig, catalogue, matched};

// === impl Loaded ===

impl Loaded {
    /// One fault for everything in the configuration that is allowed, but leaves something unusable. For
    /// `jackfield check --strict`.
    pub fn strict_faults(&self) -> Vec<Fault> {
        let mut faults = self.providers_off();
        faults.extend(self.unpriced());
        for (id, model) in &self.config.models {
            faults.extend(self.unusable_model(id, model));
        }
        for (name, plan) in &self.config.plans {
            faults.extend(self.unusable_plan(name, plan));
        }
        Faults::sorted(faults).0
    }

    fn providers_off(&self) -> Vec<Fault> {
        let off = |(name, reason): (&String, &String)| {
            let remedy = "provide it, or remove the provider";
            self.fault_at(&["providers", name], format!("is off: {reason}"), remedy)
        };
        let providers = self.config.providers.iter();
        let reasons = providers.filter_map(|(name, provider)| Some((name, provider.off.as_ref()?)));
        reasons.map(off).collect()
    }

    fn unpriced(&self) -> Vec<Fault> {
        let problem = "has no price, so users who pay with credits cannot call it";
        let remedy = "add its pricing, with 0 if it is free";
        let unpriced = catalogue::unpriced(&self.config).models.into_iter();
        unpriced
            .map(|id| self.fault_at(&["models", id], problem, remedy))
            .collect()
    }

    fn unusable_model(&self, id: &str, model: &ModelConfig) -> Vec<Fault> {
        let mut faults = Vec::new();
        if !is_live(&self.config, model) {
            let remedy = "configure a provider of its chain, or remove the model";
            faults.push(self.fault_at(&["models", id, "chain"], "has no target that is on", remedy));
        }
        let plans = &self.config.plans;
        if !plans.is_empty() && !plans.values().any(|plan| includes(plan, id, model)) {
            let remedy = "add its tier or its id to a plan, or remove the model";
            faults.push(self.fault_at(&["models", id], "is in no plan, so nobody can call it", remedy));
        }
        faults
    }

    fn unusable_plan(&self, name: &str, plan: &PlanConfig) -> Vec<Fault> {
        let models = &self.config.models;
        let mut faults = Vec::new();
        for (index, tier) in plan.tiers.iter().enumerate() {
            if !models.values().any(|model| model.tier == *tier) {
                let index = index.to_string();
                let path = ["plans", name, "tiers", &index];
                let problem = format!("names a tier that no model has: {}", self.document.quoted(&path, tier));
                faults.push(self.fault_at(&path, problem, "give a model this tier, or remove it"));
            }
        }
        if faults.is_empty() && !models.iter().any(|(id, model)| includes(plan, id, model)) {
            let problem = "includes no model, so its users can call nothing";
            faults.push(self.fault_at(&["plans", name], problem, "add a tier, a capability or a model's id"));
        }
        faults
    }
}

/// Whether the plan may call the model; if its id is a pattern, any id that it stands for.
fn includes(plan: &PlanConfig, id: &str, model: &ModelConfig) -> bool {
    let within = |held: &String| matched(id, held).is_some();
    plan.may_call(id, &model.tier, model.capability) || plan.models.iter().any(within)
}

/// Whether any target of the model belongs to a provider that is on.
fn is_live(config: &Config, model: &ModelConfig) -> bool {
    let targets = model.targets();
    let mut providers = targets.filter_map(|(_, target)| config.providers.get(&target.provider));
    providers.any(|provider| provider.off.is_none())
}

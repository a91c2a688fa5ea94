//! The chains that are tested: those of chat models, each once, however many models have it.

use std::collections::BTreeSet;

use jackfield_config::{Capability, Config, ModelConfig};
use serde::Serialize;

/// Models whose chains are the same, but for the names of the models.
#[derive(Debug, Clone)]
pub(super) struct Chain {
    /// Their ids.
    pub(super) models: Vec<String>,
    /// The first of them, as it is configured.
    pub(super) model: ModelConfig,
    /// The providers of each step.
    pub(super) steps: Vec<Vec<String>>,
}

/// Whom a fault befalls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Scope {
    /// The providers of the first step.
    First,
    /// All providers.
    All,
}

/// The chains of chat models, or that of one model.
pub(super) fn chains(config: &Config, only: Option<&str>) -> Vec<Chain> {
    let mut chains: Vec<Chain> = Vec::new();
    let wanted = |id: &str| only.is_none_or(|only| only == id);
    for (id, model) in &config.models {
        if model.capability != Capability::Chat || !wanted(id) {
            continue;
        }
        let steps: Vec<Vec<String>> = model
            .chain
            .iter()
            .map(|step| step.targets().iter().map(|target| target.provider.clone()).collect())
            .collect();
        let alike = |chain: &&mut Chain| chain.steps == steps && chain.model.routing == model.routing;
        match chains.iter_mut().find(alike) {
            Some(chain) => chain.models.push(id.clone()),
            None => chains.push(Chain {
                models: vec![id.clone()],
                model: model.clone(),
                steps,
            }),
        }
    }
    // Adapters that answer without an upstream have nothing that could fail.
    let has_upstream = |chain: &Chain| {
        let mut providers = chain
            .steps
            .iter()
            .flatten()
            .filter_map(|name| config.providers.get(name));
        providers.any(|provider| provider.base_url.is_some() || provider.has_secrets() || provider.trust_base_url)
    };
    chains.retain(|chain| only.is_some() || has_upstream(chain));
    chains
}

// === impl Chain ===

impl Chain {
    /// Its providers, in order, each once.
    pub(super) fn providers(&self) -> Vec<&str> {
        let mut seen = BTreeSet::new();
        let all = self.steps.iter().flatten().map(String::as_str);
        all.filter(|name| seen.insert(*name)).collect()
    }

    /// Whether a fault of this scope befalls the provider.
    pub(super) fn befalls(&self, scope: Scope, provider: &str) -> bool {
        scope == Scope::All
            || self
                .steps
                .first()
                .is_some_and(|step| step.iter().any(|name| name == provider))
    }

    /// Whether it has providers besides those of its first step.
    pub(super) fn has_others(&self) -> bool {
        self.providers().iter().any(|name| !self.befalls(Scope::First, name))
    }
}

//! Chains from their configuration: the targets, against the adapters behind them, and the steps that they share.

use std::collections::BTreeSet;
use std::sync::Arc;

use jackfield_config::{Fault, Loaded, ModelConfig, StepConfig, Strategy, TargetConfig};
use serde_json::Value;

use super::{Adapters, CarryOver};
use crate::affinity::Place;
use crate::attempt::Adapter;
use crate::routing::{Balance, Share, Step, Target};
use crate::snapshot::accepts::accepted;
use crate::snapshot::price::prices;
use crate::snapshot::provider_builder::known_as;

/// The targets by whose load some step chooses, by provider and model.
pub(super) type Counted<'a> = BTreeSet<(&'a str, &'a str)>;

/// The targets of the configuration by whose load some step chooses.
pub(super) fn counted(loaded: &Loaded) -> Counted<'_> {
    let steps = loaded.config.models.values().flat_map(|model| &model.chain);
    let by_load = |step: &&StepConfig| match step {
        StepConfig::Single(_) => false,
        StepConfig::Shared(step) => matches!(step.strategy, Strategy::LeastBusy | Strategy::LeastLatency),
    };
    let targets = steps.filter(by_load).flat_map(StepConfig::targets);
    targets.map(|target| (&*target.provider, &*target.model)).collect()
}

/// The targets of a model's chain, in the order of the configuration.
pub(super) fn targets(
    config: &ModelConfig,
    (loaded, adapters, carry_over): (&Loaded, &Adapters, &CarryOver),
    counted: &Counted<'_>,
) -> Vec<Target<Adapter>> {
    let off = |provider: &str| {
        let reason = loaded.config.providers.get(provider)?.off.as_deref()?;
        Some(Arc::from(reason))
    };
    let target = |((_, target), price): ((_, &TargetConfig), _)| {
        let (provider, model) = (target.provider.as_str(), target.model.as_str());
        let state = carry_over.target(provider, model);
        let is_counted = counted.contains(&(provider, model));
        Target {
            name: provider.into(),
            model: model.into(),
            listed_model: model.into(),
            price,
            provider: adapter(loaded, adapters, target),
            off: off(provider),
            named_by_client: false,
            breaker: state.breaker,
            pause: state.pause,
            load: is_counted.then(|| carry_over.load(provider, model)),
            health: state.health,
            provider_health: carry_over.provider(provider),
            counting: state.counting,
        }
    };
    let prices = prices(config, loaded.config.credits.cost_multiplier);
    config.targets().zip(prices).map(target).collect()
}

/// The steps of a model's chain that have several targets.
pub(super) fn balance(config: &ModelConfig) -> Balance {
    let (mut first, mut steps) = (0, Vec::new());
    for step in &config.chain {
        if let StepConfig::Shared(shared) = step {
            let shares = shared.targets.iter().map(share).collect();
            steps.push(Step::new(first, shared.strategy, shared.sticky, shares));
        }
        first += step.targets().len();
    }
    Balance::new(steps)
}

fn share(target: &TargetConfig) -> Share {
    let settings = Value::Object(target.settings.clone()).to_string();
    let name = [target.provider.as_bytes(), target.model.as_bytes(), settings.as_bytes()];
    Share {
        weight: target.weight.unwrap_or(1),
        place: Place::of(name),
    }
}

/// The adapter behind a target, with the target's own settings if it has any; `None` if its provider is off.
fn adapter(loaded: &Loaded, adapters: &Adapters, target: &TargetConfig) -> Option<Arc<Adapter>> {
    let adapter = adapters.get(&target.provider)?.as_ref()?;
    if target.settings.is_empty() {
        return Some(Arc::clone(adapter));
    }
    let provider = loaded.config.providers.get(&target.provider)?;
    let settings = target.settings_over(&provider.settings);
    Some(Arc::new(Adapter {
        accepts: accepted(&adapter.plugin.manifest, &settings, &provider.accepts),
        dialects: adapter.plugin.manifest.dialects_under(&settings).into(),
        known_as: known_as(provider, &adapter.plugin.manifest, &settings),
        settings: Value::Object(settings).to_string().into(),
        ..Adapter::clone(adapter)
    }))
}

/// What is wrong with the targets of a model: adapters that do not support its operation, and invalid settings.
pub(super) fn faults(loaded: &Loaded, adapters: &Adapters, id: &str, config: &ModelConfig) -> Vec<Fault> {
    let operation = config.capability.operation();
    let mut faults = Vec::new();
    for (place, target) in config.targets() {
        let Some(Some(adapter)) = adapters.get(&target.provider) else {
            continue;
        };
        let manifest = &adapter.plugin.manifest;
        faults.extend(loaded.check_target_settings(id, (&place, target), &manifest.settings));
        if !manifest.operations.iter().any(|known| known == operation) {
            let path = place.path(id, "provider");
            let message = format!("its adapter `{}` does not support {operation}", manifest.name);
            let remedy = format!(
                "use an adapter that does; this one supports: {}",
                manifest.operations.join(", ")
            );
            faults.push(loaded.fault_at(&path, message, remedy));
        }
    }
    faults
}

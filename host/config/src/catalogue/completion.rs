//! What the catalogue adds to models: the prices and limits that the operator leaves out, and what has none even so.

use std::collections::BTreeMap;

use super::{knows, listed, vendor_at};
use crate::{Config, ModelConfig, ProviderConfig, StepConfig, TargetConfig};

/// What of a configuration has no price.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Unpriced<'a> {
    /// The models that have none at any target: users who pay with credits cannot call them.
    pub models: Vec<&'a str>,
    /// The other targets that have none of their own, as model, provider and the model's name there: they cost what the
    /// first target of their model does that has one.
    pub targets: Vec<[&'a str; 3]>,
}

/// Fills in what a model and its targets leave out. A target costs what it says itself, or what its model says, or what
/// the catalogue has of it; otherwise its price stays open. The model's price, and its limits, are then those of the first
/// target with any. Nothing is filled in while a target's name is open, because a client has yet to choose it.
pub(crate) fn complete(model: &mut ModelConfig, providers: &BTreeMap<String, ProviderConfig>) {
    if model.targets().any(|(_, target)| is_open(target)) {
        return;
    }
    let of_target = |target: &TargetConfig| listed(vendor(providers.get(&target.provider)?)?, &target.model);
    let (said, limited) = (
        model.pricing.clone(),
        model.context.is_some() && model.max_output.is_some(),
    );
    let mut limits = None;
    for target in model.chain.iter_mut().flat_map(StepConfig::targets_mut) {
        let priced = said.is_some() || target.pricing.is_some();
        let found = (!priced || !limited && limits.is_none()).then(|| of_target(target));
        let found = found.flatten();
        limits = limits.or(found.as_ref().map(|found| (found.context, found.max_output)));
        let own = target.pricing.take().or_else(|| said.clone());
        target.pricing = own.or_else(|| found?.pricing);
    }
    let first = model.targets().find_map(|(_, target)| target.pricing.clone());
    model.pricing = said.or(first);
    let (context, max_output) = limits.unwrap_or_default();
    model.context = model.context.or(context);
    model.max_output = model.max_output.or(max_output);
}

/// The model that a client chose by `name`, which takes the place of a `*` in what its targets call it.
#[must_use]
pub fn named(model: &ModelConfig, name: &str, providers: &BTreeMap<String, ProviderConfig>) -> ModelConfig {
    let mut model = model.clone();
    for target in model.chain.iter_mut().flat_map(StepConfig::targets_mut) {
        target.model = target.model.replacen('*', name, 1);
    }
    complete(&mut model, providers);
    model
}

/// What of a configuration has no price. A target whose name a client chooses has one if the catalogue has its vendor.
#[must_use]
pub fn unpriced(config: &Config) -> Unpriced<'_> {
    let mut unpriced = Unpriced::default();
    for (id, model) in &config.models {
        let without = model.targets().filter(|(_, target)| !is_priced(config, model, target));
        let without: Vec<_> = without.map(|(_, target)| target).collect();
        if without.len() == model.targets().count() {
            unpriced.models.push(id);
        } else {
            let named = without
                .into_iter()
                .map(|target| [id.as_str(), &target.provider, &target.model]);
            unpriced.targets.extend(named);
        }
    }
    unpriced
}

fn is_priced(config: &Config, model: &ModelConfig, target: &TargetConfig) -> bool {
    if target.pricing.is_some() || !model.targets().any(|(_, target)| is_open(target)) {
        return target.pricing.is_some();
    }
    // Nothing has been filled in yet.
    let vendor = config.providers.get(&target.provider).and_then(vendor);
    let is_listed = |vendor: &str| listed(vendor, &target.model).is_some_and(|listed| listed.pricing.is_some());
    let is_known = |vendor: &str| {
        if is_open(target) {
            knows(vendor)
        } else {
            is_listed(vendor)
        }
    };
    model.pricing.is_some() || vendor.is_some_and(is_known)
}

/// Whether a client chooses the model's name there.
fn is_open(target: &TargetConfig) -> bool {
    target.model.contains('*')
}

/// Whose API a provider is: as the operator says, or as its host tells.
fn vendor(provider: &ProviderConfig) -> Option<&str> {
    let at_host = || vendor_at(provider.base_url.as_deref()?);
    provider.vendor.as_deref().or_else(at_host)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Two providers whose vendors the catalogue knows, and one that it does not; and these models, completed.
    fn config(models: &serde_json::Value) -> Config {
        let config = json!({
            "providers": {
                "openai": { "adapter": "openai", "base_url": "https://api.openai.com/v1" },
                "claude": { "adapter": "anthropic", "base_url": "http://127.0.0.1:1", "vendor": "anthropic" },
                "mine": { "adapter": "openai", "base_url": "http://127.0.0.1:2" },
            },
            "models": models,
        });
        let mut config: Config = serde_json::from_value(config).unwrap();
        for model in config.models.values_mut() {
            complete(model, &config.providers);
        }
        config
    }

    /// What a million tokens of prompts cost: of the model, and at each of its targets.
    fn input(model: &ModelConfig) -> (Option<f64>, Vec<Option<f64>>) {
        let of = |pricing: &Option<crate::Pricing>| pricing.as_ref().map(|pricing| pricing.input_per_million);
        let targets = model.targets().map(|(_, target)| of(&target.pricing));
        (of(&model.pricing), targets.collect())
    }

    #[test]
    fn each_target_costs_what_it_says_or_its_model_says_or_its_vendor_charges() {
        let own = |price: u64| json!({ "input_per_million": price, "output_per_million": 0 });
        let chain = |first: serde_json::Value| {
            json!([
                first,
                { "targets": [
                    { "provider": "openai", "model": "gpt-4o" },
                    { "provider": "claude", "model": "claude-sonnet-4-5", "pricing": own(7) },
                ] },
            ])
        };
        let mine = json!({ "provider": "mine", "model": "m" });
        let config = config(&json!({
            "said": { "pricing": own(9), "chain": chain(mine.clone()) },
            "looked-up": { "pricing": "catalogue", "chain": chain(json!({ "provider": "claude", "model": "claude-sonnet-4-5" })) },
            "partly": { "context": 5, "chain": chain(mine.clone()) },
            "not": { "chain": [mine] },
        }));
        let models = &config.models;
        assert_eq!(
            input(&models["said"]),
            (Some(9.0), vec![Some(9.0), Some(9.0), Some(7.0)])
        );
        assert_eq!(
            input(&models["looked-up"]),
            (Some(3.0), vec![Some(3.0), Some(2.5), Some(7.0)])
        );
        assert_eq!(input(&models["partly"]), (Some(2.5), vec![None, Some(2.5), Some(7.0)]));
        assert_eq!(input(&models["not"]), (None, vec![None]));
        let limits = |id: &str| (models[id].context, models[id].max_output);
        assert_eq!(limits("looked-up"), (Some(200_000), Some(64_000)));
        assert_eq!(limits("partly"), (Some(5), Some(16_384)));
        let unpriced = unpriced(&config);
        assert_eq!(unpriced.models, ["not"]);
        assert_eq!(unpriced.targets, [["partly", "mine", "m"]]);
    }

    #[test]
    fn a_name_that_clients_choose_is_looked_up_once_it_is_chosen() {
        let config = config(&json!({
            "any/*": { "chain": [
                { "provider": "mine", "model": "*" },
                { "provider": "openai", "model": "gpt-4o-mini" },
                { "provider": "openai", "model": "*" },
            ] },
            "said/*": { "pricing": { "input_per_million": 9, "output_per_million": 9 },
                        "chain": [{ "provider": "openai", "model": "*" }] },
            "mine/*": { "chain": [{ "provider": "mine", "model": "vendor/*" }] },
        }));
        let named = |id: &str, name| named(&config.models[id], name, &config.providers);
        assert_eq!(input(&config.models["any/*"]), (None, vec![None; 3]));
        let four = named("any/*", "gpt-4o");
        assert_eq!(input(&four), (Some(0.15), vec![None, Some(0.15), Some(2.5)]));
        assert_eq!(four.targets().next().unwrap().1.model, "gpt-4o");
        assert_eq!(named("any/*", "nobody-s").targets().last().unwrap().1.pricing, None);
        assert_eq!(input(&named("said/*", "gpt-4o")), (Some(9.0), vec![Some(9.0)]));
        let unpriced = unpriced(&config);
        assert_eq!(unpriced.models, ["mine/*"]);
        assert_eq!(unpriced.targets, [["any/*", "mine", "*"]]);
    }
}

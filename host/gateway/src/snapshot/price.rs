//! The prices of a model's targets: what the configuration says, in the numbers that requests are charged with.

use std::collections::BTreeMap;

use jackfield_accounting::credits::{Price, Rates, SteppedRates};
use jackfield_config::{ModelConfig, PriceChanges, Pricing};

/// What a model costs at each of its targets, multiplied; `None` where that is unknown.
pub(crate) fn prices(model: &ModelConfig, cost_multiplier: f64) -> impl Iterator<Item = Option<Price>> {
    let pricing = move |own: Option<&Pricing>| own.or(model.pricing.as_ref()).map(|own| price(own, cost_multiplier));
    model.targets().map(move |(_, target)| pricing(target.pricing.as_ref()))
}

/// The price with this pricing, multiplied.
fn price(pricing: &Pricing, cost_multiplier: f64) -> Price {
    let tiers = pricing.tiers.iter().map(|(name, tier)| {
        let own = pricing.with(&tier.usual);
        (name.clone(), stepped(&own, &tier.above))
    });
    let tiers: Vec<_> = tiers.collect();
    let images = pricing.images.iter().map(|(kind, dollars)| (kind.as_str(), *dollars));
    Price::new(&stepped(pricing, &pricing.above), &tiers, images, cost_multiplier)
}

fn stepped(usual: &Pricing, above: &BTreeMap<u64, PriceChanges>) -> SteppedRates {
    let above = above.iter();
    SteppedRates {
        usual: rates(usual),
        above: above
            .map(|(tokens, changes)| (*tokens, rates(&usual.with(changes))))
            .collect(),
    }
}

fn rates(pricing: &Pricing) -> Rates {
    let apart = &pricing.apart;
    Rates {
        input: pricing.input_per_million,
        cached: apart.cached_input_per_million,
        cache_write: apart.cache_write_per_million,
        cache_write_long: apart.cache_write_1h_per_million,
        audio_input: apart.audio_input_per_million,
        image_input: apart.image_input_per_million,
        output: pricing.output_per_million,
        reasoning: apart.reasoning_per_million,
        audio_output: apart.audio_output_per_million,
        image_output: apart.image_output_per_million,
        second: apart.per_second.unwrap_or_default(),
        characters: apart.characters_per_million.unwrap_or_default(),
        image: apart.per_image.unwrap_or_default(),
        search: apart.per_search.unwrap_or_default(),
        request: apart.per_request.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests;

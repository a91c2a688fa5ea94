//! Prices: what a request costs, given what it used and the prices of its model.
//!
//! A credit is a dollar and is counted in millionths (micro-credits). A price in dollars per million tokens is
//! therefore the price of one token in micro-credits.
//!
//! In reading order: [`Used`] is what a request used, [`Rates`] are prices per unit, and [`Price`] chooses the rates by the
//! length of the prompt and by the service tier.

mod rates;
mod used;

use std::sync::Arc;

pub use self::rates::Rates;
pub use self::used::Used;

use self::rates::Tariff;

/// The largest charge, in micro-credits: a billion credits. Sums of many charges then fit into a `BIGINT`.
const MAX_CHARGE: i64 = 1_000_000_000_000_000;

/// One micro-credit in the unit of a [`Tariff`]: price and multiplier each contribute a factor of a million.
const UNIT: u128 = 1_000_000_000_000;

/// The prices of one model, with `credits.cost_multiplier` applied. Cheap to clone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Price(Arc<Tiers>);

/// Rates by the service tier.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tiers {
    /// Those of all tiers that have none of their own.
    usual: Steps,
    own: Box<[(Box<str>, Steps)]>,
    /// What images cost whose quality or size has a price of its own, in every tier.
    images: Box<[(Box<str>, u128)]>,
}

/// Rates by the length of the prompt: the first is for all prompts, each of the others for those longer than its tokens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Steps {
    usual: Tariff,
    above: Vec<(u64, Tariff)>,
}

/// What decides which of the prices count, besides the length of the prompt.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Served<'a> {
    /// The service tier; `None` if it is unknown.
    pub tier: Option<&'a str>,
    /// The quality and the size of the images, as in `hd/1024x1024`, or one of both; `None` if both are unknown.
    pub image: Option<&'a str>,
}

/// Rates by the length of the prompt, as an operator writes them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SteppedRates {
    /// The rates of all prompts.
    pub usual: Rates,
    /// The complete rates of prompts with more tokens than this: they apply to the whole request.
    pub above: Vec<(u64, Rates)>,
}

// === impl Price ===

impl Price {
    /// The prices, and `credits.cost_multiplier`. Each is rounded to six decimals. Negative values and NaN, which the
    /// configuration rejects, count as 0. `tiers` are the prices of service tiers that differ, by their names, and `images`
    /// those of images by quality and size, or by one of both.
    #[must_use]
    pub fn new<'i>(
        rates: &SteppedRates,
        tiers: &[(String, SteppedRates)],
        images: impl Iterator<Item = (&'i str, f64)>,
        cost_multiplier: f64,
    ) -> Self {
        let tiers = tiers.iter().map(|(name, rates)| {
            let name: Box<str> = name.as_str().into();
            (name, Steps::new(rates, cost_multiplier))
        });
        Self(Arc::new(Tiers {
            usual: Steps::new(rates, cost_multiplier),
            own: tiers.collect(),
            images: images
                .map(|(kind, dollars)| (kind.into(), rates::image(dollars, cost_multiplier)))
                .collect(),
        }))
    }

    /// The prices of tokens alone, in dollars per million.
    #[must_use]
    pub fn per_million(input: f64, output: f64, cost_multiplier: f64) -> Self {
        let rates = SteppedRates {
            usual: Rates::per_million(input, output),
            above: Vec::new(),
        };
        Self::new(&rates, &[], std::iter::empty(), cost_multiplier)
    }

    /// True if nothing that a request uses costs anything.
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.all().all(|steps| steps.tariffs().all(Tariff::is_free))
            && self.0.images.iter().all(|(_, price)| *price == 0)
    }

    /// What a request costs that was served like this, in micro-credits, rounded half up and capped at a billion credits.
    /// A tier without prices of its own costs what others do, and so does a kind of image.
    #[must_use]
    pub fn charge(&self, used: &Used, served: Served<'_>) -> i64 {
        let tariff = self.in_tier(served.tier).at(used.input).clone();
        let exact = tariff.with_image(self.image(served.image)).exact(used);
        whole(exact.saturating_add(UNIT / 2))
    }

    /// The amount to hold for a request that may use up to this much in any tier, in micro-credits, for images of this
    /// kind. It is rounded up, so that it is 0 only if the request is free.
    #[must_use]
    pub fn estimate(&self, most: &Used, image: Option<&str>) -> i64 {
        let image = self.image(image);
        let tariff = |steps: &Steps| steps.at(most.input).clone().with_image(image);
        let dearest = self.all().map(|steps| tariff(steps).most(most)).max();
        whole(dearest.unwrap_or_default().saturating_add(UNIT - 1))
    }

    fn all(&self) -> impl Iterator<Item = &Steps> {
        std::iter::once(&self.0.usual).chain(self.0.own.iter().map(|(_, steps)| steps))
    }

    /// The price of an image of this kind, if it has one of its own: by quality and size, by the size, or by the quality.
    fn image(&self, kind: Option<&str>) -> Option<u128> {
        let kind = kind.filter(|_| !self.0.images.is_empty())?;
        let (quality, size) = kind.split_once('/').unwrap_or((kind, kind));
        let of = |kind: &str| self.0.images.iter().find(|(own, _)| own.eq_ignore_ascii_case(kind));
        let (_, price) = of(kind).or_else(|| of(size)).or_else(|| of(quality))?;
        Some(*price)
    }

    fn in_tier(&self, tier: Option<&str>) -> &Steps {
        let own = tier.and_then(|tier| self.0.own.iter().find(|(name, _)| **name == *tier));
        own.map_or(&self.0.usual, |(_, steps)| steps)
    }
}

// === impl Steps ===

impl Steps {
    fn new(rates: &SteppedRates, multiplier: f64) -> Self {
        let above = rates.above.iter();
        let mut above: Vec<_> = above
            .map(|(tokens, rates)| (*tokens, Tariff::new(rates, multiplier)))
            .collect();
        above.sort_by_key(|(tokens, _)| *tokens);
        Self {
            usual: Tariff::new(&rates.usual, multiplier),
            above,
        }
    }

    /// The tariff of a prompt with this many tokens.
    fn at(&self, prompt: u64) -> &Tariff {
        let step = self.above.iter().rev().find(|(tokens, _)| prompt > *tokens);
        step.map_or(&self.usual, |(_, tariff)| tariff)
    }

    fn tariffs(&self) -> impl Iterator<Item = &Tariff> {
        std::iter::once(&self.usual).chain(self.above.iter().map(|(_, tariff)| tariff))
    }
}

/// Converts micro-credits to credits as JSON shows them: 3,000 is `0.003`.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    reason = "exact below nine billion credits, and only for display"
)]
pub fn as_credits(micro: i64) -> f64 {
    micro as f64 / 1e6
}

fn whole(exact: u128) -> i64 {
    i64::try_from(exact / UNIT).map_or(MAX_CHARGE, |charge| charge.min(MAX_CHARGE))
}

#[cfg(test)]
mod tests;

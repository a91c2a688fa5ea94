//! Prices: what a request costs, given its tokens and the prices of its model.
//!
//! A credit is a dollar and is counted in millionths (micro-credits). A price in dollars per million tokens is
//! therefore the price of one token in micro-credits.

/// The largest charge, in micro-credits: a billion credits. Sums of many charges then fit into a `BIGINT`.
const MAX_CHARGE: i64 = 1_000_000_000_000_000;

/// Prices and multipliers are fixed-point numbers in millionths, so that decimals multiply and round exactly.
const FIXED: f64 = 1e6;

/// One micro-credit in the unit of a [`Price`]: price and multiplier each contribute a factor of a million.
const UNIT: u128 = 1_000_000_000_000;

/// The prices of one model's tokens, with `credits.cost_multiplier` applied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Price {
    input: u128,
    output: u128,
}

// === impl Price ===

impl Price {
    /// Prices of input and output in dollars per million tokens, and `credits.cost_multiplier`. Each is rounded to six
    /// decimals. Negative values and NaN, which the configuration rejects, count as 0.
    #[must_use]
    pub fn new(input_per_million: f64, output_per_million: f64, cost_multiplier: f64) -> Self {
        let multiplier = fixed(cost_multiplier);
        Self {
            input: fixed(input_per_million) * multiplier,
            output: fixed(output_per_million) * multiplier,
        }
    }

    /// True if no number of tokens costs anything.
    #[must_use]
    pub fn is_free(self) -> bool {
        self == Self::default()
    }

    /// What a request costs, in micro-credits, rounded half up and capped at a billion credits. Cached tokens are part
    /// of `input_tokens` and cost the same as others.
    #[must_use]
    pub fn charge(self, input_tokens: u64, output_tokens: u64) -> i64 {
        whole(self.exact(input_tokens, output_tokens).saturating_add(UNIT / 2))
    }

    /// The amount to hold for a request that may use up to this many tokens, in micro-credits. It is rounded up, so
    /// that it is 0 only if the request is free.
    #[must_use]
    pub fn estimate(self, prompt_tokens: u64, max_tokens: u64) -> i64 {
        whole(self.exact(prompt_tokens, max_tokens).saturating_add(UNIT - 1))
    }

    fn exact(self, input_tokens: u64, output_tokens: u64) -> u128 {
        let input = self.input.saturating_mul(u128::from(input_tokens));
        let output = self.output.saturating_mul(u128::from(output_tokens));
        input.saturating_add(output)
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

#[expect(clippy::cast_sign_loss, reason = "`as` saturates: negative numbers and NaN become 0")]
fn fixed(value: f64) -> u128 {
    u128::from((value * FIXED).round() as u64)
}

fn whole(exact: u128) -> i64 {
    i64::try_from(exact / UNIT).map_or(MAX_CHARGE, |charge| charge.min(MAX_CHARGE))
}

#[cfg(test)]
mod tests;

//! Credits: what a request costs, by the tokens it used and the prices of its model.
//!
//! A credit is a dollar, and is counted in millionths (micro-credits). A price in dollars for a million tokens is just
//! the price of one token in micro-credits.

/// The largest charge: a thousand million credits. Sums of many charges then stay within a `BIGINT`.
pub const MAX_CHARGE: i64 = 1_000_000_000_000_000;

/// Prices and multipliers are counted in millionths, so that decimals are multiplied and rounded as a person would.
const FIXED: f64 = 1e6;

/// A micro-credit in the unit of a [`Price`]: price and multiplier each brought a factor of a million.
const UNIT: u128 = 1_000_000_000_000;

/// Bytes of text that make about one token.
const BYTES_PER_TOKEN: u64 = 4;

/// What a token of one model costs, with the multiplier of all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Price {
    input: u128,
    output: u128,
}

// === impl Price ===

impl Price {
    /// Takes `input_per_million` and `output_per_million`, in dollars, and `credits.cost_multiplier`. Each counts to
    /// its sixth decimal. What is negative or no number counts as 0; the configuration allows neither.
    #[must_use]
    pub fn new(input_per_million: f64, output_per_million: f64, cost_multiplier: f64) -> Self {
        let multiplier = fixed(cost_multiplier);
        Self {
            input: fixed(input_per_million) * multiplier,
            output: fixed(output_per_million) * multiplier,
        }
    }

    /// What a request costs, in micro-credits: rounded half up, from 0 to [`MAX_CHARGE`]. Tokens from a cache are a
    /// part of `input_tokens` and cost as much as others.
    #[must_use]
    pub fn charge(self, input_tokens: u64, output_tokens: u64) -> i64 {
        whole(self.exact(input_tokens, output_tokens).saturating_add(UNIT / 2))
    }

    /// What to hold for a request that may use this much: rounded up, so that it is 0 only if the request is free.
    #[must_use]
    pub fn estimate(self, prompt_bytes: u64, max_tokens: u64) -> i64 {
        let exact = self.exact(estimate_tokens(prompt_bytes), max_tokens);
        whole(exact.saturating_add(UNIT - 1))
    }

    /// Whether every request costs nothing.
    #[must_use]
    pub fn is_free(self) -> bool {
        self == Self::default()
    }

    fn exact(self, input_tokens: u64, output_tokens: u64) -> u128 {
        let input = self.input.saturating_mul(u128::from(input_tokens));
        let output = self.output.saturating_mul(u128::from(output_tokens));
        input.saturating_add(output)
    }
}

/// The tokens of a text of so many bytes, where an upstream did not tell: about a quarter, and at least 1 if there is
/// any.
#[must_use]
pub fn estimate_tokens(bytes: u64) -> u64 {
    bytes.div_ceil(BYTES_PER_TOKEN)
}

/// Micro-credits as the number of credits that JSON shows: 3,000 is `0.003`.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    reason = "exact below nine thousand million credits, and only shown"
)]
pub fn as_credits(micro: i64) -> f64 {
    micro as f64 / 1e6
}

#[expect(
    clippy::cast_sign_loss,
    reason = "`as` saturates: what is negative or no number becomes 0"
)]
fn fixed(value: f64) -> u128 {
    u128::from((value * FIXED).round() as u64)
}

fn whole(exact: u128) -> i64 {
    i64::try_from(exact / UNIT).map_or(MAX_CHARGE, |charge| charge.min(MAX_CHARGE))
}

#[cfg(test)]
mod tests;

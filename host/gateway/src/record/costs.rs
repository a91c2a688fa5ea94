//! What a request takes before an upstream is called, and what it costs in the end.

use jackfield_accounting::credits::Price;
use jackfield_accounting::credits::balance::Hold;
use jackfield_accounting::limits::Taken;
use jackfield_dialects::words::tokens::estimate_tokens;
use jackfield_dialects::words::usage::Usage;

/// What admission took. Dropping it releases the hold and the stream slot.
#[derive(Debug, Default)]
pub(crate) struct Costs {
    /// The price of the model's tokens.
    pub(crate) price: Price,
    /// How much of the daily quota the model takes per request.
    pub(crate) request_cost: u64,
    /// The quota taken; `None` if authentication is off.
    pub(crate) taken: Option<Taken>,
    /// The credits held; `None` for callers without a balance.
    pub(crate) hold: Option<Hold>,
}

/// A request's tokens, with estimates for what the upstream did not report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CountedTokens {
    /// Tokens of the prompt.
    pub(crate) input: u64,
    /// Tokens of the answer.
    pub(crate) output: u64,
    /// True if either is an estimate.
    pub(crate) estimated: bool,
}

// === impl Costs ===

impl Costs {
    /// The price of these tokens, in micro-credits.
    pub(crate) fn charge(&self, tokens: &CountedTokens) -> i64 {
        self.price.charge(tokens.input, tokens.output)
    }
}

// === impl CountedTokens ===

impl CountedTokens {
    /// Fills the gaps in `usage` with estimates from the sizes of prompt and answer.
    pub(crate) fn new(usage: &Usage, prompt_bytes: u64, produced_bytes: u64) -> Self {
        let (input, output) = (usage.input_tokens, usage.output_tokens);
        Self {
            input: input.unwrap_or_else(|| estimate_tokens(prompt_bytes)),
            output: output.unwrap_or_else(|| estimate_tokens(produced_bytes)),
            estimated: input.is_none() || output.is_none(),
        }
    }
}

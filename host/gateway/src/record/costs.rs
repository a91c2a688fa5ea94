//! What a request takes before an upstream is called, and what it costs in the end.

use jackfield_accounting::credits::Price;
use jackfield_accounting::credits::balance::Hold;
use jackfield_accounting::limits::Taken;
use jackfield_dialects::Operation;
use jackfield_dialects::words::tokens::estimate_tokens;
use jackfield_dialects::words::usage::Usage;

/// What admission took. Dropping it releases the hold and the stream slot.
#[derive(Debug, Default)]
pub(crate) struct Costs {
    /// The price of the model's tokens; `None` if it is unknown.
    pub(crate) price: Option<Price>,
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
    /// The price of these tokens, in micro-credits; 0 if it is unknown.
    pub(crate) fn charge(&self, tokens: &CountedTokens) -> i64 {
        self.price.map_or(0, |price| price.charge(tokens.input, tokens.output))
    }
}

// === impl CountedTokens ===

impl CountedTokens {
    /// Fills the gaps in `usage` with estimates from the sizes of prompt and answer. An operation whose answers have no
    /// tokens has none to estimate.
    pub(crate) fn new(operation: Operation, usage: &Usage, prompt_bytes: u64, produced_bytes: u64) -> Self {
        let guess = estimate_tokens(produced_bytes);
        let none = (!operation.produces_tokens()).then_some(0);
        let (input, output) = match (usage.input_tokens, usage.output_tokens, usage.total_tokens) {
            // The guess is how the total is divided.
            (None, None, Some(total)) if none.is_none() => {
                let output = guess.min(total);
                return Self {
                    input: total - output,
                    output,
                    estimated: true,
                };
            }
            (input, output, _) => (input, output.or(none)),
        };
        Self {
            input: input.unwrap_or_else(|| estimate_tokens(prompt_bytes)),
            output: output.unwrap_or(guess),
            estimated: input.is_none() || output.is_none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CountedTokens, Operation, Usage};

    #[test]
    fn a_count_is_estimated_only_where_one_was_guessed() {
        let usage = |input, output| Usage {
            input_tokens: input,
            output_tokens: output,
            ..Usage::default()
        };
        let total = Usage {
            total_tokens: Some(110),
            ..Usage::default()
        };
        for (operation, usage, counts) in [
            (Operation::Chat, usage(Some(40), Some(2)), (40, 2, false)),
            (Operation::Chat, usage(Some(0), Some(0)), (0, 0, false)),
            (Operation::Chat, usage(Some(40), None), (40, 3, true)),
            (Operation::Chat, usage(None, Some(2)), (5, 2, true)),
            (Operation::Chat, total, (107, 3, true)),
            (Operation::Embeddings, usage(Some(40), None), (40, 0, false)),
            (Operation::Rerank, usage(Some(40), None), (40, 0, false)),
            (Operation::Rerank, usage(None, None), (5, 0, true)),
            (Operation::Images, usage(Some(40), Some(2)), (40, 2, false)),
        ] {
            let counted = CountedTokens::new(operation, &usage, 20, 12);
            assert_eq!(
                (counted.input, counted.output, counted.estimated),
                counts,
                "{operation} {usage:?}"
            );
        }
    }
}

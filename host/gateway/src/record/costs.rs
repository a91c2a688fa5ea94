//! What a request takes before an upstream is called, and what it costs in the end.

use jackfield_accounting::credits::balance::Hold;
use jackfield_accounting::credits::{Price, Used};
use jackfield_accounting::limits::Taken;
use jackfield_dialects::Operation;
use jackfield_dialects::words::tier::ServiceTier;
use jackfield_dialects::words::tokens::estimate_tokens;
use jackfield_dialects::words::usage::Usage;

/// What admission took. Dropping it releases the hold and the stream slot.
#[derive(Debug, Default)]
pub(crate) struct Costs {
    /// What the model costs; `None` if that is unknown.
    pub(crate) price: Option<Price>,
    /// How many images were asked for.
    pub(crate) images: u64,
    /// How much of the daily quota the model takes per request.
    pub(crate) request_cost: u64,
    /// The quota taken; `None` if authentication is off.
    pub(crate) taken: Option<Taken>,
    /// The credits held; `None` for callers without a balance.
    pub(crate) hold: Option<Hold>,
    /// The most tokens that an answer can have used.
    pub(crate) ceiling: Ceiling,
}

/// The most tokens that one answer of a model can use. What is reported beyond that is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ceiling {
    /// Tokens of the prompt.
    pub(crate) input: u64,
    /// Tokens of the answer, thinking included.
    pub(crate) output: u64,
}

/// What went through the gateway, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sizes {
    /// The request's body.
    pub(crate) prompt: u64,
    /// The text that the model produced.
    pub(crate) produced: u64,
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
    /// True if the upstream reported something that is impossible.
    pub(crate) doubtful: bool,
}

/// The most searches of one request that are believed.
const MOST_SEARCHES: u64 = 1_000;

/// What models of an unknown context can read or write: more than nearly all that are sold.
const ASSUMED_CONTEXT: u64 = 1_000_000;

// === impl Costs ===

impl Costs {
    /// The price of what was used, in the tier that the upstream named, in micro-credits; 0 if it is unknown.
    pub(crate) fn charge(&self, used: &Used, usage: &Usage) -> i64 {
        let tier = usage.service_tier.as_ref().map(ServiceTier::as_str);
        self.price.as_ref().map_or(0, |price| price.charge(used, tier))
    }
}

// === impl Ceiling ===

impl Ceiling {
    /// The ceiling for a model with this context, of which `answers` are asked for at once.
    pub(crate) fn of(context: Option<u64>, max_output: Option<u64>, answers: u64) -> Self {
        let output = context.or(max_output).unwrap_or(ASSUMED_CONTEXT);
        Self {
            input: context.unwrap_or(ASSUMED_CONTEXT),
            output: output.saturating_mul(answers),
        }
    }
}

impl Default for Ceiling {
    fn default() -> Self {
        Self::of(None, None, 1)
    }
}

// === impl CountedTokens ===

impl CountedTokens {
    /// The tokens to charge for. A report counts unless it is more than can be: a token of text has at least one byte.
    /// Less is the upstream's own affair, which says by it what it charges; 0 is a report too. What is not reported is
    /// estimated from the sizes of prompt and answer; an operation whose answers have no tokens has none to estimate.
    ///
    /// Unless the answer is `finished`, a report is only what the upstream had counted when it wrote it (Anthropic's
    /// `message_start` tells of one token of output), and the estimate counts if it is larger.
    pub(crate) fn new(operation: Operation, usage: &Usage, sizes: Sizes, ceiling: Ceiling, finished: bool) -> Self {
        let (prompt, produced) = (estimate_tokens(sizes.prompt), estimate_tokens(sizes.produced));
        let (most_input, most_output) = (ceiling.input.max(sizes.prompt), ceiling.output.max(sizes.produced));
        let told = Told::of(operation, usage, produced);
        let input = told.input.filter(|tokens| *tokens <= most_input);
        let output = told.output.filter(|tokens| *tokens <= most_output);
        let counts = |told: Option<u64>, estimate| told.filter(|told| finished || *told >= estimate);
        let (counted_input, counted_output) = (counts(input, prompt), counts(output, produced));
        Self {
            input: counted_input.unwrap_or(prompt),
            output: counted_output.unwrap_or(produced),
            estimated: told.divided || counted_input.is_none() || counted_output.is_none(),
            doubtful: usage.unreadable || input != told.input || output != told.output,
        }
    }
}

impl CountedTokens {
    /// What was used, by the classes that the upstream told of: no more of each than there is of the whole.
    pub(crate) fn used(&self, usage: &Usage, images: u64) -> Used {
        let count = |count: Option<u64>| count.unwrap_or(0);
        let written = count(usage.cache_write_tokens);
        let long = count(usage.cache_write_long_tokens).min(written);
        Used {
            input: self.input,
            cached: count(usage.cached_tokens),
            cache_write: written - long,
            cache_write_long: long,
            audio_input: count(usage.input_audio_tokens),
            output: self.output,
            reasoning: count(usage.reasoning_tokens),
            audio_output: count(usage.output_audio_tokens),
            images,
            searches: count(usage.searches).min(MOST_SEARCHES),
        }
        .possible()
    }
}

/// What an upstream says of prompt and answer.
struct Told {
    input: Option<u64>,
    output: Option<u64>,
    /// It said only what both are together.
    divided: bool,
}

// === impl Told ===

impl Told {
    /// Reads a usage. `produced` is an estimate of the answer, by which a total is divided.
    fn of(operation: Operation, usage: &Usage, produced: u64) -> Self {
        let none = (!operation.produces_tokens()).then_some(0);
        match (usage.input_tokens, usage.output_tokens, usage.total_tokens) {
            (None, None, Some(total)) if none.is_none() => {
                let output = produced.min(total);
                Self {
                    input: Some(total - output),
                    output: Some(output),
                    divided: true,
                }
            }
            (input, output, _) => Self {
                input,
                output: output.or(none),
                divided: false,
            },
        }
    }
}

#[cfg(test)]
mod tests;

//! What a request takes before an upstream is called, and what it costs in the end.

use jackfield_accounting::credits::Used;
use jackfield_accounting::credits::balance::Hold;
use jackfield_accounting::credits::budget::BudgetHold;
use jackfield_accounting::limits::Taken;
use jackfield_dialects::Operation;
use jackfield_dialects::words::name::ImageKind;
use jackfield_dialects::words::tokens::estimate_tokens;
use jackfield_dialects::words::usage::Usage;

/// What admission took. Dropping it releases the hold and the stream slot.
#[derive(Debug, Default)]
pub(crate) struct Costs {
    /// What was asked for.
    pub(crate) asked: Asked,
    /// How much of the daily quota the model takes per request.
    pub(crate) request_cost: u64,
    /// The quota taken; `None` if authentication is off.
    pub(crate) taken: Option<Taken>,
    /// The quota of the caller's key that was taken; `None` if it has none.
    pub(crate) taken_of_key: Option<Taken>,
    /// The credits held; `None` for callers without a balance.
    pub(crate) hold: Option<Hold>,
    /// What is held of the budget of the caller's key; `None` if it has none.
    pub(crate) budget: Option<BudgetHold>,
    /// The most tokens that an answer can have used.
    pub(crate) ceiling: Ceiling,
}

/// What a request asks for, as far as its reply may not tell how much that was.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Images.
    pub(crate) images: u64,
    /// Their quality and size; `None` if both are left to the upstream.
    pub(crate) image_kind: Option<ImageKind>,
    /// Characters that are to be spoken.
    pub(crate) characters: u64,
    /// Bytes of a recording that is to be written down.
    pub(crate) recording_bytes: u64,
    /// Searches among documents.
    pub(crate) searches: u64,
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
    /// The recording that it was sent.
    pub(crate) recording: u64,
}

/// A request's tokens, with estimates for what the upstream did not report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CountedTokens {
    /// Tokens of the prompt.
    pub(crate) input: u64,
    /// Tokens of the answer.
    pub(crate) output: u64,
    /// Milliseconds of the recording.
    pub(crate) recording_ms: u64,
    /// True if any of them is an estimate.
    pub(crate) estimated: bool,
    /// True if the upstream reported something that is impossible.
    pub(crate) doubtful: bool,
}

/// The most searches of one request that are believed.
const MOST_SEARCHES: u64 = 1_000;

/// The longest recording that is believed, in milliseconds: a day.
const LONGEST_RECORDING: u64 = 86_400_000;

/// The fewest bytes that a second of speech has, in any coding.
const LEAST_RATE: u64 = 500;

/// The bytes of a second by which the length of a recording is estimated: 128 kbit, as of usual MP3 files.
const USUAL_RATE: u64 = 16_000;

/// The milliseconds of a recording that are a token, by which its tokens are estimated.
///
/// Source: <https://platform.openai.com/docs/guides/realtime-costs>: 1 token per 100 ms of the user's audio.
pub(crate) const MS_PER_TOKEN: u64 = 100;

/// What models of an unknown context can read or write: more than nearly all that are sold.
const ASSUMED_CONTEXT: u64 = 1_000_000;

// === impl Costs ===

impl Costs {
    /// Gives the quota back, and releases what is held.
    pub(crate) fn refund(self) {
        self.taken.into_iter().chain(self.taken_of_key).for_each(Taken::refund);
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
        let recording = Recording::of(usage, sizes.recording);
        let told = Told::of(operation, usage, produced, recording.told);
        let prompt = prompt.saturating_add(recording.estimated_tokens());
        let input = told.input.filter(|tokens| *tokens <= most_input);
        let output = told.output.filter(|tokens| *tokens <= most_output);
        let counts = |told: Option<u64>, estimate| told.filter(|told| finished || *told >= estimate);
        let (counted_input, counted_output) = (counts(input, prompt), counts(output, produced));
        Self {
            input: counted_input.unwrap_or(prompt),
            output: counted_output.unwrap_or(produced),
            recording_ms: recording.ms,
            estimated: told.divided || recording.estimated || counted_input.is_none() || counted_output.is_none(),
            doubtful: usage.unreadable || recording.doubtful || input != told.input || output != told.output,
        }
    }
}

impl CountedTokens {
    /// What was used, by the classes that the upstream told of: no more of each than there is of the whole.
    pub(crate) fn used(&self, usage: &Usage, asked: &Asked) -> Used {
        let count = |count: Option<u64>| count.unwrap_or(0);
        // What is asked for is the most that is paid, and all of it if the reply does not tell.
        let images = usage.images.map_or(asked.images, |made| made.min(asked.images));
        let written = count(usage.cache_write_tokens);
        let long = count(usage.cache_write_long_tokens).min(written);
        // What came from a cache is counted among what was read, which is not what is billed.
        let cached = usage.cached_tokens.filter(|_| usage.billed_input_tokens.is_none());
        // What draws and does not say more has used its tokens for the images.
        let drawn = usage.output_image_tokens.or((asked.images > 0).then_some(self.output));
        Used {
            input: self.input,
            cached: count(cached),
            cache_write: written - long,
            cache_write_long: long,
            audio_input: count(usage.input_audio_tokens),
            image_input: count(usage.input_image_tokens),
            output: self.output,
            reasoning: count(usage.reasoning_tokens),
            audio_output: count(usage.output_audio_tokens),
            image_output: count(drawn),
            images,
            recording_ms: self.recording_ms,
            characters: asked.characters,
            searches: usage.searches.unwrap_or(asked.searches).min(MOST_SEARCHES),
        }
        .possible()
    }
}

/// How long a recording is.
struct Recording {
    ms: u64,
    /// The upstream told how long it is, and that is possible.
    told: bool,
    /// The upstream told neither how long it is nor how many tokens.
    estimated: bool,
    /// The upstream told something that is impossible.
    doubtful: bool,
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
    /// Reads a usage. `produced` is an estimate of the answer, by which a total is divided; `has_length` says that the
    /// upstream has told the length of a recording.
    fn of(operation: Operation, usage: &Usage, produced: u64, has_length: bool) -> Self {
        // What is paid by its length has no tokens.
        let by_length = has_length && usage.total_tokens.is_none();
        let none = (by_length || !operation.produces_tokens()).then_some(0);
        match (usage.charged_input(), usage.charged_output(), usage.total_tokens) {
            (None, None, Some(total)) if none.is_none() => {
                let output = produced.min(total);
                Self {
                    input: Some(total - output),
                    output: Some(output),
                    divided: true,
                }
            }
            (input, output, _) => Self {
                input: input.or(by_length.then_some(0)),
                output: output.or(none),
                divided: false,
            },
        }
    }
}

// === impl Recording ===

impl Recording {
    /// The length that is charged for: what the upstream told, unless it is more than a recording of so many bytes can
    /// have. If it told no tokens either, an estimate.
    fn of(usage: &Usage, bytes: u64) -> Self {
        let longest = match bytes {
            0 => LONGEST_RECORDING,
            bytes => LONGEST_RECORDING.min(bytes.saturating_mul(1000) / LEAST_RATE),
        };
        let told = usage.recording_ms.filter(|ms| *ms <= longest);
        let by_tokens = usage.input_tokens.is_some() || usage.total_tokens.is_some();
        let estimated = told.is_none() && !by_tokens && bytes > 0;
        let estimate = if estimated {
            bytes.saturating_mul(1000) / USUAL_RATE
        } else {
            0
        };
        Self {
            ms: told.unwrap_or(estimate),
            told: told.is_some(),
            estimated,
            doubtful: told != usage.recording_ms,
        }
    }

    /// The tokens that it may have had, if its upstream told nothing at all.
    fn estimated_tokens(&self) -> u64 {
        if self.estimated { self.ms / MS_PER_TOKEN } else { 0 }
    }
}

#[cfg(test)]
mod tests;

//! Prices per unit: as an operator writes them, and in the fixed-point numbers that they are multiplied in.

use super::Used;

/// Prices and multipliers are fixed-point numbers in millionths, so that decimals multiply and round exactly.
const FIXED: f64 = 1e6;

/// Tokens are priced by the million, nearly all else by the piece.
const MILLION: f64 = 1e6;

/// Recordings are priced by the second and counted in milliseconds.
const MILLIS: f64 = 1e3;

/// Prices in dollars: of tokens per million, of all else per piece. What has no price of its own costs what stands above
/// it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Rates {
    /// Tokens of the prompt.
    pub input: f64,
    /// Those read from a cache. Default: `input`.
    pub cached: Option<f64>,
    /// Those written to a cache. Default: `input`.
    pub cache_write: Option<f64>,
    /// Those written to a cache for longer. Default: `cache_write`.
    pub cache_write_long: Option<f64>,
    /// Those that are audio. Default: `input`.
    pub audio_input: Option<f64>,
    /// Those that are images. Default: `input`.
    pub image_input: Option<f64>,
    /// Tokens of the answer.
    pub output: f64,
    /// Those that are reasoning. Default: `output`.
    pub reasoning: Option<f64>,
    /// Those that are audio. Default: `output`.
    pub audio_output: Option<f64>,
    /// Those that are images. Default: `output`.
    pub image_output: Option<f64>,
    /// An image.
    pub image: f64,
    /// A second of a recording.
    pub second: f64,
    /// Characters that are spoken, per million.
    pub characters: f64,
    /// A search.
    pub search: f64,
    /// A request.
    pub request: f64,
}

/// Prices per unit as fixed-point numbers, multiplied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tariff {
    input: u128,
    cached: u128,
    cache_write: u128,
    cache_write_long: u128,
    audio_input: u128,
    image_input: u128,
    output: u128,
    reasoning: u128,
    audio_output: u128,
    image_output: u128,
    image: u128,
    /// Of a millisecond.
    recording: u128,
    characters: u128,
    search: u128,
    request: u128,
}

// === impl Rates ===

impl Rates {
    /// The prices of tokens alone, in dollars per million.
    #[must_use]
    pub fn per_million(input: f64, output: f64) -> Self {
        Self {
            input,
            output,
            ..Self::default()
        }
    }
}

// === impl Tariff ===

impl Tariff {
    pub(super) fn new(rates: &Rates, multiplier: f64) -> Self {
        let multiplier = fixed(multiplier);
        let of = |dollars: f64| fixed(dollars).saturating_mul(multiplier);
        let write = rates.cache_write.unwrap_or(rates.input);
        Self {
            input: of(rates.input),
            cached: of(rates.cached.unwrap_or(rates.input)),
            cache_write: of(write),
            cache_write_long: of(rates.cache_write_long.unwrap_or(write)),
            audio_input: of(rates.audio_input.unwrap_or(rates.input)),
            image_input: of(rates.image_input.unwrap_or(rates.input)),
            output: of(rates.output),
            reasoning: of(rates.reasoning.unwrap_or(rates.output)),
            audio_output: of(rates.audio_output.unwrap_or(rates.output)),
            image_output: of(rates.image_output.unwrap_or(rates.output)),
            image: of(rates.image * MILLION),
            recording: of(rates.second * (MILLION / MILLIS)),
            characters: of(rates.characters),
            search: of(rates.search * MILLION),
            request: of(rates.request * MILLION),
        }
    }

    pub(super) fn is_free(&self) -> bool {
        *self == Self::default()
    }

    /// The same with another price of an image, in dollars and multiplied.
    pub(super) fn with_image(self, image: Option<u128>) -> Self {
        Self {
            image: image.unwrap_or(self.image),
            ..self
        }
    }

    /// What this costs.
    pub(super) fn exact(&self, used: &Used) -> u128 {
        let used = used.possible();
        [
            (self.input, used.plain_input()),
            (self.cached, used.cached),
            (self.cache_write, used.cache_write),
            (self.cache_write_long, used.cache_write_long),
            (self.audio_input, used.audio_input),
            (self.image_input, used.image_input),
            (self.output, used.plain_output()),
            (self.reasoning, used.reasoning),
            (self.audio_output, used.audio_output),
            (self.image_output, used.image_output),
            (self.image, used.images),
            (self.recording, used.recording_ms),
            (self.characters, used.characters),
            (self.search, used.searches),
            (self.request, 1),
        ]
        .into_iter()
        // Most counts are 0, and a product that large takes as long as all else.
        .filter(|(price, count)| *price > 0 && *count > 0)
        .fold(0, |sum, (price, count)| {
            price.saturating_mul(u128::from(count)).saturating_add(sum)
        })
    }

    /// What this costs at most, whatever classes the tokens turn out to be of.
    pub(super) fn most(&self, used: &Used) -> u128 {
        let input = [
            self.input,
            self.cached,
            self.cache_write,
            self.cache_write_long,
            self.audio_input,
            self.image_input,
        ];
        let output = [self.output, self.reasoning, self.audio_output, self.image_output];
        let dearest = Self {
            input: input.into_iter().max().unwrap_or_default(),
            output: output.into_iter().max().unwrap_or_default(),
            ..self.clone()
        };
        dearest.exact(&Used {
            images: used.images,
            recording_ms: used.recording_ms,
            characters: used.characters,
            searches: used.searches,
            ..Used::tokens(used.input, used.output)
        })
    }
}

/// The price of an image in dollars, multiplied.
pub(super) fn image(dollars: f64, multiplier: f64) -> u128 {
    fixed(dollars * MILLION).saturating_mul(fixed(multiplier))
}

#[expect(clippy::cast_sign_loss, reason = "`as` saturates: negative numbers and NaN become 0")]
fn fixed(value: f64) -> u128 {
    u128::from((value * FIXED).round() as u64)
}

//! One count of a usage object, or whatever else an upstream writes there.

use serde::Deserialize;
use serde_json::value::RawValue;

/// The most seconds that count as a length of time: a year.
const MOST_SECONDS: f64 = 31_536_000.0;

/// A count, or whatever else an upstream writes there.
#[derive(Clone, Copy, Default)]
pub(crate) struct Count {
    /// `None` if there is none.
    pub(crate) value: Option<u64>,
    /// There is something that cannot be a count.
    pub(crate) unreadable: bool,
}

/// A length of time that is written in seconds, as a number or as a text; `None` if it is none.
#[derive(Clone, Copy, Default)]
pub(crate) struct Milliseconds(pub(crate) Option<u64>);

/// How long a cache is kept, in Anthropic's words. Whatever is no object says nothing.
#[derive(Default)]
pub(crate) struct CacheCreation(pub(crate) CacheLifetimes);

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct CacheLifetimes {
    #[serde(rename = "ephemeral_1h_input_tokens")]
    pub(crate) an_hour: Count,
}

/// What the upstream bills, in Cohere's words.
#[derive(Default)]
pub(crate) struct BilledUnits(pub(crate) Billed);

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Billed {
    #[serde(rename = "input_tokens")]
    pub(crate) input: Count,
    #[serde(rename = "output_tokens")]
    pub(crate) output: Count,
}

/// The tools that the upstream used by itself, in Anthropic's words.
#[derive(Default)]
pub(crate) struct ServerToolUse(pub(crate) ServerTools);

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct ServerTools {
    #[serde(rename = "web_search_requests")]
    pub(crate) searches: Count,
}

// === impl Count ===

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        let value = raw.parse().ok().or_else(|| rounded(raw));
        Ok(Self {
            value,
            unreadable: value.is_none() && raw != "null",
        })
    }
}

/// A count that was written as a float, up to where floats are exact.
fn rounded(number: &str) -> Option<u64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if !number.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let number: f64 = number.parse().ok()?;
    #[expect(clippy::cast_sign_loss, reason = "the range is checked")]
    (number <= EXACT).then(|| number.round() as u64)
}

// === impl Milliseconds ===

impl<'de> Deserialize<'de> for Milliseconds {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        let seconds = raw.trim_matches('"').parse::<f64>().ok();
        let possible = seconds.filter(|seconds| (0.0..=MOST_SECONDS).contains(seconds));
        #[expect(clippy::cast_sign_loss, reason = "the range is checked")]
        let whole = |seconds: f64| (seconds * 1000.0).ceil() as u64;
        Ok(Self(possible.map(whole)))
    }
}

// === impl CacheCreation ===

impl<'de> Deserialize<'de> for CacheCreation {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        object_or_nothing(deserializer).map(Self)
    }
}

// === impl BilledUnits ===

impl<'de> Deserialize<'de> for BilledUnits {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        object_or_nothing(deserializer).map(Self)
    }
}

// === impl ServerToolUse ===

impl<'de> Deserialize<'de> for ServerToolUse {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        object_or_nothing(deserializer).map(Self)
    }
}

/// Reads an object; anything else is as good as none. serde would read an array as the struct's fields in order.
pub(super) fn object_or_nothing<'de, T: Default + Deserialize<'de>, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    let raw = <&RawValue>::deserialize(deserializer)?.get();
    let read = raw.starts_with('{').then(|| serde_json::from_str(raw).ok());
    Ok(read.flatten().unwrap_or_default())
}

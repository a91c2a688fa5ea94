//! The counts of requests with the same labels, and what of a record they count.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use jackfield_accounting::credits::Used;

use crate::record::RequestRecord;
use crate::telemetry::metrics::histogram::{self, Histogram};

/// The kinds of tokens, and then those of other units.
pub(super) const KINDS: [&str; 13] = [
    "input",
    "cached",
    "cache_write",
    "output",
    "reasoning",
    "audio_input",
    "audio_output",
    "image_input",
    "image_output",
    "images",
    "searches",
    "characters",
    "recording_ms",
];

/// How many of them are tokens.
pub(super) const TOKENS: usize = 9;

/// The counts of requests with the same labels.
#[derive(Debug)]
pub(super) struct Series {
    pub(super) duration: Histogram,
    pub(super) first_content: Histogram,
    pub(super) per_token: Histogram,
    pub(super) per_chunk: Histogram,
    pub(super) overhead: Histogram,
    pub(super) input: Histogram,
    pub(super) output: Histogram,
    pub(super) kinds: [AtomicU64; KINDS.len()],
    /// In micro-credits.
    pub(super) charged: AtomicU64,
}

// === impl Series ===

impl Series {
    pub(super) fn new() -> Self {
        Self {
            duration: Histogram::new(histogram::DURATIONS),
            first_content: Histogram::new(histogram::FIRST_CONTENT),
            per_token: Histogram::new(histogram::PER_TOKEN),
            per_chunk: Histogram::new(histogram::PER_TOKEN),
            overhead: Histogram::new(histogram::OVERHEAD),
            input: Histogram::new(histogram::TOKENS),
            output: Histogram::new(histogram::TOKENS),
            kinds: std::array::from_fn(|_| AtomicU64::new(0)),
            charged: AtomicU64::new(0),
        }
    }

    pub(super) fn count(&self, record: &RequestRecord, used: Option<&Used>) {
        let took = record.received.elapsed();
        self.duration.observe(took);
        let first = record.first_content.map(|first| first.duration_since(record.received));
        if let Some(first) = first {
            self.first_content.observe(first);
        }
        if let Some((writing, more)) = writing(record).zip(record.chunks.checked_sub(2)) {
            self.per_chunk.observe(writing / (more + 1));
        }
        if let Some(overhead) = overhead(first, took, record) {
            self.overhead.observe(overhead);
        }
        let Some(used) = used else { return };
        self.input.observe_count(used.input);
        self.output.observe_count(used.output);
        if let Some(per_token) = writing(record).and_then(|writing| per_token(writing, used.output, record)) {
            self.per_token.observe(per_token);
        }
        for (counter, amount) in self.kinds.iter().zip(amounts(used)) {
            add(counter, amount);
        }
        add(&self.charged, u64::try_from(record.charge).unwrap_or(0));
    }
}

/// What the gateway itself has taken: of a stream until its first content, of a whole answer until it was ready. `None` if
/// there was neither.
fn overhead(first: Option<Duration>, took: Duration, record: &RequestRecord) -> Option<Duration> {
    let whole = (record.answered && !record.stream).then_some(took);
    Some(first.or(whole)?.saturating_sub(record.spent.waiting()))
}

/// The time from a stream's first content to its last text; `None` without both.
fn writing(record: &RequestRecord) -> Option<Duration> {
    Some(record.last_text?.saturating_duration_since(record.first_content?))
}

/// The time per token after the first; `None` unless the stream came to its end with several.
fn per_token(rest: Duration, output: u64, record: &RequestRecord) -> Option<Duration> {
    let more = u32::try_from(output).ok()?.checked_sub(1).filter(|more| *more > 0)?;
    record.finished.then(|| rest / more)
}

/// The amounts of [`KINDS`].
fn amounts(used: &Used) -> [u64; KINDS.len()] {
    [
        used.input,
        used.cached,
        used.cache_write + used.cache_write_long,
        used.output,
        used.reasoning,
        used.audio_input,
        used.audio_output,
        used.image_input,
        used.image_output,
        used.images,
        used.searches,
        used.characters,
        used.recording_ms,
    ]
}

/// Most requests have none of most kinds, and writing nothing keeps other cores' caches as they are.
fn add(counter: &AtomicU64, amount: u64) {
    if amount > 0 {
        counter.fetch_add(amount, Relaxed);
    }
}

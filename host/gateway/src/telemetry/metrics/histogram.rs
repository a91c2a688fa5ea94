//! How many values were how large, counted without a lock.
//!
//! The histogram of `prometheus-client` is behind a mutex, for which one core would wait while another counts.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

/// The upper bounds of durations, in seconds: from a refusal to the longest answers.
pub(super) const DURATIONS: &[f64] = &[
    0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 60.0, 120.0, 300.0,
];

/// Those of the first content, in seconds: the conventions', without what no model reaches and with what slow ones need.
pub(super) const FIRST_CONTENT: &[f64] = &[
    0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 20.0, 40.0, 60.0, 120.0,
];

/// Those of the time per token, in seconds, by the conventions.
pub(super) const PER_TOKEN: &[f64] = &[0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5];

/// Those of what the gateway adds, in seconds.
pub(super) const OVERHEAD: &[f64] = &[
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0,
];

/// Those of tokens, by the conventions.
pub(super) const TOKENS: &[f64] = &[
    1.0,
    4.0,
    16.0,
    64.0,
    256.0,
    1024.0,
    4096.0,
    16_384.0,
    65_536.0,
    262_144.0,
    1_048_576.0,
    4_194_304.0,
    16_777_216.0,
    67_108_864.0,
];

/// A histogram. Any number of threads may count at once.
#[derive(Debug)]
pub(super) struct Histogram {
    bounds: &'static [f64],
    /// One per bound, and one for what is larger than all.
    counts: Box<[AtomicU64]>,
    /// In millionths.
    sum: AtomicU64,
}

/// What a histogram has counted.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Counted {
    pub(crate) sum: f64,
    pub(crate) count: u64,
    /// How many values were above the bound before and not above this one.
    pub(crate) buckets: Vec<(f64, u64)>,
}

// === impl Histogram ===

impl Histogram {
    /// An empty one with these upper bounds, which ascend.
    pub(super) fn new(bounds: &'static [f64]) -> Self {
        Self {
            bounds,
            counts: (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect(),
            sum: AtomicU64::new(0),
        }
    }

    pub(super) fn observe(&self, duration: Duration) {
        self.add(duration.as_secs_f64(), duration.as_micros() as u64);
    }

    pub(super) fn observe_count(&self, count: u64) {
        self.add(count as f64, count.saturating_mul(1_000_000));
    }

    fn add(&self, value: f64, millionths: u64) {
        let bucket = self.bounds.partition_point(|bound| *bound < value);
        self.counts[bucket].fetch_add(1, Relaxed);
        self.sum.fetch_add(millionths, Relaxed);
    }

    /// What it has counted so far; `None` if that is nothing.
    pub(super) fn counted(&self) -> Option<Counted> {
        let bounds = self.bounds.iter().copied().chain([f64::INFINITY]);
        let counts = self.counts.iter().map(|count| count.load(Relaxed));
        let buckets: Vec<(f64, u64)> = bounds.zip(counts).collect();
        let count = buckets.iter().map(|(_, count)| count).sum();
        (count > 0).then(|| Counted {
            sum: self.sum.load(Relaxed) as f64 / 1e6,
            count,
            buckets,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_at_a_bound_is_not_above_it() {
        let histogram = Histogram::new(DURATIONS);
        assert_eq!(histogram.counted(), None);
        for millis in [0, 10, 11, 300_000, 300_001] {
            histogram.observe(Duration::from_millis(millis));
        }
        let counted = histogram.counted().unwrap();
        assert_eq!((counted.count, counted.sum), (5, 600.022));
        let full: Vec<_> = counted.buckets.iter().filter(|(_, count)| *count > 0).collect();
        assert_eq!(full, [&(0.01, 2), &(0.025, 1), &(300.0, 1), &(f64::INFINITY, 1)]);
    }

    #[test]
    fn bounds_ascend() {
        for bounds in [DURATIONS, FIRST_CONTENT, PER_TOKEN, OVERHEAD, TOKENS] {
            assert!(bounds.is_sorted() && bounds[0] > 0.0, "{bounds:?}");
        }
    }

    #[test]
    fn counts_of_tokens_sum_up() {
        let histogram = Histogram::new(TOKENS);
        histogram.observe_count(1);
        histogram.observe_count(100_000_000);
        let counted = histogram.counted().unwrap();
        assert_eq!((counted.count, counted.sum), (2, 100_000_001.0));
    }
}

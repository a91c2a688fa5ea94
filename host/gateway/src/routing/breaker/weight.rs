//! How much an outcome counts towards a breaker's threshold.

use std::fmt;
use std::ops::Add;
use std::time::Duration;

/// A client that leaves sooner than this says nothing about the target.
const MOMENT: Duration = Duration::from_secs(1);

/// A number of failures, in thousandths: some outcomes count only in part.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Weight(u32);

// === impl Weight ===

impl Weight {
    /// One failure.
    pub(crate) const FAILURE: Self = Self(1_000);

    /// A time-out of a model that was asked to think: it may just be thinking.
    pub(crate) const EXPLAINED: Self = Self(500);

    /// The least that a client's leaving a silent target counts.
    const LEFT: Self = Self(250);

    /// This many failures.
    #[must_use]
    pub(crate) fn of_failures(failures: u32) -> Self {
        Self(failures.saturating_mul(Self::FAILURE.0))
    }

    /// A client's leaving a target that had been silent for `waited`, where `patience` would have been a time-out: the
    /// share of it, but at least a quarter of a failure. Nothing within the first second.
    #[must_use]
    pub(crate) fn of_silence(waited: Duration, patience: Duration) -> Self {
        if waited < MOMENT {
            return Self::default();
        }
        let share = waited.as_millis() * u128::from(Self::FAILURE.0) / patience.as_millis().max(1);
        let share = u32::try_from(share).unwrap_or(u32::MAX);
        Self(share.min(Self::FAILURE.0)).max(Self::LEFT)
    }

    /// As a number of failures.
    #[must_use]
    pub(crate) fn failures(self) -> f64 {
        f64::from(self.0) / f64::from(Self::FAILURE.0)
    }
}

impl Add for Weight {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl fmt::Display for Weight {
    /// As a number of failures, such as `2.5`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.failures().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_counts_by_its_share_of_the_patience() {
        let patience = Duration::from_mins(1);
        for (seconds, failures) in [(0, 0.0), (1, 0.25), (15, 0.25), (30, 0.5), (60, 1.0), (600, 1.0)] {
            let weight = Weight::of_silence(Duration::from_secs(seconds), patience);
            assert!((weight.failures() - failures).abs() < 1e-9, "{seconds} s: {weight}");
        }
        let weight = Weight::of_silence(Duration::from_secs(2), Duration::ZERO);
        assert_eq!(weight, Weight::FAILURE);
    }

    #[test]
    fn weights_add_up_to_failures() {
        let two = Weight::EXPLAINED + Weight::FAILURE + Weight::EXPLAINED;
        assert_eq!(two, Weight::of_failures(2));
        assert_eq!(Weight::of_failures(u32::MAX) + two, Weight(u32::MAX));
    }
}

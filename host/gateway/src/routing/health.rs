//! The recent health of a provider or target, judged by the outcomes of real requests.

#[cfg(test)]
mod tests;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jackfield_accounting::clock;
use tokio::time::Instant;

use super::latencies::{Latencies, MinuteReport};
use crate::error::Class;

/// The number of outcomes that are kept.
const MOST: usize = 50;

/// How long an outcome counts.
const WINDOW: Duration = Duration::from_mins(10);

/// The number of consecutive failures that counts as an outage.
const IN_A_ROW: usize = 5;

/// One failure in this many outcomes counts as degraded.
const ONE_IN: usize = 5;

/// The latest outcomes of one provider or target. Like breakers, it outlives snapshots, because a reload says nothing
/// about an upstream. Its size is fixed, and adding an outcome takes a short lock.
#[derive(Debug, Default)]
pub(crate) struct Health {
    recent: Mutex<Recent>,
}

/// The outcome of one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HealthSample {
    /// Whether the upstream did what it should.
    pub(crate) ok: bool,
    /// How long the answer (of a stream, its first content) took. `None` if there was no answer.
    pub(crate) latency: Option<Duration>,
    /// When the outcome was known.
    pub(crate) at: Instant,
}

/// The health at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Report {
    /// The state, in one word.
    pub(crate) status: Status,
    /// The median latency of successful attempts in the last ten minutes, in milliseconds; `None` if there were none.
    pub(crate) latency_ms: Option<u64>,
}

/// The state of a provider or target, worst first, so that a model's status is the maximum of its targets'.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Status {
    /// Its breaker is open, or its last five attempts failed.
    Down,
    /// It had no attempts in the last ten minutes.
    Unknown,
    /// At least a fifth of its recent attempts failed.
    Degraded,
    /// None of the above.
    Healthy,
}

/// A ring buffer of outcomes.
#[derive(Debug)]
struct Recent {
    outcomes: [Option<HealthSample>; MOST],
    /// Where the next outcome goes, which is where the oldest is.
    next: usize,
    /// Only of providers.
    latencies: Option<Latencies>,
}

// === impl Health ===

impl Health {
    /// One that tells latencies by minute, too.
    #[must_use]
    pub(crate) fn by_minute(now: Instant) -> Self {
        let recent = Recent {
            latencies: Some(Latencies::new(now)),
            ..Recent::default()
        };
        Self {
            recent: Mutex::new(recent),
        }
    }

    /// The latencies of the last minutes, the one that runs last; empty if they are not told by minute.
    #[must_use]
    pub(crate) fn minutes(&self, now: Instant) -> Vec<MinuteReport> {
        let recent = self.lock();
        recent
            .latencies
            .as_ref()
            .map(|latencies| latencies.report(now))
            .unwrap_or_default()
    }

    /// Adds an outcome, in place of the oldest.
    pub(crate) fn note(&self, outcome: HealthSample) {
        let mut recent = self.lock();
        if let (Some(latencies), Some(latency)) = (&mut recent.latencies, outcome.latency) {
            latencies.add(latency, outcome.at);
        }
        let next = recent.next;
        recent.outcomes[next] = Some(outcome);
        recent.next = (next + 1) % MOST;
    }

    /// The health at `now`. `breaker_open` is true while the target's breaker rejects requests; for a provider, while
    /// the breakers of all its targets do.
    #[must_use]
    pub(crate) fn report(&self, now: Instant, breaker_open: bool) -> Report {
        let outcomes = self.newest_first(now);
        let status = if breaker_open {
            Status::Down
        } else {
            Status::of(&outcomes)
        };
        Report {
            status,
            latency_ms: median(&outcomes).map(clock::millis),
        }
    }

    /// The outcomes within the window, latest first.
    fn newest_first(&self, now: Instant) -> Vec<HealthSample> {
        let recent = self.lock();
        let (newer, older) = recent.outcomes.split_at(recent.next);
        newer
            .iter()
            .rev()
            .chain(older.iter().rev())
            .flatten()
            .filter(|outcome| now.saturating_duration_since(outcome.at) < WINDOW)
            .copied()
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, Recent> {
        // The ring is always valid, even if a thread panicked while it held the lock.
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl HealthSample ===

impl HealthSample {
    /// The upstream answered at `at` after `latency`.
    #[must_use]
    pub(crate) fn answered(latency: Duration, at: Instant) -> Self {
        Self {
            ok: true,
            latency: Some(latency),
            at,
        }
    }

    /// The attempt failed at `at`. A client fault counts as a success, because the upstream read the request and
    /// rejected it. It has no latency, because rejections are faster than answers.
    #[must_use]
    pub(crate) fn failed(class: Class, at: Instant) -> Self {
        Self {
            ok: class.is_clients(),
            latency: None,
            at,
        }
    }
}

// === impl Status ===

impl Status {
    /// Its name in the public API.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Down => "down",
            Self::Unknown => "unknown",
            Self::Degraded => "degraded",
            Self::Healthy => "healthy",
        }
    }

    fn of(newest_first: &[HealthSample]) -> Self {
        if newest_first.is_empty() {
            return Self::Unknown;
        }
        let failed = |outcomes: &[HealthSample]| outcomes.iter().filter(|outcome| !outcome.ok).count();
        let last = newest_first.get(..IN_A_ROW);
        if last.is_some_and(|last| failed(last) == IN_A_ROW) {
            Self::Down
        } else if failed(newest_first) * ONE_IN >= newest_first.len() {
            Self::Degraded
        } else {
            Self::Healthy
        }
    }
}

// === impl Recent ===

impl Default for Recent {
    fn default() -> Self {
        Self {
            outcomes: [None; MOST],
            next: 0,
            latencies: None,
        }
    }
}

/// The median latency of successes; for an even number, the longer of the two in the middle.
fn median(outcomes: &[HealthSample]) -> Option<Duration> {
    let successes = outcomes.iter().filter(|outcome| outcome.ok);
    let mut latencies: Vec<Duration> = successes.filter_map(|outcome| outcome.latency).collect();
    let middle = latencies.len() / 2;
    latencies.sort_unstable();
    latencies.get(middle).copied()
}

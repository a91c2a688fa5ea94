//! How a provider or a target has been doing of late, told from the requests that it really had.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jackfield_accounting::clock;
use tokio::time::Instant;

use crate::error::Class;

/// How many outcomes are remembered.
const MOST: usize = 50;

/// How long an outcome says something about the present.
const WINDOW: Duration = Duration::from_mins(10);

/// How many failures in a row are more than bad luck.
const IN_A_ROW: usize = 5;

/// Of so many requests one failure is too many: a fifth.
const ONE_IN: usize = 5;

/// The newest outcomes of one provider or target. It outlives snapshots, as breakers do: a reload knows no more about
/// an upstream than before. What is kept never grows, and noting an outcome costs a short lock.
#[derive(Debug, Default)]
pub(crate) struct Health {
    recent: Mutex<Recent>,
}

/// What came of one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HealthSample {
    /// Whether the upstream did its part.
    pub(crate) ok: bool,
    /// How long the answer took, of a stream its first content. None if there was no answer to wait for.
    pub(crate) latency: Option<Duration>,
    /// When it was known.
    pub(crate) at: Instant,
}

/// How it is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Report {
    /// In one word.
    pub(crate) status: Status,
    /// The median of what successful attempts of the last ten minutes took, in milliseconds; none without any.
    pub(crate) latency_ms: Option<u64>,
}

/// The state of a provider or target in one word, the worst first: a model is doing as well as the best of its targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Status {
    /// Its breaker is open, or the last five attempts have failed.
    Down,
    /// Nothing was heard of it for ten minutes.
    Unknown,
    /// At least a fifth of the attempts failed.
    Degraded,
    /// It does what it should.
    Healthy,
}

/// A ring of outcomes.
#[derive(Debug)]
struct Recent {
    outcomes: [Option<HealthSample>; MOST],
    /// Where the next one goes, which is where the oldest is.
    next: usize,
}

// === impl Health ===

impl Health {
    /// Remembers an outcome.
    pub(crate) fn note(&self, outcome: HealthSample) {
        let mut recent = self.lock();
        let next = recent.next;
        recent.outcomes[next] = Some(outcome);
        recent.next = (next + 1) % MOST;
    }

    /// How it is doing at `now`. `breaker_open` is true while its breaker turns requests away; of a provider, while the
    /// breakers of all its targets do.
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

    /// The outcomes that still count.
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
        // The ring is whole at any time, also if a thread died with the lock.
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

    /// The attempt failed at `at`. A fault of the request itself is none of the upstream's, which has read it and said
    /// so; but how fast it did says nothing about how fast it answers.
    #[must_use]
    pub(crate) fn failed(class: Class, at: Instant) -> Self {
        Self {
            ok: class == Class::Client,
            latency: None,
            at,
        }
    }
}

// === impl Status ===

impl Status {
    /// The word for it in the public API.
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
        }
    }
}

/// The middle one of the times that successes took; of an even number the longer of the two in the middle.
fn median(outcomes: &[HealthSample]) -> Option<Duration> {
    let successes = outcomes.iter().filter(|outcome| outcome.ok);
    let mut latencies: Vec<Duration> = successes.filter_map(|outcome| outcome.latency).collect();
    let middle = latencies.len() / 2;
    latencies.sort_unstable();
    latencies.get(middle).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Notes outcomes a second apart, the last of them at the time that is returned.
    fn health(outcomes: &[Result<u64, Class>]) -> (Health, Instant) {
        let health = Health::default();
        let mut now = Instant::now();
        for outcome in outcomes {
            now += Duration::from_secs(1);
            health.note(match outcome {
                Ok(latency) => HealthSample::answered(Duration::from_millis(*latency), now),
                Err(class) => HealthSample::failed(*class, now),
            });
        }
        (health, now)
    }

    fn status(outcomes: &[Result<u64, Class>]) -> Status {
        let (health, now) = health(outcomes);
        health.report(now, false).status
    }

    const FAILED: Result<u64, Class> = Err(Class::Overloaded);

    #[test]
    fn nothing_is_known_of_what_had_no_request() {
        let report = Health::default().report(Instant::now(), false);
        assert_eq!(report.status, Status::Unknown);
        assert_eq!(report.latency_ms, None);
    }

    #[test]
    fn what_is_older_than_ten_minutes_is_forgotten() {
        let (health, now) = health(&[FAILED, Ok(20)]);
        let later = now + WINDOW - Duration::from_secs(1);
        assert_eq!(health.report(later, false).status, Status::Healthy);
        assert_eq!(health.report(now + WINDOW, false).status, Status::Unknown);
        assert_eq!(health.report(now + WINDOW, false).latency_ms, None);
    }

    #[test]
    fn a_fifth_of_failures_is_too_many() {
        assert_eq!(status(&[Ok(1); 5]), Status::Healthy);
        assert_eq!(status(&[FAILED, Ok(1), Ok(1), Ok(1), Ok(1), Ok(1)]), Status::Healthy);
        assert_eq!(status(&[FAILED, Ok(1), Ok(1), Ok(1), Ok(1)]), Status::Degraded);
        assert_eq!(status(&[FAILED]), Status::Degraded);
    }

    #[test]
    fn five_failures_in_a_row_are_an_outage_and_one_success_ends_it() {
        assert_eq!(status(&[FAILED; 4]), Status::Degraded);
        assert_eq!(status(&[FAILED; 5]), Status::Down);
        let after_many = [&[Ok(1); 40][..], &[FAILED; 5]].concat();
        assert_eq!(status(&after_many), Status::Down);
        let recovered = [&after_many[..], &[Ok(1)]].concat();
        assert_eq!(status(&recovered), Status::Healthy);
    }

    #[test]
    fn only_the_last_fifty_count() {
        let mut outcomes = vec![FAILED; 60];
        outcomes.extend([Ok(1); 40]);
        assert_eq!(status(&outcomes), Status::Degraded);
        outcomes.push(Ok(1));
        assert_eq!(status(&outcomes), Status::Healthy);
    }

    #[test]
    fn an_open_breaker_is_an_outage_whatever_was_heard() {
        let (health, now) = health(&[Ok(10)]);
        let report = health.report(now, true);
        assert_eq!((report.status, report.latency_ms), (Status::Down, Some(10)));
        assert_eq!(
            Health::default().report(now, true).status,
            Status::Down,
            "requests are turned away, whatever happened before"
        );
    }

    #[test]
    fn a_clients_own_fault_says_that_the_upstream_is_well_but_not_how_fast() {
        let (health, now) = health(&[Ok(100), Err(Class::Client), Err(Class::Client)]);
        let report = health.report(now, false);
        assert_eq!(report.status, Status::Healthy);
        assert_eq!(report.latency_ms, Some(100));
        assert_eq!(status(&[Err(Class::Client); 5]), Status::Healthy);
    }

    #[test]
    fn every_other_class_is_a_failure() {
        for class in [
            Class::Refused,
            Class::RateLimited,
            Class::Overloaded,
            Class::Timeout,
            Class::Malformed,
            Class::Plugin,
        ] {
            assert_eq!(status(&[Err(class); 5]), Status::Down, "{class}");
        }
    }

    #[test]
    fn the_latency_is_the_median_of_successes() {
        let (health, now) = health(&[Ok(10), FAILED, Ok(5000), Ok(30)]);
        assert_eq!(health.report(now, false).latency_ms, Some(30));
    }

    #[test]
    fn an_outcome_that_comes_late_from_another_thread_counts_by_its_time() {
        let (health, now) = health(&[Ok(10)]);
        let earlier = now + Duration::from_secs(9);
        health.note(HealthSample::answered(Duration::from_millis(20), earlier));
        assert_eq!(health.report(now, false).latency_ms, Some(20));
        assert_eq!(health.report(now + WINDOW, false).latency_ms, Some(20));
    }

    #[test]
    fn a_model_is_doing_as_well_as_the_best_of_its_targets() {
        let targets = [Status::Down, Status::Healthy, Status::Degraded];
        assert_eq!(targets.into_iter().max(), Some(Status::Healthy));
        assert!(Status::Down < Status::Unknown && Status::Unknown < Status::Degraded);
    }
}

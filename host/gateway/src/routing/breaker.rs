//! The circuit breaker of one target: after n consecutive failures, the target is not tried for a while.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// A circuit breaker. It outlives snapshots, so that a reload does not make a dead target look alive.
#[derive(Debug, Default)]
pub(crate) struct Breaker {
    state: Mutex<BreakerState>,
}

/// The usual states (Nygard, "Release It!").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BreakerState {
    /// Requests pass.
    Closed {
        /// Consecutive failures since the last success.
        failures: u32,
    },
    /// Requests are rejected.
    Open {
        /// When one request may pass as a probe.
        until: Instant,
    },
    /// One probe is in flight.
    HalfOpen,
}

/// When a breaker opens and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Threshold {
    /// The number of consecutive failures that opens it.
    pub(crate) failures: u32,
    /// How long it stays open.
    pub(crate) open_for: Duration,
}

/// Permission for one attempt. If it is dropped without an outcome (the client hung up), the breaker's state does not
/// change, except that another probe may pass.
#[derive(Debug)]
pub(crate) struct Permit {
    breaker: Arc<Breaker>,
    probe: bool,
    settled: bool,
}

// === impl Breaker ===

impl Breaker {
    /// Permits an attempt at `now`. `None` if the breaker is open or a probe is in flight.
    #[must_use]
    pub(crate) fn admit(self: &Arc<Self>, now: Instant) -> Option<Permit> {
        let mut state = self.lock();
        match *state {
            BreakerState::Closed { .. } => Some(self.permit(false)),
            BreakerState::HalfOpen => None,
            BreakerState::Open { until } if now < until => None,
            BreakerState::Open { .. } => {
                *state = BreakerState::HalfOpen;
                Some(self.permit(true))
            }
        }
    }

    /// True if an attempt would be permitted at `now`.
    #[must_use]
    pub(crate) fn admits(&self, now: Instant) -> bool {
        match *self.lock() {
            BreakerState::Closed { .. } => true,
            BreakerState::Open { until } => until <= now,
            BreakerState::HalfOpen => false,
        }
    }

    /// Permits an attempt in any state. For chains in which every breaker is open.
    #[must_use]
    pub(crate) fn force(self: &Arc<Self>) -> Permit {
        self.permit(false)
    }

    /// The current state.
    #[must_use]
    pub(crate) fn state(&self) -> BreakerState {
        *self.lock()
    }

    fn permit(self: &Arc<Self>, probe: bool) -> Permit {
        Permit {
            breaker: Arc::clone(self),
            probe,
            settled: false,
        }
    }

    fn lock(&self) -> MutexGuard<'_, BreakerState> {
        // The state is a plain value, valid even if a thread panicked while it held the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for BreakerState {
    fn default() -> Self {
        Self::Closed { failures: 0 }
    }
}

// === impl Permit ===

impl Permit {
    /// The attempt succeeded: closes the breaker.
    pub(crate) fn succeeded(mut self) {
        self.settled = true;
        *self.breaker.lock() = BreakerState::default();
    }

    /// The attempt failed at `now`: counts the failure, and opens the breaker at the threshold or after a probe.
    pub(crate) fn failed(mut self, now: Instant, threshold: Threshold) {
        self.settled = true;
        let mut state = self.breaker.lock();
        let until = now + threshold.open_for;
        *state = match *state {
            BreakerState::Closed { failures } if failures + 1 < threshold.failures => {
                BreakerState::Closed { failures: failures + 1 }
            }
            BreakerState::Closed { .. } | BreakerState::HalfOpen => BreakerState::Open { until },
            // An attempt from before it opened, or a forced one: this is no new information.
            open @ BreakerState::Open { .. } => open,
        };
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if self.settled || !self.probe {
            return;
        }
        let mut state = self.breaker.lock();
        if *state == BreakerState::HalfOpen {
            *state = BreakerState::Open { until: Instant::now() };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THRESHOLD: Threshold = Threshold {
        failures: 2,
        open_for: Duration::from_mins(1),
    };

    fn pass(breaker: &Arc<Breaker>, now: Instant) -> Permit {
        breaker.admit(now).expect("the breaker rejected a request")
    }

    fn opened(now: Instant) -> Arc<Breaker> {
        let breaker = Arc::new(Breaker::default());
        pass(&breaker, now).failed(now, THRESHOLD);
        pass(&breaker, now).failed(now, THRESHOLD);
        breaker
    }

    #[test]
    fn it_opens_after_n_consecutive_failures() {
        let now = Instant::now();
        let breaker = Arc::new(Breaker::default());
        pass(&breaker, now).failed(now, THRESHOLD);
        pass(&breaker, now).succeeded();
        pass(&breaker, now).failed(now, THRESHOLD);
        assert_eq!(breaker.state(), BreakerState::Closed { failures: 1 });
        pass(&breaker, now).failed(now, THRESHOLD);
        assert_eq!(
            breaker.state(),
            BreakerState::Open {
                until: now + THRESHOLD.open_for
            }
        );
    }

    #[test]
    fn while_open_it_rejects_and_reports_until_when() {
        let now = Instant::now();
        let breaker = opened(now);
        assert!(breaker.admit(now + Duration::from_secs(59)).is_none());
        let until = now + THRESHOLD.open_for;
        assert_eq!(breaker.state(), BreakerState::Open { until });
    }

    #[test]
    fn once_the_open_time_is_over_exactly_one_probe_passes() {
        let now = Instant::now();
        let (breaker, later) = (opened(now), now + THRESHOLD.open_for);
        let probe = pass(&breaker, later);
        assert!(breaker.admit(later).is_none());
        probe.succeeded();
        assert_eq!(breaker.state(), BreakerState::default());
    }

    #[test]
    fn a_failed_probe_reopens_it_at_once() {
        let now = Instant::now();
        let (breaker, later) = (opened(now), now + THRESHOLD.open_for);
        pass(&breaker, later).failed(later, THRESHOLD);
        assert_eq!(
            breaker.state(),
            BreakerState::Open {
                until: later + THRESHOLD.open_for
            }
        );
    }

    #[test]
    fn a_probe_whose_client_hung_up_makes_way_for_another() {
        let now = Instant::now();
        let breaker = opened(now);
        drop(pass(&breaker, now + THRESHOLD.open_for));
        drop(pass(&breaker, Instant::now() + THRESHOLD.open_for));
    }
}

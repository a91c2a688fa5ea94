//! The circuit breaker of one target: after n consecutive failures, the target is not tried for a while.
//!
//! Reading order: [`Breaker`] and its states; [`permit`] is the permission for one attempt, through which its outcome
//! comes back; [`weight`] is how much an outcome counts.

mod permit;
#[cfg(test)]
mod tests;
mod weight;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use jackfield_accounting::clock::unix_millis;
use jackfield_accounting::ledger::utc;
use jackfield_dialects::words::failures::Class;
use tokio::time::Instant;

pub(crate) use permit::{Permit, Stakes};
pub(crate) use weight::Weight;

/// A circuit breaker. It outlives snapshots, so that a reload does not make a dead target look alive.
#[derive(Debug)]
pub(crate) struct Breaker {
    /// The provider's name, for the log.
    provider: Box<str>,
    /// The upstream's name for the model, for the log.
    model: Box<str>,
    current: Mutex<Current>,
}

/// The usual states (Nygard, "Release It!").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BreakerState {
    /// Requests pass.
    Closed {
        /// Consecutive failures since the last success.
        failures: Weight,
    },
    /// Requests are rejected.
    Open {
        /// When one request may pass as a probe.
        until: Instant,
    },
    /// One probe is in flight.
    HalfOpen {
        /// When another may pass, if the first has told nothing by then.
        until: Instant,
    },
}

/// When a breaker opens and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Threshold {
    /// The number of consecutive failures that opens it.
    pub(crate) failures: u32,
    /// How long it stays open, and how long a probe may take before another one passes.
    pub(crate) open_for: Duration,
}

/// A breaker's state, and which one it is. Permits belong to the state in which they were given.
#[derive(Debug, Default)]
struct Current {
    state: BreakerState,
    /// The number of the state, counted over all changes.
    number: u64,
    /// The number of the latest open state.
    opened: u64,
}

// === impl Breaker ===

impl Breaker {
    /// The closed breaker of a target.
    #[must_use]
    pub(crate) fn new(provider: &str, model: &str) -> Self {
        Self {
            provider: provider.into(),
            model: model.into(),
            current: Mutex::default(),
        }
    }

    /// Permits an attempt at `now`. `None` if the breaker is open or a probe is in flight.
    #[must_use]
    pub(crate) fn admit(self: &Arc<Self>, now: Instant, stakes: Stakes) -> Option<Permit> {
        let mut current = self.lock();
        match current.state {
            BreakerState::Closed { .. } => Some(Permit::new(self, current.number, false, now, stakes)),
            BreakerState::Open { until } | BreakerState::HalfOpen { until } if now < until => None,
            BreakerState::Open { .. } | BreakerState::HalfOpen { .. } => {
                let until = now + stakes.threshold.open_for;
                current.become_state(BreakerState::HalfOpen { until });
                Some(Permit::new(self, current.number, true, now, stakes))
            }
        }
    }

    /// Rejects requests until then, because a check of the upstream failed.
    pub(crate) fn hold(&self, class: Class, now: Instant, until: Instant) {
        let mut current = self.lock();
        match current.state {
            BreakerState::Open { until: present } => {
                let until = until.max(present);
                current.state = BreakerState::Open { until };
            }
            BreakerState::Closed { .. } | BreakerState::HalfOpen { .. } => {
                current.become_state(BreakerState::Open { until });
                current.opened = current.number;
                drop(current);
                self.log_opening(class, until.saturating_duration_since(now));
            }
        }
    }

    /// Lets the next request pass as a probe, because the upstream answers its checks again.
    pub(crate) fn release(&self, now: Instant) {
        let mut current = self.lock();
        if let BreakerState::Open { .. } = current.state {
            current.state = BreakerState::Open { until: now };
        }
    }

    /// True if an attempt would be permitted at `now`.
    #[must_use]
    pub(crate) fn admits(&self, now: Instant) -> bool {
        self.rejects_until().is_none_or(|until| until <= now)
    }

    /// Permits an attempt in any state. For chains in which nothing else can be tried.
    #[must_use]
    pub(crate) fn force(self: &Arc<Self>, now: Instant, stakes: Stakes) -> Permit {
        Permit::new(self, self.lock().number, false, now, stakes)
    }

    /// Until when requests are rejected; `None` while they pass.
    #[must_use]
    pub(crate) fn rejects_until(&self) -> Option<Instant> {
        match self.state() {
            BreakerState::Closed { .. } => None,
            BreakerState::Open { until } | BreakerState::HalfOpen { until } => Some(until),
        }
    }

    /// The current state.
    #[must_use]
    pub(crate) fn state(&self) -> BreakerState {
        self.lock().state
    }

    /// Counts a failure of an attempt that was permitted in state `number`.
    fn failed(&self, number: u64, class: Class, weight: Weight, now: Instant, threshold: Threshold) {
        let mut current = self.lock();
        if current.number != number {
            // It began before the state changed, and tells nothing new.
            return;
        }
        match current.state {
            BreakerState::Closed { failures } if failures + weight < Weight::of_failures(threshold.failures) => {
                let failures = failures + weight;
                current.state = BreakerState::Closed { failures };
            }
            BreakerState::Closed { .. } | BreakerState::HalfOpen { .. } => {
                let until = now + threshold.open_for;
                current.become_state(BreakerState::Open { until });
                current.opened = current.number;
                drop(current);
                self.log_opening(class, threshold.open_for);
            }
            // A forced attempt. It was expected to fail.
            BreakerState::Open { .. } => {}
        }
    }

    /// Closes the breaker after the success of an attempt that was permitted in state `number`. Returns the number of
    /// the state that the attempt belongs to from now on.
    fn succeeded(&self, number: u64) -> u64 {
        let mut current = self.lock();
        if number < current.opened {
            // It began before the target failed.
            return number;
        }
        if let BreakerState::Closed { .. } = current.state {
            current.state = BreakerState::default();
        } else {
            current.become_state(BreakerState::default());
            let (provider, upstream_model) = (&*self.provider, &*self.model);
            tracing::info!(provider, upstream_model, "breaker closed: the target answers again");
        }
        current.number
    }

    /// Makes way for another probe after one that was permitted in state `number` and told nothing.
    fn untold(&self, number: u64, now: Instant) {
        let mut current = self.lock();
        if current.number == number && matches!(current.state, BreakerState::HalfOpen { .. }) {
            current.state = BreakerState::HalfOpen { until: now };
        }
    }

    fn log_opening(&self, class: Class, open_for: Duration) {
        let (provider, upstream_model) = (&*self.provider, &*self.model);
        let until = utc(unix_millis(SystemTime::now() + open_for));
        tracing::warn!(provider, upstream_model, %class, until, "breaker opened: the target is skipped");
    }

    fn lock(&self) -> MutexGuard<'_, Current> {
        // The state is a plain value, valid even if a thread panicked while it held the lock.
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Current ===

impl Current {
    fn become_state(&mut self, state: BreakerState) {
        self.state = state;
        self.number += 1;
    }
}

// === impl BreakerState ===

impl BreakerState {
    /// Its name in the operators' API.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Closed { .. } => "closed",
            Self::Open { .. } => "open",
            Self::HalfOpen { .. } => "half-open",
        }
    }
}

impl Default for BreakerState {
    fn default() -> Self {
        Self::Closed {
            failures: Weight::default(),
        }
    }
}

//! The permission for one attempt, through which the breaker learns how it ended.

use std::sync::Arc;
use std::time::Duration;

use jackfield_dialects::words::failures::Class;
use tokio::time::Instant;

use super::{Breaker, Threshold, Weight};
use crate::error::Failure;

/// How the outcome of an attempt counts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stakes {
    /// When the breaker opens.
    pub(crate) threshold: Threshold,
    /// How long a silence would be a time-out. A client that leaves sooner counts in proportion.
    pub(crate) patience: Duration,
    /// The client asked the model to think, which explains a time-out in part.
    pub(crate) thinking: bool,
}

/// Permission for one attempt. It belongs to the state in which it was given: an outcome of an attempt from before the
/// breaker opened neither closes it nor opens it again.
///
/// Dropped without an outcome, it means that the client left. If the upstream had been silent until then, that counts
/// in proportion to the silence.
#[derive(Debug)]
pub(crate) struct Permit {
    breaker: Arc<Breaker>,
    /// The number of the state that it belongs to.
    state: u64,
    probe: bool,
    began: Instant,
    stakes: Stakes,
    /// The upstream has said something.
    heard: bool,
    settled: bool,
}

// === impl Permit ===

impl Permit {
    pub(super) fn new(breaker: &Arc<Breaker>, state: u64, probe: bool, began: Instant, stakes: Stakes) -> Self {
        Self {
            breaker: Arc::clone(breaker),
            state,
            probe,
            began,
            stakes,
            heard: false,
            settled: false,
        }
    }

    /// The upstream has said something: from here on, a client that leaves says nothing about the target.
    pub(crate) fn heard(&mut self) {
        self.heard = true;
    }

    /// A stream's first content has arrived. That settles a probe; whether a closed breaker stays closed is decided by
    /// the stream's end.
    pub(crate) fn first_content(&mut self) {
        self.heard = true;
        if self.breaker.rejects_until().is_some() {
            self.state = self.breaker.succeeded(self.state);
            self.probe = false;
        }
    }

    /// The attempt succeeded: closes the breaker.
    pub(crate) fn succeeded(mut self) {
        self.settled = true;
        self.breaker.succeeded(self.state);
    }

    /// The attempt failed at `now`: counts the failure, and opens the breaker at the threshold or after a probe.
    pub(crate) fn failed(mut self, class: Class, now: Instant) {
        self.settled = true;
        let explained = class == Class::Timeout && self.stakes.thinking;
        let weight = if explained { Weight::EXPLAINED } else { Weight::FAILURE };
        self.breaker
            .failed(self.state, class, weight, now, self.stakes.threshold);
    }

    /// The attempt ended in this failure at `now`: what the request is at fault for is a success of the target, and what
    /// blames no target says nothing about it.
    pub(crate) fn judged(self, failure: &Failure, now: Instant) {
        if !failure.blames_target() {
            self.untold();
        } else if failure.class.is_clients() {
            self.succeeded();
        } else {
            self.failed(failure.class, now);
        }
    }

    /// The attempt ended in a way that says nothing about the target.
    pub(crate) fn untold(mut self) {
        self.settled = true;
        self.make_way(Instant::now());
    }

    fn make_way(&self, now: Instant) {
        if self.probe {
            self.breaker.untold(self.state, now);
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if self.settled {
            return;
        }
        let now = Instant::now();
        let silence = Weight::of_silence(now.saturating_duration_since(self.began), self.stakes.patience);
        // One client that left early does not keep all others from a target that may be well again.
        let least = if self.probe {
            Weight::EXPLAINED
        } else {
            Weight::default()
        };
        if self.heard || silence <= least {
            self.make_way(now);
        } else {
            let threshold = self.stakes.threshold;
            self.breaker.failed(self.state, Class::Timeout, silence, now, threshold);
        }
    }
}

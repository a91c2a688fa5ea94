//! What is counted of one shaper, over all snapshots that have it.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

/// The counts of one shaper. Shared by the shapers of that name in all snapshots.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    calls: AtomicU64,
    kept: AtomicU64,
    nanoseconds: AtomicU64,
    refusals: AtomicU64,
    failures: AtomicU64,
}

/// How a call of a shaper ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Called {
    /// It let pass what it saw, changed or not.
    Passed,
    /// It refused it.
    Refused,
    /// It failed over it.
    Failed,
}

/// What was counted of a shaper.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Requests, replies and pieces of streams that it saw.
    pub(crate) calls: u64,
    /// Requests among them that were decided by what it had decided before, without a call.
    pub(crate) kept: u64,
    /// How long it took for all of them, waits for its thread or its server included.
    pub(crate) took: Duration,
    /// What it refused.
    pub(crate) refusals: u64,
    /// What it failed over.
    pub(crate) failures: u64,
}

// === impl Tally ===

impl Tally {
    pub(super) fn count(&self, took: Duration, called: Called) {
        self.calls.fetch_add(1, Relaxed);
        self.nanoseconds.fetch_add(took.as_nanos() as u64, Relaxed);
        match called {
            Called::Passed => 0,
            Called::Refused => self.refusals.fetch_add(1, Relaxed),
            Called::Failed => self.failures.fetch_add(1, Relaxed),
        };
    }

    /// A request was decided by what the shaper had decided before.
    pub(super) fn decided_before(&self) {
        self.kept.fetch_add(1, Relaxed);
    }

    /// What was counted so far.
    pub(crate) fn counts(&self) -> Counts {
        Counts {
            calls: self.calls.load(Relaxed),
            kept: self.kept.load(Relaxed),
            took: Duration::from_nanos(self.nanoseconds.load(Relaxed)),
            refusals: self.refusals.load(Relaxed),
            failures: self.failures.load(Relaxed),
        }
    }
}

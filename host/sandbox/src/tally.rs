//! How often a plugin was called, for how long, and what went wrong: counters that no core waits for.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::time::Duration;

use crate::CallError;

/// How many threads count in places of their own. More share them.
const SLOTS: usize = 16;

/// The number of threads that have counted.
static THREADS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Selects the place in which this thread counts.
    static THREAD_NUMBER: usize = THREADS.fetch_add(1, Relaxed);
}

/// Calls and their time.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    slots: [Slot; SLOTS],
}

/// The counts of one thread, on cache lines of their own.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Slot {
    calls: AtomicU64,
    nanoseconds: AtomicU64,
}

/// What went wrong in calls, and how much memory an instance needed. Both change rarely.
#[derive(Debug, Default)]
pub(crate) struct Strains {
    /// By the place of its name in [`CallError::KINDS`].
    faults: [AtomicU64; CallError::KINDS.len()],
    memory: AtomicUsize,
}

/// What a plugin's calls have needed since it was loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StrainReport {
    /// How many calls the sandbox ended, by the kind of error.
    pub faults: [(&'static str, u64); CallError::KINDS.len()],
    /// The most memory that one instance had, in bytes.
    pub memory_bytes: usize,
}

// === impl Calls ===

impl Calls {
    pub(crate) fn ran(&self, took: Duration) {
        let slot = &self.slots[THREAD_NUMBER.with(|number| number % SLOTS)];
        slot.calls.fetch_add(1, Relaxed);
        slot.nanoseconds.fetch_add(took.as_nanos() as u64, Relaxed);
    }

    /// How many, and how long all of them took together.
    pub(crate) fn total(&self) -> (u64, Duration) {
        let sum = |count: fn(&Slot) -> &AtomicU64| self.slots.iter().map(|slot| count(slot).load(Relaxed)).sum();
        let nanoseconds = sum(|slot| &slot.nanoseconds);
        (sum(|slot| &slot.calls), Duration::from_nanos(nanoseconds))
    }
}

// === impl Strains ===

impl Strains {
    pub(crate) fn failed(&self, error: &CallError) {
        self.faults[error.place()].fetch_add(1, Relaxed);
    }

    pub(crate) fn used(&self, memory: usize) {
        // Written for few calls, so that no core waits for another's cache.
        if memory > self.memory.load(Relaxed) {
            self.memory.fetch_max(memory, Relaxed);
        }
    }

    pub(crate) fn report(&self) -> StrainReport {
        let mut faults = CallError::KINDS.map(|kind| (kind, 0));
        for (fault, count) in faults.iter_mut().zip(&self.faults) {
            fault.1 = count.load(Relaxed);
        }
        StrainReport {
            faults,
            memory_bytes: self.memory.load(Relaxed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_threads_count_adds_up() {
        let calls = Calls::default();
        std::thread::scope(|scope| {
            for _ in 0..SLOTS + 4 {
                scope.spawn(|| calls.ran(Duration::from_micros(2)));
            }
        });
        assert_eq!(calls.total(), (20, Duration::from_micros(40)));
    }

    #[test]
    fn faults_are_counted_by_their_kind_and_the_most_memory_stays() {
        let strains = Strains::default();
        strains.failed(&CallError::Trap("unreachable".to_owned()));
        strains.failed(&CallError::Memory(1));
        strains.failed(&CallError::Memory(2));
        strains.used(100);
        strains.used(50);
        let report = strains.report();
        assert_eq!(report.memory_bytes, 100);
        let counted: Vec<_> = report.faults.into_iter().filter(|(_, count)| *count > 0).collect();
        assert_eq!(counted, [("trap", 1), ("memory", 2)]);
    }
}

//! How long a plugin's calls take, and whether that makes it slow. Time is a value here: no clock is read.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64};
use std::time::Duration;

/// A plugin whose calls take longer than this on average is slow: so long may others on the same thread wait. It is about
/// what a whole request takes otherwise; handing a call to another thread costs a tenth of it.
const SLOW: u64 = 400_000;

/// A slow plugin whose calls take less than this on average may become fast again.
const FAST: u64 = SLOW / 2;

/// From this average on, the time on the core is measured as well, which costs a system call.
const SUSPECT: u64 = SLOW / 4;

/// What the time on the clock counts for at most: a thread may have lost its core meanwhile.
const UNVERIFIED: Duration = Duration::from_millis(8);

/// From this time on, it counts for what it is: no thread waits so long for a core, unless all is lost anyway.
const CERTAIN: Duration = Duration::from_millis(50);

/// The weight of one call in the average: one part in so many. One call of more than 50 ms makes a plugin slow, and so do
/// a dozen of 2 ms; a single one of 10 ms, which may have lost its core in the middle, does not.
const WEIGHT: u64 = 32;

/// After how many calls in a row, none of which took longer than [`SLOW`], a plugin becomes fast again for the first time.
/// It doubles with each time that the plugin becomes slow: one that is fast for a while to be slow again stays slow.
const STREAK: u32 = 128;

/// Where the doubling ends.
const LONGEST_STREAK: u32 = STREAK << 8;

/// The average of one plugin, in nanoseconds, and what follows from it. Written by all threads without locks: a lost
/// update is one call that does not count.
#[derive(Debug)]
pub(super) struct Measure {
    slow: AtomicBool,
    /// It stays slow whatever its calls take.
    pinned: bool,
    mean: AtomicU64,
    /// How many calls in a row were fast since it became slow.
    streak: AtomicU32,
    /// How many it takes.
    needed: AtomicU32,
}

// === impl Measure ===

impl Default for Measure {
    fn default() -> Self {
        Self {
            slow: AtomicBool::new(false),
            pinned: false,
            mean: AtomicU64::new(0),
            streak: AtomicU32::new(0),
            needed: AtomicU32::new(STREAK),
        }
    }
}

impl Measure {
    /// That of a plugin that imports WASI. Its functions need a runtime of their own, so on a thread of the gateway's
    /// runtime each call would need a new thread.
    pub(super) fn always_slow() -> Self {
        Self {
            slow: AtomicBool::new(true),
            pinned: true,
            ..Self::default()
        }
    }

    /// Whether calls belong on other threads. One atomic load.
    pub(super) fn is_slow(&self) -> bool {
        self.slow.load(Relaxed)
    }

    /// Whether it may be slow, so that its next call is to be measured by the time on the core.
    pub(super) fn is_suspect(&self) -> bool {
        self.mean.load(Relaxed) > SUSPECT
    }

    /// What a call counts for that took this long by the clock.
    pub(super) fn unverified(took: Duration) -> Duration {
        if took < CERTAIN { took.min(UNVERIFIED) } else { took }
    }

    /// How long a call takes on average; zero before the first.
    pub(super) fn mean(&self) -> Duration {
        Duration::from_nanos(self.mean.load(Relaxed))
    }

    /// A call on the request's thread took this long. Returns whether that makes the plugin slow.
    pub(super) fn ran_here(&self, took: Duration) -> bool {
        let turns = self.average(took) > SLOW && !self.slow.swap(true, Relaxed);
        if turns {
            self.streak.store(0, Relaxed);
        }
        turns
    }

    /// A call on another thread took this long. Returns whether the plugin is fast from now on.
    pub(super) fn ran_away(&self, took: Duration) -> bool {
        // Of a plugin that began as slow, the first call is all that is known.
        let first = self.mean.compare_exchange(0, nanoseconds(took), Relaxed, Relaxed);
        let mean = first.map_or_else(|_| self.average(took), |_| nanoseconds(took));
        if nanoseconds(took) > SLOW {
            self.streak.store(0, Relaxed);
            return false;
        }
        let (streak, needed) = (self.streak.fetch_add(1, Relaxed) + 1, self.needed.load(Relaxed));
        if self.pinned || mean >= FAST || streak < needed {
            return false;
        }
        self.needed.store((needed * 2).min(LONGEST_STREAK), Relaxed);
        self.slow.swap(false, Relaxed)
    }

    /// The average with this call.
    fn average(&self, took: Duration) -> u64 {
        let (took, mean) = (nanoseconds(took), self.mean.load(Relaxed));
        let difference = took.abs_diff(mean);
        // Most calls take what they always take: nothing is written for them, so no core waits for another's cache.
        if difference < mean / 8 {
            return mean;
        }
        let step = difference / WEIGHT;
        let mean = if took > mean { mean + step } else { mean - step };
        self.mean.store(mean, Relaxed);
        mean
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX).min(1 << 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn here(measure: &Measure, count: u32, took: Duration) {
        for _ in 0..count {
            measure.ran_here(took);
        }
    }

    fn away(measure: &Measure, count: u32, took: Duration) {
        for _ in 0..count {
            measure.ran_away(took);
        }
    }

    #[test]
    fn one_call_that_reaches_its_deadline_makes_a_plugin_slow() {
        let measure = Measure::default();
        here(&measure, 1_000, MS / 100);
        assert!(!measure.is_slow());
        here(&measure, 1, 100 * MS);
        assert!(measure.is_slow());
    }

    #[test]
    fn calls_of_two_milliseconds_make_it_slow_after_a_dozen() {
        let measure = Measure::default();
        here(&measure, 4, 2 * MS);
        assert!(!measure.is_slow());
        here(&measure, 8, 2 * MS);
        assert!(measure.is_slow());
    }

    #[test]
    fn a_call_that_lost_its_core_now_and_then_does_not() {
        let measure = Measure::default();
        for _ in 0..100 {
            here(&measure, 100, MS / 50);
            here(&measure, 1, 10 * MS);
            assert!(!measure.is_slow());
        }
    }

    #[test]
    fn one_call_that_lost_its_core_for_long_makes_a_plugin_suspect_and_no_more() {
        let measure = Measure::default();
        here(&measure, 1, Measure::unverified(40 * MS));
        assert!(measure.is_suspect() && !measure.is_slow());
        here(&measure, 1, Measure::unverified(50 * MS));
        assert!(measure.is_slow());
    }

    #[test]
    fn calls_of_a_third_of_a_millisecond_are_fast_enough() {
        let measure = Measure::default();
        here(&measure, 10_000, MS / 3);
        assert!(!measure.is_slow());
    }

    #[test]
    fn it_becomes_fast_again_after_many_fast_calls_in_a_row_and_later_each_time() {
        let measure = Measure::default();
        for needed in [STREAK, 2 * STREAK, 4 * STREAK] {
            here(&measure, 1, 100 * MS);
            assert!(measure.is_slow());
            away(&measure, needed - 1, MS / 50);
            // One slow call begins the count anew.
            away(&measure, 1, 2 * MS);
            away(&measure, needed - 1, MS / 50);
            assert!(measure.is_slow(), "{needed}");
            away(&measure, 1, MS / 50);
            assert!(!measure.is_slow(), "{needed}");
        }
    }

    #[test]
    fn calls_between_the_two_bounds_change_nothing() {
        let measure = Measure::default();
        here(&measure, 1, 100 * MS);
        away(&measure, 10_000, MS * 3 / 10);
        assert!(measure.is_slow());
    }

    #[test]
    fn what_imports_wasi_stays_slow() {
        let measure = Measure::always_slow();
        away(&measure, 100_000, MS / 100);
        assert!(measure.is_slow());
    }
}

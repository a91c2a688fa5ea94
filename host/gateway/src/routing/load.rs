//! How busy and how quick a target is, for the steps that choose by it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

/// The part of the mean that the latest time makes up: one in this many.
const LATEST: f64 = 4.0;

/// The load of one target, over all requests of the process. Like breakers, it outlives snapshots.
#[derive(Debug, Default)]
pub(crate) struct Load {
    in_flight: AtomicUsize,
    /// To the first content of a stream.
    streams: Pace,
    /// To the end of a whole reply.
    whole: Pace,
}

/// A request in flight at a target, until this is dropped.
#[derive(Debug)]
pub(crate) struct Busy(Arc<Load>);

/// The mean of some times, in which older ones count less and less: in microseconds, 0 for none.
#[derive(Debug, Default)]
struct Pace(AtomicU64);

// === impl Load ===

impl Load {
    /// Counts one more request in flight.
    pub(super) fn begin(self: &Arc<Self>) -> Busy {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        Busy(Arc::clone(self))
    }

    /// The number of requests in flight.
    #[must_use]
    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// A reply took this long: a stream to its first content, a whole one to its end.
    pub(super) fn took(&self, stream: bool, time: Duration) {
        self.pace(stream).add(time);
    }

    /// How long replies take of late; `None` if there were none.
    #[must_use]
    pub(crate) fn latency(&self, stream: bool) -> Option<Duration> {
        self.pace(stream).mean()
    }

    fn pace(&self, stream: bool) -> &Pace {
        if stream { &self.streams } else { &self.whole }
    }
}

// === impl Busy ===

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

// === impl Pace ===

impl Pace {
    /// Two that come at once may count as one.
    fn add(&self, time: Duration) {
        let mean = self
            .mean()
            .map_or(time, |mean| mean.mul_f64(1.0 - 1.0 / LATEST) + time.div_f64(LATEST));
        let micros = u64::try_from(mean.as_micros()).unwrap_or(u64::MAX);
        self.0.store(micros.max(1), Ordering::Relaxed);
    }

    fn mean(&self) -> Option<Duration> {
        let micros = self.0.load(Ordering::Relaxed);
        (micros > 0).then(|| Duration::from_micros(micros))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_in_flight_until_it_is_dropped() {
        let load = Arc::new(Load::default());
        let (one, other) = (load.begin(), load.begin());
        assert_eq!(load.in_flight(), 2);
        drop(one);
        assert_eq!(load.in_flight(), 1);
        drop(other);
        assert_eq!(load.in_flight(), 0);
    }

    #[test]
    fn the_latest_time_makes_up_a_quarter_of_the_mean() {
        let (load, ms) = (Load::default(), Duration::from_millis);
        assert_eq!(load.latency(true), None);
        load.took(true, ms(100));
        assert_eq!(load.latency(true), Some(ms(100)));
        load.took(true, ms(500));
        assert_eq!(load.latency(true), Some(ms(200)));
        assert_eq!(load.latency(false), None, "whole replies take another time");
        load.took(false, Duration::ZERO);
        assert!(load.latency(false).is_some());
    }
}

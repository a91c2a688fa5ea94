//! How much of a worker's recent time each caller has taken.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::caller::Payer;

/// What was taken counts half after each of these.
const WINDOW: Duration = Duration::from_millis(16);

/// The most callers that are told apart. There may be more, with next to nothing each.
const MOST: usize = 1024;

/// A worker is shared if all but one have taken more than this part of its recent time. It is small: who has to wait behind a
/// hundred others takes next to nothing.
const SHARED: u64 = 4096;

/// Who has taken more than this part of the recent time has taken much. So have seven at most.
const MUCH: u64 = 8;

/// The shares of one worker.
#[derive(Debug)]
pub(super) struct Shares {
    began: Instant,
    /// The number of the present window.
    window: u64,
    /// What all have taken, in nanoseconds, as it counts in the present window.
    total: u64,
    /// Mostly of a few: a tree finds them without a hash.
    taken: BTreeMap<Payer, Taken>,
}

/// What one has taken.
#[derive(Debug, Clone, Copy)]
struct Taken {
    /// The window in which it counts as much.
    window: u64,
    nanos: u64,
}

// === impl Shares ===

impl Shares {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            began: now,
            window: 0,
            total: 0,
            taken: BTreeMap::new(),
        }
    }

    /// This caller has worked for so long, until now.
    pub(super) fn charge(&mut self, payer: Payer, took: Duration, now: Instant) {
        self.turn_to(now);
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.total = self.total.saturating_add(nanos);
        if self.taken.len() >= MOST && !self.taken.contains_key(&payer) {
            let window = self.window;
            self.taken.retain(|_, taken| taken.in_window(window) > 0);
            if self.taken.len() >= MOST {
                return;
            }
        }
        let window = self.window;
        let taken = self.taken.entry(payer).or_insert(Taken { window, nanos: 0 });
        *taken = Taken {
            window,
            nanos: taken.in_window(window).saturating_add(nanos),
        };
    }

    /// Whether this caller has taken much of the recent time of a worker that it shares.
    pub(super) fn takes_much(&mut self, payer: Payer, now: Instant) -> bool {
        self.turn_to(now);
        let own = self.own(payer);
        own > self.total / MUCH && self.total.saturating_sub(own) > self.total / SHARED
    }

    /// Whether this caller has nobody beside it here.
    pub(super) fn is_alone(&mut self, payer: Payer, now: Instant) -> bool {
        self.turn_to(now);
        self.total.saturating_sub(self.own(payer)) <= self.total / SHARED
    }

    fn own(&self, payer: Payer) -> u64 {
        self.taken.get(&payer).map_or(0, |taken| taken.in_window(self.window))
    }

    fn turn_to(&mut self, now: Instant) {
        let window = now.saturating_duration_since(self.began).as_nanos() / WINDOW.as_nanos();
        let window = u64::try_from(window).unwrap_or(u64::MAX);
        self.total = halved(self.total, window - self.window.min(window));
        self.window = window;
    }
}

// === impl Taken ===

impl Taken {
    fn in_window(self, window: u64) -> u64 {
        halved(self.nanos, window.saturating_sub(self.window))
    }
}

/// A number after so many halvings.
fn halved(number: u64, times: u64) -> u64 {
    u32::try_from(times)
        .ok()
        .and_then(|times| number.checked_shr(times))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TURN: Duration = Duration::from_micros(100);

    #[test]
    fn who_is_alone_takes_nothing_from_anybody() {
        let now = Instant::now();
        let mut shares = Shares::new(now);
        let alone = Payer::new(&"alone");
        for _ in 0..100 {
            shares.charge(alone, TURN, now);
        }
        assert!(!shares.takes_much(alone, now) && shares.is_alone(alone, now));
        let other = Payer::new(&"other");
        shares.charge(other, TURN, now);
        assert!(!shares.is_alone(alone, now) && !shares.is_alone(other, now));
    }

    #[test]
    fn who_takes_little_takes_not_much_for_as_long_as_others_are_there() {
        let now = Instant::now();
        let mut shares = Shares::new(now);
        let (busy, other) = (Payer::new(&"busy"), Payer::new(&"other"));
        for _ in 0..10 {
            shares.charge(busy, TURN, now);
        }
        shares.charge(other, TURN, now);
        assert!(shares.takes_much(busy, now) && !shares.takes_much(other, now));
        // What counts is the recent time: the other has gone.
        let later = now + 10 * WINDOW;
        for _ in 0..10 {
            shares.charge(busy, TURN, later);
        }
        assert!(!shares.takes_much(busy, later));
        // And now both are busy.
        for _ in 0..5 {
            shares.charge(other, TURN, later);
        }
        assert!(shares.takes_much(other, later) && shares.takes_much(busy, later));
        // And now it is the first that has gone.
        let last = later + 5 * WINDOW;
        for _ in 0..5 {
            shares.charge(other, TURN, last);
        }
        assert!(shares.takes_much(other, last) && !shares.takes_much(busy, last));
    }

    #[test]
    fn no_crowd_takes_more_than_its_memory() {
        let now = Instant::now();
        let mut shares = Shares::new(now);
        for number in 0..3 * MOST {
            shares.charge(Payer::new(&number), TURN, now);
        }
        assert_eq!(shares.taken.len(), MOST);
        let later = now + 64 * WINDOW;
        shares.charge(Payer::new(&"new"), TURN, later);
        assert_eq!(shares.taken.len(), 1);
    }
}

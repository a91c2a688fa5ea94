//! How many lines of a batch may be in flight: fewer while others need the room, and none for a while after a refusal.

use std::time::Duration;

use tokio::time::Instant;

/// The first wait after a refusal that names none, doubled with each one.
const SHORTEST: Duration = Duration::from_secs(1);

/// The longest wait, whatever was asked for: what refused may be free again earlier.
const LONGEST: Duration = Duration::from_mins(5);

/// The pace of one batch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    allowed: usize,
    refusals: u32,
    until: Option<Instant>,
}

// === impl Pace ===

impl Pace {
    /// A batch begins with one line.
    pub(super) const fn new() -> Self {
        Self {
            allowed: 1,
            refusals: 0,
            until: None,
        }
    }

    /// A line was answered: one more may be in flight.
    pub(super) fn answered(&mut self) {
        self.refusals = 0;
        self.allowed = self.allowed.saturating_add(1);
    }

    /// A line was refused for now, and may come again after this time. Those that were sent together count once.
    pub(super) fn refused(&mut self, after: Duration, now: Instant) {
        self.allowed = 1;
        if self.until.is_some_and(|until| now < until) {
            return;
        }
        let own = SHORTEST.saturating_mul(1 << self.refusals.min(16));
        self.refusals += 1;
        self.until = Some(now + after.max(own).min(LONGEST));
    }

    /// Whether another line may begin while so many are in flight.
    pub(super) fn lets_begin(&self, in_flight: usize, now: Instant) -> bool {
        in_flight < self.allowed && self.until.is_none_or(|until| now >= until)
    }

    /// When the wait is over, if there is one.
    pub(super) fn waits_until(&self, now: Instant) -> Option<Instant> {
        self.until.filter(|until| now < *until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn each_answer_lets_one_more_begin() {
        let (mut pace, now) = (Pace::new(), Instant::now());
        assert!(pace.lets_begin(0, now) && !pace.lets_begin(1, now));
        pace.answered();
        assert!(pace.lets_begin(1, now) && !pace.lets_begin(2, now));
    }

    #[tokio::test(start_paused = true)]
    async fn refusals_in_a_row_wait_longer_and_together_count_once() {
        let (mut pace, mut now) = (Pace::new(), Instant::now());
        for seconds in [1, 2, 4, 8] {
            pace.refused(Duration::ZERO, now);
            pace.refused(Duration::ZERO, now);
            let until = now + Duration::from_secs(seconds);
            assert_eq!(pace.waits_until(now), Some(until));
            assert!(!pace.lets_begin(0, now) && pace.lets_begin(0, until));
            now = until;
        }
        pace.answered();
        pace.refused(Duration::from_secs(30), now);
        assert_eq!(pace.waits_until(now), Some(now + Duration::from_secs(30)));
    }

    #[tokio::test(start_paused = true)]
    async fn no_wait_is_longer_than_five_minutes() {
        let (mut pace, mut now) = (Pace::new(), Instant::now());
        pace.refused(Duration::from_hours(24), now);
        assert_eq!(pace.waits_until(now), Some(now + LONGEST));
        for _ in 0..40 {
            now += LONGEST;
            pace.refused(Duration::ZERO, now);
        }
        assert_eq!(pace.waits_until(now), Some(now + LONGEST));
    }
}

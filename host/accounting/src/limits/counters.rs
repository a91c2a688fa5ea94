//! The counters of one user: when periods roll over, which requests pass, and when there is room again. Time is a
//! value.

use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

use super::{Charge, Limit, Quota, Refused, Usage};
use crate::clock::{DAY_MILLIS, HOUR_MILLIS, MINUTE_MILLIS, SECOND_MILLIS, unix_millis};

/// A second counts until all of it is older than this many seconds, so that no interval of sixty seconds, wherever it
/// begins, sees more requests than `per_minute`. Including the current second, at most 61 are kept.
const MINUTE_SECONDS: u64 = 60;

/// The largest backward step of the clock that is ignored. Threads read the clock before they acquire the lock, so it
/// appears to step back a little, and clocks are corrected. A larger step is taken as real.
const IGNORED_STEP_BACK_MILLIS: u64 = MINUTE_MILLIS;

/// The retry time for a user with too many streams: nobody knows when the next one ends.
const STREAM_RETRY: Duration = Duration::from_secs(1);

/// A time, in milliseconds since 1970.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(u64);

/// What a user used before this process started, according to the ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PriorUsage {
    /// The sum of `request_cost` since midnight UTC.
    pub day: u64,
    /// The number of requests since the top of the hour.
    pub hour: u64,
    /// Requests of the last minute as pairs, in any order: a second since 1970 and the number of requests that began
    /// in it. Older pairs are ignored.
    pub seconds: Vec<(u64, u64)>,
}

/// When a request was counted and what it cost: what a refund needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    /// Days since 1970.
    pub(super) day: u64,
    /// Hours since 1970.
    pub(super) hour: u64,
    /// Seconds since 1970.
    pub(super) second: u64,
    /// The cost charged to the day.
    pub(super) cost: u64,
}

/// The counters of one user.
#[derive(Debug, Default)]
pub(super) struct Counters {
    /// The latest time seen.
    seen: Moment,
    day: Period,
    hour: Period,
    minute: Minute,
    streams: u64,
}

/// A day or an hour.
#[derive(Debug, Default)]
struct Period {
    /// Days or hours since 1970.
    number: u64,
    used: u64,
}

/// The current second and the sixty before it.
#[derive(Debug, Default)]
struct Minute {
    /// The seconds since 1970 that saw requests and their number, oldest first.
    seconds: VecDeque<(u64, u64)>,
    used: u64,
}

// === impl Moment ===

impl Moment {
    #[cfg(test)]
    pub(super) fn millis(self) -> u64 {
        self.0
    }

    /// Hours since 1970.
    pub(super) fn hour(self) -> u64 {
        self.0 / HOUR_MILLIS
    }

    fn day(self) -> u64 {
        self.0 / DAY_MILLIS
    }

    fn second(self) -> u64 {
        self.0 / SECOND_MILLIS
    }

    fn until(self, millis: u64) -> Duration {
        Duration::from_millis(millis.saturating_sub(self.0))
    }
}

impl From<SystemTime> for Moment {
    fn from(time: SystemTime) -> Self {
        Self(unix_millis(time).cast_unsigned())
    }
}

// === impl Counters ===

impl Counters {
    /// Counts a request at `now` unless a limit refuses it.
    ///
    /// # Errors
    /// [`Refused::Limit`]; in that case nothing is counted.
    pub(super) fn take(&mut self, quota: &Quota, charge: Charge, now: Moment) -> Result<Stamp, Refused> {
        let now = self.advance(now);
        self.check(quota, charge, now)?;
        Ok(self.count(charge, now))
    }

    /// Whether the least request would be refused at `now`: one that costs one and is no stream.
    ///
    /// # Errors
    /// [`Refused::Limit`].
    pub(super) fn peek(&mut self, quota: &Quota, now: Moment) -> Result<(), Refused> {
        let now = self.advance(now);
        let least = Charge { day: 1, stream: false };
        self.check(quota, least, now)
    }

    /// Counts a request at `now` whatever the limits are: somebody else has admitted it.
    pub(super) fn record(&mut self, charge: Charge, now: Moment) -> Stamp {
        let now = self.advance(now);
        self.count(charge, now)
    }

    /// Refunds a request to each period that has not ended since.
    pub(super) fn refund(&mut self, stamp: Stamp) {
        self.day.refund(stamp.day, stamp.cost);
        self.hour.refund(stamp.hour, 1);
        self.minute.refund(stamp.second);
    }

    pub(super) fn end_stream(&mut self) {
        self.streams = self.streams.saturating_sub(1);
    }

    /// Adds what was used before this process started.
    pub(super) fn restore(&mut self, prior: &PriorUsage, now: Moment) {
        let now = self.advance(now);
        self.day.used = self.day.used.saturating_add(prior.day);
        self.hour.used = self.hour.used.saturating_add(prior.hour);
        let mut seconds = prior.seconds.clone();
        seconds.extend(self.minute.seconds.drain(..));
        seconds.sort_unstable();
        self.minute = Minute::default();
        for (second, used) in seconds {
            self.minute.count(second.min(now.second()), used);
        }
        self.minute.advance(now.second());
    }

    /// What has been used at `now`.
    pub(super) fn usage(&mut self, now: Moment) -> Usage {
        self.advance(now);
        Usage {
            day: self.day.used,
            hour: self.hour.used,
            minute: self.minute.used,
            streams: self.streams,
        }
    }

    /// Whether dropping these counters at `now` loses nothing.
    pub(super) fn is_idle(&mut self, now: Moment) -> bool {
        self.usage(now) == Usage::default()
    }

    /// Resets the periods that have ended, and returns the time to count at.
    fn advance(&mut self, now: Moment) -> Moment {
        let back = self.seen.0.saturating_sub(now.0);
        let now = if back <= IGNORED_STEP_BACK_MILLIS {
            now.max(self.seen)
        } else {
            now
        };
        self.seen = now;
        self.day.advance(now.day());
        self.hour.advance(now.hour());
        self.minute.advance(now.second());
        now
    }

    fn check(&self, quota: &Quota, charge: Charge, now: Moment) -> Result<(), Refused> {
        let day_ends = (now.day() + 1).saturating_mul(DAY_MILLIS);
        let hour_ends = (now.hour() + 1).saturating_mul(HOUR_MILLIS);
        let day = exceeds(self.day.used, charge.day, quota.per_day).then(|| (Limit::Day, now.until(day_ends)));
        let hour = exceeds(self.hour.used, 1, quota.per_hour).then(|| (Limit::Hour, now.until(hour_ends)));
        let full = |limit: &u64| exceeds(self.minute.used, 1, Some(*limit));
        let minute = quota.per_minute.filter(full).map(|limit| {
            let second = self.minute.has_room_at(limit, now.second());
            let room = second.saturating_mul(SECOND_MILLIS);
            (Limit::Minute, now.until(room))
        });
        let streams = (charge.stream && exceeds(self.streams, 1, quota.concurrent_streams))
            .then_some((Limit::ConcurrentStreams, STREAM_RETRY));
        let refusals = [day, hour, minute, streams].into_iter().flatten();
        match refusals.reduce(|first, next| (first.0, first.1.max(next.1))) {
            Some((which, retry_after)) => Err(Refused::Limit { which, retry_after }),
            None => Ok(()),
        }
    }

    fn count(&mut self, charge: Charge, now: Moment) -> Stamp {
        self.day.used = self.day.used.saturating_add(charge.day);
        self.hour.used = self.hour.used.saturating_add(1);
        self.minute.count(now.second(), 1);
        self.streams += u64::from(charge.stream);
        Stamp {
            day: now.day(),
            hour: now.hour(),
            second: now.second(),
            cost: charge.day,
        }
    }
}

fn exceeds(used: u64, more: u64, limit: Option<u64>) -> bool {
    limit.is_some_and(|limit| used.saturating_add(more) > limit)
}

// === impl Period ===

impl Period {
    fn advance(&mut self, number: u64) {
        if self.number != number {
            *self = Self { number, used: 0 };
        }
    }

    fn refund(&mut self, number: u64, cost: u64) {
        if self.number == number {
            self.used = self.used.saturating_sub(cost);
        }
    }
}

// === impl Minute ===

impl Minute {
    fn advance(&mut self, now: u64) {
        while let Some((_, used)) = self
            .seconds
            .pop_front_if(|(second, _)| second.saturating_add(MINUTE_SECONDS) < now)
        {
            self.used = self.used.saturating_sub(used);
        }
        // Seconds in the future were counted before the clock was set back.
        while let Some((_, used)) = self.seconds.pop_back_if(|(second, _)| *second > now) {
            self.used = self.used.saturating_sub(used);
        }
    }

    /// Counts `more` requests in `second`, which must not be before the last counted one.
    fn count(&mut self, second: u64, more: u64) {
        self.used = self.used.saturating_add(more);
        match self.seconds.back_mut() {
            Some((last, used)) if *last == second => *used = used.saturating_add(more),
            _ => self.seconds.push_back((second, more)),
        }
    }

    fn refund(&mut self, second: u64) {
        // From the back: most refunds are recent.
        let found = self.seconds.iter_mut().rev().find(|(at, _)| *at == second);
        if let Some((_, used)) = found.filter(|(_, used)| *used > 0) {
            *used -= 1;
            self.used = self.used.saturating_sub(1);
        }
    }

    /// The first second with room for one more request below `limit`, if nothing else is counted until then.
    fn has_room_at(&self, limit: u64, now: u64) -> u64 {
        let mut left = self.used;
        let mut leaves = now;
        for (second, used) in &self.seconds {
            if left < limit {
                break;
            }
            left = left.saturating_sub(*used);
            leaves = *second;
        }
        leaves + MINUTE_SECONDS + 1
    }
}

#[cfg(test)]
mod tests;

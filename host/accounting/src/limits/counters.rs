//! The counters of one user: how periods turn, what passes, and when there is room again. Time is a value here.

use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

use super::{Charge, Limit, Quota, Refused, Usage};

/// A second counts until it is wholly older than this many seconds, so that no sixty seconds, wherever they begin,
/// see more requests than `per_minute`. With the second that runs, 61 are kept at most.
const MINUTE: u64 = 60;

/// Threads read the clock before they get the lock, so it may seem to step back a little; and clocks are corrected.
/// A smaller step than this does not turn a period back; a larger one is believed.
const STEP_BACK_MILLIS: u64 = 60_000;

/// What a client is told whose streams are too many: nobody knows when the next one ends.
const STREAM_RETRY: Duration = Duration::from_secs(1);

const SECOND_MILLIS: u64 = 1_000;
const HOUR_MILLIS: u64 = 3_600_000;
const DAY_MILLIS: u64 = 86_400_000;

/// A time, in milliseconds since 1970.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(u64);

/// What a user has used, as the ledger has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counted {
    /// The sum of `request_cost` since midnight UTC.
    pub day: u64,
    /// Requests since the top of the hour.
    pub hour: u64,
    /// Requests of the last minute: seconds since 1970 and how many began in each, in any order. Older ones are
    /// left out.
    pub seconds: Vec<(u64, u64)>,
}

/// When a request was counted, and at what cost: what it takes to give it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    /// Days since 1970.
    pub(super) day: u64,
    /// Hours since 1970.
    pub(super) hour: u64,
    /// Seconds since 1970.
    pub(super) second: u64,
    /// What it took out of the day.
    pub(super) cost: u64,
}

/// The counters of one user.
#[derive(Debug, Default)]
pub(super) struct Counters {
    seen: Moment,
    day: Period,
    hour: Period,
    minute: Minute,
    streams: u64,
}

/// A day or an hour.
#[derive(Debug, Default)]
struct Period {
    number: u64,
    used: u64,
}

/// The last sixty seconds and the one that runs: those in which something was counted, oldest first.
#[derive(Debug, Default)]
struct Minute {
    seconds: VecDeque<(u64, u64)>,
    used: u64,
}

// === impl Moment ===

impl Moment {
    /// Milliseconds since 1970.
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
        let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }
}

// === impl Counters ===

impl Counters {
    /// Counts a request at `now` if no limit refuses it.
    ///
    /// # Errors
    /// [`Refused::Limit`]; nothing was counted then.
    pub(super) fn take(&mut self, quota: &Quota, charge: Charge, now: Moment) -> Result<Stamp, Refused> {
        let now = self.turn(now);
        self.check(quota, charge, now)?;
        Ok(self.count(charge, now))
    }

    /// Counts a request at `now` whatever the limits say: another has decided.
    pub(super) fn note(&mut self, charge: Charge, now: Moment) -> Stamp {
        let now = self.turn(now);
        self.count(charge, now)
    }

    /// Takes back what `stamp` says, each unless its period has turned since.
    pub(super) fn give_back(&mut self, stamp: Stamp) {
        self.day.give_back(stamp.day, stamp.cost);
        self.hour.give_back(stamp.hour, 1);
        self.minute.give_back(stamp.second);
    }

    /// A stream has ended.
    pub(super) fn end_stream(&mut self) {
        self.streams = self.streams.saturating_sub(1);
    }

    /// Adds what was used before this process began.
    pub(super) fn restore(&mut self, counted: &Counted, now: Moment) {
        let now = self.turn(now);
        self.day.used = self.day.used.saturating_add(counted.day);
        self.hour.used = self.hour.used.saturating_add(counted.hour);
        let mut seconds = counted.seconds.clone();
        seconds.extend(self.minute.seconds.drain(..));
        seconds.sort_unstable();
        self.minute = Minute::default();
        for (second, used) in seconds {
            self.minute.count(second.min(now.second()), used);
        }
        self.minute.turn(now.second());
    }

    /// What has been used at `now`.
    pub(super) fn usage(&mut self, now: Moment) -> Usage {
        self.turn(now);
        Usage {
            day: self.day.used,
            hour: self.hour.used,
            minute: self.minute.used,
            streams: self.streams,
        }
    }

    /// Whether nothing would be lost if these counters were forgotten at `now`.
    pub(super) fn is_idle(&mut self, now: Moment) -> bool {
        self.usage(now) == Usage::default()
    }

    /// Turns the periods that have ended, and returns the time that counts.
    fn turn(&mut self, now: Moment) -> Moment {
        let back = self.seen.0.saturating_sub(now.0);
        let now = if back <= STEP_BACK_MILLIS {
            now.max(self.seen)
        } else {
            now
        };
        self.seen = now;
        self.day.turn(now.day());
        self.hour.turn(now.hour());
        self.minute.turn(now.second());
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
    fn turn(&mut self, number: u64) {
        if self.number != number {
            *self = Self { number, used: 0 };
        }
    }

    fn give_back(&mut self, number: u64, cost: u64) {
        if self.number == number {
            self.used = self.used.saturating_sub(cost);
        }
    }
}

// === impl Minute ===

impl Minute {
    fn turn(&mut self, now: u64) {
        while let Some((_, used)) = self
            .seconds
            .pop_front_if(|(second, _)| second.saturating_add(MINUTE) < now)
        {
            self.used = self.used.saturating_sub(used);
        }
        // What lies ahead was counted before the clock was set back.
        while let Some((_, used)) = self.seconds.pop_back_if(|(second, _)| *second > now) {
            self.used = self.used.saturating_sub(used);
        }
    }

    /// Counts `more` in `second`, which is not before any that was counted.
    fn count(&mut self, second: u64, more: u64) {
        self.used = self.used.saturating_add(more);
        match self.seconds.back_mut() {
            Some((last, used)) if *last == second => *used = used.saturating_add(more),
            _ => self.seconds.push_back((second, more)),
        }
    }

    fn give_back(&mut self, second: u64) {
        // From the back: what is given back is mostly recent.
        let found = self.seconds.iter_mut().rev().find(|(at, _)| *at == second);
        if let Some((_, used)) = found.filter(|(_, used)| *used > 0) {
            *used -= 1;
            self.used = self.used.saturating_sub(1);
        }
    }

    /// The second in which one more fits below `limit`, if nothing else is counted until then.
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
        leaves + MINUTE + 1
    }
}

#[cfg(test)]
mod tests;

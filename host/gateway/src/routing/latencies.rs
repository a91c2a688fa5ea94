//! How long a provider's answers took, minute by minute, for those who watch it.

use std::array;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jackfield_accounting::clock::millis;
use tokio::time::Instant;

/// How many minutes are kept, the one that runs included.
const MINUTES: u32 = 15;

const MINUTE: Duration = Duration::from_mins(1);

/// Latencies are counted by their size: one step for each millisecond below eight, then eight from each power of two to the
/// next, up to four hours. So what is told is at most an eighth too long.
const STEPS: usize = 22 * 8;

/// The longest latency that has a step of its own, in milliseconds.
const LONGEST: u64 = (1 << 24) - 1;

/// Counts of the last minutes. Its size is fixed: some kilobytes.
#[derive(Debug)]
pub(super) struct Latencies {
    /// When a minute of the wall clock began.
    origin: Instant,
    /// A ring: the minute with a number is at its remainder.
    minutes: Box<[Minute; MINUTES as usize]>,
}

/// The counts of one minute.
#[derive(Debug)]
struct Minute {
    /// Since the origin.
    number: u64,
    steps: [u32; STEPS],
}

/// How long the answers of one minute took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MinuteReport {
    /// How long ago the minute began.
    pub(crate) began: Duration,
    /// The number of answers.
    pub(crate) answers: u64,
    /// The median and what 95 of 100 stay below, in milliseconds; `None` without answers.
    pub(crate) percentiles: Option<(u64, u64)>,
}

// === impl Latencies ===

impl Latencies {
    /// Counts from `now` on.
    pub(super) fn new(now: Instant) -> Self {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let begun = Duration::from_millis(millis(wall) % millis(MINUTE));
        Self {
            origin: now.checked_sub(begun).unwrap_or(now),
            minutes: Box::new(array::from_fn(|_| Minute::new(0))),
        }
    }

    /// Counts an answer.
    pub(super) fn add(&mut self, latency: Duration, at: Instant) {
        let number = self.number(at);
        let minute = &mut self.minutes[place(number)];
        if minute.number < number {
            *minute = Minute::new(number);
        }
        // What comes very late from another thread is left out.
        if minute.number == number {
            let count = &mut minute.steps[step(millis(latency))];
            *count = count.saturating_add(1);
        }
    }

    /// The last minutes, the one that runs last.
    pub(super) fn report(&self, now: Instant) -> Vec<MinuteReport> {
        let current = self.number(now);
        let elapsed = now.saturating_duration_since(self.origin);
        let runs_for = elapsed.saturating_sub(MINUTE.saturating_mul(u32::try_from(current).unwrap_or(u32::MAX)));
        let report = |ago: u32| {
            // There is none before the origin.
            let number = current.checked_sub(ago.into());
            let minute = number.map(|number| &self.minutes[place(number)]);
            let minute = minute.filter(|minute| Some(minute.number) == number);
            MinuteReport {
                began: runs_for + MINUTE * ago,
                answers: minute.map_or(0, Minute::answers),
                percentiles: minute.and_then(Minute::percentiles),
            }
        };
        (0..MINUTES).rev().map(report).collect()
    }

    fn number(&self, at: Instant) -> u64 {
        at.saturating_duration_since(self.origin).as_secs() / MINUTE.as_secs()
    }
}

// === impl Minute ===

impl Minute {
    fn new(number: u64) -> Self {
        Self {
            number,
            steps: [0; STEPS],
        }
    }

    fn answers(&self) -> u64 {
        self.steps.iter().map(|count| u64::from(*count)).sum()
    }

    fn percentiles(&self) -> Option<(u64, u64)> {
        let answers = self.answers();
        let of = |percent: u64| {
            let wanted = (answers * percent).div_ceil(100).max(1);
            let mut seen = 0;
            let mut counts = (0..).zip(&self.steps);
            let found = counts.find(|(_, count)| {
                seen += u64::from(**count);
                seen >= wanted
            });
            found.map(|(step, _)| longest(step))
        };
        Some((of(50)?, of(95)?))
    }
}

/// Where a minute is in the ring.
fn place(number: u64) -> usize {
    usize::try_from(number % u64::from(MINUTES)).unwrap_or(0)
}

/// The step of a latency in milliseconds.
fn step(latency: u64) -> usize {
    let latency = latency.min(LONGEST);
    let step = if latency < 8 {
        latency
    } else {
        let power = u64::from(latency.ilog2());
        (power - 2) * 8 + ((latency >> (power - 3)) & 7)
    };
    usize::try_from(step).unwrap_or(0).min(STEPS - 1)
}

/// The longest latency of a step, in milliseconds.
fn longest(step: u64) -> u64 {
    if step < 8 {
        return step;
    }
    let (power, part) = (step / 8 + 2, step % 8);
    ((8 + part + 1) << (power - 3)) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(number: u64) -> Duration {
        Duration::from_millis(number)
    }

    #[test]
    fn what_is_told_of_a_latency_is_at_most_an_eighth_too_long() {
        let mut before = 0;
        for latency in (0..20_000).chain([59_999, 600_000, LONGEST, u64::MAX]) {
            let told = longest(step(latency) as u64);
            let real = latency.min(LONGEST);
            assert!(
                told >= real && told <= real + real / 8,
                "{latency} ms is told as {told} ms"
            );
            assert!(told >= before);
            before = told;
        }
    }

    #[test]
    fn each_minute_has_its_own_median_and_a_quiet_one_has_none() {
        let mut kept = Latencies::new(Instant::now());
        // The first whole minute.
        let first = kept.origin + MINUTE;
        for latency in 1..=100 {
            kept.add(ms(latency), first + ms(latency));
        }
        kept.add(ms(5_000), first + 2 * MINUTE);
        let report = kept.report(first + 2 * MINUTE + ms(10_000));
        assert_eq!(report.len(), 15);
        let (before, report) = report.split_at(11);
        assert!(before.iter().all(|minute| minute.answers == 0));
        let told: Vec<_> = report
            .iter()
            .map(|minute| (minute.answers, minute.percentiles))
            .collect();
        assert_eq!(
            told,
            [(0, None), (100, Some((51, 95))), (0, None), (1, Some((5_119, 5_119)))]
        );
        let began: Vec<u64> = report.iter().map(|minute| millis(minute.began)).collect();
        assert_eq!(began, [190_000, 130_000, 70_000, 10_000]);
    }

    #[test]
    fn a_minute_takes_the_place_of_the_oldest_and_late_answers_are_left_out() {
        let mut latencies = Latencies::new(Instant::now());
        let first = latencies.origin;
        latencies.add(ms(3), first);
        let newest = first + MINUTE * 15;
        latencies.add(ms(7), newest);
        latencies.add(ms(9), first);
        let minutes = latencies.report(newest);
        assert_eq!(minutes.len(), 15);
        let answers: u64 = minutes.iter().map(|minute| minute.answers).sum();
        assert_eq!((answers, minutes[14].percentiles), (1, Some((7, 7))));
        let quiet = latencies.report(newest + MINUTE * 15);
        assert!(quiet.iter().all(|minute| minute.answers == 0));
    }
}

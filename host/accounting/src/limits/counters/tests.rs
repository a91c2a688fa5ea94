//! The counters beyond what the model covers: clocks that step back, counts that went, quotas that were changed.

use super::*;

const ONE: Charge = Charge { day: 1, stream: false };

/// The 15th of November 2023 begins.
const MIDNIGHT: u64 = 1_700_006_400_000;

fn used(counters: &mut Counters, now: u64) -> (u64, u64, u64) {
    let usage = counters.usage(Moment(now));
    (usage.day, usage.hour, usage.minute)
}

#[test]
fn a_clock_that_steps_back_a_little_turns_no_period_back() {
    let mut counters = Counters::default();
    counters.note(ONE, Moment(MIDNIGHT));
    counters.note(ONE, Moment(MIDNIGHT - 5));
    assert_eq!(used(&mut counters, MIDNIGHT - 60_000), (2, 2, 2));
    assert_eq!(used(&mut counters, MIDNIGHT + 60_999), (2, 2, 2));
    assert_eq!(used(&mut counters, MIDNIGHT + 61_000), (2, 2, 0));
}

#[test]
fn a_clock_that_is_set_back_is_believed() {
    let mut counters = Counters::default();
    counters.note(ONE, Moment(MIDNIGHT + 120_000));
    assert_eq!(used(&mut counters, MIDNIGHT - 1), (0, 0, 0));
    counters.note(ONE, Moment(MIDNIGHT));
    assert_eq!(used(&mut counters, MIDNIGHT), (1, 1, 1));
}

#[test]
fn a_period_that_has_turned_takes_nothing_back() {
    let mut counters = Counters::default();
    let before = counters.note(ONE, Moment(MIDNIGHT - 1_000));
    counters.note(ONE, Moment(MIDNIGHT));
    counters.give_back(before);
    // Only the minute is still the same.
    assert_eq!(used(&mut counters, MIDNIGHT), (1, 1, 1));
}

#[test]
fn what_is_given_back_twice_is_not_given_away() {
    let mut counters = Counters::default();
    let stamp = counters.note(ONE, Moment(MIDNIGHT));
    counters.give_back(stamp);
    counters.give_back(stamp);
    assert_eq!(used(&mut counters, MIDNIGHT), (0, 0, 0));
    assert!(counters.is_idle(Moment(MIDNIGHT)));
}

#[test]
fn a_quota_made_smaller_says_when_enough_has_gone() {
    let mut counters = Counters::default();
    for second in 0..5 {
        counters.note(ONE, Moment(MIDNIGHT + second * 1_000));
    }
    let quota = Quota {
        per_minute: Some(2),
        ..Quota::default()
    };
    let refused = counters.take(&quota, ONE, Moment(MIDNIGHT + 10_000));
    // Four of the five must have gone, the last of them taken in the third second.
    let retry_after = Duration::from_secs(3 + 61 - 10);
    let which = Limit::Minute;
    assert_eq!(refused, Err(Refused::Limit { which, retry_after }));
}

#[test]
fn the_first_limit_is_named_and_the_longest_wait_told() {
    let mut counters = Counters::default();
    let now = Moment(MIDNIGHT + 3_600_000 - 1_000);
    counters.note(ONE, now);
    let quota = Quota {
        per_hour: Some(1),
        per_minute: Some(1),
        ..Quota::default()
    };
    let which = Limit::Hour;
    let retry_after = Duration::from_secs(61);
    let refused = counters.take(&quota, ONE, now);
    assert_eq!(refused, Err(Refused::Limit { which, retry_after }));
}

#[test]
fn a_time_before_1970_is_1970() {
    let before = SystemTime::UNIX_EPOCH - Duration::from_secs(1);
    assert_eq!(Moment::from(before), Moment(0));
}

//! What the model does not cover: clocks that step back, refunds, and quotas that change.

use super::*;

const ONE: Charge = Charge { day: 1, stream: false };

/// The start of 15 November 2023.
const MIDNIGHT: u64 = 1_700_006_400_000;

fn used(counters: &mut Counters, now: u64) -> (u64, u64, u64) {
    let usage = counters.usage(Moment(now));
    (usage.day, usage.hour, usage.minute)
}

#[test]
fn a_small_backward_step_of_the_clock_is_ignored() {
    let mut counters = Counters::default();
    counters.record(ONE, Moment(MIDNIGHT));
    counters.record(ONE, Moment(MIDNIGHT - 5));
    assert_eq!(used(&mut counters, MIDNIGHT - 60_000), (2, 2, 2));
    assert_eq!(used(&mut counters, MIDNIGHT + 60_999), (2, 2, 2));
    assert_eq!(used(&mut counters, MIDNIGHT + 61_000), (2, 2, 0));
}

#[test]
fn a_large_backward_step_of_the_clock_is_taken_as_real() {
    let mut counters = Counters::default();
    counters.record(ONE, Moment(MIDNIGHT + 120_000));
    assert_eq!(used(&mut counters, MIDNIGHT - 1), (0, 0, 0));
    counters.record(ONE, Moment(MIDNIGHT));
    assert_eq!(used(&mut counters, MIDNIGHT), (1, 1, 1));
}

#[test]
fn a_period_that_has_ended_is_not_refunded() {
    let mut counters = Counters::default();
    let before = counters.record(ONE, Moment(MIDNIGHT - 1_000));
    counters.record(ONE, Moment(MIDNIGHT));
    counters.refund(before);
    // Only the minute is still the same.
    assert_eq!(used(&mut counters, MIDNIGHT), (1, 1, 1));
}

#[test]
fn a_double_refund_never_goes_below_zero() {
    let mut counters = Counters::default();
    let stamp = counters.record(ONE, Moment(MIDNIGHT));
    counters.refund(stamp);
    counters.refund(stamp);
    assert_eq!(used(&mut counters, MIDNIGHT), (0, 0, 0));
    assert!(counters.is_idle(Moment(MIDNIGHT)));
}

#[test]
fn a_reduced_quota_reports_when_enough_requests_have_aged_out() {
    let mut counters = Counters::default();
    for second in 0..5 {
        counters.record(ONE, Moment(MIDNIGHT + second * 1_000));
    }
    let quota = Quota {
        per_minute: Some(2),
        ..Quota::default()
    };
    let refused = counters.take(&quota, ONE, Moment(MIDNIGHT + 10_000));
    // Four of the five must age out, the last of which was taken in the third second.
    let retry_after = Duration::from_secs(3 + 61 - 10);
    let which = Limit::Minute;
    assert_eq!(refused, Err(Refused::Limit { which, retry_after }));
}

#[test]
fn the_first_limit_is_named_and_the_longest_wait_reported() {
    let mut counters = Counters::default();
    let now = Moment(MIDNIGHT + 3_600_000 - 1_000);
    counters.record(ONE, now);
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

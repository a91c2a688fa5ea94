//! Conversions of times and durations to whole milliseconds, seconds and days.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::Span;
use jiff::civil::date;

/// Milliseconds per second.
pub(crate) const SECOND_MILLIS: u64 = 1_000;

/// Milliseconds per minute.
pub(crate) const MINUTE_MILLIS: u64 = 60 * SECOND_MILLIS;

/// Milliseconds per hour.
pub(crate) const HOUR_MILLIS: u64 = 60 * MINUTE_MILLIS;

/// Milliseconds per day. Like POSIX time, this ignores leap seconds.
pub(crate) const DAY_MILLIS: u64 = 24 * HOUR_MILLIS;

/// Whole milliseconds of a duration, rounded down.
pub fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Milliseconds since 1970, signed because databases have no unsigned integers. Never negative: times before 1970 are
/// 0.
pub fn unix_millis(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Seconds since 1970, rounded down; 0 for times before 1970.
pub fn unix_seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// The day in UTC that contains a time, given in milliseconds since 1970; as days since 1970.
pub(crate) fn day(time: i64) -> i64 {
    time.div_euclid(DAY_MILLIS.cast_signed())
}

/// The first day of a day's month, both as days since 1970. Beyond the year 9999 each day is a month of its own.
pub(crate) fn month_start(day: i64) -> i64 {
    let days = Span::new().try_days(day);
    let date = days.and_then(|days| date(1970, 1, 1).checked_add(days));
    date.map_or(day, |date| day - i64::from(date.day()) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_begins_on_its_first_day() {
        // 20 and 30 November and 1 December 2026.
        assert_eq!([20_777, 20_787, 20_788].map(month_start), [20_758, 20_758, 20_788]);
        assert_eq!(month_start(0), 0);
        assert_eq!(month_start(i64::MAX), i64::MAX);
        assert_eq!(day(20_777 * 86_400_000 + 1), 20_777);
    }
}

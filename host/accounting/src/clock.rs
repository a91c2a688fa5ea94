//! Conversions of times and durations to whole milliseconds and seconds.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

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

//! Days and times in UTC, as text and back. Elsewhere, times are milliseconds since 1970.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

use crate::clock::{DAY_MILLIS, SECOND_MILLIS};

const EPOCH: Date = jiff::civil::date(1970, 1, 1);

/// A day in UTC, formatted and parsed as `2026-11-21` (ISO 8601). Times beyond the years -9999 to 9999 are clamped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(Date);

/// A text that is not a day.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not a day; write it as 2026-11-21")]
pub struct ParseDayError(String);

/// Formats a time, given in milliseconds since 1970, as `2026-11-21T10:00:00.123+00:00` (ISO 8601).
#[must_use]
pub fn utc(time: i64) -> String {
    date_time(time).strftime("%Y-%m-%dT%H:%M:%S%.3f+00:00").to_string()
}

/// The moment that a text names, in milliseconds since 1970: a day in UTC, a time with its offset (RFC 3339), or that number
/// itself. `None` if it is none of these.
#[must_use]
pub fn moment(text: &str) -> Option<i64> {
    if let Ok(day) = text.parse::<Day>() {
        return Some(day.start_millis());
    }
    let number = text.parse::<i64>().ok().filter(|millis| *millis >= 0);
    number.or_else(|| Some(text.parse::<Timestamp>().ok()?.as_millisecond()))
}

fn date_time(time: i64) -> DateTime {
    let end = if time < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Offset::UTC.to_datetime(Timestamp::from_millisecond(time).unwrap_or(end))
}

// === impl Day ===

impl Day {
    /// The day that is `days` after 1 January 1970.
    pub(super) fn from_number(days: i64) -> Self {
        Self::of_millis(days.saturating_mul(DAY_MILLIS.cast_signed()))
    }

    /// The day that contains a time, given in milliseconds since 1970.
    #[must_use]
    pub fn of_millis(time: i64) -> Self {
        Self(date_time(time).date())
    }

    /// The start of the day, in milliseconds since 1970.
    #[must_use]
    pub fn start_millis(self) -> i64 {
        self.0.duration_since(EPOCH).as_secs() * SECOND_MILLIS.cast_signed()
    }

    /// The following day.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(SignedDuration::from_hours(24)))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Day {
    type Err = ParseDayError;

    fn from_str(text: &str) -> Result<Self, ParseDayError> {
        let date = text.parse::<Date>().ok();
        // The library accepts more than we write, such as days without dashes or with a time.
        date.filter(|date| date.to_string() == text)
            .map(Self)
            .ok_or_else(|| ParseDayError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_day_a_time_or_a_number() {
        let cases = [
            ("1970-01-02", Some(86_400_000)),
            ("1970-01-01T01:00:00Z", Some(3_600_000)),
            ("1970-01-01T01:00:00.250+01:00", Some(250)),
            ("1500", Some(1_500)),
            ("-1", None),
            ("yesterday", None),
            ("", None),
        ];
        for (text, millis) in cases {
            assert_eq!(moment(text), millis, "{text}");
        }
    }

    #[test]
    fn known_days_are_formatted_and_parsed() {
        for (days, text) in [
            (0, "1970-01-01"),
            (59, "1970-03-01"),
            (11_016, "2000-02-29"),
            (20_778, "2026-11-21"),
            (-1, "1969-12-31"),
        ] {
            assert_eq!(Day::from_number(days).to_string(), text);
            assert_eq!(text.parse(), Ok(Day::from_number(days)));
        }
    }

    #[test]
    fn a_time_belongs_to_the_day_that_contains_it() {
        let day: Day = "2026-11-21".parse().unwrap();
        assert_eq!(Day::of_millis(day.start_millis()), day);
        assert_eq!(Day::of_millis(day.next().start_millis() - 1), day);
    }

    #[test]
    fn what_is_not_a_day_is_refused_with_an_example() {
        for text in [
            "",
            "2026-13-01",
            "2026-02-30",
            "2026-00-10",
            "26-11-21",
            "2026-1-021",
            "+026-11-21",
            "20261121",
            "2026-11-21T10:00:00",
        ] {
            let error = text.parse::<Day>().unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("`{text}` is not a day; write it as 2026-11-21")
            );
        }
    }

    #[test]
    fn a_time_is_formatted_to_the_millisecond_and_with_its_offset() {
        for (time, text) in [
            (0, "1970-01-01T00:00:00.000+00:00"),
            (-1, "1969-12-31T23:59:59.999+00:00"),
            (1_709_251_199_120, "2024-02-29T23:59:59.120+00:00"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000+00:00"),
        ] {
            assert_eq!(utc(time), text);
        }
    }

    #[test]
    fn no_time_is_too_far_away() {
        assert_eq!(utc(i64::MAX), "9999-12-30T22:00:00.999+00:00");
        assert_eq!(utc(i64::MIN), "-9999-01-02T01:59:59.000+00:00");
        assert!(Day::from_number(i64::MAX) > Day::from_number(0));
        let last: Day = "9999-12-31".parse().unwrap();
        assert_eq!(last.next(), last);
    }
}

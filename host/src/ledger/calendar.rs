//! Days of the calendar in UTC: from a time to a day, to its text, and back.

use std::fmt;
use std::str::FromStr;

/// Milliseconds of a day. Like POSIX, the calendar knows no leap seconds.
const DAY_MS: i64 = 86_400_000;

/// A day in UTC, counted from the first of January 1970. Written and read as `2026-11-21` (ISO 8601).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(i64);

/// A text that is no day.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not a day; write it as 2026-11-21")]
pub struct NotADay(String);

// === impl Day ===

impl Day {
    /// The day so many days after the first of January 1970.
    #[must_use]
    pub fn from_number(days: i64) -> Self {
        Self(days)
    }

    /// The day that holds a time in milliseconds since 1970.
    #[must_use]
    pub fn of_millis(time: i64) -> Self {
        Self(time.div_euclid(DAY_MS))
    }

    /// Its first millisecond, since 1970.
    #[must_use]
    pub fn start_millis(self) -> i64 {
        self.0.saturating_mul(DAY_MS)
    }

    /// The day after it.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// Year, month and day. The years are shifted to begin with March, so that a leap day is the last of its year.
    fn civil(self) -> (i64, i64, i64) {
        let shifted = self.0.saturating_add(719_468);
        let (era, day) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let of_year = day - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let of_month = of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        (era * 400 + year + i64::from(month <= 2), month, of_month)
    }

    fn from_civil(year: i64, month: i64, day: i64) -> Self {
        let year = if month <= 2 { year - 1 } else { year };
        let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        Self(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl FromStr for Day {
    type Err = NotADay;

    fn from_str(text: &str) -> Result<Self, NotADay> {
        let fault = || NotADay(text.to_owned());
        let digits = |range: std::ops::Range<usize>| -> Option<i64> {
            let part = text.get(range)?;
            let plain = part.bytes().all(|byte| byte.is_ascii_digit());
            plain.then(|| part.parse().ok())?
        };
        let dashes = text.len() == 10 && text.get(4..5) == Some("-") && text.get(7..8) == Some("-");
        let parts = (digits(0..4), digits(5..7), digits(8..10));
        let (true, (Some(year), Some(month), Some(day))) = (dashes, parts) else {
            return Err(fault());
        };
        let found = Self::from_civil(year, month, day);
        // A day that the calendar lacks, such as the 30th of February, comes back as another one.
        if (1..=12).contains(&month) && found.civil() == (year, month, day) {
            Ok(found)
        } else {
            Err(fault())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_days_are_written_as_the_calendar_has_them() {
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
    fn every_day_of_eight_centuries_is_read_as_it_was_written() {
        for days in -146_097..146_097 {
            let day = Day::from_number(days);
            assert_eq!(day.to_string().parse(), Ok(day));
        }
    }

    #[test]
    fn a_time_belongs_to_the_day_that_holds_it() {
        let day: Day = "2026-11-21".parse().unwrap();
        assert_eq!(Day::of_millis(day.start_millis()), day);
        assert_eq!(Day::of_millis(day.next().start_millis() - 1), day);
    }

    #[test]
    fn what_is_no_day_is_refused_with_an_example() {
        for text in [
            "",
            "2026-13-01",
            "2026-02-30",
            "2026-00-10",
            "26-11-21",
            "2026-1-021",
            "+026-11-21",
        ] {
            let error = text.parse::<Day>().unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("`{text}` is not a day; write it as 2026-11-21")
            );
        }
    }
}

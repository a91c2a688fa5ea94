//! How people and machines read what the commands print: aligned columns, amounts and times.

use std::fmt;

/// Millionths in one credit.
const MICRO: i64 = 1_000_000;

/// Rows of text in aligned columns.
pub(super) struct Table {
    rows: Vec<Vec<String>>,
}

// === impl Table ===

impl Table {
    /// A table with a heading.
    pub(super) fn new<const N: usize>(heads: [&str; N]) -> Self {
        Self {
            rows: vec![heads.map(str::to_owned).into()],
        }
    }

    /// Adds a row.
    pub(super) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = |row: &Vec<String>, column: usize| row[column].chars().count();
        let columns = self.rows.first().map_or(0, Vec::len);
        let widths: Vec<usize> = (0..columns)
            .map(|column| self.rows.iter().map(|row| length(row, column)).max())
            .map(Option::unwrap_or_default)
            .collect();
        for row in &self.rows {
            let cells = row.iter().zip(&widths);
            let line: Vec<String> = cells
                .map(|(cell, width)| format!("{cell:width$}"))
                .collect();
            writeln!(f, "{}", line.join("  ").trim_end())?;
        }
        Ok(())
    }
}

/// Reads an amount of credits as millionths.
pub(super) fn micro(text: &str) -> Result<i64, String> {
    let wrong = || "write an amount such as 12.5 or -3, with at most six decimals".to_owned();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !all_digits(whole) || !all_digits(decimals) || decimals.len() > 6 {
        return Err(wrong());
    }
    let whole: i64 = whole.parse().map_err(|_| wrong())?;
    let decimals: i64 = format!("{decimals:0<6}").parse().map_err(|_| wrong())?;
    let amount = whole.checked_mul(MICRO).ok_or_else(wrong)?;
    let amount = amount.checked_add(decimals).ok_or_else(wrong)?;
    Ok(if negative { -amount } else { amount })
}

/// An amount in millionths as an exact decimal number of credits.
pub(super) fn decimal(micro: i64) -> String {
    let sign = if micro < 0 { "-" } else { "" };
    let size = micro.unsigned_abs();
    let (whole, rest) = (size / MICRO.unsigned_abs(), size % MICRO.unsigned_abs());
    let text = format!("{sign}{whole}.{rest:06}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// An amount in millionths as a number for JSON.
#[expect(
    clippy::cast_precision_loss,
    reason = "JSON's numbers are these, and only balances above nine thousand million credits would be rounded"
)]
pub(super) fn credits(micro: i64) -> f64 {
    micro as f64 / MICRO as f64
}

/// A time in milliseconds since 1970 as ISO 8601 in UTC, to the second.
pub(super) fn utc(millis: i64) -> String {
    let seconds = millis.div_euclid(1000);
    let (mut days, time) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let leap = |year: i64| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let year_days = |year| if leap(year) { 366 } else { 365 };
    // 400 years have always the same number of days, so no time is too far away to count to.
    let mut year = 1970 + 400 * days.div_euclid(146_097);
    days = days.rem_euclid(146_097);
    while days >= year_days(year) {
        days -= year_days(year);
        year += 1;
    }
    let february = if leap(year) { 29 } else { 28 };
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
    let day = days + 1;
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_and_lines_end_without_spaces() {
        let mut table = Table::new(["A", "BB"]);
        table.row(["größer".to_owned(), String::new()]);
        table.row(["x".to_owned(), "y".to_owned()]);
        assert_eq!(table.to_string(), "A       BB\ngrößer\nx       y\n");
    }

    #[test]
    fn amounts_are_read_and_written_exactly() {
        for (text, amount) in [
            ("0", 0),
            ("12.5", 12_500_000),
            ("-3", -3_000_000),
            ("-0.000001", -1),
            ("0.1", 100_000),
            ("9000000000000.000001", 9_000_000_000_000_000_001),
        ] {
            assert_eq!(micro(text), Ok(amount));
            assert_eq!(decimal(amount), text);
        }
        assert_eq!(micro("1.50"), Ok(1_500_000));
        assert_eq!(decimal(i64::MIN), "-9223372036854.775808");
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in [
            "",
            "-",
            ".5",
            "5.",
            "1.0000001",
            "--1",
            "+1",
            "1e3",
            "1,5",
            "é",
            "9300000000000",
        ] {
            assert!(micro(text).is_err(), "{text}");
        }
    }

    #[test]
    fn times_are_those_of_the_calendar() {
        for (millis, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (951_782_400_000, "2000-02-29T00:00:00Z"),
            (1_709_251_199_999, "2024-02-29T23:59:59Z"),
            (1_709_251_200_000, "2024-03-01T00:00:00Z"),
            (4_102_444_800_000, "2100-01-01T00:00:00Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(utc(millis), text);
        }
    }
}

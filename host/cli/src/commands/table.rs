//! How people and machines read what the commands print: aligned columns and amounts.

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
            let line: Vec<String> = cells.map(|(cell, width)| format!("{cell:width$}")).collect();
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

/// An amount in millionths as an exact decimal number of credits, without zeros at its end.
pub(super) fn decimal(micro: i64) -> String {
    let text = aligned(micro);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The same with all six decimals, so that points stand below each other.
pub(super) fn aligned(micro: i64) -> String {
    let sign = if micro < 0 { "-" } else { "" };
    let size = micro.unsigned_abs();
    let (whole, rest) = (size / MICRO.unsigned_abs(), size % MICRO.unsigned_abs());
    format!("{sign}{whole}.{rest:06}")
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
}

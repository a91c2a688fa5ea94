//! Amounts of credits as people read and write them.

/// Millionths in one credit.
const MICRO: i64 = 1_000_000;

/// Parses an amount of credits into millionths.
pub(super) fn parse(text: &str) -> Result<i64, String> {
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

/// An amount in millionths as an exact decimal number of credits, without trailing zeros.
pub(super) fn decimal(micro: i64) -> String {
    let text = aligned(micro);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The same with all six decimals, so that the points of a column line up.
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
    fn amounts_are_read_and_written_exactly() {
        for (text, amount) in [
            ("0", 0),
            ("12.5", 12_500_000),
            ("-3", -3_000_000),
            ("-0.000001", -1),
            ("0.1", 100_000),
            ("9000000000000.000001", 9_000_000_000_000_000_001),
        ] {
            assert_eq!(parse(text), Ok(amount));
            assert_eq!(decimal(amount), text);
        }
        assert_eq!(parse("1.50"), Ok(1_500_000));
        assert_eq!(decimal(i64::MIN), "-9223372036854.775808");
    }

    #[test]
    fn anything_else_is_refused() {
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
            assert!(parse(text).is_err(), "{text}");
        }
    }
}

//! Phone numbers, in the forms that people write them.
//!
//! Source: ITU-T E.164 (up to 15 digits with the country's code) and E.123 (how to write them). Digits alone are a phone
//! number only with a sign of it, because most numbers in a text are none.

use std::ops::Range;

use crate::digits::{self, Group};

/// How many digits an international number has, with the country's code.
const INTERNATIONAL: std::ops::RangeInclusive<usize> = 8..=15;

/// How many digits a national number has, with the zero or the code that it begins with.
const NATIONAL: std::ops::RangeInclusive<usize> = 9..=12;

/// Every phone number in a text.
pub fn find(text: &str) -> Vec<Range<usize>> {
    let runs = digits::runs(text, is_separator);
    runs.iter().filter_map(|run| in_run(text, run)).collect()
}

fn in_run(text: &str, run: &[Group<'_>]) -> Option<Range<usize>> {
    let (first, last) = (run.first()?, run.last()?);
    if run.len() > *INTERNATIONAL.end() + 2 {
        return None;
    }
    let digits = digits::of(text, run);
    let before = &text[..first.range.start];
    let range = if before.ends_with('+') || before.ends_with("+(") {
        INTERNATIONAL
            .contains(&digits.len())
            .then(|| before.rfind('+').unwrap_or(0)..last.range.end)
    } else if digits.starts_with("00") {
        (INTERNATIONAL.contains(&(digits.len().wrapping_sub(2))) && !digits.starts_with("000"))
            .then_some(first.range.start..last.range.end)
    } else {
        let in_brackets = before.ends_with('(') && run.get(1).is_some_and(|group| group.gap.starts_with(')'));
        let start = first.range.start - usize::from(in_brackets);
        is_national(run, &digits, in_brackets).then_some(start..last.range.end)
    };
    range.filter(|range| !digits::is_inside(text, range))
}

/// Whether digits without a country's code are written as a phone number.
fn is_national(run: &[Group<'_>], digits: &str, in_brackets: bool) -> bool {
    let lengths: Vec<usize> = run.iter().map(|group| group.range.len()).collect();
    // North America: 555-123-4567, (555) 123-4567 and 1-800-123-4567.
    let american = match lengths.as_slice() {
        [1, area @ ..] if digits.starts_with('1') => area == [3, 3, 4],
        lengths => lengths == [3, 3, 4],
    };
    let begins = digits.starts_with('0') || in_brackets;
    american || (begins && NATIONAL.contains(&digits.len()) && !is_other(run))
}

/// Whether the groups are rather those of a date (01.02.2026 15), a fraction (0.123456789) or a book (0-306-40615-2).
fn is_other(run: &[Group<'_>]) -> bool {
    let lengths: Vec<usize> = run.iter().map(|group| group.range.len()).collect();
    let gap = run.get(1).map_or("", |group| group.gap);
    lengths.starts_with(&[2, 2, 4]) || (lengths.first() == Some(&1) && matches!(gap, "." | "-"))
}

fn is_separator(c: char) -> bool {
    digits::is_space_or_hyphen(c) || matches!(c, '.' | '/' | '(' | ')')
}

#[cfg(test)]
mod tests {
    use super::find;

    fn found(text: &str) -> Vec<&str> {
        find(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn a_number_is_found_in_every_form() {
        for number in [
            "+49 30 1234567",
            "+4930 123 45 67",
            "+1 (555) 123-4567",
            "+1-555-123-4567",
            "+44 20 7946 0958",
            "+493012345678",
            "0049 30 1234567",
            "030 1234567",
            "030/1234567",
            "(030) 123 45 67",
            "01701234567",
            "0170-1234567",
            "06.12.34.56.78",
            "06 12 34 56 78",
            "555-123-4567",
            "555.123.4567",
            "(555) 123-4567",
            "1-800-123-4567",
        ] {
            assert_eq!(found(&format!("Call {number}, now")), [number]);
        }
    }

    #[test]
    fn brackets_around_a_number_stay() {
        assert_eq!(found("(555-123-4567)"), ["555-123-4567"]);
    }

    #[test]
    fn other_numbers_are_not_phones() {
        for text in [
            "12345678901",
            "2026-11-26 09:30",
            "01.02.2026 15",
            "26.11.2026",
            "01-02-2026 15:30",
            "0.123456789",
            "0-306-40615-2",
            "v1.20.300",
            "192.168.100.200",
            "1,000,000",
            "3.14159265358979",
            "+5",
            "x+1234567890123456",
            "a0301234567",
            "000 000 0000 0",
            "1732613400",
            "10 000 000 000",
        ] {
            assert_eq!(found(text), Vec::<&str>::new(), "{text}");
        }
    }
}

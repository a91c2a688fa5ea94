//! Numbers of payment cards.
//!
//! Source: ISO/IEC 7812-1: 13 to 19 digits here, the last of them the check digit of Luhn's formula.

use std::ops::Range;

use crate::digits::{self, Group};

/// How many digits a number has, from the shortest (old Visa) to the longest.
const LENGTHS: std::ops::RangeInclusive<usize> = 13..=19;

/// Every card number in a text, written in one piece or in groups.
pub fn find(text: &str) -> Vec<Range<usize>> {
    let runs = digits::runs(text, digits::is_space_or_hyphen);
    runs.iter().flat_map(|run| in_run(text, run)).collect()
}

/// The numbers in one run of groups: a card's security code or an order's number may stand next to it.
fn in_run(text: &str, run: &[Group<'_>]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut rest = run;
    while let Some(first) = rest.first() {
        let longest = candidates(rest).into_iter().rev().find_map(|count| {
            let groups = &rest[..count];
            let range = first.range.start..groups.last()?.range.end;
            let is_card = is_card(&digits::of(text, groups)) && !digits::is_inside(text, &range);
            is_card.then_some((range, count))
        });
        let count = longest.as_ref().map_or(1, |(_, count)| *count);
        found.extend(longest.map(|(range, _)| range));
        rest = &rest[count..];
    }
    found
}

/// How many of the first groups together have the length of a number. Groups of one or two digits are dates and counts.
fn candidates(run: &[Group<'_>]) -> Vec<usize> {
    let mut lengths = Vec::new();
    let mut total = 0;
    for (before, group) in run.iter().enumerate() {
        total += group.range.len();
        if group.range.len() < 3 || total > *LENGTHS.end() {
            break;
        }
        if LENGTHS.contains(&total) {
            lengths.push(before + 1);
        }
    }
    lengths
}

fn is_card(digits: &str) -> bool {
    // The first digit names the industry: travel, banking, merchandising (ISO/IEC 7812-1, section 4.2).
    digits.starts_with(['2', '3', '4', '5', '6']) && passes_luhn(digits)
}

/// Luhn's check: from the right, every second digit counts twice, and the sum of all digits is a multiple of ten.
fn passes_luhn(digits: &str) -> bool {
    let counted = digits.bytes().rev().enumerate().map(|(place, digit)| {
        let value = u32::from(digit - b'0') << (place % 2);
        if value > 9 { value - 9 } else { value }
    });
    counted.sum::<u32>() % 10 == 0
}

#[cfg(test)]
mod tests {
    use super::find;

    fn found(text: &str) -> Vec<&str> {
        find(text).into_iter().map(|range| &text[range]).collect()
    }

    /// The vendors' own test numbers.
    #[test]
    fn a_number_is_found_in_one_piece_and_in_groups() {
        for number in [
            "4111111111111111",
            "4111 1111 1111 1111",
            "4111-1111-1111-1111",
            "4111\u{a0}1111\u{a0}1111\u{a0}1111",
            "5555555555554444",
            "2223 0031 2200 3222",
            "3782 822463 10005",
            "6011111111111117",
            "4222222222222",
        ] {
            assert_eq!(found(&format!("My card: {number}.")), [number]);
        }
        assert_eq!(found("4111 1111 1111 1111 123"), ["4111 1111 1111 1111"]);
        assert_eq!(found("no. 777 4111 1111 1111 1111"), ["4111 1111 1111 1111"]);
        assert_eq!(found("4111111111111111, 5555555555554444").len(), 2);
    }

    #[test]
    fn other_long_numbers_are_not_cards() {
        for text in [
            "4111111111111112",
            "411111111111",
            "1234567890123456",
            "a4111111111111111",
            "4111111111111111b",
            "41111111111111110000000",
            "4111.1111.1111.1111",
            "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
        ] {
            assert_eq!(found(text), Vec::<&str>::new(), "{text}");
        }
    }
}

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
fn in_run(text: &str, run: &[Group]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    while start < run.len() {
        let ends = (start + 1..=run.len().min(start + *LENGTHS.end())).rev();
        let longest = ends.map(|end| &run[start..end]).find(|groups| is_card(text, groups));
        match longest.and_then(range) {
            Some((range, groups)) if !digits::is_inside(text, &range) => {
                found.push(range);
                start += groups;
            }
            _ => start += 1,
        }
    }
    found
}

fn range(groups: &[Group]) -> Option<(Range<usize>, usize)> {
    let (first, last) = (groups.first()?, groups.last()?);
    Some((first.range.start..last.range.end, groups.len()))
}

fn is_card(text: &str, groups: &[Group]) -> bool {
    // Four digits a group, or four, six and five: groups of one or two digits are dates and counts.
    if groups.len() > 1 && groups.iter().any(|group| group.range.len() < 3) {
        return false;
    }
    if !LENGTHS.contains(&groups.iter().map(|group| group.range.len()).sum()) {
        return false;
    }
    let digits = digits::of(text, groups);
    // The first digit names the industry: travel, banking, merchandising (ISO/IEC 7812-1, section 4.2).
    digits.starts_with(['2', '3', '4', '5', '6']) && passes_luhn(&digits)
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

//! International bank account numbers.
//!
//! Source: ISO 13616-1, and the registry of its lengths (<https://www.swift.com/standards/data-standards/iban>).

use std::ops::Range;

/// The length of the number in each country that has one, by the country's code.
const LENGTHS: [(&[u8; 2], usize); 88] = [
    (b"AD", 24),
    (b"AE", 23),
    (b"AL", 28),
    (b"AT", 20),
    (b"AZ", 28),
    (b"BA", 20),
    (b"BE", 16),
    (b"BG", 22),
    (b"BH", 22),
    (b"BI", 27),
    (b"BR", 29),
    (b"BY", 28),
    (b"CH", 21),
    (b"CR", 22),
    (b"CY", 28),
    (b"CZ", 24),
    (b"DE", 22),
    (b"DJ", 27),
    (b"DK", 18),
    (b"DO", 28),
    (b"EE", 20),
    (b"EG", 29),
    (b"ES", 24),
    (b"FI", 18),
    (b"FK", 18),
    (b"FO", 18),
    (b"FR", 27),
    (b"GB", 22),
    (b"GE", 22),
    (b"GI", 23),
    (b"GL", 18),
    (b"GR", 27),
    (b"GT", 28),
    (b"HN", 28),
    (b"HR", 21),
    (b"HU", 28),
    (b"IE", 22),
    (b"IL", 23),
    (b"IQ", 23),
    (b"IS", 26),
    (b"IT", 27),
    (b"JO", 30),
    (b"KW", 30),
    (b"KZ", 20),
    (b"LB", 28),
    (b"LC", 32),
    (b"LI", 21),
    (b"LT", 20),
    (b"LU", 20),
    (b"LV", 21),
    (b"LY", 25),
    (b"MC", 27),
    (b"MD", 24),
    (b"ME", 22),
    (b"MK", 19),
    (b"MN", 20),
    (b"MR", 27),
    (b"MT", 31),
    (b"MU", 30),
    (b"NI", 28),
    (b"NL", 18),
    (b"NO", 15),
    (b"OM", 23),
    (b"PK", 24),
    (b"PL", 28),
    (b"PS", 29),
    (b"PT", 25),
    (b"QA", 29),
    (b"RO", 24),
    (b"RS", 22),
    (b"RU", 33),
    (b"SA", 24),
    (b"SC", 31),
    (b"SD", 18),
    (b"SE", 24),
    (b"SI", 19),
    (b"SK", 24),
    (b"SM", 27),
    (b"SO", 23),
    (b"ST", 25),
    (b"SV", 28),
    (b"TL", 23),
    (b"TN", 24),
    (b"TR", 26),
    (b"UA", 29),
    (b"VA", 22),
    (b"VG", 24),
    (b"XK", 20),
];

/// Every number in a text, written in one piece or in groups, in letters of either case.
pub fn find(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at + 4 <= bytes.len() {
        match starting_at(text, at) {
            Some(end) => {
                found.push(at..end);
                at = end;
            }
            None => at += 1,
        }
    }
    found
}

/// The end of the number that begins here.
fn starting_at(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let before = start.checked_sub(1).map(|before| bytes[before]);
    let [one, two, check @ ..] = bytes.get(start..start + 4)? else {
        return None;
    };
    if !check.iter().all(u8::is_ascii_digit) || before.is_some_and(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let country = [one.to_ascii_uppercase(), two.to_ascii_uppercase()];
    let (_, length) = LENGTHS.iter().find(|(code, _)| **code == country)?;
    let (number, end) = collected(&text[start..], *length)?;
    (remainder(&number) == 1).then_some(start + end)
}

/// This many letters and digits with single separators between them, and where they end; none if a letter or digit
/// follows.
fn collected(text: &str, length: usize) -> Option<(String, usize)> {
    let mut number = String::with_capacity(length);
    let mut is_separated = false;
    for (at, c) in text.char_indices() {
        if number.len() == length {
            return (!c.is_alphanumeric()).then_some((number, at));
        }
        match c {
            c if c.is_ascii_alphanumeric() => {
                number.push(c.to_ascii_uppercase());
                is_separated = false;
            }
            ' ' | '-' | '\u{a0}' | '\u{202f}' if !is_separated => is_separated = true,
            _ => return None,
        }
    }
    (number.len() == length).then_some((number, text.len()))
}

/// The remainder of division by 97, with the first four characters last and `A` as 10 (ISO 7064).
fn remainder(number: &str) -> u32 {
    let moved = number[4..].bytes().chain(number[..4].bytes());
    moved.fold(0, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        letter => (rest * 100 + u32::from(letter - b'A') + 10) % 97,
    })
}

#[cfg(test)]
mod tests {
    use super::{LENGTHS, find};

    fn found(text: &str) -> Vec<&str> {
        find(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn a_number_is_found_in_one_piece_and_in_groups() {
        for number in [
            "DE89370400440532013000",
            "DE89 3704 0044 0532 0130 00",
            "de89 3704 0044 0532 0130 00",
            "GB29 NWBK 6016 1331 9268 19",
            "FR14 2004 1010 0505 0001 3M02 606",
            "NO9386011117947",
            "CH93-0076-2011-6238-5295-7",
            "DE89\u{a0}3704\u{a0}0044\u{a0}0532\u{a0}0130\u{a0}00",
        ] {
            assert_eq!(found(&format!("Ü: {number} please")), [number]);
            assert_eq!(found(number), [number]);
        }
    }

    #[test]
    fn what_fails_the_check_or_goes_on_is_not_one() {
        for text in [
            "DE88370400440532013000",
            "XX89370400440532013000",
            "DE8937040044053201300",
            "DE893704004405320130001",
            "XDE89370400440532013000",
            "DE89  370400440532013000",
            "DE89",
            "ä89",
        ] {
            assert_eq!(found(text), Vec::<&str>::new(), "{text}");
        }
    }

    #[test]
    fn the_countries_are_in_order_and_their_numbers_no_longer_than_the_standard_allows() {
        assert!(LENGTHS.is_sorted_by(|one, next| one.0 < next.0));
        assert!(LENGTHS.iter().all(|(_, length)| (15..=34).contains(length)));
    }
}

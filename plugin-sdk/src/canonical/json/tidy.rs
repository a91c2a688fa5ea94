//! Brings JSON text into the form in which it can travel on one line.

use memchr::memchr;

use crate::scan::{split_string, string_length};

/// The escape of U+FFFD, which takes the place of half a character.
const REPLACEMENT: &str = "\\ufffd";

/// The text without white space between tokens, and without escapes that are half of a character; `None` if it is so
/// already. The text must be JSON.
pub(crate) fn tidied(text: &str) -> Option<String> {
    if !has_unicode_escape(text) && !has_white_space(text.as_bytes()) {
        return None;
    }
    let mut tidy = String::with_capacity(text.len());
    let mut rest = text;
    let mut changed = false;
    while let Some(start) = rest.bytes().position(|byte| byte == b'"' || is_white_space(byte)) {
        tidy.push_str(&rest[..start]);
        rest = &rest[start..];
        if rest.starts_with('"') {
            let (string, after) = split_string(rest);
            changed |= copy_string(string, &mut tidy);
            rest = after;
        } else {
            changed = true;
            rest = &rest[1..];
        }
    }
    tidy.push_str(rest);
    changed.then_some(tidy)
}

/// Whether there is a `\u` escape: a few of them are half of a character.
fn has_unicode_escape(text: &str) -> bool {
    if memchr(b'\\', text.as_bytes()).is_none() {
        return false;
    }
    let pairs = text.bytes().zip(text.bytes().skip(1));
    // The loop has no exit on the way, so that it becomes instructions for many bytes at once.
    let escapes = pairs.fold(0, |found, (a, b)| found | (u8::from(a == b'\\') & u8::from(b == b'u')));
    escapes != 0
}

/// Whether there is white space between tokens.
fn has_white_space(text: &[u8]) -> bool {
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        at += match *byte {
            // Nothing stands beside a string alone.
            b'"' if at == 0 => return false,
            b'"' => string_length(&text[at..]).unwrap_or(text.len()),
            byte if is_white_space(byte) => return true,
            _ => 1,
        };
    }
    false
}

/// Whether JSON allows the byte between tokens (RFC 8259, section 2).
fn is_white_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}

/// Copies a string with its quotes; true if that changed it.
fn copy_string(string: &str, tidy: &mut String) -> bool {
    let mut rest = string;
    let mut changed = false;
    while let Some(start) = rest.find('\\') {
        tidy.push_str(&rest[..start]);
        rest = &rest[start..];
        let length = match (half(rest), rest.get(6..).and_then(half)) {
            (Some(Half::First), Some(Half::Second)) => 12,
            (Some(_), _) => {
                tidy.push_str(REPLACEMENT);
                changed = true;
                rest = &rest[6..];
                continue;
            }
            // Two bytes are enough for a longer escape: the rest of it is plain.
            (None, _) => 2.min(rest.len()),
        };
        tidy.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    tidy.push_str(rest);
    changed
}

/// Half of a character beyond U+FFFF, as UTF-16 writes it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Half {
    First,
    Second,
}

/// The half that the escape at the start of the text stands for; `None` if it stands for a character.
pub(super) fn half(text: &str) -> Option<Half> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    match u16::from_str_radix(digits, 16).ok()? {
        0xD800..=0xDBFF => Some(Half::First),
        0xDC00..=0xDFFF => Some(Half::Second),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::tidied;

    #[test]
    fn a_tidy_text_is_left_alone() {
        for text in [
            "",
            "1",
            r#"{"a":"b c\n\" \\"}"#,
            r#""\ud83d\ude00""#,
            r#"["\\ud83d"]"#,
            r#"["\u00e9 \n",{"a b":"\" "}]"#,
            "\"é\"",
        ] {
            assert_eq!(tidied(text), None, "{text}");
        }
    }

    #[test]
    fn white_space_goes_only_between_tokens() {
        assert_eq!(tidied("[ \"a b\" ,\t1 ]\n").as_deref(), Some("[\"a b\",1]"));
    }

    #[test]
    fn half_a_character_becomes_the_replacement_character() {
        for (text, expected) in [
            (r#""\ud83d""#, r#""\ufffd""#),
            (r#""\uDE00x""#, r#""\ufffdx""#),
            (r#""\ud83d\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#),
            (r#""\ud83d\n""#, r#""\ufffd\n""#),
            (r#""\\\ud83dé""#, r#""\\\ufffdé""#),
        ] {
            assert_eq!(tidied(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn a_text_that_is_cut_off_is_no_reason_to_fail() {
        for text in ["\"", "\"\\", "\"\\u", "\"\\ud8", "[\"a", "\"\\ud83d"] {
            let _ = tidied(text);
        }
    }
}

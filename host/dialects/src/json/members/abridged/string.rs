//! How long a JSON string is, and whether it is one (RFC 8259, section 7).
//!
//! Most of a text are plain characters, and escapes of line breaks, tabs and quotes. Where there is nothing else, dozens of
//! bytes are told at once, and all others one by one.

/// How many bytes are told at once.
const PART: usize = 64;

/// The length of the string that a text begins with, with both of its quotes; `None` if it has no end, or holds a control
/// character or an escape that there is not.
pub(super) fn string_length(text: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        at += usual(&text[at - 1..]);
        let end = at + PART;
        // Stops behind a character that begins no escape, as far as one can see: a backslash may have ended one.
        while at < end || text[at - 1] == b'\\' {
            at += match text.get(at)? {
                b'"' => return Some(at + 1),
                b'\\' => escape_length(&text[at..])?,
                b' '.. => 1,
                _ => return None,
            };
        }
    }
}

/// How many bytes behind the first are told at once to be in the string. They do not end within an escape.
fn usual(text: &[u8]) -> usize {
    let mut at = 0;
    while let Some(part) = text[at..].first_chunk()
        && is_usual(part)
    {
        at += PART;
    }
    at - usize::from(at > 0 && text[at] == b'\\')
}

/// Whether all bytes but the first are plain, or begin or end one of the usual escapes, if the first is plain or begins one.
fn is_usual(part: &[u8; PART + 1]) -> bool {
    let pairs = part.iter().zip(&part[1..]);
    // Every byte is looked at, whatever the others are: so the compiler makes it instructions for many bytes.
    pairs.fold(true, |all, (&before, &byte)| {
        let ends_escape = matches!(byte, b'n' | b't' | b'r' | b'"');
        let is_plain = byte >= b' ' && byte != b'"';
        all & if before == b'\\' { ends_escape } else { is_plain }
    })
}

/// The length of the escape that a text begins with.
fn escape_length(text: &[u8]) -> Option<usize> {
    match text.get(1)? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(2),
        b'u' => text.get(2..6)?.iter().all(u8::is_ascii_hexdigit).then_some(6),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Deserializer;
    use serde_json::value::RawValue;

    use super::*;

    /// The length of the string that a text begins with, as the parser has it.
    fn parsed_length(text: &str) -> Option<usize> {
        let first = Deserializer::from_str(text).into_iter::<&RawValue>().next()?;
        first.ok().map(|string| string.get().len())
    }

    #[test]
    fn a_string_ends_at_the_first_quote_that_no_backslash_escapes() {
        let plain = "x".repeat(3 * PART);
        for (inside, is_string) in [
            ("", true),
            ("\\\"", true),
            ("\\\\", true),
            ("\\\\\\\"", true),
            ("\\u00E9\\n\\b", true),
            ("\\q", false),
            ("\\u00g0", false),
            ("\n", false),
            ("\\", false),
        ] {
            for before in 0..2 * PART + 2 {
                for after in ["", &plain] {
                    let string = format!("\"{}{inside}{after}\"", &plain[..before]);
                    let length = string_length(format!("{string} \"").as_bytes());
                    assert_eq!(length == Some(string.len()), is_string, "{string}");
                }
            }
        }
    }

    #[test]
    fn a_string_without_an_end_has_no_length() {
        for text in [
            "\"",
            "\"\\",
            "\"\\u00",
            "\"text",
            &format!("\"{}", "x".repeat(PART + 1)),
        ] {
            assert_eq!(string_length(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_string_is_as_long_as_the_parser_has_it(
            pieces in prop::collection::vec(prop_oneof![
                Just("x".repeat(PART)), Just("a line\\n".repeat(PART / 2)), Just("é".repeat(PART)), Just("\"".to_owned()),
                Just("\\\\".to_owned()), Just("\\\"".to_owned()), Just("\\".to_owned()), Just("\\u00e9".to_owned()),
                Just("\u{7}".to_owned()), "[ -~é]{0,70}",
            ], 0..16),
        ) {
            let text = format!("\"{}", pieces.concat());
            prop_assert_eq!(string_length(text.as_bytes()), parsed_length(&text), "{}", text);
        }
    }
}

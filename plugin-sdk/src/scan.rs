//! Looks through bytes, many at once, where a WebAssembly module's own comparisons and searches go byte by byte.

use memchr::memchr2;

/// Whether JSON writes this text as it is, between quotes.
pub(crate) fn is_plain(text: &str) -> bool {
    let is_escaped = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
    // Without an early end, so that several bytes are looked at at once.
    !text.bytes().fold(false, |found, byte| found | is_escaped(byte))
}

/// Whether they are equal: by words, where a WebAssembly module's own comparison goes byte by byte.
pub(crate) fn is_same(left: &[u8], right: &[u8]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    let (Some(left_end), Some(right_end)) = (left.last_chunk::<8>(), right.last_chunk::<8>()) else {
        return left.iter().eq(right);
    };
    let words = |bytes| {
        <[u8]>::as_chunks::<8>(bytes)
            .0
            .iter()
            .map(|word| u64::from_ne_bytes(*word))
    };
    words(left).eq(words(right)) && left_end == right_end
}

/// The length of the JSON string at the start of the bytes, with both quotes; `None` if it has no end.
pub(crate) fn string_length(bytes: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        let mark = at + memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[mark] == b'"' {
            return Some(mark + 1);
        }
        at = mark + 2;
    }
}

/// The JSON string at the start of the text, with its quotes, and what is behind it. A string without an end is all there is.
pub(crate) fn split_string(text: &str) -> (&str, &str) {
    text.split_at(string_length(text.as_bytes()).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::{is_plain, is_same, string_length};

    #[test]
    fn a_string_ends_at_the_first_quote_that_is_not_escaped() {
        for plain in (0..40).map(|length| "é".repeat(length)) {
            for (string, is_whole) in [
                (format!("\"{plain}\""), true),
                (format!("\"{plain}\\\"\\\\\""), true),
                (format!("\"\\\\{plain}\\n{plain}\""), true),
                (format!("\"{plain}"), false),
                (format!("\"{plain}\\\""), false),
                (format!("\"{plain}\\"), false),
            ] {
                let expected = is_whole.then_some(string.len());
                assert_eq!(string_length(string.as_bytes()), expected, "{string}");
                let more = format!("{string}, {plain}\"");
                assert!(!is_whole || string_length(more.as_bytes()) == expected, "{more}");
            }
        }
        assert_eq!(string_length(b""), None);
    }

    #[test]
    fn one_byte_is_enough_to_differ() {
        for length in 0..40 {
            let bytes = vec![b'a'; length];
            assert!(is_same(&bytes, &bytes.clone()) && !is_same(&bytes, &vec![b'a'; length + 1]));
            for at in 0..length {
                let mut other = bytes.clone();
                other[at] = b'b';
                assert!(!is_same(&bytes, &other), "{at} of {length}");
            }
        }
    }

    #[test]
    fn a_text_is_plain_unless_json_escapes_a_byte_of_it() {
        for length in 0..40 {
            let text = "é".repeat(length);
            assert!(is_plain(&text));
            for mark in ["\"", "\\", "\n", "\u{1f}"] {
                assert!(!is_plain(&format!("{text}{mark}{text}")), "{mark:?} after {length}");
            }
        }
    }
}

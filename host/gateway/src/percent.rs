//! Percent-encoding (RFC 3986, section 2.1), read strictly.

use std::borrow::Cow;

/// The text that `encoded` stands for; `None` if an escape is broken or the bytes are not UTF-8, which leaves no room
/// for overlong forms (RFC 3629, section 3).
pub(crate) fn decoded(encoded: &str) -> Option<Cow<'_, str>> {
    if !encoded.contains('%') {
        return Some(Cow::Borrowed(encoded));
    }
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte == b'%' {
            let (digits, after) = rest.split_at_checked(2)?;
            bytes.push(16 * hex(digits[0])? + hex(digits[1])?);
            rest = after;
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn only_whole_escapes_of_utf_8_are_decoded() {
        for (encoded, text) in [("a", "a"), ("a%3Ab", "a:b"), ("%c3%a4", "ä"), ("%25", "%")] {
            assert_eq!(decoded(encoded).as_deref(), Some(text));
        }
        for broken in ["%", "%2", "%zz", "%+1", "%c0%ae", "%e0%80%ae", "%ff", "%ed%a0%80"] {
            assert_eq!(decoded(broken), None, "{broken}");
        }
    }
}

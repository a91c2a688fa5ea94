//! Ids of tool calls in the characters that Anthropic's API allows (`^[a-zA-Z0-9_-]+$`), and back.
//!
//! Other vendors' ids have others, such as `functions.weather:0`. A client of this dialect may send them to Anthropic
//! next, which refuses them; their own vendor wants them back as they were.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::json::json_string;
use crate::json::raw::inside;

/// What an id begins with that is written in other characters.
const MARK: &str = "jackfield-";

/// The id as clients get it: a character that is not allowed becomes its bytes in hexadecimal, each behind a hyphen.
pub(super) fn legal(id: &str) -> Cow<'_, str> {
    let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if !id.starts_with(MARK) && id.bytes().all(|byte| is_legal(byte) || byte == b'-') {
        return Cow::Borrowed(id);
    }
    let mut legal = MARK.to_owned();
    for byte in id.bytes() {
        if is_legal(byte) {
            legal.push(char::from(byte));
        } else {
            // Writing to a text does not fail.
            let _ = write!(legal, "-{byte:02x}");
        }
    }
    Cow::Owned(legal)
}

/// The id as its vendor wrote it. Both are JSON strings.
pub(super) fn original(id: &str) -> Cow<'_, str> {
    match inside(id).strip_prefix(MARK).and_then(read) {
        Some(original) => Cow::Owned(json_string(&original)),
        None => Cow::Borrowed(id),
    }
}

fn read(written: &str) -> Option<String> {
    let mut pieces = written.split('-');
    let mut bytes = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        let (hex, rest) = piece.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(hex, 16).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::{json_string, legal, original};

    #[test]
    fn an_id_is_legal_and_comes_back_as_it_was() {
        for id in [
            "toolu_01",
            "call-1_a",
            "functions.weather:0",
            "a-b.c",
            "é \"\\",
            "jackfield-2e",
            "",
        ] {
            let legal = legal(id);
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
            assert!(legal.bytes().all(fits), "{legal}");
            assert_eq!(original(&json_string(&legal)), json_string(id), "{legal}");
        }
        assert_eq!(legal("functions.f:0"), "jackfield-functions-2ef-3a0");
    }

    #[test]
    fn what_a_client_made_up_stays() {
        for id in [
            "jackfield-a-",
            "jackfield-a-zz",
            "jackfield-a-ff",
            "jackfield-a-é",
            "jackfield",
        ] {
            assert_eq!(original(&json_string(id)), json_string(id));
        }
    }
}

//! Joins a text whose pieces are cut within a character.
//!
//! An upstream may put the two `\u` escapes of an emoji into two pieces. Each is then half of a character, which JSON
//! allows (RFC 8259, section 8.2) and no Rust string can hold.

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

/// What is left of the last piece: the first half of a character.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Half(Option<[u8; 3]>);

/// A string's bytes, in which half a character has the three bytes that WTF-8 gives it.
struct Bytes(Vec<u8>);

// === impl Half ===

impl Half {
    /// The text of the next piece, with what was left of the last one; empty if the piece is no string.
    pub(super) fn join(&mut self, piece: Option<&RawValue>) -> String {
        let bytes = piece.and_then(|piece| serde_json::from_str(piece.get()).ok());
        let Some(Bytes(bytes)) = bytes.filter(|Bytes(bytes)| !bytes.is_empty()) else {
            return String::new();
        };
        let whole = match self.0.take() {
            Some(half) => [&half[..], &bytes].concat(),
            None => bytes,
        };
        String::from_utf8(whole).unwrap_or_else(|error| self.repair(error.as_bytes()))
    }

    /// What stands for the half that nothing has followed.
    pub(super) fn rest(&mut self) -> String {
        self.0.take().map_or_else(String::new, |_| "\u{fffd}".to_owned())
    }

    fn repair(&mut self, bytes: &[u8]) -> String {
        let mut text = String::with_capacity(bytes.len());
        let mut rest = bytes;
        while let Err(error) = std::str::from_utf8(rest) {
            let (valid, invalid) = rest.split_at(error.valid_up_to());
            text.push_str(&String::from_utf8_lossy(valid));
            let length = match *invalid {
                [0xED, a @ 0xA0..=0xAF, b, 0xED, c @ 0xB0..=0xBF, d, ..] => {
                    text.push(character([a, b], [c, d]));
                    6
                }
                [0xED, 0xA0..=0xAF, last] => {
                    self.0 = Some([invalid[0], invalid[1], last]);
                    3
                }
                [0xED, 0xA0..=0xBF, _, ..] => {
                    text.push(char::REPLACEMENT_CHARACTER);
                    3
                }
                _ => {
                    text.push(char::REPLACEMENT_CHARACTER);
                    error.error_len().unwrap_or(invalid.len())
                }
            };
            rest = &invalid[length..];
        }
        text.push_str(&String::from_utf8_lossy(rest));
        text
    }
}

/// The character of two halves, each without its first byte.
fn character(first: [u8; 2], second: [u8; 2]) -> char {
    let bits = |[a, b]: [u8; 2]| (u32::from(a & 0x0F) << 6) | u32::from(b & 0x3F);
    let code = 0x1_0000 + (bits(first) << 10) + (bits(second) & 0x3FF);
    char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
}

// === impl Bytes ===

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(BytesVisitor)
    }
}

struct BytesVisitor;

impl Visitor<'_> for BytesVisitor {
    type Value = Bytes;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a string")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
        Ok(Bytes(bytes.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::Half;

    fn joined(pieces: &[&str]) -> Vec<String> {
        let mut half = Half::default();
        let mut texts: Vec<String> = Vec::new();
        for piece in pieces {
            let piece: &RawValue = serde_json::from_str(piece).unwrap();
            texts.push(half.join(Some(piece)));
            half = serde_json::from_str(&serde_json::to_string(&half).unwrap()).unwrap();
        }
        texts.push(half.rest());
        texts
    }

    #[test]
    fn two_halves_become_one_character() {
        assert_eq!(joined(&[r#""hi \ud83d""#, r#""\ude00!""#]), ["hi ", "\u{1f600}!", ""]);
        assert_eq!(
            joined(&[r#""\ud83d""#, "\"\"", r#""\ude00""#]),
            ["", "", "\u{1f600}", ""]
        );
        assert_eq!(joined(&[r#""\udbff""#, r#""\udfff""#]), ["", "\u{10ffff}", ""]);
        assert_eq!(
            joined(&[r#""\ud83d\ude00\ud83d""#, r#""\ude01""#]),
            ["\u{1f600}", "\u{1f601}", ""]
        );
    }

    #[test]
    fn half_a_character_alone_is_replaced() {
        assert_eq!(joined(&[r#""a\ud83d""#]), ["a", "\u{fffd}"]);
        assert_eq!(joined(&[r#""\ude00b""#]), ["\u{fffd}b", ""]);
        assert_eq!(joined(&[r#""\ud83d""#, "\"c\""]), ["", "\u{fffd}c", ""]);
        assert_eq!(
            joined(&[r#""\ud83d\ud83d""#, r#""\ude00""#]),
            ["\u{fffd}", "\u{1f600}", ""]
        );
    }

    #[test]
    fn what_is_no_string_has_no_text() {
        assert_eq!(joined(&["null", "5", "{\"a\":1}", "\"é\""]), ["", "", "", "é", ""]);
    }
}

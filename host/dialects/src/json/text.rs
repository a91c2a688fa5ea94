//! JSON strings as raw text: what they stand for, and halves of surrogate pairs, which no text can hold.

use std::borrow::Cow;

use serde_json::value::RawValue;

/// U+FFFD as JSON, for half of a pair that stands alone.
const REPLACEMENT: &str = "\\ufffd";

/// The length of an escape such as `\ud83d`.
const ESCAPE: usize = 6;

/// Joins the pieces of one text, each a JSON string. An upstream that escapes what is not ASCII may cut between the two
/// escapes of a pair: the first half waits for the next piece. RFC 8259, section 8.2, leaves open what half a pair
/// means; here it is U+FFFD.
#[derive(Debug, Default)]
pub(crate) struct Halves {
    /// The escape of a first half that ended the last piece.
    waiting: Option<String>,
}

/// What an escape of four digits stands for.
enum Unit {
    First,
    Second,
    Other,
}

/// The text that a JSON string stands for; `None` if the value is not a string. Half of a surrogate pair is U+FFFD.
pub(crate) fn text(value: &RawValue) -> Option<String> {
    let raw = value.get();
    if !raw.starts_with('"') {
        return None;
    }
    serde_json::from_str(raw)
        .ok()
        .or_else(|| serde_json::from_str(&whole(raw)).ok())
}

/// A JSON string without halves of surrogate pairs.
pub(crate) fn whole(raw: &str) -> Cow<'_, str> {
    let mut halves = Halves::default();
    let mut whole = halves.join(raw);
    if halves.waiting.is_some() {
        let text = whole.to_mut();
        text.truncate(text.len() - 1);
        text.push_str(REPLACEMENT);
        text.push('"');
    }
    whole
}

/// One JSON string of several.
pub(crate) fn concat<'t>(strings: impl IntoIterator<Item = &'t str>) -> String {
    let mut text = String::from("\"");
    for string in strings {
        text.push_str(inside(string));
    }
    text.push('"');
    text
}

// === impl Halves ===

impl Halves {
    /// The piece as it may go out: without the first half of a pair that ends it, and with the one that ended the piece
    /// before.
    pub(crate) fn join<'t>(&mut self, piece: &'t str) -> Cow<'t, str> {
        if self.waiting.is_none() && !piece.contains("\\u") {
            return Cow::Borrowed(piece);
        }
        let mut rest = inside(piece);
        let mut text = String::with_capacity(piece.len() + ESCAPE);
        text.push('"');
        match self.waiting.take() {
            Some(first) if rest.is_empty() => self.waiting = Some(first),
            Some(first) => match rest.get(..ESCAPE).filter(|next| matches!(unit(next), Unit::Second)) {
                Some(second) => {
                    text.push_str(&first);
                    text.push_str(second);
                    rest = &rest[ESCAPE..];
                }
                None => text.push_str(REPLACEMENT),
            },
            None => {}
        }
        self.copy(rest, &mut text);
        text.push('"');
        Cow::Owned(text)
    }

    /// The rest of the text, as a JSON string: half a pair that waited in vain.
    pub(crate) fn rest(&mut self) -> Option<String> {
        self.waiting.take().map(|_| concat(["\"\\ufffd\""]))
    }

    fn copy(&mut self, mut rest: &str, text: &mut String) {
        while let Some(at) = rest.find('\\') {
            text.push_str(&rest[..at]);
            rest = &rest[at..];
            let escape = rest.get(..ESCAPE).unwrap_or(rest);
            let len = match unit(escape) {
                Unit::First => match rest.get(ESCAPE..2 * ESCAPE).map(unit) {
                    Some(Unit::Second) => 2 * ESCAPE,
                    _ if rest.len() == ESCAPE => {
                        self.waiting = Some(escape.to_owned());
                        return;
                    }
                    _ => 0,
                },
                Unit::Second => 0,
                Unit::Other => 2,
            };
            if len == 0 {
                text.push_str(REPLACEMENT);
                rest = &rest[ESCAPE..];
            } else {
                text.push_str(&rest[..len]);
                rest = &rest[len..];
            }
        }
        text.push_str(rest);
    }
}

fn inside(string: &str) -> &str {
    string
        .strip_prefix('"')
        .and_then(|it| it.strip_suffix('"'))
        .unwrap_or("")
}

fn unit(escape: &str) -> Unit {
    let digits = escape.strip_prefix("\\u").unwrap_or_default();
    match u16::from_str_radix(digits, 16) {
        Ok(0xD800..=0xDBFF) => Unit::First,
        Ok(0xDC00..=0xDFFF) => Unit::Second,
        _ => Unit::Other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::value::RawValue;

    use super::{Halves, concat, text, whole};

    fn joined(pieces: &[&str]) -> String {
        let mut halves = Halves::default();
        let mut out: Vec<String> = pieces.iter().map(|piece| halves.join(piece).into_owned()).collect();
        out.extend(halves.rest());
        serde_json::from_str(&concat(out.iter().map(String::as_str))).unwrap()
    }

    #[test]
    fn a_pair_that_was_cut_is_joined() {
        for pieces in [
            &[r#""hi \ud83d""#, r#""\ude00!""#][..],
            &[r#""hi \ud83d""#, r#""""#, r#""\uDE00!""#],
            &[r#""hi ""#, r#""\ud83d\ude00!""#],
            &["\"hi \u{1F600}!\""],
        ] {
            assert_eq!(joined(pieces), "hi \u{1F600}!", "{pieces:?}");
        }
    }

    #[test]
    fn half_a_pair_becomes_the_replacement_character() {
        for (piece, expected) in [
            (r#""a\ud83d""#, "a\u{FFFD}"),
            (r#""\ude00b""#, "\u{FFFD}b"),
            (r#""\ud83d\ud83d\ude00""#, "\u{FFFD}\u{1F600}"),
            (r#""\ud83d\n\u00e9""#, "\u{FFFD}\n\u{e9}"),
            (r#""\\ud83d""#, "\\ud83d"),
        ] {
            assert_eq!(joined(&[piece]), expected, "{piece}");
            let value: &RawValue = serde_json::from_str(piece).unwrap();
            assert_eq!(text(value).as_deref(), Some(expected));
            assert_eq!(serde_json::from_str::<String>(&whole(piece)).unwrap(), expected);
        }
        assert_eq!(joined(&[r#""a\ud83d""#, r#""b""#]), "a\u{FFFD}b");
        assert_eq!(text(serde_json::from_str("7").unwrap()), None);
    }

    proptest! {
        #[test]
        fn a_text_is_the_same_however_it_is_escaped_and_cut(text in "[a\u{e9}\u{1F600}\"\\\\]{0,6}", cut in 0_usize..13) {
            let units: Vec<String> = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
            let (one, two) = units.split_at(cut.min(units.len()));
            let pieces = [one, two].map(|part| format!("\"{}\"", part.concat()));
            prop_assert_eq!(joined(&[&pieces[0], &pieces[1]]), text);
        }
    }
}

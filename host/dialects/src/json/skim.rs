//! The members of an object and the items of a list, found without reading what they hold: for a look at a few values of
//! a text that was read before, or that need not be.
//!
//! Nothing is validated. In a text that is not JSON something may be found that is no value, but nothing outside of it, and
//! the search ends at the first thing that cannot be.

use super::depth::string_end;

/// Up to where the end of a string is looked for byte by byte: most names and values are shorter, and a search costs more to begin.
const NEAR: usize = 32;

/// What is found in an object: the name of each member as it is written, and its value as raw text.
struct Members<'a>(Values<'a>);

/// The values in an object or a list, names among them, as raw text. It holds what has not been looked at yet, from the end of a
/// value or of the opening bracket.
pub(crate) struct Values<'a>(&'a str);

/// The values of the members with these names, as raw text. If a name is given twice, the last one counts.
pub(crate) fn picked<'a, const N: usize>(object: &'a str, names: [&str; N]) -> [Option<&'a str>; N] {
    let mut values = [None; N];
    for (name, value) in members(object) {
        if let Some(place) = names.iter().position(|wanted| *wanted == name) {
            values[place] = Some(value);
        }
    }
    values
}

/// The members of an object; none of anything else.
fn members(text: &str) -> Members<'_> {
    Members(Values::within(text, '{'))
}

/// The items of a list; none of anything else.
pub(crate) fn items(text: &str) -> Values<'_> {
    Values::within(text, '[')
}

// === impl Members ===

impl<'a> Iterator for Members<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let name = self.0.next().filter(|name| name.len() > 1 && name.starts_with('"'))?;
        let value = self.0.next()?;
        Some((&name[1..name.len() - 1], value))
    }
}

// === impl Values ===

impl<'a> Values<'a> {
    fn within(text: &'a str, opening: char) -> Self {
        Self(text.trim_ascii_start().strip_prefix(opening).unwrap_or_default())
    }
}

impl<'a> Iterator for Values<'a> {
    type Item = &'a str;

    /// The next value, behind commas, colons and white space; `None` at a closing bracket.
    fn next(&mut self) -> Option<Self::Item> {
        let bytes = self.0.as_bytes();
        let start = bytes
            .iter()
            .position(|byte| !matches!(byte, b',' | b':' | b' ' | b'\n' | b'\r' | b'\t'))?;
        let length = value_length(&bytes[start..])?;
        // Both ends are beside ASCII.
        let (value, rest) = (self.0.get(start..start + length)?, self.0.get(start + length..)?);
        self.0 = rest;
        Some(value)
    }
}

/// How long the value is with which the text begins; `None` if it begins with none, or ends within one.
fn value_length(text: &[u8]) -> Option<usize> {
    match text.first()? {
        b'"' => string_length(text),
        b'{' | b'[' => nested_length(text),
        b'}' | b']' => None,
        _ => {
            let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t' | b'"' | b':');
            Some(text.iter().position(ends).unwrap_or(text.len())).filter(|length| *length > 0)
        }
    }
}

/// How long the string is with which the text begins, with its quotes.
pub(crate) fn string_length(text: &[u8]) -> Option<usize> {
    let mut at = 1;
    while at < NEAR.min(text.len()) && text[at] != b'\\' {
        at += 1;
        if text[at - 1] == b'"' {
            return Some(at);
        }
    }
    let end = string_end(text, 1);
    (end < text.len()).then_some(end + 1)
}

/// How long the object or the list is with which the text begins.
fn nested_length(text: &[u8]) -> Option<usize> {
    let (mut depth, mut at) = (0_usize, 0);
    loop {
        match text.get(at)? {
            b'"' => {
                at += string_length(&text[at..])?;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    #[test]
    fn members_and_items_are_found_between_white_space() {
        let text = " { \"a\" : [1, {\"b\":\"]\"}] ,\n\"c\\\"\":-2.5e3 , \"d\":\"x\\\\\",\"e\":null, \"f\":{}} ";
        let found: Vec<_> = members(text).collect();
        let expected = [
            ("a", "[1, {\"b\":\"]\"}]"),
            ("c\\\"", "-2.5e3"),
            ("d", "\"x\\\\\""),
            ("e", "null"),
            ("f", "{}"),
        ];
        assert_eq!(found, expected);
        assert_eq!(
            items("[1,[2],\"é\" , true]").collect::<Vec<_>>(),
            ["1", "[2]", "\"é\"", "true"]
        );
    }

    #[test]
    fn the_last_of_several_members_is_picked() {
        let text = r#"{"a":1,"b":{"c":2},"a":3}"#;
        assert_eq!(picked(text, ["c", "a", "b"]), [None, Some("3"), Some("{\"c\":2}")]);
    }

    #[test]
    fn nothing_is_found_in_other_values() {
        for text in [
            "", "[1]", "7", "\"{\"", "null", "{", "{}", "{\"a\"", "{\"a\":", "{1:2}", "{\"a", "{\"\\",
        ] {
            assert_eq!(members(text).count(), 0, "{text}");
        }
        for text in ["", "{\"a\":1}", "[", "[]", "[[1", "[\"", "[\"\\"] {
            assert_eq!(items(text).count(), 0, "{text}");
        }
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[ -~é😀\\n]{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec(("[a-z\"\\\\]{0,4}", inner), 0..4)
                    .prop_map(|members| members.into_iter().collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_serde_reads_is_found(value in value(), pretty: bool) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
            let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
            let found: Vec<_> = members(&text)
                .map(|(name, value)| (read(&format!("\"{name}\"")).as_str().unwrap().to_owned(), read(value)))
                .collect();
            let wanted = value.as_object().into_iter().flatten();
            prop_assert_eq!(found, wanted.map(|(name, value)| (name.clone(), value.clone())).collect::<Vec<_>>());
            let found: Vec<_> = items(&text).map(read).collect();
            prop_assert_eq!(found, value.as_array().cloned().unwrap_or_default());
        }

        #[test]
        fn no_text_is_too_odd(text in "[\\[\\]{}\",:\\\\ a1é]{0,40}") {
            members(&text).for_each(drop);
            items(&text).for_each(drop);
        }
    }
}

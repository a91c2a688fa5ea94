//! The members of an object and the items of a list, found without reading what they hold: for a look at a few values of
//! a text that was read before, or that need not be.
//!
//! Nothing is validated. In a text that is not JSON something may be found that is no value, but nothing outside of it, and
//! the search ends at the first thing that cannot be.

use super::depth::string_end;
use super::splice::place_in;

/// In how many words of eight bytes the end of a string is looked for first: most names and values are shorter, and a search
/// costs more to begin.
const NEAR: usize = 4;

/// A way through a text: what has not been passed yet.
#[derive(Debug)]
pub(crate) struct Skim<'a>(&'a [u8]);

/// The values of the members with these names, as raw text. If a name is given twice, the last one counts.
pub(crate) fn picked<'a, const N: usize>(object: &'a str, names: [&str; N]) -> [Option<&'a str>; N] {
    let mut values = [None; N];
    Skim::of(object.as_bytes()).members(|value, name| {
        if let Some(place) = names.iter().position(|wanted| wanted.as_bytes() == name) {
            values[place] = value.value();
        }
    });
    values.map(|value| text_of(object, value?))
}

/// The items of a list, as raw text; none of anything else.
pub(crate) fn items(text: &str) -> impl Iterator<Item = &str> {
    let mut list = Skim::of(text.as_bytes());
    let is_list = list.enter(b'[');
    std::iter::from_fn(move || text_of(text, list.value().filter(|_| is_list)?))
}

/// A value as the text that it is: both of its ends are beside ASCII.
fn text_of<'a>(whole: &'a str, value: &[u8]) -> Option<&'a str> {
    whole.get(place_in(whole.as_bytes(), value))
}

// === impl Skim ===

impl<'a> Skim<'a> {
    /// From the beginning of a value.
    pub(crate) fn of(text: &'a [u8]) -> Self {
        Self(text)
    }

    /// Passes the object that comes next. `each` gets the name of every member as it is written, and may take its value or go
    /// through it. Anything else is not passed.
    pub(crate) fn members(&mut self, mut each: impl FnMut(&mut Self, &'a [u8])) {
        if !self.enter(b'{') {
            return;
        }
        while self.peek() == Some(b'"') {
            let Some(name) = self.value() else { break };
            self.peek();
            self.pass(|value| each(value, &name[1..name.len() - 1]));
        }
        self.leave(b'}');
    }

    /// Passes the object that comes next. `take` may take the value of the member with this name or go through it.
    pub(crate) fn member(&mut self, wanted: &str, mut take: impl FnMut(&mut Self)) {
        self.members(|value, name| {
            if name == wanted.as_bytes() {
                take(value);
            }
        });
    }

    /// Passes the list that comes next. `each` may take an item or go through it. Anything else is not passed.
    pub(crate) fn items(&mut self, mut each: impl FnMut(&mut Self)) {
        if !self.enter(b'[') {
            return;
        }
        while self.peek().is_some_and(|first| first != b']') {
            self.pass(&mut each);
        }
        self.leave(b']');
    }

    /// The next value as raw text; `None` where there is none.
    pub(crate) fn value(&mut self) -> Option<&'a [u8]> {
        self.peek()?;
        let (value, rest) = self.0.split_at_checked(value_length(self.0)?)?;
        self.0 = rest;
        Some(value)
    }

    /// The first byte of what comes next, behind commas, colons and white space.
    pub(crate) fn peek(&mut self) -> Option<u8> {
        let is_between = |byte: &u8| matches!(byte, b',' | b':' | b' ' | b'\n' | b'\r' | b'\t');
        let between = self.0.iter().take_while(|byte| is_between(byte)).count();
        self.0 = &self.0[between..];
        self.0.first().copied()
    }

    /// Passes all that is left.
    pub(crate) fn end(&mut self) {
        self.0 = &[];
    }

    /// Lets `take` have the next value, and passes it if that does not.
    fn pass(&mut self, take: impl FnOnce(&mut Self)) {
        let left = self.0.len();
        take(self);
        if self.0.len() == left && self.value().is_none() {
            self.end();
        }
    }

    fn enter(&mut self, opening: u8) -> bool {
        let enters = self.peek() == Some(opening);
        if enters {
            self.0 = &self.0[1..];
        }
        enters
    }

    fn leave(&mut self, closing: u8) {
        if !self.enter(closing) {
            self.end();
        }
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
    let (words, _) = text.get(1..)?.as_chunks();
    for (place, word) in words.iter().take(NEAR).enumerate() {
        if let Some(quote) = first_quote(u64::from_le_bytes(*word)) {
            let end = 1 + 8 * place + quote;
            if text[end - 1] != b'\\' {
                return Some(end + 1);
            }
            break;
        }
    }
    let end = string_end(text, 1);
    (end < text.len()).then_some(end + 1)
}

/// Which of eight bytes, of which the lowest is the first, is the first quote. A byte that is zero, once the quote's bits are
/// taken away, is the lowest that gets its highest bit by subtracting one.
fn first_quote(bytes: u64) -> Option<usize> {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    let without = bytes ^ (ONES * u64::from(b'"'));
    let zeros = without.wrapping_sub(ONES) & !without & (ONES << 7);
    (zeros != 0).then(|| zeros.trailing_zeros() as usize / 8)
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

    /// The members of an object: each name as it is written, and the value.
    fn members(text: &str) -> Vec<(&str, &str)> {
        let mut found = Vec::new();
        Skim::of(text.as_bytes()).members(|value, name| found.push((name, value.value())));
        let texts = found
            .into_iter()
            .filter_map(|(name, value)| Some((text_of(text, name)?, text_of(text, value?)?)));
        texts.collect()
    }

    #[test]
    fn members_and_items_are_found_between_white_space() {
        let text = " { \"a\" : [1, {\"b\":\"]\"}] ,\n\"c\\\"\":-2.5e3 , \"d\":\"x\\\\\",\"e\":null, \"f\":{}} ";
        let found = members(text);
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
            assert_eq!(members(text), [], "{text}");
        }
        for text in ["", "{\"a\":1}", "[", "[]", "[[1", "[\"", "[\"\\"] {
            assert_eq!(items(text).count(), 0, "{text}");
        }
    }

    #[test]
    fn what_nobody_takes_is_passed() {
        let text = r#"{"a":[1,{"b":2},[3]],"c":{"d":4},"e":5} 6"#;
        let (mut skim, mut found) = (Skim::of(text.as_bytes()), Vec::new());
        skim.members(|value, name| match name {
            b"a" => value.items(|item| item.members(|member, _| found.extend(member.value()))),
            b"c" => value.items(|_| panic!("it is no list")),
            _ => found.extend(value.value()),
        });
        found.extend(skim.value());
        assert_eq!(found, [b"2", b"5", b"6"]);
    }

    #[test]
    fn nothing_is_found_behind_what_cannot_be() {
        for text in ["{\"a\":[1}}8", "{\"a\":}8", "{\"a\" 8", "{1:2}8"] {
            let mut skim = Skim::of(text.as_bytes());
            skim.members(|value, _| value.items(|_| {}));
            assert_eq!(skim.value(), None, "{text}");
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
                .into_iter()
                .map(|(name, value)| (read(&format!("\"{name}\"")).as_str().unwrap().to_owned(), read(value)))
                .collect();
            let wanted = value.as_object().into_iter().flatten();
            prop_assert_eq!(found, wanted.map(|(name, value)| (name.clone(), value.clone())).collect::<Vec<_>>());
            let found: Vec<_> = items(&text).map(read).collect();
            prop_assert_eq!(found, value.as_array().cloned().unwrap_or_default());
        }

        #[test]
        fn no_text_is_too_odd(text in "[\\[\\]{}\",:\\\\ a1é]{0,40}") {
            members(&text);
            items(&text).for_each(drop);
            let mut skim = Skim::of(text.as_bytes());
            skim.items(|item| item.members(|member, _| member.items(|_| {})));
        }
    }
}

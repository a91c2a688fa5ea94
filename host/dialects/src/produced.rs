//! How much text a model produced, for an estimate of its usage where the upstream reports none.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::bounds::entries;
use crate::json::raw::inside;

/// How deep parts of parts are read.
const DEPTH: u32 = 4;

/// A part of a text, as far as it holds text.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Part<'a> {
    #[serde(borrow)]
    text: Option<&'a RawValue>,
    #[serde(borrow)]
    thinking: Option<&'a RawValue>,
    #[serde(borrow)]
    summary: Option<&'a RawValue>,
    #[serde(borrow)]
    refusal: Option<&'a RawValue>,
}

/// A tool call, or a piece of one, as far as its arguments go.
#[derive(Deserialize)]
struct Call<'a> {
    #[serde(borrow)]
    function: Option<Function<'a>>,
}

#[derive(Deserialize)]
struct Function<'a> {
    #[serde(borrow)]
    arguments: Option<&'a RawValue>,
}

/// The bytes of text in a value: a string, or a list of parts that hold texts. Nothing else has any.
pub(crate) fn text_bytes(value: &RawValue) -> u64 {
    nested_bytes(value, DEPTH)
}

/// The bytes of the arguments in a list of tool calls. A list of another shape has none.
pub(crate) fn call_bytes(calls: &RawValue) -> u64 {
    let calls: Vec<Call<'_>> = entries(calls).unwrap_or_default();
    calls
        .iter()
        .filter_map(|call| call.function.as_ref())
        .map(argument_bytes)
        .sum()
}

/// The bytes of the arguments of one function call, as OpenAI's `function_call` has them.
pub(crate) fn function_bytes(call: &RawValue) -> u64 {
    serde_json::from_str(call.get()).map_or(0, |call: Function<'_>| argument_bytes(&call))
}

/// The bytes of a value's own text, by which JSON that is not inside a string is counted.
pub(crate) fn json_bytes(value: &RawValue) -> u64 {
    value.get().len() as u64
}

fn argument_bytes(function: &Function<'_>) -> u64 {
    function.arguments.map_or(0, |arguments| match arguments.get() {
        text if text.starts_with('"') => text_bytes(arguments),
        "null" => 0,
        _ => json_bytes(arguments),
    })
}

/// The bytes of text that a JSON string represents. A four-digit escape represents one to three; half of
/// a surrogate pair represents two of the pair's four.
pub(crate) fn string_bytes(string: &str) -> u64 {
    let inner = inside(string).as_bytes();
    let mut bytes = inner.len();
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'\\', &inner[at..]) {
        at += found;
        let code = inner.get(at + 2..at + 6).filter(|_| inner.get(at + 1) == Some(&b'u'));
        let (written, stands_for) = match code.map(code_unit) {
            None => (2, 1),
            Some(0..=0x7F) => (6, 1),
            Some(0x80..=0x7FF | 0xD800..=0xDFFF) => (6, 2),
            Some(_) => (6, 3),
        };
        bytes -= written - stands_for;
        at += written;
    }
    bytes as u64
}

fn code_unit(digits: &[u8]) -> u32 {
    let digits = std::str::from_utf8(digits).unwrap_or_default();
    u32::from_str_radix(digits, 16).unwrap_or_default()
}

fn nested_bytes(value: &RawValue, depth: u32) -> u64 {
    match value.get().as_bytes() {
        [b'"', .., b'"'] => string_bytes(value.get()),
        _ if depth == 0 => 0,
        [b'[', ..] => {
            let parts: Vec<&RawValue> = entries(value).unwrap_or_default();
            parts.into_iter().map(|part| nested_bytes(part, depth - 1)).sum()
        }
        [b'{', ..] => {
            let part: Part<'_> = serde_json::from_str(value.get()).unwrap_or_default();
            let texts = [part.text, part.thinking, part.summary, part.refusal];
            let texts = texts.into_iter().flatten();
            texts.map(|text| nested_bytes(text, depth - 1)).sum()
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::value::RawValue;

    use super::{call_bytes, function_bytes, text_bytes};

    fn raw(text: &str) -> &RawValue {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn parts_are_counted_by_their_texts() {
        let parts = r#"[{"type":"text","text":"ab"},{"type":"thinking","thinking":[{"text":"c"}]},7]"#;
        assert_eq!(text_bytes(raw(parts)), 3);
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        for nothing in ["null", "7", "{}", "[]", "\"\"", &deep] {
            assert_eq!(text_bytes(raw(nothing)), 0, "{nothing}");
        }
    }

    #[test]
    fn calls_are_counted_by_their_arguments() {
        let calls = r#"[{"function":{"name":"f","arguments":"{\"a\":1}"}},{"function":{"arguments":{"a":1}}},{},{"function":null}]"#;
        assert_eq!(call_bytes(raw(calls)), 14);
        assert_eq!(call_bytes(raw("[7]")), 0);
        assert_eq!(function_bytes(raw(r#"{"arguments":"{}"}"#)), 2);
        assert_eq!(function_bytes(raw("7")), 0);
    }

    proptest! {
        #[test]
        fn a_string_is_counted_as_what_it_stands_for(text in any::<String>()) {
            let units = text.encode_utf16().map(|unit| format!("\\u{unit:04x}"));
            let escaped = units.collect::<Vec<_>>().concat();
            for json in [serde_json::to_string(&text).unwrap(), format!("\"{escaped}\"")] {
                prop_assert_eq!(text_bytes(raw(&json)), text.len() as u64);
            }
        }
    }
}

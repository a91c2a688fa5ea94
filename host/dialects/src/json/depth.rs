//! How deep JSON is nested, told from its text alone: what reads it by recursion would run out of its stack.

use std::sync::LazyLock;

use memchr::memchr;
use memchr::memmem::Finder;

/// The deepest nesting that is passed on. An adapter has 64 KiB of stack; one that reads a text into a tree of serde's
/// needs them all at about a hundred levels. The schemas of tools, the deepest of what clients send, have half of this.
pub const DEEPEST: usize = 64;

/// The member of a tool call whose text is JSON itself, which adapters parse.
pub(super) const ARGUMENTS: &str = "arguments";

/// How often a text may hold JSON in a text: some clients encode arguments twice.
const LAYERS: u32 = 3;

/// How a bracket may begin that is written as an escape. Made once: for a short text that costs more than the search.
static ESCAPES: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\\u00"));

/// True if this JSON is nested deeper than [`DEEPEST`]: itself, or the arguments of a tool call in it. What is no JSON has
/// whatever depth its brackets have.
pub fn is_deep(text: &[u8]) -> bool {
    may_be_deep(text) && deep(text, LAYERS)
}

/// True if there are enough brackets, written as such or as escapes of JSON in a text. Counting them is several times as fast
/// as telling which of them are in texts.
fn may_be_deep(text: &[u8]) -> bool {
    /// So few that each count fits into a byte, which processors add up by the dozen.
    const AT_ONCE: usize = 128;
    let opens = |byte: &u8| u8::from(matches!(byte, b'[' | b'{'));
    let (parts, rest) = text.as_chunks::<AT_ONCE>();
    let mut brackets = rest.iter().filter(|byte| opens(byte) == 1).count();
    for part in parts {
        brackets += usize::from(part.iter().map(opens).sum::<u8>());
        if brackets > DEEPEST {
            return true;
        }
    }
    // Brackets may be escaped in arguments, and so may the parts of such an escape. Many texts have no escapes at all.
    let escape = || memchr(b'\\', text).and_then(|first| ESCAPES.find(&text[first..]));
    brackets > DEEPEST || escape().is_some()
}

fn deep(text: &[u8], layers: u32) -> bool {
    let (mut depth, mut at) = (0_usize, 0);
    // The last string was the name `arguments`, and what follows is its value.
    let mut of_arguments = false;
    while let Some(&byte) = text.get(at) {
        at += 1;
        match byte {
            b'"' => {
                let end = string_end(text, at);
                let inner = text.get(at..end).unwrap_or_default();
                if of_arguments && layers > 0 && is_deep_inside(inner, layers - 1) {
                    return true;
                }
                of_arguments = inner == ARGUMENTS.as_bytes();
                at = end + 1;
            }
            b'[' | b'{' => {
                depth += 1;
                of_arguments = false;
                if depth > DEEPEST {
                    return true;
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b',' => of_arguments = false,
            _ => {}
        }
    }
    false
}

/// Where the string whose inside begins here ends: at its quote. Only quotes are looked for, of which texts have fewer than
/// escapes: those behind an odd number of backslashes are within the string.
pub(crate) fn string_end(text: &[u8], start: usize) -> usize {
    let mut at = start;
    while let Some(quote) = text.get(at..).and_then(|rest| memchr(b'"', rest)) {
        let end = at + quote;
        let backslashes = text[start..end].iter().rev().take_while(|byte| **byte == b'\\');
        if backslashes.count() % 2 == 0 {
            return end;
        }
        at = end + 1;
    }
    text.len()
}

/// The same of the JSON in a string.
fn is_deep_inside(inner: &[u8], layers: u32) -> bool {
    // Nearly all strings are told by their few brackets, written as such or as escapes.
    let may_open = inner.iter().filter(|byte| matches!(byte, b'[' | b'{' | b'u')).count();
    if may_open <= DEEPEST {
        return false;
    }
    let quoted = [b"\"", inner, b"\""].concat();
    let Ok(text) = serde_json::from_slice::<String>(&quoted) else {
        return false;
    };
    let text = text.trim();
    match text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) if layers > 0 => is_deep_inside(inner.as_bytes(), layers - 1),
        _ => deep(text.as_bytes(), layers),
    }
}

#[cfg(test)]
mod tests {
    use super::{DEEPEST, is_deep};

    fn lists(depth: usize) -> String {
        format!("{}{}", "[".repeat(depth), "]".repeat(depth))
    }

    fn objects(depth: usize) -> String {
        format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth))
    }

    #[test]
    fn depth_is_counted_outside_of_strings() {
        for (text, deep) in [
            (lists(DEEPEST), false),
            (lists(DEEPEST + 1), true),
            (objects(DEEPEST), false),
            (objects(DEEPEST + 1), true),
            (format!("[{}]", vec!["[]"; 1_000].join(",")), false),
            (format!("[\"\\\"{}\", \"\\\\\"]", "[".repeat(1_000)), false),
            (format!("[\"\\\\\", {}]", lists(DEEPEST)), true),
            ("[".repeat(100_000), true),
            ("\"".to_owned(), false),
            ("\"\\".to_owned(), false),
            (String::new(), false),
        ] {
            assert_eq!(is_deep(text.as_bytes()), deep, "{}", &text[..text.len().min(80)]);
        }
    }

    #[test]
    fn brackets_are_counted_wherever_they_stand() {
        for length in [0, 1, 2, 127, 128, 129, 256, 257, 400] {
            let padding = " ".repeat(length);
            for (depth, deep) in [(DEEPEST, false), (DEEPEST + 1, true)] {
                let text = format!("{padding}{}", lists(depth));
                assert_eq!(is_deep(text.as_bytes()), deep, "{depth} behind {length}");
            }
        }
    }

    #[test]
    fn the_arguments_of_a_call_count_although_they_are_a_text() {
        let call = |key: &str, arguments: &str| {
            let arguments = serde_json::to_string(arguments).unwrap();
            format!("{{\"function\":{{\"name\":\"f\",\"{key}\" : {arguments}}}}}")
        };
        let twice = |text: &str| serde_json::to_string(text).unwrap();
        let escaped = objects(DEEPEST + 1).replace('{', "\u{1}");
        let escaped = call("arguments", &escaped).replace("\\u0001", "\\u007b");
        for (text, deep) in [
            (call("arguments", &objects(DEEPEST)), false),
            (call("arguments", &objects(DEEPEST + 1)), true),
            (call("arguments", &format!(" {}", objects(100_000))), true),
            (call("arguments", &twice(&objects(DEEPEST + 1))), true),
            (call("arguments", &twice(&twice(&objects(DEEPEST + 1)))), true),
            (call("arguments", &twice(&objects(DEEPEST))), false),
            (escaped, true),
            (call("content", &objects(DEEPEST + 1)), false),
            (call("arguments", &"u[".repeat(40)), false),
        ] {
            assert_eq!(is_deep(text.as_bytes()), deep, "{}", &text[..text.len().min(80)]);
        }
    }
}

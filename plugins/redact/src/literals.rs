//! The strings and numbers in a JSON text, which may be cut off or damaged: a model wrote it.

use std::ops::Range;

/// A string or a number in a JSON text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Literal {
    /// What is between the quotes of a string.
    String(Range<usize>),
    /// A number.
    Number(Range<usize>),
}

/// All strings and numbers in a text, in order. A string that does not end goes on to the end of the text.
pub fn find(text: &str) -> Vec<Literal> {
    let bytes = text.as_bytes();
    let mut literals = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        if rest[0] == b'"' {
            let length = string(&rest[1..]);
            literals.push(Literal::String(at + 1..at + 1 + length));
            at += length + 2;
        } else if rest[0].is_ascii_digit() {
            let is_number = |byte: &&u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-');
            let length = rest.iter().take_while(is_number).count();
            literals.push(Literal::Number(at..at + length));
            at += length;
        } else {
            at += 1;
        }
    }
    literals
}

/// How long the string is that begins here.
fn string(bytes: &[u8]) -> usize {
    let mut escaped = false;
    let end = bytes.iter().position(|byte| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    });
    end.unwrap_or(bytes.len())
}

/// A string without its escapes; as it is, if they are damaged.
pub fn unescaped(literal: &str) -> String {
    if !literal.contains('\\') {
        return literal.to_owned();
    }
    serde_json::from_str(&format!("\"{literal}\"")).unwrap_or_else(|_| literal.to_owned())
}

/// A string with the escapes that JSON needs, without quotes.
pub fn escaped(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_and_numbers_are_found_even_if_the_text_is_cut() {
        let text = r#"{"a\"b": 12.5, "c": ["é\\", -3], "d": "cut"#;
        let found: Vec<&str> = find(text)
            .into_iter()
            .map(|literal| match literal {
                Literal::String(range) | Literal::Number(range) => &text[range],
            })
            .collect();
        assert_eq!(found, [r#"a\"b"#, "12.5", "c", r"é\\", "3", "d", "cut"]);
        assert_eq!(find("\""), [Literal::String(1..1)]);
        assert_eq!(find(""), []);
    }

    #[test]
    fn escapes_are_read_and_written() {
        assert_eq!(unescaped(r"a\u0040b\n"), "a@b\n");
        assert_eq!(unescaped(r"a\u00"), r"a\u00");
        assert_eq!(escaped("\"a\"\n<é>"), r#"\"a\"\n<é>"#);
    }
}

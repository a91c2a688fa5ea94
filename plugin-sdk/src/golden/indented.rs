//! JSON text for readers: numbers keep their digits, and strings are spelled in one way, whoever wrote them.

use std::iter::Peekable;
use std::str::Chars;

use serde_json::Value;

use crate::scan::split_string;

/// The text with a line for each member and each entry, as `serde_json` lays them out. It must be JSON without white space
/// between its tokens.
pub(super) fn indented(text: &str) -> String {
    let text = plain(text);
    let mut shown = String::with_capacity(text.len() * 2);
    let mut depth = 0;
    let mut rest = text.chars().peekable();
    while let Some(mark) = rest.next() {
        match mark {
            '{' | '[' => {
                shown.push(mark);
                if let Some(end) = rest.next_if(|next| matches!(next, '}' | ']')) {
                    shown.push(end);
                } else {
                    depth += 1;
                    begin_line(&mut shown, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                begin_line(&mut shown, depth);
                shown.push(mark);
            }
            ',' => {
                shown.push(mark);
                begin_line(&mut shown, depth);
            }
            ':' => shown.push_str(": "),
            '"' => copy_string(&mut rest, &mut shown),
            other => shown.push(other),
        }
    }
    shown
}

/// The text with its strings as `serde_json` writes them: languages differ in what they escape. What is no text, such as half a
/// pair of surrogates, stays as it is.
pub(super) fn plain(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('"') {
        let (before, string) = rest.split_at(start);
        let (string, after) = split_string(string);
        shown.push_str(before);
        match serde_json::from_str::<String>(string) {
            Ok(text) => shown.push_str(&Value::from(text).to_string()),
            Err(_) => shown.push_str(string),
        }
        rest = after;
    }
    shown + rest
}

fn begin_line(shown: &mut String, depth: usize) {
    shown.push('\n');
    shown.extend(std::iter::repeat_n("  ", depth));
}

/// Copies a string whose first quote has been read.
fn copy_string(rest: &mut Peekable<Chars<'_>>, shown: &mut String) {
    shown.push('"');
    while let Some(next) = rest.next() {
        shown.push(next);
        match next {
            '"' => return,
            '\\' => shown.extend(rest.next()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{indented, plain};

    #[test]
    fn the_layout_is_that_of_parsed_values() {
        for text in [
            "1",
            "{}",
            "[]",
            r#""a{\"b\\""#,
            r#"{"a":{},"b":[1,[],{"c":"x, y: [z] \" \\"}],"d":null}"#,
            "[[[1]],[{}]]",
        ] {
            let value: Value = serde_json::from_str(text).unwrap();
            assert_eq!(indented(text), format!("{value:#}"));
        }
    }

    #[test]
    fn numbers_keep_their_digits() {
        assert_eq!(indented("[1.50,1e400,-0.0]"), "[\n  1.50,\n  1e400,\n  -0.0\n]");
    }

    #[test]
    fn strings_are_spelled_in_one_way() {
        assert_eq!(
            plain(r#"{"\u0061":["\u00fc\ud83e\udd80\/",1.50]}"#),
            r#"{"a":["ü🦀/",1.50]}"#
        );
        assert_eq!(plain(r#"["\ud83d","\"\\"]"#), r#"["\ud83d","\"\\"]"#);
    }
}

//! JSON text laid out for readers, whose values stay as they were written.

use std::iter::Peekable;
use std::str::Chars;

/// The text with a line for each member and each entry, as `serde_json` lays them out. It must be JSON without white space
/// between its tokens.
pub(super) fn indented(text: &str) -> String {
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

    use super::indented;

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
}

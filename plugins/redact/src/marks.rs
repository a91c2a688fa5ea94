//! Reads what may be a placeholder: `<EMAIL_1>`, and in JSON also `\u003cEMAIL_1\u003e`, as some servers write it.

use crate::redaction::Form;

/// The longest name in a placeholder, in bytes: a label of 32, a `_`, and a number of 10 digits.
const NAME: usize = 43;

/// The longest placeholder, in bytes, with both signs escaped. As much of a reply may have to be held back.
pub const LONGEST: usize = 6 + NAME + 6;

/// The signs around a name, and how they are escaped in JSON.
const OPENING: (char, &str) = ('<', r"\u003c");
const CLOSING: (char, &str) = ('>', r"\u003e");

/// What a text begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark<'a> {
    /// The form of a placeholder, with this name, in so many bytes.
    Whole(&'a str, usize),
    /// What may go on as one: it begins like this, without escapes.
    Open(String),
    /// Something else.
    None,
}

/// One of the two signs at the beginning of a text.
enum Sign {
    Whole(usize),
    Open,
    None,
}

/// The place of the next sign in a text that a placeholder may begin with.
pub fn next(text: &str, form: Form) -> Option<usize> {
    match form {
        Form::Plain => text.find('<'),
        Form::Json => text.find(['<', '\\']),
    }
}

/// What a text begins with.
pub fn read(text: &str, form: Form) -> Mark<'_> {
    let opening = match sign(text, OPENING, form) {
        Sign::Whole(length) => length,
        Sign::Open => return Mark::Open(String::new()),
        Sign::None => return Mark::None,
    };
    let is_name = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
    let length = text.bytes().skip(opening).take(NAME).take_while(is_name).count();
    let name = &text[opening..opening + length];
    let rest = &text[opening + length..];
    match sign(rest, CLOSING, form) {
        _ if rest.is_empty() => Mark::Open(format!("<{name}")),
        _ if name.is_empty() => Mark::None,
        Sign::Whole(closing) => Mark::Whole(name, opening + length + closing),
        Sign::Open => Mark::Open(format!("<{name}>")),
        Sign::None => Mark::None,
    }
}

/// How many bytes at the beginning of a text to pass over if they begin no placeholder: in JSON, an escape is one thing.
pub fn step(text: &str, form: Form) -> usize {
    let characters = if form == Form::Json && text.starts_with('\\') {
        2
    } else {
        1
    };
    text.chars().take(characters).map(char::len_utf8).sum()
}

fn sign(text: &str, (plain, escaped): (char, &str), form: Form) -> Sign {
    if text.starts_with(plain) {
        return Sign::Whole(1);
    }
    let length = text.len().min(escaped.len());
    let is_escape = text.as_bytes()[..length].eq_ignore_ascii_case(&escaped.as_bytes()[..length]);
    match form {
        Form::Json if is_escape && length == escaped.len() => Sign::Whole(length),
        Form::Json if is_escape => Sign::Open,
        _ => Sign::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_in_either_form() {
        let open = |text: &str| Mark::Open(text.to_owned());
        for (text, plain, json) in [
            ("<A_1> x", Mark::Whole("A_1", 5), Mark::Whole("A_1", 5)),
            (r"\u003cA_1\u003E", Mark::None, Mark::Whole("A_1", 15)),
            (r"<A_1\u003e", Mark::None, Mark::Whole("A_1", 10)),
            ("<", open("<"), open("<")),
            ("<A_", open("<A_"), open("<A_")),
            (r"<A_1\u00", Mark::None, open("<A_1>")),
            (r"\u0", Mark::None, open("")),
            (r"\n", Mark::None, Mark::None),
            ("<>", Mark::None, Mark::None),
            ("<a>", Mark::None, Mark::None),
        ] {
            assert_eq!(read(text, Form::Plain), plain, "{text}");
            assert_eq!(read(text, Form::Json), json, "{text}");
        }
        let long = format!("<{}>", "A".repeat(NAME + 1));
        assert_eq!(read(&long, Form::Plain), Mark::None);
    }
}

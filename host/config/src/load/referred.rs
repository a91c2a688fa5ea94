//! What a variable or a file that is referred to may contain. No message quotes it, because it may be a secret.

/// Why the content of a variable or file is refused. Each message is a predicate whose subject is the variable or file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unfit {
    /// It is not UTF-8.
    #[error("is not valid UTF-8")]
    NotUnicode,
    /// It contains U+FEFF, which some editors put in front of a text (Unicode 16.0, section 23.8).
    #[error("contains a byte order mark")]
    ByteOrderMark,
    /// It has more than one line.
    #[error("contains a line break before its end")]
    LineBreak,
    /// It contains a tab, a zero byte or the like.
    #[error("contains a control character")]
    ControlCharacter,
}

/// How many lines a value may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// One line without control characters: almost everything, and every secret.
    Line,
    /// Any text: an adapter's settings.
    Text,
}

// === impl Unfit ===

impl Unfit {
    /// What to do about it.
    pub(super) fn remedy(self) -> &'static str {
        match self {
            Self::NotUnicode => "provide UTF-8 text",
            Self::ByteOrderMark => "save it as UTF-8 without a byte order mark",
            Self::LineBreak => "put the value on a single line",
            Self::ControlCharacter => "remove it",
        }
    }
}

/// The value in `content`: without the line breaks at its end, which `echo` and editors add.
///
/// # Errors
/// [`Unfit`] if it contains what no value of this shape may.
pub(super) fn value(content: &str, shape: Shape) -> Result<&str, Unfit> {
    let value = content.trim_end_matches(['\r', '\n']);
    if value.contains('\u{feff}') {
        return Err(Unfit::ByteOrderMark);
    }
    if shape == Shape::Text {
        return Ok(value);
    }
    if value.contains(['\r', '\n']) {
        return Err(Unfit::LineBreak);
    }
    if value.contains(char::is_control) {
        return Err(Unfit::ControlCharacter);
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_breaks_at_the_end_are_cut_off_and_nothing_else_is() {
        for content in ["sk a", "sk a\n", "sk a\r\n", "sk a\n\n"] {
            assert_eq!(value(content, Shape::Line), Ok("sk a"), "{content:?}");
            assert_eq!(value(content, Shape::Text), Ok("sk a"), "{content:?}");
        }
        assert_eq!(value(" sk ", Shape::Line), Ok(" sk "));
        assert_eq!(value("schlüssel", Shape::Line), Ok("schlüssel"));
        assert_eq!(value("\r\n", Shape::Line), Ok(""));
    }

    #[test]
    fn what_no_secret_contains_is_refused() {
        let cases = [
            ("\u{feff}sk", Unfit::ByteOrderMark),
            ("sk-a\nsk-b", Unfit::LineBreak),
            ("\nsk", Unfit::LineBreak),
            ("sk\rsk\n", Unfit::LineBreak),
            ("a\tb", Unfit::ControlCharacter),
            ("a\0", Unfit::ControlCharacter),
            ("a\u{7f}", Unfit::ControlCharacter),
            ("a\u{85}b", Unfit::ControlCharacter),
        ];
        for (content, unfit) in cases {
            assert_eq!(value(content, Shape::Line), Err(unfit), "{content:?}");
        }
    }

    #[test]
    fn a_text_may_have_many_lines() {
        assert_eq!(value("a\n\tb\n", Shape::Text), Ok("a\n\tb"));
        assert_eq!(value("\u{feff}a", Shape::Text), Err(Unfit::ByteOrderMark));
    }
}

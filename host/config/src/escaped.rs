//! Text of strangers on one line: whatever could break the line, colour it, hide or reorder it is escaped, and the rest is cut.

use std::fmt::{self, Display, Write};

/// Writes text on to `out` with every [unsafe character](is_unsafe) escaped, up to a number of bytes.
///
/// What exceeds the limit is replaced by `…`, and writing fails from there on, so that nobody formats what nobody reads.
pub struct Escaper<'a> {
    out: &'a mut dyn Write,
    left: usize,
}

/// A text that displays escaped, and whole.
pub struct Escaped<'a>(pub &'a str);

/// Whether a character does something else than being shown where it stands: a control character (with them the escape
/// sequences of terminals), a line separator of Unicode, an override of the direction of text, or one that is invisible.
pub fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

/// `text` if it has at most `max` bytes, otherwise its beginning and `…`.
pub fn cut(text: &str, max: usize) -> std::borrow::Cow<'_, str> {
    if text.len() <= max {
        return text.into();
    }
    format!("{}…", &text[..text.floor_char_boundary(max)]).into()
}

// === impl Escaper ===

impl<'a> Escaper<'a> {
    /// Writes at most `limit` bytes of text to `out`, before escaping.
    pub fn new(out: &'a mut dyn Write, limit: usize) -> Self {
        Self { out, left: limit }
    }

    fn escape(&mut self, text: &str) -> fmt::Result {
        let mut plain = text;
        while let Some(at) = plain.find(is_unsafe) {
            let (before, rest) = plain.split_at(at);
            self.out.write_str(before)?;
            let mut chars = rest.chars();
            let escaped = chars.next().into_iter().flat_map(char::escape_default);
            escaped.into_iter().try_for_each(|c| self.out.write_char(c))?;
            plain = chars.as_str();
        }
        self.out.write_str(plain)
    }
}

impl Write for Escaper<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if text.len() <= self.left {
            self.left -= text.len();
            return self.escape(text);
        }
        self.escape(&text[..text.floor_char_boundary(self.left)])?;
        self.left = 0;
        self.out.write_char('…')?;
        Err(fmt::Error)
    }
}

// === impl Escaped ===

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaper::new(f, usize::MAX).write_str(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_leaves_its_line_or_changes_it_is_escaped() {
        let table = [
            ("plain, ß, 漢字, 🦀", "plain, ß, 漢字, 🦀"),
            ("a\nb\r\nc\td", "a\\nb\\r\\nc\\td"),
            ("\u{1b}[31mred\u{9b}0m", "\\u{1b}[31mred\\u{9b}0m"),
            ("a\u{2028}b\u{2029}c\u{85}d", "a\\u{2028}b\\u{2029}c\\u{85}d"),
            ("\u{202e}txt.exe\u{2066}", "\\u{202e}txt.exe\\u{2066}"),
            ("zero\u{200b}width\u{feff}", "zero\\u{200b}width\\u{feff}"),
            ("\0\u{7f}", "\\u{0}\\u{7f}"),
        ];
        for (given, expected) in table {
            assert_eq!(Escaped(given).to_string(), expected);
        }
    }

    #[test]
    fn text_beyond_the_limit_is_cut_between_characters_and_no_longer_formatted() {
        let mut out = String::new();
        let mut escaper = Escaper::new(&mut out, 4);
        assert!(escaper.write_str("abc").is_ok());
        assert!(escaper.write_str("ßd").is_err());
        assert!(escaper.write_str("more").is_err());
        assert_eq!(out, "abc……");
        assert_eq!(cut("abcß", 4), "abc…");
        assert_eq!(cut("abcß", 5), "abcß");
    }
}

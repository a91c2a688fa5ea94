//! Comma-separated values (RFC 4180, but with line feeds) that a spreadsheet opens without running anything.

/// A cell with a text: one that a spreadsheet would take for a formula (CWE-1236) gets an apostrophe in front, and it is
/// quoted if RFC 4180 requires it. Numbers need neither.
#[must_use]
pub fn text(text: &str) -> String {
    quoted(&harmless(text))
}

/// The wide forms of the characters that begin a formula count as well.
fn harmless(text: &str) -> String {
    let formula = [
        '=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
    ];
    if text.trim_start_matches(' ').starts_with(formula) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// Section 2, rules 5 to 7.
fn quoted(field: &str) -> String {
    if field.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_text_is_no_formula_and_one_cell() {
        for (text, cell) in [
            ("=1+2", "'=1+2"),
            (
                "=HYPERLINK(\"http://a\",\"b\")",
                "\"'=HYPERLINK(\"\"http://a\"\",\"\"b\"\")\"",
            ),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@sum", "'@sum"),
            ("\t=1", "'\t=1"),
            ("\r=1", "\"'\r=1\""),
            ("\u{ff1d}1", "'\u{ff1d}1"),
            (" =1", "' =1"),
            ("a=1", "a=1"),
            ("a, \"b\"\nc", "\"a, \"\"b\"\"\nc\""),
            ("", ""),
        ] {
            assert_eq!(super::text(text), cell);
        }
    }
}

//! Rust text with what is no code taken out: comments, the contents of strings, and tests.

use std::ops::Range;

/// What is left of a Rust file. Both keep the places of the file: a blank stands for each byte that was taken out.
pub(crate) struct Source {
    /// The code, without comments, contents of strings, and tests.
    pub(crate) code: String,
    /// The strings in that code, each with the line on which it begins, counted from 1.
    pub(crate) strings: Vec<(usize, String)>,
}

/// A stretch of text that is not code.
enum Stretch {
    Comment(usize),
    Text(Range<usize>),
}

/// What precedes the module, function or import that only tests have.
const TEST_ATTRIBUTE: &str = "#[cfg(test)]";

// === impl Source ===

impl Source {
    /// Reads a Rust file.
    pub(crate) fn read(text: &str) -> Self {
        let bytes = text.as_bytes();
        let (mut code, mut texts, mut at) = (Vec::with_capacity(bytes.len()), Vec::new(), 0);
        while at < bytes.len() {
            match stretch(bytes, at) {
                Some(Stretch::Comment(end)) => at = blank(bytes, at..end, &mut code),
                Some(Stretch::Text(content)) => {
                    code.extend_from_slice(&bytes[at..content.start]);
                    at = blank(bytes, content.clone(), &mut code);
                    // The closing quote, which would open another text if it were read again.
                    code.extend(bytes.get(at));
                    at += 1;
                    texts.push(content);
                }
                None => at = blank_unless_ascii(bytes, at, &mut code),
            }
        }
        let dropped = tests(&code);
        for byte in dropped.iter().flat_map(Clone::clone) {
            if code[byte] != b'\n' {
                code[byte] = b' ';
            }
        }
        texts.retain(|text| !dropped.iter().any(|test| test.contains(&text.start)));
        let line = |at: usize| text[..at].matches('\n').count() + 1;
        Self {
            code: String::from_utf8(code).expect("only ASCII is kept"),
            strings: texts
                .into_iter()
                .map(|range| (line(range.start), text[range].to_owned()))
                .collect(),
        }
    }
}

/// Writes blanks for these bytes, but keeps the ends of lines.
fn blank(bytes: &[u8], range: Range<usize>, out: &mut Vec<u8>) -> usize {
    out.extend(
        bytes[range.clone()]
            .iter()
            .map(|byte| if *byte == b'\n' { b'\n' } else { b' ' }),
    );
    range.end
}

fn blank_unless_ascii(bytes: &[u8], at: usize, out: &mut Vec<u8>) -> usize {
    out.push(if bytes[at].is_ascii() { bytes[at] } else { b' ' });
    at + 1
}

/// The comment, string or character that begins here.
fn stretch(bytes: &[u8], at: usize) -> Option<Stretch> {
    let rest = &bytes[at..];
    match rest[0] {
        b'/' if rest.starts_with(b"//") => Some(Stretch::Comment(find(bytes, at, b"\n"))),
        b'/' if rest.starts_with(b"/*") => Some(Stretch::Comment(end_of_block(bytes, at))),
        b'"' => Some(Stretch::Text(at + 1..end_of_quote(bytes, at + 1, b'"'))),
        b'r' if at == 0 || !is_word(bytes[at - 1]) || bytes[at - 1] == b'b' => raw(bytes, at),
        b'\'' => {
            let next = std::str::from_utf8(&rest[1..]).ok()?.chars().next()?;
            let is_character = next == '\\' || rest.get(1 + next.len_utf8()) == Some(&b'\'');
            is_character.then(|| Stretch::Text(at + 1..end_of_quote(bytes, at + 1, b'\'')))
        }
        _ => None,
    }
}

/// The raw string whose `r` stands here.
fn raw(bytes: &[u8], at: usize) -> Option<Stretch> {
    let hashes = bytes[at + 1..].iter().take_while(|byte| **byte == b'#').count();
    let start = at + 1 + hashes;
    (bytes.get(start) == Some(&b'"')).then(|| {
        let close = [&b"\""[..], &b"#".repeat(hashes)].concat();
        Stretch::Text(start + 1..find(bytes, start + 1, &close))
    })
}

/// Where these bytes begin, or the end.
fn find(bytes: &[u8], from: usize, wanted: &[u8]) -> usize {
    let found = bytes[from..].windows(wanted.len()).position(|window| window == wanted);
    found.map_or(bytes.len(), |offset| from + offset)
}

/// Where a quoted text closes.
fn end_of_quote(bytes: &[u8], from: usize, quote: u8) -> usize {
    let mut at = from;
    while at < bytes.len() && bytes[at] != quote {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at.min(bytes.len())
}

/// Where a block comment ends, those within it included.
fn end_of_block(bytes: &[u8], from: usize) -> usize {
    let (mut at, mut depth) = (from + 2, 1);
    while at < bytes.len() && depth > 0 {
        match &bytes[at..(at + 2).min(bytes.len())] {
            b"*/" => (at, depth) = (at + 2, depth - 1),
            b"/*" => (at, depth) = (at + 2, depth + 1),
            _ => at += 1,
        }
    }
    at
}

/// The items that only tests have: each from its attribute to its last brace or semicolon.
fn tests(code: &[u8]) -> Vec<Range<usize>> {
    let mut tests = Vec::new();
    let mut from = 0;
    loop {
        let start = find(code, from, TEST_ATTRIBUTE.as_bytes());
        if start == code.len() {
            return tests;
        }
        let end = end_of_item(code, start + TEST_ATTRIBUTE.len());
        tests.push(start..end);
        from = end;
    }
}

/// Where an item ends: with the first semicolon outside all brackets, or with the brace that closes its first one.
fn end_of_item(code: &[u8], from: usize) -> usize {
    let mut depth = 0_u32;
    for (offset, byte) in code[from..].iter().enumerate() {
        match byte {
            b'{' | b'(' | b'[' => depth += 1,
            b'}' | b')' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 && *byte == b'}' {
                    return from + offset + 1;
                }
            }
            b';' if depth == 0 => return from + offset + 1,
            _ => {}
        }
    }
    code.len()
}

/// Whether a byte can be a part of an identifier.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> String {
        let code = Source::read(text).code;
        assert_eq!(code.len(), text.len());
        code.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn comments_are_taken_out_also_one_within_another() {
        assert_eq!(code("a // b\n/* c /* d */ e */ f"), "a f");
        assert_eq!(code("a /// \"b\nc"), "a c");
    }

    #[test]
    fn strings_are_emptied_whatever_is_in_them() {
        assert_eq!(code(r#"a("b // \" c") d"#), "a(\" \") d");
        assert_eq!(code(r##"a(r#"b "c" d"#) e"##), "a(r#\" \"#) e");
        assert_eq!(code("a(br\"b\") c"), "a(br\" \") c");
    }

    #[test]
    fn a_quote_is_a_character_or_a_lifetime() {
        assert_eq!(code("('\"', 'ä', '\\'') b"), "(' ', ' ', ' ') b");
        assert_eq!(code("fn a<'b>(c: &'b str) { '}' }"), "fn a<'b>(c: &'b str) { ' ' }");
    }

    #[test]
    fn tests_are_taken_out_and_what_follows_them_stays() {
        assert_eq!(code("#[cfg(test)]\nmod tests;\na"), "a");
        assert_eq!(code("#[cfg(test)]\nmod tests { fn b() { \"}\" } }\na"), "a");
        assert_eq!(code("#[cfg(test)]\n#[allow(x)]\nfn b(c: [u8; 2]) { d }\na"), "a");
    }

    #[test]
    fn strings_are_listed_with_their_lines() {
        let source = Source::read("a(\"b\")\n// \"c\"\nd(r\"e\")\n#[cfg(test)]\nmod tests { \"f\" }");
        assert_eq!(source.strings, [(1, "b".to_owned()), (3, "e".to_owned())]);
    }
}

//! Where the long texts of a chat stand, found without reading them: their bytes are most of a request.

use std::ops::Range;

use memchr::memmem;

use crate::json::string_end;

/// Where the JSON strings of a chat's texts stand that are longer than this: the `content` of a message, and the `text` of
/// its parts of type `text`. Without those that an adapter would not pass on as they are: what is blank, and what
/// may have an escape that is half of a character. The body must be JSON.
#[must_use]
pub fn long_texts(body: &[u8], longer_than: usize) -> Vec<Range<usize>> {
    let mut cursor = Cursor { body, at: 0 };
    let mut found = Vec::new();
    cursor.members(|cursor, name| match name {
        b"messages" => cursor.elements(|cursor| message(cursor, longer_than, &mut found)),
        _ => cursor.skip(),
    });
    found.retain(|text| is_passed_on(&body[text.clone()]));
    found
}

fn message(cursor: &mut Cursor<'_>, longer_than: usize, found: &mut Vec<Range<usize>>) {
    cursor.members(|cursor, name| match (name, cursor.next()) {
        (b"content", Some(b'"')) => {
            let text = cursor.value();
            found.extend(Some(text).filter(|text| text.len() > longer_than));
        }
        (b"content", Some(b'[')) => cursor.elements(|cursor| {
            let text = part(cursor).filter(|text| text.len() > longer_than);
            found.extend(text);
        }),
        _ => cursor.skip(),
    });
}

/// The text of a part that is one.
fn part(cursor: &mut Cursor<'_>) -> Option<Range<usize>> {
    let (mut text, mut is_text) = (None, false);
    cursor.members(|cursor, name| match (name, cursor.next()) {
        (b"text", Some(b'"')) => text = Some(cursor.value()),
        (b"type", Some(b'"')) => {
            let kind = cursor.value();
            is_text = cursor.body.get(kind) == Some(b"\"text\"");
        }
        _ => cursor.skip(),
    });
    text.filter(|_| is_text)
}

fn is_passed_on(text: &[u8]) -> bool {
    let is_plain = |first: &u8| first.is_ascii_graphic() && !matches!(first, b'\\' | b'"');
    let has = |half: &[u8]| memmem::find(text, half).is_some();
    text.get(1).is_some_and(is_plain) && !has(b"\\ud") && !has(b"\\uD")
}

/// A place in a JSON text. What is no JSON leads to some other place in it.
struct Cursor<'a> {
    body: &'a [u8],
    at: usize,
}

// === impl Cursor ===

impl<'a> Cursor<'a> {
    /// The first byte of what comes next; it is not passed.
    fn next(&mut self) -> Option<u8> {
        let rest = self.body.get(self.at..)?;
        self.at += rest.iter().position(|byte| !byte.is_ascii_whitespace())?;
        self.body.get(self.at).copied()
    }

    /// Passes what comes next, if it is this.
    fn pass(&mut self, byte: u8) -> bool {
        let is_next = self.next() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    /// Calls `each` with the name of each member of the object that comes next, at its value, which it must pass. Anything
    /// but an object is passed.
    fn members(&mut self, mut each: impl FnMut(&mut Self, &'a [u8])) {
        if !self.pass(b'{') {
            return self.skip();
        }
        while self.next() == Some(b'"') {
            let name = self.value();
            let name = self.body.get(name.start + 1..name.end - 1).unwrap_or_default();
            self.pass(b':');
            each(self, name);
            self.pass(b',');
        }
        self.pass(b'}');
    }

    /// Calls `each` at each element of the list that comes next, which it must pass. Anything but a list is passed.
    fn elements(&mut self, mut each: impl FnMut(&mut Self)) {
        if !self.pass(b'[') {
            return self.skip();
        }
        while !matches!(self.next(), None | Some(b']')) {
            let before = self.at;
            each(self);
            self.pass(b',');
            if self.at == before {
                return;
            }
        }
        self.pass(b']');
    }

    /// Passes the value that comes next.
    fn skip(&mut self) {
        self.value();
    }

    /// Passes the value that comes next, and returns where it stands.
    fn value(&mut self) -> Range<usize> {
        let first = self.next();
        let start = self.at;
        match first {
            Some(b'"') => self.string(),
            Some(b'{' | b'[') => self.nested(),
            _ => {
                let rest = self.body.get(start..).unwrap_or_default();
                let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']') || byte.is_ascii_whitespace();
                self.at += rest.iter().position(ends).unwrap_or(rest.len());
            }
        }
        start..self.at
    }

    fn nested(&mut self) {
        let mut depth = 0_usize;
        while let Some(byte) = self.body.get(self.at) {
            match byte {
                b'"' => {
                    self.string();
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return;
            }
        }
    }

    /// Passes a string.
    fn string(&mut self) {
        self.at = self.body.len().min(string_end(self.body, self.at + 1) + 1);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::long_texts;

    fn found(body: &str, longer_than: usize) -> Vec<&str> {
        let at = long_texts(body.as_bytes(), longer_than);
        at.into_iter().map(|text| &body[text]).collect()
    }

    #[test]
    fn contents_and_parts_are_found_and_nothing_else() {
        let long = |name: &str| format!("{name} {}", "long".repeat(9));
        let body = json!({"model": long("model"), "tools": [{"content": long("tool")}], "messages": [
            {"role": "user", "name": long("name"), "content": long("first")},
            {"role": "user", "content": "short"},
            {"role": "assistant", "content": null, "tool_calls": [{"function": {"arguments": long("arguments")}}]},
            {"role": "user", "content": [
                {"text": long("second"), "type": "text"},
                {"type": "text", "text": "short"},
                {"type": "text", "text": {"content": long("object")}},
                {"type": "image_url", "image_url": {"url": long("url")}},
                {"type": "other", "text": long("other")},
            ]},
            {"content": [[], {}, 1, true, "text", null]},
            {"content": {"text": long("content"), "type": "text"}},
            long("message"),
        ], "content": long("content")});
        for body in [body.to_string(), format!("{body:#}")] {
            assert_eq!(
                found(&body, 20),
                [json!(long("first")).to_string(), json!(long("second")).to_string()]
            );
        }
    }

    #[test]
    fn a_text_ends_at_its_own_quote() {
        for text in [
            r#""a \" b""#,
            r#""a \\""#,
            r#""a \\\"\\\\""#,
            r#""a \"\",\"content\":\"x\"""#,
        ] {
            let body = format!(r#"{{"messages":[{{"content":{text}}}]}}"#);
            assert_eq!(found(&body, 2), [text]);
        }
    }

    #[test]
    fn what_an_adapter_would_not_pass_on_as_it_is_is_not_found() {
        for text in [
            r#""""#,
            r#""                    ""#,
            r#""\n\n\n\n\n\n\n\n\n\n\n""#,
            r#""\u0041 long enough ""#,
            r#""cut within \ud83d""#,
            r#""cut within \uD83D""#,
        ] {
            let body = format!(r#"{{"messages":[{{"content":{text}}}]}}"#);
            assert_eq!(found(&body, 1), [""; 0], "{text}");
        }
    }

    #[test]
    fn what_is_no_chat_has_none_and_what_is_no_json_harms_nobody() {
        let whole = r#"{"messages":[{"content":[{"type":"text","text":"a long \" text"}]},{"content":"a long text"}]}"#;
        for body in [
            "",
            "[]",
            "{}",
            r#"{"input":"a long text"}"#,
            r#"{"messages":"a long text"}"#,
            "}{][,:\"",
        ] {
            assert_eq!(found(body, 4), [""; 0], "{body}");
        }
        for end in 0..whole.len() {
            let _ = found(&whole[..end], 4);
            let _ = found(&whole[end..], 4);
        }
    }
}

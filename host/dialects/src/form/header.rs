//! The headers of a form's part, and the parameters of a header.

/// What the headers of a part say.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct PartHeaders {
    /// The field's name.
    pub(super) name: Option<String>,
    /// The file's name; `None` for a text field.
    pub(super) filename: Option<String>,
    /// The media type; `None` if there is none.
    pub(super) media_type: Option<String>,
}

// === impl PartHeaders ===

impl PartHeaders {
    /// Reads the headers; those that it does not know are ignored (RFC 7578, section 4.8).
    pub(super) fn read(text: &str) -> Self {
        let mut headers = Self::default();
        for line in text.split("\r\n") {
            let Some((name, value)) = line.split_once(':') else {
                continue;
            };
            match name.trim().to_ascii_lowercase().as_str() {
                "content-disposition" => {
                    headers.name = parameter(value, "name");
                    headers.filename = parameter(value, "filename");
                }
                "content-type" => headers.media_type = Some(visible(value.trim())),
                _ => {}
            }
        }
        headers
    }
}

/// A parameter of a header's value: a token, or a quoted string in which `%22`, `%0D` and `%0A` stand for what could not be
/// written, and a backslash escapes a quote, as some clients still write it.
#[must_use]
pub fn parameter(value: &str, wanted: &str) -> Option<String> {
    let mut rest = value.split_once(';')?.1;
    loop {
        let (name, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let (text, following) = after.strip_prefix('"').map_or_else(|| token(after), quoted_string);
        if name.trim().trim_start_matches(';').trim().eq_ignore_ascii_case(wanted) {
            return Some(text);
        }
        rest = following;
    }
}

/// The text up to the next parameter, and that.
fn token(text: &str) -> (String, &str) {
    let (token, following) = text.split_once(';').unwrap_or((text, ""));
    (token.trim().to_owned(), following)
}

/// The text up to the closing quote, and what follows that.
fn quoted_string(quoted: &str) -> (String, &str) {
    let mut text = String::new();
    let mut letters = quoted.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => {
                let following = quoted[at + 1..].trim_start();
                return (unescaped(&text), following.strip_prefix(';').unwrap_or(following));
            }
            '\\' if quoted[at + 1..].starts_with(['"', '\\']) => text.extend(letters.next().map(|(_, letter)| letter)),
            _ => text.push(letter),
        }
    }
    (unescaped(&text), "")
}

fn unescaped(text: &str) -> String {
    text.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n")
}

/// A value without what could end its line.
fn visible(value: &str) -> String {
    value.chars().filter(|letter| !letter.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::{PartHeaders, parameter};

    #[test]
    fn a_parameter_is_a_token_or_a_quoted_string() {
        for (value, name, found) in [
            (r#"form-data; name="file"; filename="a.mp3""#, "filename", Some("a.mp3")),
            (
                r#"form-data; filename="a;b=\"c\".mp3"; name=file"#,
                "filename",
                Some("a;b=\"c\".mp3"),
            ),
            (r#"form-data; filename="a;b.mp3"; name=file"#, "name", Some("file")),
            (
                r#"form-data; filename="C:\dir\a.mp3""#,
                "filename",
                Some("C:\\dir\\a.mp3"),
            ),
            (r#"form-data; NAME = "a%22b""#, "name", Some("a\"b")),
            (
                "multipart/form-data; charset=utf-8; boundary=xyz",
                "boundary",
                Some("xyz"),
            ),
            ("multipart/form-data", "boundary", None),
            ("form-data; name", "name", None),
            ("", "name", None),
            (r#"form-data; name="open"#, "name", Some("open")),
        ] {
            assert_eq!(parameter(value, name).as_deref(), found, "{value}");
        }
    }

    #[test]
    fn headers_are_read_whatever_their_case_and_order() {
        let headers = PartHeaders::read(
            "Content-Type: audio/mpeg\r\nX-Other: 1\r\nCONTENT-DISPOSITION: form-data; name=\"file\"; filename=\"\"",
        );
        assert_eq!(headers.name.as_deref(), Some("file"));
        assert_eq!(headers.filename.as_deref(), Some(""));
        assert_eq!(headers.media_type.as_deref(), Some("audio/mpeg"));
    }
}

//! Where the long texts of a chat stand, found without reading them: their bytes are most of a request.

use std::ops::Range;

use memchr::memmem;

use crate::json::place_in;
use crate::json::skim::Skim;

/// Where the JSON strings of a chat's texts stand that are longer than this: the `content` of a message, and the `text` of
/// its parts of type `text`. Without those that an adapter would not pass on as they are: what is blank, and what
/// may have an escape that is half of a character. The body must be JSON.
#[must_use]
pub fn long_texts(body: &[u8], longer_than: usize) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    Skim::of(body).member("messages", |messages| {
        messages.items(|message| message.member("content", |content| texts(content, &mut found)));
    });
    found.retain(|text| text.len() > longer_than && is_passed_on(text));
    found.into_iter().map(|text| place_in(body, text)).collect()
}

/// The text that a content is, or those of its parts.
fn texts<'a>(content: &mut Skim<'a>, found: &mut Vec<&'a [u8]>) {
    match content.peek() {
        Some(b'"') => found.extend(content.value()),
        _ => content.items(|item| found.extend(part(item))),
    }
}

/// The text of a part that is one.
fn part<'a>(part: &mut Skim<'a>) -> Option<&'a [u8]> {
    let (mut text, mut is_text) = (None, false);
    part.members(|value, name| match name {
        b"text" => text = value.value(),
        b"type" => is_text = value.value() == Some(b"\"text\""),
        _ => {}
    });
    text.filter(|text| is_text && text.starts_with(b"\""))
}

fn is_passed_on(text: &[u8]) -> bool {
    let is_plain = |first: &u8| first.is_ascii_graphic() && !matches!(first, b'\\' | b'"');
    let may_be_half = |escape: usize| matches!(text.get(escape + 2), Some(b'd' | b'D'));
    text.get(1).is_some_and(is_plain) && !memmem::find_iter(text, b"\\u").any(may_be_half)
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

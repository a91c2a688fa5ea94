//! What a reply turns out to be, whatever its content type says: one JSON document, or server-sent events; and whether an
//! adapter can read it.

use bytes::Bytes;
use http::StatusCode;
use jackfield_dialects::json::is_deep;

use crate::error::{Class, Failure};

/// What server-sent events begin with (WHATWG HTML, section 9.2.6): a field or a comment.
const FIELDS: [&[u8]; 5] = [b"data", b"event", b"id", b"retry", b":"];

/// True if a body that begins with these bytes is one JSON document. A line that begins like this would be no field of
/// an event, so no stream of events does.
pub(super) fn is_document(head: &[u8]) -> bool {
    matches!(text(head).first(), Some(b'{' | b'['))
}

/// True if a body that begins with these bytes is a stream of events.
pub(super) fn is_events(head: &[u8]) -> bool {
    FIELDS.iter().any(|field| text(head).starts_with(field))
}

/// True if these bytes do not show yet what the body is.
pub(super) fn is_blank(head: &[u8]) -> bool {
    text(head).is_empty()
}

/// The bytes without what may stand before any text: a byte order mark and white space.
pub(super) fn text(head: &[u8]) -> &[u8] {
    let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    head.trim_ascii_start()
}

/// The body, if an adapter has the stack to read it. Of an error the status says most, so it is read without.
///
/// # Errors
/// [`Class::Malformed`] if a reply with content is nested too deep.
pub(super) fn readable(body: Bytes, status: StatusCode) -> Result<Bytes, Failure> {
    if !is_deep(&body) {
        return Ok(body);
    }
    if status.is_success() {
        let message = "the upstream's reply is nested too deep";
        return Err(Failure::new(Class::Malformed, message));
    }
    Ok(Bytes::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_nested_too_deep_is_no_reply_and_an_error_without_a_body() {
        let deep = || Bytes::from("[".repeat(100_000));
        let failure = readable(deep(), StatusCode::OK).unwrap_err();
        assert_eq!(failure.class, Class::Malformed);
        assert!(readable(deep(), StatusCode::BAD_REQUEST).unwrap().is_empty());
        assert_eq!(readable(Bytes::from("[[]]"), StatusCode::OK).unwrap(), "[[]]");
    }

    #[test]
    fn a_document_and_events_are_told_apart_by_their_first_letter() {
        for document in ["{\"error\":{}}", "\n\n {", "\u{FEFF}[{\"error\":1}]"] {
            assert!(
                is_document(document.as_bytes()) && !is_events(document.as_bytes()),
                "{document}"
            );
        }
        for events in [
            "data: {}",
            "\u{FEFF}data:1",
            ": ping",
            "\r\nevent: x",
            "id: 1",
            "retry: 5",
        ] {
            assert!(
                is_events(events.as_bytes()) && !is_document(events.as_bytes()),
                "{events}"
            );
        }
        for blank in ["", "\n", "\u{FEFF} \r\n"] {
            assert!(is_blank(blank.as_bytes()), "{blank:?}");
        }
        assert!(!is_events(b"<html>") && !is_document(b"<html>") && !is_blank(b"<html>"));
    }
}

//! Errors in Anthropic's form.

use serde_json::Value;

use crate::json::Object;
use crate::sse::write_event;

/// The body of an error response: `kind` is Anthropic's word for it, as [`kind`] gives it; `details` is what programs
/// decide by.
///
/// Source: <https://platform.claude.com/docs/en/api/errors>.
pub(super) fn body(kind: &str, message: &str, details: Option<&Value>) -> Vec<u8> {
    Object::text(|body| {
        body.string("type", "error");
        body.object("error", |error| {
            error.string("type", kind);
            error.string("message", message);
            if let Some(details) = details {
                error.raw("details", details.to_string());
            }
        });
    })
}

/// Anthropic's word for an error of this HTTP status. What its documentation does not list is the client's fault below
/// 500 and the API's from there on.
///
/// Source: <https://platform.claude.com/docs/en/api/errors>.
pub(super) const fn kind(status: u16) -> &'static str {
    match status {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        408 | 504 => "timeout_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        503 | 529 => "overloaded_error",
        400..500 => "invalid_request_error",
        _ => "api_error",
    }
}

/// The last event of a stream that failed after its first byte. No `message_stop` follows it.
pub(super) fn event(message: &str) -> Vec<u8> {
    let mut event = Vec::new();
    write_event(&mut event, Some("error"), |out| {
        out.extend_from_slice(&body("api_error", message, None));
    });
    event
}

#[cfg(test)]
mod tests {
    use super::{body, event, kind};

    #[test]
    fn an_error_event_names_itself() {
        assert_eq!(
            String::from_utf8(event("it \"broke\"\n")).unwrap(),
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"it \\\"broke\\\"\\n\"}}\n\n"
        );
    }

    #[test]
    fn an_error_body_is_anthropics() {
        assert_eq!(
            body("billing_error", "no credits", None),
            br#"{"type":"error","error":{"type":"billing_error","message":"no credits"}}"#
        );
    }

    #[test]
    fn every_status_has_its_word() {
        for (status, word) in [
            (400, "invalid_request_error"),
            (401, "authentication_error"),
            (402, "billing_error"),
            (403, "permission_error"),
            (404, "not_found_error"),
            (405, "invalid_request_error"),
            (413, "request_too_large"),
            (415, "invalid_request_error"),
            (429, "rate_limit_error"),
            (500, "api_error"),
            (502, "api_error"),
            (503, "overloaded_error"),
            (504, "timeout_error"),
            (529, "overloaded_error"),
        ] {
            assert_eq!(kind(status), word, "{status}");
        }
    }
}

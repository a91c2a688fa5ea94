//! Errors in Anthropic's form.

use std::borrow::Cow;

use serde_json::Value;

use crate::detail::ErrorDetail;
use crate::facts::ErrorFacts;
use crate::json::Object;
use crate::sse::write_event;
use crate::words::failures::Class;

/// The words of the API for errors.
///
/// Source: <https://platform.claude.com/docs/en/api/errors>.
const KINDS: [&str; 10] = [
    "api_error",
    "authentication_error",
    "billing_error",
    "invalid_request_error",
    "not_found_error",
    "overloaded_error",
    "permission_error",
    "rate_limit_error",
    "request_too_large",
    "timeout_error",
];

/// By these words of the API clients know that a conversation must become shorter. There is no code for it.
const TOO_LONG: &str = "prompt is too long";

/// The body of an error response. `details` is what programs decide by; of an upstream's words only those of the API
/// are kept.
///
/// Source: <https://platform.claude.com/docs/en/api/errors>.
pub(super) fn body(error: &ErrorFacts<'_>) -> Vec<u8> {
    let kind = own_kind(error.upstream).unwrap_or_else(|| self::kind(error.status));
    object(kind, &worded(error.message, error.upstream), error.details)
}

/// The last event of a stream that failed after its first byte. No `message_stop` follows it.
pub(super) fn event(message: &str, upstream: Option<&ErrorDetail>) -> Vec<u8> {
    let by_fault = if upstream.is_some() { kind(400) } else { "api_error" };
    let kind = own_kind(upstream).unwrap_or(by_fault);
    named(&object(kind, &worded(message, upstream), None))
}

/// The event with this [`body`].
pub(super) fn named(body: &[u8]) -> Vec<u8> {
    let mut event = Vec::new();
    write_event(&mut event, Some("error"), |out| out.extend_from_slice(body));
    event
}

fn object(kind: &str, message: &str, details: Option<&Value>) -> Vec<u8> {
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

/// The upstream's type, if the API has it too.
fn own_kind(upstream: Option<&ErrorDetail>) -> Option<&'static str> {
    let kind = upstream?.kind.as_deref()?;
    KINDS.into_iter().find(|known| *known == kind)
}

/// The message, in the API's words where its clients decide by them.
fn worded<'a>(message: &'a str, upstream: Option<&ErrorDetail>) -> Cow<'a, str> {
    let code = upstream.and_then(|upstream| upstream.code.as_deref());
    if code != Class::ContextLength.code() || message.to_lowercase().contains(TOO_LONG) {
        return message.into();
    }
    format!("{TOO_LONG}: {message}").into()
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

#[cfg(test)]
mod tests {
    use super::{ErrorDetail, ErrorFacts, body, event, kind};

    #[test]
    fn an_error_event_names_itself() {
        assert_eq!(
            String::from_utf8(event("it \"broke\"\n", None)).unwrap(),
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"it \\\"broke\\\"\\n\"}}\n\n"
        );
    }

    fn facts<'a>(status: u16, message: &'a str, upstream: Option<&'a ErrorDetail>) -> ErrorFacts<'a> {
        ErrorFacts {
            status,
            code: "OURS",
            message,
            details: None,
            upstream,
            retry_after: None,
        }
    }

    #[test]
    fn an_error_body_is_anthropics() {
        assert_eq!(
            body(&facts(402, "no credits", None)),
            br#"{"type":"error","error":{"type":"billing_error","message":"no credits"}}"#
        );
    }

    #[test]
    fn of_an_upstreams_words_those_of_the_api_are_kept() {
        for (detail, kind, message) in [
            (r#"{"type":"request_too_large"}"#, "request_too_large", "no"),
            (
                r#"{"type":"BadRequestError","code":"c"}"#,
                "invalid_request_error",
                "no",
            ),
            (
                r#"{"code":"context_length_exceeded"}"#,
                "invalid_request_error",
                "prompt is too long: no",
            ),
        ] {
            let detail = ErrorDetail::read(detail.as_bytes());
            let error = format!(r#"{{"type":"error","error":{{"type":"{kind}","message":"{message}"}}}}"#);
            let body = body(&facts(400, "no", Some(&detail)));
            assert_eq!(String::from_utf8(body).unwrap(), error);
            let event = String::from_utf8(event("no", Some(&detail))).unwrap();
            assert_eq!(event, format!("event: error\ndata: {error}\n\n"));
        }
    }

    #[test]
    fn what_is_said_already_is_not_said_twice() {
        let detail = ErrorDetail::read(br#"{"code":"context_length_exceeded"}"#);
        let body = body(&facts(400, "Prompt is too long: 9 > 8", Some(&detail)));
        let said = r#"{"type":"error","error":{"type":"invalid_request_error","message":"Prompt is too long: 9 > 8"}}"#;
        assert_eq!(String::from_utf8(body).unwrap(), said);
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

//! Errors in OpenAI's form.

use serde_json::json;

use crate::facts::ErrorFacts;

/// The body of an error response.
///
/// Source: <https://platform.openai.com/docs/guides/error-codes>.
pub(crate) fn body(error: &ErrorFacts<'_>) -> Vec<u8> {
    let kind = kind(error.status);
    let error = json!({ "message": error.message, "type": kind, "param": null, "code": error.code });
    json!({ "error": error }).to_string().into_bytes()
}

/// The last event of a stream that failed after its first byte. No `[DONE]` follows it.
pub(super) fn event(message: &str) -> Vec<u8> {
    let error = json!({ "error": { "message": message, "type": "api_error" } });
    format!("data: {error}\n\n").into_bytes()
}

/// OpenAI's word for an error of this HTTP status.
const fn kind(status: u16) -> &'static str {
    match status {
        401 => "authentication_error",
        402 => "insufficient_quota",
        403 => "permission_error",
        429 => "rate_limit_error",
        400..500 => "invalid_request_error",
        _ => "api_error",
    }
}

#[cfg(test)]
mod tests {
    use super::{ErrorFacts, body, event, kind};

    #[test]
    fn an_error_event_is_one_line_of_json() {
        assert_eq!(
            String::from_utf8(event("it \"broke\"\n")).unwrap(),
            "data: {\"error\":{\"message\":\"it \\\"broke\\\"\\n\",\"type\":\"api_error\"}}\n\n"
        );
    }

    #[test]
    fn an_error_body_is_openais() {
        let error = ErrorFacts {
            status: 402,
            code: "INSUFFICIENT_CREDITS",
            message: "no \"credits\"",
            details: None,
        };
        assert_eq!(
            String::from_utf8(body(&error)).unwrap(),
            r#"{"error":{"message":"no \"credits\"","type":"insufficient_quota","param":null,"code":"INSUFFICIENT_CREDITS"}}"#
        );
    }

    #[test]
    fn every_status_has_its_word() {
        for (status, word) in [
            (400, "invalid_request_error"),
            (401, "authentication_error"),
            (402, "insufficient_quota"),
            (403, "permission_error"),
            (404, "invalid_request_error"),
            (429, "rate_limit_error"),
            (499, "invalid_request_error"),
            (500, "api_error"),
            (503, "api_error"),
        ] {
            assert_eq!(kind(status), word, "{status}");
        }
    }
}

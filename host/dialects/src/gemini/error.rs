//! Errors in the vendor's form.
//!
//! Sources: <https://cloud.google.com/apis/design/errors>, "Error model"; `google/rpc/error_details.proto` for `details`.

use std::borrow::Cow;
use std::time::Duration;

use serde_json::{Value, json};

use crate::detail::ErrorDetail;
use crate::facts::ErrorFacts;
use crate::interruption::Interruption;
use crate::sse::write_event;
use crate::words::failures::Class;

/// The words of the API for errors.
///
/// Source: `google/rpc/code.proto`.
const STATUSES: [&str; 16] = [
    "ABORTED",
    "ALREADY_EXISTS",
    "CANCELLED",
    "DATA_LOSS",
    "DEADLINE_EXCEEDED",
    "FAILED_PRECONDITION",
    "INTERNAL",
    "INVALID_ARGUMENT",
    "NOT_FOUND",
    "OUT_OF_RANGE",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "UNAUTHENTICATED",
    "UNAVAILABLE",
    "UNIMPLEMENTED",
    "UNKNOWN",
];

/// By these words of the API clients know that a conversation must become shorter. There is no code for it.
const TOO_LONG: &str = "exceeds the maximum number of tokens";

/// Whose codes those of the gateway are.
const DOMAIN: &str = "jackfield";

/// The body of an error response.
pub(super) fn body(error: &ErrorFacts<'_>) -> Vec<u8> {
    let mut details = vec![json!({
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": error.code,
        "domain": DOMAIN,
    })];
    details.extend(
        error
            .retry_after
            .map(|seconds| retry_info(Duration::from_secs(seconds))),
    );
    let message = worded(error.message, error.upstream);
    object(error.status, &message, error.upstream, details).into_bytes()
}

/// The last event of a stream that did not reach its end. No `finishReason` follows it.
pub(super) fn event(by: Interruption<'_>) -> Vec<u8> {
    let body = match by {
        Interruption::Refused(refused) => body(&refused),
        Interruption::Killed => object(499, "The stream was ended by its user.", None, Vec::new()).into_bytes(),
        Interruption::Failed {
            message,
            upstream,
            retry_after,
        } => {
            let status = if upstream.is_some() { 400 } else { 503 };
            let details = retry_after.map(retry_info).into_iter().collect();
            object(status, &worded(message, upstream), upstream, details).into_bytes()
        }
    };
    let mut event = Vec::new();
    write_event(&mut event, None, |out| out.extend_from_slice(&body));
    event
}

/// When to try again, in seconds and their fractions.
fn retry_info(after: Duration) -> Value {
    json!({
        "@type": "type.googleapis.com/google.rpc.RetryInfo",
        "retryDelay": format!("{}s", after.as_secs_f64()),
    })
}

fn object(code: u16, message: &str, upstream: Option<&ErrorDetail>, details: Vec<Value>) -> String {
    let theirs = upstream.and_then(|upstream| upstream.kind.as_deref());
    let known = STATUSES.into_iter().find(|known| theirs == Some(known));
    let mut error = json!({
        "code": code,
        "message": message,
        "status": known.unwrap_or_else(|| status(code)),
    });
    if !details.is_empty() {
        error["details"] = details.into();
    }
    json!({ "error": error }).to_string()
}

/// The message, in the API's words where its clients decide by them.
fn worded<'a>(message: &'a str, upstream: Option<&ErrorDetail>) -> Cow<'a, str> {
    let code = upstream.and_then(|upstream| upstream.code.as_deref());
    if code != Class::ContextLength.code() || message.contains(TOO_LONG) {
        return message.into();
    }
    format!("The input token count {TOO_LONG} allowed: {message}").into()
}

/// The API's word for an error of this HTTP status.
const fn status(code: u16) -> &'static str {
    match code {
        401 => "UNAUTHENTICATED",
        402 => "FAILED_PRECONDITION",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        408 | 504 => "DEADLINE_EXCEEDED",
        409 => "ABORTED",
        429 => "RESOURCE_EXHAUSTED",
        499 => "CANCELLED",
        400..=498 => "INVALID_ARGUMENT",
        501 => "UNIMPLEMENTED",
        502 | 503 | 529 => "UNAVAILABLE",
        _ => "INTERNAL",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{ErrorDetail, ErrorFacts, Interruption, body, event, status};

    fn facts(status: u16, upstream: Option<&ErrorDetail>) -> ErrorFacts<'_> {
        ErrorFacts {
            status,
            code: "OURS",
            message: "no \"room\"\n",
            details: None,
            upstream,
            retry_after: (status == 429).then_some(7),
        }
    }

    #[test]
    fn an_error_says_what_programs_and_people_read() {
        let error: Value = serde_json::from_slice(&body(&facts(429, None))).unwrap();
        let expected = json!({"error": {
            "code": 429, "message": "no \"room\"\n", "status": "RESOURCE_EXHAUSTED",
            "details": [
                {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "OURS", "domain": "jackfield"},
                {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "7s"},
            ],
        }});
        assert_eq!(error, expected);
    }

    #[test]
    fn of_an_upstreams_words_those_of_the_api_are_kept() {
        for (detail, word, message) in [
            (r#"{"type":"FAILED_PRECONDITION"}"#, "FAILED_PRECONDITION", "no"),
            (r#"{"type":"invalid_request_error"}"#, "INVALID_ARGUMENT", "no"),
            (
                r#"{"code":"context_length_exceeded"}"#,
                "INVALID_ARGUMENT",
                "The input token count",
            ),
        ] {
            let detail = ErrorDetail::read(detail.as_bytes());
            let error: Value = serde_json::from_slice(&body(&facts(400, Some(&detail)))).unwrap();
            assert_eq!(error["error"]["status"], word);
            assert!(error["error"]["message"].as_str().unwrap().starts_with(message));
        }
    }

    #[test]
    fn a_stream_that_broke_off_ends_with_one_event() {
        let failed = Interruption::Failed {
            message: "it \"broke\"\n",
            upstream: None,
            retry_after: None,
        };
        assert_eq!(
            String::from_utf8(event(failed)).unwrap(),
            "data: {\"error\":{\"code\":503,\"message\":\"it \\\"broke\\\"\\n\",\"status\":\"UNAVAILABLE\"}}\n\n"
        );
        let busy = Interruption::Failed {
            message: "busy",
            upstream: None,
            retry_after: Some(std::time::Duration::from_millis(1500)),
        };
        let busy = String::from_utf8(event(busy)).unwrap();
        let retry = r#""details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"1.5s"}]"#;
        assert!(busy.contains(retry), "{busy}");
        let killed = String::from_utf8(event(Interruption::Killed)).unwrap();
        assert!(killed.contains("\"CANCELLED\"") && !killed.contains("finishReason"));
    }

    #[test]
    fn every_status_has_its_word() {
        for (code, word) in [
            (400, "INVALID_ARGUMENT"),
            (401, "UNAUTHENTICATED"),
            (403, "PERMISSION_DENIED"),
            (404, "NOT_FOUND"),
            (405, "INVALID_ARGUMENT"),
            (413, "INVALID_ARGUMENT"),
            (429, "RESOURCE_EXHAUSTED"),
            (500, "INTERNAL"),
            (502, "UNAVAILABLE"),
            (503, "UNAVAILABLE"),
            (504, "DEADLINE_EXCEEDED"),
        ] {
            assert_eq!(status(code), word, "{code}");
        }
    }
}

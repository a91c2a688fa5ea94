//! Errors in OpenAI's form.

use serde_json::json;

use crate::detail::ErrorDetail;
use crate::facts::ErrorFacts;

/// The body of an error response. Where the request is at fault, `type`, `param` and `code` are the upstream's, as far
/// as it gave them.
///
/// Source: <https://platform.openai.com/docs/guides/error-codes>.
pub(crate) fn body(error: &ErrorFacts<'_>) -> Vec<u8> {
    let upstream = error.upstream;
    let kind = upstream.and_then(|upstream| upstream.kind.as_deref());
    let code = upstream.and_then(|upstream| upstream.code.as_deref());
    let error = json!({
        "message": error.message,
        "type": kind.unwrap_or_else(|| self::kind(error.status)),
        "param": upstream.and_then(|upstream| upstream.param.as_deref()),
        "code": code.unwrap_or(error.code),
    });
    json!({ "error": error }).to_string().into_bytes()
}

/// The last event of a stream that failed after its first byte. No `[DONE]` follows it.
pub(super) fn event(message: &str, upstream: Option<&ErrorDetail>) -> Vec<u8> {
    let error = match upstream {
        None => json!({ "message": message, "type": "api_error" }),
        Some(ErrorDetail { code, param, kind, .. }) => {
            let kind = kind.as_deref().unwrap_or_else(|| self::kind(400));
            json!({ "message": message, "type": kind, "param": param, "code": code })
        }
    };
    let error = json!({ "error": error });
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
    use super::{ErrorDetail, ErrorFacts, body, event, kind};

    #[test]
    fn an_error_event_is_one_line_of_json() {
        assert_eq!(
            String::from_utf8(event("it \"broke\"\n", None)).unwrap(),
            "data: {\"error\":{\"message\":\"it \\\"broke\\\"\\n\",\"type\":\"api_error\"}}\n\n"
        );
    }

    #[test]
    fn a_request_at_fault_gets_the_upstreams_words() {
        let facts = |upstream| ErrorFacts {
            status: 400,
            code: "INVALID_REQUEST",
            message: "no",
            details: None,
            upstream,
            retry_after: None,
        };
        let detail = ErrorDetail::read(br#"{"code":"content_filter","param":"messages","type":"policy_error"}"#);
        for (upstream, words) in [
            (
                &detail,
                r#""type":"policy_error","param":"messages","code":"content_filter""#,
            ),
            (
                &ErrorDetail::default(),
                r#""type":"invalid_request_error","param":null,"code":"INVALID_REQUEST""#,
            ),
        ] {
            let body = String::from_utf8(body(&facts(Some(upstream)))).unwrap();
            assert_eq!(body, format!(r#"{{"error":{{"message":"no",{words}}}}}"#));
        }
        let event = String::from_utf8(event("no", Some(&detail))).unwrap();
        let words = r#""type":"policy_error","param":"messages","code":"content_filter""#;
        assert_eq!(event, format!("data: {{\"error\":{{\"message\":\"no\",{words}}}}}\n\n"));
    }

    #[test]
    fn an_error_body_is_openais() {
        let error = ErrorFacts {
            status: 402,
            code: "INSUFFICIENT_CREDITS",
            message: "no \"credits\"",
            details: None,
            upstream: None,
            retry_after: None,
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

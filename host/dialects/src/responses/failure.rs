//! The error of a response that failed.

use super::head::{Head, Stage};
use super::output::Told;
use crate::detail::ErrorDetail;
use crate::interruption::Interruption;
use crate::json::Object;

/// The codes by which clients decide what to do; all others are retried.
///
/// Sources: `ResponseError` in <https://platform.openai.com/docs/api-reference/responses/object>, and the parser of the
/// Codex CLI, `codex-api/src/sse/responses.rs`.
const KNOWN: [&str; 7] = [
    "context_length_exceeded",
    "insufficient_quota",
    "invalid_prompt",
    "rate_limit_exceeded",
    "server_error",
    "usage_not_included",
    "vector_store_timeout",
];

/// Tells that the response failed: no client knows another end for a stream that broke off.
pub(super) fn tell(head: &Head, by: Interruption<'_>, told: &mut Told) {
    let response = head.response(Stage::Failed(&error(by)));
    told.event("response.failed", |event| event.raw("response", response));
}

/// The events of a response that failed before anything was told of it.
pub(super) fn alone(by: Interruption<'_>) -> Vec<u8> {
    let (head, mut told, mut events) = (Head::unknown(), Told::default(), Vec::new());
    let created = head.response(Stage::InProgress);
    told.event("response.created", |event| event.raw("response", created));
    tell(&head, by, &mut told);
    told.take(&mut events);
    events
}

fn error(by: Interruption<'_>) -> Vec<u8> {
    let (code, message) = match by {
        Interruption::Failed { message, upstream } => (code(upstream, None), message),
        Interruption::Refused(refused) => (code(refused.upstream, Some(refused.status)), refused.message),
        Interruption::Killed => ("server_error", "The stream was ended by its user."),
    };
    Object::text(|error| {
        error.string("code", code);
        error.string("message", message);
    })
}

fn code(upstream: Option<&ErrorDetail>, status: Option<u16>) -> &'static str {
    let theirs = upstream.and_then(|upstream| upstream.code.as_deref());
    let known = KNOWN.into_iter().find(|known| theirs == Some(known));
    known.unwrap_or(match (theirs, status) {
        (_, Some(402)) => "insufficient_quota",
        (_, Some(429)) => "rate_limit_exceeded",
        // An upstream's word alone says that the request is at fault.
        (_, Some(400..500)) | (Some(_), None) => "invalid_prompt",
        _ => "server_error",
    })
}

#[cfg(test)]
mod tests {
    use super::{ErrorDetail, code};

    #[test]
    fn a_client_can_tell_what_went_wrong() {
        let of = |theirs: &str| ErrorDetail {
            code: Some(theirs.to_owned()),
            ..ErrorDetail::default()
        };
        for (theirs, status, expected) in [
            (Some("context_length_exceeded"), None, "context_length_exceeded"),
            (Some("content_filter"), Some(400), "invalid_prompt"),
            (Some("string_above_max_length"), None, "invalid_prompt"),
            (None, Some(429), "rate_limit_exceeded"),
            (None, Some(402), "insufficient_quota"),
            (None, Some(404), "invalid_prompt"),
            (None, Some(503), "server_error"),
            (None, None, "server_error"),
        ] {
            let upstream = theirs.map(of);
            assert_eq!(code(upstream.as_ref(), status), expected, "{theirs:?} {status:?}");
        }
    }
}

//! The error of a response that failed.

use std::borrow::Cow;
use std::time::Duration;

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

/// The code with which clients read from the message how long to wait.
const TOO_MANY: &str = "rate_limit_exceeded";

/// By these words.
const WAIT: &str = "try again in";

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
        Interruption::Failed {
            message, retry_after, ..
        } if retry_after.is_some() => (TOO_MANY, worded(message, retry_after)),
        Interruption::Failed { message, upstream, .. } => (code(upstream, None), message.into()),
        Interruption::Refused(refused) => {
            let code = code(refused.upstream, Some(refused.status));
            let after = refused.retry_after.map(Duration::from_secs);
            (code, worded(refused.message, after.filter(|_| code == TOO_MANY)))
        }
        Interruption::Killed => ("server_error", "The stream was ended by its user.".into()),
    };
    Object::text(|error| {
        error.string("code", code);
        error.string("message", &message);
    })
}

/// The message with the time to wait, in the words in which clients look for it.
fn worded(message: &str, retry_after: Option<Duration>) -> Cow<'_, str> {
    match retry_after {
        Some(after) if !message.contains(WAIT) => format!("{message} Please {WAIT} {}s.", after.as_secs_f64()).into(),
        _ => message.into(),
    }
}

fn code(upstream: Option<&ErrorDetail>, status: Option<u16>) -> &'static str {
    let theirs = upstream.and_then(|upstream| upstream.code.as_deref());
    let known = KNOWN.into_iter().find(|known| theirs == Some(known));
    known.unwrap_or(match (theirs, status) {
        (_, Some(402)) => "insufficient_quota",
        (_, Some(429)) => TOO_MANY,
        // An upstream's word alone says that the request is at fault.
        (_, Some(400..500)) | (Some(_), None) => "invalid_prompt",
        _ => "server_error",
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{ErrorDetail, Interruption, code, error};

    #[test]
    fn a_client_can_read_when_to_try_again() {
        let said = |retry_after, message| {
            let by = Interruption::Failed {
                message,
                upstream: None,
                retry_after,
            };
            String::from_utf8(error(by)).unwrap()
        };
        let after = Some(Duration::from_millis(1300));
        let code = r#"{"code":"rate_limit_exceeded","message":"#;
        assert_eq!(
            said(after, "Busy."),
            format!("{code}\"Busy. Please try again in 1.3s.\"}}")
        );
        assert_eq!(
            said(after, "Do try again in 2s."),
            format!("{code}\"Do try again in 2s.\"}}")
        );
        assert_eq!(said(None, "Busy."), r#"{"code":"server_error","message":"Busy."}"#);
    }

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

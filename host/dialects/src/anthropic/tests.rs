//! Tests of the errors, and what the tests of replies share.

pub(super) mod assembled;

use super::{error_body, error_event, error_kind};

#[test]
fn an_error_event_names_itself() {
    assert_eq!(
        String::from_utf8(error_event("it \"broke\"\n")).unwrap(),
        "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"it \\\"broke\\\"\\n\"}}\n\n"
    );
}

#[test]
fn an_error_body_is_anthropics() {
    assert_eq!(
        error_body("billing_error", "no credits", None),
        br#"{"type":"error","error":{"type":"billing_error","message":"no credits"}}"#
    );
}

#[test]
fn every_status_has_its_word() {
    for (status, kind) in [
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
        assert_eq!(error_kind(status), kind, "{status}");
    }
}

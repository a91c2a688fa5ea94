//! Anthropic's Messages dialect at the public edge, over upstreams of any dialect.
//!
//! `request` reads the client's request and translates it to the canonical form. What comes back goes through `reply` and
//! `stream` if it is canonical, through `native` and `native_stream` if it is in this dialect already. `simplified` is
//! the short form for clients that name no version of the API.
//!
//! Source: <https://platform.claude.com/docs/en/api/messages>.

mod message;
pub mod native;
pub mod native_stream;
pub mod reply;
pub mod request;
pub mod simplified;
mod stop_reason;
pub mod stream;
mod tokens;

use serde_json::Value;

use super::json::Object;
use super::sse::write_event;

/// The body of an error: `kind` is Anthropic's word for it, as [`error_kind`] gives it; `details` is what programs
/// decide by.
///
/// Source: <https://platform.claude.com/docs/en/api/errors>.
pub fn error_body(kind: &str, message: &str, details: Option<&Value>) -> Vec<u8> {
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
pub const fn error_kind(status: u16) -> &'static str {
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
pub fn error_event(message: &str) -> Vec<u8> {
    let mut event = Vec::new();
    write_event(&mut event, Some("error"), |out| {
        out.extend_from_slice(&error_body("api_error", message, None));
    });
    event
}

#[cfg(test)]
mod tests;

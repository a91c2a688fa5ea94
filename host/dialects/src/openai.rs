//! OpenAI's dialect, which is the canonical form: the client's request, and replies on their way to it.
//!
//! `request`, `reply` and `stream` are about chat; `embeddings`, `rerank` and `images` hold both sides of theirs.
//!
//! Payloads stay raw text. One pass validates them and finds the few places that the host sets.

mod chunk;
pub(super) mod delta;
pub mod embeddings;
pub(super) mod envelope;
pub mod images;
pub mod reply;
pub mod request;
pub mod rerank;
pub mod stream;
pub mod truncate;

use serde_json::json;

pub use super::fault::StreamFault;

/// The last event of a stream that failed after its first byte. No `[DONE]` follows it.
pub fn error_event(message: &str) -> Vec<u8> {
    let error = json!({ "error": { "message": message, "type": "api_error" } });
    format!("data: {error}\n\n").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::error_event;

    #[test]
    fn an_error_event_is_one_line_of_json() {
        assert_eq!(
            String::from_utf8(error_event("it \"broke\"\n")).unwrap(),
            "data: {\"error\":{\"message\":\"it \\\"broke\\\"\\n\",\"type\":\"api_error\"}}\n\n"
        );
    }
}

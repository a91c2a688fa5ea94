//! OpenAI's chat dialect, which is the canonical form: the client's request, and replies on their way to it.
//!
//! Payloads stay raw text. One pass validates them and finds the few places that the host sets.

mod chunk;
mod envelope;
pub mod reply;
pub mod request;
pub mod stream;

use serde_json::{Value, json};

/// Why a canonical reply or stream cannot be given to the client as a success.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StreamFault {
    /// The upstream reported an error where a reply should be.
    #[error("the upstream reported an error: {message}")]
    Upstream {
        /// The upstream's own words. They are for the log: they may name its account or its model.
        message: String,
        /// The upstream's `code`, or its `type` where it gave no code.
        code: Option<String>,
    },
    /// The text is not what the dialect demands.
    #[error("the upstream's reply is malformed: {0}")]
    Malformed(String),
    /// The stream ended before every choice had its finish reason.
    #[error("the upstream's stream ended before it was complete")]
    Truncated,
}

/// The last event of a stream that failed after its first byte. No `[DONE]` follows it.
pub fn error_event(message: &str) -> Vec<u8> {
    let error = json!({ "error": { "message": message, "type": "api_error" } });
    format!("data: {error}\n\n").into_bytes()
}

// === impl StreamFault ===

impl StreamFault {
    /// The fault that an `error` member reports: an object, as OpenAI has it, or whatever else is there.
    fn from_error(error: &str) -> Self {
        let value: Value = serde_json::from_str(error).unwrap_or_default();
        let plain = |value: &Value| match value {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let message = plain(&value["message"]).or_else(|| plain(&value));
        let code = plain(&value["code"]).or_else(|| plain(&value["type"]));
        Self::Upstream {
            message: message.unwrap_or_else(|| error.to_owned()),
            code,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{StreamFault, error_event};

    #[test]
    fn an_error_event_is_one_line_of_json() {
        assert_eq!(
            String::from_utf8(error_event("it \"broke\"\n")).unwrap(),
            "data: {\"error\":{\"message\":\"it \\\"broke\\\"\\n\",\"type\":\"api_error\"}}\n\n"
        );
    }

    #[test]
    fn an_error_is_read_in_any_of_its_shapes() {
        for (error, message, code) in [
            (
                r#"{"message":"slow","code":429,"type":"t"}"#,
                "slow",
                Some("429"),
            ),
            (
                r#"{"message":"slow","code":null,"type":"t"}"#,
                "slow",
                Some("t"),
            ),
            (r#""slow""#, "slow", None),
            (r#"{"detail":1}"#, r#"{"detail":1}"#, None),
        ] {
            let (message, code) = (message.to_owned(), code.map(str::to_owned));
            assert_eq!(
                StreamFault::from_error(error),
                StreamFault::Upstream { message, code }
            );
        }
    }
}

//! What can be wrong with a request or a reply, in any dialect.

use std::borrow::Cow;

use serde_json::Value;

use crate::detail::ErrorDetail;
use crate::operation::Operation;
use crate::words::failures::Class;

/// Why a reply or stream cannot be given to the client as a success.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StreamFault {
    /// The upstream reported an error where a reply should be.
    #[error("the upstream reported an error: {message}")]
    Upstream {
        /// The upstream's own words. They are for the log: they may name its account or its model.
        message: String,
        /// What it says to programs.
        detail: Box<ErrorDetail>,
    },
    /// The text is not what the dialect requires.
    #[error("the upstream's reply is malformed: {0}")]
    Malformed(String),
    /// The stream ended before it was complete: before every finish reason, or before the last event of its dialect.
    #[error("the upstream's stream ended before it was complete")]
    Truncated,
}

/// A request that the client must correct. Shown as `<field>: <message>`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct RequestFault {
    /// The path of the field at fault, such as `messages[2].content[0].type`; `body` for the whole.
    pub field: Cow<'static, str>,
    /// What is wrong with it and what to send instead.
    pub message: String,
    /// What programs decide by, in the words of the request's dialect; `None` if the message says it all.
    pub details: Option<Box<Value>>,
}

// === impl StreamFault ===

impl StreamFault {
    /// The class of the failure. An error object in a reply of status 200 is judged by what it says; an unknown one
    /// counts as [`Class::Overloaded`].
    pub fn class(&self) -> Class {
        match self {
            Self::Upstream { message, detail } => detail.class(message),
            Self::Malformed(_) | Self::Truncated => Class::Malformed,
        }
    }

    /// What an upstream's error says to programs; nothing for other faults.
    pub fn detail(self) -> ErrorDetail {
        match self {
            Self::Upstream { detail, .. } => *detail,
            Self::Malformed(_) | Self::Truncated => ErrorDetail::default(),
        }
    }

    /// The fault that an `error` member reports: an object, as both vendors have it, or whatever else is there.
    pub(crate) fn from_error(error: &str) -> Self {
        let value: Value = serde_json::from_str(error).unwrap_or_default();
        let plain = |value: &Value| match value {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let message = plain(&value["message"]).or_else(|| plain(&value));
        Self::Upstream {
            message: message.unwrap_or_else(|| error.to_owned()),
            detail: Box::new(ErrorDetail::of(&value)),
        }
    }

    /// The fault that an event named `error` reports: its data, or the `error` member that holds it.
    ///
    /// Source: <https://platform.claude.com/docs/en/build-with-claude/streaming>, "Error events"; others use the name
    /// with data of their own.
    pub fn from_event(data: &[u8]) -> Self {
        let text = String::from_utf8_lossy(data.trim_ascii());
        let event: Value = serde_json::from_str(&text).unwrap_or_default();
        match &event["error"] {
            Value::Null | Value::Bool(false) => Self::from_error(&text),
            error => Self::from_error(&error.to_string()),
        }
    }

    /// A reply that ended for a reason that is no end.
    pub(crate) fn broken_off(reason: &str) -> Self {
        Self::Upstream {
            message: format!("the reply broke off: {reason}"),
            detail: Box::new(ErrorDetail {
                code: Some(reason.to_ascii_lowercase()),
                ..ErrorDetail::default()
            }),
        }
    }

    /// A stream that ends without `end`, which tells that it is complete. If it `claims` to be, by `[DONE]`, it is
    /// malformed, and else cut off.
    pub(crate) fn without_end(end: &str, claims: bool) -> Self {
        if claims {
            Self::malformed(format!("it ends with [DONE] but without {end}"))
        } else {
            Self::Truncated
        }
    }

    /// A reply that its dialect does not allow.
    pub(crate) fn malformed(what: impl Into<String>) -> Self {
        Self::Malformed(what.into())
    }
}

impl From<serde_json::Error> for StreamFault {
    fn from(error: serde_json::Error) -> Self {
        Self::Malformed(error.to_string())
    }
}

// === impl RequestFault ===

impl RequestFault {
    pub(crate) fn new(field: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
            details: None,
        }
    }

    /// A request for an operation that the dialect of this name does not have.
    pub(crate) fn unsupported(dialect: &str, operation: Operation) -> Self {
        Self::new("body", format!("{dialect} has no requests for {operation}"))
    }

    /// The same fault, seen from an object that holds the faulty one at `place`. A fault of the held object itself has
    /// no field of its own yet.
    pub(crate) fn within(self, place: &str) -> Self {
        let field = match &*self.field {
            "" => place.to_owned(),
            field => format!("{place}.{field}"),
        };
        Self {
            field: field.into(),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ErrorDetail, RequestFault, StreamFault};
    use crate::words::failures::Class;

    #[test]
    fn an_upstreams_error_is_classed_by_its_word_or_its_status() {
        for (fault, class) in [
            (
                StreamFault::from_error(r#"{"code":"context_length_exceeded"}"#),
                Class::ContextLength,
            ),
            (
                StreamFault::from_error(r#"{"code":"insufficient_quota"}"#),
                Class::Refused,
            ),
            (
                StreamFault::from_error(r#"{"code":429,"type":"invalid_request_error"}"#),
                Class::RateLimited,
            ),
            (StreamFault::from_error(r#"{"code":"404"}"#), Class::Refused),
            (StreamFault::from_error(r#"{"code":529}"#), Class::Overloaded),
            (
                StreamFault::from_error(r#"{"code":"of_tomorrow","type":"invalid_request_error"}"#),
                Class::Client,
            ),
            (
                StreamFault::from_error(r#"{"code":400,"message":"Prompt is too long: 9 > 8"}"#),
                Class::ContextLength,
            ),
            (
                StreamFault::from_error(r#""Content Exists Risk""#),
                Class::ContentPolicy,
            ),
            (
                StreamFault::from_error(r#"{"code":503,"message":"prompt is too long"}"#),
                Class::Overloaded,
            ),
            (StreamFault::from_error(r#"{"code":"of_tomorrow"}"#), Class::Overloaded),
            (StreamFault::from_error(r#"{"code":-1}"#), Class::Overloaded),
            (StreamFault::from_error("{}"), Class::Overloaded),
            (StreamFault::malformed("x"), Class::Malformed),
            (StreamFault::Truncated, Class::Malformed),
        ] {
            assert_eq!(fault.class(), class, "{fault:?}");
        }
    }

    #[test]
    fn an_error_is_read_in_any_of_its_shapes() {
        for (error, message, detail) in [
            (r#"{"message":"slow","code":429}"#, "slow", r#"{"status":429}"#),
            (
                r#"{"message":"slow","code":"c","type":"t"}"#,
                "slow",
                r#"{"code":"c","type":"t"}"#,
            ),
            (r#""slow""#, "slow", "{}"),
            (r#"{"detail":1}"#, r#"{"detail":1}"#, "{}"),
        ] {
            let (message, detail) = (message.to_owned(), Box::new(ErrorDetail::read(detail.as_bytes())));
            assert_eq!(
                StreamFault::from_error(error),
                StreamFault::Upstream { message, detail }
            );
        }
    }

    #[test]
    fn an_error_event_is_read_with_and_without_its_envelope() {
        for (data, message, detail) in [
            (
                r#"{"error":{"message":"slow","code":429}}"#,
                "slow",
                r#"{"status":429}"#,
            ),
            (
                r#"{"type":"error","error":{"type":"t","message":"slow"}}"#,
                "slow",
                r#"{"type":"t"}"#,
            ),
            (r#" {"message":"slow","code":"x"} "#, "slow", r#"{"code":"x"}"#),
            ("it is slow", "it is slow", "{}"),
            ("", "", "{}"),
        ] {
            let (message, detail) = (message.to_owned(), Box::new(ErrorDetail::read(detail.as_bytes())));
            let fault = StreamFault::Upstream { message, detail };
            assert_eq!(StreamFault::from_event(data.as_bytes()), fault);
        }
    }

    #[test]
    fn a_reply_that_broke_off_is_the_upstreams_failure() {
        for (reason, class) in [("error", Class::Overloaded), ("TIMEOUT", Class::Timeout)] {
            assert_eq!(StreamFault::broken_off(reason).class(), class);
        }
    }

    #[test]
    fn a_fault_grows_its_path_from_the_inside() {
        let fault = RequestFault::new("", "must be an object").within("content[0]");
        assert_eq!(
            fault.within("messages[2]").to_string(),
            "messages[2].content[0]: must be an object"
        );
    }
}

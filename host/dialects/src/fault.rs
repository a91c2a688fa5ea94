//! What can be wrong with a request or a reply, in any dialect.

use std::borrow::Cow;

use serde_json::Value;

use crate::operation::Operation;
use crate::words::failures::{Class, class_of_status, class_of_word};

/// Why a reply or stream cannot be given to the client as a success.
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
    /// The class of the failure. An error object in a reply of status 200 is judged by its code, a word or a status; an
    /// unknown one counts as [`Class::Overloaded`].
    pub fn class(&self) -> Class {
        let Self::Upstream { code, .. } = self else {
            return Class::Malformed;
        };
        let code = code.as_deref().unwrap_or_default();
        class_of_word(code)
            .or_else(|| code.parse().ok().map(class_of_status))
            .unwrap_or(Class::Overloaded)
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
        let code = plain(&value["code"]).or_else(|| plain(&value["type"]));
        Self::Upstream {
            message: message.unwrap_or_else(|| error.to_owned()),
            code,
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
    use super::{RequestFault, StreamFault};
    use crate::words::failures::Class;

    #[test]
    fn an_upstreams_error_is_classed_by_its_word_or_its_status() {
        let upstream = |code: Option<&str>| StreamFault::Upstream {
            message: "slow".to_owned(),
            code: code.map(str::to_owned),
        };
        for (fault, class) in [
            (upstream(Some("context_length_exceeded")), Class::Client),
            (upstream(Some("insufficient_quota")), Class::Refused),
            (upstream(Some("429")), Class::RateLimited),
            (upstream(Some("404")), Class::Refused),
            (upstream(Some("529")), Class::Overloaded),
            (upstream(Some("of_tomorrow")), Class::Overloaded),
            (upstream(Some("-1")), Class::Overloaded),
            (upstream(None), Class::Overloaded),
            (StreamFault::malformed("x"), Class::Malformed),
            (StreamFault::Truncated, Class::Malformed),
        ] {
            assert_eq!(fault.class(), class, "{fault:?}");
        }
    }

    #[test]
    fn an_error_is_read_in_any_of_its_shapes() {
        for (error, message, code) in [
            (r#"{"message":"slow","code":429,"type":"t"}"#, "slow", Some("429")),
            (r#"{"message":"slow","code":null,"type":"t"}"#, "slow", Some("t")),
            (r#""slow""#, "slow", None),
            (r#"{"detail":1}"#, r#"{"detail":1}"#, None),
        ] {
            let (message, code) = (message.to_owned(), code.map(str::to_owned));
            assert_eq!(StreamFault::from_error(error), StreamFault::Upstream { message, code });
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

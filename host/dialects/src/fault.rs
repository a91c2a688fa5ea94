//! What can be wrong with a request, and what with a reply, in any dialect.

use std::borrow::Cow;

use serde_json::Value;

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
    /// The text is not what the dialect demands.
    #[error("the upstream's reply is malformed: {0}")]
    Malformed(String),
    /// The stream ended before it had its proper end: every finish reason, or the last event of its dialect.
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
}

// === impl StreamFault ===

impl StreamFault {
    /// The fault that an `error` member reports: an object, as both vendors have it, or whatever else is there.
    pub(super) fn from_error(error: &str) -> Self {
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

    /// A reply that is not what its dialect demands.
    pub(super) fn malformed(what: impl Into<String>) -> Self {
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
    pub(super) fn new(field: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
        }
    }

    /// The same fault, seen from an object that holds the faulty one at `place`. A fault of the held object itself
    /// has no field of its own yet.
    pub(super) fn within(self, place: &str) -> Self {
        let field = match &*self.field {
            "" => place.to_owned(),
            field => format!("{place}.{field}"),
        };
        Self::new(field, self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::{RequestFault, StreamFault};

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

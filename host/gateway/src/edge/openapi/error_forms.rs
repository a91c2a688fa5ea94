//! The forms of errors: the objects of each dialect, as it writes them.
#![allow(
    dead_code,
    reason = "the types of errors are never constructed; they exist for their schemas"
)]

use jackfield_dialects::Dialect;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value};

use crate::error::{ErrorKind, GatewayError};

/// An error in OpenAI's form.
#[derive(JsonSchema)]
#[schemars(rename = "OpenAIError")]
struct CanonicalError {
    error: CanonicalFault,
}

#[derive(JsonSchema)]
#[schemars(rename = "OpenAIErrorObject")]
struct CanonicalFault {
    message: String,
    /// `invalid_request_error`, `authentication_error`, `insufficient_quota`, `permission_error`, `rate_limit_error` or
    /// `api_error`; an upstream's own word if the request is at fault.
    #[serde(rename = "type")]
    kind: String,
    /// The field at fault.
    param: Option<String>,
    /// As `X-Error-Code`; an upstream's own code if the request is at fault.
    code: Option<String>,
}

/// An error in Anthropic's form.
#[derive(JsonSchema)]
#[schemars(rename = "AnthropicError")]
struct TypedError {
    /// `error`.
    #[serde(rename = "type")]
    kind: String,
    error: TypedFault,
}

#[derive(JsonSchema)]
#[schemars(rename = "AnthropicErrorObject")]
struct TypedFault {
    /// `api_error`, `authentication_error`, `billing_error`, `invalid_request_error`, `not_found_error`, `overloaded_error`,
    /// `permission_error`, `rate_limit_error`, `request_too_large` or `timeout_error`. The code is in `X-Error-Code`.
    #[serde(rename = "type")]
    kind: String,
    message: String,
    /// What programs decide by, if the message does not say it all.
    #[serde(default)]
    details: Option<Value>,
}

/// An error in Google's form.
#[derive(JsonSchema)]
#[schemars(rename = "GoogleError")]
struct StatusError {
    error: StatusFault,
}

#[derive(JsonSchema)]
#[schemars(rename = "GoogleErrorObject")]
struct StatusFault {
    /// The status of the response.
    code: u16,
    message: String,
    /// A word of `google.rpc.Code`, such as `INVALID_ARGUMENT`.
    status: String,
    /// An `ErrorInfo`, whose `reason` is as `X-Error-Code`, and with 429 and 503 a `RetryInfo`.
    #[serde(default)]
    details: Option<Vec<Map<String, Value>>>,
}

/// An error in Cohere's form. The code is in `X-Error-Code`.
#[derive(JsonSchema)]
#[schemars(rename = "CohereError")]
struct BareError {
    message: String,
}

/// An error that only says what there is not.
#[derive(JsonSchema)]
#[schemars(rename = "BareError")]
struct WordError {
    error: String,
}

/// The form of an error, by the dialect that writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Canonical,
    Typed,
    Status,
    Bare,
    /// That of no dialect.
    Word,
}

// === impl Form ===

impl Form {
    pub(super) const ALL: [Self; 5] = [Self::Canonical, Self::Typed, Self::Status, Self::Bare, Self::Word];

    /// The form of a dialect, by what it writes.
    pub(super) fn of(dialect: Dialect) -> Self {
        let error = GatewayError::new(ErrorKind::NotFound, "");
        let written = written(&error, dialect);
        if !written["error"].is_object() {
            Self::Bare
        } else if written["type"].is_string() {
            Self::Typed
        } else if written["error"]["status"].is_string() {
            Self::Status
        } else {
            Self::Canonical
        }
    }

    /// The schema of its objects.
    pub(super) fn schema(self, generator: &mut SchemaGenerator) -> Value {
        let schema = match self {
            Self::Canonical => generator.subschema_for::<CanonicalError>(),
            Self::Typed => generator.subschema_for::<TypedError>(),
            Self::Status => generator.subschema_for::<StatusError>(),
            Self::Bare => generator.subschema_for::<BareError>(),
            Self::Word => generator.subschema_for::<WordError>(),
        };
        schema.into()
    }

    /// What the names of responses begin with.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Canonical => "OpenAI",
            Self::Typed => "Anthropic",
            Self::Status => "Google",
            Self::Bare => "Message",
            Self::Word => "Bare",
        }
    }
}

/// The error as this dialect writes it.
pub(super) fn written(error: &GatewayError, dialect: Dialect) -> Value {
    serde_json::from_slice(&dialect.error(&error.facts())).unwrap_or_default()
}

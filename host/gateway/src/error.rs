//! The one error that reaches HTTP, and the one table that turns it into a status.
//!
//! A [`GatewayError`] has two readers: the client gets `message`, the log gets `source`. What an attempt
//! at a provider came to is a [`Failure`]; routing decides what becomes of it.

mod failure;

use std::time::Duration;

use http::StatusCode;
use jackfield_dialects::RequestFault;

pub(crate) use failure::{Failure, Verdict};
pub(crate) use jackfield_dialects::words::failures::Class;

/// What kind of error it is. Closed: each has one row in [`ErrorKind::row`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorKind {
    /// The body is not what the endpoint takes.
    InvalidRequest,
    /// No such model.
    InvalidModel,
    /// The credential is missing or wrong.
    Authentication,
    /// The user's credits are spent.
    InsufficientCredits,
    /// The plan does not include the model.
    ModelNotAllowed,
    /// No such path.
    NotFound,
    /// The path exists, the method does not.
    MethodNotAllowed,
    /// The body is too large.
    RequestTooLarge,
    /// The body's content type is not JSON.
    UnsupportedMediaType,
    /// The body came too slowly.
    RequestTimeout,
    /// The plan's requests of this day are used up.
    DailyLimit,
    /// The plan's requests of this hour are used up.
    HourlyLimit,
    /// The plan's requests of the last minute are used up.
    MinuteLimit,
    /// As many streams are open as the plan allows.
    ConcurrentStreamLimit,
    /// Every target of the chain failed.
    ProviderError,
    /// Every target of the chain timed out.
    ProviderTimeout,
    /// The gateway sheds load or is draining.
    Overloaded,
}

/// An error on its way to the client.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct GatewayError {
    /// What kind it is.
    pub(crate) kind: ErrorKind,
    /// One sentence for the client.
    pub(crate) message: String,
    /// When the client may try again. Every 429 and 503 has it.
    pub(crate) retry_after: Option<Duration>,
    /// What else the error's body says, in dialects whose errors have `details`.
    pub(crate) details: Option<Box<serde_json::Value>>,
    /// For the log only; never sent.
    #[source]
    pub(crate) source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// Severity of the log line of a failed request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Severity {
    /// The client's own doing.
    Info,
    /// A provider's doing.
    Warn,
}

// === impl ErrorKind ===

impl ErrorKind {
    /// Status, `X-Error-Code` and severity. `docs/src/api.md` lists the same for clients; a test compares them.
    #[must_use]
    pub(crate) fn row(self) -> (StatusCode, &'static str, Severity) {
        use Severity::{Info, Warn};
        match self {
            Self::InvalidRequest => (StatusCode::BAD_REQUEST, "INVALID_REQUEST", Info),
            Self::InvalidModel => (StatusCode::BAD_REQUEST, "INVALID_MODEL", Info),
            Self::Authentication => (StatusCode::UNAUTHORIZED, "AUTHENTICATION_ERROR", Info),
            Self::InsufficientCredits => (StatusCode::PAYMENT_REQUIRED, "INSUFFICIENT_CREDITS", Info),
            Self::ModelNotAllowed => (StatusCode::FORBIDDEN, "MODEL_NOT_ALLOWED", Info),
            Self::NotFound => (StatusCode::NOT_FOUND, "NOT_FOUND", Info),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", Info),
            Self::RequestTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "REQUEST_TOO_LARGE", Info),
            Self::UnsupportedMediaType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", Info),
            Self::RequestTimeout => (StatusCode::REQUEST_TIMEOUT, "REQUEST_TIMEOUT", Info),
            Self::DailyLimit => too_many("DAILY_REQUEST_LIMIT_EXCEEDED"),
            Self::HourlyLimit => too_many("HOURLY_REQUEST_LIMIT_EXCEEDED"),
            Self::MinuteLimit => too_many("MINUTE_REQUEST_LIMIT_EXCEEDED"),
            Self::ConcurrentStreamLimit => too_many("CONCURRENT_STREAM_LIMIT_EXCEEDED"),
            Self::ProviderError => (StatusCode::BAD_GATEWAY, "PROVIDER_ERROR", Warn),
            Self::ProviderTimeout => (StatusCode::GATEWAY_TIMEOUT, "PROVIDER_TIMEOUT", Warn),
            Self::Overloaded => (StatusCode::SERVICE_UNAVAILABLE, "OVERLOADED", Warn),
        }
    }

    /// The HTTP status.
    #[must_use]
    pub(crate) fn status(self) -> StatusCode {
        self.row().0
    }

    /// The `X-Error-Code`.
    #[must_use]
    pub(crate) fn code(self) -> &'static str {
        self.row().1
    }
}

fn too_many(code: &'static str) -> (StatusCode, &'static str, Severity) {
    (StatusCode::TOO_MANY_REQUESTS, code, Severity::Info)
}

// === impl GatewayError ===

impl From<RequestFault> for GatewayError {
    fn from(fault: RequestFault) -> Self {
        let mut error = Self::new(ErrorKind::InvalidRequest, fault.to_string());
        error.details = fault.details;
        error
    }
}

impl GatewayError {
    /// An error of `kind` with a sentence for the client.
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let demanded = matches!(kind.status().as_u16(), 429 | 503);
        let retry_after = demanded.then_some(Duration::from_secs(1));
        Self {
            kind,
            message: message.into(),
            retry_after,
            details: None,
            source: None,
        }
    }

    /// Adds when the client may try again.
    #[must_use]
    pub(crate) fn retry_after(mut self, after: Option<Duration>) -> Self {
        self.retry_after = after.or(self.retry_after);
        self
    }

    /// Adds what only the log shall read.
    #[must_use]
    pub(crate) fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overload_always_says_when_to_come_back() {
        let error = GatewayError::new(ErrorKind::Overloaded, "busy");
        assert!(error.retry_after.is_some());
    }

    #[test]
    fn the_source_is_not_in_what_the_client_reads() {
        let error = GatewayError::new(ErrorKind::ProviderError, "failed").because("secret detail");
        assert_eq!(error.to_string(), "failed");
    }
}

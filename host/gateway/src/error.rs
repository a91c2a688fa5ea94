//! The one error that reaches HTTP, and the one table that turns it into a status.
//!
//! A [`GatewayError`] has two readers: the client gets `message`, and the log gets `source` as well. A failed attempt
//! at a provider is a [`Failure`]; routing decides what follows from it.

mod at_fault;
mod failure;

use std::time::Duration;

use http::StatusCode;
use jackfield_dialects::{ErrorDetail, ErrorFacts};

pub(crate) use failure::{Failure, Reached, Verdict};
pub(crate) use jackfield_dialects::words::failures::Class;

/// The most bytes of a message to a client. What it repeats of the request, or of an upstream's words, is cut.
const MAX_MESSAGE: usize = 2048;

/// The kinds of error that a client can get. Each has one row in [`ErrorKind::row`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorKind {
    /// The body is not what the endpoint expects.
    InvalidRequest,
    /// No such model.
    InvalidModel,
    /// The credential is missing or wrong.
    Authentication,
    /// The user's credits are spent.
    InsufficientCredits,
    /// The budget of the caller's key is spent.
    KeyBudget,
    /// The plan does not include the model.
    ModelNotAllowed,
    /// A host name that may be another site's, while nobody needs a credential.
    HostNotAllowed,
    /// A web page of another site, while nobody needs a credential.
    OriginNotAllowed,
    /// The operator's token lacks the role.
    RoleRequired,
    /// No such path.
    NotFound,
    /// The path exists, the method does not.
    MethodNotAllowed,
    /// The body is too large.
    RequestTooLarge,
    /// The body's content type is not JSON.
    UnsupportedMediaType,
    /// The body is compressed in a way that is not known.
    UnsupportedEncoding,
    /// The body arrived too slowly.
    RequestTimeout,
    /// The plan's requests for the day are used up.
    DailyLimit,
    /// The plan's requests for the hour are used up.
    HourlyLimit,
    /// The plan's requests for the minute are used up.
    MinuteLimit,
    /// The plan's limit of concurrent streams is reached.
    ConcurrentStreamLimit,
    /// The user has as many files or batches as there may be, or as many bytes of them.
    StoreLimit,
    /// The disk of files and batches is full.
    StorageFull,
    /// The gateway itself failed: a bug.
    Internal,
    /// Every target that was tried is rate-limited.
    ProviderRateLimited,
    /// Every target of the chain failed.
    ProviderError,
    /// Every target of the chain timed out.
    ProviderTimeout,
    /// No provider of the model is set up on this gateway.
    NotConfigured,
    /// A shaper refuses the request, or keeps the reply from the client. Status and code are the shaper's.
    Refused,
    /// A shaper failed over the request.
    ShaperFailed,
    /// A shaper that the request needs is not in force.
    ShaperUnavailable,
    /// The gateway sheds load or is draining.
    Overloaded,
}

/// An error on its way to the client.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct GatewayError {
    /// Decides status, code and log level.
    pub(crate) kind: ErrorKind,
    /// One sentence for the client.
    pub(crate) message: String,
    /// How long the client should wait before it retries. Set for every 429 and 503.
    pub(crate) retry_after: Option<Duration>,
    /// Further members of the error's body, in dialects whose errors have `details`.
    pub(crate) details: Option<Box<serde_json::Value>>,
    /// What says to programs how the request is at fault: an upstream's error, or the name of the field.
    pub(crate) upstream: Option<Box<ErrorDetail>>,
    /// The status and the code in place of its kind's: those of a shaper's refusal, or of the client's dialect.
    pub(crate) refusal: Option<Box<(StatusCode, String)>>,
    /// For the log only; never sent to clients.
    #[source]
    pub(crate) source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// Severity of the log line of a failed request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Severity {
    /// The client's fault.
    Info,
    /// A provider's fault, or the gateway's.
    Warn,
}

// === impl ErrorKind ===

impl ErrorKind {
    /// Status, `X-Error-Code` and severity. `docs/src/api.md` lists the same rows; a test compares them.
    #[must_use]
    pub(crate) fn row(self) -> (StatusCode, &'static str, Severity) {
        use Severity::{Info, Warn};
        match self {
            Self::InvalidRequest => (StatusCode::BAD_REQUEST, "INVALID_REQUEST", Info),
            Self::InvalidModel => (StatusCode::BAD_REQUEST, "INVALID_MODEL", Info),
            Self::Authentication => (StatusCode::UNAUTHORIZED, "AUTHENTICATION_ERROR", Info),
            Self::InsufficientCredits => (StatusCode::PAYMENT_REQUIRED, "INSUFFICIENT_CREDITS", Info),
            Self::KeyBudget => (StatusCode::PAYMENT_REQUIRED, "KEY_BUDGET_EXCEEDED", Info),
            Self::ModelNotAllowed => (StatusCode::FORBIDDEN, "MODEL_NOT_ALLOWED", Info),
            Self::HostNotAllowed => (StatusCode::FORBIDDEN, "HOST_NOT_ALLOWED", Info),
            Self::OriginNotAllowed => (StatusCode::FORBIDDEN, "ORIGIN_NOT_ALLOWED", Info),
            Self::RoleRequired => (StatusCode::FORBIDDEN, "ROLE_REQUIRED", Info),
            Self::NotFound => (StatusCode::NOT_FOUND, "NOT_FOUND", Info),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", Info),
            Self::RequestTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "REQUEST_TOO_LARGE", Info),
            Self::UnsupportedMediaType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", Info),
            Self::UnsupportedEncoding => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_CONTENT_ENCODING", Info),
            Self::RequestTimeout => (StatusCode::REQUEST_TIMEOUT, "REQUEST_TIMEOUT", Info),
            Self::DailyLimit => too_many("DAILY_REQUEST_LIMIT_EXCEEDED"),
            Self::HourlyLimit => too_many("HOURLY_REQUEST_LIMIT_EXCEEDED"),
            Self::MinuteLimit => too_many("MINUTE_REQUEST_LIMIT_EXCEEDED"),
            Self::ConcurrentStreamLimit => too_many("CONCURRENT_STREAM_LIMIT_EXCEEDED"),
            Self::StoreLimit => too_many("STORAGE_LIMIT_EXCEEDED"),
            Self::StorageFull => (StatusCode::INSUFFICIENT_STORAGE, "STORAGE_FULL", Warn),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR", Warn),
            Self::ProviderRateLimited => (StatusCode::TOO_MANY_REQUESTS, "PROVIDER_RATE_LIMITED", Warn),
            Self::ProviderError => (StatusCode::BAD_GATEWAY, "PROVIDER_ERROR", Warn),
            Self::ProviderTimeout => (StatusCode::GATEWAY_TIMEOUT, "PROVIDER_TIMEOUT", Warn),
            Self::NotConfigured => (StatusCode::SERVICE_UNAVAILABLE, "MODEL_NOT_CONFIGURED", Warn),
            Self::Refused => (StatusCode::BAD_REQUEST, "REFUSED", Info),
            Self::ShaperFailed => (StatusCode::BAD_GATEWAY, "SHAPER_FAILED", Warn),
            Self::ShaperUnavailable => (StatusCode::SERVICE_UNAVAILABLE, "SHAPER_UNAVAILABLE", Warn),
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

impl GatewayError {
    /// An error of `kind` with a sentence for the client. A 429 or 503 asks for a retry after one second by default.
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let demanded = matches!(kind.status().as_u16(), 429 | 503);
        let retry_after = demanded.then_some(Duration::from_secs(1));
        let mut message = message.into();
        if message.len() > MAX_MESSAGE {
            message.truncate(message.floor_char_boundary(MAX_MESSAGE));
            message.push('…');
        }
        Self {
            kind,
            message,
            retry_after,
            details: None,
            upstream: None,
            refusal: None,
            source: None,
        }
    }

    /// The HTTP status: that of its kind, or what takes its place.
    pub(crate) fn status(&self) -> StatusCode {
        self.refusal
            .as_ref()
            .map_or_else(|| self.kind.status(), |refusal| refusal.0)
    }

    /// The `X-Error-Code`: that of its kind, or what takes its place.
    pub(crate) fn code(&self) -> &str {
        self.refusal
            .as_ref()
            .map_or_else(|| self.kind.code(), |refusal| refusal.1.as_str())
    }

    /// The same error with this status, from 400 to 499, and its code.
    #[must_use]
    pub(crate) fn with_status(self, status: u16) -> Self {
        let code = self.code().to_owned();
        self.refused_with(status, code)
    }

    /// The same error with a shaper's status, from 400 to 499, and its code.
    #[must_use]
    pub(crate) fn refused_with(mut self, status: u16, code: String) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
        self.refusal = Some(Box::new((status, code)));
        self
    }

    /// The error for a request that an upstream found at fault: in its own words.
    pub(crate) fn at_fault(failure: Failure) -> Self {
        let detail = failure.detail.or_code_of(failure.class);
        Self {
            upstream: Some(Box::new(detail)),
            ..Self::new(ErrorKind::InvalidRequest, failure.message)
        }
    }

    /// Sets how long the client should wait before it retries; `None` keeps the default.
    #[must_use]
    pub(crate) fn retry_after(mut self, after: Option<Duration>) -> Self {
        self.retry_after = after.or(self.retry_after);
        self
    }

    /// What the client's dialect makes its error of.
    pub(crate) fn facts(&self) -> ErrorFacts<'_> {
        ErrorFacts {
            status: self.status().as_u16(),
            code: self.code(),
            message: &self.message,
            details: self.details.as_deref(),
            upstream: self.upstream.as_deref(),
            retry_after: self.retry_after.map(whole_seconds),
        }
    }

    /// Adds the source, which only the log gets.
    #[must_use]
    pub(crate) fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}

/// `Retry-After` takes whole seconds (RFC 9110, section 10.2.3): rounds up, never to 0, and never beyond a day.
pub(crate) fn whole_seconds(after: Duration) -> u64 {
    let seconds = after.as_millis().div_ceil(1000).clamp(1, 86_400);
    u64::try_from(seconds).unwrap_or(1)
}

/// The same in milliseconds, as some vendors have it: never 0, and never beyond a day.
pub(crate) fn milliseconds(after: Duration) -> u64 {
    u64::try_from(after.as_millis())
        .unwrap_or(u64::MAX)
        .clamp(1, 86_400_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overload_always_has_a_retry_after() {
        let error = GatewayError::new(ErrorKind::Overloaded, "busy");
        assert!(error.retry_after.is_some());
    }

    #[test]
    fn a_message_that_repeats_a_megabyte_is_cut() {
        let error = GatewayError::new(ErrorKind::InvalidModel, "ß".repeat(1 << 20));
        assert_eq!(error.message.len(), MAX_MESSAGE + '…'.len_utf8());
    }

    #[test]
    fn the_client_does_not_see_the_source() {
        let error = GatewayError::new(ErrorKind::ProviderError, "failed").because("secret detail");
        assert_eq!(error.to_string(), "failed");
    }
}

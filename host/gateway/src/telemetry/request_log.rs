//! One line per request, written when the last byte is out, or when the client has hung up.

use std::fmt;
use std::sync::Arc;

use jackfield_accounting::clock::millis;
use tokio::time::Instant;

use crate::error::{GatewayError, Severity};
use crate::routing::Attempts;
use jackfield_dialects::words::usage::Usage;

/// What is known of a request so far; dropping it writes the line. It never holds a prompt or a secret.
#[derive(Debug)]
pub(crate) struct RequestLog {
    request_id: Arc<str>,
    operation: &'static str,
    started: Instant,
    /// The generation of the snapshot that served it.
    pub(crate) generation: u64,
    /// The user, if the caller was authenticated.
    pub(crate) user: Option<Arc<str>>,
    /// The model that was asked for.
    pub(crate) model: Option<Arc<str>>,
    /// What was tried.
    pub(crate) attempts: Attempts,
    /// The status sent; none if the client hung up before.
    pub(crate) status: Option<u16>,
    /// True if the answer was a stream.
    pub(crate) stream: bool,
    /// When the first content came.
    pub(crate) first_content: Option<Instant>,
    /// The tokens.
    pub(crate) usage: Usage,
    end: End,
    severity: Option<Severity>,
}

/// How a request ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum End {
    /// The client hung up: what is true until anything else is noted.
    #[default]
    HungUp,
    /// The answer is out to its end.
    Complete,
    /// The stream broke off after its head was out, for this reason.
    BrokeOff(String),
    /// Its user ended the stream.
    Killed,
    /// The client got an error, for this reason.
    Failed(String),
}

// === impl RequestLog ===

impl RequestLog {
    /// Starts the record of a request.
    #[must_use]
    pub(crate) fn start(request_id: &Arc<str>, operation: &'static str, generation: u64, started: Instant) -> Self {
        Self {
            request_id: Arc::clone(request_id),
            operation,
            started,
            generation,
            user: None,
            model: None,
            attempts: Attempts::default(),
            status: None,
            stream: false,
            first_content: None,
            usage: Usage::default(),
            end: End::default(),
            severity: None,
        }
    }

    /// Notes that the answer is out, or that its head is.
    pub(crate) fn answered(&mut self, status: u16) {
        self.status = Some(status);
    }

    /// Notes that everything went well.
    pub(crate) fn finished(&mut self) {
        self.end = End::Complete;
    }

    /// Notes the error that the client got. This is where its source is logged, once.
    pub(crate) fn failed(&mut self, error: &GatewayError) {
        let (status, _, severity) = error.kind.row();
        self.status = Some(status.as_u16());
        self.severity = Some(severity);
        self.end = End::Failed(match &error.source {
            Some(source) => format!("{error} ({source})"),
            None => error.to_string(),
        });
    }

    /// Notes that a stream broke off after its head was out.
    pub(crate) fn broke_off(&mut self, reason: &str) {
        self.severity = Some(Severity::Warn);
        self.end = End::BrokeOff(reason.to_owned());
    }

    /// Notes that its user ended the stream.
    pub(crate) fn killed(&mut self) {
        self.end = End::Killed;
    }

    /// How it ended, as far as is known by now.
    pub(crate) fn end(&self) -> &End {
        &self.end
    }

    /// The request's id.
    pub(crate) fn request_id(&self) -> &str {
        &self.request_id
    }

    /// What was asked for.
    pub(crate) fn operation(&self) -> &'static str {
        self.operation
    }

    /// Whole milliseconds from the request until now.
    pub(crate) fn latency_ms(&self) -> u64 {
        self.millis_until(Instant::now())
    }

    /// Whole milliseconds from the request to the first content.
    pub(crate) fn first_content_ms(&self) -> Option<u64> {
        self.first_content.map(|moment| self.millis_until(moment))
    }

    fn millis_until(&self, moment: Instant) -> u64 {
        millis(moment.duration_since(self.started))
    }
}

/// Writes the same fields at whichever level the outcome calls for: tracing wants levels known when compiling.
macro_rules! line {
    ($level:ident, $log:expr) => {
        tracing::$level!(
            target: "jackfield::request",
            request_id = &*$log.request_id,
            operation = $log.operation,
            model = $log.model.as_deref(),
            provider = $log.attempts.provider(),
            attempts = $log.attempts.records().len(),
            status = $log.status.unwrap_or(499),
            stream = $log.stream,
            input_tokens = $log.usage.input_tokens,
            output_tokens = $log.usage.output_tokens,
            latency_ms = $log.latency_ms(),
            time_to_first_content_ms = $log.first_content_ms(),
            generation = $log.generation,
            user = $log.user.as_deref(),
            "{}", $log.end
        )
    };
}

// === impl End ===

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HungUp => f.write_str("client hung up"),
            Self::Complete => f.write_str("ok"),
            Self::BrokeOff(reason) => write!(f, "stream broke off: {reason}"),
            Self::Killed => f.write_str("killed by its user"),
            Self::Failed(reason) => f.write_str(reason),
        }
    }
}

impl Drop for RequestLog {
    /// Step 13 of a request's life (ARCHITECTURE.md).
    fn drop(&mut self) {
        match self.severity {
            None | Some(Severity::Info) => line!(info, self),
            Some(Severity::Warn) => line!(warn, self),
        }
    }
}

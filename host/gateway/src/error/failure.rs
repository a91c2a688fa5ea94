//! Why an attempt at a target failed, and what routing does about it.

use std::time::Duration;

use jackfield_dialects::ErrorDetail;
use jackfield_dialects::words::failures::Class;

/// What routing does after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Stop: every other target would fail in the same way.
    Stop,
    /// Try the next target; do not retry this one for this request.
    Next,
    /// Try the next target; a later pass may retry this one.
    Retry,
}

/// A failed attempt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{class}: {message}")]
pub(crate) struct Failure {
    /// Decides the [`Verdict`].
    pub(crate) class: Class,
    /// One sentence for the log; if the [request is at fault](Class::is_clients) or [`Class::Unsupported`] everywhere,
    /// for the client as well.
    pub(crate) message: String,
    /// How long the upstream asked us to wait before a retry.
    pub(crate) retry_after: Option<Duration>,
    /// What the upstream's error says to programs. It goes where the message goes.
    pub(crate) detail: Box<ErrorDetail>,
    /// Whether the upstream may have received the request. If no upstream did, the request costs nothing.
    pub(crate) sent: bool,
}

// === impl Verdict ===

impl Verdict {
    /// The verdict on a failure of `class`.
    pub(crate) fn of(class: Class) -> Self {
        match class {
            Class::Client | Class::ContextLength | Class::ContentPolicy => Self::Stop,
            // What was too slow once would be too slow again, and cost the same time.
            Class::Unsupported | Class::Refused | Class::Plugin | Class::Timeout => Self::Next,
            Class::RateLimited | Class::Overloaded | Class::Malformed | Class::Exhausted => Self::Retry,
        }
    }
}

// === impl Failure ===

impl Failure {
    /// A failure of a request that its upstream may have received.
    pub(crate) fn new(class: Class, message: impl Into<String>) -> Self {
        Self {
            class,
            message: message.into(),
            retry_after: None,
            detail: Box::default(),
            sent: true,
        }
    }

    /// The same failure, of a reply with this status.
    #[must_use]
    pub(crate) fn with_status(self, status: u16) -> Self {
        let mut failure = self;
        failure.detail.status = Some(status);
        failure
    }

    /// The same failure, of a request that did not reach its upstream.
    #[must_use]
    pub(crate) fn unsent(self) -> Self {
        Self { sent: false, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_client_fault_ends_the_chain() {
        for class in [Class::Client, Class::ContextLength, Class::ContentPolicy] {
            assert_eq!(Verdict::of(class), Verdict::Stop, "{class}");
        }
        for class in [Class::Unsupported, Class::Refused, Class::Plugin, Class::Timeout] {
            assert_eq!(Verdict::of(class), Verdict::Next, "{class}");
        }
        for class in [Class::RateLimited, Class::Overloaded, Class::Malformed] {
            assert_eq!(Verdict::of(class), Verdict::Retry, "{class}");
        }
    }
}

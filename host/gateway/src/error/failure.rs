//! Why an attempt at a target failed, and what routing does about it.

use std::time::Duration;

use jackfield_dialects::words::failures::Class;

/// What follows from a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// End the chain: trying elsewhere would only repeat it.
    Stop,
    /// Try the next target, and this one not again for this request.
    Next,
    /// Try the next target; a later pass may try this one again.
    Retry,
}

/// A failed attempt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{class}: {message}")]
pub(crate) struct Failure {
    /// Its class.
    pub(crate) class: Class,
    /// One sentence for the log; of [`Class::Client`] also for the client.
    pub(crate) message: String,
    /// How long the upstream asked us to wait.
    pub(crate) retry_after: Option<Duration>,
    /// Whether the upstream may have had the request. One that reached no upstream costs its client nothing.
    pub(crate) sent: bool,
}

// === impl Verdict ===

impl Verdict {
    /// What routing does about a failure of `class`.
    pub(crate) fn of(class: Class) -> Self {
        match class {
            Class::Client => Self::Stop,
            Class::Refused | Class::Plugin => Self::Next,
            Class::RateLimited | Class::Overloaded | Class::Timeout | Class::Malformed => Self::Retry,
        }
    }
}

// === impl Failure ===

impl Failure {
    /// A failure of `class`.
    pub(crate) fn new(class: Class, message: impl Into<String>) -> Self {
        Self {
            class,
            message: message.into(),
            retry_after: None,
            sent: true,
        }
    }

    /// The same, of a request that no upstream had.
    #[must_use]
    pub(crate) fn unsent(self) -> Self {
        Self { sent: false, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_clients_own_fault_ends_the_chain() {
        assert_eq!(Verdict::of(Class::Client), Verdict::Stop);
        for class in [Class::Refused, Class::Plugin] {
            assert_eq!(Verdict::of(class), Verdict::Next, "{class}");
        }
        for class in [Class::RateLimited, Class::Overloaded, Class::Timeout, Class::Malformed] {
            assert_eq!(Verdict::of(class), Verdict::Retry, "{class}");
        }
    }
}

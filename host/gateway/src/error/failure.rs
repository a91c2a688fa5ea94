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
    /// How far the request had come.
    pub(crate) reached: Reached,
}

/// How far a request had come when its attempt failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reached {
    /// The adapter worked on it and could make nothing of it that may be sent. That says nothing about the target, but the
    /// request has had its share: it takes quota.
    Adapter,
    /// It was to be sent, and no upstream received it. If none did, the request costs nothing.
    Network,
    /// The upstream may have received it.
    Upstream,
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
            reached: Reached::Upstream,
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
        let reached = Reached::Network;
        Self { reached, ..self }
    }

    /// The same failure, of a request that did not get past its adapter.
    #[must_use]
    pub(crate) fn unprepared(self) -> Self {
        let reached = Reached::Adapter;
        Self { reached, ..self }
    }

    /// The same failure, after this many exchanges of the same attempt that its upstream has answered.
    #[must_use]
    pub(crate) fn after_answers(self, count: u32) -> Self {
        let reached = if count == 0 { self.reached } else { Reached::Upstream };
        Self { reached, ..self }
    }

    /// True if the failure says something about the target's health. What a request does to the adapter does not: else
    /// one client could turn a target off for all others.
    #[must_use]
    pub(crate) fn blames_target(&self) -> bool {
        self.class.blames_target() && self.reached != Reached::Adapter
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

//! Why an attempt at a target failed, and what routing does about it.

use std::fmt;
use std::time::Duration;

/// The class of a failure. It decides, not the status code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// The request itself is at fault: any provider would refuse it.
    Client,
    /// The provider will not serve us: bad credential, no such model there, no credit.
    Refused,
    /// Too many requests.
    RateLimited,
    /// The provider is down or busy.
    Overloaded,
    /// One of the clocks ran out.
    Timeout,
    /// The reply makes no sense or breaks off.
    Malformed,
    /// The plugin trapped, overran a limit or asked for what it may not.
    Plugin,
}

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

// === impl Class ===

impl Class {
    /// The class that a plugin means by `word`; a word that the host does not know counts as malformed.
    #[must_use]
    pub(crate) fn from_contract(word: &str) -> Self {
        match word {
            "client" => Self::Client,
            "refused" => Self::Refused,
            "rate-limited" => Self::RateLimited,
            "overloaded" => Self::Overloaded,
            "timeout" => Self::Timeout,
            _ => Self::Malformed,
        }
    }

    /// What routing does.
    #[must_use]
    pub(crate) fn verdict(self) -> Verdict {
        match self {
            Self::Client => Verdict::Stop,
            Self::Refused | Self::Plugin => Verdict::Next,
            Self::RateLimited | Self::Overloaded | Self::Timeout | Self::Malformed => Verdict::Retry,
        }
    }

    /// What happened, in words that may be shown to anyone.
    #[must_use]
    pub(crate) fn phrase(self) -> &'static str {
        match self {
            Self::Client => "rejected the request",
            Self::Refused => "refused to serve it",
            Self::RateLimited => "is rate limited",
            Self::Overloaded => "is overloaded or unreachable",
            Self::Timeout => "timed out",
            Self::Malformed => "sent a broken reply",
            Self::Plugin => "failed in its adapter",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Client => "client",
            Self::Refused => "refused",
            Self::RateLimited => "rate-limited",
            Self::Overloaded => "overloaded",
            Self::Timeout => "timeout",
            Self::Malformed => "malformed",
            Self::Plugin => "plugin",
        })
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
    fn a_class_of_a_newer_contract_counts_as_malformed() {
        assert_eq!(Class::from_contract("sold-out"), Class::Malformed);
    }

    #[test]
    fn every_class_of_the_contract_is_known_by_its_own_word() {
        for class in [
            Class::Client,
            Class::Refused,
            Class::RateLimited,
            Class::Overloaded,
            Class::Timeout,
            Class::Malformed,
        ] {
            assert_eq!(Class::from_contract(&class.to_string()), class);
        }
    }

    #[test]
    fn only_the_clients_own_fault_ends_the_chain() {
        assert_eq!(Class::Client.verdict(), Verdict::Stop);
        assert_eq!(Class::Refused.verdict(), Verdict::Next);
        assert_eq!(Class::Overloaded.verdict(), Verdict::Retry);
    }
}

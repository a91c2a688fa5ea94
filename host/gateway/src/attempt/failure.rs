//! Turns errors of the sandbox, the plugin, the egress checks and the network into a [`Failure`].

use std::fmt;
use std::time::Duration;

use http::StatusCode;
use jackfield_dialects::{ErrorDetail, StreamFault};

use crate::error::{Class, Failure, Reached};
use crate::upstream::credential::AuthorizeError;
use crate::upstream::egress::EgressError;
use crate::upstream::error::UpstreamError;
use crate::upstream::framing::FramingError;
use crate::upstream::retry_after::LONGEST;
use jackfield_sandbox::{CallError, PaceError, contract};

/// A failure of the plugin; `what` completes "the adapter …".
pub(super) fn plugin_fault(what: impl fmt::Display) -> Failure {
    Failure::new(Class::Plugin, format!("the adapter {what}"))
}

impl Failure {
    /// The same failure with the wait that its reply's headers ask for, if they ask for one.
    #[must_use]
    pub(super) fn asking_for(self, wait: Option<Duration>) -> Self {
        let retry_after = wait.or(self.retry_after);
        Self { retry_after, ..self }
    }

    /// The same failure, with what may be behind it at the end of its message.
    #[must_use]
    pub(super) fn explained(mut self, cause: Option<impl fmt::Display>) -> Self {
        if let Some(cause) = cause {
            self.message = format!("{}; {cause}", self.message);
        }
        self
    }

    /// The plugin's failure with the reply's status, unless the plugin knows better.
    #[must_use]
    pub(super) fn of_reply(mut self, status: StatusCode) -> Self {
        self.detail.status.get_or_insert(status.as_u16());
        self
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        Self::new(Class::Plugin, format!("the adapter {error}"))
    }
}

impl From<PaceError> for Failure {
    fn from(error: PaceError) -> Self {
        match error {
            PaceError::Full(wait) => Self {
                retry_after: Some(wait),
                ..Self::new(Class::Exhausted, error.to_string()).unsent()
            },
            PaceError::Lost => Self::new(Class::Plugin, error.to_string()),
        }
    }
}

impl From<contract::Failure> for Failure {
    fn from(failure: contract::Failure) -> Self {
        Self {
            // A class that is unknown here (from a newer contract) counts as malformed. So do `plugin` and `exhausted`,
            // which are reserved for the host.
            class: failure
                .class
                .parse()
                .ok()
                .filter(|class| !matches!(class, Class::Plugin | Class::Exhausted))
                .unwrap_or(Class::Malformed),
            message: failure.message,
            retry_after: failure
                .retry_after_ms
                .map(Duration::from_millis)
                .map(|wait| wait.min(LONGEST)),
            detail: Box::new(ErrorDetail::read(&failure.detail)),
            reached: Reached::Upstream,
        }
    }
}

impl From<EgressError> for Failure {
    fn from(error: EgressError) -> Self {
        Self::new(Class::Plugin, format!("the adapter's request is not allowed: {error}"))
    }
}

impl From<UpstreamError> for Failure {
    fn from(error: UpstreamError) -> Self {
        let class = match &error {
            UpstreamError::ConnectTimeout => Class::Timeout,
            UpstreamError::TooLarge(_) | UpstreamError::Coding(_) => Class::Malformed,
            UpstreamError::Build(_) | UpstreamError::Address(_) => Class::Refused,
            UpstreamError::Connect(_) | UpstreamError::Broken(_) => Class::Overloaded,
            UpstreamError::NoDescriptor => Class::Exhausted,
        };
        let sent = matches!(
            error,
            UpstreamError::TooLarge(_) | UpstreamError::Broken(_) | UpstreamError::Coding(_)
        );
        let failure = Self::new(class, error.to_string());
        if sent { failure } else { failure.unsent() }
    }
}

impl From<AuthorizeError> for Failure {
    /// A request that was not sent, because it could not be authorized.
    fn from(error: AuthorizeError) -> Self {
        let (class, wait) = match &error {
            AuthorizeError::Unreached(error) => (Self::from(error.clone()).class, None),
            AuthorizeError::Slow(_) => (Class::Timeout, None),
            AuthorizeError::Unsignable(_) | AuthorizeError::Denied(_) => (Class::Refused, None),
            AuthorizeError::Unavailable { status: 429, wait } => (Class::RateLimited, *wait),
            AuthorizeError::Unavailable { wait, .. } => (Class::Overloaded, *wait),
            AuthorizeError::NoToken => (Class::Malformed, None),
        };
        Self::new(class, error.to_string()).asking_for(wait).unsent()
    }
}

impl From<FramingError> for Failure {
    fn from(error: FramingError) -> Self {
        Self::new(Class::Malformed, error.to_string())
    }
}

impl From<StreamFault> for Failure {
    /// A fault in a reply that the host reads itself.
    fn from(fault: StreamFault) -> Self {
        let failure = Self::new(fault.class(), fault.to_string());
        Self {
            detail: Box::new(fault.detail()),
            ..failure
        }
    }
}

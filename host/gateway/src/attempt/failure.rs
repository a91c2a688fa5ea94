//! How the errors of the sandbox, the plugin, the checks and the network become a [`Failure`] of an attempt.

use std::time::Duration;

use crate::error::{Class, Failure};
use crate::upstream::client::UpstreamError;
use crate::upstream::egress::EgressError;
use crate::upstream::framing::FramingError;
use jackfield_sandbox::CallError;
use jackfield_sandbox::contract;

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        Self::new(Class::Plugin, format!("the adapter {error}"))
    }
}

impl From<contract::Failure> for Failure {
    fn from(failure: contract::Failure) -> Self {
        Self {
            class: Class::from_contract(&failure.class),
            message: failure.message,
            retry_after: failure.retry_after_ms.map(Duration::from_millis),
            sent: true,
        }
    }
}

impl From<EgressError> for Failure {
    fn from(error: EgressError) -> Self {
        Self::new(Class::Plugin, format!("the adapter asked for what it may not: {error}"))
    }
}

impl From<UpstreamError> for Failure {
    fn from(error: UpstreamError) -> Self {
        let class = match &error {
            UpstreamError::ConnectTimeout => Class::Timeout,
            UpstreamError::TooLarge(_) => Class::Malformed,
            UpstreamError::Build(_) | UpstreamError::Address(_) => Class::Refused,
            UpstreamError::Connect(_) | UpstreamError::Broken(_) => Class::Overloaded,
        };
        let sent = matches!(error, UpstreamError::TooLarge(_) | UpstreamError::Broken(_));
        let failure = Self::new(class, error.to_string());
        if sent { failure } else { failure.unsent() }
    }
}

impl From<FramingError> for Failure {
    fn from(error: FramingError) -> Self {
        Self::new(Class::Malformed, error.to_string())
    }
}

//! Why a stream did not reach its end.

use std::time::Duration;

use crate::detail::ErrorDetail;
use crate::facts::ErrorFacts;

/// Why a stream did not reach its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interruption<'a> {
    /// The upstream or the gateway failed.
    Failed {
        /// One sentence for the client.
        message: &'a str,
        /// What the upstream's error says to programs, if the upstream says that the request is at fault.
        upstream: Option<&'a ErrorDetail>,
        /// How long the upstream asked us to wait before a retry.
        retry_after: Option<Duration>,
    },
    /// There is no stream: the request failed after the head of the response was sent.
    Refused(ErrorFacts<'a>),
    /// The stream's user ended it.
    Killed,
}

//! Why an exchange with an upstream failed.

use std::error::Error;
use std::io;

use hyper_util::client::legacy;

/// Why an exchange failed. No message contains the URL, which may carry a credential.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UpstreamError {
    /// The client could not be built.
    #[error("the HTTP client cannot be built: {0}")]
    Build(String),
    /// The URL is invalid.
    #[error("the address is not valid: {0}")]
    Address(String),
    /// The connection could not be opened.
    #[error("cannot connect: {0}")]
    Connect(String),
    /// The connection was not opened within the connect timeout.
    #[error("did not accept a connection in time")]
    ConnectTimeout,
    /// The connection broke during the exchange.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// The body is larger than allowed.
    #[error("the reply is larger than {0} bytes")]
    TooLarge(usize),
}

// === impl UpstreamError ===

impl UpstreamError {
    /// Classifies the error of a request that got no reply.
    pub(super) fn from_send(error: &legacy::Error) -> Self {
        if !error.is_connect() {
            return Self::Broken(root_cause(error));
        }
        if timed_out(error) {
            Self::ConnectTimeout
        } else {
            Self::Connect(root_cause(error))
        }
    }
}

/// The message of the innermost error, which is the most specific one.
pub(super) fn root_cause(error: &(dyn Error + 'static)) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}

fn timed_out(error: &(dyn Error + 'static)) -> bool {
    let io_errors = causes(error).filter_map(|cause| cause.downcast_ref::<io::Error>());
    io_errors
        .into_iter()
        .any(|error| error.kind() == io::ErrorKind::TimedOut)
}

/// The error, followed by its chain of sources.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&cause| cause.source())
}

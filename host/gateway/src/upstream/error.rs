//! Why an exchange with an upstream failed.

use std::error::Error;
use std::io;

use hyper_util::client::legacy;

use crate::coding::CodingFault;

/// The process, or the system, has no file descriptor left (open(2)); the same on all systems.
const EMFILE: i32 = 24;
const ENFILE: i32 = 23;

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
    /// This process has no file descriptor left for a connection: no fault of the upstream's.
    #[error("too many open files: raise the limit of file descriptors (ulimit -n)")]
    NoDescriptor,
    /// The content coding of the body is unknown or broken.
    #[error("the reply's coding cannot be read: {0}")]
    Coding(String),
    /// The body is larger than allowed.
    #[error("the reply is larger than {0} bytes")]
    TooLarge(usize),
}

// === impl UpstreamError ===

impl From<CodingFault> for UpstreamError {
    fn from(fault: CodingFault) -> Self {
        Self::Coding(fault.to_string())
    }
}

impl UpstreamError {
    /// Classifies the error of a request that got no reply.
    pub(super) fn from_send(error: &legacy::Error) -> Self {
        if !error.is_connect() {
            return Self::Broken(root_cause(error));
        }
        Self::from_connect(error)
    }

    /// The same of a request that goes through a proxy: names it if no connection was opened.
    pub(super) fn by_way_of(self, proxy: &str) -> Self {
        match self {
            Self::Connect(reason) => Self::Connect(format!("{reason}, by way of the proxy {proxy}")),
            other => other,
        }
    }

    /// Classifies the error of a connection that was not opened.
    fn from_connect(error: &(dyn Error + 'static)) -> Self {
        if io_errors(error).any(|error| matches!(error.raw_os_error(), Some(EMFILE | ENFILE))) {
            Self::NoDescriptor
        } else if io_errors(error).any(|error| error.kind() == io::ErrorKind::TimedOut) {
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

fn io_errors<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a io::Error> {
    causes(error).filter_map(|cause| cause.downcast_ref())
}

/// The error, followed by its chain of sources.
pub(super) fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&cause| cause.source())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_that_is_not_opened_says_whose_fault_it_is() {
        let of = |error: io::Error| UpstreamError::from_connect(&error);
        assert_eq!(of(io::Error::from_raw_os_error(EMFILE)), UpstreamError::NoDescriptor);
        assert_eq!(of(io::Error::from_raw_os_error(ENFILE)), UpstreamError::NoDescriptor);
        assert_eq!(of(io::ErrorKind::TimedOut.into()), UpstreamError::ConnectTimeout);
        assert_eq!(of(io::Error::other("no")), UpstreamError::Connect("no".to_owned()));
    }
}

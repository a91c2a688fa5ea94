//! Why something could not be fetched or pushed.

use std::time::Duration;

use http::StatusCode;

/// The longest silence of a server.
pub(super) const SILENCE: Duration = Duration::from_secs(30);

/// Why something could not be fetched or pushed. Names hosts, never URLs, whose queries may be secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WebError {
    /// There was no answer.
    #[error("{host}: {reason}")]
    Exchange {
        /// The host.
        host: String,
        /// Why not.
        reason: String,
    },
    /// The server was silent for too long.
    #[error("{0} was silent for {SILENCE:?}")]
    Silent(String),
    /// An answer with an error.
    #[error("{host} answers with {status}{hint}")]
    Status {
        /// The host.
        host: String,
        /// The status.
        status: StatusCode,
        /// What that usually means.
        hint: &'static str,
    },
    /// A redirect that is not followed.
    #[error("{host} sends on to {to}")]
    Redirect {
        /// The host.
        host: String,
        /// What is wrong with the way.
        to: &'static str,
    },
    /// The certificates of the configuration cannot be used.
    #[error("no connection can be made: {0}")]
    Client(String),
    /// The content is something else.
    #[error("{0}")]
    Content(String),
}

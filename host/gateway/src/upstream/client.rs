//! Sends one request and waits for the head of its reply.

use std::error::Error;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Uri};
use http_body_util::Full;
use hyper_util::client::legacy;

use super::pool;
use super::reply::Reply;

/// The way to upstreams. Clients with the same connect timeout share their connections, thread by thread.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Client {
    connect_timeout: Duration,
}

/// A request that has been checked and bears its credential.
#[derive(Debug)]
pub(crate) struct Request {
    /// The method.
    pub(crate) method: Method,
    /// The whole URL.
    pub(crate) url: String,
    /// All headers but those of the connection.
    pub(crate) headers: HeaderMap,
    /// The body.
    pub(crate) body: Bytes,
}

/// Why an exchange broke off. No message holds the URL, which may bear a credential.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UpstreamError {
    /// The client could not be built.
    #[error("the HTTP client cannot be built: {0}")]
    Build(String),
    /// The URL is not one.
    #[error("the address is not valid: {0}")]
    Address(String),
    /// No connection.
    #[error("cannot connect: {0}")]
    Connect(String),
    /// The connection took too long.
    #[error("did not accept a connection in time")]
    ConnectTimeout,
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// The body is larger than allowed.
    #[error("the reply is larger than {0} bytes")]
    TooLarge(usize),
}

// === impl Client ===

impl Client {
    /// A client with this connect timeout.
    ///
    /// # Errors
    /// [`UpstreamError::Build`] if this machine's certificates cannot be used.
    pub(crate) fn new(connect_timeout: Duration) -> Result<Self, UpstreamError> {
        pool::of_this_thread(connect_timeout)?;
        Ok(Self { connect_timeout })
    }

    /// Sends a request and waits for the head of the reply. Dropping the future drops the exchange.
    ///
    /// # Errors
    /// [`UpstreamError`], but never for a status.
    pub(crate) async fn send(self, request: Request) -> Result<Reply, UpstreamError> {
        let uri = Uri::try_from(request.url).map_err(|error| UpstreamError::Address(error.to_string()))?;
        let mut outgoing = http::Request::new(Full::new(request.body));
        *outgoing.method_mut() = request.method;
        *outgoing.uri_mut() = uri;
        *outgoing.headers_mut() = request.headers;
        let pool = pool::of_this_thread(self.connect_timeout)?;
        let response = pool.request(outgoing).await;
        response
            .map(Reply::new)
            .map_err(|error| UpstreamError::from_send(&error))
    }
}

// === impl UpstreamError ===

impl UpstreamError {
    fn from_send(error: &legacy::Error) -> Self {
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

/// The innermost message, which says what really happened.
pub(super) fn root_cause(error: &(dyn Error + 'static)) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}

fn timed_out(error: &(dyn Error + 'static)) -> bool {
    let io_errors = causes(error).filter_map(|cause| cause.downcast_ref::<io::Error>());
    io_errors
        .into_iter()
        .any(|error| error.kind() == io::ErrorKind::TimedOut)
}

/// The error and everything that led to it.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&cause| cause.source())
}

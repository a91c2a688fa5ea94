//! Sends one request and waits for the head of its reply.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Uri};
use http_body_util::Full;

use super::error::UpstreamError;
use super::pool;
use super::reply::UpstreamReply;

/// Sends requests to upstreams. Clients with the same connect timeout share connections, per thread.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Client {
    connect_timeout: Duration,
}

/// A request that has been checked and carries its credential.
#[derive(Debug)]
pub(crate) struct OutgoingRequest {
    /// One of the five allowed methods.
    pub(crate) method: Method,
    /// The absolute URL. It may contain the credential.
    pub(crate) url: String,
    /// All headers except those of the connection.
    pub(crate) headers: HeaderMap,
    /// The body; empty for none.
    pub(crate) body: Bytes,
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

    /// Sends a request and waits for the head of the reply. Dropping the future ends the exchange.
    ///
    /// # Errors
    /// [`UpstreamError`] if there is no reply. A reply with an error status is not an error.
    pub(crate) async fn send(self, request: OutgoingRequest) -> Result<UpstreamReply, UpstreamError> {
        let uri = Uri::try_from(request.url).map_err(|error| UpstreamError::Address(error.to_string()))?;
        let mut outgoing = http::Request::new(Full::new(request.body));
        *outgoing.method_mut() = request.method;
        *outgoing.uri_mut() = uri;
        *outgoing.headers_mut() = request.headers;
        let pool = pool::of_this_thread(self.connect_timeout)?;
        let response = pool.request(outgoing).await;
        response
            .map(UpstreamReply::new)
            .map_err(|error| UpstreamError::from_send(&error))
    }
}

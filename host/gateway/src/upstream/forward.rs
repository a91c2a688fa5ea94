//! Sends what somebody else has written to an upstream: for the tools of plugin authors, who bring their own key.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method, StatusCode};

use super::client::{Client, OutgoingRequest};
use super::egress::carries_credential;
use super::reply::UpstreamReply;
use super::route::Route;

/// The longest that connecting may take.
const CONNECT: Duration = Duration::from_secs(10);

/// Forwards requests.
#[derive(Debug)]
pub struct Forwarder {
    client: Client,
}

/// A reply, whose body is still to be read.
#[derive(Debug)]
pub struct Forwarded {
    /// The status.
    pub status: StatusCode,
    /// The headers, without those of a content coding, which is taken off.
    pub headers: HeaderMap,
    reply: UpstreamReply,
}

// === impl Forwarder ===

impl Forwarder {
    /// A forwarder that connects directly.
    ///
    /// # Errors
    /// If the machine's certificates cannot be read.
    pub fn new() -> Result<Self, String> {
        let client = Client::new(Route::direct(CONNECT)).map_err(|error| error.to_string())?;
        Ok(Self { client })
    }

    /// Sends a request, with these headers and no others but the connection's, and waits for the head of the reply.
    ///
    /// # Errors
    /// If there is no reply.
    pub async fn send(
        &self,
        method: Method,
        url: String,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Forwarded, String> {
        let request = OutgoingRequest {
            method,
            url,
            headers,
            body: body.into(),
        };
        let reply = self.client.send(request).1.await.map_err(|error| error.to_string())?;
        Ok(Forwarded {
            status: reply.status,
            headers: reply.headers.clone(),
            reply,
        })
    }

    /// Whether a header of this name usually holds a credential.
    pub fn is_credential(name: &HeaderName) -> bool {
        carries_credential(name)
    }
}

// === impl Forwarded ===

impl Forwarded {
    /// The pieces of the body that have arrived, after waiting for the first; empty at its clean end.
    ///
    /// # Errors
    /// If the connection ends before the body does.
    pub async fn pieces(&mut self) -> Result<Vec<Bytes>, String> {
        let mut pieces = Vec::new();
        self.reply
            .pieces(&mut pieces)
            .await
            .map_err(|error| error.to_string())?;
        Ok(pieces)
    }
}

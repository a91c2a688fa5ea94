//! A request as the upstream received it.

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde_json::Value;

/// One request, read to its end.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Path and query, as sent.
    pub path: String,
    /// The headers, as sent.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

// === impl Request ===

impl Request {
    /// The body as JSON; fails the test if it is none.
    #[track_caller]
    pub fn json(&self) -> Value {
        match serde_json::from_slice(&self.body) {
            Ok(value) => value,
            Err(error) => panic!("the upstream was sent a body that is not JSON: {error}"),
        }
    }

    /// A header's value, if the header is there and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

//! A whole answer of the gateway.

use http::HeaderMap;
use http_body_util::BodyExt;
use hyper::body::{Bytes, Incoming};
use serde_json::Value;

use crate::patience::patiently;

/// An answer that was read to its end.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

// === impl Answer ===

impl Answer {
    pub(super) async fn read(response: hyper::Response<Incoming>) -> Self {
        let (head, body) = response.into_parts();
        let body = patiently("the rest of an answer", body.collect()).await;
        let body = body.expect("the gateway ends every buffered answer").to_bytes();
        Self {
            status: head.status.as_u16(),
            headers: head.headers,
            body,
        }
    }

    /// A header's value, if the header is there and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The value of `X-Error-Code`, if the gateway failed.
    pub fn error_code(&self) -> Option<&str> {
        self.header("x-error-code")
    }

    /// The whole body as text.
    #[track_caller]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the body is UTF-8")
    }

    /// The whole body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        match serde_json::from_slice(&self.body) {
            Ok(value) => value,
            Err(error) => panic!("not JSON ({error}), status {}: {}", self.status, self.text()),
        }
    }

    /// The content of the first choice: `choices[0].message.content`.
    #[track_caller]
    pub fn content(&self) -> String {
        match &self.json()["choices"][0]["message"]["content"] {
            Value::String(content) => content.clone(),
            _ => panic!("no content, status {}: {}", self.status, self.text()),
        }
    }
}

//! A client of the gateway for tests: whole answers, event streams read as they arrive, and hanging up midway.

mod answer;
mod events;
mod frames;

use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

pub use self::answer::Answer;
pub use self::events::{Collected, Ending, Event, Events, Frame};

use crate::patience::patiently;

/// Talks to one gateway over kept connections. Clones share them.
#[derive(Clone)]
pub struct Client {
    http: hyper_util::client::legacy::Client<HttpConnector, Full<Bytes>>,
    url: String,
    headers: HeaderMap,
}

// === impl Client ===

impl Client {
    /// A client of the gateway at `url`: `http://127.0.0.1:PORT`, without a path.
    pub fn new(url: impl Into<String>) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let http = hyper_util::client::legacy::Client::builder(TokioExecutor::new());
        Self {
            http: http.build(connector),
            url: url.into(),
            headers: HeaderMap::new(),
        }
    }

    /// The same client, sending this header with every request.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().expect("a header's name");
        self.headers
            .insert(name, HeaderValue::from_str(value).expect("a header's value"));
        self
    }

    /// The same client with a key of the gateway, sent as `Authorization: Bearer`.
    #[must_use]
    pub fn with_key(self, key: &str) -> Self {
        self.header("authorization", &format!("Bearer {key}"))
    }

    /// `POST /v1/chat/completions`, and the whole answer.
    pub async fn chat(&self, body: Value) -> Answer {
        self.post("/v1/chat/completions", body).await
    }

    /// `POST /v1/chat/completions` with `"stream": true`, and the events as they arrive.
    ///
    /// Returns with the head of the answer; whatever its status, its body can be read as events.
    /// Dropping the future before then hangs up.
    pub async fn stream(&self, body: Value) -> Events {
        self.stream_from("/v1/chat/completions", body).await
    }

    /// The same from another path.
    pub async fn stream_from(&self, path: &str, mut body: Value) -> Events {
        body["stream"] = Value::Bool(true);
        Events::new(self.send(Method::POST, path, Some(&body.to_string())).await)
    }

    /// `GET path`, and the whole answer.
    pub async fn get(&self, path: &str) -> Answer {
        Answer::read(self.send(Method::GET, path, None).await).await
    }

    /// `POST path` with a JSON body, and the whole answer.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.post_text(path, &body.to_string()).await
    }

    /// `POST path` with a body that need not be JSON although the header says so, and the whole answer.
    pub async fn post_text(&self, path: &str, body: &str) -> Answer {
        Answer::read(self.send(Method::POST, path, Some(body)).await).await
    }

    /// `PUT path` with these bytes, and the whole answer.
    pub async fn put(&self, path: &str, bytes: Vec<u8>) -> Answer {
        Answer::read(self.send_bytes(Method::PUT, path, bytes, None).await).await
    }

    /// Any method with or without a JSON body, and the whole answer.
    pub async fn request(&self, method: Method, path: &str, body: Option<&str>) -> Answer {
        Answer::read(self.send(method, path, body).await).await
    }

    /// Send a request and wait for the head of the answer. Dropping the future hangs up.
    async fn send(&self, method: Method, path: &str, body: Option<&str>) -> hyper::Response<Incoming> {
        let json = body.map(|_| HeaderValue::from_static("application/json"));
        self.send_bytes(method, path, body.unwrap_or_default().into(), json)
            .await
    }

    async fn send_bytes(
        &self,
        method: Method,
        path: &str,
        body: Vec<u8>,
        media_type: Option<HeaderValue>,
    ) -> hyper::Response<Incoming> {
        let mut request = Request::new(Full::new(Bytes::from(body)));
        *request.method_mut() = method;
        *request.uri_mut() = format!("{}{path}", self.url).parse().expect("a path");
        if let Some(media_type) = media_type {
            request.headers_mut().insert("content-type", media_type);
        }
        // The test's own headers come last: one may want another content type.
        request.headers_mut().extend(self.headers.clone());
        let answer = patiently("the head of an answer", self.http.request(request)).await;
        answer.expect("the gateway answers every request")
    }
}

#[cfg(test)]
mod tests;

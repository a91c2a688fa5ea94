//! The outcome of `prepare`: an HTTP request for the upstream, or an answer that needs none.

use std::borrow::Cow;
use std::time::Duration;

use serde::Serialize;

use crate::canonical::Chunk;
use crate::notes::{Cancel, Notes};
use crate::{Dialect, Failure, Payload};

/// The outcome of `prepare`.
#[derive(Clone, Debug, PartialEq)]
pub enum Prepared {
    /// The host sends this request.
    Exchange(Exchange),
    /// The host sends nothing: this is the reply.
    Answer(Answer),
}

/// A reply from the adapter itself.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// A complete canonical reply: one JSON object. Build it with [`Answer::whole`].
    Whole(Payload),
    /// A complete canonical stream.
    Chunks(Vec<Chunk>),
}

/// One HTTP exchange with the upstream, and how to read the reply.
///
/// The builder reads from left to right:
/// ```
/// # use jackfield_plugin_sdk::{Exchange, Failure};
/// # fn build() -> Result<Exchange, Failure> {
/// let request = serde_json::json!({ "prompt": "Hello" });
/// Ok(Exchange::post("/generate").header("x-version", "2").json(&request)?.sse())
/// # }
/// # build().unwrap();
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Exchange {
    pub(crate) method: Method,
    pub(crate) path: Cow<'static, str>,
    pub(crate) headers: Vec<(Cow<'static, str>, Cow<'static, str>)>,
    pub(crate) body: Body,
    pub(crate) framing: Framing,
    pub(crate) dialect: Option<Dialect>,
    pub(crate) state: Vec<u8>,
    pub(crate) delay: Duration,
    pub(crate) notes: Notes,
}

/// The HTTP methods that an exchange may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
}

/// The body of an exchange's request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// No body.
    Empty,
    /// The client's body, unchanged.
    Original,
    /// The client's body with top-level members replaced, added, or (null) removed.
    Patch(Vec<u8>),
    /// These bytes.
    Bytes(Vec<u8>),
}

/// How the host splits a successful reply into events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Framing {
    /// No events: the reply is one body, passed to [`Adapter::decode`](crate::Adapter::decode).
    #[default]
    None,
    /// Server-sent events (WHATWG HTML, section 9.2).
    Sse,
    /// One JSON value per line.
    Ndjson,
    /// AWS's binary event stream (`application/vnd.amazon.eventstream`).
    AwsEventStream,
    /// One JSON array whose elements are the events.
    JsonArray,
}

// === impl Prepared ===

impl From<Exchange> for Prepared {
    fn from(exchange: Exchange) -> Self {
        Self::Exchange(exchange)
    }
}

impl From<Answer> for Prepared {
    fn from(answer: Answer) -> Self {
        Self::Answer(answer)
    }
}

// === impl Answer ===

impl Answer {
    /// Builds a complete canonical reply.
    ///
    /// # Errors
    /// If the value cannot be serialised as JSON.
    pub fn whole<T: Serialize>(reply: &T) -> Result<Self, Failure> {
        Payload::json(reply).map(Self::Whole)
    }

    /// Builds a complete reply that is no JSON, such as sound. Only some operations may have one.
    pub fn bytes(media_type: impl Into<Cow<'static, str>>, body: Vec<u8>) -> Self {
        Self::Whole(Payload::new(media_type, body))
    }
}

// === impl Exchange ===

impl Exchange {
    /// Builds a request with this method and path. The path is relative to the provider's base URL and begins with `/`.
    /// Where an upstream names another URL to poll or to download from, pass that on as it is: the host sends the request
    /// there, with the credential, if it lies below the base URL or if the provider's `hosts` list its host, and refuses it
    /// otherwise.
    ///
    /// It has no body and the default state, and its reply is a single body passed to
    /// [`Adapter::decode`](crate::Adapter::decode).
    pub fn new(method: Method, path: impl Into<Cow<'static, str>>) -> Self {
        Self {
            method,
            path: path.into(),
            headers: Vec::new(),
            body: Body::Empty,
            framing: Framing::None,
            dialect: None,
            state: Vec::new(),
            delay: Duration::ZERO,
            notes: Notes::default(),
        }
    }

    /// Builds a `GET` without a body.
    pub fn get(path: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Method::Get, path)
    }

    /// Builds a `POST` with the client's body, unchanged unless [`patch`](Self::patch), [`json`](Self::json) or
    /// [`bytes`](Self::bytes) follows.
    pub fn post(path: impl Into<Cow<'static, str>>) -> Self {
        let mut exchange = Self::new(Method::Post, path);
        exchange.body = Body::Original;
        exchange
    }

    /// Adds a header. The host refuses credentials and hop-by-hop headers.
    #[must_use]
    pub fn header(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sends the client's body with these top-level members replaced or added; null removes a member.
    ///
    /// The host splices them into the raw text, so the prompt never enters the sandbox.
    ///
    /// # Errors
    /// If the value cannot be serialised as JSON.
    pub fn patch<T: Serialize>(mut self, members: &T) -> Result<Self, Failure> {
        self.body = Body::Patch(serde_json::to_vec(members)?);
        Ok(self)
    }

    /// Sends this value as JSON, with content type `application/json`.
    ///
    /// # Errors
    /// If the value cannot be serialised as JSON.
    pub fn json<T: Serialize>(mut self, value: &T) -> Result<Self, Failure> {
        self.body = Body::Bytes(serde_json::to_vec(value)?);
        Ok(self.header("content-type", "application/json"))
    }

    /// Sends these bytes; set the content type with [`header`](Self::header).
    #[must_use]
    pub fn bytes(mut self, bytes: Vec<u8>) -> Self {
        self.body = Body::Bytes(bytes);
        self
    }

    /// Sets how a successful reply is split into events.
    #[must_use]
    pub fn framing(mut self, framing: Framing) -> Self {
        self.framing = framing;
        self
    }

    /// Reads a successful reply as server-sent events.
    #[must_use]
    pub fn sse(self) -> Self {
        self.framing(Framing::Sse)
    }

    /// Declares the dialect of a successful reply. If the host reads that dialect, it does not call the adapter.
    #[must_use]
    pub fn dialect(mut self, dialect: impl Into<Dialect>) -> Self {
        self.dialect = Some(dialect.into());
        self
    }

    /// Declares a successful reply canonical: server-sent events if `stream` is set, otherwise one object.
    #[must_use]
    pub fn canonical(self, stream: bool) -> Self {
        let framing = if stream { Framing::Sse } else { Framing::None };
        self.framing(framing).dialect(Dialect::OpenaiChat)
    }

    /// Sets the state for the calls that follow. Default: that of [`Adapter::State`](crate::Adapter::State).
    ///
    /// # Errors
    /// If the state cannot be serialised as JSON.
    pub fn state<T: Serialize>(mut self, state: &T) -> Result<Self, Failure> {
        self.state = serde_json::to_vec(state)?;
        Ok(self)
    }

    /// Names something that the request leaves out of what the client asked for, such as `top_k`. The client is told in
    /// `x-jackfield-dropped`.
    #[must_use]
    pub fn dropped(mut self, name: impl Into<String>) -> Self {
        self.notes.dropped.push(name.into());
        self
    }

    /// Writes a sentence to the operator's log.
    #[must_use]
    pub fn warning(mut self, sentence: impl Into<String>) -> Self {
        self.notes.warnings.push(sentence.into());
        self
    }

    /// Names the request that ends the upstream's job, for an exchange that polls it. The host remembers it from one exchange
    /// to the next, and sends it, once and without a body, if the client leaves or its time is over before there is a reply.
    #[must_use]
    pub fn cancel(mut self, method: Method, path: impl Into<String>) -> Self {
        let (method, path) = (method.as_str(), path.into());
        self.notes.cancel = Some(Cancel { method, path });
        self
    }

    /// Sets how long the host waits before sending the request: for polling. Default: no wait.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}

impl Exchange {
    /// Declares the client's body as JSON if the request sends it, unless the adapter set a content type.
    pub(crate) fn default_content_type(&mut self) {
        let clients = matches!(self.body, Body::Original | Body::Patch(_));
        let given = |name: &str| name.eq_ignore_ascii_case("content-type");
        if clients && !self.headers.iter().any(|(name, _)| given(name)) {
            self.headers
                .push((Cow::Borrowed("content-type"), Cow::Borrowed("application/json")));
        }
    }
}

// === impl Method ===

impl Method {
    /// The method's name in HTTP, such as `POST`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

// === impl Framing ===

impl Framing {
    /// The framing's name in the contract, such as `sse`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Sse => "sse",
            Self::Ndjson => "ndjson",
            Self::AwsEventStream => "aws-event-stream",
            Self::JsonArray => "json-array",
        }
    }
}

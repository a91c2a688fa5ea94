//! The HTTP request that an adapter makes of a client's request, or the answer that it gives itself.

use std::borrow::Cow;
use std::time::Duration;

use serde::Serialize;

use crate::canonical::Chunk;
use crate::{Dialect, Failure};

/// What `prepare` decided.
#[derive(Clone, Debug, PartialEq)]
pub enum Prepared {
    /// The host sends this.
    Exchange(Exchange),
    /// Nothing needs sending: this is the reply.
    Answer(Answer),
}

/// A reply that the adapter gives itself.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// A whole canonical reply: one JSON object. [`Answer::whole`] makes it.
    Whole(Vec<u8>),
    /// A whole canonical stream.
    Chunks(Vec<Chunk>),
}

/// One HTTP exchange with the upstream, and how to read the reply.
///
/// Built in the order in which it is read:
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
    /// None.
    Empty,
    /// The client's body, untouched.
    Original,
    /// The client's body with top-level members replaced, added, or (null) removed.
    Patch(Vec<u8>),
    /// These bytes.
    Bytes(Vec<u8>),
}

/// How the host cuts a successful reply into events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Framing {
    /// Not at all: one body, which [`Adapter::decode`](crate::Adapter::decode) reads.
    #[default]
    None,
    /// Server-sent events (WHATWG HTML, section 9.2).
    Sse,
    /// One JSON value a line.
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
    /// A whole canonical reply.
    ///
    /// # Errors
    /// If the value cannot be written as JSON.
    pub fn whole<T: Serialize>(reply: &T) -> Result<Self, Failure> {
        Ok(Self::Whole(serde_json::to_vec(reply)?))
    }
}

// === impl Exchange ===

impl Exchange {
    /// An exchange of this method and path; the path is below the provider's base URL and begins with `/`.
    ///
    /// It has no body, its reply is one body that [`Adapter::decode`](crate::Adapter::decode) reads, and its
    /// state is the default one.
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
        }
    }

    /// A `GET` without a body.
    pub fn get(path: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Method::Get, path)
    }

    /// A `POST` of the client's body, untouched unless [`patch`](Self::patch), [`json`](Self::json) or
    /// [`bytes`](Self::bytes) follows.
    pub fn post(path: impl Into<Cow<'static, str>>) -> Self {
        let mut exchange = Self::new(Method::Post, path);
        exchange.body = Body::Original;
        exchange
    }

    /// Adds a header. The host refuses credentials and what belongs to the connection.
    #[must_use]
    pub fn header(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sends the client's body with these top-level members in place of its own; null removes one.
    ///
    /// The host splices them into the raw text, so the prompt never enters the sandbox.
    ///
    /// # Errors
    /// If the value cannot be written as JSON.
    pub fn patch<T: Serialize>(mut self, members: &T) -> Result<Self, Failure> {
        self.body = Body::Patch(serde_json::to_vec(members)?);
        Ok(self)
    }

    /// Sends this value as JSON, with the content type that says so.
    ///
    /// # Errors
    /// If the value cannot be written as JSON.
    pub fn json<T: Serialize>(mut self, value: &T) -> Result<Self, Failure> {
        self.body = Body::Bytes(serde_json::to_vec(value)?);
        Ok(self.header("content-type", "application/json"))
    }

    /// Sends these bytes; give the content type as a header.
    #[must_use]
    pub fn bytes(mut self, bytes: Vec<u8>) -> Self {
        self.body = Body::Bytes(bytes);
        self
    }

    /// Sets how a successful reply is cut into events.
    #[must_use]
    pub fn framing(mut self, framing: Framing) -> Self {
        self.framing = framing;
        self
    }

    /// Cuts a successful reply into server-sent events.
    #[must_use]
    pub fn sse(self) -> Self {
        self.framing(Framing::Sse)
    }

    /// Says that a successful reply is in this dialect: if the host reads it, the adapter is not called.
    #[must_use]
    pub fn dialect(mut self, dialect: impl Into<Dialect>) -> Self {
        self.dialect = Some(dialect.into());
        self
    }

    /// Says that a successful reply is canonical: server-sent events if streamed, otherwise one object.
    #[must_use]
    pub fn canonical(self, stream: bool) -> Self {
        let framing = if stream { Framing::Sse } else { Framing::None };
        self.framing(framing).dialect(Dialect::OpenaiChat)
    }

    /// Sets the state for the calls that follow; the adapter's default if this is not called.
    ///
    /// # Errors
    /// If the state cannot be written as JSON.
    pub fn state<T: Serialize>(mut self, state: &T) -> Result<Self, Failure> {
        self.state = serde_json::to_vec(state)?;
        Ok(self)
    }

    /// Sets how long the host waits before it sends the request, for polling; at once if this is not called.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}

impl Exchange {
    /// Adds the content type to a request that sends the client's body, unless the adapter gave one.
    pub(crate) fn say_that_the_clients_body_is_json(&mut self) {
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
    /// The method's name on the wire.
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
    /// The framing's name in the contract.
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

//! The upstream's reply, and the result of decoding it.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::canonical::{Chunk, parse, parse_or_repair};
use crate::{Exchange, Failure, Payload};

/// A buffered reply from the upstream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The headers as names and values, without cookies.
    pub headers: Vec<(String, String)>,
    /// The complete body.
    pub body: Vec<u8>,
    pub(crate) state: Vec<u8>,
}

/// The next step after a buffered reply.
///
/// An upstream that has to be polled gets another request until its work is done:
/// ```
/// # use std::time::Duration;
/// # use jackfield_plugin_sdk::{Exchange, Failure, Reply, Step, path};
/// # use serde::Deserialize;
/// #[derive(Deserialize)]
/// struct Job {
///     id: String,
///     result: Option<serde_json::Value>,
/// }
///
/// fn decode(reply: &Reply) -> Result<Step, Failure> {
///     let job: Job = reply.json()?;
///     match job.result {
///         Some(result) => Step::done(&result),
///         None => {
///             let path = format!("/jobs/{}", path::segment(&job.id)?);
///             Ok(Step::Again(Exchange::get(path).delay(Duration::from_millis(500))))
///         }
///     }
/// }
/// # let mut reply = Reply::default();
/// # reply.body = br#"{"id": "7"}"#.to_vec();
/// # assert!(matches!(decode(&reply).unwrap(), Step::Again(_)));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// The canonical reply: one JSON object. Build it with [`Step::done`].
    Done(Payload),
    /// The body is already canonical.
    Canonical,
    /// Another exchange is needed. The host limits how many.
    Again(Exchange),
}

/// One complete event of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// SSE's `event` field, or AWS's `:event-type` or `:exception-type`; otherwise empty.
    pub name: String,
    /// The payload.
    pub data: Vec<u8>,
}

/// The result of decoding a batch of events.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decoded {
    /// Canonical chunks, in order; may be empty.
    pub chunks: Vec<Chunk>,
    /// Whether the upstream's end marker was read: the host then stops reading.
    pub done: bool,
    /// Sentences for the operator's log.
    pub warnings: Vec<String>,
}

// === impl Reply ===

impl Reply {
    /// Whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The value of the first header with this name, ignoring case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(candidate, _)| candidate.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Parses the body as JSON.
    ///
    /// # Errors
    /// Of class malformed, if it does not have the shape that `T` expects.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        Ok(parse_or_repair(&self.body)?)
    }

    /// The state set by the exchange; the default if it set none.
    ///
    /// # Errors
    /// Of class malformed, if the exchange set a state of another type.
    pub fn state<T: DeserializeOwned + Default>(&self) -> Result<T, Failure> {
        if self.state.is_empty() {
            return Ok(T::default());
        }
        Ok(serde_json::from_slice(&self.state)?)
    }
}

// === impl Step ===

impl Step {
    /// Builds the canonical reply.
    ///
    /// # Errors
    /// If the value cannot be serialised as JSON.
    pub fn done<T: Serialize>(reply: &T) -> Result<Self, Failure> {
        Payload::json(reply).map(Self::Done)
    }
}

// === impl Event ===

impl Event {
    /// Parses the payload as JSON; the result may borrow from the event.
    ///
    /// # Errors
    /// Of class malformed, if it does not have the shape that `T` expects.
    pub fn json<'a, T: serde::Deserialize<'a>>(&'a self) -> Result<T, Failure> {
        Ok(parse(&self.data)?)
    }
}

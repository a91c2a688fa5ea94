//! What comes back from the upstream, and what an adapter makes of it.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::canonical::Chunk;
use crate::{Exchange, Failure};

/// A buffered reply of the upstream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Names and values of the headers, without cookies.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
    pub(crate) state: Vec<u8>,
}

/// What follows a buffered reply.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// The canonical reply: one JSON object. [`Step::done`] makes it.
    Done(Vec<u8>),
    /// The body is canonical as it stands.
    Canonical,
    /// One more exchange is needed. The host allows a bounded number.
    Again(Exchange),
}

/// One complete event of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// SSE's `event` field, AWS's `:event-type` or `:exception-type`; otherwise empty.
    pub name: String,
    /// The payload.
    pub data: Vec<u8>,
}

/// What a batch of events became.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decoded {
    /// Canonical chunks, in order; there may be none.
    pub chunks: Vec<Chunk>,
    /// Whether the upstream's own end mark was read: the host reads no further.
    pub done: bool,
}

// === impl Reply ===

impl Reply {
    /// Whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The first header of this name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(candidate, _)| candidate.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The body, read as JSON.
    ///
    /// # Errors
    /// Of class malformed, if it does not have the shape that `T` wants.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        Ok(serde_json::from_slice(&self.body)?)
    }

    /// The state of the exchange; the default if it set none.
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
    /// The canonical reply.
    ///
    /// # Errors
    /// If the value cannot be written as JSON.
    pub fn done<T: Serialize>(reply: &T) -> Result<Self, Failure> {
        Ok(Self::Done(serde_json::to_vec(reply)?))
    }
}

// === impl Event ===

impl Event {
    /// The payload, read as JSON; it may borrow from the event.
    ///
    /// # Errors
    /// Of class malformed, if it does not have the shape that `T` wants.
    pub fn json<'a, T: serde::Deserialize<'a>>(&'a self) -> Result<T, Failure> {
        Ok(serde_json::from_slice(&self.data)?)
    }
}

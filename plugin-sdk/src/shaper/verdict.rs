//! What a shaper decides about a request or a buffered reply.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::Failure;
use crate::notes::Notes;

/// What a shaper decides.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict<T> {
    /// Nothing is to change, and the calls about the reply begin with the default state.
    Pass,
    /// These changes.
    Patch(Changes<T>),
    /// The client gets this error.
    Refuse(Refusal),
}

/// What is to change. Everything else stays as the client sent it, byte for byte.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes<T> {
    pub(crate) parameters: Map<String, Value>,
    pub(crate) replacements: Vec<(String, String)>,
    pub(crate) instructions: Vec<(Place, String)>,
    pub(crate) state: T,
    pub(crate) skips_reply: bool,
    pub(crate) notes: Notes,
}

/// Where an instruction goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Before the client's system text.
    First,
    /// After the client's system text.
    Last,
    /// Instead of the client's system text.
    Only,
}

/// Why the caller does not get what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The error's code for the client's program: up to 64 letters, digits, `_`, `-`, `.`.
    pub code: String,
    /// One sentence for the client.
    pub message: String,
    /// The HTTP status, from 400 to 499. Default: 400.
    pub status: u16,
}

// === impl Changes ===

impl<T: Default> Changes<T> {
    /// No changes yet.
    pub fn new() -> Self {
        Self::default()
    }
}

impl<T> Changes<T> {
    /// Sets a top-level member that holds no text, such as `max_tokens`.
    ///
    /// # Errors
    /// If the value cannot be serialised as JSON.
    pub fn parameter(mut self, name: impl Into<String>, value: impl Serialize) -> Result<Self, Failure> {
        self.parameters.insert(name.into(), serde_json::to_value(value)?);
        Ok(self)
    }

    /// Removes a top-level member that holds no text.
    #[must_use]
    pub fn without(mut self, name: impl Into<String>) -> Self {
        self.parameters.insert(name.into(), Value::Null);
        self
    }

    /// Gives the part with this path a new text.
    #[must_use]
    pub fn replace(mut self, path: impl Into<String>, text: impl Into<String>) -> Self {
        self.replacements.push((path.into(), text.into()));
        self
    }

    /// Adds a system text. Needs none of the parts.
    #[must_use]
    pub fn instruction(mut self, place: Place, text: impl Into<String>) -> Self {
        self.instructions.push((place, text.into()));
        self
    }

    /// Whether nothing is to change; the state does not count.
    pub fn is_empty(&self) -> bool {
        self.parameters.is_empty() && self.replacements.is_empty() && self.instructions.is_empty()
    }

    /// Sets the state with which the calls about the reply begin.
    #[must_use]
    pub fn state(mut self, state: T) -> Self {
        self.state = state;
        self
    }

    /// Says that the reply to this request need not be shown, although the manifest has
    /// [`Need::Reply`](crate::Need::Reply). The reply then streams as if there were no shaper.
    #[must_use]
    pub fn without_reply(mut self) -> Self {
        self.skips_reply = true;
        self
    }

    /// Writes a sentence to the operator's log. Never log a prompt.
    #[must_use]
    pub fn warning(mut self, sentence: impl Into<String>) -> Self {
        self.notes.warnings.push(sentence.into());
        self
    }
}

impl<T> From<Changes<T>> for Verdict<T> {
    fn from(changes: Changes<T>) -> Self {
        Self::Patch(changes)
    }
}

// === impl Place ===

impl Place {
    /// The word in the contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Last => "last",
            Self::Only => "only",
        }
    }
}

// === impl Refusal ===

impl Refusal {
    /// A refusal of status 400 with this code, such as `content_blocked`, and sentence.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            status: 400,
        }
    }

    /// Sets the HTTP status, from 400 to 499.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }
}

impl<T> From<Refusal> for Verdict<T> {
    fn from(refusal: Refusal) -> Self {
        Self::Refuse(refusal)
    }
}

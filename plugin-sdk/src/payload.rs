//! A body that an adapter gives to the client.

use std::borrow::Cow;

use serde::Serialize;

use crate::Failure;
use crate::canonical::Json;
use crate::notes::Notes;

/// A body and its media type. Unless said otherwise it is JSON.
///
/// ```
/// use jackfield_plugin_sdk::{Payload, Step};
///
/// let png = Payload::new("image/png", b"\x89PNG".to_vec());
/// let step = Step::Done(png.warning("the upstream sent no usage"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Payload {
    pub(crate) media_type: Cow<'static, str>,
    pub(crate) body: Vec<u8>,
    pub(crate) notes: Notes,
}

// === impl Payload ===

impl Payload {
    /// This body, of this media type.
    pub fn new(media_type: impl Into<Cow<'static, str>>, body: Vec<u8>) -> Self {
        Self {
            media_type: media_type.into(),
            body,
            notes: Notes::default(),
        }
    }

    /// This value as JSON.
    ///
    /// # Errors
    /// If the value cannot be serialised as JSON.
    pub fn json<T: Serialize>(value: &T) -> Result<Self, Failure> {
        Ok(Self::from(serde_json::to_vec(value)?))
    }

    /// Names something that the reply leaves out of what the client asked for. The client is told.
    #[must_use]
    pub fn dropped(mut self, name: impl Into<String>) -> Self {
        self.notes.dropped.push(name.into());
        self
    }

    /// Adds a header to the client's answer. The host passes on names that begin with `x-upstream-`, `x-ratelimit-` or
    /// `ratelimit`.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.notes.headers.insert(name.into(), value.into());
        self
    }

    /// Tells the usage of a reply that is no JSON, such as a transcript as text: an object as in JSON replies.
    #[must_use]
    pub fn usage<T: Serialize>(mut self, usage: &T) -> Self {
        self.notes.usage = Some(Json::of(usage));
        self
    }

    /// Writes a sentence to the operator's log.
    #[must_use]
    pub fn warning(mut self, sentence: impl Into<String>) -> Self {
        self.notes.warnings.push(sentence.into());
        self
    }
}

impl From<Vec<u8>> for Payload {
    /// JSON text.
    fn from(json: Vec<u8>) -> Self {
        Self::new("", json)
    }
}

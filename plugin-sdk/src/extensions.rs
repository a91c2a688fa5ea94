//! The optional interfaces that an adapter may export besides its own.

pub(crate) mod component;

use crate::data_url::to_base64;
use crate::notes::Notes;
use crate::{Adapter, Call, Failure};

/// An adapter that needs the status and headers of a streamed reply. Export it with
/// [`export_head!`](crate::export_head), beside [`export_adapter!`](crate::export_adapter).
pub trait ReadsHead: Adapter {
    /// Called once for each reply that is read as a stream and decoded here, before its first event.
    ///
    /// # Errors
    /// If the head makes no sense.
    fn read_head(call: &Call<Self::Settings>, state: &mut Self::State, head: &Head) -> Result<Begun, Failure>;
}

/// An adapter whose upstream takes no URLs, so that the host fetches what the client's URLs name. Export it with
/// [`export_attachments!`](crate::export_attachments), beside [`export_adapter!`](crate::export_adapter).
pub trait Attaches: Adapter {
    /// The URLs to fetch: at most 32, `https`, on the provider's list of hosts. Called once before `prepare`, which gets
    /// the contents from [`attachment`].
    ///
    /// # Errors
    /// If the request makes no sense.
    fn list_attachments(call: &Call<Self::Settings>) -> Result<Vec<String>, Failure>;
}

/// The head of a reply that is read as a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The HTTP status.
    pub status: u16,
    /// The headers as names and values, without cookies.
    pub headers: Vec<(String, String)>,
}

/// What an adapter says about a stream that has begun.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Begun {
    pub(crate) notes: Notes,
}

/// What stands at a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// The media type that the server named; empty if it named none.
    pub media_type: String,
    /// The content.
    pub body: Vec<u8>,
}

/// What the host fetched from a URL that [`Attaches::list_attachments`] named. None for other URLs, outside of
/// `prepare`, and natively.
pub fn attachment(url: &str) -> Option<Attachment> {
    imports::fetch(url)
}

// === impl Begun ===

impl Begun {
    /// Nothing to say.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a header to the client's answer, as [`Payload::header`](crate::Payload::header) does.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.notes.headers.insert(name.into(), value.into());
        self
    }

    /// Writes a sentence to the operator's log.
    #[must_use]
    pub fn warning(mut self, sentence: impl Into<String>) -> Self {
        self.notes.warnings.push(sentence.into());
        self
    }
}

// === impl Attachment ===

impl Attachment {
    /// The content in base64, for upstreams that take images and files so.
    ///
    /// ```
    /// # use jackfield_plugin_sdk::Attachment;
    /// let png = Attachment { media_type: "image/png".into(), body: b"\x89PNG\r".to_vec() };
    /// assert_eq!(png.base64(), "iVBORw0=");
    /// ```
    pub fn base64(&self) -> String {
        to_base64(&self.body)
    }
}

// === impl Head ===

impl Head {
    /// The value of the header with this name, in any case; the first if there are several.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

#[cfg(target_arch = "wasm32")]
mod imports {
    use super::Attachment;
    use crate::bindings::attachments::jackfield::plugin::fetched;

    pub(super) fn fetch(url: &str) -> Option<Attachment> {
        fetched::fetch(url).map(|found| Attachment {
            media_type: found.media_type,
            body: found.body,
        })
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod imports {
    use super::Attachment;

    pub(super) fn fetch(_: &str) -> Option<Attachment> {
        None
    }
}

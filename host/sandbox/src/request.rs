//! The request that a call is for, as far as a plugin may ask for it.

use std::ops::Range;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;

/// Finds the texts in a body whose JSON is longer than so many bytes: where each stands, in order.
pub type FindTexts = fn(body: &[u8], longer_than: usize) -> Vec<Range<usize>>;

/// A request's text and id. The same for all calls of an attempt; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct RequestText {
    /// The request's id.
    pub id: Arc<str>,
    /// The complete body.
    pub body: Bytes,
    /// The body without its bulk, such as messages, as JSON text.
    pub parameters: Bytes,
    /// Finds the long texts of the body, which stay outside of the sandbox if the plugin wants that; `None` if it has none.
    pub find_texts: Option<FindTexts>,
    /// What was fetched for an adapter that asked for it.
    pub attachments: Arc<[Attachment]>,
}

/// What stands at a URL.
#[derive(Debug, Clone)]
pub struct Attachment {
    /// The URL, as the adapter named it.
    pub url: String,
    /// The media type that the server named; empty if it named none.
    pub media_type: String,
    /// The content.
    pub body: Bytes,
}

/// What differs from one request to the next.
#[derive(serde::Serialize)]
struct Facts<'a> {
    request_id: &'a str,
    nonce: String,
    time_ms: u64,
}

// === impl RequestText ===

impl RequestText {
    /// The facts of `request-facts`, as JSON.
    pub(crate) fn facts(&self) -> Vec<u8> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let facts = Facts {
            request_id: &self.id,
            nonce: format!("{:032x}", fastrand::u128(..)),
            time_ms: u64::try_from(since.as_millis()).unwrap_or(u64::MAX),
        };
        serde_json::to_vec(&facts).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_facts_name_the_request_and_have_a_new_nonce_each_time() {
        let request = RequestText {
            id: "req_1".into(),
            ..RequestText::default()
        };
        let read = || serde_json::from_slice::<serde_json::Value>(&request.facts()).unwrap();
        let (first, second) = (read(), read());
        assert_eq!(first["request_id"], "req_1");
        assert_eq!(first["nonce"].as_str().unwrap().len(), 32);
        assert_ne!(first["nonce"], second["nonce"]);
        assert!(first["time_ms"].as_u64().unwrap() > 1_700_000_000_000);
    }
}

//! A request in the canonical dialect, and what its own dialect had that a chat has not.

use crate::json::Object;
use crate::standard::Dropped;

/// The canonical text of a request that came in another dialect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Translated {
    /// The text.
    pub text: Vec<u8>,
    /// What no target is sent of it, whatever it accepts.
    pub dropped: Dropped,
}

// === impl Translated ===

impl Translated {
    /// A chat of these members and these `messages`.
    pub(crate) fn chat(members: &[(&'static str, Vec<u8>)], messages: Vec<u8>, dropped: Dropped) -> Self {
        let mut text = Vec::with_capacity(messages.len() + 1024);
        Object::write(&mut text, |body| {
            for (key, value) in members {
                body.raw(key, value);
            }
            body.raw("messages", messages);
        });
        Self { text, dropped }
    }

    /// All of the request.
    pub(crate) fn whole(text: Vec<u8>) -> Self {
        Self {
            text,
            dropped: Dropped::default(),
        }
    }
}

//! A request in the canonical dialect, and what its own dialect had that a chat has not.

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
    /// All of the request.
    pub(crate) fn whole(text: Vec<u8>) -> Self {
        Self {
            text,
            dropped: Dropped::default(),
        }
    }
}

//! The model's thoughts and signatures as pieces of thinking blocks.

use jackfield_plugin_sdk::canonical::{Extra, ThinkingBlock};
use serde::{Deserialize, Serialize};

/// Which thinking block is being written. A block is some thoughts, if any, and the signature that follows them, on
/// whichever part the API put it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Thoughts {
    /// The index of the block.
    index: u64,
}

// === impl Thoughts ===

impl Thoughts {
    /// A piece with more thoughts.
    pub(super) fn think(&self, text: &str) -> Option<ThinkingBlock> {
        (!text.is_empty()).then(|| self.piece(text.to_owned(), None))
    }

    /// The piece with a signature, which completes the block.
    pub(super) fn sign(&mut self, signature: String) -> ThinkingBlock {
        let piece = self.piece(String::new(), Some(signature));
        self.index += 1;
        piece
    }

    fn piece(&self, thinking: String, signature: Option<String>) -> ThinkingBlock {
        let mut extra = Extra::new();
        extra.insert("index", self.index);
        ThinkingBlock::Thinking {
            thinking,
            signature,
            extra,
        }
    }
}

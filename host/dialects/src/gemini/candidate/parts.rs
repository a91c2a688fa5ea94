//! The parts of a candidate that have not gone out.
//!
//! What the model thinks is sealed, with its signatures, into the signature of the part that follows it: clients send that
//! back, and not all send back thoughts.

use crate::anthropic::message::ThinkingPiece;
use crate::json::{List, Object};
use crate::sealed::{mark_bytes, seal_bytes};
use crate::thinking::Thinking;

/// A part without any data, where a candidate says nothing: the vendor ends one so that has said everything.
const NOTHING: &[u8] = br#"[{"text":""}]"#;

/// Parts that wait to go out, and what the next one is signed with.
#[derive(Debug)]
pub(super) struct Parts {
    provider: String,
    shows_thoughts: bool,
    /// What was thought since the last part that could be signed.
    thinking: Thinking,
    list: List,
}

// === impl Parts ===

impl Parts {
    /// None yet of the answer of this provider's model.
    pub(super) fn new(provider: &str, shows_thoughts: bool) -> Self {
        Self {
            provider: provider.to_owned(),
            shows_thoughts,
            thinking: Thinking::default(),
            list: List::default(),
        }
    }

    /// True if none waits to go out.
    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// More of what the model thinks. Returns whether the client sees it.
    pub(super) fn think(&mut self, piece: &ThinkingPiece<'_>) -> bool {
        let grown = self.thinking.think(piece);
        self.show(grown)
    }

    /// The same, of thinking without a signature, as a JSON string.
    pub(super) fn think_aloud(&mut self, text: &str) -> bool {
        let grown = self.thinking.think_aloud(text);
        self.show(grown)
    }

    /// Adds a part, signed if thinking came before it.
    pub(super) fn push(&mut self, write: impl FnOnce(&mut Object<'_>)) {
        self.push_signed(false, write);
    }

    /// Adds a call, signed in any case if it is the first: the vendor's own models refuse a first call without a signature.
    /// A mark of ours becomes one that they take.
    ///
    /// Source: <https://ai.google.dev/gemini-api/docs/thought-signatures>.
    pub(super) fn push_call(&mut self, is_first: bool, call: Vec<u8>) {
        self.push_signed(is_first, |part| part.raw("functionCall", call));
    }

    /// Adds a part for a signature that no part has carried.
    pub(super) fn close(&mut self) {
        if !self.thinking.is_empty() {
            self.push(|part| part.raw("text", "\"\""));
        }
    }

    /// Writes the parts, never none, and forgets them.
    pub(super) fn write(&mut self, candidate: &mut Object<'_>) {
        let list = std::mem::take(&mut self.list);
        let parts = if list.is_empty() {
            NOTHING.to_vec()
        } else {
            list.into_text()
        };
        candidate.object("content", |content| {
            content.raw("parts", parts);
            content.raw("role", "\"model\"");
        });
    }

    /// Adds what has grown of the thinking, where the client wants to see it.
    fn show(&mut self, grown: Option<String>) -> bool {
        let Some(grown) = grown.filter(|_| self.shows_thoughts) else {
            return false;
        };
        self.list.push_object(|part| {
            part.raw("text", grown);
            part.raw("thought", "true");
        });
        true
    }

    fn push_signed(&mut self, must_be: bool, write: impl FnOnce(&mut Object<'_>)) {
        let mut thinking = std::mem::take(&mut self.thinking);
        if let Some(rest) = thinking.rest() {
            self.show(Some(rest));
        }
        let signature = if thinking.is_empty() {
            must_be.then(|| mark_bytes(&self.provider))
        } else {
            Some(seal_bytes(&self.provider, &thinking.blocks()))
        };
        self.list.push_object(|part| {
            write(part);
            if let Some(signature) = signature {
                part.string("thoughtSignature", &signature);
            }
        });
    }
}

//! A text that grows, as the inside of a JSON string.

use crate::json::raw::inside;
use crate::json::text::Halves;

/// The text so far.
#[derive(Debug, Default)]
pub(crate) struct Grown {
    inside: String,
    /// Where it was cut amid a character.
    halves: Halves,
}

// === impl Grown ===

impl Grown {
    /// Adds a piece, which is a JSON string. Returns what may go out of it now, as another; `None` if that is nothing.
    pub(crate) fn push(&mut self, piece: &str) -> Option<String> {
        let whole = self.halves.join(piece).into_owned();
        self.keep(whole)
    }

    /// The last piece of a text that ended amid a character.
    pub(crate) fn rest(&mut self) -> Option<String> {
        let rest = self.halves.rest()?;
        self.keep(rest)
    }

    /// The whole, as a JSON string.
    pub(crate) fn json(&self) -> String {
        format!("\"{}\"", self.inside)
    }

    /// True if nothing has arrived.
    pub(crate) fn is_empty(&self) -> bool {
        self.inside.is_empty()
    }

    fn keep(&mut self, piece: String) -> Option<String> {
        self.inside.push_str(inside(&piece));
        (piece != "\"\"").then_some(piece)
    }
}

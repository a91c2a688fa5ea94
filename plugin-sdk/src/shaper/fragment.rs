//! A piece of a streamed text, and how much of it a shaper is done with.

use crate::notes::Notes;
use crate::{PartKind, Refusal};

/// A piece of one text of a streamed reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// The choice it belongs to.
    pub choice: u32,
    /// What it is.
    pub kind: PartKind,
    /// What earlier calls left over, and what has arrived since.
    pub text: String,
    /// Whether the text ends here. All of it must then be taken.
    pub last: bool,
}

/// How much of a fragment is done with, and what the client gets for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Released {
    pub(crate) taken: usize,
    pub(crate) text: String,
    pub(crate) refusal: Option<Refusal>,
    pub(crate) notes: Notes,
}

// === impl Released ===

impl Released {
    /// The whole fragment as it is.
    pub fn unchanged(fragment: &Fragment) -> Self {
        Self::new(fragment.text.len(), fragment.text.clone())
    }

    /// This text instead of the fragment's first `taken` bytes, which must end between characters.
    pub fn new(taken: usize, text: impl Into<String>) -> Self {
        Self {
            taken,
            text: text.into(),
            ..Self::default()
        }
    }

    /// Ends the reply here. The client gets what is released, and then this error.
    #[must_use]
    pub fn refuse(mut self, refusal: Refusal) -> Self {
        self.refusal = Some(refusal);
        self
    }

    /// Writes a sentence to the operator's log. Never log a text.
    #[must_use]
    pub fn warning(mut self, sentence: impl Into<String>) -> Self {
        self.notes.warnings.push(sentence.into());
        self
    }

    /// How many bytes are done with.
    pub fn taken(&self) -> usize {
        self.taken
    }

    /// What the client gets for them.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Why the reply ends here, if it does.
    pub fn refusal(&self) -> Option<&Refusal> {
        self.refusal.as_ref()
    }
}

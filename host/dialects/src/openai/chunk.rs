//! One canonical chunk: whether it carries content, and which choices it finishes.

use serde::Deserialize;

use super::delta::Delta;
use super::envelope::Envelope;

/// A chunk of a stream, `chat.completion.chunk`.
pub(super) type Chunk<'a> = Envelope<'a, Choice<'a>>;

#[derive(Deserialize)]
pub(super) struct Choice<'a> {
    index: Option<u64>,
    finish_reason: Option<String>,
    #[serde(borrow)]
    delta: Option<Delta<'a>>,
}

// === impl Chunk ===

impl Chunk<'_> {
    /// True if a client would show any of it: content of any kind, or the end of a choice.
    pub(super) fn is_content(&self) -> bool {
        self.choices()
            .iter()
            .any(|choice| choice.is_finished() || choice.delta.as_ref().is_some_and(Delta::is_content))
    }

    /// True if it shows that the model is at work: content, or reasoning that no client shows.
    pub(super) fn is_alive(&self) -> bool {
        let reasons = |choice: &Choice<'_>| choice.delta.as_ref().is_some_and(Delta::is_reasoning);
        self.is_content() || self.choices().iter().any(reasons)
    }

    /// Bytes of text, reasoning and arguments in all choices.
    pub(super) fn produced_bytes(&self) -> u64 {
        let deltas = self.choices().iter().filter_map(|it| it.delta.as_ref());
        deltas.map(Delta::produced_bytes).sum()
    }

    /// True for a chunk that holds the usage and nothing else.
    pub(super) fn is_usage_only(&self) -> bool {
        self.choices().is_empty() && self.usage().is_some()
    }
}

// === impl Choice ===

impl Choice<'_> {
    /// The choice's index; a stream of a single choice may leave it out.
    pub(super) fn index(&self) -> u64 {
        self.index.unwrap_or(0)
    }

    /// True if the choice ends here. Some upstreams write an empty reason into every chunk, which means nothing.
    pub(super) fn is_finished(&self) -> bool {
        self.finish_reason.as_deref().is_some_and(|reason| !reason.is_empty())
    }
}

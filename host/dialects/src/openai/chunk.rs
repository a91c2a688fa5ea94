//! One canonical chunk: what it carries, and which choices it finishes.

use serde_json::value::RawValue;

use super::choice::Choice;
use super::delta::Delta;
use super::envelope::Envelope;
use super::plain::Rewrite;
use crate::fault::StreamFault;
use crate::json::place_of;
use crate::words::usage::Usage;

/// The `object` of every chunk, by which OpenAI's SDKs tell them from other events.
const OBJECT: &str = "\"chat.completion.chunk\"";

/// A chunk of a stream, `chat.completion.chunk`.
pub(crate) type Chunk<'a> = Envelope<'a, Choice<'a>>;

// === impl Chunk ===

impl<'a> Chunk<'a> {
    /// Reads and checks a chunk; `None` if the object has nothing of one.
    ///
    /// # Errors
    /// The upstream's fault, if it tells one in place of choices, or that of a choice that broke off.
    pub(crate) fn of_data(data: &'a [u8]) -> Result<Option<Self>, StreamFault> {
        let (text, chunk) = Self::read(data)?;
        if !chunk.has_choices() && chunk.says_what_went_wrong() {
            return Err(StreamFault::from_error(text));
        }
        chunk.check()?;
        let is_chunk = chunk.has_choices() || chunk.usage().is_some();
        Ok(is_chunk.then_some(chunk))
    }

    /// Checks that no choice broke off.
    ///
    /// # Errors
    /// The fault of the first that did.
    pub(super) fn check(&self) -> Result<(), StreamFault> {
        self.choices().try_for_each(Choice::check)
    }

    /// True if a client would show any of it: content of any kind, or the end of a choice.
    pub(super) fn is_content(&self) -> bool {
        self.goes_on() || self.choices().any(|choice| choice.finish_reason().is_some())
    }

    /// True if it carries content of any kind.
    pub(super) fn goes_on(&self) -> bool {
        self.choices().filter_map(Choice::delta).any(Delta::is_content)
    }

    /// True if it shows that the model is at work: content, or reasoning that no client shows.
    pub(super) fn is_alive(&self) -> bool {
        self.is_content() || self.choices().filter_map(Choice::delta).any(Delta::is_reasoning)
    }

    /// Bytes of text, reasoning and arguments in all choices.
    pub(super) fn produced_bytes(&self) -> u64 {
        self.choices()
            .filter_map(Choice::delta)
            .map(Delta::produced_bytes)
            .sum()
    }

    /// The usage object, if it holds anything; some upstreams put it into a choice.
    pub(crate) fn told_usage(&self) -> Option<&str> {
        let in_choice = || self.choices().find_map(Choice::usage).map(RawValue::get);
        self.usage().or_else(in_choice)
    }

    /// True for a chunk that holds the usage and nothing else.
    pub(super) fn is_usage_only(&self) -> bool {
        self.choices().next().is_none() && self.usage().is_some()
    }

    /// The chunk, whose text is `text`, in the words that OpenAI's SDKs read; `None` if it needs no change.
    ///
    /// # Errors
    /// If a content is neither a text nor a list of parts.
    pub(super) fn in_plain_words(&self, text: &str) -> Result<Option<Vec<u8>>, StreamFault> {
        let mut rewrite = Rewrite::default();
        for delta in self.choices().filter_map(Choice::delta) {
            rewrite.content(text, delta)?;
            rewrite.reasoning(text, delta);
            rewrite.calls(text, delta);
        }
        if let Some(usage) = self.usage() {
            rewrite.usage(text, usage, &Usage::from_canonical(usage));
        }
        // Perplexity's last chunk calls itself `chat.completion.done`, and OpenAI's SDKs would skip it.
        if let Some(other) = self.object().map(RawValue::get).filter(|object| *object != OBJECT) {
            rewrite.set("object", Some(place_of(text, other)), OBJECT.to_owned());
        }
        Ok(rewrite.apply(text))
    }
}

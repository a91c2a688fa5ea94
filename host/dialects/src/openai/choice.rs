//! One choice of a chunk or a reply: what it says, how it ends, and whether it is one at all.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::delta::Delta;
use crate::fault::StreamFault;
use crate::json::raw::{ObjectOf, is_given};
use crate::words::stop_reason::{is_broken, is_cut_off};

/// A choice, as far as the host reads it.
#[derive(Deserialize)]
pub(crate) struct Choice<'a> {
    index: Option<u64>,
    finish_reason: Option<String>,
    /// What a chunk adds to the message.
    #[serde(borrow)]
    delta: Option<ObjectOf<Delta<'a>>>,
    /// The message of a whole reply.
    #[serde(borrow)]
    message: Option<ObjectOf<Delta<'a>>>,
    /// The probabilities of its tokens.
    #[serde(borrow)]
    logprobs: Option<&'a RawValue>,
    /// Why the choice broke off, as `OpenRouter` tells it.
    #[serde(borrow)]
    error: Option<&'a RawValue>,
    /// The usage, where Moonshot tells it.
    #[serde(borrow)]
    usage: Option<&'a RawValue>,
    /// Anthropic's reason as an adapter passes it on, or the sequence that stopped vLLM.
    #[serde(borrow)]
    pub(crate) stop_reason: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) stop_sequence: Option<&'a RawValue>,
    /// The sequence, or the number of the token, that stopped `SGLang`.
    #[serde(borrow)]
    pub(crate) matched_stop: Option<&'a RawValue>,
}

// === impl Choice ===

impl<'a> Choice<'a> {
    /// The choice's index; a stream of a single choice may leave it out.
    pub(crate) fn index(&self) -> u64 {
        self.index.unwrap_or(0)
    }

    /// Why the choice ended. Some upstreams write an empty reason into every chunk, which means nothing.
    pub(crate) fn finish_reason(&self) -> Option<&str> {
        self.finish_reason.as_deref().filter(|reason| !reason.is_empty())
    }

    /// What a chunk adds to the message. The last chunk of a stream may add nothing, nor have the member.
    pub(crate) fn delta(&self) -> Option<&Delta<'a>> {
        self.delta.as_ref().map(|ObjectOf(delta)| delta)
    }

    /// The probabilities of its tokens, if they are told.
    pub(crate) fn logprobs(&self) -> Option<&'a RawValue> {
        self.logprobs.filter(|logprobs| is_given(logprobs))
    }

    /// The usage object, if it holds anything.
    pub(crate) fn usage(&self) -> Option<&'a RawValue> {
        self.usage.filter(|usage| is_given(usage))
    }

    /// Checks that the choice did not break off, whatever else it says.
    ///
    /// # Errors
    /// The upstream's own error, or one in its place.
    pub(crate) fn check(&self) -> Result<(), StreamFault> {
        if let Some(error) = self.error.filter(|error| is_given(error)) {
            return Err(StreamFault::from_error(error.get()));
        }
        match self.finish_reason() {
            Some(reason) if is_broken(reason) => Err(StreamFault::broken_off(reason)),
            _ => Ok(()),
        }
    }

    /// The message of a whole reply.
    ///
    /// # Errors
    /// If the choice broke off; if it has no message or no finish reason, which a reply that is complete has; if its
    /// content is no text; or if it has none, unless a limit explains it.
    pub(crate) fn message(&self) -> Result<&Delta<'a>, StreamFault> {
        self.check()?;
        let malformed = |what| Err(StreamFault::malformed(what));
        let Some(ObjectOf(message)) = &self.message else {
            return malformed("its choice has no message");
        };
        let Some(reason) = self.finish_reason() else {
            return malformed("its choice has no finish_reason");
        };
        message.check()?;
        if message.is_missing() && !is_cut_off(reason) {
            return malformed("its message has no content");
        }
        Ok(message)
    }
}

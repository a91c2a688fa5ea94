//! A buffered reply that is in this dialect already.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::usage;
use crate::bounds::{self, CHOICES, ENTRIES};
use crate::facts::ReplyFacts;
use crate::fault::StreamFault;
use crate::json::raw::{ObjectOf, even_null, is_given, object_text};
use crate::json::{Edit, json_string, place_of, set_members};
use crate::produced::{json_bytes, text_bytes};
use crate::summary::ReplySummary;
use crate::words::name::ServedModel;
use crate::words::usage::Usage;

/// A reply, or what one event of a stream holds of it, as far as the host reads it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Native<'a> {
    #[serde(borrow, default, deserialize_with = "bounds::list::<_, _, CHOICES>")]
    candidates: Option<Vec<ObjectOf<Candidate<'a>>>>,
    #[serde(borrow)]
    usage_metadata: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "even_null")]
    model_version: Option<&'a RawValue>,
    #[serde(borrow)]
    prompt_feedback: Option<ObjectOf<Feedback<'a>>>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Candidate<'a> {
    #[serde(default)]
    index: u64,
    #[serde(borrow)]
    content: Option<ObjectOf<Content<'a>>>,
    #[serde(borrow)]
    finish_reason: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Content<'a> {
    #[serde(borrow, default, deserialize_with = "bounds::list::<_, _, ENTRIES>")]
    parts: Option<Vec<ObjectOf<Part<'a>>>>,
}

/// A part, as far as it holds what a model produced.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Part<'a> {
    #[serde(borrow)]
    text: Option<&'a RawValue>,
    #[serde(borrow)]
    function_call: Option<&'a RawValue>,
    #[serde(borrow)]
    inline_data: Option<&'a RawValue>,
    #[serde(borrow)]
    executable_code: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Feedback<'a> {
    #[serde(borrow)]
    block_reason: Option<&'a RawValue>,
}

/// Checks a reply and sets its model. All else stays byte for byte.
///
/// # Errors
/// `Malformed` if `body` is no reply, or one that is not finished; `Upstream` if it reports an error, whatever the status
/// was.
pub(super) fn finish_reply(body: &[u8], facts: &ReplyFacts<'_>) -> Result<(Vec<u8>, ReplySummary), StreamFault> {
    let (text, reply) = Native::read(body)?;
    if !reply.is_blocked() {
        let mut candidates = reply.candidates();
        match candidates.next() {
            None => return Err(StreamFault::malformed("it has no candidates")),
            Some(first) if first.has_ended() && candidates.all(Candidate::has_ended) => {}
            Some(_) => return Err(StreamFault::malformed("a candidate has no finishReason")),
        }
    }
    let mut out = Vec::with_capacity(text.len() + 64);
    let model = json_string(facts.model);
    set_members(text, &[reply.set_model(text, &model)], &mut out);
    let summary = ReplySummary {
        usage: reply.usage(),
        produced_bytes: reply.produced_bytes(),
        ..ReplySummary::default()
    };
    Ok((out, summary))
}

/// Checks a reply that is no chat. It is passed on as it is.
///
/// # Errors
/// `Malformed` if `body` is no object; `Upstream` if it reports an error, whatever the status was.
pub(super) fn passed(body: &[u8]) -> Result<(Vec<u8>, ReplySummary), StreamFault> {
    let (text, reply) = Native::read(body)?;
    Ok((text.as_bytes().to_vec(), ReplySummary::of_usage(&reply.usage())))
}

// === impl Native ===

impl<'a> Native<'a> {
    /// Reads a reply. Returns its text, without white space around it, and what was seen.
    ///
    /// # Errors
    /// If it is no object, or reports an error.
    pub(super) fn read(data: &'a [u8]) -> Result<(&'a str, Self), StreamFault> {
        let text = object_text(data)?;
        let reply: Self = serde_json::from_str(text)?;
        match reply.error.filter(|error| is_given(error)) {
            Some(error) => Err(StreamFault::from_error(error.get())),
            None => Ok((text, reply)),
        }
    }

    fn candidates(&self) -> impl Iterator<Item = &Candidate<'a>> {
        let candidates = self.candidates.as_deref().unwrap_or_default();
        candidates.iter().map(|ObjectOf(candidate)| candidate)
    }

    /// The candidates by their index, and whether each has ended.
    pub(super) fn endings(&self) -> impl Iterator<Item = (u64, bool)> {
        self.candidates()
            .map(|candidate| (candidate.index, candidate.has_ended()))
    }

    /// True if the prompt was blocked, which is all that such a reply says.
    pub(super) fn is_blocked(&self) -> bool {
        let feedback = self
            .prompt_feedback
            .as_ref()
            .and_then(|ObjectOf(told)| told.block_reason);
        feedback.is_some_and(is_reason)
    }

    /// True if a client would show any of it.
    pub(super) fn has_content(&self) -> bool {
        self.parts().any(Part::is_content)
    }

    /// Bytes of text and of the arguments of calls.
    pub(super) fn produced_bytes(&self) -> u64 {
        self.parts().map(Part::produced_bytes).sum()
    }

    /// The tokens that it consumed, with the model that served.
    pub(super) fn usage(&self) -> Usage {
        let usage = self.usage_metadata.map(usage::read).unwrap_or_default();
        let model = self.model_version.and_then(|model| ServedModel::of_json(model.get()));
        Usage {
            served_model: model,
            ..usage
        }
    }

    /// The edit that sets the model's name, given as JSON, in the reply's text.
    pub(super) fn set_model<'m>(&self, text: &str, model: &'m str) -> Edit<'m> {
        Edit {
            key: "modelVersion",
            at: self.model_version.map(|named| place_of(text, named.get())),
            value: model,
        }
    }

    fn parts(&self) -> impl Iterator<Item = &Part<'a>> {
        let contents = self.candidates().filter_map(|candidate| candidate.content.as_ref());
        let parts = contents.flat_map(|ObjectOf(content)| content.parts.as_deref().unwrap_or_default());
        parts.map(|ObjectOf(part)| part)
    }
}

/// True for a word. Anything else is no reason that an upstream has given.
fn is_reason(value: &RawValue) -> bool {
    value.get().starts_with('"') && is_given(value)
}

// === impl Candidate ===

impl Candidate<'_> {
    fn has_ended(&self) -> bool {
        let none = "\"FINISH_REASON_UNSPECIFIED\"";
        self.finish_reason
            .is_some_and(|reason| is_reason(reason) && reason.get() != none)
    }
}

// === impl Part ===

impl Part<'_> {
    fn is_content(&self) -> bool {
        let held = [self.text, self.function_call, self.inline_data, self.executable_code];
        held.into_iter().flatten().any(is_given)
    }

    fn produced_bytes(&self) -> u64 {
        self.text.map_or(0, text_bytes) + self.function_call.map_or(0, json_bytes)
    }
}

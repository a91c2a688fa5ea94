//! A buffered reply that is in this dialect already.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::bounds::{self, ENTRIES};
use crate::facts::ReplyFacts;
use crate::fault::StreamFault;
use crate::json::raw::{even_null, is_given, object_text};
use crate::json::{Edit, json_string, place_of, set_members};
use crate::produced::text_bytes;
use crate::summary::ReplySummary;
use crate::words::usage::Usage;

/// A response, as far as the host reads it.
#[derive(Deserialize)]
pub(super) struct Native<'a> {
    #[serde(borrow)]
    pub(super) id: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "even_null")]
    pub(super) model: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
    #[serde(borrow)]
    usage: Option<&'a RawValue>,
    #[serde(borrow)]
    service_tier: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "bounds::list::<_, _, ENTRIES>")]
    output: Option<Vec<Item<'a>>>,
}

/// An item, as far as it holds what a model produced.
#[derive(Deserialize)]
struct Item<'a> {
    #[serde(borrow)]
    content: Option<&'a RawValue>,
    #[serde(borrow)]
    summary: Option<&'a RawValue>,
    #[serde(borrow)]
    arguments: Option<&'a RawValue>,
    #[serde(borrow)]
    input: Option<&'a RawValue>,
}

/// Checks a conversation that its vendor made shorter. It stays byte for byte: it names no model.
///
/// Source: `CompactedResponse` in <https://platform.openai.com/docs/api-reference/responses/compact>.
///
/// # Errors
/// As [`finish_reply`].
pub(super) fn finish_compaction(body: &[u8]) -> Result<(Vec<u8>, ReplySummary), StreamFault> {
    let text = object_text(body)?;
    let summary = checked(&serde_json::from_str(text)?)?;
    Ok((text.as_bytes().to_vec(), summary))
}

/// Checks a response and sets `model`. All else stays byte for byte.
///
/// # Errors
/// `Malformed` if `body` is no response; `Upstream` if it reports an error, whatever the status was.
pub(super) fn finish_reply(body: &[u8], facts: &ReplyFacts<'_>) -> Result<(Vec<u8>, ReplySummary), StreamFault> {
    let text = object_text(body)?;
    let response: Native<'_> = serde_json::from_str(text)?;
    let summary = checked(&response)?;
    let mut out = Vec::with_capacity(text.len() + 64);
    set_members(text, &[response.set_model(text, &json_string(facts.model))], &mut out);
    Ok((out, summary))
}

/// What a response says of what it cost, if it is one.
fn checked(response: &Native<'_>) -> Result<ReplySummary, StreamFault> {
    response.check()?;
    let Some(output) = &response.output else {
        return Err(StreamFault::malformed("it has no output"));
    };
    Ok(ReplySummary {
        usage: response.usage(),
        produced_bytes: output.iter().map(Item::produced_bytes).sum(),
        ..ReplySummary::default()
    })
}

// === impl Native ===

impl Native<'_> {
    /// Checks that the response did not fail.
    ///
    /// # Errors
    /// The vendor's own error.
    pub(super) fn check(&self) -> Result<(), StreamFault> {
        match self.error.filter(|error| is_given(error)) {
            Some(error) => Err(StreamFault::from_error(error.get())),
            None => Ok(()),
        }
    }

    /// The tokens that it consumed, with the service tier and the model.
    pub(super) fn usage(&self) -> Usage {
        let usage = self.usage.filter(|usage| is_given(usage));
        let usage = usage
            .map(|usage| Usage::from_canonical(usage.get()))
            .unwrap_or_default();
        usage.served(self.service_tier, self.model)
    }

    /// The edit that sets the model, given as JSON, in the text that holds the response.
    pub(super) fn set_model<'m>(&self, text: &str, model: &'m str) -> Edit<'m> {
        Edit {
            key: "model",
            at: self.model.map(|model| place_of(text, model.get())),
            value: model,
        }
    }
}

// === impl Item ===

impl Item<'_> {
    fn produced_bytes(&self) -> u64 {
        let texts = [self.content, self.summary, self.arguments, self.input];
        texts.into_iter().flatten().map(text_bytes).sum()
    }
}

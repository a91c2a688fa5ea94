//! A reply of embeddings on its way to the client: every vector once, in the order and the encoding asked for.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::inputs;
use super::vector::Format;
use crate::bounds::long_list;
use crate::facts::ReplyFacts;
use crate::fault::StreamFault;
use crate::json::raw::{ObjectOf, even_null};
use crate::json::{Edit, List, Members, place_of, set_members};
use crate::openai::envelope::{Envelope, Stamp};
use crate::summary::ReplySummary;
use crate::words::usage::Usage;

/// The part of a reply that must be there.
#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    index: Option<u64>,
    #[serde(borrow)]
    embedding: Option<&'a RawValue>,
}

/// The count that OpenAI's clients expect in a reply's usage.
#[derive(Default, Deserialize)]
struct Prompt<'a> {
    #[serde(borrow, default, deserialize_with = "even_null")]
    prompt_tokens: Option<&'a RawValue>,
}

/// Checks a reply, sets `model` and `provider`, puts the vectors into the order of their indexes and into the encoding
/// that the client asked for, and adds `prompt_tokens` to a usage that holds only the total. All else stays byte for
/// byte.
///
/// # Errors
/// `Malformed` if `body` does not have one vector for each input, of the dimensions that the client asked for;
/// `Upstream` if it reports an error, whatever the status was.
pub(in crate::openai) fn finish_reply(
    body: &[u8],
    facts: &ReplyFacts<'_>,
) -> Result<(Vec<u8>, ReplySummary), StreamFault> {
    let (text, reply) = Envelope::<serde::de::IgnoredAny>::read(body)?;
    let data = serde_json::from_str::<Data<'_>>(text)?.data;
    let data = data.ok_or_else(|| reply.without(text, "list of embeddings"))?;
    let rewritten = as_asked(data, facts.request)?;
    let stamp = Stamp::new(facts.model, facts.provider, 0);
    let places = reply.places(text);
    let mut edits = vec![stamp.set_model(&places), stamp.set_provider(&places)];
    let replaced = |given: &str, value| Edit {
        key: "",
        at: Some(place_of(text, given)),
        value,
    };
    if let Some(rewritten) = &rewritten {
        edits.push(replaced(data.get(), rewritten));
    }
    let usage = reply.usage().map(Usage::of_input).unwrap_or_default();
    let completed = reply.usage().and_then(|text| with_prompt(text, &usage));
    if let (Some(given), Some(completed)) = (reply.usage(), &completed) {
        edits.push(replaced(given, completed));
    }
    let added = rewritten.as_ref().map_or(0, String::len) + facts.model.len() + facts.provider.len();
    let mut out = Vec::with_capacity(text.len() + added + 64);
    set_members(text, &edits, &mut out);
    Ok((out, ReplySummary::of_usage(&reply.served(&usage))))
}

/// The list of embeddings as the client asked for it; `None` if it is so already.
///
/// A single vector may lack its index. Of several, each index must be there once: a client that reads them by their
/// place would take one text's vector for another's.
fn as_asked(data: &RawValue, request: &Members<'_>) -> Result<Option<String>, StreamFault> {
    let malformed = |error| StreamFault::malformed(format!("data: {error}"));
    let entries: Vec<&RawValue> = long_list(data).map_err(malformed)?;
    let (count, expected) = (entries.len(), inputs(request.get("input")));
    if count != expected {
        let message = format!("data: it has {count} embeddings for {expected} inputs");
        return Err(StreamFault::malformed(message));
    }
    let format = Format::of(request);
    let mut sorted: Vec<Option<Cow<'_, str>>> = vec![None; expected];
    let mut is_changed = false;
    for (place, entry) in entries.into_iter().enumerate() {
        let ObjectOf(read): ObjectOf<Entry<'_>> = serde_json::from_str(entry.get()).map_err(malformed)?;
        let index = read.index(expected)?;
        let entry = read.formed(entry.get(), format)?;
        is_changed |= index != place || matches!(entry, Cow::Owned(_));
        match sorted.get_mut(index) {
            Some(slot @ None) => *slot = Some(entry),
            _ => return Err(StreamFault::malformed("data: an index is impossible or comes twice")),
        }
    }
    if !is_changed {
        return Ok(None);
    }
    let mut list = List::default();
    for entry in sorted.iter().flatten() {
        list.push(entry.as_bytes());
    }
    Ok(String::from_utf8(list.into_text()).ok())
}

/// The usage object with `prompt_tokens`, if it lacks them and they are known.
fn with_prompt(object: &str, usage: &Usage) -> Option<String> {
    let tokens = usage.input_tokens?.to_string();
    let given = serde_json::from_str::<Prompt<'_>>(object).ok()?;
    let given = given.prompt_tokens.map(RawValue::get);
    if given.is_some_and(|given| given != "null") {
        return None;
    }
    let edit = Edit {
        key: "prompt_tokens",
        at: given.map(|given| place_of(object, given)),
        value: &tokens,
    };
    let mut out = Vec::with_capacity(object.len() + 40);
    set_members(object, &[edit], &mut out);
    String::from_utf8(out).ok()
}

// === impl Entry ===

impl Entry<'_> {
    /// The index of the input, of which there are so many.
    fn index(&self, inputs: usize) -> Result<usize, StreamFault> {
        match self.index {
            Some(index) => Ok(usize::try_from(index).unwrap_or(usize::MAX)),
            None if inputs == 1 => Ok(0),
            None => Err(StreamFault::malformed("data: an embedding has no index")),
        }
    }

    /// The entry, whose text is `text`, with its vector in this format.
    fn formed<'t>(&self, text: &'t str, format: Format) -> Result<Cow<'t, str>, StreamFault> {
        let no_vector = || StreamFault::malformed("data: an embedding has no vector");
        let vector = self.embedding.ok_or_else(no_vector)?;
        let Some(converted) = format.convert(vector)? else {
            return Ok(Cow::Borrowed(text));
        };
        let edit = Edit {
            key: "",
            at: Some(place_of(text, vector.get())),
            value: &converted,
        };
        let mut formed = Vec::with_capacity(text.len() + converted.len());
        set_members(text, &[edit], &mut formed);
        Ok(Cow::Owned(String::from_utf8(formed).unwrap_or_default()))
    }
}

//! Canonical embeddings become those of this API: one vector, or a list of them in the order of the requests.
//!
//! Source: <https://ai.google.dev/api/embeddings>.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::spelled::value;
use crate::bounds::long_list;
use crate::facts::ReplyFacts;
use crate::fault::StreamFault;
use crate::json::raw::ObjectOf;
use crate::json::{List, Object};
use crate::openai::envelope::Envelope;
use crate::summary::ReplySummary;
use crate::words::usage::Usage;

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    index: Option<usize>,
    #[serde(borrow)]
    embedding: Option<&'a RawValue>,
}

/// The vectors of a canonical reply, each once and in order.
///
/// # Errors
/// `Malformed` if `body` does not have one vector of numbers for each input; `Upstream` if it reports an error, whatever
/// the status was.
pub(super) fn finish_reply(body: &[u8], facts: &ReplyFacts<'_>) -> Result<(Vec<u8>, ReplySummary), StreamFault> {
    let (text, reply) = Envelope::<serde::de::IgnoredAny>::read(body)?;
    let data = serde_json::from_str::<Data<'_>>(text)?.data;
    let data = data.ok_or_else(|| reply.without(text, "list of embeddings"))?;
    let requests = value(facts.request, "requests").map(long_list).transpose()?;
    let expected = requests.as_ref().map_or(1, Vec::len);
    let vectors = in_order(data, expected)?;
    let written = Object::text(|reply| {
        if requests.is_none() {
            reply.raw("embedding", vectors.concat());
            return;
        }
        let mut list = List::default();
        for vector in &vectors {
            list.push(vector);
        }
        reply.raw("embeddings", list.into_text());
    });
    let usage = reply.usage().map(Usage::of_input).unwrap_or_default();
    Ok((written, ReplySummary::of_usage(&reply.served(&usage))))
}

/// The vectors, each as an object, by their indexes.
fn in_order(data: &RawValue, expected: usize) -> Result<Vec<Vec<u8>>, StreamFault> {
    let malformed = |error: serde_json::Error| StreamFault::malformed(format!("data: {error}"));
    let entries = long_list(data).map_err(malformed)?;
    if entries.len() != expected {
        let message = format!("data: it has {} embeddings for {expected} inputs", entries.len());
        return Err(StreamFault::malformed(message));
    }
    let mut sorted: Vec<Option<Vec<u8>>> = vec![None; expected];
    for entry in entries {
        let ObjectOf(entry): ObjectOf<Entry<'_>> = serde_json::from_str(entry.get()).map_err(malformed)?;
        let values = entry.embedding.filter(|vector| vector.get().starts_with('['));
        let values = values.ok_or_else(|| StreamFault::malformed("data: an embedding has no vector of numbers"))?;
        let index = match entry.index {
            None if expected > 1 => return Err(StreamFault::malformed("data: an embedding has no index")),
            index => index.unwrap_or(0),
        };
        match sorted.get_mut(index) {
            Some(slot @ None) => *slot = Some(Object::text(|vector| vector.raw("values", values.get()))),
            _ => return Err(StreamFault::malformed("data: an index is impossible or comes twice")),
        }
    }
    Ok(sorted.into_iter().flatten().collect())
}

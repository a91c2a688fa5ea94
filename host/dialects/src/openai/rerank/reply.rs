//! A reranking on its way to the client: each document once at most, the best first, as many as were asked for.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::bounds::long_list;
use crate::facts::ReplyFacts;
use crate::fault::StreamFault;
use crate::json::raw::{ObjectOf, even_null};
use crate::json::{Edit, List, Members, Object, fields, place_of, set_members};
use crate::openai::envelope::{Envelope, Stamp};
use crate::summary::ReplySummary;
use crate::words::usage::Usage;

/// The part of a reply that must be there.
#[derive(Deserialize)]
struct Results<'a> {
    #[serde(borrow)]
    results: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Ranked<'a> {
    index: u64,
    relevance_score: f64,
    #[serde(borrow, default, deserialize_with = "even_null")]
    document: Option<&'a RawValue>,
}

/// One result, with its text.
struct Scored<'a> {
    text: &'a str,
    document: Option<&'a RawValue>,
    index: usize,
    score: f64,
}

/// Checks a reply, puts its results into descending order of their scores, keeps to `top_n`, adds the documents if the
/// client wants them back and the upstream left them out, and sets `model` and `provider`. All else stays byte for
/// byte.
///
/// # Errors
/// `Malformed` if `body` has no results, or one of them has no `index` of a document, no `relevance_score`, or the index
/// of another; `Upstream` if it reports an error, whatever the status was.
pub(in crate::openai) fn finish_reply(
    body: &[u8],
    facts: &ReplyFacts<'_>,
) -> Result<(Vec<u8>, ReplySummary), StreamFault> {
    let (text, reply) = Envelope::<serde::de::IgnoredAny>::read(body)?;
    let raw = serde_json::from_str::<Results<'_>>(text)?
        .results
        .ok_or_else(|| reply.without(text, "results"))?;
    let results = as_asked(raw, facts.request)?;
    let results = String::from_utf8(results).unwrap_or_default();
    let stamp = Stamp::new(facts.model, facts.provider, 0);
    let places = reply.places(text);
    let results = Edit {
        key: "results",
        at: Some(place_of(text, raw.get())),
        value: &results,
    };
    let mut out = Vec::with_capacity(text.len() + results.value.len() + facts.model.len() + 32);
    let edits = [results, stamp.set_model(&places), stamp.set_provider(&places)];
    set_members(text, &edits, &mut out);
    let usage = reply.usage().map(Usage::of_input).unwrap_or_default();
    Ok((out, ReplySummary::of_usage(&reply.served(&usage))))
}

/// The list with the best first, as long as the client wants it. Equal scores stay in the upstream's order.
fn as_asked(results: &RawValue, request: &Members<'_>) -> Result<Vec<u8>, StreamFault> {
    let documents = request.get("documents").and_then(|list| fields::entries(list.get()));
    let documents = documents.unwrap_or_default();
    let mut scored = scored(results, documents.len())?;
    scored.sort_by(|a, b| b.score.total_cmp(&a.score));
    let top_n = fields::given(request, "top_n").and_then(|number| number.parse().ok());
    scored.truncate(top_n.unwrap_or(usize::MAX));
    let wants_documents = fields::given(request, "return_documents") == Some("true");
    let mut list = List::default();
    for result in &scored {
        match documents.get(result.index).filter(|_| wants_documents) {
            Some(document) if result.has_no_document() => list.push(result.with_document(document)),
            _ => list.push(result.text),
        }
    }
    Ok(list.into_text())
}

fn scored(results: &RawValue, documents: usize) -> Result<Vec<Scored<'_>>, StreamFault> {
    let malformed = |error| StreamFault::malformed(format!("results: {error}"));
    let results: Vec<&RawValue> = long_list(results).map_err(malformed)?;
    if results.is_empty() {
        return Err(StreamFault::malformed("it has no results"));
    }
    let mut is_ranked = vec![false; documents];
    let mut scored = Vec::with_capacity(results.len());
    for result in results {
        let ObjectOf(ranked): ObjectOf<Ranked<'_>> = serde_json::from_str(result.get()).map_err(malformed)?;
        let index = usize::try_from(ranked.index).unwrap_or(usize::MAX);
        match is_ranked.get_mut(index) {
            None => return Err(StreamFault::malformed("results: an index is not that of a document")),
            Some(true) => return Err(StreamFault::malformed("results: a document comes twice")),
            Some(first) => *first = true,
        }
        scored.push(Scored {
            text: result.get(),
            document: ranked.document,
            index,
            score: ranked.relevance_score,
        });
    }
    Ok(scored)
}

// === impl Scored ===

impl Scored<'_> {
    fn has_no_document(&self) -> bool {
        self.document.is_none_or(|document| document.get() == "null")
    }

    /// The result with its document, which Cohere writes as an object with a `text`.
    fn with_document(&self, document: &RawValue) -> Vec<u8> {
        let object = if document.get().starts_with('"') {
            let object = Object::text(|object| object.raw("text", document.get()));
            String::from_utf8(object).unwrap_or_default()
        } else {
            document.get().to_owned()
        };
        let edit = Edit {
            key: "document",
            at: self.document.map(|null| place_of(self.text, null.get())),
            value: &object,
        };
        let mut result = Vec::with_capacity(self.text.len() + object.len() + 16);
        set_members(self.text, &[edit], &mut result);
        result
    }
}
